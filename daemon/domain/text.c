/* Eight bytes at a time while they are printable ASCII, which ids nearly always are; one character at a time otherwise. */
#include "domain/text.h"

#include <string.h>

#define SHOWN_BYTES 40u

#define EACH_BYTE(b) (0x0101010101010101u * (uint64_t)(b))

/* Are these eight bytes all 0x20 to 0x7e? Per byte and without carries between them: the top bit is set in the word
 * itself, or borrowed by x - 0x20 (below 0x20), or reached by x + 1 (0x7f). */
static bool is_printable_word(uint64_t word)
{
    uint64_t high = EACH_BYTE(0x80);
    if ((word & high) != 0) {
        return false;
    }
    uint64_t below = ~((word | high) - EACH_BYTE(0x20)) & high;
    uint64_t is_delete = (word + EACH_BYTE(0x01)) & high;
    return (below | is_delete) == 0;
}

/* Length of the character at `at` if it is valid, else 0; its code point goes to `ret_code`. `len` is above 0. */
static size_t character(const uint8_t *at, size_t len, uint32_t *ret_code)
{
    static const uint32_t least[5] = {0, 0, 0x80, 0x800, 0x10000};
    uint32_t first = at[0];
    if (first < 0x80) {
        *ret_code = first;
        return 1;
    }
    size_t size = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
    if (first < 0xc2 || first > 0xf4 || size > len) {
        return 0;
    }
    uint32_t code = first & (0xffu >> (size + 1));
    for (size_t i = 1; i < size; i++) {
        if ((at[i] & 0xc0u) != 0x80) {
            return 0;
        }
        code = code << 6 | (at[i] & 0x3fu);
    }
    if (code < least[size] || code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff)) {
        return 0;
    }
    *ret_code = code;
    return size;
}

static bool is_control(uint32_t code)
{
    return code < 0x20 || (code >= 0x7f && code < 0xa0);
}

static bool is_layout(uint32_t code)
{
    return code == '\t' || code == '\n' || code == '\r';
}

/* Bytes at the front that are printable ASCII in whole words. */
static size_t printable_words(const uint8_t *at, size_t len)
{
    size_t done = 0;
    uint64_t word;
    while (len - done >= sizeof word) {
        memcpy(&word, at + done, sizeof word);
        if (!is_printable_word(word)) {
            break;
        }
        done += sizeof word;
    }
    return done;
}

static bool is_valid(struct sl_slice text, bool allows_layout)
{
    size_t at = 0;
    while (at < text.len) {
        at += printable_words(text.data + at, text.len - at);
        if (at == text.len) {
            break;
        }
        uint32_t code = 0;
        size_t size = character(text.data + at, text.len - at, &code);
        if (size == 0 || (is_control(code) && !(allows_layout && is_layout(code)))) {
            return false;
        }
        at += size;
    }
    return true;
}

bool sl_text_is_plain(struct sl_slice text)
{
    return is_valid(text, false);
}

bool sl_text_is_prose(struct sl_slice text)
{
    return is_valid(text, true);
}

bool sl_text_equal(struct sl_slice a, struct sl_slice b)
{
    return a.len == b.len && (a.len == 0 || memcmp(a.data, b.data, a.len) == 0);
}

void sl_text_clean(struct sl_slice text, char *buf)
{
    size_t at = 0;
    while (at < text.len) {
        uint32_t code = 0;
        size_t size = character(text.data + at, text.len - at, &code);
        if (size == 0 || is_control(code)) {
            size = size == 0 ? 1 : size;
            memset(buf + at, '?', size);
        } else {
            memcpy(buf + at, text.data + at, size);
        }
        at += size;
    }
    buf[at] = '\0';
}

/* Where to cut a clean text so that at most `max` bytes stay and no character is torn. */
static size_t cut_at(const char *clean, size_t max)
{
    while (max > 0 && ((uint8_t)clean[max] & 0xc0u) == 0x80) {
        max--;
    }
    return max;
}

const char *sl_text_show(struct sl_slice text, char *buf)
{
    char clean[SHOWN_BYTES + 4 +
               1]; /* one character more than is shown, so that the cut sees where it begins */
    bool is_cut = text.len > SHOWN_BYTES;
    struct sl_slice seen = {text.data, is_cut ? sizeof clean - 1 : text.len};
    if (seen.len > text.len) {
        seen.len = text.len;
    }
    sl_text_clean(seen, clean);
    size_t len = is_cut ? cut_at(clean, SHOWN_BYTES) : seen.len;
    memcpy(buf, clean, len);
    memcpy(buf + len, is_cut ? "..." : "", is_cut ? 4 : 1);
    return buf;
}
