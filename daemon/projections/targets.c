/* Targets as rows. */
#include "projections/targets.h"

#include <stdio.h>

/* Canonical text of a scope: six numbers in hexadecimal. */
#define SCOPE_TEXT_MAX 64

#define YEAR_DAYS_MAX 366 /* months are added up over at most a year */

static struct sl_slice scope_text(const uint32_t numbers[6], char buf[SCOPE_TEXT_MAX])
{
    int len = snprintf(buf, SCOPE_TEXT_MAX, "%x.%x.%x.%x.%x.%x", numbers[0], numbers[1], numbers[2],
                       numbers[3], numbers[4], numbers[5]);
    return (struct sl_slice){(const uint8_t *)buf, (size_t)len};
}

static uint32_t scope_intern(struct sl_ledger *ledger, const struct sl_scope_ref *scope)
{
    struct sl_names *names = &ledger->names;
    uint32_t numbers[6] = {
        sl_names_intern(names, SL_ENTITY_PERSON, scope->person),
        sl_names_intern(names, SL_ENTITY_UNIT, scope->unit),
        sl_names_intern(names, SL_ENTITY_PRODUCT_LINE, scope->product_line),
        sl_names_intern(names, SL_ENTITY_PRODUCT, scope->product),
        sl_names_intern(names, SL_ENTITY_CUSTOMER, scope->customer),
        sl_names_intern(names, SL_ENTITY_REGION, scope->region),
    };
    char buf[SCOPE_TEXT_MAX];
    return sl_names_intern(names, SL_NAME_SCOPE, scope_text(numbers, buf));
}

uint32_t sl_targets_scope_of_person(struct sl_ledger *ledger, uint32_t person)
{
    uint32_t numbers[6] = {person};
    char buf[SCOPE_TEXT_MAX];
    return sl_names_find(&ledger->names, SL_NAME_SCOPE, scope_text(numbers, buf));
}

uint32_t sl_targets_scope_of_unit(struct sl_ledger *ledger, uint32_t unit)
{
    uint32_t numbers[6] = {0, unit};
    char buf[SCOPE_TEXT_MAX];
    return sl_names_find(&ledger->names, SL_NAME_SCOPE, scope_text(numbers, buf));
}

static struct sl_slice period_text(struct sl_period period, char buf[SL_PERIOD_TEXT_MAX])
{
    int len = snprintf(buf, SL_PERIOD_TEXT_MAX, "%d..%d", period.start.v, period.end.v);
    return (struct sl_slice){(const uint8_t *)buf, (size_t)len};
}

uint32_t sl_targets_period(struct sl_ledger *ledger, struct sl_period period)
{
    char buf[SL_PERIOD_TEXT_MAX];
    return sl_names_find(&ledger->names, SL_NAME_PERIOD, period_text(period, buf));
}

uint32_t sl_targets_measure(struct sl_ledger *ledger, const struct sl_measure *measure)
{
    char buf[SL_MEASURE_TEXT_MAX];
    size_t len = sl_measure_format(measure, buf);
    return sl_names_find(&ledger->names, SL_NAME_MEASURE,
                         (struct sl_slice){(const uint8_t *)buf, len});
}

static uint32_t measure_intern(struct sl_ledger *ledger, struct sl_slice text)
{
    struct sl_measure measure;
    char buf[SL_MEASURE_TEXT_MAX];
    if (sl_measure_parse(text, &measure, NULL) != SL_OK) {
        return 0; /* refused when it came in */
    }
    size_t len = sl_measure_format(&measure, buf);
    return sl_names_intern(&ledger->names, SL_NAME_MEASURE,
                           (struct sl_slice){(const uint8_t *)buf, len});
}

void sl_targets_put(struct sl_ledger *ledger, const struct sl_target *target, sl_seq seq, int sign)
{
    struct sl_period period;
    char buf[SL_PERIOD_TEXT_MAX];
    if (sl_period_parse(target->period_text, sl_ledger_fiscal_month(ledger), &period) != SL_OK) {
        return; /* refused when it came in */
    }
    struct sl_stored_target filled = {
        .amount = target->amount,
        .start = period.start.v,
        .end = period.end.v,
        .parent = sl_names_intern(&ledger->names, SL_NAME_TARGET, target->parent),
        .own = sl_names_intern(&ledger->names, SL_NAME_TARGET, target->target),
    };
    struct sl_key key =
        sl_key_target(sl_names_intern(&ledger->names, SL_NAME_PERIOD, period_text(period, buf)),
                      scope_intern(ledger, &target->scope), measure_intern(ledger, target->measure),
                      (unsigned)target->role, seq);
    sl_boards_drop(&ledger->boards);
    if (sign < 0) {
        sl_state_remove(ledger->state, SL_TABLE_TARGETS, key);
        return;
    }
    struct sl_stored_target *row = sl_state_upsert(ledger->state, SL_TABLE_TARGETS, key);
    *row = filled;
}

bool sl_targets_find(struct sl_ledger *ledger,
                     const struct sl_target_ref *ref,
                     struct sl_stored_target *ret_row,
                     sl_seq *ret_seq)
{
    struct sl_key upto = sl_key_target(ref->period, ref->scope, ref->measure, (unsigned)ref->role,
                                       (sl_seq){SL_SEQ_MAX});
    struct sl_key key;
    const void *row;
    if (ref->period == 0 || ref->scope == 0 || ref->measure == 0 ||
        !sl_state_last(ledger->state, SL_TABLE_TARGETS, upto, &key, &row) || key.hi != upto.hi ||
        (key.lo & ~SL_SEQ_MAX) != (upto.lo & ~SL_SEQ_MAX)) {
        return false;
    }
    *ret_row = *(const struct sl_stored_target *)row;
    *ret_seq = (sl_seq){key.lo & SL_SEQ_MAX};
    return true;
}

bool sl_targets_has_id(struct sl_ledger *ledger, struct sl_slice id)
{
    struct sl_state_cursor cursor;
    uint32_t number = sl_names_find(&ledger->names, SL_NAME_TARGET, id);
    if (number == 0) {
        return false;
    }
    sl_state_seek(ledger->state, SL_TABLE_TARGETS, (struct sl_key){0, 0}, &cursor);
    while (cursor.row != NULL && ((const struct sl_stored_target *)cursor.row)->own != number) {
        sl_state_next(ledger->state, &cursor);
    }
    return cursor.row != NULL;
}

static bool
find_amount(struct sl_ledger *ledger, const struct sl_target_ref *ref, int64_t *ret_amount)
{
    struct sl_stored_target row;
    sl_seq seq;
    if (!sl_targets_find(ledger, ref, &row, &seq)) {
        return false;
    }
    *ret_amount = row.amount;
    return true;
}

/* The sum over the months that make up the period; false unless they do, and each has a target. */
static bool sum_of_months(struct sl_ledger *ledger,
                          const struct sl_target_ref *of,
                          struct sl_period period,
                          int64_t *ret_amount)
{
    struct sl_target_ref ref = *of;
    int64_t sum = 0;
    sl_day day = period.start;
    if (period.end.v - period.start.v > YEAR_DAYS_MAX) {
        return false;
    }
    while (day.v < period.end.v) {
        struct sl_period month = sl_window_of(SL_WINDOW_MONTH, 1, day);
        int64_t amount;
        ref.period = sl_targets_period(ledger, month);
        if (month.start.v != day.v || month.end.v > period.end.v ||
            !find_amount(ledger, &ref, &amount) || __builtin_add_overflow(sum, amount, &sum)) {
            return false;
        }
        day = month.end;
    }
    *ret_amount = sum;
    return true;
}

bool sl_targets_of_person(struct sl_ledger *ledger,
                          uint32_t person,
                          const struct sl_target_kind *kind,
                          int64_t *ret_amount)
{
    struct sl_target_ref ref = {
        .period = sl_targets_period(ledger, kind->period),
        .scope = sl_targets_scope_of_person(ledger, person),
        .measure = sl_targets_measure(ledger, kind->measure),
        .role = kind->role,
    };
    return find_amount(ledger, &ref, ret_amount) ||
           sum_of_months(ledger, &ref, kind->period, ret_amount);
}
