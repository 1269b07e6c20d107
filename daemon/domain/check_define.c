/* Rules of master data that need only the record itself. */
#include "domain/check_parts.h"
#include "domain/text.h"

/* `first` before `second` if both are given; `may_be_equal` for last days that are inside. */
static void
check_order(struct sl_check *c, sl_day first, sl_day second, bool may_be_equal, const char *field)
{
    if (first.v == SL_NO_DAY_V || second.v == SL_NO_DAY_V || first.v < second.v ||
        (may_be_equal && first.v == second.v)) {
        return;
    }
    char first_text[SL_DAY_TEXT_MAX];
    char second_text[SL_DAY_TEXT_MAX];
    (void)sl_day_format(first, first_text); /* the lengths do not matter here */
    (void)sl_day_format(second, second_text);
    sl_check_refuse(c, SL_E_INVALID_FIELD, field, "must be %s %s, is %s",
                    may_be_equal ? "on or after" : "after", first_text, second_text);
}

static void check_ramp(struct sl_check *c, const struct sl_define *define)
{
    int64_t month_min = 0;
    for (size_t i = 0; i < define->ramp_count && c->err == SL_OK; i++) {
        const struct sl_ramp_step *step = &define->ramp[i];
        sl_check_range(c, step->from_month, (struct sl_range){.min = month_min, .max = INT32_MAX},
                       "from_month");
        sl_check_range(c, step->factor_ppm,
                       (struct sl_range){.min = 0, .max = SL_RAMP_FACTOR_PPM_MAX}, "factor_ppm");
        sl_check_inside_item(c, "ramp", i);
        month_min = (int64_t)step->from_month + 1; /* ascending */
    }
}

static void check_person(struct sl_check *c, const struct sl_define *person)
{
    sl_check_id(c, person->id, "person");
    sl_check_line_text(c, person->name, SL_TEXT_BYTES_MAX, "name");
    sl_check_optional_id(c, person->unit, "unit");
    sl_check_optional_id(c, person->role, "role");
    check_order(c, person->hired, person->left, true, "left");
    check_ramp(c, person);
    sl_check_optional_currency(c, person->pay_currency, "pay_currency");
    sl_check_range(c, person->variable_pay_minor, SL_RANGE_AMOUNT, "variable_pay_minor");
}

static void check_unit(struct sl_check *c, const struct sl_define *unit)
{
    sl_check_id(c, unit->id, "unit");
    sl_check_line_text(c, unit->name, SL_TEXT_BYTES_MAX, "name");
    sl_check_optional_id(c, unit->parent, "parent");
    sl_check_optional_id(c, unit->manager, "manager");
    if (c->err == SL_OK && sl_text_equal(unit->id, unit->parent)) {
        char shown[SL_TEXT_SHOWN_MAX];
        sl_check_refuse(c, SL_E_INVALID_FIELD, "parent", "must be another unit, is \"%s\" itself",
                        sl_text_show(unit->parent, shown));
    }
}

static void check_product(struct sl_check *c, const struct sl_define *product)
{
    sl_check_id(c, product->id, "product");
    sl_check_line_text(c, product->name, SL_TEXT_BYTES_MAX, "name");
    sl_check_optional_id(c, product->line, "line");
    sl_check_range(c, product->list_price_minor, SL_RANGE_AMOUNT, "list_price_minor");
    sl_check_range(c, product->cost_minor, SL_RANGE_AMOUNT, "cost_minor");
    sl_check_optional_currency(c, product->currency, "currency");
}

static void check_customer(struct sl_check *c, const struct sl_define *customer)
{
    sl_check_id(c, customer->id, "customer");
    sl_check_line_text(c, customer->name, SL_TEXT_BYTES_MAX, "name");
    sl_check_optional_id(c, customer->segment, "segment");
    sl_check_optional_id(c, customer->region, "region");
    sl_check_optional_id(c, customer->owner, "owner");
}

static bool is_repeated(const struct sl_slice *texts, size_t index)
{
    for (size_t i = 0; i < index; i++) {
        if (sl_text_equal(texts[i], texts[index])) {
            return true;
        }
    }
    return false;
}

static void refuse_repeated(struct sl_check *c, struct sl_slice text, const char *field)
{
    char shown[SL_TEXT_SHOWN_MAX];
    sl_check_refuse(c, SL_E_INVALID_FIELD, field,
                    "must be in the list once, \"%s\" is there before", sl_text_show(text, shown));
}

/* Ids, each once. */
static void
check_ids(struct sl_check *c, const struct sl_slice *ids, size_t count, const char *field)
{
    for (size_t i = 0; i < count && c->err == SL_OK; i++) {
        sl_check_id(c, ids[i], "");
        if (c->err == SL_OK && is_repeated(ids, i)) {
            refuse_repeated(c, ids[i], "");
        }
        sl_check_inside_item(c, field, i);
    }
}

static void check_stages(struct sl_check *c, const struct sl_define *define)
{
    sl_check_present(c, define->stage_count > 0, "stages");
    check_ids(c, define->stages, define->stage_count, "stages");
}

static bool is_permission(struct sl_slice name)
{
    return sl_text_equal(name, SL_SLICE_LIT("APPEND")) ||
           sl_text_equal(name, SL_SLICE_LIT("READ")) ||
           sl_text_equal(name, SL_SLICE_LIT("APPROVE")) ||
           sl_text_equal(name, SL_SLICE_LIT("ADMIN"));
}

/* A role may be without members, permissions or units: that is how it is taken away from somebody. */
static void check_access_role(struct sl_check *c, const struct sl_define *role)
{
    sl_check_id(c, role->id, "role");
    check_ids(c, role->members, role->member_count, "members");
    for (size_t i = 0; i < role->permission_count && c->err == SL_OK; i++) {
        if (!is_permission(role->permissions[i])) {
            char shown[SL_TEXT_SHOWN_MAX];
            sl_check_refuse(c, SL_E_INVALID_FIELD, "",
                            "must be APPEND, READ, APPROVE or ADMIN, is \"%s\"",
                            sl_text_show(role->permissions[i], shown));
        } else if (is_repeated(role->permissions, i)) {
            refuse_repeated(c, role->permissions[i], "");
        }
        sl_check_inside_item(c, "permissions", i);
    }
    check_ids(c, role->units, role->unit_count, "units");
}

/* Was a row before this one of the same tier? */
static bool is_tier_repeated(const struct sl_tier_row *tiers, size_t index)
{
    for (size_t i = 0; i < index; i++) {
        if (sl_text_equal(tiers[i].tier, tiers[index].tier)) {
            return true;
        }
    }
    return false;
}

/* Rows ascend by their lower bounds, as those of a curve do. What lies below the first has no tier. */
static void check_tiers(struct sl_check *c, const struct sl_define *define, const char *field)
{
    int64_t from_min = -SL_AMOUNT_MINOR_MAX;
    for (size_t i = 0; i < define->tier_count && c->err == SL_OK; i++) {
        const struct sl_tier_row *row = &define->tiers[i];
        sl_check_id(c, row->tier, "tier");
        sl_check_range(c, row->from, (struct sl_range){.min = from_min, .max = SL_AMOUNT_MINOR_MAX},
                       "from");
        if (c->err == SL_OK && is_tier_repeated(define->tiers, i)) {
            refuse_repeated(c, row->tier, "tier");
        }
        sl_check_inside_item(c, field, i);
        from_min = row->from + (c->err == SL_OK); /* in range, so one more fits */
    }
}

static void check_tier_rule(struct sl_check *c, const struct sl_define *rule)
{
    sl_check_id(c, rule->id, "rule");
    sl_check_present(c, rule->tier_count > 0, "rows");
    check_tiers(c, rule, "rows");
}

static bool is_dimension_repeated(const struct sl_score *dimensions, size_t index)
{
    for (size_t i = 0; i < index; i++) {
        if (sl_text_equal(dimensions[i].dimension, dimensions[index].dimension)) {
            return true;
        }
    }
    return false;
}

static void check_scorecard(struct sl_check *c, const struct sl_define *scorecard)
{
    sl_check_id(c, scorecard->id, "scorecard");
    for (size_t i = 0; i < scorecard->dimension_count && c->err == SL_OK; i++) {
        const struct sl_score *dimension = &scorecard->dimensions[i];
        sl_check_id(c, dimension->dimension, "dimension");
        sl_check_range(c, dimension->weight_ppm, SL_RANGE_PPM, "weight_ppm");
        if (c->err == SL_OK && is_dimension_repeated(scorecard->dimensions, i)) {
            refuse_repeated(c, dimension->dimension, "dimension");
        }
        sl_check_inside_item(c, "dimensions", i);
    }
    check_tiers(c, scorecard, "grades");
}

/* Absent numbers are 0 and mean January and Monday. What this version does not compute with is refused, not kept in silence. */
static void check_calendar(struct sl_check *c, const struct sl_define *calendar)
{
    sl_check_range(c, calendar->fiscal_start_month, (struct sl_range){.min = 0, .max = 12},
                   "fiscal_start_month");
    sl_check_range(c, calendar->first_weekday, (struct sl_range){.min = 0, .max = 7},
                   "first_weekday");
    if (calendar->first_weekday > 1) {
        sl_check_refuse(c, SL_E_UNSUPPORTED, "first_weekday",
                        "not yet: weeks begin on Monday (1), is %d", calendar->first_weekday);
    }
    if (calendar->boundary_count > 0) {
        sl_check_refuse(c, SL_E_UNSUPPORTED, "boundaries", "not yet: a list of %zu period starts",
                        calendar->boundary_count);
    }
}

static void check_fx_rate(struct sl_check *c, const struct sl_define *rate)
{
    sl_check_currency(c, rate->id, "base_currency");
    sl_check_currency(c, rate->currency, "quote");
    sl_check_range(c, rate->fx_rate, (struct sl_range){.min = 1, .max = INT64_MAX}, "rate");
    if (c->err == SL_OK && sl_text_equal(rate->id, rate->currency)) {
        char shown[SL_TEXT_SHOWN_MAX];
        sl_check_refuse(c, SL_E_INVALID_FIELD, "quote",
                        "must be another currency than the base, is %s",
                        sl_text_show(rate->currency, shown));
    }
}

static void check_record(struct sl_check *c, const struct sl_define *define)
{
    switch (define->kind) {
    case SL_DEFINE_NONE: sl_check_present(c, false, ""); return;
    case SL_DEFINE_PERSON: check_person(c, define); break;
    case SL_DEFINE_UNIT: check_unit(c, define); break;
    case SL_DEFINE_PRODUCT: check_product(c, define); break;
    case SL_DEFINE_CUSTOMER: check_customer(c, define); break;
    case SL_DEFINE_STAGES: check_stages(c, define); break;
    case SL_DEFINE_CALENDAR: check_calendar(c, define); break;
    case SL_DEFINE_FX_RATE: check_fx_rate(c, define); break;
    case SL_DEFINE_ACCESS_ROLE: check_access_role(c, define); break;
    case SL_DEFINE_TIER_RULE: check_tier_rule(c, define); break;
    case SL_DEFINE_SCORECARD: check_scorecard(c, define); break;
    case SL_DEFINE_SETTINGS:
        sl_check_range(c, define->policy, (struct sl_range){.min = 0, .max = 1}, "policy");
        break;
    case SL_DEFINE_PRODUCT_LINE:
        sl_check_id(c, define->id, "line");
        sl_check_line_text(c, define->name, SL_TEXT_BYTES_MAX, "name");
        break;
    }
    sl_check_inside(c, sl_define_kind_name(define->kind));
}

void sl_check_define(struct sl_check *c, const struct sl_define *define)
{
    check_order(c, define->valid_from, define->valid_to, false, "valid_to");
    if (c->err == SL_OK) {
        check_record(c, define);
    }
}
