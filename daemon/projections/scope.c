/* Scopes: from ids to numbers, and whether a fact lies inside. */
#include "projections/scope.h"

#include "projections/entities.h"

unsigned sl_dimension_kind(enum sl_dimension dimension)
{
    switch (dimension) {
    case SL_BY_PERSON: return SL_ENTITY_PERSON;
    case SL_BY_UNIT: return SL_ENTITY_UNIT;
    case SL_BY_REGION: return SL_ENTITY_REGION;
    case SL_BY_PRODUCT: return SL_ENTITY_PRODUCT;
    case SL_BY_PRODUCT_LINE: return SL_ENTITY_PRODUCT_LINE;
    case SL_BY_NONE:
    case SL_DIMENSIONS: return SL_ENTITY_NONE;
    }
    return SL_ENTITY_NONE;
}

static enum sl_err resolve_one(struct sl_ledger *ledger,
                               unsigned kind,
                               struct sl_slice text,
                               uint32_t *ret_number,
                               struct sl_diag *diag)
{
    *ret_number = sl_names_find(&ledger->names, kind, text);
    if (text.len > 0 && *ret_number == 0) {
        return sl_refuse(diag, SL_E_NOT_FOUND, sl_entity_kind_name((enum sl_entity_kind)kind),
                         "must be known to the ledger, is %.*s", (int)text.len,
                         (const char *)text.data);
    }
    return SL_OK;
}

enum sl_err sl_scope_resolve(struct sl_ledger *ledger,
                             const struct sl_scope_ref *scope,
                             struct sl_scope_numbers *ret_scope,
                             struct sl_diag *diag)
{
    struct sl_scope_numbers numbers = {0};
    const struct {
        unsigned kind;
        struct sl_slice text;
        uint32_t *number;
        bool *has;
    } parts[] = {
        {SL_ENTITY_PERSON, scope->person, &numbers.person, &numbers.has_person},
        {SL_ENTITY_UNIT, scope->unit, &numbers.unit, &numbers.has_unit},
        {SL_ENTITY_PRODUCT_LINE, scope->product_line, &numbers.line, &numbers.has_line},
        {SL_ENTITY_PRODUCT, scope->product, &numbers.product, &numbers.has_product},
        {SL_ENTITY_CUSTOMER, scope->customer, &numbers.customer, &numbers.has_customer},
        {SL_ENTITY_REGION, scope->region, &numbers.region, &numbers.has_region},
    };
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
        enum sl_err err = resolve_one(ledger, parts[i].kind, parts[i].text, parts[i].number, diag);
        if (err != SL_OK) {
            sl_diag_wrap_field(diag, "scope");
            return err;
        }
        *parts[i].has = parts[i].text.len > 0;
    }
    *ret_scope = numbers;
    return SL_OK;
}

sl_day sl_scope_tree_day(const struct sl_scope_numbers *scope, sl_day day)
{
    if (scope->as_is_now) {
        day.v = INT32_MAX - 1; /* the last day there is: what is unbounded still holds */
    }
    return day;
}

uint32_t sl_scope_unit_of(struct sl_ledger *ledger,
                          const struct sl_scope_numbers *scope,
                          uint32_t person,
                          sl_day day)
{
    const struct sl_timelines *people = &ledger->org.people;
    const struct sl_segment *segment =
        scope->as_is_now ? sl_org_latest(people, person) : sl_org_on(people, person, day);
    return segment != NULL ? segment->row.parent : 0;
}

uint32_t sl_scope_line_of(struct sl_ledger *ledger, uint32_t product, sl_day day)
{
    const struct sl_segment *segment = sl_org_on(&ledger->org.products, product, day);
    return segment != NULL ? segment->row.parent : 0;
}

static bool unit_has(struct sl_ledger *ledger,
                     const struct sl_scope_numbers *scope,
                     uint32_t person,
                     sl_day day)
{
    uint32_t unit = sl_scope_unit_of(ledger, scope, person, day);
    return sl_org_depth(&ledger->org, unit, scope->unit, sl_scope_tree_day(scope, day)) >= 0;
}

bool sl_scope_has(struct sl_ledger *ledger,
                  const struct sl_scope_numbers *scope,
                  struct sl_key key,
                  const struct sl_fact_row *row)
{
    sl_day day = sl_key_fact_day(key);
    uint32_t person = sl_key_fact_person(key);
    bool is_own = scope->has_person && !scope->has_unit;
    return (is_own || row->credit_kind == SL_CREDIT_DIRECT) &&
           (!scope->has_person || person == scope->person) &&
           (!scope->has_product || row->product == scope->product) &&
           (!scope->has_customer || row->customer == scope->customer) &&
           (!scope->has_region || row->region == scope->region) &&
           (scope->contact_kind == 0 || row->kind != SL_FACT_CONTACT ||
            row->contact_kind == scope->contact_kind) &&
           (!scope->has_line || sl_scope_line_of(ledger, row->product, day) == scope->line) &&
           (!scope->has_unit || unit_has(ledger, scope, person, day));
}
