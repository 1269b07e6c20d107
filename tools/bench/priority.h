/* Threads that must not wait for a processor, so that what they measure is not their own waiting. */
#ifndef SL_BENCH_PRIORITY_H
#define SL_BENCH_PRIORITY_H

#include <stdbool.h>

/* The calling thread goes before others that want its processor, if it may (root, LimitRTPRIO=); false if not. */
bool sl_priority_raise(void);

#endif
