/* Idempotency ids: 16 bytes, UUIDv7 (RFC 9562, section 5.7) by default, so that newer ids sort after older ones. */
#ifndef SL_ID_H
#define SL_ID_H

#include "sl/err.h"
#include "sl/types.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Layout: 48 bits of Unix milliseconds, version 7, 12 random bits, variant, 62 random bits. `random` is 10 bytes. */
struct sl_id sl_id_from_time(sl_time time, const uint8_t random[10]);

/* An id derived from content: 48 bits of milliseconds of `day` at midnight UTC, then 74 bits taken from the `digest`
 * (at least 10 bytes), with the version (8: custom) and variant of RFC 9562. Same input, same id. */
struct sl_id sl_id_from_digest(sl_day day, const uint8_t digest[10]);

/* "0190b3f0-....": 36 bytes and a NUL. */
#define SL_ID_TEXT_MAX 40
size_t sl_id_format(struct sl_id id, char *buf);

/* Takes 36 characters with dashes or 32 without. SL_E_INVALID_FIELD. */
SL_MUST_CHECK enum sl_err sl_id_parse(struct sl_slice text, struct sl_id *ret_id);

/* <0, 0, >0, as memcmp. */
int sl_id_compare(struct sl_id a, struct sl_id b);

#ifdef __cplusplus
}
#endif
#endif
