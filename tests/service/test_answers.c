/* Questions about much that has just come in: the others go on while an answer is prepared. */
#include "lib/service.h"
#include "lib/test.h"

#include <stdio.h>
#include <string.h>

#define CONTACTS (8 * SL_BATCH_EVENTS_MAX) /* far more than one turn puts into the tables */

/* Two callers, of whom ana has recorded her contacts; and no checkpoint. */
struct callers {
    struct sl_service s;
    struct sl_caller *ana, *bo;
};

static void open_with_contacts(struct callers *c)
{
    sl_service_init(&c->s);
    c->s.options.checkpoint_bytes = (uint64_t)1024 * 1024 * 1024;
    sl_service_open_with(&c->s);
    c->ana = sl_caller_open(&c->s, "ana");
    c->bo = sl_caller_open(&c->s, "bo");
    sl_caller_record_contacts(c->ana, CONTACTS);
}

static void assert_contacts(struct sl_caller *caller, uint64_t tag, int64_t count)
{
    const Salesledger__V1__Reply *reply = sl_caller_expect(caller);
    assert_int_equal(reply->tag, tag);
    assert_non_null(reply->measures);
    assert_int_equal(reply->measures->rows[0]->values[0]->numerator, count * SL_PPM);
}

static void a_long_answer_is_prepared_while_the_others_go_on(void **state)
{
    (void)state;
    struct callers c;
    open_with_contacts(&c);

    sl_caller_measure(c.ana, 8, SALESLEDGER__V1__DIMENSION__DIMENSION_NONE);
    sl_caller_status(c.bo, 9);
    assert_true(sl_service_turn(&c.s)); /* there is more to do: nobody sleeps */
    sl_fake_clock_advance_us(&c.s.clock, 3000);

    assert_null(sl_caller_reply(c.ana));
    assert_int_equal(sl_caller_expect(c.bo)->tag, 9);
    struct sl_slice event =
        BUILD_CONTACT(&c.s.build, .customer = "ACME", .person = "bo", .date = "2017-06-30");
    sl_caller_append(c.bo, 10, &event, 1, false);
    sl_service_settle(&c.s);
    assert_contacts(c.ana, 8, CONTACTS + 1);
    assert_int_equal(sl_receipt_of(sl_caller_expect(c.bo), 0)->seq, CONTACTS + 1);
    const Salesledger__V1__StatusReply *status = sl_caller_ask_status(c.bo);
    for (size_t i = 0; i < status->n_latencies; i++) {
        bool is_measures = status->latencies[i]->kind != NULL &&
                           strcmp(status->latencies[i]->kind, "measures") == 0;
        assert_int_equal(is_measures, status->latencies[i]->sum_us == 3000); /* to prepare counts */
    }
    sl_service_close(&c.s);
}

#define AT_ONCE 100u
#define PEOPLE  2100u /* seen at work, whose names alone fill a frame */

static void record_people(struct sl_service *s, struct sl_caller *caller)
{
    static struct sl_slice events[2 * PEOPLE];
    char name[SL_TEXT_BYTES_MAX + 1];
    memset(name, 'x', SL_TEXT_BYTES_MAX);
    name[SL_TEXT_BYTES_MAX] = '\0';
    for (unsigned i = 0; i < PEOPLE; i++) {
        char id[16];
        (void)snprintf(id, sizeof id, "p%u", i);
        events[2 * i] =
            BUILD_DEFINE(&s->build, .kind = SL_DEFINE_PERSON, .id_text = id, .name = name);
        events[2 * i + 1] =
            BUILD_CONTACT(&s->build, .customer = "ACME", .person = id, .date = "2017-06-30");
    }
    for (unsigned from = 0; from < 2 * PEOPLE; from += AT_ONCE) {
        sl_caller_append(caller, 1, events + from, AT_ONCE, true);
        sl_service_settle(s);
        assert_null(sl_receipt_of(sl_caller_expect(caller), 0)->error);
    }
}

static void an_answer_that_fits_no_frame_is_refused_with_what_to_ask_instead(void **state)
{
    (void)state;
    struct sl_service s;
    sl_service_open(&s);
    struct sl_caller *ana = sl_caller_open(&s, "ana");
    record_people(&s, ana);

    sl_caller_measure(ana, 1, SALESLEDGER__V1__DIMENSION__BY_PERSON);
    sl_service_settle(&s);

    const Salesledger__V1__Reply *reply = sl_caller_expect(ana);
    assert_non_null(reply->error);
    assert_int_equal(sl_error_of(reply->error), SL_E_TOO_BIG);
    assert_string_equal(reply->error->field, "measures");
    assert_non_null(strstr(reply->error->message, "at most 8388608 bytes"));
    sl_service_close(&s);
}

static void a_ranking_of_people_needs_no_preparation(void **state)
{
    (void)state;
    static char measure[] = "contact.count";
    static char period[] = "2017";
    struct callers c;
    open_with_contacts(&c);
    Salesledger__V1__RankRequest question = SALESLEDGER__V1__RANK_REQUEST__INIT;
    Salesledger__V1__Request request = SALESLEDGER__V1__REQUEST__INIT;
    question.measure = measure;
    question.period = period;
    request.rank = &question;

    sl_caller_request(c.ana, &request);
    (void)sl_service_turn(&c.s);

    const Salesledger__V1__Reply *reply = sl_caller_expect(c.ana);
    assert_non_null(reply->rank);
    assert_int_equal(reply->rank->rows[0]->value->numerator, CONTACTS * (int64_t)SL_PPM);
    sl_service_close(&c.s);
}

static void those_who_ask_at_once_share_the_work(void **state)
{
    (void)state;
    struct callers c;
    open_with_contacts(&c);

    sl_caller_measure(c.ana, 8, SALESLEDGER__V1__DIMENSION__DIMENSION_NONE);
    sl_caller_measure(c.ana, 9, SALESLEDGER__V1__DIMENSION__DIMENSION_NONE);
    sl_caller_measure(c.bo, 10, SALESLEDGER__V1__DIMENSION__DIMENSION_NONE);
    for (unsigned turns = 0; turns < 6; turns++) {
        (void)sl_service_turn(&c.s);
    }

    assert_contacts(c.ana, 8, CONTACTS);
    assert_contacts(c.ana, 9, CONTACTS);
    assert_contacts(c.bo, 10, CONTACTS);
    sl_service_close(&c.s);
}

static void who_leaves_before_the_answer_is_there_hinders_nobody(void **state)
{
    (void)state;
    struct callers c;
    open_with_contacts(&c);

    sl_caller_measure(c.ana, 8, SALESLEDGER__V1__DIMENSION__DIMENSION_NONE);
    sl_caller_close(c.ana);
    sl_caller_measure(c.bo, 9, SALESLEDGER__V1__DIMENSION__DIMENSION_NONE);
    sl_service_settle(&c.s);

    assert_contacts(c.bo, 9, CONTACTS);
    sl_service_close(&c.s);
}

static void an_answer_need_not_wait_for_the_turn(void **state)
{
    (void)state;
    struct sl_service s;
    sl_service_open(&s);
    struct sl_caller *ana = sl_caller_open(&s, "ana");

    sl_caller_status(ana, 1);
    assert_true(sl_client_session_output(ana->session).len > 0);
    sl_service_settle(&s);
    assert_int_equal(sl_caller_expect(ana)->tag, 1);

    struct sl_slice event = BUILD_CONTACT(&s.build, .customer = "ACME", .person = "ana");
    sl_caller_append(ana, 2, &event, 1, false);
    assert_int_equal(sl_client_session_output(ana->session).len, 0);
    sl_caller_status(ana, 3); /* it shows what is not durable yet */
    assert_int_equal(sl_client_session_output(ana->session).len, 0);
    sl_service_settle(&s);
    assert_int_equal(sl_caller_expect(ana)->tag, 2);
    assert_int_equal(sl_caller_expect(ana)->tag, 3);
    sl_service_close(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_answer_need_not_wait_for_the_turn),
        cmocka_unit_test(a_long_answer_is_prepared_while_the_others_go_on),
        cmocka_unit_test(an_answer_that_fits_no_frame_is_refused_with_what_to_ask_instead),
        cmocka_unit_test(a_ranking_of_people_needs_no_preparation),
        cmocka_unit_test(those_who_ask_at_once_share_the_work),
        cmocka_unit_test(who_leaves_before_the_answer_is_there_hinders_nobody),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
