/* Reading facts: one person's or everybody's, over a period.
 *
 *     facts    │ month 1: person 1, 2, 3 … │ month 2: person 1, 2, 3 … │ …      each by day, then by event
 *
 * A person's facts come month by month, so by day and seq; everybody's come by month, then person, then day. The facts of one
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

/* The days of the period that lie in the last month with facts, anybody's, that begins before the period's end; false if there is none. */
bool sl_fact_last_month(struct sl_state *state,
                        struct sl_period period,
                        struct sl_period *ret_days);

/* The person's last fact in the period with key <= `upto`, a key of his, by day, then event. NULL if none, and *ret_key as it was. */
const struct sl_fact_row *sl_fact_last(struct sl_state *state,
                                       uint32_t person,
                                       struct sl_period period,
                                       struct sl_key upto,
                                       struct sl_key *ret_key);

#endif
