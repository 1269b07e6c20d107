/* What came in the last second, ten seconds, minute: the counters as they stood at the end of each of the latest 60 seconds.
 *
 *     second     ... 57 58 59 60 │ now
 *     counters    a  b  c  d  e  │         the last second: e - d; the last ten: e - what stood ten before it
 *
 * Whole numbers, by a clock that never jumps. A second whose end was seen late has what came until then: looked at ten times a second,
 * it is hardly ever a tenth too much. */
#ifndef SL_SERVICE_RATES_H
#define SL_SERVICE_RATES_H

#include "codec/figures.h"

#define SL_RATES_SECONDS 60u

struct sl_counters {
    uint64_t events, bytes, requests;
};

struct sl_rates {
    uint64_t begun_us;                             /* monotonic: when counting began */
    uint64_t seconds;                              /* whole ones since */
    struct sl_counters ends[SL_RATES_SECONDS + 1]; /* by second modulo their count */
};

/* Counting begins, from zero. */
void sl_rates_begin(struct sl_rates *rates, uint64_t now_us);

/* The counters as they stand now: for each second that has ended since the last call. */
void sl_rates_note(struct sl_rates *rates, uint64_t now_us, const struct sl_counters *now);

/* Of the last 1, 10 and 60 seconds, as far as there were so many. */
void sl_rates_fill(const struct sl_rates *rates, struct sl_figures *figures);

#endif
