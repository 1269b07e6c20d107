/* Options of questions: names on the command line to fields of requests. */
#include "cli/question.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "sl/date.h"

#define ENUM_NAME_MAX 64u

static const struct argp_option period_options[] = {
    {0, 0, 0, 0, "When:", 10},
    {"period", SL_KEY_PERIOD, "PERIOD", 0,
     "2017, 2017-Q3, 2017-07, 2017-W31, 2017-07-14, 2017-07-01..2017-07-15 or all", 0},
    {"at", SL_KEY_AT, "SEQ|TIME", 0,
     "Not available yet: as the ledger stood at this position, or at this moment "
     "(2017-03-01T09:00:00Z)",
     0},
    {0},
};

static const struct argp_option scope_options[] = {
    {0, 0, 0, 0, "Of what; any combination:", 20},
    {"person", SL_KEY_PERSON, "ID", 0, "One person", 0},
    {"unit", SL_KEY_UNIT, "ID", 0, "A unit and all below it", 0},
    {"line", SL_KEY_LINE, "ID", 0, "A product line", 0},
    {"product", SL_KEY_PRODUCT, "ID", 0, "One product", 0},
    {"customer", SL_KEY_CUSTOMER, "ID", 0, "One customer", 0},
    {"region", SL_KEY_REGION, "ID", 0, "The customers' region", 0},
    {0},
};

const struct argp sl_question_period_argp = {.options = period_options,
                                             .parser = sl_question_parse};
const struct argp sl_question_scope_argp = {.options = scope_options, .parser = sl_question_parse};
const struct argp_child sl_question_children[] = {
    {.argp = &sl_question_period_argp},
    {.argp = &sl_question_scope_argp},
    {.argp = &sl_cli_argp},
    {0},
};

struct sl_question sl_question_start(const char *command)
{
    struct sl_question question = {
        .cli = {.command = command},
        .scope = SALESLEDGER__V1__SCOPE__INIT,
        .at = SALESLEDGER__V1__AT__INIT,
    };
    return question;
}

void sl_question_init_children(struct argp_state *state)
{
    struct sl_question *question = state->input;
    state->child_inputs[0] = question;
    state->child_inputs[1] = question;
    state->child_inputs[2] = &question->cli;
}

void sl_question_need_period(struct argp_state *state)
{
    const struct sl_question *question = state->input;
    if (question->period == NULL) {
        argp_error(state, "say which --period, such as 2017, 2017-Q3, 2017-07 or all");
    }
}

uint64_t
sl_question_number(struct argp_state *state, const char *option, const char *arg, uint64_t high)
{
    char *end = NULL;
    errno = 0;
    unsigned long long number = strtoull(arg, &end, 10);
    bool is_number = isdigit((unsigned char)arg[0]) && *end == '\0' && errno == 0;
    if (!is_number || number > high) {
        argp_error(state, "%s is a whole number up to %llu, not \"%s\"", option,
                   (unsigned long long)high, arg);
        return 0; /* argp_error() does not return here */
    }
    return number;
}

uint64_t sl_question_seq(struct argp_state *state, const char *option, const char *arg)
{
    uint64_t seq = sl_question_number(state, option, arg, UINT64_MAX);
    if (seq == 0) {
        argp_error(state, "%s is a position, and they begin at 1, not \"%s\"", option, arg);
    }
    return seq;
}

uint64_t
sl_question_count(struct argp_state *state, const char *option, const char *arg, uint64_t high)
{
    uint64_t count = sl_question_number(state, option, arg, high);
    if (count == 0) {
        argp_error(state, "%s is at least 1, not \"%s\"", option, arg);
    }
    return count;
}

int sl_question_enum(const ProtobufCEnumDescriptor *descriptor, const char *name)
{
    char upper[ENUM_NAME_MAX] = "";
    for (size_t i = 0; name[i] != '\0' && i + 1 < sizeof upper; i++) {
        int letter = name[i] == '-' ? '_' : toupper((unsigned char)name[i]);
        upper[i] = (char)letter;
    }
    const ProtobufCEnumValue *value =
        protobuf_c_enum_descriptor_get_value_by_name(descriptor, upper);
    return value == NULL ? -1 : value->value;
}

static int need_enum(struct argp_state *state,
                     const ProtobufCEnumDescriptor *descriptor,
                     const char *arg,
                     const char *choices)
{
    int value = sl_question_enum(descriptor, arg);
    if (value < 0) {
        argp_error(state, "\"%s\" is not one of %s", arg, choices);
    }
    return value;
}

static Salesledger__V1__Dimension parse_by(struct argp_state *state, const char *arg)
{
    static const struct {
        const char *name;
        Salesledger__V1__Dimension by;
    } names[] = {
        {"person", SALESLEDGER__V1__DIMENSION__BY_PERSON},
        {"unit", SALESLEDGER__V1__DIMENSION__BY_UNIT},
        {"region", SALESLEDGER__V1__DIMENSION__BY_REGION},
        {"product", SALESLEDGER__V1__DIMENSION__BY_PRODUCT},
        {"line", SALESLEDGER__V1__DIMENSION__BY_PRODUCT_LINE},
    };
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (strcmp(names[i].name, arg) == 0) {
            return names[i].by;
        }
    }
    argp_error(state, "--by is person, unit, region, product or line, not \"%s\"", arg);
    return SALESLEDGER__V1__DIMENSION__DIMENSION_NONE; /* argp_error() does not return here */
}

static void parse_at(struct argp_state *state, struct sl_question *question, const char *arg)
{
    question->has_at = true;
    if (strspn(arg, "0123456789") == strlen(arg)) {
        question->at.has_seq = true;
        question->at.seq = sl_question_number(state, "--at", arg, UINT64_MAX);
        return;
    }
    sl_time time;
    if (sl_time_parse((struct sl_slice){(const uint8_t *)arg, strlen(arg)}, &time) != SL_OK) {
        argp_error(
            state,
            "--at is a position such as 1200 or a moment such as 2017-03-01T09:00:00Z, not \"%s\"",
            arg);
        return; /* argp_error() does not return here */
    }
    question->at.has_recorded_us = true;
    question->at.recorded_us = time.v;
}

static void parse_ties(struct argp_state *state, struct sl_question *question, const char *arg)
{
    if (strcmp(arg, "stay") == 0) {
        question->ties = SALESLEDGER__V1__TIE_RULE__TIE_STAYS;
    } else if (strcmp(arg, "reached") == 0) {
        question->ties = SALESLEDGER__V1__TIE_RULE__TIE_REACHED;
    } else {
        argp_error(state, "--ties is stay or reached, not \"%s\"", arg);
    }
}

static void add_measure(struct argp_state *state, struct sl_question *question, char *arg)
{
    if (question->measure_count == SL_QUERY_MEASURES_MAX) {
        argp_error(state, "at most %u measures at once", SL_QUERY_MEASURES_MAX);
        return; /* argp_error() does not return here */
    }
    question->measures[question->measure_count++] = arg;
}

/* An empty scope would ask for everything; it comes from a shell variable that is not set. */
static bool parse_scope(struct argp_state *state, struct sl_question *question, int key, char *arg)
{
    static const char *const names[] = {"person", "unit", "line", "product", "customer", "region"};
    char **const fields[] = {
        &question->scope.person,  &question->scope.unit,     &question->scope.product_line,
        &question->scope.product, &question->scope.customer, &question->scope.region,
    };
    if (key < SL_KEY_PERSON || key > SL_KEY_REGION) {
        return false;
    }
    if (arg[0] == '\0') {
        argp_error(state, "--%s must name one, is empty", names[key - SL_KEY_PERSON]);
    }
    *fields[key - SL_KEY_PERSON] = arg;
    question->has_scope = true;
    return true;
}

/* The fields of an event that are bodies have the names of the types. */
static bool is_type(const char *name)
{
    const ProtobufCFieldDescriptor *field =
        protobuf_c_message_descriptor_get_field_by_name(&salesledger__v1__event__descriptor, name);
    return field != NULL && field->type == PROTOBUF_C_TYPE_MESSAGE;
}

void sl_question_add_type(struct argp_state *state,
                          char *types[SL_QUESTION_TYPES_MAX],
                          size_t *count,
                          char *arg)
{
    if (!is_type(arg)) {
        argp_error(state,
                   "--type must be contact, quote, close, payout, define, target, plan, approve, "
                   "correct or note, is \"%s\"",
                   arg);
    } else if (*count == SL_QUESTION_TYPES_MAX) {
        argp_error(state, "there are only %u types", SL_QUESTION_TYPES_MAX);
    } else {
        types[(*count)++] = arg;
    }
}

static bool parse_text(struct argp_state *state, struct sl_question *question, int key, char *arg)
{
    switch (key) {
    case SL_KEY_PERIOD: question->period = arg; return true;
    case SL_KEY_PLAN: question->plan = arg; return true;
    case SL_KEY_AROUND: question->around = arg; return true;
    case SL_KEY_ONE: question->one = arg; return true;
    case SL_KEY_TODAY: question->today = arg; return true;
    case SL_KEY_ATTAINMENT: question->by_attainment = true; return true;
    case SL_KEY_NOW: question->as_is_now = true; return true;
    default: return parse_scope(state, question, key, arg);
    }
}

error_t sl_question_parse(int key, char *arg, struct argp_state *state)
{
    struct sl_question *question = state->input;
    switch (key) {
    case SL_KEY_AT: parse_at(state, question, arg); return 0;
    case SL_KEY_MEASURE: add_measure(state, question, arg); return 0;
    case SL_KEY_BY: question->by = parse_by(state, arg); return 0;
    case SL_KEY_TIES: parse_ties(state, question, arg); return 0;
    case SL_KEY_ROLE:
        question->has_role = true;
        question->role = (Salesledger__V1__Target__Role)need_enum(
            state, &salesledger__v1__target__role__descriptor, arg,
            "quota, stretch, budget, commit");
        return 0;
    case SL_KEY_TYPE:
        question->rank_type = (Salesledger__V1__RankType)need_enum(
            state, &salesledger__v1__rank_type__descriptor, arg,
            "standard, modified, dense, ordinal, fractional");
        return 0;
    case SL_KEY_TOP:
        question->top = (uint32_t)sl_question_count(state, "--top", arg, UINT32_MAX);
        return 0;
    case SL_KEY_NEIGHBOURS:
        question->has_neighbours = true;
        question->around_count =
            (uint32_t)sl_question_number(state, "--neighbours", arg, UINT32_MAX);
        return 0;
    default: return parse_text(state, question, key, arg) ? 0 : ARGP_ERR_UNKNOWN;
    }
}

enum sl_exit sl_question_run(struct sl_question *question, sl_question_ask ask)
{
    struct sl_diag diag = {0};
    struct sl_client *client = NULL;
    enum sl_err err = sl_cli_connect(&question->cli, &client, &diag);
    if (err == SL_OK) {
        err = ask(question, client, &diag);
        sl_client_close(client);
    }
    if (err == SL_E_IO && ferror(stdout)) {
        err = sl_refuse(&diag, err, "", "writing to standard output failed");
    }
    return err == SL_OK ? SL_EXIT_OK : sl_cli_fail(&question->cli, err, &diag);
}
