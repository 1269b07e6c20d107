/* Measurements: pack, run, add up. */
#include "bench.h"

#include "asker.h"
#include "echo.h"
#include "fail.h"
#include "floor.h"
#include "load.h"
#include "workload.h"
#include <stdio.h>
#include <stdlib.h>

#define NS_PER_S        1e9
#define FIRST_RANKS     60u /* so many that each period is among them */
#define GROW_EVENTS     1000000u
#define GROW_BATCH      1000u
#define GROW_IN_FLIGHT  8u
#define SETUP_IN_FLIGHT 4u
#define FDATASYNC_COUNT 2000u

static void run_lanes(struct sl_bench *bench, struct sl_load *load)
{
    load->socket_path = bench->daemon.socket_path;
    load->sample = sl_daemon_sample;
    load->ctx = &bench->daemon;
    sl_load_run(load);
    uint64_t duplicates = 0;
    uint64_t missing = 0;
    for (size_t i = 0; i < load->count; i++) {
        duplicates += load->lanes[i].duplicates;
        missing += load->lanes[i].frames.events - load->lanes[i].receipts;
    }
    if (duplicates + missing > 0) {
        sl_fail("%llu events were taken for duplicates, %llu got no receipt",
                (unsigned long long)duplicates, (unsigned long long)missing);
    }
}

void sl_bench_setup(struct sl_bench *bench)
{
    /* Deals are named after their run: numbers above all that earlier programs can have used on
     * this ledger. */
    uint32_t head = (uint32_t)sl_daemon_state(&bench->daemon).head;
    bench->run = bench->run > head ? bench->run : head;
    if (bench->options.has_company) {
        return;
    }
    struct sl_lane *lane = sl_lanes_new(1);
    struct sl_load load = {.lanes = lane, .count = 1};
    sl_workload_company(bench->options.seed, &lane->frames);
    lane->in_flight = SETUP_IN_FLIGHT;
    run_lanes(bench, &load);
    sl_lanes_free(lane, 1);
}

/* The connections take turns, each with a burst. */
static void pace_open(struct sl_lane *lane, const struct sl_shape *shape, uint32_t index)
{
    double frames_per_s = shape->rate / shape->batch;
    lane->interval_ns = (int64_t)(NS_PER_S * shape->connections / frames_per_s);
    lane->tick_ns = lane->interval_ns * shape->burst;
    lane->phase_ns = lane->tick_ns * index / shape->connections;
}

void sl_bench_prepare_appends(struct sl_bench *bench,
                              const struct sl_shape *shape,
                              uint64_t before,
                              struct sl_lane *lanes)
{
    struct sl_workload_plan plan = {.seed = bench->options.seed,
                                    .run = ++bench->run,
                                    .streams = shape->connections,
                                    .events = shape->events,
                                    .batch = shape->batch,
                                    .before = before,
                                    .base_ms = sl_workload_now_ms()};
    for (uint32_t i = 0; i < shape->connections; i++) {
        sl_workload_stream(&plan, i, &lanes[i].frames);
        lanes[i].in_flight = shape->in_flight;
        if (shape->in_flight == 0) {
            pace_open(&lanes[i], shape, i);
        }
    }
}

/* Enough questions for twice the time the appends should take: a slow ledger must not run out of
 * them. */
static void prepare_ranks(struct sl_bench *bench,
                          const struct sl_shape *shape,
                          uint64_t rank_rate,
                          uint64_t before,
                          struct sl_asker *asker)
{
    struct sl_lane *lane = sl_lanes_new(1);
    *asker = (struct sl_asker){
        .load = {.socket_path = bench->daemon.socket_path, .lanes = lane, .count = 1}};
    double seconds = (double)shape->events / shape->rate;
    size_t count = (size_t)(2.0 * seconds * (double)rank_rate) + 1;
    sl_workload_ranks(bench->options.seed, before, count, &lane->frames);
    lane->interval_ns = (int64_t)(NS_PER_S / (double)rank_rate);
}

/* The first question about each period has its ranking built. That is measured apart: what is promised is a place in a ranking
 * that is asked for again and again. */
static void ask_first_ranks(struct sl_bench *bench, uint64_t before)
{
    struct sl_lane *lane = sl_lanes_new(1);
    struct sl_load load = {.lanes = lane, .count = 1};
    sl_workload_ranks(bench->options.seed, before, FIRST_RANKS, &lane->frames);
    lane->in_flight = 1;
    run_lanes(bench, &load);
    sl_report_latency(&bench->report, "mixed.first_ranks", &lane->latency_ns);
    sl_lanes_free(lane, 1);
}

void sl_bench_append(struct sl_bench *bench,
                     const struct sl_shape *shape,
                     uint64_t rank_rate,
                     struct sl_outcome *ret_outcome)
{
    struct sl_lane *lanes = sl_lanes_new(shape->connections);
    struct sl_load load = {.lanes = lanes, .count = shape->connections};
    struct sl_asker asker;
    struct sl_echo echo;
    uint64_t before = sl_daemon_state(&bench->daemon).head;
    *ret_outcome = (struct sl_outcome){0};
    sl_bench_prepare_appends(bench, shape, before, lanes);
    if (rank_rate > 0) {
        ask_first_ranks(bench, before);
        prepare_ranks(bench, shape, rank_rate, before, &asker);
        echo.interval_ns = asker.load.lanes->interval_ns;
        sl_echo_start(&echo);
        sl_asker_start(&asker);
    }
    run_lanes(bench, &load);
    if (rank_rate > 0) {
        sl_asker_stop(&asker);
        sl_echo_stop(&echo);
        ret_outcome->echo_ns = echo.latency_ns;
        ret_outcome->rank_ns = asker.load.lanes->latency_ns;
        sl_lanes_free(asker.load.lanes, 1);
    }
    for (size_t i = 0; i < shape->connections; i++) {
        sl_histogram_merge(&ret_outcome->latency_ns, &lanes[i].latency_ns);
    }
    ret_outcome->events_per_s = (double)shape->events * NS_PER_S / (double)load.elapsed_ns;
    sl_lanes_free(lanes, shape->connections);
}

void sl_bench_report_mixed(struct sl_bench *bench, const struct sl_outcome *outcome)
{
    sl_report_number(&bench->report, "mixed.rate", outcome->events_per_s, "events/s");
    sl_report_latency(&bench->report, "mixed.append_latency", &outcome->latency_ns);
    sl_report_latency(&bench->report, "mixed.rank_latency", &outcome->rank_ns);
    sl_report_latency(&bench->report, "mixed.echo_latency", &outcome->echo_ns);
}

static int compare_rates(const void *a, const void *b)
{
    double x = ((const struct sl_outcome *)a)->events_per_s;
    double y = ((const struct sl_outcome *)b)->events_per_s;
    return (x > y) - (x < y);
}

void sl_bench_report_median(struct sl_bench *bench,
                            const char *name,
                            struct sl_outcome *outcomes,
                            struct sl_outcome *ret_outcome)
{
    size_t repeat = bench->options.repeat;
    char key[96];
    qsort(outcomes, repeat, sizeof *outcomes, compare_rates);
    *ret_outcome = outcomes[(repeat - 1) / 2];
    (void)snprintf(key, sizeof key, "%s.rate", name);
    sl_report_number(&bench->report, key, ret_outcome->events_per_s, "events/s");
    (void)snprintf(key, sizeof key, "%s.rate_min", name);
    sl_report_number(&bench->report, key, outcomes[0].events_per_s, "events/s");
    (void)snprintf(key, sizeof key, "%s.rate_max", name);
    sl_report_number(&bench->report, key, outcomes[repeat - 1].events_per_s, "events/s");
    (void)snprintf(key, sizeof key, "%s.latency", name);
    sl_report_latency(&bench->report, key, &ret_outcome->latency_ns);
}

void sl_bench_append_median(struct sl_bench *bench,
                            const struct sl_shape *shape,
                            struct sl_outcome *ret_outcome)
{
    size_t repeat = bench->options.repeat;
    struct sl_outcome *outcomes = sl_check_memory(calloc(repeat, sizeof *outcomes));
    for (size_t i = 0; i < repeat; i++) {
        sl_bench_append(bench, shape, 0, &outcomes[i]);
    }
    sl_bench_report_median(bench, shape->name, outcomes, ret_outcome);
    free(outcomes);
}

void sl_bench_grow(struct sl_bench *bench, uint64_t events)
{
    uint64_t head = sl_daemon_state(&bench->daemon).head;
    while (head < events) {
        struct sl_outcome outcome;
        uint64_t left = events - head;
        struct sl_shape shape = {.name = "grow",
                                 .connections = 1,
                                 .in_flight = GROW_IN_FLIGHT,
                                 .batch = GROW_BATCH,
                                 .events = left < GROW_EVENTS ? left : GROW_EVENTS};
        sl_bench_append(bench, &shape, 0, &outcome);
        head += shape.events;
    }
}

static int compare_doubles(const void *a, const void *b)
{
    double x = *(const double *)a;
    double y = *(const double *)b;
    return (x > y) - (x < y);
}

double sl_bench_median(double *values, size_t count)
{
    qsort(values, count, sizeof *values, compare_doubles);
    return values[(count - 1) / 2];
}

double sl_bench_fdatasync_p50_ns(const struct sl_bench *bench)
{
    struct sl_histogram latency_ns = {0};
    sl_floor_fdatasync(bench->dir, FDATASYNC_COUNT, &latency_ns);
    return (double)sl_histogram_quantile(&latency_ns, 500);
}

void sl_bench_change_ledger(struct sl_bench *bench)
{
    struct sl_daemon daemon = bench->daemon;
    bench->daemon = bench->other;
    bench->other = daemon;
}

static void name_other(char *path, size_t size, const char *dir, const char *name)
{
    int len = snprintf(path, size, "%s/other.%s", dir, name);
    if (len < 0 || (size_t)len >= size) {
        sl_fail("too long: %s", dir);
    }
}

void sl_bench_open_other(struct sl_bench *bench, uint64_t events)
{
    struct sl_daemon *other = &bench->other;
    *other = (struct sl_daemon){.program = bench->daemon.program};
    name_other(other->ledger, sizeof other->ledger, bench->dir, "ledger");
    name_other(other->log, sizeof other->log, bench->dir, "log");
    name_other(other->socket_path, sizeof other->socket_path, bench->dir, "socket");
    sl_bench_change_ledger(bench);
    bench->options.has_company = false; /* this one is new */
    sl_daemon_start(&bench->daemon);
    sl_bench_setup(bench);
    sl_bench_grow(bench, events);
    sl_bench_change_ledger(bench);
}

struct sl_floors sl_bench_floors(struct sl_bench *bench)
{
    size_t repeat = bench->options.repeat;
    double *values = sl_check_memory(calloc(repeat * 3, sizeof *values));
    struct sl_workload_plan plan = {.seed = bench->options.seed,
                                    .streams = 1,
                                    .events = bench->options.events,
                                    .batch = 1,
                                    .base_ms = sl_workload_now_ms()};
    struct sl_frames frames = {0};
    sl_workload_stream(&plan, 0, &frames);
    for (size_t i = 0; i < repeat; i++) {
        struct sl_histogram latency_ns = {0};
        sl_floor_fdatasync(bench->dir, FDATASYNC_COUNT, &latency_ns);
        values[i] = (double)sl_histogram_quantile(&latency_ns, 500);
        values[repeat + i] = (double)sl_histogram_quantile(&latency_ns, 990);
        values[2 * repeat + i] = sl_floor_lmdb(bench->dir, &frames);
    }
    struct sl_floors floors = {.fdatasync_p50_ns = sl_bench_median(values, repeat),
                               .fdatasync_p99_ns = sl_bench_median(values + repeat, repeat),
                               .lmdb_events_per_s = sl_bench_median(values + 2 * repeat, repeat)};
    double event_bytes = (double)frames.event_bytes / (double)frames.events;
    sl_report_number(&bench->report, "event_bytes", event_bytes, "bytes per packed event");
    sl_report_number(&bench->report, "floor.lmdb", floors.lmdb_events_per_s, "events/s");
    sl_report_number(&bench->report, "floor.fdatasync_p50", floors.fdatasync_p50_ns / 1000, "us");
    sl_report_number(&bench->report, "floor.fdatasync_p99", floors.fdatasync_p99_ns / 1000, "us");
    sl_frames_deinit(&frames);
    free(values);
    return floors;
}
