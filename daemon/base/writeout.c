/* A thread that wakes every few milliseconds. */
#include "base/writeout.h"

#include <fcntl.h>
#include <time.h>

#include "base/clock.h"

/* At most some megabytes come together in it, and less than a flush of the journal is delayed by them. */
#define EVERY_US 4000u

static struct timespec soon(void)
{
    uint64_t us = sl_clock_monotonic_us(sl_clock_system()) + EVERY_US;
    return (struct timespec){
        .tv_sec = (time_t)(us / 1000000),
        .tv_nsec = (long)(us % 1000000 * 1000),
    };
}

static void *run(void *arg)
{
    struct sl_writeout *writeout = arg;
    pthread_mutex_lock(&writeout->mutex);
    while (!writeout->is_ending) {
        struct timespec until = soon();
        int code = 0;
        while (!writeout->is_ending && code == 0) {
            code = pthread_cond_timedwait(&writeout->wake, &writeout->mutex, &until);
        }
        if (!writeout->is_ending) {
            pthread_mutex_unlock(&writeout->mutex);
            /* What cannot be written is found by the filler's flush: an error of the file stays until then. */
            (void)sync_file_range(writeout->fd, 0, 0, SYNC_FILE_RANGE_WRITE);
            pthread_mutex_lock(&writeout->mutex);
        }
    }
    pthread_mutex_unlock(&writeout->mutex);
    return NULL;
}

static bool init_wake(pthread_cond_t *wake)
{
    pthread_condattr_t attr;
    if (pthread_condattr_init(&attr) != 0) {
        return false;
    }
    bool is_ready = pthread_condattr_setclock(&attr, CLOCK_MONOTONIC) == 0 &&
                    pthread_cond_init(wake, &attr) == 0;
    (void)pthread_condattr_destroy(&attr);
    return is_ready;
}

void sl_writeout_begin(struct sl_writeout *writeout, int fd)
{
    *writeout = (struct sl_writeout){.fd = fd};
    if (pthread_mutex_init(&writeout->mutex, NULL) != 0) {
        return;
    }
    if (!init_wake(&writeout->wake)) {
        (void)pthread_mutex_destroy(&writeout->mutex);
        return;
    }
    writeout->has_thread = pthread_create(&writeout->thread, NULL, run, writeout) == 0;
    if (!writeout->has_thread) {
        (void)pthread_cond_destroy(&writeout->wake);
        (void)pthread_mutex_destroy(&writeout->mutex);
    }
}

void sl_writeout_end(struct sl_writeout *writeout)
{
    if (!writeout->has_thread) {
        return;
    }
    pthread_mutex_lock(&writeout->mutex);
    writeout->is_ending = true;
    pthread_cond_signal(&writeout->wake);
    pthread_mutex_unlock(&writeout->mutex);
    (void)pthread_join(writeout->thread, NULL);
    (void)pthread_cond_destroy(&writeout->wake);
    (void)pthread_mutex_destroy(&writeout->mutex);
}
