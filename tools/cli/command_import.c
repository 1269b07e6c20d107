/* salesledger import: rows of CSV files, turned into events by a mapping. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/interrupt.h"
#include "cli/sender.h"
#include "import/import.h"
#include "import/memory.h"
#include "import/reject.h"

#define REFUSALS_TOLD_MAX 20u

_Static_assert(SL_IMPORT_ROW_EVENTS_MAX <= SL_SEND_GROUP_EVENTS, "a row is in one request");

static char doc[] =
    "Turns the rows of CSV files into events by a mapping file and sends them. The mapping's "
    "form is described in tools/import/README.md; ready-made ones are beside it.\v"
    "Events get ids made from their content: importing a file again records only what is new "
    "in it. A row that does not fit is named with file, line, column and reason and left out "
    "whole; the others are sent; the exit status is then 1. What the daemon cannot take now is "
    "sent again for --retry-for seconds, before what comes after it; then sending ends there. "
    "Ctrl-C ends it after the answer to what was sent.\n\n"
    "Examples:\n"
    "  salesledger import --mapping opportunities.json --dry-run export.csv | less\n"
    "  salesledger import --mapping opportunities.json --reject bad.csv export.csv\n"
    "  salesledger import --mapping maven-crm/pipeline.json \\\n"
    "    --lookup prices=products.csv sales_pipeline.csv";

static char arguments[] = "CSV...";

enum { KEY_REJECT = 0x400, KEY_DRY_RUN, KEY_LOOKUP };

static const struct argp_option options[] = {
    {"mapping", 'm', "FILE", 0, "How rows become events", 0},
    {"reject", KEY_REJECT, "FILE", 0,
     "Keep refused rows as they are, with the reason, as CSV to be mended and imported; of a file "
     "that breaks off, import the rows before the break and keep all from there on",
     0},
    {"dry-run", KEY_DRY_RUN, 0, 0, "Print the events as JSON lines instead of sending them", 0},
    {"lookup", KEY_LOOKUP, "NAME=FILE", 0,
     "Where a lookup of the mapping finds its rows [beside the CSV]", 0},
    {0},
};

static const struct argp_child children[] = {
    {.argp = &sl_cli_argp}, {.argp = &sl_patience_argp}, {0}};

struct import_run {
    struct sl_cli cli;
    struct sl_patience patience;
    const char *mapping_path;
    const char *reject_path;
    FILE *reject; /* open from before sending on; NULL: refused rows are not kept */
    bool is_dry_run;
    char *lookups[SL_IMPORT_LOOKUPS_MAX]; /* NAME=FILE */
    size_t lookup_count;
    char **paths;
    size_t path_count;
    struct sl_import import;
    size_t unmapped; /* of its refusals, those from before sending */
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
    struct import_run *run = state->input;
    switch (key) {
    case ARGP_KEY_INIT:
        state->child_inputs[0] = &run->cli;
        state->child_inputs[1] = &run->patience;
        return 0;
    case 'm': run->mapping_path = arg; return 0;
    case KEY_REJECT: run->reject_path = arg; return 0;
    case KEY_DRY_RUN: run->is_dry_run = true; return 0;
    case KEY_LOOKUP:
        if (run->lookup_count == SL_IMPORT_LOOKUPS_MAX || strchr(arg, '=') == NULL) {
            argp_error(state, "--lookup is NAME=FILE, at most %u times", SL_IMPORT_LOOKUPS_MAX);
            return 0; /* argp_error() does not return here */
        }
        run->lookups[run->lookup_count++] = arg;
        return 0;
    case ARGP_KEY_ARGS:
        run->paths = state->argv + state->next;
        run->path_count = (size_t)(state->argc - state->next);
        return 0;
    case ARGP_KEY_END:
        if (run->mapping_path == NULL || run->path_count == 0) {
            argp_error(state, "say --mapping FILE and at least one CSV file");
        }
        return 0;
    default: return ARGP_ERR_UNKNOWN;
    }
}

static enum sl_err set_lookup(struct import_run *run, char *argument, struct sl_diag *diag)
{
    char *equals = strchr(argument, '=');
    *equals = '\0';
    enum sl_err err = sl_import_set_lookup(&run->import, argument, equals + 1);
    if (err != SL_OK) {
        return sl_refuse(diag, err, "", "%s has no lookup called \"%s\"", run->mapping_path,
                         argument);
    }
    return SL_OK;
}

static enum sl_err read_all(struct import_run *run, struct sl_diag *diag)
{
    enum sl_err err = SL_OK;
    for (size_t i = 0; i < run->lookup_count && err == SL_OK; i++) {
        err = set_lookup(run, run->lookups[i], diag);
    }
    for (size_t i = 0; i < run->path_count && err == SL_OK; i++) {
        err = sl_import_read(&run->import, run->paths[i], diag);
    }
    err = err == SL_OK ? sl_import_finish(&run->import) : err;
    if (err == SL_OK && run->reject_path != NULL) {
        err = sl_reject_open(&run->import, run->mapping_path, run->reject_path, &run->reject, diag);
    }
    return err;
}

/* The event as a message with its id; owned by the caller. NULL without memory. */
static Salesledger__V1__Event *message_of(const struct sl_import_event *event)
{
    Salesledger__V1__Event *message =
        salesledger__v1__event__unpack(NULL, event->size, event->bytes);
    uint8_t *bytes = malloc(sizeof event->id.bytes);
    if (message == NULL || bytes == NULL) {
        free(bytes);
        if (message != NULL) {
            salesledger__v1__event__free_unpacked(message, NULL);
        }
        return NULL;
    }
    memcpy(bytes, event->id.bytes, sizeof event->id.bytes);
    message->has_id = true;
    message->id = (ProtobufCBinaryData){.len = sizeof event->id.bytes, .data = bytes};
    return message;
}

static enum sl_err print_all(struct import_run *run, struct sl_diag *diag)
{
    enum sl_err err = SL_OK;
    for (size_t i = 0; i < run->import.event_count && err == SL_OK; i++) {
        Salesledger__V1__Event *message = message_of(&run->import.events[i]);
        if (message == NULL) {
            return SL_E_NO_MEMORY;
        }
        err = sl_cli_print_json(&message->base, diag);
        salesledger__v1__event__free_unpacked(message, NULL);
    }
    return err;
}

/* A refusal by the daemon joins those by the mapping: both are rows to be mended. */
static void on_refused(void *ctx, uint64_t origin, enum sl_err err, const struct sl_diag *diag)
{
    (void)err; /* the diag says it */
    struct import_run *run = ctx;
    const struct sl_import_event *event = &run->import.events[origin]; /* the first of its row */
    sl_import_refuse(&run->import, event->file, event->row, diag);
}

/* How many events from `first` on are of one row: they stand side by side. */
static size_t row_size(const struct sl_import *import, size_t first)
{
    const struct sl_import_event *events = import->events;
    size_t end = first + 1;
    while (end < import->event_count && events[end].file == events[first].file &&
           events[end].row == events[first].row) {
        end++;
    }
    return end - first;
}

/* The events of one row, which are recorded together or not at all. */
static enum sl_err send_row(struct import_run *run,
                            struct sl_sender *sender,
                            size_t first,
                            size_t count,
                            struct sl_diag *diag)
{
    Salesledger__V1__Event *messages[SL_IMPORT_ROW_EVENTS_MAX];
    size_t made = 0;
    while (made < count && (messages[made] = message_of(&run->import.events[first + made]))) {
        made++;
    }
    if (made == count) {
        return sl_sender_add_group(sender, messages, count, first, diag);
    }
    while (made > 0) {
        salesledger__v1__event__free_unpacked(messages[--made], NULL);
    }
    return SL_E_NO_MEMORY;
}

static enum sl_err
send_events(struct import_run *run, struct sl_sender *sender, struct sl_diag *diag)
{
    enum sl_err err = SL_OK;
    size_t count = 0;
    for (size_t i = 0; i < run->import.event_count && err == SL_OK; i += count) {
        count = row_size(&run->import, i);
        err = send_row(run, sender, i, count, diag);
    }
    return err == SL_OK ? sl_sender_finish(sender, diag) : err;
}

static enum sl_err send_all(struct import_run *run, struct sl_diag *diag)
{
    struct sl_client *client = NULL;
    enum sl_err err = sl_cli_connect(&run->cli, &client, diag);
    if (err != SL_OK) {
        return err;
    }
    sl_interrupt_watch(client);
    struct sl_sender sender = sl_sender_start(&(struct sl_sender_options){.cli = &run->cli,
                                                                          .client = client,
                                                                          .patience = run->patience,
                                                                          .on_refused = on_refused,
                                                                          .ctx = run});
    err = send_events(run, &sender, diag);
    sl_sender_print(&sender);
    sl_sender_free(&sender);
    sl_interrupt_watch(NULL);
    sl_client_close(client);
    return err;
}

static void tell_refusals(const struct import_run *run)
{
    const struct sl_import *import = &run->import;
    size_t told =
        import->refusal_count < REFUSALS_TOLD_MAX ? import->refusal_count : REFUSALS_TOLD_MAX;
    for (size_t i = 0; i < told; i++) {
        const struct sl_import_refusal *refusal = &import->refusals[i];
        const struct sl_csv_table *file = &import->files[refusal->file];
        sl_cli_tell("%s:%zu: %s%s%s", file->path, file->rows[refusal->row].line,
                    refusal->diag.field, refusal->diag.field[0] == '\0' ? "" : ": ",
                    refusal->diag.message);
    }
    if (import->refusal_count > told) {
        sl_cli_tell("... and %zu more; keep them all with --reject FILE",
                    import->refusal_count - told);
    }
    sl_cli_tell(
        "salesledger import: rows %zu, events %zu, refused rows %zu (%zu by the mapping, %zu by "
        "the ledger)",
        import->row_count, import->event_count, import->refusal_count, run->unmapped,
        import->refusal_count - run->unmapped);
}

static enum sl_exit finish(struct import_run *run, enum sl_err err, struct sl_diag *diag)
{
    tell_refusals(run);
    if (err == SL_OK && run->reject != NULL) {
        err = sl_reject_write(&run->import, run->reject);
        if (err != SL_OK) {
            err = sl_refuse(diag, err, "", "%s: cannot be written", run->reject_path);
        }
    } else if (run->reject != NULL) {
        (void)fclose(run->reject); /* nothing was written; what was there stays */
    }
    if (err != SL_OK) {
        return sl_cli_fail_sending(&run->cli, err, diag);
    }
    return run->import.refusal_count == 0 ? SL_EXIT_OK : SL_EXIT_REFUSED;
}

enum sl_exit sl_command_import(int argc, char **argv)
{
    static const struct argp argp = {options, parse, arguments, doc, children, 0, 0};
    struct import_run *run = sl_tool_alloc(1, sizeof *run);
    run->cli.command = "import";
    run->patience = sl_patience_start();
    sl_cli_parse(&argp, argc, argv, run);
    struct sl_diag diag = {0};
    enum sl_err err = sl_import_open(run->mapping_path, &run->import, &diag);
    run->import.keeps_refusals = run->reject_path != NULL;
    err = err == SL_OK ? read_all(run, &diag) : err;
    run->unmapped = run->import.refusal_count;
    enum sl_exit status;
    if (err != SL_OK) {
        status = sl_cli_fail_here(&run->cli, err, &diag);
    } else {
        err = run->is_dry_run ? print_all(run, &diag) : send_all(run, &diag);
        status = finish(run, err, &diag);
    }
    sl_import_close(&run->import);
    free(run);
    return status;
}
