/* Requests to frames. */
#ifndef SL_CLIENT_ENCODE_H
#define SL_CLIENT_ENCODE_H

#include "ids.h"
#include "salesledger/v1/api.pb-c.h"
#include "sl/frame.h"

struct sl_encoded {
    uint8_t *bytes; /* header and message, from malloc, the caller's */
    size_t len;
};

/* SL_E_TOO_BIG, SL_E_NO_MEMORY. */
SL_MUST_CHECK enum sl_err sl_encode(const Salesledger__V1__Request *request,
                                    struct sl_encoded *ret_frame,
                                    struct sl_diag *diag);

/* The same under another tag, and with an id for each event that has none; the request is as
 * before afterwards. Also SL_E_TOO_MANY, SL_E_USAGE (a NULL event), SL_E_IO. */
SL_MUST_CHECK enum sl_err sl_encode_tagged(Salesledger__V1__Request *request,
                                           uint64_t tag,
                                           struct sl_ids *ids,
                                           struct sl_encoded *ret_frame,
                                           struct sl_diag *diag);

#endif
