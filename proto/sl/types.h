/* The small shared vocabulary: sequence numbers, time, byte slices, and how errors are carried.
 *
 * sl_seq, sl_time and sl_day are one-field structs so that the compiler refuses to mix them. */
#ifndef SL_TYPES_H
#define SL_TYPES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define SL_MUST_CHECK    __attribute__((warn_unused_result))
#define SL_NORETURN      __attribute__((noreturn)) /* C and C++ spell their own differently */
#define SL_PRINTF(f, a)  __attribute__((format(printf, f, a)))
#define SL_IMPLIES(a, b) (!(a) || (b))

/* Place of an event in history: 1, 2, 3, ... without a gap; 0 means "none" or "before the first". */
typedef struct {
    uint64_t v;
} sl_seq;

/* Microseconds since 1970-01-01T00:00:00 UTC. */
typedef struct {
    int64_t v;
} sl_time;

/* A calendar day: days since 1970-01-01 in the proleptic Gregorian calendar. */
typedef struct {
    int32_t v;
} sl_day;

/* Bytes on loan; who owns them and until when is said where the slice is handed out. */
struct sl_slice {
    const uint8_t *data;
    size_t len;
};

/* Holds the exact product of two int64; `__extension__` keeps -Wpedantic quiet. */
__extension__ typedef __int128 sl_int128;

#define SL_SLICE_LIT(s) ((struct sl_slice){(const uint8_t *)(s), sizeof(s) - 1})

/* The client's idempotency key. */
struct sl_id {
    uint8_t bytes[16];
};

#ifdef __cplusplus
}
#endif
#endif
