/* A made-up company at work. The same seed gives the same company and the same events, but for
 * the ids, which carry the time.
 *
 *     200 units in three levels, 10,000 people, 500 products in 20 lines, 100,000 customers
 *
 *     contact 45 %     half of them on a deal
 *     quote   28 %     opens a deal while few are open, else revises one
 *     close   24 %     open: WON (60 %) or LOST; won: DELIVERED, INVOICED, COLLECTED, then done
 *     back     3 %     CANCELLED before, RETURNED after delivery: a tenth of the amount
 *
 * A deal belongs to one stream, and a stream to one connection, so its events arrive in order
 * and none is refused.
 *
 * Time goes forward over all runs: 10,000 people make 15,000 events a day, from 2025-01-01 on, entered with a scatter of a few
 * days. So five million events are a year's work, and what comes at the same time concerns the same days. */
#ifndef SL_BENCH_WORKLOAD_H
#define SL_BENCH_WORKLOAD_H

#include "frames.h"
#include "random.h"

#define SL_COMPANY_UNITS     200u
#define SL_COMPANY_PEOPLE    10000u
#define SL_COMPANY_PRODUCTS  500u
#define SL_COMPANY_LINES     20u
#define SL_COMPANY_CUSTOMERS 100000u

struct sl_workload_plan {
    uint64_t seed;
    uint32_t run;     /* each run opens its own deals */
    uint32_t streams; /* = connections */
    uint64_t events;  /* of all streams together */
    uint32_t batch;   /* events per frame */
    uint64_t before;  /* events in the ledger: where the calendar stands */
    int64_t base_ms;  /* the time in the first ids: sl_workload_now_ms, the same for all streams */
};

#define SL_WORKLOAD_ID_BYTES 24u

int64_t sl_workload_now_ms(void); /* since 1970 */

/* "P00042": the id of a person (P), customer (C), unit (U), product or region (R) of the company. */
void sl_workload_put_id(char text[SL_WORKLOAD_ID_BYTES], char kind, uint32_t number);

/* Packs the definitions of the company into batches. */
void sl_workload_company(uint64_t seed, struct sl_frames *frames);

/* Packs the events of one stream, 0 to streams - 1. */
void sl_workload_stream(const struct sl_workload_plan *plan,
                        uint32_t stream,
                        struct sl_frames *frames);

/* Packs `count` questions for ranks by booked amount: the first ten, or the place of somebody
 * and his neighbours, of the year that the calendar stands in after so many events, or of a month of
 * it that has begun. */
void sl_workload_ranks(uint64_t seed, uint64_t before, size_t count, struct sl_frames *frames);

#endif
