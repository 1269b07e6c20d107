/* salesledger: asks and feeds a sales ledger from the command line. */
#include <fcntl.h>
#include <langinfo.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/cli.h"

static const struct sl_command commands[] = {
    {"append", "salesledger append", "send events, one JSON object per line", sl_command_append},
    {"import", "salesledger import", "send the rows of CSV files by a mapping", sl_command_import},
    {"measures", "salesledger measures", "values of measures over a period and scope",
     sl_command_measures},
    {"targets", "salesledger targets", "targets, attainment, pace and gaps", sl_command_targets},
    {"rank", "salesledger rank", "who is ahead", sl_command_rank},
    {"statement", "salesledger statement", "what a person has earned", sl_command_statement},
    {"explain", "salesledger explain", "the same with every deal and value behind it",
     sl_command_explain},
    {"log", "salesledger log", "recorded events", sl_command_log},
    {"tail", "salesledger tail", "events as they are recorded", sl_command_tail},
    {"status", "salesledger status", "how the daemon is doing", sl_command_status},
    {"erase", "salesledger erase", "make personal data of a customer unreadable", sl_command_erase},
    {"backup", "salesledger backup", "copy the whole ledger into a file", sl_command_backup},
};

#define COMMAND_COUNT (sizeof commands / sizeof commands[0])

static const struct sl_command *find(const char *name)
{
    for (size_t i = 0; i < COMMAND_COUNT; i++) {
        if (strcmp(commands[i].name, name) == 0) {
            return &commands[i];
        }
    }
    return NULL;
}

static void print_help(FILE *out)
{
    (void)fputs("Usage: salesledger COMMAND [OPTION...]\n\n",
                out); /* help that cannot be printed helps nobody */
    for (size_t i = 0; i < COMMAND_COUNT; i++) {
        (void)fprintf(out, "  %-10s %s\n", commands[i].name, commands[i].summary);
    }
    (void)fputs("\nEach command explains itself: salesledger COMMAND --help\n\n"
                "Examples:\n"
                "  salesledger import --mapping opportunities.json export.csv\n"
                "  salesledger rank --period 2017-Q3 --measure booked.amount --top 10\n"
                "  salesledger explain 'Moses Frase' --period 2017-Q3 --plan tiered\n\n"
                "Exit status: 0 done, 1 refused, 2 wrong usage, 3 the daemon is out of reach, 130 "
                "interrupted.\n",
                out);
}

/* Tables are laid out by display width, which needs a UTF-8 locale, whatever the user's. */
static void choose_locale(void)
{
    bool is_utf8 = setlocale(LC_CTYPE, "") != NULL && strcmp(nl_langinfo(CODESET), "UTF-8") == 0;
    if (!is_utf8) {
        (void)setlocale(LC_CTYPE, "C.UTF-8"); /* without it wide names are only misaligned */
    }
}

static enum sl_exit refuse_name(const char *name)
{
    if (name[0] == '\0') {
        sl_cli_tell("salesledger: say which command; see `salesledger --help'");
    } else {
        sl_cli_tell("salesledger: no command \"%s\"; see `salesledger --help'", name);
    }
    return SL_EXIT_USAGE;
}

/* Whoever is started without one of the three standard files would have the next one that is opened in its place: a socket, and what is
 * printed would go to the daemon. What stands in takes no output, so that it is missed. */
static void hold_standard_files(void)
{
    int fd = open("/dev/null", O_RDONLY);
    while (fd >= 0 && fd <= STDERR_FILENO) {
        fd = open("/dev/null", O_RDONLY);
    }
    if (fd >= 0) {
        (void)close(fd); /* only opened to see where it goes */
    }
}

static enum sl_exit run(const struct sl_command *command, int argc, char **argv)
{
    char title[64];
    (void)snprintf(title, sizeof title, "%s", command->title); /* titles are short */
    argv[0] = title; /* argp takes the program's name from here */
    return command->run(argc, argv);
}

int main(int argc, char **argv)
{
    hold_standard_files();
    choose_locale();
    const char *name = argc > 1 ? argv[1] : "";
    bool is_help =
        strcmp(name, "--help") == 0 || strcmp(name, "-?") == 0 || strcmp(name, "help") == 0;
    const struct sl_command *asked = is_help && argc > 2 ? find(argv[2]) : NULL;
    if (asked != NULL) {
        static char help[] = "--help";
        argv[2] = help;
        return (int)run(asked, argc - 1, argv + 1);
    }
    if (is_help && argc > 2) {
        return (int)refuse_name(argv[2]);
    }
    if (is_help) {
        print_help(stdout);
        return SL_EXIT_OK;
    }
    if (strcmp(name, "--version") == 0 || strcmp(name, "-V") == 0) {
        (void)puts("salesledger " SL_VERSION); /* a closed stdout is the asker's wish */
        return SL_EXIT_OK;
    }
    const struct sl_command *command = find(name);
    if (command == NULL) {
        return (int)refuse_name(name);
    }
    enum sl_exit status = run(command, argc - 1, argv + 1);
    if (fflush(stdout) != 0 && status == SL_EXIT_OK) {
        (void)fputs("salesledger: writing to standard output failed\n", stderr);
        status = SL_EXIT_REFUSED;
    }
    return (int)status;
}
