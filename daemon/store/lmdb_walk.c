/* The stack of pages from the root to a leaf, and moving it on. */
#include "store/lmdb_walk.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* ── the file ─────────────────────────────────────────────────────────────────────────────────────────────────── */

enum sl_err sl_lmdb_file_cut(const struct sl_lmdb_file *file, uint64_t size, struct sl_diag *diag)
{
    return sl_refuse(diag, SL_E_CORRUPT, "",
                     "data.mdb was cut short: its pages take %" PRIu64 " bytes, it has %" PRIu64,
                     (file->meta.last_page + 1) * file->meta.page_bytes, size);
}

static enum sl_err read_pages(
    struct sl_lmdb_file *file, uint8_t *bytes, uint64_t first, uint64_t count, struct sl_diag *diag)
{
    uint64_t offset = first * file->meta.page_bytes;
    size_t len = (size_t)(count * file->meta.page_bytes);
    size_t done = 0;
    while (done < len) {
        ssize_t got = pread(file->fd, bytes + done, len - done, (off_t)(offset + done));
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got < 0) {
            return sl_refuse(diag, SL_E_IO, "", "data.mdb offset %" PRIu64 ": %s", offset + done,
                             strerror(errno));
        }
        if (got == 0) {
            return sl_lmdb_file_cut(file, offset + done, diag);
        }
        done += (size_t)got;
    }
    file->bytes_read += len;
    return SL_OK;
}

/* LMDB writes them by turns, each a txn later than the other. */
static enum sl_err
choose_meta(struct sl_lmdb_file *file, const uint8_t *bytes, uint64_t apart, struct sl_diag *diag)
{
    struct sl_lmdb_meta metas[2];
    for (uint64_t i = 0; i < 2; i++) {
        const char *fault = sl_lmdb_meta_get(bytes + i * apart, i, &metas[i]);
        if (fault == NULL && metas[i].page_bytes != apart) {
            fault = "the size of its pages is another";
        }
        if (fault != NULL) {
            return sl_refuse(diag, SL_E_CORRUPT, "", "data.mdb page %" PRIu64 " (meta): %s", i,
                             fault);
        }
    }
    uint64_t newer = metas[1].txn > metas[0].txn ? 1 : 0;
    uint64_t behind = metas[newer].txn - metas[1 - newer].txn;
    if (behind != (metas[newer].txn != 0)) {
        return sl_refuse(diag, SL_E_CORRUPT, "",
                         "data.mdb pages 0 and 1 (meta): their txns %" PRIu64 " and %" PRIu64
                         " do not follow each other",
                         metas[0].txn, metas[1].txn);
    }
    file->meta = metas[newer];
    return SL_OK;
}

/* Both meta pages. A page is as long as one of memory: that is what LMDB makes. */
static enum sl_err
read_metas(struct sl_lmdb_file *file, int fd, uint8_t **ret_metas, struct sl_diag *diag)
{
    struct stat info;
    long page = sysconf(_SC_PAGESIZE);
    if (fstat(fd, &info) != 0 || page < (long)SL_LMDB_PAGE_BYTES_MIN ||
        page > (long)SL_LMDB_PAGE_BYTES_MAX) {
        return sl_refuse(diag, SL_E_IO, "", "data.mdb: %s", strerror(errno));
    }
    *file = (struct sl_lmdb_file){
        .fd = fd,
        .meta = {.page_bytes = (size_t)page, .last_page = 1},
        .pages = (uint64_t)info.st_size / (uint64_t)page,
    };
    uint8_t *metas = aligned_alloc((size_t)page, 2 * (size_t)page);
    if (metas == NULL) {
        return SL_E_NO_MEMORY;
    }
    enum sl_err err = read_pages(file, metas, 0, 2, diag);
    if (err != SL_OK) {
        free(metas);
        return err;
    }
    *ret_metas = metas;
    return SL_OK;
}

enum sl_err sl_lmdb_file_begin(struct sl_lmdb_file *file, int fd, struct sl_diag *diag)
{
    uint8_t *metas = NULL;
    enum sl_err err = read_metas(file, fd, &metas, diag);
    if (metas == NULL) {
        return err;
    }
    size_t apart = file->meta.page_bytes;
    if (sl_lmdb_is_meta(metas) || sl_lmdb_is_meta(metas + apart)) {
        err = choose_meta(file, metas, apart, diag);
    } else {
        err = sl_refuse(diag, SL_E_FORMAT, "", "open data.mdb: it is no file of LMDB");
    }
    free(metas);
    return err;
}

enum sl_err sl_lmdb_file_at(struct sl_lmdb_file *file, int fd, uint64_t txn, struct sl_diag *diag)
{
    uint8_t *metas = NULL;
    enum sl_err err = read_metas(file, fd, &metas, diag);
    if (metas == NULL) {
        return err;
    }
    size_t apart = file->meta.page_bytes;
    const char *fault = sl_lmdb_meta_get(metas + txn % 2 * apart, txn % 2, &file->meta);
    free(metas);
    if (fault != NULL) {
        return sl_refuse(diag, SL_E_CORRUPT, "", "data.mdb page %" PRIu64 " (meta): %s", txn % 2,
                         fault);
    }
    if (file->meta.txn != txn || file->meta.page_bytes != apart) {
        return SL_E_BUSY;
    }
    return SL_OK;
}

bool sl_lmdb_file_note(struct sl_lmdb_file *file, uint64_t first, uint64_t count)
{
    uint64_t last = file->meta.last_page;
    if (first < 2 || first > last || count > last - first + 1) {
        return false;
    }
    for (uint64_t page = first; file->seen != NULL && page < first + count; page++) {
        uint8_t bit = (uint8_t)(1u << page % 8);
        if ((file->seen[page / 8] & bit) != 0) {
            return false;
        }
        file->seen[page / 8] |= bit;
    }
    return true;
}

/* ── one page more ────────────────────────────────────────────────────────────────────────────────────────────── */

static enum sl_err
damaged(const struct sl_lmdb_walk *walk, uint64_t number, const char *fault, struct sl_diag *diag)
{
    return sl_refuse(diag, SL_E_CORRUPT, "", "data.mdb page %" PRIu64 " (table %s): %s", number,
                     walk->table, fault);
}

static enum sl_err note(struct sl_lmdb_walk *walk, uint64_t number, struct sl_diag *diag)
{
    return sl_lmdb_file_note(walk->file, number, 1)
               ? SL_OK
               : damaged(walk, number, "it lies outside, is free, or is in use elsewhere", diag);
}

/* The key among the parents of the deepest page that its keys must not be below, or must be below; an empty one: there is none. */
static struct sl_slice bound_of(const struct sl_lmdb_walk *walk, bool is_high)
{
    for (size_t i = walk->depth - 1; i > 0; i--) {
        const struct sl_lmdb_level *above = &walk->levels[i - 1];
        size_t index = above->index + (is_high ? 1 : 0);
        if (index > 0 && index < above->count) {
            return sl_lmdb_key(above->page, index);
        }
    }
    return (struct sl_slice){0};
}

/* The keys of the deepest page must lie between the two of its parents that lead to it. */
static const char *bounds_fault(const struct sl_lmdb_walk *walk, enum sl_lmdb_kind kind)
{
    const struct sl_lmdb_level *deepest = &walk->levels[walk->depth - 1];
    size_t first = kind == SL_LMDB_BRANCH ? 1 : 0;
    if (deepest->count <= first) {
        return NULL;
    }
    struct sl_slice low = bound_of(walk, false);
    struct sl_slice high = bound_of(walk, true);
    struct sl_slice least = sl_lmdb_key(deepest->page, first);
    struct sl_slice most = sl_lmdb_key(deepest->page, deepest->count - 1);
    if (low.len > 0 && sl_lmdb_compare(walk->order, least, low) < 0) {
        return "its keys lie before those that lead to it";
    }
    bool is_behind = high.len > 0 && sl_lmdb_compare(walk->order, most, high) >= 0;
    return is_behind ? "its keys lie behind those that lead to it" : NULL;
}

/* Reads a page of the next level. */
static enum sl_err enter(struct sl_lmdb_walk *walk, uint64_t number, struct sl_diag *diag)
{
    size_t page_bytes = walk->file->meta.page_bytes;
    struct sl_lmdb_level *level = &walk->levels[walk->depth];
    enum sl_lmdb_kind kind = walk->depth + 1 == walk->tree.depth ? SL_LMDB_LEAF : SL_LMDB_BRANCH;
    enum sl_err err = note(walk, number, diag);
    if (err == SL_OK && level->page == NULL) {
        level->page = aligned_alloc(page_bytes, page_bytes);
        err = level->page != NULL ? SL_OK : SL_E_NO_MEMORY;
    }
    if (err == SL_OK) {
        err = read_pages(walk->file, level->page, number, 1, diag);
    }
    if (err != SL_OK) {
        return err;
    }
    const char *fault = sl_lmdb_page_fault(level->page, page_bytes, number, kind, walk->order);
    if (fault != NULL) {
        return damaged(walk, number, fault, diag);
    }
    level->count = sl_lmdb_count(level->page);
    level->index = 0;
    walk->depth++;
    walk->met.branch_pages += kind == SL_LMDB_BRANCH;
    walk->met.leaf_pages += kind == SL_LMDB_LEAF;
    fault = bounds_fault(walk, kind);
    return fault == NULL ? SL_OK : damaged(walk, number, fault, diag);
}

/* Where `key` leads in the deepest page: to the last child not above it, or the first entry not below. */
static size_t find(const struct sl_lmdb_walk *walk, struct sl_slice key, enum sl_lmdb_kind kind)
{
    const struct sl_lmdb_level *level = &walk->levels[walk->depth - 1];
    size_t low = kind == SL_LMDB_BRANCH ? 1 : 0;
    size_t high = level->count;
    while (low < high && key.len > 0) {
        size_t middle = (low + high) / 2;
        int order = sl_lmdb_compare(walk->order, sl_lmdb_key(level->page, middle), key);
        bool is_behind = kind == SL_LMDB_BRANCH ? order > 0 : order >= 0;
        low = is_behind ? low : middle + 1;
        high = is_behind ? middle : high;
    }
    return kind == SL_LMDB_BRANCH ? low - 1 : low;
}

static bool is_at_leaf(const struct sl_lmdb_walk *walk)
{
    return walk->depth == walk->tree.depth;
}

static bool is_above_leaf(const struct sl_lmdb_walk *walk)
{
    return walk->depth + 1u == walk->tree.depth;
}

/* From the deepest page in use down to a leaf. */
static enum sl_err descend(struct sl_lmdb_walk *walk, struct sl_slice from, struct sl_diag *diag)
{
    enum sl_err err = SL_OK;
    while (err == SL_OK && !is_at_leaf(walk) && !(walk->is_shallow && is_above_leaf(walk))) {
        const struct sl_lmdb_level *level = &walk->levels[walk->depth - 1];
        err = enter(walk, sl_lmdb_child(level->page, level->index), diag);
        if (err == SL_OK) {
            walk->levels[walk->depth - 1].index =
                find(walk, from, is_at_leaf(walk) ? SL_LMDB_LEAF : SL_LMDB_BRANCH);
        }
    }
    return err;
}

enum sl_err
sl_lmdb_walk_begin(struct sl_lmdb_walk *walk, struct sl_slice from, struct sl_diag *diag)
{
    SL_ASSERT(walk->depth == 0);
    bool is_empty = walk->tree.root == SL_LMDB_NO_PAGE;
    if (is_empty != (walk->tree.depth == 0) || walk->tree.depth > SL_LMDB_LEVELS_MAX) {
        return sl_refuse(diag, SL_E_CORRUPT, "", "data.mdb (table %s): its depth is none",
                         walk->table);
    }
    if (is_empty) {
        return SL_OK;
    }
    if (walk->is_shallow && walk->tree.depth == 1) {
        walk->is_shallow = false; /* no branch leads to the only leaf */
    }
    enum sl_err err = enter(walk, walk->tree.root, diag);
    if (err == SL_OK) {
        walk->levels[0].index = find(walk, from, is_at_leaf(walk) ? SL_LMDB_LEAF : SL_LMDB_BRANCH);
        err = descend(walk, from, diag);
    }
    return err;
}

void sl_lmdb_walk_end(struct sl_lmdb_walk *walk)
{
    for (size_t i = 0; i < SL_LMDB_LEVELS_MAX; i++) {
        free(walk->levels[i].page);
    }
    free(walk->big);
    *walk = (struct sl_lmdb_walk){0};
}

/* ── entries ──────────────────────────────────────────────────────────────────────────────────────────────────── */

/* Room for so many overflow pages. */
static enum sl_err reserve_big(struct sl_lmdb_walk *walk, uint64_t pages)
{
    size_t page_bytes = walk->file->meta.page_bytes;
    if (walk->big_pages >= pages) {
        return SL_OK;
    }
    uint8_t *grown = aligned_alloc(page_bytes, (size_t)pages * page_bytes);
    if (grown == NULL) {
        return SL_E_NO_MEMORY;
    }
    free(walk->big);
    walk->big = grown;
    walk->big_pages = pages;
    return SL_OK;
}

static enum sl_err
note_overflow(struct sl_lmdb_walk *walk, const struct sl_lmdb_value *value, struct sl_diag *diag)
{
    uint64_t pages = sl_lmdb_overflow_pages(value->len, walk->file->meta.page_bytes);
    uint64_t first = value->overflow_page;
    if (!sl_lmdb_file_note(walk->file, first, pages)) {
        return damaged(walk, first, "an overflow page lies outside, is free, or in use elsewhere",
                       diag);
    }
    enum sl_err err = reserve_big(walk, 1);
    if (err == SL_OK) {
        err = read_pages(walk->file, walk->big, first, 1, diag);
    }
    const char *fault = err == SL_OK ? sl_lmdb_overflow_fault(walk->big, first, pages) : NULL;
    walk->met.overflow_pages += pages;
    return fault == NULL ? err : damaged(walk, first, fault, diag);
}

/* Notes the leaves below the branch page at hand. */
static enum sl_err note_leaves(struct sl_lmdb_walk *walk, struct sl_diag *diag)
{
    struct sl_lmdb_level *level = &walk->levels[walk->depth - 1];
    enum sl_err err = SL_OK;
    while (err == SL_OK && level->index < level->count) {
        err = note(walk, sl_lmdb_child(level->page, level->index), diag);
        walk->met.leaf_pages++;
        level->index++;
    }
    return err;
}

/* Leaves pages that are done, until the deepest one has something more. */
static void ascend(struct sl_lmdb_walk *walk)
{
    while (walk->depth > 0 &&
           walk->levels[walk->depth - 1].index >= walk->levels[walk->depth - 1].count) {
        walk->depth--;
        if (walk->depth > 0) {
            walk->levels[walk->depth - 1].index++;
        }
    }
}

enum sl_err
sl_lmdb_walk_next(struct sl_lmdb_walk *walk, struct sl_lmdb_entry *ret_entry, struct sl_diag *diag)
{
    enum sl_err err = SL_OK;
    ascend(walk);
    while (err == SL_OK && walk->depth > 0 && !is_at_leaf(walk)) {
        err = descend(walk, (struct sl_slice){0}, diag);
        if (err == SL_OK && !is_at_leaf(walk)) {
            err = note_leaves(walk, diag);
        }
        ascend(walk);
    }
    if (err != SL_OK || walk->depth == 0) {
        return err != SL_OK ? err : SL_E_NOT_FOUND;
    }
    struct sl_lmdb_level *leaf = &walk->levels[walk->depth - 1];
    *ret_entry = (struct sl_lmdb_entry){
        .key = sl_lmdb_key(leaf->page, leaf->index),
        .value = sl_lmdb_value(leaf->page, leaf->index),
    };
    leaf->index++;
    walk->met.entries++;
    return ret_entry->value.is_big ? note_overflow(walk, &ret_entry->value, diag) : SL_OK;
}

enum sl_err
sl_lmdb_walk_value(struct sl_lmdb_walk *walk, struct sl_lmdb_entry *entry, struct sl_diag *diag)
{
    struct sl_lmdb_value *value = &entry->value;
    if (!value->is_big) {
        return SL_OK;
    }
    uint64_t pages = sl_lmdb_overflow_pages(value->len, walk->file->meta.page_bytes);
    enum sl_err err = reserve_big(walk, pages);
    if (err == SL_OK) {
        err = read_pages(walk->file, walk->big, value->overflow_page, pages, diag);
        value->data = walk->big + SL_LMDB_PAGE_HEADER;
    }
    return err;
}

enum sl_err sl_lmdb_walk_settle(const struct sl_lmdb_walk *walk, struct sl_diag *diag)
{
    const struct sl_lmdb_tree *met = &walk->met;
    const struct sl_lmdb_tree *tree = &walk->tree;
    bool has_pages = met->branch_pages == tree->branch_pages && met->leaf_pages == tree->leaf_pages;
    bool has_entries = walk->is_shallow || (met->entries == tree->entries &&
                                            met->overflow_pages == tree->overflow_pages);
    if (has_pages && has_entries) {
        return SL_OK;
    }
    return sl_refuse(diag, SL_E_CORRUPT, "",
                     "data.mdb (table %s): it has %" PRIu64 " pages and %" PRIu64
                     " entries, and should have %" PRIu64 " and %" PRIu64,
                     walk->table, met->branch_pages + met->leaf_pages + met->overflow_pages,
                     met->entries, tree->branch_pages + tree->leaf_pages + tree->overflow_pages,
                     tree->entries);
}
