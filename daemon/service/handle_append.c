/* Appending: each event is decoded, known ids are answered again, rules are checked against the state, and what is accepted becomes a
 * record and is applied at once, so that the next event of the same request already sees it.
 *
 *     decode ─▶ id known? ─▶ check ─▶ view ─▶ decide ─▶ (seal) ─▶ store.add ─▶ ledger.apply ─▶ receipt
 *                  │ same content: first receipt     any refusal ───────────────────▶ receipt with error
 *                  └ other content: ID_REUSED
 *
 * A refusal writes nothing. All-or-nothing: the first refusal takes back what the request has added. */
#include <stdlib.h>

#include "codec/event_codec.h"
#include "codec/personal.h"
#include "domain/decide.h"
#include "service/dispatch.h"
#include "service/internal.h"
#include "sl/id.h"

void sl_look_ahead_anew(struct sl_core *core)
{
    core->ahead = (struct sl_peek){{NULL, 0}, {NULL, 0}, {NULL, 0}};
}

void sl_look_ahead(struct sl_core *core, struct sl_slice event)
{
    sl_ledger_prefetch_slots(core->ledger, &core->ahead);
    sl_peek_event(event, &core->ahead);
    sl_ledger_prefetch_names(core->ledger, &core->ahead);
}

/* One event on its way to a receipt. */
struct candidate {
    struct sl_slice bytes; /* as sent */
    struct sl_event event;
    struct sl_id id;  /* sent or given */
    sl_time recorded; /* what the store will say, too */
    sl_day effective;
};

static void fail_append(struct sl_core *core, enum sl_err err, uint64_t seq)
{
    sl_log(SL_LOG_ERROR, "event=apply_failed seq=%llu err=%s", (unsigned long long)seq,
           sl_err_name(err));
    sl_core_fail(core, err, "an accepted event could not be applied");
}

/* The id is known: the first receipt again, or a refusal. */
static enum sl_err repeat(struct sl_core *core,
                          const struct candidate *candidate,
                          sl_seq seq,
                          struct sl_receipt *receipt)
{
    enum sl_err err = sl_store_get(core->store, seq, &core->page);
    if (err != SL_OK) {
        return sl_refuse(&receipt->diag, err, "id", "the first event of this id, seq %llu",
                         (unsigned long long)seq.v);
    }
    const struct sl_record *first = &core->page.records[0];
    bool is_same = false;
    err = sl_sealing_is_same(&core->sealing, first, candidate->bytes, &core->event_arena, &is_same);
    sl_time recorded = first->recorded;
    sl_store_page_end(core->store, &core->page);
    if (err != SL_OK) {
        return sl_refuse(&receipt->diag, err, "id", "personal fields of seq %llu",
                         (unsigned long long)seq.v);
    }
    if (!is_same) {
        receipt->current_seq = seq.v;
        return sl_refuse(&receipt->diag, SL_E_ID_REUSED, "id",
                         "seq %llu has this id and other content", (unsigned long long)seq.v);
    }
    receipt->seq = seq.v;
    receipt->recorded = recorded;
    receipt->is_duplicate = true;
    return SL_OK;
}

static enum sl_err
judge(struct sl_exchange *exchange, const struct candidate *candidate, struct sl_receipt *receipt)
{
    struct sl_core *core = exchange->core;
    const struct sl_event *event = &candidate->event;
    enum sl_err err = sl_event_check(event, &receipt->diag);
    if (err != SL_OK) {
        return err;
    }
    struct sl_decide_view view;
    err = sl_ledger_view(core->ledger, event, candidate->effective, &core->event_arena, &view);
    if (err != SL_OK) {
        return err;
    }
    err = sl_decide(event, &view, exchange->session->options.actor, &receipt->diag);
    if (err == SL_E_CONFLICT) {
        receipt->current_seq = view.entity_seq;
    }
    return err;
}

/* What is to be stored: as sent, or with personal fields sealed. */
static enum sl_err seal(struct sl_core *core,
                        const struct candidate *candidate,
                        struct sl_slice *bytes,
                        struct sl_diag *diag)
{
    struct sl_to_seal from = {&candidate->event, candidate->id, candidate->bytes};
    enum sl_err err = sl_sealing_seal(&core->sealing, &from, &core->event_arena, bytes, diag);
    if (err != SL_OK) {
        sl_store_key_forget(core->store);
        return err;
    }
    core->sealed_more += bytes->len - candidate->bytes.len;
    return SL_OK;
}

/* The point of no return: what has been added must be applied. */
static enum sl_err
commit(struct sl_exchange *exchange, const struct candidate *candidate, struct sl_receipt *receipt)
{
    struct sl_core *core = exchange->core;
    struct sl_slice bytes = candidate->bytes;
    if (sl_personal_of(&candidate->event) != NULL) {
        enum sl_err refusal = seal(core, candidate, &bytes, &receipt->diag);
        if (refusal != SL_OK) {
            return refusal;
        }
    }
    struct sl_draft draft = {
        .type = (uint8_t)candidate->event.body.type,
        .effective = candidate->effective,
        .id = candidate->id,
        .actor = exchange->session->options.actor,
        .event = bytes,
    };
    struct sl_record record;
    enum sl_err err = sl_store_add(core->store, core->now, &draft, &record);
    if (err != SL_OK) {
        sl_store_key_forget(core->store);
        return err;
    }
    err = sl_ledger_apply(core->ledger, &record, &candidate->event, &core->event_arena);
    if (err != SL_OK) {
        fail_append(core, err, record.seq.v);
        return SL_E_STOPPED;
    }
    receipt->has_id = true;
    receipt->id = candidate->id;
    receipt->seq = record.seq.v;
    receipt->recorded = record.recorded;
    return SL_OK;
}

static enum sl_err
accept(struct sl_exchange *exchange, struct sl_slice bytes, struct sl_receipt *receipt)
{
    struct sl_core *core = exchange->core;
    struct candidate candidate;
    candidate.bytes = bytes;
    enum sl_err err = sl_event_decode(bytes, SL_DECODE_COMMAND, &core->event_arena,
                                      &candidate.event, &receipt->diag);
    if (err != SL_OK) {
        return err;
    }
    sl_ledger_prefetch_rows(core->ledger, &candidate.event.body);
    sl_time last = sl_store_last_recorded(core->store);
    candidate.recorded = core->now.v > last.v ? core->now : last;
    if (candidate.event.has_id) {
        candidate.id = candidate.event.id;
        receipt->has_id = true;
        receipt->id = candidate.id;
        sl_seq first;
        if (sl_ledger_find_id(core->ledger, candidate.id, &first)) {
            return repeat(core, &candidate, first, receipt);
        }
    } else {
        uint8_t random[10];
        sl_core_fill_random(core, random);
        candidate.id = sl_id_from_time(candidate.recorded, random);
    }
    candidate.effective = candidate.event.effective.v == SL_NO_DAY_V
                              ? sl_core_day(core, candidate.recorded)
                              : candidate.event.effective;
    err = judge(exchange, &candidate, receipt);
    return err == SL_OK ? commit(exchange, &candidate, receipt) : err;
}

static void clear(struct sl_receipt *receipt)
{
    /* Not the whole struct: its texts are large and seldom used. */
    receipt->has_id = false;
    receipt->seq = 0;
    receipt->recorded = (sl_time){0};
    receipt->is_duplicate = false;
    receipt->err = SL_OK;
    receipt->current_seq = 0;
    receipt->diag.field[0] = '\0';
    receipt->diag.message[0] = '\0';
}

static enum sl_err
append_one(struct sl_exchange *exchange, struct sl_slice bytes, struct sl_receipt *receipt)
{
    clear(receipt);
    if (bytes.len > (size_t)SL_EVENT_BYTES_MAX) {
        receipt->err =
            sl_refuse(&receipt->diag, SL_E_TOO_BIG, "", "an event has at most %u bytes, not %zu",
                      SL_EVENT_BYTES_MAX, bytes.len);
    } else {
        sl_arena_reset(&exchange->core->event_arena);
        receipt->err = accept(exchange, bytes, receipt);
    }
    return receipt->err;
}

/* Before event i of a batch, of which `first` comes first; a single one is looked ahead to by its session. */
static void look_ahead(struct sl_core *core, const struct sl_append *append, size_t first, size_t i)
{
    struct sl_slice none = {NULL, 0};
    if (append->count == 1) {
        return;
    }
    if (i == first) {
        sl_look_ahead_anew(core);
        sl_look_ahead(core, i + 1 < append->count ? append->events[i + 1] : none);
    }
    sl_look_ahead(core, i + 2 < append->count ? append->events[i + 2] : none);
}

/* Have others waited long enough? Asked after each event but those that are quick, of which LOOK_EVENTS take less than a tenth of a
 * millisecond. */
static bool is_part_over(const struct sl_core *core, uint64_t began_us, size_t done)
{
    enum { LOOK_EVENTS = 32 };
    if ((done % LOOK_EVENTS != 0 && sl_ledger_is_last_a_fact(core->ledger)) || core->is_draining) {
        return false;
    }
    uint64_t now_us = sl_clock_monotonic_us(core->options.clock);
    return now_us - began_us > (sl_askers_are_there(core) ? SL_PART_US_ASKED : SL_PART_US_MAX);
}

/* A part, or what was left of it. */
static void append_each(struct sl_exchange *exchange)
{
    struct sl_core *core = exchange->core;
    const struct sl_append *append = &exchange->request.u.append;
    uint64_t began_us = sl_clock_monotonic_us(core->options.clock);
    size_t first = core->divided_done;
    size_t done = first;
    bool is_over = false;
    while (done < append->count && !core->is_stopped && !is_over) {
        look_ahead(core, append, first, done);
        (void)append_one(exchange, append->events[done],
                         &core->receipts[done]); /* it is in the receipt */
        done++;
        is_over = is_part_over(core, began_us, done);
    }
    exchange->must_go_on = done < append->count && !core->is_stopped;
    core->divided_by = exchange->must_go_on ? exchange->session : NULL;
    core->divided_done = exchange->must_go_on ? done : 0;
    core->turn_events += exchange->must_go_on ? SL_TURN_EVENTS_PREPARING : done - first;
    exchange->session->last_added = sl_store_head(core->store);
}

/* Every receipt but the refused one says who is to blame. */
static void abort_receipts(struct sl_core *core, size_t count, size_t refused)
{
    enum sl_err err = core->receipts[refused].err;
    for (size_t i = 0; i < count; i++) {
        if (i == refused) {
            continue;
        }
        struct sl_receipt *receipt = &core->receipts[i];
        clear(receipt);
        receipt->err =
            sl_refuse(&receipt->diag, SL_E_BATCH_ABORTED, "",
                      "event %zu of this batch was refused: %s", refused, sl_err_name(err));
    }
}

/* A batch that fills the memory of the state by itself would find no room however often it came again. */
static enum sl_err
check_share(const struct sl_core *core, size_t written_before, struct sl_receipt *receipt)
{
    size_t written = sl_store_written_bytes(core->store);
    size_t max = sl_store_share_max(core->store);
    if (written <= written_before || written - written_before <= max) {
        return SL_OK;
    }
    clear(receipt);
    receipt->err = sl_refuse(
        &receipt->diag, SL_E_TOO_BIG, "append.all_or_nothing",
        "what is before this event takes %zu bytes of memory, a batch that is all or nothing "
        "has at most %zu: append it in parts",
        written - written_before, max);
    return receipt->err;
}

/* What the whole append takes, if nothing of it is sealed. */
static size_t bytes_of(const struct sl_exchange *exchange)
{
    const struct sl_append *append = &exchange->request.u.append;
    size_t bytes = append->count * exchange->session->options.actor.len;
    for (size_t i = 0; i < append->count; i++) {
        bytes += append->events[i].len;
    }
    return bytes;
}

static enum sl_err refuse_size(struct sl_exchange *exchange, size_t bytes)
{
    return sl_refuse(&exchange->diag, SL_E_TOO_BIG, "append.all_or_nothing",
                     "a batch of %zu events with %zu bytes is more than the journal takes at "
                     "once: append it in parts",
                     exchange->request.u.append.count, bytes);
}

/* A store without room gets it back when the batch in flight is written, with its next checkpoint or segment: the request waits for that
 * rather than being refused. Whether there is anything to seal is not known yet. */
static enum sl_err ask_store(struct sl_exchange *exchange)
{
    const struct sl_append *append = &exchange->request.u.append;
    const struct sl_core *core = exchange->core;
    size_t bytes = bytes_of(exchange);
    enum sl_err err = sl_store_may_add(core->store, append->count, bytes);
    if (err == SL_E_TOO_BIG && append->all_or_nothing) {
        return refuse_size(exchange, bytes);
    }
    if (err == SL_OK && !append->all_or_nothing &&
        sl_store_may_add(core->store, append->count,
                         bytes + append->count * SL_SEALING_BYTES_MAX) == SL_E_BUSY) {
        err = SL_E_BUSY;
    }
    exchange->must_wait = err == SL_E_BUSY;
    return err == SL_E_BUSY
               ? err
               : SL_OK; /* other reasons concern new events only: each learns from sl_store_add */
}

/* The store had no room for all of it, and has it later; unless what is sealed, and longer for it, has made it more than there ever is. */
static enum sl_err wait_for_room(struct sl_exchange *exchange)
{
    const struct sl_core *core = exchange->core;
    size_t bytes = bytes_of(exchange) + core->sealed_more;
    if (sl_store_may_add(core->store, exchange->request.u.append.count, bytes) == SL_E_TOO_BIG) {
        return refuse_size(exchange, bytes);
    }
    exchange->must_wait = true;
    return SL_E_BUSY;
}

/* Without room for all of it, it waits as a whole, see ask_store. */
static enum sl_err append_all(struct sl_exchange *exchange)
{
    struct sl_core *core = exchange->core;
    const struct sl_append *append = &exchange->request.u.append;
    sl_seq before = sl_store_head(core->store);
    size_t written = sl_store_written_bytes(core->store);
    sl_ledger_savepoint(core->ledger);
    core->sealed_more = 0;
    size_t accepted = 0;
    enum sl_err err = SL_OK;
    while (accepted < append->count && !core->is_stopped && err == SL_OK) {
        look_ahead(core, append, 0, accepted);
        struct sl_receipt *receipt = &core->receipts[accepted];
        err = check_share(core, written, receipt);
        if (err == SL_OK) {
            err = append_one(exchange, append->events[accepted], receipt);
        }
        accepted += err == SL_OK ? 1 : 0;
    }
    core->turn_events += append->count;
    if (accepted == append->count) {
        sl_ledger_release(core->ledger);
        exchange->session->last_added = sl_store_head(core->store);
        return SL_OK;
    }
    if (core->is_stopped) {
        return SL_E_STOPPED; /* the state is not to be touched any more */
    }
    sl_ledger_rollback(core->ledger);
    sl_store_retract(core->store, before);
    if (err == SL_E_BUSY) {
        return wait_for_room(exchange);
    }
    abort_receipts(core, append->count, accepted);
    return SL_OK;
}

/* Room for the receipts, and for the reply as far as nothing is refused at length: asked before anything is done. */
static enum sl_err reserve(struct sl_exchange *exchange, size_t count)
{
    enum { RECEIPT_BYTES = 64, REPLY_BYTES = 64 };
    struct sl_core *core = exchange->core;
    if (count > core->receipt_capacity) {
        size_t capacity = count < 64 ? 64 : count;
        struct sl_receipt *receipts = realloc(core->receipts, capacity * sizeof *receipts);
        if (receipts == NULL) {
            return SL_E_NO_MEMORY;
        }
        core->receipts = receipts;
        core->receipt_capacity = capacity;
    }
    return sl_bytes_reserve(&exchange->session->outbox.bytes, count * RECEIPT_BYTES + REPLY_BYTES);
}

enum sl_err sl_handle_append(struct sl_exchange *exchange)
{
    struct sl_core *core = exchange->core;
    const struct sl_append *append = &exchange->request.u.append;
    if (append->count == 0) {
        return sl_refuse(&exchange->diag, SL_E_MISSING_FIELD, "append.events", "at least one");
    }
    if (append->count > SL_BATCH_EVENTS_MAX) {
        return sl_refuse(&exchange->diag, SL_E_TOO_MANY, "append.events", "at most %u, not %zu",
                         SL_BATCH_EVENTS_MAX, append->count);
    }
    if (core->divided_by != NULL && core->divided_by != exchange->session) {
        exchange->must_go_on = true; /* its receipts lie where these would */
        return SL_OK;
    }
    enum sl_err err = core->divided_by == NULL ? ask_store(exchange) : SL_OK;
    if (err == SL_OK) {
        err = reserve(exchange, append->count);
    }
    if (err != SL_OK) {
        return err;
    }
    if (append->all_or_nothing) {
        err = append_all(exchange);
    } else {
        append_each(exchange);
    }
    if (core->is_stopped) {
        return SL_E_STOPPED;
    }
    if (err != SL_OK || exchange->must_go_on) {
        return err;
    }
    struct sl_reply reply = sl_exchange_reply(exchange);
    sl_metrics_receipts(&core->metrics, core->receipts, append->count);
    err = sl_reply_append(&reply, core->receipts, append->count);
    exchange->is_lost = err != SL_OK;
    return err;
}
