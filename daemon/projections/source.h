/* Events by position as they count: corrections applied. Position s holds the event of seq s,
 * unless a correct put nothing or another body there; the place in history stays.
 *
 *     seq        1      2      3      4                    5
 *     log        won    won    won    correct 2: void      correct 3: replace by lost
 *     counts     won    -      lost   -                    -                          */
#ifndef SL_PROJECTIONS_SOURCE_H
#define SL_PROJECTIONS_SOURCE_H

#include "projections/internal.h"

/* Slices of the body lie on the arena it was loaded onto. */
struct sl_sourced {
    bool is_there; /* false: voided, or a correct event itself */
    sl_seq seq;    /* the position */
    sl_day day;    /* effective */
    struct sl_body body;
};

/* Loads and decodes onto `arena` (record bytes are copied). SL_E_NOT_FOUND past the head,
 * SL_E_CORRUPT, SL_E_IO, SL_E_NO_MEMORY (the arena is full). */
SL_MUST_CHECK enum sl_err sl_source_load(struct sl_ledger *ledger,
                                         sl_seq seq,
                                         struct sl_arena *arena,
                                         struct sl_sourced *ret_sourced);

/* The raw event at `seq` and its effective day, corrections not applied. Same codes. */
SL_MUST_CHECK enum sl_err sl_source_raw(struct sl_ledger *ledger,
                                        sl_seq seq,
                                        struct sl_arena *arena,
                                        struct sl_event *ret_event,
                                        sl_day *ret_day);

#endif
