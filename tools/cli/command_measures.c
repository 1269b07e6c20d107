/* salesledger measures: values over a period and scope, in all or split by a dimension. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/question.h"
#include "cli/show.h"
#include "import/memory.h"

static char doc[] =
    "Values of measures over a period and scope, in all or one row per person, unit, region, "
    "product or line.\v"
    "Measures: booked.amount booked.count booked.units booked.margin won.count lost.count "
    "win.rate deal.size margin.rate cycle.days quote.count quote.amount contact.count "
    "contact.count:VISIT invoiced.amount delivered.amount collected.amount returned.amount. "
    "Without --measure: booked.amount, booked.count and win.rate; without --period: all. A value "
    "that is undefined, such as the win rate of nothing, is \"-\" in tables and empty in CSV.\n\n"
    "Examples:\n"
    "  salesledger measures --period 2017 --by unit\n"
    "  salesledger measures --period 2017 --measure win.rate --person 'Moses Frase'\n"
    "  salesledger measures --period 2017 --by product --output csv > products.csv";

static const struct argp_option options[] = {
    {"measure", SL_KEY_MEASURE, "NAME", 0, "What to measure; may be given up to 16 times", 0},
    {"by", SL_KEY_BY, "WHAT", 0, "One row per person, unit, region, product or line", 0},
    {"as-is-now", SL_KEY_NOW, 0, 0, "With today's membership of units instead of that of each day",
     0},
    {0},
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
    if (key == ARGP_KEY_INIT) {
        sl_question_init_children(state);
        return 0;
    }
    return sl_question_parse(key, arg, state);
}

static void ask_usual_measures(struct sl_question *question)
{
    static char amount[] = "booked.amount";
    static char count[] = "booked.count";
    static char rate[] = "win.rate";
    char *usual[] = {amount, count, rate};
    for (size_t i = 0; i < 3 && question->measure_count < 3; i++) {
        question->measures[question->measure_count++] = usual[i];
    }
}

/* Key and name, then each measure; ratios bring their two integers into the CSV form. `names` owns the longer names. */
struct layout {
    struct sl_grid_column columns[2 + 3 * SL_QUERY_MEASURES_MAX];
    char names[2 * SL_QUERY_MEASURES_MAX][96];
    size_t column_count;
    size_t name_count;
};

static void
add_column(struct layout *layout, const char *name, const char *heading, enum sl_where where)
{
    layout->columns[layout->column_count++] = (struct sl_grid_column){
        .name = name, .heading = heading, .is_number = true, .where = where};
}

static void add_part(struct layout *layout, const char *measure, const char *part)
{
    char *name = layout->names[layout->name_count++];
    (void)snprintf(name, sizeof layout->names[0], "%.64s.%s", measure,
                   part); /* measures are shorter */
    add_column(layout, name, part, SL_IN_CSV);
}

static void lay_out(const struct sl_question *question, struct layout *layout)
{
    enum sl_where keys =
        question->by == SALESLEDGER__V1__DIMENSION__DIMENSION_NONE ? SL_IN_CSV : SL_IN_BOTH;
    layout->columns[0] = (struct sl_grid_column){"key", "KEY", false, SL_IN_CSV};
    layout->columns[1] = (struct sl_grid_column){"name", "NAME", false, keys};
    layout->column_count = 2;
    for (size_t i = 0; i < question->measure_count; i++) {
        const char *measure = question->measures[i];
        add_column(layout, measure, measure, SL_IN_BOTH);
        if (!sl_measure_is_sum(measure)) {
            add_part(layout, measure, "numerator");
            add_part(layout, measure, "denominator");
        }
    }
}

static void fill_row(struct sl_grid *grid,
                     const struct sl_question *question,
                     const char *currency,
                     const Salesledger__V1__MeasuresRow *row)
{
    sl_grid_put_text(grid, row->key);
    sl_grid_put_text(grid, row->name != NULL && row->name[0] != '\0' ? row->name : row->key);
    for (size_t i = 0; i < question->measure_count; i++) {
        const Salesledger__V1__Value *value = i < row->n_values ? row->values[i] : NULL;
        struct sl_shown shown = sl_show_value(value, question->measures[i], currency);
        sl_grid_put_shown(grid, true, sl_show_or_dash(shown));
        if (!sl_measure_is_sum(question->measures[i])) {
            sl_grid_put_fraction(grid, value);
        }
    }
}

static enum sl_err print_rows(const struct sl_question *question,
                              const Salesledger__V1__MeasuresReply *reply)
{
    struct layout *layout = sl_tool_alloc(1, sizeof *layout);
    lay_out(question, layout);
    struct sl_grid grid = sl_grid_start(layout->columns, layout->column_count);
    for (size_t i = 0; i < reply->n_rows; i++) {
        fill_row(&grid, question, reply->currency, reply->rows[i]);
    }
    enum sl_err err = sl_grid_print(&grid, question->cli.output);
    sl_grid_free(&grid);
    free(layout);
    return err;
}

static enum sl_err ask(struct sl_question *question, struct sl_client *client, struct sl_diag *diag)
{
    static char all[] = "all";
    Salesledger__V1__MeasuresRequest request = SALESLEDGER__V1__MEASURES_REQUEST__INIT;
    request.n_measures = question->measure_count;
    request.measures = question->measures;
    request.period = question->period == NULL ? all : question->period;
    request.scope = question->has_scope ? &question->scope : NULL;
    request.at = question->has_at ? &question->at : NULL;
    request.has_by = true;
    request.by = question->by;
    request.has_as_is_now = question->as_is_now;
    request.as_is_now = question->as_is_now;
    Salesledger__V1__Reply *reply = NULL;
    enum sl_err err = sl_client_measures(client, &request, &reply, diag);
    if (err != SL_OK) {
        return err;
    }
    err = question->cli.output == SL_OUTPUT_JSON ? sl_cli_print_json(&reply->base, diag)
                                                 : print_rows(question, reply->measures);
    sl_client_reply_free(reply);
    return err;
}

enum sl_exit sl_command_measures(int argc, char **argv)
{
    static const struct argp argp = {options, parse, 0, doc, sl_question_children, 0, 0};
    struct sl_question question = sl_question_start("measures");
    sl_cli_parse(&argp, argc, argv, &question);
    if (question.measure_count == 0) {
        ask_usual_measures(&question);
    }
    return sl_question_run(&question, ask);
}
