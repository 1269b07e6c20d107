/* A page of LMDB's file, read by ourselves. LMDB believes every byte it maps: an offset or a page number that is damaged ends the process, or
 * has a row looked for where it is not. So whatever must not believe (env.c before it opens, the check, the scrubber) reads pages through
 * here, from a buffer of its own.
 *
 *     page    0   8   number of the page            node    0   2+2   leaf: length of the value    branch: the child's
 *             8   2   -                                     4   2     leaf: flags                          page number
 *            10   2   what it is                            6   2     length of the key
 *            12   2   lower: end of the offsets             8         key, then of a leaf the value, or the number of its first
 *            14   2   upper: begin of the nodes                       overflow page; then up to an even length
 *            16       offsets of the nodes, 2 bytes each, in the order of their keys
 *
 * As version 0.9 writes it on machines that are little-endian; `meta` pages lie at 0 and 1, and the one of the later txn counts. */
#ifndef SL_STORE_LMDB_PAGE_H
#define SL_STORE_LMDB_PAGE_H

#include "sl/err.h"
#include "sl/types.h"

#define SL_LMDB_PAGE_BYTES_MIN ((size_t)4096) /* of memory; LMDB takes the same */
#define SL_LMDB_PAGE_BYTES_MAX ((size_t)32768)
#define SL_LMDB_PAGE_HEADER    16u
#define SL_LMDB_NO_PAGE        UINT64_MAX /* the root of an empty tree */
#define SL_LMDB_TREE_BYTES     48u

/* One table, as LMDB knows it. */
struct sl_lmdb_tree {
    uint16_t flags;
    uint16_t depth;
    uint64_t branch_pages, leaf_pages, overflow_pages, entries;
    uint64_t root;
};

struct sl_lmdb_meta {
    size_t page_bytes;
    struct sl_lmdb_tree free; /* txn → numbers of pages that nobody uses since then */
    struct sl_lmdb_tree main; /* name → the tree of a table */
    uint64_t last_page;
    uint64_t txn;
};

/* NULL, or what is wrong with it. `number` is 0 or 1. The page's first 512 bytes suffice. */
const char *sl_lmdb_meta_get(const uint8_t *page, uint64_t number, struct sl_lmdb_meta *ret_meta);
/* Does it claim to be LMDB's at all? */
bool sl_lmdb_is_meta(const uint8_t *page);

void sl_lmdb_tree_get(const uint8_t *bytes, struct sl_lmdb_tree *ret_tree);

enum sl_lmdb_kind { SL_LMDB_BRANCH, SL_LMDB_LEAF };

/* How the keys of a tree are ordered. */
enum sl_lmdb_order { SL_LMDB_BY_BYTES, SL_LMDB_BY_NUMBER };
int sl_lmdb_compare(enum sl_lmdb_order order, struct sl_slice a, struct sl_slice b);

/* NULL if everything in it lies where it may and its keys ascend, or what is wrong with it. */
const char *sl_lmdb_page_fault(const uint8_t *page,
                               size_t page_bytes,
                               uint64_t number,
                               enum sl_lmdb_kind kind,
                               enum sl_lmdb_order order);

/* The rest is for pages without a fault. */

size_t sl_lmdb_count(const uint8_t *page);
struct sl_slice sl_lmdb_key(const uint8_t *page, size_t index);
uint64_t sl_lmdb_child(const uint8_t *page, size_t index); /* of a branch */

struct sl_lmdb_value {
    bool is_tree;           /* a table; of the main tree */
    bool is_big;            /* lies in overflow pages, `data` is NULL */
    uint64_t overflow_page; /* the first of them */
    const uint8_t *data;
    size_t len;
};
struct sl_lmdb_value sl_lmdb_value(const uint8_t *page, size_t index); /* of a leaf */

/* How many overflow pages a value takes; NULL or what is wrong with the first one's header. */
uint64_t sl_lmdb_overflow_pages(size_t len, size_t page_bytes);
const char *
sl_lmdb_overflow_fault(const uint8_t header[SL_LMDB_PAGE_HEADER], uint64_t number, uint64_t pages);

#endif
