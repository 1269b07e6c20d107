/* Reading a day by a format. */
#include "import/day_text.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

static const char *const month_names[12] = {"January",   "February", "March",    "April",
                                            "May",       "June",     "July",     "August",
                                            "September", "October",  "November", "December"};

struct cursor {
    const char *at;
    int32_t year, month, day;
};

static bool read_digits(struct cursor *c, unsigned min, unsigned max, int32_t *ret_number)
{
    int32_t number = 0;
    unsigned count = 0;
    for (; count < max && *c->at >= '0' && *c->at <= '9'; count++, c->at++) {
        number = number * 10 + (*c->at - '0');
    }
    if (count < min) {
        return false;
    }
    *ret_number = number;
    return true;
}

static bool read_month_name(struct cursor *c)
{
    for (int32_t i = 0; i < 12; i++) {
        size_t full = strlen(month_names[i]);
        bool is_full = strncasecmp(c->at, month_names[i], full) == 0;
        if (is_full || strncasecmp(c->at, month_names[i], 3) == 0) {
            c->month = i + 1;
            c->at += is_full ? full : 3;
            return true;
        }
    }
    return false;
}

/* One conversion letter. */
static bool read_part(struct cursor *c, char letter)
{
    int32_t dropped = 0;
    switch (letter) {
    case 'Y': return read_digits(c, 4, 4, &c->year);
    case 'm': return read_digits(c, 1, 2, &c->month);
    case 'd': return read_digits(c, 1, 2, &c->day);
    case 'b': return read_month_name(c);
    case 'H':
    case 'M':
    case 'S': return read_digits(c, 1, 2, &dropped);
    case 'y':
        if (!read_digits(c, 2, 2, &c->year)) {
            return false;
        }
        c->year += c->year >= 69 ? 1900 : 2000;
        return true;
    case '*': c->at += strlen(c->at); return true;
    case '%': return *c->at++ == '%';
    default: return false;
    }
}

static bool read_all(struct cursor *c, const char *format)
{
    bool fits = true;
    for (const char *f = format; *f != '\0' && fits; f++) {
        if (*f == '%') {
            f++;
            fits = read_part(c, *f);
        } else {
            fits = *c->at == *f;
            c->at += fits;
        }
    }
    return fits && *c->at == '\0';
}

enum sl_err sl_day_text_read(const char *text, const char *format, sl_day *ret_day)
{
    struct cursor c = {.at = text};
    if (!sl_day_format_is_valid(format) || !read_all(&c, format) || c.year < 0) {
        return SL_E_BAD_DATE;
    }
    char iso[SL_DAY_TEXT_MAX * 3];
    int len = snprintf(iso, sizeof iso, "%04d-%02d-%02d", c.year, c.month, c.day);
    return sl_day_parse((struct sl_slice){(const uint8_t *)iso, (size_t)len}, ret_day);
}

bool sl_day_format_is_valid(const char *format)
{
    bool has_year = false;
    bool has_month = false;
    bool has_day = false;
    for (const char *f = strchr(format, '%'); f != NULL; f = strchr(f + 2, '%')) {
        if (f[1] == '\0' || strchr("YymdbHMS*%", f[1]) == NULL) {
            return false;
        }
        has_year = has_year || f[1] == 'Y' || f[1] == 'y';
        has_month = has_month || f[1] == 'm' || f[1] == 'b';
        has_day = has_day || f[1] == 'd';
    }
    return has_year && has_month && has_day;
}
