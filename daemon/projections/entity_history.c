/* Positions first, all of them, since corrections come later than what they correct; then event by event. */
#include "projections/entity_history.h"

#include "projections/entity_log.h"

static void init_arenas(struct sl_entity_history *history)
{
    if (history->positions.bytes_max == 0) {
        sl_arena_init(&history->positions, (size_t)SL_SEQ_MAX * sizeof(sl_seq));
        sl_arena_init(&history->event, SL_EVENT_MEMORY_MAX);
    }
    sl_arena_reset(&history->positions);
    sl_arena_reset(&history->event);
}

/* A correct event stands for the position it corrects. */
static enum sl_err position_of(struct sl_entity_history *history, sl_seq *seq)
{
    struct sl_page page;
    enum sl_err err = sl_store_get(history->ledger->store, *seq, &page);
    if (err != SL_OK) {
        return err;
    }
    bool is_correct = page.records[0].type == SL_EVENT_CORRECT;
    sl_store_page_end(history->ledger->store, &page);
    if (!is_correct) {
        return SL_OK;
    }
    struct sl_event event;
    sl_day day;
    sl_arena_reset(&history->event);
    err = sl_source_raw(history->ledger, *seq, &history->event, &event, &day);
    if (err == SL_OK) {
        seq->v = event.correct.ref_seq;
    }
    return err;
}

/* Seqs under which the entity is posted. */
static enum sl_err
find_posted(struct sl_entity_history *history, const struct sl_entity_ref *ref, bool with_pending)
{
    struct sl_state *state = history->ledger->state;
    struct sl_pending *pending = history->ledger->pending;
    size_t posted = sl_entities_count(state, ref);
    size_t more = with_pending ? sl_pending_seqs(pending, ref, 0, NULL) : 0;
    if (history->events_max != 0 && posted + more > history->events_max) {
        return SL_E_TOO_MANY;
    }
    history->seqs =
        sl_arena_calloc(&history->positions, posted + more + 1, sizeof history->seqs[0]);
    if (history->seqs == NULL) {
        return SL_E_NO_MEMORY;
    }
    history->count = sl_entities_seqs(state, ref, (sl_seq){1}, posted, history->seqs);
    if (more > 0) {
        (void)sl_pending_seqs(pending, ref, more, history->seqs + history->count);
        history->count += more;
    }
    return SL_OK;
}

enum sl_err sl_entity_history_begin(struct sl_entity_history *history,
                                    const struct sl_entity_ref *ref,
                                    bool with_pending)
{
    init_arenas(history);
    history->count = 0;
    history->next = 0;
    enum sl_err err = find_posted(history, ref, with_pending);
    for (size_t i = 0; err == SL_OK && i < history->count; i++) {
        err = position_of(history, &history->seqs[i]);
    }
    if (err == SL_OK) {
        history->count = sl_seqs_sort_unique(history->seqs, history->count);
    }
    return err;
}

sl_seq sl_entity_history_peek(const struct sl_entity_history *history)
{
    return history->next < history->count ? history->seqs[history->next] : (sl_seq){0};
}

enum sl_err sl_entity_history_next(struct sl_entity_history *history, struct sl_sourced *ret_event)
{
    *ret_event = (struct sl_sourced){.is_there = false};
    if (history->next == history->count) {
        return SL_OK;
    }
    sl_arena_reset(&history->event);
    return sl_source_load(history->ledger, history->seqs[history->next++], &history->event,
                          ret_event);
}

void sl_entity_history_rewind(struct sl_entity_history *history)
{
    history->next = 0;
}

void sl_entity_history_deinit(struct sl_entity_history *history)
{
    sl_arena_deinit(&history->positions);
    sl_arena_deinit(&history->event);
    *history =
        (struct sl_entity_history){.ledger = history->ledger, .events_max = history->events_max};
}
