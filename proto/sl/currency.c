/* The currency table: which codes exist, how many decimals each has. */
#include "sl/money.h"

#include <stdlib.h>
#include <string.h>

struct currency_row {
    char code[4];
    uint16_t numeric;
    uint8_t decimals;
};

/* Sorted by code, so that a lookup is a binary search; a test checks the order. */
static const struct currency_row currency_rows[] = {
#define X(symbol, number, places) {#symbol, number, places},
#include "sl/currency_table.inc"
#undef X
};

#define CURRENCY_COUNT (sizeof currency_rows / sizeof currency_rows[0])
#define CODE_LEN       3u

static int compare_code(const void *code, const void *row)
{
    return memcmp(code, ((const struct currency_row *)row)->code, CODE_LEN);
}

static const struct currency_row *row_of(const char *code)
{
    return bsearch(code, currency_rows, CURRENCY_COUNT, sizeof currency_rows[0], compare_code);
}

enum sl_err sl_currency_parse(struct sl_slice text, sl_currency *ret_currency)
{
    const struct currency_row *row = text.len == CODE_LEN ? row_of((const char *)text.data) : NULL;
    if (row == NULL) {
        return SL_E_UNKNOWN_CURRENCY;
    }
    memcpy(ret_currency->code, row->code, sizeof ret_currency->code);
    return SL_OK;
}

bool sl_currency_equal(sl_currency a, sl_currency b)
{
    return memcmp(a.code, b.code, CODE_LEN) == 0;
}

unsigned sl_currency_decimals(sl_currency currency)
{
    const struct currency_row *row = row_of(currency.code);
    SL_ASSERT(row != NULL);
    return row->decimals;
}

unsigned sl_currency_numeric(sl_currency currency)
{
    const struct currency_row *row = row_of(currency.code);
    SL_ASSERT(row != NULL);
    return row->numeric;
}
