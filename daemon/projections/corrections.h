/* Corrections: every projection becomes what it would be had the corrected event been absent, or been the replacement. */
#ifndef SL_PROJECTIONS_CORRECTIONS_H
#define SL_PROJECTIONS_CORRECTIONS_H

#include "projections/internal.h"

/* `seq` is that of the correct event, which decide has let in. Codes of loading a history. */
SL_MUST_CHECK enum sl_err sl_correction_put(struct sl_ledger *ledger,
                                            const struct sl_correct *correct,
                                            sl_seq seq,
                                            struct sl_arena *arena);

#endif
