/* The projections of one ledger, bound to one state: apply events, answer questions.
 *
 *     names        id strings <-> numbers, in order of first appearance
 *     entities     which seqs touched an entity; its last seq
 *     masters      effective-dated defines: people, units, products, customers, stages, calendar, settings
 *     deals        phase, booked value, last known credits
 *     facts        signed, credited facts per person, day, seq
 *     sums         sums of facts per person and month, and per day for company, product, region
 *     targets, plans, corrections, ids
 *
 * apply is deterministic: the same log gives byte-equal tables. It never refuses; sl_state_error tells of a broken state. */
#ifndef SL_PROJECTIONS_LEDGER_H
#define SL_PROJECTIONS_LEDGER_H

#include "base/arena.h"
#include "codec/peek.h"
#include "domain/decide.h"
#include "domain/query.h"
#include "store/store.h"

/* Memory for all that one event takes: decoding it, judging it, and the events that it refers to. */
#define SL_EVENT_MEMORY_MAX ((size_t)16 * 1024 * 1024)

struct sl_ledger;

/* The state tables of all projections, for sl_store_options.specs. Static memory. */
const struct sl_table_spec *sl_ledger_specs(size_t *ret_count);

/* `store` gives earlier records (corrections, statements) and the genesis; `state` is the store's or a scratch state of the
 * same specs. SL_E_NO_MEMORY. */
SL_MUST_CHECK enum sl_err
sl_ledger_open(struct sl_store *store, struct sl_state *state, struct sl_ledger **ret_ledger);
/* Over the state of the store it waits until no job of the store runs. NULL is fine. */
void sl_ledger_close(struct sl_ledger *ledger);

/* Ask memory in good time for what an event's turn will look at: two events ahead, one event ahead, and at its turn (prefetch.c). They
 * change nothing and may be left out. */
void sl_ledger_prefetch_names(struct sl_ledger *ledger, const struct sl_peek *peek);
void sl_ledger_prefetch_slots(struct sl_ledger *ledger, const struct sl_peek *peek);
void sl_ledger_prefetch_rows(struct sl_ledger *ledger, const struct sl_body *body);

/* The seq of an idempotency id; false if new. */
bool sl_ledger_find_id(struct sl_ledger *ledger, struct sl_id id, sl_seq *ret_seq);

/* Fills `ret_view` for sl_decide. `effective` is the event's day with the default filled in. */
SL_MUST_CHECK enum sl_err sl_ledger_view(struct sl_ledger *ledger,
                                         const struct sl_event *event,
                                         sl_day effective,
                                         struct sl_arena *arena,
                                         struct sl_decide_view *ret_view);

/* Applies one record; `event` is its decoded form. SL_E_CORRUPT, SL_E_NO_MEMORY, SL_E_IO: the store must stop. */
SL_MUST_CHECK enum sl_err sl_ledger_apply(struct sl_ledger *ledger,
                                          const struct sl_record *record,
                                          const struct sl_event *event,
                                          struct sl_arena *arena);

/* Decodes and applies: for recovery, rebuild and check. */
SL_MUST_CHECK enum sl_err sl_ledger_replay(struct sl_ledger *ledger,
                                           const struct sl_record *record);

/* Was the latest event one of sales, outside any correction? Those are quick, however long the history. */
bool sl_ledger_is_last_a_fact(const struct sl_ledger *ledger);

/* All-or-nothing batches. */
void sl_ledger_savepoint(struct sl_ledger *ledger);
void sl_ledger_rollback(struct sl_ledger *ledger);
void sl_ledger_release(struct sl_ledger *ledger);
/* Events up to here are on disk: rankings kept in memory may show them, and do up to the seq that is given. They follow a portion at a
 * time: if that is short of it, call again (boards.h). */
sl_seq sl_ledger_durable(struct sl_ledger *ledger, sl_seq durable);

/* Does any event name this entity? */
bool sl_ledger_knows(struct sl_ledger *ledger, enum sl_entity_kind kind, struct sl_slice id);

uint32_t sl_ledger_policy(struct sl_ledger *ledger); /* 0 open, 1 strict */
uint64_t sl_ledger_undefined_count(struct sl_ledger *ledger);

/* Brings what the next answers need nearer, by a portion that takes about ten milliseconds. True if the rest is no more than that, and
 * is done by whoever asks. A ranking of people needs none of it. */
bool sl_ledger_prepare(struct sl_ledger *ledger);

/* Answers; results live on `arena`. Codes: BAD_PERIOD BAD_MEASURE NOT_FOUND (unknown key) UNSUPPORTED MISSING_FIELD OVERFLOW NO_MEMORY, TOO_BIG (more
 * rows, or parts of one target, than an answer holds), and the state's. */
SL_MUST_CHECK enum sl_err sl_ledger_measures(struct sl_ledger *ledger,
                                             const struct sl_measures_query *query,
                                             struct sl_arena *arena,
                                             struct sl_measures_answer *ret_answer,
                                             struct sl_diag *diag);
SL_MUST_CHECK enum sl_err sl_ledger_targets(struct sl_ledger *ledger,
                                            const struct sl_targets_query *query,
                                            struct sl_arena *arena,
                                            struct sl_targets_answer *ret_answer,
                                            struct sl_diag *diag);
SL_MUST_CHECK enum sl_err sl_ledger_rank(struct sl_ledger *ledger,
                                         const struct sl_rank_query *query,
                                         struct sl_arena *arena,
                                         struct sl_rank_answer *ret_answer,
                                         struct sl_diag *diag);
SL_MUST_CHECK enum sl_err sl_ledger_statement(struct sl_ledger *ledger,
                                              const struct sl_statement_query *query,
                                              struct sl_arena *arena,
                                              struct sl_statement_answer *ret_answer,
                                              struct sl_diag *diag);

/* Seqs >= from that touched the entity, at most `max`, ascending. Gives the count; 0 at the end. */
struct sl_entity_query {
    enum sl_entity_kind kind;
    struct sl_slice id;
    sl_seq from;
    size_t max;
};
/* SL_E_NO_MEMORY, which is not none. */
SL_MUST_CHECK enum sl_err sl_ledger_entity_seqs(struct sl_ledger *ledger,
                                                const struct sl_entity_query *query,
                                                sl_seq *ret_seqs,
                                                size_t *ret_count);

#endif
