/* Sending in requests that are all or nothing: every receipt is counted, refusals name their origin, what cannot be taken now is sent
 * again, and the order of the events stays what it was. */
#include "lib/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cli/sender.h"
#include "sender_ledger.h"

#define GROUP 10u

struct seen {
    uint64_t origins[EVENTS];
    enum sl_err err;
    char field[96];
    unsigned count;
};

struct run {
    char folder[64];
    struct sockaddr_un address;
    pid_t child;
    struct ledger *ledger;
    struct sl_cli cli;
    struct sl_client *client;
    struct sl_sender sender;
    struct seen seen;
    struct sl_diag diag;
    int64_t now_ms;
    unsigned pauses;
};

static void on_refused(void *ctx, uint64_t origin, enum sl_err err, const struct sl_diag *diag)
{
    struct seen *seen = &((struct run *)ctx)->seen;
    assert_true(seen->count < EVENTS);
    seen->origins[seen->count++] = origin;
    seen->err = err;
    (void)snprintf(seen->field, sizeof seen->field, "%s", diag->field);
}

static int64_t now_ms(void *ctx)
{
    return ((struct run *)ctx)->now_ms;
}

static void pause_ms(void *ctx, uint32_t ms)
{
    struct run *run = ctx;
    run->now_ms += ms;
    run->pauses++;
}

static uint32_t number(void *ctx)
{
    (void)ctx;
    return 0;
}

/* The ledger is there and empty, and can be told what to do; nothing was sent. */
static struct run *start(void)
{
    struct run *run = calloc(1, sizeof *run);
    assert_non_null(run);
    run->ledger =
        mmap(NULL, sizeof *run->ledger, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    assert_true(run->ledger != MAP_FAILED);
    (void)snprintf(run->folder, sizeof run->folder, "/tmp/salesledger-sender-XXXXXX");
    assert_non_null(mkdtemp(run->folder));
    run->address.sun_family = AF_UNIX;
    (void)snprintf(run->address.sun_path, sizeof run->address.sun_path, "%s/socket", run->folder);
    int listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_true(listener >= 0);
    const struct sockaddr *address = (const struct sockaddr *)&run->address;
    assert_int_equal(bind(listener, address, sizeof run->address), 0);
    assert_int_equal(listen(listener, 1), 0);
    run->child = fork();
    assert_true(run->child >= 0);
    if (run->child == 0) {
        while (serve_one(run->ledger, listener)) {
        }
        _exit(0);
    }
    assert_int_equal(close(listener), 0);
    struct sl_client_options options = {.socket_path = run->address.sun_path, .backoff_ms = 1};
    assert_ok(sl_client_open(&options, &run->client, &run->diag));
    run->cli.command = "test";
    struct sl_sender_options sender = {
        .cli = &run->cli, .client = run->client, .on_refused = on_refused, .ctx = run};
    sender.patience.retry_for_s = 60;
    sender.patience.clock = (struct sl_patience_clock){
        .now_ms = now_ms, .pause = pause_ms, .random = number, .ctx = run};
    run->sender = sl_sender_start(&sender);
    return run;
}

static void end(struct run *run)
{
    int status = 0;
    sl_sender_free(&run->sender);
    sl_client_close(run->client);
    assert_int_equal(waitpid(run->child, &status, 0), run->child);
    assert_int_equal(status, 0);
    assert_int_equal(unlink(run->address.sun_path), 0);
    assert_int_equal(rmdir(run->folder), 0);
    assert_false(run->ledger->is_disordered);
    assert_int_equal(munmap(run->ledger, sizeof *run->ledger), 0);
    free(run);
}

static Salesledger__V1__Event *make_event(uint64_t number)
{
    Salesledger__V1__Event *event = calloc(1, sizeof *event);
    assert_non_null(event);
    salesledger__v1__event__init(event);
    event->source = malloc(24);
    assert_non_null(event->source);
    (void)snprintf(event->source, 24, "%llu", (unsigned long long)number);
    return event;
}

/* In groups of so many; an origin is that of the first in its group. */
static enum sl_err add(struct run *run, uint64_t first, uint64_t last, size_t group)
{
    enum sl_err err = SL_OK;
    for (uint64_t i = first; i <= last && err == SL_OK; i += group) {
        Salesledger__V1__Event *events[GROUP];
        for (size_t j = 0; j < group; j++) {
            events[j] = make_event(i + j);
        }
        err = sl_sender_add_group(&run->sender, events, group, i, &run->diag);
    }
    return err;
}

/* Events 1 to EVENTS. */
static enum sl_err send_all(struct run *run, size_t group)
{
    enum sl_err err = add(run, 1, EVENTS, group);
    return err == SL_OK ? sl_sender_finish(&run->sender, &run->diag) : err;
}

static uint64_t count_recorded(const struct ledger *ledger)
{
    uint64_t count = 0;
    for (size_t i = 1; i <= EVENTS; i++) {
        count += ledger->is_recorded[i] ? 1 : 0;
    }
    return count;
}

static void
assert_counts(const struct run *run, uint64_t recorded, uint64_t already, uint64_t refused)
{
    assert_int_equal(run->sender.recorded, recorded);
    assert_int_equal(run->sender.already, already);
    assert_int_equal(run->sender.refused, refused);
}

static void every_receipt_is_counted(void **state)
{
    (void)state;
    struct run *run = start();
    for (size_t i = 10; i <= 1000; i += 10) {
        run->ledger->is_recorded[i] = true;
    }

    assert_ok(send_all(run, 1));

    assert_counts(run, EVENTS - 100, 100, 0);
    assert_int_equal(run->seen.count, 0);
    assert_int_equal(run->ledger->requests, EVENTS / SL_SEND_REQUEST_EVENTS + 1);
    end(run);
}

static void a_refused_event_is_left_out_and_named(void **state)
{
    (void)state;
    struct run *run = start();
    run->ledger->is_bad[1] = run->ledger->is_bad[1234] = run->ledger->is_bad[EVENTS] = true;

    assert_ok(send_all(run, 1));

    assert_counts(run, EVENTS - 3, 0, 3);
    assert_int_equal(count_recorded(run->ledger), EVENTS - 3);
    assert_int_equal(run->seen.count, 3);
    assert_int_equal(run->seen.origins[0], 1);
    assert_int_equal(run->seen.origins[1], 1234);
    assert_int_equal(run->seen.origins[2], EVENTS);
    assert_int_equal(run->seen.err, SL_E_DEAL_STATE);
    assert_string_equal(run->seen.field, "close.deal");
    end(run);
}

static void a_group_is_refused_once_and_whole(void **state)
{
    (void)state;
    struct run *run = start();
    run->ledger->is_bad[1234] = run->ledger->is_bad[1237] = true;

    assert_ok(send_all(run, GROUP));

    assert_counts(run, EVENTS - GROUP, 0, GROUP);
    assert_int_equal(run->seen.count, 1);
    assert_int_equal(run->seen.origins[0], 1231);
    assert_int_equal(run->seen.err, SL_E_DEAL_STATE);
    end(run);
}

/* The work for refusals is in proportion: no event is sent more than a few times. */
static void where_all_are_refused_no_event_is_sent_often(void **state)
{
    (void)state;
    struct run *run = start();
    for (size_t i = 1; i <= EVENTS; i++) {
        run->ledger->is_bad[i] = true;
    }

    assert_ok(send_all(run, 1));

    assert_counts(run, 0, 0, EVENTS);
    assert_int_equal(run->seen.count, EVENTS);
    assert_true(run->ledger->answers < 2 * EVENTS);
    end(run);
}

static void where_every_other_is_refused_no_event_is_sent_often(void **state)
{
    (void)state;
    struct run *run = start();
    for (size_t i = 1; i <= EVENTS; i += 2) {
        run->ledger->is_bad[i] = true;
    }

    assert_ok(send_all(run, 1));

    assert_counts(run, EVENTS / 2, 0, EVENTS / 2);
    assert_true(run->ledger->answers < 5 * EVENTS);
    end(run);
}

static void what_cannot_be_taken_now_is_sent_again_before_what_comes_after_it(void **state)
{
    (void)state;
    struct run *run = start();
    run->ledger->steps[0] = (struct step){.request = 3, .what = REFUSE_ALL, .err = SL_E_BUSY};
    run->ledger->steps[1] = (struct step){.request = 4, .what = REFUSE_ALL, .err = SL_E_BUSY};
    run->ledger->steps[2] = (struct step){.request = 7, .what = REFUSE_ALL, .err = SL_E_STOPPED};
    run->ledger->steps[3] = (struct step){.request = 9, .what = REFUSE_ALL, .err = SL_E_CLOSED};

    assert_ok(send_all(run, 1));

    assert_counts(run, EVENTS, 0, 0);
    assert_int_equal(run->pauses, 4);
    assert_int_equal(run->seen.count, 0);
    end(run);
}

static void what_finds_no_space_is_sent_again(void **state)
{
    (void)state;
    struct run *run = start();
    run->ledger->steps[0] = (struct step){.request = 2, .what = REFUSE_ONE, .err = SL_E_NO_SPACE};

    assert_ok(send_all(run, GROUP));

    assert_counts(run, EVENTS, 0, 0);
    assert_int_equal(run->pauses, 1);
    end(run);
}

static void too_many_of_an_event_is_no_reason_to_send_it_again(void **state)
{
    (void)state;
    struct run *run = start();
    run->ledger->steps[0] = (struct step){.request = 1, .what = REFUSE_ONE, .err = SL_E_TOO_MANY};
    run->ledger->steps[1] = (struct step){.request = 3, .what = REFUSE_ONE, .err = SL_E_TOO_MANY};
    run->ledger->steps[2] = (struct step){.request = 4, .what = REFUSE_ONE, .err = SL_E_TOO_MANY};

    assert_ok(send_all(run, 1));

    assert_int_equal(run->pauses, 0);
    assert_int_equal(run->sender.recorded + run->sender.refused, EVENTS);
    end(run);
}

/* A daemon that has just started has them taken by others. */
static void too_many_connections_are_waited_for(void **state)
{
    (void)state;
    struct run *run = start();
    run->ledger->steps[0] = (struct step){.request = 2, .what = REFUSE_ALL, .err = SL_E_TOO_MANY};
    run->ledger->steps[1] = (struct step){.request = 3, .what = REFUSE_ALL, .err = SL_E_TOO_MANY};

    assert_ok(send_all(run, 1));

    assert_counts(run, EVENTS, 0, 0);
    assert_int_equal(run->pauses, 2);
    assert_int_equal(run->seen.count, 0);
    end(run);
}

static void an_answer_that_was_lost_is_given_again(void **state)
{
    (void)state;
    struct run *run = start();
    run->ledger->steps[0] = (struct step){.request = 2, .what = LOSE_ANSWER};

    assert_ok(send_all(run, 1));

    assert_counts(run, EVENTS - SL_SEND_REQUEST_EVENTS, SL_SEND_REQUEST_EVENTS, 0);
    assert_int_equal(count_recorded(run->ledger), EVENTS);
    end(run);
}

/* What the sender says of waiting goes here from now on. */
static FILE *catch_stderr(int *ret_before)
{
    FILE *caught = tmpfile();
    assert_non_null(caught);
    *ret_before = dup(STDERR_FILENO);
    assert_true(*ret_before >= 0);
    assert_true(dup2(fileno(caught), STDERR_FILENO) >= 0);
    return caught;
}

static unsigned end_and_count_waits(FILE *caught, int before)
{
    char line[256];
    unsigned count = 0;
    assert_true(dup2(before, STDERR_FILENO) >= 0);
    assert_int_equal(close(before), 0);
    rewind(caught);
    while (fgets(line, sizeof line, caught) != NULL) {
        count += strstr(line, "trying again for up to") != NULL ? 1 : 0;
    }
    assert_int_equal(fclose(caught), 0);
    return count;
}

static void when_the_time_is_up_the_refusal_is_the_result(void **state)
{
    (void)state;
    struct run *run = start();
    run->ledger->stuck_from = 3;
    int before = -1;
    FILE *caught = catch_stderr(&before);

    enum sl_err err = send_all(run, 1);

    assert_int_equal(end_and_count_waits(caught, before), 1);
    assert_err(SL_E_NO_SPACE, err);
    assert_non_null(strstr(run->diag.message, "still after 60 s"));
    assert_int_equal(run->now_ms, 60000);
    assert_counts(run, 2 * SL_SEND_REQUEST_EVENTS, 0, SL_SEND_REQUEST_EVENTS);
    assert_int_equal(run->seen.count, 0);
    end(run);
}

static void a_daemon_that_takes_something_is_given_the_whole_time_again(void **state)
{
    (void)state;
    struct run *run = start();
    run->sender.options.patience.retry_for_s = 1;
    for (size_t i = 0; i < STEP_MAX; i++) {
        run->ledger->steps[i] =
            (struct step){.request = 2 * i + 1, .what = REFUSE_ALL, .err = SL_E_BUSY};
    }

    assert_ok(send_all(run, 1));

    assert_int_equal(run->now_ms, STEP_MAX * SL_PATIENCE_MS_MIN);
    end(run);
}

/* The second one comes too soon after the first, the fourth is a second attempt. */
static void each_wait_is_told_but_not_more_often_than_every_ten_seconds(void **state)
{
    (void)state;
    struct run *run = start();
    for (size_t i = 0; i < STEP_MAX; i++) {
        const uint64_t requests[STEP_MAX] = {1, 3, 5, 6};
        run->ledger->steps[i] =
            (struct step){.request = requests[i], .what = REFUSE_ALL, .err = SL_E_BUSY};
    }
    int before = -1;
    FILE *caught = catch_stderr(&before);

    enum sl_err err = add(run, 1, 3 * SL_SEND_REQUEST_EVENTS, 1);
    run->now_ms += 10000;
    err = err == SL_OK ? add(run, 3 * SL_SEND_REQUEST_EVENTS + 1, EVENTS, 1) : err;
    err = err == SL_OK ? sl_sender_finish(&run->sender, &run->diag) : err;

    assert_int_equal(end_and_count_waits(caught, before), 2);
    assert_ok(err);
    assert_int_equal(run->pauses, STEP_MAX);
    end(run);
}

static void without_time_the_first_refusal_is_the_last(void **state)
{
    (void)state;
    struct run *run = start();
    run->sender.options.patience.retry_for_s = 0;
    run->ledger->stuck_from = 2;

    assert_err(SL_E_NO_SPACE, send_all(run, GROUP));

    assert_int_equal(run->pauses, 0);
    assert_int_equal(run->ledger->requests, 2);
    end(run);
}

static void a_request_that_is_too_big_as_a_whole_is_divided(void **state)
{
    (void)state;
    struct run *run = start();
    run->ledger->whole_max = 33;

    assert_ok(send_all(run, GROUP));

    assert_counts(run, EVENTS, 0, 0);
    end(run);
}

static void a_group_that_is_too_big_is_refused_and_the_others_are_sent(void **state)
{
    (void)state;
    struct run *run = start();
    run->ledger->whole_max = GROUP - 1;

    assert_ok(add(run, 1, 100, 1));
    assert_ok(add(run, 101, 100 + GROUP, GROUP));
    assert_ok(add(run, 101 + GROUP, EVENTS, 1));
    assert_ok(sl_sender_finish(&run->sender, &run->diag));

    assert_counts(run, EVENTS - GROUP, 0, GROUP);
    assert_int_equal(run->seen.count, 1);
    assert_int_equal(run->seen.origins[0], 101);
    assert_int_equal(run->seen.err, SL_E_TOO_BIG);
    end(run);
}

/* No ledger sees it. */
static void a_group_that_fits_into_no_frame_is_refused_and_the_others_are_sent(void **state)
{
    (void)state;
    struct run *run = start();
    Salesledger__V1__Event *group[GROUP];
    for (uint64_t i = 0; i < GROUP; i++) {
        group[i] = make_event(i + 2);
        free(group[i]->source);
        group[i]->source = calloc(1, SL_FRAME_BYTES_MAX / GROUP + 1);
        assert_non_null(group[i]->source);
        memset(group[i]->source, '1', SL_FRAME_BYTES_MAX / GROUP);
    }

    assert_ok(add(run, 1, 1, 1));
    assert_ok(sl_sender_add_group(&run->sender, group, GROUP, 2, &run->diag));
    assert_ok(add(run, GROUP + 2, GROUP + 2, 1));
    assert_ok(sl_sender_finish(&run->sender, &run->diag));

    assert_counts(run, 2, 0, GROUP);
    assert_int_equal(run->seen.count, 1);
    assert_int_equal(run->seen.origins[0], 2);
    assert_int_equal(run->seen.err, SL_E_TOO_BIG);
    end(run);
}

static void a_refusal_for_good_of_a_whole_request_ends_the_sending(void **state)
{
    (void)state;
    struct run *run = start();
    run->ledger->steps[0] = (struct step){.request = 2, .what = REFUSE_ALL, .err = SL_E_DENIED};

    assert_err(SL_E_DENIED, send_all(run, 1));

    assert_int_equal(run->ledger->requests, 2);
    assert_int_equal(run->pauses, 0);
    end(run);
}

static void an_answer_that_does_not_fit_ends_the_sending(void **state)
{
    (void)state;
    struct run *run = start();
    run->ledger->steps[0] = (struct step){.request = 1, .what = NO_RECEIPTS};

    assert_err(SL_E_MALFORMED, send_all(run, 1));

    end(run);
}

/* An interruption comes while the first request is under way: it is still counted, and no other one is sent. */
static void an_interruption_ends_it_after_the_answer(void **state)
{
    (void)state;
    struct run *run = start();
    assert_ok(add(run, 1, SL_SEND_REQUEST_EVENTS, 1));
    sl_client_interrupt(run->client);

    assert_err(SL_E_CANCELLED, add(run, SL_SEND_REQUEST_EVENTS + 1, EVENTS, 1));

    assert_counts(run, SL_SEND_REQUEST_EVENTS, 0, 0);
    assert_int_equal(run->ledger->requests, 1);
    end(run);
}

/* As above, but the answer calls for more: the part before the one to blame would have to be sent again. */
static void after_an_interruption_nothing_is_sent_again(void **state)
{
    (void)state;
    struct run *run = start();
    run->ledger->is_bad[100] = true;
    assert_ok(add(run, 1, SL_SEND_REQUEST_EVENTS, 1));
    sl_client_interrupt(run->client);

    assert_err(SL_E_CANCELLED, sl_sender_finish(&run->sender, &run->diag));

    assert_int_equal(run->ledger->requests, 1);
    assert_counts(run, 0, 0, 0);
    end(run);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_receipt_is_counted),
        cmocka_unit_test(a_refused_event_is_left_out_and_named),
        cmocka_unit_test(a_group_is_refused_once_and_whole),
        cmocka_unit_test(where_all_are_refused_no_event_is_sent_often),
        cmocka_unit_test(where_every_other_is_refused_no_event_is_sent_often),
        cmocka_unit_test(what_cannot_be_taken_now_is_sent_again_before_what_comes_after_it),
        cmocka_unit_test(what_finds_no_space_is_sent_again),
        cmocka_unit_test(too_many_of_an_event_is_no_reason_to_send_it_again),
        cmocka_unit_test(too_many_connections_are_waited_for),
        cmocka_unit_test(an_answer_that_was_lost_is_given_again),
        cmocka_unit_test(when_the_time_is_up_the_refusal_is_the_result),
        cmocka_unit_test(a_daemon_that_takes_something_is_given_the_whole_time_again),
        cmocka_unit_test(each_wait_is_told_but_not_more_often_than_every_ten_seconds),
        cmocka_unit_test(without_time_the_first_refusal_is_the_last),
        cmocka_unit_test(a_request_that_is_too_big_as_a_whole_is_divided),
        cmocka_unit_test(a_group_that_is_too_big_is_refused_and_the_others_are_sent),
        cmocka_unit_test(a_group_that_fits_into_no_frame_is_refused_and_the_others_are_sent),
        cmocka_unit_test(a_refusal_for_good_of_a_whole_request_ends_the_sending),
        cmocka_unit_test(an_answer_that_does_not_fit_ends_the_sending),
        cmocka_unit_test(an_interruption_ends_it_after_the_answer),
        cmocka_unit_test(after_an_interruption_nothing_is_sent_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
