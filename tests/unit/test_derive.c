/* Derived ids: the same event gives the same id however it was spelled, and anything else another one. */
#include "lib/test.h"

#include "import/derive.h"
#include "sl/id.h"
#include "json/json.h"

static struct sl_id id_of(const char *json, uint64_t ordinal)
{
    ProtobufCMessage *message = NULL;
    struct sl_diag diag = {0};
    struct sl_id id;
    assert_ok(
        sl_json_text_to_message(SLICE(json), &salesledger__v1__event__descriptor, &message, &diag));
    assert_ok(sl_derive_id((const Salesledger__V1__Event *)(void *)message, ordinal, &id));
    protobuf_c_message_free_unpacked(message, NULL);
    return id;
}

static bool same(struct sl_id a, struct sl_id b)
{
    return sl_id_compare(a, b) == 0;
}

static const char sale[] = "{\"effectiveDate\":\"2017-03-01\",\"source\":\"s\",\"quote\":{\"deal\":"
                           "\"D\",\"probabilityPpm\":\"5\"}}";

static void spelling_makes_no_difference(void **state)
{
    (void)state;
    static const char again[] = "{ \"quote\": {\"probability_ppm\": 5, \"deal\": \"D\"}, "
                                "\"source\":\"s\", \"effectiveDate\": \"2017-03-01\"}";
    assert_true(same(id_of(sale, 1), id_of(again, 1)));
}

static void content_date_source_and_ordinal_each_make_a_difference(void **state)
{
    (void)state;
    struct sl_id id = id_of(sale, 1);
    assert_false(same(id, id_of(sale, 2)));
    assert_false(same(id, id_of("{\"effectiveDate\":\"2017-03-02\",\"source\":\"s\",\"quote\":{"
                                "\"deal\":\"D\",\"probabilityPpm\":\"5\"}}",
                                1)));
    assert_false(same(id, id_of("{\"effectiveDate\":\"2017-03-01\",\"source\":\"t\",\"quote\":{"
                                "\"deal\":\"D\",\"probabilityPpm\":\"5\"}}",
                                1)));
    assert_false(same(id, id_of("{\"effectiveDate\":\"2017-03-01\",\"source\":\"s\",\"quote\":{"
                                "\"deal\":\"D\",\"probabilityPpm\":\"6\"}}",
                                1)));
}

static void ids_sort_by_day(void **state)
{
    (void)state;
    struct sl_id early = id_of("{\"effectiveDate\":\"2016-12-31\",\"quote\":{\"deal\":\"D\"}}", 1);
    struct sl_id undated = id_of("{\"quote\":{\"deal\":\"D\"}}", 1);
    assert_true(sl_id_compare(early, id_of(sale, 1)) < 0);
    assert_true(sl_id_compare(undated, early) < 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(spelling_makes_no_difference),
        cmocka_unit_test(content_date_source_and_ordinal_each_make_a_difference),
        cmocka_unit_test(ids_sort_by_day),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
