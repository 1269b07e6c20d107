/* Longer and longer pauses, within a time. */
#include "cli/patience.h"

#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>

#include "sl/limits.h"

#define KEY_RETRY_FOR 0x500
#define MS_PER_S      1000

static int64_t system_now_ms(void *ctx)
{
    (void)ctx; /* there is one clock */
    struct timespec now = {0};
    (void)clock_gettime(CLOCK_MONOTONIC, &now); /* this clock is always there */
    return (int64_t)now.tv_sec * MS_PER_S + now.tv_nsec / 1000000;
}

static void system_pause(void *ctx, uint32_t ms)
{
    (void)ctx; /* the same */
    struct timespec length = {.tv_sec = ms / MS_PER_S, .tv_nsec = (long)(ms % MS_PER_S) * 1000000};
    (void)nanosleep(&length, NULL); /* who interrupts it wants it to end */
}

static uint32_t system_random(void *ctx)
{
    (void)ctx; /* the same */
    uint32_t number = 0;
    (void)!getrandom(&number, sizeof number, GRND_NONBLOCK); /* without it pauses are equal */
    return number;
}

struct sl_patience sl_patience_start(void)
{
    return (struct sl_patience){
        .clock = {.now_ms = system_now_ms, .pause = system_pause, .random = system_random},
        .retry_for_s = SL_PATIENCE_S_DEFAULT,
    };
}

/* Of the growing length, between half and all. */
static uint32_t next_pause_ms(const struct sl_patience *patience)
{
    uint32_t length = SL_PATIENCE_MS_MIN;
    for (uint32_t i = 0; i < patience->pause_count && length < SL_PATIENCE_MS_MAX; i++) {
        length *= 2;
    }
    length = length < SL_PATIENCE_MS_MAX ? length : SL_PATIENCE_MS_MAX;
    return length - patience->clock.random(patience->clock.ctx) % (length / 2 + 1);
}

bool sl_patience_wait(struct sl_patience *patience)
{
    const struct sl_patience_clock *clock = &patience->clock;
    int64_t now_ms = clock->now_ms(clock->ctx);
    if (patience->pause_count == 0) {
        patience->until_ms = now_ms + (int64_t)patience->retry_for_s * MS_PER_S;
    }
    int64_t left_ms = patience->until_ms - now_ms;
    if (left_ms <= 0) {
        return false;
    }
    uint32_t pause_ms = next_pause_ms(patience);
    patience->pause_count++;
    clock->pause(clock->ctx, pause_ms < left_ms ? pause_ms : (uint32_t)left_ms);
    return true;
}

void sl_patience_renew(struct sl_patience *patience)
{
    patience->pause_count = 0;
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
    struct sl_patience *patience = state->input;
    if (key != KEY_RETRY_FOR) {
        return ARGP_ERR_UNKNOWN;
    }
    char *end = arg;
    bool is_number = arg[0] >= '0' && arg[0] <= '9';
    unsigned long seconds = is_number ? strtoul(arg, &end, 10) : 0;
    if (!is_number || *end != '\0' || seconds > SL_RETRY_S_MAX) {
        argp_error(state, "--retry-for is a number of seconds from 0 to %u, not \"%s\"",
                   SL_RETRY_S_MAX, arg);
        return 0; /* argp_error() does not return here */
    }
    patience->retry_for_s = (uint32_t)seconds;
    return 0;
}

static const struct argp_option options[] = {
    {"retry-for", KEY_RETRY_FOR, "SECONDS", 0,
     "How long to go on trying what the daemon cannot take now (busy, no space, out of reach "
     "meanwhile), "
     "counted from when it last took something [60]; 0: not at all",
     0},
    {0},
};

const struct argp sl_patience_argp = {.options = options, .parser = parse};
