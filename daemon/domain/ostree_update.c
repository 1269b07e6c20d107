/* Changing the order-statistic tree: members in and out, nodes split, joined and balanced. */
#include "domain/ostree_impl.h"

#include <string.h>

static int compare_members(const struct sl_ostree *tree, uint32_t a, uint32_t b)
{
    if (tree->options.compare == NULL || a == b) {
        return (a > b) - (a < b);
    }
    return tree->options.compare(tree->options.ctx, a, b);
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

/* The first slot from `from` on that comes after this key and member. */
static uint32_t first_after(const struct sl_ostree *tree,
                            const struct sl_ostree_node *node,
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

/* Changing one node. */

static void copy_slots(struct sl_ostree_node *to,
                       uint32_t to_slot,
                       const struct sl_ostree_node *from,
                       uint32_t from_slot,
                       uint32_t count)
{
    memmove(&to->counts[to_slot], &from->counts[from_slot], count * sizeof to->counts[0]);
    memmove(&to->leaders[to_slot], &from->leaders[from_slot], count * sizeof to->leaders[0]);
    memmove(&to->children[to_slot], &from->children[from_slot], count * sizeof to->children[0]);
    memmove(&to->members[to_slot], &from->members[from_slot], count * sizeof to->members[0]);
    memmove(&to->keys[to_slot], &from->keys[from_slot], count * sizeof to->keys[0]);
}

/* What the slot held is still to be written. */
static void open_slot(struct sl_ostree_node *node, uint32_t slot)
{
    copy_slots(node, slot + 1, node, slot, node->count - slot);
    node->count++;
}

static void close_slot(struct sl_ostree_node *node, uint32_t slot)
{
    copy_slots(node, slot, node, slot + 1, node->count - slot - 1);
    node->count--;
}

/* Tells what lies in these slots where it lies now. */
static void own_slots(struct sl_ostree *tree, uint32_t at, bool is_leaf, uint32_t from, uint32_t to)
{
    const struct sl_ostree_node *node = &tree->nodes[at];
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
    struct sl_ostree_node *from = &tree->nodes[from_at];
    struct sl_ostree_node *to = &tree->nodes[to_at];
    copy_slots(to, count, to, 0, to->count);
    copy_slots(to, 0, from, from->count - count, count);
    to->count += count;
    from->count -= count;
    own_slots(tree, to_at, is_leaf, 0, count);
}

static void
move_to_end(struct sl_ostree *tree, uint32_t from_at, uint32_t to_at, uint32_t count, bool is_leaf)
{
    struct sl_ostree_node *from = &tree->nodes[from_at];
    struct sl_ostree_node *to = &tree->nodes[to_at];
    copy_slots(to, to->count, from, 0, count);
    copy_slots(from, 0, from, count, from->count - count);
    to->count += count;
    from->count -= count;
    own_slots(tree, to_at, is_leaf, to->count - count, to->count);
}

/* What the parent keeps of the child in this slot, and the key of it if it is not the first. */
static void recount(struct sl_ostree *tree, struct sl_ostree_node *parent, uint32_t slot)
{
    const struct sl_ostree_node *child = &tree->nodes[parent->children[slot]];
    parent->counts[slot] = sl_ostree_sum(child->counts, child->count);
    parent->leaders[slot] = sl_ostree_sum(child->leaders, child->count);
    parent->keys[slot] = child->keys[0];
    parent->members[slot] = child->members[0];
}

/* Adds to what all nodes above keep of it, and to what the tree does. */
static void add_above(struct sl_ostree *tree, uint32_t at, uint32_t count, uint32_t leaders)
{
    for (uint32_t above = tree->nodes[at].parent; above != 0; above = tree->nodes[at].parent) {
        struct sl_ostree_node *node = &tree->nodes[above];
        uint32_t slot = sl_ostree_slot_of_child(node, at);
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
    struct sl_ostree_node *leaf = &tree->nodes[at];
    const struct sl_ostree_node *before = &tree->nodes[leaf->before];
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
    struct sl_ostree_node *parent = &tree->nodes[parent_at];
    uint32_t at = parent->children[slot];
    uint32_t right_at = take_node(tree);
    struct sl_ostree_node *left = &tree->nodes[at];
    struct sl_ostree_node *right = &tree->nodes[right_at];
    right->parent = parent_at;
    if (is_leaf) {
        right->before = at;
        right->after = left->after;
        tree->nodes[right->after].before = right_at; /* that of "none" means nothing */
        left->after = right_at;
    }
    move_to_front(tree, at, right_at, SL_OSTREE_HALF, is_leaf);
    open_slot(parent, slot + 1);
    parent->children[slot + 1] = right_at;
    recount(tree, parent, slot + 1);
    parent->counts[slot] -= parent->counts[slot + 1];
    parent->leaders[slot] -= parent->leaders[slot + 1];
}

static void grow(struct sl_ostree *tree)
{
    uint32_t at = take_node(tree);
    struct sl_ostree_node *root = &tree->nodes[at];
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
    } else if (tree->nodes[tree->root].count == SL_OSTREE_SLOTS) {
        grow(tree);
    }
    uint32_t at = tree->root;
    for (uint32_t level = tree->levels; level > 0; level--) {
        struct sl_ostree_node *node = &tree->nodes[at];
        uint32_t slot = first_after(tree, node, 1, key, member) - 1;
        if (tree->nodes[node->children[slot]].count == SL_OSTREE_SLOTS) {
            split(tree, at, slot, level == 1);
            slot = first_after(tree, node, 1, key, member) - 1;
        }
        at = node->children[slot];
    }
    return at;
}

void sl_ostree_insert(struct sl_ostree *tree, uint32_t member, const struct sl_score_key *key)
{
    uint32_t at = leaf_with_room(tree, key, member);
    struct sl_ostree_node *leaf = &tree->nodes[at];
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

static void join(struct sl_ostree *tree, struct sl_ostree_node *parent, uint32_t slot, bool is_leaf)
{
    uint32_t at = parent->children[slot];
    uint32_t right_at = parent->children[slot + 1];
    struct sl_ostree_node *right = &tree->nodes[right_at];
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
    struct sl_ostree_node *parent = &tree->nodes[parent_at];
    uint32_t at = parent->children[slot];
    uint32_t right_at = parent->children[slot + 1];
    struct sl_ostree_node *left = &tree->nodes[at];
    struct sl_ostree_node *right = &tree->nodes[right_at];
    uint32_t half = (left->count + right->count) / 2;
    if (!is_leaf) {
        right->keys[0] =
            parent->keys[slot + 1]; /* it will not be the first, and means something then */
        right->members[0] = parent->members[slot + 1];
    }
    if (left->count + right->count <= SL_OSTREE_SLOTS) {
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
    while (at != tree->root && tree->nodes[at].count < SL_OSTREE_HALF) {
        uint32_t above = tree->nodes[at].parent;
        uint32_t slot = sl_ostree_slot_of_child(&tree->nodes[above], at);
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

void sl_ostree_take_out(struct sl_ostree *tree, uint32_t at, uint32_t member)
{
    struct sl_ostree_node *leaf = &tree->nodes[at];
    uint32_t slot = sl_ostree_slot_of_member(leaf, member);
    uint32_t leads = leaf->leaders[slot];
    close_slot(leaf, slot);
    tree->leaf_of[member] = 0;
    add_above(tree, at, UINT32_MAX, 0 - leads); /* one less, in arithmetic that wraps */
    set_leader(tree, at, slot);
    fill_up(tree, at);
}
