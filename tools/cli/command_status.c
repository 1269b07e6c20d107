/* salesledger status: how the daemon is doing. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "cli/question.h"
#include "cli/show.h"

static char doc[] = "Version, log position, and how the daemon is doing.\v"
                    "Examples:\n"
                    "  salesledger status\n"
                    "  salesledger status --output json";

static const struct argp_child children[] = {{.argp = &sl_cli_argp}, {0}};

static const struct sl_grid_column columns[] = {
    {"name", "NAME", false, SL_IN_BOTH},
    {"value", "VALUE", false, SL_IN_BOTH},
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
    struct sl_question *question = state->input;
    if (key != ARGP_KEY_INIT) {
        return sl_question_parse(key, arg, state);
    }
    state->child_inputs[0] = &question->cli;
    return 0;
}

static void put_number(struct sl_grid *grid, const char *name, uint64_t number)
{
    sl_grid_put_text(grid, name);
    sl_grid_put_number(grid, number);
}

static void put_text(struct sl_grid *grid, const char *name, const char *text)
{
    sl_grid_put_text(grid, name);
    sl_grid_put_text(grid, text);
}

static void put_bytes(struct sl_grid *grid, const char *name, ProtobufCBinaryData bytes)
{
    char hex[2 * 64 + 1] = "";
    for (size_t i = 0; i < bytes.len && i < 64; i++) {
        (void)snprintf(hex + 2 * i, 3, "%02x", bytes.data[i]); /* two digits each */
    }
    put_text(grid, name, hex);
}

static enum sl_err print_status(const struct sl_question *question,
                                const Salesledger__V1__StatusReply *status)
{
    struct sl_grid grid = sl_grid_start(columns, sizeof columns / sizeof columns[0]);
    put_text(&grid, "version", status->version);
    put_bytes(&grid, "ledger_id", status->ledger_id);
    put_text(&grid, "timezone", status->timezone);
    put_text(&grid, "currency", status->currency);
    put_text(&grid, "policy",
             status->policy == SALESLEDGER__V1__SETTINGS__POLICY__STRICT ? "strict" : "open");
    put_text(&grid, "actor", status->actor);
    put_number(&grid, "head", status->head);
    put_number(&grid, "durable", status->durable);
    put_number(&grid, "checkpointed", status->checkpointed);
    put_number(&grid, "undefined", status->undefined);
    put_number(&grid, "refusals", status->refusals);
    put_number(&grid, "sessions", status->sessions);
    put_number(&grid, "subscriptions", status->subscriptions);
    put_number(&grid, "batches", status->batches);
    put_number(&grid, "checkpoints", status->checkpoints);
    put_number(&grid, "checkpoint_us_last", status->checkpoint_us_last);
    put_number(&grid, "gate_held_us_max", status->gate_held_us_max);
    put_number(&grid, "memory_bytes", status->memory_bytes);
    put_number(&grid, "disk_free_bytes", status->disk_free_bytes);
    put_number(&grid, "uptime_us", (uint64_t)status->uptime_us);
    put_number(&grid, "tree_size", status->tree_size);
    put_bytes(&grid, "tree_root", status->tree_root);
    enum sl_err err = sl_grid_print(&grid, question->cli.output);
    sl_grid_free(&grid);
    return err;
}

static enum sl_err ask(struct sl_question *question, struct sl_client *client, struct sl_diag *diag)
{
    Salesledger__V1__Reply *reply = NULL;
    enum sl_err err = sl_client_status(client, &reply, diag);
    if (err != SL_OK) {
        return err;
    }
    err = question->cli.output == SL_OUTPUT_JSON ? sl_cli_print_json(&reply->base, diag)
                                                 : print_status(question, reply->status);
    sl_client_reply_free(reply);
    return err;
}

enum sl_exit sl_command_status(int argc, char **argv)
{
    static const struct argp argp = {0, parse, 0, doc, children, 0, 0};
    struct sl_question question = sl_question_start("status");
    sl_cli_parse(&argp, argc, argv, &question);
    return sl_question_run(&question, ask);
}
