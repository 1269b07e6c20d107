/* What every test file needs: cmocka, asserts that print error names, short builders, and seeded random numbers.
 *
 * A test that uses random numbers prints its seed; SL_SEED=<number> in the environment replays it. */
#ifndef SL_LIB_TEST_H
#define SL_LIB_TEST_H

/* cmocka.h wants these four before it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "sl/date.h"
#include "sl/err.h"
#include "sl/money.h"
#include "sl/types.h"

/* Fails with "<expression> gave CONFLICT, expected OK". */
#define assert_ok(expression) sl_test_expect(SL_OK, (expression), #expression, __FILE__, __LINE__)
#define assert_err(expected, expression)                                                           \
    sl_test_expect((expected), (expression), #expression, __FILE__, __LINE__)

/* Fails unless `body` ends the process by SIGABRT; it runs in a child process. */
#define assert_aborts(body) sl_test_expect_abort((body), #body, __FILE__, __LINE__)

#define SLICE(text) sl_test_slice(text)              /* of a NUL-terminated string */
#define AT(us)      ((sl_time){(us)})                /* a moment in microseconds */
#define DAY(text)   sl_test_day(text)                /* DAY("2017-03-01") */
#define USD(cents)  sl_test_money((cents), "USD")    /* money in US cents */
#define COUNT(rows) (sizeof(rows) / sizeof(rows)[0]) /* elements of an array */

void sl_test_expect(
    enum sl_err expected, enum sl_err actual, const char *expression, const char *file, int line);
void sl_test_expect_abort(void (*body)(void), const char *name, const char *file, int line);

/* Is there memory at the place, or was it given back? */
bool sl_test_is_mapped(const void *place);

struct sl_slice sl_test_slice(const char *text);
sl_day sl_test_day(const char *text);
struct sl_period sl_test_period(const char *text);
sl_currency sl_test_currency(const char *code);
struct sl_money sl_test_money(int64_t minor, const char *code);

/* A splitmix64 generator: tiny, and the same numbers everywhere. */
struct sl_test_random {
    uint64_t state;
};

/* Seeds from SL_SEED or a fixed number, and prints which. */
void sl_test_random_init(struct sl_test_random *random);

uint64_t sl_test_random(struct sl_test_random *random);

/* 0 to bound - 1; `bound` is above 0. */
uint64_t sl_test_random_below(struct sl_test_random *random, uint64_t bound);

/* low to high, both included. */
int64_t sl_test_random_between(struct sl_test_random *random, int64_t low, int64_t high);

#endif
