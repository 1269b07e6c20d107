/* What a sound page looks like. */
#include "store/lmdb_page.h"

#include <string.h>

#define FLAG_BRANCH   1u
#define FLAG_LEAF     2u
#define FLAG_OVERFLOW 4u
#define FLAG_META     8u

#define NODE_HEADER  8u
#define NODE_BIG     1u
#define NODE_TREE    2u
#define CHILD_BYTES  8u
#define KEY_MAX      511u
#define META_MAGIC   0xbeefc0deu
#define META_VERSION 1u
#define TREE_NUMBERS 8u /* flag of a tree whose keys are numbers */

static uint16_t get16(const uint8_t *at)
{
    uint16_t value;
    memcpy(&value, at, sizeof value);
    return value;
}

static uint32_t get32(const uint8_t *at)
{
    uint32_t value;
    memcpy(&value, at, sizeof value);
    return value;
}

static uint64_t get64(const uint8_t *at)
{
    uint64_t value;
    memcpy(&value, at, sizeof value);
    return value;
}

/* ── meta pages ───────────────────────────────────────────────────────────────────────────────────────────────── */

void sl_lmdb_tree_get(const uint8_t *bytes, struct sl_lmdb_tree *ret_tree)
{
    *ret_tree = (struct sl_lmdb_tree){
        .flags = get16(bytes + 4),
        .depth = get16(bytes + 6),
        .branch_pages = get64(bytes + 8),
        .leaf_pages = get64(bytes + 16),
        .overflow_pages = get64(bytes + 24),
        .entries = get64(bytes + 32),
        .root = get64(bytes + 40),
    };
}

bool sl_lmdb_is_meta(const uint8_t *page)
{
    return get32(page + SL_LMDB_PAGE_HEADER) == META_MAGIC;
}

const char *sl_lmdb_meta_get(const uint8_t *page, uint64_t number, struct sl_lmdb_meta *ret_meta)
{
    const uint8_t *at = page + SL_LMDB_PAGE_HEADER;
    if (!sl_lmdb_is_meta(page) || get16(page + 10) != FLAG_META || get64(page) != number) {
        return "it is no meta page";
    }
    if (get32(at + 4) != META_VERSION) {
        return "its version is not 1";
    }
    struct sl_lmdb_meta meta = {
        .page_bytes = get32(at + 24),
        .last_page = get64(at + 120),
        .txn = get64(at + 128),
    };
    sl_lmdb_tree_get(at + 24, &meta.free);
    sl_lmdb_tree_get(at + 24 + SL_LMDB_TREE_BYTES, &meta.main);
    bool is_power = (meta.page_bytes & (meta.page_bytes - 1)) == 0;
    if (!is_power || meta.page_bytes < SL_LMDB_PAGE_BYTES_MIN ||
        meta.page_bytes > SL_LMDB_PAGE_BYTES_MAX) {
        return "the size of its pages is none";
    }
    if (meta.free.flags != TREE_NUMBERS || meta.main.flags != 0) {
        return "its flags are not ours";
    }
    if (meta.txn % 2 != number && meta.txn != 0) {
        return "its txn belongs to the other meta page";
    }
    *ret_meta = meta;
    return NULL;
}

/* ── pages of trees ───────────────────────────────────────────────────────────────────────────────────────────── */

int sl_lmdb_compare(enum sl_lmdb_order order, struct sl_slice a, struct sl_slice b)
{
    if (order == SL_LMDB_BY_NUMBER) {
        uint64_t left = get64(a.data);
        uint64_t right = get64(b.data);
        return (left > right) - (left < right);
    }
    size_t len = a.len < b.len ? a.len : b.len;
    int by_bytes = memcmp(a.data, b.data, len);
    return by_bytes != 0 ? by_bytes : (a.len > b.len) - (a.len < b.len);
}

size_t sl_lmdb_count(const uint8_t *page)
{
    return (get16(page + 12) - SL_LMDB_PAGE_HEADER) / 2;
}

static const uint8_t *node_at(const uint8_t *page, size_t index)
{
    return page + get16(page + SL_LMDB_PAGE_HEADER + 2 * index);
}

struct sl_slice sl_lmdb_key(const uint8_t *page, size_t index)
{
    const uint8_t *node = node_at(page, index);
    return (struct sl_slice){node + NODE_HEADER, get16(node + 6)};
}

uint64_t sl_lmdb_child(const uint8_t *page, size_t index)
{
    const uint8_t *node = node_at(page, index);
    return get32(node) | ((uint64_t)get16(node + 4) << 32);
}

struct sl_lmdb_value sl_lmdb_value(const uint8_t *page, size_t index)
{
    const uint8_t *node = node_at(page, index);
    const uint8_t *data = node + NODE_HEADER + get16(node + 6);
    unsigned flags = get16(node + 4);
    bool is_big = (flags & NODE_BIG) != 0;
    return (struct sl_lmdb_value){
        .is_tree = (flags & NODE_TREE) != 0,
        .is_big = is_big,
        .overflow_page = is_big ? get64(data) : 0,
        .data = is_big ? NULL : data,
        .len = get32(node),
    };
}

/* Bytes of the node at `offset`; 0 if it is none. */
static size_t
node_bytes(const uint8_t *page, size_t page_bytes, size_t offset, enum sl_lmdb_kind kind)
{
    const uint8_t *node = page + offset;
    if (offset + NODE_HEADER > page_bytes) {
        return 0;
    }
    size_t key_len = get16(node + 6);
    size_t value_len = 0;
    if (kind == SL_LMDB_LEAF) {
        unsigned flags = get16(node + 4);
        value_len = flags == NODE_BIG ? CHILD_BYTES : get32(node);
        bool is_known = flags == 0 || flags == NODE_BIG ||
                        (flags == NODE_TREE && value_len == SL_LMDB_TREE_BYTES);
        if (!is_known || key_len == 0) {
            return 0;
        }
    }
    if (key_len > KEY_MAX || value_len > page_bytes) {
        return 0;
    }
    size_t bytes = (NODE_HEADER + key_len + value_len + 1) / 2 * 2;
    return offset + bytes <= page_bytes ? bytes : 0;
}

/* The nodes fill the page from `upper` to its end: no more, no less. */
static const char *nodes_fault(const uint8_t *page, size_t page_bytes, enum sl_lmdb_kind kind)
{
    size_t upper = get16(page + 14);
    size_t total = 0;
    for (size_t i = 0; i < sl_lmdb_count(page); i++) {
        size_t offset = get16(page + SL_LMDB_PAGE_HEADER + 2 * i);
        size_t bytes = offset >= upper ? node_bytes(page, page_bytes, offset, kind) : 0;
        if (bytes == 0) {
            return "an entry lies where none may";
        }
        total += bytes;
    }
    return total == page_bytes - upper ? NULL : "its entries do not fill it";
}

/* The first key of a branch page stands for all that is below the second, whatever it is. */
static const char *
order_fault(const uint8_t *page, enum sl_lmdb_kind kind, enum sl_lmdb_order order)
{
    size_t first = kind == SL_LMDB_BRANCH ? 1 : 0;
    for (size_t i = first; i < sl_lmdb_count(page); i++) {
        struct sl_slice key = sl_lmdb_key(page, i);
        if (key.len == 0 || (order == SL_LMDB_BY_NUMBER && key.len != sizeof(uint64_t))) {
            return "a key has another length";
        }
        if (i > first && sl_lmdb_compare(order, sl_lmdb_key(page, i - 1), key) >= 0) {
            return "its keys do not ascend";
        }
    }
    return NULL;
}

const char *sl_lmdb_page_fault(const uint8_t *page,
                               size_t page_bytes,
                               uint64_t number,
                               enum sl_lmdb_kind kind,
                               enum sl_lmdb_order order)
{
    size_t lower = get16(page + 12);
    size_t upper = get16(page + 14);
    if (get64(page) != number) {
        return "it bears another number";
    }
    if (get16(page + 10) != (kind == SL_LMDB_BRANCH ? FLAG_BRANCH : FLAG_LEAF)) {
        return "it is of another kind";
    }
    if (lower <= SL_LMDB_PAGE_HEADER || lower % 2 != 0 || lower > upper || upper > page_bytes) {
        return "its bounds are none";
    }
    const char *fault = nodes_fault(page, page_bytes, kind);
    return fault != NULL ? fault : order_fault(page, kind, order);
}

uint64_t sl_lmdb_overflow_pages(size_t len, size_t page_bytes)
{
    return (SL_LMDB_PAGE_HEADER + len - 1) / page_bytes + 1;
}

const char *
sl_lmdb_overflow_fault(const uint8_t header[SL_LMDB_PAGE_HEADER], uint64_t number, uint64_t pages)
{
    if (get64(header) != number) {
        return "it bears another number";
    }
    if (get16(header + 10) != FLAG_OVERFLOW) {
        return "it is of another kind";
    }
    return get32(header + 12) == pages ? NULL : "it is of another length";
}
