/* Packing rows, and reading them back. */
#include "store/row_group.h"

#include <string.h>

#define WORD_BYTES  8u
#define KEY_WORDS   2u
#define WORDS_MAX   (KEY_WORDS + SL_PACKED_ROW_BYTES_MAX / WORD_BYTES)
#define NIBBLE_BITS 4u
#define NIBBLE_MASK 15u

void sl_group_read_begin(struct sl_group_reader *reader,
                         struct sl_key group,
                         const void *value,
                         size_t len,
                         size_t row_size)
{
    const uint8_t *bytes = value;
    *reader = (struct sl_group_reader){
        .at = bytes,
        .end = bytes + len,
        .key = group,
        .row_size = (uint32_t)row_size,
        .is_first = true,
    };
}

/* A word of `len` bytes, 1 to 8; `room` bytes from `at` on may be looked at. */
static uint64_t get_word(const uint8_t *at, size_t len, size_t room)
{
    uint64_t word = 0;
    if (room >= WORD_BYTES) {
        memcpy(&word, at, WORD_BYTES);
    } else {
        memcpy(&word, at, len);
    }
    unsigned above = (unsigned)(WORD_BYTES - len) * 8;
    return (uint64_t)((int64_t)(word << above) >> above);
}

/* The words of one row, whose nibbles lie at `nibbles`. */
static bool get_words(struct sl_group_reader *reader,
                      const uint8_t *nibbles,
                      size_t count,
                      uint64_t words[WORDS_MAX])
{
    const uint8_t *at = nibbles + (count + 1) / 2;
    for (size_t i = 0; i < count; i++) {
        size_t len = ((size_t)nibbles[i / 2] >> (i % 2 * NIBBLE_BITS)) & NIBBLE_MASK;
        size_t room = (size_t)(reader->end - at);
        if (len > WORD_BYTES || len > room) {
            return false;
        }
        words[i] = len > 0 ? get_word(at, len, room) : 0;
        at += len;
    }
    reader->at = at;
    return true;
}

enum sl_err sl_group_read_next(struct sl_group_reader *reader, void *ret_row)
{
    uint64_t words[WORDS_MAX];
    words[0] = 0;
    words[1] = 0;
    size_t count = KEY_WORDS + reader->row_size / WORD_BYTES;
    size_t room = (size_t)(reader->end - reader->at);
    if (room < (count + 1) / 2 || !get_words(reader, reader->at, count, words)) {
        return SL_E_CORRUPT;
    }
    struct sl_key key = {reader->key.hi + words[0],
                         words[0] == 0 ? reader->key.lo + words[1] : words[1]};
    int order = sl_key_compare(key, reader->key);
    if (order < 0 || (order == 0) != reader->is_first) {
        return SL_E_CORRUPT;
    }
    reader->key = key;
    reader->is_first = false;
    memcpy(ret_row, words + KEY_WORDS, reader->row_size);
    return SL_OK;
}

/* Bytes that give the word back: its own, and room for the sign in the highest. */
static size_t length_of(uint64_t word)
{
    uint64_t magnitude = word >> 63 != 0 ? ~word : word;
    if (word == 0) {
        return 0;
    }
    size_t bits = magnitude == 0 ? 1 : 65u - (size_t)__builtin_clzll(magnitude);
    return (bits + 7) / 8;
}

static uint8_t *put_words(const uint64_t *words, size_t count, uint8_t *at)
{
    uint8_t *nibbles = at;
    memset(nibbles, 0, (count + 1) / 2);
    at += (count + 1) / 2;
    for (size_t i = 0; i < count; i++) {
        size_t len = length_of(words[i]);
        nibbles[i / 2] |= (uint8_t)(len << (i % 2 * NIBBLE_BITS));
        memcpy(at, &words[i], WORD_BYTES); /* what is above its length is overwritten by the next */
        at += len;
    }
    return at;
}

size_t sl_group_pack(const struct sl_key *keys,
                     const uint8_t *rows,
                     size_t count,
                     size_t row_size,
                     uint8_t *ret_bytes)
{
    uint64_t words[WORDS_MAX];
    uint8_t *at = ret_bytes;
    struct sl_key previous = keys[0];
    for (size_t i = 0; i < count; i++) {
        words[0] = keys[i].hi - previous.hi;
        words[1] = words[0] == 0 ? keys[i].lo - previous.lo : keys[i].lo;
        memcpy(words + KEY_WORDS, rows + i * row_size, row_size);
        at = put_words(words, KEY_WORDS + row_size / WORD_BYTES, at);
        previous = keys[i];
    }
    return (size_t)(at - ret_bytes);
}
