/* The inside of the order-statistic tree: a counted B+ tree over one pool of nodes. Reading it: ostree.c; changing it: ostree_update.c.
 *
 *     inner node    children   12   7    31        nodes one level below
 *                   keys        -   k    m         no entry below a child comes before its key, none below the one before it after
 *                   counts     20   32   17        members below each child
 *                   leaders     3   20    1        of them, the first of their tie group
 *
 *     leaf          keys and members, in order; each counts 1, and leads 1 or 0
 *
 * All leaves are `levels` below the root and linked both ways. Every node but the root is at least half full. Node 0 is "none". */
#ifndef SL_DOMAIN_OSTREE_IMPL_H
#define SL_DOMAIN_OSTREE_IMPL_H

#include "domain/ostree.h"

#define SL_OSTREE_SLOTS 32u
#define SL_OSTREE_HALF  (SL_OSTREE_SLOTS / 2)

struct sl_ostree_node {
    uint32_t parent;
    uint32_t before, after; /* leaves; of a node given back `after` is the next such */
    uint32_t count;         /* slots in use */
    uint32_t counts[SL_OSTREE_SLOTS];
    uint32_t leaders[SL_OSTREE_SLOTS];
    uint32_t children[SL_OSTREE_SLOTS]; /* inner nodes */
    uint32_t members[SL_OSTREE_SLOTS];
    struct sl_score_key keys[SL_OSTREE_SLOTS]; /* in inner nodes that of slot 0 means nothing */
};

struct sl_ostree {
    struct sl_ostree_options options;
    struct sl_ostree_node *nodes; /* owned */
    uint32_t *leaf_of;            /* owned; by member, 0: not there */
    uint32_t node_count;
    uint32_t levels; /* of inner nodes */
    uint32_t root;
    uint32_t count, leaders; /* in all */
    uint32_t fresh;          /* first node never used */
    uint32_t free;           /* first node given back */
};

/* Puts in a member that is not there; `key` lies outside the tree. */
void sl_ostree_insert(struct sl_ostree *tree, uint32_t member, const struct sl_score_key *key);
/* Takes it out of its leaf `at`. */
void sl_ostree_take_out(struct sl_ostree *tree, uint32_t at, uint32_t member);

static inline uint32_t sl_ostree_sum(const uint32_t *words, uint32_t count)
{
    uint32_t sum = 0;
    for (uint32_t i = 0; i < count; i++) {
        sum += words[i];
    }
    return sum;
}

static inline uint32_t sl_ostree_slot_of_child(const struct sl_ostree_node *node, uint32_t child)
{
    uint32_t slot = 0;
    while (node->children[slot] != child) {
        slot++;
    }
    return slot;
}

static inline uint32_t sl_ostree_slot_of_member(const struct sl_ostree_node *leaf, uint32_t member)
{
    uint32_t slot = 0;
    while (leaf->members[slot] != member) {
        slot++;
    }
    return slot;
}

#endif
