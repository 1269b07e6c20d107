/* How much the journal promises to take is what it takes, at every moment between two prepares. */
#include "lib/test.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "lib/store_fixture.h"
#include "store/journal_file.h"
#include "store/segment.h"

#define SEGMENT_BYTES SL_SEGMENT_BYTES_MIN
#define LEN_MAX       (SEGMENT_BYTES - SL_SEGMENT_HEADER_BYTES - SL_FRAME_HEADER_BYTES)
#define STEPS         2000u

static struct {
    struct sl_file_ops ops;
    char dir[SL_TEMP_DIR_BYTES];
    struct sl_journal *journal;
    struct sl_test_random random;
    uint64_t next_seq;
    uint64_t generation;
    const struct sl_journal_batch *ahead; /* on its way */
    uint64_t promised;                    /* behind it */
} t;

/* In the middle of a submit, when a segment may have been begun and nothing is in it yet. */
static ssize_t look_and_write(
    const struct sl_file_ops *ops, int fd, const struct iovec *parts, int count, off_t at)
{
    if (t.ahead != NULL) {
        assert_true(t.journal->room(t.journal, t.ahead) >= t.promised);
    }
    return sl_file_ops_system()->pwritev(ops, fd, parts, count, at);
}

static int set_up(void **state)
{
    (void)state;
    sl_temp_dir_make(t.dir);
    sl_test_random_init(&t.random);
    t.ops = *sl_file_ops_system();
    t.ops.pwritev = look_and_write;
    t.next_seq = 1;
    struct sl_journal_file_options options = {
        .dir = t.dir, .ops = &t.ops, .segment_bytes = SEGMENT_BYTES};
    struct sl_diag diag = {0};
    assert_ok(sl_journal_file_open(&options, &t.journal, &diag));
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    t.journal->close(t.journal);
    sl_temp_dir_remove(t.dir);
    return 0;
}

static void submit(uint64_t len)
{
    static uint8_t bytes[SEGMENT_BYTES];
    struct iovec part = {bytes, (size_t)len};
    struct sl_journal_batch batch = {t.next_seq, 1, (uint32_t)len, &part, 1};
    struct sl_diag diag = {0};
    t.promised = t.journal->room(t.journal, &batch);
    t.ahead = &batch;
    assert_ok(t.journal->submit(t.journal, &batch, &t.generation, &diag));
    t.ahead = NULL;
    assert_int_equal(t.journal->room(t.journal, &batch), t.promised); /* it is written by now */
    assert_int_equal(t.journal->room(t.journal, NULL), t.promised);
    t.next_seq++;
}

/* The longest, one that leaves a few bytes, or any. */
static uint64_t draw_len(uint64_t room)
{
    uint64_t kind = sl_test_random_below(&t.random, 4);
    uint64_t few = sl_test_random_below(&t.random, 100);
    return kind == 0 ? room
           : kind == 1 && few < room
               ? room - few
               : 1 + sl_test_random_below(&t.random, kind == 2 ? room : room / 9 + 1);
}

static void what_is_promised_is_taken(void **state)
{
    (void)state;
    struct sl_diag diag = {0};
    unsigned taken = 0;
    assert_int_equal(t.journal->room(t.journal, NULL), 0);
    for (unsigned i = 0; i < STEPS; i++) {
        uint64_t room = t.journal->room(t.journal, NULL);
        assert_in_range(room, 0, LEN_MAX);
        bool is_due = room == 0 || sl_test_random_below(&t.random, 12) == 0;
        if (is_due && t.journal->wants_prepare(t.journal)) {
            assert_ok(t.journal->prepare(t.journal, &diag));
            assert_int_equal(t.journal->room(t.journal, NULL), LEN_MAX);
        } else if (room > 0) {
            submit(draw_len(room));
            taken++;
        }
        if (sl_test_random_below(&t.random, 20) == 0 && t.next_seq > 1) {
            room = t.journal->room(t.journal, NULL);
            assert_ok(t.journal->recycle(t.journal, t.next_seq - 1, t.generation, &diag));
            assert_true(t.journal->room(t.journal, NULL) >= room);
        }
    }
    assert_true(taken > STEPS / 4);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(what_is_promised_is_taken, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
