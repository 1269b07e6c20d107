/* Error codes: part of the contract, listed once here with name, text, retry and exit status.
 *
 * A code is never renumbered and never reused. The number is what travels in Error.code, the name
 * is what people and scripts see. `retry` says whether the same request may succeed later
 * without a change. `struct sl_diag` carries the detail for people: which field, which rule, which value. */
#ifndef SL_ERR_H
#define SL_ERR_H

#include "sl/types.h"

#ifdef __cplusplus
extern "C" {
#endif

/* X(symbol, number, retry, text) */
#define SL_ERR_MAP(X)                                                                              \
    X(OK, 0, false, "success")                                                                     \
    /* the request itself */                                                                       \
    X(MALFORMED, 1, false, "the bytes are not a valid message")                                    \
    X(TOO_BIG, 2, false, "larger than the maximum")                                                \
    X(INVALID_FIELD, 3, false, "a field breaks a rule")                                            \
    X(MISSING_FIELD, 4, false, "a required field is missing")                                      \
    X(UNKNOWN_FIELD, 5, false, "a field this version does not know")                               \
    X(UNSUPPORTED, 6, false, "not available in this version")                                      \
    X(TOO_MANY, 7, true, "too many at once")                                                       \
    X(DENIED, 8, false, "not allowed for this user")                                               \
    X(CANCELLED, 9, false, "cancelled by the client")                                              \
    X(TIMED_OUT, 10, true, "took too long")                                                        \
    /* writing rules */                                                                            \
    X(ID_REUSED, 20, false, "this id was used before with other content")                          \
    X(CONFLICT, 21, false, "the entity has moved on")                                              \
    X(UNKNOWN_REFERENCE, 22, false, "refers to something that is not defined")                     \
    X(SHARES_DO_NOT_SUM, 23, false, "direct shares must sum to 1000000 ppm")                       \
    X(UNKNOWN_CURRENCY, 24, false, "not an active ISO 4217 currency")                              \
    X(CURRENCY_MISMATCH, 25, false, "another currency than expected")                              \
    X(DEAL_STATE, 26, false, "the deal's state does not allow this")                               \
    X(BEYOND_BOOKED, 27, false, "more than what is booked on the deal")                            \
    X(UNKNOWN_STAGE, 28, false, "not in the stage list")                                           \
    X(BAD_DATE, 29, false, "not a calendar date (YYYY-MM-DD)")                                     \
    X(BAD_PERIOD, 30, false, "not a period")                                                       \
    X(BAD_MEASURE, 31, false, "not a measure")                                                     \
    X(PLAN_INVALID, 32, false, "the plan breaks a rule")                                           \
    X(NOT_FOUND, 33, false, "no such thing")                                                       \
    X(BATCH_ABORTED, 34, false, "another event of the all-or-nothing batch was refused")           \
    X(OVERFLOW, 35, false, "the amount does not fit")                                              \
    X(SEPARATION, 36, false, "separation of duties")                                               \
    X(NOT_CORRECTABLE, 37, false, "this event cannot be corrected this way")                       \
    /* the ledger's condition */                                                                   \
    X(NO_SPACE, 50, true, "the disk is nearly full")                                               \
    X(STOPPED, 51, true, "the store has stopped after a failed write")                             \
    X(BUSY, 52, true, "too much work is waiting")                                                  \
    X(IO, 53, false, "an input or output operation failed")                                        \
    X(CORRUPT, 54, false, "stored data is damaged")                                                \
    X(NO_MEMORY, 55, true, "out of memory")                                                        \
    X(LOCKED, 56, true, "another daemon owns this directory")                                      \
    X(FORMAT, 57, false, "the directory holds another format")                                     \
    X(EXISTS, 58, false, "already exists")                                                         \
    X(NOT_LEDGER, 59, false, "not a ledger directory")                                             \
    X(NETWORK_FS, 60, false, "network file systems are refused")                                   \
    /* the client's side */                                                                        \
    X(UNREACHABLE, 80, true, "the daemon cannot be reached")                                       \
    X(CLOSED, 81, true, "the connection was closed")                                               \
    X(USAGE, 82, false, "wrong usage")

enum sl_err {
#define SL_ERR_ENUM(symbol, number, retry, text) SL_E_##symbol = (number),
    SL_ERR_MAP(SL_ERR_ENUM)
#undef SL_ERR_ENUM
        SL_OK = SL_E_OK
};

/* How many rows the table has; where the row of an error is, from 0 on, and which error a row's is. For counting by code: an error that
 * is not in the table counts as the first row. */
enum {
#define SL_ERR_ROW(symbol, number, retry, text) SL_ERR_ROW_OF_##symbol,
    SL_ERR_MAP(SL_ERR_ROW)
#undef SL_ERR_ROW
        SL_ERR_COUNT
};
size_t sl_err_index(enum sl_err err);
enum sl_err sl_err_at(size_t index);

/* "CONFLICT"; "UNKNOWN" for a number that is not in the table. Static memory. */
const char *sl_err_name(enum sl_err err);

/* One sentence without a full stop. Static memory. */
const char *sl_err_text(enum sl_err err);

/* May the unchanged request succeed later? */
bool sl_err_may_retry(enum sl_err err);

/* Detail for people, of bounded size, wrapped outward on its way up. Starts as {0}. */
struct sl_diag {
    char field[96];    /* which field: "close.credits[1].share_ppm"; may be empty */
    char message[256]; /* rule and value: "must be above 0, is -5"; may be empty */
};

/* Sets the detail and gives `err` back, so that a refusal is one line:
 *     return sl_refuse(diag, SL_E_INVALID_FIELD, "close.deal", "must have 1 to 64 bytes, has %zu", n);
 * `diag` may be NULL. */
enum sl_err
sl_refuse(struct sl_diag *diag, enum sl_err err, const char *field, const char *fmt, ...)
    SL_PRINTF(4, 5);

/* Prefixes the message: "<text>: <message>". */
void sl_diag_wrap(struct sl_diag *diag, const char *fmt, ...) SL_PRINTF(2, 3);

/* Prefixes the field path: "credits[1]" + "share_ppm" -> "credits[1].share_ppm". */
void sl_diag_wrap_field(struct sl_diag *diag, const char *fmt, ...) SL_PRINTF(2, 3);

/* Invariants of our own: checked in release too, one condition each. Never for outside input. */
SL_NORETURN void sl_assert_failed(const char *condition, const char *file, int line);
#define SL_ASSERT(condition)                                                                       \
    ((condition) ? (void)0 : sl_assert_failed(#condition, __FILE__, __LINE__))

#ifdef __cplusplus
}
#endif
#endif
