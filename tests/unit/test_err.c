/* Error codes: their numbers never change, and details stay readable when they are cut. */
#include "lib/test.h"

#include <string.h>

/* The contract, written down a second time: a number that moves fails here. */
static const struct {
    int number;
    const char *name;
} contract[] = {
    {0, "OK"},
    {1, "MALFORMED"},
    {2, "TOO_BIG"},
    {3, "INVALID_FIELD"},
    {4, "MISSING_FIELD"},
    {5, "UNKNOWN_FIELD"},
    {6, "UNSUPPORTED"},
    {7, "TOO_MANY"},
    {8, "DENIED"},
    {9, "CANCELLED"},
    {10, "TIMED_OUT"},
    {20, "ID_REUSED"},
    {21, "CONFLICT"},
    {22, "UNKNOWN_REFERENCE"},
    {23, "SHARES_DO_NOT_SUM"},
    {24, "UNKNOWN_CURRENCY"},
    {25, "CURRENCY_MISMATCH"},
    {26, "DEAL_STATE"},
    {27, "BEYOND_BOOKED"},
    {28, "UNKNOWN_STAGE"},
    {29, "BAD_DATE"},
    {30, "BAD_PERIOD"},
    {31, "BAD_MEASURE"},
    {32, "PLAN_INVALID"},
    {33, "NOT_FOUND"},
    {34, "BATCH_ABORTED"},
    {35, "OVERFLOW"},
    {36, "SEPARATION"},
    {37, "NOT_CORRECTABLE"},
    {50, "NO_SPACE"},
    {51, "STOPPED"},
    {52, "BUSY"},
    {53, "IO"},
    {54, "CORRUPT"},
    {55, "NO_MEMORY"},
    {56, "LOCKED"},
    {57, "FORMAT"},
    {58, "EXISTS"},
    {59, "NOT_LEDGER"},
    {60, "NETWORK_FS"},
    {80, "UNREACHABLE"},
    {81, "CLOSED"},
    {82, "USAGE"},
};

static const enum sl_err all_codes[] = {
#define CODE(symbol, number, retry, text) SL_E_##symbol,
    SL_ERR_MAP(CODE)
#undef CODE
};

static void every_number_keeps_its_name(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(contract); i++) {
        assert_string_equal(sl_err_name((enum sl_err)contract[i].number), contract[i].name);
    }
}

static void every_code_is_in_the_contract(void **state)
{
    (void)state;
    assert_int_equal(COUNT(all_codes), COUNT(contract));
}

static void every_code_has_a_place_of_its_own_to_be_counted_at(void **state)
{
    (void)state;
    assert_int_equal(SL_ERR_COUNT, COUNT(contract));
    for (size_t i = 0; i < SL_ERR_COUNT; i++) {
        assert_int_equal(sl_err_index((enum sl_err)contract[i].number), i);
        assert_int_equal(sl_err_at(i), contract[i].number);
    }
    assert_int_equal(sl_err_index((enum sl_err)19), 0); /* not in the table */
}

static void numbers_and_names_are_unique(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(all_codes); i++) {
        for (size_t j = 0; j < i; j++) {
            assert_int_not_equal(all_codes[i], all_codes[j]);
            assert_string_not_equal(sl_err_name(all_codes[i]), sl_err_name(all_codes[j]));
        }
    }
}

static void texts_are_short_phrases_without_a_full_stop(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(all_codes); i++) {
        const char *text = sl_err_text(all_codes[i]);
        assert_in_range(strlen(text), 5, 80);
        assert_int_not_equal(text[strlen(text) - 1], '.');
    }
}

static void a_number_outside_the_table_is_unknown_and_not_retried(void **state)
{
    (void)state;
    enum sl_err err = (enum sl_err)11;

    assert_string_equal(sl_err_name(err), "UNKNOWN");
    assert_string_equal(sl_err_text(err), "unknown error");
    assert_false(sl_err_may_retry(err));
}

static void only_conditions_that_pass_may_be_retried(void **state)
{
    (void)state;

    assert_true(sl_err_may_retry(SL_E_BUSY));
    assert_true(sl_err_may_retry(SL_E_NO_SPACE));
    assert_true(sl_err_may_retry(SL_E_CLOSED));
    assert_false(sl_err_may_retry(SL_E_CONFLICT));
    assert_false(sl_err_may_retry(SL_E_ID_REUSED));
    assert_false(sl_err_may_retry(SL_OK));
}

static void refuse_gives_its_code_back_and_fills_the_detail(void **state)
{
    (void)state;
    struct sl_diag diag = {0};

    assert_err(SL_E_INVALID_FIELD,
               sl_refuse(&diag, SL_E_INVALID_FIELD, "close.deal", "has %d bytes", 65));

    assert_string_equal(diag.field, "close.deal");
    assert_string_equal(diag.message, "has 65 bytes");
}

static void a_missing_diag_is_no_trouble(void **state)
{
    (void)state;

    assert_err(SL_E_BUSY, sl_refuse(NULL, SL_E_BUSY, "", "wait"));
    sl_diag_wrap(NULL, "commit");
    sl_diag_wrap_field(NULL, "close");
}

static void wrap_puts_the_outer_words_first(void **state)
{
    (void)state;
    struct sl_diag diag = {0};
    (void)sl_refuse(&diag, SL_E_NO_SPACE, "", "map full at %d GiB", 4); /* fills the detail only */

    sl_diag_wrap(&diag, "commit %d", 7);
    sl_diag_wrap(&diag, "append");

    assert_string_equal(diag.message, "append: commit 7: map full at 4 GiB");
}

static void wrap_field_builds_a_path(void **state)
{
    (void)state;
    struct sl_diag diag = {0};

    sl_diag_wrap_field(&diag, "share_ppm");
    sl_diag_wrap_field(&diag, "credits[%d]", 1);
    sl_diag_wrap_field(&diag, "close");

    assert_string_equal(diag.field, "close.credits[1].share_ppm");
}

static void details_are_cut_at_their_maximum(void **state)
{
    (void)state;
    struct sl_diag diag = {0};
    char big[600];
    memset(big, 'x', sizeof big - 1);
    big[sizeof big - 1] = '\0';

    (void)sl_refuse(&diag, SL_E_TOO_BIG, big, "%s", big); /* fills the detail only */
    assert_int_equal(strlen(diag.field), sizeof diag.field - 1);
    assert_int_equal(strlen(diag.message), sizeof diag.message - 1);

    sl_diag_wrap(&diag, "%s", big);
    sl_diag_wrap_field(&diag, "%s", big);
    assert_int_equal(strlen(diag.field), sizeof diag.field - 1);
    assert_int_equal(strlen(diag.message), sizeof diag.message - 1);
}

/* The detail travels in a protobuf string, which must be UTF-8 to the end. */
static void a_cut_never_leaves_half_a_character(void **state)
{
    (void)state;
    struct sl_diag diag = {0};

    for (size_t pad = 0; pad < 4; pad++) {
        char text[400] = "";
        memset(text, 'x', pad);
        for (size_t at = pad; at + 3 < sizeof text; at += 3) {
            memcpy(text + at, "\u9500", 4); /* three bytes and the NUL */
        }
        (void)sl_refuse(&diag, SL_E_INVALID_FIELD, text, "%s", text); /* fills the detail only */
        assert_int_equal((strlen(diag.message) - pad) % 3, 0);
        assert_int_equal((strlen(diag.field) - pad) % 3, 0);
        sl_diag_wrap(&diag, "y");
        assert_int_equal((strlen(diag.message) - pad) % 3, 0);
    }
}

static void a_text_of_whole_characters_is_not_cut(void **state)
{
    (void)state;
    struct sl_diag diag = {0};

    (void)sl_refuse(&diag, SL_E_INVALID_FIELD, "f",
                    "\u00e9\u9500\U0001f600"); /* fills the detail */

    assert_string_equal(diag.message, "\u00e9\u9500\U0001f600");
}

static void break_an_invariant(void)
{
    int one = 1;
    SL_ASSERT(one == 2);
}

static void a_broken_invariant_aborts(void **state)
{
    (void)state;

    assert_aborts(break_an_invariant);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_number_keeps_its_name),
        cmocka_unit_test(every_code_is_in_the_contract),
        cmocka_unit_test(every_code_has_a_place_of_its_own_to_be_counted_at),
        cmocka_unit_test(numbers_and_names_are_unique),
        cmocka_unit_test(texts_are_short_phrases_without_a_full_stop),
        cmocka_unit_test(a_number_outside_the_table_is_unknown_and_not_retried),
        cmocka_unit_test(only_conditions_that_pass_may_be_retried),
        cmocka_unit_test(refuse_gives_its_code_back_and_fills_the_detail),
        cmocka_unit_test(a_missing_diag_is_no_trouble),
        cmocka_unit_test(wrap_puts_the_outer_words_first),
        cmocka_unit_test(wrap_field_builds_a_path),
        cmocka_unit_test(details_are_cut_at_their_maximum),
        cmocka_unit_test(a_cut_never_leaves_half_a_character),
        cmocka_unit_test(a_text_of_whole_characters_is_not_cut),
        cmocka_unit_test(a_broken_invariant_aborts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
