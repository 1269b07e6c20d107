/* Targets as rows. */
#include "projections/targets.h"

#include <stdio.h>
#include <stdlib.h>

#include "projections/target_share.h"
#include "sl/money.h"

/* Canonical text of a scope: six numbers in hexadecimal. */
#define SCOPE_TEXT_MAX 64

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

uint32_t sl_targets_scope(struct sl_ledger *ledger, const uint32_t numbers[6])
{
    char buf[SCOPE_TEXT_MAX];
    return sl_names_find(&ledger->names, SL_NAME_SCOPE, scope_text(numbers, buf));
}

enum sl_err sl_targets_scope_numbers(struct sl_ledger *ledger,
                                     uint32_t scope,
                                     struct sl_scope_numbers *ret_numbers)
{
    char text[SL_ID_TEXT_BYTES_MAX + 1];
    uint32_t numbers[6];
    size_t len = sl_names_text(&ledger->names, SL_NAME_SCOPE, scope, text);
    text[len] = '\0';
    const char *at = text;
    for (unsigned i = 0; i < 6; i++) {
        char *end;
        numbers[i] = (uint32_t)strtoul(at, &end, 16);
        if (end == at || *end != (i < 5 ? '.' : '\0')) {
            return SL_E_CORRUPT;
        }
        at = end + 1;
    }
    *ret_numbers = (struct sl_scope_numbers){
        .person = numbers[0],
        .unit = numbers[1],
        .line = numbers[2],
        .product = numbers[3],
        .customer = numbers[4],
        .region = numbers[5],
        .has_person = numbers[0] != 0,
        .has_unit = numbers[1] != 0,
        .has_line = numbers[2] != 0,
        .has_product = numbers[3] != 0,
        .has_customer = numbers[4] != 0,
        .has_region = numbers[5] != 0,
    };
    return SL_OK;
}

uint32_t sl_targets_scope_of_person(struct sl_ledger *ledger, uint32_t person)
{
    return sl_targets_scope(ledger, (uint32_t[6]){person});
}

uint32_t sl_targets_scope_of_unit(struct sl_ledger *ledger, uint32_t unit)
{
    return sl_targets_scope(ledger, (uint32_t[6]){0, unit});
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
    sl_target_periods_forget(&ledger->target_periods);
    sl_target_ids_change(&ledger->target_ids, filled.own, sign);
    if (sign < 0) {
        sl_state_remove(ledger->state, SL_TABLE_TARGETS, key);
        return;
    }
    struct sl_stored_target *row = sl_state_upsert(ledger->state, SL_TABLE_TARGETS, key);
    *row = filled;
}

uint32_t sl_targets_key_scope(struct sl_key key)
{
    return (uint32_t)key.hi;
}

uint32_t sl_targets_key_measure(struct sl_key key)
{
    return (uint32_t)(key.lo >> 44);
}

enum sl_target_role sl_targets_key_role(struct sl_key key)
{
    return (enum sl_target_role)((key.lo >> 40) & 15u);
}

bool sl_targets_same(struct sl_key a, struct sl_key b)
{
    return a.hi == b.hi && (a.lo & ~SL_SEQ_MAX) == (b.lo & ~SL_SEQ_MAX);
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

enum sl_err sl_targets_has_id(struct sl_ledger *ledger, struct sl_slice id, bool *ret_has)
{
    uint32_t number = sl_names_find(&ledger->names, SL_NAME_TARGET, id);
    *ret_has = false;
    return number != 0 ? sl_target_ids_find(&ledger->target_ids, ledger->state, number, ret_has)
                       : SL_OK;
}

/* Onto the ledger's arena. */
static enum sl_err derive(struct sl_ledger *ledger,
                          uint32_t scope,
                          const struct sl_target_kind *kind,
                          const struct sl_day_calendar **ret_calendar,
                          struct sl_target_days *ret_target)
{
    struct sl_target_ask ask = {
        .scope = scope,
        .measure = sl_targets_measure(ledger, kind->measure),
        .role = kind->role,
        .is_ratio = kind->measure->is_ratio,
        .period = kind->period,
    };
    sl_arena_reset(&ledger->arena);
    if (ask.scope == 0 || ask.measure == 0) {
        return SL_E_NOT_FOUND;
    }
    enum sl_err err = sl_targets_calendar(ledger, &ledger->arena, &ask.calendar);
    if (err == SL_OK) {
        err = sl_target_days_get(ledger, &ask, &ledger->arena, ret_target);
    }
    *ret_calendar = ask.calendar;
    return err == SL_OK && ret_target->count == 0 ? SL_E_NOT_FOUND : err;
}

enum sl_err sl_targets_days_of_person(struct sl_ledger *ledger,
                                      uint32_t person,
                                      const struct sl_target_kind *kind,
                                      struct sl_target_days *ret_target)
{
    const struct sl_day_calendar *calendar;
    return derive(ledger, sl_targets_scope_of_person(ledger, person), kind, &calendar, ret_target);
}

enum sl_err sl_targets_amount(struct sl_ledger *ledger,
                              const uint32_t numbers[6],
                              const struct sl_target_kind *kind,
                              int64_t *ret_amount)
{
    const struct sl_day_calendar *calendar;
    struct sl_target_days target;
    enum sl_err err = derive(ledger, sl_targets_scope(ledger, numbers), kind, &calendar, &target);
    if (err == SL_OK) {
        *ret_amount = target.amount;
    }
    return err;
}

enum sl_err sl_targets_prorate(struct sl_ledger *ledger,
                               uint32_t person,
                               const struct sl_target_kind *kind,
                               struct sl_period days,
                               int64_t *ret_amount)
{
    const struct sl_day_calendar *calendar;
    struct sl_target_days target;
    struct sl_fraction part;
    enum sl_err err =
        derive(ledger, sl_targets_scope_of_person(ledger, person), kind, &calendar, &target);
    if (err == SL_OK) {
        err = sl_target_days_read(ledger, &target, &ledger->arena);
    }
    if (err == SL_OK) {
        err = sl_target_prorate(&target, calendar, days, &part);
    }
    return err == SL_OK
               ? sl_round_ratio(part.numerator, part.denominator, SL_ROUND_HALF_EVEN, ret_amount)
               : err;
}
