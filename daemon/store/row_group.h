/* Rows of a packed table: neighbours lie together in one LMDB value, without what they have in common.
 *
 *     LMDB key     that of the first row, 16 bytes big-endian
 *     LMDB value   row, row, ... in ascending order of their keys
 *     row          nibbles: one for each word that follows, the low nibble first, padded to whole bytes; how many bytes of the
 *                           word are stored, 0 to 8
 *                  words:   key.hi less the previous row's; key.lo, less the previous row's if hi is the same; the row's own
 *                           8-byte words. Of each the lowest bytes, little-endian; the sign of the last one goes on above it
 *
 * The first row's key is told from the LMDB key. What is zero takes no byte, what is small takes few: most rows are a third
 * as long as in memory, and a page holds three times as many.
 *
 * A group that does not end with a row, or whose keys do not ascend, is damage. */
#ifndef SL_STORE_ROW_GROUP_H
#define SL_STORE_ROW_GROUP_H

#include "base/map.h"
#include "sl/err.h"

#define SL_PACKED_ROW_BYTES_MAX 80u
#define SL_GROUP_ROWS_MAX       64u

/* Half of what LMDB keeps in a page of 4 KiB, less its own: more would go to a page by itself. */
#define SL_GROUP_BYTES_MAX 1960u

/* No row of so many bytes takes more when it is packed. */
static inline size_t sl_group_row_bytes_max(size_t row_size)
{
    size_t words = 2 + row_size / 8;
    return (words + 1) / 2 + words * 8;
}

/* Reads a group row by row. `at` and `end` are borrowed. */
struct sl_group_reader {
    const uint8_t *at;
    const uint8_t *end;
    struct sl_key key; /* of the row read last; before the first, the group's */
    uint32_t row_size;
    bool is_first;
};

void sl_group_read_begin(struct sl_group_reader *reader,
                         struct sl_key group,
                         const void *value,
                         size_t len,
                         size_t row_size);

static inline bool sl_group_has_next(const struct sl_group_reader *reader)
{
    return reader->at != reader->end;
}

/* The next row's key into reader->key, its bytes into ret_row. SL_E_CORRUPT. */
SL_MUST_CHECK enum sl_err sl_group_read_next(struct sl_group_reader *reader, void *ret_row);

/* Packs ascending rows into `ret_bytes`, which has sl_group_row_bytes_max for each of them and 8 bytes more; gives the length. */
size_t sl_group_pack(const struct sl_key *keys,
                     const uint8_t *rows,
                     size_t count,
                     size_t row_size,
                     uint8_t *ret_bytes);

#endif
