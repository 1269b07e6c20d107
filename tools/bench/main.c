/* salesledger-bench: what a ledger can do on this machine, next to what its disk can do. */
#include "bench.h"

#include "directory.h"
#include "fail.h"
#include "processors.h"
#include <argp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

const char *argp_program_version = "salesledger-bench " SL_BENCH_VERSION;

/* The one thing that an ending program has to find again: daemons to stop, a directory to remove. */
static struct sl_bench *running;

static void kill_daemons(void)
{
    const pid_t pids[] = {running->daemon.pid, running->other.pid};
    for (size_t i = 0; i < sizeof pids / sizeof pids[0]; i++) {
        if (pids[i] > 0) {
            (void)kill(pids[i], SIGKILL); /* figures that could be spoilt are not printed */
        }
    }
}

static void clean_up(void)
{
    kill_daemons();
    if (running->dir[0] != '\0' && !running->options.keeps) {
        sl_directory_remove(running->dir);
    }
}

/* Ends in order, so that clean_up runs. */
static void on_signal(int number)
{
    static const char text[] = "salesledger-bench: interrupted\n";
    ssize_t ignored = write(STDERR_FILENO, text, sizeof text - 1);
    (void)ignored;
    kill_daemons();
    _exit(128 + number);
}

/* In the build tree, and installed: bin/ and sbin/ are neighbours. */
static const char *find_daemon(char *path, size_t size)
{
    static const char *const places[] = {"salesledgerd", "../sbin/salesledgerd",
                                         "../../daemon/salesledgerd"};
    char self[PATH_MAX];
    ssize_t len = readlink("/proc/self/exe", self, sizeof self - 1);
    if (len < 0) {
        sl_fail("cannot find where this program lies; use --daemon");
    }
    self[len] = '\0';
    *strrchr(self, '/') = '\0';
    for (size_t i = 0; i < sizeof places / sizeof places[0]; i++) {
        int wanted = snprintf(path, size, "%s/%s", self, places[i]);
        if (wanted > 0 && (size_t)wanted < size && access(path, X_OK) == 0) {
            return path;
        }
    }
    sl_fail("salesledgerd is not next to this program; use --daemon");
}

static void check_fits(int len, size_t size, const char *text)
{
    if (len < 0 || (size_t)len >= size) {
        sl_fail("too long: %s", text);
    }
}

static void put_text(char *path, size_t size, const char *text)
{
    check_fits(snprintf(path, size, "%s", text), size, text);
}

static void join_path(char *path, size_t size, const char *dir, const char *name)
{
    check_fits(snprintf(path, size, "%s/%s", dir, name), size, dir);
}

static void prepare(struct sl_bench *bench)
{
    static char program[PATH_MAX];
    const struct sl_bench_options *options = &bench->options;
    char file_system[32];
    if (options->socket_path != NULL && options->mode != SL_MODE_FLOORS) {
        put_text(bench->daemon.socket_path, sizeof bench->daemon.socket_path, options->socket_path);
        return;
    }
    sl_directory_make(options->parent, bench->dir, sizeof bench->dir);
    sl_directory_file_system(bench->dir, file_system);
    printf("directory %s (%s), seed %llu\n", bench->dir, file_system,
           (unsigned long long)options->seed);
    if (strcmp(file_system, "tmpfs") == 0) {
        printf("tmpfs keeps nothing: flushes cost nothing there, and the ratios mean little\n");
    }
    join_path(bench->daemon.ledger, sizeof bench->daemon.ledger, bench->dir, "ledger");
    join_path(bench->daemon.log, sizeof bench->daemon.log, bench->dir, "daemon.log");
    join_path(bench->daemon.socket_path, sizeof bench->daemon.socket_path, bench->dir, "socket");
    if (options->mode != SL_MODE_FLOORS) {
        bench->daemon.program =
            options->daemon != NULL ? options->daemon : find_daemon(program, sizeof program);
    }
}

static struct sl_shape shape_of(const struct sl_bench_options *options, const char *name)
{
    return (struct sl_shape){.name = name,
                             .connections = (uint32_t)options->connections,
                             .in_flight = (uint32_t)options->in_flight,
                             .batch = (uint32_t)options->batch,
                             .events = options->events};
}

static void run_open(struct sl_bench *bench)
{
    struct sl_outcome outcome;
    struct sl_shape shape = shape_of(&bench->options, "open");
    shape.burst = shape.in_flight;
    shape.in_flight = 0;
    shape.rate = (double)bench->options.rate;
    sl_bench_append_median(bench, &shape, &outcome);
}

/* First the maximum, then a share of it together with the questions. */
static void run_mixed(struct sl_bench *bench)
{
    struct sl_outcome outcome;
    struct sl_shape shape = shape_of(&bench->options, "closed");
    sl_bench_append_median(bench, &shape, &outcome);
    shape.burst = shape.in_flight;
    shape.in_flight = 0;
    shape.rate = outcome.events_per_s * (double)bench->options.load_percent / 100.0;
    sl_bench_append(bench, &shape, bench->options.rank_rate, &outcome);
    sl_bench_report_mixed(bench, &outcome);
}

static void run_on_daemon(struct sl_bench *bench)
{
    struct sl_outcome outcome;
    struct sl_shape shape = shape_of(&bench->options, "closed");
    struct sl_processors processors = {0};
    bool is_divided =
        bench->options.mode == SL_MODE_OVERLOAD && sl_processors_leave_last(&processors);
    sl_daemon_start(&bench->daemon);
    if (is_divided) {
        sl_processors_take_last(&processors);
        printf("this program has a processor for itself\n");
    }
    sl_bench_setup(bench);
    if (bench->options.mode == SL_MODE_CLOSED) {
        sl_bench_append_median(bench, &shape, &outcome);
    } else if (bench->options.mode == SL_MODE_FAIR) {
        sl_bench_fair(bench);
    } else if (bench->options.mode == SL_MODE_OVERLOAD) {
        sl_bench_overload(bench);
    } else if (bench->options.mode == SL_MODE_OPEN) {
        run_open(bench);
    } else {
        run_mixed(bench);
    }
    if (bench->daemon.program != NULL) {
        sl_report_number(&bench->report, "memory.rss_anon_max",
                         (double)bench->daemon.rss_anon_max / (1024 * 1024), "MiB");
    }
    sl_daemon_stop(&bench->daemon);
}

static void run_soak(struct sl_bench *bench)
{
    sl_daemon_start(&bench->daemon);
    sl_bench_soak(bench);
}

static void print_own_memory(const struct sl_bench *bench)
{
    struct rusage usage;
    if (getrusage(RUSAGE_SELF, &usage) == 0) {
        sl_report_number(&bench->report, "bench.peak_memory", (double)usage.ru_maxrss / 1024,
                         "MiB");
    }
}

int main(int argc, char **argv)
{
    static struct sl_bench bench;
    sl_bench_options_parse(argc, argv, &bench.options);
    bench.report.is_machine = bench.options.is_machine;
    running = &bench;
    if (atexit(clean_up) != 0 || signal(SIGINT, on_signal) == SIG_ERR ||
        signal(SIGTERM, on_signal) == SIG_ERR) {
        sl_fail("cannot prepare for the end");
    }
    prepare(&bench);
    switch (bench.options.mode) {
    case SL_MODE_ALL: sl_bench_all(&bench); break;
    case SL_MODE_FLOORS: (void)sl_bench_floors(&bench); break;
    case SL_MODE_SOAK: run_soak(&bench); break;
    case SL_MODE_CLOSED:
    case SL_MODE_OPEN:
    case SL_MODE_FAIR:
    case SL_MODE_OVERLOAD:
    case SL_MODE_MIXED: run_on_daemon(&bench); break;
    }
    print_own_memory(&bench);
    return bench.options.is_strict && bench.report.missed > 0 ? 3 : 0;
}
