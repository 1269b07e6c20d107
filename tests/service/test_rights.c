/* Sessions with credentials: what is denied leaves nothing behind, is counted, and a flood of it is few lines. */
#include <stdlib.h>
#include <string.h>

#include "lib/log_lines.h"
#include "lib/service.h"
#include "lib/test.h"
#include "service/access.h"
#include "service/denials.h"

#define ANA 1001u
#define BO  1002u

/* Ana may do everything, Bo only connect; both in group 50 by default. */
static void open_for_ana(struct sl_service *s, struct sl_access *access)
{
    struct sl_access_texts texts = {
        .append = "*,!uid:1002", .read = "uid:1001,gid:77", .owner = ANA};
    assert_ok(sl_access_init(&texts, access, NULL));
    sl_service_init(s);
    s->options.access = access;
    sl_service_open_with(s);
}

static struct sl_caller *open_ana(struct sl_service *s)
{
    return sl_caller_open_as(s, "ana", &(struct sl_credentials){.uid = ANA, .gid = 50});
}

static struct sl_caller *open_bo(struct sl_service *s)
{
    return sl_caller_open_as(s, "bo", &(struct sl_credentials){.uid = BO, .gid = 50});
}

static void a_denied_append_leaves_nothing_and_is_counted(void **state)
{
    (void)state;
    struct sl_service s;
    struct sl_access access;
    open_for_ana(&s, &access);
    struct sl_caller *bo = open_bo(&s);
    struct sl_caller *ana = open_ana(&s);
    struct sl_slice event = sl_visit(&s);

    sl_caller_append(bo, 1, &event, 1, false);
    sl_service_settle(&s);

    const Salesledger__V1__Reply *reply = sl_caller_expect(bo);
    assert_int_equal(sl_error_of(reply->error), SL_E_DENIED);
    assert_string_equal(reply->error->message, "the right \"append\" is missing");
    assert_int_equal(sl_core_head(s.core).v, 0);
    assert_int_equal(sl_caller_ask_status(bo)->refusals, 1); /* who may connect may ask that */
    assert_int_equal(sl_caller_record(ana, event)->seq, 1);  /* the same id: nobody has had it */
    sl_service_close(&s);
}

static void who_may_not_read_gets_neither_answers_nor_events(void **state)
{
    (void)state;
    struct sl_service s;
    struct sl_access access;
    open_for_ana(&s, &access);
    (void)sl_caller_record(open_ana(&s), sl_visit(&s));
    struct sl_caller *bo = open_bo(&s);

    sl_caller_rank(bo, 1);
    sl_caller_subscribe(bo, 2, 1);
    sl_service_settle(&s);

    for (int i = 0; i < 2; i++) {
        const Salesledger__V1__Reply *reply = sl_caller_expect(bo);
        assert_int_equal(sl_error_of(reply->error), SL_E_DENIED);
        assert_string_equal(reply->error->message, "the right \"read\" is missing");
    }
    assert_null(sl_caller_reply(bo));
    assert_int_equal(sl_caller_ask_status(bo)->subscriptions, 0);
    sl_service_close(&s);
}

static void a_group_of_the_connection_gives_its_right(void **state)
{
    (void)state;
    struct sl_service s;
    struct sl_access access;
    open_for_ana(&s, &access);
    uint32_t groups[] = {50, 77};
    struct sl_credentials peer = {.uid = BO, .gid = 50, .groups = groups, .group_count = 2};
    struct sl_caller *bo = sl_caller_open_as(&s, "bo", &peer);
    groups[1] = 50; /* they were lent for the call only */

    sl_caller_rank(bo, 1);
    sl_service_settle(&s);

    assert_null(sl_caller_expect(bo)->error);
    sl_service_close(&s);
}

#define FLOOD 2000u

static void a_flood_of_denied_requests_is_few_lines_that_add_up(void **state)
{
    (void)state;
    struct sl_service s;
    struct sl_access access;
    open_for_ana(&s, &access);
    struct sl_caller *bo = open_bo(&s);
    struct sl_slice event = BUILD_CONTACT(&s.build, .customer = "SECRET-CUSTOMER", .person = "eve");
    struct sl_slice frame = sl_append_frame(&s, 1, &event, 1, false);
    struct sl_log_lines log;

    sl_log_lines_begin(&log);
    for (unsigned i = 0; i < FLOOD; i++) {
        sl_caller_send(bo, frame.data, frame.len);
        sl_service_settle(&s);
        sl_fake_clock_advance_us(&s.clock, 10000); /* twenty seconds in all */
        sl_core_tick(s.core);
    }
    sl_caller_rank(bo, 1);
    sl_service_settle(&s);
    sl_service_close(&s);
    sl_log_lines_end(&log);

    uint64_t told = 0;
    size_t lines = 0;
    static const char row[] = "<4>event=denied user=bo right=append count=";
    for (const char *at = strstr(log.text, row); at != NULL; at = strstr(at + 1, row)) {
        told += strtoull(at + strlen(row), NULL, 10);
        lines++;
    }
    assert_int_equal(told, FLOOD);
    assert_in_range(lines, 2, 4); /* the first, two sums, the rest */
    assert_non_null(strstr(log.text, "<4>event=denied user=bo right=read count=1\n"));
    assert_null(strstr(log.text, "SECRET"));
    assert_null(strstr(log.text, "eve "));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_denied_append_leaves_nothing_and_is_counted),
        cmocka_unit_test(who_may_not_read_gets_neither_answers_nor_events),
        cmocka_unit_test(a_group_of_the_connection_gives_its_right),
        cmocka_unit_test(a_flood_of_denied_requests_is_few_lines_that_add_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
