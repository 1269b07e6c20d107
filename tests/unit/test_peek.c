/* Hints of an event before it is decoded: right for what a serialiser writes, and harmless for anything else. */
#include "lib/test.h"

#include <stdlib.h>
#include <string.h>

#include "codec/peek.h"
#include "codec/wire.h"
#include "domain/text.h"
#include "lib/event_builder.h"
#include "lib/wire_bytes.h"

#define ARENA_BYTES (8ul << 20)

struct fixture {
    struct sl_arena arena;
    struct sl_builder b;
};

static int setup(void **state)
{
    struct fixture *fixture = calloc(1, sizeof *fixture);
    assert_non_null(fixture);
    sl_arena_init(&fixture->arena, ARENA_BYTES);
    sl_builder_init(&fixture->b, &fixture->arena);
    *state = fixture;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *fixture = *state;
    sl_arena_deinit(&fixture->arena);
    free(fixture);
    return 0;
}

static const uint8_t id[16] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16};

/* A field of the envelope may come before or after the body. */
static struct sl_slice with_id(struct fixture *fixture, struct sl_slice event)
{
    struct sl_slice field = sl_wire_bytes(&fixture->arena, 3, (struct sl_slice){id, sizeof id});
    return sl_wire_concat(&fixture->arena, event, field);
}

static void assert_text(struct sl_slice text, const char *expected)
{
    assert_int_equal(text.len, strlen(expected));
    assert_memory_equal(text.data, expected, text.len);
}

static void assert_peek(struct sl_slice event, const char *deal, const char *customer)
{
    struct sl_peek peek;
    sl_peek_event(event, &peek);
    assert_int_equal(peek.id.len, sizeof id);
    assert_memory_equal(peek.id.data, id, sizeof id);
    assert_text(peek.deal, deal);
    assert_text(peek.customer, customer);
}

static struct sl_slice a_close(struct fixture *fixture)
{
    return with_id(fixture, BUILD_CLOSE(&fixture->b, .date = "2017-03-01", .source = "crm",
                                        .deal = "D1", .customer = "ACME", .kind = SL_CLOSE_WON,
                                        .product = "P1", .amount = 100, .person = "ana"));
}

static void sales_events_are_seen_by_id_deal_and_customer(void **state)
{
    struct fixture *fixture = *state;
    struct sl_builder *b = &fixture->b;
    assert_peek(a_close(fixture), "D1", "ACME");
    assert_peek(with_id(fixture, BUILD_QUOTE(b, .deal = "D2", .amount = 9, .stage = "needs")), "D2",
                "");
    assert_peek(with_id(fixture, BUILD_CONTACT(b, .customer = "ACME", .person = "ana", .deal = "D3",
                                               .text = "hello")),
                "D3", "ACME");
    assert_peek(with_id(fixture, BUILD_CONTACT(b, .customer = "ACME", .person = "ana")), "",
                "ACME");
    assert_peek(with_id(fixture, sl_build_void(b, 7)), "", "");
}

static void an_id_of_another_length_is_none(void **state)
{
    struct fixture *fixture = *state;
    struct sl_peek peek;
    sl_peek_event(sl_wire_bytes(&fixture->arena, 3, (struct sl_slice){id, sizeof id - 1}), &peek);
    assert_int_equal(peek.id.len, 0);
}

static struct sl_slice request_of(struct fixture *fixture, uint32_t kind, struct sl_slice body)
{
    return sl_wire_concat(&fixture->arena, sl_wire_uint(&fixture->arena, 1, 300),
                          sl_wire_bytes(&fixture->arena, kind, body));
}

static void the_first_event_of_an_append_is_found(void **state)
{
    struct fixture *fixture = *state;
    struct sl_slice event = a_close(fixture);
    struct sl_slice events = sl_wire_bytes(&fixture->arena, 1, event);
    struct sl_slice two = sl_wire_concat(&fixture->arena, events, events);
    struct sl_slice found = sl_peek_request(request_of(fixture, SL_REQUEST_APPEND, two));
    assert_int_equal(found.len, event.len);
    assert_memory_equal(found.data, event.data, event.len);

    struct sl_slice none = {NULL, 0};
    struct sl_slice all_or_nothing = sl_wire_uint(&fixture->arena, 2, 1);
    assert_int_equal(sl_peek_request(request_of(fixture, SL_REQUEST_RANK, events)).len, 0);
    assert_int_equal(sl_peek_request(request_of(fixture, SL_REQUEST_APPEND, none)).len, 0);
    assert_int_equal(sl_peek_request(request_of(fixture, SL_REQUEST_APPEND, all_or_nothing)).len,
                     0);
    assert_int_equal(sl_peek_request(none).len, 0);
}

static void a_message_of_very_many_fields_is_not_searched(void **state)
{
    struct fixture *fixture = *state;
    struct sl_arena *arena = &fixture->arena;
    struct sl_slice event = a_close(fixture);
    struct sl_slice request =
        sl_wire_bytes(arena, SL_REQUEST_APPEND, sl_wire_bytes(arena, 1, event));
    struct sl_slice few = sl_wire_repeat(arena, sl_wire_uint(arena, 1, 1), 10);
    struct sl_slice many = sl_wire_repeat(arena, sl_wire_uint(arena, 1, 1), 100);
    struct sl_peek peek;
    assert_int_equal(sl_peek_request(sl_wire_concat(arena, few, request)).len, event.len);
    assert_int_equal(sl_peek_request(sl_wire_concat(arena, many, request)).len, 0);
    sl_peek_event(sl_wire_concat(arena, few, event), &peek);
    assert_text(peek.deal, "D1");
    sl_peek_event(sl_wire_concat(arena, many, event), &peek);
    assert_int_equal(peek.deal.len, 0);
}

static void assert_inside(struct sl_slice part, struct sl_slice whole)
{
    if (part.len > 0) {
        assert_true(part.data >= whole.data);
        assert_true(part.data + part.len <= whole.data + whole.len);
    }
}

static void whatever_is_found_in_damaged_bytes_lies_in_them(void **state)
{
    struct fixture *fixture = *state;
    struct sl_test_random random;
    sl_test_random_init(&random);
    struct sl_slice seed =
        request_of(fixture, SL_REQUEST_APPEND, sl_wire_bytes(&fixture->arena, 1, a_close(fixture)));
    for (size_t round = 0; round < 20000; round++) {
        size_t len = sl_test_random_below(&random, 4) == 0
                         ? (size_t)sl_test_random_below(&random, seed.len)
                         : seed.len;
        uint8_t *bytes = malloc(len > 0 ? len : 1);
        assert_non_null(bytes);
        memcpy(bytes, seed.data, len);
        for (uint64_t flips = sl_test_random_below(&random, 4); flips > 0 && len > 0; flips--) {
            bytes[sl_test_random_below(&random, len)] ^=
                (uint8_t)(1u << sl_test_random_below(&random, 8));
        }
        struct sl_slice whole = {bytes, len};
        struct sl_slice event = sl_peek_request(whole);
        struct sl_peek peek;
        sl_peek_event(event, &peek);
        assert_inside(event, whole);
        assert_inside(peek.id, whole);
        assert_inside(peek.deal, whole);
        assert_inside(peek.customer, whole);
        free(bytes);
    }
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(sales_events_are_seen_by_id_deal_and_customer),
        T(an_id_of_another_length_is_none),
        T(the_first_event_of_an_append_is_found),
        T(a_message_of_very_many_fields_is_not_searched),
        T(whatever_is_found_in_damaged_bytes_lies_in_them),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
