/* Fractions of any size, on libcrypto's integers: a reference for domain/exact that shares no arithmetic with it.
 *
 * A ratio is what it was set to times and plus what followed, in place. Out of memory fails the running test. */
#ifndef SL_LIB_RATIO_H
#define SL_LIB_RATIO_H

#include <openssl/bn.h>

#include "domain/wide.h"
#include "lib/test.h"

struct sl_test_ratio {
    BIGNUM *numerator, *denominator; /* owned */
};

/* The denominator is above 0. */
void sl_test_ratio_init(struct sl_test_ratio *ratio, int64_t numerator, int64_t denominator);
void sl_test_ratio_deinit(struct sl_test_ratio *ratio);

void sl_test_ratio_multiply(struct sl_test_ratio *ratio, int64_t numerator, int64_t denominator);
void sl_test_ratio_multiply_by(struct sl_test_ratio *ratio, const struct sl_test_ratio *by);
void sl_test_ratio_add(struct sl_test_ratio *ratio, const struct sl_test_ratio *more);
void sl_test_ratio_subtract(struct sl_test_ratio *ratio, const struct sl_test_ratio *less);

/* Rounded once; false if int64 does not hold it. */
bool sl_test_ratio_round(const struct sl_test_ratio *ratio,
                         enum sl_rounding rounding,
                         int64_t *ret_value);

/* A new integer of the same value, for the caller to free. */
BIGNUM *sl_test_big_of(const struct sl_wide *wide);

#endif
