/* How far long work has come, on stderr: one line that rewrites itself on a terminal, else a line every 10 seconds. */
#ifndef SL_SERVICE_PROGRESS_H
#define SL_SERVICE_PROGRESS_H

#include "base/clock.h"
#include "sl/types.h"

struct sl_progress {
    const struct sl_clock *clock;
    const char *what; /* "rebuild" */
    bool is_terminal; /* stderr is one */
    bool is_logged;   /* where it is none, lines go to the log */
    bool has_line;    /* a line stands on the terminal */
    uint64_t begun_us;
    uint64_t shown_us;
};

void sl_progress_begin(struct sl_progress *progress,
                       const struct sl_clock *clock,
                       const char *what,
                       bool is_terminal);

/* Shaped like the progress callbacks of the store: `ctx` is a struct sl_progress. */
void sl_progress_show(void *ctx, sl_seq done, sl_seq total);

/* Ends the line on a terminal. Gives the microseconds since the beginning. */
uint64_t sl_progress_end(struct sl_progress *progress);

/* Events per second; 0 for no time. */
uint64_t sl_progress_rate(uint64_t events, uint64_t us);

#endif
