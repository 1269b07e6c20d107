/* Names: id strings to 32-bit numbers and back, per kind, in order of first appearance.
 *
 *     names    key of (kind, text), see name_key.h    number
 *     texts    kind, number                           text
 *
 * Invariants:
 *   (1) a name lies at its key or, if that is not exact, at the first key after it that no other name holds;
 *   (2) a name is never removed but by a rollback, which takes back all that came after it as well. So there are no gaps on the
 *       way from a key to its name, and the first absent key ends a search;
 *   (3) whatever lies at a key that is not exact is believed only after its row in `texts` has been compared.
 *
 * A small cache in front spares the tables for names seen lately; it holds nothing that they do not, and never a number that a
 * rollback could take back. It consists of sets of one cache line, since a look at it is mostly one access to memory:
 *
 *     0             32            64
 *     │ slot        │ slot        │    the younger first; two texts of up to SL_NAME_CACHE_TEXT bytes
 *     │ wide                      │    or one of up to SL_NAME_CACHE_WIDE */
#ifndef SL_PROJECTIONS_NAMES_H
#define SL_PROJECTIONS_NAMES_H

#include "projections/tables.h"
#include "sl/stored/hash.h"

#define SL_NAME_CACHE_SETS 262144u
#define SL_NAME_CACHE_TEXT 26u
#define SL_NAME_CACHE_WIDE 58u /* longer ids are looked up each time */

struct sl_name_slot {
    uint32_t number;
    uint16_t tag; /* kind 8, length 8; 0: empty */
    char text[SL_NAME_CACHE_TEXT];
};

union sl_name_set {
    struct sl_name_slot slots[2];
    struct {
        uint32_t number;
        uint16_t
            tag; /* where the tag of the first slot is: its length tells which of the two it is */
        char text[SL_NAME_CACHE_WIDE];
    } wide;
};

_Static_assert(sizeof(union sl_name_set) == 64, "one cache line");

struct sl_names {
    struct sl_state *state;
    struct sl_sha256 sha;
    union sl_name_set *sets; /* owned */
    bool has_savepoint;
    uint32_t lasting[SL_NAME_KINDS]; /* the greatest numbers when the savepoint was set */
};

/* SL_E_NO_MEMORY. */
SL_MUST_CHECK enum sl_err sl_names_init(struct sl_names *names, struct sl_state *state);
void sl_names_deinit(struct sl_names *names);

/* Until it is released, numbers may be taken back and given to others. */
void sl_names_savepoint(struct sl_names *names);
void sl_names_release(struct sl_names *names);

/* Asks for the name's place in the cache from memory, so that a look soon after need not wait for it. */
void sl_names_prefetch(struct sl_names *names, unsigned kind, struct sl_slice text);

/* The number, if the cache has it; else 0. */
uint32_t sl_names_cached(struct sl_names *names, unsigned kind, struct sl_slice text);

/* 0 if there is no such kind, or the text is empty or has no number yet. */
uint32_t sl_names_find(struct sl_names *names, unsigned kind, struct sl_slice text);

/* The number, given now if it has none; 0 only for what can have none, an empty text. */
uint32_t sl_names_intern(struct sl_names *names, unsigned kind, struct sl_slice text);

/* The text, copied to `buf` of SL_ID_TEXT_BYTES_MAX bytes; gives its length, 0 for number 0. */
size_t sl_names_text(struct sl_names *names, unsigned kind, uint32_t number, char *buf);

/* How many numbers the kind has. */
uint32_t sl_names_count(struct sl_names *names, unsigned kind);

#endif
