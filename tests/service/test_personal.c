/* Personal fields of customers: sealed on their way in, readable until they are erased, and never again. */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "lib/service.h"
#include "lib/test.h"
#include "lib/wire_bytes.h"
#include "service/access.h"

#define NAME  "Ada Lovelace"
#define PHONE "+44 20 7946 0000"

static struct sl_slice ada_as(struct sl_service *s, uint64_t id, const char *name)
{
    return BUILD_DEFINE(&s->build, .kind = SL_DEFINE_CUSTOMER, .id_text = "ACME", .name = name,
                        .region = "EU", .phone = PHONE, .date = "2017-02-03", .id = id);
}

static struct sl_slice ada(struct sl_service *s, uint64_t id)
{
    return ada_as(s, id, NAME);
}

static void send_erase(struct sl_caller *caller, uint64_t tag, const char *customer)
{
    Salesledger__V1__EraseRequest erase = SALESLEDGER__V1__ERASE_REQUEST__INIT;
    Salesledger__V1__Request request = SALESLEDGER__V1__REQUEST__INIT;
    char text[100];
    (void)snprintf(text, sizeof text, "%s", customer);
    erase.customer = text;
    request.has_tag = 1;
    request.tag = tag;
    request.erase = &erase;
    sl_caller_request(caller, &request);
}

static const Salesledger__V1__Reply *erase(struct sl_caller *caller, const char *customer)
{
    send_erase(caller, 5, customer);
    sl_service_settle(caller->service);
    return sl_caller_expect(caller);
}

static void erase_acme(struct sl_caller *caller)
{
    const Salesledger__V1__Reply *reply = erase(caller, "ACME");
    assert_non_null(reply->erase);
    assert_string_equal(reply->erase->customer, "ACME");
    assert_int_equal(reply->erase->was_already, 0);
    assert_int_equal(reply->erase->erased_us, caller->service->clock.at.v);
    assert_int_equal(reply->erase->has_had_no_data, 0);
}

static const Salesledger__V1__Reply *ask_log(struct sl_caller *caller, uint64_t from)
{
    Salesledger__V1__LogRequest log = SALESLEDGER__V1__LOG_REQUEST__INIT;
    Salesledger__V1__Request request = SALESLEDGER__V1__REQUEST__INIT;
    log.has_from = 1;
    log.from = from;
    request.log = &log;
    sl_caller_request(caller, &request);
    sl_service_settle(caller->service);
    return sl_caller_expect(caller);
}

static const Salesledger__V1__Customer *customer_at(struct sl_caller *caller, uint64_t seq)
{
    const Salesledger__V1__Reply *reply = ask_log(caller, seq);
    assert_non_null(reply->events);
    assert_true(reply->events->n_events > 0);
    const Salesledger__V1__Event *event = reply->events->events[0];
    assert_int_equal(event->seq, seq);
    const Salesledger__V1__Define *define =
        event->define != NULL ? event->define : event->correct->replacement->define;
    assert_non_null(define->customer);
    return define->customer;
}

static void expect_readable(struct sl_caller *caller, uint64_t seq, const char *name)
{
    const Salesledger__V1__Customer *customer = customer_at(caller, seq);
    assert_string_equal(customer->name, name);
    assert_int_equal(customer->n_personal, 1);
    assert_string_equal(customer->personal[0]->name, "phone");
    assert_string_equal(customer->personal[0]->value, PHONE);
    assert_string_equal(customer->region, "EU");
    assert_int_equal(customer->has_erased, 0);
}

static void expect_erased(struct sl_caller *caller, uint64_t seq)
{
    const Salesledger__V1__Customer *customer = customer_at(caller, seq);
    assert_string_equal(customer->customer, "ACME");
    assert_string_equal(customer->name, "erased");
    assert_int_equal(customer->n_personal, 0);
    assert_int_equal(customer->erased, 1);
    assert_string_equal(customer->region, "EU");
}

static void expect_no_plain_text(const struct sl_service *s)
{
    assert_int_equal(sl_temp_dir_holds(s->dir, SL_SLICE_LIT("Lovelace")), 0);
    assert_int_equal(sl_temp_dir_holds(s->dir, SL_SLICE_LIT("7946")), 0);
}

static void let_a_checkpoint_come(struct sl_service *s)
{
    sl_store_checkpoint_soon(sl_core_store(s->core));
    sl_core_tick(s->core);
    sl_service_settle(s);
}

static void what_is_personal_is_readable_and_nowhere_on_the_disk(void **state)
{
    (void)state;
    struct sl_service s;
    sl_service_open(&s);
    struct sl_caller *ana = sl_caller_open(&s, "ana");
    assert_int_equal(sl_caller_record(ana, ada(&s, 7))->seq, 1);
    expect_readable(ana, 1, NAME);
    expect_no_plain_text(&s);
    let_a_checkpoint_come(&s);
    expect_no_plain_text(&s);
    assert_true(sl_temp_dir_holds(s.dir, SL_SLICE_LIT("ACME")) > 0); /* it would be seen */

    sl_service_crash(&s);
    ana = sl_caller_open(&s, "ana");
    expect_readable(ana, 1, NAME);
    expect_no_plain_text(&s);
    sl_service_close(&s);
}

static void erased_is_erased_for_good(void **state)
{
    (void)state;
    struct sl_service s;
    sl_service_open(&s);
    struct sl_caller *ana = sl_caller_open(&s, "ana");
    (void)sl_caller_record(ana, ada(&s, 7));
    struct sl_slice replacement = sl_build_replace(&s.build, 1, ada_as(&s, 8, "A. Byron"));
    (void)sl_caller_record(ana, replacement);
    expect_readable(ana, 2, "A. Byron");
    const Salesledger__V1__StatusReply *before = sl_caller_ask_status(ana);

    erase_acme(ana);

    expect_erased(ana, 1);
    expect_erased(ana, 2);
    const Salesledger__V1__StatusReply *after = sl_caller_ask_status(ana);
    assert_int_equal(after->head, 2);
    assert_memory_equal(after->tree_root.data, before->tree_root.data, 32);
    sl_service_crash(&s);
    ana = sl_caller_open(&s, "ana");
    expect_erased(ana, 1);
    expect_erased(ana, 2);
    sl_service_close(&s);
}

static void a_subscriber_reads_what_the_log_reads(void **state)
{
    (void)state;
    struct sl_service s;
    sl_service_open(&s);
    struct sl_caller *ana = sl_caller_open(&s, "ana");
    struct sl_caller *bo = sl_caller_open(&s, "bo");
    (void)sl_caller_record(ana, ada(&s, 7));
    sl_caller_subscribe(bo, 1, 1);
    sl_service_settle(&s);
    assert_int_equal(sl_caller_expect(bo)->events->n_events, 0); /* it stands */
    const Salesledger__V1__Reply *page = sl_caller_expect(bo);
    assert_string_equal(page->events->events[0]->define->customer->name, NAME);
    erase_acme(ana);
    struct sl_caller *cy = sl_caller_open(&s, "cy");
    sl_caller_subscribe(cy, 1, 1);
    sl_service_settle(&s);
    (void)sl_caller_expect(cy);
    page = sl_caller_expect(cy);
    assert_int_equal(page->events->events[0]->define->customer->erased, 1);
    sl_service_close(&s);
}

static void a_repetition_gets_the_first_receipt_before_and_after(void **state)
{
    (void)state;
    struct sl_service s;
    sl_service_open(&s);
    struct sl_caller *ana = sl_caller_open(&s, "ana");
    (void)sl_caller_record(ana, ada(&s, 7));

    assert_int_equal(sl_caller_record(ana, ada(&s, 7))->duplicate, 1);
    const Salesledger__V1__Receipt *other = sl_caller_record(ana, ada_as(&s, 7, "A. Byron"));
    assert_int_equal(sl_error_of(other->error), SL_E_ID_REUSED);

    erase_acme(ana);
    assert_int_equal(sl_caller_record(ana, ada(&s, 7))->duplicate, 1);
    assert_int_equal(sl_caller_record(ana, ada_as(&s, 7, "A. Byron"))->duplicate, 1);
    struct sl_slice elsewhere =
        BUILD_DEFINE(&s.build, .kind = SL_DEFINE_CUSTOMER, .id_text = "ACME", .name = NAME,
                     .region = "US", .phone = PHONE, .date = "2017-02-03", .id = 7);
    other = sl_caller_record(ana, elsewhere);
    assert_int_equal(sl_error_of(other->error), SL_E_ID_REUSED);
    assert_int_equal(sl_core_head(s.core).v, 1);
    expect_erased(ana, 1); /* no repetition has brought anything back */
    sl_service_close(&s);
}

static void twice_in_one_batch_is_one_event(void **state)
{
    (void)state;
    struct sl_service s;
    sl_service_open(&s);
    struct sl_caller *ana = sl_caller_open(&s, "ana");
    struct sl_slice events[] = {ada(&s, 7), ada(&s, 7), ada_as(&s, 7, "A. Byron"), ada(&s, 8)};
    sl_caller_append(ana, 1, events, COUNT(events), false);
    sl_service_settle(&s);
    const Salesledger__V1__Reply *reply = sl_caller_expect(ana);
    assert_int_equal(sl_receipt_of(reply, 1)->duplicate, 1);
    assert_int_equal(sl_error_of(sl_receipt_of(reply, 2)->error), SL_E_ID_REUSED);
    assert_int_equal(sl_receipt_of(reply, 3)->seq, 2);
    expect_readable(ana, 1, NAME);
    expect_readable(ana, 2, NAME);
    sl_service_close(&s);
}

static void a_customer_needs_an_id_before_anything_is_sealed(void **state)
{
    (void)state;
    struct sl_service s;
    char long_id[SL_ID_TEXT_BYTES_MAX + 2];
    memset(long_id, 'x', sizeof long_id);
    long_id[sizeof long_id - 1] = '\0';
    const char *const ids[] = {NULL, "", long_id};
    sl_service_open(&s);
    struct sl_caller *ana = sl_caller_open(&s, "ana");
    (void)sl_caller_record(ana, ada(&s, 7));
    for (size_t i = 0; i < COUNT(ids); i++) {
        struct sl_slice define =
            BUILD_DEFINE(&s.build, .kind = SL_DEFINE_CUSTOMER, .id_text = ids[i], .name = NAME);
        assert_non_null(sl_caller_record(ana, define)->error);
        assert_non_null(sl_caller_record(ana, sl_build_replace(&s.build, 1, define))->error);
    }
    assert_int_equal(sl_core_head(s.core).v, 1);
    sl_service_close(&s);
}

static void who_comes_back_is_readable_from_then_on(void **state)
{
    (void)state;
    struct sl_service s;
    sl_service_open(&s);
    struct sl_caller *ana = sl_caller_open(&s, "ana");
    (void)sl_caller_record(ana, ada(&s, 7));
    erase_acme(ana);
    (void)sl_caller_record(ana, ada_as(&s, 8, "Ada again"));
    expect_erased(ana, 1);
    expect_readable(ana, 2, "Ada again");
    sl_service_restart(&s);
    ana = sl_caller_open(&s, "ana");
    expect_erased(ana, 1);
    expect_readable(ana, 2, "Ada again");
    erase_acme(ana);
    expect_erased(ana, 2);
    sl_service_close(&s);
}

static void an_erasure_says_what_it_found(void **state)
{
    (void)state;
    struct sl_service s;
    sl_service_open(&s);
    struct sl_caller *ana = sl_caller_open(&s, "ana");
    (void)sl_caller_record(ana, ada(&s, 7));
    (void)sl_caller_record(ana, BUILD_CONTACT(&s.build, .customer = "Bolt", .person = "ana"));

    assert_int_equal(sl_error_of(erase(ana, "nobody")->error), SL_E_NOT_FOUND);
    const Salesledger__V1__Reply *reply = erase(ana, "Bolt");
    assert_int_equal(reply->erase->had_no_data, 1);
    assert_int_equal(reply->erase->has_erased_us, 0);
    assert_int_equal(reply->erase->has_was_already, 0);
    erase_acme(ana);
    int64_t when = s.clock.at.v;
    s.clock.at.v += 1000000;
    reply = erase(ana, "ACME");
    assert_int_equal(reply->erase->was_already, 1);
    assert_int_equal(reply->erase->erased_us, when);
    assert_int_equal(sl_error_of(erase(ana, "")->error), SL_E_MISSING_FIELD);
    char long_id[SL_ID_TEXT_BYTES_MAX + 2];
    memset(long_id, 'x', sizeof long_id);
    long_id[sizeof long_id - 1] = '\0';
    assert_int_equal(sl_error_of(erase(ana, long_id)->error), SL_E_TOO_BIG);
    long_id[SL_ID_TEXT_BYTES_MAX] = '\0';
    assert_int_equal(sl_error_of(erase(ana, long_id)->error), SL_E_NOT_FOUND);
    sl_service_close(&s);
}

static void an_erasure_waits_for_the_batch_that_brings_the_key(void **state)
{
    (void)state;
    struct sl_service s;
    sl_service_open(&s);
    struct sl_caller *ana = sl_caller_open(&s, "ana");
    struct sl_caller *bo = sl_caller_open(&s, "bo");
    struct sl_slice event = ada(&s, 7);
    sl_caller_append(ana, 1, &event, 1, false);
    send_erase(bo, 1, "ACME");
    send_erase(ana, 2, "ACME");
    (void)sl_service_turn(&s);
    assert_null(sl_caller_reply(bo));

    sl_service_settle(&s);

    assert_int_equal(sl_receipt_of(sl_caller_expect(ana), 0)->seq, 1);
    const Salesledger__V1__Reply *first = sl_caller_expect(bo);
    const Salesledger__V1__Reply *second = sl_caller_expect(ana);
    assert_int_equal(first->erase->was_already + second->erase->was_already, 1); /* one did it */
    expect_erased(ana, 1);
    sl_service_close(&s);
}

static void nobody_is_told_before_the_key_is_destroyed(void **state)
{
    (void)state;
    struct sl_service s;
    sl_service_open(&s);
    struct sl_caller *ana = sl_caller_open(&s, "ana");
    (void)sl_caller_record(ana, ada(&s, 7));
    send_erase(ana, 1, "ACME");
    for (unsigned i = 0; i < 5; i++) {
        (void)sl_service_turn(&s);
        assert_null(sl_caller_reply(ana));
    }
    assert_true(sl_store_is_erasing(sl_core_store(s.core)));
    (void)sl_inline_run_one(&s.executor, SL_LANE_JOURNAL);
    sl_service_settle(&s);
    assert_int_equal(sl_caller_expect(ana)->erase->was_already, 0);
    sl_service_close(&s);
}

static void what_comes_while_a_key_is_destroyed_is_erased_too_or_has_its_own(void **state)
{
    (void)state;
    struct sl_service s;
    sl_service_open(&s);
    struct sl_caller *ana = sl_caller_open(&s, "ana");
    struct sl_caller *bo = sl_caller_open(&s, "bo");
    (void)sl_caller_record(ana, ada(&s, 7));
    send_erase(ana, 1, "ACME");
    struct sl_slice during = ada_as(&s, 8, "during");
    sl_caller_append(bo, 1, &during, 1, false);
    sl_service_settle(&s);
    struct sl_slice after = ada_as(&s, 9, "after");
    sl_caller_append(bo, 2, &after, 1, false);
    sl_service_settle(&s);
    assert_int_equal(sl_caller_expect(ana)->erase->was_already, 0);
    assert_int_equal(sl_receipt_of(sl_caller_expect(bo), 0)->seq, 2);
    assert_int_equal(sl_receipt_of(sl_caller_expect(bo), 0)->seq, 3);
    expect_erased(ana, 1);
    expect_erased(ana, 2);
    expect_readable(ana, 3, "after");
    sl_service_close(&s);
}

static void who_leaves_before_the_answer_has_it_done_all_the_same(void **state)
{
    (void)state;
    struct sl_service s;
    sl_service_open(&s);
    struct sl_caller *ana = sl_caller_open(&s, "ana");
    (void)sl_caller_record(ana, ada(&s, 7));
    send_erase(ana, 5, "ACME");
    sl_caller_close(ana);
    sl_service_settle(&s);
    ana =
        sl_caller_open(&s, "ana"); /* who may lie where the first one lay, and uses the same tag */
    assert_int_equal(erase(ana, "ACME")->erase->was_already, 1);
    sl_service_close(&s);
}

/* It waits, with what cannot be undone: it is not refused any more, whatever else its user has. */
static void an_erasure_that_has_begun_is_answered_above_what_a_user_may_keep(void **state)
{
    enum { KEPT = 32 * 1024, QUESTIONS = 400 };
    (void)state;
    struct sl_service s;
    sl_service_init(&s);
    s.options.limits.kept_per_user_max = KEPT;
    sl_service_open_with(&s);
    struct sl_caller *ana = sl_caller_open(&s, "ana");
    struct sl_caller *deaf = sl_caller_open(&s, "ana");
    deaf->is_deaf = true;
    (void)sl_caller_record(ana, ada(&s, 7));
    (void)sl_caller_record(ana,
                           BUILD_DEFINE(&s.build, .kind = SL_DEFINE_CUSTOMER, .id_text = "Bolt",
                                        .name = NAME, .region = "EU", .date = "2017-02-03"));
    send_erase(ana, 5, "ACME");
    (void)sl_service_turn(&s);
    assert_true(sl_store_is_erasing(sl_core_store(s.core)));
    for (uint64_t i = 0; i < QUESTIONS; i++) {
        sl_caller_status(deaf, i + 1);
        (void)sl_service_turn(&s);
    }
    sl_caller_status(deaf, QUESTIONS);
    sl_service_settle(&s);
    const Salesledger__V1__Reply *reply = sl_caller_expect(ana);
    assert_null(reply->error);
    assert_int_equal(reply->erase->was_already, 0);
    assert_int_equal(sl_error_of(erase(ana, "Bolt")->error), SL_E_BUSY);

    sl_caller_listen(deaf);
    sl_service_settle(&s);
    reply = erase(ana, "Bolt"); /* with the tag of the first */
    assert_int_equal(reply->erase->was_already, 0);
    struct sl_key_found found;
    assert_ok(sl_store_key_find(sl_core_store(s.core), SL_SLICE_LIT("Bolt"), &found, NULL));
    assert_int_equal(found.state, SL_KEY_ERASED);
    sl_service_close(&s);
}

/* Another erasure begins and ends before the first one's answer can be made. */
static void each_is_told_of_his_own_erasure(void **state)
{
    enum { VISITS = 400 };
    (void)state;
    struct sl_service s;
    sl_service_init(&s);
    s.options.limits.output_bytes_high = 4096;
    sl_service_open_with(&s);
    struct sl_caller *ana = sl_caller_open(&s, "ana");
    struct sl_caller *bo = sl_caller_open(&s, "bo");
    (void)sl_caller_record(bo, ada(&s, 7));
    (void)sl_caller_record(bo, BUILD_DEFINE(&s.build, .kind = SL_DEFINE_CUSTOMER, .id_text = "Bolt",
                                            .name = NAME, .region = "EU", .date = "2017-02-03"));
    for (unsigned i = 0; i < VISITS; i++) {
        (void)sl_caller_record(bo, sl_visit(&s));
    }
    ana->is_deaf = true;
    sl_caller_subscribe(ana, 1, 1);
    send_erase(ana, 2, "ACME");
    (void)sl_service_turn(&s); /* what she does not take is above the mark now */
    assert_true(sl_store_is_erasing(sl_core_store(s.core)));
    sl_service_settle(&s);
    assert_false(sl_store_is_erasing(sl_core_store(s.core)));
    assert_int_equal(erase(bo, "Bolt")->erase->was_already, 0);

    sl_caller_listen(ana);
    sl_service_settle(&s);
    const Salesledger__V1__Reply *reply = sl_caller_expect(ana);
    while (reply->tag != 2) {
        reply = sl_caller_expect(ana);
    }
    assert_int_equal(reply->erase->was_already, 0);
    sl_service_close(&s);
}

static void what_is_refused_leaves_no_key(void **state)
{
    (void)state;
    struct sl_service s;
    sl_service_open(&s);
    struct sl_caller *ana = sl_caller_open(&s, "ana");
    struct sl_slice bad = BUILD_DEFINE(&s.build, .kind = SL_DEFINE_CUSTOMER, .id_text = "ACME",
                                       .name = NAME, .from = "2017-02-01", .to = "2017-01-01");
    struct sl_slice batch[] = {ada(&s, 7), bad};
    assert_non_null(sl_caller_record(ana, bad)->error);

    sl_caller_append(ana, 1, batch, COUNT(batch), true);
    sl_service_settle(&s);

    const Salesledger__V1__Reply *reply = sl_caller_expect(ana);
    assert_int_equal(sl_error_of(sl_receipt_of(reply, 0)->error), SL_E_BATCH_ABORTED);
    struct sl_key_found found;
    struct sl_slice acme = SL_SLICE_LIT("ACME");
    assert_ok(sl_store_key_find(sl_core_store(s.core), acme, &found, NULL));
    assert_int_equal(found.state, SL_KEY_NONE);
    assert_int_equal(sl_error_of(erase(ana, "ACME")->error), SL_E_NOT_FOUND);
    assert_int_equal(sl_caller_record(ana, ada(&s, 7))->seq, 1);
    expect_readable(ana, 1, NAME);
    sl_service_close(&s);
}

static const struct sl_slice *many_customers(struct sl_service *s, size_t count, const char *name)
{
    struct sl_slice *events = sl_arena_calloc(&s->arena, count, sizeof *events);
    assert_non_null(events);
    for (size_t i = 0; i < count; i++) {
        char id[32];
        (void)snprintf(id, sizeof id, "c%zu", i);
        events[i] =
            BUILD_DEFINE(&s->build, .kind = SL_DEFINE_CUSTOMER, .id_text = id, .name = name);
    }
    return events;
}

static void a_batch_that_fits_only_until_it_is_sealed_is_refused(void **state)
{
    (void)state;
    enum { JOURNAL_BYTES = 1024 * 1024 - 8192, AROUND_BYTES = 47 }; /* of a record */
    char name[1500];
    struct sl_service s;
    sl_service_open(&s);
    struct sl_caller *ana = sl_caller_open(&s, "ana");
    memset(name, 'x', sizeof name);
    name[sizeof name - 1] = '\0';
    size_t bytes = many_customers(&s, 1, name)[0].len + AROUND_BYTES + 4; /* ids of 2 to 6 bytes */
    size_t count = JOURNAL_BYTES / bytes / 2 * 2;
    const struct sl_slice *events = many_customers(&s, count, name);
    sl_caller_append(ana, 1, events, count, true);
    sl_service_settle(&s);
    const Salesledger__V1__Reply *reply = sl_caller_expect(ana);
    assert_int_equal(sl_error_of(reply->error), SL_E_TOO_BIG);
    assert_string_equal(reply->error->field, "append.all_or_nothing");
    assert_int_equal(sl_core_head(s.core).v, 0);
    sl_caller_append(ana, 2, events, count / 2, true); /* in parts it is taken */
    sl_caller_append(ana, 3, events + count / 2, count / 2, true);
    sl_service_settle(&s);
    assert_int_equal(sl_receipt_of(sl_caller_expect(ana), 0)->seq, 1);
    assert_int_equal(sl_receipt_of(sl_caller_expect(ana), count / 2 - 1)->seq, count);
    sl_service_close(&s);
}

static void a_whole_batch_of_customers_is_taken_at_once(void **state)
{
    (void)state;
    enum { CUSTOMERS = 10000 };
    struct sl_service s;
    sl_service_init(&s);
    s.options.segment_bytes = (uint64_t)4 * 1024 * 1024;
    sl_service_open_with(&s);
    struct sl_caller *ana = sl_caller_open(&s, "ana");
    sl_caller_append(ana, 1, many_customers(&s, CUSTOMERS, "Ada"), CUSTOMERS, true);
    sl_service_settle(&s);
    assert_int_equal(sl_receipt_of(sl_caller_expect(ana), CUSTOMERS - 1)->seq, CUSTOMERS);
    assert_string_equal(customer_at(ana, 1)->name, "Ada");
    assert_string_equal(customer_at(ana, CUSTOMERS)->name, "Ada");
    sl_service_close(&s);
}

static void an_event_with_personal_fields_has_a_greatest_size(void **state)
{
    (void)state;
    static const uint32_t to_customer[] = {20, 19, 0};
    static const uint32_t to_value[] = {6, 0};
    struct sl_service s;
    sl_service_open(&s);
    struct sl_caller *ana = sl_caller_open(&s, "ana");
    uint8_t text[SL_TEXT_BYTES_MAX];
    memset(text, 'x', sizeof text);
    struct sl_slice event = {NULL, 0};
    size_t last = SL_TEXT_BYTES_MAX;
    while (event.len != SL_PERSONAL_EVENT_BYTES_MAX) {
        struct sl_slice full = sl_wire_at(
            &s.arena, to_value, sl_wire_bytes(&s.arena, 2, (struct sl_slice){text, sizeof text}));
        struct sl_slice rest = sl_wire_at(
            &s.arena, to_value, sl_wire_bytes(&s.arena, 2, (struct sl_slice){text, last}));
        struct sl_slice customer =
            sl_wire_concat(&s.arena, sl_wire_bytes(&s.arena, 1, SL_SLICE_LIT("ACME")),
                           sl_wire_concat(&s.arena, sl_wire_repeat(&s.arena, full, 15), rest));
        event = sl_wire_at(&s.arena, to_customer, customer);
        last--;
    }
    assert_int_equal(sl_caller_record(ana, event)->seq, 1);
    assert_int_equal(customer_at(ana, 1)->n_personal, 16);
    struct sl_slice more =
        sl_wire_concat(&s.arena, event, sl_wire_bytes(&s.arena, 6, (struct sl_slice){NULL, 0}));
    const Salesledger__V1__Receipt *receipt = sl_caller_record(ana, more);
    assert_int_equal(sl_error_of(receipt->error), SL_E_TOO_BIG);
    sl_service_close(&s);
}

static void damage_secret(const struct sl_service *s)
{
    char path[2 * SL_TEMP_DIR_BYTES];
    uint8_t byte;
    (void)snprintf(path, sizeof path, "%s/keys/secrets", s->dir);
    int fd = open(path, O_RDWR | O_CLOEXEC);
    assert_true(fd >= 0);
    assert_int_equal(pread(fd, &byte, 1, 50), 1);
    byte ^= 1;
    assert_int_equal(pwrite(fd, &byte, 1, 50), 1);
    close(fd);
}

static void damage_is_told_and_ends_nothing_else(void **state)
{
    (void)state;
    struct sl_service s;
    sl_service_open(&s);
    struct sl_caller *ana = sl_caller_open(&s, "ana");
    struct sl_caller *bo = sl_caller_open(&s, "bo");
    (void)sl_caller_record(ana, BUILD_CONTACT(&s.build, .customer = "ACME", .person = "ana"));
    (void)sl_caller_record(ana, ada(&s, 7));
    damage_secret(&s);

    const Salesledger__V1__Reply *reply = ask_log(ana, 1);
    assert_int_equal(sl_error_of(reply->error), SL_E_CORRUPT);
    assert_non_null(strstr(reply->error->message, "personal fields"));
    assert_non_null(strstr(reply->error->message, "seq 2"));
    sl_caller_subscribe(bo, 1, 1);
    sl_service_settle(&s);
    (void)sl_caller_expect(bo);
    assert_int_equal(sl_caller_expect(bo)->events->events[0]->seq, 1); /* what comes before it */
    assert_int_equal(sl_error_of(sl_caller_expect(bo)->error), SL_E_CORRUPT);
    assert_int_equal(sl_error_of(sl_caller_record(ana, ada(&s, 7))->error), SL_E_CORRUPT);
    assert_int_equal(sl_error_of(sl_caller_record(ana, ada(&s, 8))->error), SL_E_CORRUPT);
    assert_int_equal(sl_caller_record(ana, BUILD_CONTACT(&s.build, .customer = "ACME"))->seq, 3);
    erase_acme(ana); /* what cannot be read can be erased */
    expect_erased(ana, 2);
    sl_service_close(&s);
}

static void a_ledger_without_its_keys_reads_erased(void **state)
{
    (void)state;
    struct sl_service s;
    char path[2 * SL_TEMP_DIR_BYTES];
    sl_service_open(&s);
    struct sl_caller *ana = sl_caller_open(&s, "ana");
    (void)sl_caller_record(ana, ada(&s, 7));
    sl_service_stop(&s);
    (void)snprintf(path, sizeof path, "%s/keys", s.dir);
    sl_temp_dir_remove(path);
    sl_service_open_with(&s);
    ana = sl_caller_open(&s, "ana");
    expect_erased(ana, 1);
    assert_int_equal(sl_caller_record(ana, ada(&s, 7))->duplicate, 1);
    (void)sl_caller_record(ana, ada_as(&s, 8, "new"));
    expect_erased(ana, 1);
    expect_readable(ana, 2, "new");
    sl_service_close(&s);
}

static void to_erase_takes_the_right_to_administer(void **state)
{
    (void)state;
    struct sl_service s;
    struct sl_access access;
    struct sl_access_texts texts = {.admin = "uid:4711"};
    struct sl_diag diag = {0};
    assert_ok(sl_access_init(&texts, &access, &diag));
    sl_service_init(&s);
    s.options.access = &access;
    sl_service_open_with(&s);
    struct sl_caller *ana = sl_caller_open(&s, "ana");
    (void)sl_caller_record(ana, ada(&s, 7));
    assert_int_equal(sl_error_of(erase(ana, "ACME")->error), SL_E_DENIED);
    expect_readable(ana, 1, NAME);
    sl_service_close(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_personal_is_readable_and_nowhere_on_the_disk),
        cmocka_unit_test(erased_is_erased_for_good),
        cmocka_unit_test(a_subscriber_reads_what_the_log_reads),
        cmocka_unit_test(a_repetition_gets_the_first_receipt_before_and_after),
        cmocka_unit_test(twice_in_one_batch_is_one_event),
        cmocka_unit_test(a_customer_needs_an_id_before_anything_is_sealed),
        cmocka_unit_test(who_comes_back_is_readable_from_then_on),
        cmocka_unit_test(an_erasure_says_what_it_found),
        cmocka_unit_test(an_erasure_waits_for_the_batch_that_brings_the_key),
        cmocka_unit_test(nobody_is_told_before_the_key_is_destroyed),
        cmocka_unit_test(what_comes_while_a_key_is_destroyed_is_erased_too_or_has_its_own),
        cmocka_unit_test(who_leaves_before_the_answer_has_it_done_all_the_same),
        cmocka_unit_test(each_is_told_of_his_own_erasure),
        cmocka_unit_test(an_erasure_that_has_begun_is_answered_above_what_a_user_may_keep),
        cmocka_unit_test(what_is_refused_leaves_no_key),
        cmocka_unit_test(a_batch_that_fits_only_until_it_is_sealed_is_refused),
        cmocka_unit_test(a_whole_batch_of_customers_is_taken_at_once),
        cmocka_unit_test(an_event_with_personal_fields_has_a_greatest_size),
        cmocka_unit_test(damage_is_told_and_ends_nothing_else),
        cmocka_unit_test(a_ledger_without_its_keys_reads_erased),
        cmocka_unit_test(to_erase_takes_the_right_to_administer),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
