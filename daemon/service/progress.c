/* Shown seldom, so that showing costs nothing. */
#include "service/progress.h"

#include <stdio.h>

#include "base/log.h"

#define TERMINAL_EVERY_US 100000u
#define LINE_EVERY_US     10000000u
#define US_PER_SECOND     1000000u

void sl_progress_begin(struct sl_progress *progress,
                       const struct sl_clock *clock,
                       const char *what,
                       bool is_terminal)
{
    uint64_t now_us = sl_clock_monotonic_us(clock);
    *progress = (struct sl_progress){
        .clock = clock,
        .what = what,
        .is_terminal = is_terminal,
        .begun_us = now_us,
        .shown_us = now_us,
    };
}

uint64_t sl_progress_rate(uint64_t events, uint64_t us)
{
    return us == 0 ? 0 : (uint64_t)((double)events * US_PER_SECOND / (double)us);
}

void sl_progress_show(void *ctx, sl_seq done, sl_seq total)
{
    struct sl_progress *progress = ctx;
    uint64_t now_us = sl_clock_monotonic_us(progress->clock);
    uint64_t every_us = progress->is_terminal ? TERMINAL_EVERY_US : LINE_EVERY_US;
    if (now_us - progress->shown_us < every_us) {
        return;
    }
    progress->shown_us = now_us;
    uint64_t rate = sl_progress_rate(done.v, now_us - progress->begun_us);
    if (progress->is_logged && !progress->is_terminal) {
        sl_log(SL_LOG_NOTICE, "event=progress of=%s events=%llu of_events=%llu events_per_s=%llu",
               progress->what, (unsigned long long)done.v, (unsigned long long)total.v,
               (unsigned long long)rate);
        return;
    }
    uint64_t percent = total.v == 0 ? 100 : (uint64_t)(100.0 * (double)done.v / (double)total.v);
    /* Losing a progress line is no failure. */
    (void)fprintf(stderr, "%s%s: %llu of %llu events, %llu %%, %llu events/s%s",
                  progress->is_terminal ? "\r\033[K" : "", progress->what,
                  (unsigned long long)done.v, (unsigned long long)total.v,
                  (unsigned long long)percent, (unsigned long long)rate,
                  progress->is_terminal ? "" : "\n");
    (void)fflush(stderr);
    progress->has_line = progress->is_terminal;
}

uint64_t sl_progress_end(struct sl_progress *progress)
{
    if (progress->has_line) {
        (void)fputs("\r\033[K", stderr);
        (void)fflush(stderr);
        progress->has_line = false;
    }
    return sl_clock_monotonic_us(progress->clock) - progress->begun_us;
}
