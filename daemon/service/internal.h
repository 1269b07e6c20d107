/* What the files of this folder know of each other; nobody else includes it. */
#ifndef SL_SERVICE_INTERNAL_H
#define SL_SERVICE_INTERNAL_H

#include "base/arena.h"
#include "base/bytes.h"
#include "base/list.h"
#include "base/log.h"
#include "codec/wire.h"
#include "projections/ledger.h"
#include "service/access.h"
#include "service/admission.h"
#include "service/askers.h"
#include "service/backup_feed.h"
#include "service/client_session.h"
#include "service/core.h"
#include "service/deadlines.h"
#include "service/denials.h"
#include "service/feed.h"
#include "service/long_questions.h"
#include "service/metrics.h"
#include "service/outbox.h"
#include "service/rates.h"
#include "service/sealing.h"
#include "service/users.h"
#include "store/store.h"

#define SL_CORE_MAGIC    0x45524f43u /* "CORE" */
#define SL_SESSION_MAGIC 0x53534553u /* "SESS" */

/* A page of events stops at this many bytes, or with the first event beyond. */
#define SL_PAGE_BYTES_HIGH ((size_t)1024 * 1024)

/* Events taken in between two looks at all sockets. So many fill a batch well, and the journal, whose end of a write is seen at such a
 * look, does not stand idle while more is taken in: 4,096 cost a twelfth of the throughput, and with 512 whoever asks was heard later in
 * spite of glances (askers.h). A request of many events is divided by time, unless it is all or nothing: a thousand may take two
 * milliseconds, or as many seconds where they correct a long history. While questions are asked its parts are shorter, for there is no
 * glance within a request. */
#define SL_TURN_EVENTS_MAX 256u
/* While an answer is prepared, each turn takes ten milliseconds for that: a third of it more, then, for events. */
#define SL_TURN_EVENTS_PREPARING 1024u
#define SL_PART_US_MAX           10000u
#define SL_PART_US_ASKED         500u

struct sl_core_stats {
    uint64_t sessions;
    uint64_t subscriptions;
};

/* Random bytes fetched ahead: one system call per 25 ids. */
struct sl_random_pool {
    uint8_t bytes[250];
    size_t used;
};

struct sl_core {
    uint32_t magic;
    struct sl_core_options options;
    struct sl_store *store;
    struct sl_ledger *ledger;
    struct sl_sealing sealing;

    struct sl_arena request_arena; /* reset after each request */
    struct sl_arena event_arena;   /* reset after each event of an append */
    struct sl_peek ahead;          /* of the event that was last looked ahead to */
    struct sl_receipt *receipts;   /* of the append at hand */
    size_t
        sealed_more; /* bytes by which its events have grown, an all-or-nothing one since it began */
    size_t receipt_capacity;
    struct sl_page page;                           /* the page at hand */
    struct sl_page_event items[SL_PAGE_ITEMS_MAX]; /* of the reply at hand */

    struct sl_list sessions; /* all */
    struct sl_list ready;    /* have something to do in the next turn */
    struct sl_list deferred; /* have input to be handled when the turn has time for more events */
    struct sl_askers askers; /* are looked at amid a turn */
    struct sl_users users;
    struct sl_deadlines deadlines;
    struct sl_admission admission;
    struct sl_long_questions long_questions;
    struct sl_list
        gathering;        /* sessions that are not read for a while, so that more comes at once */
    uint64_t gathered_us; /* monotonic: when they were read on */
    struct sl_list
        waiting; /* for the store: held replies, feeds at the head, appends without room */
    struct sl_list feeding; /* a feed of theirs has more, and there is room for it */
    uint64_t feed_left;     /* records that feeds may still look at in this turn */

    /* Whose append goes on in the next turn, before any other: then it is the first of `deferred`. NULL: none. The receipts of the events
     * that are done lie in `receipts`. */
    struct sl_client_session *divided_by;
    size_t divided_done;
    size_t turn_events;      /* taken in since the last turn */
    uint32_t turn_questions; /* asked since the last turn, of those that cost something */
    uint64_t turn_began_us;  /* monotonic: the end of the last turn */
    bool is_resuming;        /* the deferred have their turn */
    bool
        is_preparing; /* since the last turn a portion of what an answer needs was done, and more is left */
    sl_time now;        /* as of the last look at the clock */
    uint64_t now_us;    /* the same, monotonic */
    uint64_t opened_us; /* monotonic */
    int64_t day_second; /* `day` holds for this second */
    sl_day day;
    /* Events up to here are on disk and in the rankings: nobody is told of later ones. */
    sl_seq visible;
    uint64_t seen_moves; /* of the store */
    struct sl_random_pool random;
    struct sl_core_stats stats;
    struct sl_denials denials;
    struct sl_metrics metrics;
    struct sl_rates rates;
    struct sl_backup_feeds backups;
    bool is_stopped;
    bool is_draining;
};

enum sl_session_state {
    SL_SESSION_OPEN,
    SL_SESSION_DRAINING,
    SL_SESSION_BROKEN,
    SL_SESSION_STATES
};

/* Why complete frames lie unhandled in the session's input. */
enum sl_stall {
    SL_STALL_NONE,      /* none lies there */
    SL_STALL_SHARE,     /* the session has used its share of the turn */
    SL_STALL_TURN,      /* it appends, and the turn has taken in its events: in core->deferred */
    SL_STALL_IN_FLIGHT, /* too many unanswered */
    SL_STALL_OUTPUT,    /* too much output not taken */
    SL_STALL_STORE,     /* the store has no room until it has moved (sl_store_moves) */
    SL_STALL_LONG,      /* it asks what takes long, and stands in line (long_questions.h) */
    SL_STALL_ANSWER,    /* the next one is a question whose answer takes some turns to prepare */
};

struct sl_client_session {
    uint32_t magic;
    enum sl_session_state state;
    enum sl_stall stall;
    struct sl_core *core;
    struct sl_client_options options;
    uint8_t actor[SL_ACTOR_BYTES_MAX]; /* options.actor points here */
    unsigned rights;                   /* SL_RIGHT_BIT of each */
    struct sl_user *user;
    struct sl_patience patience;
    struct sl_queue queue;        /* of `input`, what waits to be appended */
    size_t kept;                  /* bytes, as its user knows it */
    uint64_t frames;              /* whole ones that were handled */
    struct sl_list link;          /* core->sessions */
    struct sl_list ready_link;    /* core->ready */
    struct sl_list deferred_link; /* core->deferred */
    struct sl_list waiting_link;  /* core->waiting */
    struct sl_list feed_link;     /* core->feeding */
    struct sl_list gather_link;   /* core->gathering */
    struct sl_list asker_link;    /* core->askers.sessions */
    uint64_t asked_us;            /* monotonic: its last question */
    struct sl_long_place long_place;
    struct sl_bytes input; /* what could not be handled yet */
    size_t input_used;     /* of `input`, bytes handled */
    size_t input_seen;     /* of `input`, bytes known to be whole frames */
    struct sl_outbox outbox;
    uint32_t in_flight; /* requests whose reply is not released */
    size_t share_bytes; /* input handled since its last turn */
    uint64_t share_us;  /* and how long that took */
    uint64_t began_us;  /* monotonic: when the frames at hand came to it */
    /* The same, for how long requests take: of what had to wait, when it began to, at the latest when its turn before began. */
    uint64_t taken_us;
    bool has_ended; /* the peer sends no more; whole frames at hand are still handled */
    struct sl_feeds feeds;
    sl_seq last_added; /* the session's latest event */
    bool is_appending; /* its latest request was to append */
    bool has_erased;   /* the frame at the front of `input` has had an erasure begun */
};

/* handle_log.c: is the record of one of these types (bit type - 16; 0: all)? */
bool sl_record_has_type(const struct sl_record *record, uint32_t types_mask);
/* The record as readers see it; borrows from it. */
struct sl_page_event sl_page_event_of(const struct sl_record *record);

/* figures.c: what the core knows of how it is doing; and the counters of the seconds that have ended. */
void sl_core_figures(struct sl_core *core, struct sl_figures *figures);
void sl_core_note_rates(struct sl_core *core);

/* core.c */
void sl_core_look_at_clock(struct sl_core *core);
/* Has the turn taken in all the events it may? */
bool sl_core_is_turn_full(const struct sl_core *core);
/* The state is not what the log says: store and core stop, and it never reaches the disk. */
void sl_core_fail(struct sl_core *core, enum sl_err err, const char *what);
sl_day sl_core_day(struct sl_core *core, sl_time time);
void sl_core_fill_random(struct sl_core *core, uint8_t ret_bytes[10]);

/* session_states.c */
/* Nobody waits for it, and it for nobody. */
bool sl_client_session_is_idle(const struct sl_client_session *session);
/* One last error that belongs to no request, and no more input. */
void sl_client_session_end(struct sl_client_session *session, enum sl_err err, const char *why);
/* No more requests; what is held still goes out. */
void sl_client_session_drain(struct sl_client_session *session);
/* Nothing goes out any more. */
void sl_client_session_break(struct sl_client_session *session);

/* client_session.c */
void sl_client_session_ready(struct sl_client_session *session);
void sl_client_session_turn(struct sl_client_session *session);
/* Feeds a session taken from core->feeding. */
void sl_client_session_feed(struct sl_client_session *session);
/* Output above which nothing new is made for it: less if much is kept for its user. */
size_t sl_client_session_mark(const struct sl_client_session *session);
bool sl_client_session_is_above_mark(const struct sl_client_session *session);
/* Tells its user's account how much memory its input and output take now. */
void sl_client_session_count_kept(struct sl_client_session *session);
/* Goes on with the input of a session taken from core->deferred. */
void sl_client_session_resume(struct sl_client_session *session);

#endif
