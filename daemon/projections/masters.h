/* Masters: effective-dated defines. On a day the row with the greatest valid_from not after it
 * holds, ties to the greatest seq; a row whose valid_to has passed is skipped. Validity is
 * half-open: valid_to is the first day on which it no longer holds.
 *
 * A kind is an sl_entity_kind or one of SL_MASTER_... (tables.h); singletons have number 0. No call
 * here fails by itself: a broken state shows in sl_state_error. */
#ifndef SL_PROJECTIONS_MASTERS_H
#define SL_PROJECTIONS_MASTERS_H

#include "projections/names.h"

struct sl_master {
    struct sl_master_row row; /* copied */
    sl_seq seq;               /* of the define */
};

/* Rows in order of (valid_from, seq); `rows` is owned and grows. Zeroed is empty. */
struct sl_master_list {
    struct sl_master *rows;
    size_t count, capacity;
};
void sl_master_list_deinit(struct sl_master_list *list);
/* Puts the row where it belongs. SL_E_NO_MEMORY. */
SL_MUST_CHECK enum sl_err sl_master_list_put(struct sl_master_list *list,
                                             const struct sl_master *master);

/* The (kind, number) that a define is about; interns its id. Number 0 for singletons. */
void sl_masters_subject(struct sl_names *names,
                        const struct sl_define *define,
                        unsigned *ret_kind,
                        uint32_t *ret_number);

/* Puts or takes back the row of a define at log position `seq`. */
void sl_masters_put(struct sl_names *names, const struct sl_define *define, sl_seq seq);
void sl_masters_remove(struct sl_names *names, const struct sl_define *define, sl_seq seq);

/* Does the row of that define, there or not, say what the row before it says, which has no end? Then nothing is different on any day, whether
 * it is there or not. Compares parent and other: what customers have. */
bool sl_masters_repeats(struct sl_names *names, const struct sl_define *define, sl_seq seq);

/* What holds on the day; false if nothing does. */
bool sl_masters_on(struct sl_state *state,
                   unsigned kind,
                   uint32_t number,
                   sl_day day,
                   struct sl_master *ret_master);

/* All rows, instead of what the list holds. SL_E_NO_MEMORY. */
SL_MUST_CHECK enum sl_err sl_masters_read(struct sl_state *state,
                                          unsigned kind,
                                          uint32_t number,
                                          struct sl_master_list *list);

/* All rows in order of (valid_from, seq), at most `max`; gives the count. */
size_t sl_masters_all(struct sl_state *state,
                      unsigned kind,
                      uint32_t number,
                      size_t max,
                      struct sl_master *ret_masters);

/* The row with the greatest (valid_from, seq), whatever its valid_to: what singletons go by. False
 * if there is none. */
bool sl_masters_latest(struct sl_state *state,
                       unsigned kind,
                       uint32_t number,
                       struct sl_master *ret_master);

#endif
