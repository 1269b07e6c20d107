/* salesledger statement and explain: what a person has earned, and why. */
#include <stdlib.h>
#include <string.h>

#include "cli/statement.h"

static char statement_doc[] =
    "What a person has earned in a period: one line per plan, component and window.\v"
    "Examples:\n"
    "  salesledger statement 'Moses Frase' --period 2017-Q3\n"
    "  salesledger statement 'Moses Frase' --period 2017 --output csv";

static char explain_doc[] =
    "The statement with every deal behind it: base, cumulative base, rate, what it earned, "
    "and the uplift it brought to earlier deals; for each line plan version, target and what set "
    "it, "
    "attainment or index, factor and gate.\v"
    "Examples:\n"
    "  salesledger explain 'Moses Frase' --period 2017-Q3 --plan tiered\n"
    "  salesledger explain 'Moses Frase' --period 2017-Q3 --output json";

static char arguments[] = "PERSON";

static const struct argp_option options[] = {
    {"person", SL_KEY_PERSON, "ID", 0, "The person, if not given as an argument", 0},
    {"plan", SL_KEY_PLAN, "ID", 0, "Only this plan; otherwise every plan assigned", 0},
    {0},
};

static const struct argp_child children[] = {
    {.argp = &sl_question_period_argp}, {.argp = &sl_cli_argp}, {0}};

static error_t parse(int key, char *arg, struct argp_state *state)
{
    struct sl_question *question = state->input;
    switch (key) {
    case ARGP_KEY_INIT:
        state->child_inputs[0] = question;
        state->child_inputs[1] = &question->cli;
        return 0;
    case ARGP_KEY_ARG:
        if (question->scope.person != NULL) {
            argp_error(state, "one person at a time; put names with blanks in quotes");
        }
        question->scope.person = arg;
        return 0;
    case ARGP_KEY_END:
        if (question->scope.person == NULL || question->period == NULL) {
            argp_error(state, "say whose statement and --period");
        }
        return 0;
    default: return sl_question_parse(key, arg, state);
    }
}

static Salesledger__V1__StatementRequest request_of(struct sl_question *question, bool explain)
{
    Salesledger__V1__StatementRequest request = SALESLEDGER__V1__STATEMENT_REQUEST__INIT;
    request.person = question->scope.person;
    request.period = question->period;
    request.plan = question->plan;
    request.has_explain = true;
    request.explain = explain;
    request.at = question->has_at ? &question->at : NULL;
    return request;
}

static bool same_text(const char *a, const char *b)
{
    return strcmp(a == NULL ? "" : a, b == NULL ? "" : b) == 0;
}

static bool same_line(const Salesledger__V1__StatementLine *a,
                      const Salesledger__V1__StatementLine *b)
{
    return a->plan_seq == b->plan_seq && same_text(a->plan, b->plan) &&
           same_text(a->component, b->component) && same_text(a->window, b->window);
}

/* Moves deals to the end of a line. */
static enum sl_err join_deals(Salesledger__V1__StatementLine *line,
                              Salesledger__V1__StatementLine *more)
{
    if (more->n_deals == 0) {
        return SL_OK;
    }
    Salesledger__V1__StatementDeal **deals =
        reallocarray(line->deals, line->n_deals + more->n_deals, sizeof(void *));
    if (deals == NULL) {
        return SL_E_NO_MEMORY;
    }
    memcpy(deals + line->n_deals, more->deals, more->n_deals * sizeof(void *));
    line->deals = deals;
    line->n_deals += more->n_deals;
    more->n_deals = 0; /* theirs no more */
    return SL_OK;
}

/* Moves a whole line to the end of the statement. */
static enum sl_err join_line(Salesledger__V1__StatementReply *statement,
                             Salesledger__V1__StatementLine **line)
{
    Salesledger__V1__StatementLine **lines =
        reallocarray(statement->lines, statement->n_lines + 1, sizeof(void *));
    if (lines == NULL) {
        return SL_E_NO_MEMORY;
    }
    statement->lines = lines;
    statement->lines[statement->n_lines++] = *line;
    *line = NULL; /* theirs no more */
    return SL_OK;
}

static enum sl_err join_page(Salesledger__V1__StatementReply *statement,
                             Salesledger__V1__StatementReply *page)
{
    enum sl_err err = SL_OK;
    for (size_t i = 0; i < page->n_lines && err == SL_OK; i++) {
        size_t known = 0;
        while (known < statement->n_lines && !same_line(statement->lines[known], page->lines[i])) {
            known++;
        }
        err = known < statement->n_lines ? join_deals(statement->lines[known], page->lines[i])
                                         : join_line(statement, &page->lines[i]);
    }
    size_t kept = 0;
    for (size_t i = 0; i < page->n_lines; i++) {
        if (page->lines[i] != NULL) {
            page->lines[kept++] = page->lines[i];
        }
    }
    page->n_lines = kept;
    return err;
}

static size_t count_deals(const Salesledger__V1__StatementReply *statement)
{
    size_t count = 0;
    for (size_t i = 0; i < statement->n_lines; i++) {
        count += statement->lines[i]->n_deals;
    }
    return count;
}

/* Asks for what did not fit into the first reply. */
static enum sl_err fetch_rest(struct sl_client *client,
                              Salesledger__V1__StatementRequest *request,
                              Salesledger__V1__Reply *first,
                              struct sl_diag *diag)
{
    enum sl_err err = SL_OK;
    for (bool has_more = first->more; has_more && err == SL_OK;) {
        size_t before = count_deals(first->statement);
        request->has_offset = true;
        request->offset = (uint32_t)before;
        Salesledger__V1__Reply *page = NULL;
        err = sl_client_statement(client, request, &page, diag);
        if (err != SL_OK) {
            return err;
        }
        sl_client_cancel(client, page->tag); /* asked page by page, not streamed */
        err = join_page(first->statement, page->statement);
        has_more = page->more && count_deals(first->statement) > before;
        sl_client_reply_free(page);
    }
    first->more = false;
    first->has_more = false;
    return err;
}

static enum sl_err print_reply(const struct sl_question *question,
                               const Salesledger__V1__Reply *reply,
                               bool explain,
                               struct sl_diag *diag)
{
    if (question->cli.output == SL_OUTPUT_JSON) {
        return sl_cli_print_json(&reply->base, diag);
    }
    return explain ? sl_statement_explain(reply->statement, question->cli.output)
                   : sl_statement_print(reply->statement, question->cli.output);
}

static enum sl_err ask_either(struct sl_question *question,
                              struct sl_client *client,
                              bool explain,
                              struct sl_diag *diag)
{
    Salesledger__V1__StatementRequest request = request_of(question, explain);
    Salesledger__V1__Reply *reply = NULL;
    enum sl_err err = sl_client_statement(client, &request, &reply, diag);
    if (err != SL_OK) {
        return err;
    }
    sl_client_cancel(client, reply->tag); /* asked page by page, not streamed */
    err = fetch_rest(client, &request, reply, diag);
    err = err == SL_OK ? print_reply(question, reply, explain, diag) : err;
    sl_client_reply_free(reply);
    return err;
}

static enum sl_err
ask_statement(struct sl_question *question, struct sl_client *client, struct sl_diag *diag)
{
    return ask_either(question, client, false, diag);
}

static enum sl_err
ask_explain(struct sl_question *question, struct sl_client *client, struct sl_diag *diag)
{
    return ask_either(question, client, true, diag);
}

enum sl_exit sl_command_statement(int argc, char **argv)
{
    static const struct argp argp = {options, parse, arguments, statement_doc, children, 0, 0};
    struct sl_question question = sl_question_start("statement");
    sl_cli_parse(&argp, argc, argv, &question);
    return sl_question_run(&question, ask_statement);
}

enum sl_exit sl_command_explain(int argc, char **argv)
{
    static const struct argp argp = {options, parse, arguments, explain_doc, children, 0, 0};
    struct sl_question question = sl_question_start("explain");
    sl_cli_parse(&argp, argc, argv, &question);
    return sl_question_run(&question, ask_explain);
}
