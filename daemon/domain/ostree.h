/* An order-statistic tree in memory: members by score, best first. Place, selection and update in O(log n), never a scan.
 *
 *     order     by key (score_key.h), then by member (see `compare`)
 *     tied      same key
 *
 * A counted B+ tree: each node knows how many members lie below each of its children and how many of them are the first of their
 * tie group, which gives strictly better, tied and distinct better without a second tree. A way down is three nodes among 10,000
 * members, of which only the last is likely to be missed in the cache.
 *
 * Invariants:
 *   (1) a member is there at most once;
 *   (2) memory is taken at open for all members below `maximum` (untouched pages cost nothing) and never grows;
 *   (3) an entry leads its tie group exactly if its predecessor is not tied with it.
 * One thread writes; when nobody writes any number may read. */
#ifndef SL_DOMAIN_OSTREE_H
#define SL_DOMAIN_OSTREE_H

#include "domain/rank.h"
#include "domain/score_key.h"
#include "sl/err.h"
#include "sl/types.h"

struct sl_ostree; /* opaque */

/* Order within a tie group, e.g. by the bytes of the members' names: below 0 if `a` comes first, 0 only for a == b,
 * and always the same answer. */
typedef int (*sl_member_compare)(const void *ctx, uint32_t a, uint32_t b);

struct sl_ostree_options {
    uint32_t maximum;          /* members are numbers below it; 1 to SL_OSTREE_MEMBERS_MAX */
    sl_member_compare compare; /* NULL: by number */
    const void *ctx;           /* for compare; outlives the tree */
};
#define SL_OSTREE_MEMBERS_MAX 0x40000000u

/* SL_E_NO_MEMORY. */
SL_MUST_CHECK enum sl_err sl_ostree_open(const struct sl_ostree_options *options,
                                         struct sl_ostree **ret_tree);
void sl_ostree_close(struct sl_ostree *tree); /* NULL is fine */
void sl_ostree_clear(struct sl_ostree *tree);

/* Inserts the member or moves it to its new key. SL_E_TOO_MANY from the maximum on, and the tree stays as it was. */
SL_MUST_CHECK enum sl_err
sl_ostree_put(struct sl_ostree *tree, uint32_t member, const struct sl_score_key *key);
/* False if it was not there. */
bool sl_ostree_remove(struct sl_ostree *tree, uint32_t member);

uint32_t sl_ostree_count(const struct sl_ostree *tree);
uint32_t sl_ostree_distinct_count(const struct sl_ostree *tree); /* tie groups */
size_t sl_ostree_bytes(const struct sl_ostree *tree);

/* NULL if absent; dies with the next put, remove or clear. */
const struct sl_score_key *sl_ostree_get(const struct sl_ostree *tree, uint32_t member);

/* Where the member stands. False if it is not there. */
bool sl_ostree_place(const struct sl_ostree *tree,
                     uint32_t member,
                     struct sl_rank_place *ret_place);

/* A position in the list, best first; dies with the next put, remove or clear. */
struct sl_ostree_cursor {
    bool is_valid; /* false: past either end, and the rest means nothing */
    uint32_t member;
    struct sl_score_key key;
    struct sl_rank_place place;
    uint32_t leaf, slot; /* private */
};

/* The entry at this position from 0: O(log n), place and all. */
void sl_ostree_select(const struct sl_ostree *tree,
                      uint32_t position,
                      struct sl_ostree_cursor *ret_cursor);
/* The following entry: O(1) within a tie group, O(log n) into the next group. */
void sl_ostree_next(const struct sl_ostree *tree, struct sl_ostree_cursor *cursor);

#endif
