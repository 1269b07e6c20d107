/* The checks that all questions share. */
#include "projections/query_parts.h"

#include "domain/period_refuse.h"

enum sl_err sl_query_period(struct sl_ledger *ledger,
                            struct sl_slice text,
                            const char *field,
                            struct sl_period *ret_period,
                            struct sl_diag *diag)
{
    if (text.len == 0) {
        return sl_refuse(diag, SL_E_MISSING_FIELD, field, "must be a period such as 2017-Q3");
    }
    enum sl_err err = sl_period_parse(text, sl_ledger_fiscal_month(ledger), ret_period);
    return err == SL_OK ? SL_OK : sl_period_refuse(diag, field, text);
}

enum sl_err sl_query_at(const struct sl_at *at, const char *field, struct sl_diag *diag)
{
    return at->is_set ? sl_refuse(diag, SL_E_UNSUPPORTED, field, "not yet: answers are as of now")
                      : SL_OK;
}

enum sl_err sl_query_measure(struct sl_slice text,
                             const char *field,
                             struct sl_measure *ret_measure,
                             struct sl_diag *diag)
{
    enum sl_err err = sl_measure_parse(text, ret_measure, diag);
    if (err != SL_OK) {
        sl_diag_wrap_field(diag, "%s", field);
    }
    return err;
}
