/* Customers' keys: durable with the batch, gone for good when erased, and refused where they are damaged. */
#include "lib/test.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/store_fixture.h"
#include "store/keys_impl.h"

struct setup {
    char dir[SL_TEMP_DIR_BYTES];
    struct sl_faulty_ops ops;
    struct sl_keys *keys;
    struct sl_diag diag;
};
static struct setup s;

static enum sl_err open_as(bool is_read_only, uint8_t ledger)
{
    struct sl_keys_options options = {
        .dir = s.dir,
        .ops = &s.ops.base,
        .ledger_id = {ledger},
        .is_read_only = is_read_only,
    };
    sl_keys_close(s.keys);
    s.keys = NULL;
    return sl_keys_open(&options, &s.keys, &s.diag);
}

static void reopen(void)
{
    assert_ok(open_as(false, 9));
}

static int set_up(void **state)
{
    (void)state;
    s = (struct setup){0};
    sl_temp_dir_make(s.dir);
    sl_faulty_ops_init(&s.ops);
    reopen();
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    sl_keys_close(s.keys);
    sl_temp_dir_remove(s.dir);
    return 0;
}

static struct sl_slice text(const char *chars)
{
    return (struct sl_slice){(const uint8_t *)chars, strlen(chars)};
}

/* No two words of any two keys are equal: splitmix64. */
static uint64_t word_of(uint64_t number, uint64_t word)
{
    uint64_t z = (number * 8 + word + 1) * 0x9e3779b97f4a7c15u;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

static struct sl_seal_key key_of(unsigned number)
{
    struct sl_seal_key key;
    memset(key.id, (int)number, sizeof key.id);
    for (size_t word = 0; word < sizeof key.secret / sizeof(uint64_t); word++) {
        uint64_t bits = word_of(number, word);
        memcpy(key.secret + word * sizeof bits, &bits, sizeof bits);
    }
    return key;
}

static enum sl_err add(uint64_t seq, const char *customer, unsigned number)
{
    struct sl_seal_key key = key_of(number);
    return sl_keys_add(s.keys, seq, text(customer), &key, &s.diag);
}

static void write_batch(void)
{
    assert_true(sl_keys_close_batch(s.keys));
    assert_ok(sl_keys_commit(s.keys, &s.diag));
    sl_keys_committed(s.keys);
}

static struct sl_key_found look(const char *customer)
{
    struct sl_key_found found;
    assert_ok(sl_keys_find(s.keys, text(customer), &found, NULL));
    return found;
}

static void expect_key(const char *customer, unsigned number, bool is_durable)
{
    struct sl_key_found found;
    struct sl_seal_key key;
    struct sl_seal_key expected = key_of(number);
    assert_ok(sl_keys_find(s.keys, text(customer), &found, &key));
    assert_int_equal(found.state, SL_KEY_LIVE);
    assert_int_equal(found.is_durable, is_durable);
    assert_memory_equal(found.key_id, expected.id, sizeof expected.id);
    assert_memory_equal(&key, &expected, sizeof key);
}

static enum sl_err erase(const char *customer, int64_t when)
{
    struct sl_erasure erasure = {.when = AT(when), .actor_len = 3, .actor = "ana"};
    erasure.customer_len = strlen(customer);
    memcpy(erasure.customer, customer, erasure.customer_len);
    return sl_keys_erase(s.keys, &erasure, &s.diag);
}

static bool is_secret_on_disk(unsigned number)
{
    struct sl_seal_key key = key_of(number);
    /* Any part of it would be too much. */
    for (size_t at = 0; at + 8 <= sizeof key.secret; at += 8) {
        if (sl_temp_dir_holds(s.dir, (struct sl_slice){key.secret + at, 8}) > 0) {
            return true;
        }
    }
    return false;
}

static void path_of(const char *name, char path[2 * SL_TEMP_DIR_BYTES])
{
    (void)snprintf(path, 2 * SL_TEMP_DIR_BYTES, "%s/%s", s.dir, name);
}

static void nothing_is_made_before_the_first_key(void **state)
{
    (void)state;
    struct stat info;
    char path[2 * SL_TEMP_DIR_BYTES];
    path_of("keys", path);

    assert_int_equal(look("ACME").state, SL_KEY_NONE);
    assert_false(sl_keys_close_batch(s.keys));
    assert_int_equal(stat(path, &info), -1);
    assert_ok(add(1, "ACME", 1));

    assert_int_equal(stat(path, &info), 0);
    assert_int_equal(info.st_mode & 0777, 0700);
}

static void a_key_is_there_at_once_and_durable_with_its_batch(void **state)
{
    (void)state;
    assert_ok(add(1, "ACME", 1));
    expect_key("ACME", 1, false);
    assert_true(sl_keys_close_batch(s.keys));
    assert_ok(add(2, "Bolt", 2)); /* of the batch after it */
    expect_key("ACME", 1, false);
    expect_key("Bolt", 2, false);
    assert_ok(sl_keys_commit(s.keys, &s.diag));
    sl_keys_committed(s.keys);
    expect_key("ACME", 1, true);

    reopen(); /* and with it what was not written is gone */
    expect_key("ACME", 1, true);
    assert_int_equal(look("Bolt").state, SL_KEY_NONE);
    assert_int_equal(look("ACM").state, SL_KEY_NONE);
}

static void keys_are_taken_back_with_their_events(void **state)
{
    (void)state;
    assert_int_equal(sl_keys_since(s.keys), UINT64_MAX);
    assert_ok(add(1, "a", 1));
    assert_ok(add(2, "b", 2));
    assert_ok(add(3, "c", 3));
    sl_keys_retract(s.keys, 2);
    expect_key("a", 1, false);
    assert_int_equal(look("b").state, SL_KEY_NONE);
    assert_ok(add(2, "c", 4));
    write_batch();
    assert_ok(add(3, "d", 5));
    write_batch();
    reopen();
    assert_int_equal(sl_keys_since(s.keys), 1);
    expect_key("a", 1, true);
    assert_int_equal(look("b").state, SL_KEY_NONE);
    expect_key("c", 4, true);
    assert_false(is_secret_on_disk(3));
}

static void an_erased_secret_is_nowhere_on_the_disk(void **state)
{
    (void)state;
    char name[16];
    for (unsigned i = 0; i < 200; i++) {
        (void)snprintf(name, sizeof name, "customer %u", i);
        assert_ok(add(1u + i, name, i));
        if (i % 30 == 29) {
            write_batch();
        }
    }
    write_batch();
    struct sl_seal_key key = key_of(77);
    struct sl_slice secret = {key.secret, sizeof key.secret};
    assert_int_equal(sl_temp_dir_holds(s.dir, secret), 1); /* LMDB has none */

    assert_ok(erase("customer 77", 5000));

    assert_false(is_secret_on_disk(77));
    struct sl_key_found found = look("customer 77");
    assert_int_equal(found.state, SL_KEY_ERASED);
    assert_int_equal(found.erased.v, 5000);
    assert_int_equal(found.erased_by_len, 3);
    assert_memory_equal(found.erased_by, "ana", 3);
    reopen();
    assert_int_equal(look("customer 77").state, SL_KEY_ERASED);
    expect_key("customer 76", 76, true);
    expect_key("customer 78", 78, true);
}

static void an_erasure_that_was_cut_short_is_finished_by_the_next_start(void **state)
{
    (void)state;
    assert_ok(add(1, "ACME", 1));
    write_batch();
    static const enum sl_fault_call faults[] = {SL_FAULT_WRITE, SL_FAULT_FDATASYNC};
    for (unsigned i = 0; i < COUNT(faults); i++) {
        assert_ok(add(2u + i, "Bolt", 10 + i));
        write_batch();
        s.ops.call = faults[i]; /* the tombstone is LMDB's and is written */
        s.ops.code = EIO;
        assert_err(SL_E_IO, erase("Bolt", 7000 + i));
        assert_int_equal(is_secret_on_disk(10 + i), faults[i] == SL_FAULT_WRITE);
        s.ops.call = SL_FAULT_NONE;
        unsigned flushes = s.ops.flushes;

        reopen();

        assert_false(is_secret_on_disk(10 + i));
        assert_true(s.ops.flushes > flushes);
        assert_int_equal(look("Bolt").state, SL_KEY_ERASED);
        assert_int_equal(look("Bolt").erased.v, 7000 + i);
        expect_key("ACME", 1, true);
    }
}

static void a_start_that_only_reads_changes_nothing(void **state)
{
    (void)state;
    assert_ok(add(1, "ACME", 1));
    write_batch();
    s.ops.call = SL_FAULT_WRITE;
    s.ops.code = EIO;
    assert_err(SL_E_IO, erase("ACME", 7000));
    sl_keys_close(s.keys);
    s.keys = NULL;
    unsigned writes = s.ops.writes;
    assert_ok(open_as(true, 9));
    assert_int_equal(look("ACME").state, SL_KEY_ERASED);
    assert_int_equal(s.ops.writes, writes);
}

static void a_customer_who_comes_back_gets_another_key(void **state)
{
    (void)state;
    assert_ok(add(1, "ACME", 1));
    write_batch();
    assert_ok(erase("ACME", 5000));
    assert_ok(add(2, "ACME", 2));
    expect_key("ACME", 2, false);
    assert_int_equal(look("ACME").erased.v, 5000);
    write_batch();
    reopen();
    expect_key("ACME", 2, true);
    assert_int_equal(look("ACME").erased.v, 5000); /* what is left of the first */
    assert_ok(erase("ACME", 6000));
    assert_int_equal(look("ACME").erased.v, 6000);
    assert_false(is_secret_on_disk(2));
}

static void a_failed_write_or_flush_of_a_secret_fails_the_commit(void **state)
{
    (void)state;
    static const enum sl_fault_call faults[] = {SL_FAULT_WRITE, SL_FAULT_FDATASYNC};
    for (unsigned i = 0; i < COUNT(faults); i++) {
        assert_ok(add(1, "ACME", 1));
        assert_true(sl_keys_close_batch(s.keys));
        s.ops.call = faults[i];
        s.ops.code = EIO;
        assert_err(SL_E_IO, sl_keys_commit(s.keys, &s.diag));
        s.ops.call = SL_FAULT_NONE;
        reopen();
        assert_int_equal(look("ACME").state, SL_KEY_NONE);
    }
}

static void after_a_failure_nothing_is_written_until_it_is_opened_again(void **state)
{
    (void)state;
    assert_ok(add(1, "ACME", 1));
    write_batch();
    assert_ok(add(2, "Bolt", 2));
    assert_true(sl_keys_close_batch(s.keys));
    s.ops.call = SL_FAULT_FDATASYNC;
    s.ops.code = EIO;
    assert_err(SL_E_IO, sl_keys_commit(s.keys, &s.diag));
    s.ops.call = SL_FAULT_NONE;
    unsigned writes = s.ops.writes;

    assert_err(SL_E_STOPPED, erase("ACME", 5000)); /* it was on its way */
    assert_err(SL_E_STOPPED, sl_keys_commit(s.keys, &s.diag));

    assert_int_equal(s.ops.writes, writes);
    reopen();
    expect_key("ACME", 1, true);
    assert_ok(erase("ACME", 6000));
}

static void change_byte(const char *name, off_t at)
{
    char path[2 * SL_TEMP_DIR_BYTES];
    uint8_t byte;
    path_of(name, path);
    int fd = open(path, O_RDWR | O_CLOEXEC);
    assert_true(fd >= 0);
    assert_int_equal(pread(fd, &byte, 1, at), 1);
    byte ^= 0x10;
    assert_int_equal(pwrite(fd, &byte, 1, at), 1);
    close(fd);
}

static void a_damaged_secret_is_seen(void **state)
{
    (void)state;
    struct sl_key_found found;
    struct sl_seal_key key;
    assert_ok(add(1, "ACME", 1));
    assert_ok(add(2, "Bolt", 2));
    write_batch();
    for (off_t at = 128; at < 256; at++) {
        change_byte("keys/secrets", at);
        assert_err(SL_E_CORRUPT, sl_keys_find(s.keys, text("Bolt"), &found, &key));
        change_byte("keys/secrets", at);
    }
    expect_key("Bolt", 2, true);
    change_byte("keys/secrets", 128);
    expect_key("ACME", 1, true);
}

static void a_flipped_bit_in_a_row_is_damage(void **state)
{
    (void)state;
    struct sl_key_row row = {.is_live = 1, .slot = 5, .erased_us = 77, .erased_by_len = 3};
    memcpy(row.erased_by, "ana", 3);
    size_t len = sl_key_row_seal(text("ACME"), &row);
    uint8_t bytes[sizeof row];
    struct sl_slice value = {bytes, len};
    struct sl_key_row found;
    for (size_t bit = 0; bit < len * 8; bit++) {
        memcpy(bytes, &row, len);
        assert_ok(sl_key_row_get(text("ACME"), value, true, &found));
        bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
        assert_err(SL_E_CORRUPT, sl_key_row_get(text("ACME"), value, true, &found));
        assert_err(SL_E_CORRUPT, sl_key_row_get(text("ACME"), value, false, &found));
    }
    memcpy(bytes, &row, len);
    assert_err(SL_E_CORRUPT, sl_key_row_get(text("Bolt"), value, true, &found));
    memset(bytes, 0, len);
    assert_err(SL_E_CORRUPT, sl_key_row_get(text("ACME"), value, true, &found));
}

static void a_flipped_bit_in_meta_is_damage(void **state)
{
    (void)state;
    struct sl_keys_meta meta = {.slots = 9, .overwritten = 3, .since = 4, .has_sealed_rows = 1};
    struct sl_keys_meta found;
    sl_keys_meta_seal(&meta);
    uint8_t bytes[sizeof meta];
    struct sl_slice value = {bytes, sizeof bytes};
    for (size_t bit = 0; bit < sizeof meta * 8; bit++) {
        memcpy(bytes, &meta, sizeof meta);
        assert_ok(sl_keys_meta_get(value, &found));
        bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
        assert_err(SL_E_CORRUPT, sl_keys_meta_get(value, &found));
    }
    value.len--;
    assert_err(SL_E_FORMAT, sl_keys_meta_get(value, &found));
}

static void put_as_before_seals(const char *customer, const struct sl_key_row *row, size_t slots)
{
    struct {
        uint64_t slots, overwritten, since;
    } meta = {.slots = slots, .since = 1};
    MDB_txn *txn;
    assert_int_equal(mdb_txn_begin(s.keys->mdb, NULL, 0, &txn), 0);
    MDB_val key = {strlen(customer), (void *)(uintptr_t)customer};
    MDB_val value = {SL_KEY_ROW_BYTES_MIN, (void *)(uintptr_t)row};
    assert_int_equal(mdb_put(txn, s.keys->rows, &key, &value, 0), 0);
    key = (MDB_val){4, (void *)(uintptr_t) "keys"};
    value = (MDB_val){sizeof meta, &meta};
    assert_int_equal(mdb_put(txn, s.keys->meta, &key, &value, 0), 0);
    assert_int_equal(mdb_txn_commit(txn), 0);
}

static void keys_from_before_there_were_seals_are_read_and_written(void **state)
{
    (void)state;
    assert_ok(add(1, "ACME", 1));
    write_batch();
    struct sl_key_row row = {.is_live = 1};
    struct sl_seal_key key = key_of(1);
    memcpy(row.key_id, key.id, sizeof row.key_id);
    put_as_before_seals("ACME", &row, 1);
    reopen();
    expect_key("ACME", 1, true);
    assert_ok(add(2, "Bolt", 2));
    write_batch();
    reopen();
    expect_key("ACME", 1, true);
    expect_key("Bolt", 2, true);
    assert_ok(erase("ACME", 5000));
    reopen();
    assert_int_equal(look("ACME").state, SL_KEY_ERASED);
    expect_key("Bolt", 2, true);
}

static void keys_of_another_ledger_are_refused(void **state)
{
    (void)state;
    assert_ok(add(1, "ACME", 1));
    write_batch();
    assert_err(SL_E_CORRUPT, open_as(false, 8));
    assert_non_null(strstr(s.diag.message, "another ledger"));
    reopen();
    expect_key("ACME", 1, true);
}

/* A start finishes the last erasure; it must not destroy what it finds there instead. */
static void a_secret_in_the_place_of_an_erased_one_is_not_overwritten(void **state)
{
    (void)state;
    assert_ok(add(1, "ACME", 1));
    assert_ok(add(2, "Bolt", 2));
    write_batch();
    assert_ok(erase("ACME", 5000));
    uint8_t slot[128];
    char path[2 * SL_TEMP_DIR_BYTES];
    path_of("keys/secrets", path);
    int fd = open(path, O_RDWR | O_CLOEXEC);
    assert_int_equal(pread(fd, slot, sizeof slot, sizeof slot), sizeof slot);
    assert_int_equal(pwrite(fd, slot, sizeof slot, 0), sizeof slot);
    assert_err(SL_E_CORRUPT, open_as(false, 9));
    assert_non_null(strstr(s.diag.message, "keys/secrets"));
    uint8_t found[sizeof slot];
    assert_int_equal(pread(fd, found, sizeof found, 0), sizeof found);
    close(fd);
    assert_memory_equal(slot, found, sizeof slot);
}

static void damaged_pages_are_told_before_they_are_believed(void **state)
{
    (void)state;
    assert_ok(add(1, "ACME", 1));
    write_batch();
    sl_keys_close(s.keys);
    s.keys = NULL;
    char path[2 * SL_TEMP_DIR_BYTES];
    struct stat info;
    path_of("keys/data.mdb", path);
    assert_int_equal(stat(path, &info), 0);
    unsigned refused = 0;
    for (off_t at = 0; at < info.st_size; at += 4096) {
        change_byte("keys/data.mdb", at + 10); /* what kind of page it is */
        bool is_refused = open_as(false, 9) != SL_OK;
        assert_true(!is_refused || strstr(s.diag.message, "keys") != NULL);
        refused += is_refused;
        if (!is_refused) {
            expect_key("ACME", 1, true);
        }
        change_byte("keys/data.mdb", at + 10);
    }
    assert_in_range(refused, 3, info.st_size / 4096);
}

static void secrets_without_their_index_are_not_taken_for_none(void **state)
{
    (void)state;
    assert_ok(add(1, "ACME", 1));
    write_batch();
    sl_keys_close(s.keys);
    s.keys = NULL;
    char path[2 * SL_TEMP_DIR_BYTES];
    path_of("keys/data.mdb", path);
    assert_int_equal(unlink(path), 0);
    assert_err(SL_E_CORRUPT, open_as(false, 9));
    assert_true(strstr(s.diag.message, "keys/secrets") != NULL);
}

static void an_index_without_secrets_does_not_open(void **state)
{
    (void)state;
    assert_ok(add(1, "ACME", 1));
    write_batch();
    sl_keys_close(s.keys);
    s.keys = NULL;
    char path[2 * SL_TEMP_DIR_BYTES];
    path_of("keys/secrets", path);
    assert_int_equal(unlink(path), 0);
    assert_err(SL_E_IO, open_as(false, 9));
    assert_true(strstr(s.diag.message, "keys/secrets") != NULL);
}

static void what_a_power_cut_left_of_making_the_folder_does_no_harm(void **state)
{
    (void)state;
    static const char *const left[] = {"keys/secrets", "keys/new/data.mdb", "keys/new/lock.mdb"};
    char path[2 * SL_TEMP_DIR_BYTES];
    path_of("keys", path);
    assert_int_equal(mkdir(path, 0700), 0);
    path_of("keys/new", path);
    assert_int_equal(mkdir(path, 0700), 0);
    for (size_t i = 0; i < COUNT(left); i++) {
        path_of(left[i], path);
        int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
        assert_true(fd >= 0);
        assert_int_equal(i == 0 || write(fd, "half", 4) == 4, 1);
        close(fd);
    }
    reopen();
    assert_int_equal(look("ACME").state, SL_KEY_NONE);
    assert_ok(add(1, "ACME", 1));
    write_batch();
    reopen();
    expect_key("ACME", 1, true);
}

static void a_folder_that_cannot_be_made_refuses_and_is_made_later(void **state)
{
    (void)state;
    s.ops.call = SL_FAULT_OPEN;
    s.ops.code = ENOSPC;
    assert_err(SL_E_NO_SPACE, add(1, "ACME", 1));
    assert_int_equal(look("ACME").state, SL_KEY_NONE);
    s.ops.call = SL_FAULT_NONE;
    assert_ok(add(1, "ACME", 1));
    write_batch();
    expect_key("ACME", 1, true);
}

static void a_batch_has_a_greatest_number_of_keys(void **state)
{
    (void)state;
    char name[16];
    for (uint32_t i = 0; i < SL_KEYS_GATHERING_MAX; i++) {
        (void)snprintf(name, sizeof name, "c%u", i);
        assert_int_equal(sl_keys_may_add(s.keys, 1), true);
        assert_ok(add(1 + i, name, i));
    }
    assert_false(sl_keys_may_add(s.keys, 1));
    assert_err(SL_E_BUSY, add(1 + SL_KEYS_GATHERING_MAX, "one more", 1));
    assert_true(sl_keys_bound(s.keys) > SL_KEYS_GATHERING_MAX * SL_KEY_SLOT_BYTES);
    write_batch();
    assert_int_equal(sl_keys_bound(s.keys), 0);
    expect_key("c0", 0, true);
    (void)snprintf(name, sizeof name, "c%u", SL_KEYS_GATHERING_MAX - 1);
    expect_key(name, SL_KEYS_GATHERING_MAX - 1, true);
    assert_ok(add(1, "one more", 1));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define KEYS_TEST(test) cmocka_unit_test_setup_teardown((test), set_up, tear_down)
        KEYS_TEST(nothing_is_made_before_the_first_key),
        KEYS_TEST(a_key_is_there_at_once_and_durable_with_its_batch),
        KEYS_TEST(keys_are_taken_back_with_their_events),
        KEYS_TEST(an_erased_secret_is_nowhere_on_the_disk),
        KEYS_TEST(an_erasure_that_was_cut_short_is_finished_by_the_next_start),
        KEYS_TEST(a_start_that_only_reads_changes_nothing),
        KEYS_TEST(a_customer_who_comes_back_gets_another_key),
        KEYS_TEST(a_failed_write_or_flush_of_a_secret_fails_the_commit),
        KEYS_TEST(after_a_failure_nothing_is_written_until_it_is_opened_again),
        KEYS_TEST(a_damaged_secret_is_seen),
        KEYS_TEST(a_flipped_bit_in_a_row_is_damage),
        KEYS_TEST(a_flipped_bit_in_meta_is_damage),
        KEYS_TEST(keys_from_before_there_were_seals_are_read_and_written),
        KEYS_TEST(keys_of_another_ledger_are_refused),
        KEYS_TEST(a_secret_in_the_place_of_an_erased_one_is_not_overwritten),
        KEYS_TEST(damaged_pages_are_told_before_they_are_believed),
        KEYS_TEST(secrets_without_their_index_are_not_taken_for_none),
        KEYS_TEST(an_index_without_secrets_does_not_open),
        KEYS_TEST(what_a_power_cut_left_of_making_the_folder_does_no_harm),
        KEYS_TEST(a_folder_that_cannot_be_made_refuses_and_is_made_later),
        KEYS_TEST(a_batch_has_a_greatest_number_of_keys),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
