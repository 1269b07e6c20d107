/* The small rules that the checks of all bodies share; for the check_*.c files only.
 *
 * The first refusal is sticky: after it every call is harmless, so that a check reads as a list of rules. Field names are
 * relative; sl_check_inside puts what they lie in before them. */
#ifndef SL_DOMAIN_CHECK_PARTS_H
#define SL_DOMAIN_CHECK_PARTS_H

#include "domain/event.h"
#include "sl/err.h"

struct sl_check {
    struct sl_diag *diag; /* may be NULL */
    enum sl_err err;
};

/* Refuses unless there is a refusal already. */
void sl_check_refuse(struct sl_check *c, enum sl_err err, const char *field, const char *fmt, ...)
    SL_PRINTF(4, 5);

/* If something was refused, it lies in `name` (or `name[index]`). To be called right after checks that began without a refusal. */
void sl_check_inside(struct sl_check *c, const char *name);
void sl_check_inside_item(struct sl_check *c, const char *name, size_t index);

/* An id: 1 to 64 bytes of UTF-8 without control characters. SL_E_MISSING_FIELD (absent or empty), SL_E_TOO_BIG,
 * SL_E_INVALID_FIELD. An optional one may be absent, not empty. */
void sl_check_id(struct sl_check *c, struct sl_slice id, const char *field);
void sl_check_optional_id(struct sl_check *c, struct sl_slice id, const char *field);

/* Text on one line (names), and free text with line breaks; both may be absent or empty. SL_E_TOO_BIG, SL_E_INVALID_FIELD. */
void sl_check_line_text(struct sl_check *c,
                        struct sl_slice text,
                        size_t bytes_max,
                        const char *field);
void sl_check_prose(struct sl_check *c, struct sl_slice text, const char *field);

/* SL_E_INVALID_FIELD outside of min to max, both allowed. */
struct sl_range {
    int64_t min;
    int64_t max;
};
#define SL_RANGE_AMOUNT   ((struct sl_range){.min = 0, .max = SL_AMOUNT_MINOR_MAX})
#define SL_RANGE_QUANTITY ((struct sl_range){.min = 0, .max = SL_QUANTITY_MAX})
#define SL_RANGE_PPM      ((struct sl_range){.min = 0, .max = SL_PPM})
void sl_check_range(struct sl_check *c, int64_t value, struct sl_range range, const char *field);

/* SL_E_MISSING_FIELD. */
void sl_check_present(struct sl_check *c, bool is_present, const char *field);

/* An active ISO 4217 code. SL_E_UNKNOWN_CURRENCY; the first one also SL_E_MISSING_FIELD. */
void sl_check_currency(struct sl_check *c, struct sl_slice currency, const char *field);
void sl_check_optional_currency(struct sl_check *c, struct sl_slice currency, const char *field);

/* SL_E_BAD_PERIOD; the first one also SL_E_MISSING_FIELD. Fiscal start months move periods, they do not make names valid. */
void sl_check_period(struct sl_check *c, struct sl_slice period, const char *field);
void sl_check_optional_period(struct sl_check *c, struct sl_slice period, const char *field);

/* The checks of single bodies; field names are relative to the body. */
void sl_check_contact(struct sl_check *c, const struct sl_contact *contact);
void sl_check_quote(struct sl_check *c, const struct sl_quote *quote);
void sl_check_close(struct sl_check *c, const struct sl_close *close);
void sl_check_payout(struct sl_check *c, const struct sl_payout *payout);
void sl_check_define(struct sl_check *c, const struct sl_define *define);
void sl_check_target(struct sl_check *c, const struct sl_target *target);
void sl_check_approve(struct sl_check *c, const struct sl_approve *approve);
void sl_check_note(struct sl_check *c, const struct sl_note *note);

#endif
