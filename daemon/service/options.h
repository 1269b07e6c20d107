/* The command line of salesledgerd. One table (options.c) names each option with its argument, unit, range, default and text; the
 * parser and --help both read it. */
#ifndef SL_SERVICE_OPTIONS_H
#define SL_SERVICE_OPTIONS_H

#include <stdio.h>

#include "sl/err.h"
#include "sl/types.h"

enum sl_command {
    SL_COMMAND_HELP,
    SL_COMMAND_VERSION,
    SL_COMMAND_INIT,
    SL_COMMAND_RUN,
    SL_COMMAND_CHECK,
    SL_COMMAND_REBUILD,
    SL_COMMAND_RESTORE,
    SL_COMMANDS
};

/* Texts are borrowed from argv or static; NULL: not given and without default. */
struct sl_options {
    enum sl_command command;
    const char *dir;
    const char *timezone;
    const char *currency;
    uint64_t policy; /* 0 open, 1 strict */
    const char *socket;
    const char *socket_group;
    uint64_t socket_mode; /* permission bits */
    const char *allow_append;
    const char *allow_read;
    const char *allow_admin;
    const char *from; /* a backup's path, "-" for standard input */
    uint64_t create;  /* 0 or 1 */
    uint64_t checkpoint_ms;
    uint64_t checkpoint_bytes;
    uint64_t segment_bytes;
    uint64_t free_bytes_min;
    uint64_t scrub_bytes_per_s;
    const char *user;
    uint64_t core_dumps; /* 0 or 1 */
    uint64_t connections;
    uint64_t connections_per_user; /* 0: half of them */
    uint64_t idle_s;               /* 0: never */
    uint64_t frame_s;
    uint64_t reader_s;
    uint64_t log_level; /* enum sl_log_level */
    uint64_t given;     /* sl_options_is_given reads it */
};

/* SL_E_USAGE says in `diag` what is wrong. */
SL_MUST_CHECK enum sl_err
sl_options_parse(int argc, char *const *argv, struct sl_options *ret_options, struct sl_diag *diag);

/* Did the command line name this option? Its value may still be the default. */
bool sl_options_is_given(const struct sl_options *options, const char *name);

/* As --policy spells it. */
const char *sl_options_policy_name(uint64_t policy);

/* Every command and option, from the table. */
void sl_options_print_help(FILE *out);

#endif
