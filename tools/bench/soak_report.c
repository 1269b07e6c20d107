/* Printing and adding up. */
#include "soak_report.h"

#include <stdio.h>

#define MIB (1024.0 * 1024.0)

void sl_soak_tally_add(struct sl_soak_tally *sum, const struct sl_soak_tally *part)
{
    sum->appended += part->appended;
    sum->answered += part->answered;
    sum->delivered += part->delivered;
    sum->busy += part->busy;
    sum->connects += part->connects;
    sl_histogram_merge(&sum->append_ns, &part->append_ns);
    sl_histogram_merge(&sum->query_ns, &part->query_ns);
}

static double p99_ms(const struct sl_histogram *latency_ns)
{
    return (double)sl_histogram_quantile(latency_ns, 990) / 1e6;
}

void sl_soak_report_stretch(uint32_t index,
                            const struct sl_soak_tally *tally,
                            const struct sl_soak_seen *seen,
                            double seconds)
{
    if (index == 0) {
        printf("%7s %10s %10s %12s %11s %10s %8s %8s %11s %10s\n", "tenth", "events/s", "answers/s",
               "delivered/s", "append p99", "query p99", "connects", "MiB", "sockets", "lag");
    }
    char sockets[24] = "not known";
    if (seen->sockets_max > 0) {
        (void)snprintf(sockets, sizeof sockets, "%llu",
                       (unsigned long long)seen->sockets_max); /* fits */
    }
    printf("%7u %10.0f %10.0f %12.0f %8.2f ms %7.2f ms %8llu %8.1f %11s %10llu\n", index + 1,
           (double)tally->appended / seconds, (double)tally->answered / seconds,
           (double)tally->delivered / seconds, p99_ms(&tally->append_ns), p99_ms(&tally->query_ns),
           (unsigned long long)tally->connects, (double)seen->rss_max / MIB, sockets,
           (unsigned long long)seen->lag_max);
    (void)fflush(stdout); /* a soak is long and people watch */
}

void sl_soak_report_sum(const struct sl_report *report,
                        const struct sl_soak_tally *tally,
                        double seconds)
{
    sl_report_number(report, "soak.events", (double)tally->appended / seconds, "events/s");
    sl_report_number(report, "soak.answers", (double)tally->answered / seconds, "answers/s");
    sl_report_number(report, "soak.delivered", (double)tally->delivered / seconds,
                     "events/s to subscribers");
    sl_report_number(report, "soak.connects", (double)tally->connects, "");
    sl_report_number(report, "soak.busy", (double)tally->busy, "answers that said to come again");
    sl_report_latency(report, "soak.append_latency", &tally->append_ns);
    sl_report_latency(report, "soak.query_latency", &tally->query_ns);
}
