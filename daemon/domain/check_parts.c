/* The shared rules; see check_parts.h. */
#include "domain/check_parts.h"

#include <stdarg.h>
#include <stdio.h>

#include "domain/period_refuse.h"
#include "domain/text.h"

void sl_check_refuse(struct sl_check *c, enum sl_err err, const char *field, const char *fmt, ...)
{
    if (c->err != SL_OK) {
        return;
    }
    char message[sizeof c->diag->message];
    va_list args;
    va_start(args, fmt);
    (void)vsnprintf(message, sizeof message, fmt, args); /* a cut message is still a message */
    va_end(args);
    c->err = sl_refuse(c->diag, err, field, "%s", message);
}

void sl_check_inside(struct sl_check *c, const char *name)
{
    if (c->err != SL_OK) {
        sl_diag_wrap_field(c->diag, "%s", name);
    }
}

void sl_check_inside_item(struct sl_check *c, const char *name, size_t index)
{
    if (c->err != SL_OK) {
        sl_diag_wrap_field(c->diag, "%s[%zu]", name, index);
    }
}

static void
check_text(struct sl_check *c, struct sl_slice text, size_t bytes_max, const char *field)
{
    if (text.len > bytes_max) {
        sl_check_refuse(c, SL_E_TOO_BIG, field, "must have at most %zu bytes, has %zu", bytes_max,
                        text.len);
    } else if (!sl_text_is_plain(text)) {
        char shown[SL_TEXT_SHOWN_MAX];
        sl_check_refuse(c, SL_E_INVALID_FIELD, field,
                        "must be UTF-8 without control characters, is \"%s\"",
                        sl_text_show(text, shown));
    }
}

void sl_check_id(struct sl_check *c, struct sl_slice id, const char *field)
{
    sl_check_present(c, id.len > 0, field);
    check_text(c, id, SL_ID_TEXT_BYTES_MAX, field);
}

void sl_check_optional_id(struct sl_check *c, struct sl_slice id, const char *field)
{
    if (id.data == NULL) {
        return;
    }
    if (id.len == 0) {
        sl_check_refuse(c, SL_E_INVALID_FIELD, field,
                        "must be absent or have 1 to 64 bytes, is empty");
    }
    check_text(c, id, SL_ID_TEXT_BYTES_MAX, field);
}

void sl_check_line_text(struct sl_check *c,
                        struct sl_slice text,
                        size_t bytes_max,
                        const char *field)
{
    check_text(c, text, bytes_max, field);
}

void sl_check_prose(struct sl_check *c, struct sl_slice text, const char *field)
{
    if (text.len > SL_TEXT_BYTES_MAX) {
        sl_check_refuse(c, SL_E_TOO_BIG, field, "must have at most %u bytes, has %zu",
                        SL_TEXT_BYTES_MAX, text.len);
    } else if (!sl_text_is_prose(text)) {
        sl_check_refuse(c, SL_E_INVALID_FIELD, field,
                        "must be UTF-8 without control characters but tabs and line breaks");
    }
}

void sl_check_range(struct sl_check *c, int64_t value, struct sl_range range, const char *field)
{
    if (value < range.min || value > range.max) {
        sl_check_refuse(c, SL_E_INVALID_FIELD, field, "must be %lld to %lld, is %lld",
                        (long long)range.min, (long long)range.max, (long long)value);
    }
}

void sl_check_present(struct sl_check *c, bool is_present, const char *field)
{
    if (!is_present) {
        sl_check_refuse(c, SL_E_MISSING_FIELD, field, "is required");
    }
}

void sl_check_optional_currency(struct sl_check *c, struct sl_slice currency, const char *field)
{
    sl_currency parsed;
    if (currency.data != NULL && sl_currency_parse(currency, &parsed) != SL_OK) {
        char shown[SL_TEXT_SHOWN_MAX];
        sl_check_refuse(c, SL_E_UNKNOWN_CURRENCY, field,
                        "must be an active ISO 4217 code, is \"%s\"",
                        sl_text_show(currency, shown));
    }
}

void sl_check_currency(struct sl_check *c, struct sl_slice currency, const char *field)
{
    sl_check_present(c, currency.len > 0, field);
    sl_check_optional_currency(c, currency, field);
}

void sl_check_optional_period(struct sl_check *c, struct sl_slice period, const char *field)
{
    struct sl_period parsed;
    if (c->err == SL_OK && period.data != NULL && sl_period_parse(period, 1, &parsed) != SL_OK) {
        c->err = sl_period_refuse(c->diag, field, period);
    }
}

void sl_check_period(struct sl_check *c, struct sl_slice period, const char *field)
{
    sl_check_present(c, period.len > 0, field);
    sl_check_optional_period(c, period, field);
}
