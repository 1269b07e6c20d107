/* From replies to error codes. */
#include "salesledger.h"

#include <stdio.h>

/* A refusal needs a code: 0 would say success. */
static enum sl_err error_code(const Salesledger__V1__Error *error)
{
    return error->has_code && error->code != 0 ? (enum sl_err)error->code : SL_E_MALFORMED;
}

static enum sl_err refusal(const Salesledger__V1__Error *error, struct sl_diag *diag)
{
    enum sl_err err = error_code(error);
    const char *field = error->field != NULL ? error->field : "";
    const char *message = error->message != NULL ? error->message : sl_err_text(err);
    bool is_known = sl_err_name(err) != sl_err_name((enum sl_err)INT32_MAX);
    if (!is_known && error->name != NULL) {
        return sl_refuse(diag, err, field, "%s: %s", error->name, message);
    }
    return sl_refuse(diag, err, field, "%s", message);
}

enum sl_err sl_client_reply_err(const Salesledger__V1__Reply *reply, struct sl_diag *diag)
{
    return reply->error == NULL ? SL_OK : refusal(reply->error, diag);
}

enum sl_err sl_client_receipt_err(const Salesledger__V1__Receipt *receipt, struct sl_diag *diag)
{
    return receipt->error == NULL ? SL_OK : refusal(receipt->error, diag);
}

void sl_client_reply_free(Salesledger__V1__Reply *reply)
{
    if (reply != NULL) {
        salesledger__v1__reply__free_unpacked(reply, NULL);
    }
}
