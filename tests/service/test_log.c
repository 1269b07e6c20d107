/* Pages of the log: ranges, filters, directions, and how a question goes on. */
#include <stdio.h>
#include <string.h>

#include "lib/service.h"
#include "lib/test.h"

/* Event i of n: contacts of deal D<i % 3>, every tenth a close, one day later every hundred; a checkpoint in the middle. */
static void fill(struct sl_service *s, struct sl_caller *caller, size_t count)
{
    static const char *const deals[] = {"D0", "D1", "D2"};
    static const char *const days[] = {"2017-03-01", "2017-03-02", "2017-03-03", "2017-03-04"};
    for (size_t i = 1; i <= count; i++) {
        const char *date = days[i / 100 % COUNT(days)];
        char won[16];
        (void)snprintf(won, sizeof won, "W%zu", i);
        struct sl_slice event =
            i % 10 == 0 ? BUILD_CLOSE(&s->build, .deal = won, .customer = "ACME", .date = date,
                                      .kind = SL_CLOSE_WON, .amount = 5, .person = "ana")
                        : BUILD_CONTACT(&s->build, .customer = "ACME", .person = "ana",
                                        .date = date, .deal = deals[i % 3]);
        sl_caller_append(caller, 0, &event, 1, false);
        if (i == count / 2) {
            sl_service_settle(s);
            sl_store_checkpoint_soon(sl_core_store(s->core));
            sl_core_tick(s->core);
        }
    }
    sl_service_settle(s);
    while (sl_caller_reply(caller) != NULL) {
    }
    assert_int_equal(sl_core_head(s->core).v, count);
}

static const Salesledger__V1__Reply *ask(struct sl_caller *caller, Salesledger__V1__LogRequest *log)
{
    Salesledger__V1__Request request = SALESLEDGER__V1__REQUEST__INIT;
    request.log = log;
    sl_caller_request(caller, &request);
    sl_service_settle(caller->service);
    return sl_caller_expect(caller);
}

static const Salesledger__V1__EventPage *ask_page(struct sl_caller *caller,
                                                  Salesledger__V1__LogRequest *log)
{
    const Salesledger__V1__Reply *reply = ask(caller, log);
    assert_int_equal(sl_error_of(reply->error), SL_OK);
    SL_ASSERT(reply->events != NULL);
    return reply->events;
}

static void a_page_goes_on_where_the_last_one_ended(void **state)
{
    (void)state;
    struct sl_service s;
    sl_service_open(&s);
    struct sl_caller *ana = sl_caller_open(&s, "ana");
    fill(&s, ana, 1000);
    Salesledger__V1__LogRequest log = SALESLEDGER__V1__LOG_REQUEST__INIT;
    log.has_limit = 1;
    log.limit = 33;
    log.has_from = 1;
    log.from = 1;
    uint64_t seen = 0;

    while (log.from <= 1000) {
        const Salesledger__V1__EventPage *page = ask_page(ana, &log);
        for (size_t i = 0; i < page->n_events; i++) {
            seen++;
            assert_int_equal(page->events[i]->seq, seen);
        }
        assert_true(page->next > log.from);
        log.from = page->next;
    }

    assert_int_equal(seen, 1000);
    sl_service_close(&s);
}

static void backwards_it_is_the_same_from_the_other_end(void **state)
{
    (void)state;
    struct sl_service s;
    sl_service_open(&s);
    struct sl_caller *ana = sl_caller_open(&s, "ana");
    fill(&s, ana, 1000);
    Salesledger__V1__LogRequest log = SALESLEDGER__V1__LOG_REQUEST__INIT;
    log.has_limit = 1;
    log.limit = 300;
    log.has_reverse = 1;
    log.reverse = 1;
    uint64_t seen = 1001;

    for (unsigned pages = 0; pages < 4; pages++) {
        const Salesledger__V1__EventPage *page = ask_page(ana, &log);
        for (size_t i = 0; i < page->n_events; i++) {
            seen--;
            assert_int_equal(page->events[i]->seq, seen);
        }
        log.has_to = 1;
        log.to = page->next;
    }

    assert_int_equal(seen, 1);
    assert_int_equal(log.to, 0); /* nothing is left */
    sl_service_close(&s);
}

static void a_range_has_both_its_ends_inside(void **state)
{
    (void)state;
    struct sl_service s;
    sl_service_open(&s);
    struct sl_caller *ana = sl_caller_open(&s, "ana");
    fill(&s, ana, 100);
    Salesledger__V1__LogRequest log = SALESLEDGER__V1__LOG_REQUEST__INIT;
    log.has_from = 1;
    log.from = 40;
    log.has_to = 1;
    log.to = 60;

    const Salesledger__V1__EventPage *page = ask_page(ana, &log);
    assert_int_equal(page->n_events, 21);
    assert_int_equal(page->events[0]->seq, 40);
    assert_int_equal(page->next, 61);
    log.has_reverse = 1;
    log.reverse = 1;
    page = ask_page(ana, &log);

    assert_int_equal(page->n_events, 21);
    assert_int_equal(page->events[0]->seq, 60);
    assert_int_equal(page->next, 0);
    sl_service_close(&s);
}

static void beyond_the_head_there_is_nothing(void **state)
{
    (void)state;
    struct sl_service s;
    sl_service_open(&s);
    struct sl_caller *ana = sl_caller_open(&s, "ana");
    Salesledger__V1__LogRequest log = SALESLEDGER__V1__LOG_REQUEST__INIT;

    const Salesledger__V1__EventPage *page = ask_page(ana, &log);
    assert_int_equal(page->n_events, 0);
    assert_int_equal(page->next, 1);
    fill(&s, ana, 10);
    log.has_from = 1;
    log.from = 11;
    page = ask_page(ana, &log);

    assert_int_equal(page->n_events, 0);
    assert_int_equal(page->next, 11);
    sl_service_close(&s);
}

static void types_and_days_filter(void **state)
{
    (void)state;
    struct sl_service s;
    sl_service_open(&s);
    struct sl_caller *ana = sl_caller_open(&s, "ana");
    fill(&s, ana, 400);
    char *types[] = {(char[]){"close"}};
    Salesledger__V1__LogRequest log = SALESLEDGER__V1__LOG_REQUEST__INIT;
    log.types = types;
    log.n_types = 1;
    log.date_from = (char[]){"2017-03-02"};
    log.date_to = (char[]){"2017-03-04"};

    const Salesledger__V1__EventPage *page = ask_page(ana, &log);

    assert_int_equal(page->n_events, 20); /* of seqs 100 to 299 each tenth */
    assert_int_equal(page->events[0]->seq, 100);
    assert_int_equal(page->events[19]->seq, 290);
    assert_int_equal(page->next, 401);
    sl_service_close(&s);
}

static void an_entity_has_its_own_history_in_both_directions(void **state)
{
    (void)state;
    struct sl_service s;
    sl_service_open(&s);
    struct sl_caller *ana = sl_caller_open(&s, "ana");
    fill(&s, ana, 3000);
    Salesledger__V1__LogRequest log = SALESLEDGER__V1__LOG_REQUEST__INIT;
    log.has_entity_kind = 1;
    log.entity_kind = SALESLEDGER__V1__ENTITY_KIND__DEAL;
    log.entity = (char[]){"D1"};

    const Salesledger__V1__EventPage *forward = ask_page(ana, &log);
    log.has_reverse = 1;
    log.reverse = 1;
    const Salesledger__V1__EventPage *backward = ask_page(ana, &log);

    assert_int_equal(forward->n_events, 900); /* seqs 1, 4, 7 ..., less each tenth */
    assert_int_equal(forward->next, 3001);
    assert_int_equal(backward->n_events, 900);
    assert_int_equal(backward->next, 0);
    for (size_t i = 0; i < forward->n_events; i++) {
        assert_string_equal(forward->events[i]->contact->deal, "D1");
        assert_int_equal(forward->events[i]->seq, backward->events[899 - i]->seq);
    }
    sl_service_close(&s);
}

static void an_entity_nobody_has_named_has_no_events(void **state)
{
    (void)state;
    struct sl_service s;
    sl_service_open(&s);
    struct sl_caller *ana = sl_caller_open(&s, "ana");
    fill(&s, ana, 10);
    Salesledger__V1__LogRequest log = SALESLEDGER__V1__LOG_REQUEST__INIT;
    log.has_entity_kind = 1;
    log.entity_kind = SALESLEDGER__V1__ENTITY_KIND__DEAL;
    log.entity = (char[]){"nobody"};

    const Salesledger__V1__EventPage *page = ask_page(ana, &log);

    assert_int_equal(page->n_events, 0);
    assert_int_equal(page->next, 11);
    sl_service_close(&s);
}

static void a_question_without_its_other_half_is_refused(void **state)
{
    (void)state;
    struct sl_service s;
    sl_service_open(&s);
    struct sl_caller *ana = sl_caller_open(&s, "ana");
    Salesledger__V1__LogRequest log = SALESLEDGER__V1__LOG_REQUEST__INIT;
    log.entity = (char[]){"D1"};
    assert_int_equal(sl_error_of(ask(ana, &log)->error), SL_E_MISSING_FIELD);
    log.entity = NULL;
    log.has_entity_kind = 1;
    log.entity_kind = SALESLEDGER__V1__ENTITY_KIND__DEAL;
    assert_int_equal(sl_error_of(ask(ana, &log)->error), SL_E_MISSING_FIELD);

    sl_service_close(&s);
}

static void the_limit_is_the_greatest_page(void **state)
{
    (void)state;
    struct sl_service s;
    sl_service_open(&s);
    struct sl_caller *ana = sl_caller_open(&s, "ana");
    fill(&s, ana, SL_PAGE_ITEMS_MAX + 10);
    Salesledger__V1__LogRequest log = SALESLEDGER__V1__LOG_REQUEST__INIT;
    log.has_limit = 1;

    log.limit = SL_PAGE_ITEMS_MAX;
    assert_int_equal(ask_page(ana, &log)->n_events, SL_PAGE_ITEMS_MAX);
    log.limit = SL_PAGE_ITEMS_MAX + 1;
    assert_int_equal(sl_error_of(ask(ana, &log)->error), SL_E_TOO_MANY);

    sl_service_close(&s);
}

static void a_page_of_large_events_ends_at_its_bytes(void **state)
{
    (void)state;
    enum { EVENTS = 300, TEXT = 4000 };
    struct sl_service s;
    sl_service_open(&s);
    struct sl_caller *ana = sl_caller_open(&s, "ana");
    char *text = sl_arena_alloc(&s.arena, TEXT + 1);
    memset(text, 'x', TEXT);
    text[TEXT] = '\0';
    for (size_t i = 0; i < EVENTS; i++) {
        (void)sl_caller_record(
            ana, BUILD_CONTACT(&s.build, .customer = "ACME", .person = "ana", .text = text));
    }
    Salesledger__V1__LogRequest log = SALESLEDGER__V1__LOG_REQUEST__INIT;

    const Salesledger__V1__EventPage *page = ask_page(ana, &log);
    assert_in_range(page->n_events, 200, EVENTS - 1);
    assert_int_equal(page->next, page->n_events + 1);
    size_t first = page->n_events;
    log.has_from = 1;
    log.from = page->next;
    page = ask_page(ana, &log);

    assert_int_equal(first + page->n_events, EVENTS);
    sl_service_close(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_page_goes_on_where_the_last_one_ended),
        cmocka_unit_test(backwards_it_is_the_same_from_the_other_end),
        cmocka_unit_test(a_range_has_both_its_ends_inside),
        cmocka_unit_test(beyond_the_head_there_is_nothing),
        cmocka_unit_test(types_and_days_filter),
        cmocka_unit_test(an_entity_has_its_own_history_in_both_directions),
        cmocka_unit_test(an_entity_nobody_has_named_has_no_events),
        cmocka_unit_test(a_question_without_its_other_half_is_refused),
        cmocka_unit_test(the_limit_is_the_greatest_page),
        cmocka_unit_test(a_page_of_large_events_ends_at_its_bytes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
