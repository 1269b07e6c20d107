/* Ids, names, periods and fractions of answers. */
#include "projections/display.h"

#include "projections/source.h"

struct sl_slice
sl_display_id(struct sl_ledger *ledger, unsigned kind, uint32_t number, struct sl_arena *arena)
{
    char buf[SL_ID_TEXT_BYTES_MAX];
    struct sl_slice text = {NULL, 0};
    size_t len = number != 0 ? sl_names_text(&ledger->names, kind, number, buf) : 0;
    if (len > 0 && !sl_arena_dup(arena, (struct sl_slice){(const uint8_t *)buf, len}, &text)) {
        text = (struct sl_slice){NULL, 0};
    }
    return text;
}

struct sl_slice
sl_display_name(struct sl_ledger *ledger, unsigned kind, uint32_t number, struct sl_arena *arena)
{
    struct sl_slice none = {NULL, 0};
    struct sl_sourced event;
    const void *row;
    struct sl_key key;
    struct sl_key upto = {sl_key_entity(kind, number).hi, UINT64_MAX};
    if (!sl_state_last(ledger->state, SL_TABLE_MASTERS, upto, &key, &row) || key.hi != upto.hi) {
        return none;
    }
    sl_seq seq = {key.lo & SL_SEQ_MAX};
    if (sl_source_load(ledger, seq, arena, &event) != SL_OK || event.body.type != SL_EVENT_DEFINE) {
        return none;
    }
    return event.body.u.define.name;
}

struct sl_slice
sl_display_period(struct sl_ledger *ledger, struct sl_period period, struct sl_arena *arena)
{
    char buf[SL_PERIOD_TEXT_MAX];
    struct sl_slice text = {NULL, 0};
    size_t len = sl_period_format(period, sl_ledger_fiscal_month(ledger), buf);
    if (!sl_arena_dup(arena, (struct sl_slice){(const uint8_t *)buf, len}, &text)) {
        text = (struct sl_slice){NULL, 0};
    }
    return text;
}

static bool fits(struct sl_fraction fraction)
{
    return fraction.numerator <= INT64_MAX && fraction.numerator >= INT64_MIN &&
           fraction.denominator <= INT64_MAX;
}

/* In whole units (millionths, for ratios). */
static struct sl_value
show_rounded(const struct sl_exact *exact, int64_t scale, enum sl_measure_unit unit)
{
    struct sl_value value = {0, 1, unit};
    struct sl_exact scaled;
    enum sl_err err = sl_exact_scale(exact, sl_fraction_of_int(scale), &scaled);
    if (err == SL_OK) {
        err = sl_exact_round(&scaled, SL_ROUND_HALF_EVEN, &value.numerator);
    }
    if (err != SL_OK) {
        bool is_negative =
            exact->is_wide ? exact->numerator.is_negative : exact->small.numerator < 0;
        value.numerator = is_negative ? INT64_MIN : INT64_MAX;
    }
    return value;
}

struct sl_value
sl_display_exact(const struct sl_exact *exact, int64_t scale, enum sl_measure_unit unit)
{
    struct sl_fraction scaled;
    if (!sl_exact_is_defined(exact)) {
        return (struct sl_value){0, 0, unit};
    }
    if (exact->is_wide ||
        sl_fraction_mul(exact->small, sl_fraction_of_int(scale), &scaled) != SL_OK) {
        return show_rounded(exact, scale, unit); /* not even 128 bits hold its lowest terms */
    }
    if (!fits(scaled)) {
        scaled = sl_fraction_reduce(scaled);
    }
    return fits(scaled)
               ? (struct sl_value){(int64_t)scaled.numerator, (int64_t)scaled.denominator, unit}
               : show_rounded(exact, scale, unit);
}

struct sl_value
sl_display_fraction(struct sl_fraction fraction, int64_t scale, enum sl_measure_unit unit)
{
    struct sl_exact exact;
    sl_exact_set(&exact, fraction);
    return sl_display_exact(&exact, scale, unit);
}
