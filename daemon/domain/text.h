/* What ids and free texts may hold, and how a value is shown in a refusal.
 *
 * UTF-8 by RFC 3629: no overlong forms, no surrogates, nothing above U+10FFFF. Control characters are
 * C0 (U+0000 to U+001F), DEL and C1 (U+0080 to U+009F). Pure. */
#ifndef SL_DOMAIN_TEXT_H
#define SL_DOMAIN_TEXT_H

#include "sl/types.h"

/* Valid UTF-8 without control characters; says nothing of the length. */
bool sl_text_is_plain(struct sl_slice text);

/* The same, but tab, line feed and carriage return are welcome: for free text. */
bool sl_text_is_prose(struct sl_slice text);

/* Equal bytes. */
bool sl_text_equal(struct sl_slice a, struct sl_slice b);

/* The value as people may see it: at most 40 bytes of it, "..." where it was cut, `?` for every byte that is not plain
 * text. Always valid UTF-8, NUL-terminated; `buf` takes SL_TEXT_SHOWN_MAX bytes. Gives `buf`. */
#define SL_TEXT_SHOWN_MAX 48
const char *sl_text_show(struct sl_slice text, char *buf);

/* A copy of the same length with `?` for every byte that is not plain text; NUL-terminated, so `buf` takes len + 1. */
void sl_text_clean(struct sl_slice text, char *buf);

#endif
