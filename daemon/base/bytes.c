/* Growth doubles, so that n appended bytes cost O(n). */
#include "base/bytes.h"

#include <stdlib.h>
#include <string.h>

#include "base/seal.h"

#define CAPACITY_MIN 256u

void sl_bytes_init(struct sl_bytes *bytes, size_t bytes_max)
{
    *bytes = (struct sl_bytes){.bytes_max = bytes_max};
}

/* So many from there on are gone. */
static void wipe(const struct sl_bytes *bytes, size_t from, size_t size)
{
    if (bytes->is_secret && size > 0) {
        sl_wipe(bytes->data + from, size);
    }
}

void sl_bytes_deinit(struct sl_bytes *bytes)
{
    wipe(bytes, 0, bytes->len);
    free(bytes->data);
    *bytes = (struct sl_bytes){.bytes_max = bytes->bytes_max, .is_secret = bytes->is_secret};
}

static uint8_t *grow(struct sl_bytes *bytes, size_t capacity)
{
    if (!bytes->is_secret) {
        return realloc(bytes->data, capacity);
    }
    uint8_t *data = malloc(capacity); /* realloc would leave a copy behind */
    if (data != NULL && bytes->len > 0) {
        memcpy(data, bytes->data, bytes->len);
        wipe(bytes, 0, bytes->len);
    }
    if (data != NULL) {
        free(bytes->data);
    }
    return data;
}

static size_t next_capacity(const struct sl_bytes *bytes, size_t wanted)
{
    size_t capacity = bytes->capacity < CAPACITY_MIN ? CAPACITY_MIN : bytes->capacity;
    while (capacity < wanted && capacity <= bytes->bytes_max / 2) {
        capacity *= 2;
    }
    if (capacity < wanted || capacity > bytes->bytes_max) {
        capacity = bytes->bytes_max;
    }
    return capacity;
}

enum sl_err sl_bytes_reserve(struct sl_bytes *bytes, size_t size)
{
    if (size > bytes->bytes_max - bytes->len) {
        return SL_E_TOO_BIG;
    }
    if (size <= bytes->capacity - bytes->len) {
        return SL_OK;
    }
    size_t capacity = next_capacity(bytes, bytes->len + size);
    uint8_t *data = grow(bytes, capacity);
    if (data == NULL) {
        return SL_E_NO_MEMORY;
    }
    bytes->data = data;
    bytes->capacity = capacity;
    return SL_OK;
}

enum sl_err sl_bytes_append(struct sl_bytes *bytes, const void *data, size_t size)
{
    enum sl_err err = sl_bytes_reserve(bytes, size);
    if (err == SL_OK && size > 0) {
        memcpy(bytes->data + bytes->len, data, size);
        bytes->len += size;
    }
    return err;
}

uint8_t *sl_bytes_extend(struct sl_bytes *bytes, size_t size)
{
    if (sl_bytes_reserve(bytes, size) != SL_OK) {
        return NULL;
    }
    uint8_t *start = bytes->data + bytes->len;
    bytes->len += size;
    return start;
}

void sl_bytes_clear(struct sl_bytes *bytes)
{
    wipe(bytes, 0, bytes->len);
    bytes->len = 0;
}

void sl_bytes_consume(struct sl_bytes *bytes, size_t size)
{
    SL_ASSERT(size <= bytes->len);
    bytes->len -= size;
    if (bytes->len > 0) {
        memmove(bytes->data, bytes->data + size, bytes->len);
    }
    wipe(bytes, bytes->len, size);
}

struct sl_slice sl_bytes_slice(const struct sl_bytes *bytes)
{
    return (struct sl_slice){bytes->data, bytes->len};
}
