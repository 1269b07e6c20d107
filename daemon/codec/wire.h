/* Requests in, replies out: bytes to and from the plain structs of domain/query.h.
 *
 * AppendRequest is scanned, not unpacked: the events' bytes are handed on exactly as the client sent them. */
#ifndef SL_CODEC_WIRE_H
#define SL_CODEC_WIRE_H

#include "base/arena.h"
#include "base/bytes.h"
#include "codec/figures.h"
#include "domain/query.h"
#include "sl/err.h"
#include "sl/limits.h"
#include "sl/stored/backup.h"

enum sl_request_kind {
    SL_REQUEST_NONE,
    SL_REQUEST_APPEND = 16,
    SL_REQUEST_MEASURES = 17,
    SL_REQUEST_TARGETS = 18,
    SL_REQUEST_RANK = 19,
    SL_REQUEST_STATEMENT = 20,
    SL_REQUEST_LOG = 21,
    SL_REQUEST_SUBSCRIBE = 22,
    SL_REQUEST_CANCEL = 23,
    SL_REQUEST_STATUS = 24,
    SL_REQUEST_ERASE = 25,
    SL_REQUEST_BACKUP = 26,
};

struct sl_append {
    const struct sl_slice *events; /* raw bytes of each */
    size_t count;
    bool all_or_nothing;
};

struct sl_request {
    uint64_t tag;
    enum sl_request_kind kind;
    union {
        struct sl_append append;
        struct sl_measures_query measures;
        struct sl_targets_query targets;
        struct sl_rank_query rank;
        struct sl_statement_query statement;
        struct sl_log_query log;
        struct sl_subscribe_query subscribe;
        uint64_t cancel_tag;
        struct sl_slice erase_customer;
        bool backup_with_keys;
    } u;
};

/* SL_E_MALFORMED (not a Request, no request in it, or two), SL_E_UNKNOWN_FIELD, SL_E_INVALID_FIELD (an enum number or type name out
 * of range), SL_E_TOO_MANY, SL_E_TOO_BIG (a question longer than SL_EVENT_BYTES_MAX), SL_E_BAD_DATE, SL_E_NO_MEMORY. `*ret_request` is
 * written in any case: it gets the tag if it could be read. Slices point into `message` or the arena. */
SL_MUST_CHECK enum sl_err sl_request_decode(struct sl_slice message,
                                            struct sl_arena *arena,
                                            struct sl_request *ret_request,
                                            struct sl_diag *diag);

struct sl_receipt {
    bool has_id;
    struct sl_id id;
    uint64_t seq; /* 0: refused */
    sl_time recorded;
    bool is_duplicate;
    enum sl_err err;      /* not SL_OK: refused, and then `diag` says why */
    uint64_t current_seq; /* 0: absent */
    struct sl_diag diag;
};

struct sl_status {
    const char *version;
    uint8_t ledger_id[16];
    const char *timezone;
    const char *currency;
    uint64_t head, durable, checkpointed, tree_size;
    uint8_t tree_root[32];
    uint64_t sessions, subscriptions, memory_bytes, batches, checkpoints, checkpoint_us_last,
        refusals, disk_free_bytes;
    uint32_t policy;
    struct sl_slice actor;
    uint64_t undefined;
    int64_t uptime_us;
    uint64_t gate_held_us_max;
    uint64_t scrub_seq, scrub_part, scrub_parts, scrub_passes, scrub_bytes, scrub_errors;
    const char *scrub_last_error; /* empty: absent */
    int64_t scrub_last_pass_us;   /* 0: absent */
    struct sl_figures figures;
};

/* Where a reply goes, and what every reply says. */
struct sl_reply {
    struct sl_bytes
        *out; /* gets one whole frame, header and Reply; as before when the reply is refused */
    struct sl_arena
        *arena; /* scratch for the messages; sl_reply_append and sl_reply_events do not touch it */
    uint64_t tag;  /* of the request */
    uint64_t seq;  /* the log position the answer reflects */
    bool has_more; /* Reply.more: more replies follow under this tag */
};

/* All of them: SL_E_TOO_BIG (the frame, or `out`), SL_E_NO_MEMORY (`out`, or the arena at its cap).
 *
 * Texts of a diag come from anywhere, so bytes that are not UTF-8 are sent as `?`. An empty message becomes sl_err_text. */
SL_MUST_CHECK enum sl_err
sl_reply_error(const struct sl_reply *reply, enum sl_err err, const struct sl_diag *diag);
/* The error BUSY, without detail: the cheapest answer there is; it does not touch the arena. */
SL_MUST_CHECK enum sl_err sl_reply_busy(const struct sl_reply *reply);
SL_MUST_CHECK enum sl_err
sl_reply_append(const struct sl_reply *reply, const struct sl_receipt *receipts, size_t count);
SL_MUST_CHECK enum sl_err sl_reply_measures(const struct sl_reply *reply,
                                            const char *currency,
                                            const struct sl_measures_answer *answer);
SL_MUST_CHECK enum sl_err sl_reply_targets(const struct sl_reply *reply,
                                           const char *currency,
                                           const struct sl_targets_answer *answer);
SL_MUST_CHECK enum sl_err sl_reply_rank(const struct sl_reply *reply,
                                        const char *currency,
                                        const struct sl_rank_answer *answer);
SL_MUST_CHECK enum sl_err sl_reply_statement(const struct sl_reply *reply,
                                             const char *currency,
                                             const struct sl_statement_answer *answer);
SL_MUST_CHECK enum sl_err sl_reply_status(const struct sl_reply *reply,
                                          const struct sl_status *status);

struct sl_erased {
    struct sl_slice customer;
    bool had_data; /* the rest means something */
    sl_time when;
    bool was_already;
};
SL_MUST_CHECK enum sl_err sl_reply_erase(const struct sl_reply *reply,
                                         const struct sl_erased *erased);

/* A stored event as readers see it: the stored bytes, then `more` and seq, recorded_us, effective_date and actor appended as fields
 * (protobuf concatenation is merging, so the stored bytes are never re-encoded). */
struct sl_page_event {
    sl_seq seq;
    sl_time recorded;
    sl_day effective;
    struct sl_slice actor;
    struct sl_slice event;
    struct sl_slice
        more; /* of the Event: what the stored bytes have sealed (personal.h); mostly empty */
};

/* How many bytes this event adds to a page, for whoever cuts pages: a page whose events sum to at most
 * SL_PAGE_BYTES_MAX always fits into a frame. */
size_t sl_page_event_bytes(const struct sl_page_event *event);
#define SL_PAGE_BYTES_MAX (SL_FRAME_BYTES_MAX - 64u)

/* `next` is the cursor: the first seq not yet looked at. */
SL_MUST_CHECK enum sl_err sl_reply_events(const struct sl_reply *reply,
                                          const struct sl_page_event *events,
                                          size_t count,
                                          uint64_t next);

/* The pages of a backup: first its head, then records that follow one another, at least one, as they are stored. */
SL_MUST_CHECK enum sl_err sl_reply_backup_head(const struct sl_reply *reply,
                                               const struct sl_backup_head *head);
SL_MUST_CHECK enum sl_err sl_reply_backup_records(const struct sl_reply *reply,
                                                  const struct sl_record *records,
                                                  size_t count);
/* Then, if it was asked for, keys: perhaps none of them. `out` is to be secret. */
SL_MUST_CHECK enum sl_err sl_reply_backup_keys(const struct sl_reply *reply,
                                               sl_seq since,
                                               const struct sl_backup_key *keys,
                                               size_t count);

#endif
