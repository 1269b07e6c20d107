/* Events by position as they count: corrections applied. Position s holds the event of seq s, unless a correct put nothing or another
 * body there; the place in history stays. */
#ifndef SL_PROJECTIONS_SOURCE_H
#define SL_PROJECTIONS_SOURCE_H

#include "projections/internal.h"

struct sl_sourced {
    bool is_there; /* false: voided, or a correct event itself */
    sl_seq seq;    /* the position */
    sl_day day;    /* effective */
    struct sl_body body;
};

/* Loads and decodes onto `arena` (record bytes are copied). SL_E_NOT_FOUND past the head, SL_E_CORRUPT, SL_E_NO_MEMORY. */
SL_MUST_CHECK enum sl_err sl_source_load(struct sl_ledger *ledger,
                                         sl_seq seq,
                                         struct sl_arena *arena,
                                         struct sl_sourced *ret_sourced);

/* The raw event at `seq`, corrections not applied. */
SL_MUST_CHECK enum sl_err sl_source_raw(struct sl_ledger *ledger,
                                        sl_seq seq,
                                        struct sl_arena *arena,
                                        struct sl_event *ret_event,
                                        sl_day *ret_day);

#endif
