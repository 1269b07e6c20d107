/* See rates.h. */
#include "service/rates.h"

#define US_PER_SECOND 1000000u
#define ENDS          (SL_RATES_SECONDS + 1u)

void sl_rates_begin(struct sl_rates *rates, uint64_t now_us)
{
    *rates = (struct sl_rates){.begun_us = now_us};
}

void sl_rates_note(struct sl_rates *rates, uint64_t now_us, const struct sl_counters *now)
{
    uint64_t seconds = (now_us - rates->begun_us) / US_PER_SECOND;
    uint64_t ended = seconds - rates->seconds;
    ended = ended < ENDS ? ended : ENDS; /* the others would be overwritten */
    for (uint64_t i = 0; i < ended; i++) {
        rates->ends[(seconds - i) % ENDS] = *now;
    }
    rates->seconds = seconds;
}

void sl_rates_fill(const struct sl_rates *rates, struct sl_figures *figures)
{
    static const uint32_t spans[] = {1, 10, SL_RATES_SECONDS};
    figures->rate_count = sizeof spans / sizeof spans[0];
    const struct sl_counters *end = &rates->ends[rates->seconds % ENDS];
    for (size_t i = 0; i < figures->rate_count; i++) {
        uint64_t span = spans[i] < rates->seconds ? spans[i] : rates->seconds;
        const struct sl_counters *begin = &rates->ends[(rates->seconds - span) % ENDS];
        figures->rates[i] = (struct sl_rate){
            .seconds = (uint32_t)span,
            .events = end->events - begin->events,
            .bytes = end->bytes - begin->bytes,
            .requests = end->requests - begin->requests,
        };
    }
}
