/* Keys in a backup: those that were written are read back, in their place behind the records, and nothing else is. */
#include "lib/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "sl/stored/backup.h"

enum {
    KEYS_MAX = 3000,
    FILE_BYTES_MAX = 1024 * 1024,
    SECTION = 12,
    BEFORE_KEYS = 16,
    BEGINNING = 16 + SECTION + 152, /* and nothing behind it: no backup here but one has records */
    END = SECTION + 72,
};

/* By number, in order. */
static struct sl_backup_key key_of(unsigned number)
{
    struct sl_backup_key key = {.is_live = number % 3 != 1};
    memset(key.id, (int)number, sizeof key.id);
    if (key.is_live) {
        memset(key.secret, (int)number + 1, sizeof key.secret);
    }
    key.customer_len = (size_t)snprintf((char *)key.customer, sizeof key.customer, "c%06u", number);
    if (number % 3 != 0) {
        key.erased = AT(1000 + number);
        memcpy(key.erased_by, "ann", 3);
        key.erased_by_len = 3;
    }
    return key;
}

struct file {
    uint8_t *bytes;
    size_t len;
};

static int new_file(void)
{
    int fd = memfd_create("backup", MFD_CLOEXEC);
    assert_true(fd >= 0);
    return fd;
}

static struct file read_file(int fd)
{
    struct file file = {.bytes = malloc(FILE_BYTES_MAX)};
    assert_non_null(file.bytes);
    ssize_t len = pread(fd, file.bytes, FILE_BYTES_MAX, 0);
    assert_in_range(len, 1, FILE_BYTES_MAX - 1);
    file.len = (size_t)len;
    close(fd);
    return file;
}

static struct sl_backup_head empty_head(void)
{
    struct sl_backup_head head = {.timezone = "UTC", .currency = "USD", .created = AT(77)};
    struct sl_sha256 sha;
    struct sl_merkle tree = {0};
    assert_ok(sl_sha256_init(&sha));
    sl_merkle_root(&tree, &sha, head.root);
    sl_sha256_deinit(&sha);
    return head;
}

static enum sl_err write_keys(struct sl_backup_writer *writer, unsigned from, unsigned to)
{
    uint8_t *bytes = malloc((to - from + 1) * SL_BACKUP_KEY_BYTES);
    assert_non_null(bytes);
    for (unsigned i = from; i < to; i++) {
        struct sl_backup_key key = key_of(i);
        sl_backup_key_encode(&key, bytes + (i - from) * SL_BACKUP_KEY_BYTES);
    }
    struct sl_slice keys = {bytes, (to - from) * SL_BACKUP_KEY_BYTES};
    enum sl_err err = sl_backup_write_keys(writer, (sl_seq){to == 0 ? 0 : 5}, keys, NULL);
    free(bytes);
    return err;
}

/* A backup without records, of the first `count` keys, which come in parts of so many. */
static struct file make_in(unsigned count, unsigned part)
{
    int fd = new_file();
    struct sl_backup_writer writer;
    struct sl_backup_head head = empty_head();
    assert_ok(sl_backup_write_head(&writer, fd, "file", &head, NULL));
    for (unsigned at = 0; at < count || at == 0; at += part) {
        assert_ok(write_keys(&writer, at, at + part < count ? at + part : count));
    }
    assert_ok(sl_backup_write_end(&writer, NULL));
    sl_backup_writer_deinit(&writer);
    return read_file(fd);
}

static struct file make(unsigned count)
{
    return make_in(count, KEYS_MAX);
}

struct outcome {
    enum sl_err err; /* SL_OK: read to the end */
    unsigned taken;
    unsigned taken_max; /* one more is refused */
    struct sl_backup_keys keys;
    struct sl_diag diag;
};

static enum sl_err take_key(void *ctx, const struct sl_backup_key *key, struct sl_diag *diag)
{
    struct outcome *outcome = ctx;
    if (outcome->taken == outcome->taken_max) {
        return sl_refuse(diag, SL_E_BUSY, "", "no more");
    }
    struct sl_backup_key want = key_of(outcome->taken);
    assert_int_equal(key->is_live, want.is_live);
    assert_memory_equal(key->id, want.id, sizeof want.id);
    assert_memory_equal(key->secret, want.secret, sizeof want.secret);
    assert_int_equal(key->erased.v, want.erased.v);
    assert_int_equal(key->customer_len, want.customer_len);
    assert_memory_equal(key->customer, want.customer, sizeof want.customer);
    assert_int_equal(key->erased_by_len, want.erased_by_len);
    assert_memory_equal(key->erased_by, want.erased_by, sizeof want.erased_by);
    outcome->taken++;
    return SL_OK;
}

static struct outcome read_most(const struct file *file, unsigned taken_max)
{
    struct outcome outcome = {.taken_max = taken_max};
    int fd = new_file();
    assert_int_equal(write(fd, file->bytes, file->len), file->len);
    assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
    struct sl_backup_reader reader;
    outcome.err = sl_backup_reader_init(&reader, fd, &outcome.diag);
    reader.take_key = take_key;
    reader.ctx = &outcome;
    struct sl_record record;
    if (outcome.err == SL_OK) {
        outcome.err = sl_backup_next(&reader, &record, &outcome.diag);
    }
    outcome.err = outcome.err == SL_E_NOT_FOUND ? SL_OK : outcome.err;
    outcome.keys = reader.keys;
    sl_backup_reader_deinit(&reader);
    close(fd);
    return outcome;
}

static struct outcome read_whole(const struct file *file)
{
    return read_most(file, UINT32_MAX);
}

static void what_was_written_is_read_back(void **state)
{
    (void)state;
    struct file file = make(7);
    struct outcome outcome = read_whole(&file);
    assert_ok(outcome.err);
    assert_int_equal(outcome.taken, 7);
    assert_true(outcome.keys.are_there);
    assert_int_equal(outcome.keys.since.v, 5);
    assert_int_equal(outcome.keys.live, 5);
    assert_int_equal(outcome.keys.erased, 2);
    free(file.bytes);
}

static void that_there_is_no_key_is_told_and_not_to_have_asked_too(void **state)
{
    (void)state;
    struct file asked = make(0);
    struct outcome outcome = read_whole(&asked);
    assert_ok(outcome.err);
    assert_int_equal(asked.len, BEGINNING + SECTION + BEFORE_KEYS + END);
    assert_true(outcome.keys.are_there);
    assert_int_equal(outcome.keys.since.v, 0);

    int fd = new_file();
    struct sl_backup_writer writer;
    struct sl_backup_head head = empty_head();
    assert_ok(sl_backup_write_head(&writer, fd, "file", &head, NULL));
    assert_ok(sl_backup_write_end(&writer, NULL));
    sl_backup_writer_deinit(&writer);
    struct file plain = read_file(fd);
    outcome = read_whole(&plain);
    assert_ok(outcome.err);
    assert_false(outcome.keys.are_there);
    free(asked.bytes);
    free(plain.bytes);
}

static void the_fields_lie_where_the_header_draws_them(void **state)
{
    (void)state;
    struct file file = make(3);
    const uint8_t *section = file.bytes + BEGINNING;
    uint8_t head[SECTION + BEFORE_KEYS] = {4};
    head[4] = (BEFORE_KEYS + 3 * 216) & 0xff;
    head[5] = (BEFORE_KEYS + 3 * 216) >> 8;
    memcpy(head + 8, section + 8, 4); /* the checksum is verified by the reader */
    head[SECTION] = 5;
    head[SECTION + 8] = 3;
    assert_memory_equal(section, head, sizeof head);
    uint8_t key[216] = {1, 7, 3};
    int64_t erased = 1002;
    memset(key + 8, 2, 8);
    memcpy(key + 16, &erased, 8);
    memset(key + 24, 3, 64);
    memcpy(key + 88, "c000002", 7);
    memcpy(key + 152, "ann", 3);
    assert_memory_equal(section + sizeof head + 2 * sizeof key, key, sizeof key);
    assert_int_equal(section[sizeof head + sizeof key], 2); /* erased */
    free(file.bytes);
}

/* What is wrong with it is one byte. */
static void what_is_no_key_is_refused(void **state)
{
    (void)state;
    static const struct {
        unsigned
            number; /* 0 is live and never erased, 1 is erased, 2 is live and was erased before */
        size_t at;
        uint8_t value;
    } rows[] = {
        {0, 0, 0},  {0, 0, 2},  {0, 0, 3},  {1, 0, 0},   {0, 1, 0},   {0, 1, 65},
        {0, 1, 6},  {0, 2, 1},  {1, 2, 65}, {1, 2, 2},   {0, 3, 1},   {0, 7, 1},
        {1, 24, 1}, {1, 87, 1}, {0, 95, 1}, {0, 151, 1}, {1, 155, 1}, {0, 215, 1},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        uint8_t bytes[SL_BACKUP_KEY_BYTES];
        struct sl_backup_key key = key_of(rows[i].number);
        struct sl_backup_key taken;
        struct sl_backup_keys keys = {0};
        sl_backup_key_encode(&key, bytes);
        assert_ok(sl_backup_key_take(&keys, bytes, &taken));
        keys = (struct sl_backup_keys){0};
        assert_int_not_equal(bytes[rows[i].at], rows[i].value);
        bytes[rows[i].at] = rows[i].value;
        assert_int_equal(sl_backup_key_take(&keys, bytes, &taken), SL_E_CORRUPT);
        assert_int_equal(keys.live + keys.erased, 0);
    }
}

static void an_erased_key_has_a_time(void **state)
{
    (void)state;
    uint8_t bytes[SL_BACKUP_KEY_BYTES];
    struct sl_backup_key key = key_of(1);
    struct sl_backup_keys keys = {0};
    key.erased = AT(0);
    key.erased_by_len = 0;
    memset(key.erased_by, 0, sizeof key.erased_by);
    sl_backup_key_encode(&key, bytes);
    assert_int_equal(sl_backup_key_take(&keys, bytes, &key), SL_E_CORRUPT);
}

static enum sl_err take_named(struct sl_backup_keys *keys, const char *customer)
{
    uint8_t bytes[SL_BACKUP_KEY_BYTES];
    struct sl_backup_key key = {.is_live = true, .customer_len = strlen(customer)};
    memcpy(key.customer, customer, key.customer_len);
    sl_backup_key_encode(&key, bytes);
    return sl_backup_key_take(keys, bytes, &key);
}

static void keys_come_by_customer_and_each_once(void **state)
{
    (void)state;
    struct sl_backup_keys keys = {0};
    assert_ok(take_named(&keys, "b"));
    assert_int_equal(take_named(&keys, "b"), SL_E_CORRUPT);
    assert_int_equal(take_named(&keys, "a"), SL_E_CORRUPT);
    assert_int_equal(take_named(&keys, "azz"), SL_E_CORRUPT);
    assert_ok(take_named(&keys, "ba"));
    assert_int_equal(take_named(&keys, "b"), SL_E_CORRUPT);
    assert_ok(take_named(&keys, "c"));
    assert_int_equal(keys.live, 3);
}

static void many_keys_take_several_sections_however_they_came(void **state)
{
    (void)state;
    struct file at_once = make(KEYS_MAX);
    struct file by_some = make_in(KEYS_MAX, 77);
    struct outcome outcome = read_whole(&at_once);
    assert_ok(outcome.err);
    assert_int_equal(outcome.taken, KEYS_MAX);
    assert_true(at_once.len > BEGINNING + 2 * SL_BACKUP_BODY_BYTES);
    assert_int_equal(at_once.len, by_some.len);
    assert_memory_equal(at_once.bytes, by_some.bytes, at_once.len);
    free(at_once.bytes);
    free(by_some.bytes);
}

static void a_turned_bit_and_a_cut_are_refused_wherever_they_are(void **state)
{
    (void)state;
    struct file file = make(4);
    for (size_t at = 0; at < file.len; at++) {
        file.bytes[at] ^= 1;
        assert_int_not_equal(read_whole(&file).err, SL_OK);
        file.bytes[at] ^= 1;
        struct file cut = {file.bytes, at};
        assert_int_not_equal(read_whole(&cut).err, SL_OK);
    }
    assert_ok(read_whole(&file).err);
    free(file.bytes);
}

/* ── sections whose own checksums and the digest are right ────────────────────────────────────────────────────── */

static void seal(struct file *file)
{
    size_t at = BEGINNING;
    uint32_t type = 0;
    while (type != 3) {
        uint32_t len;
        memcpy(&type, file->bytes + at, sizeof type);
        memcpy(&len, file->bytes + at + 4, sizeof len);
        uint8_t *body = file->bytes + at + SECTION;
        if (type == 3) {
            struct sl_sha256 sha;
            assert_ok(sl_sha256_init(&sha));
            sl_sha256_begin(&sha);
            sl_sha256_update(&sha, file->bytes, at);
            sl_sha256_finish(&sha, body + 40);
            sl_sha256_deinit(&sha);
        }
        uint32_t crc = sl_crc32c(sl_crc32c(0, file->bytes + at, 8), body, len);
        memcpy(file->bytes + at + 8, &crc, sizeof crc);
        at += SECTION + len;
    }
    file->len = at;
}

/* One byte of the first section of keys is another. */
static struct outcome read_with(size_t at, uint8_t value)
{
    struct file file = make(2);
    file.bytes[BEGINNING + SECTION + at] = value;
    seal(&file);
    struct outcome outcome = read_whole(&file);
    free(file.bytes);
    return outcome;
}

static void a_section_of_keys_says_what_is_in_it(void **state)
{
    (void)state;
    assert_ok(read_with(0, 5).err);
    assert_int_equal(read_with(0, 0).err, SL_E_CORRUPT);  /* keys, and never one */
    assert_int_equal(read_with(8, 1).err, SL_E_CORRUPT);  /* fewer than there are */
    assert_int_equal(read_with(8, 3).err, SL_E_CORRUPT);  /* more */
    assert_int_equal(read_with(12, 1).err, SL_E_CORRUPT); /* not 0 */
    struct outcome outcome = read_with(BEFORE_KEYS, 9);
    assert_int_equal(outcome.err, SL_E_CORRUPT);
    assert_non_null(strstr(outcome.diag.message, "not a key"));
}

/* A section of keys behind another one, the second with these changes. */
static struct outcome read_two(uint64_t since, bool is_behind, bool is_empty)
{
    struct file file = make(1);
    struct file second = make(is_behind ? 2 : 1);
    size_t one = SECTION + BEFORE_KEYS + SL_BACKUP_KEY_BYTES;
    size_t at = BEGINNING + one;
    uint32_t len = is_empty ? BEFORE_KEYS : BEFORE_KEYS + (uint32_t)SL_BACKUP_KEY_BYTES;
    memmove(file.bytes + at + SECTION + len, file.bytes + at, file.len - at);
    uint8_t *section = file.bytes + at;
    memset(section, 0, SECTION + BEFORE_KEYS);
    section[0] = 4;
    memcpy(section + 4, &len, sizeof len);
    memcpy(section + SECTION, &since, sizeof since);
    section[SECTION + 8] = is_empty ? 0 : 1;
    if (!is_empty) {
        size_t from = BEGINNING + SECTION + BEFORE_KEYS + (is_behind ? SL_BACKUP_KEY_BYTES : 0);
        memcpy(section + SECTION + BEFORE_KEYS, second.bytes + from, SL_BACKUP_KEY_BYTES);
    }
    seal(&file);
    struct outcome outcome = read_whole(&file);
    free(file.bytes);
    free(second.bytes);
    return outcome;
}

static void a_section_of_keys_follows_the_one_before(void **state)
{
    (void)state;
    assert_ok(read_two(5, true, false).err);
    assert_int_equal(read_two(6, true, false).err, SL_E_CORRUPT);
    assert_int_equal(read_two(5, false, false).err, SL_E_CORRUPT);
    assert_int_equal(read_two(5, true, true).err, SL_E_CORRUPT);
}

/* The head says that there are records, and where they would be there are keys. */
static void keys_stand_behind_all_records(void **state)
{
    (void)state;
    struct file file = make(2);
    uint8_t *head = file.bytes + 16;
    head[SECTION + 104] = 1;
    head[SECTION + 112] = 1;
    uint32_t crc = sl_crc32c(sl_crc32c(0, head, 8), head + SECTION, 152);
    memcpy(head + 8, &crc, sizeof crc);
    seal(&file);
    struct outcome outcome = read_whole(&file);
    assert_int_equal(outcome.err, SL_E_CORRUPT);
    assert_non_null(strstr(outcome.diag.message, "keys before the last record"));
    assert_int_equal(outcome.taken, 0);
    free(file.bytes);
}

static void records_do_not_stand_behind_keys(void **state)
{
    (void)state;
    struct file file = make(1);
    size_t at = BEGINNING + SECTION + BEFORE_KEYS + SL_BACKUP_KEY_BYTES;
    memmove(file.bytes + at + SECTION, file.bytes + at, file.len - at);
    memset(file.bytes + at, 0, SECTION);
    file.bytes[at] = 2;
    seal(&file);
    struct outcome outcome = read_whole(&file);
    assert_int_equal(outcome.err, SL_E_CORRUPT);
    assert_non_null(strstr(outcome.diag.message, "records behind keys"));
    free(file.bytes);
}

static void who_takes_the_keys_can_end_the_reading(void **state)
{
    (void)state;
    struct file file = make(5);
    struct outcome outcome = read_most(&file, 3);
    assert_int_equal(outcome.err, SL_E_BUSY);
    assert_string_equal(outcome.diag.message, "no more");
    assert_int_equal(outcome.taken, 3);
    free(file.bytes);
}

static void a_writer_takes_only_keys_that_follow(void **state)
{
    (void)state;
    int fd = new_file();
    struct sl_backup_writer writer;
    struct sl_backup_head head = empty_head();
    uint8_t bytes[SL_BACKUP_KEY_BYTES];
    struct sl_backup_key key = key_of(4);
    sl_backup_key_encode(&key, bytes);
    struct sl_slice one = {bytes, sizeof bytes};
    assert_ok(sl_backup_write_head(&writer, fd, "file", &head, NULL));
    assert_int_equal(sl_backup_write_keys(&writer, (sl_seq){0}, one, NULL), SL_E_CORRUPT);
    one.len--;
    assert_int_equal(sl_backup_write_keys(&writer, (sl_seq){5}, one, NULL), SL_E_CORRUPT);
    one.len++;
    assert_ok(sl_backup_write_keys(&writer, (sl_seq){5}, one, NULL));
    assert_int_equal(sl_backup_write_keys(&writer, (sl_seq){5}, one, NULL), SL_E_CORRUPT);
    assert_int_equal(write_keys(&writer, 3, 4), SL_E_CORRUPT);
    assert_int_equal(sl_backup_write_keys(&writer, (sl_seq){6}, one, NULL), SL_E_CORRUPT);
    sl_backup_writer_deinit(&writer);
    close(fd);
}

static void a_writer_takes_no_keys_before_the_last_record_and_no_record_behind_them(void **state)
{
    (void)state;
    int fd = new_file();
    struct sl_backup_writer writer;
    struct sl_backup_head head = empty_head();
    head.last.v = 1;
    assert_ok(sl_backup_write_head(&writer, fd, "file", &head, NULL));
    assert_int_equal(write_keys(&writer, 0, 1), SL_E_CORRUPT);
    sl_backup_writer_deinit(&writer);

    head = empty_head();
    assert_ok(sl_backup_write_head(&writer, fd, "file", &head, NULL));
    assert_ok(write_keys(&writer, 0, 1));
    writer.head.last.v = 1;
    struct sl_backup_block block = {{1}, 1, {(const uint8_t *)"", 0}};
    assert_int_equal(sl_backup_write_records(&writer, &block, NULL), SL_E_CORRUPT);
    sl_backup_writer_deinit(&writer);
    close(fd);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_written_is_read_back),
        cmocka_unit_test(that_there_is_no_key_is_told_and_not_to_have_asked_too),
        cmocka_unit_test(the_fields_lie_where_the_header_draws_them),
        cmocka_unit_test(what_is_no_key_is_refused),
        cmocka_unit_test(an_erased_key_has_a_time),
        cmocka_unit_test(keys_come_by_customer_and_each_once),
        cmocka_unit_test(many_keys_take_several_sections_however_they_came),
        cmocka_unit_test(a_turned_bit_and_a_cut_are_refused_wherever_they_are),
        cmocka_unit_test(a_section_of_keys_says_what_is_in_it),
        cmocka_unit_test(a_section_of_keys_follows_the_one_before),
        cmocka_unit_test(keys_stand_behind_all_records),
        cmocka_unit_test(records_do_not_stand_behind_keys),
        cmocka_unit_test(who_takes_the_keys_can_end_the_reading),
        cmocka_unit_test(a_writer_takes_only_keys_that_follow),
        cmocka_unit_test(a_writer_takes_no_keys_before_the_last_record_and_no_record_behind_them),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
