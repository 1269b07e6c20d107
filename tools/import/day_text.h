/* Days as other systems write them, read by a small part of strptime()'s language:
 *
 *   %Y    four digits             %y   two digits: 69..99 is 19xx, 00..68 is 20xx
 *   %m    month, 1 or 2 digits    %b   Jan..Dec or January..December, any case
 *   %d    day, 1 or 2 digits      %H %M %S   time of day, read and dropped
 *   %*    anything up to the end  %%   a percent sign
 *
 * Anything else stands for itself, byte by byte ("%Y年%m月%d日" works). */
#ifndef SL_IMPORT_DAY_TEXT_H
#define SL_IMPORT_DAY_TEXT_H

#include "sl/date.h"

/* SL_E_BAD_DATE if the text does not follow the format to its end or names no calendar day. */
SL_MUST_CHECK enum sl_err sl_day_text_read(const char *text, const char *format, sl_day *ret_day);

/* Does the format name year, month and day, with known letters only? */
bool sl_day_format_is_valid(const char *format);

#endif
