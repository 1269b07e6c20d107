/* The file of a backup: what was written is read back, byte by byte as drawn, and nothing else is. */
#include "lib/test.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "sl/limits.h"
#include "sl/stored/backup.h"

enum {
    RECORDS = 40,
    PER_BLOCK = 16,
    FILE_BYTES_MAX = 16384,
    START = 16,
    SECTION = 12,
    HEAD = 152,
    END = 72
};

struct log {
    uint8_t bytes[FILE_BYTES_MAX]; /* records, each behind its length */
    size_t begins[RECORDS + 1];
    struct sl_backup_head head;
};

static struct log the_log;

static size_t put_record(uint8_t *at, uint32_t event_len, unsigned number)
{
    static uint8_t event[SL_EVENT_BYTES_MAX];
    memset(event, (int)number, event_len);
    struct sl_draft draft = {.type = 17, .actor = SL_SLICE_LIT("ann"), .event = {event, event_len}};
    draft.id.bytes[0] = (uint8_t)number;
    uint32_t len = (uint32_t)sl_record_size(&draft);
    memcpy(at, &len, sizeof len);
    sl_record_encode(&draft, AT(1000 + number), at + sizeof len);
    return sizeof len + len;
}

/* The root of records that lie behind their lengths. */
static void root_of(struct sl_slice records, uint8_t ret_root[SL_SHA256_BYTES])
{
    struct sl_sha256 sha;
    struct sl_merkle tree = {0};
    uint8_t nodes[SL_MERKLE_NODES_MAX * SL_SHA256_BYTES];
    assert_ok(sl_sha256_init(&sha));
    while (records.len > 0) {
        uint32_t len;
        memcpy(&len, records.data, sizeof len);
        (void)sl_merkle_append(&tree, &sha, (struct sl_slice){records.data + sizeof len, len},
                               nodes);
        records =
            (struct sl_slice){records.data + sizeof len + len, records.len - sizeof len - len};
    }
    sl_merkle_root(&tree, &sha, ret_root);
    sl_sha256_deinit(&sha);
}

static struct sl_slice records_between(unsigned from, unsigned to)
{
    return (struct sl_slice){the_log.bytes + the_log.begins[from],
                             the_log.begins[to] - the_log.begins[from]};
}

static int set_up(void **state)
{
    (void)state;
    the_log = (struct log){.head = {.timezone = "Europe/Berlin",
                                    .currency = "USD",
                                    .policy = 1,
                                    .created = AT(77),
                                    .last = {RECORDS}}};
    memset(the_log.head.ledger_id, 9, sizeof the_log.head.ledger_id);
    for (unsigned i = 0; i < RECORDS; i++) {
        size_t size = put_record(the_log.bytes + the_log.begins[i], 1 + i % 7, i);
        the_log.begins[i + 1] = the_log.begins[i] + size;
    }
    root_of(records_between(0, RECORDS), the_log.head.root);
    return 0;
}

static int new_file(void)
{
    int fd = memfd_create("backup", MFD_CLOEXEC);
    assert_true(fd >= 0);
    return fd;
}

static enum sl_err write_block(struct sl_backup_writer *writer, unsigned from, unsigned to)
{
    struct sl_backup_block block = {{from + 1}, to - from, records_between(from, to)};
    return sl_backup_write_records(writer, &block, NULL);
}

/* A whole backup of the first `count` records. */
static size_t make(uint8_t bytes[FILE_BYTES_MAX], unsigned count)
{
    int fd = new_file();
    struct sl_backup_writer writer;
    the_log.head.last.v = count;
    root_of(records_between(0, count), the_log.head.root);
    assert_ok(sl_backup_write_head(&writer, fd, "file", &the_log.head, NULL));
    for (unsigned i = 0; i < count; i += PER_BLOCK) {
        assert_ok(write_block(&writer, i, i + PER_BLOCK < count ? i + PER_BLOCK : count));
    }
    assert_ok(sl_backup_write_end(&writer, NULL));
    sl_backup_writer_deinit(&writer);
    ssize_t len = pread(fd, bytes, FILE_BYTES_MAX, 0);
    assert_in_range(len, 1, FILE_BYTES_MAX - 1);
    close(fd);
    return (size_t)len;
}

static void put_section_head(uint8_t *at, uint32_t type, uint32_t len)
{
    memcpy(at, &type, sizeof type);
    memcpy(at + 4, &len, sizeof len);
    uint32_t crc = sl_crc32c(sl_crc32c(0, at, 8), at + SECTION, len);
    memcpy(at + 8, &crc, sizeof crc);
}

/* The beginning, as the head stands. */
static size_t put_beginning(uint8_t *bytes)
{
    int fd = new_file();
    struct sl_backup_writer writer;
    assert_ok(sl_backup_write_head(&writer, fd, "file", &the_log.head, NULL));
    sl_backup_writer_deinit(&writer);
    size_t len = START + SECTION + HEAD;
    assert_int_equal(pread(fd, bytes, len + 1, 0), len);
    close(fd);
    return len;
}

/* The end, which fits all before; gives the length of the file. */
static size_t put_end(uint8_t *bytes, size_t at)
{
    uint8_t *end = bytes + at + SECTION;
    memcpy(end, &the_log.head.last.v, 8);
    memcpy(end + 8, the_log.head.root, 32);
    struct sl_sha256 sha;
    assert_ok(sl_sha256_init(&sha));
    sl_sha256_begin(&sha);
    sl_sha256_update(&sha, bytes, at);
    sl_sha256_finish(&sha, end + 40);
    sl_sha256_deinit(&sha);
    put_section_head(bytes + at, 3, END);
    return at + SECTION + END;
}

/* A whole backup of all records, in blocks of PER_BLOCK. */
static size_t make_blocks(uint8_t bytes[FILE_BYTES_MAX])
{
    size_t at = put_beginning(bytes);
    for (unsigned i = 0; i < RECORDS; i += PER_BLOCK) {
        unsigned to = i + PER_BLOCK < RECORDS ? i + PER_BLOCK : RECORDS;
        struct sl_slice records = records_between(i, to);
        uint32_t numbers[4] = {i + 1, 0, to - i, 0};
        memcpy(bytes + at + SECTION, numbers, sizeof numbers);
        memcpy(bytes + at + SECTION + 16, records.data, records.len);
        put_section_head(bytes + at, 2, (uint32_t)(16 + records.len));
        at += SECTION + 16 + records.len;
    }
    return put_end(bytes, at);
}

struct outcome {
    enum sl_err err; /* SL_OK: read to the end */
    uint64_t records;
    struct sl_backup_head head;
    struct sl_diag diag;
};

static struct outcome read_fd(int fd)
{
    struct outcome outcome = {0};
    struct sl_backup_reader reader;
    outcome.err = sl_backup_reader_init(&reader, fd, &outcome.diag);
    while (outcome.err == SL_OK) {
        struct sl_record record;
        outcome.err = sl_backup_next(&reader, &record, &outcome.diag);
        if (outcome.err == SL_OK) {
            outcome.records++;
            assert_int_equal(record.seq.v, outcome.records);
            assert_int_equal(record.recorded.v, 999 + outcome.records);
        }
    }
    outcome.err = outcome.err == SL_E_NOT_FOUND ? SL_OK : outcome.err;
    outcome.head = reader.head;
    sl_backup_reader_deinit(&reader);
    return outcome;
}

static struct outcome read_bytes(const uint8_t *bytes, size_t len)
{
    int fd = new_file();
    assert_int_equal(write(fd, bytes, len), len);
    assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
    struct outcome outcome = read_fd(fd);
    close(fd);
    return outcome;
}

static void what_was_written_is_read_back(void **state)
{
    (void)state;
    static const unsigned counts[] = {0, 1, PER_BLOCK, PER_BLOCK + 1, RECORDS};
    uint8_t bytes[FILE_BYTES_MAX];
    for (size_t i = 0; i < COUNT(counts); i++) {
        struct outcome outcome = read_bytes(bytes, make(bytes, counts[i]));
        assert_ok(outcome.err);
        assert_int_equal(outcome.records, counts[i]);
        assert_memory_equal(&outcome.head, &the_log.head, sizeof the_log.head);
    }
    assert_ok(read_bytes(bytes, make_blocks(bytes)).err); /* blocks of another size */
}

static uint64_t number_at(const uint8_t *bytes, size_t offset, size_t size)
{
    uint64_t value = 0;
    memcpy(&value, bytes + offset, size);
    return value;
}

static void the_fields_lie_where_the_header_draws_them(void **state)
{
    (void)state;
    uint8_t bytes[FILE_BYTES_MAX];
    size_t len = make(bytes, 2);
    size_t head = START + SECTION;
    size_t records = head + HEAD + SECTION;
    size_t end = records + 16 + the_log.begins[2] + SECTION;

    assert_memory_equal(bytes, "slbackup\1\0\0\0\0\0\0\0", START);
    assert_int_equal(number_at(bytes, START, 4), 1);
    assert_int_equal(number_at(bytes, START + 4, 4), HEAD);
    assert_memory_equal(bytes + head, the_log.head.ledger_id, 16);
    assert_string_equal((const char *)bytes + head + 16, "Europe/Berlin");
    assert_string_equal((const char *)bytes + head + 80, "USD");
    assert_int_equal(number_at(bytes, head + 84, 4), 1);
    assert_int_equal(number_at(bytes, head + 88, 8), 77);
    assert_int_equal(number_at(bytes, head + 96, 8), 1);
    assert_int_equal(number_at(bytes, head + 104, 8), 2);
    assert_int_equal(number_at(bytes, head + 112, 8), 2);
    assert_memory_equal(bytes + head + 120, the_log.head.root, 32);
    assert_int_equal(number_at(bytes, records - SECTION, 4), 2);
    assert_int_equal(number_at(bytes, records, 8), 1);
    assert_int_equal(number_at(bytes, records + 8, 4), 2);
    assert_memory_equal(bytes + records + 16, the_log.bytes, the_log.begins[2]);
    assert_int_equal(number_at(bytes, end - SECTION, 4), 3);
    assert_int_equal(number_at(bytes, end, 8), 2);
    assert_memory_equal(bytes + end + 8, the_log.head.root, 32);
    assert_int_equal(len, end + END);
}

static void a_turned_bit_is_refused_wherever_it_is(void **state)
{
    (void)state;
    uint8_t bytes[FILE_BYTES_MAX];
    size_t len = make_blocks(bytes);
    for (size_t i = 0; i < len; i++) {
        bytes[i] ^= (uint8_t)(1u << (i % 8));
        struct outcome outcome = read_bytes(bytes, len);
        assert_int_equal(outcome.err, i < START ? SL_E_FORMAT : SL_E_CORRUPT);
        assert_true(i < START || strstr(outcome.diag.message, "offset") != NULL);
        bytes[i] ^= (uint8_t)(1u << (i % 8));
    }
    assert_ok(read_bytes(bytes, len).err);
}

static void a_file_that_was_cut_is_refused_wherever_that_was(void **state)
{
    (void)state;
    uint8_t bytes[FILE_BYTES_MAX];
    size_t len = make_blocks(bytes);
    for (size_t i = 0; i < len; i++) {
        struct outcome outcome = read_bytes(bytes, i);
        assert_int_equal(outcome.err, i < START ? SL_E_FORMAT : SL_E_CORRUPT);
        assert_true(i < START || strstr(outcome.diag.message, "cut short") != NULL);
    }
}

static void nothing_may_follow_the_end(void **state)
{
    (void)state;
    uint8_t bytes[FILE_BYTES_MAX];
    size_t len = make_blocks(bytes);
    bytes[len] = 0;
    struct outcome outcome = read_bytes(bytes, len + 1);
    assert_int_equal(outcome.err, SL_E_CORRUPT);
    assert_non_null(strstr(outcome.diag.message, "something follows the end"));
}

/* Sections whose own checksums are right, in another order than they were written. */
static void a_section_that_is_left_out_or_comes_twice_is_refused(void **state)
{
    (void)state;
    uint8_t bytes[FILE_BYTES_MAX];
    uint8_t other[FILE_BYTES_MAX];
    size_t len = make_blocks(bytes);
    size_t first = START + SECTION + HEAD;
    size_t second = first + SECTION + number_at(bytes, first + 4, 4);
    size_t third = second + SECTION + number_at(bytes, second + 4, 4);
    size_t end = len - SECTION - END;

    memcpy(other, bytes, second);
    memcpy(other + second, bytes + third, len - third);
    assert_int_equal(read_bytes(other, len - (third - second)).err, SL_E_CORRUPT);
    memcpy(other, bytes, second);
    memcpy(other + second, bytes + first, len - first);
    assert_int_equal(read_bytes(other, len + (second - first)).err, SL_E_CORRUPT);
    memcpy(other, bytes, START);
    memcpy(other + START, bytes + first, len - first); /* without the head */
    assert_int_equal(read_bytes(other, len - (first - START)).err, SL_E_CORRUPT);
    memcpy(other, bytes, third);
    memcpy(other + third, bytes + end, len - end); /* without the last records */
    struct outcome outcome = read_bytes(other, third + len - end);
    assert_int_equal(outcome.err, SL_E_CORRUPT);
    assert_non_null(strstr(outcome.diag.message, "digest"));
}

static void a_section_of_another_type_is_refused_by_its_number(void **state)
{
    (void)state;
    uint8_t bytes[FILE_BYTES_MAX];
    (void)make(bytes, 0);
    size_t end = START + SECTION + HEAD;
    memset(bytes + end + SECTION, 0, 5);
    put_section_head(bytes + end, 5, 5);
    struct outcome outcome = read_bytes(bytes, end + SECTION + 5);
    assert_int_equal(outcome.err, SL_E_FORMAT);
    assert_non_null(strstr(outcome.diag.message, "type 5"));
}

/* A byte of the head that nobody would see otherwise. */
static void behind_a_text_of_the_head_there_are_zeros(void **state)
{
    (void)state;
    static const size_t places[] = {16 + 20, 16 + 63, 80 + 3};
    for (size_t i = 0; i < COUNT(places); i++) {
        uint8_t bytes[FILE_BYTES_MAX];
        size_t len = make(bytes, 1);
        bytes[START + SECTION + places[i]] = 'x';
        put_section_head(bytes + START, 1, HEAD);
        assert_int_equal(put_end(bytes, len - SECTION - END), len);
        struct outcome outcome = read_bytes(bytes, len);
        assert_int_equal(outcome.err, SL_E_CORRUPT);
        assert_non_null(strstr(outcome.diag.message, "contradicts itself"));
    }
}

static void other_files_and_formats_are_told_apart(void **state)
{
    (void)state;
    uint8_t bytes[FILE_BYTES_MAX];
    size_t len = make(bytes, 1);
    bytes[8] = 2;
    struct outcome outcome = read_bytes(bytes, len);
    assert_int_equal(outcome.err, SL_E_FORMAT);
    assert_non_null(strstr(outcome.diag.message, "format 2"));
    memcpy(bytes, "not this", 8);
    outcome = read_bytes(bytes, len);
    assert_int_equal(outcome.err, SL_E_FORMAT);
    assert_non_null(strstr(outcome.diag.message, "no backup"));
}

/* Fills a body to the byte: 16 before the records, each 4 and 43 beside its event. */
static uint32_t fill_body(uint8_t *body, size_t body_len)
{
    size_t size = 16;
    uint32_t count = 0;
    while (size < body_len) {
        size_t left = body_len - size - 47;
        size_t event = left > 2000 ? 1000 : left; /* what is left then is room for one more */
        size += put_record(body + size, (uint32_t)event, count);
        count++;
    }
    assert_int_equal(size, body_len);
    memset(body, 0, 16);
    body[0] = 1;
    memcpy(body + 8, &count, sizeof count);
    return count;
}

/* A backup that is right in all but perhaps the length of its one body of records. */
static struct outcome read_body_of(size_t body_len)
{
    uint8_t *bytes = malloc(FILE_BYTES_MAX + body_len);
    assert_non_null(bytes);
    size_t at = START + SECTION + HEAD;
    uint8_t *body = bytes + at + SECTION;
    the_log.head.last.v = fill_body(body, body_len);
    root_of((struct sl_slice){body + 16, body_len - 16}, the_log.head.root);
    (void)put_beginning(bytes);
    put_section_head(bytes + at, 2, (uint32_t)body_len);
    struct outcome outcome = read_bytes(bytes, put_end(bytes, at + SECTION + body_len));
    free(bytes);
    return outcome;
}

static void a_body_has_a_maximum(void **state)
{
    (void)state;
    assert_ok(read_body_of(SL_BACKUP_BODY_BYTES_MAX).err);
    struct outcome outcome = read_body_of(SL_BACKUP_BODY_BYTES_MAX + 1);
    assert_int_equal(outcome.err, SL_E_CORRUPT);
    assert_non_null(strstr(outcome.diag.message, "longer"));
}

/* However the records came. */
static void all_backups_of_one_position_are_the_same(void **state)
{
    (void)state;
    enum { COUNT_OF_LARGE = 40, LARGE_BYTES = 20047 };
    uint8_t *records = malloc((size_t)COUNT_OF_LARGE * LARGE_BYTES);
    assert_non_null(records);
    for (unsigned i = 0; i < COUNT_OF_LARGE; i++) {
        assert_int_equal(put_record(records + (size_t)i * LARGE_BYTES, 20000, i), LARGE_BYTES);
    }
    the_log.head.last.v = COUNT_OF_LARGE;
    root_of((struct sl_slice){records, (size_t)COUNT_OF_LARGE * LARGE_BYTES}, the_log.head.root);
    uint8_t digests[2][SL_SHA256_BYTES];
    for (unsigned way = 0; way < 2; way++) {
        unsigned step = way == 0 ? 1 : COUNT_OF_LARGE;
        int fd = new_file();
        struct sl_backup_writer writer;
        assert_ok(sl_backup_write_head(&writer, fd, "file", &the_log.head, NULL));
        for (unsigned i = 0; i < COUNT_OF_LARGE; i += step) {
            struct sl_backup_block block = {
                {i + 1},
                step,
                {records + (size_t)i * LARGE_BYTES, (size_t)step * LARGE_BYTES},
            };
            assert_ok(sl_backup_write_records(&writer, &block, NULL));
        }
        assert_ok(sl_backup_write_end(&writer, NULL));
        off_t end = lseek(fd, 0, SEEK_CUR);
        assert_int_equal(pread(fd, digests[way], SL_SHA256_BYTES, end - (off_t)SL_SHA256_BYTES),
                         SL_SHA256_BYTES);
        assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
        assert_ok(read_fd(fd).err);
        sl_backup_writer_deinit(&writer);
        close(fd);
    }
    assert_memory_equal(digests[0], digests[1], SL_SHA256_BYTES);
    free(records);
}

/* After the head and the first two records. */
static void begin(struct sl_backup_writer *writer, int fd)
{
    assert_ok(sl_backup_write_head(writer, fd, "file", &the_log.head, NULL));
    assert_ok(write_block(writer, 0, 2));
}

static void a_writer_takes_only_what_comes_next(void **state)
{
    (void)state;
    struct sl_backup_block wrong[] = {
        {{4}, 2, records_between(2, 4)},                 /* a gap */
        {{2}, 2, records_between(1, 3)},                 /* one twice */
        {{3}, 0, {NULL, 0}},                             /* none */
        {{3}, 1, records_between(2, 4)},                 /* more than it says */
        {{3}, 3, records_between(2, 4)},                 /* fewer */
        {{3}, RECORDS - 1, records_between(2, RECORDS)}, /* more than the head says */
    };
    for (size_t i = 0; i < COUNT(wrong); i++) {
        int fd = new_file();
        struct sl_backup_writer writer;
        struct sl_diag diag = {0};
        begin(&writer, fd);
        assert_err(SL_E_CORRUPT, sl_backup_write_records(&writer, &wrong[i], &diag));
        assert_non_null(strstr(diag.message, "seq "));
        sl_backup_writer_deinit(&writer);
        close(fd);
    }
}

static void a_writer_does_not_end_what_the_head_does_not_say(void **state)
{
    (void)state;
    int fd = new_file();
    struct sl_backup_writer writer;
    begin(&writer, fd);
    assert_err(SL_E_CORRUPT, sl_backup_write_end(&writer, NULL)); /* too few */
    sl_backup_writer_deinit(&writer);

    the_log.head.last.v = 2; /* and the root of all */
    begin(&writer, fd);
    struct sl_diag diag = {0};
    assert_err(SL_E_CORRUPT, sl_backup_write_end(&writer, &diag));
    assert_non_null(strstr(diag.message, "root"));
    sl_backup_writer_deinit(&writer);

    the_log.bytes[the_log.begins[2] + 60] ^= 1;
    begin(&writer, fd);
    the_log.head.last.v = RECORDS;
    assert_err(SL_E_CORRUPT, write_block(&writer, 2, 4));
    sl_backup_writer_deinit(&writer);
    close(fd);
}

static void a_full_disk_is_told(void **state)
{
    (void)state;
    int fd = open("/dev/full", O_WRONLY | O_CLOEXEC);
    assert_true(fd >= 0);
    struct sl_backup_writer writer;
    struct sl_diag diag = {0};
    assert_err(SL_E_NO_SPACE, sl_backup_write_head(&writer, fd, "that file", &the_log.head, &diag));
    assert_non_null(strstr(diag.message, "that file"));
    sl_backup_writer_deinit(&writer);
    close(fd);
}

static void what_cannot_be_read_is_told(void **state)
{
    (void)state;
    int fd = open("/", O_RDONLY | O_CLOEXEC);
    assert_true(fd >= 0);
    assert_int_equal(read_fd(fd).err, SL_E_IO);
    close(fd);
}

int main(void)
{
#define T(test) cmocka_unit_test_setup(test, set_up)
    const struct CMUnitTest tests[] = {
        T(what_was_written_is_read_back),
        T(the_fields_lie_where_the_header_draws_them),
        T(a_turned_bit_is_refused_wherever_it_is),
        T(a_file_that_was_cut_is_refused_wherever_that_was),
        T(nothing_may_follow_the_end),
        T(a_section_that_is_left_out_or_comes_twice_is_refused),
        T(a_section_of_another_type_is_refused_by_its_number),
        T(behind_a_text_of_the_head_there_are_zeros),
        T(other_files_and_formats_are_told_apart),
        T(a_body_has_a_maximum),
        T(all_backups_of_one_position_are_the_same),
        T(a_writer_takes_only_what_comes_next),
        T(a_writer_does_not_end_what_the_head_does_not_say),
        T(a_full_disk_is_told),
        T(what_cannot_be_read_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
