/* The hash map. */
#include "base/hashmap.h"

#include <stdlib.h>
#include <string.h>

#include "base/chunks.h"
#include "base/huge.h"
#include "base/sort.h"

#define SLOTS_MIN        64u
#define CACHE_LINE_BYTES 64u

#define ROUND_BITS 8u
#define ROUND_MAX  ((1u << ROUND_BITS) - 1)

struct slot {
    uint32_t mark; /* tag and round: tells most other keys apart; 0: never used */
    uint32_t item;
};

struct sl_hashmap {
    struct sl_chunks items; /* key, then row */
    struct slot *slots;     /* owned; NULL before the first put */
    size_t slot_count;      /* a power of two */
    uint32_t round;         /* 1 to ROUND_MAX */
    uint64_t seed[2];
};

__extension__ typedef unsigned __int128 wide_word;

static uint64_t fold(uint64_t a, uint64_t b)
{
    wide_word product = (wide_word)a * b;
    return (uint64_t)product ^ (uint64_t)(product >> 64);
}

/* Clients choose some keys, so the hash has a seed that they cannot know. What the map gives does not depend on it. */
static uint64_t hash_of(const struct sl_hashmap *map, struct sl_key key)
{
    uint64_t upper = fold(key.hi ^ map->seed[0], 0x9e3779b97f4a7c15ull);
    return fold(key.lo ^ map->seed[1] ^ upper, 0xbf58476d1ce4e5b9ull);
}

static uint8_t *item_at(const struct sl_hashmap *map, uint32_t item)
{
    return map->items.chunks[item / SL_CHUNK_ITEMS] + item % SL_CHUNK_ITEMS * map->items.item_bytes;
}

struct sl_key sl_hashmap_key(const struct sl_hashmap *map, uint32_t item)
{
    struct sl_key key;
    memcpy(&key, item_at(map, item), sizeof key);
    return key;
}

void *sl_hashmap_row(const struct sl_hashmap *map, uint32_t item)
{
    return item_at(map, item) + sizeof(struct sl_key);
}

enum sl_err sl_hashmap_open(size_t row_size, struct sl_hashmap **ret_map)
{
    SL_ASSERT(row_size % 8 == 0);
    struct sl_hashmap *map = calloc(1, sizeof *map);
    if (map == NULL) {
        return SL_E_NO_MEMORY;
    }
    map->round = 1;
    arc4random_buf(map->seed, sizeof map->seed);
    sl_chunks_init(&map->items, sizeof(struct sl_key) + row_size);
    *ret_map = map;
    return SL_OK;
}

static size_t slot_bytes(const struct sl_hashmap *map)
{
    return map->slot_count * sizeof *map->slots;
}

void sl_hashmap_close(struct sl_hashmap *map)
{
    if (map != NULL) {
        sl_chunks_deinit(&map->items);
        sl_huge_free(map->slots, slot_bytes(map));
        free(map);
    }
}

void sl_hashmap_clear(struct sl_hashmap *map)
{
    if (map->slot_count > SLOTS_MIN && map->items.count < map->slot_count / 16) {
        sl_huge_free(map->slots, slot_bytes(map));
        map->slots = NULL;
        map->slot_count = 0;
    } else if (map->items.count > 0 && map->round < ROUND_MAX) {
        map->round++;
    } else if (map->items.count > 0) {
        memset(map->slots, 0, slot_bytes(map));
        map->round = 1;
    }
    sl_chunks_clear(&map->items);
}

static uint32_t mark_of(const struct sl_hashmap *map, uint64_t hash)
{
    return (uint32_t)(hash >> 32) << ROUND_BITS | map->round;
}

static bool is_free(const struct sl_hashmap *map, const struct slot *slot)
{
    return (slot->mark & ROUND_MAX) != map->round;
}

/* The slot that holds the key, or the free one where it belongs. There is a free one. */
static struct slot *find_slot(const struct sl_hashmap *map, struct sl_key key, uint64_t hash)
{
    uint32_t mark = mark_of(map, hash);
    size_t at = hash & (map->slot_count - 1);
    for (;;) {
        struct slot *slot = &map->slots[at];
        if (is_free(map, slot)) {
            return slot;
        }
        if (slot->mark == mark && sl_key_compare(sl_hashmap_key(map, slot->item), key) == 0) {
            return slot;
        }
        at = (at + 1) & (map->slot_count - 1);
    }
}

void *sl_hashmap_get(const struct sl_hashmap *map, struct sl_key key)
{
    if (map->items.count == 0) {
        return NULL;
    }
    const struct slot *slot = find_slot(map, key, hash_of(map, key));
    return is_free(map, slot) ? NULL : sl_hashmap_row(map, slot->item);
}

void sl_hashmap_prefetch(const struct sl_hashmap *map, struct sl_key key)
{
    if (map->items.count > 0) {
        __builtin_prefetch(&map->slots[hash_of(map, key) & (map->slot_count - 1)]);
    }
}

void sl_hashmap_prefetch_item(const struct sl_hashmap *map, struct sl_key key)
{
    if (map->items.count == 0) {
        return;
    }
    uint64_t hash = hash_of(map, key);
    const struct slot *slot = &map->slots[hash & (map->slot_count - 1)];
    if (slot->mark != mark_of(map, hash)) {
        return; /* not there, or not at its first place: seldom */
    }
    const uint8_t *item = item_at(map, slot->item);
    for (size_t line = 0; line < map->items.item_bytes; line += CACHE_LINE_BYTES) {
        __builtin_prefetch(item + line);
    }
}

static enum sl_err grow(struct sl_hashmap *map)
{
    size_t count = map->slot_count == 0 ? SLOTS_MIN : map->slot_count * 2;
    struct slot *slots = sl_huge_alloc(count * sizeof *slots);
    if (slots == NULL) {
        return SL_E_NO_MEMORY;
    }
    sl_huge_free(map->slots, slot_bytes(map));
    map->slots = slots;
    map->slot_count = count;
    for (uint32_t i = 0; i < map->items.count; i++) {
        struct sl_key key = sl_hashmap_key(map, i);
        uint64_t hash = hash_of(map, key);
        *find_slot(map, key, hash) = (struct slot){mark_of(map, hash), i};
    }
    return SL_OK;
}

enum sl_err
sl_hashmap_put(struct sl_hashmap *map, struct sl_key key, void **ret_row, bool *ret_is_new)
{
    if (map->items.count >= map->slot_count / 2) {
        enum sl_err err = map->items.count < UINT32_MAX / 2 ? grow(map) : SL_E_NO_MEMORY;
        if (err != SL_OK) {
            return err;
        }
    }
    uint64_t hash = hash_of(map, key);
    struct slot *slot = find_slot(map, key, hash);
    *ret_is_new = is_free(map, slot);
    if (*ret_is_new) {
        uint8_t *item = sl_chunks_add(&map->items);
        if (item == NULL) {
            return SL_E_NO_MEMORY;
        }
        memcpy(item, &key, sizeof key);
        memset(item + sizeof key, 0, map->items.item_bytes - sizeof key);
        *slot = (struct slot){mark_of(map, hash), (uint32_t)(map->items.count - 1)};
    }
    *ret_row = sl_hashmap_row(map, slot->item);
    return SL_OK;
}

uint64_t sl_hashmap_count(const struct sl_hashmap *map)
{
    return map->items.count;
}

size_t sl_hashmap_bytes(const struct sl_hashmap *map)
{
    return sl_chunks_bytes(&map->items) + map->items.count * 2 * sizeof(struct slot);
}

/* By the lower word, then, keeping that order, by the upper one. */
enum sl_err sl_hashmap_sort(const struct sl_hashmap *map, uint32_t **ret_order)
{
    size_t count = map->items.count;
    *ret_order = NULL;
    if (count == 0) {
        return SL_OK;
    }
    size_t entry_bytes = 2 * count * sizeof(struct sl_sorted);
    struct sl_sorted *entries = sl_huge_alloc(entry_bytes);
    uint32_t *order = malloc(count * sizeof *order);
    if (entries == NULL || order == NULL) {
        sl_huge_free(entries, entry_bytes);
        free(order);
        return SL_E_NO_MEMORY;
    }
    for (uint32_t i = 0; i < count; i++) {
        entries[i] = (struct sl_sorted){sl_hashmap_key(map, i).lo, i};
    }
    sl_sort(entries, entries + count, count);
    for (uint32_t i = 0; i < count; i++) {
        entries[i].word = sl_hashmap_key(map, entries[i].index).hi;
    }
    sl_sort(entries, entries + count, count);
    for (uint32_t i = 0; i < count; i++) {
        order[i] = entries[i].index;
    }
    sl_huge_free(entries, entry_bytes);
    *ret_order = order;
    return SL_OK;
}
