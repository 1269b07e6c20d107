/* The scrubber's pace, and what is made of what it finds. Loop thread, but for the work. */
#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "store/store_impl.h"

#define US_PER_SECOND 1000000u

/* As much as a portion reads at most: some milliseconds, so that no page that a checkpoint gives up is kept for long. */
#define PORTION_BYTES_MAX ((uint64_t)512 * 1024)
#define PORTION_BYTES_MIN ((uint64_t)64 * 1024)

static void scrub_work(struct sl_job *job)
{
    struct sl_scrub_run *run = (struct sl_scrub_run *)job;
    run->diag = (struct sl_diag){0};
    run->err = sl_scrub_portion(&run->scrub, run->portion_bytes, &run->diag);
}

/* Money: what comes in would rest on what can no longer be trusted. What is there can still be read, but for the damaged place. */
static void note_damage(struct sl_store *store)
{
    struct sl_scrub_run *run = &store->scrub;
    run->status.errors++;
    bool is_known = strcmp(run->status.last_error, run->diag.message) == 0;
    (void)snprintf(run->status.last_error, sizeof run->status.last_error, "%s", run->diag.message);
    if (!is_known) {
        sl_log(SL_LOG_ERROR, "event=damage place=%s next=\"appends are refused\"",
               sl_log_quote(run->diag.message).text);
    }
}

static void scrub_done(struct sl_job *job)
{
    struct sl_store *store = ((struct sl_scrub_run *)job)->store;
    struct sl_scrub_run *run = &store->scrub;
    run->is_running = false;
    if (run->err == SL_E_CORRUPT || run->err == SL_E_IO) {
        note_damage(store);
    }
    if (run->scrub.passes != run->status.passes) {
        run->has_passed = true;
    }
    run->status.seq = run->scrub.seq;
    run->status.passes = run->scrub.passes;
    run->status.part = run->scrub.part;
    run->status.bytes = run->scrub.bytes;
}

/* Where it cannot be opened there is nothing to scrub with: the daemon runs all the same. */
static bool is_open(struct sl_store *store)
{
    struct sl_scrub_run *run = &store->scrub;
    if (run->is_open || run->is_refused) {
        return run->is_open;
    }
    struct sl_diag diag = {0};
    run->store = store;
    run->is_open = sl_scrub_open(&run->scrub, &store->env, store->options.specs,
                                 store->options.spec_count, &diag) == SL_OK;
    run->is_refused = !run->is_open;
    if (run->is_refused) {
        sl_log(SL_LOG_WARNING, "event=no_scrub why=%s", sl_log_quote(diag.message).text);
    }
    return run->is_open;
}

void sl_store_scrub(struct sl_store *store, sl_time now)
{
    struct sl_scrub_run *run = &store->scrub;
    uint64_t rate = store->options.scrub_bytes_per_s;
    if (run->has_passed && !run->is_running) {
        run->has_passed = false;
        run->status.passed = now;
    }
    if (rate == 0 || run->is_running || !is_open(store)) {
        return;
    }
    uint64_t now_us = sl_clock_monotonic_us(store->clock);
    uint64_t waited_us = run->has_looked ? now_us - run->looked_us : 0;
    run->has_looked = true;
    run->looked_us = now_us;
    uint64_t second_us = waited_us < US_PER_SECOND ? waited_us : US_PER_SECOND;
    run->due_bytes +=
        rate / US_PER_SECOND * second_us + rate % US_PER_SECOND * second_us / US_PER_SECOND;
    if (run->due_bytes < PORTION_BYTES_MIN) {
        return;
    }
    run->portion_bytes = run->due_bytes < PORTION_BYTES_MAX ? run->due_bytes : PORTION_BYTES_MAX;
    run->due_bytes = 0;
    run->is_running = true;
    run->job = (struct sl_job){.work = scrub_work, .done = scrub_done};
    store->options.executor->submit(store->options.executor, SL_LANE_POOL, &run->job);
}

void sl_store_scrub_status(const struct sl_store *store, struct sl_scrub_status *ret_status)
{
    *ret_status = store->scrub.status;
    ret_status->parts = 1 + store->options.spec_count; /* log and tree are one */
}
