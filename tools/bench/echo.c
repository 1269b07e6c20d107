/* Blocking reads and writes of one byte, each side in a thread. */
#include "echo.h"

#include "fail.h"
#include "load.h"
#include "priority.h"
#include <errno.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define NS_PER_S INT64_C(1000000000)

static void sleep_until(int64_t due_ns)
{
    struct timespec due = {.tv_sec = due_ns / NS_PER_S, .tv_nsec = due_ns % NS_PER_S};
    while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &due, NULL) == EINTR) {
    }
}

static void *ask(void *ctx)
{
    struct sl_echo *echo = ctx;
    int64_t due_ns = sl_now_ns();
    char byte = 0;
    (void)sl_priority_raise();
    while (!atomic_load(&echo->is_over)) {
        due_ns += echo->interval_ns;
        sleep_until(due_ns);
        if (write(echo->fds[0], &byte, 1) != 1 || read(echo->fds[0], &byte, 1) != 1) {
            sl_fail("an echo was lost");
        }
        sl_histogram_add(&echo->latency_ns, (uint64_t)(sl_now_ns() - due_ns));
    }
    (void)shutdown(echo->fds[0], SHUT_WR); /* ends the answerer */
    return NULL;
}

static void *answer(void *ctx)
{
    const struct sl_echo *echo = ctx;
    char byte;
    (void)sl_priority_raise();
    while (read(echo->fds[1], &byte, 1) == 1) {
        if (write(echo->fds[1], &byte, 1) != 1) {
            sl_fail("an echo was lost");
        }
    }
    return NULL;
}

void sl_echo_start(struct sl_echo *echo)
{
    int64_t interval_ns = echo->interval_ns;
    *echo = (struct sl_echo){.interval_ns = interval_ns};
    atomic_init(&echo->is_over, false);
    if (socketpair(AF_UNIX, SOCK_STREAM, 0, echo->fds) != 0 ||
        pthread_create(&echo->answerer, NULL, answer, echo) != 0 ||
        pthread_create(&echo->asker, NULL, ask, echo) != 0) {
        sl_fail("cannot start a thread");
    }
}

void sl_echo_stop(struct sl_echo *echo)
{
    atomic_store(&echo->is_over, true);
    (void)pthread_join(echo->asker, NULL); /* both were started, and end by themselves */
    (void)pthread_join(echo->answerer, NULL);
    (void)close(echo->fds[0]);
    (void)close(echo->fds[1]);
}
