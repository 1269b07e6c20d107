/* The pages of data.mdb: a sound file passes, and each kind of damage to its structure is told with its place. */
#include "lib/test.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/store_fixture.h"
#include "store/lmdb_check.h"

#define PAGE       ((size_t)4096)
#define DEEP       UINT64_MAX
#define PAGES_MAX  ((size_t)4096)
#define NOT_A_PAGE UINT64_C(77777777)

struct fixture {
    struct sl_fixture store;
    char path[2 * SL_TEMP_DIR_BYTES];
    uint8_t *whole; /* the file as it was written */
    uint8_t *bytes; /* and as it is now */
    size_t size;
    bool is_deep;
    struct sl_diag diag;
};

/* Several checkpoints, so that there are free pages, and trees of several levels; one record in overflow pages. */
static int set_up(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);
    assert_non_null(f);
    sl_fixture_init(&f->store);
    sl_fixture_open(&f->store);
    for (unsigned i = 0; i < 5; i++) {
        sl_fixture_batches(&f->store, 2, 300);
        sl_fixture_checkpoint(&f->store);
    }
    sl_fixture_close(&f->store);
    int len = snprintf(f->path, sizeof f->path, "%s/data.mdb", f->store.dir);
    assert_true(len > 0);
    struct stat info;
    int fd = open(f->path, O_RDONLY | O_CLOEXEC);
    assert_int_equal(fstat(fd, &info), 0);
    f->size = (size_t)info.st_size;
    assert_true(f->size / PAGE <= PAGES_MAX);
    f->whole = malloc(f->size);
    f->bytes = malloc(f->size);
    assert_true(f->whole != NULL && f->bytes != NULL);
    assert_int_equal(read(fd, f->whole, f->size), (ssize_t)f->size);
    close(fd);
    memcpy(f->bytes, f->whole, f->size);
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;
    sl_fixture_deinit(&f->store);
    free(f->whole);
    free(f->bytes);
    free(f);
    return 0;
}

/* Of the first `size` of the bytes as they are now; they are whole again afterwards. */
static enum sl_err check(struct fixture *f, size_t size, uint64_t deep_bytes_max)
{
    int fd =
        open(f->path,
             O_WRONLY | O_CLOEXEC); /* cut only where it must be: some file systems flush then */
    assert_true(fd >= 0);
    assert_int_equal(write(fd, f->bytes, size), (ssize_t)size);
    if (size < f->size) {
        assert_int_equal(ftruncate(fd, (off_t)size), 0);
    }
    close(fd);
    memcpy(f->bytes, f->whole, f->size);
    f->diag = (struct sl_diag){0};
    return sl_lmdb_check(f->path, deep_bytes_max, &f->is_deep, &f->diag);
}

static uint16_t flags_of(const struct fixture *f, size_t page)
{
    uint16_t flags;
    memcpy(&flags, f->whole + page * PAGE + 10, sizeof flags);
    return flags;
}

/* Which meta page counts. */
static size_t newer_meta(const struct fixture *f)
{
    uint64_t txns[2];
    memcpy(&txns[0], f->whole + 16 + 128, sizeof txns[0]);
    memcpy(&txns[1], f->whole + PAGE + 16 + 128, sizeof txns[1]);
    return txns[1] > txns[0] ? 1 : 0;
}

static void a_sound_file_passes(void **state)
{
    struct fixture *f = *state;
    assert_ok(check(f, f->size, DEEP));
    assert_true(f->is_deep);
    assert_ok(check(f, f->size, 0));
    assert_false(f->is_deep);
}

static void what_is_no_file_of_lmdb_is_another_format(void **state)
{
    struct fixture *f = *state;
    memset(f->bytes, 'x', 2 * PAGE);
    assert_err(SL_E_FORMAT, check(f, f->size, DEEP));
}

static void a_file_that_was_cut_anywhere_is_told(void **state)
{
    struct fixture *f = *state;
    for (size_t size = 0; size < f->size; size += 1000) {
        assert_err(SL_E_CORRUPT, check(f, size, 0));
        assert_non_null(strstr(f->diag.message, "cut short"));
    }
}

static void a_damaged_meta_page_is_told(void **state)
{
    struct fixture *f = *state;
    static const size_t fields[] = {0, 10, 16, 20, 16 + 24, 16 + 28, 16 + 76, 16 + 128, 16 + 130};
    for (size_t meta = 0; meta < 2; meta++) {
        for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++) {
            f->bytes[meta * PAGE + fields[i]] ^= 4;
            assert_err(SL_E_CORRUPT, check(f, f->size, DEEP));
            assert_non_null(strstr(f->diag.message, "(meta)"));
        }
    }
}

/* Every header of every page that is in use: number, kind, bounds. */
static void a_flipped_bit_in_the_header_of_any_page_in_use_is_told(void **state)
{
    struct fixture *f = *state;
    static const size_t fields[] = {0, 5, 10, 12, 13, 14};
    unsigned told = 0;
    unsigned unused = 0;
    for (size_t page = 2; page < f->size / PAGE; page++) {
        unsigned told_of_page = 0;
        for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++) {
            f->bytes[page * PAGE + fields[i]] ^= 2;
            enum sl_err err = check(f, f->size, DEEP);
            assert_true(err == SL_OK || err == SL_E_CORRUPT);
            told_of_page += err == SL_E_CORRUPT;
        }
        bool is_all_or_none = told_of_page == 0 || told_of_page == sizeof fields / sizeof fields[0];
        assert_true(is_all_or_none);
        told += told_of_page > 0;
        unused += told_of_page == 0;
    }
    assert_true(told > 20);
    assert_true(unused > 0); /* free ones */
}

static void entries_that_are_lost_or_out_of_order_are_told(void **state)
{
    struct fixture *f = *state;
    unsigned leaves = 0;
    for (size_t page = 2; page < f->size / PAGE; page++) {
        uint16_t offsets[2];
        memcpy(offsets, f->whole + page * PAGE + 16, sizeof offsets);
        uint16_t lower;
        memcpy(&lower, f->whole + page * PAGE + 12, sizeof lower);
        if (flags_of(f, page) != 2 || lower < 16 + 4) {
            continue;
        }
        uint16_t swapped[2] = {offsets[1], offsets[0]};
        memcpy(f->bytes + page * PAGE + 16, swapped, sizeof swapped);
        bool is_in_use = check(f, f->size, DEEP) == SL_E_CORRUPT;
        leaves += is_in_use;
        if (is_in_use) {
            assert_ok(check(f, f->size, DEEP));
            f->bytes[page * PAGE + 16] ^= 2; /* an offset into the middle of an entry */
            assert_err(SL_E_CORRUPT, check(f, f->size, DEEP));
        }
    }
    assert_true(leaves > 10);
}

/* Where a branch page says which child it leads to, what lies there instead is found before it is believed. */
static void a_branch_that_leads_elsewhere_is_told(void **state)
{
    struct fixture *f = *state;
    unsigned branches = 0;
    for (size_t page = 2; page < f->size / PAGE; page++) {
        uint8_t *bytes = f->bytes + page * PAGE;
        if (flags_of(f, page) != 1) {
            continue;
        }
        uint16_t first;
        uint16_t second;
        memcpy(&first, bytes + 16, sizeof first);
        memcpy(&second, bytes + 18, sizeof second);
        memcpy(bytes + second, bytes + first, 6); /* the same child twice */
        if (check(f, f->size, 0) != SL_E_CORRUPT) {
            continue; /* a free page */
        }
        branches++;
        for (unsigned bit = 0; bit < 48; bit++) {
            f->bytes[page * PAGE + second + bit / 8] ^= (uint8_t)(1u << bit % 8);
            assert_err(SL_E_CORRUPT, check(f, f->size, DEEP));
        }
    }
    assert_true(branches > 0);
}

/* A shallow check does not read leaves, but knows where they may not lie. */
static void a_free_page_that_is_in_use_is_told(void **state)
{
    struct fixture *f = *state;
    const uint8_t *meta = f->whole + newer_meta(f) * PAGE + 16;
    uint64_t root;
    memcpy(&root, meta + 24 + 40, sizeof root);
    assert_true(root < PAGES_MAX);
    uint16_t node;
    memcpy(&node, f->whole + root * PAGE + 16, sizeof node);
    uint64_t main_root;
    memcpy(&main_root, meta + 72 + 40, sizeof main_root);
    size_t value = (size_t)root * PAGE + node + 8 + 8;
    memcpy(f->bytes + value + 8, &main_root, sizeof main_root);
    assert_err(SL_E_CORRUPT, check(f, f->size, 0));

    uint64_t far = NOT_A_PAGE;
    memcpy(f->bytes + value + 8, &far, sizeof far);
    assert_err(SL_E_CORRUPT, check(f, f->size, 0));
    assert_non_null(strstr(f->diag.message, "free pages of txn"));
}

static void a_file_that_is_not_there_cannot_be_opened(void **state)
{
    struct fixture *f = *state;
    assert_err(SL_E_IO, sl_lmdb_check("/nowhere/data.mdb", DEEP, &f->is_deep, &f->diag));
}

int main(void)
{
#define T(name) cmocka_unit_test(name)
    const struct CMUnitTest tests[] = {
        T(a_sound_file_passes),
        T(what_is_no_file_of_lmdb_is_another_format),
        T(a_file_that_was_cut_anywhere_is_told),
        T(a_damaged_meta_page_is_told),
        T(a_flipped_bit_in_the_header_of_any_page_in_use_is_told),
        T(entries_that_are_lost_or_out_of_order_are_told),
        T(a_branch_that_leads_elsewhere_is_told),
        T(a_free_page_that_is_in_use_is_told),
        T(a_file_that_is_not_there_cannot_be_opened),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
