/* Undressing numbers. */
#include "import/number_text.h"

#include <string.h>

#define GROUP_DIGITS 3u

/* Bytes of the UTF-8 character at `text`; 1 for what is not UTF-8. */
static size_t character_size(const char *text)
{
    size_t size = 1;
    while (((unsigned char)text[0] & 0xc0) == 0xc0 && ((unsigned char)text[size] & 0xc0) == 0x80) {
        size++;
    }
    return size;
}

static bool is_stripped(const struct sl_number_style *style, const char *text, size_t size)
{
    return style->strip != NULL && memmem(style->strip, strlen(style->strip), text, size) != NULL;
}

/* The first `end` bytes of the text without what the mapping strips. */
static enum sl_err strip(const char *text,
                         size_t end,
                         const struct sl_number_style *style,
                         char buf[SL_NUMBER_TEXT_MAX])
{
    size_t len = 0;
    size_t size = 0;
    for (size_t i = 0; i < end; i += size) {
        size = character_size(text + i);
        if (is_stripped(style, text + i, size)) {
            continue;
        }
        if (len + size >= SL_NUMBER_TEXT_MAX) {
            return SL_E_TOO_BIG;
        }
        memcpy(buf + len, text + i, size);
        len += size;
    }
    buf[len] = '\0';
    return SL_OK;
}

static size_t digits(const char *text)
{
    return strspn(text, "0123456789");
}

/* Copies the digits of the whole part; a group sign has digits before it and three behind it. Gives how far it got, NULL if a
 * group is none. */
static const char *copy_whole(const char *at, char group, char **out)
{
    size_t run = digits(at);
    bool is_grouped = group != '\0' && at[run] == group;
    if (is_grouped && run == 0) {
        return NULL;
    }
    memcpy(*out, at, run);
    *out += run;
    at += run;
    while (is_grouped && *at == group) {
        if (digits(at + 1) != GROUP_DIGITS) {
            return NULL;
        }
        memcpy(*out, at + 1, GROUP_DIGITS);
        *out += GROUP_DIGITS;
        at += 1 + GROUP_DIGITS;
    }
    return at;
}

enum sl_err sl_number_text_plain(const char *text,
                                 const struct sl_number_style *style,
                                 bool is_percent,
                                 char buf[SL_NUMBER_TEXT_MAX])
{
    size_t end = strlen(text);
    if (is_percent && end > 0 && text[end - 1] == '%') {
        end--;
    }
    char bare[SL_NUMBER_TEXT_MAX];
    enum sl_err err = strip(text, end, style, bare);
    if (err != SL_OK) {
        return err;
    }
    char plain[SL_NUMBER_TEXT_MAX]; /* never longer than `bare` */
    char *out = plain;
    const char *at = bare;
    if (*at == '-') {
        *out++ = '-';
    }
    at += *at == '-' || *at == '+';
    at = copy_whole(at, style->group, &out);
    if (at != NULL && *at == style->decimal) {
        *out++ = '.';
        size_t run = digits(++at);
        memcpy(out, at, run);
        out += run;
        at += run;
    }
    if (at == NULL || *at != '\0') {
        return SL_E_INVALID_FIELD;
    }
    *out = '\0';
    memcpy(buf, plain, (size_t)(out - plain) + 1);
    return SL_OK;
}
