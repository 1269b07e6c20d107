/* A status for people, as some tables, and as one list of names and values for programs. */
#include "cli/show.h"
#include "cli/status.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static struct sl_shown shown_in(uint64_t value, enum sl_status_unit unit)
{
    struct sl_shown shown;
    switch (unit) {
    case SL_STATUS_BYTES: return sl_show_bytes(value);
    case SL_STATUS_US: return sl_show_us(value);
    case SL_STATUS_TIME: return sl_show_time(value);
    case SL_STATUS_COUNT:
    case SL_STATUS_YES_NO: break;
    }
    (void)snprintf(shown.exact, sizeof shown.exact, "%" PRIu64, value); /* 20 digits fit */
    (void)snprintf(shown.shown, sizeof shown.shown, "%s",
                   unit == SL_STATUS_COUNT ? shown.exact
                   : value > 0             ? "yes"
                                           : "no");
    return shown;
}

/* ── what is fixed ── */

struct text {
    const char *name;
    const char *value;
};

#define TEXTS 8u

struct texts {
    char ledger_id[SL_STATUS_HEX_MAX];
    char tree_root[SL_STATUS_HEX_MAX];
    struct text rows[TEXTS];
};

static void fill_texts(const Salesledger__V1__StatusReply *status, struct texts *texts)
{
    sl_status_hex(status->ledger_id, texts->ledger_id);
    sl_status_hex(status->tree_root, texts->tree_root);
    bool is_strict = status->policy == SALESLEDGER__V1__SETTINGS__POLICY__STRICT;
    const char *damage = status->scrub_last_error != NULL ? status->scrub_last_error : "";
    const struct text rows[TEXTS] = {
        {"version", status->version},    {"ledger_id", texts->ledger_id},
        {"timezone", status->timezone},  {"currency", status->currency},
        {"actor", status->actor},        {"policy", is_strict ? "strict" : "open"},
        {"tree_root", texts->tree_root}, {"scrub_damage", damage},
    };
    for (size_t i = 0; i < TEXTS; i++) {
        texts->rows[i] = rows[i];
    }
}

/* ── for people ── */

static enum sl_err print_and_free(struct sl_grid *grid, const char *before)
{
    enum sl_err err = SL_OK;
    if (grid->cell_count > 0) {
        (void)fputs(before, stdout); /* the table's own writing tells of a failure */
        err = sl_grid_print(grid, SL_OUTPUT_TABLE);
    }
    sl_grid_free(grid);
    return err;
}

static enum sl_err print_numbers(const Salesledger__V1__StatusReply *status)
{
    static const struct sl_grid_column columns[] = {
        {"group", "WHAT", false, SL_IN_TABLE},
        {"name", "", false, SL_IN_TABLE},
        {"value", "VALUE", false, SL_IN_TABLE},
    };
    struct sl_grid grid = sl_grid_start(columns, sizeof columns / sizeof columns[0]);
    struct texts texts;
    fill_texts(status, &texts);
    for (size_t i = 0; i < TEXTS; i++) {
        sl_grid_put_text(&grid, i == 0 ? "ledger" : "");
        sl_grid_put_text(&grid, texts.rows[i].name);
        sl_grid_put_text(&grid, texts.rows[i].value);
    }
    const char *group = "ledger";
    for (size_t i = 0; i < sl_status_number_count; i++) {
        const struct sl_status_number *number = &sl_status_numbers[i];
        sl_grid_put_text(&grid, strcmp(group, number->group) == 0 ? "" : number->group);
        sl_grid_put_text(&grid, number->label);
        sl_grid_put_shown(&grid, true, shown_in(sl_status_value(status, number), number->unit));
        group = number->group;
    }
    return print_and_free(&grid, "");
}

static const char *or_empty(const char *text)
{
    return text == NULL ? "" : text;
}

static enum sl_err print_latencies(const Salesledger__V1__StatusReply *status)
{
    static const struct sl_grid_column columns[] = {
        {"name", "LATENCY", false, SL_IN_TABLE}, {"kind", "", false, SL_IN_TABLE},
        {"count", "COUNT", true, SL_IN_TABLE},   {"p50", "P50", true, SL_IN_TABLE},
        {"p99", "P99", true, SL_IN_TABLE},       {"p999", "P99.9", true, SL_IN_TABLE},
        {"max", "MAX", true, SL_IN_TABLE},
    };
    static const uint32_t permilles[] = {500, 990, 999};
    struct sl_grid grid = sl_grid_start(columns, sizeof columns / sizeof columns[0]);
    for (size_t i = 0; i < status->n_latencies; i++) {
        const Salesledger__V1__StatusReply__Latency *latency = status->latencies[i];
        if (latency->count == 0) {
            continue;
        }
        sl_grid_put_text(&grid, latency->name);
        sl_grid_put_text(&grid, or_empty(latency->kind));
        sl_grid_put_number(&grid, latency->count);
        for (size_t p = 0; p < sizeof permilles / sizeof permilles[0]; p++) {
            sl_grid_put_shown(&grid, true, sl_show_us(sl_latency_quantile(latency, permilles[p])));
        }
        sl_grid_put_shown(&grid, true, sl_show_us(latency->max_us));
    }
    return print_and_free(&grid, "\n");
}

/* Per second, to a tenth, half up; `seconds` is above 0. */
static struct sl_shown per_second(uint64_t count, uint32_t seconds)
{
    uint64_t tenths = (count * 10 + seconds / 2) / seconds;
    struct sl_shown shown;
    (void)snprintf(shown.shown, sizeof shown.shown, "%" PRIu64 ".%" PRIu64, tenths / 10,
                   tenths % 10); /* 22 bytes fit */
    shown.exact[0] = '\0';
    return shown;
}

static enum sl_err print_rates(const Salesledger__V1__StatusReply *status)
{
    static const struct sl_grid_column columns[] = {
        {"seconds", "LAST", true, SL_IN_TABLE},
        {"events", "EVENTS/s", true, SL_IN_TABLE},
        {"bytes", "BYTES/s", true, SL_IN_TABLE},
        {"requests", "REQUESTS/s", true, SL_IN_TABLE},
    };
    struct sl_grid grid = sl_grid_start(columns, sizeof columns / sizeof columns[0]);
    for (size_t i = 0; i < status->n_rates; i++) {
        const Salesledger__V1__StatusReply__Rate *rate = status->rates[i];
        bool is_new = rate->seconds > (i == 0 ? 0 : status->rates[i - 1]->seconds);
        if (!is_new) {
            continue; /* the daemon has not run for so long */
        }
        uint64_t bytes = rate->bytes / rate->seconds;
        char last[16];
        (void)snprintf(last, sizeof last, "%" PRIu32 " s", rate->seconds); /* it fits */
        sl_grid_put_text(&grid, last);
        sl_grid_put_shown(&grid, true, per_second(rate->events, rate->seconds));
        sl_grid_put_shown(&grid, true, sl_show_bytes(bytes));
        sl_grid_put_shown(&grid, true, per_second(rate->requests, rate->seconds));
    }
    return print_and_free(&grid, "\n");
}

static enum sl_err print_refused(const Salesledger__V1__StatusReply *status)
{
    static const struct sl_grid_column columns[] = {
        {"name", "REFUSED WITH", false, SL_IN_TABLE},
        {"count", "COUNT", true, SL_IN_TABLE},
    };
    struct sl_grid grid = sl_grid_start(columns, sizeof columns / sizeof columns[0]);
    for (size_t i = 0; i < status->n_refused; i++) {
        sl_grid_put_text(&grid, status->refused[i]->name);
        sl_grid_put_number(&grid, status->refused[i]->count);
    }
    return print_and_free(&grid, "\n");
}

enum sl_err sl_status_print_tables(const Salesledger__V1__StatusReply *status)
{
    enum sl_err err = print_numbers(status);
    if (err == SL_OK) {
        err = print_rates(status);
    }
    if (err == SL_OK) {
        err = print_latencies(status);
    }
    return err == SL_OK ? print_refused(status) : err;
}

/* ── for programs ── */

static void put_named(struct sl_grid *grid, uint64_t value, const char *fmt, ...) SL_PRINTF(3, 4);
static void put_named(struct sl_grid *grid, uint64_t value, const char *fmt, ...)
{
    char name[128];
    va_list args;
    va_start(args, fmt);
    (void)vsnprintf(name, sizeof name, fmt, args); /* made of our own short words */
    va_end(args);
    sl_grid_put_text(grid, name);
    sl_grid_put_number(grid, value);
}

static void put_latency(struct sl_grid *grid, const Salesledger__V1__StatusReply__Latency *latency)
{
    char name[64];
    const char *kind = or_empty(latency->kind);
    (void)snprintf(name, sizeof name, "latency.%s%s%s", latency->name, kind[0] == '\0' ? "" : ".",
                   kind); /* the same */
    put_named(grid, latency->count, "%s.count", name);
    put_named(grid, latency->sum_us, "%s.sum_us", name);
    put_named(grid, sl_latency_quantile(latency, 500), "%s.p50_us", name);
    put_named(grid, sl_latency_quantile(latency, 990), "%s.p99_us", name);
    put_named(grid, sl_latency_quantile(latency, 999), "%s.p999_us", name);
    put_named(grid, latency->max_us, "%s.max_us", name);
}

/* The names say how many seconds are meant, which are fewer only soon after the start. */
static void put_rates(struct sl_grid *grid, const Salesledger__V1__StatusReply *status)
{
    static const unsigned spans[] = {1, 10, 60};
    for (size_t i = 0; i < status->n_rates && i < sizeof spans / sizeof spans[0]; i++) {
        const Salesledger__V1__StatusReply__Rate *rate = status->rates[i];
        put_named(grid, rate->seconds, "rate.%us.seconds", spans[i]);
        put_named(grid, rate->events, "rate.%us.events", spans[i]);
        put_named(grid, rate->bytes, "rate.%us.bytes", spans[i]);
        put_named(grid, rate->requests, "rate.%us.requests", spans[i]);
    }
}

enum sl_err sl_status_print_csv(const Salesledger__V1__StatusReply *status)
{
    static const struct sl_grid_column columns[] = {
        {"name", "NAME", false, SL_IN_BOTH},
        {"value", "VALUE", false, SL_IN_BOTH},
    };
    struct sl_grid grid = sl_grid_start(columns, sizeof columns / sizeof columns[0]);
    struct texts texts;
    fill_texts(status, &texts);
    for (size_t i = 0; i < TEXTS; i++) {
        sl_grid_put_text(&grid, texts.rows[i].name);
        sl_grid_put_text(&grid, texts.rows[i].value);
    }
    for (size_t i = 0; i < sl_status_number_count; i++) {
        put_named(&grid, sl_status_value(status, &sl_status_numbers[i]), "%s",
                  sl_status_numbers[i].name);
    }
    put_rates(&grid, status);
    for (size_t i = 0; i < status->n_latencies; i++) {
        put_latency(&grid, status->latencies[i]);
    }
    for (size_t i = 0; i < status->n_refused; i++) {
        put_named(&grid, status->refused[i]->count, "refused.%s", status->refused[i]->name);
    }
    enum sl_err err = sl_grid_print(&grid, SL_OUTPUT_CSV);
    sl_grid_free(&grid);
    return err;
}
