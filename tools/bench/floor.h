/* What the disk alone can do, measured in the same directory and run: the floors that the ledger
 * is compared with. */
#ifndef SL_BENCH_FLOOR_H
#define SL_BENCH_FLOOR_H

#include "frames.h"
#include "histogram.h"

/* Events per second into LMDB with its default durability: key seq, value the packed event,
 * appended, 1,000 per commit. */
double sl_floor_lmdb(const char *dir, const struct sl_frames *frames);

/* Times of `count` x (pwrite of 512 bytes + fdatasync) into a file that was filled with zeros. */
void sl_floor_fdatasync(const char *dir, uint32_t count, struct sl_histogram *ret_latency_ns);

#endif
