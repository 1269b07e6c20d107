/* A growable byte buffer that was told its maximum.
 *
 * Invariants: len <= capacity <= bytes_max; a refused append changes nothing. `data` moves when it grows.
 * Once `is_secret` is set, for good, zeros are where bytes were that are gone: consumed, cleared, moved or given back. */
#ifndef SL_BASE_BYTES_H
#define SL_BASE_BYTES_H

#include "sl/err.h"
#include "sl/types.h"

struct sl_bytes {
    uint8_t *data;
    size_t len;
    size_t capacity;
    size_t bytes_max;
    bool is_secret;
};

void sl_bytes_init(struct sl_bytes *bytes, size_t bytes_max);
void sl_bytes_deinit(struct sl_bytes *bytes);

/* Room for `size` more bytes behind `len`. SL_E_TOO_BIG beyond the maximum, SL_E_NO_MEMORY. */
SL_MUST_CHECK enum sl_err sl_bytes_reserve(struct sl_bytes *bytes, size_t size);

/* The same errors as reserve. */
SL_MUST_CHECK enum sl_err sl_bytes_append(struct sl_bytes *bytes, const void *data, size_t size);

/* `size` bytes to be written by the caller; NULL where append would be refused. */
uint8_t *sl_bytes_extend(struct sl_bytes *bytes, size_t size);

/* Forgets the contents; keeps the memory. */
void sl_bytes_clear(struct sl_bytes *bytes);

/* Drops the first `size` bytes; the rest moves to the front. */
void sl_bytes_consume(struct sl_bytes *bytes, size_t size);

struct sl_slice sl_bytes_slice(const struct sl_bytes *bytes);

/* What is behind the first `size` bytes of a slice. */
static inline struct sl_slice sl_slice_behind(struct sl_slice slice, size_t size)
{
    return (struct sl_slice){slice.data + size, slice.len - size};
}

#endif
