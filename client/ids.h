/* A source of UUIDv7 ids. Random bytes are fetched from the system in blocks: one getrandom per
 * id would cost more than packing the event. */
#ifndef SL_CLIENT_IDS_H
#define SL_CLIENT_IDS_H

#include "sl/err.h"
#include "sl/types.h"

#define SL_IDS_BLOCK_BYTES 2560u /* 256 ids */

struct sl_ids {
    uint8_t random[SL_IDS_BLOCK_BYTES];
    size_t left; /* unused bytes at the end of `random`; zeroed is a valid start */
};

/* SL_E_IO if the system gives no random bytes. */
SL_MUST_CHECK enum sl_err sl_ids_next(struct sl_ids *ids, struct sl_id *ret_id);

#endif
