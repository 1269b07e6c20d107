/* What is printed: lines for people, and with --machine the same figures as key=value. */
#ifndef SL_BENCH_REPORT_H
#define SL_BENCH_REPORT_H

#include "histogram.h"
#include "sl/types.h"

struct sl_report {
    bool is_machine;
    uint32_t missed; /* promises not kept */
};

/* "key  value unit" */
void sl_report_number(const struct sl_report *report,
                      const char *key,
                      double value,
                      const char *unit);

/* A word in the place of a number. */
void sl_report_text(const struct sl_report *report, const char *key, const char *text);

/* p50, p99, p99.9 and maximum in microseconds. */
void sl_report_latency(const struct sl_report *report,
                       const char *key,
                       const struct sl_histogram *latency_ns);

struct sl_promise {
    const char *key;
    const char *text;
    double value;  /* measured */
    double bound;  /* promised */
    bool is_floor; /* at least the bound; otherwise at most */
    const char *unit;
};

void sl_report_promises_begin(const struct sl_report *report);
void sl_report_promise(struct sl_report *report, const struct sl_promise *promise);

#endif
