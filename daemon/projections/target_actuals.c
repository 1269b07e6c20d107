/* Which walk answers for a scope, and making it once. */
#include "projections/target_actuals.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "projections/scope_sums.h"

static unsigned named_count(const struct sl_scope_numbers *scope)
{
    return (unsigned)scope->has_person + scope->has_unit + scope->has_line + scope->has_product +
           scope->has_customer + scope->has_region;
}

static bool is_of_person(const struct sl_scope_numbers *scope)
{
    return named_count(scope) == 1 && scope->has_person;
}

static bool is_of_unit(const struct sl_scope_numbers *scope)
{
    return named_count(scope) == 1 && scope->has_unit && scope->contact_kind == 0;
}

/* Do sums by day answer for it? */
static bool is_kept_by_day(const struct sl_target_subject *subject)
{
    const struct sl_scope_numbers *scope = &subject->scope;
    bool is_kept =
        scope->has_product || scope->has_region || (scope->has_line && subject->is_of_amounts);
    return scope->contact_kind == 0 &&
           (named_count(scope) == 0 || (named_count(scope) == 1 && is_kept));
}

static bool needs_facts(const struct sl_target_subject *subject)
{
    return !is_of_person(&subject->scope) && !is_of_unit(&subject->scope) &&
           !is_kept_by_day(subject);
}

/* Any order will do. A part is named where its number is not 0, so the numbers say all. */
static int compare_scopes(const void *a, const void *b)
{
    return memcmp(a, b, offsetof(struct sl_scope_numbers, has_person));
}

static size_t drop_repeated(struct sl_scope_numbers *scopes, size_t count)
{
    size_t kept = 0;
    for (size_t i = 0; i < count; i++) {
        if (kept == 0 || compare_scopes(&scopes[kept - 1], &scopes[i]) != 0) {
            scopes[kept++] = scopes[i];
        }
    }
    return kept;
}

enum sl_err sl_target_actuals_begin(struct sl_target_actuals *actuals,
                                    const struct sl_target_subject *subjects,
                                    size_t count)
{
    actuals->scopes = sl_arena_calloc(actuals->arena, count, sizeof actuals->scopes[0]);
    if (actuals->scopes == NULL) {
        return SL_E_NO_MEMORY;
    }
    actuals->amounts_only = true;
    for (size_t i = 0; i < count; i++) {
        actuals->unit_count += is_of_unit(&subjects[i].scope);
        if (needs_facts(&subjects[i])) {
            actuals->scopes[actuals->scope_count++] = subjects[i].scope;
            actuals->amounts_only = actuals->amounts_only && subjects[i].is_of_amounts;
        }
    }
    if (actuals->scope_count > 0) {
        qsort(actuals->scopes, actuals->scope_count, sizeof actuals->scopes[0], compare_scopes);
        actuals->scope_count = drop_repeated(actuals->scopes, actuals->scope_count);
    }
    return SL_OK;
}

static enum sl_err get_person(struct sl_target_actuals *actuals,
                              const struct sl_scope_numbers *scope,
                              struct sl_sums_row *ret_row)
{
    if (!actuals->has_people || actuals->people_contact_kind != scope->contact_kind) {
        struct sl_totals_query query = {.period = actuals->period, .by = SL_BY_PERSON};
        query.scope.contact_kind = scope->contact_kind;
        enum sl_err err = sl_totals_get(actuals->ledger, &query, actuals->arena, &actuals->people);
        if (err != SL_OK) {
            return err;
        }
        actuals->has_people = true;
        actuals->people_contact_kind = scope->contact_kind;
    }
    *ret_row = actuals->people.rows[scope->person];
    return SL_OK;
}

static enum sl_err get_unit(struct sl_target_actuals *actuals,
                            const struct sl_scope_numbers *scope,
                            struct sl_sums_row *ret_row)
{
    if (!actuals->has_units) {
        struct sl_totals_query query = {.period = actuals->period, .by = SL_BY_UNIT};
        enum sl_err err = sl_totals_get(actuals->ledger, &query, actuals->arena, &actuals->units);
        if (err != SL_OK) {
            return err;
        }
        actuals->has_units = true;
    }
    *ret_row = actuals->units.rows[scope->unit];
    return SL_OK;
}

static enum sl_err get_any(struct sl_target_actuals *actuals,
                           const struct sl_scope_numbers *scope,
                           struct sl_sums_row *ret_row)
{
    if (actuals->rows == NULL) {
        struct sl_scope_sums_query query = {.period = actuals->period,
                                            .scopes = actuals->scopes,
                                            .count = actuals->scope_count,
                                            .amounts_only = actuals->amounts_only};
        enum sl_err err = sl_scope_sums(actuals->ledger, &query, actuals->arena, &actuals->rows);
        if (err != SL_OK) {
            return err;
        }
    }
    const struct sl_scope_numbers *found = bsearch(scope, actuals->scopes, actuals->scope_count,
                                                   sizeof actuals->scopes[0], compare_scopes);
    SL_ASSERT(found != NULL);
    *ret_row = actuals->rows[found - actuals->scopes];
    return SL_OK;
}

static enum sl_err get_alone(struct sl_target_actuals *actuals,
                             const struct sl_target_subject *subject,
                             struct sl_sums_row *ret_row)
{
    struct sl_totals_query query = {.scope = subject->scope,
                                    .period = actuals->period,
                                    .by = SL_BY_NONE,
                                    .amounts_only = subject->is_of_amounts};
    struct sl_totals totals;
    enum sl_err err = sl_totals_get(actuals->ledger, &query, actuals->arena, &totals);
    if (err == SL_OK) {
        *ret_row = totals.rows[0];
    }
    return err;
}

enum sl_err sl_target_actuals_get(struct sl_target_actuals *actuals,
                                  const struct sl_target_subject *subject,
                                  struct sl_sums_row *ret_row)
{
    const struct sl_scope_numbers *scope = &subject->scope;
    if (is_of_person(scope)) {
        return get_person(actuals, scope, ret_row);
    }
    if (is_of_unit(scope) && actuals->unit_count > 1) {
        return get_unit(actuals, scope, ret_row);
    }
    if (needs_facts(subject) && actuals->scope_count > 1) {
        return get_any(actuals, scope, ret_row);
    }
    return get_alone(actuals, subject, ret_row);
}
