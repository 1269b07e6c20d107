/* What a soak prints: a line for each tenth of it, and the sum. */
#ifndef SL_BENCH_SOAK_REPORT_H
#define SL_BENCH_SOAK_REPORT_H

#include "bench.h"
#include "soak_session.h"

void sl_soak_tally_add(struct sl_soak_tally *sum, const struct sl_soak_tally *part);

/* What else was seen in a tenth. */
struct sl_soak_seen {
    uint64_t rss_max; /* bytes of RssAnon */
    uint64_t sockets_max;
    uint64_t lag_max; /* events that a subscriber was behind what was acknowledged */
};

void sl_soak_report_stretch(uint32_t index,
                            const struct sl_soak_tally *tally,
                            const struct sl_soak_seen *seen,
                            double seconds);
void sl_soak_report_sum(const struct sl_report *report,
                        const struct sl_soak_tally *tally,
                        double seconds);

#endif
