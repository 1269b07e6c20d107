/* salesledger targets: what was asked of whom, and how far they are. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/origins.h"
#include "cli/question.h"
#include "cli/show.h"

static char doc[] =
    "Targets with actual, attainment, pace and gaps. Without a scope, every scope that has a "
    "target.\v"
    "--period is needed. Where no target was set for just that period, it is derived from those of "
    "other periods: a year by its months, months by their days, in parts that sum exactly; FROM "
    "names them. A scope means targets of exactly that scope: --unit East does not list those of "
    "its people.\n\n"
    "EFFECTIVE is the target of a person who was hired or left meanwhile, or who ramps up, less "
    "what falls on other days. Attainment is that of TARGET all the same.\n\n"
    "Attainment is exact in JSON and CSV and rounded to 0.01 % in tables. A target of 0 is "
    "\"no target\"; \"-\" means that there is nothing to hold against it.\n\n"
    "Examples:\n"
    "  salesledger targets --period 2017-Q3\n"
    "  salesledger targets --period 2017-07 --unit East --today 2017-07-20\n"
    "  salesledger targets --period 2017-W31 --measure booked.amount\n"
    "  salesledger targets --period 2017 --role budget --output json";

static const struct argp_option options[] = {
    {"measure", SL_KEY_MEASURE, "NAME", 0, "Only targets on this measure", 0},
    {"role", SL_KEY_ROLE, "ROLE", 0, "quota [default], stretch, budget or commit", 0},
    {"today", SL_KEY_TODAY, "DAY", 0, "The day that pace and required run rate are reckoned from",
     0},
    {0},
};

/* Unlike in other questions, a unit does not stand for all below it. */
static const struct argp_option scope_options[] = {
    {0, 0, 0, 0, "Targets of exactly this scope; any combination:", 20},
    {"person", SL_KEY_PERSON, "ID", 0, "One person", 0},
    {"unit", SL_KEY_UNIT, "ID", 0, "The unit itself, not what is below it", 0},
    {"line", SL_KEY_LINE, "ID", 0, "A product line", 0},
    {"product", SL_KEY_PRODUCT, "ID", 0, "One product", 0},
    {"customer", SL_KEY_CUSTOMER, "ID", 0, "One customer", 0},
    {"region", SL_KEY_REGION, "ID", 0, "The customers' region", 0},
    {0},
};

static const struct argp scope_argp = {.options = scope_options, .parser = sl_question_parse};

/* In the order of sl_question_init_children(). */
static const struct argp_child children[] = {
    {.argp = &sl_question_period_argp},
    {.argp = &scope_argp},
    {.argp = &sl_cli_argp},
    {0},
};

static const struct sl_grid_column columns[] = {
    {"name", "NAME", false, SL_IN_TABLE},
    {"person", "PERSON", false, SL_IN_CSV},
    {"unit", "UNIT", false, SL_IN_CSV},
    {"product_line", "LINE", false, SL_IN_CSV},
    {"product", "PRODUCT", false, SL_IN_CSV},
    {"customer", "CUSTOMER", false, SL_IN_CSV},
    {"region", "REGION", false, SL_IN_CSV},
    {"measure", "MEASURE", false, SL_IN_BOTH},
    {"period", "PERIOD", false, SL_IN_BOTH},
    {"role", "ROLE", false, SL_IN_BOTH},
    {"target", "TARGET", true, SL_IN_BOTH},
    {"actual", "ACTUAL", true, SL_IN_BOTH},
    {"attainment", "ATTAINMENT", true, SL_IN_BOTH},
    {"attainment.numerator", "", true, SL_IN_CSV},
    {"attainment.denominator", "", true, SL_IN_CSV},
    {"pace", "PACE", true, SL_IN_BOTH},
    {"gap", "GAP", true, SL_IN_BOTH},
    {"required_per_day", "PER DAY", true, SL_IN_BOTH},
    {"children_sum", "CHILDREN", true, SL_IN_CSV},
    {"gap_to_children", "TO CHILDREN", true, SL_IN_BOTH},
    {"target_seq", "SEQ", true, SL_IN_CSV},
    {"effective", "EFFECTIVE", true, SL_IN_BOTH},
    {"origins", "FROM", false, SL_IN_BOTH},
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
    if (key == ARGP_KEY_INIT) {
        sl_question_init_children(state);
        return 0;
    }
    if (key == ARGP_KEY_END) {
        sl_question_need_period(state);
        return 0;
    }
    return sl_question_parse(key, arg, state);
}

/* "Moses Frase", "East / GTX", or "company" for the empty scope. */
static void name_scope(const Salesledger__V1__TargetRow *row, char *buf, size_t size)
{
    static const Salesledger__V1__Scope none = SALESLEDGER__V1__SCOPE__INIT;
    const Salesledger__V1__Scope *scope = row->scope == NULL ? &none : row->scope;
    const char *const parts[] = {scope->person,  scope->unit,     scope->product_line,
                                 scope->product, scope->customer, scope->region};
    size_t len = 0;
    buf[0] = '\0';
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
        if (parts[i] == NULL || parts[i][0] == '\0' || len >= size) {
            continue;
        }
        int added = snprintf(buf + len, size - len, "%s%s", len == 0 ? "" : " / ", parts[i]);
        len += added > 0 ? (size_t)added : 0;
    }
    if (len == 0) {
        (void)snprintf(buf, size, "company"); /* fits */
    }
}

static void put_scope(struct sl_grid *grid, const Salesledger__V1__TargetRow *row)
{
    static const Salesledger__V1__Scope none = SALESLEDGER__V1__SCOPE__INIT;
    const Salesledger__V1__Scope *scope = row->scope == NULL ? &none : row->scope;
    char name[512];
    name_scope(row, name, sizeof name);
    sl_grid_put_text(grid, row->name != NULL && row->name[0] != '\0' ? row->name : name);
    sl_grid_put_text(grid, scope->person);
    sl_grid_put_text(grid, scope->unit);
    sl_grid_put_text(grid, scope->product_line);
    sl_grid_put_text(grid, scope->product);
    sl_grid_put_text(grid, scope->customer);
    sl_grid_put_text(grid, scope->region);
}

static const char *role_name(Salesledger__V1__Target__Role role)
{
    const ProtobufCEnumValue *value =
        protobuf_c_enum_descriptor_get_value(&salesledger__v1__target__role__descriptor, (int)role);
    return value == NULL ? "" : value->name;
}

/* A target of nothing is none; beside another one, what is undefined is the actual. */
static struct sl_shown attainment(const Salesledger__V1__TargetRow *row)
{
    struct sl_shown shown = sl_show_ratio(row->attainment);
    if (shown.shown[0] == '\0' && row->target <= 0) {
        (void)snprintf(shown.shown, sizeof shown.shown, "no target"); /* fits */
    }
    return shown;
}

/* Nothing for a target that was set for just this period. */
static void put_origins(struct sl_grid *grid, const Salesledger__V1__TargetRow *row)
{
    char shown[SL_ORIGINS_TEXT_MAX];
    char *exact = sl_origins_list(row->origins, row->n_origins);
    sl_origins_show(row->origins, row->n_origins, shown);
    sl_grid_put(grid, shown, exact);
    free(exact);
}

static void
fill_row(struct sl_grid *grid, const Salesledger__V1__TargetRow *row, const char *currency)
{
    const char *measure = row->measure == NULL ? "" : row->measure;
    Salesledger__V1__UnitOfMeasure unit =
        row->actual == NULL ? SALESLEDGER__V1__UNIT_OF_MEASURE__UNIT_NONE : row->actual->unit;
    put_scope(grid, row);
    sl_grid_put_text(grid, measure);
    sl_grid_put_text(grid, row->period);
    sl_grid_put_text(grid, role_name(row->role));
    sl_grid_put_shown(grid, row->has_target, sl_show_integer(row->target, unit, measure, currency));
    sl_grid_put_shown(grid, true, sl_show_value(row->actual, measure, currency));
    sl_grid_put_shown(grid, true, attainment(row));
    sl_grid_put_fraction(grid, row->attainment);
    sl_grid_put_shown(grid, true, sl_show_ratio(row->pace));
    sl_grid_put_shown(grid, row->has_gap, sl_show_integer(row->gap, unit, measure, currency));
    sl_grid_put_shown(grid, true, sl_show_value(row->required_per_day, measure, currency));
    sl_grid_put_shown(grid, row->has_children_sum,
                      sl_show_integer(row->children_sum, unit, measure, currency));
    sl_grid_put_shown(grid, row->has_gap_to_children,
                      sl_show_integer(row->gap_to_children, unit, measure, currency));
    if (row->has_target_seq) {
        sl_grid_put_number(grid, row->target_seq);
    } else {
        sl_grid_put_text(grid, "");
    }
    sl_grid_put_shown(grid, row->effective != NULL,
                      sl_show_value(row->effective, measure, currency));
    put_origins(grid, row);
}

static enum sl_err print_rows(const struct sl_question *question,
                              const Salesledger__V1__TargetsReply *reply)
{
    struct sl_grid grid = sl_grid_start(columns, sizeof columns / sizeof columns[0]);
    for (size_t i = 0; i < reply->n_rows; i++) {
        fill_row(&grid, reply->rows[i], reply->currency);
    }
    enum sl_err err = sl_grid_print(&grid, question->cli.output);
    sl_grid_free(&grid);
    return err;
}

static enum sl_err ask(struct sl_question *question, struct sl_client *client, struct sl_diag *diag)
{
    Salesledger__V1__TargetsRequest request = SALESLEDGER__V1__TARGETS_REQUEST__INIT;
    request.period = question->period;
    request.scope = question->has_scope ? &question->scope : NULL;
    request.measure = question->measure_count == 0 ? NULL : question->measures[0];
    request.has_role = question->has_role;
    request.role = question->role;
    request.at = question->has_at ? &question->at : NULL;
    request.today = question->today;
    Salesledger__V1__Reply *reply = NULL;
    enum sl_err err = sl_client_targets(client, &request, &reply, diag);
    if (err != SL_OK) {
        return err;
    }
    err = question->cli.output == SL_OUTPUT_JSON ? sl_cli_print_json(&reply->base, diag)
                                                 : print_rows(question, reply->targets);
    sl_client_reply_free(reply);
    return err;
}

enum sl_exit sl_command_targets(int argc, char **argv)
{
    static const struct argp argp = {options, parse, 0, doc, children, 0, 0};
    struct sl_question question = sl_question_start("targets");
    sl_cli_parse(&argp, argc, argv, &question);
    return sl_question_run(&question, ask);
}
