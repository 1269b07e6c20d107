/* The fixture's log, its ledgers and the short ways to ask them. */
#include "lib/ledger_fixture.h"

#include <stdlib.h>
#include <string.h>

#include "codec/event_codec.h"
#include "domain/decide.h"
#include "lib/test.h"
#include "projections/pending.h"

#define ARENA_BYTES       ((size_t)512 * 1024 * 1024)
#define SUBMIT_EVENTS     64u
#define CHECKPOINT_EVENTS 512u

/* ── the log ── */

static int no_flush(const struct sl_file_ops *ops, int fd)
{
    (void)ops;
    (void)fd;
    return 0;
}

static enum sl_err replay(void *ctx, const struct sl_record *record)
{
    struct sl_test_log *log = ctx;
    struct sl_ledger *ledger;
    enum sl_err err = sl_ledger_open(log->store, sl_store_state(log->store), &ledger);
    if (err == SL_OK) {
        err = sl_ledger_replay(ledger, record);
        sl_ledger_close(ledger);
    }
    return err;
}

static void open_log(struct sl_test_log *log)
{
    struct sl_diag diag = {0};
    struct sl_store_options options = {
        .dir = log->dir,
        .executor = &log->executor.base,
        .segment_bytes = (uint64_t)256 * 1024,
        .file_ops = &log->ops.base,
        .clock = &log->clock.base,
    };
    options.specs = sl_ledger_specs(&options.spec_count);
    assert_ok(sl_store_open(&options, &log->store, &diag));
    if (sl_store_needs_rebuild(log->store)) {
        assert_ok(sl_store_rebuild(log->store, replay, NULL, log, &diag));
    }
    assert_ok(sl_store_recover(log->store, replay, log, &diag));
}

void sl_test_log_init(struct sl_test_log *log)
{
    struct sl_genesis genesis = {
        .ledger_id = {1, 2, 3}, .timezone = "UTC", .currency = "USD", .created = {1000}};
    struct sl_diag diag = {0};
    *log = (struct sl_test_log){0};
    sl_temp_dir_make(log->dir);
    sl_inline_init(&log->executor);
    sl_fake_clock_init(&log->clock, (sl_time){1000000});
    sl_faulty_ops_init(&log->ops);
    log->ops.base.fdatasync = no_flush; /* nothing here is about power cuts */
    log->ops.base.fsync = no_flush;
    assert_ok(sl_store_create(log->dir, &genesis, &diag));
    open_log(log);
}

void sl_test_log_deinit(struct sl_test_log *log)
{
    sl_store_close(log->store);
    sl_temp_dir_remove(log->dir);
}

void sl_test_log_reopen(struct sl_test_log *log)
{
    sl_store_close(log->store);
    open_log(log);
}

/* ── a ledger ── */

static void init_parts(struct sl_test_ledger *t, struct sl_test_log *log)
{
    *t = (struct sl_test_ledger){.log = log};
    sl_arena_init(&t->built, ARENA_BYTES);
    sl_arena_init(&t->decoded, SL_EVENT_MEMORY_MAX);
    sl_arena_init(&t->answers, ARENA_BYTES);
    sl_builder_init(&t->builder, &t->built);
}

void sl_test_ledger_init(struct sl_test_ledger *t, struct sl_test_log *log)
{
    size_t count;
    const struct sl_table_spec *specs = sl_ledger_specs(&count);
    init_parts(t, log);
    t->owns_state = true;
    assert_ok(sl_state_open_scratch(specs, count, &t->state));
    assert_ok(sl_ledger_open(log->store, t->state, &t->ledger));
}

void sl_test_ledger_init_stored(struct sl_test_ledger *t, struct sl_test_log *log)
{
    init_parts(t, log);
    t->state = sl_store_state(log->store);
    assert_ok(sl_ledger_open(log->store, t->state, &t->ledger));
}

void sl_test_ledger_deinit(struct sl_test_ledger *t)
{
    sl_ledger_close(t->ledger);
    if (t->owns_state) {
        sl_state_close(t->state);
    }
    sl_arena_deinit(&t->built);
    sl_arena_deinit(&t->decoded);
    sl_arena_deinit(&t->answers);
}

void sl_test_ledger_reopen(struct sl_test_ledger *t)
{
    sl_ledger_close(t->ledger);
    assert_ok(sl_ledger_open(t->log->store, t->state, &t->ledger));
}

void sl_test_ledger_forget_answers(struct sl_test_ledger *t)
{
    sl_arena_reset(&t->answers);
}

void sl_test_ledger_settle(struct sl_test_ledger *t)
{
    sl_pending_settle(t->ledger);
}

int sl_test_log_setup(void **state)
{
    struct sl_test_log *log = calloc(1, sizeof *log);
    assert_non_null(log);
    sl_test_log_init(log);
    *state = log;
    return 0;
}

int sl_test_log_teardown(void **state)
{
    sl_test_log_deinit(*state);
    free(*state);
    return 0;
}

int sl_test_ledger_setup(void **state)
{
    struct sl_test_ledger *t = calloc(1, sizeof *t);
    assert_non_null(t);
    sl_test_ledger_init(t, *state);
    *state = t;
    return 0;
}

int sl_test_ledger_teardown(void **state)
{
    sl_test_ledger_deinit(*state);
    free(*state);
    return 0;
}

/* ── events ── */

static sl_day day_of(const struct sl_event *event)
{
    return event->effective.v != SL_NO_DAY_V ? event->effective : DAY(SL_TEST_DEFAULT_DAY);
}

static void decode(struct sl_test_ledger *t, struct sl_slice bytes, struct sl_event *ret_event)
{
    sl_arena_reset(&t->decoded);
    t->diag = (struct sl_diag){0};
    enum sl_err err = sl_event_decode(bytes, SL_DECODE_COMMAND, &t->decoded, ret_event, &t->diag);
    assert_ok(err);
}

static enum sl_err judge(struct sl_test_ledger *t, const struct sl_event *event)
{
    struct sl_decide_view view;
    enum sl_err err = sl_event_check(event, &t->diag);
    if (err != SL_OK) {
        return err;
    }
    assert_ok(sl_ledger_view(t->ledger, event, day_of(event), &t->decoded, &view));
    return sl_decide(event, &view, SLICE("tester"), &t->diag);
}

/* Keeps the journal and the memory of the store small in long histories. */
static void make_room(struct sl_test_log *log)
{
    uint64_t head = sl_store_head(log->store).v;
    if (head % SUBMIT_EVENTS == 0) {
        sl_store_submit(log->store);
        sl_inline_run_all(&log->executor);
    }
    if (head % CHECKPOINT_EVENTS == 0) {
        sl_store_checkpoint_soon(log->store);
        sl_store_tick(log->store, sl_clock_now(&log->clock.base));
        sl_inline_run_all(&log->executor);
    }
}

uint64_t sl_test_add(struct sl_test_ledger *t, struct sl_slice bytes)
{
    struct sl_event event;
    struct sl_record record;
    make_room(t->log);
    decode(t, bytes, &event);
    enum sl_err verdict = judge(t, &event);
    if (verdict != SL_OK) {
        print_error("refused: %s: %s\n", t->diag.field, t->diag.message);
    }
    assert_ok(verdict);
    struct sl_draft draft = {
        .type = (uint8_t)event.body.type,
        .effective = day_of(&event),
        .id = event.id,
        .actor = SLICE("tester"),
        .event = bytes,
    };
    assert_ok(sl_store_add(t->log->store, (sl_time){1000000}, &draft, &record));
    assert_ok(sl_ledger_apply(t->ledger, &record, &event, &t->decoded));
    return record.seq.v;
}

enum sl_err sl_test_judge(struct sl_test_ledger *t, struct sl_slice bytes)
{
    struct sl_event event;
    decode(t, bytes, &event);
    return judge(t, &event);
}

struct sl_decide_view sl_test_view(struct sl_test_ledger *t, struct sl_slice bytes)
{
    struct sl_event event;
    struct sl_decide_view view;
    decode(t, bytes, &event);
    assert_ok(sl_ledger_view(t->ledger, &event, day_of(&event), &t->decoded, &view));
    return view;
}

void sl_test_take(struct sl_test_ledger *t, uint64_t seq)
{
    struct sl_page page;
    assert_ok(sl_store_get(t->log->store, (sl_seq){seq}, &page));
    assert_ok(sl_ledger_replay(t->ledger, &page.records[0]));
    sl_store_page_end(t->log->store, &page);
}

void sl_test_take_all(struct sl_test_ledger *t, uint64_t after, const uint64_t *left_out)
{
    uint64_t head = sl_store_head(t->log->store).v;
    for (uint64_t seq = after + 1; seq <= head; seq++) {
        bool is_left_out = false;
        for (size_t i = 0; left_out[i] != 0; i++) {
            is_left_out = is_left_out || left_out[i] == seq;
        }
        if (!is_left_out) {
            sl_test_take(t, seq);
        }
    }
}

uint64_t sl_test_add_void(struct sl_test_ledger *t, uint64_t ref_seq)
{
    return sl_test_add(t, sl_build_void(&t->builder, ref_seq));
}

uint64_t sl_test_add_replace(struct sl_test_ledger *t, uint64_t ref_seq, struct sl_slice bytes)
{
    return sl_test_add(t, sl_build_replace(&t->builder, ref_seq, bytes));
}

/* ── numbers and questions ── */

static struct sl_slice slice_of(const char *text)
{
    return text != NULL ? SLICE(text) : (struct sl_slice){NULL, 0};
}

bool sl_test_is(struct sl_slice slice, const char *text)
{
    bool is_equal =
        slice.len == strlen(text) && (slice.len == 0 || memcmp(slice.data, text, slice.len) == 0);
    if (!is_equal) {
        print_error("\"%.*s\" is not \"%s\"\n", (int)slice.len, (const char *)slice.data, text);
    }
    return is_equal;
}

uint32_t sl_test_number(struct sl_test_ledger *t, unsigned kind, const char *id)
{
    return sl_names_find(&t->ledger->names, kind, SLICE(id));
}

struct sl_scope_ref sl_test_scope_ref(struct sl_test_scope scope)
{
    return (struct sl_scope_ref){
        .person = slice_of(scope.person),
        .unit = slice_of(scope.unit),
        .product_line = slice_of(scope.line),
        .product = slice_of(scope.product),
        .customer = slice_of(scope.customer),
        .region = slice_of(scope.region),
    };
}

struct sl_measures_answer sl_test_rows(struct sl_test_ledger *t,
                                       const char *measure,
                                       const char *period,
                                       struct sl_test_scope scope,
                                       enum sl_dimension by)
{
    struct sl_measures_answer answer = {0};
    struct sl_measures_query query = {
        .measures = {SLICE(measure)},
        .measure_count = 1,
        .period = SLICE(period),
        .scope = sl_test_scope_ref(scope),
        .by = by,
    };
    assert_ok(sl_ledger_measures(t->ledger, &query, &t->answers, &answer, &t->diag));
    return answer;
}

struct sl_value sl_test_value(struct sl_test_ledger *t,
                              const char *measure,
                              const char *period,
                              struct sl_test_scope scope)
{
    struct sl_measures_answer answer = sl_test_rows(t, measure, period, scope, SL_BY_NONE);
    assert_int_equal(answer.row_count, 1);
    return answer.rows[0].values[0];
}

int64_t sl_test_sum(struct sl_test_ledger *t,
                    const char *measure,
                    const char *period,
                    struct sl_test_scope scope)
{
    struct sl_value value = sl_test_value(t, measure, period, scope);
    assert_int_equal(value.denominator, 1);
    return value.numerator;
}

int64_t sl_test_sum_of_key(const struct sl_measures_answer *answer, const char *key)
{
    for (size_t i = 0; i < answer->row_count; i++) {
        struct sl_slice found = answer->rows[i].key;
        if (found.len == strlen(key) && memcmp(found.data, key, found.len) == 0) {
            assert_int_equal(answer->rows[i].values[0].denominator, 1);
            return answer->rows[i].values[0].numerator;
        }
    }
    fail_msg("there is no row of %s", key);
    return 0;
}

struct sl_rank_query sl_test_rank_query(const struct sl_test_rank *rank)
{
    return (struct sl_rank_query){
        .dimension = rank->dimension,
        .measure = SLICE(rank->measure != NULL ? rank->measure : "booked.amount"),
        .period = SLICE(rank->period != NULL ? rank->period : "2025"),
        .scope = sl_test_scope_ref(rank->scope),
        .by = rank->by,
        .type = (uint32_t)rank->type,
        .ties = rank->ties,
        .one = slice_of(rank->one),
        .around = slice_of(rank->around),
        .around_count = rank->around_count,
        .top = rank->top,
        .offset = rank->offset,
    };
}

struct sl_rank_answer sl_test_rank(struct sl_test_ledger *t, const struct sl_test_rank *rank)
{
    struct sl_rank_answer answer = {0};
    struct sl_rank_query query = sl_test_rank_query(rank);
    assert_ok(sl_ledger_rank(t->ledger, &query, &t->answers, &answer, &t->diag));
    return answer;
}

struct sl_targets_answer sl_test_targets(struct sl_test_ledger *t,
                                         const char *period,
                                         struct sl_test_scope scope,
                                         const char *today)
{
    struct sl_targets_answer answer = {0};
    struct sl_scope_ref ref = sl_test_scope_ref(scope);
    struct sl_targets_query query = {
        .period = SLICE(period),
        .has_scope = ref.person.len + ref.unit.len + ref.product_line.len + ref.product.len +
                         ref.customer.len + ref.region.len >
                     0,
        .scope = ref,
        .measure = SLICE("booked.amount"),
        .role = SL_ROLE_QUOTA,
        .today = DAY(today),
    };
    assert_ok(sl_ledger_targets(t->ledger, &query, &t->answers, &answer, &t->diag));
    return answer;
}

struct sl_target_row sl_test_target(struct sl_test_ledger *t,
                                    const char *period,
                                    struct sl_test_scope scope,
                                    const char *today)
{
    struct sl_targets_answer answer = sl_test_targets(t, period, scope, today);
    assert_int_equal(answer.row_count, 1);
    return answer.rows[0];
}

struct sl_statement_answer
sl_test_statement(struct sl_test_ledger *t, const char *person, const char *period)
{
    struct sl_statement_answer answer = {0};
    struct sl_statement_query query = {
        .person = SLICE(person), .period = SLICE(period), .explain = true};
    assert_ok(sl_ledger_statement(t->ledger, &query, &t->answers, &answer, &t->diag));
    return answer;
}
