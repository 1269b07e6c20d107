/* Undressing numbers. */
#include "import/number_text.h"

#include <string.h>

/* Bytes of the UTF-8 character at `text`; 1 for what is not UTF-8. */
static size_t character_size(const char *text)
{
    size_t size = 1;
    while (((unsigned char)text[0] & 0xc0) == 0xc0 && ((unsigned char)text[size] & 0xc0) == 0x80) {
        size++;
    }
    return size;
}

/* Characters that mean nothing: group signs and what the mapping strips. */
static bool is_noise(const struct sl_number_style *style, const char *text, size_t size)
{
    bool is_group = style->group != '\0' && text[0] == style->group;
    bool is_stripped =
        style->strip != NULL && memmem(style->strip, strlen(style->strip), text, size) != NULL;
    return is_group || is_stripped;
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
    size_t len = 0;
    size_t size = 0;
    for (size_t i = text[0] == '+' ? 1 : 0; i < end; i += size) {
        size = character_size(text + i);
        if (is_noise(style, text + i, size)) {
            continue;
        }
        if (len + size >= SL_NUMBER_TEXT_MAX) {
            return SL_E_TOO_BIG;
        }
        memcpy(buf + len, text + i, size);
        /* A dot that is neither the decimal sign nor a group is a mistake: '?' makes the parser refuse it. */
        if (text[i] == style->decimal) {
            buf[len] = '.';
        } else if (text[i] == '.') {
            buf[len] = '?';
        }
        len += size;
    }
    buf[len] = '\0';
    return SL_OK;
}
