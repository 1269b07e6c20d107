/* salesledger erase: makes the personal data of a customer unreadable. */
#include <stdio.h>

#include "cli/grid.h"
#include "cli/question.h"
#include "cli/show.h"
#include "sl/date.h"

static char doc[] = "Makes name, address and all other personal data of CUSTOMER unreadable, in "
                    "every event up to now. It cannot be taken back.\v"
                    "The events stay, with everything else in them, and so do their hashes. Only "
                    "the key is destroyed that the data was encrypted under: "
                    "without --yes nothing is done. What is defined of the customer later is kept, "
                    "under a new key. Backups that were asked to hold keys "
                    "hold this one still.\n"
                    "\n"
                    "Examples:\n"
                    "  salesledger erase ACME --yes\n"
                    "  salesledger log --customer ACME";

static const struct argp_child children[] = {{.argp = &sl_cli_argp}, {0}};

enum { KEY_YES = 'y' };
static const struct argp_option options[] = {
    {"yes", KEY_YES, NULL, 0, "Do it", 0},
    {0},
};

struct erase {
    struct sl_question question; /* first: cast back */
    char *customer;
    bool is_sure;
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
    struct erase *erase = state->input;
    switch (key) {
    case ARGP_KEY_INIT: state->child_inputs[0] = &erase->question.cli; return 0;
    case KEY_YES: erase->is_sure = true; return 0;
    case ARGP_KEY_ARG:
        if (erase->customer != NULL) {
            argp_error(state, "one customer at a time");
        }
        erase->customer = arg;
        return 0;
    case ARGP_KEY_END:
        if (erase->customer == NULL) {
            argp_error(state, "say which CUSTOMER");
        }
        if (!erase->is_sure) {
            argp_error(state, "this cannot be taken back: say --yes");
        }
        return 0;
    default: return ARGP_ERR_UNKNOWN;
    }
}

static const char *truth(bool is_true)
{
    return is_true ? "true" : "false";
}

static enum sl_err print_csv(const Salesledger__V1__EraseReply *reply)
{
    static const struct sl_grid_column columns[] = {
        {.name = "customer"}, {.name = "erased"}, {.name = "was_already"}, {.name = "had_no_data"}};
    char when[SL_TIME_TEXT_MAX] = "";
    if (reply->has_erased_us) {
        (void)sl_time_format((sl_time){reply->erased_us}, when); /* only the length */
    }
    struct sl_grid grid = sl_grid_start(columns, sizeof columns / sizeof columns[0]);
    sl_grid_put_text(&grid, reply->customer);
    sl_grid_put_text(&grid, when);
    sl_grid_put_text(&grid, truth(reply->was_already));
    sl_grid_put_text(&grid, truth(reply->had_no_data));
    enum sl_err err = sl_grid_print(&grid, SL_OUTPUT_CSV);
    sl_grid_free(&grid);
    return err;
}

static void print_erased(const Salesledger__V1__EraseReply *reply)
{
    char when[SL_TIME_TEXT_MAX] = "";
    if (reply->has_erased_us) {
        (void)sl_time_format((sl_time){reply->erased_us}, when); /* only the length */
    }
    if (reply->had_no_data) {
        (void)printf("%s: the ledger holds no personal data\n", reply->customer);
    } else if (reply->was_already) {
        (void)printf("%s: was erased already, at %s\n", reply->customer, when);
    } else {
        (void)printf("%s: erased at %s\n", reply->customer, when);
    }
}

static enum sl_err ask(struct sl_question *question, struct sl_client *client, struct sl_diag *diag)
{
    struct erase *erase = (struct erase *)question;
    Salesledger__V1__EraseRequest request = SALESLEDGER__V1__ERASE_REQUEST__INIT;
    request.customer = erase->customer;
    Salesledger__V1__Reply *reply = NULL;
    enum sl_err err = sl_client_erase(client, &request, &reply, diag);
    if (err != SL_OK) {
        return err;
    }
    switch (question->cli.output) {
    case SL_OUTPUT_JSON: err = sl_cli_print_json(&reply->base, diag); break;
    case SL_OUTPUT_CSV: err = print_csv(reply->erase); break;
    case SL_OUTPUT_TABLE: print_erased(reply->erase); break;
    }
    sl_client_reply_free(reply);
    return err;
}

enum sl_exit sl_command_erase(int argc, char **argv)
{
    static const struct argp argp = {options, parse, "CUSTOMER", doc, children, 0, 0};
    struct erase erase = {.question = sl_question_start("erase")};
    sl_cli_parse(&argp, argc, argv, &erase);
    return sl_question_run(&erase.question, ask);
}
