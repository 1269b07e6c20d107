/* How a benchmark ends when something goes wrong: it says what, and no figure of it is printed.
 * Whatever was started is stopped and removed by the functions registered with atexit. */
#ifndef SL_BENCH_FAIL_H
#define SL_BENCH_FAIL_H

#include "sl/types.h"

/* Prints "salesledger-bench: ..." and ends the program with status 1. */
SL_NORETURN void sl_fail(const char *fmt, ...) SL_PRINTF(1, 2);

/* Ends the program if there is no memory, gives `memory` back otherwise. */
void *sl_check_memory(void *memory);

#endif
