/* splitmix64 (Steele, Lea, Flood 2014): small, fast, and the same numbers on every machine. */
#ifndef SL_BENCH_RANDOM_H
#define SL_BENCH_RANDOM_H

#include <stdint.h>

struct sl_random {
    uint64_t state;
};

static inline uint64_t sl_random_next(struct sl_random *random)
{
    uint64_t z = random->state += 0x9e3779b97f4a7c15u;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

/* 0 to bound - 1. The bias of the multiplication is far below what a workload could show. */
static inline uint32_t sl_random_below(struct sl_random *random, uint32_t bound)
{
    return (uint32_t)(((sl_random_next(random) >> 32) * bound) >> 32);
}

#endif
