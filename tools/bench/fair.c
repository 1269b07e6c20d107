/* Ten modest clients, each of which waits for its answer before it sends the next event; beside them one that takes all it can get, or many
 * that ask for much. The modest ones have a thread of their own, so that what they wait for is the daemon and not the other's replies. */
#include "bench.h"

#include "asker.h"
#include "fail.h"
#include "workload.h"
#include <stdio.h>
#include <time.h>

#define MODEST          10u
#define EQUALS          8u
#define NS_PER_S        1000000000
#define MODEST_RATE_MAX 5000u /* events per second and connection that are prepared */
#define GREEDY_TIMES    6u    /* of --events are prepared for the greedy */
#define QUESTIONS       20000u

struct greed {
    const char *name;
    uint32_t connections;
    uint32_t in_flight; /* of each */
    uint32_t batch;     /* 0: questions */
};

static void ask_for_everybody(struct sl_lane *lane)
{
    Salesledger__V1__MeasuresRequest measures = SALESLEDGER__V1__MEASURES_REQUEST__INIT;
    Salesledger__V1__Request request = SALESLEDGER__V1__REQUEST__INIT;
    char booked[] = "booked.amount";
    char won[] = "won.count";
    char period[] = "2025";
    char *names[] = {booked, won};
    measures.n_measures = sizeof names / sizeof names[0];
    measures.measures = names;
    measures.period = period;
    measures.has_by = true;
    measures.by = SALESLEDGER__V1__DIMENSION__BY_PERSON;
    request.measures = &measures;
    for (uint32_t i = 0; i < QUESTIONS; i++) {
        sl_frames_add_request(&lane->frames, &request);
    }
}

static struct sl_lane *prepare_greedy(struct sl_bench *bench, const struct greed *greed)
{
    struct sl_lane *lanes = sl_lanes_new(greed->connections);
    struct sl_shape shape = {.connections = greed->connections,
                             .in_flight = greed->in_flight,
                             .batch = greed->batch,
                             .events = GREEDY_TIMES * bench->options.events};
    if (greed->batch > 0) {
        sl_bench_prepare_appends(bench, &shape, 0, lanes);
    }
    for (uint32_t i = 0; i < greed->connections; i++) {
        if (greed->batch == 0) {
            ask_for_everybody(&lanes[i]);
            lanes[i].in_flight = greed->in_flight;
        }
        lanes[i].is_tolerant = true;
    }
    return lanes;
}

static struct sl_lane *prepare_modest(struct sl_bench *bench)
{
    struct sl_lane *lanes = sl_lanes_new(MODEST);
    struct sl_shape shape = {.connections = MODEST,
                             .in_flight = 1,
                             .batch = 1,
                             .events = (uint64_t)MODEST * MODEST_RATE_MAX * bench->options.seconds};
    sl_bench_prepare_appends(bench, &shape, 0, lanes);
    return lanes;
}

static void pass(uint64_t seconds)
{
    struct timespec time = {.tv_sec = (time_t)seconds};
    (void)nanosleep(&time, NULL); /* a signal ends the program */
}

static void
report_modest(const struct sl_bench *bench, const char *name, const struct sl_load *load)
{
    struct sl_histogram latency_ns = {0};
    char key[64];
    uint64_t receipts = 0;
    for (size_t i = 0; i < load->count; i++) {
        sl_histogram_merge(&latency_ns, &load->lanes[i].latency_ns);
        receipts += load->lanes[i].receipts;
    }
    (void)snprintf(key, sizeof key, "fair.%s.modest_rate", name);
    sl_report_number(&bench->report, key, (double)receipts * NS_PER_S / (double)load->elapsed_ns,
                     "events/s");
    (void)snprintf(key, sizeof key, "fair.%s.modest_latency", name);
    sl_report_latency(&bench->report, key, &latency_ns);
}

static void
report_greedy(const struct sl_bench *bench, const char *name, const struct sl_load *load)
{
    char key[64];
    uint64_t answers = 0;
    uint64_t busy = 0;
    for (size_t i = 0; i < load->count; i++) {
        const struct sl_lane *lane = &load->lanes[i];
        answers += lane->receipts > 0 ? lane->receipts : lane->answered - lane->busy;
        busy += lane->busy;
    }
    (void)snprintf(key, sizeof key, "fair.%s.greedy_rate", name);
    sl_report_number(&bench->report, key, (double)answers * NS_PER_S / (double)load->elapsed_ns,
                     "answers or events/s");
    (void)snprintf(key, sizeof key, "fair.%s.greedy_busy", name);
    sl_report_number(&bench->report, key, (double)busy, "requests");
}

/* NULL: without a greedy one. */
static void run_beside(struct sl_bench *bench, const struct greed *greed)
{
    const char *name = greed == NULL ? "alone" : greed->name;
    struct sl_load load = {.socket_path = bench->daemon.socket_path,
                           .duration_ns = (int64_t)bench->options.seconds * NS_PER_S};
    struct sl_asker modest = {.load = {.socket_path = bench->daemon.socket_path,
                                       .lanes = prepare_modest(bench),
                                       .count = MODEST}};
    if (greed != NULL) {
        load.lanes = prepare_greedy(bench, greed);
        load.count = greed->connections;
    }
    sl_asker_start(&modest);
    if (greed != NULL) {
        sl_load_run(&load);
    } else {
        pass(bench->options.seconds);
    }
    sl_asker_stop(&modest);
    report_modest(bench, name, &modest.load);
    if (greed != NULL) {
        report_greedy(bench, name, &load);
        sl_lanes_free(load.lanes, load.count);
    }
    sl_lanes_free(modest.load.lanes, MODEST);
}

/* Receipts of each until the time was over. */
static void run_equals(struct sl_bench *bench)
{
    static const struct greed greed = {"equals", EQUALS, 256, 1};
    struct sl_lane *lanes = prepare_greedy(bench, &greed);
    struct sl_load load = {.socket_path = bench->daemon.socket_path,
                           .lanes = lanes,
                           .count = EQUALS,
                           .duration_ns = (int64_t)bench->options.seconds * NS_PER_S};
    sl_load_run(&load);
    uint64_t least = UINT64_MAX;
    uint64_t most = 0;
    for (uint32_t i = 0; i < EQUALS; i++) {
        least = lanes[i].receipts < least ? lanes[i].receipts : least;
        most = lanes[i].receipts > most ? lanes[i].receipts : most;
    }
    sl_report_number(&bench->report, "fair.equals.least", (double)least, "events");
    sl_report_number(&bench->report, "fair.equals.most", (double)most, "events");
    sl_report_number(&bench->report, "fair.equals.most_by_least",
                     (double)most / (double)(least > 0 ? least : 1), "");
    sl_lanes_free(lanes, EQUALS);
}

void sl_bench_fair(struct sl_bench *bench)
{
    static const struct greed greeds[] = {
        {"single", 1, 1024, 1},
        {"batches", 1, 16, 1000},
        {"questions", 1, 64, 0},
        {"askers", 16, 4, 0},
    };
    run_beside(bench, NULL);
    for (size_t i = 0; i < sizeof greeds / sizeof greeds[0]; i++) {
        run_beside(bench, &greeds[i]);
    }
    run_equals(bench);
}
