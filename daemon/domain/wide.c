/* Integers of many limbs, by the methods of the schoolbook: they are for the rare case, so plain comes before fast. */
#include "domain/wide.h"

#include <string.h>

/* Holds the product of two limbs and two more limbs: (2^64 - 1)^2 + 2 (2^64 - 1) = 2^128 - 1. */
__extension__ typedef unsigned __int128 two_limbs;

/* Restores the one form of a value. */
static void trim(struct sl_wide *wide)
{
    while (wide->count > 0 && wide->limbs[wide->count - 1] == 0) {
        wide->count--;
    }
    wide->is_negative = wide->is_negative && wide->count > 0;
}

void sl_wide_set(struct sl_wide *wide, sl_int128 value)
{
    two_limbs magnitude = value < 0 ? 0 - (two_limbs)value : (two_limbs)value;
    wide->is_negative = value < 0;
    wide->count = 2;
    wide->limbs[0] = (uint64_t)magnitude;
    wide->limbs[1] = (uint64_t)(magnitude >> SL_WIDE_LIMB_BITS);
    trim(wide);
}

void sl_wide_copy(struct sl_wide *to, const struct sl_wide *from)
{
    to->is_negative = from->is_negative;
    to->count = from->count;
    memmove(to->limbs, from->limbs, from->count * sizeof from->limbs[0]);
}

void sl_wide_negate(struct sl_wide *wide)
{
    wide->is_negative = !wide->is_negative && wide->count > 0;
}

static int compare_magnitudes(const struct sl_wide *a, const struct sl_wide *b)
{
    if (a->count != b->count) {
        return a->count < b->count ? -1 : 1;
    }
    for (size_t i = a->count; i > 0; i--) {
        if (a->limbs[i - 1] != b->limbs[i - 1]) {
            return a->limbs[i - 1] < b->limbs[i - 1] ? -1 : 1;
        }
    }
    return 0;
}

bool sl_wide_is_equal(const struct sl_wide *a, const struct sl_wide *b)
{
    return a->is_negative == b->is_negative && compare_magnitudes(a, b) == 0;
}

static uint64_t limb_at(const struct sl_wide *wide, size_t index)
{
    return index < wide->count ? wide->limbs[index] : 0;
}

/* a += b by magnitude; `a` has room for one limb more than the longer of the two. */
static void add_magnitude(struct sl_wide *a, const struct sl_wide *b)
{
    uint32_t count = (a->count > b->count ? a->count : b->count) + 1;
    two_limbs carry = 0;
    for (uint32_t i = 0; i < count; i++) {
        two_limbs sum = carry + limb_at(a, i) + limb_at(b, i);
        a->limbs[i] = (uint64_t)sum;
        carry = sum >> SL_WIDE_LIMB_BITS;
    }
    a->count = count;
    trim(a);
}

/* a -= b by magnitude; b is not the greater. */
static void subtract_magnitude(struct sl_wide *a, const struct sl_wide *b)
{
    uint64_t borrow = 0;
    for (uint32_t i = 0; i < a->count; i++) {
        two_limbs difference = (two_limbs)a->limbs[i] - limb_at(b, i) - borrow;
        a->limbs[i] = (uint64_t)difference;
        borrow = difference >> SL_WIDE_LIMB_BITS != 0 ? 1 : 0;
    }
    trim(a);
}

enum sl_err sl_wide_add(const struct sl_wide *a, const struct sl_wide *b, struct sl_wide *ret_sum)
{
    if (a->count == SL_WIDE_LIMBS_MAX || b->count == SL_WIDE_LIMBS_MAX) {
        return SL_E_OVERFLOW;
    }
    bool a_is_greater = compare_magnitudes(a, b) > 0;
    const struct sl_wide *greater = a_is_greater ? a : b;
    const struct sl_wide *smaller = a_is_greater ? b : a;
    struct sl_wide sum;
    sl_wide_copy(&sum, greater);
    if (a->is_negative == b->is_negative) {
        add_magnitude(&sum, smaller);
    } else {
        subtract_magnitude(&sum, smaller);
    }
    sl_wide_copy(ret_sum, &sum);
    return SL_OK;
}

/* sum += a x factor, from the limb `at` on, where `sum` has zeros beyond what it counts so far. */
static void add_row(struct sl_wide *sum, uint32_t at, const struct sl_wide *a, uint64_t factor)
{
    two_limbs carry = 0;
    for (uint32_t i = 0; i < a->count; i++) {
        two_limbs row = (two_limbs)a->limbs[i] * factor + sum->limbs[at + i] + carry;
        sum->limbs[at + i] = (uint64_t)row;
        carry = row >> SL_WIDE_LIMB_BITS;
    }
    sum->limbs[at + a->count] = (uint64_t)carry;
}

enum sl_err
sl_wide_mul(const struct sl_wide *a, const struct sl_wide *b, struct sl_wide *ret_product)
{
    struct sl_wide product;
    product.count = a->count + b->count;
    product.is_negative = a->is_negative != b->is_negative;
    if (product.count > SL_WIDE_LIMBS_MAX) {
        return SL_E_OVERFLOW;
    }
    memset(product.limbs, 0, product.count * sizeof product.limbs[0]);
    for (uint32_t i = 0; i < b->count; i++) {
        add_row(&product, i, a, b->limbs[i]);
    }
    trim(&product);
    sl_wide_copy(ret_product, &product);
    return SL_OK;
}

static void halve(struct sl_wide *wide)
{
    for (uint32_t i = 0; i < wide->count; i++) {
        uint64_t next = limb_at(wide, i + 1);
        wide->limbs[i] = wide->limbs[i] >> 1 | next << (SL_WIDE_LIMB_BITS - 1);
    }
    trim(wide);
}

/* Leaves the rest of the division. False if the quotient needs more than one limb. The denominator is taken 2^63 times, 2^62
 * times, ... and once, wherever that still fits into the rest. */
static bool divide(struct sl_wide *rest, const struct sl_wide *denominator, uint64_t *ret_quotient)
{
    uint64_t quotient = 0;
    struct sl_wide part;
    part.is_negative = false;
    part.count = denominator->count + 1;
    part.limbs[0] = 0;
    memcpy(part.limbs + 1, denominator->limbs, denominator->count * sizeof part.limbs[0]);
    if (compare_magnitudes(rest, &part) >= 0) {
        return false;
    }
    for (unsigned i = 0; i < SL_WIDE_LIMB_BITS; i++) {
        halve(&part);
        bool fits = compare_magnitudes(rest, &part) >= 0;
        if (fits) {
            subtract_magnitude(rest, &part);
        }
        quotient = quotient << 1 | (fits ? 1 : 0);
    }
    *ret_quotient = quotient;
    return true;
}

/* Does the rest push the quotient one away from zero? Half the denominator is the border. */
static bool rounds_away(const struct sl_wide *rest,
                        const struct sl_wide *denominator,
                        bool quotient_is_odd,
                        enum sl_rounding rounding)
{
    struct sl_wide twice;
    sl_wide_copy(&twice, rest);
    add_magnitude(&twice, rest);
    int order = compare_magnitudes(&twice, denominator);
    if (order != 0) {
        return order > 0;
    }
    switch (rounding) {
    case SL_ROUND_HALF_EVEN: return quotient_is_odd;
    case SL_ROUND_HALF_UP: return true;
    }
    return false;
}

enum sl_err sl_wide_round_ratio(const struct sl_wide *numerator,
                                const struct sl_wide *denominator,
                                enum sl_rounding rounding,
                                int64_t *ret_value)
{
    SL_ASSERT(denominator->count > 0 && !denominator->is_negative);
    struct sl_wide rest;
    uint64_t quotient;
    sl_wide_copy(&rest, numerator);
    if (denominator->count == SL_WIDE_LIMBS_MAX || !divide(&rest, denominator, &quotient)) {
        return SL_E_OVERFLOW;
    }
    uint64_t away = rounds_away(&rest, denominator, quotient % 2 != 0, rounding) ? 1 : 0;
    uint64_t magnitude_max = (uint64_t)INT64_MAX + (numerator->is_negative ? 1 : 0);
    if (quotient > magnitude_max - away) {
        return SL_E_OVERFLOW;
    }
    quotient += away;
    *ret_value = (int64_t)(numerator->is_negative ? 0 - quotient : quotient);
    return SL_OK;
}
