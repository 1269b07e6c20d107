/* The `all` mode: one ledger from empty to large, every promise measured on the way, the table
 * at the end. */
#include "bench.h"

#include "directory.h"
#include "fail.h"
#include <stdlib.h>

#define MIB                   (1024.0 * 1024.0)
#define SINGLE_EVENTS         5000u
#define BATCH_EVENTS          1000u
#define BATCH_IN_FLIGHT       4u
#define MIXED_SECONDS         5u
#define MIXED_EVENTS_MAX      1500000u
#define REBUILD_RATE_MIN      400000.0
#define RSS_MIB_MAX           600.0
#define RANK_P99_US_MAX       1000.0
#define HOLD_MS_MAX           50.0
#define FLOOR_SHARE_MIN       0.2
#define GROWTH_SHARE_MIN      0.8
#define FLUSHES_PER_EVENT_MAX 2.0

struct figures {
    struct sl_floors floors;
    double single_flushes; /* p50 of one at a time, in flushes */
    double batch_rate;
    double small_rate; /* 64 x 64 on the small ledger */
    double growth;     /* the large ledger, of a small one in turn with it */
    double rank_p99_ns;
    double hold_us;
    double rss_bytes;
    double peak_bytes;
    double event_bytes; /* on disk */
    double rebuild_rate;
    uint64_t head;
};

static struct sl_outcome *new_outcomes(const struct sl_bench *bench)
{
    return sl_check_memory(calloc(bench->options.repeat, sizeof(struct sl_outcome)));
}

static double measure(struct sl_bench *bench, const struct sl_shape *shape)
{
    struct sl_outcome outcome;
    sl_bench_append_median(bench, shape, &outcome);
    return outcome.events_per_s;
}

static struct sl_shape shape_64x64(const struct sl_bench *bench, const char *name)
{
    return (struct sl_shape){.name = name,
                             .connections = 64,
                             .in_flight = 64,
                             .batch = 1,
                             .events = bench->options.events};
}

/* A flush takes now this long, now that: each run is compared with those just before it. */
static void measure_single(struct sl_bench *bench, struct figures *f)
{
    size_t repeat = bench->options.repeat;
    struct sl_shape single = {
        .name = "1x1", .connections = 1, .in_flight = 1, .batch = 1, .events = SINGLE_EVENTS};
    struct sl_outcome *outcomes = new_outcomes(bench);
    struct sl_outcome middle;
    double *flushes = sl_check_memory(calloc(repeat, sizeof *flushes));
    for (size_t i = 0; i < repeat; i++) {
        double flush_ns = sl_bench_fdatasync_p50_ns(bench);
        sl_bench_append(bench, &single, 0, &outcomes[i]);
        flushes[i] = (double)sl_histogram_quantile(&outcomes[i].latency_ns, 500) / flush_ns;
    }
    sl_bench_report_median(bench, single.name, outcomes, &middle);
    f->single_flushes = sl_bench_median(flushes, repeat);
    free(flushes);
    free(outcomes);
}

/* The runs themselves make the ledger grow: they are centred on the size they are for. */
static uint64_t small_size_before(const struct sl_bench *bench)
{
    uint64_t half = bench->options.events * bench->options.repeat / 2;
    return bench->options.size_small - (half < bench->options.size_small ? half : 0);
}

static void measure_small(struct sl_bench *bench, struct figures *f)
{
    struct sl_shape batch = {.name = "1x1000",
                             .connections = 1,
                             .in_flight = BATCH_IN_FLIGHT,
                             .batch = BATCH_EVENTS,
                             .events = bench->options.events};
    struct sl_shape small = shape_64x64(bench, "64x64.small");
    measure_single(bench, f);
    f->batch_rate = measure(bench, &batch);
    sl_bench_grow(bench, small_size_before(bench));
    f->small_rate = measure(bench, &small);
}

struct mixed_run {
    struct sl_outcome outcome;
    uint64_t rank_p99_ns;
    uint64_t hold_us;
    uint64_t checkpoints;
};

static int compare_mixed(const void *a, const void *b)
{
    uint64_t x = ((const struct mixed_run *)a)->rank_p99_ns;
    uint64_t y = ((const struct mixed_run *)b)->rank_p99_ns;
    return (x > y) - (x < y);
}

/* On a daemon that was just started, so that its longest hold is of this run only. */
static void
run_mixed(struct sl_bench *bench, const struct sl_shape *shape, struct mixed_run *ret_run)
{
    sl_daemon_stop(&bench->daemon);
    sl_daemon_start(&bench->daemon);
    sl_bench_append(bench, shape, bench->options.rank_rate, &ret_run->outcome);
    struct sl_daemon_state state = sl_daemon_state(&bench->daemon);
    ret_run->rank_p99_ns = sl_histogram_quantile(&ret_run->outcome.rank_ns, 990);
    ret_run->hold_us = state.gate_held_us_max;
    ret_run->checkpoints = state.checkpoints;
}

/* Of ranks the median run counts, as everywhere; of holds the longest of all, since no reply may be held longer. */
static void measure_mixed(struct sl_bench *bench, struct figures *f)
{
    size_t repeat = bench->options.repeat;
    struct mixed_run *runs = sl_check_memory(calloc(repeat, sizeof *runs));
    double rate = f->small_rate * (double)bench->options.load_percent / 100.0;
    double events = rate * MIXED_SECONDS;
    struct sl_shape shape = {.name = "mixed",
                             .connections = 64,
                             .batch = 1,
                             .rate = rate,
                             .burst = 64,
                             .events =
                                 events < MIXED_EVENTS_MAX ? (uint64_t)events : MIXED_EVENTS_MAX};
    for (size_t i = 0; i < repeat; i++) {
        run_mixed(bench, &shape, &runs[i]);
        double hold_us = (double)runs[i].hold_us;
        f->hold_us = hold_us > f->hold_us ? hold_us : f->hold_us;
    }
    qsort(runs, repeat, sizeof *runs, compare_mixed);
    const struct mixed_run *middle = &runs[(repeat - 1) / 2];
    f->rank_p99_ns = (double)middle->rank_p99_ns;
    sl_bench_report_mixed(bench, &middle->outcome);
    sl_report_number(&bench->report, "mixed.rank_p99_min", (double)runs[0].rank_p99_ns / 1000,
                     "us");
    sl_report_number(&bench->report, "mixed.rank_p99_max",
                     (double)runs[repeat - 1].rank_p99_ns / 1000, "us");
    sl_report_number(&bench->report, "mixed.hold_max", f->hold_us / 1000, "ms");
    sl_report_number(&bench->report, "mixed.checkpoints", (double)middle->checkpoints, "");
    free(runs);
}

/* Minutes have passed since the small ledger was measured, and the machine is another: the large one takes turns with a small one of
 * its own. */
static void measure_growth(struct sl_bench *bench, struct figures *f)
{
    struct sl_shape shape = shape_64x64(bench, "64x64");
    struct sl_outcome *small = new_outcomes(bench);
    struct sl_outcome *large = new_outcomes(bench);
    struct sl_outcome middle_small;
    struct sl_outcome middle_large;
    sl_bench_open_other(bench, small_size_before(bench));
    for (size_t i = 0; i < bench->options.repeat; i++) {
        sl_bench_change_ledger(bench);
        sl_bench_append(bench, &shape, 0, &small[i]);
        sl_bench_change_ledger(bench);
        sl_bench_append(bench, &shape, 0, &large[i]);
    }
    sl_daemon_stop(&bench->other);
    sl_bench_report_median(bench, "64x64.small_in_turn", small, &middle_small);
    sl_bench_report_median(bench, "64x64.large", large, &middle_large);
    f->growth = middle_large.events_per_s / middle_small.events_per_s;
    free(small);
    free(large);
}

static void measure_large(struct sl_bench *bench, struct figures *f)
{
    sl_bench_grow(bench, bench->options.size_large);
    measure_growth(bench, f);
    f->head = sl_daemon_state(&bench->daemon).head;
    sl_daemon_sample(&bench->daemon);
    f->rss_bytes = (double)bench->daemon.rss_anon_max;
    f->peak_bytes = (double)sl_daemon_memory(&bench->daemon, "VmHWM");
    sl_report_number(&bench->report, "memory.rss_anon_max", f->rss_bytes / MIB, "MiB");
    sl_report_number(&bench->report, "memory.peak_with_files", f->peak_bytes / MIB, "MiB");
}

static void measure_offline(struct sl_bench *bench, struct figures *f)
{
    sl_daemon_stop(&bench->daemon);
    f->event_bytes = (double)sl_directory_bytes(bench->daemon.ledger) / (double)f->head;
    sl_report_number(&bench->report, "disk.bytes_per_event", f->event_bytes, "bytes");
    double seconds = sl_daemon_offline(&bench->daemon, "rebuild");
    f->rebuild_rate = (double)f->head / seconds;
    sl_report_number(&bench->report, "rebuild.seconds", seconds, "s");
    sl_report_number(&bench->report, "events", (double)f->head, "events in the ledger");
}

static void print_promises(struct sl_bench *bench, const struct figures *f)
{
    const struct sl_promise promises[] = {
        {"promise.64x64_of_floor", "64 connections x 64 in flight, of raw LMDB",
         f->small_rate / f->floors.lmdb_events_per_s, FLOOR_SHARE_MIN, true, "x"},
        {"promise.1x1_of_floor", "one at a time, p50, of one fdatasync", f->single_flushes,
         FLUSHES_PER_EVENT_MAX, false, "x"},
        {"promise.1x1000_of_floor", "one connection, batches of 1,000, of raw LMDB",
         f->batch_rate / f->floors.lmdb_events_per_s, FLOOR_SHARE_MIN, true, "x"},
        {"promise.rank_p99_us", "rank among 10,000 while appending at half speed, p99",
         f->rank_p99_ns / 1000, RANK_P99_US_MAX, false, "us"},
        {"promise.rebuild_rate", "rebuild of all derived state", f->rebuild_rate, REBUILD_RATE_MIN,
         true, "events/s"},
        {"promise.rss_mib", "memory (RssAnon) at the large size", f->rss_bytes / MIB, RSS_MIB_MAX,
         false, "MiB"},
        {"promise.growth", "64 x 64 on the large ledger, of the small one", f->growth,
         GROWTH_SHARE_MIN, true, "x"},
        {"promise.hold_ms", "longest reply hold, checkpoints included", f->hold_us / 1000,
         HOLD_MS_MAX, false, "ms"},
    };
    sl_report_promises_begin(&bench->report);
    for (size_t i = 0; i < sizeof promises / sizeof promises[0]; i++) {
        sl_report_promise(&bench->report, &promises[i]);
    }
}

void sl_bench_all(struct sl_bench *bench)
{
    struct figures f = {.floors = sl_bench_floors(bench)};
    sl_daemon_start(&bench->daemon);
    sl_bench_setup(bench);
    measure_small(bench, &f);
    measure_mixed(bench, &f);
    measure_large(bench, &f);
    measure_offline(bench, &f);
    print_promises(bench, &f);
}
