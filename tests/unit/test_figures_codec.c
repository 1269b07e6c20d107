/* The figures of a status, read back with protobuf-c. */
#include "lib/test.h"

#include "codec/wire.h"
#include "sl/frame.h"

#include <salesledger/v1/api.pb-c.h>

#define ARENA_BYTES ((size_t)1024 * 1024)

static void the_figures_of_a_status_are_read_back(void **state)
{
    (void)state;
    uint64_t refused[SL_ERR_COUNT] = {0};
    refused[sl_err_index(SL_E_CONFLICT)] = 3;
    refused[sl_err_index(SL_E_USAGE)] = 1;
    struct sl_histogram us = {0};
    sl_histogram_add(&us, 5, 2);
    sl_histogram_add(&us, 1000, 1);
    sl_histogram_add(&us, (uint64_t)1 << 40, 1);
    struct sl_status status = {.version = "0.1.0"};
    status.figures = (struct sl_figures){
        .requests = 4,
        .refused = refused,
        .rates = {{.seconds = 1, .events = 7}, {.seconds = 10, .requests = 8}},
        .rate_count = 2,
        .latencies = {{"append", NULL, &us}, {"query", "rank", &us}},
        .latency_count = 2,
        .queues.output_bytes = 9,
        .subscribers.lag_sum = 10,
    };

    struct sl_arena arena;
    struct sl_bytes out;
    sl_arena_init(&arena, ARENA_BYTES);
    sl_bytes_init(&out, ARENA_BYTES);
    struct sl_reply to = {.out = &out, .arena = &arena};
    assert_ok(sl_reply_status(&to, &status));
    struct sl_slice message;
    size_t frame_bytes;
    assert_ok(sl_frame_peek(sl_bytes_slice(&out), &message, &frame_bytes));
    Salesledger__V1__Reply *reply = salesledger__v1__reply__unpack(NULL, message.len, message.data);
    assert_non_null(reply);

    const Salesledger__V1__StatusReply *body = reply->status;
    assert_int_equal(body->requests, 4);
    assert_int_equal(body->n_rates, 2);
    assert_int_equal(body->rates[0]->events, 7);
    assert_int_equal(body->rates[1]->requests, 8);
    assert_int_equal(body->n_refused, 2);
    assert_string_equal(body->refused[0]->name, "CONFLICT");
    assert_int_equal(body->refused[0]->code, SL_E_CONFLICT);
    assert_int_equal(body->refused[0]->count, 3);
    assert_int_equal(body->refused[1]->code, SL_E_USAGE);
    assert_int_equal(body->n_latencies, 2);
    assert_null(body->latencies[0]->kind);
    assert_string_equal(body->latencies[1]->kind, "rank");
    assert_int_equal(body->latencies[0]->count, 4);
    assert_int_equal(body->latencies[0]->n_buckets, 3);
    assert_int_equal(body->latencies[0]->buckets[0]->below_us, 6);
    assert_int_equal(body->latencies[0]->buckets[0]->count, 2);
    assert_int_equal(body->latencies[0]->buckets[1]->below_us, 1024);
    assert_true(body->latencies[0]->buckets[2]->below_us == UINT64_MAX);
    assert_int_equal(body->queues->output_bytes, 9);
    assert_int_equal(body->subscribers->lag_sum, 10);
    assert_true(body->memory->has_resident_bytes);
    salesledger__v1__reply__free_unpacked(reply, NULL);
    sl_bytes_deinit(&out);
    sl_arena_deinit(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_figures_of_a_status_are_read_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
