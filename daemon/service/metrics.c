/* See metrics.h. */
#include "service/metrics.h"

void sl_metrics_answered(struct sl_metrics *metrics,
                         enum sl_request_kind kind,
                         uint64_t us,
                         uint64_t count)
{
    metrics->requests += count;
    size_t timed =
        (size_t)kind - (size_t)SL_TIMED_FIRST; /* of kinds before the first: far beyond */
    if (timed < SL_TIMED_COUNT) {
        sl_histogram_add(&metrics->answer_us[timed], us, count);
    }
}

void sl_metrics_refused(struct sl_metrics *metrics, enum sl_err err)
{
    metrics->refused[sl_err_index(err)]++;
}

void sl_metrics_receipts(struct sl_metrics *metrics,
                         const struct sl_receipt *receipts,
                         size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (receipts[i].err != SL_OK) {
            sl_metrics_refused(metrics, receipts[i].err);
        } else if (receipts[i].is_duplicate) {
            metrics->duplicates++;
        }
    }
}

void sl_metrics_connected(struct sl_metrics *metrics, enum sl_err err)
{
    if (err == SL_OK) {
        metrics->connections_accepted++;
    } else {
        metrics->connections_refused++;
        sl_metrics_refused(metrics, err);
    }
}

uint64_t sl_metrics_refusals(const struct sl_metrics *metrics)
{
    uint64_t sum = 0;
    for (size_t i = 0; i < SL_ERR_COUNT; i++) {
        sum += metrics->refused[i];
    }
    return sum;
}

void sl_metrics_fill(const struct sl_metrics *metrics, struct sl_figures *figures)
{
    static const char *const kinds[SL_TIMED_COUNT] = {
        [0] = NULL, /* the first is no question */
        [SL_REQUEST_MEASURES - SL_TIMED_FIRST] = "measures",
        [SL_REQUEST_TARGETS - SL_TIMED_FIRST] = "targets",
        [SL_REQUEST_RANK - SL_TIMED_FIRST] = "rank",
        [SL_REQUEST_STATEMENT - SL_TIMED_FIRST] = "statement",
        [SL_REQUEST_LOG - SL_TIMED_FIRST] = "log",
    };
    figures->requests = metrics->requests;
    figures->duplicates = metrics->duplicates;
    figures->connections_accepted = metrics->connections_accepted;
    figures->connections_refused = metrics->connections_refused;
    figures->refused = metrics->refused;
    for (size_t i = 0; i < SL_TIMED_COUNT; i++) {
        SL_ASSERT(figures->latency_count < SL_LATENCIES_MAX);
        const char *name = kinds[i] == NULL ? "append" : "query";
        figures->latencies[figures->latency_count] =
            (struct sl_latency){name, kinds[i], &metrics->answer_us[i]};
        figures->latency_count++;
    }
}
