/* Calls that can be made to fail, one after the other: those of LMDB, of the system, and for memory.
 *
 * A program links with -Wl,--wrap=<name> for each of them (tests/CMakeLists.txt: sl_failing_calls). Calls are counted while armed, and
 * the n-th of a name fails, or all from it on. Only calls from our own code are seen, not those of a library to itself. One thread. */
#ifndef SL_LIB_FAILING_CALLS_H
#define SL_LIB_FAILING_CALLS_H

#include <stdbool.h>

/* The names, ended by NULL. */
extern const char *const sl_failing_calls[];

/* Use number `n` of this call, from 0, will fail; the later ones, too, if `is_lasting`. */
void sl_failing_arm(const char *name, unsigned n, bool is_lasting);

/* No call fails any more. False if none has: it was not used so often. */
bool sl_failing_disarm(void);

#endif
