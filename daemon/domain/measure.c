/* The measure table, and the exact values that follow from sums. */
#include "domain/measure.h"

#include <stdio.h>
#include <string.h>

#include "domain/fraction.h"
#include "sl/limits.h"

/* One name of the contract. Exactly one value for each; sums are ratios without a denominator. */
struct entry {
    const char *name;
    const char *suffix; /* "CLOSED" in cycle.days:CLOSED; NULL: none */
    int64_t scale;
    enum sl_sum numerators[SL_MEASURE_SUMS_MAX];
    enum sl_sum denominators[SL_MEASURE_SUMS_MAX];
    enum sl_measure_unit unit;
    uint8_t numerator_count, denominator_count;
    bool is_unsupported;
    bool lower_is_better;
};

#define SUM(text, sum, measure_unit)                                                               \
    {                                                                                              \
        .name = (text), .unit = (measure_unit), .scale = 1, .numerator_count = 1, .numerators = {  \
            (sum)                                                                                  \
        }                                                                                          \
    }
#define COST(text, sum, measure_unit)                                                              \
    {                                                                                              \
        .name = (text), .unit = (measure_unit), .scale = 1, .numerator_count = 1,                  \
        .numerators = {(sum)}, .lower_is_better = true                                             \
    }
#define LATER(text)                                                                                \
    {                                                                                              \
        .name = (text), .is_unsupported = true                                                     \
    }

/* The order is that of the documentation. For each sum the first entry that is it alone is its measure. */
static const struct entry table[] = {
    SUM("booked.amount", SL_SUM_BOOKED_AMOUNT, SL_UNIT_MINOR),
    SUM("booked.count", SL_SUM_BOOKED_COUNT_PPM, SL_UNIT_PPM),
    SUM("booked.units", SL_SUM_BOOKED_UNITS, SL_UNIT_THOUSANDTHS),
    SUM("booked.margin", SL_SUM_BOOKED_MARGIN, SL_UNIT_MINOR),
    SUM("won.count", SL_SUM_WON_COUNT_PPM, SL_UNIT_PPM),
    COST("lost.count", SL_SUM_LOST_COUNT_PPM, SL_UNIT_PPM),
    SUM("quote.count", SL_SUM_QUOTE_COUNT_PPM, SL_UNIT_PPM),
    SUM("quote.amount", SL_SUM_QUOTE_AMOUNT, SL_UNIT_MINOR),
    SUM("contact.count", SL_SUM_CONTACT_COUNT_PPM, SL_UNIT_PPM),
    SUM("invoiced.amount", SL_SUM_INVOICED_AMOUNT, SL_UNIT_MINOR),
    SUM("delivered.amount", SL_SUM_DELIVERED_AMOUNT, SL_UNIT_MINOR),
    SUM("collected.amount", SL_SUM_COLLECTED_AMOUNT, SL_UNIT_MINOR),
    COST("returned.amount", SL_SUM_RETURNED_AMOUNT, SL_UNIT_MINOR),
    {.name = "win.rate",
     .unit = SL_UNIT_PPM,
     .scale = SL_PPM,
     .numerator_count = 1,
     .numerators = {SL_SUM_WON_COUNT_PPM},
     .denominator_count = 2,
     .denominators = {SL_SUM_WON_COUNT_PPM, SL_SUM_LOST_COUNT_PPM}},
    {.name = "deal.size",
     .unit = SL_UNIT_MINOR,
     .scale = SL_PPM,
     .numerator_count = 1,
     .numerators = {SL_SUM_BOOKED_AMOUNT},
     .denominator_count = 1,
     .denominators = {SL_SUM_BOOKED_COUNT_PPM}},
    {.name = "margin.rate",
     .unit = SL_UNIT_PPM,
     .scale = SL_PPM,
     .numerator_count = 1,
     .numerators = {SL_SUM_BOOKED_MARGIN},
     .denominator_count = 1,
     .denominators = {SL_SUM_BOOKED_COSTED}},
    {.name = "cycle.days",
     .unit = SL_UNIT_DAYS_RATIO,
     .lower_is_better = true,
     .scale = 1,
     .numerator_count = 1,
     .numerators = {SL_SUM_CYCLE_DAYS_WON_PPM},
     .denominator_count = 1,
     .denominators = {SL_SUM_WON_COUNT_PPM}},
    {.name = "cycle.days",
     .suffix = "CLOSED",
     .unit = SL_UNIT_DAYS_RATIO,
     .lower_is_better = true,
     .scale = 1,
     .numerator_count = 2,
     .numerators = {SL_SUM_CYCLE_DAYS_WON_PPM, SL_SUM_CYCLE_DAYS_LOST_PPM},
     .denominator_count = 2,
     .denominators = {SL_SUM_WON_COUNT_PPM, SL_SUM_LOST_COUNT_PPM}},
    LATER("customer.new"),
    LATER("customer.active"),
    LATER("cost.amount"),
    LATER("satisfaction.mean"),
    LATER("channel.coverage"),
    LATER("cost.of.sale"),
    LATER("roi"),
    LATER("growth"),
};
#define TABLE_COUNT (sizeof table / sizeof table[0])

static const char *const contact_kinds[SL_CONTACT_KINDS] = {
    NULL, "CALL", "VISIT", "MAIL", "DEMO", "CARE", "SURVEY", "COMPLAINT", "TRAINING", "OTHER"};

static bool slice_is(struct sl_slice slice, const char *text)
{
    return slice.len == strlen(text) && memcmp(slice.data, text, slice.len) == 0;
}

const char *sl_contact_kind_name(uint32_t kind)
{
    return kind < SL_CONTACT_KINDS ? contact_kinds[kind] : NULL;
}

uint32_t sl_contact_kind_of_name(struct sl_slice name)
{
    for (uint32_t kind = 1; kind < SL_CONTACT_KINDS; kind++) {
        if (slice_is(name, contact_kinds[kind])) {
            return kind;
        }
    }
    return 0;
}

/* "contact.count:VISIT" in two. */
struct name_parts {
    struct sl_slice name;
    struct sl_slice suffix;
    bool has_suffix;
};

static struct name_parts split_name(struct sl_slice text)
{
    const uint8_t *colon = memchr(text.data, ':', text.len);
    struct name_parts parts = {.name = text};
    if (colon != NULL) {
        parts.name.len = (size_t)(colon - text.data);
        parts.suffix = (struct sl_slice){colon + 1, text.len - parts.name.len - 1};
        parts.has_suffix = true;
    }
    return parts;
}

/* An entry without a suffix of its own matches any: whether it may have one is asked afterwards. */
static const struct entry *find_entry(const struct name_parts *parts)
{
    const struct entry *found = NULL;
    for (size_t i = 0; i < TABLE_COUNT; i++) {
        const struct entry *entry = &table[i];
        bool is_named = slice_is(parts->name, entry->name);
        if (is_named && entry->suffix == NULL) {
            found = entry;
        } else if (is_named && parts->has_suffix && slice_is(parts->suffix, entry->suffix)) {
            return entry;
        }
    }
    return found;
}

static struct sl_measure measure_of_entry(const struct entry *entry)
{
    struct sl_measure measure = {.name = entry->name,
                                 .unit = entry->unit,
                                 .is_ratio = entry->denominator_count > 0,
                                 .lower_is_better = entry->lower_is_better,
                                 .numerator_count = entry->numerator_count,
                                 .denominator_count = entry->denominator_count,
                                 .scale = entry->scale};
    memcpy(measure.numerators, entry->numerators, sizeof measure.numerators);
    memcpy(measure.denominators, entry->denominators, sizeof measure.denominators);
    return measure;
}

/* The text as far as a message shows it. */
static int shown_len(struct sl_slice text)
{
    return text.len < SL_MEASURE_TEXT_MAX ? (int)text.len : (int)SL_MEASURE_TEXT_MAX;
}

static bool is_contact_count(const struct entry *entry)
{
    return entry->numerator_count == 1 && entry->numerators[0] == SL_SUM_CONTACT_COUNT_PPM;
}

enum sl_err
sl_measure_parse(struct sl_slice text, struct sl_measure *ret_measure, struct sl_diag *diag)
{
    if (text.len == 0) {
        return sl_refuse(diag, SL_E_MISSING_FIELD, "", "a measure must be named");
    }
    const char *shown = (const char *)text.data;
    struct name_parts parts = split_name(text);
    const struct entry *entry = find_entry(&parts);
    if (entry == NULL) {
        return sl_refuse(diag, SL_E_BAD_MEASURE, "", "'%.*s' is not a measure", shown_len(text),
                         shown);
    }
    if (entry->is_unsupported) {
        return sl_refuse(diag, SL_E_UNSUPPORTED, "", "this version does not compute '%.*s'",
                         shown_len(text), shown);
    }

    struct sl_measure measure = measure_of_entry(entry);
    bool is_open = parts.has_suffix && entry->suffix == NULL; /* the suffix is still to be read */
    if (is_open && is_contact_count(entry)) {
        measure.contact_kind = sl_contact_kind_of_name(parts.suffix);
    }
    if (is_open && measure.contact_kind == 0) {
        return sl_refuse(diag, SL_E_BAD_MEASURE, "", "'%.*s': %s has no part of that name",
                         shown_len(text), shown, entry->name);
    }
    *ret_measure = measure;
    return SL_OK;
}

/* The suffix that tells this measure from others of its name; NULL: none. */
static const char *suffix_of(const struct sl_measure *measure)
{
    if (measure->contact_kind != 0) {
        return sl_contact_kind_name(measure->contact_kind);
    }
    for (size_t i = 0; i < TABLE_COUNT; i++) {
        const struct entry *entry = &table[i];
        if (strcmp(entry->name, measure->name) == 0 &&
            entry->numerator_count == measure->numerator_count) {
            return entry->suffix;
        }
    }
    return NULL;
}

size_t sl_measure_format(const struct sl_measure *measure, char *buf)
{
    const char *suffix = suffix_of(measure);
    const char *colon = suffix != NULL ? ":" : "";
    int len = snprintf(buf, SL_MEASURE_TEXT_MAX, "%s%s%s", measure->name, colon,
                       suffix != NULL ? suffix : "");
    SL_ASSERT(len > 0 && len < (int)SL_MEASURE_TEXT_MAX);
    return (size_t)len;
}

static bool is_among(enum sl_sum sum, const enum sl_sum *terms, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (terms[i] == sum) {
            return true;
        }
    }
    return false;
}

bool sl_measure_uses(const struct sl_measure *measure, enum sl_sum sum)
{
    return is_among(sum, measure->numerators, measure->numerator_count) ||
           is_among(sum, measure->denominators, measure->denominator_count);
}

/* At most two int64, so 128 bits hold the sum. */
static sl_int128 add_up(const enum sl_sum *terms, size_t count, const int64_t sums[SL_SUMS])
{
    sl_int128 total = 0;
    for (size_t i = 0; i < count; i++) {
        total += sums[terms[i]];
    }
    return total;
}

static bool fits_int64(sl_int128 value)
{
    return value >= INT64_MIN && value <= INT64_MAX;
}

enum sl_err sl_measure_of_sums(const struct sl_measure *measure,
                               const int64_t sums[SL_SUMS],
                               struct sl_ratio *ret_ratio)
{
    struct sl_fraction value = {1, 1};
    value.numerator = add_up(measure->numerators, measure->numerator_count, sums);
    if (measure->is_ratio) {
        value.denominator = add_up(measure->denominators, measure->denominator_count, sums);
        if (value.denominator < 0) {
            value = (struct sl_fraction){-value.numerator, -value.denominator};
        }
        value = sl_fraction_reduce(value);
    }
    if (!fits_int64(value.numerator) || !fits_int64(value.denominator)) {
        return SL_E_OVERFLOW;
    }
    ret_ratio->numerator = (int64_t)value.numerator;
    ret_ratio->denominator = (int64_t)value.denominator;
    return SL_OK;
}

struct sl_fraction sl_measure_value(const struct sl_measure *measure, struct sl_ratio ratio)
{
    struct sl_fraction value = {(sl_int128)ratio.numerator * measure->scale, ratio.denominator};
    return measure->scale == 1 ? value : sl_fraction_reduce(value);
}

size_t sl_measure_name_count(void)
{
    return TABLE_COUNT;
}

const char *sl_measure_name(size_t index, bool *ret_is_supported)
{
    if (index >= TABLE_COUNT) {
        return NULL;
    }
    *ret_is_supported = !table[index].is_unsupported;
    return table[index].name;
}

/* Sums by stream (rows) and quantity (AMOUNT, MARGIN, UNITS, COUNT); SL_SUMS where none is kept. */
static const enum sl_sum sum_of_stream[SL_STREAMS][SL_QUANTITIES] = {
    [SL_STREAM_BOOKED] = {SL_SUM_BOOKED_AMOUNT, SL_SUM_BOOKED_MARGIN, SL_SUM_BOOKED_UNITS,
                          SL_SUM_BOOKED_COUNT_PPM},
    [SL_STREAM_INVOICED] = {SL_SUM_INVOICED_AMOUNT, SL_SUMS, SL_SUMS, SL_SUMS},
    [SL_STREAM_COLLECTED] = {SL_SUM_COLLECTED_AMOUNT, SL_SUMS, SL_SUMS, SL_SUMS},
    [SL_STREAM_DELIVERED] = {SL_SUM_DELIVERED_AMOUNT, SL_SUMS, SL_SUMS, SL_SUMS},
    [SL_STREAM_RETURNED] = {SL_SUM_RETURNED_AMOUNT, SL_SUMS, SL_SUMS, SL_SUMS},
    [SL_STREAM_QUOTED] = {SL_SUM_QUOTE_AMOUNT, SL_SUMS, SL_SUMS, SL_SUM_QUOTE_COUNT_PPM},
    [SL_STREAM_CONTACTED] = {SL_SUMS, SL_SUMS, SL_SUMS, SL_SUM_CONTACT_COUNT_PPM},
    [SL_STREAM_LOST] = {SL_SUMS, SL_SUMS, SL_SUMS, SL_SUM_LOST_COUNT_PPM},
};

enum sl_err sl_sum_of_stream(enum sl_stream stream, enum sl_quantity quantity, enum sl_sum *ret_sum)
{
    SL_ASSERT(stream < SL_STREAMS);
    SL_ASSERT(quantity < SL_QUANTITIES);
    enum sl_sum sum = sum_of_stream[stream][quantity];
    if (sum == SL_SUMS) {
        return SL_E_UNSUPPORTED;
    }
    *ret_sum = sum;
    return SL_OK;
}

enum sl_measure_unit sl_sum_unit(enum sl_sum sum)
{
    switch (sum) {
    case SL_SUM_BOOKED_AMOUNT:
    case SL_SUM_BOOKED_MARGIN:
    case SL_SUM_BOOKED_COSTED:
    case SL_SUM_QUOTE_AMOUNT:
    case SL_SUM_INVOICED_AMOUNT:
    case SL_SUM_DELIVERED_AMOUNT:
    case SL_SUM_COLLECTED_AMOUNT:
    case SL_SUM_RETURNED_AMOUNT: return SL_UNIT_MINOR;
    case SL_SUM_BOOKED_UNITS: return SL_UNIT_THOUSANDTHS;
    case SL_SUM_BOOKED_COUNT_PPM:
    case SL_SUM_WON_COUNT_PPM:
    case SL_SUM_LOST_COUNT_PPM:
    case SL_SUM_QUOTE_COUNT_PPM:
    case SL_SUM_CONTACT_COUNT_PPM:
    case SL_SUM_CYCLE_DAYS_WON_PPM:
    case SL_SUM_CYCLE_DAYS_LOST_PPM: return SL_UNIT_PPM;
    case SL_SUMS: break;
    }
    return SL_UNIT_NONE;
}

struct sl_measure sl_measure_of_sum(enum sl_sum sum)
{
    for (size_t i = 0; i < TABLE_COUNT; i++) {
        const struct entry *entry = &table[i];
        bool is_sum = entry->numerator_count == 1 && entry->denominator_count == 0;
        if (is_sum && entry->numerators[0] == sum) {
            return measure_of_entry(entry);
        }
    }
    SL_ASSERT(sum == SL_SUM_CYCLE_DAYS_WON_PPM || sum == SL_SUM_CYCLE_DAYS_LOST_PPM ||
              sum == SL_SUM_BOOKED_COSTED);
    return (struct sl_measure){.name = "",
                               .unit = sum == SL_SUM_BOOKED_COSTED ? SL_UNIT_MINOR : SL_UNIT_PPM,
                               .numerator_count = 1,
                               .numerators = {sum},
                               .scale = 1};
}
