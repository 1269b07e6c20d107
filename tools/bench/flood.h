/* More than the daemon can do, as from programs that do not give up: each connection sends a burst of requests whenever one is due,
 * first those that were answered BUSY, in their order, then new ones.
 *
 *     due ─▶ [ BUSY last time │ new ] ─▶ receipts: served
 *              ▲                      └▶ BUSY ─┐
 *              └───────────────────────────────┘
 *
 * So what is served is all but the same stream of events that a closed loop would bring. All but: of a burst the first may be BUSY and a later
 * one not, and what follows in the same deal is then refused by a rule. A burst that is due while the socket has not taken the one before is left out. */
#ifndef SL_BENCH_FLOOD_H
#define SL_BENCH_FLOOD_H

#include "frames.h"
#include "histogram.h"

struct sl_flood {
    const char *socket_path;
    struct sl_frames *frames; /* of each connection: single events */
    size_t connections;
    uint32_t burst;
    double rate; /* requests per second, of all connections together */
    int64_t duration_ns;
    /* Results. */
    uint64_t sent;
    uint64_t served;               /* receipts without an error */
    uint64_t by_rule;              /* receipts with one */
    uint64_t busy;                 /* answers */
    uint64_t left_out;             /* requests that were due while a socket was full */
    struct sl_histogram served_ns; /* from the write of a request to its receipt, by rule or not */
    struct sl_histogram busy_ns;
    int64_t stopped_ns; /* from the first burst to the last */
    int64_t elapsed_ns; /* from the first burst to the last answer */
};

/* Ends the program if the daemon goes away, is silent for ten seconds, or answers with something else. */
void sl_flood_run(struct sl_flood *flood);

#endif
