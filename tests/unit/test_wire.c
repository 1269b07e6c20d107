/* Requests in, replies out: what a client sends arrives whole or is refused, and every reply is one frame that protobuf-c
 * reads back. */
#include "lib/test.h"

#include <stdlib.h>
#include <string.h>

#include "codec/wire.h"
#include "domain/event.h"
#include "domain/text.h"
#include "lib/wire_bytes.h"
#include "sl/frame.h"

#include <salesledger/v1/api.pb-c.h>

#define ARENA_BYTES (64ul << 20)
#define PATHS_MAX   400

struct fixture {
    struct sl_arena arena;
    struct sl_bytes out;
    struct sl_request request;
    struct sl_diag diag;
    struct sl_reply to;
    Salesledger__V1__Reply *reply; /* the last one read back */
};

static int set_up(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);
    assert_non_null(f);
    sl_arena_init(&f->arena, ARENA_BYTES);
    sl_bytes_init(&f->out, SL_FRAME_BYTES_MAX + SL_FRAME_HEADER_BYTES);
    f->to = (struct sl_reply){.out = &f->out, .arena = &f->arena, .tag = 7, .seq = 300};
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;
    if (f->reply != NULL) {
        salesledger__v1__reply__free_unpacked(f->reply, NULL);
    }
    sl_bytes_deinit(&f->out);
    sl_arena_deinit(&f->arena);
    free(f);
    return 0;
}

static enum sl_err decode(struct fixture *f, struct sl_slice message)
{
    f->diag = (struct sl_diag){0};
    return sl_request_decode(message, &f->arena, &f->request, &f->diag);
}

/* A packed Request with tag 7. */
static struct sl_slice pack(struct fixture *f, Salesledger__V1__Request *request)
{
    request->has_tag = 1;
    request->tag = 7;
    uint8_t *buf = sl_arena_alloc(&f->arena, salesledger__v1__request__get_packed_size(request));
    assert_non_null(buf);
    return (struct sl_slice){buf, salesledger__v1__request__pack(request, buf)};
}

/* A Request without a tag that holds `content` in field `number`. */
static struct sl_slice request_of(struct fixture *f, uint32_t number, struct sl_slice content)
{
    return sl_wire_bytes(&f->arena, number, content);
}

/* Takes the one frame out of `out`, checks its header, tag and seq, and reads it back. */
static const Salesledger__V1__Reply *read_back(struct fixture *f)
{
    struct sl_slice message;
    size_t frame_bytes;
    assert_ok(sl_frame_peek(sl_bytes_slice(&f->out), &message, &frame_bytes));
    assert_int_equal(frame_bytes, f->out.len);
    if (f->reply != NULL) {
        salesledger__v1__reply__free_unpacked(f->reply, NULL);
    }
    f->reply = salesledger__v1__reply__unpack(NULL, message.len, message.data);
    assert_non_null(f->reply);
    assert_int_equal(f->reply->tag, f->to.tag);
    assert_int_equal(f->reply->seq, f->to.seq);
    assert_int_equal(f->reply->has_more, f->to.has_more);
    assert_int_equal(f->reply->base.n_unknown_fields, 0);
    sl_bytes_clear(&f->out);
    return f->reply;
}

static void an_append_hands_on_the_bytes_of_each_event_as_they_came(void **state)
{
    struct fixture *f = *state;
    struct sl_slice odd = SLICE("\x98\x06\x80\x80\x00 any bytes"); /* not even an Event */
    struct sl_slice events = sl_wire_concat(&f->arena, sl_wire_bytes(&f->arena, 1, odd),
                                            sl_wire_bytes(&f->arena, 1, SLICE("")));
    struct sl_slice flag = sl_wire_uint(&f->arena, 2, 1);
    struct sl_slice append = request_of(f, 16, sl_wire_concat(&f->arena, events, flag));

    assert_ok(decode(f, sl_wire_concat(&f->arena, append, sl_wire_uint(&f->arena, 1, 99))));

    assert_int_equal(f->request.kind, SL_REQUEST_APPEND);
    assert_int_equal(f->request.tag, 99);
    assert_true(f->request.u.append.all_or_nothing);
    assert_int_equal(f->request.u.append.count, 2);
    assert_true(sl_text_equal(f->request.u.append.events[0], odd));
    assert_int_equal(f->request.u.append.events[1].len, 0);
}

static void an_append_of_nothing_is_an_append(void **state)
{
    struct fixture *f = *state;
    assert_ok(decode(f, request_of(f, 16, SLICE(""))));
    assert_int_equal(f->request.u.append.count, 0);
    assert_false(f->request.u.append.all_or_nothing);
}

static void a_batch_has_at_most_ten_thousand_events(void **state)
{
    struct fixture *f = *state;
    struct sl_slice one = sl_wire_bytes(&f->arena, 1, SLICE("x"));
    for (size_t count = SL_BATCH_EVENTS_MAX - 1; count <= SL_BATCH_EVENTS_MAX + 1; count++) {
        struct sl_slice events = sl_wire_repeat(&f->arena, one, count);
        enum sl_err expected = count > SL_BATCH_EVENTS_MAX ? SL_E_TOO_MANY : SL_OK;
        assert_err(expected, decode(f, request_of(f, 16, events)));
    }
    assert_string_equal(f->diag.field, "append.events");
}

static void a_request_holds_exactly_one_question(void **state)
{
    struct fixture *f = *state;
    struct sl_slice status = request_of(f, 24, SLICE(""));
    struct sl_slice append = request_of(f, 16, SLICE(""));

    assert_err(SL_E_MALFORMED, decode(f, SLICE("")));
    assert_err(SL_E_MALFORMED, decode(f, sl_wire_uint(&f->arena, 1, 5)));
    assert_string_equal(f->diag.message, "must hold exactly one request, holds none");
    assert_err(SL_E_MALFORMED, decode(f, sl_wire_concat(&f->arena, status, append)));
    assert_string_equal(f->diag.message, "must hold exactly one request, holds status and append");
    assert_err(SL_E_MALFORMED, decode(f, sl_wire_concat(&f->arena, append, append)));
}

static void a_refused_request_still_gives_its_tag(void **state)
{
    struct fixture *f = *state;
    struct sl_slice tag = sl_wire_uint(&f->arena, 1, 123);
    struct sl_slice unknown = sl_wire_uint(&f->arena, 77, 1);

    assert_err(SL_E_UNKNOWN_FIELD, decode(f, sl_wire_concat(&f->arena, unknown, tag)));
    assert_int_equal(f->request.tag, 123);
    assert_err(SL_E_MALFORMED, decode(f, sl_wire_concat(&f->arena, tag, SLICE("\xff"))));
    assert_int_equal(f->request.tag, 123);
}

static void bytes_that_are_no_request_are_malformed(void **state)
{
    struct fixture *f = *state;
    struct sl_slice event_as_number = sl_wire_uint(&f->arena, 1, 5);
    assert_err(SL_E_MALFORMED, decode(f, SLICE("\xff\xff")));
    assert_err(SL_E_MALFORMED, decode(f, sl_wire_bytes(&f->arena, 1, SLICE("tag"))));
    assert_err(SL_E_MALFORMED, decode(f, sl_wire_uint(&f->arena, 17, 1)));
    assert_err(SL_E_MALFORMED, decode(f, request_of(f, 16, event_as_number)));
    assert_err(SL_E_MALFORMED, decode(f, request_of(f, 16, SLICE("\x0a\x05x"))));
    assert_err(SL_E_MALFORMED, decode(f, request_of(f, 17, SLICE("\x0a\x05x"))));
}

static void unknown_fields_are_refused_in_every_request(void **state)
{
    struct fixture *f = *state;
    struct sl_slice unknown = sl_wire_uint(&f->arena, 1000, 1);
    struct sl_wire_path paths[PATHS_MAX];
    size_t count = sl_wire_walk(&salesledger__v1__request__descriptor, paths, COUNT(paths));
    for (size_t i = 0; i < count; i++) {
        bool is_event = paths[i].numbers[0] == 16 && paths[i].numbers[1] != 0;
        if (!is_event) { /* events are handed on unseen */
            assert_err(SL_E_UNKNOWN_FIELD,
                       decode(f, sl_wire_at(&f->arena, paths[i].numbers, unknown)));
        }
    }
}

static void a_question_for_measures_arrives(void **state)
{
    struct fixture *f = *state;
    char *names[] = {(char[]){"booked.amount"}, (char[]){"win.rate"}};
    Salesledger__V1__Scope scope = SALESLEDGER__V1__SCOPE__INIT;
    Salesledger__V1__MeasuresRequest measures = SALESLEDGER__V1__MEASURES_REQUEST__INIT;
    Salesledger__V1__At at = SALESLEDGER__V1__AT__INIT;
    Salesledger__V1__Request request = SALESLEDGER__V1__REQUEST__INIT;
    scope.unit = (char[]){"north"};
    measures.measures = names;
    measures.n_measures = 2;
    measures.period = (char[]){"2017-Q3"};
    measures.scope = &scope;
    measures.has_by = 1;
    measures.by = SALESLEDGER__V1__DIMENSION__BY_UNIT;
    measures.at = &at;
    request.measures = &measures;

    assert_ok(decode(f, pack(f, &request)));

    const struct sl_measures_query *query = &f->request.u.measures;
    assert_int_equal(f->request.tag, 7);
    assert_int_equal(query->measure_count, 2);
    assert_true(sl_text_equal(query->measures[1], SLICE("win.rate")));
    assert_true(sl_text_equal(query->scope.unit, SLICE("north")));
    assert_int_equal(query->by, SL_BY_UNIT);
    assert_false(query->at.is_set); /* an empty At is now */

    at.has_seq = 1;
    assert_ok(decode(f, pack(f, &request)));
    assert_true(f->request.u.measures.at.is_set);
}

static void a_question_for_measures_names_at_most_sixteen(void **state)
{
    struct fixture *f = *state;
    struct sl_slice one = sl_wire_bytes(&f->arena, 1, SLICE("x"));
    for (size_t count = 15; count <= 17; count++) {
        struct sl_slice names = sl_wire_repeat(&f->arena, one, count);
        assert_err(count > SL_QUERY_MEASURES_MAX ? SL_E_TOO_MANY : SL_OK,
                   decode(f, request_of(f, 17, names)));
    }
    assert_string_equal(f->diag.field, "measures.measures");
}

static void the_other_questions_arrive(void **state)
{
    struct fixture *f = *state;
    struct sl_arena *a = &f->arena;

    struct sl_slice today = sl_wire_bytes(a, 6, SLICE("2017-05-01"));
    assert_ok(decode(f, request_of(f, 18, sl_wire_concat(a, today, sl_wire_uint(a, 4, 1)))));
    assert_int_equal(f->request.u.targets.today.v, DAY("2017-05-01").v);
    assert_int_equal(f->request.u.targets.role, SL_ROLE_STRETCH);
    assert_false(f->request.u.targets.has_scope);

    struct sl_slice one = sl_wire_bytes(a, 12, SLICE("ana"));
    assert_ok(decode(f, request_of(f, 19, sl_wire_concat(a, one, sl_wire_uint(a, 7, 4)))));
    assert_true(sl_text_equal(f->request.u.rank.one, SLICE("ana")));
    assert_int_equal(f->request.u.rank.type, 4);

    assert_ok(decode(f, request_of(f, 20, sl_wire_uint(a, 4, 1))));
    assert_true(f->request.u.statement.explain);

    struct sl_slice types = sl_wire_concat(a, sl_wire_bytes(a, 5, SLICE("contact")),
                                           sl_wire_bytes(a, 5, SLICE("note")));
    assert_ok(decode(f, request_of(f, 21, sl_wire_concat(a, types, sl_wire_uint(a, 9, 1)))));
    assert_int_equal(f->request.u.log.types_mask, 1u | 1u << 9);
    assert_true(f->request.u.log.is_reverse);
    assert_int_equal(f->request.u.log.day_from.v, SL_NO_DAY_V);

    assert_ok(decode(f, request_of(f, 22, sl_wire_uint(a, 1, 55))));
    assert_int_equal(f->request.u.subscribe.from, 55);
    assert_ok(decode(f, request_of(f, 23, sl_wire_uint(a, 1, 56))));
    assert_int_equal(f->request.u.cancel_tag, 56);
    assert_ok(decode(f, request_of(f, 24, SLICE(""))));
    assert_int_equal(f->request.kind, SL_REQUEST_STATUS);
}

static void bad_values_of_questions_are_named(void **state)
{
    struct fixture *f = *state;
    struct sl_arena *a = &f->arena;
    const struct {
        struct sl_slice content;
        const char *field;
        uint32_t request;
        enum sl_err err;
    } cases[] = {
        {sl_wire_uint(a, 4, 6), "measures.by", 17, SL_E_INVALID_FIELD},
        {sl_wire_bytes(a, 6, SLICE("2017-13-01")), "targets.today", 18, SL_E_BAD_DATE},
        {sl_wire_uint(a, 4, 4), "targets.role", 18, SL_E_INVALID_FIELD},
        {sl_wire_uint(a, 7, 5), "rank.type", 19, SL_E_INVALID_FIELD},
        {sl_wire_uint(a, 8, 2), "rank.ties", 19, SL_E_INVALID_FIELD},
        {sl_wire_bytes(a, 1, (struct sl_slice){(const uint8_t *)"a\0b", 3}), "statement.person", 20,
         SL_E_INVALID_FIELD},
        {sl_wire_bytes(a, 6, SLICE("x")), "log.date_from", 21, SL_E_BAD_DATE},
        {sl_wire_bytes(a, 5, SLICE("sale")), "log.types", 21, SL_E_INVALID_FIELD},
        {sl_wire_bytes(a, 2, SLICE("")), "subscribe.types", 22, SL_E_INVALID_FIELD},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        assert_err(cases[i].err, decode(f, request_of(f, cases[i].request, cases[i].content)));
        assert_string_equal(f->diag.field, cases[i].field);
    }
}

static void a_question_has_at_most_64_kib(void **state)
{
    struct fixture *f = *state;
    for (size_t size = SL_EVENT_BYTES_MAX; size <= SL_EVENT_BYTES_MAX + 1; size++) {
        struct sl_slice text = sl_wire_repeat(&f->arena, SLICE("x"), size - 4);
        struct sl_slice content = sl_wire_bytes(&f->arena, 2, text);
        assert_int_equal(content.len, size);
        assert_err(size > SL_EVENT_BYTES_MAX ? SL_E_TOO_BIG : SL_OK,
                   decode(f, request_of(f, 17, content)));
    }
}

static void a_full_arena_gives_no_memory(void **state)
{
    struct fixture *f = *state;
    struct sl_arena small;
    sl_arena_init(&small, 16);
    struct sl_slice two = sl_wire_repeat(&f->arena, sl_wire_bytes(&f->arena, 1, SLICE("x")), 2);
    assert_err(SL_E_NO_MEMORY,
               sl_request_decode(request_of(f, 16, two), &small, &f->request, &f->diag));
    assert_err(SL_E_NO_MEMORY,
               sl_request_decode(request_of(f, 24, SLICE("")), &small, &f->request, &f->diag));
    f->to.arena = &small;
    assert_err(SL_E_NO_MEMORY, sl_reply_status(&f->to, &(struct sl_status){.version = "1"}));
    assert_int_equal(f->out.len, 0);
    sl_arena_deinit(&small);
}

/* Decodes, and reads every byte that an append points to. */
static void decode_and_touch(struct sl_slice message, struct sl_arena *arena)
{
    struct sl_request request;
    struct sl_diag diag;
    if (sl_request_decode(message, arena, &request, &diag) != SL_OK ||
        request.kind != SL_REQUEST_APPEND) {
        return;
    }
    for (size_t i = 0; i < request.u.append.count; i++) {
        (void)sl_text_is_plain(request.u.append.events[i]); /* either answer is fine */
    }
}

static void mutated_requests_never_lead_outside_their_bytes(void **state)
{
    struct fixture *f = *state;
    struct sl_test_random random;
    sl_test_random_init(&random);
    struct sl_arena arena;
    sl_arena_init(&arena, 1ul << 20);
    const struct sl_slice seeds[] = {
        request_of(f, 16,
                   SLICE("\x0a\x03"
                         "abc\x0a\x02"
                         "de\x10\x01")),
        request_of(f, 17,
                   SLICE("\x0a\x01x\x12\x04"
                         "2017\x1a\x03\x0a\x01u\x20\x02")),
        request_of(f, 21,
                   SLICE("\x08\x01\x2a\x05"
                         "close\x32\x0a"
                         "2017-01-01\x48\x01")),
    };
    for (size_t round = 0; round < 60000; round++) {
        struct sl_slice seed = seeds[sl_test_random_below(&random, COUNT(seeds))];
        uint8_t *bytes = malloc(seed.len);
        assert_non_null(bytes);
        memcpy(bytes, seed.data, seed.len);
        for (uint64_t flips = sl_test_random_below(&random, 4); flips > 0; flips--) {
            bytes[sl_test_random_below(&random, seed.len)] = (uint8_t)sl_test_random(&random);
        }
        sl_arena_reset(&arena);
        decode_and_touch((struct sl_slice){bytes, seed.len}, &arena);
        free(bytes);
    }
    sl_arena_deinit(&arena);
}

static void an_error_reply_says_code_name_field_and_rule(void **state)
{
    struct fixture *f = *state;
    struct sl_diag diag = {.field = "rank.period", .message = "must be a period, is \"x\""};

    assert_ok(sl_reply_error(&f->to, SL_E_BAD_PERIOD, &diag));

    const Salesledger__V1__Error *error = read_back(f)->error;
    assert_int_equal(error->code, SL_E_BAD_PERIOD);
    assert_string_equal(error->name, "BAD_PERIOD");
    assert_string_equal(error->field, "rank.period");
    assert_string_equal(error->message, diag.message);
    assert_false(error->may_retry);
    assert_false(error->has_current_seq);
}

static void an_error_without_detail_says_what_the_code_means(void **state)
{
    struct fixture *f = *state;
    assert_ok(sl_reply_error(&f->to, SL_E_BUSY, NULL));
    const Salesledger__V1__Error *error = read_back(f)->error;
    assert_string_equal(error->message, sl_err_text(SL_E_BUSY));
    assert_null(error->field);
    assert_true(error->may_retry);
}

static void an_error_never_sends_what_is_not_utf8(void **state)
{
    struct fixture *f = *state;
    struct sl_diag diag = {.message = "is \xc3\xa4 \xff\x01."};
    assert_ok(sl_reply_error(&f->to, SL_E_NOT_FOUND, &diag));
    assert_string_equal(read_back(f)->error->message, "is \xc3\xa4 ??.");
}

static void receipts_tell_accepted_repeated_and_refused_apart(void **state)
{
    struct fixture *f = *state;
    const struct sl_receipt receipts[] = {
        {.has_id = true, .id = {{1}}, .seq = 300, .recorded = {1488358800000000}},
        {.has_id = true, .id = {{2}}, .seq = 12, .recorded = {-1}, .is_duplicate = true},
        {.err = SL_E_CONFLICT, .current_seq = 44, .diag = {.field = "expect.seq"}},
    };

    f->to.has_more = true;
    assert_ok(sl_reply_append(&f->to, receipts, COUNT(receipts)));

    const Salesledger__V1__AppendReply *append = read_back(f)->append;
    assert_int_equal(append->n_receipts, 3);
    assert_memory_equal(append->receipts[0]->id.data, receipts[0].id.bytes, 16);
    assert_int_equal(append->receipts[0]->seq, 300);
    assert_int_equal(append->receipts[0]->recorded_us, 1488358800000000);
    assert_false(append->receipts[0]->has_duplicate);
    assert_null(append->receipts[0]->error);
    assert_int_equal(append->receipts[1]->recorded_us, -1);
    assert_true(append->receipts[1]->duplicate);
    assert_false(append->receipts[2]->has_seq);
    assert_false(append->receipts[2]->has_id);
    assert_string_equal(append->receipts[2]->error->name, "CONFLICT");
    assert_string_equal(append->receipts[2]->error->field, "expect.seq");
    assert_int_equal(append->receipts[2]->error->current_seq, 44);
}

static void an_append_of_nothing_is_answered_by_no_receipts(void **state)
{
    struct fixture *f = *state;
    assert_ok(sl_reply_append(&f->to, NULL, 0));
    assert_non_null(read_back(f)->append);
    assert_int_equal(f->reply->append->n_receipts, 0);
}

static void the_largest_batch_of_refusals_fits_into_a_frame(void **state)
{
    struct fixture *f = *state;
    struct sl_receipt *receipts = calloc(SL_BATCH_EVENTS_MAX, sizeof *receipts);
    assert_non_null(receipts);
    for (size_t i = 0; i < SL_BATCH_EVENTS_MAX; i++) {
        receipts[i].has_id = true;
        receipts[i].err = SL_E_SHARES_DO_NOT_SUM;
        memset(receipts[i].diag.field, 'f', sizeof receipts[i].diag.field - 1);
        memset(receipts[i].diag.message, 'm', sizeof receipts[i].diag.message - 1);
    }
    assert_ok(sl_reply_append(&f->to, receipts, SL_BATCH_EVENTS_MAX));
    assert_int_equal(read_back(f)->append->n_receipts, SL_BATCH_EVENTS_MAX);
    free(receipts);
}

static void a_page_holds_the_stored_bytes_and_what_the_ledger_gave(void **state)
{
    struct fixture *f = *state;
    struct sl_slice stored = sl_wire_concat(&f->arena, sl_wire_bytes(&f->arena, 6, SLICE("crm")),
                                            sl_wire_bytes(&f->arena, 25, SLICE("")));
    const struct sl_page_event events[] = {
        {.seq = {5},
         .recorded = {77},
         .effective = DAY("2017-03-01"),
         .actor = SLICE("root"),
         .event = stored},
        {.seq = {6}, .recorded = {78}, .effective = DAY("2017-03-02"), .event = stored},
    };

    assert_ok(sl_reply_events(&f->to, events, COUNT(events), 7));

    const Salesledger__V1__EventPage *page = read_back(f)->events;
    assert_int_equal(page->n_events, 2);
    assert_int_equal(page->next, 7);
    assert_int_equal(page->events[0]->seq, 5);
    assert_int_equal(page->events[0]->recorded_us, 77);
    assert_string_equal(page->events[0]->effective_date, "2017-03-01");
    assert_string_equal(page->events[0]->actor, "root");
    assert_string_equal(page->events[0]->source, "crm");
    assert_non_null(page->events[0]->note);
    assert_string_equal(page->events[1]->actor, "");
}

static void a_page_up_to_its_maximum_fits_into_a_frame_and_a_larger_one_is_refused(void **state)
{
    struct fixture *f = *state;
    f->to.tag = UINT64_MAX;
    f->to.seq = UINT64_MAX;
    f->to.has_more = true;
    struct sl_page_event event = {.seq = {UINT64_MAX}, .recorded = {-1}};
    event.event = sl_wire_repeat(&f->arena, SLICE("x"), SL_PAGE_BYTES_MAX);
    event.event.len -= sl_page_event_bytes(&event) - SL_PAGE_BYTES_MAX;
    assert_int_equal(sl_page_event_bytes(&event), SL_PAGE_BYTES_MAX);

    assert_ok(sl_reply_events(&f->to, &event, 1, UINT64_MAX));
    sl_bytes_clear(&f->out);
    struct sl_page_event pair[] = {event, event};
    pair[1].event.len = 0;
    assert_err(SL_E_TOO_BIG, sl_reply_events(&f->to, pair, 2, UINT64_MAX));
    assert_int_equal(f->out.len, 0);
}

static void a_reply_that_the_buffer_cannot_take_leaves_it_as_it_was(void **state)
{
    struct fixture *f = *state;
    struct sl_bytes small;
    sl_bytes_init(&small, 40);
    f->to.out = &small;
    assert_ok(sl_reply_append(&f->to, NULL, 0));
    size_t before = small.len;
    const struct sl_receipt receipt = {.has_id = true, .seq = 1, .recorded = {1}};
    assert_err(SL_E_TOO_BIG, sl_reply_append(&f->to, &receipt, 1));
    assert_err(SL_E_TOO_BIG, sl_reply_error(&f->to, SL_E_BUSY, NULL));
    assert_int_equal(small.len, before);
    sl_bytes_deinit(&small);
}

static void measures_are_read_back(void **state)
{
    struct fixture *f = *state;
    struct sl_measures_row row = {.key = SLICE("ana"), .name = SLICE("Ana")};
    row.values[0] = (struct sl_value){-7, 1, SL_UNIT_MINOR};
    row.values[1] = (struct sl_value){1, 0, SL_UNIT_PPM};
    struct sl_measures_answer answer = {.rows = &row, .row_count = 1, .value_count = 2};

    assert_ok(sl_reply_measures(&f->to, "USD", &answer));
    const Salesledger__V1__MeasuresReply *body = read_back(f)->measures;
    assert_string_equal(body->currency, "USD");
    assert_string_equal(body->rows[0]->key, "ana");
    assert_string_equal(body->rows[0]->name, "Ana");
    assert_int_equal(body->rows[0]->n_values, 2);
    assert_int_equal(body->rows[0]->values[0]->numerator, -7);
    assert_int_equal(body->rows[0]->values[0]->unit, SALESLEDGER__V1__UNIT_OF_MEASURE__MINOR);
    assert_int_equal(body->rows[0]->values[1]->denominator, 0);
}

static void targets_are_read_back(void **state)
{
    struct fixture *f = *state;
    struct sl_target_origin origins[2] = {
        {.target_seq = 4, .period = SLICE("2025-01"), .amount = 31, .part = 6},
        {.target_seq = 5, .period = SLICE("2025-02"), .target = SLICE("feb"), .part = -1},
    };
    struct sl_target_row rows[3] = {
        {.scope = {.person = SLICE("ana")},
         .measure = SLICE("booked.amount"),
         .target = 80,
         .role = SL_ROLE_BUDGET,
         .has_gap = true,
         .gap = -3,
         .target_seq = 9},
        {.has_children = true, .gap_to_children = 5, .children_sum = 75},
        {.is_derived = true,
         .origins = {.items = origins, .count = 2},
         .has_effective = true,
         .effective = {7, 2, SL_UNIT_MINOR}},
    };
    struct sl_targets_answer answer = {.rows = rows, .row_count = 3};

    assert_ok(sl_reply_targets(&f->to, "JPY", &answer));

    const Salesledger__V1__TargetsReply *body = read_back(f)->targets;
    assert_string_equal(body->rows[0]->scope->person, "ana");
    assert_null(body->rows[0]->scope->unit);
    assert_int_equal(body->rows[0]->target, 80);
    assert_int_equal(body->rows[0]->gap, -3);
    assert_int_equal(body->rows[0]->target_seq, 9);
    assert_false(body->rows[0]->has_gap_to_children);
    assert_int_equal(body->rows[1]->gap_to_children, 5);
    assert_int_equal(body->rows[1]->children_sum, 75);
    assert_false(body->rows[0]->has_derived);
    assert_null(body->rows[0]->effective);
    assert_true(body->rows[2]->derived);
    assert_false(body->rows[2]->has_target_seq);
    assert_int_equal(body->rows[2]->n_origins, 2);
    assert_int_equal(body->rows[2]->origins[0]->amount, 31);
    assert_int_equal(body->rows[2]->origins[0]->part, 6);
    assert_null(body->rows[2]->origins[0]->target);
    assert_string_equal(body->rows[2]->origins[1]->period, "2025-02");
    assert_string_equal(body->rows[2]->origins[1]->target, "feb");
    assert_int_equal(body->rows[2]->effective->denominator, 2);
}

static void ranks_are_read_back(void **state)
{
    struct fixture *f = *state;
    struct sl_rank_row rows[2] = {
        {.rank_milli = 2500,
         .key = SLICE("ana"),
         .reached_day = DAY("2017-03-01"),
         .reached_seq = 8},
        {.rank_milli = 2500, .key = SLICE("bo"), .reached_day = SL_NO_DAY},
    };
    struct sl_rank_answer answer = {.count = 30, .rows = rows, .row_count = 2};

    assert_ok(sl_reply_rank(&f->to, "USD", &answer));

    const Salesledger__V1__RankReply *body = read_back(f)->rank;
    assert_int_equal(body->count, 30);
    assert_int_equal(body->rows[0]->rank_milli, 2500);
    assert_string_equal(body->rows[0]->reached_date, "2017-03-01");
    assert_int_equal(body->rows[0]->reached_seq, 8);
    assert_null(body->rows[1]->reached_date);
    assert_false(body->rows[1]->has_reached_seq);
}

static void a_statement_is_read_back(void **state)
{
    struct fixture *f = *state;
    struct sl_statement_deal deal = {
        .seq = 4, .day = DAY("2017-03-01"), .deal = SLICE("D1"), .earned_minor = 50, .base = 1000};
    struct sl_target_origin origin = {3, SLICE("2017"), SLICE(""), 1200, 100};
    struct sl_statement_factor factor = {.target_origins = {&origin, 1}};
    struct sl_statement_line line = {.plan = SLICE("base"),
                                     .component = SLICE("pay"),
                                     .stream = SL_STREAM_INVOICED,
                                     .earned_minor = 50,
                                     .limited_minor = -5,
                                     .gate_open = true,
                                     .factors = &factor,
                                     .factor_count = 1,
                                     .target_origins = {&origin, 1},
                                     .deals = &deal,
                                     .deal_count = 1};
    struct sl_statement_answer answer = {
        .person = SLICE("ana"), .lines = &line, .line_count = 1, .total_minor = 45};

    assert_ok(sl_reply_statement(&f->to, "USD", &answer));

    const Salesledger__V1__StatementReply *body = read_back(f)->statement;
    assert_int_equal(body->total_minor, 45);
    assert_int_equal(body->lines[0]->stream, SALESLEDGER__V1__PLAN_FILTER__STREAM__INVOICED);
    assert_int_equal(body->lines[0]->limited_minor, -5);
    assert_true(body->lines[0]->gate_open);
    assert_false(body->lines[0]->has_target);
    assert_string_equal(body->lines[0]->deals[0]->deal, "D1");
    assert_int_equal(body->lines[0]->deals[0]->base_value, 1000);
    assert_int_equal(body->lines[0]->target_origins[0]->part, 100);
    assert_string_equal(body->lines[0]->factors[0]->target_origins[0]->period, "2017");
}

static void a_status_is_read_back(void **state)
{
    struct fixture *f = *state;
    struct sl_status status = {.version = "0.1.0",
                               .ledger_id = {9},
                               .timezone = "Asia/Shanghai",
                               .currency = "CNY",
                               .head = 5,
                               .policy = 1,
                               .actor = SLICE("root"),
                               .uptime_us = 12};

    assert_ok(sl_reply_status(&f->to, &status));

    const Salesledger__V1__StatusReply *body = read_back(f)->status;
    assert_string_equal(body->timezone, "Asia/Shanghai");
    assert_int_equal(body->head, 5);
    assert_int_equal(body->ledger_id.len, 16);
    assert_int_equal(body->ledger_id.data[0], 9);
    assert_int_equal(body->tree_root.len, 32);
    assert_int_equal(body->policy, SALESLEDGER__V1__SETTINGS__POLICY__STRICT);
    assert_string_equal(body->actor, "root");
    assert_int_equal(body->uptime_us, 12);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(an_append_hands_on_the_bytes_of_each_event_as_they_came),
        TEST(an_append_of_nothing_is_an_append),
        TEST(a_batch_has_at_most_ten_thousand_events),
        TEST(a_request_holds_exactly_one_question),
        TEST(a_refused_request_still_gives_its_tag),
        TEST(bytes_that_are_no_request_are_malformed),
        TEST(unknown_fields_are_refused_in_every_request),
        TEST(a_question_for_measures_arrives),
        TEST(a_question_for_measures_names_at_most_sixteen),
        TEST(the_other_questions_arrive),
        TEST(bad_values_of_questions_are_named),
        TEST(a_question_has_at_most_64_kib),
        TEST(a_full_arena_gives_no_memory),
        TEST(mutated_requests_never_lead_outside_their_bytes),
        TEST(an_error_reply_says_code_name_field_and_rule),
        TEST(an_error_without_detail_says_what_the_code_means),
        TEST(an_error_never_sends_what_is_not_utf8),
        TEST(receipts_tell_accepted_repeated_and_refused_apart),
        TEST(an_append_of_nothing_is_answered_by_no_receipts),
        TEST(the_largest_batch_of_refusals_fits_into_a_frame),
        TEST(a_page_holds_the_stored_bytes_and_what_the_ledger_gave),
        TEST(a_page_up_to_its_maximum_fits_into_a_frame_and_a_larger_one_is_refused),
        TEST(a_reply_that_the_buffer_cannot_take_leaves_it_as_it_was),
        TEST(measures_are_read_back),
        TEST(targets_are_read_back),
        TEST(ranks_are_read_back),
        TEST(a_statement_is_read_back),
        TEST(a_status_is_read_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
