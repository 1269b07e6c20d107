/* The command line. */
#ifndef SL_BENCH_OPTIONS_H
#define SL_BENCH_OPTIONS_H

#include "sl/types.h"

enum sl_mode {
    SL_MODE_ALL,
    SL_MODE_CLOSED,
    SL_MODE_OPEN,
    SL_MODE_MIXED,
    SL_MODE_FLOORS,
    SL_MODE_SOAK,
    SL_MODE_FAIR,
    SL_MODE_OVERLOAD
};

struct sl_bench_options {
    enum sl_mode mode;
    const char *daemon;      /* program; NULL: the one that lies next to this one */
    const char *socket_path; /* NULL: start a daemon */
    const char *parent;      /* where the working directory is made */
    uint64_t connections;    /* default: 64, of an overload 256, of a soak 1,000 */
    uint64_t in_flight;
    uint64_t batch;
    uint64_t events;       /* per run */
    uint64_t rate;         /* events per second, open loop */
    uint64_t rank_rate;    /* questions per second */
    uint64_t load_percent; /* of the measured maximum, mixed mode */
    uint64_t size_small;   /* events, `all` */
    uint64_t size_large;
    uint64_t seconds;  /* soak: in all; fair, overload: of each run */
    uint64_t think_ms; /* soak: mean pause between an answer and the next request */
    uint64_t repeat;
    uint64_t seed;
    bool is_machine;
    bool is_strict;
    bool keeps;
    bool has_company; /* no set-up phase: the ledger has it already */
};

/* Ends the program on wrong usage, --help and --version. */
void sl_bench_options_parse(int argc, char **argv, struct sl_bench_options *ret_options);

#endif
