/* define: effective-dated master data. One flat struct takes whichever record it is.
 *
 * Personal fields, access roles, tier rules and scorecards are kept in the log, and this version does not compute with them. A
 * command's are read, so that their shape can be checked; stored ones are not read again. */
#include "codec/convert.h"

static void
convert_person(struct sl_decoder *d, const Salesledger__V1__Person *from, struct sl_define *define)
{
    sl_decoder_known(d, &from->base);
    define->id = sl_decoder_text(d, from->person, "person");
    define->name = sl_decoder_text(d, from->name, "name");
    define->unit = sl_decoder_text(d, from->unit, "unit");
    define->role = sl_decoder_text(d, from->role, "role");
    define->hired = sl_decoder_day(d, from->hired, "hired");
    define->left = sl_decoder_day(d, from->left, "left");
    define->pay_currency = sl_decoder_text(d, from->pay_currency, "pay_currency");
    define->variable_pay_minor = from->variable_pay_minor;
    struct sl_ramp_step *ramp =
        sl_decoder_array(d, (struct sl_count){.count = from->n_ramp, .max = SL_CURVE_ROWS_MAX},
                         sizeof *ramp, "ramp");
    define->ramp = ramp;
    define->ramp_count = ramp == NULL ? 0 : from->n_ramp;
    for (size_t i = 0; i < define->ramp_count && d->err == SL_OK; i++) {
        sl_decoder_known(d, &from->ramp[i]->base);
        sl_decoder_inside_item(d, "ramp", i);
        ramp[i] = (struct sl_ramp_step){
            .from_month = from->ramp[i]->from_month,
            .factor_ppm = from->ramp[i]->factor_ppm,
        };
    }
}

static void
convert_unit(struct sl_decoder *d, const Salesledger__V1__Unit *from, struct sl_define *define)
{
    sl_decoder_known(d, &from->base);
    define->id = sl_decoder_text(d, from->unit, "unit");
    define->name = sl_decoder_text(d, from->name, "name");
    define->parent = sl_decoder_text(d, from->parent, "parent");
    define->manager = sl_decoder_text(d, from->manager, "manager");
}

static void convert_product(struct sl_decoder *d,
                            const Salesledger__V1__Product *from,
                            struct sl_define *define)
{
    sl_decoder_known(d, &from->base);
    define->id = sl_decoder_text(d, from->product, "product");
    define->name = sl_decoder_text(d, from->name, "name");
    define->line = sl_decoder_text(d, from->line, "line");
    define->list_price_minor = from->list_price_minor;
    define->cost_minor = from->cost_minor;
    define->currency = sl_decoder_text(d, from->currency, "currency");
}

static void convert_product_line(struct sl_decoder *d,
                                 const Salesledger__V1__ProductLine *from,
                                 struct sl_define *define)
{
    sl_decoder_known(d, &from->base);
    define->id = sl_decoder_text(d, from->line, "line");
    define->name = sl_decoder_text(d, from->name, "name");
}

/* What the ledger makes of personal fields never comes from a client. */
static void refuse_sealed(struct sl_decoder *d, const Salesledger__V1__Customer *from)
{
    static const char message[] = "is given by the ledger, must be absent";
    if (d->mode == SL_DECODE_STORED) {
        return;
    }
    if (from->has_sealed) {
        sl_decoder_fail(d, SL_E_INVALID_FIELD, "sealed", message);
    }
    if (from->has_erased) {
        sl_decoder_fail(d, SL_E_INVALID_FIELD, "erased", message);
    }
}

static void convert_customer(struct sl_decoder *d,
                             const Salesledger__V1__Customer *from,
                             struct sl_define *define)
{
    sl_decoder_known(d, &from->base);
    define->id = sl_decoder_text(d, from->customer, "customer");
    define->name = sl_decoder_text(d, from->name, "name");
    define->segment = sl_decoder_text(d, from->segment, "segment");
    define->region = sl_decoder_text(d, from->region, "region");
    define->owner = sl_decoder_text(d, from->owner, "owner");
    define->has_personal = from->name != NULL || from->n_personal > 0;
    refuse_sealed(d, from);
    if (from->n_personal > SL_PERSONAL_FIELDS_MAX && d->mode == SL_DECODE_COMMAND) {
        sl_decoder_fail(d, SL_E_TOO_MANY, "personal", "must be at most %u, are %zu",
                        SL_PERSONAL_FIELDS_MAX, from->n_personal);
    }
    for (size_t i = 0; i < from->n_personal && d->err == SL_OK; i++) {
        sl_decoder_known(d, &from->personal[i]->base);
        sl_decoder_keep(d, from->personal[i]->name, SL_ID_TEXT_BYTES_MAX, "name");
        sl_decoder_keep(d, from->personal[i]->value, SL_TEXT_BYTES_MAX, "value");
        sl_decoder_inside_item(d, "personal", i);
    }
}

static void convert_stages(struct sl_decoder *d,
                           const Salesledger__V1__StageList *from,
                           struct sl_define *define)
{
    sl_decoder_known(d, &from->base);
    define->stages = sl_decoder_texts(
        d, from->stages, (struct sl_count){.count = from->n_stages, .max = SL_STAGES_MAX}, "stages",
        &define->stage_count);
}

/* A calendar's lists may be as long as a list of weights: a day or boundary for each part of many years. */
static void convert_calendar(struct sl_decoder *d,
                             const Salesledger__V1__CalendarData *from,
                             struct sl_define *define)
{
    sl_decoder_known(d, &from->base);
    define->fiscal_start_month = from->fiscal_start_month;
    define->first_weekday = from->first_weekday;
    define->boundaries = sl_decoder_days(
        d, from->boundaries, (struct sl_count){.count = from->n_boundaries, .max = SL_WEIGHTS_MAX},
        "boundaries", &define->boundary_count);
    define->holidays = sl_decoder_days(
        d, from->holidays, (struct sl_count){.count = from->n_holidays, .max = SL_WEIGHTS_MAX},
        "holidays", &define->holiday_count);
}

static void
convert_fx_rate(struct sl_decoder *d, const Salesledger__V1__FxRate *from, struct sl_define *define)
{
    sl_decoder_known(d, &from->base);
    define->id = sl_decoder_text(d, from->base_currency, "base_currency");
    define->currency = sl_decoder_text(d, from->quote, "quote");
    define->fx_rate = from->rate;
}

static void convert_access_role(struct sl_decoder *d,
                                const Salesledger__V1__AccessRole *from,
                                struct sl_define *define)
{
    sl_decoder_known(d, &from->base);
    define->id = sl_decoder_text(d, from->role, "role");
    if (d->mode == SL_DECODE_STORED) {
        return;
    }
    define->members = sl_decoder_texts(
        d, from->members, (struct sl_count){.count = from->n_members, .max = SL_ROLE_MEMBERS_MAX},
        "members", &define->member_count);
    define->permissions = sl_decoder_texts(
        d, from->permissions,
        (struct sl_count){.count = from->n_permissions, .max = SL_ROLE_MEMBERS_MAX}, "permissions",
        &define->permission_count);
    define->units = sl_decoder_texts(
        d, from->units, (struct sl_count){.count = from->n_units, .max = SL_ROLE_MEMBERS_MAX},
        "units", &define->unit_count);
}

static void convert_tiers(struct sl_decoder *d,
                          Salesledger__V1__TierRow *const *from,
                          size_t count,
                          const char *field,
                          struct sl_define *define)
{
    struct sl_tier_row *tiers = sl_decoder_array(
        d, (struct sl_count){.count = count, .max = SL_TIER_ROWS_MAX}, sizeof *tiers, field);
    define->tiers = tiers;
    define->tier_count = tiers == NULL ? 0 : count;
    for (size_t i = 0; i < define->tier_count && d->err == SL_OK; i++) {
        sl_decoder_known(d, &from[i]->base);
        tiers[i] = (struct sl_tier_row){
            .tier = sl_decoder_text(d, from[i]->tier, "tier"),
            .from = from[i]->from,
        };
        sl_decoder_inside_item(d, field, i);
    }
}

static void convert_tier_rule(struct sl_decoder *d,
                              const Salesledger__V1__TierRule *from,
                              struct sl_define *define)
{
    sl_decoder_known(d, &from->base);
    define->id = sl_decoder_text(d, from->rule, "rule");
    if (d->mode == SL_DECODE_COMMAND) {
        convert_tiers(d, from->rows, from->n_rows, "rows", define);
    }
}

static void convert_scorecard(struct sl_decoder *d,
                              const Salesledger__V1__Scorecard *from,
                              struct sl_define *define)
{
    sl_decoder_known(d, &from->base);
    define->id = sl_decoder_text(d, from->scorecard, "scorecard");
    if (d->mode == SL_DECODE_STORED) {
        return;
    }
    struct sl_score *dimensions =
        sl_decoder_array(d, (struct sl_count){.count = from->n_dimensions, .max = SL_SCORES_MAX},
                         sizeof *dimensions, "dimensions");
    define->dimensions = dimensions;
    define->dimension_count = dimensions == NULL ? 0 : from->n_dimensions;
    for (size_t i = 0; i < define->dimension_count && d->err == SL_OK; i++) {
        sl_decoder_known(d, &from->dimensions[i]->base);
        dimensions[i] = (struct sl_score){
            .dimension = sl_decoder_text(d, from->dimensions[i]->dimension, "dimension"),
            .weight_ppm = from->dimensions[i]->weight_ppm,
        };
        sl_decoder_inside_item(d, "dimensions", i);
    }
    convert_tiers(d, from->grades, from->n_grades, "grades", define);
}

static void convert_settings(struct sl_decoder *d,
                             const Salesledger__V1__Settings *from,
                             struct sl_define *define)
{
    sl_decoder_known(d, &from->base);
    define->policy =
        sl_decoder_enum(d, (int)from->policy, SALESLEDGER__V1__SETTINGS__POLICY__STRICT, "policy");
}

/* Which record it is; SL_DEFINE_NONE for none or more than one. */
static enum sl_define_kind only_record(struct sl_decoder *d, const Salesledger__V1__Define *from)
{
    const struct {
        enum sl_define_kind kind;
        bool is_there;
    } records[] = {
        {SL_DEFINE_PERSON, from->person != NULL},
        {SL_DEFINE_UNIT, from->unit != NULL},
        {SL_DEFINE_PRODUCT, from->product != NULL},
        {SL_DEFINE_CUSTOMER, from->customer != NULL},
        {SL_DEFINE_STAGES, from->stages != NULL},
        {SL_DEFINE_CALENDAR, from->calendar != NULL},
        {SL_DEFINE_FX_RATE, from->fx_rate != NULL},
        {SL_DEFINE_ACCESS_ROLE, from->access_role != NULL},
        {SL_DEFINE_TIER_RULE, from->tier_rule != NULL},
        {SL_DEFINE_SCORECARD, from->scorecard != NULL},
        {SL_DEFINE_SETTINGS, from->settings != NULL},
        {SL_DEFINE_PRODUCT_LINE, from->product_line != NULL},
    };
    enum sl_define_kind found = SL_DEFINE_NONE;
    unsigned count = 0;
    for (size_t i = 0; i < sizeof records / sizeof records[0]; i++) {
        if (records[i].is_there) {
            found = records[i].kind;
            count++;
        }
    }
    if (count != 1) {
        sl_decoder_fail(d, SL_E_MALFORMED, "", "must hold exactly one record, holds %u", count);
        return SL_DEFINE_NONE;
    }
    return found;
}

/* One line per record: convert it if it is the one, and name it in a refusal. */
static void
convert_record(struct sl_decoder *d, const Salesledger__V1__Define *from, struct sl_define *define)
{
    switch (define->kind) {
    case SL_DEFINE_NONE: break;
    case SL_DEFINE_PERSON: convert_person(d, from->person, define); break;
    case SL_DEFINE_UNIT: convert_unit(d, from->unit, define); break;
    case SL_DEFINE_PRODUCT: convert_product(d, from->product, define); break;
    case SL_DEFINE_CUSTOMER: convert_customer(d, from->customer, define); break;
    case SL_DEFINE_STAGES: convert_stages(d, from->stages, define); break;
    case SL_DEFINE_CALENDAR: convert_calendar(d, from->calendar, define); break;
    case SL_DEFINE_FX_RATE: convert_fx_rate(d, from->fx_rate, define); break;
    case SL_DEFINE_ACCESS_ROLE: convert_access_role(d, from->access_role, define); break;
    case SL_DEFINE_TIER_RULE: convert_tier_rule(d, from->tier_rule, define); break;
    case SL_DEFINE_SCORECARD: convert_scorecard(d, from->scorecard, define); break;
    case SL_DEFINE_SETTINGS: convert_settings(d, from->settings, define); break;
    case SL_DEFINE_PRODUCT_LINE: convert_product_line(d, from->product_line, define); break;
    }
    if (define->kind != SL_DEFINE_NONE) {
        sl_decoder_inside(d, sl_define_kind_name(define->kind));
    }
}

void sl_convert_define(struct sl_decoder *d,
                       const Salesledger__V1__Define *from,
                       struct sl_define *ret_define)
{
    sl_decoder_known(d, &from->base);
    *ret_define = (struct sl_define){
        .valid_from = sl_decoder_day(d, from->valid_from, "valid_from"),
        .valid_to = sl_decoder_day(d, from->valid_to, "valid_to"),
        .hired = SL_NO_DAY,
        .left = SL_NO_DAY,
    };
    ret_define->kind = only_record(d, from);
    if (d->err == SL_OK) {
        convert_record(d, from, ret_define);
    }
}
