/* salesledger append: events as JSON lines, from files or standard input. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/cli.h"
#include "cli/interrupt.h"
#include "cli/sender.h"
#include "import/derive.h"
#include "import/memory.h"
#include "sl/id.h"
#include "json/json.h"

static char doc[] =
    "Sends events, one JSON object per line (the JSON form of an Event), from files or "
    "standard input.\v"
    "A line without \"id\" gets one derived from its effectiveDate, source, line number and "
    "content, so that sending a file again records nothing twice: after a failure run the same "
    "command again. For the same reason identical lines without a date, at the same place in "
    "two runs, count as the same event: give an id or an effectiveDate to tell them apart.\n\n"
    "Events are recorded in the order of the lines. Lines that are refused are named on standard "
    "error and the others are recorded; the exit status is then 1. What the daemon cannot take "
    "now is sent again for --retry-for seconds, before what comes after it; then sending ends "
    "there. Ctrl-C ends it after the answer to what was sent.\n\n"
    "Examples:\n"
    "  salesledger append events.jsonl\n"
    "  echo '{\"contact\":{\"customer\":\"ACME\",\"person\":\"ann\",\"kind\":\"CALL\"}}' \\\n"
    "    | salesledger append";

static char arguments[] = "[FILE...]";

static const struct argp_child children[] = {
    {.argp = &sl_cli_argp}, {.argp = &sl_patience_argp}, {0}};

struct append_run {
    struct sl_cli cli;
    struct sl_patience patience;
    char **paths; /* the arguments; empty: standard input */
    size_t path_count;
    const char *path; /* being read */
    uint64_t line;
    struct sl_sender sender;
    uint64_t unreadable; /* lines refused before they were sent */
};

/* NOLINTNEXTLINE(readability-non-const-parameter): the type is argp's. */
static error_t parse(int key, char *arg, struct argp_state *state)
{
    (void)arg; /* the files are taken as a whole */
    struct append_run *run = state->input;
    switch (key) {
    case ARGP_KEY_INIT:
        state->child_inputs[0] = &run->cli;
        state->child_inputs[1] = &run->patience;
        return 0;
    case ARGP_KEY_ARGS:
        run->paths = state->argv + state->next;
        run->path_count = (size_t)(state->argc - state->next);
        return 0;
    default: return ARGP_ERR_UNKNOWN;
    }
}

/* "FILE:LINE: field: rule and value (CODE)" */
static void
print_refusal(const char *path, uint64_t line, enum sl_err err, const struct sl_diag *diag)
{
    const char *message = diag->message[0] == '\0' ? sl_err_text(err) : diag->message;
    sl_cli_tell("%s:%llu: %s%s%s (%s)", path, (unsigned long long)line, diag->field,
                diag->field[0] == '\0' ? "" : ": ", message, sl_err_name(err));
}

static void on_refused(void *ctx, uint64_t origin, enum sl_err err, const struct sl_diag *diag)
{
    const struct append_run *run = ctx;
    print_refusal(run->path, origin, err, diag);
}

/* Gives an event without id the one derived from its content and line. */
static enum sl_err ensure_id(Salesledger__V1__Event *event, uint64_t line)
{
    if (event->has_id) {
        return SL_OK;
    }
    struct sl_id id;
    enum sl_err err = sl_derive_id(event, line, &id);
    uint8_t *bytes = err == SL_OK ? malloc(sizeof id.bytes) : NULL;
    if (err == SL_OK && bytes == NULL) {
        err = SL_E_NO_MEMORY;
    }
    if (err == SL_OK) {
        memcpy(bytes, id.bytes, sizeof id.bytes);
        event->has_id = true;
        event->id = (ProtobufCBinaryData){.len = sizeof id.bytes, .data = bytes};
    }
    return err;
}

/* One line of input. A line that is no event is told and passed over; an error ends the run. */
static enum sl_err take_line(struct append_run *run, struct sl_slice text, struct sl_diag *diag)
{
    struct sl_diag line_diag = {0};
    ProtobufCMessage *message = NULL;
    enum sl_err err =
        sl_json_text_to_message(text, &salesledger__v1__event__descriptor, &message, &line_diag);
    if (err != SL_OK) {
        run->unreadable++;
        print_refusal(run->path, run->line, err, &line_diag);
        return SL_OK;
    }
    Salesledger__V1__Event *event = (Salesledger__V1__Event *)(void *)message;
    err = ensure_id(event, run->line);
    if (err != SL_OK) {
        protobuf_c_message_free_unpacked(message, NULL);
        return err;
    }
    return sl_sender_add(&run->sender, event, run->line, diag);
}

static void refuse_long_line(struct append_run *run)
{
    struct sl_diag diag;
    enum sl_err err =
        sl_refuse(&diag, SL_E_TOO_BIG, "", "over %u bytes in one line", SL_JSON_LINE_BYTES_MAX);
    run->unreadable++;
    print_refusal(run->path, run->line, err, &diag);
}

static bool is_blank(const char *text, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        char c = text[i];
        if (c != ' ' && c != '\t' && c != '\r' && c != '\n') {
            return false;
        }
    }
    return true;
}

/* Reads up to and with the next newline, and of a longer line no more than the maximum. Gives the line's length; 0 at the end. */
static size_t read_line(FILE *file, char buf[SL_JSON_LINE_BYTES_MAX])
{
    size_t len = 0;
    for (int c = getc_unlocked(file); c != EOF; c = getc_unlocked(file)) {
        if (len < SL_JSON_LINE_BYTES_MAX) {
            buf[len] = (char)c;
        }
        len++;
        if (c == '\n') {
            break;
        }
    }
    return len;
}

/* Bytes of the UTF-8 byte order mark that Windows programs put before the first line. */
static size_t mark_size(const char *text, size_t len)
{
    static const char mark[] = {'\xef', '\xbb', '\xbf'};
    return len >= sizeof mark && memcmp(text, mark, sizeof mark) == 0 ? sizeof mark : 0;
}

static enum sl_err read_lines(struct append_run *run, FILE *file, struct sl_diag *diag)
{
    char *text = sl_tool_alloc(SL_JSON_LINE_BYTES_MAX, 1);
    enum sl_err err = SL_OK;
    size_t len = 0;
    for (run->line = 1; err == SL_OK && (len = read_line(file, text)) > 0; run->line++) {
        if (sl_interrupt_is_there()) {
            break; /* it may have cut the line */
        }
        if (len > SL_JSON_LINE_BYTES_MAX) {
            refuse_long_line(run);
            continue;
        }
        size_t skip = run->line == 1 ? mark_size(text, len) : 0;
        struct sl_slice json = {(const uint8_t *)text + skip, len - skip};
        if (!is_blank(text + skip, json.len)) {
            err = take_line(run, json, diag);
        }
    }
    free(text);
    return err;
}

/* Reads and sends one file to its end, so that refusals can name it. What came before a failure to read is sent. */
static enum sl_err append_file(struct append_run *run, const char *path, struct sl_diag *diag)
{
    bool is_stdin = strcmp(path, "-") == 0;
    FILE *file = is_stdin ? stdin : fopen(path, "rb");
    run->path = is_stdin ? "<stdin>" : path;
    if (file == NULL) {
        return sl_refuse(diag, SL_E_IO, "", "%s: cannot be opened", path);
    }
    if (is_stdin && isatty(STDIN_FILENO) == 1) {
        sl_cli_tell("salesledger append: type events, one JSON object per line; Ctrl-D ends them");
    }
    enum sl_err err = read_lines(run, file, diag);
    err = err == SL_OK ? sl_sender_finish(&run->sender, diag) : err;
    if (err == SL_OK && sl_interrupt_is_there()) {
        err = sl_refuse(diag, SL_E_CANCELLED, "", "interrupted");
    } else if (err == SL_OK && ferror(file)) {
        err = sl_refuse(diag, SL_E_IO, "", "%s: reading failed", run->path);
    }
    if (!is_stdin) {
        (void)fclose(file); /* only read from */
    }
    return err;
}

/* Before anything is sent: a wrong name among several leaves nothing half done. */
static enum sl_err check_paths(char **paths, size_t count, struct sl_diag *diag)
{
    for (size_t i = 0; i < count; i++) {
        if (strcmp(paths[i], "-") != 0 && access(paths[i], R_OK) != 0) {
            return sl_refuse(diag, SL_E_IO, "", "%s: %s; nothing was sent", paths[i],
                             strerror(errno));
        }
    }
    return SL_OK;
}

static enum sl_exit run_all(struct append_run *run, struct sl_client *client)
{
    static char standard_input[] = "-";
    char *only[] = {standard_input};
    char **paths = run->path_count == 0 ? only : run->paths;
    size_t count = run->path_count == 0 ? 1 : run->path_count;
    struct sl_diag diag = {0};
    enum sl_err err = check_paths(paths, count, &diag);
    if (err != SL_OK) {
        return sl_cli_fail(&run->cli, err, &diag);
    }
    run->sender = sl_sender_start(&(struct sl_sender_options){.cli = &run->cli,
                                                              .client = client,
                                                              .patience = run->patience,
                                                              .on_refused = on_refused,
                                                              .ctx = run});
    for (size_t i = 0; i < count && err == SL_OK; i++) {
        err = append_file(run, paths[i], &diag);
    }
    run->sender.refused += run->unreadable;
    sl_sender_print(&run->sender);
    sl_sender_free(&run->sender);
    if (err != SL_OK) {
        return sl_cli_fail_sending(&run->cli, err, &diag);
    }
    return run->sender.refused == 0 ? SL_EXIT_OK : SL_EXIT_REFUSED;
}

enum sl_exit sl_command_append(int argc, char **argv)
{
    static const struct argp argp = {0, parse, arguments, doc, children, 0, 0};
    struct append_run run = {.cli = {.command = "append"}, .patience = sl_patience_start()};
    sl_cli_parse(&argp, argc, argv, &run);
    struct sl_diag diag = {0};
    struct sl_client *client = NULL;
    enum sl_err err = sl_cli_connect(&run.cli, &client, &diag);
    if (err != SL_OK) {
        return sl_cli_fail(&run.cli, err, &diag);
    }
    sl_interrupt_watch(client);
    enum sl_exit status = run_all(&run, client);
    sl_interrupt_watch(NULL);
    sl_client_close(client);
    return status;
}
