/* A status as Prometheus reads it (text exposition format 0.0.4): base units, counters that end in _total, cumulative buckets. Decimal
 * fractions are written digit by digit; no floating point. */
#include "cli/status.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define US_PER_SECOND 1000000u

/* Buckets end at 8 us, 16 us, ... 16.8 s: the daemon's at every eighth of it, too fine to be kept for ever. */
#define LE_POWER_FIRST 3u
#define LE_POWER_LAST  24u

static void put_head(const char *metric, const char *help, const char *type)
{
    (void)printf("# HELP %s %s.\n# TYPE %s %s\n", metric, help, metric, type);
}

static void put_seconds(uint64_t us)
{
    (void)printf("%" PRIu64 ".%06" PRIu64, us / US_PER_SECOND, us % US_PER_SECOND);
}

/* A label's value. */
static void put_escaped(const char *text)
{
    for (const char *at = text == NULL ? "" : text; *at != '\0'; at++) {
        switch (*at) {
        case '\\': (void)fputs("\\\\", stdout); break;
        case '"': (void)fputs("\\\"", stdout); break;
        case '\n': (void)fputs("\\n", stdout); break;
        default: (void)putchar(*at); break;
        }
    }
}

static void put_label(const char *before, const char *name, const char *value)
{
    (void)printf("%s%s=\"", before, name);
    put_escaped(value);
    (void)putchar('"');
}

static void put_info(const Salesledger__V1__StatusReply *status)
{
    char id[SL_STATUS_HEX_MAX];
    sl_status_hex(status->ledger_id, id);
    put_head("salesledger_info", "What the daemon and its ledger are", "gauge");
    (void)fputs("salesledger_info", stdout);
    put_label("{", "version", status->version);
    put_label(",", "ledger_id", id);
    put_label(",", "timezone", status->timezone);
    put_label(",", "currency", status->currency);
    (void)fputs("} 1\n", stdout);
}

static bool is_counter(const char *metric)
{
    static const char suffix[] = "_total";
    size_t len = strlen(metric);
    return len > strlen(suffix) && strcmp(metric + len - strlen(suffix), suffix) == 0;
}

static void put_number(const Salesledger__V1__StatusReply *status,
                       const struct sl_status_number *number)
{
    if (number->metric == NULL) {
        return;
    }
    uint64_t value = sl_status_value(status, number);
    put_head(number->metric, number->help, is_counter(number->metric) ? "counter" : "gauge");
    (void)printf("%s ", number->metric);
    if (number->unit == SL_STATUS_US || number->unit == SL_STATUS_TIME) {
        put_seconds(value);
    } else {
        (void)printf("%" PRIu64, value);
    }
    (void)putchar('\n');
}

static void put_refused(const Salesledger__V1__StatusReply *status)
{
    put_head("salesledger_refusals_total", "Errors sent, for requests, events and connections",
             "counter");
    for (size_t i = 0; i < status->n_refused; i++) {
        (void)fputs("salesledger_refusals_total", stdout);
        put_label("{", "code", status->refused[i]->name);
        (void)printf("} %" PRIu64 "\n", status->refused[i]->count);
    }
}

/* "salesledger_query_seconds_sum{kind="rank"" and what follows of the labels. */
static void
put_series(const Salesledger__V1__StatusReply__Latency *latency, const char *suffix, const char *le)
{
    (void)printf("salesledger_%s_seconds%s", latency->name, suffix);
    const char *before = "{";
    if (latency->kind != NULL) {
        put_label(before, "kind", latency->kind);
        before = ",";
    }
    if (le != NULL) {
        put_label(before, "le", le);
        before = ",";
    }
    (void)fputs(before[0] == ',' ? "} " : " ", stdout);
}

static void put_latency(const Salesledger__V1__StatusReply__Latency *latency)
{
    uint64_t below = 0;
    size_t at = 0;
    for (unsigned power = LE_POWER_FIRST; power <= LE_POWER_LAST; power++) {
        uint64_t end_us = (uint64_t)1 << power;
        while (at < latency->n_buckets && latency->buckets[at]->below_us <= end_us) {
            below += latency->buckets[at]->count;
            at++;
        }
        char le[32];
        (void)snprintf(le, sizeof le, "%" PRIu64 ".%06" PRIu64, end_us / US_PER_SECOND,
                       end_us % US_PER_SECOND); /* it fits */
        put_series(latency, "_bucket", le);
        (void)printf("%" PRIu64 "\n", below);
    }
    put_series(latency, "_bucket", "+Inf");
    (void)printf("%" PRIu64 "\n", latency->count);
    put_series(latency, "_sum", NULL);
    put_seconds(latency->sum_us);
    (void)putchar('\n');
    put_series(latency, "_count", NULL);
    (void)printf("%" PRIu64 "\n", latency->count);
}

static const struct {
    const char *name;
    const char *metric;
    const char *help;
} latency_metrics[] = {
    {"append", "salesledger_append_seconds",
     "From when an append was taken in until its reply could leave"},
    {"commit", "salesledger_commit_seconds",
     "From when a batch was closed until it was known to be durable"},
    {"flush", "salesledger_flush_seconds", "The write and flush of a batch alone"},
    {"query", "salesledger_query_seconds",
     "From when a question was taken in until its answer could leave"},
};

static void put_named(const Salesledger__V1__StatusReply *status, const char *name)
{
    for (size_t i = 0; i < status->n_latencies; i++) {
        if (strcmp(status->latencies[i]->name, name) == 0) {
            put_latency(status->latencies[i]);
        }
    }
}

/* All of one name stand together. A name that this version does not know has no help and is left out. */
static void put_latencies(const Salesledger__V1__StatusReply *status)
{
    for (size_t i = 0; i < sizeof latency_metrics / sizeof latency_metrics[0]; i++) {
        put_head(latency_metrics[i].metric, latency_metrics[i].help, "histogram");
        put_named(status, latency_metrics[i].name);
    }
}

enum sl_err sl_status_print_prometheus(const Salesledger__V1__StatusReply *status)
{
    put_info(status);
    for (size_t i = 0; i < sl_status_number_count; i++) {
        put_number(status, &sl_status_numbers[i]);
    }
    put_refused(status);
    put_latencies(status);
    return fflush(stdout) != 0 || ferror(stdout) ? SL_E_IO : SL_OK;
}
