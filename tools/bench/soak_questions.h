/* The questions of a soak: of every kind that people ask all day, about the company of workload.h. */
#ifndef SL_BENCH_SOAK_QUESTIONS_H
#define SL_BENCH_SOAK_QUESTIONS_H

#include "frames.h"

void sl_soak_questions(uint64_t seed, size_t count, struct sl_frames *frames);

#endif
