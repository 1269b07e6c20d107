/* Whatever call of LMDB, of the system or for memory fails, and at whichever of its uses: the store says so and stops, or goes on without;
 * what it called durable is there at the next start, and the state is that of the log. */
#include "lib/test.h"

#include <stdio.h>
#include <string.h>

#include "lib/failing_calls.h"
#include "lib/store_fixture.h"

#define EACH_UNTIL 6u /* so many uses are tried one by one; then each number half as great again */
#define USES_MAX   20000u
#define ADDED_FIRST                                                                                \
    600u /* of the ledger that each trial begins with a copy of; the last lie in the journal */
#define ADDED_ROUND 40u
#define ROUNDS      3u

/* One life of a store in which a call fails. */
struct trial {
    struct sl_fixture fixture;
    struct sl_table_spec specs[SL_FIXTURE_TABLE_COUNT];
    struct sl_diag diag;
};

static struct sl_fixture first; /* the ledger to copy */
static struct trial trial;

static enum sl_err add_some(struct sl_fixture *f)
{
    enum sl_err err = SL_OK;
    for (unsigned i = 0; i < ADDED_ROUND && err == SL_OK; i++) {
        char event[32];
        int len = snprintf(event, sizeof event, "event %llu", (unsigned long long)f->added);
        struct sl_draft draft = {.type = (uint8_t)(1 + f->added % 3),
                                 .actor = SL_SLICE_LIT("bob"),
                                 .event = {(const uint8_t *)event, (size_t)len}};
        struct sl_record record;
        err = sl_store_add(f->store, AT(5), &draft, &record);
        if (err == SL_OK) {
            f->added++;
            err = sl_fixture_apply(sl_store_state(f->store), &record);
        }
    }
    return err;
}

static enum sl_err work(struct trial *t)
{
    struct sl_fixture *f = &t->fixture;
    enum sl_err err = sl_fixture_try_open(f, &t->diag);
    for (unsigned i = 0; i < ROUNDS && err == SL_OK; i++) {
        err = add_some(f);
        if (err == SL_OK) {
            sl_fixture_run(f);
            sl_fixture_checkpoint(f);
            err = sl_fixture_try_read(f);
        }
    }
    return err;
}

static enum sl_err verify(struct trial *t)
{
    enum sl_err err = sl_fixture_try_open(&t->fixture, &t->diag);
    return err == SL_OK ? sl_store_verify(t->fixture.store, NULL, NULL, &t->diag) : err;
}

static enum sl_err rebuild(struct trial *t)
{
    memcpy(t->specs, sl_fixture_specs, sizeof t->specs);
    t->specs[0].version++;
    t->fixture.options.specs = t->specs;
    enum sl_err err = sl_fixture_try_open(&t->fixture, &t->diag);
    return err == SL_OK ? sl_fixture_try_read(&t->fixture) : err;
}

static void note_durable(void *ctx, sl_seq durable)
{
    ((struct sl_fixture *)ctx)->durable = durable.v;
}

/* The power stays on. What a failed flush does is tested elsewhere, and a disk takes its time for each. */
static int no_flush(const struct sl_file_ops *ops, int fd)
{
    (void)ops;
    (void)fd;
    return 0;
}

static void begin(struct trial *t)
{
    *t = (struct trial){.fixture = first};
    sl_temp_dir_copy(first.dir, t->fixture.dir);
    t->fixture.options.dir = t->fixture.dir;
    t->fixture.options.ctx = &t->fixture;
    t->fixture.options.on_durable = note_durable;
    t->fixture.options.executor = &t->fixture.executor.base;
    t->fixture.options.file_ops = &t->fixture.ops.base;
    t->fixture.options.clock = &t->fixture.clock.base;
    sl_inline_init(&t->fixture.executor);
    sl_faulty_ops_init(&t->fixture.ops);
    t->fixture.ops.base.fdatasync = no_flush;
    t->fixture.ops.base.fsync = no_flush;
    sl_fake_clock_init(&t->fixture.clock, AT(1000000));
}

/* Nothing fails any more: what had been called durable is there, and the state fits. */
static void expect_whole(struct trial *t)
{
    uint64_t durable = t->fixture.durable;
    t->fixture.options.specs = sl_fixture_specs;
    sl_fixture_open(&t->fixture);
    uint64_t head = sl_store_head(t->fixture.store).v;
    assert_true(head >= durable);
    assert_true(head <= t->fixture.added);
    sl_fixture_check(&t->fixture, head);
    assert_ok(sl_store_verify(t->fixture.store, NULL, NULL, NULL));
    sl_fixture_deinit(&t->fixture);
}

/* False if the call was not used so often. */
static bool
try_use(enum sl_err (*life)(struct trial *), const char *call, unsigned use, bool is_lasting)
{
    begin(&trial);
    sl_failing_arm(call, use, is_lasting);
    enum sl_err err = life(&trial);
    sl_store_close(trial.fixture.store);
    bool has_failed = sl_failing_disarm();
    trial.fixture.store = NULL;
    if (!has_failed) {
        assert_ok(err);
        assert_int_equal(trial.fixture.stops, 0);
    }
    if (trial.fixture.stops > 0) {
        assert_int_equal(trial.fixture.stops, 1);
        assert_true(trial.fixture.why.message[0] != '\0');
    }
    expect_whole(&trial);
    return has_failed;
}

static void sweep(enum sl_err (*life)(struct trial *))
{
    size_t used = 0;
    for (size_t i = 0; sl_failing_calls[i] != NULL; i++) {
        unsigned use = 0;
        (void)try_use(life, sl_failing_calls[i], 0, true);
        while (try_use(life, sl_failing_calls[i], use, false)) {
            use += use < EACH_UNTIL ? 1 : use / 2;
            assert_true(use < USES_MAX); /* else it would never end */
        }
        used += use > 0;
    }
    assert_true(used >= 15); /* calls that were made to fail at all */
}

static void a_store_at_work_withstands_failures(void **state)
{
    (void)state;
    sweep(work);
}

static void a_rebuild_withstands_failures(void **state)
{
    (void)state;
    sweep(rebuild);
}

static void a_verification_withstands_failures(void **state)
{
    (void)state;
    sweep(verify);
}

/* A ledger is made whole or not at all: after a failure it can be made again, unless it was made. */
static void making_a_ledger_withstands_failures(void **state)
{
    (void)state;
    for (size_t i = 0; sl_failing_calls[i] != NULL; i++) {
        bool has_failed = true;
        for (unsigned use = 0; has_failed; use++) {
            char dir[SL_TEMP_DIR_BYTES];
            struct sl_genesis genesis = {.ledger_id = {1}, .timezone = "UTC", .currency = "USD"};
            struct sl_diag diag = {0};
            sl_temp_dir_make(dir);
            sl_failing_arm(sl_failing_calls[i], use, false);
            enum sl_err err = sl_store_create(dir, &genesis, &diag);
            has_failed = sl_failing_disarm();
            enum sl_err again = sl_store_create(dir, &genesis, NULL);
            assert_true(again == SL_E_EXISTS || (err != SL_OK && again == SL_OK));
            sl_temp_dir_remove(dir);
        }
    }
}

static int make_first(void **state)
{
    (void)state;
    sl_fixture_init(&first);
    sl_fixture_open(&first);
    sl_fixture_batches(&first, 10, ADDED_FIRST / 12);
    sl_fixture_checkpoint(&first);
    sl_fixture_batches(&first, 2, ADDED_FIRST / 12);
    char copy[SL_TEMP_DIR_BYTES];
    sl_temp_dir_copy(first.dir, copy); /* as after a kill, so that there is a journal to replay */
    sl_fixture_deinit(&first);
    memcpy(first.dir, copy, sizeof copy);
    return 0;
}

static int remove_first(void **state)
{
    (void)state;
    sl_temp_dir_remove(first.dir);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_store_at_work_withstands_failures),
        cmocka_unit_test(a_rebuild_withstands_failures),
        cmocka_unit_test(a_verification_withstands_failures),
        cmocka_unit_test(making_a_ledger_withstands_failures),
    };
    return cmocka_run_group_tests(tests, make_first, remove_first);
}
