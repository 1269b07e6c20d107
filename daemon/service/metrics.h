/* What the core counts while it works: answers and how long they took, refusals by code, connections. Increments only; nobody asks the
 * clock for it, a request's times are those that the core has looked at anyway. */
#ifndef SL_SERVICE_METRICS_H
#define SL_SERVICE_METRICS_H

#include "base/histogram.h"
#include "codec/figures.h"
#include "codec/wire.h"
#include "sl/err.h"

/* Kinds of requests whose latency is counted, one after the other. */
#define SL_TIMED_FIRST SL_REQUEST_APPEND
#define SL_TIMED_COUNT ((size_t)(SL_REQUEST_LOG - SL_TIMED_FIRST + 1))

struct sl_metrics {
    uint64_t requests; /* answered */
    uint64_t duplicates;
    uint64_t connections_accepted, connections_refused;
    uint64_t gate_held_us_max;
    uint64_t refused[SL_ERR_COUNT]; /* errors sent, by sl_err_index */
    struct sl_histogram answer_us[SL_TIMED_COUNT];
};

/* So many requests of a kind were answered, each after so long. */
void sl_metrics_answered(struct sl_metrics *metrics,
                         enum sl_request_kind kind,
                         uint64_t us,
                         uint64_t count);

/* An error goes out: to a request, for an event, to a connection. */
void sl_metrics_refused(struct sl_metrics *metrics, enum sl_err err);

/* What an append has come to, event by event. */
void sl_metrics_receipts(struct sl_metrics *metrics,
                         const struct sl_receipt *receipts,
                         size_t count);

/* Somebody has connected: SL_OK, or why he was turned away. */
void sl_metrics_connected(struct sl_metrics *metrics, enum sl_err err);

uint64_t sl_metrics_refusals(const struct sl_metrics *metrics);

/* Its part of the figures; lends them the counters. */
void sl_metrics_fill(const struct sl_metrics *metrics, struct sl_figures *figures);

#endif
