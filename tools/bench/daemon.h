/* The daemon under test: started in a directory of its own, or somebody else's behind a socket. */
#ifndef SL_BENCH_DAEMON_H
#define SL_BENCH_DAEMON_H

#include "sl/types.h"
#include <limits.h>
#include <sys/types.h>

struct sl_daemon {
    const char *program;   /* NULL: not ours, only the socket is used */
    char ledger[PATH_MAX]; /* its directory */
    char log[PATH_MAX];    /* where its messages go */
    char socket_path[108];
    pid_t pid;             /* 0: not running */
    uint64_t rss_anon_max; /* bytes, over all samples of all its lives */
};

/* Starts it and waits until it answers. */
void sl_daemon_start(struct sl_daemon *daemon);

/* Asks it to end and waits. Nothing if it is not running. */
void sl_daemon_stop(struct sl_daemon *daemon);

/* Seconds of `salesledgerd rebuild` or `check` on the stopped ledger; a failure ends the program. */
double sl_daemon_offline(const struct sl_daemon *daemon, const char *command);

/* A line of /proc/PID/status in bytes: "RssAnon", "VmHWM". 0 if the daemon is not ours. */
uint64_t sl_daemon_memory(const struct sl_daemon *daemon, const char *what);

/* How many sockets it has open, as the kernel lists them by its path: connections, and the one it listens on. Takes no rights. 0: not
 * known. */
uint64_t sl_daemon_sockets(const struct sl_daemon *daemon);

/* How many descriptors it has open, of every kind: sockets are not all that could be left behind. 0: not known, as of a daemon that is not
 * ours, or where only root may look. */
uint64_t sl_daemon_descriptors(const struct sl_daemon *daemon);

/* Notes RssAnon; for struct sl_load. */
void sl_daemon_sample(void *ctx);

struct sl_daemon_state {
    uint64_t head;
    uint64_t checkpoints;
    uint64_t checkpoint_us_last;
    uint64_t gate_held_us_max; /* since the daemon's start */
};
struct sl_daemon_state sl_daemon_state(const struct sl_daemon *daemon);

#endif
