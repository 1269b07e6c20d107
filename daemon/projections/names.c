/* Names: the dictionary between id strings and numbers. */
#include "projections/names.h"

#include <stdlib.h>
#include <string.h>

enum sl_err sl_names_init(struct sl_names *names, struct sl_state *state)
{
    *names = (struct sl_names){.state = state};
    names->slots = calloc(SL_NAME_CACHE_SLOTS, sizeof names->slots[0]);
    if (names->slots == NULL) {
        return SL_E_NO_MEMORY;
    }
    return sl_sha256_init(&names->sha);
}

void sl_names_deinit(struct sl_names *names)
{
    free(names->slots);
    sl_sha256_deinit(&names->sha);
    *names = (struct sl_names){0};
}

void sl_names_forget(struct sl_names *names)
{
    memset(names->slots, 0, SL_NAME_CACHE_SLOTS * sizeof names->slots[0]);
}

/* Only picks a cache slot, so a plain checksum will do. */
static struct sl_name_slot *slot_of(struct sl_names *names, unsigned kind, struct sl_slice text)
{
    uint32_t hash = sl_crc32c(kind, text.data, text.len);
    return &names->slots[hash & (SL_NAME_CACHE_SLOTS - 1)];
}

static bool slot_holds(const struct sl_name_slot *slot, unsigned kind, struct sl_slice text)
{
    return slot->number != 0 && slot->kind == kind && slot->len == text.len &&
           memcmp(slot->text, text.data, text.len) == 0;
}

static void
slot_fill(struct sl_name_slot *slot, unsigned kind, struct sl_slice text, uint32_t number)
{
    if (text.len > SL_NAME_CACHE_TEXT) {
        return;
    }
    slot->number = number;
    slot->kind = (uint8_t)kind;
    slot->len = (uint8_t)text.len;
    memcpy(slot->text, text.data, text.len);
}

static uint64_t word_big_endian(const uint8_t *bytes)
{
    uint64_t word = 0;
    for (int i = 0; i < 8; i++) {
        word = (word << 8) | bytes[i];
    }
    return word;
}

static struct sl_key key_of(struct sl_names *names, unsigned kind, struct sl_slice text)
{
    uint8_t bytes[1 + SL_ID_TEXT_BYTES_MAX];
    uint8_t digest[SL_SHA256_BYTES];
    bytes[0] = (uint8_t)kind;
    memcpy(bytes + 1, text.data, text.len);
    sl_sha256_begin(&names->sha);
    sl_sha256_update(&names->sha, bytes, 1 + text.len);
    sl_sha256_finish(&names->sha, digest);
    return (struct sl_key){word_big_endian(digest), word_big_endian(digest + 8)};
}

static bool can_be_name(struct sl_slice text)
{
    return text.len > 0 && text.len <= SL_ID_TEXT_BYTES_MAX;
}

uint32_t sl_names_find(struct sl_names *names, unsigned kind, struct sl_slice text)
{
    if (!can_be_name(text)) {
        return 0;
    }
    struct sl_name_slot *slot = slot_of(names, kind, text);
    if (slot_holds(slot, kind, text)) {
        return slot->number;
    }
    const struct sl_name_row *row =
        sl_state_get(names->state, SL_TABLE_NAMES, key_of(names, kind, text));
    if (row == NULL) {
        return 0;
    }
    slot_fill(slot, kind, text, row->number);
    return row->number;
}

uint32_t sl_names_intern(struct sl_names *names, unsigned kind, struct sl_slice text)
{
    if (!can_be_name(text)) {
        return 0;
    }
    struct sl_name_slot *slot = slot_of(names, kind, text);
    if (slot_holds(slot, kind, text)) {
        return slot->number;
    }
    struct sl_key key = key_of(names, kind, text);
    const struct sl_name_row *found = sl_state_get(names->state, SL_TABLE_NAMES, key);
    if (found != NULL) {
        uint32_t known = found->number;
        slot_fill(slot, kind, text, known);
        return known;
    }
    struct sl_counter_row *counter =
        sl_state_upsert(names->state, SL_TABLE_COUNTERS, sl_key_entity(kind, 0));
    uint32_t number = (uint32_t)++counter->last;
    struct sl_name_row *row = sl_state_insert(names->state, SL_TABLE_NAMES, key);
    row->number = number;
    struct sl_text_row *words =
        sl_state_insert(names->state, SL_TABLE_TEXTS, sl_key_entity(kind, number));
    words->len = (uint8_t)text.len;
    memcpy(words->text, text.data, text.len);
    slot_fill(slot, kind, text, number);
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
