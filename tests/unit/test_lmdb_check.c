/* The pages of data.mdb: a sound file passes, and each kind of damage to its structure is told with its place. */
#include "lib/test.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "lib/store_fixture.h"
#include "store/env.h"
#include "store/lmdb_check.h"
#include "store/lmdb_walk.h"

#define PAGE       ((size_t)4096)
#define DEEP       UINT64_MAX
#define PAGES_MAX  ((size_t)4096)
#define NOT_A_PAGE UINT64_C(77777777)
#define BIG        ((size_t)10000)
#define TABLES_MAX 200u
#define PUT        64u /* entries of a txn; of these it removes the last ones */
#define TAKEN_BACK 59u

#define META_TREES   (16u + 24) /* in a meta page: the tree of free pages, then that of tables */
#define META_TXN     (16u + 128)
#define TREE_DEPTH   6u /* in a tree */
#define TREE_ENTRIES 32u
#define TREE_ROOT    40u
#define NODE_FLAGS   4u /* in an entry of a page */
#define NODE_KEY_LEN 6u
#define NODE_KEY     8u

struct fixture {
    struct sl_fixture store;
    char path[2 * SL_TEMP_DIR_BYTES];
    uint8_t *whole; /* the file as it was written */
    uint8_t *bytes; /* and as it is now */
    size_t size;
    bool is_deep;
    struct sl_diag diag;
};

/* In front of the system's: fails once, or gives at most so many bytes. */
static struct {
    int code;
    size_t bytes_max;
} reads;

ssize_t pread(int fd, void *bytes, size_t len, off_t offset)
{
    if (reads.code != 0) {
        errno = reads.code;
        reads.code = 0;
        return -1;
    }
    size_t most = reads.bytes_max != 0 && len > reads.bytes_max ? reads.bytes_max : len;
    return syscall(SYS_pread64, fd, bytes, most, offset);
}

/* Through LMDB itself: an entry of the log in overflow pages. */
static void put_big(const char *dir)
{
    struct sl_env env;
    MDB_txn *txn;
    uint8_t bytes[BIG] = {0};
    uint8_t number[8];
    memset(number, 0xff, sizeof number);
    MDB_val key = {sizeof number, number};
    MDB_val value = {sizeof bytes, bytes};
    assert_ok(sl_env_open(&env, dir, false, NULL));
    assert_int_equal(mdb_txn_begin(env.mdb, NULL, 0, &txn), 0);
    assert_int_equal(mdb_put(txn, env.log, &key, &value, 0), 0);
    assert_int_equal(mdb_txn_commit(txn), 0);
    sl_env_close(&env);
}

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
    put_big(f->store.dir);
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
    memcpy(&txns[0], f->whole + META_TXN, sizeof txns[0]);
    memcpy(&txns[1], f->whole + PAGE + META_TXN, sizeof txns[1]);
    return txns[1] > txns[0] ? 1 : 0;
}

static uint64_t number_at(const struct fixture *f, size_t at)
{
    uint64_t number;
    memcpy(&number, f->whole + at, sizeof number);
    return number;
}

static size_t short_at(const struct fixture *f, size_t at)
{
    uint16_t number;
    memcpy(&number, f->whole + at, sizeof number);
    return number;
}

/* Where an entry of a page begins in the file. */
static size_t entry_at(const struct fixture *f, size_t page, size_t index)
{
    return page * PAGE + short_at(f, page * PAGE + 16 + 2 * index);
}

static size_t entries_of(const struct fixture *f, size_t page)
{
    return (short_at(f, page * PAGE + 12) - 16) / 2;
}

/* The only page of the list of tables. */
static size_t page_of_tables(const struct fixture *f)
{
    size_t page = number_at(f, newer_meta(f) * PAGE + META_TREES + 48 + TREE_ROOT);
    assert_int_equal(flags_of(f, page), 2);
    return page;
}

/* The entry of that name among them. */
static size_t table_at(const struct fixture *f, const char *name)
{
    size_t page = page_of_tables(f);
    size_t len = strlen(name);
    size_t at = 0;
    for (size_t i = 0; i < entries_of(f, page) && at == 0; i++) {
        size_t entry = entry_at(f, page, i);
        bool is_it = short_at(f, entry + NODE_KEY_LEN) == len &&
                     memcmp(f->whole + entry + NODE_KEY, name, len) == 0;
        at = is_it ? entry : 0;
    }
    assert_true(at > 0);
    return at;
}

static size_t tree_of_table(const struct fixture *f, const char *name)
{
    return table_at(f, name) + NODE_KEY + strlen(name);
}

static void assert_told(struct fixture *f, const char *text)
{
    assert_err(SL_E_CORRUPT, check(f, f->size, DEEP));
    if (strstr(f->diag.message, text) == NULL) {
        fail_msg("told was \"%s\" and not \"%s\"", f->diag.message, text);
    }
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

/* As LMDB itself tells of its free pages; those at the end may be missing. */
static size_t bytes_in_use(MDB_env *mdb, size_t pages)
{
    bool is_free[PAGES_MAX] = {false};
    MDB_txn *txn;
    MDB_cursor *cursor;
    MDB_val key;
    MDB_val value;
    assert_int_equal(mdb_txn_begin(mdb, NULL, MDB_RDONLY, &txn), 0);
    assert_int_equal(mdb_cursor_open(txn, 0, &cursor), 0);
    while (mdb_cursor_get(cursor, &key, &value, MDB_NEXT) == 0) {
        const uint64_t *numbers = value.mv_data;
        for (uint64_t i = 1; i <= numbers[0]; i++) {
            is_free[numbers[i]] = true;
        }
    }
    mdb_cursor_close(cursor);
    mdb_txn_abort(txn);
    while (is_free[pages - 1]) {
        pages--;
    }
    return pages * PAGE;
}

static void a_file_that_was_cut_before_a_page_in_use_is_told(void **state)
{
    struct fixture *f = *state;
    struct sl_env env;
    assert_ok(check(f, f->size, DEEP));
    assert_ok(sl_env_open_read_only(&env, f->store.dir, NULL));
    size_t used = bytes_in_use(env.mdb, f->size / PAGE);
    sl_env_close(&env);
    assert_true(used < f->size);
    for (size_t size = 0; size < used; size += 1000) {
        assert_err(SL_E_CORRUPT, check(f, size, 0));
        assert_non_null(strstr(f->diag.message, "cut short"));
    }
    for (size_t size = used; size < f->size; size += 1000) {
        assert_ok(check(f, size, 0));
        assert_ok(check(f, size, DEEP));
    }
}

/* A txn of LMDB's takes pages at the end, gives them up again and leaves them unwritten. */
static void put_and_take_back(MDB_env *mdb, uint8_t first)
{
    uint8_t bytes[100] = {0};
    MDB_txn *txn;
    MDB_dbi table;
    assert_int_equal(mdb_txn_begin(mdb, NULL, 0, &txn), 0);
    assert_int_equal(mdb_dbi_open(txn, "table", MDB_CREATE, &table), 0);
    for (uint8_t i = 0; i < PUT; i++) {
        uint8_t name[4] = {first, i};
        MDB_val key = {sizeof name, name};
        MDB_val value = {sizeof bytes, bytes};
        assert_int_equal(mdb_put(txn, table, &key, &value, 0), 0);
    }
    for (uint8_t i = PUT - 1; i >= PUT - TAKEN_BACK; i--) {
        uint8_t name[4] = {first, i};
        MDB_val key = {sizeof name, name};
        assert_int_equal(mdb_del(txn, table, &key, NULL), 0);
    }
    assert_int_equal(mdb_txn_commit(txn), 0);
}

static void free_pages_behind_the_end_need_not_be_there(void **state)
{
    (void)state;
    char dir[SL_TEMP_DIR_BYTES];
    char path[2 * SL_TEMP_DIR_BYTES];
    MDB_env *mdb;
    MDB_envinfo info = {0};
    struct stat file = {0};
    struct sl_diag diag = {0};
    bool is_deep;
    sl_temp_dir_make(dir);
    (void)snprintf(path, sizeof path, "%s/data.mdb", dir);
    assert_int_equal(mdb_env_create(&mdb), 0);
    assert_int_equal(mdb_env_set_maxdbs(mdb, 1), 0);
    assert_int_equal(mdb_env_open(mdb, dir, MDB_NOSYNC, 0600), 0);
    for (uint8_t i = 0; i < 3; i++) {
        put_and_take_back(mdb, i);
    }
    assert_int_equal(mdb_env_info(mdb, &info), 0);
    size_t used = bytes_in_use(mdb, info.me_last_pgno + 1);
    mdb_env_close(mdb);
    assert_int_equal(stat(path, &file), 0);
    assert_true((info.me_last_pgno + 1) * PAGE > (size_t)file.st_size);
    assert_ok(sl_lmdb_check(path, DEEP, &is_deep, &diag));
    assert_ok(sl_lmdb_check(path, 0, &is_deep, &diag));
    assert_int_equal(truncate(path, (off_t)used), 0);
    assert_ok(sl_lmdb_check(path, DEEP, &is_deep, &diag));
    assert_int_equal(truncate(path, (off_t)used - 1), 0);
    assert_err(SL_E_CORRUPT, sl_lmdb_check(path, 0, &is_deep, &diag));
    assert_non_null(strstr(diag.message, "cut short"));
    sl_temp_dir_remove(dir);
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

static void a_size_of_pages_that_is_none_is_told(void **state)
{
    struct fixture *f = *state;
    static const uint32_t wrong[] = {0, 512, 65536, 12288};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        memcpy(f->bytes + META_TREES, &wrong[i], sizeof wrong[i]);
        assert_told(f, "page 0 (meta): the size of its pages is none");
    }
    static const uint32_t other = 8192;
    memcpy(f->bytes + PAGE + META_TREES, &other, sizeof other);
    assert_told(f, "page 1 (meta): the size of its pages is another");
    f->bytes[PAGE + META_TXN] ^= 1;
    assert_told(f, "page 1 (meta): its txn belongs to the other meta page");
    f->bytes[META_TREES + 48 + 4] ^= 8;
    assert_told(f, "page 0 (meta): its flags are not ours");
}

/* What is said of a table in the list of them. */
static void a_table_that_is_not_as_it_is_said_to_be_is_told(void **state)
{
    struct fixture *f = *state;
    static const char *const names[] = {"log", "tree", "state/packed"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        size_t tree = tree_of_table(f, names[i]);
        f->bytes[tree + 4] ^= 4; /* its flags */
        assert_told(f, "is no table of ours");
        f->bytes[tree + TREE_DEPTH] = 0;
        assert_told(f, "its depth is none");
        f->bytes[tree + TREE_DEPTH] = SL_LMDB_LEVELS_MAX + 1;
        assert_told(f, "its depth is none");
        f->bytes[tree + TREE_DEPTH]++;
        assert_told(f, "it is of another kind");
        memset(f->bytes + tree + TREE_ROOT, 0xff, 8);
        assert_told(f, "its depth is none");
        for (size_t count = 8; count <= TREE_ENTRIES; count += 8) {
            f->bytes[tree + count] ^= 64; /* pages of each kind, entries */
            assert_told(f, "and should have");
        }
    }
    f->bytes[table_at(f, "log") + NODE_FLAGS] = 0;
    assert_told(f, "is no table of ours");
}

static void an_entry_that_is_none_is_told(void **state)
{
    struct fixture *f = *state;
    size_t log = table_at(f, "log");
    f->bytes[log + NODE_FLAGS] = 4;
    assert_told(f, "an entry lies where none may");
    f->bytes[log + NODE_KEY_LEN] = 0;
    assert_told(f, "an entry lies where none may");
    f->bytes[log + NODE_KEY_LEN + 1] = 2;
    assert_told(f, "an entry lies where none may");
    f->bytes[log] ^= 4; /* the length of its value */
    assert_told(f, "an entry lies where none may");
    f->bytes[log + NODE_KEY_LEN] = 1;
    assert_told(f, "its entries do not fill it");
    f->bytes[page_of_tables(f) * PAGE + 16] = 0xff;
    f->bytes[page_of_tables(f) * PAGE + 17] = 0x0f; /* in the page's last byte */
    assert_told(f, "an entry lies where none may");
}

/* Of the numbers of free pages each key is a txn, 8 bytes. */
static void a_key_of_another_length_is_told(void **state)
{
    struct fixture *f = *state;
    size_t root = number_at(f, newer_meta(f) * PAGE + META_TREES + TREE_ROOT);
    size_t entry = entry_at(f, root, 0);
    f->bytes[entry + NODE_KEY_LEN] = 6;
    f->bytes[entry] = (uint8_t)(f->bytes[entry] + 2); /* its value takes the rest */
    assert_told(f, "a key has another length");
    size_t count = entry + NODE_KEY + 8;
    f->bytes[count + 1] = 0xff;
    assert_told(f, "free pages of txn");
}

static void overflow_pages_that_are_not_the_values_are_told(void **state)
{
    struct fixture *f = *state;
    unsigned found = 0;
    for (size_t page = 2; page < f->size / PAGE; page++) {
        for (size_t i = 0; flags_of(f, page) == 2 && i < entries_of(f, page); i++) {
            size_t entry = entry_at(f, page, i);
            size_t value = entry + NODE_KEY + short_at(f, entry + NODE_KEY_LEN);
            if (short_at(f, entry + NODE_FLAGS) != 1) {
                continue; /* a small one */
            }
            f->bytes[entry + NODE_FLAGS + 1] ^= 0x80;
            if (check(f, f->size, DEEP) == SL_OK) {
                continue; /* of a free page */
            }
            found++;
            size_t big = number_at(f, value) * PAGE;
            f->bytes[value + 3] ^= 0x80;
            assert_told(f, "an overflow page lies outside");
            f->bytes[big] ^= 1;
            assert_told(f, "it bears another number");
            f->bytes[big + 10] ^= 2;
            assert_told(f, "it is of another kind");
            f->bytes[big + 12] ^= 2;
            assert_told(f, "it is of another length");
        }
    }
    assert_true(found > 0);
}

/* The pages are sound, but their keys do not lie between those of their parents. */
static void children_that_changed_places_are_told(void **state)
{
    struct fixture *f = *state;
    size_t root = number_at(f, tree_of_table(f, "log") + TREE_ROOT);
    assert_int_equal(flags_of(f, root), 1);
    assert_true(entries_of(f, root) > 3);
    static const struct {
        size_t a, b;
        const char *told;
    } swaps[] = {
        {0, 1, "its keys lie behind those that lead to it"},
        {1, 2, "its keys lie behind those that lead to it"},
    };
    for (size_t i = 0; i < sizeof swaps / sizeof swaps[0]; i++) {
        memcpy(f->bytes + entry_at(f, root, swaps[i].a), f->whole + entry_at(f, root, swaps[i].b),
               6);
        memcpy(f->bytes + entry_at(f, root, swaps[i].b), f->whole + entry_at(f, root, swaps[i].a),
               6);
        assert_told(f, swaps[i].told);
    }
    size_t last = entries_of(f, root) - 1;
    size_t child = number_at(f, entry_at(f, root, last)) & 0xffffffffffffu;
    size_t first_key = entry_at(f, child, 0) + NODE_KEY;
    f->bytes[first_key + 1] = 0;
    memset(f->bytes + first_key, 0, 8); /* still below the others of its page */
    assert_told(f, "its keys lie before those that lead to it");
}

/* In place of the ledger's: what LMDB takes and we do not. */
static void assert_list_of_tables_is_refused(unsigned count, size_t name_len)
{
    char dir[SL_TEMP_DIR_BYTES];
    char path[2 * SL_TEMP_DIR_BYTES];
    MDB_env *mdb;
    MDB_txn *txn;
    sl_temp_dir_make(dir);
    assert_int_equal(mdb_env_create(&mdb), 0);
    assert_int_equal(mdb_env_set_maxdbs(mdb, count), 0);
    assert_int_equal(mdb_env_open(mdb, dir, 0, 0600), 0);
    assert_int_equal(mdb_txn_begin(mdb, NULL, 0, &txn), 0);
    for (unsigned i = 0; i < count; i++) {
        char name[100];
        MDB_dbi table;
        (void)snprintf(name, sizeof name, "%0*u", (int)name_len, i);
        assert_int_equal(mdb_dbi_open(txn, name, MDB_CREATE, &table), 0);
    }
    assert_int_equal(mdb_txn_commit(txn), 0);
    mdb_env_close(mdb);
    bool is_deep;
    struct sl_diag diag = {0};
    (void)snprintf(path, sizeof path, "%s/data.mdb", dir);
    assert_err(SL_E_CORRUPT, sl_lmdb_check(path, DEEP, &is_deep, &diag));
    assert_non_null(strstr(diag.message, "is no table of ours"));
    sl_temp_dir_remove(dir);
}

static void more_tables_than_there_are_or_longer_names_are_refused(void **state)
{
    (void)state;
    assert_list_of_tables_is_refused(TABLES_MAX, 3);
    assert_list_of_tables_is_refused(1, 64);
}

static void a_read_that_is_interrupted_or_short_goes_on_and_one_that_fails_is_told(void **state)
{
    struct fixture *f = *state;
    reads.code = EINTR;
    assert_ok(check(f, f->size, DEEP));
    reads.bytes_max = 1000;
    assert_ok(check(f, f->size, DEEP));
    reads.bytes_max = 0;
    reads.code = EIO;
    assert_err(SL_E_IO, check(f, f->size, DEEP));
    assert_non_null(strstr(f->diag.message, "data.mdb offset 0: "));
}

/* Beside one that writes: by then the meta page may be that of a later txn. */
static void a_snapshot_that_has_gone_is_busy(void **state)
{
    struct fixture *f = *state;
    struct sl_lmdb_file file;
    uint64_t txn = number_at(f, newer_meta(f) * PAGE + META_TXN);
    assert_ok(check(f, f->size, DEEP));
    int fd = open(f->path, O_RDONLY | O_CLOEXEC);
    assert_true(fd >= 0);
    assert_ok(sl_lmdb_file_at(&file, fd, txn, &f->diag));
    assert_err(SL_E_BUSY, sl_lmdb_file_at(&file, fd, txn - 2, &f->diag));
    reads.code = EIO;
    assert_err(SL_E_IO, sl_lmdb_file_at(&file, fd, txn, &f->diag));
    f->bytes[newer_meta(f) * PAGE + 10] = 0;
    assert_told(f, "it is no meta page");
    assert_err(SL_E_CORRUPT, sl_lmdb_file_at(&file, fd, txn, &f->diag));
    assert_non_null(strstr(f->diag.message, "it is no meta page"));
    close(fd);
    assert_err(SL_E_IO, sl_lmdb_file_at(&file, fd, txn, &f->diag));
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
        T(a_file_that_was_cut_before_a_page_in_use_is_told),
        T(free_pages_behind_the_end_need_not_be_there),
        T(a_damaged_meta_page_is_told),
        T(a_flipped_bit_in_the_header_of_any_page_in_use_is_told),
        T(entries_that_are_lost_or_out_of_order_are_told),
        T(a_branch_that_leads_elsewhere_is_told),
        T(a_free_page_that_is_in_use_is_told),
        T(a_size_of_pages_that_is_none_is_told),
        T(a_table_that_is_not_as_it_is_said_to_be_is_told),
        T(an_entry_that_is_none_is_told),
        T(a_key_of_another_length_is_told),
        T(overflow_pages_that_are_not_the_values_are_told),
        T(children_that_changed_places_are_told),
        T(more_tables_than_there_are_or_longer_names_are_refused),
        T(a_read_that_is_interrupted_or_short_goes_on_and_one_that_fails_is_told),
        T(a_snapshot_that_has_gone_is_busy),
        T(a_file_that_is_not_there_cannot_be_opened),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
