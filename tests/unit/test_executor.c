/* Both executors: order within a lane, `done` on the caller's thread, nothing lost at the end. */
#include "lib/test.h"

#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/executor.h"

#define JOBS 1000

struct counted {
    struct sl_job job;
    int number;
    int *next_work; /* of its lane */
    int *done_count;
    pthread_t loop;
    bool ran_elsewhere;
};

static void counted_work(struct sl_job *job)
{
    struct counted *counted = (struct counted *)job;
    assert_int_equal(*counted->next_work, counted->number);
    (*counted->next_work)++;
    counted->ran_elsewhere = !pthread_equal(pthread_self(), counted->loop);
}

static void counted_done(struct sl_job *job)
{
    struct counted *counted = (struct counted *)job;
    assert_true(pthread_equal(pthread_self(), counted->loop));
    (*counted->done_count)++;
}

static void submit_all(struct sl_executor *executor, struct counted *jobs, int *next, int *done)
{
    for (int i = 0; i < JOBS; i++) {
        jobs[i] = (struct counted){
            .job = {.work = counted_work, .done = counted_done},
            .number = i / SL_LANE_COUNT,
            .next_work = &next[i % SL_LANE_COUNT],
            .done_count = done,
            .loop = pthread_self(),
        };
        executor->submit(executor, (enum sl_lane)(i % SL_LANE_COUNT), &jobs[i].job);
    }
}

static void threads_run_each_lane_in_order_and_call_done_on_the_loop(void **state)
{
    (void)state;
    static struct counted jobs[JOBS];
    int next[SL_LANE_COUNT] = {0};
    int done = 0;
    struct sl_threads *threads;
    assert_ok(sl_threads_open(&threads));

    submit_all(sl_threads_executor(threads), jobs, next, &done);
    while (done < JOBS) {
        struct pollfd poll_fd = {.fd = sl_threads_fd(threads), .events = POLLIN};
        assert_int_equal(poll(&poll_fd, 1, -1), 1);
        sl_threads_drain(threads);
    }

    assert_int_equal(done, JOBS);
    assert_true(jobs[0].ran_elsewhere);
    assert_false(sl_threads_wait(threads));
    sl_threads_close(threads);
    sl_threads_close(NULL);
}

static void closing_threads_finishes_every_job(void **state)
{
    (void)state;
    static struct counted jobs[JOBS];
    int next[SL_LANE_COUNT] = {0};
    int done = 0;
    struct sl_threads *threads;
    assert_ok(sl_threads_open(&threads));
    submit_all(sl_threads_executor(threads), jobs, next, &done);
    sl_threads_close(threads);
    assert_int_equal(done, JOBS);
}

struct chained {
    struct sl_job job;
    struct sl_executor *executor;
    int left;
};

static void chained_work(struct sl_job *job)
{
    ((struct chained *)job)->left--;
}

static void chained_done(struct sl_job *job)
{
    struct chained *chained = (struct chained *)job;
    if (chained->left > 0) {
        chained->executor->submit(chained->executor, SL_LANE_JOURNAL, job);
    }
}

static void done_may_submit_the_same_job_again(void **state)
{
    (void)state;
    struct sl_threads *threads;
    assert_ok(sl_threads_open(&threads));
    struct chained chained = {
        .job = {.work = chained_work, .done = chained_done},
        .executor = sl_threads_executor(threads),
        .left = 50,
    };
    chained.executor->submit(chained.executor, SL_LANE_JOURNAL, &chained.job);
    bool is_busy = true;
    while (is_busy) {
        is_busy = chained.executor->wait(chained.executor);
    }
    assert_int_equal(chained.left, 0);
    sl_threads_close(threads);
}

struct sharing {
    struct sl_job job;
    int nice;
};

static void sharing_work(struct sl_job *job)
{
    ((struct sharing *)job)->nice = getpriority(PRIO_PROCESS, (id_t)gettid());
}

static void sharing_done(struct sl_job *job)
{
    (void)job; /* what is looked at stays in it */
}

/* A lane on which appends come to wait must get as much of a busy machine as the loop does. */
static void every_lane_has_a_whole_share_of_the_processor(void **state)
{
    (void)state;
    struct sl_threads *threads;
    struct sharing jobs[SL_LANE_COUNT];
    assert_ok(sl_threads_open(&threads));

    for (unsigned i = 0; i < SL_LANE_COUNT; i++) {
        jobs[i] = (struct sharing){.job = {.work = sharing_work, .done = sharing_done}};
        struct sl_executor *executor = sl_threads_executor(threads);
        executor->submit(executor, (enum sl_lane)i, &jobs[i].job);
    }
    sl_threads_close(threads);

    for (unsigned i = 0; i < SL_LANE_COUNT; i++) {
        assert_int_equal(jobs[i].nice, getpriority(PRIO_PROCESS, 0));
    }
}

struct placed {
    struct sl_job job;
    cpu_set_t processors;
};

static void placed_work(struct sl_job *job)
{
    struct placed *placed = (struct placed *)job;
    assert_int_equal(sched_getaffinity(0, sizeof placed->processors, &placed->processors), 0);
}

static void look_at_processors(struct sl_threads *threads, struct placed jobs[SL_LANE_COUNT])
{
    struct sl_executor *executor = sl_threads_executor(threads);
    for (unsigned i = 0; i < SL_LANE_COUNT; i++) {
        jobs[i] = (struct placed){.job = {.work = placed_work, .done = sharing_done}};
        executor->submit(executor, (enum sl_lane)i, &jobs[i].job);
    }
    bool is_busy = true;
    while (is_busy) {
        is_busy = sl_threads_wait(threads);
    }
}

static cpu_set_t processors(void)
{
    cpu_set_t set;
    assert_int_equal(sched_getaffinity(0, sizeof set, &set), 0);
    return set;
}

static cpu_set_t stay_on(size_t cpu)
{
    cpu_set_t one;
    CPU_ZERO(&one);
    CPU_SET(cpu, &one);
    assert_int_equal(sched_setaffinity(0, sizeof one, &one), 0);
    return one;
}

/* The test stays on one processor, so that it knows where the loop is. */
static void background_lanes_keep_off_the_processor_of_the_loop(void **state)
{
    (void)state;
    struct sl_threads *threads;
    struct placed jobs[SL_LANE_COUNT];
    cpu_set_t all = processors();
    assert_ok(sl_threads_open(&threads));
    for (size_t cpu = 0; cpu < CPU_SETSIZE; cpu++) {
        if (!CPU_ISSET(cpu, &all)) {
            continue;
        }
        (void)stay_on(cpu);
        sl_threads_give_way(threads);
        look_at_processors(threads, jobs);
        cpu_set_t others = all;
        if (CPU_COUNT(&all) > 1) {
            CPU_CLR(cpu, &others);
        }
        assert_true(CPU_EQUAL(&jobs[SL_LANE_CHECKPOINT].processors, &others));
        assert_true(CPU_EQUAL(&jobs[SL_LANE_POOL].processors, &others));
        assert_true(CPU_EQUAL(&jobs[SL_LANE_JOURNAL].processors, &all));
        assert_true(CPU_EQUAL(&jobs[SL_LANE_SEGMENT].processors, &all));
    }
    sl_threads_close(threads);
    assert_int_equal(sched_setaffinity(0, sizeof all, &all), 0);
}

static void a_daemon_with_one_processor_shares_it(void **state)
{
    (void)state;
    struct sl_threads *threads;
    struct placed jobs[SL_LANE_COUNT];
    cpu_set_t all = processors();
    cpu_set_t one = stay_on((size_t)sched_getcpu());
    assert_ok(sl_threads_open(&threads));
    sl_threads_give_way(threads);
    look_at_processors(threads, jobs);
    for (unsigned i = 0; i < SL_LANE_COUNT; i++) {
        assert_true(CPU_EQUAL(&jobs[i].processors, &one));
    }
    sl_threads_close(threads);
    assert_int_equal(sched_setaffinity(0, sizeof all, &all), 0);
}

static void inline_jobs_wait_until_they_are_run(void **state)
{
    (void)state;
    static struct counted jobs[JOBS];
    int next[SL_LANE_COUNT] = {0};
    int done = 0;
    struct sl_inline_executor executor;
    sl_inline_init(&executor);

    submit_all(&executor.base, jobs, next, &done);
    assert_int_equal(done, 0);
    assert_true(sl_inline_run_one(&executor, SL_LANE_POOL));
    assert_int_equal(done, 1);
    assert_int_equal(next[SL_LANE_POOL], 1);
    assert_int_equal(next[SL_LANE_JOURNAL], 0);
    sl_inline_run_all(&executor);

    assert_int_equal(done, JOBS);
    assert_false(sl_inline_run_one(&executor, SL_LANE_POOL));
    assert_false(executor.base.wait(&executor.base));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(threads_run_each_lane_in_order_and_call_done_on_the_loop),
        cmocka_unit_test(closing_threads_finishes_every_job),
        cmocka_unit_test(done_may_submit_the_same_job_again),
        cmocka_unit_test(every_lane_has_a_whole_share_of_the_processor),
        cmocka_unit_test(background_lanes_keep_off_the_processor_of_the_loop),
        cmocka_unit_test(a_daemon_with_one_processor_shares_it),
        cmocka_unit_test(inline_jobs_wait_until_they_are_run),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
