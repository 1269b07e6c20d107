/* salesledger log: recorded events by range, entity, type and day. */
#include <stdio.h>
#include <string.h>

#include "cli/event_line.h"
#include "cli/question.h"

static char doc[] =
    "Recorded events, oldest first: as a table, as CSV, or with --output json as one JSON "
    "object per line (which `append` takes into another ledger once seq, recordedUs and "
    "actor are removed).\v"
    "Without --from, --to, --since and --until: all of them.\n\n"
    "Examples:\n"
    "  salesledger log --deal 1C1I7A6R\n"
    "  salesledger log --from 100 --to 200 --output json\n"
    "  salesledger log --type close --since 2017-03-01 --until 2017-04-01\n"
    "  salesledger log --last 20";

enum { KEY_FROM = 0x400, KEY_TO, KEY_SINCE, KEY_UNTIL, KEY_LAST, KEY_DEAL, KEY_ENTITY };

static const struct argp_option options[] = {
    {"from", KEY_FROM, "SEQ", 0, "First position", 1},
    {"to", KEY_TO, "SEQ", 0, "Last position", 1},
    {"last", KEY_LAST, "N", 0, "Only the N newest, newest first", 1},
    {"since", KEY_SINCE, "DAY", 0, "Only what took effect on this day or later", 2},
    {"until", KEY_UNTIL, "DAY", 0, "Only what took effect before this day", 2},
    {"type", 't', "TYPE", 0,
     "contact, quote, close, payout, define, target, plan, approve, correct or note; repeatable",
     2},
    {"person", SL_KEY_PERSON, "ID", 0, "Only what touched this person", 3},
    {"unit", SL_KEY_UNIT, "ID", 0, "Only what touched this unit", 3},
    {"line", SL_KEY_LINE, "ID", 0, "Only what touched this product line", 3},
    {"product", SL_KEY_PRODUCT, "ID", 0, "Only what touched this product", 3},
    {"customer", SL_KEY_CUSTOMER, "ID", 0, "Only what touched this customer", 3},
    {"deal", KEY_DEAL, "ID", 0, "Only what touched this deal", 3},
    {"plan", SL_KEY_PLAN, "ID", 0, "Only what touched this plan", 3},
    {0},
};

static const struct argp_child children[] = {{.argp = &sl_cli_argp}, {0}};

struct log_question {
    struct sl_question question; /* first, so that sl_question_run() can hand it back */
    Salesledger__V1__LogRequest request;
    char *types[SL_QUESTION_TYPES_MAX];
    uint64_t last; /* 0: all */
    struct sl_grid grid;
    uint64_t printed;
    char currency[4]; /* the ledger's */
};

static void set_entity(struct argp_state *state, Salesledger__V1__EntityKind kind, char *arg)
{
    struct log_question *log = state->input;
    if (log->request.entity != NULL) {
        argp_error(state, "one person, unit, line, product, customer, deal or plan at a time");
    }
    log->request.has_entity_kind = true;
    log->request.entity_kind = kind;
    log->request.entity = arg;
}

static error_t parse_entity(int key, char *arg, struct argp_state *state)
{
    switch (key) {
    case SL_KEY_PERSON: set_entity(state, SALESLEDGER__V1__ENTITY_KIND__PERSON, arg); return 0;
    case SL_KEY_UNIT: set_entity(state, SALESLEDGER__V1__ENTITY_KIND__UNIT, arg); return 0;
    case SL_KEY_LINE: set_entity(state, SALESLEDGER__V1__ENTITY_KIND__PRODUCT_LINE, arg); return 0;
    case SL_KEY_PRODUCT: set_entity(state, SALESLEDGER__V1__ENTITY_KIND__PRODUCT, arg); return 0;
    case SL_KEY_CUSTOMER: set_entity(state, SALESLEDGER__V1__ENTITY_KIND__CUSTOMER, arg); return 0;
    case KEY_DEAL: set_entity(state, SALESLEDGER__V1__ENTITY_KIND__DEAL, arg); return 0;
    case SL_KEY_PLAN: set_entity(state, SALESLEDGER__V1__ENTITY_KIND__PLAN, arg); return 0;
    default: return ARGP_ERR_UNKNOWN;
    }
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
    struct log_question *log = state->input;
    switch (key) {
    case ARGP_KEY_INIT: state->child_inputs[0] = &log->question.cli; return 0;
    case KEY_FROM:
        log->request.has_from = true;
        log->request.from = sl_question_seq(state, "--from", arg);
        return 0;
    case KEY_TO:
        log->request.has_to = true;
        log->request.to = sl_question_seq(state, "--to", arg);
        return 0;
    case KEY_LAST: log->last = sl_question_count(state, "--last", arg, UINT64_MAX); return 0;
    case KEY_SINCE: log->request.date_from = arg; return 0;
    case KEY_UNTIL: log->request.date_to = arg; return 0;
    case 't': sl_question_add_type(state, log->types, &log->request.n_types, arg); return 0;
    default: return parse_entity(key, arg, state);
    }
}

static enum sl_err
take_page(struct log_question *log, const Salesledger__V1__EventPage *page, struct sl_diag *diag)
{
    enum sl_err err = SL_OK;
    for (size_t i = 0; i < page->n_events && err == SL_OK; i++) {
        if (log->last > 0 && log->printed == log->last) {
            break;
        }
        log->printed++;
        if (log->question.cli.output == SL_OUTPUT_JSON) {
            err = sl_cli_print_json(&page->events[i]->base, diag);
        } else {
            sl_event_put(&log->grid, page->events[i], log->currency);
        }
    }
    return err;
}

/* Moves the request behind a page. False: that was the last one. */
static bool go_on(struct log_question *log, const Salesledger__V1__Reply *reply)
{
    uint64_t next = reply->events->next;
    if (log->last > 0) {
        log->request.has_to = true;
        log->request.to = next;
        return next > 0 && log->printed < log->last;
    }
    uint64_t end =
        log->request.has_to && log->request.to < reply->seq ? log->request.to : reply->seq;
    bool has_moved = next > log->request.from;
    log->request.has_from = true;
    log->request.from = next;
    return has_moved && next <= end;
}

/* What amounts of targets are in. */
static enum sl_err
ask_currency(struct log_question *log, struct sl_client *client, struct sl_diag *diag)
{
    Salesledger__V1__Reply *reply = NULL;
    enum sl_err err = sl_client_status(client, &reply, diag);
    if (err == SL_OK && reply->status->currency != NULL) {
        (void)snprintf(log->currency, sizeof log->currency, "%s",
                       reply->status->currency); /* three letters */
    }
    sl_client_reply_free(reply);
    return err;
}

static enum sl_err ask(struct sl_question *question, struct sl_client *client, struct sl_diag *diag)
{
    struct log_question *log = (struct log_question *)(void *)question;
    bool is_shown = question->cli.output != SL_OUTPUT_JSON;
    enum sl_err err = is_shown ? ask_currency(log, client, diag) : SL_OK;
    for (bool has_more = true; has_more && err == SL_OK;) {
        Salesledger__V1__Reply *reply = NULL;
        err = sl_client_log(client, &log->request, &reply, diag);
        if (err != SL_OK) {
            return err;
        }
        err = take_page(log, reply->events, diag);
        has_more = go_on(log, reply);
        sl_client_reply_free(reply);
    }
    if (err == SL_OK && is_shown) {
        err = sl_grid_print(&log->grid, question->cli.output);
    }
    return err;
}

enum sl_exit sl_command_log(int argc, char **argv)
{
    static const struct argp argp = {options, parse, 0, doc, children, 0, 0};
    struct log_question log = {
        .question = sl_question_start("log"),
        .request = SALESLEDGER__V1__LOG_REQUEST__INIT,
        .grid = sl_grid_start(sl_event_columns, sl_event_column_count),
    };
    log.request.types = log.types;
    sl_cli_parse(&argp, argc, argv, &log);
    log.request.has_reverse = log.last > 0;
    log.request.reverse = log.last > 0;
    enum sl_exit status = sl_question_run(&log.question, ask);
    sl_grid_free(&log.grid);
    return status;
}
