/* The items and how they become rows. */
#include "lib/backlog.h"

#include "lib/test.h"

const struct sl_table_spec sl_test_backlog_specs[SL_TEST_TABLES] = {
    [SL_TEST_PLAIN] = {.name = "plain", .row_size = 16, .version = 1},
    [SL_TEST_OTHER] = {.name = "other", .row_size = 8, .version = 1},
    [SL_TEST_SUMS] = {.name = "sums",
                      .row_size = sizeof(struct sl_test_sums_row),
                      .version = 1,
                      .is_backlog = true},
    [SL_TEST_LAST] =
        {.name = "last", .row_size = 8, .version = 1, .is_backlog = true, .packed_rows = 4},
};

struct sl_key sl_test_backlog_key(unsigned index)
{
    return (struct sl_key){index / 7, index % 7 * 1000000007ull};
}

static void
derive(const struct sl_test_items *items, size_t from, size_t to, struct sl_row_sink *sink)
{
    for (size_t i = from; i < to; i++) {
        const struct sl_test_item *item = &items->list[i];
        struct sl_test_sums_row *row =
            sl_sink_change(sink, SL_TEST_SUMS, sl_test_backlog_key(item->index));
        row->sum += item->value;
        row->count++;
        if (item->value != 0) {
            sl_sink_put(sink, SL_TEST_LAST, sl_test_backlog_key(item->index), &item->value);
        } else {
            sl_sink_remove(sink, SL_TEST_LAST, sl_test_backlog_key(item->index));
        }
    }
}

static void settle_to(struct sl_test_items *items, size_t to, struct sl_row_sink *sink)
{
    derive(items, items->read, to, sink);
    items->read = to;
}

static void settle(void *ctx, struct sl_row_sink *lasting, struct sl_row_sink *sink)
{
    struct sl_test_backlog *backlog = ctx;
    struct sl_test_items *active = &backlog->active;
    backlog->settles++;
    if (backlog->settle_err != SL_OK) {
        sl_sink_fail(sink, backlog->settle_err);
    }
    settle_to(&backlog->frozen, backlog->frozen.count, lasting);
    if (sl_state_has_savepoint(backlog->state) && active->read < backlog->mark) {
        settle_to(active, backlog->mark, lasting);
    }
    settle_to(active, active->count, sink);
}

static void freeze(void *ctx)
{
    struct sl_test_backlog *backlog = ctx;
    assert_int_equal(backlog->frozen.count, 0);
    backlog->frozen = backlog->active;
    backlog->active.count = 0;
    backlog->active.read = 0;
}

static bool forget(void *ctx)
{
    struct sl_test_backlog *backlog = ctx;
    backlog->frozen.count = 0;
    backlog->frozen.read = 0;
    return backlog->active.read > 0;
}

static void write_items(const void *ctx, struct sl_row_sink *sink)
{
    const struct sl_test_backlog *backlog = ctx;
    if (backlog->write_err != SL_OK) {
        sl_sink_fail(sink, backlog->write_err);
    }
    derive(&backlog->frozen, 0, backlog->frozen.count, sink);
}

static size_t bytes(const void *ctx, bool has_frozen)
{
    const struct sl_test_backlog *backlog = ctx;
    return (backlog->active.count + (has_frozen ? backlog->frozen.count : 0)) *
           sizeof(struct sl_test_item);
}

static uint64_t rows(const void *ctx, unsigned table, bool has_frozen)
{
    const struct sl_test_backlog *backlog = ctx;
    assert_true(table == SL_TEST_SUMS || table == SL_TEST_LAST);
    return backlog->active.count + (has_frozen ? backlog->frozen.count : 0);
}

void sl_test_backlog_init(struct sl_test_backlog *backlog, struct sl_state *state)
{
    *backlog = (struct sl_test_backlog){.state = state};
    backlog->base = (struct sl_backlog){.ctx = backlog,
                                        .settle = settle,
                                        .freeze = freeze,
                                        .forget = forget,
                                        .write = write_items,
                                        .bytes = bytes,
                                        .rows = rows};
    sl_state_set_backlog(state, &backlog->base);
}

void sl_test_backlog_end(struct sl_test_backlog *backlog)
{
    sl_state_settle(backlog->state);
    sl_state_set_backlog(backlog->state, NULL);
}

void sl_test_backlog_add(struct sl_test_backlog *backlog, unsigned index, uint64_t value)
{
    struct sl_test_items *active = &backlog->active;
    assert_true(active->count < SL_TEST_ITEMS_MAX);
    active->list[active->count++] = (struct sl_test_item){index, value};
}

void sl_test_backlog_savepoint(struct sl_test_backlog *backlog)
{
    backlog->mark = backlog->active.count;
}

/* What had come before the savepoint and was settled since stays so. */
void sl_test_backlog_rollback(struct sl_test_backlog *backlog)
{
    struct sl_test_items *active = &backlog->active;
    active->count = backlog->mark;
    active->read = active->read < active->count ? active->read : active->count;
}
