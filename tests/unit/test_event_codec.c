/* Event bytes to plain structs: what each body becomes, and how everything that is not an Event is refused. */
#include "lib/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "codec/event_codec.h"
#include "domain/decide.h"
#include "domain/text.h"
#include "lib/event_builder.h"
#include "lib/wire_bytes.h"

#define ARENA_BYTES (64ul << 20)
#define PATHS_MAX   400

struct fixture {
    struct sl_arena arena;
    struct sl_builder b;
    struct sl_event event;
    struct sl_diag diag;
};

static int set_up(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);
    assert_non_null(f);
    sl_arena_init(&f->arena, ARENA_BYTES);
    sl_builder_init(&f->b, &f->arena);
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;
    sl_arena_deinit(&f->arena);
    free(f);
    return 0;
}

static enum sl_err decode(struct fixture *f, struct sl_slice bytes)
{
    f->diag = (struct sl_diag){0};
    return sl_event_decode(bytes, SL_DECODE_COMMAND, &f->arena, &f->event, &f->diag);
}

static enum sl_err decode_stored(struct fixture *f, struct sl_slice bytes)
{
    f->diag = (struct sl_diag){0};
    return sl_event_decode(bytes, SL_DECODE_STORED, &f->arena, &f->event, &f->diag);
}

static void assert_text(struct sl_slice text, const char *expected)
{
    assert_true(sl_text_equal(text, SLICE(expected)));
}

static void a_close_keeps_every_field_of_its_line_and_credits(void **state)
{
    struct fixture *f = *state;
    struct sl_slice bytes = BUILD_CLOSE(&f->b, .date = "2017-03-01", .source = "crm", .deal = "D1",
                                        .customer = "ACME", .kind = SL_CLOSE_WON, .product = "P1",
                                        .amount = 120000, .cost = 80000, .credit_count = 2,
                                        .credits = {{"ana", 600000, SL_CREDIT_DIRECT, "rep"},
                                                    {"bo", 400000, SL_CREDIT_DIRECT, NULL}});

    assert_ok(decode(f, bytes));

    const struct sl_close *close = &f->event.body.u.close;
    assert_int_equal(f->event.body.type, SL_EVENT_CLOSE);
    assert_true(f->event.has_id);
    assert_int_equal(f->event.id.bytes[15], 1);
    assert_int_equal(f->event.effective.v, DAY("2017-03-01").v);
    assert_text(f->event.source, "crm");
    assert_text(close->deal, "D1");
    assert_text(close->currency, "USD");
    assert_int_equal(close->kind, SL_CLOSE_WON);
    assert_int_equal(close->line_count, 1);
    assert_int_equal(close->lines[0].quantity, SL_QUANTITY_DEFAULT);
    assert_int_equal(close->lines[0].amount_minor, 120000);
    assert_true(close->lines[0].has_cost);
    assert_int_equal(close->credit_count, 2);
    assert_text(close->credits[0].role, "rep");
    assert_null(close->credits[1].role.data);
    assert_int_equal(close->credits[1].share_ppm, 400000);
}

static void absent_dates_are_no_day_and_absent_texts_are_null(void **state)
{
    struct fixture *f = *state;

    assert_ok(decode(f, BUILD_QUOTE(&f->b, .deal = "D1")));

    assert_int_equal(f->event.effective.v, SL_NO_DAY_V);
    assert_int_equal(f->event.body.u.quote.expected_close.v, SL_NO_DAY_V);
    assert_int_equal(f->event.body.u.quote.valid_until.v, SL_NO_DAY_V);
    assert_null(f->event.source.data);
    assert_null(f->event.body.u.quote.customer.data);
    assert_false(f->event.body.u.quote.has_probability);
    assert_false(f->event.expect.is_set);
}

static void every_define_record_gives_its_kind_and_id(void **state)
{
    struct fixture *f = *state;
    for (int kind = SL_DEFINE_PERSON; kind <= SL_DEFINE_PRODUCT_LINE; kind++) {
        assert_ok(decode(f, BUILD_DEFINE(&f->b, .kind = (enum sl_define_kind)kind, .id_text = "USD",
                                         .quote = "EUR", .fx_rate = 1, .stages = {"one"})));
        bool has_id =
            kind != SL_DEFINE_STAGES && kind != SL_DEFINE_CALENDAR && kind != SL_DEFINE_SETTINGS;
        assert_int_equal(f->event.body.u.define.kind, kind);
        assert_int_equal(f->event.body.u.define.id.len, has_id ? 3 : 0);
    }
}

static void the_other_bodies_arrive_whole(void **state)
{
    struct fixture *f = *state;
    assert_ok(decode(f, BUILD_CONTACT(&f->b, .customer = "ACME", .kind = 2, .text = "met")));
    assert_int_equal(f->event.body.u.contact.kind, 2);
    assert_text(f->event.body.u.contact.text, "met");

    assert_ok(decode(f, BUILD_PAYOUT(&f->b, .payee = "ana", .window = "2017-03", .amount = -5)));
    assert_int_equal(f->event.body.u.payout.lines[0].amount_minor, -5);
    assert_true(f->event.body.u.payout.lines[0].has_amount);
    assert_false(f->event.body.u.payout.lines[0].has_quantity);

    assert_ok(decode(f, BUILD_TARGET(&f->b, .unit = "north", .period = "2017-Q1", .amount = 7)));
    assert_text(f->event.body.u.target.scope.unit, "north");
    assert_true(f->event.body.u.target.has_amount);

    assert_ok(decode(f, BUILD_APPROVE(&f->b, .ref_seq = 9, .verdict = 2)));
    assert_int_equal(f->event.body.u.approve.ref_hash.len, 32);

    assert_ok(decode(f, BUILD_NOTE(&f->b, .subject = "ana", .due = "2017-04-01")));
    assert_int_equal(f->event.body.u.note.subject_kind, SL_ENTITY_PERSON);
    assert_int_equal(f->event.body.u.note.due.v, DAY("2017-04-01").v);
}

static void a_plan_arrives_with_its_rows_and_assignees(void **state)
{
    struct fixture *f = *state;
    assert_ok(decode(f, BUILD_PLAN(&f->b, .plan = "base", .from = "2017-01-01", .person = "ana",
                                   .window = SL_PLAN_WINDOW_QUARTER, .row_count = 2,
                                   .rows = {{0, 50000}, {1000, 60000}})));

    const struct sl_plan *plan = f->event.body.u.plan;
    assert_text(plan->id, "base");
    assert_int_equal(plan->version, 1);
    assert_true(plan->is_published);
    assert_int_equal(plan->valid_to.v, SL_NO_DAY_V);
    assert_text(plan->assignees[0].who, "ana");
    assert_int_equal(plan->components[0].window, SL_PLAN_WINDOW_QUARTER);
    assert_int_equal(plan->components[0].curve.row_count, 2);
    assert_int_equal(plan->components[0].curve.rows[1].y, 60000);
    assert_int_equal(plan->components[0].filter.from.v, SL_NO_DAY_V);
    assert_false(plan->components[0].has_settle);
}

static void a_correction_holds_the_replacing_body_and_its_day(void **state)
{
    struct fixture *f = *state;
    struct sl_slice close =
        BUILD_CLOSE(&f->b, .deal = "D1", .date = "2017-03-02", .kind = SL_CLOSE_LOST);

    assert_ok(decode(f, sl_build_replace(&f->b, 12, close)));
    assert_int_equal(f->event.body.type, SL_EVENT_CORRECT);
    assert_int_equal(f->event.correct.ref_seq, 12);
    assert_false(f->event.correct.is_void);
    assert_int_equal(f->event.correct.effective.v, DAY("2017-03-02").v);
    assert_text(f->event.correct.replacement->u.close.deal, "D1");

    assert_ok(decode(f, sl_build_void(&f->b, 12)));
    assert_true(f->event.correct.is_void);
    assert_null(f->event.correct.replacement);
}

static void an_expectation_arrives(void **state)
{
    struct fixture *f = *state;
    assert_ok(decode(f, BUILD_CLOSE(&f->b, .deal = "D1", .kind = SL_CLOSE_LOST,
                                    .expect_kind = SL_ENTITY_DEAL, .expect_entity = "D1",
                                    .expect_seq = 41)));
    assert_true(f->event.expect.is_set);
    assert_int_equal(f->event.expect.kind, SL_ENTITY_DEAL);
    assert_int_equal(f->event.expect.seq, 41);
}

static void bytes_that_are_no_event_are_malformed(void **state)
{
    struct fixture *f = *state;
    assert_err(SL_E_MALFORMED, decode(f, (struct sl_slice){NULL, 0}));
    assert_err(SL_E_MALFORMED, decode(f, SLICE("\xff\xff\xff")));
    assert_err(SL_E_MALFORMED, decode(f, SLICE("\x32\x05"
                                               "ab")));
    assert_err(SL_E_MALFORMED, decode(f, SLICE("\x30\x05"))); /* source as a number */
}

static void an_event_has_exactly_one_body(void **state)
{
    struct fixture *f = *state;
    struct sl_slice close = BUILD_CLOSE(&f->b, .deal = "D1", .kind = SL_CLOSE_LOST);
    struct sl_slice note = BUILD_NOTE(&f->b, .subject = "ana");

    assert_err(SL_E_MALFORMED, decode(f, sl_wire_concat(&f->arena, close, note)));
    assert_string_equal(f->diag.message, "must hold exactly one body, holds close and note");
    assert_err(SL_E_MALFORMED, decode(f, sl_wire_bytes(&f->arena, 6, SLICE("crm"))));
    assert_string_equal(f->diag.message, "must hold exactly one body, holds none");
    const uint32_t replacement[] = {24, 3, 0};
    assert_err(SL_E_MALFORMED, decode(f, sl_wire_at(&f->arena, replacement, SLICE(""))));
    assert_string_equal(f->diag.field, "correct.replacement");
}

static void a_define_has_exactly_one_record(void **state)
{
    struct fixture *f = *state;
    struct sl_slice two =
        sl_wire_concat(&f->arena, BUILD_DEFINE(&f->b, .kind = SL_DEFINE_UNIT, .id_text = "u"),
                       BUILD_DEFINE(&f->b, .kind = SL_DEFINE_PERSON, .id_text = "p"));

    assert_err(SL_E_MALFORMED, decode(f, two));
    assert_string_equal(f->diag.field, "define");
    assert_err(SL_E_MALFORMED, decode(f, sl_wire_bytes(&f->arena, 20, SLICE(""))));
}

static void an_id_has_sixteen_bytes(void **state)
{
    struct fixture *f = *state;
    struct sl_slice note = sl_wire_bytes(&f->arena, 25, SLICE(""));
    for (size_t len = 15; len <= 17; len++) {
        struct sl_slice id = sl_wire_bytes(
            &f->arena, 3, (struct sl_slice){(const uint8_t *)"0123456789abcdefg", len});
        struct sl_slice bytes = sl_wire_concat(&f->arena, id, note);
        assert_err(len == 16 ? SL_OK : SL_E_MALFORMED, decode(f, bytes));
    }
    assert_string_equal(f->diag.field, "id");
    assert_string_equal(f->diag.message, "must have 16 bytes, has 17");
}

static void fields_of_the_ledger_are_refused_in_commands_only(void **state)
{
    struct fixture *f = *state;
    struct sl_slice close = BUILD_CLOSE(&f->b, .deal = "D1", .kind = SL_CLOSE_LOST);
    struct {
        struct sl_slice bytes;
        const char *field;
    } cases[] = {
        {sl_wire_uint(&f->arena, 1, 5), "seq"},
        {sl_wire_uint(&f->arena, 2, 5), "recorded_us"},
        {sl_wire_bytes(&f->arena, 5, SLICE("root")), "actor"},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct sl_slice bytes = sl_wire_concat(&f->arena, cases[i].bytes, close);
        assert_err(SL_E_INVALID_FIELD, decode(f, bytes));
        assert_string_equal(f->diag.field, cases[i].field);
        assert_ok(decode_stored(f, bytes));
    }
}

/* Each message of the schema in each of its places. */
static size_t walk(struct fixture *f, struct sl_wire_path **ret_paths)
{
    *ret_paths = sl_arena_alloc(&f->arena, PATHS_MAX * sizeof **ret_paths);
    assert_non_null(*ret_paths);
    return sl_wire_walk(&salesledger__v1__event__descriptor, *ret_paths, PATHS_MAX);
}

static void an_unknown_field_is_refused_by_number_and_message_wherever_it_is(void **state)
{
    struct fixture *f = *state;
    struct sl_wire_path *paths;
    size_t count = walk(f, &paths);
    assert_in_range(count, 50, PATHS_MAX);
    for (size_t i = 0; i < count; i++) {
        char expected[128];
        struct sl_slice unknown = sl_wire_uint(&f->arena, 1000, 1);
        struct sl_slice bytes = sl_wire_at(&f->arena, paths[i].numbers, unknown);
        (void)snprintf(expected, sizeof expected, "field number 1000 is not in message %s",
                       paths[i].descriptor->short_name);
        assert_err(SL_E_UNKNOWN_FIELD, decode(f, bytes));
        assert_string_equal(f->diag.message, expected);
        enum sl_err stored = decode_stored(f, bytes);
        assert_true(stored == SL_OK || stored == SL_E_MALFORMED);
    }
}

typedef struct sl_slice make_field(struct sl_arena *arena, uint32_t number);

/* Puts one bad field into a place; the refusal must name it. */
static void refuse_one(struct fixture *f,
                       const struct sl_wire_path *path,
                       const ProtobufCFieldDescriptor *field,
                       make_field *make)
{
    struct sl_slice bytes = sl_wire_at(&f->arena, path->numbers, make(&f->arena, field->id));
    enum sl_err err = decode(f, bytes);
    assert_true(err == SL_E_INVALID_FIELD || err == SL_E_BAD_DATE);
    size_t len = strlen(f->diag.field);
    size_t name_len = strlen(field->name);
    assert_true(len >= name_len);
    assert_string_equal(f->diag.field + len - name_len, field->name);
}

/* The same for every field of the type in one message. Gives how many there are. */
static size_t
refuse_in(struct fixture *f, const struct sl_wire_path *path, ProtobufCType type, make_field *make)
{
    size_t tried = 0;
    for (unsigned i = 0; i < path->descriptor->n_fields; i++) {
        if (path->descriptor->fields[i].type == type) {
            refuse_one(f, path, &path->descriptor->fields[i], make);
            tried++;
        }
    }
    return tried;
}

/* And in each place of the schema. */
static void refuse_each(struct fixture *f, ProtobufCType type, make_field *make)
{
    struct sl_wire_path *paths;
    size_t count = walk(f, &paths);
    size_t tried = 0;
    for (size_t i = 0; i < count; i++) {
        tried += refuse_in(f, &paths[i], type, make);
    }
    assert_in_range(tried, 20, 2000);
}

static struct sl_slice enum_out_of_range(struct sl_arena *arena, uint32_t number)
{
    return sl_wire_uint(arena, number, 99);
}

static struct sl_slice negative_enum(struct sl_arena *arena, uint32_t number)
{
    return sl_wire_uint(arena, number, UINT64_MAX);
}

static struct sl_slice text_with_nul(struct sl_arena *arena, uint32_t number)
{
    return sl_wire_bytes(arena, number, (struct sl_slice){(const uint8_t *)"a\0b", 3});
}

static void every_enum_refuses_numbers_it_does_not_have(void **state)
{
    refuse_each(*state, PROTOBUF_C_TYPE_ENUM, enum_out_of_range);
    refuse_each(*state, PROTOBUF_C_TYPE_ENUM, negative_enum);
}

static void every_text_refuses_a_nul_inside(void **state)
{
    refuse_each(*state, PROTOBUF_C_TYPE_STRING, text_with_nul);
}

static void a_date_that_is_none_is_named(void **state)
{
    struct fixture *f = *state;
    assert_err(SL_E_BAD_DATE, decode(f, BUILD_CLOSE(&f->b, .deal = "D", .kind = SL_CLOSE_LOST,
                                                    .date = "2017-02-29")));
    assert_string_equal(f->diag.field, "effective_date");
    assert_string_equal(f->diag.message,
                        "must be a day from 1900-01-01 to 2999-12-31, is \"2017-02-29\"");
}

static void lists_are_refused_above_their_maximum(void **state)
{
    struct fixture *f = *state;
    const struct {
        uint32_t path[6];
        uint32_t number;
        const char *element;
        size_t max;
    } cases[] = {
        {{17, 0}, 3, "", SL_LINES_MAX},
        {{17, 0}, 9, "", SL_CREDITS_MAX},
        {{18, 0}, 4, "", SL_LINES_MAX},
        {{18, 0}, 5, "", SL_CREDITS_MAX},
        {{19, 0}, 4, "", SL_LINES_MAX},
        {{20, 16, 0}, 7, "", SL_CURVE_ROWS_MAX},
        {{20, 20, 0}, 1, "x", SL_STAGES_MAX},
        {{20, 21, 0}, 3, "2017-01-01", SL_WEIGHTS_MAX},
        {{20, 21, 0}, 4, "2017-01-01", SL_WEIGHTS_MAX},
        {{20, 19, 0}, 6, "", SL_PERSONAL_FIELDS_MAX},
        {{20, 23, 0}, 2, "x", SL_ROLE_MEMBERS_MAX},
        {{20, 23, 0}, 3, "x", SL_ROLE_MEMBERS_MAX},
        {{20, 23, 0}, 4, "x", SL_ROLE_MEMBERS_MAX},
        {{20, 24, 0}, 2, "", SL_TIER_ROWS_MAX},
        {{20, 25, 0}, 2, "", SL_SCORES_MAX},
        {{20, 25, 0}, 3, "", SL_TIER_ROWS_MAX},
        {{22, 0}, 5, "", SL_ASSIGNEES_MAX},
        {{22, 0}, 6, "", SL_PLAN_COMPONENTS_MAX},
        {{22, 6, 0}, 3, "x", SL_PLAN_COMPONENTS_MAX},
        {{22, 6, 0}, 10, "", SL_CURVE_ROWS_MAX},
        {{22, 6, 4, 0}, 3, "x", SL_FILTER_VALUES_MAX},
        {{22, 6, 4, 0}, 4, "x", SL_FILTER_VALUES_MAX},
        {{22, 6, 4, 0}, 5, "x", SL_FILTER_VALUES_MAX},
        {{22, 6, 4, 0}, 6, "x", SL_FILTER_VALUES_MAX},
        {{22, 6, 11, 0}, 1, "", SL_CURVE_ROWS_MAX},
        {{25, 0}, 5, "", SL_SCORES_MAX},
        {{25, 0}, 6, "x", SL_LINES_MAX},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct sl_slice one = sl_wire_bytes(&f->arena, cases[i].number, SLICE(cases[i].element));
        for (size_t more = 0; more <= 1; more++) {
            struct sl_slice list = sl_wire_repeat(&f->arena, one, cases[i].max + more);
            assert_err(more == 0 ? SL_OK : SL_E_TOO_MANY,
                       decode(f, sl_wire_at(&f->arena, cases[i].path, list)));
        }
        char rule[64];
        (void)snprintf(rule, sizeof rule, "must be at most %zu, are %zu", cases[i].max,
                       cases[i].max + 1);
        assert_string_equal(f->diag.message, rule);
        assert_true(f->diag.field[0] != '\0');
    }
}

static void weights_are_refused_above_their_maximum_packed_or_not(void **state)
{
    struct fixture *f = *state;
    const uint32_t target[] = {21, 0};
    for (size_t more = 0; more <= 1; more++) {
        enum sl_err expected = more == 0 ? SL_OK : SL_E_TOO_MANY;
        struct sl_slice single =
            sl_wire_repeat(&f->arena, sl_wire_uint(&f->arena, 6, 7), SL_WEIGHTS_MAX + more);
        struct sl_slice packed = sl_wire_bytes(
            &f->arena, 6, sl_wire_repeat(&f->arena, SLICE("\x07"), SL_WEIGHTS_MAX + more));
        assert_err(expected, decode(f, sl_wire_at(&f->arena, target, single)));
        assert_err(expected, decode(f, sl_wire_at(&f->arena, target, packed)));
    }
}

static void an_event_has_at_most_64_kib(void **state)
{
    struct fixture *f = *state;
    struct sl_slice note = sl_wire_bytes(&f->arena, 25, SLICE(""));
    size_t around = note.len + 4; /* tag and length of the source */
    for (size_t size = SL_EVENT_BYTES_MAX - 1; size <= SL_EVENT_BYTES_MAX + 1; size++) {
        struct sl_slice text = sl_wire_repeat(&f->arena, SLICE("x"), size - around);
        struct sl_slice bytes = sl_wire_concat(&f->arena, sl_wire_bytes(&f->arena, 6, text), note);
        assert_int_equal(bytes.len, size);
        assert_err(size > SL_EVENT_BYTES_MAX ? SL_E_TOO_BIG : SL_OK, decode(f, bytes));
    }
}

static void texts_that_are_only_kept_are_checked_while_they_are_commands(void **state)
{
    struct fixture *f = *state;
    const uint32_t personal[] = {20, 19, 6, 0};
    struct sl_slice long_name = sl_wire_repeat(&f->arena, SLICE("x"), SL_ID_TEXT_BYTES_MAX + 1);
    struct sl_slice too_big =
        sl_wire_at(&f->arena, personal, sl_wire_bytes(&f->arena, 1, long_name));
    struct sl_slice not_utf8 =
        sl_wire_at(&f->arena, personal, sl_wire_bytes(&f->arena, 2, SLICE("\xc3")));
    const uint32_t rule[] = {20, 24, 0};
    struct sl_slice row = sl_wire_bytes(&f->arena, 2, SLICE(""));
    struct sl_slice too_many =
        sl_wire_at(&f->arena, rule, sl_wire_repeat(&f->arena, row, SL_TIER_ROWS_MAX + 1));

    assert_err(SL_E_TOO_BIG, decode(f, too_big));
    assert_string_equal(f->diag.field, "define.customer.personal[0].name");
    assert_err(SL_E_INVALID_FIELD, decode(f, not_utf8));
    assert_string_equal(f->diag.field, "define.customer.personal[0].value");
    assert_ok(decode_stored(f, too_big));
    assert_ok(decode_stored(f, not_utf8));
    assert_err(SL_E_TOO_MANY, decode(f, too_many));
    assert_string_equal(f->diag.field, "define.tier_rule.rows");
    assert_ok(decode_stored(f, too_many));
}

/* Gives what the decode said; the output is only written on success. */
static enum sl_err decode_with_cap(struct sl_slice bytes, size_t cap)
{
    struct sl_arena small;
    struct sl_event event;
    struct sl_event before;
    memset(&event, 0x5a, sizeof event);
    memset(&before, 0x5a, sizeof before);
    sl_arena_init(&small, cap);
    enum sl_err err = sl_event_decode(bytes, SL_DECODE_COMMAND, &small, &event, NULL);
    if (err != SL_OK) {
        assert_int_equal(err, SL_E_NO_MEMORY);
        assert_memory_equal(&event, &before, sizeof event);
    }
    sl_arena_deinit(&small);
    return err;
}

static void an_arena_at_its_cap_gives_no_memory_and_leaves_the_output(void **state)
{
    struct fixture *f = *state;
    struct sl_slice events[] = {
        BUILD_CLOSE(&f->b, .deal = "D1", .kind = SL_CLOSE_WON, .amount = 5, .person = "ana"),
        BUILD_PLAN(&f->b, .plan = "p", .row_count = 1),
        sl_build_replace(&f->b, 3, BUILD_QUOTE(&f->b, .deal = "D1", .amount = 7)),
    };
    for (size_t i = 0; i < COUNT(events); i++) {
        size_t cap = 0;
        while (decode_with_cap(events[i], cap) != SL_OK) {
            cap += 16;
            assert_in_range(cap, 0, 64ul << 10);
        }
    }
}

static void equal_content_in_another_order_of_fields_is_the_same(void **state)
{
    struct fixture *f = *state;
    struct sl_slice body = sl_wire_bytes(&f->arena, 25, sl_wire_uint(&f->arena, 3, 1));
    struct sl_slice source = sl_wire_bytes(&f->arena, 6, SLICE("crm"));
    struct sl_slice a = sl_wire_concat(&f->arena, source, body);
    struct sl_slice b = sl_wire_concat(&f->arena, body, source);
    struct sl_slice other =
        sl_wire_concat(&f->arena, sl_wire_bytes(&f->arena, 6, SLICE("erp")), body);

    assert_true(sl_event_same_content(a, a, &f->arena));
    assert_true(sl_event_same_content(a, b, &f->arena));
    assert_false(sl_event_same_content(a, other, &f->arena));
    assert_false(sl_event_same_content(a, SLICE("\xff"), &f->arena));
}

/* Reads every byte that the decoded event points to: the rules do, and the sanitizer watches them. */
static void touch(const struct sl_event *event)
{
    struct sl_diag diag = {0};
    enum sl_err err = sl_event_check(event, &diag);
    assert_true(err == SL_OK || diag.message[0] != '\0');
}

static void mutated_events_never_lead_outside_their_bytes(void **state)
{
    struct fixture *f = *state;
    struct sl_slice seeds[] = {
        BUILD_CLOSE(&f->b, .date = "2017-03-01", .deal = "D1", .customer = "ACME",
                    .kind = SL_CLOSE_WON, .amount = 5, .person = "ana"),
        BUILD_CONTACT(&f->b, .customer = "ACME", .text = "hello"),
        BUILD_DEFINE(&f->b, .kind = SL_DEFINE_PERSON, .id_text = "ana", .hired = "2017-01-01"),
        BUILD_DEFINE(&f->b, .kind = SL_DEFINE_STAGES, .stages = {"a", "b"}),
        BUILD_TARGET(&f->b, .person = "ana", .period = "2017", .amount = 5),
        BUILD_PLAN(&f->b, .plan = "p", .row_count = 2, .rows = {{0, 1}, {5, 2}}),
        BUILD_PAYOUT(&f->b, .payee = "ana", .amount = 3),
        BUILD_NOTE(&f->b, .subject = "ana", .text = "well done"),
        sl_build_replace(&f->b, 3, BUILD_QUOTE(&f->b, .deal = "D1", .amount = 7)),
    };
    struct sl_test_random random;
    struct sl_arena arena;
    sl_test_random_init(&random);
    sl_arena_init(&arena, 1ul << 20);
    for (size_t round = 0; round < 60000; round++) {
        struct sl_slice seed = seeds[sl_test_random_below(&random, COUNT(seeds))];
        size_t len = seed.len - sl_test_random_below(&random, 3); /* sometimes cut */
        uint8_t *bytes = malloc(len); /* its own block, so that reading past it is seen */
        assert_non_null(bytes);
        memcpy(bytes, seed.data, len);
        for (uint64_t flips = sl_test_random_below(&random, 4); flips > 0; flips--) {
            bytes[sl_test_random_below(&random, len)] = (uint8_t)sl_test_random(&random);
        }
        struct sl_event event;
        sl_arena_reset(&arena);
        enum sl_decode_mode mode = (enum sl_decode_mode)sl_test_random_below(&random, 2);
        if (sl_event_decode((struct sl_slice){bytes, len}, mode, &arena, &event, &f->diag) ==
            SL_OK) {
            touch(&event);
        }
        free(bytes);
    }
    sl_arena_deinit(&arena);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_close_keeps_every_field_of_its_line_and_credits),
        TEST(absent_dates_are_no_day_and_absent_texts_are_null),
        TEST(every_define_record_gives_its_kind_and_id),
        TEST(the_other_bodies_arrive_whole),
        TEST(a_plan_arrives_with_its_rows_and_assignees),
        TEST(a_correction_holds_the_replacing_body_and_its_day),
        TEST(an_expectation_arrives),
        TEST(bytes_that_are_no_event_are_malformed),
        TEST(an_event_has_exactly_one_body),
        TEST(a_define_has_exactly_one_record),
        TEST(an_id_has_sixteen_bytes),
        TEST(fields_of_the_ledger_are_refused_in_commands_only),
        TEST(an_unknown_field_is_refused_by_number_and_message_wherever_it_is),
        TEST(every_enum_refuses_numbers_it_does_not_have),
        TEST(every_text_refuses_a_nul_inside),
        TEST(a_date_that_is_none_is_named),
        TEST(lists_are_refused_above_their_maximum),
        TEST(weights_are_refused_above_their_maximum_packed_or_not),
        TEST(an_event_has_at_most_64_kib),
        TEST(texts_that_are_only_kept_are_checked_while_they_are_commands),
        TEST(an_arena_at_its_cap_gives_no_memory_and_leaves_the_output),
        TEST(equal_content_in_another_order_of_fields_is_the_same),
        TEST(mutated_events_never_lead_outside_their_bytes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
