/* The order-statistic tree: a counted B+ tree over one pool of nodes.
 *
 *     inner node    children   12   7    31        nodes one level below
 *                   keys        -   k    m         no entry below a child comes before its key, none below the one before it after
 *                   counts     20   32   17        members below each child
 *                   leaders     3   20    1        of them, the first of their tie group
 *
 *     leaf          keys and members, in order; each counts 1, and leads 1 or 0
 *
 * All leaves are `levels` below the root and linked both ways. Every node but the root is at least half full. Node 0 is "none". */
#include "domain/ostree.h"

#include <stdlib.h>
#include <string.h>

#define SLOTS 32u
#define HALF  (SLOTS / 2)

struct node {
    uint32_t parent;
    uint32_t before, after; /* leaves; of a node given back `after` is the next such */
    uint32_t count;         /* slots in use */
    uint32_t counts[SLOTS];
    uint32_t leaders[SLOTS];
    uint32_t children[SLOTS]; /* inner nodes */
    uint32_t members[SLOTS];
    struct sl_score_key keys[SLOTS]; /* in inner nodes that of slot 0 means nothing */
};

struct sl_ostree {
    struct sl_ostree_options options;
    struct node *nodes; /* owned */
    uint32_t *leaf_of;  /* owned; by member, 0: not there */
    uint32_t node_count;
    uint32_t levels; /* of inner nodes */
    uint32_t root;
    uint32_t count, leaders; /* in all */
    uint32_t fresh;          /* first node never used */
    uint32_t free;           /* first node given back */
};

static int compare_members(const struct sl_ostree *tree, uint32_t a, uint32_t b)
{
    if (tree->options.compare == NULL || a == b) {
        return (a > b) - (a < b);
    }
    return tree->options.compare(tree->options.ctx, a, b);
}

/* Life cycle. */

/* As many as there can be when every node but the root is half full. */
static uint32_t nodes_for(uint32_t maximum)
{
    uint32_t total = 1; /* "none" */
    uint32_t count = maximum;
    do {
        count = count / HALF + 1;
        total += count;
    } while (count > 1);
    return total;
}

enum sl_err sl_ostree_open(const struct sl_ostree_options *options, struct sl_ostree **ret_tree)
{
    SL_ASSERT(options->maximum > 0);
    SL_ASSERT(options->maximum <= SL_OSTREE_MEMBERS_MAX);
    struct sl_ostree *tree = calloc(1, sizeof *tree);
    if (tree == NULL) {
        return SL_E_NO_MEMORY;
    }
    tree->options = *options;
    tree->node_count = nodes_for(options->maximum);
    tree->nodes = calloc(tree->node_count, sizeof tree->nodes[0]);
    tree->leaf_of = calloc(options->maximum, sizeof tree->leaf_of[0]);
    tree->fresh = 1;
    if (tree->nodes == NULL || tree->leaf_of == NULL) {
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
        free(tree->leaf_of);
        free(tree);
    }
}

void sl_ostree_clear(struct sl_ostree *tree)
{
    memset(tree->leaf_of, 0, tree->options.maximum * sizeof tree->leaf_of[0]);
    tree->levels = 0;
    tree->root = 0;
    tree->count = 0;
    tree->leaders = 0;
    tree->fresh = 1;
    tree->free = 0;
}

uint32_t sl_ostree_count(const struct sl_ostree *tree)
{
    return tree->count;
}

uint32_t sl_ostree_distinct_count(const struct sl_ostree *tree)
{
    return tree->leaders;
}

size_t sl_ostree_bytes(const struct sl_ostree *tree)
{
    return sizeof *tree + tree->node_count * sizeof tree->nodes[0] +
           tree->options.maximum * sizeof tree->leaf_of[0];
}

static uint32_t take_node(struct sl_ostree *tree)
{
    uint32_t at = tree->free;
    if (at != 0) {
        tree->free = tree->nodes[at].after;
    } else {
        SL_ASSERT(tree->fresh < tree->node_count);
        at = tree->fresh++;
    }
    tree->nodes[at].parent = 0;
    tree->nodes[at].before = 0;
    tree->nodes[at].after = 0;
    tree->nodes[at].count = 0;
    return at;
}

static void give_node(struct sl_ostree *tree, uint32_t at)
{
    tree->nodes[at].after = tree->free;
    tree->free = at;
}

/* Looking inside one node. */

/* The first slot from `from` on that comes after this key and member. */
static uint32_t first_after(const struct sl_ostree *tree,
                            const struct node *node,
                            uint32_t from,
                            const struct sl_score_key *key,
                            uint32_t member)
{
    uint32_t to = node->count;
    while (from < to) {
        uint32_t middle = (from + to) / 2;
        int order = sl_score_key_compare(&node->keys[middle], key);
        if (order == 0) {
            order = compare_members(tree, node->members[middle], member);
        }
        from = order > 0 ? from : middle + 1;
        to = order > 0 ? middle : to;
    }
    return from;
}

/* The first slot from `from` on that is not better than the key; with `counts_tied`, nor tied with it. */
static uint32_t first_not_better(const struct node *node,
                                 uint32_t from,
                                 const struct sl_score_key *key,
                                 bool counts_tied)
{
    uint32_t to = node->count;
    while (from < to) {
        uint32_t middle = (from + to) / 2;
        int order = sl_score_key_compare(&node->keys[middle], key);
        bool is_counted = order < 0 || (order == 0 && counts_tied);
        from = is_counted ? middle + 1 : from;
        to = is_counted ? to : middle;
    }
    return from;
}

static uint32_t sum_of(const uint32_t *words, uint32_t count)
{
    uint32_t sum = 0;
    for (uint32_t i = 0; i < count; i++) {
        sum += words[i];
    }
    return sum;
}

static uint32_t slot_of_child(const struct node *node, uint32_t child)
{
    uint32_t slot = 0;
    while (node->children[slot] != child) {
        slot++;
    }
    return slot;
}

static uint32_t slot_of_member(const struct node *leaf, uint32_t member)
{
    uint32_t slot = 0;
    while (leaf->members[slot] != member) {
        slot++;
    }
    return slot;
}

static uint32_t leaf_of(const struct sl_ostree *tree, uint32_t member)
{
    return member < tree->options.maximum ? tree->leaf_of[member] : 0;
}

/* Changing one node. */

static void copy_slots(
    struct node *to, uint32_t to_slot, const struct node *from, uint32_t from_slot, uint32_t count)
{
    memmove(&to->counts[to_slot], &from->counts[from_slot], count * sizeof to->counts[0]);
    memmove(&to->leaders[to_slot], &from->leaders[from_slot], count * sizeof to->leaders[0]);
    memmove(&to->children[to_slot], &from->children[from_slot], count * sizeof to->children[0]);
    memmove(&to->members[to_slot], &from->members[from_slot], count * sizeof to->members[0]);
    memmove(&to->keys[to_slot], &from->keys[from_slot], count * sizeof to->keys[0]);
}

/* What the slot held is still to be written. */
static void open_slot(struct node *node, uint32_t slot)
{
    copy_slots(node, slot + 1, node, slot, node->count - slot);
    node->count++;
}

static void close_slot(struct node *node, uint32_t slot)
{
    copy_slots(node, slot, node, slot + 1, node->count - slot - 1);
    node->count--;
}

/* Tells what lies in these slots where it lies now. */
static void own_slots(struct sl_ostree *tree, uint32_t at, bool is_leaf, uint32_t from, uint32_t to)
{
    const struct node *node = &tree->nodes[at];
    for (uint32_t slot = from; slot < to; slot++) {
        if (is_leaf) {
            tree->leaf_of[node->members[slot]] = at;
        } else {
            tree->nodes[node->children[slot]].parent = at;
        }
    }
}

/* Moves the last `count` slots of `from` to the front of `to`, its neighbour, or the first ones to the end. */
static void move_to_front(
    struct sl_ostree *tree, uint32_t from_at, uint32_t to_at, uint32_t count, bool is_leaf)
{
    struct node *from = &tree->nodes[from_at];
    struct node *to = &tree->nodes[to_at];
    copy_slots(to, count, to, 0, to->count);
    copy_slots(to, 0, from, from->count - count, count);
    to->count += count;
    from->count -= count;
    own_slots(tree, to_at, is_leaf, 0, count);
}

static void
move_to_end(struct sl_ostree *tree, uint32_t from_at, uint32_t to_at, uint32_t count, bool is_leaf)
{
    struct node *from = &tree->nodes[from_at];
    struct node *to = &tree->nodes[to_at];
    copy_slots(to, to->count, from, 0, count);
    copy_slots(from, 0, from, count, from->count - count);
    to->count += count;
    from->count -= count;
    own_slots(tree, to_at, is_leaf, to->count - count, to->count);
}

/* What the parent keeps of the child in this slot, and the key of it if it is not the first. */
static void recount(struct sl_ostree *tree, struct node *parent, uint32_t slot)
{
    const struct node *child = &tree->nodes[parent->children[slot]];
    parent->counts[slot] = sum_of(child->counts, child->count);
    parent->leaders[slot] = sum_of(child->leaders, child->count);
    parent->keys[slot] = child->keys[0];
    parent->members[slot] = child->members[0];
}

/* Adds to what all nodes above keep of it, and to what the tree does. */
static void add_above(struct sl_ostree *tree, uint32_t at, uint32_t count, uint32_t leaders)
{
    for (uint32_t above = tree->nodes[at].parent; above != 0; above = tree->nodes[at].parent) {
        struct node *node = &tree->nodes[above];
        uint32_t slot = slot_of_child(node, at);
        node->counts[slot] += count;
        node->leaders[slot] += leaders;
        at = above;
    }
    tree->count += count;
    tree->leaders += leaders;
}

/* Whether the entry leads its tie group, after something before it has changed. */
static void set_leader(struct sl_ostree *tree, uint32_t at, uint32_t slot)
{
    if (slot == tree->nodes[at].count) {
        at = tree->nodes[at].after;
        slot = 0;
    }
    if (at == 0) {
        return;
    }
    struct node *leaf = &tree->nodes[at];
    const struct node *before = &tree->nodes[leaf->before];
    const struct sl_score_key *key = slot > 0            ? &leaf->keys[slot - 1]
                                     : leaf->before != 0 ? &before->keys[before->count - 1]
                                                         : NULL;
    uint32_t leads = key == NULL || sl_score_key_compare(key, &leaf->keys[slot]) != 0;
    if (leads != leaf->leaders[slot]) {
        add_above(tree, at, 0, leads - leaf->leaders[slot]);
        leaf->leaders[slot] = leads;
    }
}

/* Putting in: whatever is full on the way down is split, so that there is always room above. */

static void split(struct sl_ostree *tree, uint32_t parent_at, uint32_t slot, bool is_leaf)
{
    struct node *parent = &tree->nodes[parent_at];
    uint32_t at = parent->children[slot];
    uint32_t right_at = take_node(tree);
    struct node *left = &tree->nodes[at];
    struct node *right = &tree->nodes[right_at];
    right->parent = parent_at;
    if (is_leaf) {
        right->before = at;
        right->after = left->after;
        tree->nodes[right->after].before = right_at; /* that of "none" means nothing */
        left->after = right_at;
    }
    move_to_front(tree, at, right_at, HALF, is_leaf);
    open_slot(parent, slot + 1);
    parent->children[slot + 1] = right_at;
    recount(tree, parent, slot + 1);
    parent->counts[slot] -= parent->counts[slot + 1];
    parent->leaders[slot] -= parent->leaders[slot + 1];
}

static void grow(struct sl_ostree *tree)
{
    uint32_t at = take_node(tree);
    struct node *root = &tree->nodes[at];
    root->count = 1;
    root->children[0] = tree->root;
    root->counts[0] = tree->count;
    root->leaders[0] = tree->leaders;
    tree->nodes[tree->root].parent = at;
    tree->root = at;
    tree->levels++;
}

/* The leaf where it belongs; there is room. */
static uint32_t
leaf_with_room(struct sl_ostree *tree, const struct sl_score_key *key, uint32_t member)
{
    if (tree->root == 0) {
        tree->root = take_node(tree);
    } else if (tree->nodes[tree->root].count == SLOTS) {
        grow(tree);
    }
    uint32_t at = tree->root;
    for (uint32_t level = tree->levels; level > 0; level--) {
        struct node *node = &tree->nodes[at];
        uint32_t slot = first_after(tree, node, 1, key, member) - 1;
        if (tree->nodes[node->children[slot]].count == SLOTS) {
            split(tree, at, slot, level == 1);
            slot = first_after(tree, node, 1, key, member) - 1;
        }
        at = node->children[slot];
    }
    return at;
}

static void insert(struct sl_ostree *tree, uint32_t member, const struct sl_score_key *key)
{
    uint32_t at = leaf_with_room(tree, key, member);
    struct node *leaf = &tree->nodes[at];
    uint32_t slot = first_after(tree, leaf, 0, key, member);
    open_slot(leaf, slot);
    leaf->counts[slot] = 1;
    leaf->leaders[slot] = 0;
    leaf->members[slot] = member;
    leaf->keys[slot] = *key;
    tree->leaf_of[member] = at;
    add_above(tree, at, 1, 0);
    set_leader(tree, at, slot);
    set_leader(tree, at, slot + 1);
}

/* Taking out: whatever is less than half full is joined with a neighbour, or takes from it. */

static void join(struct sl_ostree *tree, struct node *parent, uint32_t slot, bool is_leaf)
{
    uint32_t at = parent->children[slot];
    uint32_t right_at = parent->children[slot + 1];
    struct node *right = &tree->nodes[right_at];
    move_to_end(tree, right_at, at, right->count, is_leaf);
    if (is_leaf) {
        tree->nodes[at].after = right->after;
        tree->nodes[right->after].before = at;
    }
    parent->counts[slot] += parent->counts[slot + 1];
    parent->leaders[slot] += parent->leaders[slot + 1];
    close_slot(parent, slot + 1);
    give_node(tree, right_at);
}

/* The children in this slot and the next: one is less than half full. */
static void balance(struct sl_ostree *tree, uint32_t parent_at, uint32_t slot, bool is_leaf)
{
    struct node *parent = &tree->nodes[parent_at];
    uint32_t at = parent->children[slot];
    uint32_t right_at = parent->children[slot + 1];
    struct node *left = &tree->nodes[at];
    struct node *right = &tree->nodes[right_at];
    uint32_t half = (left->count + right->count) / 2;
    if (!is_leaf) {
        right->keys[0] =
            parent->keys[slot + 1]; /* it will not be the first, and means something then */
        right->members[0] = parent->members[slot + 1];
    }
    if (left->count + right->count <= SLOTS) {
        join(tree, parent, slot, is_leaf);
        return;
    }
    if (left->count < half) {
        move_to_end(tree, right_at, at, half - left->count, is_leaf);
    } else {
        move_to_front(tree, at, right_at, left->count - half, is_leaf);
    }
    uint32_t counts = parent->counts[slot] + parent->counts[slot + 1];
    uint32_t leaders = parent->leaders[slot] + parent->leaders[slot + 1];
    recount(tree, parent, slot + 1);
    parent->counts[slot] = counts - parent->counts[slot + 1];
    parent->leaders[slot] = leaders - parent->leaders[slot + 1];
}

static void fill_up(struct sl_ostree *tree, uint32_t at)
{
    bool is_leaf = true;
    while (at != tree->root && tree->nodes[at].count < HALF) {
        uint32_t above = tree->nodes[at].parent;
        uint32_t slot = slot_of_child(&tree->nodes[above], at);
        balance(tree, above, slot > 0 ? slot - 1 : 0, is_leaf);
        is_leaf = false;
        at = above;
    }
    uint32_t root = tree->root;
    if (tree->levels > 0 && tree->nodes[root].count == 1) {
        tree->root = tree->nodes[root].children[0];
        tree->nodes[tree->root].parent = 0;
        tree->levels--;
        give_node(tree, root);
    } else if (tree->levels == 0 && tree->nodes[root].count == 0) {
        tree->root = 0;
        give_node(tree, root);
    }
}

static void take_out(struct sl_ostree *tree, uint32_t at, uint32_t member)
{
    struct node *leaf = &tree->nodes[at];
    uint32_t slot = slot_of_member(leaf, member);
    uint32_t leads = leaf->leaders[slot];
    close_slot(leaf, slot);
    tree->leaf_of[member] = 0;
    add_above(tree, at, UINT32_MAX, 0 - leads); /* one less, in arithmetic that wraps */
    set_leader(tree, at, slot);
    fill_up(tree, at);
}

/* Verbs. */

enum sl_err sl_ostree_put(struct sl_ostree *tree, uint32_t member, const struct sl_score_key *key)
{
    SL_ASSERT(key->denominator >= 0 && key->target >= 0);
    if (member >= tree->options.maximum) {
        return SL_E_TOO_MANY;
    }
    struct sl_score_key copy = *key; /* `key` may point into a node */
    uint32_t at = tree->leaf_of[member];
    if (at != 0) {
        struct sl_score_key *old = &tree->nodes[at].keys[slot_of_member(&tree->nodes[at], member)];
        if (sl_score_key_compare(old, &copy) == 0) {
            *old = copy; /* the same place, perhaps written as another fraction */
            return SL_OK;
        }
        take_out(tree, at, member);
    }
    insert(tree, member, &copy);
    return SL_OK;
}

bool sl_ostree_remove(struct sl_ostree *tree, uint32_t member)
{
    uint32_t at = leaf_of(tree, member);
    if (at != 0) {
        take_out(tree, at, member);
    }
    return at != 0;
}

/* Queries. */

const struct sl_score_key *sl_ostree_get(const struct sl_ostree *tree, uint32_t member)
{
    uint32_t at = leaf_of(tree, member);
    const struct node *leaf = &tree->nodes[at];
    return at != 0 ? &leaf->keys[slot_of_member(leaf, member)] : NULL;
}

/* Counts what lies before the first entry that is not better than the key; with `counts_tied` also the tied. */
static uint32_t count_better(const struct sl_ostree *tree,
                             const struct sl_score_key *key,
                             bool counts_tied,
                             uint32_t *ret_leaders)
{
    uint32_t count = 0;
    uint32_t leaders = 0;
    uint32_t at = tree->root;
    for (uint32_t level = tree->levels; level > 0; level--) {
        const struct node *node = &tree->nodes[at];
        uint32_t slot = first_not_better(node, 1, key, counts_tied) - 1;
        count += sum_of(node->counts, slot);
        leaders += sum_of(node->leaders, slot);
        at = node->children[slot];
    }
    const struct node *leaf = &tree->nodes[at];
    uint32_t slot = first_not_better(leaf, 0, key, counts_tied);
    *ret_leaders = leaders + sum_of(leaf->leaders, slot);
    return count + slot;
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
    uint32_t at = leaf_of(tree, member);
    if (at == 0) {
        return false;
    }
    uint32_t slot = slot_of_member(&tree->nodes[at], member);
    struct sl_rank_place place = place_of_key(tree, &tree->nodes[at].keys[slot]);
    place.position = slot;
    for (uint32_t above = tree->nodes[at].parent; above != 0; above = tree->nodes[at].parent) {
        const struct node *node = &tree->nodes[above];
        place.position += sum_of(node->counts, slot_of_child(node, at));
        at = above;
    }
    *ret_place = place;
    return true;
}

static void
point_at(const struct sl_ostree *tree, uint32_t at, uint32_t slot, struct sl_ostree_cursor *cursor)
{
    cursor->is_valid = at != 0;
    cursor->leaf = at;
    cursor->slot = slot;
    cursor->member = tree->nodes[at].members[slot];
    cursor->key = tree->nodes[at].keys[slot];
}

void sl_ostree_select(const struct sl_ostree *tree,
                      uint32_t position,
                      struct sl_ostree_cursor *ret_cursor)
{
    uint32_t at = tree->root;
    uint32_t rest = position;
    *ret_cursor = (struct sl_ostree_cursor){0};
    if (position >= tree->count) {
        return;
    }
    for (uint32_t level = tree->levels; level > 0; level--) {
        const struct node *node = &tree->nodes[at];
        uint32_t slot = 0;
        while (rest >= node->counts[slot]) {
            rest -= node->counts[slot++];
        }
        at = node->children[slot];
    }
    point_at(tree, at, rest, ret_cursor);
    ret_cursor->place = place_of_key(tree, &ret_cursor->key);
    ret_cursor->place.position = position;
}

void sl_ostree_next(const struct sl_ostree *tree, struct sl_ostree_cursor *cursor)
{
    if (!cursor->is_valid) {
        return;
    }
    uint32_t position = cursor->place.position + 1;
    const struct node *leaf = &tree->nodes[cursor->leaf];
    bool is_last = cursor->slot + 1 == leaf->count;
    point_at(tree, is_last ? leaf->after : cursor->leaf, is_last ? 0 : cursor->slot + 1, cursor);
    if (cursor->is_valid && tree->nodes[cursor->leaf].leaders[cursor->slot] != 0) {
        cursor->place = place_of_key(tree, &cursor->key);
    }
    cursor->place.position = position;
}
