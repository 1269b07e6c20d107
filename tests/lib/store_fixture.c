/* The fixture's directories, faults and ledger. */
#include "lib/store_fixture.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/test.h"

/* ── directories ── */

void sl_temp_dir_make(char dir[SL_TEMP_DIR_BYTES])
{
    const char *base = getenv("TMPDIR");
    int len = snprintf(dir, SL_TEMP_DIR_BYTES, "%s/sl-store-XXXXXX", base != NULL ? base : "/tmp");
    assert_in_range(len, 1, SL_TEMP_DIR_BYTES - 1);
    assert_non_null(mkdtemp(dir));
}

static int remove_entry(const char *path, const struct stat *info, int type, struct FTW *walk)
{
    (void)info;
    (void)type;
    (void)walk;
    return remove(path);
}

void sl_temp_dir_remove(const char *dir)
{
    (void)nftw(dir, remove_entry, 16, FTW_DEPTH | FTW_PHYS); /* a rest in /tmp harms no test */
}

static void copy_file(const char *from, const char *to)
{
    static uint8_t block[1 << 16];
    int in = open(from, O_RDONLY | O_CLOEXEC);
    int out = open(to, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    assert_true(in >= 0 && out >= 0);
    ssize_t got = read(in, block, sizeof block);
    while (got > 0) {
        assert_int_equal(write(out, block, (size_t)got), got);
        got = read(in, block, sizeof block);
    }
    assert_int_equal(got, 0);
    close(in);
    close(out);
}

/* nftw has no context argument; the copy runs on one thread of a test. */
static const char *copy_from;
static const char *copy_to;

static int copy_entry(const char *path, const struct stat *info, int type, struct FTW *walk)
{
    (void)info;
    char target[2 * SL_TEMP_DIR_BYTES];
    int len = snprintf(target, sizeof target, "%s%s", copy_to, path + strlen(copy_from));
    assert_in_range(len, 1, sizeof target - 1);
    if (type == FTW_D) {
        return walk->level == 0 ? 0 : mkdir(target, 0700);
    }
    copy_file(path, target);
    return 0;
}

void sl_temp_dir_copy(const char *from, char to[SL_TEMP_DIR_BYTES])
{
    sl_temp_dir_make(to);
    copy_from = from;
    copy_to = to;
    assert_int_equal(nftw(from, copy_entry, 16, FTW_PHYS), 0);
}

static struct sl_slice looked_for;
static unsigned found_in;

static int look_into(const char *path, const struct stat *info, int type, struct FTW *walk)
{
    (void)walk;
    if (type != FTW_F) {
        return 0;
    }
    size_t len = (size_t)info->st_size;
    uint8_t *bytes = malloc(len + 1);
    int in = open(path, O_RDONLY | O_CLOEXEC);
    assert_non_null(bytes);
    assert_true(in >= 0);
    assert_int_equal(pread(in, bytes, len, 0), len);
    found_in += memmem(bytes, len, looked_for.data, looked_for.len) != NULL;
    close(in);
    free(bytes);
    return 0;
}

unsigned sl_temp_dir_holds(const char *dir, struct sl_slice bytes)
{
    looked_for = bytes;
    found_in = 0;
    assert_int_equal(nftw(dir, look_into, 16, FTW_PHYS), 0);
    return found_in;
}

void sl_temp_dir_damage(const char *dir, const char *name, const char *text)
{
    static uint8_t content[64u * 1024u * 1024u];
    char path[SL_TEMP_DIR_BYTES + 32];
    (void)snprintf(path, sizeof path, "%s/%s", dir, name);
    int fd = open(path, O_RDWR | O_CLOEXEC);
    assert_true(fd >= 0);
    ssize_t len = read(fd, content, sizeof content);
    assert_true(len > 0);
    const uint8_t *at = memmem(content, (size_t)len, text, strlen(text));
    assert_non_null(at);
    static const uint8_t wrong = 'X';
    assert_int_equal(pwrite(fd, &wrong, 1, at - content), 1);
    (void)close(fd);
}

/* ── file calls that fail ── */

static struct sl_faulty_ops *faulty_of(const struct sl_file_ops *ops)
{
    union {
        const struct sl_file_ops *constant;
        struct sl_faulty_ops *faulty;
    } cast = {.constant = ops};
    return cast.faulty;
}

static bool is_fault(struct sl_faulty_ops *ops, enum sl_fault_call call)
{
    if (ops->call != call) {
        return false;
    }
    if (ops->after > 0) {
        ops->after--;
        return false;
    }
    errno = ops->code;
    return true;
}

static int faulty_open(const struct sl_file_ops *base, const char *path, int flags)
{
    if (is_fault(faulty_of(base), SL_FAULT_OPEN)) {
        return -1;
    }
    return sl_file_ops_system()->open(base, path, flags);
}

static ssize_t faulty_pwritev(
    const struct sl_file_ops *base, int fd, const struct iovec *parts, int count, off_t offset)
{
    struct sl_faulty_ops *ops = faulty_of(base);
    ops->writes++;
    if (is_fault(ops, SL_FAULT_WRITE)) {
        return -1;
    }
    if (ops->is_short) {
        struct iovec part = parts[0];
        part.iov_len = part.iov_len > 100 ? 100 : part.iov_len;
        return sl_file_ops_system()->pwritev(base, fd, &part, 1, offset);
    }
    return sl_file_ops_system()->pwritev(base, fd, parts, count, offset);
}

static int faulty_fdatasync(const struct sl_file_ops *base, int fd)
{
    struct sl_faulty_ops *ops = faulty_of(base);
    ops->flushes++;
    if (ops->clock != NULL) {
        sl_fake_clock_advance_us(ops->clock, ops->flush_us);
    }
    if (is_fault(ops, SL_FAULT_FDATASYNC)) {
        return -1;
    }
    return sl_file_ops_system()->fdatasync(base, fd);
}

static int faulty_fsync(const struct sl_file_ops *base, int fd)
{
    if (is_fault(faulty_of(base), SL_FAULT_FSYNC)) {
        return -1;
    }
    return sl_file_ops_system()->fsync(base, fd);
}

static int faulty_reserve(const struct sl_file_ops *base, int fd, off_t bytes)
{
    if (is_fault(faulty_of(base), SL_FAULT_RESERVE)) {
        return -1;
    }
    faulty_of(base)->reserved_bytes = (uint64_t)bytes;
    return sl_file_ops_system()->reserve(base, fd, bytes);
}

static int faulty_free_bytes(const struct sl_file_ops *base, const char *path, uint64_t *ret_bytes)
{
    (void)path;
    *ret_bytes = faulty_of(base)->free_bytes;
    return 0;
}

void sl_faulty_ops_init(struct sl_faulty_ops *ops)
{
    *ops = (struct sl_faulty_ops){
        .base = *sl_file_ops_system(),
        .code = EIO,
        .free_bytes = UINT64_MAX,
    };
    ops->base.open = faulty_open;
    ops->base.pwritev = faulty_pwritev;
    ops->base.fdatasync = faulty_fdatasync;
    ops->base.fsync = faulty_fsync;
    ops->base.reserve = faulty_reserve;
    ops->base.free_bytes = faulty_free_bytes;
}

/* ── a ledger ── */

struct totals_row {
    uint64_t count;
    uint64_t bytes;
};

const struct sl_table_spec sl_fixture_specs[SL_FIXTURE_TABLE_COUNT] = {
    [SL_FIXTURE_TOTALS] = {.name = "totals", .row_size = sizeof(struct totals_row), .version = 1},
    [SL_FIXTURE_LAST] = {.name = "last", .row_size = 8, .version = 1},
    [SL_FIXTURE_PACKED] = {.name = "packed", .row_size = 8, .version = 1, .packed_rows = 8},
};

enum sl_err sl_fixture_apply(void *ctx, const struct sl_record *record)
{
    struct sl_state *state = ctx;
    struct totals_row *totals =
        sl_state_upsert(state, SL_FIXTURE_TOTALS, (struct sl_key){record->type, 0});
    totals->count++;
    totals->bytes += record->bytes.len;
    struct sl_key key = {record->seq.v / 7, 1};
    if (record->seq.v % 5 == 0) {
        sl_state_remove(state, SL_FIXTURE_LAST, key);
    } else {
        uint64_t *last = sl_state_upsert(state, SL_FIXTURE_LAST, key);
        *last = record->seq.v;
    }
    uint64_t *packed =
        sl_state_upsert(state, SL_FIXTURE_PACKED, (struct sl_key){record->seq.v / 3, record->type});
    *packed = record->seq.v;
    return sl_state_error(state);
}

static void on_durable(void *ctx, sl_seq durable)
{
    struct sl_fixture *fixture = ctx;
    assert_true(durable.v > fixture->durable);
    fixture->durable = durable.v;
}

static void on_stopped(void *ctx, const struct sl_diag *why)
{
    struct sl_fixture *fixture = ctx;
    fixture->stops++;
    fixture->why = *why;
}

void sl_fixture_init(struct sl_fixture *fixture)
{
    *fixture = (struct sl_fixture){0};
    sl_temp_dir_make(fixture->dir);
    sl_inline_init(&fixture->executor);
    sl_fake_clock_init(&fixture->clock, (sl_time){1000000});
    sl_faulty_ops_init(&fixture->ops);
    fixture->options = (struct sl_store_options){
        .specs = sl_fixture_specs,
        .spec_count = SL_FIXTURE_TABLE_COUNT,
        .executor = &fixture->executor.base,
        .segment_bytes = (uint64_t)256 * 1024,
        .on_durable = on_durable,
        .on_stopped = on_stopped,
        .ctx = fixture,
        .file_ops = &fixture->ops.base,
        .clock = &fixture->clock.base,
    };
    struct sl_genesis genesis = {
        .ledger_id = {1, 2, 3},
        .timezone = "Europe/Paris",
        .currency = "EUR",
        .policy = 1,
        .created = {1000},
    };
    struct sl_diag diag = {0};
    assert_ok(sl_store_create(fixture->dir, &genesis, &diag));
}

enum sl_err sl_fixture_try_open(struct sl_fixture *fixture, struct sl_diag *diag)
{
    fixture->options.dir = fixture->dir;
    enum sl_err err = sl_store_open(&fixture->options, &fixture->store, diag);
    if (err != SL_OK) {
        fixture->store = NULL;
        return err;
    }
    struct sl_state *state = sl_store_state(fixture->store);
    if (sl_store_needs_rebuild(fixture->store)) {
        err = sl_store_rebuild(fixture->store, sl_fixture_apply, NULL, state, diag);
    }
    return err == SL_OK ? sl_store_recover(fixture->store, sl_fixture_apply, state, diag) : err;
}

void sl_fixture_open(struct sl_fixture *fixture)
{
    struct sl_diag diag = {0};
    fixture->durable = 0;
    assert_ok(sl_fixture_try_open(fixture, &diag));
    fixture->durable = sl_store_durable(fixture->store).v;
}

void sl_fixture_close(struct sl_fixture *fixture)
{
    sl_store_close(fixture->store);
    fixture->store = NULL;
}

void sl_fixture_deinit(struct sl_fixture *fixture)
{
    sl_fixture_close(fixture);
    sl_temp_dir_remove(fixture->dir);
}

void sl_fixture_kill(struct sl_fixture *fixture)
{
    char copy[SL_TEMP_DIR_BYTES];
    sl_temp_dir_copy(fixture->dir, copy);
    sl_fixture_close(fixture);
    sl_temp_dir_remove(fixture->dir);
    memcpy(fixture->dir, copy, sizeof copy);
}

enum sl_err sl_fixture_add(struct sl_fixture *fixture)
{
    char event[64];
    int len = snprintf(event, sizeof event, "event %llu", (unsigned long long)fixture->added);
    struct sl_draft draft = {
        .type = (uint8_t)(1 + fixture->added % 3),
        .effective = {17000},
        .actor = SL_SLICE_LIT("alice"),
        .event = {(const uint8_t *)event, (size_t)len},
    };
    memcpy(draft.id.bytes, &fixture->added, sizeof fixture->added);
    struct sl_record record;
    enum sl_err err =
        sl_store_add(fixture->store, sl_clock_now(&fixture->clock.base), &draft, &record);
    if (err == SL_OK) {
        fixture->added++;
        assert_ok(sl_fixture_apply(sl_store_state(fixture->store), &record));
    }
    return err;
}

void sl_fixture_add_many(struct sl_fixture *fixture, unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        assert_ok(sl_fixture_add(fixture));
    }
}

void sl_fixture_run(struct sl_fixture *fixture)
{
    sl_store_submit(fixture->store);
    sl_inline_run_all(&fixture->executor);
}

void sl_fixture_batches(struct sl_fixture *fixture, unsigned batches, unsigned count)
{
    for (unsigned i = 0; i < batches; i++) {
        sl_fixture_add_many(fixture, count);
        sl_fixture_run(fixture);
    }
}

void sl_fixture_checkpoint(struct sl_fixture *fixture)
{
    sl_store_checkpoint_soon(fixture->store);
    sl_store_tick(fixture->store, sl_clock_now(&fixture->clock.base));
    sl_inline_run_all(&fixture->executor);
}

static void replay_log(struct sl_fixture *fixture, struct sl_state *scratch, uint64_t head)
{
    static struct sl_page page;
    uint64_t next = 1;
    while (next <= head) {
        assert_ok(sl_store_page(fixture->store, (sl_seq){next}, 100, &page));
        assert_true(page.count > 0);
        for (size_t i = 0; i < page.count; i++) {
            assert_int_equal(page.records[i].seq.v, next + i);
            assert_ok(sl_fixture_apply(scratch, &page.records[i]));
        }
        next += page.count;
        sl_store_page_end(fixture->store, &page);
    }
}

void sl_fixture_check(struct sl_fixture *fixture, uint64_t expected_head)
{
    assert_int_equal(sl_store_head(fixture->store).v, expected_head);
    struct sl_state *scratch;
    assert_ok(sl_state_open_scratch(sl_fixture_specs, SL_FIXTURE_TABLE_COUNT, &scratch));
    replay_log(fixture, scratch, expected_head);
    for (unsigned table = 0; table < SL_FIXTURE_TABLE_COUNT; table++) {
        uint8_t expected[32];
        uint8_t actual[32];
        uint64_t expected_rows;
        uint64_t rows;
        assert_ok(sl_state_digest(scratch, table, expected, &expected_rows));
        assert_ok(sl_state_digest(sl_store_state(fixture->store), table, actual, &rows));
        assert_int_equal(rows, expected_rows);
        assert_memory_equal(actual, expected, sizeof expected);
    }
    sl_state_close(scratch);
}

static enum sl_err try_read_log(struct sl_fixture *fixture)
{
    static struct sl_page page;
    enum sl_err err = SL_OK;
    uint64_t next = 1;
    while (err == SL_OK && next <= sl_store_head(fixture->store).v) {
        err = sl_store_page(fixture->store, (sl_seq){next}, 100, &page);
        if (err == SL_OK) {
            assert_true(page.count > 0);
            next += page.count;
            sl_store_page_end(fixture->store, &page);
        }
    }
    return err;
}

enum sl_err sl_fixture_try_read(struct sl_fixture *fixture)
{
    struct sl_state *state = sl_store_state(fixture->store);
    enum sl_err err = try_read_log(fixture);
    for (unsigned table = 0; table < SL_FIXTURE_TABLE_COUNT && err == SL_OK; table++) {
        uint8_t digest[32];
        uint64_t rows;
        struct sl_key key;
        const void *row;
        err = sl_state_digest(state, table, digest, &rows);
        (void)sl_state_last(state, table, (struct sl_key){UINT64_MAX, 0}, &key, &row); /* sticky */
    }
    return err == SL_OK ? sl_state_error(state) : err;
}
