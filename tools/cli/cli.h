/* What all commands of `salesledger` share: the socket, the form of the answer, and how failures are told.
 *
 * Answers go to stdout, everything else to stderr. Exit status: 0 done, 1 refused, 2 wrong usage, 3 daemon out of reach;
 * 130 interrupted (Ctrl-C) before all was done. */
#ifndef SL_CLI_CLI_H
#define SL_CLI_CLI_H

#include <argp.h>

#include "salesledger.h"

enum sl_output { SL_OUTPUT_TABLE, SL_OUTPUT_JSON, SL_OUTPUT_CSV };

enum sl_exit {
    SL_EXIT_OK = 0,
    SL_EXIT_REFUSED = 1,
    SL_EXIT_USAGE = 2,
    SL_EXIT_UNREACHABLE = 3,
    SL_EXIT_INTERRUPTED = 130, /* 128 + SIGINT, as shells have it */
};

struct sl_cli {
    const char *command;     /* "rank", for messages */
    const char *socket_path; /* NULL: looked for where the daemon puts it */
    enum sl_output output;
    bool has_output; /* --output was said */
};

struct sl_command {
    const char *name;
    const char *title; /* argv[0] for argp: "salesledger rank"; writable there */
    const char *summary;
    enum sl_exit (*run)(int argc, char **argv);
};

/* An argp child with --socket and --output; its input is a struct sl_cli. */
extern const struct argp sl_cli_argp;

/* Parses the arguments of one command; argv[0] is its title. Wrong usage ends the process with status 2 and one line on
 * stderr, --help with 0. */
void sl_cli_parse(const struct argp *argp, int argc, char **argv, void *input);

/* Connects to --socket, $SALESLEDGER_SOCKET, $XDG_RUNTIME_DIR/salesledger.sock or the system's socket: the first
 * that is set, or for the third that exists. Errors of sl_client_open(). */
SL_MUST_CHECK enum sl_err
sl_cli_connect(const struct sl_cli *cli, struct sl_client **ret_client, struct sl_diag *diag);

/* Writes one line to stderr, to which the newline is added. Control characters become '?': names and messages from files and from
 * the daemon end up here, and must neither break the line nor talk to the terminal. */
void sl_cli_tell(const char *fmt, ...) SL_PRINTF(1, 2);

/* One line on stderr: command, field, rule, and what to do about it. Gives the exit status. */
enum sl_exit sl_cli_fail(const struct sl_cli *cli, enum sl_err err, const struct sl_diag *diag);

/* The same for what was noticed before the daemon was asked: to ask again would not help. */
enum sl_exit
sl_cli_fail_here(const struct sl_cli *cli, enum sl_err err, const struct sl_diag *diag);

/* The same for a command that sends events, which can be run again. */
enum sl_exit
sl_cli_fail_sending(const struct sl_cli *cli, enum sl_err err, const struct sl_diag *diag);

/* The message in its JSON form as one line on stdout. */
SL_MUST_CHECK enum sl_err sl_cli_print_json(const ProtobufCMessage *message, struct sl_diag *diag);

/* The commands, one per file. */
enum sl_exit sl_command_append(int argc, char **argv);
enum sl_exit sl_command_import(int argc, char **argv);
enum sl_exit sl_command_measures(int argc, char **argv);
enum sl_exit sl_command_targets(int argc, char **argv);
enum sl_exit sl_command_rank(int argc, char **argv);
enum sl_exit sl_command_statement(int argc, char **argv);
enum sl_exit sl_command_explain(int argc, char **argv);
enum sl_exit sl_command_log(int argc, char **argv);
enum sl_exit sl_command_tail(int argc, char **argv);
enum sl_exit sl_command_status(int argc, char **argv);
enum sl_exit sl_command_erase(int argc, char **argv);
enum sl_exit sl_command_backup(int argc, char **argv);

#endif
