/* Keys for a backup: those of the log up to a position, without what was erased since; and put into another ledger they are the same. */
#include "lib/test.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/store_fixture.h"
#include "store/keys_copy.h"
#include "store/keys_impl.h"

struct setup {
    char dir[SL_TEMP_DIR_BYTES];
    char other_dir[SL_TEMP_DIR_BYTES];
    struct sl_faulty_ops ops;
    struct sl_keys *keys;
    struct sl_keys *other; /* to be put into */
    struct sl_key_page page;
    struct sl_diag diag;
};
static struct setup s;

static void reopen(const char *dir, struct sl_keys **keys)
{
    sl_keys_close(*keys);
    *keys = NULL;
    struct sl_keys_options options = {.dir = dir, .ops = &s.ops.base};
    assert_ok(sl_keys_open(&options, keys, &s.diag));
}

static int set_up(void **state)
{
    (void)state;
    s = (struct setup){0};
    sl_temp_dir_make(s.dir);
    sl_temp_dir_make(s.other_dir);
    sl_faulty_ops_init(&s.ops);
    reopen(s.dir, &s.keys);
    reopen(s.other_dir, &s.other);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    sl_keys_close(s.keys);
    sl_keys_close(s.other);
    sl_temp_dir_remove(s.dir);
    sl_temp_dir_remove(s.other_dir);
    return 0;
}

static struct sl_seal_key key_of(unsigned number)
{
    struct sl_seal_key key;
    memset(&key, 0x5a, sizeof key);
    memcpy(key.id, &number, sizeof number);
    memcpy(key.secret, &number, sizeof number);
    return key;
}

static struct sl_slice name_of(unsigned number, char name[16])
{
    (void)snprintf(name, 16, "c%06u", number);
    return SLICE(name);
}

static void add(uint64_t seq, unsigned customer, unsigned number)
{
    char name[16];
    struct sl_seal_key key = key_of(number);
    assert_ok(sl_keys_add(s.keys, seq, name_of(customer, name), &key, &s.diag));
}

static void write_batch(void)
{
    assert_true(sl_keys_close_batch(s.keys));
    assert_ok(sl_keys_commit(s.keys, &s.diag));
    sl_keys_committed(s.keys);
}

/* So many customers, each with the key of his number. */
static void add_many(unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        add(10 + i, i, i);
    }
    write_batch();
}

static void erase(unsigned customer, int64_t when)
{
    char name[16];
    struct sl_slice id = name_of(customer, name);
    struct sl_erasure erasure = {.when = AT(when), .actor_len = 3, .actor = "ana"};
    erasure.customer_len = id.len;
    memcpy(erasure.customer, id.data, id.len);
    assert_ok(sl_keys_erase(s.keys, &erasure, &s.diag));
}

static void expect_live(const struct sl_backup_key *key, unsigned customer, unsigned number)
{
    char name[16];
    struct sl_slice id = name_of(customer, name);
    struct sl_seal_key want = key_of(number);
    assert_true(key->is_live);
    assert_int_equal(key->customer_len, id.len);
    assert_memory_equal(key->customer, id.data, id.len);
    assert_memory_equal(key->id, want.id, sizeof want.id);
    assert_memory_equal(key->secret, want.secret, sizeof want.secret);
}

static void expect_erased(const struct sl_backup_key *key, unsigned customer, int64_t when)
{
    static const uint8_t zeros[SL_BACKUP_KEY_SECRET_BYTES];
    char name[16];
    struct sl_slice id = name_of(customer, name);
    assert_false(key->is_live);
    assert_int_equal(key->customer_len, id.len);
    assert_memory_equal(key->customer, id.data, id.len);
    assert_memory_equal(key->secret, zeros, sizeof zeros);
    assert_int_equal(key->erased.v, when);
    assert_int_equal(key->erased_by_len, 3);
    assert_memory_equal(key->erased_by, "ana", 3);
}

static void take(struct sl_key_cursor *cursor)
{
    assert_ok(sl_keys_page(s.keys, cursor, &s.page));
}

static void of_no_keys_there_are_none(void **state)
{
    (void)state;
    struct sl_key_cursor cursor = sl_keys_cursor(s.keys);
    assert_true(cursor.is_at_end);
    assert_int_equal(cursor.since.v, 0);
    take(&cursor);
    assert_int_equal(s.page.count, 0);
}

static void all_come_page_by_page_by_customer(void **state)
{
    (void)state;
    enum { KEYS = 2 * SL_KEY_PAGE_ROWS + 10 };
    add_many(KEYS);
    reopen(s.dir, &s.keys);
    struct sl_key_cursor cursor = sl_keys_cursor(s.keys);
    assert_int_equal(cursor.since.v, 10);
    unsigned number = 0;
    while (!cursor.is_at_end) {
        take(&cursor);
        assert_in_range(s.page.count, 1, SL_KEY_PAGE_ROWS);
        for (size_t i = 0; i < s.page.count; i++, number++) {
            expect_live(&s.page.keys[i], number, number);
            assert_int_equal(s.page.keys[i].erased.v, 0);
        }
    }
    assert_int_equal(number, KEYS);
}

static void a_page_that_ends_with_the_last_one_is_followed_by_nothing(void **state)
{
    (void)state;
    add_many(SL_KEY_PAGE_ROWS);
    struct sl_key_cursor cursor = sl_keys_cursor(s.keys);
    take(&cursor);
    assert_int_equal(s.page.count, SL_KEY_PAGE_ROWS);
    take(&cursor);
    assert_int_equal(s.page.count, 0);
    assert_true(cursor.is_at_end);
}

static void what_is_not_durable_is_not_there(void **state)
{
    (void)state;
    add(10, 0, 0);
    assert_true(sl_keys_cursor(s.keys).is_at_end);
    assert_true(sl_keys_close_batch(s.keys));
    assert_ok(sl_keys_commit(s.keys, &s.diag)); /* the batch itself is not yet on the disk */
    assert_true(sl_keys_cursor(s.keys).is_at_end);
    sl_keys_committed(s.keys);
    struct sl_key_cursor cursor = sl_keys_cursor(s.keys);
    assert_int_equal(cursor.since.v, 10);
    take(&cursor);
    assert_int_equal(s.page.count, 1);
}

static void what_was_made_later_is_not_there(void **state)
{
    (void)state;
    add_many(3);
    erase(1, 5000);
    struct sl_key_cursor cursor = sl_keys_cursor(s.keys);
    add(100, 1, 101); /* has come back */
    add(101, 7, 7);
    write_batch();
    take(&cursor);
    assert_int_equal(s.page.count, 3);
    expect_live(&s.page.keys[0], 0, 0);
    expect_erased(&s.page.keys[1], 1, 5000);
    expect_live(&s.page.keys[2], 2, 2);
    cursor = sl_keys_cursor(s.keys);
    take(&cursor);
    assert_int_equal(s.page.count, 4);
    expect_live(&s.page.keys[1], 1, 101);
    assert_int_equal(s.page.keys[1].erased.v, 5000);
}

static void what_is_erased_meanwhile_is_erased(void **state)
{
    (void)state;
    add_many(SL_KEY_PAGE_ROWS + 2);
    struct sl_key_cursor cursor = sl_keys_cursor(s.keys);
    take(&cursor);
    erase(SL_KEY_PAGE_ROWS + 1, 6000);
    take(&cursor);
    assert_int_equal(s.page.count, 2);
    expect_live(&s.page.keys[0], SL_KEY_PAGE_ROWS, SL_KEY_PAGE_ROWS);
    expect_erased(&s.page.keys[1], SL_KEY_PAGE_ROWS + 1, 6000);
}

static void a_damaged_secret_is_told_and_no_other_is_left_in_memory(void **state)
{
    (void)state;
    char path[SL_TEMP_DIR_BYTES + 32];
    add_many(5);
    (void)snprintf(path, sizeof path, "%s/keys/secrets", s.dir);
    int fd = open(path, O_WRONLY | O_CLOEXEC);
    assert_true(fd >= 0);
    assert_int_equal(pwrite(fd, "x", 1, 3 * 128 + 20), 1);
    close(fd);
    struct sl_key_cursor cursor = sl_keys_cursor(s.keys);
    assert_err(SL_E_CORRUPT, sl_keys_page(s.keys, &cursor, &s.page));
    static const struct sl_key_page zeros;
    assert_memory_equal(&s.page, &zeros, sizeof zeros);
}

/* ── putting ──────────────────────────────────────────────────────────────────────────────────────────────────── */

static enum sl_err put(const struct sl_key_page *page)
{
    return sl_keys_put(s.other, (sl_seq){10}, page, &s.diag);
}

static struct sl_key_found look(unsigned customer, struct sl_seal_key *ret_key)
{
    char name[16];
    struct sl_key_found found;
    assert_ok(sl_keys_find(s.other, name_of(customer, name), &found, ret_key));
    return found;
}

static void what_was_put_is_what_was_taken(void **state)
{
    (void)state;
    enum { KEYS = SL_KEY_PAGE_ROWS + 50 };
    add_many(KEYS);
    erase(3, 5000);
    erase(4, 6000);
    add(1000, 4, 5004);
    write_batch();
    struct sl_key_cursor cursor = sl_keys_cursor(s.keys);
    while (!cursor.is_at_end) {
        take(&cursor);
        assert_ok(put(&s.page));
    }
    reopen(s.other_dir, &s.other);

    for (unsigned i = 0; i < KEYS; i++) {
        struct sl_seal_key key;
        struct sl_seal_key want = key_of(i == 4 ? 5004 : i);
        struct sl_key_found found = look(i, &key);
        assert_int_equal(found.state, i == 3 ? SL_KEY_ERASED : SL_KEY_LIVE);
        assert_int_equal(found.erased.v, i == 3 ? 5000 : i == 4 ? 6000 : 0);
        assert_true(i == 3 || memcmp(&key, &want, sizeof key) == 0);
    }
    assert_int_equal(sl_keys_since(s.other), 10);
    struct sl_seal_key gone = key_of(3);
    assert_int_equal(
        sl_temp_dir_holds(s.other_dir, (struct sl_slice){gone.secret, sizeof gone.secret}), 0);
}

static void who_is_put_can_be_erased_and_others_come(void **state)
{
    (void)state;
    add_many(3);
    struct sl_key_cursor cursor = sl_keys_cursor(s.keys);
    take(&cursor);
    assert_ok(put(&s.page));
    sl_keys_close(s.keys);
    s.keys = s.other;
    s.other = NULL;
    erase(1, 7000);
    add(100, 9, 9);
    write_batch();
    cursor = sl_keys_cursor(s.keys);
    take(&cursor);
    assert_int_equal(s.page.count, 4);
    expect_live(&s.page.keys[0], 0, 0);
    expect_erased(&s.page.keys[1], 1, 7000);
    expect_live(&s.page.keys[2], 2, 2);
    expect_live(&s.page.keys[3], 9, 9);
}

static void of_erased_ones_alone_it_is_still_known_since_when(void **state)
{
    (void)state;
    add_many(1);
    erase(0, 5000);
    struct sl_key_cursor cursor = sl_keys_cursor(s.keys);
    take(&cursor);
    assert_ok(put(&s.page));
    reopen(s.other_dir, &s.other);
    assert_int_equal(sl_keys_since(s.other), 10);
    assert_int_equal(look(0, NULL).state, SL_KEY_ERASED);
}

static void a_failed_write_or_flush_fails_the_putting(void **state)
{
    (void)state;
    static const enum sl_fault_call faults[] = {SL_FAULT_WRITE, SL_FAULT_FDATASYNC};
    add_many(3);
    struct sl_key_cursor cursor = sl_keys_cursor(s.keys);
    take(&cursor);
    for (size_t i = 0; i < COUNT(faults); i++) {
        s.ops.call = faults[i];
        s.ops.code = ENOSPC;
        assert_err(SL_E_NO_SPACE, put(&s.page));
        s.ops.call = SL_FAULT_NONE;
        assert_int_equal(look(0, NULL).state, SL_KEY_NONE);
    }
}

int main(void)
{
#define T(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        T(of_no_keys_there_are_none),
        T(all_come_page_by_page_by_customer),
        T(a_page_that_ends_with_the_last_one_is_followed_by_nothing),
        T(what_is_not_durable_is_not_there),
        T(what_was_made_later_is_not_there),
        T(what_is_erased_meanwhile_is_erased),
        T(a_damaged_secret_is_told_and_no_other_is_left_in_memory),
        T(what_was_put_is_what_was_taken),
        T(who_is_put_can_be_erased_and_others_come),
        T(of_erased_ones_alone_it_is_still_known_since_when),
        T(a_failed_write_or_flush_fails_the_putting),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
