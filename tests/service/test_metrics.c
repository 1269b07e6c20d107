/* What a status tells: each answer, refusal and flush counted once and in the right place, by a clock that stands still until told. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "lib/service.h"
#include "lib/test.h"
#include "sl/limits.h"

typedef Salesledger__V1__StatusReply Status;
typedef Salesledger__V1__StatusReply__Latency Latency;

static const Latency *latency(const Status *status, const char *name, const char *kind)
{
    const Latency *found = NULL;
    for (size_t i = 0; i < status->n_latencies; i++) {
        const Latency *row = status->latencies[i];
        bool is_kind =
            kind == NULL ? row->kind == NULL : row->kind != NULL && strcmp(row->kind, kind) == 0;
        if (strcmp(row->name, name) == 0 && is_kind) {
            assert_null(found);
            found = row;
        }
    }
    SL_ASSERT(found != NULL);
    return found;
}

static void assert_latency(const Latency *row, uint64_t count, uint64_t sum_us, uint64_t max_us)
{
    assert_int_equal(row->count, count);
    assert_int_equal(row->sum_us, sum_us);
    assert_int_equal(row->max_us, max_us);
    uint64_t counted = 0;
    uint64_t before = 0;
    for (size_t i = 0; i < row->n_buckets; i++) {
        assert_true(row->buckets[i]->below_us > before);
        assert_true(row->buckets[i]->count > 0);
        before = row->buckets[i]->below_us;
        counted += row->buckets[i]->count;
    }
    assert_int_equal(counted, count);
    assert_true(count == 0 || before > max_us);
}

static uint64_t refused(const Status *status, enum sl_err err)
{
    uint64_t count = 0;
    uint64_t sum = 0;
    for (size_t i = 0; i < status->n_refused; i++) {
        const Salesledger__V1__StatusReply__Refused *row = status->refused[i];
        assert_string_equal(row->name, sl_err_name((enum sl_err)row->code));
        count += row->code == (int32_t)err ? row->count : 0;
        sum += row->count;
    }
    assert_int_equal(sum, status->refusals);
    return count;
}

static struct sl_slice sale(struct sl_service *s, const char *deal)
{
    return BUILD_CLOSE(&s->build, .deal = deal, .customer = "ACME", .kind = SL_CLOSE_WON,
                       .date = "2017-03-01", .person = "ana", .amount = 12000);
}

static void advance(struct sl_service *s, uint64_t us)
{
    sl_fake_clock_advance_us(&s->clock, us);
}

static void an_append_takes_until_its_reply_may_leave(void **state)
{
    (void)state;
    struct sl_service s;
    sl_service_open(&s);
    struct sl_caller *ana = sl_caller_open(&s, "ana");
    struct sl_caller *bo = sl_caller_open(&s, "bo");
    struct sl_slice events[] = {sl_visit(&s), sl_visit(&s), sl_visit(&s)};

    sl_caller_append(ana, 1, &events[0], 1, false);
    (void)sl_service_turn(&s);
    advance(&s, 700);
    sl_caller_append(ana, 2, &events[1], 1, false); /* waits for the first batch */
    sl_caller_append(bo, 1, &events[2], 1, false);
    advance(&s, 300);
    assert_true(sl_inline_run_one(&s.executor, SL_LANE_JOURNAL));
    advance(&s, 20);
    (void)sl_service_turn(&s); /* 1,020 after the first was taken in */
    advance(&s, 5000);
    sl_service_settle(&s); /* 5,320 after the two others */

    const Status *status = sl_caller_ask_status(sl_caller_open(&s, "cy"));
    assert_latency(latency(status, "append", NULL), 3, 1020 + 2 * 5320, 5320);
    assert_latency(latency(status, "commit", NULL), 2, 1000 + 5000, 5000);
    assert_latency(latency(status, "flush", NULL), 2, 0, 0);
    assert_int_equal(status->requests, 3); /* the status itself is not answered yet */
    assert_int_equal(status->events, 3);
    sl_service_close(&s);
}

/* The turn's clock is of its beginning, and the flush comes after. */
static void a_flush_within_the_turn_is_part_of_it(void **state)
{
    (void)state;
    struct sl_service s;
    sl_service_init(&s);
    s.options.own_events_max = 1;
    s.ops.clock = &s.clock;
    s.ops.flush_us = 400;
    sl_service_open_with(&s);
    struct sl_caller *ana = sl_caller_open(&s, "ana");
    sl_service_settle(&s);
    struct sl_slice event = sl_visit(&s);
    sl_caller_append(ana, 1, &event, 1, false);
    (void)sl_service_turn(&s);
    (void)sl_caller_expect(ana);

    s.ops.flush_us = 0;
    const Status *status = sl_caller_ask_status(ana);
    assert_latency(latency(status, "append", NULL), 1, 400, 400);
    assert_latency(latency(status, "commit", NULL), 1, 400, 400);
    assert_latency(latency(status, "flush", NULL), 1, 400, 400);
    assert_int_equal(status->gate_held_us_max, 400);
    sl_service_close(&s);
}

/* More than a turn takes in: what is left waits, and that counts, from the turn before its own on. */
static void the_wait_for_a_turn_is_part_of_an_append(void **state)
{
    (void)state;
    struct sl_service s;
    sl_service_open(&s);
    struct sl_caller *ana = sl_caller_open(&s, "ana");
    struct sl_slice frames = sl_many_visits(&s, 600); /* 256 to a turn */
    sl_caller_send(ana, frames.data, frames.len);
    advance(&s, 1000);
    (void)sl_service_turn(&s);
    advance(&s, 500);
    (void)sl_service_turn(&s); /* takes in the last 88 */
    sl_service_settle(&s);

    const Status *status = sl_caller_ask_status(sl_caller_open(&s, "cy"));
    assert_latency(latency(status, "append", NULL), 600, 512 * 1500 + 88 * 500, 1500);
    sl_service_close(&s);
}

static void questions_are_counted_by_kind(void **state)
{
    (void)state;
    struct sl_service s;
    sl_service_open(&s);
    struct sl_caller *ana = sl_caller_open(&s, "ana");
    (void)sl_caller_record(ana, sl_visit(&s));
    for (uint64_t i = 0; i < 3; i++) {
        sl_caller_rank(ana, i);
        sl_service_settle(&s);
        (void)sl_caller_expect(ana);
    }

    const Status *status = sl_caller_ask_status(ana);
    assert_latency(latency(status, "query", "rank"), 3, 0, 0);
    const char *others[] = {"measures", "targets", "statement", "log"};
    for (size_t i = 0; i < COUNT(others); i++) {
        assert_latency(latency(status, "query", others[i]), 0, 0, 0);
    }
    assert_int_equal(status->requests, 4);
    sl_service_close(&s);
}

static void refusals_are_counted_by_code(void **state)
{
    (void)state;
    struct sl_service s;
    sl_service_open(&s);
    struct sl_caller *ana = sl_caller_open(&s, "ana");
    (void)sl_caller_record(ana, sale(&s, "D1"));
    (void)sl_caller_record(ana, sale(&s, "D1"));
    struct sl_slice batch[] = {sale(&s, "D2"), sale(&s, "D1"), sale(&s, "D3")};
    sl_caller_append(ana, 1, batch, COUNT(batch), false); /* refuses the second */
    sl_service_settle(&s);
    (void)sl_caller_expect(ana);
    struct sl_slice whole[] = {sale(&s, "D4"), sale(&s, "D5"), sale(&s, "D1"), sale(&s, "D6")};
    sl_caller_append(ana, 1, whole, COUNT(whole), true); /* all four */
    sl_service_settle(&s);
    (void)sl_caller_expect(ana);
    sl_caller_append(ana, 1, NULL, 0, false);
    sl_service_settle(&s);
    (void)sl_caller_expect(ana);

    const Status *status = sl_caller_ask_status(ana);
    assert_int_equal(refused(status, SL_E_DEAL_STATE), 3);
    assert_int_equal(refused(status, SL_E_BATCH_ABORTED), 3);
    assert_int_equal(status->refusals, 7);
    assert_int_equal(status->n_refused, 3); /* and the empty append */

    static const uint8_t no_frame[] = {0, 0, 0, 0};
    struct sl_caller *bo = sl_caller_open(&s, "bo");
    sl_caller_send(bo, no_frame, sizeof no_frame);
    sl_service_settle(&s);
    enum sl_err err = sl_error_of(sl_caller_expect(bo)->error);
    assert_int_not_equal(err, SL_OK);
    uint64_t before = refused(status, err);
    assert_int_equal(refused(sl_caller_ask_status(ana), err), before + 1);
    sl_service_close(&s);
}

/* It is handed in again when there is room: nobody was refused. */
static void an_append_that_waits_for_room_is_no_refusal(void **state)
{
    (void)state;
    struct sl_service s;
    sl_service_init(&s);
    s.options.checkpoint_bytes = 4096; /* and of the ring three times that */
    sl_service_open_with(&s);
    struct sl_caller *ana = sl_caller_open(&s, "ana");
    struct sl_slice events[40];
    for (size_t i = 0; i < COUNT(events); i++) {
        events[i] = sl_visit(&s);
    }
    for (uint64_t tag = 1; tag <= 20; tag++) {
        sl_caller_append(ana, tag, events, COUNT(events), tag % 2 == 0);
        for (size_t i = 0; i < COUNT(events); i++) {
            events[i] = sl_visit(&s);
        }
    }
    const Status *stalled = NULL;
    sl_caller_status(sl_caller_open(&s, "bo"), 0);
    sl_service_settle(&s);
    for (uint64_t tag = 1; tag <= 20; tag++) {
        assert_null(sl_receipt_of(sl_caller_expect(ana), COUNT(events) - 1)->error);
    }
    stalled = sl_caller_expect(s.callers[1])->status;
    assert_int_equal(stalled->queues->sessions_stalled, 1);
    assert_true(stalled->queues->input_bytes > 0);

    const Status *status = sl_caller_ask_status(ana);
    assert_int_equal(status->refusals, 0);
    assert_int_equal(status->n_refused, 0);
    assert_int_equal(latency(status, "append", NULL)->count, 20);
    sl_service_close(&s);
}

static void an_event_that_comes_again_is_a_duplicate(void **state)
{
    (void)state;
    struct sl_service s;
    sl_service_open(&s);
    struct sl_caller *ana = sl_caller_open(&s, "ana");
    struct sl_slice event = sl_visit(&s);
    (void)sl_caller_record(ana, event);
    assert_true(sl_caller_record(ana, event)->duplicate);
    assert_true(sl_caller_record(ana, event)->duplicate);

    const Status *status = sl_caller_ask_status(ana);
    assert_int_equal(status->duplicates, 2);
    assert_int_equal(status->events, 1);
    assert_int_equal(status->refusals, 0);
    sl_service_close(&s);
}

static void connections_are_counted_taken_or_not(void **state)
{
    (void)state;
    struct sl_service s;
    sl_service_init(&s);
    s.options.limits.sessions_max = 2;
    sl_service_open_with(&s);
    struct sl_caller *ana = sl_caller_open(&s, "ana");
    sl_caller_close(sl_caller_open(&s, "bo"));
    (void)sl_caller_open(&s, "cy");
    struct sl_client_options options = {.actor = SLICE("di")};
    struct sl_client_session *session = NULL;
    struct sl_diag diag = {0};
    assert_err(SL_E_TOO_MANY, sl_client_session_open(s.core, &options, &session, &diag));

    const Status *status = sl_caller_ask_status(ana);
    assert_int_equal(status->connections_accepted, 3);
    assert_int_equal(status->connections_refused, 1);
    assert_int_equal(refused(status, SL_E_TOO_MANY), 1);
    sl_service_close(&s);
}

static void a_slow_subscriber_lags(void **state)
{
    (void)state;
    enum { EVENTS = 3000 };
    struct sl_service s;
    sl_service_init(&s);
    s.options.limits.output_bytes_high = 1000;
    sl_service_open_with(&s);
    struct sl_caller *ana = sl_caller_open(&s, "ana");
    struct sl_caller *bo = sl_caller_open(&s, "bo");
    sl_caller_subscribe(ana, 1, 1);
    sl_caller_subscribe(bo, 1, 1);
    sl_caller_subscribe(bo, 2, 1);
    sl_service_settle(&s);
    bo->is_deaf = true;
    struct sl_slice frames = sl_many_visits(&s, EVENTS);
    struct sl_caller *cy = sl_caller_open(&s, "cy");
    sl_caller_send(cy, frames.data, frames.len);
    sl_service_settle(&s);

    struct sl_caller *di = sl_caller_open(&s, "di");
    const Status *status = sl_caller_ask_status(di);
    assert_int_equal(status->subscriptions, 3);
    assert_int_equal(status->subscribers->behind, 2);
    assert_in_range(status->subscribers->lag_max, EVENTS / 2, EVENTS);
    assert_in_range(status->subscribers->lag_sum, status->subscribers->lag_max, 2 * EVENTS);
    assert_true(status->queues->output_bytes > 0);

    sl_caller_listen(bo);
    sl_service_settle(&s);
    status = sl_caller_ask_status(di);
    assert_int_equal(status->subscribers->behind, 0);
    assert_int_equal(status->subscribers->lag_max, 0);
    assert_int_equal(status->subscribers->lag_sum, 0);
    sl_service_close(&s);
}

static void what_waits_is_counted_where_it_waits(void **state)
{
    (void)state;
    struct sl_service s;
    sl_service_open(&s);
    struct sl_caller *ana = sl_caller_open(&s, "ana");
    struct sl_caller *bo = sl_caller_open(&s, "bo");
    struct sl_slice events[] = {sl_visit(&s), sl_visit(&s), sl_visit(&s)};
    sl_caller_append(ana, 1, &events[0], 2, false);
    (void)sl_service_turn(&s);
    sl_caller_append(ana, 2, &events[2], 1, false);
    sl_caller_status(bo, 3);
    sl_service_settle(&s);

    const Status *status = sl_caller_expect(bo)->status;
    assert_int_equal(status->queues->flying_events, 2);
    assert_int_equal(status->queues->gathering_events, 1);
    assert_true(status->queues->flying_bytes > status->queues->gathering_bytes);
    assert_int_equal(status->queues->replies_held, 2);
    assert_true(status->queues->output_bytes > 0);
    assert_int_equal(status->journal->waiting_events, 2);
    assert_int_equal(status->journal->waiting_bytes, status->queues->flying_bytes);

    (void)sl_caller_expect(ana);
    (void)sl_caller_expect(ana);
    const Status *later = sl_caller_ask_status(ana);
    assert_int_equal(later->queues->flying_events + later->queues->gathering_events, 0);
    assert_int_equal(later->queues->replies_held, 0);
    assert_int_equal(later->journal->waiting_events, 3);
    assert_int_equal(later->event_bytes, later->journal->waiting_bytes);
    sl_service_close(&s);
}

static void a_checkpoint_leaves_nothing_waiting(void **state)
{
    (void)state;
    struct sl_service s;
    sl_service_open(&s);
    struct sl_caller *ana = sl_caller_open(&s, "ana");
    (void)sl_caller_record(ana, sl_visit(&s));
    advance(&s, 250000);
    const Status *before = sl_caller_ask_status(ana);
    assert_int_equal(before->checkpoint->age_us, 250000);
    assert_int_equal(before->journal->age_us, 250000);
    assert_int_equal(before->checkpoint->bytes_last, 0);
    uint64_t waiting_bytes = before->journal->waiting_bytes;
    assert_true(waiting_bytes > 0);
    sl_store_checkpoint_soon(sl_core_store(s.core));
    sl_core_tick(s.core);
    sl_service_settle(&s);
    advance(&s, 1000);

    const Status *status = sl_caller_ask_status(ana);
    assert_int_equal(status->checkpoint->age_us, 1000);
    assert_false(status->checkpoint->is_running);
    assert_int_equal(status->journal->waiting_events, 0);
    assert_int_equal(status->journal->waiting_bytes, 0);
    assert_int_equal(status->journal->age_us, 0);
    assert_int_equal(status->checkpoint->bytes_last, waiting_bytes);
    assert_true(status->journal->segments >= 1);
    assert_true(status->journal->segment_bytes > 0);
    assert_true(status->database->used_bytes > 0);
    assert_true(status->database->used_bytes <= status->database->file_bytes);
    assert_true(status->database->readers >= 1); /* the state's own */
    assert_true(status->database->readers < status->database->readers_max);
    assert_int_equal(status->database->reader_lag, 0);
    assert_true(status->memory->session_bytes > 0);
    assert_true(status->memory_bytes >= status->memory->session_bytes);
    assert_true(status->memory->resident_bytes > status->memory->anonymous_bytes);
    assert_true(status->memory->anonymous_bytes > 0);
    sl_service_close(&s);
}

static void a_restart_waits_for_what_the_journal_held(void **state)
{
    (void)state;
    struct sl_service s;
    sl_service_open(&s);
    struct sl_caller *ana = sl_caller_open(&s, "ana");
    (void)sl_caller_record(ana, sl_visit(&s));
    (void)sl_caller_record(ana, sl_visit(&s));
    uint64_t bytes = sl_caller_ask_status(ana)->journal->waiting_bytes;
    sl_service_crash(&s);

    assert_int_equal(sl_store_recovered_batches(sl_core_store(s.core)), 2);
    const Status *status = sl_caller_ask_status(sl_caller_open(&s, "ana"));
    assert_int_equal(status->journal->waiting_events, 2);
    assert_int_equal(status->journal->waiting_bytes, bytes);
    assert_int_equal(status->events, 0); /* since the start */
    advance(&s, 5000);
    assert_int_equal(sl_caller_ask_status(s.callers[s.caller_count - 1])->journal->age_us, 5000);
    sl_service_close(&s);
}

static void rates_are_of_whole_seconds(void **state)
{
    (void)state;
    struct sl_service s;
    sl_service_open(&s);
    struct sl_caller *ana = sl_caller_open(&s, "ana");
    (void)sl_caller_record(ana, sl_visit(&s));
    (void)sl_caller_record(ana, sl_visit(&s));
    for (unsigned tick = 0; tick < 30; tick++) {
        advance(&s, 100000);
        sl_core_tick(s.core);
        sl_service_settle(&s);
    }
    (void)sl_caller_record(ana, sl_visit(&s));

    const Status *status = sl_caller_ask_status(ana);
    assert_int_equal(status->n_rates, 3);
    assert_int_equal(status->rates[0]->seconds, 1);
    assert_int_equal(status->rates[0]->events, 0);
    assert_int_equal(status->rates[1]->seconds, 3);
    assert_int_equal(status->rates[1]->events, 2);
    assert_int_equal(status->rates[2]->requests, 2);
    sl_service_close(&s);
}

/* Gives what `body` has written to stderr. */
static void catch_log(void (*body)(struct sl_service *s), struct sl_service *s, char text[4096])
{
    char path[SL_TEMP_DIR_BYTES + 16];
    (void)snprintf(path, sizeof path, "%s.log", s->dir);
    FILE *file = fopen(path, "w+");
    assert_non_null(file);
    int kept = dup(STDERR_FILENO);
    assert_true(kept >= 0);
    assert_true(dup2(fileno(file), STDERR_FILENO) >= 0);
    body(s);
    assert_true(dup2(kept, STDERR_FILENO) >= 0);
    assert_int_equal(close(kept), 0);
    rewind(file);
    text[fread(text, 1, 4095, file)] = '\0';
    assert_int_equal(fclose(file), 0);
    assert_int_equal(unlink(path), 0);
}

static void flush_slowly(struct sl_service *s)
{
    static const uint64_t flushes_us[] = {99999, 100000, 100000, 250000, 9700000, 100000};
    for (size_t i = 0; i < COUNT(flushes_us); i++) {
        s->ops.flush_us = flushes_us[i];
        (void)sl_caller_record(s->callers[0], sl_visit(s));
    }
}

static void a_slow_flush_is_told_of_once_in_ten_seconds(void **state)
{
    (void)state;
    struct sl_service s;
    sl_service_open(&s);
    s.ops.clock = &s.clock;
    (void)sl_caller_open(&s, "ana");
    char text[4096];
    catch_log(flush_slowly, &s, text);

    assert_non_null(strstr(text, "<4>event=slow_flush seq=2 bytes="));
    assert_non_null(strstr(text, " us=100000 untold=0\n"));
    assert_null(strstr(text, "event=slow_flush seq=3"));
    assert_null(strstr(text, "event=slow_flush seq=4"));
    assert_non_null(strstr(text, "event=slow_flush seq=5"));
    assert_non_null(strstr(text, " us=9700000 untold=2\n"));
    assert_null(strstr(text, "event=slow_flush seq=6"));
    s.ops.flush_us = 0;
    sl_service_close(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_append_takes_until_its_reply_may_leave),
        cmocka_unit_test(a_flush_within_the_turn_is_part_of_it),
        cmocka_unit_test(the_wait_for_a_turn_is_part_of_an_append),
        cmocka_unit_test(questions_are_counted_by_kind),
        cmocka_unit_test(refusals_are_counted_by_code),
        cmocka_unit_test(an_append_that_waits_for_room_is_no_refusal),
        cmocka_unit_test(an_event_that_comes_again_is_a_duplicate),
        cmocka_unit_test(connections_are_counted_taken_or_not),
        cmocka_unit_test(a_slow_subscriber_lags),
        cmocka_unit_test(what_waits_is_counted_where_it_waits),
        cmocka_unit_test(a_checkpoint_leaves_nothing_waiting),
        cmocka_unit_test(a_restart_waits_for_what_the_journal_held),
        cmocka_unit_test(rates_are_of_whole_seconds),
        cmocka_unit_test(a_slow_flush_is_told_of_once_in_ten_seconds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
