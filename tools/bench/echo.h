/* The floor under a latency on a busy machine: two threads that do nothing but hand one byte to and fro over a socket, at a real-time
 * priority where the system gives it, while something else keeps the processors busy. What they wait is the machine's: a processor
 * that is away, a kernel thread that cannot be interrupted. No daemon answers faster. */
#ifndef SL_BENCH_ECHO_H
#define SL_BENCH_ECHO_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "histogram.h"

struct sl_echo {
    int64_t interval_ns;            /* from one byte to the next; set by the caller */
    struct sl_histogram latency_ns; /* from when a byte was due to when it was back */
    int fds[2];
    atomic_bool is_over;
    pthread_t asker;
    pthread_t answerer;
};

void sl_echo_start(struct sl_echo *echo);
void sl_echo_stop(struct sl_echo *echo); /* the histogram holds then */

#endif
