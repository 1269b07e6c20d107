/* The order-statistic tree: a treap with parent links over one pool, and an open-addressed index from member to node.
 *
 *     pool     nodes 1..maximum; 0 is "none" and stays all zero, so that its counts need no test
 *     free     nodes given back, linked through `right`; never used ones come from `fresh`
 *     slots    power of two, at least 4/3 of the maximum; holds node numbers, linear probing
 *
 * Rotations and updates walk with parent links, so nothing recurses. */
#include "domain/ostree.h"

#include <stdlib.h>
#include <string.h>

#include "domain/fraction.h"

struct node {
    struct sl_score_key key;
    uint32_t member;
    uint32_t left, right, parent;
    uint32_t count;   /* members in this subtree */
    uint32_t leaders; /* of them, the first of their tie group */
    bool is_leader;
};

struct sl_ostree {
    struct sl_ostree_options options;
    struct node *nodes; /* owned */
    uint32_t *slots;    /* owned */
    uint32_t slot_mask;
    uint32_t root;
    uint32_t fresh; /* first node never used */
    uint32_t free;  /* first node given back */
};

struct sl_score_key sl_score_key_of_ratio(const struct sl_ratio *ratio, bool lower_is_better)
{
    /* Turning the sign of every score but the lowest of int64 is exact; that one is still the first or last. */
    int64_t lowest = ratio->numerator == INT64_MIN ? INT64_MAX : -ratio->numerator;
    return (struct sl_score_key){.numerator = lower_is_better ? lowest : ratio->numerator,
                                 .denominator = ratio->denominator};
}

static int compare_words(uint64_t a, uint64_t b)
{
    return a < b ? -1 : a > b;
}

/* The product fits: both are below 2^63. */
static struct sl_fraction score_over_target(const struct sl_score_key *key)
{
    sl_int128 target = key->target > 0 ? key->target : 1;
    return (struct sl_fraction){key->numerator, key->denominator * target};
}

/* Below 0 if the score of `a` is the lower. The same target on both sides changes nothing, and need not be multiplied. */
static int compare_scores(const struct sl_score_key *a, const struct sl_score_key *b)
{
    if (a->target != b->target) {
        return sl_fraction_compare(score_over_target(a), score_over_target(b));
    }
    sl_int128 score_a = (sl_int128)a->numerator * b->denominator;
    sl_int128 score_b = (sl_int128)b->numerator * a->denominator;
    return score_a < score_b ? -1 : score_a > score_b;
}

int sl_score_key_compare(const struct sl_score_key *a, const struct sl_score_key *b)
{
    if (a->denominator == 0 || b->denominator == 0) {
        return (a->denominator == 0) - (b->denominator == 0);
    }
    int order = compare_scores(a, b);
    if (order != 0) {
        return -order;
    }
    if (a->reach_day != b->reach_day) {
        return a->reach_day < b->reach_day ? -1 : 1;
    }
    return compare_words(a->reach_seq, b->reach_seq);
}

/* The finaliser of splitmix64: spreads neighbouring member numbers over all bits. */
static uint64_t mix(uint32_t member)
{
    uint64_t x = member + 0x9e3779b97f4a7c15u;
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
    x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
    return x ^ (x >> 31);
}

static int compare_members(const struct sl_ostree *tree, uint32_t a, uint32_t b)
{
    if (tree->options.compare == NULL || a == b) {
        return compare_words(a, b);
    }
    return tree->options.compare(tree->options.ctx, a, b);
}

/* The member index. Slots hold node numbers; 0 is empty. */

static uint32_t slot_of(const struct sl_ostree *tree, uint32_t member)
{
    return (uint32_t)(mix(member) >> 32) & tree->slot_mask;
}

/* The slot that holds the member, or the empty one where it would go. */
static uint32_t find_slot(const struct sl_ostree *tree, uint32_t member)
{
    uint32_t slot = slot_of(tree, member);
    while (tree->slots[slot] != 0 && tree->nodes[tree->slots[slot]].member != member) {
        slot = (slot + 1) & tree->slot_mask;
    }
    return slot;
}

/* Pulls later entries of the run back over the hole, so that probing needs no tombstones. */
static void free_slot(struct sl_ostree *tree, uint32_t hole)
{
    uint32_t slot = (hole + 1) & tree->slot_mask;
    while (tree->slots[slot] != 0) {
        uint32_t home = slot_of(tree, tree->nodes[tree->slots[slot]].member);
        uint32_t from_home = (slot - home) & tree->slot_mask;
        uint32_t from_hole = (slot - hole) & tree->slot_mask;
        if (from_home >= from_hole) {
            tree->slots[hole] = tree->slots[slot];
            hole = slot;
        }
        slot = (slot + 1) & tree->slot_mask;
    }
    tree->slots[hole] = 0;
}

/* Life cycle. */

static size_t slot_count_for(uint32_t maximum)
{
    size_t count = 8;
    while (count / 4 * 3 < maximum) {
        count *= 2;
    }
    return count;
}

enum sl_err sl_ostree_open(const struct sl_ostree_options *options, struct sl_ostree **ret_tree)
{
    SL_ASSERT(options->maximum > 0);
    SL_ASSERT(options->maximum <= SL_OSTREE_MEMBERS_MAX);
    size_t slot_count = slot_count_for(options->maximum);
    struct sl_ostree *tree = calloc(1, sizeof *tree);
    if (tree == NULL) {
        return SL_E_NO_MEMORY;
    }
    tree->options = *options;
    tree->nodes = calloc((size_t)options->maximum + 1, sizeof *tree->nodes);
    tree->slots = calloc(slot_count, sizeof *tree->slots);
    tree->slot_mask = (uint32_t)(slot_count - 1);
    tree->fresh = 1;
    if (tree->nodes == NULL || tree->slots == NULL) {
        sl_ostree_close(tree);
        return SL_E_NO_MEMORY;
    }
    *ret_tree = tree;
    return SL_OK;
}

void sl_ostree_close(struct sl_ostree *tree)
{
    if (tree != NULL) {
        free(tree->nodes);
        free(tree->slots);
        free(tree);
    }
}

void sl_ostree_clear(struct sl_ostree *tree)
{
    memset(tree->slots, 0, ((size_t)tree->slot_mask + 1) * sizeof *tree->slots);
    tree->root = 0;
    tree->fresh = 1;
    tree->free = 0;
}

uint32_t sl_ostree_count(const struct sl_ostree *tree)
{
    return tree->nodes[tree->root].count;
}

uint32_t sl_ostree_distinct_count(const struct sl_ostree *tree)
{
    return tree->nodes[tree->root].leaders;
}

size_t sl_ostree_bytes(const struct sl_ostree *tree)
{
    size_t nodes = (size_t)tree->options.maximum + 1;
    size_t slots = (size_t)tree->slot_mask + 1;
    return sizeof *tree + nodes * sizeof *tree->nodes + slots * sizeof *tree->slots;
}

/* Shape. */

static void recount(struct sl_ostree *tree, uint32_t at)
{
    struct node *node = &tree->nodes[at];
    const struct node *left = &tree->nodes[node->left];
    const struct node *right = &tree->nodes[node->right];
    node->count = left->count + right->count + 1;
    node->leaders = left->leaders + right->leaders + (node->is_leader ? 1 : 0);
}

static void recount_up(struct sl_ostree *tree, uint32_t at)
{
    for (; at != 0; at = tree->nodes[at].parent) {
        recount(tree, at);
    }
}

/* Hangs `child` (or nothing) where `old` hangs. */
static void replace_child(struct sl_ostree *tree, uint32_t old, uint32_t child)
{
    uint32_t parent = tree->nodes[old].parent;
    if (parent == 0) {
        tree->root = child;
    } else if (tree->nodes[parent].left == old) {
        tree->nodes[parent].left = child;
    } else {
        tree->nodes[parent].right = child;
    }
    if (child != 0) {
        tree->nodes[child].parent = parent;
    }
}

/*      parent              at
 *      /    \             /  \
 *     at     c    <->    a   parent      Lifts `at` above its parent and keeps the order.
 *    /  \                    /    \
 *   a    b                  b      c     */
static void rotate_up(struct sl_ostree *tree, uint32_t at)
{
    uint32_t parent = tree->nodes[at].parent;
    bool is_left = tree->nodes[parent].left == at;
    uint32_t *inner = is_left ? &tree->nodes[at].right : &tree->nodes[at].left;
    uint32_t *gap = is_left ? &tree->nodes[parent].left : &tree->nodes[parent].right;

    replace_child(tree, parent, at);
    *gap = *inner;
    if (*inner != 0) {
        tree->nodes[*inner].parent = parent;
    }
    *inner = parent;
    tree->nodes[parent].parent = at;
    recount(tree, parent);
    recount(tree, at);
}

static bool is_above(const struct sl_ostree *tree, uint32_t a, uint32_t b)
{
    return mix(tree->nodes[a].member) > mix(tree->nodes[b].member);
}

static uint32_t leftmost(const struct sl_ostree *tree, uint32_t at)
{
    while (tree->nodes[at].left != 0) {
        at = tree->nodes[at].left;
    }
    return at;
}

static uint32_t rightmost(const struct sl_ostree *tree, uint32_t at)
{
    while (tree->nodes[at].right != 0) {
        at = tree->nodes[at].right;
    }
    return at;
}

static uint32_t successor(const struct sl_ostree *tree, uint32_t at)
{
    if (tree->nodes[at].right != 0) {
        return leftmost(tree, tree->nodes[at].right);
    }
    uint32_t parent = tree->nodes[at].parent;
    while (parent != 0 && tree->nodes[parent].right == at) {
        at = parent;
        parent = tree->nodes[at].parent;
    }
    return parent;
}

static uint32_t predecessor(const struct sl_ostree *tree, uint32_t at)
{
    if (tree->nodes[at].left != 0) {
        return rightmost(tree, tree->nodes[at].left);
    }
    uint32_t parent = tree->nodes[at].parent;
    while (parent != 0 && tree->nodes[parent].left == at) {
        at = parent;
        parent = tree->nodes[at].parent;
    }
    return parent;
}

/* Invariant (3) for one node whose predecessor is `before` (0: none). */
static void set_leader(struct sl_ostree *tree, uint32_t at, uint32_t before)
{
    if (at == 0) {
        return;
    }
    struct node *node = &tree->nodes[at];
    bool is_leader = before == 0 || sl_score_key_compare(&tree->nodes[before].key, &node->key) != 0;
    if (is_leader != node->is_leader) {
        node->is_leader = is_leader;
        recount_up(tree, at);
    }
}

/* Below 0 if node `at` belongs before this key and member. */
static int compare_node(const struct sl_ostree *tree,
                        uint32_t at,
                        const struct sl_score_key *key,
                        uint32_t member)
{
    int order = sl_score_key_compare(&tree->nodes[at].key, key);
    return order != 0 ? order : compare_members(tree, tree->nodes[at].member, member);
}

/* Hangs a filled node without children below the leaf where it belongs. */
static void hang_leaf(struct sl_ostree *tree, uint32_t at)
{
    struct node *node = &tree->nodes[at];
    uint32_t parent = 0;
    uint32_t child = tree->root;
    bool goes_left = false;
    while (child != 0) {
        parent = child;
        goes_left = compare_node(tree, child, &node->key, node->member) > 0;
        child = goes_left ? tree->nodes[child].left : tree->nodes[child].right;
    }
    node->parent = parent;
    if (parent == 0) {
        tree->root = at;
    } else if (goes_left) {
        tree->nodes[parent].left = at;
    } else {
        tree->nodes[parent].right = at;
    }
}

static void insert_node(struct sl_ostree *tree, uint32_t at)
{
    hang_leaf(tree, at);
    recount_up(tree, at);
    set_leader(tree, at, predecessor(tree, at));
    set_leader(tree, successor(tree, at), at);
    while (tree->nodes[at].parent != 0 && is_above(tree, at, tree->nodes[at].parent)) {
        rotate_up(tree, at);
    }
}

/* Sinks the node until it has at most one child, then lifts that child into its place. */
static void unhang_node(struct sl_ostree *tree, uint32_t at)
{
    struct node *node = &tree->nodes[at];
    uint32_t before = predecessor(tree, at);
    uint32_t after = successor(tree, at);
    while (node->left != 0 && node->right != 0) {
        bool left_rises = is_above(tree, node->left, node->right);
        rotate_up(tree, left_rises ? node->left : node->right);
    }
    uint32_t parent = node->parent;
    replace_child(tree, at, node->left != 0 ? node->left : node->right);
    recount_up(tree, parent);
    set_leader(tree, after, before);
}

/* Verbs. */

static uint32_t take_node(struct sl_ostree *tree)
{
    uint32_t at = tree->free;
    if (at != 0) {
        tree->free = tree->nodes[at].right;
        return at;
    }
    return tree->fresh <= tree->options.maximum ? tree->fresh++ : 0;
}

enum sl_err sl_ostree_put(struct sl_ostree *tree, uint32_t member, const struct sl_score_key *key)
{
    SL_ASSERT(key->denominator >= 0 && key->target >= 0);
    uint32_t slot = find_slot(tree, member);
    uint32_t at = tree->slots[slot];
    if (at != 0 && sl_score_key_compare(&tree->nodes[at].key, key) == 0) {
        tree->nodes[at].key = *key; /* the same place, perhaps written as another fraction */
        return SL_OK;
    }
    struct sl_score_key copy = *key; /* `key` may point into the node */
    if (at != 0) {
        unhang_node(tree, at);
    } else {
        at = take_node(tree);
    }
    if (at == 0) {
        return SL_E_TOO_MANY;
    }
    tree->nodes[at] = (struct node){.key = copy, .member = member};
    tree->slots[slot] = at;
    insert_node(tree, at);
    return SL_OK;
}

bool sl_ostree_remove(struct sl_ostree *tree, uint32_t member)
{
    uint32_t slot = find_slot(tree, member);
    uint32_t at = tree->slots[slot];
    if (at == 0) {
        return false;
    }
    unhang_node(tree, at);
    free_slot(tree, slot);
    tree->nodes[at] = (struct node){.right = tree->free};
    tree->free = at;
    return true;
}

/* Queries. */

const struct sl_score_key *sl_ostree_get(const struct sl_ostree *tree, uint32_t member)
{
    uint32_t at = tree->slots[find_slot(tree, member)];
    return at != 0 ? &tree->nodes[at].key : NULL;
}

/* Counts what lies before the first node that is not better than the key; with `counts_tied` also the tied. */
static uint32_t count_better(const struct sl_ostree *tree,
                             const struct sl_score_key *key,
                             bool counts_tied,
                             uint32_t *ret_leaders)
{
    uint32_t count = 0;
    uint32_t leaders = 0;
    uint32_t at = tree->root;
    while (at != 0) {
        const struct node *node = &tree->nodes[at];
        int order = sl_score_key_compare(&node->key, key);
        if (order < 0 || (order == 0 && counts_tied)) {
            const struct node *left = &tree->nodes[node->left];
            count += left->count + 1;
            leaders += left->leaders + (node->is_leader ? 1 : 0);
            at = node->right;
        } else {
            at = node->left;
        }
    }
    *ret_leaders = leaders;
    return count;
}

static uint32_t position_of(const struct sl_ostree *tree, uint32_t at)
{
    uint32_t position = tree->nodes[tree->nodes[at].left].count;
    uint32_t parent = tree->nodes[at].parent;
    while (parent != 0) {
        if (tree->nodes[parent].right == at) {
            position += tree->nodes[tree->nodes[parent].left].count + 1;
        }
        at = parent;
        parent = tree->nodes[at].parent;
    }
    return position;
}

/* Everything but the position. */
static struct sl_rank_place place_of_key(const struct sl_ostree *tree,
                                         const struct sl_score_key *key)
{
    struct sl_rank_place place = {0};
    uint32_t leaders_with_tied;
    place.better = count_better(tree, key, false, &place.better_distinct);
    place.tied = count_better(tree, key, true, &leaders_with_tied) - place.better;
    return place;
}

bool sl_ostree_place(const struct sl_ostree *tree, uint32_t member, struct sl_rank_place *ret_place)
{
    uint32_t at = tree->slots[find_slot(tree, member)];
    if (at == 0) {
        return false;
    }
    *ret_place = place_of_key(tree, &tree->nodes[at].key);
    ret_place->position = position_of(tree, at);
    return true;
}

static void point_at(const struct sl_ostree *tree, uint32_t at, struct sl_ostree_cursor *cursor)
{
    cursor->is_valid = at != 0;
    cursor->node = at;
    cursor->member = tree->nodes[at].member;
    cursor->key = tree->nodes[at].key;
}

void sl_ostree_select(const struct sl_ostree *tree,
                      uint32_t position,
                      struct sl_ostree_cursor *ret_cursor)
{
    uint32_t at = tree->root;
    uint32_t rest = position;
    *ret_cursor = (struct sl_ostree_cursor){0};
    while (at != 0 && rest != tree->nodes[tree->nodes[at].left].count) {
        uint32_t left_count = tree->nodes[tree->nodes[at].left].count;
        bool goes_left = rest < left_count;
        rest -= goes_left ? 0 : left_count + 1;
        at = goes_left ? tree->nodes[at].left : tree->nodes[at].right;
    }
    if (at == 0) {
        return;
    }
    point_at(tree, at, ret_cursor);
    ret_cursor->place = place_of_key(tree, &tree->nodes[at].key);
    ret_cursor->place.position = position;
}

void sl_ostree_next(const struct sl_ostree *tree, struct sl_ostree_cursor *cursor)
{
    if (!cursor->is_valid) {
        return;
    }
    uint32_t position = cursor->place.position + 1;
    point_at(tree, successor(tree, cursor->node), cursor);
    if (cursor->is_valid && tree->nodes[cursor->node].is_leader) {
        cursor->place = place_of_key(tree, &cursor->key);
    }
    cursor->place.position = position;
}
