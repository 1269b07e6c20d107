/* The inline executor: jobs wait in line until the test, or the offline command, runs them. */
#include "base/executor.h"

static void inline_submit(struct sl_executor *base, enum sl_lane lane, struct sl_job *job)
{
    struct sl_inline_executor *executor = (struct sl_inline_executor *)base;
    job->next = NULL;
    if (executor->last[lane] != NULL) {
        executor->last[lane]->next = job;
    } else {
        executor->first[lane] = job;
    }
    executor->last[lane] = job;
}

static bool inline_wait(struct sl_executor *base)
{
    struct sl_inline_executor *executor = (struct sl_inline_executor *)base;
    for (unsigned lane = 0; lane < SL_LANE_COUNT; lane++) {
        if (sl_inline_run_one(executor, (enum sl_lane)lane)) {
            return true;
        }
    }
    return false;
}

void sl_inline_init(struct sl_inline_executor *executor)
{
    *executor = (struct sl_inline_executor){
        .base = {.submit = inline_submit, .wait = inline_wait},
    };
}

bool sl_inline_run_one(struct sl_inline_executor *executor, enum sl_lane lane)
{
    struct sl_job *job = executor->first[lane];
    if (job == NULL) {
        return false;
    }
    executor->first[lane] = job->next;
    if (job->next == NULL) {
        executor->last[lane] = NULL;
    }
    job->work(job);
    job->done(job);
    return true;
}

void sl_inline_run_all(struct sl_inline_executor *executor)
{
    bool ran = true;
    while (ran) {
        ran = inline_wait(&executor->base);
    }
}
