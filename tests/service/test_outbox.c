/* The gate: bytes leave in order, and only when what they reflect is durable. */
#include <string.h>

#include "lib/test.h"
#include "service/outbox.h"

static struct sl_outbox open_outbox(void)
{
    struct sl_outbox outbox;
    assert_ok(sl_outbox_init(&outbox, 1u << 20));
    return outbox;
}

static void put(struct sl_outbox *outbox, const char *text, uint64_t seq, uint64_t now_us)
{
    assert_ok(sl_bytes_append(&outbox->bytes, text, strlen(text)));
    sl_outbox_answer(outbox, (sl_seq){seq}, now_us, SL_REQUEST_APPEND, now_us);
}

static void assert_ready(const struct sl_outbox *outbox, const char *text)
{
    struct sl_slice ready = sl_outbox_ready(outbox);
    assert_int_equal(ready.len, strlen(text));
    if (ready.len > 0) {
        assert_memory_equal(ready.data, text, ready.len);
    }
}

static void bytes_wait_for_their_seq(void **state)
{
    (void)state;
    struct sl_outbox outbox = open_outbox();
    struct sl_metrics metrics = {0};
    put(&outbox, "one", 1, 0);
    put(&outbox, "two", 2, 0);

    assert_int_equal(sl_outbox_release(&outbox, (sl_seq){0}, 0, &metrics), 0);
    assert_ready(&outbox, "");
    assert_int_equal(sl_outbox_release(&outbox, (sl_seq){1}, 0, &metrics), 1);
    assert_ready(&outbox, "one");
    assert_int_equal(sl_outbox_release(&outbox, (sl_seq){9}, 0, &metrics), 1);
    assert_ready(&outbox, "onetwo");
    assert_false(sl_outbox_has_holds(&outbox));
    sl_outbox_deinit(&outbox);
}

static void what_reflects_less_waits_for_what_stands_before_it(void **state)
{
    (void)state;
    struct sl_outbox outbox = open_outbox();
    struct sl_metrics metrics = {0};
    put(&outbox, "held", 5, 0);
    put(&outbox, "page", 1, 0);

    assert_int_equal(sl_outbox_release(&outbox, (sl_seq){4}, 0, &metrics), 0);
    assert_ready(&outbox, "");
    assert_int_equal(sl_outbox_release(&outbox, (sl_seq){5}, 0, &metrics), 2);
    assert_ready(&outbox, "heldpage");
    sl_outbox_deinit(&outbox);
}

static void what_is_taken_in_part_goes_on_where_it_ended(void **state)
{
    (void)state;
    struct sl_outbox outbox = open_outbox();
    struct sl_metrics metrics = {0};
    put(&outbox, "abcdef", 1, 0);
    put(&outbox, "ghi", 2, 0);
    (void)sl_outbox_release(&outbox, (sl_seq){1}, 0, &metrics);

    sl_outbox_take(&outbox, 5);
    assert_ready(&outbox, "f");
    assert_int_equal(sl_outbox_len(&outbox), 4);
    put(&outbox, "jkl", 3, 0);
    (void)sl_outbox_release(&outbox, (sl_seq){3}, 0, &metrics);
    assert_ready(&outbox, "fghijkl");
    sl_outbox_take(&outbox, 7);

    assert_int_equal(sl_outbox_len(&outbox), 0);
    sl_outbox_deinit(&outbox);
}

static void the_longest_hold_is_measured(void **state)
{
    (void)state;
    struct sl_outbox outbox = open_outbox();
    struct sl_metrics metrics = {0};
    put(&outbox, "a", 1, 100);
    put(&outbox, "b", 2, 400);

    (void)sl_outbox_release(&outbox, (sl_seq){2}, 450, &metrics);
    assert_int_equal(metrics.gate_held_us_max, 350);
    put(&outbox, "c", 3, 500);
    (void)sl_outbox_release(&outbox, (sl_seq){3}, 510, &metrics);

    assert_int_equal(metrics.gate_held_us_max, 350);
    sl_outbox_deinit(&outbox);
}

static void put_answer(struct sl_outbox *outbox, enum sl_request_kind kind, uint64_t taken_us)
{
    assert_ok(sl_bytes_append(&outbox->bytes, "x", 1));
    sl_outbox_answer(outbox, (sl_seq){1}, 1000, kind, taken_us);
}

/* All held at one seq: whatever shares a hold must be counted as if it did not. */
static void each_answer_counts_from_when_it_was_taken_in(void **state)
{
    (void)state;
    struct sl_outbox outbox = open_outbox();
    struct sl_metrics metrics = {0};
    sl_outbox_hold(&outbox, (sl_seq){1}, 1000); /* a page of a feed answers nothing */
    put_answer(&outbox, SL_REQUEST_APPEND, 900);
    put_answer(&outbox, SL_REQUEST_APPEND, 900);
    put_answer(&outbox, SL_REQUEST_APPEND, 950);
    put_answer(&outbox, SL_REQUEST_RANK, 950);
    put_answer(&outbox, SL_REQUEST_STATUS, 950);
    sl_outbox_hold(&outbox, (sl_seq){1}, 1000);

    assert_int_equal(sl_outbox_release(&outbox, (sl_seq){1}, 1000, &metrics), 5);
    assert_int_equal(sl_outbox_ready(&outbox).len, 5);
    const struct sl_histogram *append_us = &metrics.answer_us[0];
    const struct sl_histogram *rank_us = &metrics.answer_us[SL_REQUEST_RANK - SL_REQUEST_APPEND];
    assert_int_equal(append_us->count, 3);
    assert_int_equal(append_us->sum, 100 + 100 + 50);
    assert_int_equal(append_us->max, 100);
    assert_int_equal(rank_us->count, 1);
    assert_int_equal(rank_us->sum, 50);
    assert_int_equal(metrics.requests, 5); /* a status is answered, too, but nobody times it */
    sl_outbox_deinit(&outbox);
}

static void more_holds_than_there_is_room_for_merge_and_none_leaves_early(void **state)
{
    (void)state;
    enum { HOLDS = 10000 };
    struct sl_outbox outbox = open_outbox();
    struct sl_metrics metrics = {0};
    for (uint64_t i = 1; i <= HOLDS; i++) {
        put(&outbox, "x", i, 0);
    }

    uint32_t answered = sl_outbox_release(&outbox, (sl_seq){HOLDS - 1}, 0, &metrics);
    assert_in_range(answered, 4000, HOLDS - 1);
    assert_int_equal(sl_outbox_ready(&outbox).len, answered);
    answered += sl_outbox_release(&outbox, (sl_seq){HOLDS}, 0, &metrics);

    assert_int_equal(answered, HOLDS);
    assert_int_equal(sl_outbox_ready(&outbox).len, HOLDS);
    sl_outbox_deinit(&outbox);
}

/* Against a model: whatever is put, released and taken, the bytes come out in order and never early. */
static void any_order_of_calls_keeps_order_and_gate(void **state)
{
    (void)state;
    struct sl_test_random random;
    sl_test_random_init(&random);
    struct sl_outbox outbox = open_outbox();
    struct sl_metrics metrics = {0};
    uint64_t seq_of[256] = {0}; /* of the byte with this value, by its last use */
    uint64_t durable_max = 0;
    uint8_t put_next = 0;
    uint8_t take_next = 0;
    uint64_t seq = 1;
    uint64_t durable = 0;
    for (unsigned i = 0; i < 200000; i++) {
        bool has_room = (uint8_t)(put_next + 1) != take_next;
        if (sl_test_random_below(&random, 3) == 0 && has_room) {
            seq += sl_test_random_below(&random, 2);
            assert_ok(sl_bytes_append(&outbox.bytes, &put_next, 1));
            sl_outbox_answer(&outbox, (sl_seq){seq}, 0, SL_REQUEST_APPEND, 0);
            seq_of[put_next] = seq;
            put_next++;
        }
        if (sl_test_random_below(&random, 8) == 0) {
            durable = seq - sl_test_random_below(&random, seq < 5 ? seq : 5);
        }
        durable_max = durable > durable_max ? durable : durable_max;
        (void)sl_outbox_release(&outbox, (sl_seq){durable}, 0, &metrics);
        struct sl_slice ready = sl_outbox_ready(&outbox);
        size_t take = (size_t)sl_test_random_below(&random, ready.len + 1);
        for (size_t k = 0; k < take; k++) {
            assert_int_equal(ready.data[k], take_next);
            assert_true(seq_of[take_next] <= durable_max);
            take_next++;
        }
        sl_outbox_take(&outbox, take);
    }
    sl_outbox_deinit(&outbox);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bytes_wait_for_their_seq),
        cmocka_unit_test(what_reflects_less_waits_for_what_stands_before_it),
        cmocka_unit_test(what_is_taken_in_part_goes_on_where_it_ended),
        cmocka_unit_test(the_longest_hold_is_measured),
        cmocka_unit_test(each_answer_counts_from_when_it_was_taken_in),
        cmocka_unit_test(more_holds_than_there_is_room_for_merge_and_none_leaves_early),
        cmocka_unit_test(any_order_of_calls_keeps_order_and_gate),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
