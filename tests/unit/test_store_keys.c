/* Keys and batches: a key is durable before the event that is sealed under it, and an erasure before anyone is told. */
#include "lib/test.h"

#include <errno.h>
#include <string.h>

#include "lib/store_fixture.h"

static struct sl_fixture fixture;
static const struct sl_slice acme = {(const uint8_t *)"ACME", 4};

static int set_up(void **state)
{
    (void)state;
    sl_fixture_init(&fixture);
    sl_fixture_open(&fixture);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    sl_fixture_deinit(&fixture);
    return 0;
}

static struct sl_seal_key a_key(void)
{
    struct sl_seal_key key;
    memset(&key, 0x5a, sizeof key);
    return key;
}

static void add_with_key(void)
{
    struct sl_seal_key key = a_key();
    assert_ok(sl_store_key_add(fixture.store, acme, &key));
    assert_ok(sl_fixture_add(&fixture));
}

static struct sl_key_found look(void)
{
    struct sl_key_found found;
    assert_ok(sl_store_key_find(fixture.store, acme, &found, NULL));
    return found;
}

static struct sl_erasure erasure_of_acme(void)
{
    struct sl_erasure erasure = {.customer = "ACME", .customer_len = 4, .when = AT(77)};
    return erasure;
}

static void break_call(enum sl_fault_call call, unsigned after)
{
    fixture.ops.call = call;
    fixture.ops.after = after;
    fixture.ops.code = EIO;
}

static void a_key_goes_to_the_disk_before_its_batch(void **state)
{
    (void)state;
    sl_fixture_batches(&fixture, 1, 5);
    add_with_key();
    break_call(SL_FAULT_WRITE, 1); /* the secret is written, the frame is not */
    sl_fixture_run(&fixture);
    assert_int_equal(fixture.stops, 1);
    break_call(SL_FAULT_NONE, 0);

    sl_fixture_close(&fixture);
    sl_fixture_open(&fixture);

    assert_int_equal(look().state, SL_KEY_LIVE); /* of no use, and harmless */
    assert_true(look().is_durable);
    sl_fixture_check(&fixture, 5);
}

static void a_batch_whose_keys_cannot_be_written_is_not(void **state)
{
    (void)state;
    static const enum sl_fault_call faults[] = {SL_FAULT_WRITE, SL_FAULT_FDATASYNC};
    for (unsigned i = 0; i < COUNT(faults); i++) {
        sl_fixture_batches(&fixture, 1, 5);
        add_with_key();
        break_call(faults[i], 0);
        sl_fixture_run(&fixture);
        assert_int_equal(fixture.stops, 1);
        assert_true(strstr(fixture.why.message, "keys") != NULL);
        assert_int_equal(fixture.durable, 5 * (i + 1));
        break_call(SL_FAULT_NONE, 0);
        fixture.stops = 0;

        sl_fixture_close(&fixture);
        sl_fixture_open(&fixture);

        assert_int_equal(look().state, SL_KEY_NONE);
        sl_fixture_check(&fixture, 5 * (i + 1));
    }
}

static void the_loop_does_not_write_a_batch_with_keys_itself(void **state)
{
    (void)state;
    add_with_key();
    sl_store_submit_own(fixture.store, 8);
    assert_int_equal(sl_store_durable(fixture.store).v, 0);
    sl_inline_run_all(&fixture.executor);
    assert_int_equal(sl_store_durable(fixture.store).v, 1);
    assert_ok(sl_fixture_add(&fixture));
    sl_store_submit_own(fixture.store, 8);
    assert_int_equal(sl_store_durable(fixture.store).v, 2);
}

static void what_is_taken_back_leaves_no_key(void **state)
{
    (void)state;
    sl_fixture_batches(&fixture, 1, 2);
    struct sl_seal_key key = a_key();
    assert_ok(sl_store_key_add(fixture.store, acme, &key));
    sl_store_key_forget(fixture.store);
    assert_int_equal(look().state, SL_KEY_NONE);

    struct sl_seal_key again = a_key();
    sl_seq head = sl_store_head(fixture.store);
    assert_ok(sl_store_key_add(fixture.store, acme, &again));
    struct sl_record record;
    struct sl_draft draft = {.type = 1, .event = acme};
    assert_ok(sl_store_add(fixture.store, AT(1), &draft, &record));
    sl_store_retract(fixture.store, head);
    assert_int_equal(look().state, SL_KEY_NONE);
}

static void an_erasure_waits_for_its_key_and_for_the_one_before(void **state)
{
    (void)state;
    struct sl_erasure erasure = erasure_of_acme();
    add_with_key();
    assert_err(SL_E_BUSY, sl_store_erase(fixture.store, &erasure));
    sl_fixture_run(&fixture);

    assert_ok(sl_store_erase(fixture.store, &erasure));
    assert_err(SL_E_BUSY, sl_store_erase(fixture.store, &erasure));
    assert_true(sl_store_is_erasing(fixture.store));
    assert_int_equal(sl_store_erasures(fixture.store), 0);
    assert_int_equal(look().state, SL_KEY_LIVE);
    sl_inline_run_all(&fixture.executor);

    assert_int_equal(sl_store_erasures(fixture.store), 1);
    assert_false(sl_store_is_erasing(fixture.store));
    assert_int_equal(look().state, SL_KEY_ERASED);
    assert_int_equal(look().erased.v, 77);
}

static void a_failed_erasure_stops_the_store(void **state)
{
    (void)state;
    struct sl_erasure erasure = erasure_of_acme();
    add_with_key();
    sl_fixture_run(&fixture);
    assert_ok(sl_store_erase(fixture.store, &erasure));
    break_call(SL_FAULT_FDATASYNC, 0);
    sl_inline_run_all(&fixture.executor);
    assert_int_equal(fixture.stops, 1);
    assert_err(SL_E_STOPPED, sl_store_erase(fixture.store, &erasure));
    struct sl_seal_key key = a_key();
    assert_err(SL_E_STOPPED, sl_store_key_add(fixture.store, acme, &key));
}

static void closing_waits_for_an_erasure(void **state)
{
    (void)state;
    struct sl_erasure erasure = erasure_of_acme();
    add_with_key();
    sl_fixture_run(&fixture);
    assert_ok(sl_store_erase(fixture.store, &erasure));
    sl_store_wait(fixture.store);
    assert_false(sl_store_is_erasing(fixture.store));
    assert_int_equal(look().state, SL_KEY_ERASED);
}

static void without_space_there_is_neither_a_key_nor_an_erasure(void **state)
{
    (void)state;
    struct sl_erasure erasure = erasure_of_acme();
    struct sl_seal_key key = a_key();
    add_with_key();
    sl_fixture_run(&fixture);
    fixture.ops.free_bytes = 0;
    sl_store_tick(fixture.store, AT(INT64_MAX / 2));
    assert_err(SL_E_NO_SPACE, sl_store_erase(fixture.store, &erasure));
    assert_err(SL_E_NO_SPACE, sl_store_key_add(fixture.store, SL_SLICE_LIT("Bolt"), &key));
    assert_int_equal(look().state, SL_KEY_LIVE);
    sl_inline_run_all(&fixture.executor);
}

static void fail_to_reserve(int code)
{
    fixture.ops.call = code != 0 ? SL_FAULT_RESERVE : SL_FAULT_NONE;
    fixture.ops.code = code;
}

/* Whatever statvfs said a moment ago. */
static void a_key_or_an_erasure_that_finds_no_room_is_refused_and_later_taken(void **state)
{
    (void)state;
    struct sl_erasure erasure = erasure_of_acme();
    struct sl_seal_key key = a_key();
    add_with_key();
    sl_fixture_run(&fixture);
    sl_fixture_close(&fixture);
    sl_fixture_open(&fixture);
    fail_to_reserve(ENOSPC);
    assert_err(SL_E_NO_SPACE, sl_store_erase(fixture.store, &erasure));
    assert_err(SL_E_NO_SPACE, sl_store_key_add(fixture.store, SL_SLICE_LIT("Bolt"), &key));
    assert_ok(sl_fixture_add(&fixture)); /* it needs no key */
    sl_inline_run_all(&fixture.executor);
    assert_int_equal(look().state, SL_KEY_LIVE);

    fail_to_reserve(0);
    assert_ok(sl_store_key_add(fixture.store, SL_SLICE_LIT("Bolt"), &key));
    assert_ok(sl_fixture_add(&fixture));
    sl_fixture_run(&fixture);
    fail_to_reserve(ENOSPC); /* what is there for the next ones is not asked for again */
    assert_ok(sl_store_erase(fixture.store, &erasure));
    sl_inline_run_all(&fixture.executor);
    assert_int_equal(look().state, SL_KEY_ERASED);
    assert_int_equal(fixture.stops, 0);
}

static void room_for_keys_that_cannot_be_asked_for_is_not_refused(void **state)
{
    (void)state;
    fail_to_reserve(ENOTSUP);
    add_with_key();
    sl_fixture_run(&fixture);
    assert_true(look().is_durable);
    assert_int_equal(fixture.stops, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define KEYS_TEST(test) cmocka_unit_test_setup_teardown((test), set_up, tear_down)
        KEYS_TEST(a_key_goes_to_the_disk_before_its_batch),
        KEYS_TEST(a_batch_whose_keys_cannot_be_written_is_not),
        KEYS_TEST(the_loop_does_not_write_a_batch_with_keys_itself),
        KEYS_TEST(what_is_taken_back_leaves_no_key),
        KEYS_TEST(an_erasure_waits_for_its_key_and_for_the_one_before),
        KEYS_TEST(a_failed_erasure_stops_the_store),
        KEYS_TEST(closing_waits_for_an_erasure),
        KEYS_TEST(without_space_there_is_neither_a_key_nor_an_erasure),
        KEYS_TEST(a_key_or_an_erasure_that_finds_no_room_is_refused_and_later_taken),
        KEYS_TEST(room_for_keys_that_cannot_be_asked_for_is_not_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
