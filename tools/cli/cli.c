/* The shared half of every command. */
#include "cli/cli.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "json/json.h"

#define SOCKET_PATH_MAX (SL_SOCKET_PATH_BYTES_MAX + 1)

/* Bytes of the control character at `text`; 0 for others. U+0080 to U+009F are two bytes in UTF-8. */
static size_t control_size(const char *text, size_t len)
{
    unsigned char first = (unsigned char)text[0];
    if (first < 0x20 || first == 0x7f) {
        return 1;
    }
    bool is_second =
        len > 1 && first == 0xc2 && (unsigned char)text[1] >= 0x80 && (unsigned char)text[1] < 0xa0;
    return is_second ? 2 : 0;
}

/* In place; gives the new length. */
static size_t clean(char *text, size_t len)
{
    size_t kept = 0;
    for (size_t i = 0; i < len;) {
        size_t control = control_size(text + i, len - i);
        text[kept] = text[i];
        if (control > 0) {
            text[kept] = '?';
        }
        kept++;
        i += control > 0 ? control : 1;
    }
    return kept;
}

void sl_cli_tell(const char *fmt, ...)
{
    char *text = NULL;
    va_list args;
    va_start(args, fmt);
    int len = vasprintf(&text, fmt, args);
    va_end(args);
    if (len >= 0) {
        size_t kept = clean(text, (size_t)len);
        text[kept++] = '\n'; /* in the place of the NUL, or before it; so the line is one write */
        (void)fwrite(text, 1, kept, stderr); /* nowhere else to complain */
        free(text);
    }
}

static error_t parse_option(int key, char *arg, struct argp_state *state)
{
    struct sl_cli *cli = state->input;
    if (key == 'S') {
        cli->socket_path = arg;
        return 0;
    }
    if (key != 'o') {
        return ARGP_ERR_UNKNOWN;
    }
    cli->has_output = true;
    if (strcmp(arg, "table") == 0) {
        cli->output = SL_OUTPUT_TABLE;
    } else if (strcmp(arg, "json") == 0) {
        cli->output = SL_OUTPUT_JSON;
    } else if (strcmp(arg, "csv") == 0) {
        cli->output = SL_OUTPUT_CSV;
    } else {
        argp_error(state, "--output is table, json or csv, not \"%s\"", arg);
    }
    return 0;
}

static const struct argp_option options[] = {
    {0, 0, 0, 0, "Connection and output:", 90},
    {"socket", 'S', "PATH", 0,
     "The daemon's socket [$SALESLEDGER_SOCKET, else $XDG_RUNTIME_DIR/salesledger.sock if it is "
     "there, else " SL_CLIENT_SOCKET_PATH_DEFAULT "]",
     0},
    {"output", 'o', "FORM", 0, "table, json or csv", 0},
    {0},
};

const struct argp sl_cli_argp = {.options = options, .parser = parse_option};

/* What argp and getopt write when usage is wrong, on its way to the real stderr. */
struct usage_line {
    FILE *out;
    const char *title; /* "salesledger rank" */
    bool is_ended;
};

/* Keeps the first line and puts where to read on behind it; argp's own advice, a second line, is dropped. */
static ssize_t write_usage(void *ctx, const char *text, size_t size)
{
    struct usage_line *line = ctx;
    const char *end = memchr(text, '\n', size);
    char *copy = line->is_ended ? NULL : strndup(text, end == NULL ? size : (size_t)(end - text));
    if (copy != NULL) {
        (void)fwrite(copy, 1, clean(copy, strlen(copy)), line->out); /* nowhere else to complain */
        free(copy);
    }
    if (!line->is_ended && end != NULL) {
        (void)fprintf(line->out, "; see `%s --help'\n", line->title); /* nowhere else */
        line->is_ended = true;
    }
    return (ssize_t)size;
}

/* argp ends the process from within; exit() flushes the stream that stands in for stderr until then. */
void sl_cli_parse(const struct argp *argp, int argc, char **argv, void *input)
{
    struct usage_line line = {.out = stderr, .title = argv[0]};
    FILE *stand_in = fopencookie(&line, "w", (cookie_io_functions_t){.write = write_usage});
    argp_err_exit_status = SL_EXIT_USAGE;
    stderr = stand_in == NULL ? line.out : stand_in;
    error_t problem = argp_parse(argp, argc, argv, 0, NULL, input);
    if (problem != 0) {
        exit(SL_EXIT_USAGE);
    }
    stderr = line.out;
    if (stand_in != NULL) {
        (void)fclose(stand_in); /* nothing was written */
    }
}

/* Where the daemon listens if nobody says so; `buf` may hold the answer. */
static const char *default_socket(char *buf, size_t size)
{
    const char *named = getenv("SALESLEDGER_SOCKET");
    if (named != NULL && named[0] != '\0') {
        return named;
    }
    const char *folder = getenv("XDG_RUNTIME_DIR");
    int len = folder == NULL ? -1 : snprintf(buf, size, "%s/salesledger.sock", folder);
    bool is_there = len > 0 && (size_t)len < size && access(buf, F_OK) == 0;
    return is_there ? buf : SL_CLIENT_SOCKET_PATH_DEFAULT;
}

enum sl_err
sl_cli_connect(const struct sl_cli *cli, struct sl_client **ret_client, struct sl_diag *diag)
{
    char buf[SOCKET_PATH_MAX];
    const char *path =
        cli->socket_path != NULL ? cli->socket_path : default_socket(buf, sizeof buf);
    struct sl_client_options client_options = {.socket_path = path};
    return sl_client_open(&client_options, ret_client, diag);
}

/* What to do about a refusal, where the message alone does not say it. */
static const char *advice(enum sl_err err)
{
    switch ((int)err) {
    case SL_E_BAD_PERIOD:
        return "; write 2017, 2017-Q3, 2017-07, 2017-W31, 2017-07-14, 2017-07-01..2017-07-15 or "
               "all";
    case SL_E_BAD_MEASURE:
        return "; measures are named like booked.amount, booked.count or win.rate";
    case SL_E_BAD_DATE: return "; write it as 2017-07-14";
    case SL_E_UNSUPPORTED: return "; leave that option out";
    case SL_E_BUSY:
    case SL_E_TOO_MANY: return "; try again in a moment";
    case SL_E_NO_SPACE: return "; free space on the daemon's disk";
    case SL_E_STOPPED: return "; see the daemon's log and restart it";
    case SL_E_DENIED: return "; ask the ledger's administrator for access";
    default: return "";
    }
}

static enum sl_exit exit_of(enum sl_err err)
{
    switch ((int)err) {
    case SL_OK: return SL_EXIT_OK;
    case SL_E_USAGE: return SL_EXIT_USAGE;
    case SL_E_UNREACHABLE:
    case SL_E_CLOSED: return SL_EXIT_UNREACHABLE;
    case SL_E_CANCELLED: return SL_EXIT_INTERRUPTED;
    default: return SL_EXIT_REFUSED;
    }
}

/* What to do when sending events ended early. */
static const char *sending_advice(enum sl_err err)
{
    switch ((int)err) {
    case SL_E_NO_SPACE:
        return "; free space on the daemon's disk, then run the same command again: nothing is "
               "recorded twice";
    case SL_E_STOPPED:
        return "; see the daemon's log and restart it, then run the same command again: nothing is "
               "recorded twice";
    case SL_E_UNREACHABLE:
    case SL_E_CLOSED: return "; then run the same command again: nothing is recorded twice";
    case SL_E_CANCELLED: return "; to go on run the same command again: nothing is recorded twice";
    default:
        return sl_err_may_retry(err)
                   ? "; try later: run the same command again, nothing is recorded twice"
                   : advice(err);
    }
}

static enum sl_exit
tell(const struct sl_cli *cli, enum sl_err err, const struct sl_diag *diag, const char *what_to_do)
{
    const char *message = diag->message[0] == '\0' ? sl_err_text(err) : diag->message;
    const char *separator = diag->field[0] == '\0' ? "" : ": ";
    sl_cli_tell("salesledger %s: %s%s%s (%s)%s", cli->command, diag->field, separator, message,
                sl_err_name(err), what_to_do);
    return exit_of(err);
}

enum sl_exit sl_cli_fail(const struct sl_cli *cli, enum sl_err err, const struct sl_diag *diag)
{
    return tell(cli, err, diag, advice(err));
}

enum sl_exit sl_cli_fail_here(const struct sl_cli *cli, enum sl_err err, const struct sl_diag *diag)
{
    return tell(cli, err, diag, "");
}

enum sl_exit
sl_cli_fail_sending(const struct sl_cli *cli, enum sl_err err, const struct sl_diag *diag)
{
    return tell(cli, err, diag, sending_advice(err));
}

enum sl_err sl_cli_print_json(const ProtobufCMessage *message, struct sl_diag *diag)
{
    char *text = NULL;
    enum sl_err err = sl_json_text_from_message(message, &text, diag);
    if (err != SL_OK) {
        return err;
    }
    bool is_written = puts(text) != EOF;
    free(text);
    return is_written ? SL_OK : sl_refuse(diag, SL_E_IO, "", "writing to standard output failed");
}
