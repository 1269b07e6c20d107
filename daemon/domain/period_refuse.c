/* Refusing a period. */
#include "domain/period_refuse.h"

#include "domain/text.h"
#include "sl/date.h"

enum sl_err sl_period_refuse(struct sl_diag *diag, const char *field, struct sl_slice text)
{
    char shown[SL_TEXT_SHOWN_MAX];
    int weeks = sl_period_weeks_missed(text);
    (void)sl_text_show(text, shown);
    if (weeks > 0) {
        return sl_refuse(diag, SL_E_BAD_PERIOD, field,
                         "must be one of the %d weeks of its year, is \"%s\"", weeks, shown);
    }
    return sl_refuse(diag, SL_E_BAD_PERIOD, field,
                     "must be a period from 1900 to 2999, such as 2017, 2017-Q3, 2017-07 or "
                     "2017-07-01..2017-07-15, whose end comes after its start, is \"%s\"",
                     shown);
}
