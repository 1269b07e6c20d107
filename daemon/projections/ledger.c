/* The projections of one ledger: opening, applying events, taking them back. */
#include "projections/ledger.h"

#include <stdlib.h>
#include <string.h>

#include "codec/event_codec.h"
#include "projections/capacity.h"
#include "projections/corrections.h"
#include "projections/definitions.h"
#include "projections/entities.h"
#include "projections/entity_log.h"
#include "projections/facts.h"
#include "projections/internal.h"
#include "projections/masters.h"
#include "projections/touch.h"

#define SCRATCH_BYTES_MAX                                                                          \
    ((size_t)256 * 1024 *                                                                          \
     1024) /* of the event replayed, or of a question about targets, which takes more */

#define SETTLE_ITEMS 32768u /* facts and postings that take about ten milliseconds */

enum sl_err
sl_ledger_open(struct sl_store *store, struct sl_state *state, struct sl_ledger **ret_ledger)
{
    struct sl_ledger *ledger = calloc(1, sizeof *ledger);
    if (ledger == NULL) {
        return SL_E_NO_MEMORY;
    }
    ledger->store = store;
    ledger->state = state;
    ledger->history_events_max = SL_HISTORY_EVENTS_MAX;
    sl_arena_init(&ledger->arena, SCRATCH_BYTES_MAX);
    memcpy(ledger->currency.code, sl_store_genesis(store)->currency, sizeof ledger->currency.code);
    ledger->facts = malloc(sizeof *ledger->facts);
    ledger->looked_at = calloc(1, sizeof *ledger->looked_at);
    ledger->products = calloc(1, sizeof *ledger->products);
    bool has_room = ledger->facts != NULL && ledger->looked_at != NULL && ledger->products != NULL;
    enum sl_err err = has_room ? sl_names_init(&ledger->names, state) : SL_E_NO_MEMORY;
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
    sl_target_ids_deinit(&ledger->target_ids);
    sl_names_deinit(&ledger->names);
    sl_arena_deinit(&ledger->arena);
    free(ledger->facts);
    free(ledger->looked_at);
    free(ledger->products);
    free(ledger);
}

bool sl_ledger_find_id(struct sl_ledger *ledger, struct sl_id id, sl_seq *ret_seq)
{
    struct sl_key key = sl_key_id(id);
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

/* The deal's fold, from the view that was just made of it if there was one. */
static void load_fold(struct sl_ledger *ledger, uint32_t deal, struct sl_fold *ret_fold)
{
    if (deal != 0 && ledger->looked_at->deal == deal) {
        *ret_fold = *ledger->looked_at;
    } else {
        sl_fold_load(ledger, deal, ledger->products, ret_fold);
    }
    ledger->looked_at->deal = 0;
}

/* Cycles of the deal's closes begin with its first event, whenever that is recorded. Does the event make those of earlier ones longer? */
static bool is_backdated(const struct sl_fold *fold, sl_day day)
{
    return fold->deal != 0 && fold->row.phase != SL_DEAL_OPEN && day.v < fold->row.first_day;
}

/* Puts one event in; deals by the running fold, since it is the last of its deal. */
static enum sl_err put_event(struct sl_ledger *ledger, const struct sl_sourced *event)
{
    const struct sl_body *body = &event->body;
    struct sl_fold fold;
    enum sl_err err = SL_OK;
    sl_capacity_take(ledger, body);
    if (!sl_facts_has(body)) {
        sl_touch_event(ledger, body, event->seq);
        return sl_definition_put(ledger, event, 1);
    }
    load_fold(ledger, sl_names_intern(&ledger->names, SL_ENTITY_DEAL, sl_body_deal(body)), &fold);
    if (is_backdated(&fold, event->day)) {
        err = sl_facts_redate(ledger, &fold, event->day);
        fold.has_products = false; /* their memory was lent to that; the tables are as they were */
    }
    if (err == SL_OK) {
        sl_touch_event(ledger, body, event->seq);
        sl_fold_step(ledger, &fold, event, ledger->facts);
        sl_pending_facts(ledger, ledger->facts, 1);
        sl_fold_store(ledger, &fold);
    }
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
    put_id(ledger, sl_key_id(record->id), record->seq);
    if (!sl_facts_has(&event->body)) {
        ledger->last_other = record->seq;
    }
    if (event->body.type == SL_EVENT_DEFINE || event->body.type == SL_EVENT_CORRECT) {
        ledger->customers_before = sl_names_count(&ledger->names, SL_ENTITY_CUSTOMER);
    }
    enum sl_err err;
    if (event->body.type == SL_EVENT_CORRECT) {
        err = sl_correction_put(ledger, &event->correct, record->seq, arena);
    } else {
        struct sl_sourced sourced = {true, record->seq, record->effective, event->body};
        err = put_event(ledger, &sourced);
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

/* What is read of defines, targets and plans. */
static void forget_all(struct sl_ledger *ledger)
{
    sl_customers_forget_all(&ledger->customers);
    sl_target_periods_forget(&ledger->target_periods);
    sl_target_ids_forget(&ledger->target_ids);
    sl_definitions_forget(ledger, SL_ENTITY_PERSON);
    sl_definitions_forget(ledger, SL_ENTITY_UNIT);
    sl_definitions_forget(ledger, SL_ENTITY_PRODUCT);
}

bool sl_ledger_is_last_a_fact(const struct sl_ledger *ledger)
{
    return ledger->last_other.v < sl_store_head(ledger->store).v;
}

void sl_ledger_savepoint(struct sl_ledger *ledger)
{
    ledger->lasting_other = ledger->last_other;
    sl_names_savepoint(&ledger->names);
    sl_pending_savepoint(ledger->pending);
    sl_state_savepoint(ledger->state);
}

void sl_ledger_rollback(struct sl_ledger *ledger)
{
    ledger->looked_at->deal = 0;
    sl_state_rollback(ledger->state);
    sl_pending_rollback(ledger->pending);
    sl_names_release(&ledger->names);
    if (ledger->last_other.v != ledger->lasting_other.v) {
        ledger->last_other = ledger->lasting_other;
        forget_all(ledger);
    }
}

void sl_ledger_release(struct sl_ledger *ledger)
{
    sl_names_release(&ledger->names);
    sl_state_release(ledger->state);
}

sl_seq sl_ledger_durable(struct sl_ledger *ledger, sl_seq durable)
{
    return sl_boards_follow_part(ledger, durable);
}

bool sl_ledger_prepare(struct sl_ledger *ledger)
{
    return sl_pending_settle_part(ledger, SETTLE_ITEMS);
}

bool sl_ledger_knows(struct sl_ledger *ledger, enum sl_entity_kind kind, struct sl_slice id)
{
    return sl_names_find(&ledger->names, kind, id) != 0;
}

enum sl_err sl_ledger_entity_seqs(struct sl_ledger *ledger,
                                  const struct sl_entity_query *query,
                                  sl_seq *ret_seqs,
                                  size_t *ret_count)
{
    struct sl_entity_page page = {
        .ref = {query->kind, sl_names_find(&ledger->names, query->kind, query->id)},
        .from = query->from,
        .max = query->max,
    };
    return sl_entity_log_seqs(ledger, &page, ret_seqs, ret_count);
}
