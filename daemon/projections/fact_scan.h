/* Reading facts: one person's or everybody's, over a period.
 *
 *     facts    │ slice 1: person 1, 2, 3 … │ slice 2: person 1, 2, 3 … │ …      each by day, then by event;
 *              a slice is eight days
 *
 * A person's facts come slice by slice, so by day and seq; everybody's come by slice, then person, then day. The facts of one
 * event and person are neighbours. A scan dies with any write to the table. */
#ifndef SL_PROJECTIONS_FACT_SCAN_H
#define SL_PROJECTIONS_FACT_SCAN_H

#include "projections/tables.h"

struct sl_fact_scan {
    struct sl_key key;
    const struct sl_fact_row *row; /* NULL at the end */
    struct sl_period period;       /* cut to what days there can be */
    uint32_t person;
    bool is_of_one;
    struct sl_state_cursor cursor;
};

/* Stand on the first fact. What is pending has been settled. */
void sl_fact_scan_person(struct sl_state *state,
                         uint32_t person,
                         struct sl_period period,
                         struct sl_fact_scan *ret_scan);
void sl_fact_scan_all(struct sl_state *state,
                      struct sl_period period,
                      struct sl_fact_scan *ret_scan);
void sl_fact_scan_next(struct sl_state *state, struct sl_fact_scan *scan);

/* The days of the period that lie in the last slice with facts, anybody's, that begins before the period's end; false if there is none. */
bool sl_fact_last_slice(struct sl_state *state,
                        struct sl_period period,
                        struct sl_period *ret_days);

/* The person's last fact in the period with key <= `upto`, a key of his, by day, then event. NULL if none, and *ret_key as it was. */
const struct sl_fact_row *sl_fact_last(struct sl_state *state,
                                       uint32_t person,
                                       struct sl_period period,
                                       struct sl_key upto,
                                       struct sl_key *ret_key);

#endif
