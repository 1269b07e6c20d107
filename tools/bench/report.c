/* Printing. */
#include "report.h"

#include <stdio.h>

static void print_machine(const struct sl_report *report, const char *key, double value)
{
    if (report->is_machine) {
        printf("%s=%.6g\n", key, value);
    }
}

void sl_report_number(const struct sl_report *report,
                      const char *key,
                      double value,
                      const char *unit)
{
    printf("  %-36s %14.*f %s\n", key, value < 100 ? 3 : 0, value, unit);
    print_machine(report, key, value);
    (void)fflush(stdout); /* runs are long and people watch */
}

void sl_report_text(const struct sl_report *report, const char *key, const char *text)
{
    printf("  %-36s %14s\n", key, text);
    if (report->is_machine) {
        printf("%s=%s\n", key, text);
    }
    (void)fflush(stdout); /* the same */
}

static double quantile_us(const struct sl_histogram *latency_ns, uint32_t permille)
{
    return (double)sl_histogram_quantile(latency_ns, permille) / 1000.0;
}

void sl_report_latency(const struct sl_report *report,
                       const char *key,
                       const struct sl_histogram *latency_ns)
{
    static const struct {
        const char *name;
        uint32_t permille;
    } points[] = {{"p50_us", 500}, {"p99_us", 990}, {"p999_us", 999}, {"max_us", 1000}};
    printf("  %-36s", key);
    for (size_t i = 0; i < sizeof points / sizeof points[0]; i++) {
        printf(" %s %.1f", points[i].name, quantile_us(latency_ns, points[i].permille));
    }
    printf("\n");
    for (size_t i = 0; i < sizeof points / sizeof points[0]; i++) {
        char name[96];
        (void)snprintf(name, sizeof name, "%s.%s", key, points[i].name);
        print_machine(report, name, quantile_us(latency_ns, points[i].permille));
    }
    (void)fflush(stdout);
}

void sl_report_promises_begin(const struct sl_report *report)
{
    (void)report;
    printf("\n%-58s %14s %16s  %s\n", "promise", "measured", "promised", "kept");
}

void sl_report_promise(struct sl_report *report, const struct sl_promise *promise)
{
    bool is_kept =
        promise->is_floor ? promise->value >= promise->bound : promise->value <= promise->bound;
    int decimals = promise->bound < 100 ? 3 : 0;
    report->missed += is_kept ? 0 : 1;
    printf("%-58s %14.*f %s %13.*f  %-4s %s\n", promise->text, decimals, promise->value,
           promise->is_floor ? ">=" : "<=", decimals, promise->bound, is_kept ? "yes" : "NO",
           promise->unit);
    print_machine(report, promise->key, promise->value);
}
