/* Reading a backup: nothing is believed that was not verified, and a place is named for what is wrong. */
#include <stdlib.h>
#include <string.h>

#include "sl/stored/backup_impl.h"
#include "sl/stored/file.h"

struct section {
    uint32_t type;
    uint32_t len;
};

static enum sl_err
damaged(const struct sl_backup_reader *reader, const char *what, struct sl_diag *diag)
{
    return sl_refuse(diag, SL_E_CORRUPT, "", "backup: offset %llu: %s",
                     (unsigned long long)reader->sum.offset, what);
}

/* Exactly so many bytes. */
static enum sl_err
get(struct sl_backup_reader *reader, uint8_t *buf, size_t size, struct sl_diag *diag)
{
    size_t len;
    enum sl_err err = sl_file_read(reader->fd, buf, size, &len, diag);
    if (err != SL_OK) {
        sl_diag_wrap(diag, "backup");
        return err;
    }
    return len == size ? SL_OK : damaged(reader, "the file is cut short in here", diag);
}

static enum sl_err read_start(struct sl_backup_reader *reader, struct sl_diag *diag)
{
    uint8_t start[START_BYTES];
    size_t len;
    enum sl_err err = sl_file_read(reader->fd, start, sizeof start, &len, diag);
    if (err != SL_OK) {
        return err;
    }
    if (len < sizeof start || memcmp(start, MAGIC, strlen(MAGIC)) != 0) {
        return sl_refuse(diag, SL_E_FORMAT, "", "this is no backup of a ledger");
    }
    uint32_t format;
    uint32_t zero;
    memcpy(&format, start + AT_FORMAT, sizeof format);
    memcpy(&zero, start + AT_START_ZERO, sizeof zero);
    if (format != SL_BACKUP_FORMAT || zero != 0) {
        return sl_refuse(diag, SL_E_FORMAT, "", "a backup of format %u, this version reads %u",
                         format, SL_BACKUP_FORMAT);
    }
    sl_sha256_update(&reader->sum.file, start, sizeof start);
    reader->sum.offset = sizeof start;
    return SL_OK;
}

/* Its body then lies in reader->body. The end's bytes are no part of the digest, so whoever reads on adds them: see take_section. */
static enum sl_err read_section(struct sl_backup_reader *reader,
                                struct section *ret_section,
                                uint8_t ret_head[SECTION_BYTES],
                                struct sl_diag *diag)
{
    enum sl_err err = get(reader, ret_head, SECTION_BYTES, diag);
    if (err != SL_OK) {
        return err;
    }
    struct section section = {0};
    uint32_t crc;
    memcpy(&section.type, ret_head + AT_TYPE, sizeof section.type);
    memcpy(&section.len, ret_head + AT_LEN, sizeof section.len);
    memcpy(&crc, ret_head + AT_CRC, sizeof crc);
    if (section.len > SL_BACKUP_BODY_BYTES_MAX) {
        return damaged(reader, "a section is longer than sections are", diag);
    }
    err = get(reader, reader->body, section.len, diag);
    if (err != SL_OK) {
        return err;
    }
    struct sl_slice body = {reader->body, section.len};
    if (crc != sl_backup_section_crc(ret_head, body)) {
        return damaged(reader, "the checksum of this section is wrong", diag);
    }
    *ret_section = section;
    return SL_OK;
}

/* Into the digest, and on to the next one. */
static void take_section(struct sl_backup_reader *reader,
                         const struct section *section,
                         const uint8_t head[SECTION_BYTES])
{
    sl_sha256_update(&reader->sum.file, head, SECTION_BYTES);
    sl_sha256_update(&reader->sum.file, reader->body, section->len);
    reader->sum.offset += SECTION_BYTES + section->len;
}

/* A text, and zeros behind it. */
static bool is_text_in(const char *text, size_t size)
{
    size_t len = strnlen(text, size);
    bool is_padded = len < size;
    for (size_t i = len; i < size; i++) {
        is_padded = is_padded && text[i] == '\0';
    }
    return is_padded;
}

static enum sl_err decode_head(struct sl_backup_reader *reader, struct sl_diag *diag)
{
    const uint8_t *body = reader->body;
    struct sl_backup_head *head = &reader->head;
    uint64_t first;
    uint64_t leaves;
    memcpy(head->ledger_id, body + AT_LEDGER_ID, sizeof head->ledger_id);
    memcpy(head->timezone, body + AT_TIMEZONE, sizeof head->timezone);
    memcpy(head->currency, body + AT_CURRENCY, sizeof head->currency);
    memcpy(&head->policy, body + AT_POLICY, sizeof head->policy);
    memcpy(&head->created.v, body + AT_CREATED, sizeof head->created.v);
    memcpy(&first, body + AT_FIRST, sizeof first);
    memcpy(&head->last.v, body + AT_LAST, sizeof head->last.v);
    memcpy(&leaves, body + AT_TREE_SIZE, sizeof leaves);
    memcpy(head->root, body + AT_ROOT, sizeof head->root);
    bool is_text = is_text_in(head->timezone, sizeof head->timezone) &&
                   is_text_in(head->currency, sizeof head->currency);
    if (!is_text || head->policy > 1 || first != 1 || leaves != head->last.v) {
        return damaged(reader, "the head contradicts itself", diag);
    }
    return SL_OK;
}

static enum sl_err read_head(struct sl_backup_reader *reader, struct sl_diag *diag)
{
    uint8_t bytes[SECTION_BYTES];
    struct section section = {0};
    enum sl_err err = read_section(reader, &section, bytes, diag);
    if (err != SL_OK) {
        return err;
    }
    if (section.type != SECTION_HEAD || section.len != HEAD_BYTES) {
        return damaged(reader, "the head does not come first", diag);
    }
    err = decode_head(reader, diag);
    if (err == SL_OK) {
        take_section(reader, &section, bytes);
    }
    return err;
}

enum sl_err sl_backup_reader_init(struct sl_backup_reader *reader, int fd, struct sl_diag *diag)
{
    *reader = (struct sl_backup_reader){.fd = fd, .body = malloc(SL_BACKUP_BODY_BYTES_MAX)};
    enum sl_err err = sl_backup_sum_init(&reader->sum);
    if (err != SL_OK || reader->body == NULL) {
        return sl_refuse(diag, SL_E_NO_MEMORY, "", "read a backup");
    }
    err = read_start(reader, diag);
    return err == SL_OK ? read_head(reader, diag) : err;
}

static enum sl_err
begin_records(struct sl_backup_reader *reader, const struct section *section, struct sl_diag *diag)
{
    uint64_t first = 0;
    uint32_t zero = 0;
    if (section->len >= RECORDS_BYTES) {
        memcpy(&first, reader->body + AT_FIRST_SEQ, sizeof first);
        memcpy(&reader->left, reader->body + AT_COUNT, sizeof reader->left);
        memcpy(&zero, reader->body + AT_RECORDS_ZERO, sizeof zero);
    }
    if (first != reader->sum.tree.size + 1 || reader->left == 0 || zero != 0 ||
        reader->left > reader->head.last.v - reader->sum.tree.size) {
        return damaged(reader, "its records do not follow the ones before", diag);
    }
    reader->rest =
        (struct sl_slice){reader->body + RECORDS_BYTES, section->len - (size_t)RECORDS_BYTES};
    return SL_OK;
}

/* Those of one section; all others must fit them. */
static enum sl_err
take_keys(struct sl_backup_reader *reader, const struct section *section, struct sl_diag *diag)
{
    struct sl_backup_keys *keys = &reader->keys;
    sl_seq since = {0};
    uint32_t count = 0;
    uint32_t zero = 1;
    if (section->len >= KEYS_BYTES) {
        memcpy(&since.v, reader->body + AT_SINCE, sizeof since.v);
        memcpy(&count, reader->body + AT_KEY_COUNT, sizeof count);
        memcpy(&zero, reader->body + AT_KEYS_ZERO, sizeof zero);
    }
    bool is_first = !keys->are_there;
    bool follows = is_first || (count > 0 && keys->since.v == since.v && since.v != 0);
    bool is_whole = section->len == KEYS_BYTES + (uint64_t)count * SL_BACKUP_KEY_BYTES;
    if (zero != 0 || !follows || !is_whole || (since.v == 0 && count > 0)) {
        return damaged(reader, "no section of keys that follows what is before", diag);
    }
    keys->are_there = true;
    keys->since = since;
    const uint8_t *at = reader->body + KEYS_BYTES;
    enum sl_err err = SL_OK;
    for (uint32_t i = 0; i < count && err == SL_OK; i++, at += SL_BACKUP_KEY_BYTES) {
        struct sl_backup_key key;
        err = sl_backup_key_take(keys, at, &key);
        if (err != SL_OK) {
            return damaged(reader, "not a key, or not one that follows", diag);
        }
        err = reader->take_key == NULL ? SL_OK : reader->take_key(reader->ctx, &key, diag);
        sl_backup_wipe(&key, sizeof key);
    }
    return err;
}

static enum sl_err verify_end(struct sl_backup_reader *reader, struct sl_diag *diag)
{
    uint64_t count;
    memcpy(&count, reader->body + AT_END_COUNT, sizeof count);
    uint8_t digest[SL_SHA256_BYTES];
    sl_sha256_finish(&reader->sum.file, digest);
    sl_sha256_begin(&reader->sum.file);
    if (memcmp(digest, reader->body + AT_END_DIGEST, sizeof digest) != 0) {
        return damaged(reader, "the digest of all before differs", diag);
    }
    if (count != reader->head.last.v ||
        memcmp(reader->body + AT_END_ROOT, reader->head.root, sizeof reader->head.root) != 0) {
        return damaged(reader, "the end contradicts the head", diag);
    }
    enum sl_err err = sl_backup_check_sum(&reader->sum, &reader->head, diag);
    if (err != SL_OK) {
        sl_diag_wrap(diag, "backup: offset %llu", (unsigned long long)reader->sum.offset);
        return err;
    }
    reader->sum.offset += SECTION_BYTES + END_BYTES;
    uint8_t more;
    size_t len;
    err = sl_file_read(reader->fd, &more, 1, &len, diag);
    if (err == SL_OK && len > 0) {
        err = damaged(reader, "something follows the end", diag);
    }
    return err == SL_OK ? SL_E_NOT_FOUND : err;
}

/* Of records or keys. */
static enum sl_err
begin_section(struct sl_backup_reader *reader, const struct section *section, struct sl_diag *diag)
{
    bool is_keys = section->type == SECTION_KEYS;
    if (section->type != SECTION_RECORDS && !is_keys) {
        return sl_refuse(diag, SL_E_FORMAT, "",
                         "backup: offset %llu: a section of type %u, which this version does not "
                         "know here",
                         (unsigned long long)reader->sum.offset, section->type);
    }
    if (!is_keys && reader->keys.are_there) {
        return damaged(reader, "records behind keys", diag);
    }
    if (is_keys && reader->sum.tree.size != reader->head.last.v) {
        return damaged(reader, "keys before the last record", diag);
    }
    return is_keys ? take_keys(reader, section, diag) : begin_records(reader, section, diag);
}

/* Up to the next records; SL_E_NOT_FOUND at the end. */
static enum sl_err next_section(struct sl_backup_reader *reader, struct sl_diag *diag)
{
    uint8_t head[SECTION_BYTES];
    struct section section = {0};
    enum sl_err err = read_section(reader, &section, head, diag);
    if (err != SL_OK) {
        return err;
    }
    if (section.type == SECTION_END && section.len == END_BYTES) {
        return verify_end(reader, diag);
    }
    err = begin_section(reader, &section, diag);
    if (err == SL_OK) {
        take_section(reader, &section, head);
    }
    return err;
}

enum sl_err
sl_backup_next(struct sl_backup_reader *reader, struct sl_record *ret_record, struct sl_diag *diag)
{
    enum sl_err err = SL_OK;
    while (err == SL_OK && reader->left == 0) {
        err = next_section(reader, diag);
    }
    if (err != SL_OK) {
        return err;
    }
    reader->left--;
    err = sl_backup_take_record(&reader->sum, &reader->rest, ret_record);
    if (err != SL_OK || (reader->left == 0 && reader->rest.len > 0)) {
        return sl_refuse(diag, SL_E_CORRUPT, "", "backup: seq %llu: not a record",
                         (unsigned long long)reader->sum.tree.size + (err != SL_OK));
    }
    return SL_OK;
}

void sl_backup_reader_deinit(struct sl_backup_reader *reader)
{
    sl_backup_sum_deinit(&reader->sum);
    if (reader->body != NULL) {
        sl_backup_wipe(reader->body, SL_BACKUP_BODY_BYTES_MAX);
    }
    free(reader->body);
    reader->body = NULL;
}
