/* See the table: everything else in this file only reads it. */
#include "service/options.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "sl/limits.h"

enum kind {
    KIND_TEXT,   /* into a const char * */
    KIND_NUMBER, /* into a uint64_t; K, M, G behind it multiply by 1024 */
    KIND_CHOICE, /* the same, by name */
    KIND_FLAG,   /* the same, 1 when given */
};

struct choice {
    const char *name;
    uint64_t value;
};

static const struct choice policies[] = {{"open", 0}, {"strict", 1}, {NULL, 0}};
static const struct choice log_levels[] = {
    {"error", SL_LOG_ERROR}, {"warning", SL_LOG_WARNING}, {"notice", SL_LOG_NOTICE},
    {"info", SL_LOG_INFO},   {"debug", SL_LOG_DEBUG},     {NULL, 0},
};

static const struct choice socket_modes[] = {
    {"0600", 0600}, {"0660", 0660}, {"0666", 0666}, {NULL, 0}};

#define ON(command) (1u << (command))
#define ON_INIT     ON(SL_COMMAND_INIT)
#define ON_RUN      ON(SL_COMMAND_RUN)
#define ON_BACKUP   (ON(SL_COMMAND_CHECK) | ON(SL_COMMAND_RESTORE))
#define ON_ALL      (ON_INIT | ON_RUN | ON_BACKUP | ON(SL_COMMAND_REBUILD))
#define INTO(field) offsetof(struct sl_options, field)

struct option {
    const char *name;
    const char *argument; /* as help shows it; NULL: a flag */
    const char *unit;     /* of a number */
    uint64_t min, max;    /* of a number */
    const char *fallback; /* parsed like an argument; NULL: none */
    const char *text;
    const struct choice *choices;
    unsigned commands; /* bits of those it belongs to */
    enum kind kind;
    size_t offset;
};

#define KIB 1024ull
#define MIB (1024 * KIB)
#define GIB (1024 * MIB)

/* clang-format off: one option, one row of facts and one of text. */
static const struct option options_table[] = {
    {"dir", "DIR", NULL, 0, 0, NULL,
     "the ledger's directory, on a local file system; required, but with check --from", NULL,
     ON_ALL, KIND_TEXT, INTO(dir)},
    {"from", "FILE|-", NULL, 0, 0, NULL,
     "a backup, - for standard input: restore makes a ledger in DIR of it, which must be empty or "
     "absent; check verifies it alone, without a DIR",
     NULL, ON_BACKUP, KIND_TEXT, INTO(from)},
    {"timezone", "NAME", NULL, 0, 0, "UTC",
     "IANA time zone that says which day an event is recorded on; fixed for ever", NULL,
     ON_INIT | ON_RUN, KIND_TEXT, INTO(timezone)},
    {"currency", "CODE", NULL, 0, 0, "USD", "reporting currency, ISO 4217; fixed for ever", NULL,
     ON_INIT | ON_RUN, KIND_TEXT, INTO(currency)},
    {"policy", "open|strict", NULL, 0, 0, "open",
     "unknown people, products and customers: accept and list them, or refuse", policies,
     ON_INIT | ON_RUN, KIND_CHOICE, INTO(policy)},
    {"create", NULL, NULL, 0, 1, "0", "make the ledger first if DIR holds none", NULL, ON_RUN,
     KIND_FLAG, INTO(create)},
    {"socket", "PATH", NULL, 0, 0, NULL,
     "the Unix socket to listen on; default: DIR/socket, which only those reach who may enter DIR",
     NULL, ON_RUN, KIND_TEXT, INTO(socket)},
    {"socket-mode", "0600|0660|0666", NULL, 0, 0, "0660",
     "who may connect: the daemon's user, its group too, everyone", socket_modes, ON_RUN,
     KIND_CHOICE, INTO(socket_mode)},
    {"socket-group", "GROUP", NULL, 0, 0, NULL, "group that may connect; default: the daemon's own",
     NULL, ON_RUN, KIND_TEXT, INTO(socket_group)},
    {"allow-append", "LIST", NULL, 0, 0, NULL,
     "who may record events: user, @group, uid:N, gid:N or * each, ! before one denies and wins; "
     "default *",
     NULL, ON_RUN, KIND_TEXT, INTO(allow_append)},
    {"allow-read", "LIST", NULL, 0, 0, NULL,
     "who may ask and subscribe, likewise; status is for everyone who may connect; default *", NULL,
     ON_RUN, KIND_TEXT, INTO(allow_read)},
    {"allow-admin", "LIST", NULL, 0, 0, NULL,
     "who may administer, which is to erase and to back up, likewise; default: root and the "
     "daemon's user",
     NULL, ON_RUN, KIND_TEXT, INTO(allow_admin)},
    {"checkpoint-ms", "N", "milliseconds", 10, 3600000, "1000",
     "time between checkpoints; five times that while events pour in", NULL, ON_RUN, KIND_NUMBER,
     INTO(checkpoint_ms)},
    {"checkpoint-bytes", "N", "bytes", 64 * KIB, 16 * GIB, "24M",
     "journal written since the last checkpoint that starts the next one in a flood; a third of it "
     "else",
     NULL, ON_RUN, KIND_NUMBER, INTO(checkpoint_bytes)},
    {"segment-bytes", "N", "bytes", MIB, 4 * GIB, "64M", "size of one journal segment", NULL,
     ON_RUN, KIND_NUMBER, INTO(segment_bytes)},
    {"free-bytes-min", "N", "bytes", 1, 1024 * GIB, "256M",
     "free disk space below which appends are refused; what is still to be written comes on top",
     NULL, ON_RUN, KIND_NUMBER, INTO(free_bytes_min)},
    {"scrub-bytes-per-s", "N", "bytes", 0, GIB, "4M",
     "of the stored ledger, read again and verified in the background each second; 0: none", NULL,
     ON_RUN, KIND_NUMBER, INTO(scrub_bytes_per_s)},
    {"user", "NAME", NULL, 0, 0, NULL,
     "started by root, become this user before anything is touched; DIR must be that user's", NULL,
     ON_ALL, KIND_TEXT, INTO(user)},
    {"core-dumps", NULL, NULL, 0, 1, "0",
     "leave core files of crashes, which hold personal data, and let others of this user trace it",
     NULL, ON_ALL, KIND_FLAG, INTO(core_dumps)},
    {"connections", "N", "connections", 2, SL_SESSIONS_MAX, "4096",
     "connections in all, the last of each 64 for root and the daemon's own user", NULL, ON_RUN,
     KIND_NUMBER, INTO(connections)},
    {"connections-per-user", "N", "connections", 0, SL_SESSIONS_MAX, "0",
     "connections of one user; 0: half of all", NULL, ON_RUN, KIND_NUMBER,
     INTO(connections_per_user)},
    {"idle-s", "N", "seconds", 0, 31536000, "3600",
     "time without a request after which a connection is closed; subscribers are not idle; 0: "
     "never",
     NULL, ON_RUN, KIND_NUMBER, INTO(idle_s)},
    {"frame-s", "N", "seconds", 1, 86400, "60",
     "time in which a request that has begun to come must be there as a whole", NULL, ON_RUN,
     KIND_NUMBER, INTO(frame_s)},
    {"reader-s", "N", "seconds", 1, 86400, "60",
     "time after which a connection is closed that takes none of the answers that wait for it",
     NULL, ON_RUN, KIND_NUMBER, INTO(reader_s)},
    {"log-level", "error|warning|notice|info|debug", NULL, 0, 0, "info",
     "least important line that is logged", log_levels, ON_ALL, KIND_CHOICE, INTO(log_level)},
};
/* clang-format on */
#define OPTIONS (sizeof options_table / sizeof options_table[0])
static_assert(OPTIONS <= 64, "one bit of `given` each");

struct command {
    const char *name;
    const char *text;
};

static const struct command commands[SL_COMMANDS] = {
    [SL_COMMAND_HELP] = {"--help", "print this and exit"},
    [SL_COMMAND_VERSION] = {"--version", "print the version and exit"},
    [SL_COMMAND_INIT] = {"init", "make an empty ledger"},
    [SL_COMMAND_RUN] = {"run", "serve a ledger on a socket until SIGTERM"},
    [SL_COMMAND_CHECK] =
        {"check", "verify every record, the hash tree, and the state against a full replay"},
    [SL_COMMAND_REBUILD] = {"rebuild", "drop the state and make it anew from the log"},
    [SL_COMMAND_RESTORE] = {"restore", "make a ledger of a backup"},
};

static enum sl_err
usage(struct sl_diag *diag, const char *name, const char *rule, const char *value)
{
    return sl_refuse(diag, SL_E_USAGE, name, "%s, is \"%s\"", rule, value);
}

/* "32M" -> 33554432. False if it is no such number. */
static bool parse_number(const char *text, uint64_t *ret_value)
{
    if (text[0] < '0' || text[0] > '9') {
        return false; /* strtoull would take blanks and signs */
    }
    char *end;
    errno = 0;
    unsigned long long value = strtoull(text, &end, 10);
    if (errno != 0) {
        return false;
    }
    static const char suffixes[] = "KMG";
    uint64_t factor = 1;
    const char *suffix = *end == '\0' ? NULL : strchr(suffixes, *end);
    if (suffix != NULL) {
        factor = 1ull << (10 * (suffix - suffixes + 1));
        end++;
    }
    uint64_t product;
    if (*end != '\0' || __builtin_mul_overflow((uint64_t)value, factor, &product)) {
        return false;
    }
    *ret_value = product;
    return true;
}

static enum sl_err
set_number(const struct option *option, uint64_t *field, const char *text, struct sl_diag *diag)
{
    uint64_t value;
    if (!parse_number(text, &value)) {
        return usage(diag, option->name, "must be a whole number, K, M or G may follow", text);
    }
    if (value < option->min || value > option->max) {
        return sl_refuse(diag, SL_E_USAGE, option->name, "must be %llu to %llu %s, is %llu",
                         (unsigned long long)option->min, (unsigned long long)option->max,
                         option->unit, (unsigned long long)value);
    }
    *field = value;
    return SL_OK;
}

static enum sl_err
set_choice(const struct option *option, uint64_t *field, const char *text, struct sl_diag *diag)
{
    for (const struct choice *choice = option->choices; choice->name != NULL; choice++) {
        if (strcmp(choice->name, text) == 0) {
            *field = choice->value;
            return SL_OK;
        }
    }
    return sl_refuse(diag, SL_E_USAGE, option->name, "must be one of %s, is \"%s\"",
                     option->argument, text);
}

static enum sl_err
set(const struct option *option, const char *text, struct sl_options *options, struct sl_diag *diag)
{
    void *field = (char *)options + option->offset;
    switch (option->kind) {
    case KIND_TEXT: *(const char **)field = text; return SL_OK;
    case KIND_NUMBER: return set_number(option, field, text, diag);
    case KIND_CHOICE: return set_choice(option, field, text, diag);
    case KIND_FLAG: *(uint64_t *)field = text[0] == '1'; return SL_OK;
    }
    return SL_E_USAGE;
}

static const struct option *find(const char *name, size_t len)
{
    for (size_t i = 0; i < OPTIONS; i++) {
        const char *known = options_table[i].name;
        if (strlen(known) == len && memcmp(known, name, len) == 0) {
            return &options_table[i];
        }
    }
    return NULL;
}

/* One option, "--name value" or "--name=value"; gives how many words it took. */
static enum sl_err
parse_option(char *const *words, struct sl_options *options, int *ret_used, struct sl_diag *diag)
{
    const char *word = words[0];
    if (strncmp(word, "--", 2) != 0) {
        return usage(diag, "", "an option begins with --", word);
    }
    const char *name = word + 2;
    size_t len = strcspn(name, "=");
    const struct option *option = find(name, len);
    if (option == NULL || (option->commands & ON(options->command)) == 0) {
        return sl_refuse(diag, SL_E_USAGE, "", "%s has no option %s",
                         commands[options->command].name, word);
    }
    options->given |= 1ull << (option - options_table);
    const char *value = name[len] == '=' ? name + len + 1 : NULL;
    *ret_used = 1;
    if (option->kind == KIND_FLAG) {
        return value == NULL ? set(option, "1", options, diag)
                             : usage(diag, option->name, "takes no argument", value);
    }
    if (value == NULL) {
        value = words[1];
        *ret_used = 2;
    }
    if (value == NULL || value[0] == '\0') {
        return sl_refuse(diag, SL_E_USAGE, option->name, "needs an argument: %s", option->argument);
    }
    return set(option, value, options, diag);
}

static enum sl_err set_fallbacks(struct sl_options *options, struct sl_diag *diag)
{
    enum sl_err err = SL_OK;
    for (size_t i = 0; i < OPTIONS && err == SL_OK; i++) {
        if (options_table[i].fallback != NULL) {
            err = set(&options_table[i], options_table[i].fallback, options, diag);
        }
    }
    return err;
}

static enum sl_command find_command(const char *word)
{
    for (unsigned i = 0; i < SL_COMMANDS; i++) {
        if (strcmp(commands[i].name, word) == 0) {
            return (enum sl_command)i;
        }
    }
    return SL_COMMANDS;
}

static bool asks_for_help(int argc, char *const *argv)
{
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--help") == 0) {
            return true;
        }
    }
    return false;
}

/* The ledger, the backup, or both: what the command is about. */
static enum sl_err check_places(const struct sl_options *options, struct sl_diag *diag)
{
    bool is_of_backup = options->command == SL_COMMAND_CHECK && options->from != NULL;
    if (options->command == SL_COMMAND_RESTORE && options->from == NULL) {
        return sl_refuse(diag, SL_E_USAGE, "from", "is required: --from FILE, or -");
    }
    if (is_of_backup && options->dir != NULL) {
        return sl_refuse(diag, SL_E_USAGE, "from", "a backup is checked without --dir");
    }
    if (options->dir == NULL && !is_of_backup && options->command != SL_COMMAND_VERSION) {
        return sl_refuse(diag, SL_E_USAGE, "dir", "is required: --dir DIR");
    }
    return SL_OK;
}

enum sl_err
sl_options_parse(int argc, char *const *argv, struct sl_options *ret_options, struct sl_diag *diag)
{
    struct sl_options options = {0};
    if (asks_for_help(argc, argv)) {
        options.command = SL_COMMAND_HELP;
        *ret_options = options;
        return SL_OK;
    }
    if (argc < 2) {
        return sl_refuse(diag, SL_E_USAGE, "",
                         "which command: init, run, check, rebuild or restore?");
    }
    options.command = find_command(argv[1]);
    if (options.command == SL_COMMANDS) {
        return usage(diag, "", "the command must be init, run, check, rebuild or restore", argv[1]);
    }
    enum sl_err err = set_fallbacks(&options, diag);
    int used = 0;
    for (int i = 2; i < argc && err == SL_OK; i += used) {
        err = parse_option(argv + i, &options, &used, diag);
    }
    if (err != SL_OK) {
        return err;
    }
    err = check_places(&options, diag);
    if (err == SL_OK) {
        *ret_options = options;
    }
    return err;
}

bool sl_options_is_given(const struct sl_options *options, const char *name)
{
    const struct option *option = find(name, strlen(name));
    SL_ASSERT(option != NULL);
    return (options->given >> (option - options_table) & 1) != 0;
}

const char *sl_options_policy_name(uint64_t policy)
{
    for (const struct choice *choice = policies; choice->name != NULL; choice++) {
        if (choice->value == policy) {
            return choice->name;
        }
    }
    return "unknown";
}

static void print_option(FILE *out, const struct option *option)
{
    (void)fprintf(out, "  --%s%s%s\n      %s", option->name, option->argument == NULL ? "" : " ",
                  option->argument == NULL ? "" : option->argument, option->text);
    if (option->kind == KIND_NUMBER) {
        (void)fprintf(out, "; %llu to %llu %s", (unsigned long long)option->min,
                      (unsigned long long)option->max, option->unit);
    }
    if (option->kind != KIND_FLAG && option->fallback != NULL) {
        (void)fprintf(out, "; default %s", option->fallback);
    }
    (void)fputs("\n      [", out);
    const char *separator = "";
    for (unsigned i = SL_COMMAND_INIT; i < SL_COMMANDS; i++) {
        if ((option->commands & ON(i)) != 0) {
            (void)fprintf(out, "%s%s", separator, commands[i].name);
            separator = " ";
        }
    }
    (void)fputs("]\n", out);
}

void sl_options_print_help(FILE *out)
{
    (void)fputs("usage: salesledgerd COMMAND [OPTION]...\n\ncommands:\n", out);
    for (unsigned i = 0; i < SL_COMMANDS; i++) {
        (void)fprintf(out, "  %-10s %s\n", commands[i].name, commands[i].text);
    }
    (void)fputs("\noptions, with the commands they belong to:\n", out);
    for (size_t i = 0; i < OPTIONS; i++) {
        print_option(out, &options_table[i]);
    }
    (void)fputs("\nexit status: 0 done, 1 failed, 2 wrong usage\n", out);
}
