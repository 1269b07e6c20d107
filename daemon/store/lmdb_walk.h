/* Walking through one tree of LMDB's file without LMDB, page by page, believing none: each page is looked at before it is followed, and
 * its keys must lie between those of its parents. A page that cannot be read is an error and no signal.
 *
 * Only while nobody writes, or under a read txn of the snapshot that `meta` is of, whose pages stay as they are. */
#ifndef SL_STORE_LMDB_WALK_H
#define SL_STORE_LMDB_WALK_H

#include "store/lmdb_page.h"

#define SL_LMDB_LEVELS_MAX 32u

/* Whole pages are read, into memory that is aligned for a file that is opened past the page cache. */
struct sl_lmdb_file {
    int fd;
    struct sl_lmdb_meta meta;
    uint64_t
        pages; /* that it has. Free ones behind them need not be there: LMDB does not write a page that the txn which took it gives up */
    uint8_t *seen; /* NULL, or a bit for each page up to the last: no page may be met twice */
    uint64_t bytes_read;
};

/* The newer meta page; SL_E_FORMAT (not LMDB's), SL_E_CORRUPT, SL_E_IO, SL_E_NO_MEMORY. */
SL_MUST_CHECK enum sl_err
sl_lmdb_file_begin(struct sl_lmdb_file *file, int fd, struct sl_diag *diag);

/* The same, of the snapshot of that txn, while others write: SL_E_BUSY if its meta page has made room for a later one's. */
SL_MUST_CHECK enum sl_err
sl_lmdb_file_at(struct sl_lmdb_file *file, int fd, uint64_t txn, struct sl_diag *diag);

/* SL_E_CORRUPT, saying that the file ends at `size` and a page in use lies behind. So does whatever meets one. */
SL_MUST_CHECK enum sl_err
sl_lmdb_file_cut(const struct sl_lmdb_file *file, uint64_t size, struct sl_diag *diag);

/* Notes `count` pages from `first` on as used; false if one is outside, or noted already. Without `seen` only the former. */
SL_MUST_CHECK bool sl_lmdb_file_note(struct sl_lmdb_file *file, uint64_t first, uint64_t count);

struct sl_lmdb_level {
    uint8_t *page;
    size_t count;
    size_t index; /* of the child that is the next level; of the entry to come */
};

struct sl_lmdb_walk {
    struct sl_lmdb_file *file;
    const char *table; /* for `diag`; borrowed */
    struct sl_lmdb_tree tree;
    enum sl_lmdb_order order;
    bool is_shallow; /* leaves are noted, not read: no entries come */
    size_t depth;    /* levels in use; the last is the leaf, unless shallow */
    struct sl_lmdb_level levels[SL_LMDB_LEVELS_MAX];
    struct sl_lmdb_tree met; /* counted on the way */
    uint8_t *big;            /* the overflow pages of the last entry */
    uint64_t big_pages;      /* there is room for */
};

struct sl_lmdb_entry {
    struct sl_slice key;
    struct sl_lmdb_value value; /* `data` is NULL for a big one until it is read */
};

/* Zeroed is fine for end. Stands before the first entry whose key is not below `from`; an empty one: before the first of all. */
SL_MUST_CHECK enum sl_err
sl_lmdb_walk_begin(struct sl_lmdb_walk *walk, struct sl_slice from, struct sl_diag *diag);
void sl_lmdb_walk_end(struct sl_lmdb_walk *walk);

/* SL_E_NOT_FOUND after the last one; SL_E_CORRUPT names page and table; SL_E_IO, SL_E_NO_MEMORY. Borrowed until the next call. */
SL_MUST_CHECK enum sl_err
sl_lmdb_walk_next(struct sl_lmdb_walk *walk, struct sl_lmdb_entry *ret_entry, struct sl_diag *diag);

/* Reads the value of the entry if it lies in overflow pages. */
SL_MUST_CHECK enum sl_err
sl_lmdb_walk_value(struct sl_lmdb_walk *walk, struct sl_lmdb_entry *entry, struct sl_diag *diag);

/* After the last one of a walk over all: are there as many pages and entries as the tree is said to have? */
SL_MUST_CHECK enum sl_err sl_lmdb_walk_settle(const struct sl_lmdb_walk *walk,
                                              struct sl_diag *diag);

#endif
