/* Where threads run. A program that floods a daemon takes so much of the processors that the daemon would be measured by what is left:
 * so it has one for itself, and the daemon all others. */
#ifndef SL_BENCH_PROCESSORS_H
#define SL_BENCH_PROCESSORS_H

#include "sl/types.h"

struct sl_processors {
    int last; /* the one that was left */
};

/* From here on this thread, and what it starts, runs on all processors but the last. False, and nothing is changed, where there is only
 * one. */
bool sl_processors_leave_last(struct sl_processors *processors);

/* This thread goes to the last one; for whoever has left it. */
void sl_processors_take_last(const struct sl_processors *processors);

#endif
