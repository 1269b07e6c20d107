/* One run of the program: the daemon under test, and the measurements that can be made on it. */
#ifndef SL_BENCH_BENCH_H
#define SL_BENCH_BENCH_H

#include "daemon.h"
#include "frames.h"
#include "histogram.h"
#include "load.h"
#include "options.h"
#include "report.h"

struct sl_bench {
    struct sl_bench_options options;
    struct sl_report report;
    struct sl_daemon daemon;
    struct sl_daemon other; /* of another ledger, when two are measured in turn */
    char dir[PATH_MAX];     /* working directory; "" if there is none */
    uint32_t run;           /* of the workload: each opens its own deals */
};

/* How events are appended. */
struct sl_shape {
    const char *name;
    uint32_t connections;
    uint32_t in_flight; /* 0: open loop at `rate` */
    uint32_t batch;
    uint64_t events;
    double rate;    /* open loop: events per second */
    uint32_t burst; /* open loop: requests that a connection sends at once */
};

struct sl_outcome {
    double events_per_s;
    struct sl_histogram latency_ns; /* of requests */
    struct sl_histogram rank_ns;    /* of rank questions; empty if none were asked */
    struct sl_histogram echo_ns;    /* what the machine took meanwhile (echo.h); likewise */
};

/* Defines the company. Not timed. */
void sl_bench_setup(struct sl_bench *bench);

/* Packs the events, then appends them; with rank_rate > 0 ranks are asked meanwhile at that
 * rate. */
void sl_bench_append(struct sl_bench *bench,
                     const struct sl_shape *shape,
                     uint64_t rank_rate,
                     struct sl_outcome *ret_outcome);

/* Packs the events of a run: so many lanes as it has connections. `before`: events in the ledger. */
void sl_bench_prepare_appends(struct sl_bench *bench,
                              const struct sl_shape *shape,
                              uint64_t before,
                              struct sl_lane *lanes);

/* How others fare beside a greedy connection, and greedy ones among each other. */
void sl_bench_fair(struct sl_bench *bench);

/* Twice what the ledger can do, and what it is like afterwards. */
void sl_bench_overload(struct sl_bench *bench);

/* Prints one run with ranks. */
void sl_bench_report_mixed(struct sl_bench *bench, const struct sl_outcome *outcome);

/* Of options.repeat outcomes, which it sorts, the one with the median of events per second. Prints each median. */
void sl_bench_report_median(struct sl_bench *bench,
                            const char *name,
                            struct sl_outcome *outcomes,
                            struct sl_outcome *ret_outcome);

/* Appends options.repeat times, without ranks, and reports the median. */
void sl_bench_append_median(struct sl_bench *bench,
                            const struct sl_shape *shape,
                            struct sl_outcome *ret_outcome);

/* Appends without looking at the time until the ledger has `events` events. */
void sl_bench_grow(struct sl_bench *bench, uint64_t events);

struct sl_floors {
    double lmdb_events_per_s;
    double fdatasync_p50_ns;
    double fdatasync_p99_ns;
};

/* Medians of options.repeat runs each; the events are those of the workload. */
struct sl_floors sl_bench_floors(struct sl_bench *bench);

/* One flush, now. */
double sl_bench_fdatasync_p50_ns(const struct sl_bench *bench);

/* Sorts them. */
double sl_bench_median(double *values, size_t count);

/* A ledger beside that of `daemon`, with the company in it and `events` events; its daemon, `other`, stays. */
void sl_bench_open_other(struct sl_bench *bench, uint64_t events);
/* What is measured next is the other ledger. */
void sl_bench_change_ledger(struct sl_bench *bench);

/* Everything at once for a long time, then proves that nothing was lost. Stops the daemon. */
void sl_bench_soak(struct sl_bench *bench);

/* Every promise. */
void sl_bench_all(struct sl_bench *bench);

#endif
