/* Names: id strings to 32-bit numbers and back, per kind, in order of first appearance.
 *
 * The key of a name is the first 16 bytes of SHA-256 over kind and text, so equal keys mean equal texts. A small direct-mapped
 * cache in front spares the hash for names seen lately; it holds nothing that the tables do not. */
#ifndef SL_PROJECTIONS_NAMES_H
#define SL_PROJECTIONS_NAMES_H

#include "base/hash.h"
#include "projections/tables.h"

#define SL_NAME_CACHE_SLOTS 262144u
#define SL_NAME_CACHE_TEXT  26u /* longer ids are looked up each time */

/* Half a cache line, since a look at the cache is mostly one memory access. */
struct sl_name_slot {
    uint32_t number; /* 0: empty */
    uint8_t kind;
    uint8_t len;
    char text[SL_NAME_CACHE_TEXT];
};

struct sl_names {
    struct sl_state *state;
    struct sl_sha256 sha;
    struct sl_name_slot *slots;
};

/* SL_E_NO_MEMORY. */
SL_MUST_CHECK enum sl_err sl_names_init(struct sl_names *names, struct sl_state *state);
void sl_names_deinit(struct sl_names *names);

/* Forget the cache: after a rollback numbers may be given again. */
void sl_names_forget(struct sl_names *names);

/* 0 if the text is empty or has no number yet. */
uint32_t sl_names_find(struct sl_names *names, unsigned kind, struct sl_slice text);

/* The number, given now if it has none; 0 only for an empty text. */
uint32_t sl_names_intern(struct sl_names *names, unsigned kind, struct sl_slice text);

/* The text, copied to `buf` of SL_ID_TEXT_BYTES_MAX bytes; gives its length, 0 for number 0. */
size_t sl_names_text(struct sl_names *names, unsigned kind, uint32_t number, char *buf);

/* How many numbers the kind has. */
uint32_t sl_names_count(struct sl_names *names, unsigned kind);

#endif
