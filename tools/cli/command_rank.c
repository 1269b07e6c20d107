/* salesledger rank: who is ahead, in which order, by which rule for ties. */
#include <stdlib.h>
#include <string.h>

#include "cli/question.h"
#include "cli/show.h"

static char doc[] =
    "Ranks people, units, regions, products or product lines by a measure or by attainment "
    "of their targets.\v"
    "Without --period: all. Everyone who was active is listed, zeros too. Rank types for the "
    "scores 9 7 7 5: "
    "standard 1 2 2 4, modified 1 3 3 4, dense 1 2 2 3, ordinal 1 2 3 4, fractional 1 2.5 "
    "2.5 4.\n\n"
    "Examples:\n"
    "  salesledger rank --period 2017-Q3 --top 10\n"
    "  salesledger rank --period 2017 --measure win.rate --unit East --type dense\n"
    "  salesledger rank --period 2017-Q3 --attainment --around ann --neighbours 3";

static const struct argp_option options[] = {
    {"measure", SL_KEY_MEASURE, "NAME", 0, "What to rank by [booked.amount]", 0},
    {"attainment", SL_KEY_ATTAINMENT, 0, 0, "By attainment of the target on the measure", 0},
    {"role", SL_KEY_ROLE, "ROLE", 0,
     "With --attainment, which target: quota [default], stretch, budget or commit", 0},
    {"by", SL_KEY_BY, "WHAT", 0, "person [default], unit, region, product or line", 0},
    {"type", SL_KEY_TYPE, "TYPE", 0, "standard, modified, dense, ordinal or fractional", 0},
    {"ties", SL_KEY_TIES, "RULE", 0,
     "stay: equals share the place; reached: who got there first, for good, is ahead", 0},
    {0, 0, 0, 0, "Which part of the list:", 5},
    {"top", SL_KEY_TOP, "N", 0, "Only the first N", 0},
    {"around", SL_KEY_AROUND, "KEY", 0, "Around this person, unit, ...", 0},
    {"neighbours", SL_KEY_NEIGHBOURS, "N", 0, "With --around: how many on each side [2]", 0},
    {"one", SL_KEY_ONE, "KEY", 0, "Only this one's place", 0},
    {0},
};

static const struct sl_grid_column columns[] = {
    {"rank", "RANK", true, SL_IN_BOTH},
    {"key", "KEY", false, SL_IN_CSV},
    {"name", "NAME", false, SL_IN_BOTH},
    {"value", "VALUE", true, SL_IN_BOTH},
    {"value.numerator", "", true, SL_IN_CSV},
    {"value.denominator", "", true, SL_IN_CSV},
    {"reached_date", "REACHED", false, SL_IN_BOTH},
    {"reached_seq", "SEQ", true, SL_IN_CSV},
};

/* Options that contradict each other, or that would do nothing. */
static void check_options(struct argp_state *state, const struct sl_question *question)
{
    bool has_top = question->top > 0;
    if (question->one != NULL && (has_top || question->around != NULL)) {
        argp_error(state, "--one is a place of its own: leave out --top and --around");
    } else if (question->around != NULL && has_top) {
        argp_error(state, "say either --top or --around");
    } else if (question->has_neighbours && question->around == NULL) {
        argp_error(state, "--neighbours goes with --around");
    } else if (question->has_role && !question->by_attainment) {
        argp_error(state, "--role goes with --attainment");
    }
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
    if (key == ARGP_KEY_INIT) {
        sl_question_init_children(state);
        return 0;
    }
    if (key == ARGP_KEY_END) {
        check_options(state, state->input);
        return 0;
    }
    return sl_question_parse(key, arg, state);
}

static void fill_row(struct sl_grid *grid,
                     const struct sl_question *question,
                     const char *currency,
                     const Salesledger__V1__RankRow *row)
{
    struct sl_shown value = question->by_attainment
                                ? sl_show_ratio(row->value)
                                : sl_show_value(row->value, question->measures[0], currency);
    sl_grid_put_shown(grid, row->has_rank_milli, sl_show_decimal(row->rank_milli, 3));
    sl_grid_put_text(grid, row->key);
    sl_grid_put_text(grid, row->name != NULL && row->name[0] != '\0' ? row->name : row->key);
    sl_grid_put_shown(grid, true, value);
    sl_grid_put_fraction(grid, row->value);
    sl_grid_put_text(grid, row->reached_date);
    if (row->has_reached_seq) {
        sl_grid_put_number(grid, row->reached_seq);
    } else {
        sl_grid_put_text(grid, NULL);
    }
}

static enum sl_err print_rows(const struct sl_question *question,
                              const Salesledger__V1__RankReply *reply)
{
    struct sl_grid grid = sl_grid_start(columns, sizeof columns / sizeof columns[0]);
    for (size_t i = 0; i < reply->n_rows; i++) {
        fill_row(&grid, question, reply->currency, reply->rows[i]);
    }
    enum sl_err err = sl_grid_print(&grid, question->cli.output);
    sl_grid_free(&grid);
    return err;
}

static Salesledger__V1__RankRequest request_of(struct sl_question *question)
{
    static char all[] = "all";
    Salesledger__V1__RankRequest request = SALESLEDGER__V1__RANK_REQUEST__INIT;
    request.has_dimension = question->by != SALESLEDGER__V1__DIMENSION__DIMENSION_NONE;
    request.dimension = question->by;
    request.measure = question->measures[0];
    request.period = question->period == NULL ? all : question->period;
    request.scope = question->has_scope ? &question->scope : NULL;
    request.has_by = true;
    request.by = question->by_attainment ? SALESLEDGER__V1__RANK_BY__RANK_ATTAINMENT
                                         : SALESLEDGER__V1__RANK_BY__RANK_MEASURE;
    request.has_role = question->has_role;
    request.role = question->role;
    request.has_type = true;
    request.type = question->rank_type;
    request.has_ties = true;
    request.ties = question->ties;
    request.has_top = question->top > 0;
    request.top = question->top;
    request.around = question->around;
    request.has_around_count = question->around != NULL;
    request.around_count = question->around_count;
    request.one = question->one;
    request.at = question->has_at ? &question->at : NULL;
    return request;
}

/* Moves the rows of a continuation to the end of the first page. */
static enum sl_err join_pages(Salesledger__V1__RankReply *first, Salesledger__V1__RankReply *next)
{
    Salesledger__V1__RankRow **rows =
        reallocarray(first->rows, first->n_rows + next->n_rows, sizeof(void *));
    if (rows == NULL) {
        return SL_E_NO_MEMORY;
    }
    memcpy(rows + first->n_rows, next->rows, next->n_rows * sizeof(void *));
    first->rows = rows;
    first->n_rows += next->n_rows;
    next->n_rows = 0; /* theirs no more */
    return SL_OK;
}

/* How many rows the whole answer has. */
static size_t wanted_rows(const struct sl_question *question,
                          const Salesledger__V1__RankReply *reply)
{
    if (question->around != NULL || question->one != NULL) {
        return reply->n_rows;
    }
    return question->top > 0 && question->top < reply->count ? question->top : reply->count;
}

static enum sl_err fetch_rest(struct sl_client *client,
                              Salesledger__V1__RankRequest *request,
                              size_t wanted,
                              Salesledger__V1__RankReply *first,
                              struct sl_diag *diag)
{
    enum sl_err err = SL_OK;
    while (err == SL_OK && first->n_rows < wanted) {
        request->has_offset = true;
        request->offset = (uint32_t)first->n_rows;
        Salesledger__V1__Reply *page = NULL;
        err = sl_client_rank(client, request, &page, diag);
        if (err != SL_OK) {
            return err;
        }
        sl_client_cancel(client, page->tag); /* asked page by page, not streamed */
        bool is_last = page->rank->n_rows == 0;
        err = is_last ? SL_OK : join_pages(first, page->rank);
        sl_client_reply_free(page);
        if (is_last) {
            return SL_OK;
        }
    }
    return err;
}

static enum sl_err ask(struct sl_question *question, struct sl_client *client, struct sl_diag *diag)
{
    Salesledger__V1__RankRequest request = request_of(question);
    Salesledger__V1__Reply *reply = NULL;
    enum sl_err err = sl_client_rank(client, &request, &reply, diag);
    if (err != SL_OK) {
        return err;
    }
    sl_client_cancel(client, reply->tag); /* asked page by page, not streamed */
    err = fetch_rest(client, &request, wanted_rows(question, reply->rank), reply->rank, diag);
    if (err == SL_OK) {
        reply->has_more = false;
        err = question->cli.output == SL_OUTPUT_JSON ? sl_cli_print_json(&reply->base, diag)
                                                     : print_rows(question, reply->rank);
    }
    sl_client_reply_free(reply);
    return err;
}

enum sl_exit sl_command_rank(int argc, char **argv)
{
    static const struct argp argp = {options, parse, 0, doc, sl_question_children, 0, 0};
    static char amount[] = "booked.amount";
    struct sl_question question = sl_question_start("rank");
    question.around_count = 2;
    sl_cli_parse(&argp, argc, argv, &question);
    if (question.measure_count == 0) {
        question.measures[0] = amount;
    }
    return sl_question_run(&question, ask);
}
