/* Currencies: which codes exist, and how each writes its amounts. Data: tests/data/currency. */
#include "lib/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define AMOUNTS       8
#define CURRENCIES    165
#define COLUMNS       (3 + AMOUNTS)
#define LINE_SIZE_MAX 256

/* One row of format.csv, split at its commas. */
struct row {
    char line[LINE_SIZE_MAX];
    char *columns[COLUMNS]; /* code, numeric, decimals, one text per amount */
};

struct table {
    struct row header; /* its amounts are minor units */
    struct row rows[CURRENCIES];
    size_t count;
};

static bool read_row(FILE *file, struct row *row)
{
    if (fgets(row->line, sizeof row->line, file) == NULL) {
        return false;
    }
    row->line[strcspn(row->line, "\n")] = '\0';
    char *rest = row->line;
    for (size_t i = 0; i < COLUMNS; i++) {
        row->columns[i] = strsep(&rest, ",");
        assert_non_null(row->columns[i]);
    }
    return true;
}

static int load_table(void **state)
{
    struct table *table = calloc(1, sizeof *table);
    FILE *file = fopen(SL_TEST_DATA_DIR "/currency/format.csv", "r");
    assert_non_null(table);
    assert_non_null(file);
    assert_true(read_row(file, &table->header));
    while (table->count < CURRENCIES && read_row(file, &table->rows[table->count])) {
        table->count++;
    }
    *state = table;
    return fclose(file);
}

static int free_table(void **state)
{
    free(*state);
    return 0;
}

static void all_165_active_codes_are_known_with_number_and_decimals(void **state)
{
    const struct table *table = *state;
    assert_int_equal(table->count, CURRENCIES);
    for (size_t i = 0; i < table->count; i++) {
        char *const *row = table->rows[i].columns;
        sl_currency currency = sl_test_currency(row[0]);
        assert_string_equal(currency.code, row[0]);
        assert_int_equal(sl_currency_numeric(currency), strtoull(row[1], NULL, 10));
        assert_int_equal(sl_currency_decimals(currency), strtoull(row[2], NULL, 10));
    }
}

static void each_currency_formats_its_amounts(void **state)
{
    const struct table *table = *state;
    for (size_t i = 0; i < table->count; i++) {
        char *const *row = table->rows[i].columns;
        for (size_t j = 3; j < COLUMNS; j++) {
            char text[SL_MONEY_TEXT_MAX];
            int64_t minor = strtoll(table->header.columns[j], NULL, 10);
            size_t len = sl_money_format(sl_test_money(minor, row[0]), text);
            assert_string_equal(text, row[j]);
            assert_int_equal(len, strlen(row[j]));
        }
    }
}

static void each_formatted_amount_parses_back(void **state)
{
    const struct table *table = *state;
    for (size_t i = 0; i < table->count; i++) {
        char *const *row = table->rows[i].columns;
        for (size_t j = 3; j < COLUMNS; j++) {
            struct sl_money money;
            assert_ok(sl_money_parse(SLICE(row[j]), sl_test_currency(row[0]), &money));
            assert_int_equal(money.minor, strtoll(table->header.columns[j], NULL, 10));
            assert_string_equal(money.currency.code, row[0]);
        }
    }
}

static void withdrawn_and_unitless_and_misspelt_codes_are_refused(void **state)
{
    static const char *const bad[] = {"DEM", "HRK",  "ZWL", "XAU", "XXX",
                                      "XTS", "AAA",  "ZZZ", "usd", "Usd",
                                      "US",  "USDX", "",    "U D", "\xff\xff\xff"};
    (void)state;
    for (size_t i = 0; i < COUNT(bad); i++) {
        sl_currency currency = {"?"};
        assert_err(SL_E_UNKNOWN_CURRENCY, sl_currency_parse(SLICE(bad[i]), &currency));
        assert_string_equal(currency.code, "?");
    }
}

static void a_code_is_read_without_a_terminator(void **state)
{
    (void)state;
    sl_currency currency;
    struct sl_slice text = {.data = (const uint8_t *)"EURO", .len = 3};

    assert_ok(sl_currency_parse(text, &currency));

    assert_string_equal(currency.code, "EUR");
}

static void equality_compares_codes(void **state)
{
    (void)state;

    assert_true(sl_currency_equal(sl_test_currency("USD"), sl_test_currency("USD")));
    assert_false(sl_currency_equal(sl_test_currency("USD"), sl_test_currency("USN")));
}

static void ask_decimals_of_no_currency(void)
{
    (void)sl_currency_decimals((sl_currency){0}); /* must not come back */
}

static void ask_number_of_no_currency(void)
{
    (void)sl_currency_numeric((sl_currency){0}); /* must not come back */
}

static void a_currency_that_was_never_parsed_aborts(void **state)
{
    (void)state;

    assert_aborts(ask_decimals_of_no_currency);
    assert_aborts(ask_number_of_no_currency);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_165_active_codes_are_known_with_number_and_decimals),
        cmocka_unit_test(each_currency_formats_its_amounts),
        cmocka_unit_test(each_formatted_amount_parses_back),
        cmocka_unit_test(withdrawn_and_unitless_and_misspelt_codes_are_refused),
        cmocka_unit_test(a_code_is_read_without_a_terminator),
        cmocka_unit_test(equality_compares_codes),
        cmocka_unit_test(a_currency_that_was_never_parsed_aborts),
    };
    return cmocka_run_group_tests(tests, load_table, free_table);
}
