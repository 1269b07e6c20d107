/* Idempotency ids: their layout by RFC 9562, their order, their text. */
#include "lib/test.h"

#include "sl/id.h"

#include <string.h>

static const uint8_t ones[10] = {255, 255, 255, 255, 255, 255, 255, 255, 255, 255};
static const uint8_t zeros[10] = {0};

static void assert_id_text(struct sl_id id, const char *want)
{
    char text[SL_ID_TEXT_MAX];
    size_t len = sl_id_format(id, text);
    assert_string_equal(text, want);
    assert_int_equal(len, 36);
}

/* The example of RFC 9562, appendix A.6: 2022-02-22T19:22:22Z. */
static void the_example_of_the_rfc_comes_out(void **state)
{
    (void)state;
    static const uint8_t random[10] = {0x0c, 0xc3, 0x18, 0xc4, 0xdc, 0x0c, 0x0c, 0x07, 0x39, 0x8f};

    assert_id_text(sl_id_from_time(AT(1645557742000000), random),
                   "017f22e2-79b0-7cc3-98c4-dc0c0c07398f");
}

static void version_and_variant_stand_whatever_the_random_bits(void **state)
{
    (void)state;

    assert_id_text(sl_id_from_time(AT(0), ones), "00000000-0000-7fff-bfff-ffffffffffff");
    assert_id_text(sl_id_from_time(AT(0), zeros), "00000000-0000-7000-8000-000000000000");
    assert_id_text(sl_id_from_digest((sl_day){0}, ones), "00000000-0000-8fff-bfff-ffffffffffff");
    assert_id_text(sl_id_from_digest((sl_day){0}, zeros), "00000000-0000-8000-8000-000000000000");
}

static void microseconds_are_cut_to_milliseconds_towards_the_past(void **state)
{
    (void)state;

    assert_id_text(sl_id_from_time(AT(1999), zeros), "00000000-0001-7000-8000-000000000000");
    assert_id_text(sl_id_from_time(AT(-1), zeros), "ffffffff-ffff-7000-8000-000000000000");
}

static void a_derived_id_leads_with_its_day(void **state)
{
    (void)state;
    struct sl_id derived = sl_id_from_digest(DAY("2022-02-22"), zeros);
    struct sl_id midnight = sl_id_from_time(AT(1645488000000000), zeros);

    assert_memory_equal(derived.bytes, midnight.bytes, 6);
}

static void the_same_content_gives_the_same_id(void **state)
{
    (void)state;
    struct sl_id first = sl_id_from_digest(DAY("2017-03-01"), ones);
    struct sl_id second = sl_id_from_digest(DAY("2017-03-01"), ones);
    struct sl_id other = sl_id_from_digest(DAY("2017-03-01"), zeros);

    assert_int_equal(sl_id_compare(first, second), 0);
    assert_int_not_equal(sl_id_compare(first, other), 0);
}

static void later_ids_sort_after_earlier_ones(void **state)
{
    (void)state;
    struct sl_id before = sl_id_from_time(AT(1645557742000000), ones);
    struct sl_id after = sl_id_from_time(AT(1645557742001000), zeros);

    assert_true(sl_id_compare(before, after) < 0);
    assert_true(sl_id_compare(after, before) > 0);
    assert_true(sl_id_compare(sl_id_from_digest(DAY("2017-03-01"), ones),
                              sl_id_from_digest(DAY("2017-03-02"), zeros)) < 0);
}

static void text_parses_with_and_without_dashes_in_either_case(void **state)
{
    static const char *const texts[] = {"017f22e2-79b0-7cc3-98c4-dc0c0c07398f",
                                        "017F22E2-79B0-7CC3-98C4-DC0C0C07398F",
                                        "017f22e279b07cc398c4dc0c0c07398f"};
    (void)state;
    for (size_t i = 0; i < COUNT(texts); i++) {
        struct sl_id id;
        assert_ok(sl_id_parse(SLICE(texts[i]), &id));
        assert_id_text(id, texts[0]);
    }
}

static void what_is_no_id_is_refused(void **state)
{
    static const char *const bad[] = {"",
                                      "017f22e2-79b0-7cc3-98c4-dc0c0c07398",
                                      "017f22e2-79b0-7cc3-98c4-dc0c0c07398ff",
                                      "017f22e279b07cc398c4dc0c0c07398",
                                      "017f22e279b07cc398c4dc0c0c07398g",
                                      "017f22e2-79b0-7cc3-98c4dc0c0c07398f-",
                                      "017f22e2079b007cc3098c40dc0c0c07398f",
                                      "{17f22e2-79b0-7cc3-98c4-dc0c0c07398}"};
    (void)state;
    for (size_t i = 0; i < COUNT(bad); i++) {
        struct sl_id id = {{42}};
        assert_err(SL_E_INVALID_FIELD, sl_id_parse(SLICE(bad[i]), &id));
        assert_int_equal(id.bytes[0], 42);
    }
}

static void random_ids_come_back(void **state)
{
    (void)state;
    struct sl_test_random random;
    sl_test_random_init(&random);
    for (int round = 0; round < 10000; round++) {
        char text[SL_ID_TEXT_MAX];
        struct sl_id id;
        struct sl_id back;
        for (size_t i = 0; i < sizeof id.bytes; i++) {
            id.bytes[i] = (uint8_t)sl_test_random(&random);
        }
        (void)sl_id_format(id, text); /* always 36 bytes */
        assert_ok(sl_id_parse(SLICE(text), &back));
        assert_int_equal(sl_id_compare(id, back), 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_example_of_the_rfc_comes_out),
        cmocka_unit_test(version_and_variant_stand_whatever_the_random_bits),
        cmocka_unit_test(microseconds_are_cut_to_milliseconds_towards_the_past),
        cmocka_unit_test(a_derived_id_leads_with_its_day),
        cmocka_unit_test(the_same_content_gives_the_same_id),
        cmocka_unit_test(later_ids_sort_after_earlier_ones),
        cmocka_unit_test(text_parses_with_and_without_dashes_in_either_case),
        cmocka_unit_test(what_is_no_id_is_refused),
        cmocka_unit_test(random_ids_come_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
