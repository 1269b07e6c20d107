/* What LMDB holds of the keys (keys.h), each value closed by a CRC32C: a flipped bit may neither make a living customer an erased one, nor
 * have the secret of another overwritten.
 *
 *     row     customer -> which key, where its secret lies, when it was erased and by whom    seal over customer and row
 *     meta    how many secrets there are, and what the last erasure overwrote                  seal over meta
 *
 * Folders made before there were seals have rows whose reserved bytes are zeros, and a meta of 24 bytes; what is written is sealed. */
#ifndef SL_STORE_KEY_ROW_H
#define SL_STORE_KEY_ROW_H

#include <stddef.h>

#include "base/seal.h"
#include "sl/err.h"
#include "sl/limits.h"
#include "sl/types.h"

/* This much of it is stored, and as many bytes of `erased_by`. */
struct sl_key_row {
    uint8_t is_live;
    uint8_t erased_by_len;
    uint8_t reserved[2];
    uint32_t seal;
    uint8_t key_id[SL_SEAL_KEY_ID_BYTES];
    uint64_t slot; /* of that key */
    int64_t erased_us;
    uint8_t erased_by[SL_ID_TEXT_BYTES_MAX];
};
#define SL_KEY_ROW_BYTES_MIN offsetof(struct sl_key_row, erased_by)

struct sl_keys_meta {
    uint64_t slots;       /* how many are given away */
    uint64_t overwritten; /* 1 + the slot whose secret was destroyed last; 0: none */
    uint64_t since;       /* seq of the event that the first key was made for */
    /* Here ends one that was made before there were seals. */
    uint8_t ledger_id[16];
    uint8_t overwritten_key[SL_SEAL_KEY_ID_BYTES]; /* the id of that secret; zeros: not known */
    uint32_t has_sealed_rows;                      /* 1: all of them */
    uint32_t seal;
};

/* Fills in the seal; gives how many bytes of the row are stored. */
size_t sl_key_row_seal(struct sl_slice customer, struct sl_key_row *row);
/* SL_E_CORRUPT. */
SL_MUST_CHECK enum sl_err sl_key_row_get(struct sl_slice customer,
                                         struct sl_slice value,
                                         bool must_be_sealed,
                                         struct sl_key_row *ret_row);

void sl_keys_meta_seal(struct sl_keys_meta *meta);
/* SL_E_CORRUPT, or SL_E_FORMAT for another length. */
SL_MUST_CHECK enum sl_err sl_keys_meta_get(struct sl_slice value, struct sl_keys_meta *ret_meta);

#endif
