/* The core of the daemon: one ledger, its sessions, its replies. No sockets, no threads, no real time: the clock, the executor and
 * randomness are handed in, bytes come and go through client_session.h, and sl_core_turn is called once per turn of a loop.
 *
 *     input ─▶ frames ─▶ dispatch ─▶ handler ─▶ store.add + ledger.apply ─▶ reply into the outbox, held
 *                                                      │ turn: submit                    ▲
 *                                                      ▼                                 │ durable
 *                                                  journal lane ─────────────────────────┘
 *
 * Invariants:
 *   (1) a reply leaves only when the seq it reflects is durable, and shown by the rankings in memory, whether it answers a write or a
 *       question: such a seq is visible;
 *   (2) the state equals the log up to the head after each request, also a refused one;
 *   (3) after a failed write or a failed apply the core is stopped: it handles nothing and releases nothing.
 *
 * One thread: whoever runs the loop. */
#ifndef SL_SERVICE_CORE_H
#define SL_SERVICE_CORE_H

#include "base/clock.h"
#include "base/executor.h"
#include "codec/wire.h"
#include "sl/err.h"
#include "sl/types.h"
#include "store/store.h"

struct sl_access;

/* 0 anywhere means the default. */
struct sl_core_limits {
    uint32_t sessions_max;          /* SL_SESSIONS_MAX */
    uint32_t sessions_per_user_max; /* half of them */
    uint32_t sessions_reserved;     /* of them, for the operator: one in 64 */
    uint32_t in_flight_max;         /* per session, SL_IN_FLIGHT_MAX */
    uint32_t subscriptions_max;     /* per session, SL_SUBSCRIPTIONS_MAX at most */
    size_t
        output_bytes_high; /* per session, SL_OUTPUT_BYTES_MAX: above it nothing new is handled for the session */
    size_t
        turn_bytes_max; /* per session and turn, 256 KiB: input handled before others get their turn */
    size_t kept_max;    /* SL_KEPT_BYTES_MAX (users.h) */
    size_t kept_per_user_max; /* half of it */
    size_t waiting_max;       /* SL_WAITING_BYTES_MAX (admission.h) */
    uint64_t waiting_us;      /* SL_WAITING_S_MAX */
    uint64_t idle_us;         /* SL_IDLE_S_MAX (deadlines.h); UINT64_MAX: never */
    uint64_t frame_us;        /* SL_FRAME_S_MAX */
    uint64_t reader_us;       /* SL_READER_S_MAX */
};

struct sl_core_options {
    const char *dir;
    const struct sl_clock *clock;
    struct sl_executor *executor;
    void (*fill_random)(uint8_t *bytes, size_t len); /* for ids the ledger gives */
    sl_day (*day_of)(sl_time time);                  /* NULL: sl_timezone_day */
    struct sl_core_limits limits;
    const struct sl_access *access; /* who may what, outlives the core; NULL: everyone everything */
    void (*on_stopped)(void *ctx, const struct sl_diag *why); /* once */
    void (*on_progress)(void *ctx,
                        sl_seq done,
                        sl_seq total); /* of a rebuild at open; may be NULL */
    void *ctx;                         /* for the two above */

    /* A turn may itself write a batch of so many events while nobody asks (sl_store_submit_own); 0: none. */
    uint32_t own_events_max;
    uint64_t scrub_bytes_per_s; /* these seven as in sl_store_options */
    uint64_t checkpoint_bytes;
    uint32_t checkpoint_ms;
    uint64_t segment_bytes;
    size_t state_bytes_max;
    uint64_t free_bytes_min;
    const struct sl_file_ops *file_ops; /* NULL: the system's */
};

struct sl_core; /* opaque */

/* Opens the store, rebuilds the state if its layout has changed, else replays what the journal holds. The errors of
 * sl_store_open, and those of apply. */
SL_MUST_CHECK enum sl_err sl_core_open(const struct sl_core_options *options,
                                       struct sl_core **ret_core,
                                       struct sl_diag *diag);

/* Every session must be closed before. Ends with a checkpoint unless stopped. NULL is fine. */
void sl_core_close(struct sl_core *core);

/* The end of a loop turn, after all readable input was handed in: starts the journal on what was gathered, sends what has become
 * visible, runs feeds and waiting input, each within its share. True if work is left: call again without sleeping. */
bool sl_core_turn(struct sl_core *core);

/* Call it again after so many microseconds at the latest; UINT64_MAX: no need to. */
uint64_t sl_core_rests_us(const struct sl_core *core);

/* From a timer, about ten times a second: checkpoints, recovery of free space, sessions that have kept it waiting too long. */
void sl_core_tick(struct sl_core *core);

/* No new requests are handled from here on; replies still go out. */
void sl_core_drain(struct sl_core *core);

/* Is everything visible that was ever accepted? */
bool sl_core_is_quiet(const struct sl_core *core);

bool sl_core_is_stopped(const struct sl_core *core);

/* Counts a connection that was turned away before it had a session, for that. */
void sl_core_turned_away(struct sl_core *core, enum sl_err err);

const struct sl_genesis *sl_core_genesis(const struct sl_core *core);
sl_seq sl_core_head(const struct sl_core *core);
struct sl_store *sl_core_store(struct sl_core *core);

/* Applies a record to a ledger that is opened at the first call, when the tables of a rebuild are already empty. */
struct sl_ledger;
struct sl_replay {
    struct sl_store *store;
    struct sl_ledger *ledger; /* NULL: not opened yet */
    void (*progress)(void *ctx, sl_seq done, sl_seq total);
    void *ctx;
};
/* An sl_apply_fn; `ctx` is a struct sl_replay. */
enum sl_err sl_replay_apply(void *ctx, const struct sl_record *record);

#endif
