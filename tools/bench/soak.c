/* A soak: for a long time many connections of every kind, which come and go, and afterwards the proof that nothing was lost.
 *
 *     set-up ─▶ ten stretches of equal length ─▶ no new requests, subscribers reach the head ─▶ all disconnected: sockets
 *            ─▶ the whole log is read and held against every receipt ─▶ the daemon ends in order, `check` */
#include "bench.h"

#include "fail.h"
#include "load.h"
#include "soak_questions.h"
#include "soak_report.h"
#include "soak_session.h"
#include "workload.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <unistd.h>

#define NS_PER_S              INT64_C(1000000000)
#define SWEEP_NS              INT64_C(1000000)
#define STRETCHES             10u
#define READY_MAX             256
#define SILENCE_S_MAX         30
#define QUESTIONS             1000u
#define WRITER_EVENTS         256u
#define DESCRIPTORS_OWN       64u
#define ASKERS_PER_CENT       10u
#define SUBSCRIBERS_PER_CENT  20u
#define THROUGHPUT_SHARE_MIN  0.9
#define DESCRIPTORS_MORE_MAX  16.0 /* segments of the journal, and what the store has open */
#define CHECKPOINTS_PER_S_MIN 0.8
#define MEMORY_SHARE_MAX      1.1

struct stretch {
    struct sl_soak_tally tally;
    struct sl_soak_seen seen;
};

struct soak {
    struct sl_bench *bench;
    struct sl_soak_world world;
    struct sl_soak_proof proof;
    struct sl_frames questions;
    struct sl_soak_session *sessions;
    uint32_t count;
    struct stretch stretches[STRETCHES];
    struct stretch after; /* once it is over */
    struct stretch *now;
    uint64_t sockets_before; /* the connections; 0: not known */
    uint64_t descriptors_before;
    uint64_t checkpoints; /* while the stretches ran */
    int64_t swept_ns;
    int64_t sampled_ns;
};

static uint64_t share_of(uint64_t count, uint64_t per_cent)
{
    return count * per_cent / 100;
}

/* Small pieces, since most of a long soak is not needed yet. Each piece is a run of its own, with deals of its own. */
static void refill(void *ctx, uint32_t session, struct sl_frames *frames)
{
    static const uint32_t batches[] = {1, 1, 1, 1, 2, 1, 1, 10};
    struct soak *soak = ctx;
    struct sl_workload_plan plan = {
        .seed = soak->bench->options.seed + session,
        .run = ++soak->bench->run,
        .streams = 1,
        .events = WRITER_EVENTS,
        .batch = batches[session % (sizeof batches / sizeof batches[0])],
        .before = soak->proof.last,
        .base_ms = sl_workload_now_ms(),
    };
    sl_workload_stream(&plan, 0, frames);
}

static void raise_descriptor_limit(uint64_t wanted)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur >= wanted) {
        return;
    }
    limit.rlim_cur = limit.rlim_max < wanted ? limit.rlim_max : wanted;
    if (setrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur < wanted) {
        sl_fail("%llu connections take more descriptors than this process may have",
                (unsigned long long)wanted);
    }
}

static void open_sessions(struct soak *soak)
{
    uint64_t head = sl_daemon_state(&soak->bench->daemon).head;
    uint64_t askers = share_of(soak->count, ASKERS_PER_CENT);
    uint64_t subscribers = share_of(soak->count, SUBSCRIBERS_PER_CENT);
    soak->proof.first = head + 1;
    for (uint32_t i = 0; i < soak->count; i++) {
        enum sl_soak_role role = i < askers                 ? SL_SOAK_ASKER
                                 : i < askers + subscribers ? SL_SOAK_SUBSCRIBER
                                                            : SL_SOAK_WRITER;
        sl_soak_session_open(&soak->sessions[i], role, i, head + 1);
    }
}

static void prepare(struct soak *soak)
{
    const struct sl_bench_options *options = &soak->bench->options;
    soak->count = (uint32_t)options->connections;
    raise_descriptor_limit(options->connections + DESCRIPTORS_OWN);
    soak->sessions = sl_check_memory(calloc(soak->count, sizeof *soak->sessions));
    sl_soak_questions(options->seed, QUESTIONS, &soak->questions);
    soak->world = (struct sl_soak_world){
        .socket_path = soak->bench->daemon.socket_path,
        .poll_fd = epoll_create1(EPOLL_CLOEXEC),
        .think_ms = (uint32_t)options->think_ms,
        .questions = &soak->questions,
        .proof = &soak->proof,
        .refill = refill,
        .ctx = soak,
    };
    if (soak->world.poll_fd < 0) {
        sl_fail("epoll: %s", strerror(errno));
    }
    open_sessions(soak);
}

static void stretch_begin(struct soak *soak, struct stretch *stretch)
{
    soak->now = stretch;
    soak->world.tally = &stretch->tally;
}

static void sample(struct soak *soak)
{
    struct sl_soak_seen *seen = &soak->now->seen;
    uint64_t rss = sl_daemon_memory(&soak->bench->daemon, "RssAnon");
    uint64_t sockets = sl_daemon_sockets(&soak->bench->daemon);
    seen->rss_max = rss > seen->rss_max ? rss : seen->rss_max;
    seen->sockets_max = sockets > seen->sockets_max ? sockets : seen->sockets_max;
    for (uint32_t i = 0; i < soak->count; i++) {
        const struct sl_soak_session *session = &soak->sessions[i];
        bool is_behind =
            session->role == SL_SOAK_SUBSCRIBER && session->seq + seen->lag_max <= soak->proof.last;
        seen->lag_max = is_behind ? soak->proof.last - session->seq + 1 : seen->lag_max;
    }
}

static void check_answered(const struct sl_soak_session *session, int64_t now_ns)
{
    if (session->is_waiting && now_ns - session->sent_ns > SILENCE_S_MAX * NS_PER_S) {
        sl_fail("the daemon has not answered for %d seconds", SILENCE_S_MAX);
    }
}

static void turn(struct soak *soak)
{
    struct epoll_event ready[READY_MAX];
    int count = epoll_wait(soak->world.poll_fd, ready, READY_MAX, 1);
    int64_t now_ns = sl_now_ns();
    for (int i = 0; i < count; i++) {
        sl_soak_session_serve(&soak->sessions[ready[i].data.u32], &soak->world, now_ns);
    }
    if (now_ns - soak->swept_ns < SWEEP_NS) {
        return;
    }
    soak->swept_ns = now_ns;
    for (uint32_t i = 0; i < soak->count; i++) {
        sl_soak_session_act(&soak->sessions[i], &soak->world, now_ns);
        check_answered(&soak->sessions[i], now_ns);
    }
    if (now_ns - soak->sampled_ns >= NS_PER_S) {
        soak->sampled_ns = now_ns;
        sample(soak);
    }
}

static void run_stretches(struct soak *soak)
{
    uint64_t checkpoints_before = sl_daemon_state(&soak->bench->daemon).checkpoints;
    int64_t start_ns = sl_now_ns();
    int64_t length_ns = (int64_t)soak->bench->options.seconds * NS_PER_S / STRETCHES;
    for (uint32_t i = 0; i < STRETCHES; i++) {
        stretch_begin(soak, &soak->stretches[i]);
        while (sl_now_ns() < start_ns + (i + 1) * length_ns) {
            turn(soak);
        }
        sample(soak);
        sl_soak_report_stretch(i, &soak->now->tally, &soak->now->seen, (double)length_ns / 1e9);
    }
    soak->checkpoints = sl_daemon_state(&soak->bench->daemon).checkpoints - checkpoints_before;
}

static bool is_finished(const struct soak *soak)
{
    for (uint32_t i = 0; i < soak->count; i++) {
        const struct sl_soak_session *session = &soak->sessions[i];
        bool is_behind = session->role == SL_SOAK_SUBSCRIBER && session->seq <= soak->proof.last;
        if (session->is_waiting || is_behind) {
            return false;
        }
    }
    return true;
}

static void finish(struct soak *soak)
{
    stretch_begin(soak, &soak->after);
    soak->world.is_ending = true;
    while (!is_finished(soak)) {
        turn(soak);
    }
    for (uint32_t i = 0; i < soak->count; i++) {
        sl_soak_session_close(&soak->sessions[i]);
    }
}

/* One more subscriber, who compares. */
static void verify(struct soak *soak)
{
    soak->world.is_verifying = true;
    soak->count = 1;
    sl_soak_session_open(&soak->sessions[0], SL_SOAK_SUBSCRIBER, 0, soak->proof.first);
    while (!is_finished(soak)) {
        turn(soak);
    }
    sl_soak_session_close(&soak->sessions[0]);
    if (soak->proof.found != soak->proof.acknowledged) {
        sl_fail("%llu events were acknowledged, %llu are in the log",
                (unsigned long long)soak->proof.acknowledged,
                (unsigned long long)soak->proof.found);
    }
}

/* The daemon sees the ends of connections when it gets to them, which is before it answers who asks later. */
static uint64_t sockets_left(const struct soak *soak)
{
    uint64_t left = 0;
    for (int i = 0; i < SILENCE_S_MAX && (i == 0 || left > soak->sockets_before); i++) {
        (void)sl_daemon_state(&soak->bench->daemon);
        left = sl_daemon_sockets(&soak->bench->daemon);
    }
    return left;
}

/* What the system does not tell is no number and no promise. */
static void report_left(struct sl_report *report,
                        const struct sl_promise *promise,
                        uint64_t left,
                        uint64_t before)
{
    if (left == 0 || before == 0) {
        sl_report_text(report, promise->key, "not known");
        return;
    }
    struct sl_promise told = *promise;
    told.value = (double)left - (double)before;
    sl_report_promise(report, &told);
}

static double ratio(double value, double base)
{
    return base > 0 ? value / base : 0;
}

static void report(struct soak *soak)
{
    const struct stretch *second = &soak->stretches[1];
    const struct stretch *last = &soak->stretches[STRETCHES - 1];
    struct sl_soak_tally sum = {0};
    for (uint32_t i = 0; i < STRETCHES; i++) {
        sl_soak_tally_add(&sum, &soak->stretches[i].tally);
    }
    sl_soak_report_sum(&soak->bench->report, &sum, (double)soak->bench->options.seconds);
    sl_report_number(&soak->bench->report, "soak.acknowledged", (double)soak->proof.acknowledged,
                     "events, each found in the log");
    uint64_t sockets = sockets_left(soak);
    uint64_t descriptors = sl_daemon_descriptors(&soak->bench->daemon);
    const struct sl_promise sockets_promise = {
        .key = "promise.soak_sockets", .text = "sockets left, beyond those before", .unit = ""};
    const struct sl_promise descriptors_promise = {.key = "promise.soak_descriptors",
                                                   .text = "descriptors left, beyond those before",
                                                   .bound = DESCRIPTORS_MORE_MAX,
                                                   .unit = ""};
    const struct sl_promise promises[] = {
        {"promise.soak_throughput", "events, last tenth, of the second",
         ratio((double)last->tally.appended, (double)second->tally.appended), THROUGHPUT_SHARE_MIN,
         true, "x"},
        {"promise.soak_answers", "answers, last tenth, of the second",
         ratio((double)last->tally.answered, (double)second->tally.answered), THROUGHPUT_SHARE_MIN,
         true, "x"},
        {"promise.soak_memory", "memory (RssAnon), last tenth, of the second",
         ratio((double)last->seen.rss_max, (double)second->seen.rss_max), MEMORY_SHARE_MAX, false,
         "x"},
        {"promise.soak_checkpoints", "checkpoints",
         ratio((double)soak->checkpoints, (double)soak->bench->options.seconds),
         CHECKPOINTS_PER_S_MIN, true, "per s"},
    };
    sl_report_promises_begin(&soak->bench->report);
    for (size_t i = 0; i < sizeof promises / sizeof promises[0]; i++) {
        sl_report_promise(&soak->bench->report, &promises[i]);
    }
    report_left(&soak->bench->report, &sockets_promise, sockets, soak->sockets_before);
    report_left(&soak->bench->report, &descriptors_promise, descriptors, soak->descriptors_before);
}

void sl_bench_soak(struct sl_bench *bench)
{
    struct soak *soak = sl_check_memory(calloc(1, sizeof *soak));
    soak->bench = bench;
    sl_bench_setup(bench);
    soak->sockets_before = sl_daemon_sockets(&bench->daemon);
    soak->descriptors_before = sl_daemon_descriptors(&bench->daemon);
    prepare(soak);
    run_stretches(soak);
    finish(soak);
    verify(soak);
    report(soak);
    (void)close(soak->world.poll_fd);
    sl_soak_proof_deinit(&soak->proof);
    sl_frames_deinit(&soak->questions);
    free(soak->sessions);
    free(soak);
    sl_daemon_stop(&bench->daemon);
    if (bench->daemon.program != NULL) {
        sl_report_number(&bench->report, "soak.check", sl_daemon_offline(&bench->daemon, "check"),
                         "s: the state equals a replay");
    }
}
