/* Names of events, entities and records, and the parts every body is asked for. */
#include "lib/test.h"

#include "domain/event.h"
#include "domain/text.h"

static void every_type_has_a_name_that_leads_back(void **state)
{
    (void)state;
    for (int type = SL_EVENT_CONTACT; type <= SL_EVENT_NOTE; type++) {
        const char *name = sl_event_type_name((enum sl_event_type)type);
        assert_non_null(name);
        assert_int_equal(sl_event_type_of_name(SLICE(name)), type);
    }
    assert_string_equal(sl_event_type_name(SL_EVENT_CLOSE), "close");
}

static void what_is_no_type_has_no_name(void **state)
{
    (void)state;
    assert_null(sl_event_type_name(SL_EVENT_NONE));
    assert_null(sl_event_type_name((enum sl_event_type)26));
    assert_int_equal(sl_event_type_of_name(SLICE("")), SL_EVENT_NONE);
    assert_int_equal(sl_event_type_of_name(SLICE("Close")), SL_EVENT_NONE);
    assert_int_equal(sl_event_type_of_name(SLICE("closed")), SL_EVENT_NONE);
}

static void entities_and_records_have_names(void **state)
{
    (void)state;
    assert_string_equal(sl_entity_kind_name(SL_ENTITY_PRODUCT_LINE), "product_line");
    assert_string_equal(sl_entity_kind_name(SL_ENTITY_NONE), "none");
    for (int kind = SL_DEFINE_PERSON; kind <= SL_DEFINE_PRODUCT_LINE; kind++) {
        assert_non_null(sl_define_kind_name((enum sl_define_kind)kind));
    }
    assert_null(sl_define_kind_name(SL_DEFINE_NONE));
}

static void deal_and_customer_are_those_of_the_three_sales_bodies(void **state)
{
    (void)state;
    struct sl_body close = {.type = SL_EVENT_CLOSE,
                            .u.close = {.deal = SLICE("D1"), .customer = SLICE("C1")}};
    struct sl_body quote = {.type = SL_EVENT_QUOTE,
                            .u.quote = {.deal = SLICE("D2"), .customer = SLICE("C2")}};
    struct sl_body contact = {.type = SL_EVENT_CONTACT,
                              .u.contact = {.deal = SLICE("D3"), .customer = SLICE("C3")}};
    struct sl_body note = {.type = SL_EVENT_NOTE, .u.note = {.subject = SLICE("D4")}};
    assert_true(sl_text_equal(sl_body_deal(&close), SLICE("D1")));
    assert_true(sl_text_equal(sl_body_deal(&quote), SLICE("D2")));
    assert_true(sl_text_equal(sl_body_deal(&contact), SLICE("D3")));
    assert_int_equal(sl_body_deal(&note).len, 0);
    assert_true(sl_text_equal(sl_body_customer(&close), SLICE("C1")));
    assert_true(sl_text_equal(sl_body_customer(&quote), SLICE("C2")));
    assert_true(sl_text_equal(sl_body_customer(&contact), SLICE("C3")));
    assert_int_equal(sl_body_customer(&note).len, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_type_has_a_name_that_leads_back),
        cmocka_unit_test(what_is_no_type_has_no_name),
        cmocka_unit_test(entities_and_records_have_names),
        cmocka_unit_test(deal_and_customer_are_those_of_the_three_sales_bodies),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
