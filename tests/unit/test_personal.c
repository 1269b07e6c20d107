/* Personal fields, taken out of an event's bytes and put back behind them. */
#include "lib/test.h"

#include <stdlib.h>
#include <string.h>

#include "codec/event_codec.h"
#include "codec/personal.h"
#include "lib/event_builder.h"
#include "lib/wire_bytes.h"
#include "sl/limits.h"

#define EXTRA ((size_t)37)

struct setup {
    struct sl_arena arena;
    struct sl_builder build;
    struct sl_diag diag;
};
static struct setup s;

static int set_up(void **state)
{
    (void)state;
    s = (struct setup){0};
    sl_arena_init(&s.arena, (size_t)64 * 1024 * 1024);
    sl_builder_init(&s.build, &s.arena);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    sl_arena_deinit(&s.arena);
    return 0;
}

static struct sl_slice ada(void)
{
    return BUILD_DEFINE(&s.build, .kind = SL_DEFINE_CUSTOMER, .id_text = "ACME",
                        .from = "2017-01-01", .name = "Ada Lovelace", .segment = "gold",
                        .region = "EU", .phone = "+44 20 7946 0000", .date = "2017-02-03", .id = 7);
}

static struct sl_event decode(struct sl_slice bytes)
{
    struct sl_event event;
    assert_ok(sl_event_decode(bytes, SL_DECODE_COMMAND, &s.arena, &event, &s.diag));
    return event;
}

/* With a seal of bytes that all are 's'. */
static struct sl_personal_taken take(struct sl_slice bytes)
{
    struct sl_personal_taken taken;
    struct sl_event event = decode(bytes);
    assert_non_null(sl_personal_of(&event));
    assert_ok(sl_personal_take(bytes, EXTRA, &s.arena, &taken, &s.diag));
    memset(taken.sealed, 's', taken.plain.len + EXTRA);
    return taken;
}

static Salesledger__V1__Event *unpack(struct sl_slice bytes)
{
    Salesledger__V1__Event *event = salesledger__v1__event__unpack(NULL, bytes.len, bytes.data);
    assert_non_null(event);
    return event;
}

static struct sl_slice concat(struct sl_slice a, struct sl_slice b)
{
    return sl_wire_concat(&s.arena, a, b);
}

static bool holds(struct sl_slice bytes, const char *text)
{
    return memmem(bytes.data, bytes.len, text, strlen(text)) != NULL;
}

static void the_numbers_are_those_of_the_schema(void **state)
{
    (void)state;
    static const struct {
        const ProtobufCMessageDescriptor *message;
        const char *field;
        unsigned number;
    } rows[] = {
        {&salesledger__v1__event__descriptor, "define", 20},
        {&salesledger__v1__event__descriptor, "correct", 24},
        {&salesledger__v1__correct__descriptor, "replacement", 3},
        {&salesledger__v1__replacement__descriptor, "define", 20},
        {&salesledger__v1__define__descriptor, "customer", 19},
        {&salesledger__v1__customer__descriptor, "customer", 1},
        {&salesledger__v1__customer__descriptor, "name", 2},
        {&salesledger__v1__customer__descriptor, "personal", 6},
        {&salesledger__v1__customer__descriptor, "sealed", 7},
        {&salesledger__v1__customer__descriptor, "erased", 8},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        const ProtobufCFieldDescriptor *field =
            protobuf_c_message_descriptor_get_field_by_name(rows[i].message, rows[i].field);
        assert_non_null(field);
        assert_int_equal(field->id, rows[i].number);
    }
    /* A field that is new here may be personal too: then it belongs into personal.c. */
    assert_int_equal(salesledger__v1__customer__descriptor.n_fields, 8);
    assert_int_equal(salesledger__v1__personal_field__descriptor.n_fields, 2);
}

static void what_is_stored_is_the_rest_and_the_seal(void **state)
{
    (void)state;
    struct sl_slice sent = ada();
    struct sl_personal_taken taken = take(sent);

    assert_false(holds(taken.bytes, "Ada Lovelace"));
    assert_false(holds(taken.bytes, "7946"));
    assert_false(holds(taken.bytes, "phone"));
    Salesledger__V1__Event *stored = unpack(taken.bytes);
    Salesledger__V1__Event *expected = unpack(sent);
    Salesledger__V1__Customer *customer = expected->define->customer;
    assert_int_equal(stored->define->customer->sealed.len, taken.plain.len + EXTRA);
    free(customer->name);
    customer->name = NULL;
    salesledger__v1__personal_field__free_unpacked(customer->personal[0], NULL);
    customer->n_personal = 0;
    customer->has_sealed = 1;
    customer->sealed = stored->define->customer->sealed;
    uint8_t packed[1024];
    size_t len = salesledger__v1__event__pack(expected, packed);
    assert_int_equal(len, taken.bytes.len); /* the seal is the last field that it has */
    assert_memory_equal(packed, taken.bytes.data, len);
    customer->sealed = (ProtobufCBinaryData){0, NULL};
    salesledger__v1__event__free_unpacked(stored, NULL);
    salesledger__v1__event__free_unpacked(expected, NULL);
}

static void bytes_around_stay_as_they_were_sent(void **state)
{
    (void)state;
    /* Fields in no order, texts twice: nobody's serialiser, and legal. */
    static const uint32_t to_customer[] = {20, 19, 0};
    struct sl_slice id = sl_wire_bytes(&s.arena, 1, SL_SLICE_LIT("ACME"));
    struct sl_slice name = sl_wire_bytes(&s.arena, 2, SL_SLICE_LIT("Ada"));
    struct sl_slice again = sl_wire_bytes(&s.arena, 2, SL_SLICE_LIT("Ada L."));
    struct sl_slice owner = sl_wire_bytes(&s.arena, 5, SL_SLICE_LIT("ana"));
    struct sl_slice region = sl_wire_bytes(&s.arena, 4, SL_SLICE_LIT("EU"));
    struct sl_slice customer = concat(concat(concat(name, owner), concat(id, again)), region);
    struct sl_slice source = sl_wire_bytes(&s.arena, 6, SL_SLICE_LIT("before"));
    struct sl_slice correlation = sl_wire_bytes(&s.arena, 7, SL_SLICE_LIT("behind"));
    struct sl_slice sent =
        concat(concat(correlation, sl_wire_at(&s.arena, to_customer, customer)), source);

    struct sl_personal_taken taken = take(sent);

    struct sl_slice plain = concat(name, again);
    uint8_t *sealed = sl_arena_alloc(&s.arena, plain.len + EXTRA);
    memset(sealed, 's', plain.len + EXTRA);
    struct sl_slice rest =
        concat(concat(concat(owner, id), region),
               sl_wire_bytes(&s.arena, 7, (struct sl_slice){sealed, plain.len + EXTRA}));
    struct sl_slice expected =
        concat(concat(correlation, sl_wire_at(&s.arena, to_customer, rest)), source);
    assert_int_equal(taken.plain.len, plain.len);
    assert_memory_equal(taken.plain.data, plain.data, plain.len);
    assert_int_equal(taken.bytes.len, expected.len);
    assert_memory_equal(taken.bytes.data, expected.data, expected.len);
}

static void what_is_put_back_is_what_was_sent(void **state)
{
    (void)state;
    struct sl_slice plain_define = ada();
    struct sl_slice sent[] = {plain_define, sl_build_replace(&s.build, 3, plain_define)};
    for (size_t i = 0; i < COUNT(sent); i++) {
        struct sl_personal_taken taken = take(sent[i]);
        struct sl_personal_sealed found;
        struct sl_slice more;
        assert_true(sl_personal_find(taken.bytes, &found));
        assert_int_equal(found.is_replacement, i == 1);
        assert_int_equal(found.customer.len, 4);
        assert_memory_equal(found.customer.data, "ACME", 4);
        assert_ptr_equal(found.sealed.data, taken.sealed);
        assert_int_equal(found.sealed.len, taken.plain.len + EXTRA);
        assert_ok(sl_personal_more(&found, &taken.plain, &s.arena, &more));

        Salesledger__V1__Event *answered = unpack(concat(taken.bytes, more));

        const Salesledger__V1__Customer *customer =
            i == 0 ? answered->define->customer : answered->correct->replacement->define->customer;
        assert_string_equal(customer->customer, "ACME");
        assert_string_equal(customer->segment, "gold");
        assert_string_equal(customer->name, "Ada Lovelace");
        assert_int_equal(customer->n_personal, 1);
        assert_string_equal(customer->personal[0]->value, "+44 20 7946 0000");
        assert_int_equal(customer->has_erased, 0);
        assert_int_equal(customer->has_sealed, 1);
        salesledger__v1__event__free_unpacked(answered, NULL);
    }
}

static void what_is_erased_says_so(void **state)
{
    (void)state;
    struct sl_personal_taken taken = take(ada());
    struct sl_personal_sealed found;
    struct sl_slice more;
    assert_true(sl_personal_find(taken.bytes, &found));
    assert_ok(sl_personal_more(&found, NULL, &s.arena, &more));
    Salesledger__V1__Event *answered = unpack(concat(taken.bytes, more));
    assert_string_equal(answered->define->customer->name, "erased");
    assert_int_equal(answered->define->customer->erased, 1);
    assert_int_equal(answered->define->customer->n_personal, 0);
    salesledger__v1__event__free_unpacked(answered, NULL);
}

static void only_customers_with_personal_fields_have_something_to_seal(void **state)
{
    (void)state;
    struct sl_slice none[] = {
        BUILD_DEFINE(&s.build, .kind = SL_DEFINE_CUSTOMER, .id_text = "ACME", .region = "EU"),
        BUILD_DEFINE(&s.build, .kind = SL_DEFINE_PERSON, .id_text = "ana", .name = "Ana"),
        BUILD_CONTACT(&s.build, .customer = "ACME", .person = "ana"),
        sl_build_void(&s.build, 3),
    };
    struct sl_personal_sealed found;
    for (size_t i = 0; i < COUNT(none); i++) {
        struct sl_event event = decode(none[i]);
        assert_null(sl_personal_of(&event));
        assert_false(sl_personal_find(none[i], &found));
    }
    static const uint32_t to_customer[] = {20, 19, 0};
    struct sl_slice empty_name = sl_wire_bytes(&s.arena, 2, (struct sl_slice){NULL, 0});
    struct sl_event event = decode(sl_wire_at(&s.arena, to_customer, empty_name));
    assert_non_null(sl_personal_of(&event));
}

static void a_client_cannot_bring_a_seal(void **state)
{
    (void)state;
    static const uint32_t to_customer[][5] = {{20, 19, 0}, {24, 3, 20, 19, 0}};
    struct sl_slice fields[] = {sl_wire_bytes(&s.arena, 7, SL_SLICE_LIT("mine")),
                                sl_wire_uint(&s.arena, 8, 0)};
    static const char *const names[] = {"customer.sealed", "customer.erased"};
    for (size_t i = 0; i < COUNT(to_customer); i++) {
        for (size_t k = 0; k < COUNT(fields); k++) {
            struct sl_slice sent = sl_wire_at(&s.arena, to_customer[i], fields[k]);
            struct sl_event event;
            s.diag = (struct sl_diag){0};
            assert_err(SL_E_INVALID_FIELD,
                       sl_event_decode(sent, SL_DECODE_COMMAND, &s.arena, &event, &s.diag));
            assert_non_null(strstr(s.diag.field, names[k]));
            assert_ok(sl_event_decode(sent, SL_DECODE_STORED, &s.arena, &event, &s.diag));
        }
    }
}

static void a_customer_in_pieces_is_refused(void **state)
{
    (void)state;
    static const uint32_t to_customer[] = {20, 19, 0};
    static const uint32_t in_define[] = {19, 0};
    static const uint32_t at_define[] = {20, 0};
    struct sl_slice id = sl_wire_bytes(&s.arena, 1, SL_SLICE_LIT("ACME"));
    struct sl_slice name = sl_wire_bytes(&s.arena, 2, SL_SLICE_LIT("Ada"));
    struct sl_slice sent[] = {
        concat(sl_wire_at(&s.arena, to_customer, id), sl_wire_at(&s.arena, to_customer, name)),
        sl_wire_at(
            &s.arena, at_define,
            concat(sl_wire_at(&s.arena, in_define, name), sl_wire_at(&s.arena, in_define, id))),
    };
    for (size_t i = 0; i < COUNT(sent); i++) {
        struct sl_event event = decode(sent[i]);
        struct sl_personal_taken taken;
        assert_non_null(sl_personal_of(&event)); /* parsers merge them */
        assert_err(SL_E_MALFORMED, sl_personal_take(sent[i], EXTRA, &s.arena, &taken, &s.diag));
    }
}

static void the_greatest_event_still_fits_when_sealed(void **state)
{
    (void)state;
    static const uint32_t to_customer[] = {24, 3, 20, 19, 0};
    struct sl_slice id = sl_wire_bytes(&s.arena, 1, SL_SLICE_LIT("ACME"));
    uint8_t *padding = sl_arena_alloc(&s.arena, SL_EVENT_BYTES_MAX);
    memset(padding, 'x', SL_EVENT_BYTES_MAX);
    size_t len = SL_PERSONAL_EVENT_BYTES_MAX;
    struct sl_slice event = {NULL, 0};
    while (event.len != SL_PERSONAL_EVENT_BYTES_MAX) {
        struct sl_slice name = sl_wire_bytes(&s.arena, 2, (struct sl_slice){padding, len});
        event = sl_wire_at(&s.arena, to_customer, concat(id, name));
        len--;
    }
    struct sl_personal_taken taken;
    assert_ok(sl_personal_take(event, EXTRA, &s.arena, &taken, &s.diag));
    assert_true(taken.bytes.len > event.len);
    assert_true(taken.bytes.len <= SL_EVENT_BYTES_MAX);
    struct sl_slice more = concat(event, sl_wire_uint(&s.arena, 1, 1));
    assert_err(SL_E_TOO_BIG, sl_personal_take(more, EXTRA, &s.arena, &taken, &s.diag));
}

static void sameness_is_of_what_was_sent(void **state)
{
    (void)state;
    struct sl_slice sent = ada();
    struct sl_slice other_name =
        BUILD_DEFINE(&s.build, .kind = SL_DEFINE_CUSTOMER, .id_text = "ACME", .from = "2017-01-01",
                     .name = "Ada Byron", .segment = "gold", .region = "EU",
                     .phone = "+44 20 7946 0000", .date = "2017-02-03", .id = 7);
    struct sl_slice other_region =
        BUILD_DEFINE(&s.build, .kind = SL_DEFINE_CUSTOMER, .id_text = "ACME", .from = "2017-01-01",
                     .name = "Ada Lovelace", .segment = "gold", .region = "US",
                     .phone = "+44 20 7946 0000", .date = "2017-02-03", .id = 7);
    struct sl_slice no_names =
        BUILD_DEFINE(&s.build, .kind = SL_DEFINE_CUSTOMER, .id_text = "ACME", .from = "2017-01-01",
                     .segment = "gold", .region = "EU", .date = "2017-02-03", .id = 7);
    struct sl_personal_taken taken = take(sent);
    const struct {
        struct sl_slice command;
        bool is_same, is_same_when_erased;
    } rows[] = {
        {sent, true, true},
        {other_name, false, true}, /* what cannot be read cannot be compared */
        {other_region, false, false},
        {no_names, false, false},
        {sl_build_void(&s.build, 3), false, false},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        assert_int_equal(
            sl_personal_same_content(taken.bytes, &taken.plain, rows[i].command, &s.arena),
            rows[i].is_same);
        assert_int_equal(sl_personal_same_content(taken.bytes, NULL, rows[i].command, &s.arena),
                         rows[i].is_same_when_erased);
    }
}

static void an_arena_at_its_cap_is_no_memory(void **state)
{
    (void)state;
    struct sl_slice sent = ada();
    struct sl_personal_taken taken = take(sent);
    struct sl_personal_sealed found;
    assert_true(sl_personal_find(taken.bytes, &found));
    for (size_t bytes = 0; bytes < 300; bytes += 16) {
        struct sl_arena small;
        struct sl_personal_taken again;
        struct sl_slice more;
        sl_arena_init(&small, bytes);
        enum sl_err err = sl_personal_take(sent, EXTRA, &small, &again, &s.diag);
        assert_true(err == SL_OK || err == SL_E_NO_MEMORY);
        sl_arena_reset(&small);
        err = sl_personal_more(&found, &taken.plain, &small, &more);
        assert_true(err == SL_OK || err == SL_E_NO_MEMORY);
        sl_arena_reset(&small);
        assert_false(sl_personal_same_content(taken.bytes, &taken.plain, sent, &small));
        sl_arena_deinit(&small);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define PERSONAL_TEST(test) cmocka_unit_test_setup_teardown((test), set_up, tear_down)
        PERSONAL_TEST(the_numbers_are_those_of_the_schema),
        PERSONAL_TEST(what_is_stored_is_the_rest_and_the_seal),
        PERSONAL_TEST(bytes_around_stay_as_they_were_sent),
        PERSONAL_TEST(what_is_put_back_is_what_was_sent),
        PERSONAL_TEST(what_is_erased_says_so),
        PERSONAL_TEST(only_customers_with_personal_fields_have_something_to_seal),
        PERSONAL_TEST(a_client_cannot_bring_a_seal),
        PERSONAL_TEST(a_customer_in_pieces_is_refused),
        PERSONAL_TEST(the_greatest_event_still_fits_when_sealed),
        PERSONAL_TEST(sameness_is_of_what_was_sent),
        PERSONAL_TEST(an_arena_at_its_cap_is_no_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
