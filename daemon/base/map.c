/* The ordered map: a B+tree whose leaves are chained both ways and hold keys and rows in separate arrays.
 *
 *     leaf    count │ slots[LEAF_KEYS] │ previous, next │ keys[LEAF_KEYS] │ rows[LEAF_KEYS]
 *     inner   count │ keys[INNER_KEYS] │ children[INNER_KEYS + 1]
 *
 * children[i] holds keys below keys[i]; children[i + 1] holds keys from keys[i] on. Keys lie apart from the rows so that a
 * search touches only a few cache lines however wide a row is. Rows never move within their leaf: the row of keys[i] is
 * rows[slots[i]], and slots is always a permutation, whose entries from `count` on are the free ones. A node that is full and gets its new entry at the very
 * end is not halved: the new entry begins a new node, so that ascending keys leave full nodes behind. */
#include "base/map.h"

#include <stdlib.h>
#include <string.h>

#include "base/page_pool.h"

#define LEAF_KEYS  32u
#define INNER_KEYS 63u
#define DEPTH_MAX  24u /* inner levels; fan-out makes more than 6 unreachable in practice */

struct leaf {
    uint32_t count;
    uint8_t slots[LEAF_KEYS];
    struct leaf *previous;
    struct leaf *next;
    struct sl_key keys[LEAF_KEYS];
    uint8_t rows[]; /* LEAF_KEYS rows */
};

struct inner {
    uint32_t count; /* keys; children are one more */
    struct sl_key keys[INNER_KEYS];
    void *children[INNER_KEYS + 1];
};

struct sl_map {
    size_t row_size;
    uint64_t count;
    unsigned levels; /* inner levels above the leaves */
    void *root;      /* a leaf when levels is 0; NULL when empty */
    struct leaf *first;
    struct leaf *last;
    struct leaf
        *finger; /* the leaf of the last put: sorted keys find theirs there or in the next one */
    struct sl_page_pool leaves;
    struct sl_page_pool inners;
};

/* The way down to a leaf: at each inner level the node and which child was taken. */
struct path {
    struct inner *nodes[DEPTH_MAX];
    unsigned child[DEPTH_MAX];
};

__extension__ typedef unsigned __int128 wide_key;

static inline wide_key widen(struct sl_key key)
{
    return (wide_key)key.hi << 64 | key.lo;
}

int sl_key_compare(struct sl_key a, struct sl_key b)
{
    return (widen(a) > widen(b)) - (widen(a) < widen(b));
}

/* How many keys are below `key`. The step is an addition, not a branch: random keys defeat prediction. */
static inline unsigned count_below(const struct sl_key *keys, unsigned count, wide_key key)
{
    unsigned base = 0;
    while (count > 1) {
        unsigned half = count / 2;
        base += widen(keys[base + half - 1]) < key ? half : 0;
        count -= half;
    }
    return base + (count == 1 && widen(keys[base]) < key);
}

/* How many keys are below or equal to `key`. */
static inline unsigned count_upto(const struct sl_key *keys, unsigned count, wide_key key)
{
    unsigned base = 0;
    while (count > 1) {
        unsigned half = count / 2;
        base += widen(keys[base + half - 1]) <= key ? half : 0;
        count -= half;
    }
    return base + (count == 1 && widen(keys[base]) <= key);
}

static inline uint8_t *row_at(const struct sl_map *map, struct leaf *leaf, unsigned index)
{
    return leaf->rows + leaf->slots[index] * map->row_size;
}

/* The keys of a leaf are up to eight cache lines; asking for them at once overlaps the misses. */
static inline void prefetch_keys(const struct leaf *leaf)
{
    const char *line = (const char *)leaf;
    for (unsigned i = 0; i < 8; i++) {
        __builtin_prefetch(line + (size_t)i * 64);
    }
}

static struct leaf *find_leaf(const struct sl_map *map, wide_key key)
{
    void *node = map->root;
    for (unsigned level = 0; level < map->levels; level++) {
        struct inner *inner = node;
        node = inner->children[count_upto(inner->keys, inner->count, key)];
    }
    if (node != NULL) {
        prefetch_keys(node);
    }
    return node;
}

static struct leaf *find_path(const struct sl_map *map, wide_key key, struct path *path)
{
    void *node = map->root;
    for (unsigned level = 0; level < map->levels; level++) {
        struct inner *inner = node;
        path->nodes[level] = inner;
        path->child[level] = count_upto(inner->keys, inner->count, key);
        node = inner->children[path->child[level]];
    }
    prefetch_keys(node);
    return node;
}

enum sl_err sl_map_open(size_t row_size, struct sl_map **ret_map)
{
    SL_ASSERT(row_size > 0);
    SL_ASSERT(row_size % 8 == 0);
    struct sl_map *map = calloc(1, sizeof *map);
    if (map == NULL) {
        return SL_E_NO_MEMORY;
    }
    map->row_size = row_size;
    sl_page_pool_init(&map->leaves, sizeof(struct leaf) + LEAF_KEYS * row_size);
    sl_page_pool_init(&map->inners, sizeof(struct inner));
    *ret_map = map;
    return SL_OK;
}

void sl_map_close(struct sl_map *map)
{
    if (map == NULL) {
        return;
    }
    sl_page_pool_deinit(&map->leaves);
    sl_page_pool_deinit(&map->inners);
    free(map);
}

void sl_map_clear(struct sl_map *map)
{
    sl_page_pool_clear(&map->leaves);
    sl_page_pool_clear(&map->inners);
    map->count = 0;
    map->levels = 0;
    map->root = NULL;
    map->first = NULL;
    map->last = NULL;
    map->finger = NULL;
}

void *sl_map_get(const struct sl_map *map, struct sl_key key)
{
    wide_key wide = widen(key);
    struct leaf *leaf = find_leaf(map, wide);
    if (leaf == NULL) {
        return NULL;
    }
    unsigned index = count_below(leaf->keys, leaf->count, wide);
    if (index == leaf->count || widen(leaf->keys[index]) != wide) {
        return NULL;
    }
    return row_at(map, leaf, index);
}

static struct leaf *new_leaf(struct sl_map *map)
{
    struct leaf *leaf = sl_page_pool_take(&map->leaves);
    leaf->count = 0;
    leaf->previous = NULL;
    leaf->next = NULL;
    for (unsigned i = 0; i < LEAF_KEYS; i++) {
        leaf->slots[i] = (uint8_t)i;
    }
    return leaf;
}

static void insert_child(struct inner *inner, unsigned at, struct sl_key key, void *child)
{
    size_t moved = inner->count - at;
    memmove(&inner->keys[at + 1], &inner->keys[at], moved * sizeof inner->keys[0]);
    memmove(&inner->children[at + 2], &inner->children[at + 1], moved * sizeof inner->children[0]);
    inner->keys[at] = key;
    inner->children[at + 1] = child;
    inner->count++;
}

/* Makes room in a full inner node and inserts; gives the new right node and the key that parts the two. */
static struct inner *
split_inner(struct sl_map *map, struct inner *left, unsigned at, struct sl_key *key, void *child)
{
    struct inner *right = sl_page_pool_take(&map->inners);
    unsigned middle = at == INNER_KEYS ? INNER_KEYS - 1 : INNER_KEYS / 2;
    struct sl_key up = left->keys[middle];
    right->count = INNER_KEYS - middle - 1;
    memcpy(right->keys, &left->keys[middle + 1], right->count * sizeof right->keys[0]);
    memcpy(right->children, &left->children[middle + 1],
           (right->count + (size_t)1) * sizeof right->children[0]);
    left->count = middle;
    if (at <= middle) {
        insert_child(left, at, *key, child);
    } else {
        insert_child(right, at - middle - 1, *key, child);
    }
    *key = up;
    return right;
}

static void grow_root(struct sl_map *map, struct sl_key key, void *right)
{
    struct inner *root = sl_page_pool_take(&map->inners);
    root->count = 1;
    root->keys[0] = key;
    root->children[0] = map->root;
    root->children[1] = right;
    map->root = root;
    map->levels++;
    SL_ASSERT(map->levels < DEPTH_MAX);
}

static void link_up(struct sl_map *map, const struct path *path, struct sl_key key, void *child)
{
    for (unsigned level = map->levels; level > 0; level--) {
        struct inner *inner = path->nodes[level - 1];
        unsigned at = path->child[level - 1];
        if (inner->count < INNER_KEYS) {
            insert_child(inner, at, key, child);
            return;
        }
        child = split_inner(map, inner, at, &key, child);
    }
    grow_root(map, key, child);
}

static void chain_after(struct sl_map *map, struct leaf *left, struct leaf *right)
{
    right->previous = left;
    right->next = left->next;
    if (left->next != NULL) {
        left->next->previous = right;
    } else {
        map->last = right;
    }
    left->next = right;
}

/* Parts a full leaf. All pages were reserved before, so nothing can fail half-way. Gives the leaf and the
 * index at which `key` belongs. */
static struct leaf *split_leaf(struct sl_map *map,
                               const struct path *path,
                               struct leaf *left,
                               struct sl_key key,
                               unsigned *index)
{
    struct leaf *right = new_leaf(map);
    unsigned cut = *index == LEAF_KEYS ? LEAF_KEYS : LEAF_KEYS / 2;
    right->count = LEAF_KEYS - cut;
    memcpy(right->keys, &left->keys[cut], right->count * sizeof right->keys[0]);
    for (unsigned i = 0; i < right->count; i++) {
        memcpy(row_at(map, right, i), row_at(map, left, cut + i), map->row_size);
    }
    left->count = cut;
    chain_after(map, left, right);
    link_up(map, path, cut == LEAF_KEYS ? key : right->keys[0], right);
    if (cut != LEAF_KEYS && *index <= cut) {
        return left;
    }
    *index -= cut;
    return right;
}

static void *insert_row(struct sl_map *map, struct leaf *leaf, unsigned index, struct sl_key key)
{
    size_t moved = leaf->count - index;
    uint8_t slot = leaf->slots[leaf->count];
    if (moved > 0) {
        memmove(&leaf->keys[index + 1], &leaf->keys[index], moved * sizeof leaf->keys[0]);
        memmove(&leaf->slots[index + 1], &leaf->slots[index], moved);
    }
    leaf->keys[index] = key;
    leaf->slots[index] = slot;
    uint8_t *row = row_at(map, leaf, index);
    memset(row, 0, map->row_size);
    leaf->count++;
    map->count++;
    return row;
}

static enum sl_err plant_root(struct sl_map *map)
{
    if (!sl_page_pool_reserve(&map->leaves, 1)) {
        return SL_E_NO_MEMORY;
    }
    struct leaf *leaf = new_leaf(map);
    map->root = leaf;
    map->first = leaf;
    map->last = leaf;
    return SL_OK;
}

/* Ascending keys go straight to the end of the last leaf. */
static bool fits_at_end(const struct sl_map *map, wide_key key)
{
    const struct leaf *last = map->last;
    return last != NULL && last->count > 0 && last->count < LEAF_KEYS &&
           widen(last->keys[last->count - 1]) < key;
}

static bool holds_key(const struct leaf *leaf, wide_key key)
{
    return leaf->count > 0 && widen(leaf->keys[0]) <= key &&
           (leaf->next == NULL || key < widen(leaf->next->keys[0]));
}

/* The key's leaf, if it is the finger's or the one after. A leaf in the chain is never empty. */
static struct leaf *near_finger(const struct sl_map *map, wide_key key)
{
    struct leaf *leaf = map->finger;
    if (leaf == NULL || holds_key(leaf, key)) {
        return leaf;
    }
    leaf = leaf->next;
    if (leaf == NULL || !holds_key(leaf, key)) {
        return NULL;
    }
    if (leaf->next != NULL) {
        prefetch_keys(leaf->next);
    }
    return leaf;
}

/* Puts without a way down: true if the key was there or its leaf has room. */
static bool put_near(struct sl_map *map, struct sl_key key, void **ret_row, bool *ret_is_new)
{
    struct leaf *leaf = near_finger(map, widen(key));
    if (leaf == NULL) {
        return false;
    }
    unsigned index = count_below(leaf->keys, leaf->count, widen(key));
    bool is_there = index < leaf->count && widen(leaf->keys[index]) == widen(key);
    if (!is_there && leaf->count == LEAF_KEYS) {
        return false;
    }
    *ret_row = is_there ? row_at(map, leaf, index) : insert_row(map, leaf, index, key);
    *ret_is_new = !is_there;
    map->finger = leaf;
    return true;
}

enum sl_err sl_map_put(struct sl_map *map, struct sl_key key, void **ret_row, bool *ret_is_new)
{
    wide_key wide = widen(key);
    if (fits_at_end(map, wide)) {
        *ret_row = insert_row(map, map->last, map->last->count, key);
        *ret_is_new = true;
        return SL_OK;
    }
    if (put_near(map, key, ret_row, ret_is_new)) {
        return SL_OK;
    }
    if (map->root == NULL) {
        enum sl_err err = plant_root(map);
        if (err != SL_OK) {
            return err;
        }
    }
    struct path path;
    struct leaf *leaf = find_path(map, wide, &path);
    unsigned index = count_below(leaf->keys, leaf->count, wide);
    map->finger = leaf;
    if (index < leaf->count && widen(leaf->keys[index]) == wide) {
        *ret_row = row_at(map, leaf, index);
        *ret_is_new = false;
        return SL_OK;
    }
    if (leaf->count == LEAF_KEYS) {
        if (!sl_page_pool_reserve(&map->leaves, 1) ||
            !sl_page_pool_reserve(&map->inners, map->levels + 1)) {
            return SL_E_NO_MEMORY;
        }
        leaf = split_leaf(map, &path, leaf, key, &index);
        map->finger = leaf;
    }
    *ret_row = insert_row(map, leaf, index, key);
    *ret_is_new = true;
    return SL_OK;
}

uint64_t sl_map_count(const struct sl_map *map)
{
    return map->count;
}

size_t sl_map_bytes(const struct sl_map *map)
{
    return sl_page_pool_bytes(&map->leaves) + sl_page_pool_bytes(&map->inners);
}

static void
point_at(const struct sl_map *map, struct leaf *leaf, uint32_t index, struct sl_map_cursor *cursor)
{
    *cursor = (struct sl_map_cursor){0};
    if (leaf != NULL) {
        cursor->key = leaf->keys[index];
        cursor->row = row_at(map, leaf, index);
        cursor->leaf = leaf;
        cursor->index = index;
    }
}

void sl_map_seek(const struct sl_map *map, struct sl_key from, struct sl_map_cursor *cursor)
{
    struct leaf *leaf = find_leaf(map, widen(from));
    unsigned index = 0;
    if (leaf != NULL) {
        index = count_below(leaf->keys, leaf->count, widen(from));
        if (index == leaf->count) {
            leaf = leaf->next;
            index = 0;
        }
    }
    point_at(map, leaf, index, cursor);
}

void sl_map_seek_last(const struct sl_map *map, struct sl_key upto, struct sl_map_cursor *cursor)
{
    struct leaf *leaf = find_leaf(map, widen(upto));
    unsigned count = 0;
    if (leaf != NULL) {
        count = count_upto(leaf->keys, leaf->count, widen(upto));
        if (count == 0) {
            leaf = leaf->previous;
            count = leaf != NULL ? leaf->count : 1;
        }
    }
    point_at(map, leaf, count - 1, cursor);
}

void sl_map_next(const struct sl_map *map, struct sl_map_cursor *cursor)
{
    struct leaf *leaf = cursor->leaf;
    SL_ASSERT(leaf != NULL);
    if (cursor->index + 1 < leaf->count) {
        point_at(map, leaf, cursor->index + 1, cursor);
    } else {
        point_at(map, leaf->next, 0, cursor);
    }
}

void sl_map_previous(const struct sl_map *map, struct sl_map_cursor *cursor)
{
    struct leaf *leaf = cursor->leaf;
    SL_ASSERT(leaf != NULL);
    if (cursor->index > 0) {
        point_at(map, leaf, cursor->index - 1, cursor);
    } else {
        struct leaf *before = leaf->previous;
        point_at(map, before, before != NULL ? before->count - 1 : 0, cursor);
    }
}
