/* One table of options, read by argp. */
#include "options.h"

#include <argp.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum key {
    KEY_DAEMON = 256,
    KEY_SOCKET,
    KEY_PARENT,
    KEY_CONNECTIONS,
    KEY_IN_FLIGHT,
    KEY_BATCH,
    KEY_EVENTS,
    KEY_RATE,
    KEY_RANK_RATE,
    KEY_LOAD,
    KEY_SIZE_SMALL,
    KEY_SIZE_LARGE,
    KEY_SECONDS,
    KEY_THINK,
    KEY_REPEAT,
    KEY_SEED,
    KEY_MACHINE,
    KEY_STRICT,
    KEY_KEEP,
    KEY_NO_SETUP,
};

static const struct argp_option option_table[] = {
    {"daemon", KEY_DAEMON, "PATH", 0, "the daemon to start (default: next to this program)", 1},
    {"socket", KEY_SOCKET, "PATH", 0, "use the daemon that listens there, start none", 1},
    {"parent", KEY_PARENT, "DIR", 0, "make the working directory there (/var/tmp)", 1},
    {"no-setup", KEY_NO_SETUP, NULL, 0, "the ledger has people, units, products already", 1},
    {"keep", KEY_KEEP, NULL, 0, "keep the working directory", 1},
    {"connections", KEY_CONNECTIONS, "N", 0,
     "connections, 1 to 1,024 (64; overload: 256, soak: 1000)", 2},
    {"in-flight", KEY_IN_FLIGHT, "N", 0, "requests in flight per connection, 1 to 1,024 (64)", 2},
    {"batch", KEY_BATCH, "N", 0, "events per request, 1 to 10,000 (1)", 2},
    {"events", KEY_EVENTS, "N", 0, "events per run (300000)", 2},
    {"rate", KEY_RATE, "N", 0, "events per second of the open loop (100000)", 2},
    {"rank-rate", KEY_RANK_RATE, "N", 0, "rank questions per second (500)", 2},
    {"load", KEY_LOAD, "PERCENT", 0, "appends while ranking, of the measured maximum (50)", 2},
    {"size-small", KEY_SIZE_SMALL, "N", 0, "all: events of the small ledger (500000)", 3},
    {"size-large", KEY_SIZE_LARGE, "N", 0, "all: events of the large ledger (5000000)", 3},
    {"seconds", KEY_SECONDS, "N", 0,
     "how long, 1 to 86,400 (soak: 600; each run of fair and overload: 2)", 3},
    {"think-ms", KEY_THINK, "N", 0,
     "soak: mean pause between an answer and the next request (1000)", 3},
    {"repeat", KEY_REPEAT, "N", 0, "runs of each measurement; the median counts (3)", 4},
    {"seed", KEY_SEED, "N", 0, "of the generated company (1)", 4},
    {"machine", KEY_MACHINE, NULL, 0, "print key=value lines as well", 4},
    {"strict", KEY_STRICT, NULL, 0, "all: exit with status 3 if a promise is missed", 4},
    {0},
};

struct range {
    size_t offset;
    uint64_t min;
    uint64_t max;
};

#define INTO(field) offsetof(struct sl_bench_options, field)

static const struct range *range_of(int key)
{
    static const struct range ranges[] = {
        [0] = {INTO(connections), 1, 1024},
        [KEY_IN_FLIGHT - KEY_CONNECTIONS] = {INTO(in_flight), 1, 1024},
        [KEY_BATCH - KEY_CONNECTIONS] = {INTO(batch), 1, 10000},
        [KEY_EVENTS - KEY_CONNECTIONS] = {INTO(events), 1, 20000000},
        [KEY_RATE - KEY_CONNECTIONS] = {INTO(rate), 1, 100000000},
        [KEY_RANK_RATE - KEY_CONNECTIONS] = {INTO(rank_rate), 1, 1000000},
        [KEY_LOAD - KEY_CONNECTIONS] = {INTO(load_percent), 1, 100},
        [KEY_SIZE_SMALL - KEY_CONNECTIONS] = {INTO(size_small), 1000, 1000000000},
        [KEY_SIZE_LARGE - KEY_CONNECTIONS] = {INTO(size_large), 1000, 1000000000},
        [KEY_SECONDS - KEY_CONNECTIONS] = {INTO(seconds), 1, 86400},
        [KEY_THINK - KEY_CONNECTIONS] = {INTO(think_ms), 0, 60000},
        [KEY_REPEAT - KEY_CONNECTIONS] = {INTO(repeat), 1, 99},
        [KEY_SEED - KEY_CONNECTIONS] = {INTO(seed), 0, UINT64_MAX},
    };
    return &ranges[key - KEY_CONNECTIONS];
}

static void take_number(struct argp_state *state, int key, const char *text)
{
    const struct range *range = range_of(key);
    char *end;
    errno = 0;
    uint64_t value = strtoull(text, &end, 10);
    if (errno != 0 || *end != '\0' || end == text || *text == '-') {
        argp_error(state, "\"%s\" is not a number", text);
    }
    if (value < range->min || value > range->max) {
        argp_error(state, "must be %llu to %llu, is %s", (unsigned long long)range->min,
                   (unsigned long long)range->max, text);
    }
    char *options = state->input;
    memcpy(options + range->offset, &value, sizeof value);
}

static void take_mode(struct argp_state *state, const char *text)
{
    static const char *const names[] = {"all",    "closed", "open", "mixed",
                                        "floors", "soak",   "fair", "overload"};
    struct sl_bench_options *options = state->input;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (strcmp(names[i], text) == 0) {
            options->mode = (enum sl_mode)i;
            return;
        }
    }
    argp_error(state, "no such mode: %s", text);
}

static error_t take(int key, char *text, struct argp_state *state)
{
    struct sl_bench_options *options = state->input;
    switch (key) {
    case KEY_DAEMON: options->daemon = text; break;
    case KEY_SOCKET: options->socket_path = text; break;
    case KEY_PARENT: options->parent = text; break;
    case KEY_MACHINE: options->is_machine = true; break;
    case KEY_STRICT: options->is_strict = true; break;
    case KEY_KEEP: options->keeps = true; break;
    case KEY_NO_SETUP: options->has_company = true; break;
    case ARGP_KEY_ARG:
        if (state->arg_num > 0) {
            argp_error(state, "one mode at a time");
        }
        take_mode(state, text);
        break;
    default:
        if (key < KEY_CONNECTIONS || key > KEY_SEED) {
            return ARGP_ERR_UNKNOWN;
        }
        take_number(state, key, text);
    }
    return 0;
}

static const char doc[] =
    "Measures a ledger.\v"
    "Modes:\n"
    "  all     every promise of the project with its floor (default)\n"
    "  closed  --connections x --in-flight x --batch, as fast as answers come\n"
    "  open    --rate events per second, latency counted from when each was due\n"
    "  mixed   rank questions at --rank-rate while events are appended at --load\n"
    "  floors  what LMDB and fdatasync do in the same place\n"
    "  soak    --connections that append, ask and subscribe, come and go, for --seconds; then the "
    "proof that nothing was lost\n"
    "  fair    ten modest connections with and without a greedy one beside them, and greedy ones "
    "among each other\n"
    "  overload  twice the rate that the ledger can do, what is refused and how fast, and what it "
    "is like afterwards\n";

static uint64_t default_connections(enum sl_mode mode)
{
    if (mode == SL_MODE_SOAK) {
        return 1000;
    }
    return mode == SL_MODE_OVERLOAD ? 256 : 64;
}

void sl_bench_options_parse(int argc, char **argv, struct sl_bench_options *ret_options)
{
    struct sl_bench_options options = {
        .mode = SL_MODE_ALL,
        .parent = "/var/tmp",
        .in_flight = 64,
        .batch = 1,
        .events = 300000,
        .rate = 100000,
        .rank_rate = 500,
        .load_percent = 50,
        .size_small = 500000,
        .size_large = 5000000,
        .think_ms = 1000,
        .repeat = 3,
        .seed = 1,
    };
    const struct argp parser = {
        .options = option_table, .parser = take, .args_doc = "[MODE]", .doc = doc};
    if (argp_parse(&parser, argc, argv, 0, NULL, &options) != 0) {
        exit(EXIT_FAILURE);
    }
    bool needs_own = options.mode == SL_MODE_ALL || options.mode == SL_MODE_SOAK;
    if (options.socket_path != NULL && needs_own) {
        (void)fprintf(stderr,
                      "salesledger-bench: this mode stops the ledger, so it needs its own\n");
        exit(EXIT_FAILURE);
    }
    if (options.connections == 0) {
        options.connections = default_connections(options.mode);
    }
    if (options.seconds == 0) {
        options.seconds = options.mode == SL_MODE_SOAK ? 600 : 2;
    }
    *ret_options = options;
}
