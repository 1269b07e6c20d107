/* How long to go on asking a daemon that cannot take something now, and how long to pause before each attempt.
 *
 *     refused ── pause ── refused ── pause ──── refused ── pause ───────── ... ── refused: given up
 *     └───────────────────────────── at most retry_for_s ──────────────────────────────┘
 *
 * Pauses grow twofold from SL_PATIENCE_MS_MIN to SL_PATIENCE_MS_MAX. Of each a random half is left out, so that many who were refused
 * together do not come back together. The last attempt is made when the time is up. Whatever is taken begins the time anew. */
#ifndef SL_CLI_PATIENCE_H
#define SL_CLI_PATIENCE_H

#include <argp.h>
#include <stdbool.h>
#include <stdint.h>

#define SL_PATIENCE_MS_MIN    50u
#define SL_PATIENCE_MS_MAX    2000u
#define SL_PATIENCE_S_DEFAULT 60u

/* What the pauses are made of; tests bring their own. */
struct sl_patience_clock {
    int64_t (*now_ms)(void *ctx);          /* monotonic */
    void (*pause)(void *ctx, uint32_t ms); /* a signal may end it early */
    uint32_t (*random)(void *ctx);
    void *ctx;
};

struct sl_patience {
    struct sl_patience_clock clock;
    uint32_t retry_for_s; /* 0: the first refusal is the last */
    uint32_t pause_count; /* since something was taken */
    int64_t until_ms;     /* set by the first pause */
};

/* The system's clock, and SL_PATIENCE_S_DEFAULT. */
struct sl_patience sl_patience_start(void);

/* Pauses before one more attempt; false, at once, when the time is up. */
bool sl_patience_wait(struct sl_patience *patience);

/* Something was taken. */
void sl_patience_renew(struct sl_patience *patience);

/* An argp child with --retry-for; its input is a struct sl_patience. */
extern const struct argp sl_patience_argp;

#endif
