/* The file of a backup, as restore, check and whoever makes one read it.
 *
 *     input     byte 0             what is repaired of the file before it is read, so that what lies behind checksums is reached
 *               1 to 3 before end  which byte of a file that was read is changed, and how
 *               between            the file
 *
 * Properties: it is read to its end, or refused in words with what is damaged; records and keys come in order, as many as head and keys say;
 * what was read and is written again is read back the same; with one byte changed it is refused. */
#include "fuzz.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "memory_file.h"
#include "sl/stored/backup.h"

enum { START = 16, SECTION = 12, HEAD = 152, END = 72, BEFORE_RECORDS = 16, CHANGE = 3 };
enum { HEAD_SECTION = 1, RECORDS_SECTION = 2, END_SECTION = 3 };

enum repair {
    REPAIR_RECORDS = 1,  /* the checksum of each */
    REPAIR_HEAD = 2,     /* how many records there are, and their root; the same in the end */
    REPAIR_SECTIONS = 4, /* the checksum of each */
    REPAIR_DIGEST = 8
};

/* ── repairing ────────────────────────────────────────────────────────────────────────────────────────────────── */

struct file {
    uint8_t *bytes;
    size_t size;
    unsigned repairs;
    struct sl_sha256 sha;
    struct sl_merkle tree;
    uint8_t *head; /* its body; NULL: none was found */
};

static uint32_t number_at(const uint8_t *at)
{
    uint32_t number;
    memcpy(&number, at, sizeof number);
    return number;
}

static void put_crc(uint8_t *at, uint32_t crc)
{
    memcpy(at, &crc, sizeof crc);
}

static void repair_records(struct file *file, uint8_t *body, size_t len)
{
    uint8_t nodes[SL_MERKLE_NODES_MAX * SL_SHA256_BYTES];
    size_t at = BEFORE_RECORDS;
    while (at + 4 <= len && number_at(body + at) <= len - at - 4) {
        struct sl_slice record = {body + at + 4, number_at(body + at)};
        if ((file->repairs & REPAIR_RECORDS) != 0 && record.len >= SL_RECORD_HEADER_BYTES) {
            put_crc(body + at + 4 + 4, 0);
            put_crc(body + at + 4 + 4, sl_crc32c(0, record.data, record.len));
        }
        (void)sl_merkle_append(&file->tree, &file->sha, record, nodes); /* nobody wants them */
        at += 4 + record.len;
    }
}

static void repair_head(struct file *file, uint8_t *body, const uint8_t root[SL_SHA256_BYTES])
{
    memcpy(body + 104, &file->tree.size, sizeof file->tree.size);
    memcpy(body + 112, &file->tree.size, sizeof file->tree.size);
    memcpy(body + 120, root, SL_SHA256_BYTES);
}

static void repair_end(struct file *file, uint8_t *section, const uint8_t root[SL_SHA256_BYTES])
{
    uint8_t *body = section + SECTION;
    if ((file->repairs & REPAIR_HEAD) != 0) {
        memcpy(body, &file->tree.size, sizeof file->tree.size);
        memcpy(body + 8, root, SL_SHA256_BYTES);
    }
    if ((file->repairs & REPAIR_DIGEST) != 0) {
        sl_sha256_begin(&file->sha);
        sl_sha256_update(&file->sha, file->bytes, (size_t)(section - file->bytes));
        sl_sha256_finish(&file->sha, body + 40);
    }
}

/* Bodies first, since the root stands in the head; then, in order, what covers them. */
static void repair_sections(struct file *file, bool is_second)
{
    uint8_t root[SL_SHA256_BYTES];
    sl_merkle_root(&file->tree, &file->sha, root);
    size_t at = START;
    while (at + SECTION <= file->size &&
           number_at(file->bytes + at + 4) <= file->size - at - SECTION) {
        uint8_t *section = file->bytes + at;
        uint32_t type = number_at(section);
        uint32_t len = number_at(section + 4);
        if (!is_second && type == RECORDS_SECTION) {
            repair_records(file, section + SECTION, len);
        }
        if (is_second && type == HEAD_SECTION && len == HEAD &&
            (file->repairs & REPAIR_HEAD) != 0) {
            repair_head(file, section + SECTION, root);
        }
        if (is_second && type == END_SECTION && len == END) {
            repair_end(file, section, root);
        }
        if (is_second && (file->repairs & REPAIR_SECTIONS) != 0) {
            put_crc(section + 8, sl_crc32c(sl_crc32c(0, section, 8), section + SECTION, len));
        }
        at += SECTION + (size_t)len;
    }
}

static void repair(uint8_t *bytes, size_t size, unsigned repairs)
{
    struct file file = {.bytes = bytes, .size = size, .repairs = repairs};
    SL_ASSERT(sl_sha256_init(&file.sha) == SL_OK);
    repair_sections(&file, false);
    repair_sections(&file, true);
    sl_sha256_deinit(&file.sha);
}

/* ── reading ──────────────────────────────────────────────────────────────────────────────────────────────────── */

/* What was read, and where it is written again if there is a writer. */
struct reading {
    struct sl_backup_reader reader;
    struct sl_backup_writer *writer;
    uint64_t records;
    uint64_t keys;
    struct sl_sha256 sha; /* over all of them */
    uint8_t digest[SL_SHA256_BYTES];
};

static enum sl_err take_key(void *ctx, const struct sl_backup_key *key, struct sl_diag *diag)
{
    struct reading *reading = ctx;
    uint8_t bytes[SL_BACKUP_KEY_BYTES];
    SL_ASSERT(key->customer_len > 0);
    SL_ASSERT(key->customer_len <= SL_ID_TEXT_BYTES_MAX);
    SL_ASSERT(key->erased_by_len <= SL_ID_TEXT_BYTES_MAX);
    SL_ASSERT(key->is_live || key->erased.v != 0);
    reading->keys++;
    sl_backup_key_encode(key, bytes);
    sl_sha256_update(&reading->sha, bytes, sizeof bytes);
    struct sl_slice keys = {bytes, sizeof bytes};
    return reading->writer == NULL
               ? SL_OK
               : sl_backup_write_keys(reading->writer, reading->reader.keys.since, keys, diag);
}

static void take_record(struct reading *reading, const struct sl_record *record)
{
    reading->records++;
    SL_ASSERT(record->seq.v == reading->records);
    SL_ASSERT(reading->keys == 0);
    sl_sha256_update(&reading->sha, record->bytes.data, record->bytes.len);
    if (reading->writer == NULL) {
        return;
    }
    uint32_t len = (uint32_t)record->bytes.len;
    uint8_t *bytes = malloc(sizeof len + len);
    SL_ASSERT(bytes != NULL);
    memcpy(bytes, &len, sizeof len);
    memcpy(bytes + sizeof len, record->bytes.data, len);
    struct sl_backup_block block = {record->seq, 1, {bytes, sizeof len + len}};
    SL_ASSERT(sl_backup_write_records(reading->writer, &block, NULL) == SL_OK);
    free(bytes);
}

static enum sl_err write_end(struct reading *reading, struct sl_diag *diag)
{
    struct sl_slice none = {NULL, 0};
    enum sl_err err = SL_OK;
    if (reading->reader.keys.are_there && reading->keys == 0) {
        err = sl_backup_write_keys(reading->writer, reading->reader.keys.since, none, diag);
    }
    return err == SL_OK ? sl_backup_write_end(reading->writer, diag) : err;
}

/* True if it was read to its end; what is written again goes to `again`. */
static bool read_file(struct reading *reading, int fd, int again)
{
    struct sl_backup_writer writer = {0};
    struct sl_diag diag = {0};
    SL_ASSERT(lseek(fd, 0, SEEK_SET) == 0);
    SL_ASSERT(sl_sha256_init(&reading->sha) == SL_OK);
    sl_sha256_begin(&reading->sha);
    enum sl_err err = sl_backup_reader_init(&reading->reader, fd, &diag);
    reading->reader.take_key = take_key;
    reading->reader.ctx = reading;
    if (err == SL_OK && again >= 0) {
        reading->writer = &writer;
        SL_ASSERT(sl_backup_write_head(&writer, again, "again", &reading->reader.head, NULL) ==
                  SL_OK);
    }
    while (err == SL_OK) {
        struct sl_record record;
        err = sl_backup_next(&reading->reader, &record, &diag);
        if (err == SL_OK) {
            take_record(reading, &record);
        }
    }
    bool is_whole = err == SL_E_NOT_FOUND;
    if (is_whole) {
        SL_ASSERT(reading->records == reading->reader.head.last.v);
        SL_ASSERT(reading->keys == reading->reader.keys.live + reading->reader.keys.erased);
        SL_ASSERT(reading->writer == NULL || write_end(reading, &diag) == SL_OK);
    } else {
        SL_ASSERT(err == SL_E_CORRUPT || err == SL_E_FORMAT);
        fuzz_check_refusal(err, &diag);
    }
    sl_sha256_finish(&reading->sha, reading->digest);
    sl_sha256_deinit(&reading->sha);
    sl_backup_writer_deinit(&writer);
    sl_backup_reader_deinit(&reading->reader);
    return is_whole;
}

static void check_again(const struct reading *first, int fd)
{
    struct reading again = {0};
    SL_ASSERT(read_file(&again, fd, -1));
    SL_ASSERT(again.records == first->records);
    SL_ASSERT(again.keys == first->keys);
    SL_ASSERT(again.reader.keys.are_there == first->reader.keys.are_there);
    SL_ASSERT(again.reader.keys.since.v == first->reader.keys.since.v);
    SL_ASSERT(memcmp(&again.reader.head, &first->reader.head, sizeof again.reader.head) == 0);
    SL_ASSERT(memcmp(again.digest, first->digest, sizeof again.digest) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct memory_file file;
    static struct memory_file written;
    if (size < 1 + CHANGE) {
        return 0;
    }
    size_t len = size - 1 - CHANGE;
    const uint8_t *change = data + 1 + len;
    uint8_t *bytes = malloc(len + 1);
    SL_ASSERT(bytes != NULL);
    memcpy(bytes, data + 1, len);
    repair(bytes, len, data[0]);
    (void)memory_file_set(&file, (struct sl_slice){bytes, len});
    (void)memory_file_set(&written, (struct sl_slice){bytes, 0});
    SL_ASSERT(lseek(written.fd, 0, SEEK_SET) == 0);
    struct reading reading = {0};
    if (read_file(&reading, file.fd, written.fd)) {
        check_again(&reading, written.fd);
        bytes[((size_t)change[0] << 8 | change[1]) % len] ^= (uint8_t)(change[2] | 1);
        (void)memory_file_set(&file, (struct sl_slice){bytes, len});
        struct reading changed = {0};
        SL_ASSERT(!read_file(&changed, file.fd, -1));
    }
    free(bytes);
    return 0;
}
