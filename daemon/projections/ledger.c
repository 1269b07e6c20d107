/* The projections of one ledger: opening, applying events, corrections. */
#include "projections/ledger.h"

#include <stdlib.h>
#include <string.h>

#include "base/big_endian.h"
#include "codec/event_codec.h"
#include "projections/capacity.h"
#include "projections/entities.h"
#include "projections/entity_log.h"
#include "projections/facts.h"
#include "projections/internal.h"
#include "projections/masters.h"
#include "projections/plans.h"
#include "projections/targets.h"
#include "projections/touch.h"

enum sl_err
sl_ledger_open(struct sl_store *store, struct sl_state *state, struct sl_ledger **ret_ledger)
{
    struct sl_ledger *ledger = calloc(1, sizeof *ledger);
    if (ledger == NULL) {
        return SL_E_NO_MEMORY;
    }
    ledger->store = store;
    ledger->state = state;
    sl_arena_init(&ledger->arena, SL_HISTORY_BYTES_MAX);
    memcpy(ledger->currency.code, sl_store_genesis(store)->currency, sizeof ledger->currency.code);
    ledger->facts = malloc(sizeof *ledger->facts);
    ledger->looked_at = calloc(1, sizeof *ledger->looked_at);
    enum sl_err err = ledger->facts == NULL || ledger->looked_at == NULL
                          ? SL_E_NO_MEMORY
                          : sl_names_init(&ledger->names, state);
    if (err == SL_OK) {
        err = sl_pending_open(ledger, &ledger->pending);
    }
    if (err != SL_OK) {
        sl_ledger_close(ledger);
        return err;
    }
    const void *row;
    if (!sl_state_last(state, SL_TABLE_IDS, (struct sl_key){UINT64_MAX, UINT64_MAX},
                       &ledger->id_max, &row)) {
        ledger->id_max = (struct sl_key){0, 0};
    }
    *ret_ledger = ledger;
    return SL_OK;
}

void sl_ledger_close(struct sl_ledger *ledger)
{
    if (ledger == NULL) {
        return;
    }
    if (ledger->pending != NULL && !sl_state_is_scratch(ledger->state)) {
        sl_store_wait(ledger->store); /* a checkpoint may be writing from it */
    }
    sl_pending_close(ledger->pending);
    sl_boards_drop(&ledger->boards);
    sl_org_deinit(&ledger->org);
    sl_customers_deinit(&ledger->customers);
    sl_target_periods_deinit(&ledger->target_periods);
    sl_names_deinit(&ledger->names);
    sl_arena_deinit(&ledger->arena);
    free(ledger->facts);
    free(ledger->looked_at);
    free(ledger);
}

static struct sl_key id_key(struct sl_id id)
{
    return (struct sl_key){sl_be64_get(id.bytes), sl_be64_get(id.bytes + 8)};
}

void sl_ledger_prefetch(struct sl_ledger *ledger, const struct sl_body *body, struct sl_id id)
{
    sl_state_prefetch(ledger->state, SL_TABLE_IDS, id_key(id));
    if (sl_facts_has(body)) {
        sl_touch_prefetch(&ledger->names, body);
    }
}

bool sl_ledger_find_id(struct sl_ledger *ledger, struct sl_id id, sl_seq *ret_seq)
{
    struct sl_key key = id_key(id);
    if (sl_key_compare(key, ledger->id_max) > 0) {
        return false; /* ids that begin with the time mostly ascend */
    }
    const struct sl_id_row *row = sl_state_get(ledger->state, SL_TABLE_IDS, key);
    if (row == NULL) {
        return false;
    }
    *ret_seq = (sl_seq){row->seq};
    return true;
}

uint32_t sl_ledger_policy(struct sl_ledger *ledger)
{
    if (!ledger->has_policy) {
        struct sl_master master;
        bool is_set = sl_masters_latest(ledger->state, SL_MASTER_SETTINGS, 0, &master);
        ledger->policy = is_set ? master.row.other : sl_store_genesis(ledger->store)->policy;
        ledger->has_policy = true;
    }
    return ledger->policy;
}

int sl_ledger_fiscal_month(struct sl_ledger *ledger)
{
    struct sl_master master;
    bool is_set = sl_masters_latest(ledger->state, SL_MASTER_CALENDAR, 0, &master);
    return is_set && master.row.other >= 1 && master.row.other <= 12 ? (int)master.row.other : 1;
}

uint64_t sl_ledger_undefined_count(struct sl_ledger *ledger)
{
    return sl_entities_undefined(ledger->state);
}

/* Caches that a define may have made stale. */
static void forget_masters(struct sl_ledger *ledger, unsigned kind)
{
    sl_org_forget(&ledger->org, kind);
    sl_boards_drop(&ledger->boards);
    ledger->stages.seq = (sl_seq){0};
    ledger->calendar.is_fresh = false;
    ledger->has_policy = false;
}

/* A sales event outside any deal stands alone. */
static void put_alone(struct sl_ledger *ledger, const struct sl_sourced *event, int sign)
{
    struct sl_fold fold;
    sl_fold_load(ledger, 0, &fold);
    sl_fold_step(ledger, &fold, event, ledger->facts);
    sl_pending_facts(ledger, ledger->facts, sign);
}

/* A customer's events outside any deal. */
static enum sl_err
alone_of_customer(struct sl_ledger *ledger, uint32_t customer, int sign, struct sl_arena *arena)
{
    struct sl_entity_ref ref = {SL_ENTITY_CUSTOMER, customer};
    sl_seq *seqs;
    size_t count;
    enum sl_err err = sl_facts_positions(ledger, &ref, arena, &seqs, &count);
    for (size_t i = 0; err == SL_OK && i < count; i++) {
        struct sl_sourced event;
        err = sl_source_load(ledger, seqs[i], arena, &event);
        bool is_alone = err == SL_OK && event.is_there && sl_facts_has(&event.body) &&
                        sl_body_deal(&event.body).len == 0 &&
                        sl_names_find(&ledger->names, SL_ENTITY_CUSTOMER,
                                      sl_body_customer(&event.body)) == customer;
        if (is_alone) {
            put_alone(ledger, &event, sign);
        }
    }
    return err;
}

/* Takes out (-1) or puts in (+1) the facts of all that a customer's region and owner bear on. */
static enum sl_err
facts_of_customer(struct sl_ledger *ledger, uint32_t customer, int sign, struct sl_arena *arena)
{
    uint32_t deal = 0;
    enum sl_err err = alone_of_customer(ledger, customer, sign, arena);
    while (err == SL_OK && sl_entities_deals(ledger->state, customer, deal + 1, 1, &deal) == 1) {
        err = sl_facts_of_deal(ledger, deal, sign, arena);
    }
    return err;
}

/* Has anything but the define at `but` touched the customer? */
static bool has_history(struct sl_ledger *ledger, uint32_t customer, sl_seq but)
{
    struct sl_entity_ref ref = {SL_ENTITY_CUSTOMER, customer};
    uint32_t deal;
    sl_seq seqs[2];
    sl_pending_settle(ledger);
    size_t count = sl_entities_seqs(ledger->state, &ref, (sl_seq){1}, 2, seqs);
    return count > 1 || (count == 1 && seqs[0].v != but.v) ||
           sl_entities_deals(ledger->state, customer, 1, 1, &deal) == 1;
}

static enum sl_err put_define(struct sl_ledger *ledger,
                              const struct sl_define *define,
                              sl_seq seq,
                              int sign,
                              struct sl_arena *arena)
{
    unsigned kind;
    uint32_t number;
    enum sl_err err = SL_OK;
    sl_masters_subject(&ledger->names, define, &kind, &number);
    /* A customer whom the event at hand names for the first time has no facts to move, and that is the usual case. */
    bool has_facts = kind == SL_ENTITY_CUSTOMER && number <= ledger->customers_before &&
                     has_history(ledger, number, seq);
    if (has_facts) {
        sl_boards_drop(&ledger->boards);
        err = facts_of_customer(ledger, number, -1, arena);
    }
    if (sign > 0) {
        sl_masters_put(&ledger->names, define, seq);
    } else {
        sl_masters_remove(&ledger->names, define, seq);
    }
    if (kind == SL_ENTITY_CUSTOMER) {
        sl_customers_forget(&ledger->customers, number);
    } else {
        forget_masters(ledger, kind);
    }
    if (err == SL_OK && has_facts) {
        err = facts_of_customer(ledger, number, 1, arena);
        sl_pending_moved(ledger->pending);
    }
    return err;
}

/* The deal's fold, from the view that was just made of it if there was one. */
static void load_fold(struct sl_ledger *ledger, uint32_t deal, struct sl_fold *ret_fold)
{
    if (deal != 0 && ledger->looked_at->deal == deal) {
        *ret_fold = *ledger->looked_at;
    } else {
        sl_fold_load(ledger, deal, ret_fold);
    }
    ledger->looked_at->deal = 0;
}

/* Puts one effective event in; deals by the running fold, since it is the last of its deal. */
static enum sl_err
put_event(struct sl_ledger *ledger, const struct sl_sourced *event, struct sl_arena *arena)
{
    const struct sl_body *body = &event->body;
    struct sl_fold fold;
    sl_capacity_take(ledger, body);
    switch (body->type) {
    case SL_EVENT_CONTACT:
    case SL_EVENT_QUOTE:
    case SL_EVENT_CLOSE:
        load_fold(ledger, sl_names_intern(&ledger->names, SL_ENTITY_DEAL, sl_body_deal(body)),
                  &fold);
        sl_fold_step(ledger, &fold, event, ledger->facts);
        sl_pending_facts(ledger, ledger->facts, 1);
        sl_fold_store(ledger, &fold);
        return SL_OK;
    case SL_EVENT_DEFINE: return put_define(ledger, &body->u.define, event->seq, 1, arena);
    case SL_EVENT_TARGET: sl_targets_put(ledger, &body->u.target, event->seq, 1); return SL_OK;
    case SL_EVENT_PLAN: sl_plans_put(ledger, body->u.plan, event->seq, 1); return SL_OK;
    case SL_EVENT_NONE:
    case SL_EVENT_PAYOUT:
    case SL_EVENT_APPROVE:
    case SL_EVENT_CORRECT:
    case SL_EVENT_NOTE: return SL_OK;
    }
    return SL_OK;
}

/* One side of a correction: what is not facts of a deal. Deals are folded as a whole around it. */
static enum sl_err correct_side(struct sl_ledger *ledger,
                                const struct sl_sourced *event,
                                int sign,
                                struct sl_arena *arena)
{
    const struct sl_body *body = &event->body;
    if (!event->is_there) {
        return SL_OK;
    }
    if (sl_facts_has(body)) {
        if (sl_body_deal(body).len == 0) {
            put_alone(ledger, event, sign);
        }
        return SL_OK;
    }
    switch (body->type) {
    case SL_EVENT_DEFINE: return put_define(ledger, &body->u.define, event->seq, sign, arena);
    case SL_EVENT_TARGET: sl_targets_put(ledger, &body->u.target, event->seq, sign); return SL_OK;
    case SL_EVENT_PLAN: sl_plans_put(ledger, body->u.plan, event->seq, sign); return SL_OK;
    case SL_EVENT_NONE:
    case SL_EVENT_CONTACT:
    case SL_EVENT_QUOTE:
    case SL_EVENT_CLOSE:
    case SL_EVENT_PAYOUT:
    case SL_EVENT_APPROVE:
    case SL_EVENT_CORRECT:
    case SL_EVENT_NOTE: return SL_OK;
    }
    return SL_OK;
}

static uint32_t deal_of(struct sl_ledger *ledger, const struct sl_sourced *event)
{
    bool has_deal = event->is_there && sl_facts_has(&event->body);
    return has_deal ? sl_names_intern(&ledger->names, SL_ENTITY_DEAL, sl_body_deal(&event->body))
                    : 0;
}

static enum sl_err
fold_deals(struct sl_ledger *ledger, const uint32_t deals[2], int sign, struct sl_arena *arena)
{
    enum sl_err err = SL_OK;
    for (int i = 0; i < 2 && err == SL_OK; i++) {
        if (deals[i] != 0 && (i == 0 || deals[1] != deals[0])) {
            err = sl_facts_of_deal(ledger, deals[i], sign, arena);
        }
    }
    return err;
}

/* old facts out, the correction into its table, new facts in */
static enum sl_err put_correct(struct sl_ledger *ledger,
                               const struct sl_correct *correct,
                               sl_seq seq,
                               struct sl_arena *arena)
{
    sl_seq position = {correct->ref_seq};
    struct sl_sourced before;
    struct sl_sourced after;
    enum sl_err err = sl_source_load(ledger, position, arena, &before);
    if (err != SL_OK) {
        return err;
    }
    after = before;
    after.is_there = correct->replacement != NULL;
    if (correct->replacement != NULL) {
        struct sl_event original;
        err = sl_source_raw(ledger, position, arena, &original, &after.day);
        after.body = *correct->replacement;
        after.day = correct->effective.v != SL_NO_DAY_V ? correct->effective : after.day;
    }
    uint32_t deals[2] = {deal_of(ledger, &before), deal_of(ledger, &after)};
    if (correct->replacement != NULL) {
        sl_capacity_take(ledger, correct->replacement);
    }
    if (err == SL_OK) {
        err = fold_deals(ledger, deals, -1, arena);
    }
    if (err == SL_OK) {
        err = correct_side(ledger, &before, -1, arena);
    }
    struct sl_correction_row *row =
        sl_state_upsert(ledger->state, SL_TABLE_CORRECTIONS, (struct sl_key){position.v, 0});
    row->correct_seq = seq.v;
    if (before.is_there) {
        sl_touch_body(ledger, &before.body, seq);
        sl_touch_body(ledger, &before.body, position); /* whom it no longer credits sees it still */
    }
    if (after.is_there) {
        sl_touch_body(ledger, &after.body, seq);
    }
    sl_boards_drop(&ledger->boards);
    if (err == SL_OK) {
        err = correct_side(ledger, &after, 1, arena);
    }
    if (err == SL_OK) {
        err = fold_deals(ledger, deals, 1, arena);
    }
    sl_pending_moved(ledger->pending);
    return err;
}

static void put_id(struct sl_ledger *ledger, struct sl_key key, sl_seq seq)
{
    struct sl_id_row *row = sl_state_insert(ledger->state, SL_TABLE_IDS, key);
    row->seq = seq.v;
    if (sl_key_compare(key, ledger->id_max) > 0) {
        ledger->id_max = key;
    }
}

enum sl_err sl_ledger_apply(struct sl_ledger *ledger,
                            const struct sl_record *record,
                            const struct sl_event *event,
                            struct sl_arena *arena)
{
    if (record->seq.v > SL_SEQ_MAX) {
        return SL_E_TOO_MANY;
    }
    put_id(ledger, id_key(record->id), record->seq);
    if (!sl_facts_has(&event->body)) {
        ledger->last_other = record->seq;
    }
    if (event->body.type == SL_EVENT_DEFINE || event->body.type == SL_EVENT_CORRECT) {
        ledger->customers_before = sl_names_count(&ledger->names, SL_ENTITY_CUSTOMER);
    }
    enum sl_err err;
    if (event->body.type == SL_EVENT_CORRECT) {
        err = put_correct(ledger, &event->correct, record->seq, arena);
    } else {
        struct sl_sourced sourced = {true, record->seq, record->effective, event->body};
        sl_touch_event(ledger, &event->body, record->seq);
        err = put_event(ledger, &sourced, arena);
    }
    ledger->looked_at->deal = 0; /* what was read may have changed */
    return err != SL_OK ? err : sl_state_error(ledger->state);
}

enum sl_err sl_ledger_replay(struct sl_ledger *ledger, const struct sl_record *record)
{
    struct sl_event event;
    sl_arena_reset(&ledger->arena);
    enum sl_err err =
        sl_event_decode(record->event, SL_DECODE_STORED, &ledger->arena, &event, NULL);
    return err == SL_OK ? sl_ledger_apply(ledger, record, &event, &ledger->arena) : err;
}

static void forget_all(struct sl_ledger *ledger)
{
    sl_names_forget(&ledger->names);
    sl_customers_forget_all(&ledger->customers);
    sl_target_periods_forget(&ledger->target_periods);
    forget_masters(ledger, SL_ENTITY_PERSON);
    forget_masters(ledger, SL_ENTITY_UNIT);
    forget_masters(ledger, SL_ENTITY_PRODUCT);
}

void sl_ledger_savepoint(struct sl_ledger *ledger)
{
    sl_pending_savepoint(ledger->pending);
    sl_state_savepoint(ledger->state);
}

void sl_ledger_rollback(struct sl_ledger *ledger)
{
    ledger->looked_at->deal = 0;
    sl_state_rollback(ledger->state);
    sl_pending_rollback(ledger->pending);
    forget_all(ledger);
}

void sl_ledger_release(struct sl_ledger *ledger)
{
    sl_state_release(ledger->state);
}

void sl_ledger_durable(struct sl_ledger *ledger, sl_seq durable)
{
    if (ledger->boards.count > 0) {
        sl_boards_follow(ledger, durable);
    }
}

size_t sl_ledger_entity_seqs(struct sl_ledger *ledger,
                             const struct sl_entity_query *query,
                             sl_seq *ret_seqs)
{
    struct sl_entity_page page = {
        .ref = {query->kind, sl_names_find(&ledger->names, query->kind, query->id)},
        .from = query->from,
        .max = query->max,
    };
    size_t count;
    enum sl_err err = sl_entity_log_seqs(ledger, &page, ret_seqs, &count);
    return err == SL_OK ? count : 0;
}
