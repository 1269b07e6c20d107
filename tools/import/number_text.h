/* Numbers as other systems write them: "$1,234.50", "1.234,50 €", "12.5%". */
#ifndef SL_IMPORT_NUMBER_TEXT_H
#define SL_IMPORT_NUMBER_TEXT_H

#include "import/mapping.h"

#define SL_NUMBER_TEXT_MAX 64u

/* Writes the plain form ("-1234.50": a minus, digits, a dot) that sl_decimal_parse() and sl_money_parse() take.
 * One sign may lead. Group signs stand in the whole part only, with a digit before and exactly three digits behind each: anywhere
 * else the text is more likely a number of another style than a large one. A percent sign at the end is dropped where `is_percent`.
 * SL_E_TOO_BIG beyond 63 bytes without what is stripped; SL_E_INVALID_FIELD for what is no such number. */
SL_MUST_CHECK enum sl_err sl_number_text_plain(const char *text,
                                               const struct sl_number_style *style,
                                               bool is_percent,
                                               char buf[SL_NUMBER_TEXT_MAX]);

#endif
