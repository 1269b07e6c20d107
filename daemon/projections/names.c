/* Names: the dictionary between id strings and numbers. */
#include "projections/names.h"

#include <string.h>

#include "base/huge.h"
#include "projections/name_key.h"

#define TAG_LEN_MASK 0xffu
#define CACHE_BYTES  (SL_NAME_CACHE_SETS * sizeof(union sl_name_set))

_Static_assert(SL_ID_TEXT_BYTES_MAX <= TAG_LEN_MASK, "a length has eight bits in a tag");
_Static_assert(CACHE_BYTES >= SL_HUGE_PAGE_BYTES, "so aligned, a set is one cache line");
_Static_assert((SL_NAME_CACHE_SETS & (SL_NAME_CACHE_SETS - 1)) == 0, "a mask picks the set");

enum sl_err sl_names_init(struct sl_names *names, struct sl_state *state)
{
    *names = (struct sl_names){.state = state};
    names->sets = sl_huge_alloc(CACHE_BYTES); /* sets never used cost no memory */
    if (names->sets == NULL) {
        return SL_E_NO_MEMORY;
    }
    return sl_sha256_init(&names->sha);
}

void sl_names_deinit(struct sl_names *names)
{
    sl_huge_free(names->sets, CACHE_BYTES);
    sl_sha256_deinit(&names->sha);
    *names = (struct sl_names){0};
}

void sl_names_savepoint(struct sl_names *names)
{
    for (unsigned kind = 0; kind < SL_NAME_KINDS; kind++) {
        names->lasting[kind] = sl_names_count(names, kind);
    }
    names->has_savepoint = true;
}

void sl_names_release(struct sl_names *names)
{
    names->has_savepoint = false;
}

/* ── the cache ── */

/* Only picks a set, so a plain checksum will do. */
static union sl_name_set *set_of(struct sl_names *names, unsigned kind, struct sl_slice text)
{
    uint32_t hash = sl_crc32c(kind, text.data, text.len);
    return &names->sets[hash & (SL_NAME_CACHE_SETS - 1)];
}

static bool can_be_name(unsigned kind, struct sl_slice text)
{
    return kind < SL_NAME_KINDS && text.len > 0 && text.len <= SL_ID_TEXT_BYTES_MAX;
}

void sl_names_prefetch(struct sl_names *names, unsigned kind, struct sl_slice text)
{
    if (can_be_name(kind, text)) {
        __builtin_prefetch(set_of(names, kind, text));
    }
}

/* Never that of an empty slot, since no name is empty. */
static uint16_t tag_of(unsigned kind, struct sl_slice text)
{
    return (uint16_t)((kind << 8) | text.len);
}

static bool is_wide(const union sl_name_set *set)
{
    return (set->wide.tag & TAG_LEN_MASK) > SL_NAME_CACHE_TEXT;
}

static bool slot_holds(const struct sl_name_slot *slot, uint16_t tag, struct sl_slice text)
{
    return slot->tag == tag && memcmp(slot->text, text.data, text.len) == 0;
}

/* 0 if the set does not hold the name. */
static uint32_t set_find(const union sl_name_set *set, unsigned kind, struct sl_slice text)
{
    uint16_t tag = tag_of(kind, text);
    if (text.len > SL_NAME_CACHE_TEXT) {
        bool is_it = text.len <= SL_NAME_CACHE_WIDE && set->wide.tag == tag &&
                     memcmp(set->wide.text, text.data, text.len) == 0;
        return is_it ? set->wide.number : 0;
    }
    if (slot_holds(&set->slots[0], tag, text)) {
        return set->slots[0].number;
    }
    bool is_second = !is_wide(set) && slot_holds(&set->slots[1], tag, text);
    return is_second ? set->slots[1].number : 0;
}

static void set_fill(union sl_name_set *set, unsigned kind, struct sl_slice text, uint32_t number)
{
    uint16_t tag = tag_of(kind, text);
    if (text.len > SL_NAME_CACHE_WIDE) {
        return;
    }
    if (text.len > SL_NAME_CACHE_TEXT) {
        set->wide.number = number;
        set->wide.tag = tag;
        memcpy(set->wide.text, text.data, text.len);
        return;
    }
    set->slots[1] = is_wide(set) ? (struct sl_name_slot){0} : set->slots[0];
    set->slots[0].number = number;
    set->slots[0].tag = tag;
    memcpy(set->slots[0].text, text.data, text.len);
}

static void keep(struct sl_names *names,
                 union sl_name_set *set,
                 unsigned kind,
                 struct sl_slice text,
                 uint32_t number)
{
    if (!names->has_savepoint || number <= names->lasting[kind]) {
        set_fill(set, kind, text, number);
    }
}

/* ── the tables ── */

/* Whether the row found at the key of `text`, or after it, is its own. */
static bool
is_own(struct sl_names *names, unsigned kind, const struct sl_name_row *row, struct sl_slice text)
{
    if (sl_name_key_is_exact(text)) {
        return true;
    }
    const struct sl_text_row *words =
        sl_state_get(names->state, SL_TABLE_TEXTS, sl_key_entity(kind, row->number));
    return words != NULL && words->len == text.len && memcmp(words->text, text.data, text.len) == 0;
}

/* The number in the tables, 0 if there is none; and the key where it lies, or would. */
static uint32_t
stored(struct sl_names *names, unsigned kind, struct sl_slice text, struct sl_key *ret_key)
{
    struct sl_key key = sl_name_key(&names->sha, kind, text);
    const struct sl_name_row *row = sl_state_get(names->state, SL_TABLE_NAMES, key);
    while (row != NULL && !is_own(names, kind, row, text)) {
        key = sl_name_key_next(key);
        row = sl_state_get(names->state, SL_TABLE_NAMES, key);
    }
    *ret_key = key;
    return row != NULL ? row->number : 0;
}

static uint32_t
give_number(struct sl_names *names, unsigned kind, struct sl_slice text, struct sl_key key)
{
    struct sl_counter_row *counter =
        sl_state_upsert(names->state, SL_TABLE_COUNTERS, sl_key_entity(kind, 0));
    uint32_t number = (uint32_t)++counter->last;
    struct sl_name_row *row = sl_state_insert(names->state, SL_TABLE_NAMES, key);
    row->number = number;
    struct sl_text_row *words =
        sl_state_insert(names->state, SL_TABLE_TEXTS, sl_key_entity(kind, number));
    words->len = (uint8_t)text.len;
    memcpy(words->text, text.data, text.len);
    return number;
}

uint32_t sl_names_cached(struct sl_names *names, unsigned kind, struct sl_slice text)
{
    return can_be_name(kind, text) ? set_find(set_of(names, kind, text), kind, text) : 0;
}

uint32_t sl_names_find(struct sl_names *names, unsigned kind, struct sl_slice text)
{
    if (!can_be_name(kind, text)) {
        return 0;
    }
    union sl_name_set *set = set_of(names, kind, text);
    uint32_t number = set_find(set, kind, text);
    if (number != 0) {
        return number;
    }
    struct sl_key key;
    number = stored(names, kind, text, &key);
    if (number != 0) {
        keep(names, set, kind, text, number);
    }
    return number;
}

uint32_t sl_names_intern(struct sl_names *names, unsigned kind, struct sl_slice text)
{
    if (!can_be_name(kind, text)) {
        return 0;
    }
    union sl_name_set *set = set_of(names, kind, text);
    uint32_t number = set_find(set, kind, text);
    if (number != 0) {
        return number;
    }
    struct sl_key key;
    number = stored(names, kind, text, &key);
    if (number == 0) {
        number = give_number(names, kind, text, key);
    }
    keep(names, set, kind, text, number);
    return number;
}

size_t sl_names_text(struct sl_names *names, unsigned kind, uint32_t number, char *buf)
{
    const struct sl_text_row *row =
        sl_state_get(names->state, SL_TABLE_TEXTS, sl_key_entity(kind, number));
    if (row == NULL) {
        return 0;
    }
    memcpy(buf, row->text, row->len);
    return row->len;
}

uint32_t sl_names_count(struct sl_names *names, unsigned kind)
{
    const struct sl_counter_row *row =
        sl_state_get(names->state, SL_TABLE_COUNTERS, sl_key_entity(kind, 0));
    return row != NULL ? (uint32_t)row->last : 0;
}
