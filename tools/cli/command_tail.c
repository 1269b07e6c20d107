/* salesledger tail: events as they are recorded, from any position on. */
#include <stdio.h>
#include <string.h>

#include "cli/interrupt.h"
#include "cli/question.h"

static char doc[] =
    "Follows the log and prints each event as one line of JSON, from a position on or from "
    "now on. Ends with Ctrl-C.\v"
    "There is no other form of output here. Nothing is printed twice or left out, also when the "
    "daemon restarts meanwhile: start "
    "again with --from one above the last seq you have.\n\n"
    "Examples:\n"
    "  salesledger tail\n"
    "  salesledger tail --from 1 --type close | jq .close.deal\n"
    "  salesledger tail --from 1 --count 10";

enum { KEY_FROM = 0x400, KEY_COUNT };

static const struct argp_option options[] = {
    {"from", KEY_FROM, "SEQ", 0, "First position wanted [the next one recorded]", 0},
    {"type", 't', "TYPE", 0, "Only these types; repeatable", 0},
    {"count", KEY_COUNT, "N", 0, "End after N events", 0},
    {0},
};

static const struct argp_child children[] = {{.argp = &sl_cli_argp}, {0}};

struct tail_question {
    struct sl_question question; /* first, so that sl_question_run() can hand it back */
    Salesledger__V1__SubscribeRequest request;
    char *types[SL_QUESTION_TYPES_MAX];
    uint64_t count; /* 0: no end */
    uint64_t printed;
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
    struct tail_question *tail = state->input;
    switch (key) {
    case ARGP_KEY_INIT: state->child_inputs[0] = &tail->question.cli; return 0;
    case KEY_FROM:
        tail->request.has_from = true;
        tail->request.from = sl_question_seq(state, "--from", arg);
        return 0;
    case KEY_COUNT: tail->count = sl_question_count(state, "--count", arg, UINT64_MAX); return 0;
    case 't': sl_question_add_type(state, tail->types, &tail->request.n_types, arg); return 0;
    case ARGP_KEY_END:
        if (tail->question.cli.has_output && tail->question.cli.output != SL_OUTPUT_JSON) {
            argp_error(state, "events that follow one another are printed as JSON lines only");
        }
        return 0;
    default: return ARGP_ERR_UNKNOWN;
    }
}

static bool is_done(const struct tail_question *tail)
{
    return tail->count > 0 && tail->printed >= tail->count;
}

static enum sl_err
print_page(struct tail_question *tail, const Salesledger__V1__Reply *reply, struct sl_diag *diag)
{
    enum sl_err err = sl_client_reply_err(reply, diag);
    size_t count = reply->events == NULL ? 0 : reply->events->n_events;
    for (size_t i = 0; i < count && err == SL_OK && !is_done(tail); i++) {
        err = sl_cli_print_json(&reply->events->events[i]->base, diag);
        tail->printed++;
    }
    if (err == SL_OK && fflush(stdout) != 0) {
        err = sl_refuse(diag, SL_E_IO, "", "writing to standard output failed");
    }
    return err;
}

static enum sl_err ask(struct sl_question *question, struct sl_client *client, struct sl_diag *diag)
{
    struct tail_question *tail = (struct tail_question *)(void *)question;
    uint64_t tag = 0;
    enum sl_err err = sl_client_subscribe(client, &tail->request, &tag, diag);
    sl_interrupt_watch(client);
    while (err == SL_OK && !is_done(tail)) {
        Salesledger__V1__Reply *reply = NULL;
        err = sl_client_next(client, tag, SL_CLIENT_FOREVER, &reply, diag);
        if (err == SL_OK) {
            err = print_page(tail, reply, diag);
            sl_client_reply_free(reply);
        }
    }
    sl_interrupt_watch(NULL);
    return err == SL_E_CANCELLED ? SL_OK : err; /* Ctrl-C is how it ends */
}

enum sl_exit sl_command_tail(int argc, char **argv)
{
    static const struct argp argp = {options, parse, 0, doc, children, 0, 0};
    struct tail_question tail = {
        .question = sl_question_start("tail"),
        .request = SALESLEDGER__V1__SUBSCRIBE_REQUEST__INIT,
    };
    tail.request.types = tail.types;
    sl_cli_parse(&argp, argc, argv, &tail);
    return sl_question_run(&tail.question, ask);
}
