/* salesledger status: how the daemon is doing. */
#include "cli/question.h"
#include "cli/status.h"

static char doc[] =
    "Version, log position, and how the daemon is doing: rates, latencies, queues, journal, "
    "checkpoint, memory, disk.\v"
    "Counts are since the daemon's start. Latencies are at most an eighth too high. With "
    "--prometheus the answer is in the text format that Prometheus scrapes.\n\n"
    "Examples:\n"
    "  salesledger status\n"
    "  salesledger status --output json\n"
    "  salesledger status --prometheus > sl.new && mv sl.new sl.prom";

enum { KEY_PROMETHEUS = 0x400 };

static const struct argp_option options[] = {
    {"prometheus", KEY_PROMETHEUS, NULL, 0, "Print metrics for Prometheus, not a table", 0},
    {0},
};

static const struct argp_child children[] = {{.argp = &sl_cli_argp}, {0}};

struct status_question {
    struct sl_question question; /* first, so that sl_question_run() can hand it back */
    bool is_prometheus;
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
    struct status_question *status = state->input;
    switch (key) {
    case ARGP_KEY_INIT: state->child_inputs[0] = &status->question.cli; return 0;
    case KEY_PROMETHEUS: status->is_prometheus = true; return 0;
    case ARGP_KEY_END:
        if (status->is_prometheus && status->question.cli.has_output) {
            argp_error(state, "--prometheus and --output exclude each other");
        }
        return 0;
    default: return sl_question_parse(key, arg, state);
    }
}

static enum sl_err print_status(const struct status_question *status,
                                const Salesledger__V1__Reply *reply,
                                struct sl_diag *diag)
{
    if (status->is_prometheus) {
        return sl_status_print_prometheus(reply->status);
    }
    switch (status->question.cli.output) {
    case SL_OUTPUT_JSON: return sl_cli_print_json(&reply->base, diag);
    case SL_OUTPUT_CSV: return sl_status_print_csv(reply->status);
    case SL_OUTPUT_TABLE: break;
    }
    return sl_status_print_tables(reply->status);
}

static enum sl_err ask(struct sl_question *question, struct sl_client *client, struct sl_diag *diag)
{
    Salesledger__V1__Reply *reply = NULL;
    enum sl_err err = sl_client_status(client, &reply, diag);
    if (err != SL_OK) {
        return err;
    }
    err = print_status((const struct status_question *)question, reply, diag);
    sl_client_reply_free(reply);
    return err;
}

enum sl_exit sl_command_status(int argc, char **argv)
{
    static const struct argp argp = {options, parse, 0, doc, children, 0, 0};
    struct status_question status = {.question = sl_question_start("status")};
    sl_cli_parse(&argp, argc, argv, &status);
    return sl_question_run(&status.question, ask);
}
