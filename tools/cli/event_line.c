/* Events in a few words. */
#include "cli/event_line.h"

#include <stdio.h>
#include <string.h>

#include "cli/show.h"
#include "sl/date.h"

const struct sl_grid_column sl_event_columns[] = {
    {"seq", "SEQ", true, SL_IN_BOTH},           {"effective_date", "DATE", false, SL_IN_BOTH},
    {"recorded", "RECORDED", false, SL_IN_CSV}, {"type", "TYPE", false, SL_IN_BOTH},
    {"subject", "SUBJECT", false, SL_IN_BOTH},  {"detail", "DETAIL", false, SL_IN_BOTH},
    {"actor", "ACTOR", false, SL_IN_BOTH},      {"source", "SOURCE", false, SL_IN_BOTH},
};
const size_t sl_event_column_count = sizeof sl_event_columns / sizeof sl_event_columns[0];

struct words {
    const char *type;
    const char *subject;
    char detail[192];
};

static const char *enum_name(const ProtobufCEnumDescriptor *descriptor, int value)
{
    const ProtobufCEnumValue *found = protobuf_c_enum_descriptor_get_value(descriptor, value);
    return found == NULL ? "" : found->name;
}

static const char *or_empty(const char *text)
{
    return text == NULL ? "" : text;
}

/* Sum of the lines as money; empty without lines. */
static struct sl_shown
lines_total(Salesledger__V1__Line *const *lines, size_t count, const char *currency)
{
    int64_t total = 0;
    bool has_overflow = false;
    for (size_t i = 0; i < count; i++) {
        has_overflow =
            __builtin_add_overflow(total, lines[i]->amount_minor, &total) || has_overflow;
    }
    struct sl_shown none = {0};
    return count == 0 || has_overflow ? none : sl_show_money(total, currency);
}

static void tell_close(const Salesledger__V1__Close *close, struct words *words)
{
    words->type = "close";
    words->subject = close->deal;
    (void)snprintf(words->detail, sizeof words->detail, "%s %s %s",
                   enum_name(&salesledger__v1__close__kind__descriptor, (int)close->kind),
                   lines_total(close->lines, close->n_lines, close->currency).shown,
                   or_empty(close->currency)); /* cut if long: it is a hint */
}

static void tell_quote(const Salesledger__V1__Quote *quote, struct words *words)
{
    words->type = "quote";
    words->subject = quote->deal;
    (void)snprintf(words->detail, sizeof words->detail, "%.60s %s %s", or_empty(quote->stage),
                   lines_total(quote->lines, quote->n_lines, quote->currency).shown,
                   or_empty(quote->currency)); /* cut if long: it is a hint */
}

/* The subject and kind of a definition. */
static const char *tell_define(const Salesledger__V1__Define *define, const char **ret_subject)
{
    const struct {
        const char *kind;
        const void *record;
        const char *subject;
    } kinds[] = {
        {"person", define->person, define->person == NULL ? NULL : define->person->person},
        {"unit", define->unit, define->unit == NULL ? NULL : define->unit->unit},
        {"product", define->product, define->product == NULL ? NULL : define->product->product},
        {"product line", define->product_line,
         define->product_line == NULL ? NULL : define->product_line->line},
        {"customer", define->customer,
         define->customer == NULL ? NULL : define->customer->customer},
        {"stages", define->stages, NULL},
        {"calendar", define->calendar, NULL},
        {"fx rate", define->fx_rate, NULL},
        {"access role", define->access_role, NULL},
        {"tier rule", define->tier_rule, NULL},
        {"scorecard", define->scorecard, NULL},
        {"settings", define->settings, NULL},
    };
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        if (kinds[i].record != NULL) {
            *ret_subject = kinds[i].subject;
            return kinds[i].kind;
        }
    }
    return "";
}

static void
tell_target(const Salesledger__V1__Target *target, const char *currency, struct words *words)
{
    const char *measure = or_empty(target->measure);
    const Salesledger__V1__Scope *scope = target->scope;
    words->type = "target";
    words->subject = scope == NULL           ? "company"
                     : scope->person != NULL ? scope->person
                     : scope->unit != NULL   ? scope->unit
                                             : scope->product_line;
    Salesledger__V1__UnitOfMeasure unit = sl_measure_unit(measure);
    bool is_money = unit == SALESLEDGER__V1__UNIT_OF_MEASURE__MINOR;
    (void)snprintf(words->detail, sizeof words->detail, "%.60s %.40s %s%s%s", measure,
                   or_empty(target->period),
                   sl_show_integer(target->amount, unit, measure, currency).shown,
                   is_money ? " " : "", is_money ? currency : ""); /* cut if long: it is a hint */
}

static void tell_reference(const char *type, uint64_t seq, struct words *words)
{
    words->type = type;
    (void)snprintf(words->detail, sizeof words->detail, "of seq %llu",
                   (unsigned long long)seq); /* fits */
}

static void tell_plan(const Salesledger__V1__Plan *plan, struct words *words)
{
    words->type = "plan";
    words->subject = plan->plan;
    (void)snprintf(
        words->detail, sizeof words->detail, "version %d %s", (int)plan->version,
        enum_name(&salesledger__v1__plan__state__descriptor, (int)plan->state)); /* fits */
}

static void tell_contact(const Salesledger__V1__Contact *contact, struct words *words)
{
    words->type = "contact";
    words->subject = contact->customer;
    (void)snprintf(words->detail, sizeof words->detail, "%s %.80s",
                   enum_name(&salesledger__v1__contact__kind__descriptor, (int)contact->kind),
                   or_empty(contact->person)); /* cut if long: it is a hint */
}

static void tell_payout(const Salesledger__V1__Payout *payout, struct words *words)
{
    words->type = "payout";
    words->subject = payout->payee;
    (void)snprintf(
        words->detail, sizeof words->detail, "%s %s",
        enum_name(&salesledger__v1__payout__kind__descriptor, (int)payout->kind),
        enum_name(&salesledger__v1__payout__state__descriptor, (int)payout->state)); /* fits */
}

static struct words tell(const Salesledger__V1__Event *event, const char *currency)
{
    struct words words = {.type = ""};
    if (event->close != NULL) {
        tell_close(event->close, &words);
    } else if (event->quote != NULL) {
        tell_quote(event->quote, &words);
    } else if (event->contact != NULL) {
        tell_contact(event->contact, &words);
    } else if (event->define != NULL) {
        words.type = "define";
        const char *kind = tell_define(event->define, &words.subject);
        bool is_erased = event->define->customer != NULL && event->define->customer->erased;
        (void)snprintf(words.detail, sizeof words.detail, "%s%s", kind,
                       is_erased ? ", erased" : ""); /* fits */
    } else if (event->target != NULL) {
        tell_target(event->target, currency, &words);
    } else if (event->plan != NULL) {
        tell_plan(event->plan, &words);
    } else if (event->payout != NULL) {
        tell_payout(event->payout, &words);
    } else if (event->approve != NULL) {
        tell_reference("approve", event->approve->ref_seq, &words);
    } else if (event->correct != NULL) {
        tell_reference("correct", event->correct->ref_seq, &words);
    } else if (event->note != NULL) {
        words.type = "note";
        words.subject = event->note->subject;
    }
    return words;
}

void sl_event_put(struct sl_grid *grid, const Salesledger__V1__Event *event, const char *currency)
{
    struct words words = tell(event, currency);
    char recorded[SL_TIME_TEXT_MAX] = "";
    if (event->has_recorded_us) {
        (void)sl_time_format((sl_time){event->recorded_us}, recorded); /* only the length */
    }
    sl_grid_put_number(grid, event->seq);
    sl_grid_put_text(grid, event->effective_date);
    sl_grid_put_text(grid, recorded);
    sl_grid_put_text(grid, words.type);
    sl_grid_put_text(grid, words.subject);
    sl_grid_put_text(grid, words.detail);
    sl_grid_put_text(grid, event->actor);
    sl_grid_put_text(grid, event->source);
}
