/* The best rate in a closed loop; then twice that in an open one; then single events one at a time, as before. Events that depend on a
 * refused one are refused by rule and counted as served: the daemon has worked on them. */
#include "bench.h"

#include "fail.h"
#include <stdio.h>
#include <stdlib.h>

#define NS_PER_S     1000000000
#define TIMES        2.0
#define PROBE_EVENTS 500u

/* One connection, one event at a time. */
static void probe(struct sl_bench *bench, const char *name)
{
    struct sl_shape shape = {
        .name = name, .connections = 1, .in_flight = 1, .batch = 1, .events = PROBE_EVENTS};
    struct sl_outcome outcome;
    sl_bench_append(bench, &shape, 0, &outcome);
    sl_report_latency(&bench->report, name, &outcome.latency_ns);
}

static void
report(const struct sl_bench *bench, const struct sl_load *load, double best, uint64_t offered)
{
    const struct sl_report *out = &bench->report;
    struct sl_histogram latency_ns = {0};
    struct sl_histogram busy_ns = {0};
    uint64_t served = 0;
    uint64_t by_rule = 0;
    uint64_t busy = 0;
    for (size_t i = 0; i < load->count; i++) {
        sl_histogram_merge(&latency_ns, &load->lanes[i].latency_ns);
        sl_histogram_merge(&busy_ns, &load->lanes[i].busy_ns);
        served += load->lanes[i].receipts;
        by_rule += load->lanes[i].refused;
        busy += load->lanes[i].busy;
    }
    double seconds = (double)load->stopped_ns / NS_PER_S;
    double rate = (double)served * NS_PER_S / (double)load->elapsed_ns;
    sl_report_number(out, "overload.due", (double)offered / seconds, "events/s");
    sl_report_number(out, "overload.sent", (double)(served + busy) / seconds, "events/s");
    sl_report_number(out, "overload.served", rate, "events/s");
    sl_report_number(out, "overload.served_by_best", rate / best, "");
    sl_report_number(out, "overload.busy", (double)busy / (double)(served + busy),
                     "of what was sent");
    sl_report_number(out, "overload.by_rule", (double)by_rule / (double)served,
                     "of what was served");
    sl_report_latency(out, "overload.latency", &latency_ns);
    sl_report_latency(out, "overload.busy_latency", &busy_ns);
    sl_report_number(out, "overload.drained_after",
                     (double)(load->elapsed_ns - load->stopped_ns) / 1e6, "ms");
}

void sl_bench_overload(struct sl_bench *bench)
{
    const struct sl_bench_options *options = &bench->options;
    struct sl_outcome best;
    struct sl_shape shape = {.name = "overload.best",
                             .connections = (uint32_t)options->connections,
                             .in_flight = (uint32_t)options->in_flight,
                             .batch = (uint32_t)options->batch,
                             .events = options->events};
    probe(bench, "overload.before");
    sl_bench_append_median(bench, &shape, &best);
    shape.in_flight = 0;
    shape.burst = 1;
    shape.rate = TIMES * best.events_per_s;
    shape.events = (uint64_t)(shape.rate * (double)options->seconds);
    struct sl_lane *lanes = sl_lanes_new(shape.connections);
    struct sl_load load = {.socket_path = bench->daemon.socket_path,
                           .lanes = lanes,
                           .count = shape.connections,
                           .duration_ns = (int64_t)options->seconds * NS_PER_S};
    sl_bench_prepare_appends(bench, &shape, 0, lanes);
    for (uint32_t i = 0; i < shape.connections; i++) {
        lanes[i].is_tolerant = true;
    }
    sl_load_run(&load);
    probe(bench, "overload.after");
    report(bench, &load, best.events_per_s, shape.events);
    sl_lanes_free(lanes, shape.connections);
}
