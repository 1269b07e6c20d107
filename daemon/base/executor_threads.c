/* The executor on threads: one per lane, one mutex for all queues, one eventfd for completions.
 *
 * The mutex also orders memory: what the loop wrote before submit is seen by `work`, and what `work` wrote is seen by `done`. */
#include "base/executor.h"

#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

struct queue {
    struct sl_job *first;
    struct sl_job *last;
};

struct lane {
    struct sl_threads *owner;
    pthread_t thread;
    pthread_cond_t wake;
    struct queue jobs;
    bool is_started;
};

struct sl_threads {
    struct sl_executor base; /* first: the executor is cast back to us */
    pthread_mutex_t mutex;   /* guards every queue, `under_way` and `is_closing` */
    struct lane lanes[SL_LANE_COUNT];
    struct queue completed;
    uint64_t under_way; /* submitted, `done` not yet called */
    cpu_set_t allowed;  /* the processors that the daemon was given; none: not known */
    int loop_cpu;       /* where the loop was last; -1: not known */
    int event_fd;
    bool is_closing;
};

static void queue_push(struct queue *queue, struct sl_job *job)
{
    job->next = NULL;
    if (queue->last != NULL) {
        queue->last->next = job;
    } else {
        queue->first = job;
    }
    queue->last = job;
}

static struct sl_job *queue_pop(struct queue *queue)
{
    struct sl_job *job = queue->first;
    if (job != NULL) {
        queue->first = job->next;
        if (job->next == NULL) {
            queue->last = NULL;
        }
    }
    return job;
}

static void announce(const struct sl_threads *threads)
{
    uint64_t one = 1;
    /* It can only fail when the counter is full, and then the loop is awake anyway. */
    ssize_t written = write(threads->event_fd, &one, sizeof one);
    (void)written;
}

/* Behind the loop and the journal, on which clients wait: a batch thread does not take the processor from them when it wakes. If that
 * cannot be had, nothing is lost but milliseconds. Its share stays whole: appends wait for a checkpoint that falls behind, so a nicer
 * thread would let any busy neighbour of the daemon stop the ledger. */
static void yield_to_others(void)
{
    struct sched_param none = {0};
    (void)sched_setscheduler(0, SCHED_BATCH, &none);
}

/* Clients wait for batches, and those for segments. */
static bool is_urgent(unsigned lane)
{
    return lane == SL_LANE_JOURNAL || lane == SL_LANE_SEGMENT;
}

static void *lane_main(void *arg)
{
    struct lane *lane = arg;
    struct sl_threads *threads = lane->owner;
    if (!is_urgent((unsigned)(lane - threads->lanes))) {
        yield_to_others();
    }
    pthread_mutex_lock(&threads->mutex);
    for (;;) {
        struct sl_job *job = queue_pop(&lane->jobs);
        if (job == NULL && threads->is_closing) {
            break;
        }
        if (job == NULL) {
            pthread_cond_wait(&lane->wake, &threads->mutex);
            continue;
        }
        pthread_mutex_unlock(&threads->mutex);
        job->work(job);
        pthread_mutex_lock(&threads->mutex);
        queue_push(&threads->completed, job);
        pthread_mutex_unlock(&threads->mutex);
        /* It wakes the loop, which would take this processor and then wait for the mutex. */
        announce(threads);
        pthread_mutex_lock(&threads->mutex);
    }
    pthread_mutex_unlock(&threads->mutex);
    return NULL;
}

static void threads_submit(struct sl_executor *base, enum sl_lane lane, struct sl_job *job)
{
    struct sl_threads *threads = (struct sl_threads *)base;
    pthread_mutex_lock(&threads->mutex);
    queue_push(&threads->lanes[lane].jobs, job);
    threads->under_way++;
    pthread_mutex_unlock(&threads->mutex);
    pthread_cond_signal(&threads->lanes[lane].wake);
}

static bool threads_wait(struct sl_executor *base)
{
    return sl_threads_wait((struct sl_threads *)base);
}

static bool start_lane(struct sl_threads *threads, unsigned index)
{
    struct lane *lane = &threads->lanes[index];
    lane->owner = threads;
    if (pthread_cond_init(&lane->wake, NULL) != 0) {
        return false;
    }
    /* Signals belong to the loop thread: a lane must never be the one that takes them. */
    sigset_t all;
    sigset_t before;
    (void)sigfillset(&all);
    (void)pthread_sigmask(SIG_SETMASK, &all, &before);
    lane->is_started = pthread_create(&lane->thread, NULL, lane_main, lane) == 0;
    (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (!lane->is_started) {
        (void)pthread_cond_destroy(&lane->wake);
    }
    return lane->is_started;
}

enum sl_err sl_threads_open(struct sl_threads **ret_threads)
{
    struct sl_threads *threads = calloc(1, sizeof *threads);
    if (threads == NULL) {
        return SL_E_NO_MEMORY;
    }
    threads->base.submit = threads_submit;
    threads->base.wait = threads_wait;
    threads->loop_cpu = -1;
    if (sched_getaffinity(0, sizeof threads->allowed, &threads->allowed) != 0) {
        CPU_ZERO(&threads->allowed); /* more processors than the set has room for */
    }
    threads->event_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (threads->event_fd < 0 || pthread_mutex_init(&threads->mutex, NULL) != 0) {
        if (threads->event_fd >= 0) {
            close(threads->event_fd);
        }
        free(threads);
        return SL_E_NO_MEMORY;
    }
    for (unsigned i = 0; i < SL_LANE_COUNT; i++) {
        if (!start_lane(threads, i)) {
            sl_threads_close(threads);
            return SL_E_NO_MEMORY;
        }
    }
    *ret_threads = threads;
    return SL_OK;
}

struct sl_executor *sl_threads_executor(struct sl_threads *threads)
{
    return &threads->base;
}

int sl_threads_fd(const struct sl_threads *threads)
{
    return threads->event_fd;
}

void sl_threads_give_way(struct sl_threads *threads)
{
    int cpu = sched_getcpu();
    if (cpu == threads->loop_cpu || cpu < 0 || cpu >= CPU_SETSIZE) {
        return;
    }
    threads->loop_cpu = cpu;
    cpu_set_t others = threads->allowed;
    CPU_CLR((size_t)cpu, &others);
    if (CPU_COUNT(&others) == 0) {
        return;
    }
    for (unsigned i = 0; i < SL_LANE_COUNT; i++) {
        if (!is_urgent(i)) {
            (void)pthread_setaffinity_np(threads->lanes[i].thread, sizeof others, &others);
        }
    }
}

static struct sl_job *next_completed(struct sl_threads *threads)
{
    pthread_mutex_lock(&threads->mutex);
    struct sl_job *job = queue_pop(&threads->completed);
    if (job != NULL) {
        threads->under_way--;
    }
    pthread_mutex_unlock(&threads->mutex);
    return job;
}

void sl_threads_drain(struct sl_threads *threads)
{
    uint64_t count;
    /* The counter is cleared before the queue is read: a completion in between announces itself again. */
    ssize_t got = read(threads->event_fd, &count, sizeof count);
    (void)got;
    struct sl_job *job = next_completed(threads);
    while (job != NULL) {
        job->done(job);
        job = next_completed(threads);
    }
}

bool sl_threads_wait(struct sl_threads *threads)
{
    pthread_mutex_lock(&threads->mutex);
    bool is_idle = threads->under_way == 0;
    bool has_completed = threads->completed.first != NULL;
    pthread_mutex_unlock(&threads->mutex);
    if (is_idle) {
        return false;
    }
    if (!has_completed) {
        struct pollfd poll_fd = {.fd = threads->event_fd, .events = POLLIN};
        (void)poll(&poll_fd, 1,
                   -1); /* an interrupted wait drains nothing and the caller asks again */
    }
    sl_threads_drain(threads);
    return true;
}

void sl_threads_close(struct sl_threads *threads)
{
    if (threads == NULL) {
        return;
    }
    bool is_busy = true;
    while (is_busy) {
        is_busy = sl_threads_wait(threads);
    }
    pthread_mutex_lock(&threads->mutex);
    threads->is_closing = true;
    for (unsigned i = 0; i < SL_LANE_COUNT; i++) {
        if (threads->lanes[i].is_started) {
            pthread_cond_signal(&threads->lanes[i].wake);
        }
    }
    pthread_mutex_unlock(&threads->mutex);
    for (unsigned i = 0; i < SL_LANE_COUNT; i++) {
        if (threads->lanes[i].is_started) {
            (void)pthread_join(threads->lanes[i].thread, NULL);
            (void)pthread_cond_destroy(&threads->lanes[i].wake);
        }
    }
    (void)pthread_mutex_destroy(&threads->mutex);
    close(threads->event_fd);
    free(threads);
}
