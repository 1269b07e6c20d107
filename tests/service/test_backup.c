/* Backups under way: the whole log up to one position, however slowly it is read and whatever is recorded meanwhile. */
#include <string.h>

#include "lib/backup.h"
#include "lib/test.h"
#include "service/internal.h"

static void record_many(struct sl_service *s, struct sl_caller *caller, size_t count)
{
    struct sl_slice *events = sl_arena_calloc(&s->arena, count, sizeof *events);
    for (size_t i = 0; i < count; i++) {
        events[i] = sl_visit(s);
    }
    sl_caller_append(caller, 99, events, count, false);
    sl_service_settle(s);
    assert_int_equal(sl_caller_expect(caller)->append->n_receipts, count);
}

static void checkpoint(struct sl_service *s)
{
    sl_store_checkpoint_soon(sl_core_store(s->core));
    sl_core_tick(s->core);
    sl_service_settle(s);
    sl_inline_run_all(&s->executor);
}

/* All that can be taken now; it must be the log up to `last`, whose root is the store's where the log ends there. */
static void take_whole(struct sl_service *s, struct sl_caller *caller, uint64_t tag, uint64_t last)
{
    struct sl_taken_backup taken;
    sl_taken_init(&taken);
    sl_take_backup(&taken, caller, tag);
    assert_true(taken.is_whole);
    assert_int_equal(taken.writer.head.last.v, last);
    uint64_t size;
    uint8_t root[SL_SHA256_BYTES];
    sl_store_root(sl_core_store(s->core), &size, root);
    if (size == last) {
        assert_memory_equal(taken.writer.head.root, root, sizeof root);
    }
    sl_taken_deinit(&taken);
    assert_int_equal(s->core->backups.count, 0);
}

static void of_an_empty_ledger_there_is_only_the_head(void **state)
{
    (void)state;
    struct sl_service s;
    sl_service_open(&s);
    struct sl_caller *ana = sl_caller_open(&s, "ana");

    sl_caller_backup(ana, 7);
    sl_service_settle(&s);

    assert_int_equal(sl_caller_pending(ana), 1);
    take_whole(&s, ana, 7, 0);
    sl_service_close(&s);
}

static void the_head_says_whose_log_it_is(void **state)
{
    (void)state;
    struct sl_service s;
    sl_service_open(&s);
    struct sl_caller *ana = sl_caller_open(&s, "ana");

    sl_caller_backup(ana, 7);
    sl_service_settle(&s);

    const Salesledger__V1__BackupHead *head = sl_caller_expect(ana)->backup->head;
    const struct sl_genesis *genesis = sl_core_genesis(s.core);
    assert_memory_equal(head->ledger_id.data, genesis->ledger_id, sizeof genesis->ledger_id);
    assert_string_equal(head->timezone, "UTC");
    assert_string_equal(head->currency, "USD");
    assert_int_equal(head->created_us, genesis->created.v);
    assert_true(head->has_policy);
    sl_service_close(&s);
}

static void every_record_comes_once_in_order_as_it_is_stored(void **state)
{
    (void)state;
    struct sl_service s;
    sl_service_open(&s);
    struct sl_caller *ana = sl_caller_open(&s, "ana");
    record_many(&s, ana, 3000);

    sl_caller_backup(ana, 7);
    sl_service_settle(&s);

    take_whole(&s, ana, 7, 3000);
    sl_service_close(&s);
}

static void it_is_the_same_log_on_both_sides_of_a_checkpoint(void **state)
{
    (void)state;
    struct sl_service s;
    sl_service_open(&s);
    struct sl_caller *ana = sl_caller_open(&s, "ana");
    record_many(&s, ana, 700);
    checkpoint(&s);
    record_many(&s, ana, 700);
    assert_in_range(sl_store_checkpointed(sl_core_store(s.core)).v, 700, 1399);

    sl_caller_backup(ana, 7);
    sl_service_settle(&s);

    take_whole(&s, ana, 7, 1400);
    sl_service_close(&s);
}

/* A service whose output is full after a page or two, so that a backup stands still until it is read. */
static void open_narrow(struct sl_service *s)
{
    sl_service_init(s);
    s->options.limits.output_bytes_high = 10000;
    sl_service_open_with(s);
}

static void what_is_recorded_meanwhile_is_not_in_it(void **state)
{
    (void)state;
    struct sl_service s;
    open_narrow(&s);
    struct sl_caller *ana = sl_caller_open(&s, "ana");
    struct sl_caller *bo = sl_caller_open(&s, "bo");
    record_many(&s, ana, 3000);
    bo->is_deaf = true;

    sl_caller_backup(bo, 7);
    sl_service_settle(&s);
    record_many(&s, ana, 500);
    checkpoint(&s); /* what was in the ring when it began lies in LMDB now */
    record_many(&s, ana, 500);
    assert_int_equal(s.core->backups.count, 1);
    sl_caller_listen(bo);
    sl_service_settle(&s);

    take_whole(&s, bo, 7, 3000);
    sl_service_close(&s);
}

static void a_slow_reader_costs_its_mark_and_holds_nothing_else(void **state)
{
    (void)state;
    struct sl_service s;
    open_narrow(&s);
    struct sl_caller *ana = sl_caller_open(&s, "ana");
    struct sl_caller *bo = sl_caller_open(&s, "bo");
    record_many(&s, ana, 5000);
    bo->is_deaf = true;

    sl_caller_backup(bo, 7);
    sl_service_settle(&s);

    assert_in_range(sl_client_session_output(bo->session).len, 10000, 10000 + 256 * 200);
    assert_false(sl_service_turn(&s)); /* nothing is tried over and over */
    checkpoint(&s);
    assert_int_equal(sl_store_checkpointed(sl_core_store(s.core)).v, 5000);
    sl_service_close(&s);
}

static void only_what_is_durable_is_in_it(void **state)
{
    (void)state;
    struct sl_service s;
    sl_service_open(&s);
    struct sl_caller *ana = sl_caller_open(&s, "ana");
    struct sl_caller *bo = sl_caller_open(&s, "bo");
    record_many(&s, ana, 5);
    struct sl_slice event = sl_visit(&s);
    sl_caller_append(ana, 1, &event, 1, false);
    (void)sl_service_turn(&s); /* in flight */
    sl_caller_append(ana, 2, &event, 1, false);

    sl_caller_backup(bo, 7);
    (void)sl_service_turn(&s);

    take_whole(&s, bo, 7, 5);
    sl_service_close(&s);
}

static void a_page_of_large_events_ends_early(void **state)
{
    (void)state;
    struct sl_service s;
    sl_service_open(&s);
    struct sl_caller *ana = sl_caller_open(&s, "ana");
    struct sl_slice event = sl_large_note(&s);
    for (size_t i = 0; i < 100; i++) {
        assert_null(sl_caller_record(ana, event)->error);
    }

    sl_caller_backup(ana, 7);
    sl_service_settle(&s);
    struct sl_taken_backup taken;
    sl_taken_init(&taken);
    sl_take_backup(&taken, ana, 7);

    assert_true(taken.is_whole);
    assert_in_range(taken.pages, 5, 7);
    assert_in_range(taken.bytes_max, SL_PAGE_BYTES_HIGH, SL_PAGE_BYTES_HIGH + 65536);
    sl_taken_deinit(&taken);
    sl_service_close(&s);
}

static void cancelled_it_says_so_and_is_silent(void **state)
{
    (void)state;
    struct sl_service s;
    open_narrow(&s);
    struct sl_caller *ana = sl_caller_open(&s, "ana");
    struct sl_caller *bo = sl_caller_open(&s, "bo");
    record_many(&s, ana, 3000);
    bo->is_deaf = true;
    sl_caller_backup(bo, 7);
    (void)sl_service_turn(&s);
    (void)sl_service_turn(&s);
    bo->is_deaf = false;

    sl_caller_cancel(bo, 8, 7);
    sl_client_session_taken(bo->session, 0);
    sl_caller_listen(bo);
    sl_service_settle(&s);

    const Salesledger__V1__Reply *last = NULL;
    const Salesledger__V1__Reply *reply = sl_caller_expect(bo);
    while (reply->tag == 7) {
        last = reply;
        reply = sl_caller_expect(bo);
    }
    SL_ASSERT(last != NULL);
    assert_int_equal(sl_error_of(last->error), SL_E_CANCELLED);
    assert_false(last->more);
    assert_int_equal(reply->tag, 8);
    assert_null(reply->error);
    assert_null(sl_caller_reply(bo));
    assert_int_equal(s.core->backups.count, 0);
    sl_caller_cancel(bo, 9, 7);
    sl_service_settle(&s);
    assert_int_equal(sl_error_of(sl_caller_expect(bo)->error), SL_E_NOT_FOUND);
    sl_service_close(&s);
}

static void as_many_backups_as_the_maximum_are_under_way_and_one_more_is_refused(void **state)
{
    (void)state;
    struct sl_service s;
    open_narrow(&s);
    struct sl_caller *ana = sl_caller_open(&s, "ana");
    struct sl_caller *slow[SL_BACKUPS_MAX];
    record_many(&s, ana, 3000);
    for (size_t i = 0; i < SL_BACKUPS_MAX; i++) {
        slow[i] = sl_caller_open(&s, "bo");
        slow[i]->is_deaf = true;
        sl_caller_backup(slow[i], 7);
    }
    sl_service_settle(&s);
    assert_int_equal(s.core->backups.count, SL_BACKUPS_MAX);

    sl_caller_backup(ana, 7);
    sl_service_settle(&s);

    const Salesledger__V1__Error *error = sl_caller_expect(ana)->error;
    assert_int_equal(sl_error_of(error), SL_E_TOO_MANY);
    assert_string_equal(error->field, "backup");
    assert_string_equal(error->message, "at most 4 at a time, all are under way");
    sl_caller_close(slow[2]); /* amid it: its place is free */
    sl_caller_backup(ana, 8);
    sl_service_settle(&s);
    struct sl_taken_backup taken;
    sl_taken_init(&taken);
    sl_take_backup(&taken, ana, 8);
    assert_true(taken.is_whole);
    sl_taken_deinit(&taken);
    assert_int_equal(s.core->backups.count, SL_BACKUPS_MAX - 1);
    sl_service_close(&s);
}

static void two_of_one_connection_go_on_side_by_side_under_their_tags(void **state)
{
    (void)state;
    struct sl_service s;
    open_narrow(&s);
    struct sl_caller *ana = sl_caller_open(&s, "ana");
    record_many(&s, ana, 1000);
    ana->is_deaf = true;

    sl_caller_backup(ana, 7);
    sl_caller_backup(ana, 7); /* the tag is in use */
    sl_caller_backup(ana, 8);
    (void)sl_service_turn(&s);
    sl_caller_listen(ana);
    sl_service_settle(&s);

    size_t whole = 0;
    size_t refused = 0;
    const Salesledger__V1__Reply *reply = sl_caller_reply(ana);
    while (reply != NULL) {
        assert_in_range(reply->tag, 7, 8);
        refused += sl_error_of(reply->error) == SL_E_INVALID_FIELD;
        whole += reply->error == NULL && !reply->more;
        reply = sl_caller_reply(ana);
    }
    assert_int_equal(refused, 1);
    assert_int_equal(whole, 2);
    sl_service_close(&s);
}

static void a_record_that_cannot_be_read_ends_it_and_is_named(void **state)
{
    (void)state;
    struct sl_service s;
    sl_service_open(&s);
    struct sl_caller *ana = sl_caller_open(&s, "ana");
    record_many(&s, ana, 300);
    (void)sl_caller_record(ana, BUILD_CONTACT(&s.build, .customer = "odd-one", .person = "ana"));
    record_many(&s, ana, 300);
    checkpoint(&s);
    sl_temp_dir_damage(s.dir, "data.mdb", "odd-one");

    sl_caller_backup(ana, 7);
    sl_service_settle(&s);

    const Salesledger__V1__Reply *last = sl_caller_expect(ana);
    while (last->more) {
        last = sl_caller_expect(ana);
    }
    assert_int_equal(sl_error_of(last->error), SL_E_CORRUPT);
    assert_string_equal(last->error->message, "at seq 257"); /* where its page begins */
    assert_null(sl_caller_reply(ana));
    assert_int_equal(s.core->backups.count, 0);
    sl_service_close(&s);
}

static void it_ends_with_the_connection(void **state)
{
    (void)state;
    struct sl_service s;
    open_narrow(&s);
    struct sl_caller *ana = sl_caller_open(&s, "ana");
    struct sl_caller *bo = sl_caller_open(&s, "bo");
    record_many(&s, ana, 3000);
    bo->is_deaf = true;
    sl_caller_backup(bo, 7);
    sl_service_settle(&s);
    assert_int_equal(s.core->backups.count, 1);

    sl_client_session_ended(bo->session);
    sl_service_settle(&s);

    assert_int_equal(s.core->backups.count, 0);
    sl_caller_backup(ana, 7);
    sl_service_settle(&s);
    take_whole(&s, ana, 7, 3000);
    sl_service_close(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(of_an_empty_ledger_there_is_only_the_head),
        cmocka_unit_test(the_head_says_whose_log_it_is),
        cmocka_unit_test(every_record_comes_once_in_order_as_it_is_stored),
        cmocka_unit_test(it_is_the_same_log_on_both_sides_of_a_checkpoint),
        cmocka_unit_test(what_is_recorded_meanwhile_is_not_in_it),
        cmocka_unit_test(a_slow_reader_costs_its_mark_and_holds_nothing_else),
        cmocka_unit_test(only_what_is_durable_is_in_it),
        cmocka_unit_test(a_page_of_large_events_ends_early),
        cmocka_unit_test(cancelled_it_says_so_and_is_silent),
        cmocka_unit_test(as_many_backups_as_the_maximum_are_under_way_and_one_more_is_refused),
        cmocka_unit_test(two_of_one_connection_go_on_side_by_side_under_their_tags),
        cmocka_unit_test(a_record_that_cannot_be_read_ends_it_and_is_named),
        cmocka_unit_test(it_ends_with_the_connection),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
