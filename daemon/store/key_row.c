/* Seals, and what was written before there were any. */
#include "store/key_row.h"

#include <assert.h>
#include <string.h>

#include "sl/stored/hash.h"

#define META_BYTES_UNSEALED offsetof(struct sl_keys_meta, ledger_id)

static_assert(sizeof(struct sl_key_row) == 96, "no padding");
static_assert(sizeof(struct sl_keys_meta) == 56, "no padding");

/* As if it were zero where it stands. */
static uint32_t row_seal(struct sl_slice customer, const struct sl_key_row *row)
{
    struct sl_key_row copy = *row;
    copy.seal = 0;
    uint32_t begin = sl_crc32c(0, customer.data, customer.len);
    return sl_crc32c(begin, &copy, SL_KEY_ROW_BYTES_MIN + row->erased_by_len);
}

size_t sl_key_row_seal(struct sl_slice customer, struct sl_key_row *row)
{
    row->seal = row_seal(customer, row);
    return SL_KEY_ROW_BYTES_MIN + row->erased_by_len;
}

enum sl_err sl_key_row_get(struct sl_slice customer,
                           struct sl_slice value,
                           bool must_be_sealed,
                           struct sl_key_row *ret_row)
{
    struct sl_key_row row = {0};
    bool is_row =
        value.len >= SL_KEY_ROW_BYTES_MIN && value.len <= sizeof row &&
        value.data[offsetof(struct sl_key_row, erased_by_len)] == value.len - SL_KEY_ROW_BYTES_MIN;
    if (!is_row) {
        return SL_E_CORRUPT;
    }
    memcpy(&row, value.data, value.len);
    bool is_unsealed = row.seal == 0 && row.reserved[0] == 0 && row.reserved[1] == 0;
    if (row.seal != row_seal(customer, &row) && (must_be_sealed || !is_unsealed)) {
        return SL_E_CORRUPT;
    }
    *ret_row = row;
    return SL_OK;
}

static uint32_t meta_seal(const struct sl_keys_meta *meta)
{
    return sl_crc32c(0, meta, offsetof(struct sl_keys_meta, seal));
}

void sl_keys_meta_seal(struct sl_keys_meta *meta)
{
    meta->seal = meta_seal(meta);
}

enum sl_err sl_keys_meta_get(struct sl_slice value, struct sl_keys_meta *ret_meta)
{
    struct sl_keys_meta meta = {0};
    if (value.len != sizeof meta && value.len != META_BYTES_UNSEALED) {
        return SL_E_FORMAT;
    }
    memcpy(&meta, value.data, value.len);
    if (value.len == sizeof meta && meta.seal != meta_seal(&meta)) {
        return SL_E_CORRUPT;
    }
    *ret_meta = meta;
    return SL_OK;
}
