/* The best rate in a closed loop; twice that; single events one at a time before and after. */
#include "bench.h"

#include "fail.h"
#include "flood.h"
#include <stdlib.h>

#define NS_PER_S     1000000000
#define TIMES        2.0
#define PROBE_EVENTS 500u

#define SERVED_MIN     0.9
#define DRAINED_MS_MAX 500.0
#define BUSY_MIN       0.1  /* of what is sent: twice of what can be served */
#define BUSY_MS_MAX    20.0 /* p50 */
#define AFTER_MAX      2.0  /* p50, of that before */

/* One connection, one event at a time; p50. */
static double probe(struct sl_bench *bench, const char *name)
{
    struct sl_shape shape = {
        .name = name, .connections = 1, .in_flight = 1, .batch = 1, .events = PROBE_EVENTS};
    struct sl_outcome outcome;
    sl_bench_append(bench, &shape, 0, &outcome);
    sl_report_latency(&bench->report, name, &outcome.latency_ns);
    return (double)sl_histogram_quantile(&outcome.latency_ns, 500);
}

/* For as long as the flood: what the daemon puts off for a second is part of its rate. */
static double best_rate(struct sl_bench *bench, struct sl_shape *shape, double expected)
{
    struct sl_outcome outcome;
    shape->events = (uint64_t)(expected * (double)bench->options.seconds);
    sl_bench_append(bench, shape, 0, &outcome);
    sl_report_number(&bench->report, shape->name, outcome.events_per_s, "events/s");
    return outcome.events_per_s;
}

static void
promise(struct sl_report *out, const struct sl_flood *flood, double part, double after_by_before)
{
    const struct sl_promise promises[] = {
        {"promise.overload_served", "overload: served at twice the best rate, of that", part,
         SERVED_MIN, true, ""},
        {"promise.overload_refused", "overload: BUSY, of what was sent",
         (double)flood->busy / (double)flood->sent, BUSY_MIN, true, ""},
        {"promise.overload_busy", "overload: BUSY, p50",
         (double)sl_histogram_quantile(&flood->busy_ns, 500) / 1e6, BUSY_MS_MAX, false, "ms"},
        {"promise.overload_drained", "overload: the last answer after the last request",
         (double)(flood->elapsed_ns - flood->stopped_ns) / 1e6, DRAINED_MS_MAX, false, "ms"},
        {"promise.overload_after", "overload: one event at a time right afterwards, of before",
         after_by_before, AFTER_MAX, false, "x"},
    };
    sl_report_promises_begin(out);
    for (size_t i = 0; i < sizeof promises / sizeof promises[0]; i++) {
        sl_report_promise(out, &promises[i]);
    }
}

static void
report(struct sl_report *out, const struct sl_flood *flood, double best, double after_by_before)
{
    double served = (double)flood->served * NS_PER_S / (double)flood->elapsed_ns;
    double seconds = (double)flood->stopped_ns / NS_PER_S;
    sl_report_number(out, "overload.sent", (double)flood->sent / seconds, "events/s");
    sl_report_number(out, "overload.left_out", (double)flood->left_out / seconds, "events/s");
    sl_report_number(out, "overload.served", served, "events/s");
    sl_report_number(out, "overload.served_by_best", served / best, "");
    sl_report_number(out, "overload.busy", (double)flood->busy / (double)flood->sent,
                     "of what was sent");
    sl_report_number(out, "overload.by_rule",
                     (double)flood->by_rule / (double)(flood->served + flood->by_rule),
                     "of all receipts");
    sl_report_latency(out, "overload.latency", &flood->served_ns);
    sl_report_latency(out, "overload.busy_latency", &flood->busy_ns);
    promise(out, flood, served / best, after_by_before);
}

static void run_flood(struct sl_bench *bench, struct sl_shape *shape, struct sl_flood *flood)
{
    struct sl_lane *lanes = sl_lanes_new(shape->connections);
    shape->events = (uint64_t)(flood->rate * (double)bench->options.seconds);
    sl_bench_prepare_appends(bench, shape, 0, lanes);
    flood->frames = sl_check_memory(calloc(shape->connections, sizeof *flood->frames));
    for (uint32_t i = 0; i < shape->connections; i++) {
        flood->frames[i] = lanes[i].frames; /* lent */
    }
    sl_flood_run(flood);
    free(flood->frames);
    flood->frames = NULL;
    sl_lanes_free(lanes, shape->connections);
}

void sl_bench_overload(struct sl_bench *bench)
{
    const struct sl_bench_options *options = &bench->options;
    struct sl_outcome first;
    struct sl_shape shape = {.name = "overload.first",
                             .connections = (uint32_t)options->connections,
                             .in_flight = (uint32_t)options->in_flight,
                             .batch = 1,
                             .events = options->events};
    sl_bench_append(bench, &shape, 0, &first);
    double before_ns = probe(bench, "overload.before");
    shape.name = "overload.best";
    double best = best_rate(bench, &shape, first.events_per_s);
    struct sl_flood flood = {.socket_path = bench->daemon.socket_path,
                             .connections = shape.connections,
                             .burst = shape.in_flight,
                             .rate = TIMES * best,
                             .duration_ns = (int64_t)options->seconds * NS_PER_S};
    run_flood(bench, &shape, &flood);
    double after_ns = probe(bench, "overload.after");
    shape.name = "overload.best_again";
    best = (best + best_rate(bench, &shape, best)) / 2;
    report(&bench->report, &flood, best, after_ns / before_ns);
}
