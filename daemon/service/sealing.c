/* See sealing.h. Keys are fetched for each seal and wiped at once: a look at LMDB and one at the file of secrets, both in memory as a
 * rule, take about as long as to open the seal. */
#include "service/sealing.h"

#include <string.h>

#include "codec/event_codec.h"
#include "codec/personal.h"

#define ABOUT_BYTES_MAX (sizeof(struct sl_id) + SL_ID_TEXT_BYTES_MAX)

static struct sl_slice
about(struct sl_id id, struct sl_slice customer, uint8_t buf[ABOUT_BYTES_MAX])
{
    memcpy(buf, id.bytes, sizeof id.bytes);
    memcpy(buf + sizeof id.bytes, customer.data, customer.len);
    return (struct sl_slice){buf, sizeof id.bytes + customer.len};
}

/* The customer's live key, or one made now. */
static enum sl_err
get_key(struct sl_sealing *sealing, struct sl_slice customer, struct sl_seal_key *ret_key)
{
    struct sl_key_found found;
    enum sl_err err = sl_store_key_find(sealing->store, customer, &found, ret_key);
    if (err != SL_OK || found.state == SL_KEY_LIVE) {
        return err;
    }
    sealing->fill_random((uint8_t *)ret_key, sizeof *ret_key);
    return sl_store_key_add(sealing->store, customer, ret_key);
}

enum sl_err sl_sealing_seal(struct sl_sealing *sealing,
                            const struct sl_to_seal *from,
                            struct sl_arena *arena,
                            struct sl_slice *ret_bytes,
                            struct sl_diag *diag)
{
    struct sl_slice customer = sl_personal_of(from->event)->id;
    SL_ASSERT(customer.len > 0);
    SL_ASSERT(customer.len <= SL_ID_TEXT_BYTES_MAX);
    struct sl_personal_taken taken;
    enum sl_err err = sl_personal_take(from->bytes, SL_SEAL_EXTRA_BYTES, arena, &taken, diag);
    if (err != SL_OK) {
        return err;
    }
    struct sl_seal_key key;
    err = get_key(sealing, customer, &key);
    if (err == SL_OK) {
        uint8_t buf[ABOUT_BYTES_MAX];
        err = sl_seal(&sealing->sealer, &key, about(from->id, customer, buf), taken.plain,
                      taken.sealed);
    }
    sl_wipe(&key, sizeof key);
    if (err == SL_OK) {
        SL_ASSERT(taken.bytes.len <= from->bytes.len + SL_SEALING_BYTES_MAX);
        *ret_bytes = taken.bytes;
    } else if (err == SL_E_CORRUPT) {
        err = sl_refuse(diag, err, "", "the key of this customer is damaged");
    }
    return err;
}

static bool may_hold_seal(const struct sl_record *record)
{
    return record->type == SL_EVENT_DEFINE || record->type == SL_EVENT_CORRECT;
}

static enum sl_err open_with(struct sl_sealing *sealing,
                             const struct sl_seal_key *key,
                             const struct sl_personal_sealed *found,
                             struct sl_id id,
                             uint8_t *plain)
{
    uint8_t buf[ABOUT_BYTES_MAX];
    return sl_unseal(&sealing->sealer, key, about(id, found->customer, buf), found->sealed, plain);
}

/* By what is known of the customer, whether there is a key to try. */
static enum sl_unsealed_state look_for_key(const struct sl_key_found *known, const uint8_t *key_id)
{
    bool is_latest =
        known->state != SL_KEY_NONE && memcmp(known->key_id, key_id, sizeof known->key_id) == 0;
    if (is_latest) {
        return known->state == SL_KEY_LIVE ? SL_UNSEALED_PLAIN : SL_UNSEALED_ERASED;
    }
    /* There is one live key at most, so an earlier one is destroyed. */
    return known->erased.v != 0 ? SL_UNSEALED_ERASED : SL_UNSEALED_UNKNOWN;
}

enum sl_err sl_sealing_open(struct sl_sealing *sealing,
                            const struct sl_record *record,
                            struct sl_arena *arena,
                            struct sl_unsealed *ret_unsealed)
{
    struct sl_personal_sealed found;
    *ret_unsealed = (struct sl_unsealed){.state = SL_UNSEALED_NONE};
    if (!may_hold_seal(record) || !sl_personal_find(record->event, &found)) {
        return SL_OK;
    }
    const uint8_t *key_id = sl_seal_key_id(found.sealed);
    if (key_id == NULL || found.customer.len > SL_ID_TEXT_BYTES_MAX) {
        return SL_E_CORRUPT;
    }
    struct sl_unsealed unsealed = {.customer = found.customer};
    struct sl_key_found known;
    struct sl_seal_key key;
    enum sl_err err = sl_store_key_find(sealing->store, found.customer, &known, &key);
    if (err == SL_OK) {
        unsealed.state = look_for_key(&known, key_id);
    }
    if (unsealed.state == SL_UNSEALED_UNKNOWN &&
        record->seq.v >= sl_store_keys_since(sealing->store)) {
        unsealed.state = SL_UNSEALED_LOST;
    }
    if (unsealed.state == SL_UNSEALED_PLAIN) {
        size_t len = found.sealed.len - SL_SEAL_EXTRA_BYTES;
        uint8_t *plain = sl_arena_alloc(arena, len);
        unsealed.plain = (struct sl_slice){plain, len};
        err = plain != NULL ? open_with(sealing, &key, &found, record->id, plain) : SL_E_NO_MEMORY;
    }
    sl_wipe(&key, sizeof key);
    if (err == SL_OK) {
        *ret_unsealed = unsealed;
    }
    return err;
}

enum sl_err sl_sealing_more(struct sl_sealing *sealing,
                            const struct sl_record *record,
                            struct sl_arena *arena,
                            struct sl_slice *ret_more)
{
    *ret_more = (struct sl_slice){NULL, 0};
    struct sl_unsealed unsealed;
    enum sl_err err = sl_sealing_open(sealing, record, arena, &unsealed);
    struct sl_personal_sealed found;
    if (err == SL_OK && unsealed.state == SL_UNSEALED_LOST) {
        return SL_E_CORRUPT; /* nobody has asked for it to be erased */
    }
    if (err != SL_OK || unsealed.state == SL_UNSEALED_NONE ||
        !sl_personal_find(record->event, &found)) {
        return err;
    }
    bool is_plain = unsealed.state == SL_UNSEALED_PLAIN;
    return sl_personal_more(&found, is_plain ? &unsealed.plain : NULL, arena, ret_more);
}

enum sl_err sl_sealing_is_same(struct sl_sealing *sealing,
                               const struct sl_record *record,
                               struct sl_slice command,
                               struct sl_arena *arena,
                               bool *ret_is_same)
{
    struct sl_unsealed unsealed;
    enum sl_err err = sl_sealing_open(sealing, record, arena, &unsealed);
    if (err != SL_OK) {
        return err;
    }
    bool is_plain = unsealed.state == SL_UNSEALED_PLAIN;
    *ret_is_same = unsealed.state == SL_UNSEALED_NONE
                       ? sl_event_same_content(record->event, command, arena)
                       : sl_personal_same_content(record->event, is_plain ? &unsealed.plain : NULL,
                                                  command, arena);
    return SL_OK;
}
