/* An order-statistic tree in memory: members by score, best first. Place, selection and update in O(log n), never a scan.
 *
 *     order     score descending, then reach ascending, then member (see `compare`)
 *     score     numerator / denominator, over the target if there is one; compared exactly by cross multiplication;
 *               undefined scores come last
 *     tied      same score and same reach; leave reach at 0 where the tie rule is "stays tied"
 *
 * A treap over one pool of nodes: each node counts the members of its subtree and how many of them are the first of their tie
 * group, which gives strictly better, tied and distinct better without a second tree. Priorities are a fixed mix of the
 * member's number, so equal input gives an equal tree.
 *
 * Invariants:
 *   (1) a member is there at most once;
 *   (2) memory is taken at open for `maximum` members (untouched pages cost nothing) and never grows;
 *   (3) a node leads its tie group exactly if its predecessor is not tied with it.
 * One thread writes; when nobody writes any number may read. */
#ifndef SL_DOMAIN_OSTREE_H
#define SL_DOMAIN_OSTREE_H

#include "domain/measure.h"
#include "domain/rank.h"
#include "sl/err.h"
#include "sl/types.h"

struct sl_score_key {
    int64_t numerator;
    int64_t denominator; /* > 0; 0: undefined, tied with every other undefined score */
    int64_t target;      /* > 0: what the value is divided by; 0: nothing, the value is the score */
    uint64_t reach_seq;
    int32_t reach_day; /* earlier is better; compared before reach_seq */
};

/* The key of a measure's value, without a target; for lower_is_better the sign is turned, so that the lowest is first. */
struct sl_score_key sl_score_key_of_ratio(const struct sl_ratio *ratio, bool lower_is_better);

/* Below 0 if `a` is better, 0 if tied. */
int sl_score_key_compare(const struct sl_score_key *a, const struct sl_score_key *b);

struct sl_ostree; /* opaque */

/* Order within a tie group, e.g. by the bytes of the members' names: below 0 if `a` comes first, 0 only for a == b,
 * and always the same answer. */
typedef int (*sl_member_compare)(const void *ctx, uint32_t a, uint32_t b);

struct sl_ostree_options {
    uint32_t maximum;          /* members: 1 to SL_OSTREE_MEMBERS_MAX */
    sl_member_compare compare; /* NULL: by number */
    const void *ctx;           /* for compare; outlives the tree */
};
#define SL_OSTREE_MEMBERS_MAX 0x40000000u

/* SL_E_NO_MEMORY. */
SL_MUST_CHECK enum sl_err sl_ostree_open(const struct sl_ostree_options *options,
                                         struct sl_ostree **ret_tree);
void sl_ostree_close(struct sl_ostree *tree); /* NULL is fine */
void sl_ostree_clear(struct sl_ostree *tree);

/* Inserts the member or moves it to its new key. SL_E_TOO_MANY at the maximum, and the tree stays as it was. */
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
    uint32_t node; /* private */
};

/* The entry at this position from 0: O(log n), place and all. */
void sl_ostree_select(const struct sl_ostree *tree,
                      uint32_t position,
                      struct sl_ostree_cursor *ret_cursor);
/* The following entry: O(1) on the average within a tie group, O(log n) into the next group. */
void sl_ostree_next(const struct sl_ostree *tree, struct sl_ostree_cursor *cursor);

#endif
