/* What writing and reading a backup have in common: the records are verified and added up. */
#include <assert.h>
#include <string.h>

#include "sl/stored/backup_impl.h"

static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__,
              "numbers are copied as they are: little-endian");
static_assert(AT_ROOT + SL_SHA256_BYTES == HEAD_BYTES, "the root ends the head");
static_assert(AT_END_DIGEST + SL_SHA256_BYTES == END_BYTES, "the digest ends the end");

enum sl_err sl_backup_sum_init(struct sl_backup_sum *sum)
{
    *sum = (struct sl_backup_sum){0};
    enum sl_err err = sl_sha256_init(&sum->file);
    if (err == SL_OK) {
        err = sl_sha256_init(&sum->leaf);
    }
    if (err == SL_OK) {
        sl_sha256_begin(&sum->file);
    }
    return err;
}

void sl_backup_sum_deinit(struct sl_backup_sum *sum)
{
    sl_sha256_deinit(&sum->file);
    sl_sha256_deinit(&sum->leaf);
}

uint32_t sl_backup_section_crc(const uint8_t *head, struct sl_slice body)
{
    return sl_crc32c(sl_crc32c(0, head, AT_CRC), body.data, body.len);
}

enum sl_err sl_backup_take_record(struct sl_backup_sum *sum,
                                  struct sl_slice *rest,
                                  struct sl_record *ret_record)
{
    uint32_t len;
    if (rest->len < sizeof len) {
        return SL_E_CORRUPT;
    }
    memcpy(&len, rest->data, sizeof len);
    if (len > rest->len - sizeof len) {
        return SL_E_CORRUPT;
    }
    struct sl_slice bytes = {rest->data + sizeof len, len};
    enum sl_err err = sl_record_decode((sl_seq){sum->tree.size + 1}, bytes, ret_record);
    if (err != SL_OK) {
        return err;
    }
    uint8_t nodes[SL_MERKLE_NODES_MAX * SL_SHA256_BYTES];
    (void)sl_merkle_append(&sum->tree, &sum->leaf, bytes, nodes); /* the nodes are the store's */
    rest->data += sizeof len + len;
    rest->len -= sizeof len + len;
    return SL_OK;
}

enum sl_err sl_backup_check_sum(struct sl_backup_sum *sum,
                                const struct sl_backup_head *head,
                                struct sl_diag *diag)
{
    if (sum->tree.size != head->last.v) {
        return sl_refuse(diag, SL_E_CORRUPT, "", "%llu records, the head says %llu",
                         (unsigned long long)sum->tree.size, (unsigned long long)head->last.v);
    }
    uint8_t root[SL_SHA256_BYTES];
    sl_merkle_root(&sum->tree, &sum->leaf, root);
    if (memcmp(root, head->root, sizeof root) != 0) {
        return sl_refuse(diag, SL_E_CORRUPT, "",
                         "the records have another root than the head says");
    }
    return SL_OK;
}
