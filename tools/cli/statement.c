/* Laying out statements. */
#include "cli/statement.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/origins.h"
#include "cli/show.h"

static const struct sl_grid_column line_columns[] = {
    {"person", "PERSON", false, SL_IN_CSV},
    {"plan", "PLAN", false, SL_IN_BOTH},
    {"plan_version", "VERSION", true, SL_IN_BOTH},
    {"plan_seq", "SEQ", true, SL_IN_CSV},
    {"component", "COMPONENT", false, SL_IN_BOTH},
    {"window", "WINDOW", false, SL_IN_BOTH},
    {"target", "TARGET", true, SL_IN_BOTH},
    {"target_origins", "", false, SL_IN_CSV},
    {"base", "BASE", true, SL_IN_BOTH},
    {"index", "INDEX", true, SL_IN_BOTH},
    {"factor", "FACTOR", true, SL_IN_BOTH},
    {"gate_open", "GATE", false, SL_IN_BOTH},
    {"limited", "LIMITED", true, SL_IN_BOTH},
    {"earned", "EARNED", true, SL_IN_BOTH},
    {"currency", "", false, SL_IN_BOTH},
};

static const struct sl_grid_column deal_columns[] = {
    {"plan", "PLAN", false, SL_IN_CSV},
    {"plan_version", "VERSION", true, SL_IN_CSV},
    {"component", "COMPONENT", false, SL_IN_CSV},
    {"window", "WINDOW", false, SL_IN_CSV},
    {"target", "TARGET", true, SL_IN_CSV},
    {"index", "INDEX", true, SL_IN_CSV},
    {"factor", "FACTOR", true, SL_IN_CSV},
    {"gate_open", "GATE", false, SL_IN_CSV},
    {"seq", "SEQ", true, SL_IN_BOTH},
    {"date", "DATE", false, SL_IN_BOTH},
    {"deal", "DEAL", false, SL_IN_BOTH},
    {"person", "PERSON", false, SL_IN_BOTH},
    {"customer", "CUSTOMER", false, SL_IN_CSV},
    {"product", "PRODUCT", false, SL_IN_CSV},
    {"share", "SHARE", true, SL_IN_CSV},
    {"base", "BASE", true, SL_IN_BOTH},
    {"cumulative", "CUMULATIVE", true, SL_IN_BOTH},
    {"rate", "RATE", true, SL_IN_BOTH},
    {"earned", "EARNED", true, SL_IN_BOTH},
    {"uplift", "UPLIFT", true, SL_IN_BOTH},
    {"currency", "", false, SL_IN_CSV},
};

/* Bases are counted in the filter's quantity: money, pieces or events. */
static struct sl_shown
show_base(const Salesledger__V1__StatementLine *line, int64_t base, const char *currency)
{
    bool is_count = line->quantity == SALESLEDGER__V1__PLAN_FILTER__QUANTITY__COUNT;
    Salesledger__V1__UnitOfMeasure unit =
        line->has_base_unit ? line->base_unit : SALESLEDGER__V1__UNIT_OF_MEASURE__MINOR;
    return sl_show_integer(base, unit, is_count ? "deal.count" : "", currency);
}

/* An attainment is shown in percent, a base in its own unit; undefined means there is no target, or nothing to hold against it. */
static struct sl_shown show_index(const Salesledger__V1__StatementLine *line, const char *currency)
{
    bool is_count =
        line->quantity == SALESLEDGER__V1__PLAN_FILTER__QUANTITY__COUNT && !line->has_target;
    struct sl_shown shown = sl_show_value(line->index, is_count ? "deal.count" : "", currency);
    bool has_target = line->has_target && line->target > 0;
    if (line->index != NULL && line->index->denominator == 0 && !has_target) {
        (void)snprintf(shown.shown, sizeof shown.shown, "no target"); /* fits */
    }
    return shown;
}

static const char *show_gate(const Salesledger__V1__StatementLine *line)
{
    return !line->has_gate_open ? "" : line->gate_open ? "open" : "shut";
}

static void put_origins(struct sl_grid *grid, const Salesledger__V1__StatementLine *line)
{
    char *list = sl_origins_list(line->target_origins, line->n_target_origins);
    sl_grid_put(grid, "", list);
    free(list);
}

static void put_line(struct sl_grid *grid,
                     const Salesledger__V1__StatementReply *statement,
                     const Salesledger__V1__StatementLine *line)
{
    const char *currency = statement->currency;
    sl_grid_put_text(grid, statement->person);
    sl_grid_put_text(grid, line->plan);
    sl_grid_put_number(grid, (uint64_t)line->plan_version);
    sl_grid_put_number(grid, line->plan_seq);
    sl_grid_put_text(grid, line->component);
    sl_grid_put_text(grid, line->window);
    sl_grid_put_shown(grid, line->has_target, show_base(line, line->target, currency));
    put_origins(grid, line);
    sl_grid_put_shown(grid, true, show_base(line, line->base_value, currency));
    sl_grid_put_shown(grid, true, show_index(line, currency));
    sl_grid_put_shown(grid, line->has_factor_ppm, sl_show_decimal(line->factor_ppm, 6));
    sl_grid_put_text(grid, show_gate(line));
    sl_grid_put_shown(grid, line->limited_minor != 0, sl_show_money(line->limited_minor, currency));
    sl_grid_put_shown(grid, true, sl_show_money(line->earned_minor, currency));
    sl_grid_put_text(grid, currency);
}

static void put_total(struct sl_grid *grid, const Salesledger__V1__StatementReply *statement)
{
    size_t count = sizeof line_columns / sizeof line_columns[0];
    for (size_t i = 0; i + 2 < count; i++) {
        sl_grid_put_text(grid, strcmp(line_columns[i].name, "plan") == 0 ? "total" : NULL);
    }
    sl_grid_put_shown(grid, true, sl_show_money(statement->total_minor, statement->currency));
    sl_grid_put_text(grid, statement->currency);
}

static void print_title(const Salesledger__V1__StatementReply *statement)
{
    const char *name =
        statement->name != NULL && statement->name[0] != '\0' ? statement->name : statement->person;
    (void)printf("%s, %s\n\n", name, statement->period); /* main() checks stdout at the end */
}

enum sl_err sl_statement_print(const Salesledger__V1__StatementReply *statement,
                               enum sl_output output)
{
    struct sl_grid grid = sl_grid_start(line_columns, sizeof line_columns / sizeof line_columns[0]);
    for (size_t i = 0; i < statement->n_lines; i++) {
        put_line(&grid, statement, statement->lines[i]);
    }
    if (output == SL_OUTPUT_TABLE) {
        print_title(statement);
        put_total(&grid, statement);
    }
    enum sl_err err = sl_grid_print(&grid, output);
    sl_grid_free(&grid);
    return err;
}

static void put_deal(struct sl_grid *grid,
                     const char *currency,
                     const Salesledger__V1__StatementLine *line,
                     const Salesledger__V1__StatementDeal *deal)
{
    sl_grid_put_text(grid, line->plan);
    sl_grid_put_number(grid, (uint64_t)line->plan_version);
    sl_grid_put_text(grid, line->component);
    sl_grid_put_text(grid, line->window);
    sl_grid_put_shown(grid, line->has_target, show_base(line, line->target, currency));
    sl_grid_put_shown(grid, true, show_index(line, currency));
    sl_grid_put_shown(grid, line->has_factor_ppm, sl_show_decimal(line->factor_ppm, 6));
    sl_grid_put_text(grid, show_gate(line));
    sl_grid_put_number(grid, deal->seq);
    sl_grid_put_text(grid, deal->effective_date);
    sl_grid_put_text(grid, deal->deal);
    sl_grid_put_text(grid, deal->person);
    sl_grid_put_text(grid, deal->customer);
    sl_grid_put_text(grid, deal->product);
    sl_grid_put_shown(grid, deal->has_share_ppm, sl_show_rate(deal->share_ppm));
    sl_grid_put_shown(grid, true, show_base(line, deal->base_value, currency));
    sl_grid_put_shown(grid, true, show_base(line, deal->base_after, currency));
    sl_grid_put_shown(grid, deal->has_rate_ppm, sl_show_rate(deal->rate_ppm));
    sl_grid_put_shown(grid, true, sl_show_money(deal->earned_minor, currency));
    sl_grid_put_shown(grid, deal->uplift_minor != 0, sl_show_money(deal->uplift_minor, currency));
    sl_grid_put_text(grid, currency);
}

/* "  attainment 108.31%": one formula value, if there is one. */
static void print_part(const char *name, bool has, struct sl_shown value)
{
    if (has && value.shown[0] != '\0') {
        (void)printf("  %s %s", name, value.shown); /* main() checks stdout at the end */
    }
}

/* "  target from seq 12, 2026: 25000.00 of 100000.00": each event that the target was set by. */
static void print_origins(const Salesledger__V1__StatementLine *line,
                          Salesledger__V1__TargetOrigin *const *origins,
                          size_t count,
                          const char *currency)
{
    for (size_t i = 0; i < count; i++) {
        const Salesledger__V1__TargetOrigin *origin = origins[i];
        struct sl_shown part = show_base(line, origin->part, currency);
        struct sl_shown amount = show_base(line, origin->amount, currency);
        bool is_part = origin->part != origin->amount;
        (void)printf("  target from seq %llu, %s: %s%s%s\n", (unsigned long long)origin->target_seq,
                     origin->period == NULL ? "" : origin->period, part.shown,
                     is_part ? " of " : "",
                     is_part ? amount.shown : ""); /* main() checks stdout at the end */
    }
}

static void print_formula(const Salesledger__V1__StatementLine *line, const char *currency)
{
    (void)printf("%s version %d (seq %llu), %s, %s\n ", line->plan, (int)line->plan_version,
                 (unsigned long long)line->plan_seq, line->component,
                 line->window); /* main() checks stdout at the end */
    print_part("target", line->has_target, show_base(line, line->target, currency));
    print_part("base", true, show_base(line, line->base_value, currency));
    print_part(line->has_target ? "attainment" : "index", line->index != NULL,
               show_index(line, currency));
    print_part("factor", line->has_factor_ppm, sl_show_decimal(line->factor_ppm, 6));
    if (line->has_gate_open) {
        (void)printf("  gate %s", show_gate(line)); /* main() checks stdout at the end */
    }
    print_part("limited by", line->limited_minor != 0,
               sl_show_money(line->limited_minor, currency));
    print_part("earned", true, sl_show_money(line->earned_minor, currency));
    (void)printf(" %s\n", currency == NULL ? "" : currency); /* main() checks stdout at the end */
    print_origins(line, line->target_origins, line->n_target_origins, currency);
    (void)putchar('\n'); /* as above */
}

/* Each factor on a line of its own: where its multiplier comes from. */
static void print_factors(const Salesledger__V1__StatementLine *line, const char *currency)
{
    for (size_t i = 0; i < line->n_factors; i++) {
        const Salesledger__V1__StatementFactor *factor = line->factors[i];
        (void)printf("  x %s", factor->component); /* main() checks stdout at the end */
        print_part("target", factor->has_target, show_base(line, factor->target, currency));
        print_part("base", true, show_base(line, factor->base_value, currency));
        print_part(factor->has_target ? "attainment" : "index", factor->index != NULL,
                   sl_show_value(factor->index, "", currency));
        print_part("factor", factor->has_factor_ppm, sl_show_decimal(factor->factor_ppm, 6));
        (void)printf("%s\n", factor->gate_open ? "" : "  gate shut"); /* as above */
        print_origins(line, factor->target_origins, factor->n_target_origins, currency);
    }
}

static enum sl_err explain_line(const Salesledger__V1__StatementReply *statement,
                                const Salesledger__V1__StatementLine *line)
{
    struct sl_grid grid = sl_grid_start(deal_columns, sizeof deal_columns / sizeof deal_columns[0]);
    for (size_t i = 0; i < line->n_deals; i++) {
        put_deal(&grid, statement->currency, line, line->deals[i]);
    }
    print_formula(line, statement->currency);
    print_factors(line, statement->currency);
    enum sl_err err = sl_grid_print(&grid, SL_OUTPUT_TABLE);
    (void)putchar('\n'); /* main() checks stdout at the end */
    sl_grid_free(&grid);
    return err;
}

static enum sl_err explain_csv(const Salesledger__V1__StatementReply *statement)
{
    struct sl_grid grid = sl_grid_start(deal_columns, sizeof deal_columns / sizeof deal_columns[0]);
    for (size_t i = 0; i < statement->n_lines; i++) {
        const Salesledger__V1__StatementLine *line = statement->lines[i];
        for (size_t j = 0; j < line->n_deals; j++) {
            put_deal(&grid, statement->currency, line, line->deals[j]);
        }
    }
    enum sl_err err = sl_grid_print(&grid, SL_OUTPUT_CSV);
    sl_grid_free(&grid);
    return err;
}

enum sl_err sl_statement_explain(const Salesledger__V1__StatementReply *statement,
                                 enum sl_output output)
{
    if (output == SL_OUTPUT_CSV) {
        return explain_csv(statement);
    }
    print_title(statement);
    enum sl_err err = SL_OK;
    for (size_t i = 0; i < statement->n_lines && err == SL_OK; i++) {
        err = explain_line(statement, statement->lines[i]);
    }
    struct sl_shown total = sl_show_money(statement->total_minor, statement->currency);
    (void)printf("total %s %s\n", total.shown,
                 statement->currency == NULL
                     ? ""
                     : statement->currency); /* main() checks stdout at the end */
    return err;
}
