/* The order-statistic tree: its life, and what is read from it. */
#include "domain/ostree_impl.h"

#include <stdlib.h>
#include <string.h>

/* Life cycle. */

/* As many as there can be when every node but the root is half full. */
static uint32_t nodes_for(uint32_t maximum)
{
    uint32_t total = 1; /* "none" */
    uint32_t count = maximum;
    do {
        count = count / SL_OSTREE_HALF + 1;
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

static uint32_t leaf_of(const struct sl_ostree *tree, uint32_t member)
{
    return member < tree->options.maximum ? tree->leaf_of[member] : 0;
}

/* Verbs. */

enum sl_err sl_ostree_put(struct sl_ostree *tree, uint32_t member, const struct sl_score_key *key)
{
    SL_ASSERT(key->denominator >= 0);
    SL_ASSERT(key->target >= 0);
    if (member >= tree->options.maximum) {
        return SL_E_TOO_MANY;
    }
    struct sl_score_key copy = *key; /* `key` may point into a node */
    uint32_t at = tree->leaf_of[member];
    if (at != 0) {
        struct sl_score_key *old =
            &tree->nodes[at].keys[sl_ostree_slot_of_member(&tree->nodes[at], member)];
        if (sl_score_key_compare(old, &copy) == 0) {
            *old = copy; /* the same place, perhaps written as another fraction */
            return SL_OK;
        }
        sl_ostree_take_out(tree, at, member);
    }
    sl_ostree_insert(tree, member, &copy);
    return SL_OK;
}

bool sl_ostree_remove(struct sl_ostree *tree, uint32_t member)
{
    uint32_t at = leaf_of(tree, member);
    if (at != 0) {
        sl_ostree_take_out(tree, at, member);
    }
    return at != 0;
}

/* Queries. */

const struct sl_score_key *sl_ostree_get(const struct sl_ostree *tree, uint32_t member)
{
    uint32_t at = leaf_of(tree, member);
    const struct sl_ostree_node *leaf = &tree->nodes[at];
    return at != 0 ? &leaf->keys[sl_ostree_slot_of_member(leaf, member)] : NULL;
}

/* The first slot from `from` on that is not better than the key; with `counts_tied`, nor tied with it. */
static uint32_t first_not_better(const struct sl_ostree_node *node,
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
        const struct sl_ostree_node *node = &tree->nodes[at];
        uint32_t slot = first_not_better(node, 1, key, counts_tied) - 1;
        count += sl_ostree_sum(node->counts, slot);
        leaders += sl_ostree_sum(node->leaders, slot);
        at = node->children[slot];
    }
    const struct sl_ostree_node *leaf = &tree->nodes[at];
    uint32_t slot = first_not_better(leaf, 0, key, counts_tied);
    *ret_leaders = leaders + sl_ostree_sum(leaf->leaders, slot);
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
    uint32_t slot = sl_ostree_slot_of_member(&tree->nodes[at], member);
    struct sl_rank_place place = place_of_key(tree, &tree->nodes[at].keys[slot]);
    place.position = slot;
    for (uint32_t above = tree->nodes[at].parent; above != 0; above = tree->nodes[at].parent) {
        const struct sl_ostree_node *node = &tree->nodes[above];
        place.position += sl_ostree_sum(node->counts, sl_ostree_slot_of_child(node, at));
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
        const struct sl_ostree_node *node = &tree->nodes[at];
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
    const struct sl_ostree_node *leaf = &tree->nodes[cursor->leaf];
    bool is_last = cursor->slot + 1 == leaf->count;
    point_at(tree, is_last ? leaf->after : cursor->leaf, is_last ? 0 : cursor->slot + 1, cursor);
    if (cursor->is_valid && tree->nodes[cursor->leaf].leaders[cursor->slot] != 0) {
        cursor->place = place_of_key(tree, &cursor->key);
    }
    cursor->place.position = position;
}
