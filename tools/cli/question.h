/* The options of questions, parsed once for all commands. A command lists the argp children whose options make sense for
 * it; their input is a struct sl_question. */
#ifndef SL_CLI_QUESTION_H
#define SL_CLI_QUESTION_H

#include "cli/cli.h"

struct sl_question {
    struct sl_cli cli;
    char *period; /* NULL: not said */
    char *measures[SL_QUERY_MEASURES_MAX];
    size_t measure_count;
    Salesledger__V1__Scope scope;
    bool has_scope;
    Salesledger__V1__At at;
    bool has_at;
    Salesledger__V1__Dimension by; /* DIMENSION_NONE: not said */
    Salesledger__V1__Target__Role role;
    bool has_role;
    bool by_attainment;
    Salesledger__V1__RankType rank_type;
    Salesledger__V1__TieRule ties;
    uint32_t top; /* 0: not said */
    uint32_t around_count;
    bool has_neighbours; /* --neighbours was said */
    char *around, *one;
    char *plan;
    char *today;
    bool as_is_now;
};

/* A question with nothing said yet. */
struct sl_question sl_question_start(const char *command);

extern const struct argp sl_question_period_argp; /* --period --at */
extern const struct argp
    sl_question_scope_argp; /* --person --unit --line --product --customer --region */

/* Parses one option of any of the tables in question.c; for the parsers of commands. */
error_t sl_question_parse(int key, char *arg, struct argp_state *state);

/* Hands the question to argp's children; call at ARGP_KEY_INIT of a command with the children
 * { sl_question_period_argp, sl_question_scope_argp, sl_cli_argp }. */
extern const struct argp_child sl_question_children[];
void sl_question_init_children(struct argp_state *state);
/* At ARGP_KEY_END: without one it is wrong usage. */
void sl_question_need_period(struct argp_state *state);

/* Puts one question to the daemon and prints the answer. */
typedef enum sl_err (*sl_question_ask)(struct sl_question *question,
                                       struct sl_client *client,
                                       struct sl_diag *diag);

/* Connects, asks, tells what went wrong. Gives the exit status. */
enum sl_exit sl_question_run(struct sl_question *question, sl_question_ask ask);

/* Keys of options that only some commands list. */
enum sl_question_key {
    SL_KEY_PERSON = 0x100,
    SL_KEY_UNIT,
    SL_KEY_LINE,
    SL_KEY_PRODUCT,
    SL_KEY_CUSTOMER,
    SL_KEY_REGION,
    SL_KEY_AT,
    SL_KEY_BY,
    SL_KEY_ROLE,
    SL_KEY_TYPE,
    SL_KEY_TIES,
    SL_KEY_TOP,
    SL_KEY_AROUND,
    SL_KEY_NEIGHBOURS,
    SL_KEY_ONE,
    SL_KEY_ATTAINMENT,
    SL_KEY_TODAY,
    SL_KEY_NOW,
    SL_KEY_PERIOD = 'p',
    SL_KEY_MEASURE = 'm',
    SL_KEY_PLAN = 'P',
};

/* A whole number from 0 to `high`; otherwise ends the process as wrong usage, naming `option`. */
uint64_t
sl_question_number(struct argp_state *state, const char *option, const char *arg, uint64_t high);

/* The same for a position in the log, of which the first is 1. */
uint64_t sl_question_seq(struct argp_state *state, const char *option, const char *arg);

/* The same for a count of things, where 0 makes no sense. */
uint64_t
sl_question_count(struct argp_state *state, const char *option, const char *arg, uint64_t high);

/* Adds the type of event that `arg` names to those wanted; otherwise ends the process as wrong usage. */
#define SL_QUESTION_TYPES_MAX 10u
void sl_question_add_type(struct argp_state *state,
                          char *types[SL_QUESTION_TYPES_MAX],
                          size_t *count,
                          char *arg);

/* The number of an enum value by its name in any case; `name` may use '-' for '_'. -1 if there is none. */
int sl_question_enum(const ProtobufCEnumDescriptor *descriptor, const char *name);

#endif
