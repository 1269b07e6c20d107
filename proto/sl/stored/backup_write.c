/* Writing a backup, section by section. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "sl/limits.h"
#include "sl/stored/backup_impl.h"
#include "sl/stored/file.h"

static_assert(SL_BACKUP_BODY_BYTES + RECORD_LEN_BYTES + SL_RECORD_HEADER_BYTES +
                      SL_ID_TEXT_BYTES_MAX + SL_EVENT_BYTES_MAX <=
                  SL_BACKUP_BODY_BYTES_MAX,
              "the record by which a body is full has room in it");
static_assert(SL_BACKUP_BODY_BYTES + SL_BACKUP_KEY_BYTES <= SL_BACKUP_BODY_BYTES_MAX, "a key, too");

static enum sl_err put(struct sl_backup_writer *writer, struct sl_slice bytes, struct sl_diag *diag)
{
    enum sl_err err = sl_file_write(writer->fd, bytes, writer->name, diag);
    if (err == SL_OK) {
        sl_sha256_update(&writer->sum.file, bytes.data, bytes.len);
        writer->sum.offset += bytes.len;
    }
    return err;
}

static enum sl_err put_section(struct sl_backup_writer *writer,
                               enum section_type type,
                               struct sl_slice body,
                               struct sl_diag *diag)
{
    uint8_t head[SECTION_BYTES];
    uint32_t number = (uint32_t)type;
    uint32_t len = (uint32_t)body.len;
    memcpy(head + AT_TYPE, &number, sizeof number);
    memcpy(head + AT_LEN, &len, sizeof len);
    uint32_t crc = sl_backup_section_crc(head, body);
    memcpy(head + AT_CRC, &crc, sizeof crc);
    enum sl_err err = put(writer, (struct sl_slice){head, sizeof head}, diag);
    return err == SL_OK ? put(writer, body, diag) : err;
}

static void encode_head(const struct sl_backup_head *head, uint8_t body[HEAD_BYTES])
{
    const uint64_t first = 1;
    memset(body, 0, HEAD_BYTES);
    memcpy(body + AT_LEDGER_ID, head->ledger_id, sizeof head->ledger_id);
    memcpy(body + AT_TIMEZONE, head->timezone, strnlen(head->timezone, sizeof head->timezone));
    memcpy(body + AT_CURRENCY, head->currency, strnlen(head->currency, sizeof head->currency));
    memcpy(body + AT_POLICY, &head->policy, sizeof head->policy);
    memcpy(body + AT_CREATED, &head->created.v, sizeof head->created.v);
    memcpy(body + AT_FIRST, &first, sizeof first);
    memcpy(body + AT_LAST, &head->last.v, sizeof head->last.v);
    memcpy(body + AT_TREE_SIZE, &head->last.v, sizeof head->last.v);
    memcpy(body + AT_ROOT, head->root, sizeof head->root);
}

enum sl_err sl_backup_write_head(struct sl_backup_writer *writer,
                                 int fd,
                                 const char *name,
                                 const struct sl_backup_head *head,
                                 struct sl_diag *diag)
{
    *writer = (struct sl_backup_writer){.fd = fd, .name = name, .head = *head};
    writer->body = malloc(SL_BACKUP_BODY_BYTES_MAX);
    writer->body_len = RECORDS_BYTES;
    enum sl_err err = sl_backup_sum_init(&writer->sum);
    if (err != SL_OK || writer->body == NULL) {
        return sl_refuse(diag, SL_E_NO_MEMORY, "", "%s", name);
    }
    uint8_t start[START_BYTES] = MAGIC;
    const uint32_t format = SL_BACKUP_FORMAT;
    memcpy(start + AT_FORMAT, &format, sizeof format);
    uint8_t body[HEAD_BYTES];
    encode_head(head, body);
    err = put(writer, (struct sl_slice){start, sizeof start}, diag);
    return err == SL_OK
               ? put_section(writer, SECTION_HEAD, (struct sl_slice){body, sizeof body}, diag)
               : err;
}

static enum sl_err refuse_records(const struct sl_backup_writer *writer, struct sl_diag *diag)
{
    return sl_refuse(diag, SL_E_CORRUPT, "", "what the daemon sent as seq %llu is not that record",
                     (unsigned long long)writer->sum.tree.size + 1);
}

/* The records at hand as one section. */
static enum sl_err put_records(struct sl_backup_writer *writer, struct sl_diag *diag)
{
    uint64_t first = writer->sum.tree.size + 1 - writer->body_count;
    memset(writer->body, 0, RECORDS_BYTES);
    memcpy(writer->body + AT_FIRST_SEQ, &first, sizeof first);
    memcpy(writer->body + AT_COUNT, &writer->body_count, sizeof writer->body_count);
    struct sl_slice body = {writer->body, writer->body_len};
    writer->body_len = RECORDS_BYTES;
    writer->body_count = 0;
    return put_section(writer, SECTION_RECORDS, body, diag);
}

/* The first record of *rest, if it is one. */
static enum sl_err
add_record(struct sl_backup_writer *writer, struct sl_slice *rest, struct sl_diag *diag)
{
    struct sl_slice before = *rest;
    struct sl_record record;
    if (sl_backup_take_record(&writer->sum, rest, &record) != SL_OK) {
        return refuse_records(writer, diag);
    }
    size_t len = before.len - rest->len;
    memcpy(writer->body + writer->body_len, before.data, len);
    writer->body_len += len;
    writer->body_count++;
    return writer->body_len < SL_BACKUP_BODY_BYTES ? SL_OK : put_records(writer, diag);
}

enum sl_err sl_backup_write_records(struct sl_backup_writer *writer,
                                    const struct sl_backup_block *block,
                                    struct sl_diag *diag)
{
    uint64_t done = writer->sum.tree.size;
    if (block->first.v != done + 1 || block->count == 0 ||
        block->count > writer->head.last.v - done) {
        return refuse_records(writer, diag);
    }
    struct sl_slice rest = block->records;
    enum sl_err err = writer->keys.are_there ? refuse_records(writer, diag) : SL_OK;
    for (uint32_t i = 0; i < block->count && err == SL_OK; i++) {
        err = add_record(writer, &rest, diag);
    }
    return err == SL_OK && rest.len > 0 ? refuse_records(writer, diag) : err;
}

static enum sl_err refuse_keys(const struct sl_backup_writer *writer, struct sl_diag *diag)
{
    unsigned long long number = writer->keys.live + writer->keys.erased + 1;
    return sl_refuse(diag, SL_E_CORRUPT, "",
                     "what the daemon sent as key %llu is not one, or does not follow", number);
}

/* The keys at hand as one section. */
static enum sl_err put_keys(struct sl_backup_writer *writer, struct sl_diag *diag)
{
    memset(writer->body, 0, KEYS_BYTES);
    memcpy(writer->body + AT_SINCE, &writer->keys.since.v, sizeof writer->keys.since.v);
    memcpy(writer->body + AT_KEY_COUNT, &writer->body_count, sizeof writer->body_count);
    struct sl_slice body = {writer->body, writer->body_len};
    writer->body_len = KEYS_BYTES;
    writer->body_count = 0;
    return put_section(writer, SECTION_KEYS, body, diag);
}

static enum sl_err
add_key(struct sl_backup_writer *writer, const uint8_t *bytes, struct sl_diag *diag)
{
    struct sl_backup_key key;
    enum sl_err err = sl_backup_key_take(&writer->keys, bytes, &key);
    if (err != SL_OK) {
        return refuse_keys(writer, diag);
    }
    sl_backup_wipe(&key, sizeof key);
    memcpy(writer->body + writer->body_len, bytes, SL_BACKUP_KEY_BYTES);
    writer->body_len += SL_BACKUP_KEY_BYTES;
    writer->body_count++;
    return writer->body_len < SL_BACKUP_BODY_BYTES ? SL_OK : put_keys(writer, diag);
}

/* Behind the last record. */
static enum sl_err begin_keys(struct sl_backup_writer *writer, sl_seq since, struct sl_diag *diag)
{
    enum sl_err err = sl_backup_check_sum(&writer->sum, &writer->head, diag);
    if (err == SL_OK && writer->body_count > 0) {
        err = put_records(writer, diag);
    }
    writer->body_len = KEYS_BYTES;
    writer->keys.are_there = true;
    writer->keys.since = since;
    return err;
}

enum sl_err sl_backup_write_keys(struct sl_backup_writer *writer,
                                 sl_seq since,
                                 struct sl_slice keys,
                                 struct sl_diag *diag)
{
    bool is_next = !writer->keys.are_there || writer->keys.since.v == since.v;
    bool is_whole = keys.len % SL_BACKUP_KEY_BYTES == 0 && (since.v != 0 || keys.len == 0);
    if (!is_next || !is_whole) {
        return refuse_keys(writer, diag);
    }
    enum sl_err err = writer->keys.are_there ? SL_OK : begin_keys(writer, since, diag);
    for (size_t at = 0; at < keys.len && err == SL_OK; at += SL_BACKUP_KEY_BYTES) {
        err = add_key(writer, keys.data + at, diag);
    }
    return err;
}

/* What is still at hand; of keys also that there are none. */
static enum sl_err put_rest(struct sl_backup_writer *writer, struct sl_diag *diag)
{
    bool has_keys = writer->keys.live + writer->keys.erased > 0;
    if (writer->keys.are_there && (writer->body_count > 0 || !has_keys)) {
        return put_keys(writer, diag);
    }
    return writer->body_count > 0 ? put_records(writer, diag) : SL_OK;
}

enum sl_err sl_backup_write_end(struct sl_backup_writer *writer, struct sl_diag *diag)
{
    enum sl_err err = sl_backup_check_sum(&writer->sum, &writer->head, diag);
    if (err == SL_OK) {
        err = put_rest(writer, diag);
    }
    if (err != SL_OK) {
        return err;
    }
    uint8_t body[END_BYTES];
    memcpy(body + AT_END_COUNT, &writer->sum.tree.size, sizeof writer->sum.tree.size);
    memcpy(body + AT_END_ROOT, writer->head.root, sizeof writer->head.root);
    sl_sha256_finish(&writer->sum.file, body + AT_END_DIGEST);
    sl_sha256_begin(&writer->sum.file); /* what follows is not in the digest */
    return put_section(writer, SECTION_END, (struct sl_slice){body, sizeof body}, diag);
}

void sl_backup_writer_deinit(struct sl_backup_writer *writer)
{
    sl_backup_sum_deinit(&writer->sum);
    if (writer->body != NULL) {
        sl_backup_wipe(writer->body, SL_BACKUP_BODY_BYTES_MAX);
    }
    free(writer->body);
    writer->body = NULL;
}
