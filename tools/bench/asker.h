/* A client beside the load: one connection and one thread of its own that asks prepared questions at a fixed rate, as
 * somebody does who has nothing to do with those that append. */
#ifndef SL_BENCH_ASKER_H
#define SL_BENCH_ASKER_H

#include <pthread.h>

#include "load.h"

struct sl_asker {
    struct sl_load load; /* socket_path and one open lane, set by the caller */
    atomic_bool is_over;
    pthread_t thread;
};

/* Asks until sl_asker_stop. At a real-time priority if it may: what it waits for a processor itself is not the daemon's latency. The
 * thread has little to do, so it takes nothing from the daemon by it. */
void sl_asker_start(struct sl_asker *asker);

/* The results are in the lane afterwards. */
void sl_asker_stop(struct sl_asker *asker);

#endif
