/* Pages of a backup. Records are handed on as they are stored, so their page is laid out by hand, as those of events are. */
#include <string.h>

#include "codec/encoder.h"
#include "codec/scan.h"
#include "codec/wire.h"

/* Field numbers of api.proto; tests/service/test_backup.c reads the pages back with protobuf-c. */
#define REPLY_BACKUP   26u
#define PAGE_FIRST_SEQ 2u
#define PAGE_COUNT     3u
#define PAGE_RECORDS   4u
#define PAGE_SINCE     5u
#define PAGE_KEYS      6u

#define LEN_BYTES sizeof(uint32_t) /* before each record */

enum sl_err sl_reply_backup_head(const struct sl_reply *reply, const struct sl_backup_head *head)
{
    struct sl_encoder encoder = {.arena = reply->arena};
    Salesledger__V1__BackupHead body = SALESLEDGER__V1__BACKUP_HEAD__INIT;
    body.timezone = sl_encoder_string(&encoder, head->timezone);
    body.currency = sl_encoder_string(&encoder, head->currency);
    SL_PUT(&body, ledger_id, sl_encoder_bytes(&encoder, head->ledger_id, sizeof head->ledger_id));
    SL_PUT(&body, policy, (Salesledger__V1__Settings__Policy)head->policy);
    SL_PUT(&body, created_us, head->created.v);
    SL_PUT(&body, last_seq, head->last.v);
    SL_PUT(&body, tree_root, sl_encoder_bytes(&encoder, head->root, sizeof head->root));
    Salesledger__V1__BackupPage page = SALESLEDGER__V1__BACKUP_PAGE__INIT;
    page.head = &body;
    Salesledger__V1__Reply message = SALESLEDGER__V1__REPLY__INIT;
    message.backup = &page;
    return sl_encoder_send(&encoder, reply, &message);
}

enum sl_err
sl_reply_backup_records(const struct sl_reply *reply, const struct sl_record *records, size_t count)
{
    SL_ASSERT(count > 0);
    size_t bytes = 0;
    for (size_t i = 0; i < count; i++) {
        bytes += LEN_BYTES + records[i].bytes.len;
    }
    size_t size = sl_uint_size(PAGE_FIRST_SEQ, records[0].seq.v) + sl_uint_size(PAGE_COUNT, count) +
                  sl_bytes_size(PAGE_RECORDS, bytes);
    enum sl_err err;
    uint8_t *at = sl_reply_begin(reply, REPLY_BACKUP, size, &err);
    if (at == NULL) {
        return err;
    }
    const uint8_t *end = at + size;
    at = sl_put_uint(at, PAGE_FIRST_SEQ, records[0].seq.v);
    at = sl_put_uint(at, PAGE_COUNT, count);
    at = sl_put_varint(sl_put_tag(at, PAGE_RECORDS, SL_WIRE_BYTES), bytes);
    for (size_t i = 0; i < count; i++) {
        uint32_t len = (uint32_t)records[i].bytes.len;
        memcpy(at, &len, LEN_BYTES);
        memcpy(at + LEN_BYTES, records[i].bytes.data, len);
        at += LEN_BYTES + len;
    }
    SL_ASSERT(at == end);
    return SL_OK;
}

enum sl_err sl_reply_backup_keys(const struct sl_reply *reply,
                                 sl_seq since,
                                 const struct sl_backup_key *keys,
                                 size_t count)
{
    SL_ASSERT(reply->out->is_secret);
    size_t bytes = count * SL_BACKUP_KEY_BYTES;
    size_t size = sl_uint_size(PAGE_SINCE, since.v) + sl_bytes_size(PAGE_KEYS, bytes);
    enum sl_err err;
    uint8_t *at = sl_reply_begin(reply, REPLY_BACKUP, size, &err);
    if (at == NULL) {
        return err;
    }
    const uint8_t *end = at + size;
    at = sl_put_uint(at, PAGE_SINCE, since.v);
    at = sl_put_varint(sl_put_tag(at, PAGE_KEYS, SL_WIRE_BYTES), bytes);
    for (size_t i = 0; i < count; i++, at += SL_BACKUP_KEY_BYTES) {
        sl_backup_key_encode(&keys[i], at);
    }
    SL_ASSERT(at == end);
    return SL_OK;
}
