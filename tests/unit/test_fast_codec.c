/* The short way: it knows every field of its three bodies, and whatever it accepts the long way reads alike. */
#include "lib/test.h"

#include <stdlib.h>
#include <string.h>

#include "codec/fast_codec.h"
#include "lib/event_builder.h"
#include "lib/event_same.h"
#include "lib/wire_bytes.h"

#define ARENA_BYTES (8ul << 20)

/* Both ways on the same bytes. Gives whether the short way took them. */
static bool compare(struct sl_slice bytes, struct sl_arena *arena)
{
    struct sl_event fast;
    struct sl_event full;
    if (!sl_fast_decode(bytes, arena, &fast)) {
        return false;
    }
    assert_ok(sl_full_decode(bytes, SL_DECODE_COMMAND, arena, &full, NULL));
    sl_assert_same_event(&fast, &full);
    return true;
}

/* A value that each type of field takes. */
static struct sl_slice any_value(struct sl_arena *arena, const ProtobufCFieldDescriptor *field)
{
    bool is_day = strcmp(field->name, "next_due") == 0 || strcmp(field->name, "valid_until") == 0 ||
                  strcmp(field->name, "expected_close") == 0;
    if (field->type == PROTOBUF_C_TYPE_STRING) {
        return sl_wire_bytes(arena, field->id, SLICE(is_day ? "2017-03-01" : "x"));
    }
    if (field->type == PROTOBUF_C_TYPE_MESSAGE) {
        return sl_wire_bytes(arena, field->id, SLICE(""));
    }
    bool is_wide = field->type == PROTOBUF_C_TYPE_INT64;
    return sl_wire_uint(arena, field->id, is_wide ? (uint64_t)-5 : 1);
}

static void every_field_of_the_three_bodies_is_taken(void **state)
{
    (void)state;
    struct sl_arena arena;
    sl_arena_init(&arena, ARENA_BYTES);
    static const uint32_t places[][3] = {{16, 0}, {17, 0},    {17, 3, 0}, {17, 9, 0},
                                         {18, 0}, {18, 4, 0}, {18, 5, 0}};
    static const ProtobufCMessageDescriptor *const messages[] = {
        &salesledger__v1__contact__descriptor, &salesledger__v1__quote__descriptor,
        &salesledger__v1__line__descriptor,    &salesledger__v1__credit__descriptor,
        &salesledger__v1__close__descriptor,   &salesledger__v1__line__descriptor,
        &salesledger__v1__credit__descriptor,
    };
    for (size_t i = 0; i < COUNT(places); i++) {
        for (unsigned k = 0; k < messages[i]->n_fields; k++) {
            struct sl_slice content = any_value(&arena, &messages[i]->fields[k]);
            assert_true(compare(sl_wire_at(&arena, places[i], content), &arena));
        }
    }
    sl_arena_deinit(&arena);
}

static void what_is_out_of_the_ordinary_goes_the_long_way(void **state)
{
    (void)state;
    struct sl_arena arena;
    struct sl_event event;
    sl_arena_init(&arena, ARENA_BYTES);
    struct sl_slice close = SLICE("\x92\x01\x03\x0a\x01x"); /* close { deal: "x" } */
    struct sl_slice line = sl_wire_bytes(&arena, 4, SLICE(""));
    struct sl_slice gap = sl_wire_concat(&arena, line, sl_wire_uint(&arena, 3, 1));
    const uint32_t in_close[] = {18, 0};
    const struct sl_slice odd[] = {
        SLICE(""),                                                       /* no body */
        sl_wire_concat(&arena, close, close),                            /* two to be merged */
        sl_wire_concat(&arena, close, sl_wire_uint(&arena, 1, 7)),       /* the ledger's field */
        sl_wire_concat(&arena, close, sl_wire_uint(&arena, 99, 7)),      /* unknown */
        sl_wire_at(&arena, in_close, sl_wire_uint(&arena, 30, 1)),       /* unknown, in the body */
        sl_wire_at(&arena, in_close, sl_wire_uint(&arena, 1, 1)),        /* a text as number */
        sl_wire_at(&arena, in_close, sl_wire_uint(&arena, 3, 9)),        /* no such kind */
        sl_wire_at(&arena, in_close, sl_wire_concat(&arena, gap, line)), /* a list in two pieces */
        SLICE("\x92\x01\x83\x80\x80\x80\x80\x00\x0a\x01x"),              /* an overlong length */
    };
    assert_true(sl_fast_decode(close, &arena, &event));
    for (size_t i = 0; i < COUNT(odd); i++) {
        assert_false(sl_fast_decode(odd[i], &arena, &event));
    }
    sl_arena_deinit(&arena);
}

static void both_ways_agree_on_mutated_events(void **state)
{
    (void)state;
    struct sl_arena seeds_arena;
    struct sl_arena arena;
    struct sl_builder b;
    struct sl_test_random random;
    sl_arena_init(&seeds_arena, ARENA_BYTES);
    sl_arena_init(&arena, ARENA_BYTES);
    sl_builder_init(&b, &seeds_arena);
    sl_test_random_init(&random);
    const struct sl_slice seeds[] = {
        BUILD_CLOSE(&b, .date = "2017-03-01", .source = "crm", .deal = "D1", .customer = "ACME",
                    .kind = SL_CLOSE_WON, .line_count = 2,
                    .lines = {{"P1", 100, 2000, 50, true}, {"P2", 7, 0, 0, false}},
                    .person = "ana"),
        BUILD_QUOTE(&b, .deal = "D1", .amount = 9, .probability_ppm = 5, .stage = "needs"),
        BUILD_CONTACT(&b, .customer = "ACME", .person = "ana", .text = "hello"),
    };
    size_t taken = 0;
    for (size_t round = 0; round < 60000; round++) {
        struct sl_slice seed = seeds[sl_test_random_below(&random, COUNT(seeds))];
        uint8_t *bytes = malloc(seed.len);
        assert_non_null(bytes);
        memcpy(bytes, seed.data, seed.len);
        for (uint64_t flips = sl_test_random_below(&random, 3); flips > 0; flips--) {
            bytes[sl_test_random_below(&random, seed.len)] ^=
                (uint8_t)(1u << sl_test_random_below(&random, 8));
        }
        sl_arena_reset(&arena);
        taken += compare((struct sl_slice){bytes, seed.len}, &arena);
        free(bytes);
    }
    assert_in_range(taken, 20000, 60000); /* else the comparison would prove little */
    sl_arena_deinit(&arena);
    sl_arena_deinit(&seeds_arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_field_of_the_three_bodies_is_taken),
        cmocka_unit_test(what_is_out_of_the_ordinary_goes_the_long_way),
        cmocka_unit_test(both_ways_agree_on_mutated_events),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
