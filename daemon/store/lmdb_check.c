/* The list of free pages first, then the list of tables, then each of these. */
#include "store/lmdb_check.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define TABLES_MAX     192u /* as many as env.c lets LMDB open */
#define TABLE_NAME_MAX 64u

struct table {
    char name[TABLE_NAME_MAX];
    struct sl_lmdb_tree tree;
};

struct check {
    struct sl_lmdb_file file;
    struct sl_diag *diag;
    bool is_deep;
    uint64_t free_behind; /* free pages behind the file's end */
    struct table *tables;
    size_t table_count;
};

typedef enum sl_err (*entry_fn)(struct check *check,
                                struct sl_lmdb_walk *walk,
                                struct sl_lmdb_entry *entry);

/* All entries of a tree to `fn`, which may be NULL; and are they all? */
static enum sl_err walk_all(struct check *check, struct sl_lmdb_walk *walk, entry_fn fn)
{
    struct sl_lmdb_entry entry;
    walk->file = &check->file;
    enum sl_err err = sl_lmdb_walk_begin(walk, (struct sl_slice){0}, check->diag);
    while (err == SL_OK) {
        err = sl_lmdb_walk_next(walk, &entry, check->diag);
        if (err == SL_OK && fn != NULL) {
            err = fn(check, walk, &entry);
        }
    }
    err = err == SL_E_NOT_FOUND ? sl_lmdb_walk_settle(walk, check->diag) : err;
    sl_lmdb_walk_end(walk);
    return err;
}

/* The value: how many, then the numbers of so many pages. */
static enum sl_err
note_free(struct check *check, struct sl_lmdb_walk *walk, struct sl_lmdb_entry *entry)
{
    enum sl_err err = sl_lmdb_walk_value(walk, entry, check->diag);
    if (err != SL_OK) {
        return err;
    }
    uint64_t count = 0;
    uint64_t slots = entry->value.len / sizeof count;
    if (slots > 0) {
        memcpy(&count, entry->value.data, sizeof count);
    }
    bool is_sound = slots > 0 && count < slots;
    for (uint64_t i = 1; is_sound && i <= count; i++) {
        uint64_t page;
        memcpy(&page, entry->value.data + i * sizeof page, sizeof page);
        is_sound = sl_lmdb_file_note(&check->file, page, 1);
        check->free_behind += is_sound && page >= check->file.pages;
    }
    uint64_t txn;
    memcpy(&txn, entry->key.data, sizeof txn);
    return is_sound ? SL_OK
                    : sl_refuse(check->diag, SL_E_CORRUPT, "",
                                "data.mdb (free pages of txn %" PRIu64
                                "): a number lies outside, or in use",
                                txn);
}

/* Each page behind the file's end must be free. */
static enum sl_err check_size(const struct check *check)
{
    uint64_t pages = check->file.meta.last_page + 1;
    uint64_t behind = pages > check->file.pages ? pages - check->file.pages : 0;
    uint64_t size = check->file.pages * check->file.meta.page_bytes;
    return check->free_behind == behind ? SL_OK : sl_lmdb_file_cut(&check->file, size, check->diag);
}

static enum sl_err
add_table(struct check *check, struct sl_lmdb_walk *walk, struct sl_lmdb_entry *entry)
{
    (void)walk;
    bool fits = entry->key.len < TABLE_NAME_MAX && check->table_count < TABLES_MAX;
    struct table *table = &check->tables[fits ? check->table_count : 0];
    if (fits && entry->value.is_tree) {
        sl_lmdb_tree_get(entry->value.data, &table->tree);
    }
    if (!fits || !entry->value.is_tree || table->tree.flags != 0) {
        return sl_refuse(check->diag, SL_E_CORRUPT, "",
                         "data.mdb (list of tables): entry %zu is no table of ours",
                         check->table_count + 1);
    }
    memcpy(table->name, entry->key.data, entry->key.len);
    table->name[entry->key.len] = '\0';
    check->table_count++;
    return SL_OK;
}

static enum sl_err check_trees(struct check *check)
{
    struct sl_lmdb_walk free_pages = {
        .table = "of free pages",
        .tree = check->file.meta.free,
        .order = SL_LMDB_BY_NUMBER,
    };
    struct sl_lmdb_walk names = {.table = "of tables", .tree = check->file.meta.main};
    enum sl_err err = walk_all(check, &free_pages, note_free);
    if (err == SL_OK) {
        err = check_size(check);
    }
    if (err == SL_OK) {
        err = walk_all(check, &names, add_table);
    }
    for (size_t i = 0; i < check->table_count && err == SL_OK; i++) {
        struct sl_lmdb_walk walk = {
            .table = check->tables[i].name,
            .tree = check->tables[i].tree,
            .is_shallow = !check->is_deep,
        };
        err = walk_all(check, &walk, NULL);
    }
    return err;
}

enum sl_err
sl_lmdb_check(const char *path, uint64_t deep_bytes_max, bool *ret_is_deep, struct sl_diag *diag)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        return sl_refuse(diag, SL_E_IO, "", "open data.mdb: %s", strerror(errno));
    }
    struct check check = {.diag = diag};
    enum sl_err err = sl_lmdb_file_begin(&check.file, fd, diag);
    if (err == SL_OK) {
        uint64_t used = (check.file.meta.last_page + 1) * check.file.meta.page_bytes;
        check.is_deep = used <= deep_bytes_max;
        if (check.is_deep) {
            (void)posix_fadvise(fd, 0, (off_t)used, POSIX_FADV_WILLNEED); /* a wish */
        }
        check.file.seen = calloc(1, (size_t)(check.file.meta.last_page / 8 + 1));
        check.tables = calloc(TABLES_MAX, sizeof *check.tables);
        err =
            check.file.seen != NULL && check.tables != NULL ? check_trees(&check) : SL_E_NO_MEMORY;
    }
    *ret_is_deep = check.is_deep;
    free(check.tables);
    free(check.file.seen);
    close(fd);
    return err;
}
