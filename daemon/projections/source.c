/* Loading earlier events, with corrections applied. */
#include "projections/source.h"

#include "codec/event_codec.h"

enum sl_err sl_source_raw(struct sl_ledger *ledger,
                          sl_seq seq,
                          struct sl_arena *arena,
                          struct sl_event *ret_event,
                          sl_day *ret_day)
{
    struct sl_page page;
    struct sl_slice bytes;
    enum sl_err err = sl_store_get(ledger->store, seq, &page);
    if (err != SL_OK) {
        return err;
    }
    bool is_copied = sl_arena_dup(arena, page.records[0].event, &bytes);
    *ret_day = page.records[0].effective;
    sl_store_page_end(ledger->store, &page);
    if (!is_copied) {
        return SL_E_NO_MEMORY;
    }
    return sl_event_decode(bytes, SL_DECODE_STORED, arena, ret_event, NULL);
}

enum sl_err sl_source_load(struct sl_ledger *ledger,
                           sl_seq seq,
                           struct sl_arena *arena,
                           struct sl_sourced *ret_sourced)
{
    struct sl_event event;
    sl_day day;
    const struct sl_correction_row *row =
        sl_state_get(ledger->state, SL_TABLE_CORRECTIONS, (struct sl_key){seq.v, 0});
    sl_seq correct_seq = {row != NULL ? row->correct_seq : 0};
    enum sl_err err = sl_source_raw(ledger, seq, arena, &event, &day);
    if (err != SL_OK) {
        return err;
    }
    *ret_sourced = (struct sl_sourced){.is_there = event.body.type != SL_EVENT_CORRECT,
                                       .seq = seq,
                                       .day = day,
                                       .body = event.body};
    if (correct_seq.v == 0) {
        return SL_OK;
    }
    err = sl_source_raw(ledger, correct_seq, arena, &event, &day);
    if (err != SL_OK) {
        return err;
    }
    ret_sourced->is_there = !event.correct.is_void;
    if (event.correct.replacement != NULL) {
        ret_sourced->body = *event.correct.replacement;
    }
    if (event.correct.effective.v != SL_NO_DAY_V) {
        ret_sourced->day = event.correct.effective;
    }
    return SL_OK;
}
