/* Backups that hold keys: of the records up to their position, and of nobody who was erased before they were whole. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/backup.h"
#include "lib/test.h"
#include "service/backup_file.h"
#include "service/internal.h"
#include "service/ledger_dir.h"

enum { MANY = 700 }; /* keys fill several pages */

static struct sl_slice customer(struct sl_service *s, unsigned number)
{
    char id[16];
    char name[24];
    (void)snprintf(id, sizeof id, "c%04u", number);
    (void)snprintf(name, sizeof name, "name of %u", number);
    return BUILD_DEFINE(&s->build, .kind = SL_DEFINE_CUSTOMER, .id_text = id, .name = name,
                        .region = "EU", .date = "2017-02-03", .id = number + 1);
}

static void define(struct sl_service *s, struct sl_caller *caller, unsigned from, unsigned to)
{
    struct sl_slice *events = sl_arena_calloc(&s->arena, to - from, sizeof *events);
    assert_non_null(events);
    for (unsigned i = from; i < to; i++) {
        events[i - from] = customer(s, i);
    }
    sl_caller_append(caller, 9, events, to - from, true);
    sl_service_settle(s);
    assert_non_null(sl_caller_expect(caller)->append);
}

static void erase(struct sl_caller *caller, unsigned number)
{
    Salesledger__V1__EraseRequest erase = SALESLEDGER__V1__ERASE_REQUEST__INIT;
    Salesledger__V1__Request request = SALESLEDGER__V1__REQUEST__INIT;
    char id[16];
    (void)snprintf(id, sizeof id, "c%04u", number);
    erase.customer = id;
    request.erase = &erase;
    sl_caller_request(caller, &request);
    sl_service_settle(caller->service);
    const Salesledger__V1__Reply *reply = sl_caller_expect(caller);
    assert_non_null(reply->erase);
    assert_int_equal(reply->erase->was_already, 0);
    assert_int_equal(reply->erase->had_no_data, 0);
}

/* The name that the log shows of the customer at this seq. */
static const char *name_at(struct sl_caller *caller, uint64_t seq)
{
    Salesledger__V1__LogRequest log = SALESLEDGER__V1__LOG_REQUEST__INIT;
    Salesledger__V1__Request request = SALESLEDGER__V1__REQUEST__INIT;
    log.has_from = 1;
    log.from = seq;
    log.has_limit = 1;
    log.limit = 1;
    request.log = &log;
    sl_caller_request(caller, &request);
    sl_service_settle(caller->service);
    const Salesledger__V1__Reply *reply = sl_caller_expect(caller);
    assert_non_null(reply->events);
    assert_int_equal(reply->events->n_events, 1);
    return reply->events->events[0]->define->customer->name;
}

struct made {
    struct sl_service s;
    struct sl_caller *ana;
    struct sl_caller *bo;
    struct sl_taken_backup taken;
};

static struct made *open_made(size_t output_bytes_high)
{
    struct made *m = calloc(1, sizeof *m);
    assert_non_null(m);
    sl_service_init(&m->s);
    if (output_bytes_high != 0) {
        m->s.options.limits.output_bytes_high = output_bytes_high;
    }
    sl_service_open_with(&m->s);
    m->ana = sl_caller_open(&m->s, "ana");
    m->bo = sl_caller_open(&m->s, "bo");
    sl_taken_init(&m->taken);
    return m;
}

static void close_made(struct made *m)
{
    sl_taken_deinit(&m->taken);
    sl_service_close(&m->s);
    free(m);
}

static void take_all(struct made *m)
{
    sl_service_settle(&m->s);
    sl_take_backup(&m->taken, m->bo, 7);
    assert_true(m->taken.is_whole);
    assert_int_equal(m->s.core->backups.count, 0);
}

static void back_up(struct made *m)
{
    sl_caller_backup_with_keys(m->bo, 7);
    take_all(m);
}

/* The service goes on, on what was made of the backup. */
static struct sl_backup_keys restore(struct made *m)
{
    sl_service_stop(&m->s);
    sl_temp_dir_remove(m->s.dir);
    struct sl_backup_file_options options = {.dir = m->s.dir, .fd = m->taken.fd};
    struct sl_backup_found found;
    struct sl_diag diag = {0};
    assert_int_equal(lseek(m->taken.fd, 0, SEEK_SET), 0);
    assert_ok(sl_ledger_restore(&options, &found, &diag));
    sl_service_open_with(&m->s);
    m->ana = sl_caller_open(&m->s, "ana");
    return found.keys;
}

static struct sl_check_report check(struct made *m)
{
    struct sl_check_report report;
    sl_service_stop(&m->s);
    struct sl_offline_options options = {.dir = m->s.dir};
    assert_ok(sl_ledger_check(&options, &report, NULL));
    return report;
}

static void expect_name(struct made *m, unsigned number)
{
    char name[24];
    (void)snprintf(name, sizeof name, "name of %u", number);
    assert_string_equal(name_at(m->ana, number + 1), name);
}

static void where_it_is_restored_personal_fields_are_readable(void **state)
{
    (void)state;
    struct made *m = open_made(0);
    define(&m->s, m->ana, 0, MANY);
    erase(m->ana, 3);

    back_up(m);
    assert_true(m->taken.key_pages > 2);
    struct sl_backup_keys keys = restore(m);

    assert_true(keys.are_there);
    assert_int_equal(keys.live, MANY - 1);
    assert_int_equal(keys.erased, 1);
    assert_int_equal(keys.since.v, 1);
    expect_name(m, 0);
    expect_name(m, MANY - 1);
    assert_string_equal(name_at(m->ana, 4), "erased");
    struct sl_check_report report = check(m);
    assert_int_equal(report.sealed, MANY - 1);
    assert_int_equal(report.erased, 1);
    assert_int_equal(report.keyless, 0);
    close_made(m);
}

static void who_is_restored_can_be_erased_and_come_back(void **state)
{
    (void)state;
    struct made *m = open_made(0);
    define(&m->s, m->ana, 0, 3);
    back_up(m);
    (void)restore(m);
    erase(m->ana, 1);
    define(&m->s, m->ana, 10, 11);
    assert_string_equal(name_at(m->ana, 2), "erased");
    expect_name(m, 0);
    assert_string_equal(name_at(m->ana, 4), "name of 10");
    close_made(m);
}

static void without_being_asked_it_holds_none(void **state)
{
    (void)state;
    struct made *m = open_made(0);
    define(&m->s, m->ana, 0, 3);
    sl_caller_backup(m->bo, 7);
    take_all(m);
    assert_int_equal(m->taken.key_pages, 0);

    struct sl_backup_keys keys = restore(m);

    assert_false(keys.are_there);
    assert_string_equal(name_at(m->ana, 1), "erased");
    struct sl_check_report report = check(m);
    assert_int_equal(report.keyless, 3);
    close_made(m);
}

static void of_a_ledger_without_keys_it_says_so(void **state)
{
    (void)state;
    for (unsigned has_events = 0; has_events < 2; has_events++) {
        struct made *m = open_made(0);
        if (has_events == 1) {
            (void)sl_caller_record(m->ana, sl_visit(&m->s));
        }
        back_up(m);
        assert_int_equal(m->taken.key_pages, 1);
        struct sl_backup_keys keys = restore(m);
        assert_true(keys.are_there);
        assert_int_equal(keys.live + keys.erased, 0);
        close_made(m);
    }
}

/* A ledger that was restored without its keys, and has made new ones. */
static void it_is_still_known_since_when_there_are_keys(void **state)
{
    (void)state;
    struct made *m = open_made(0);
    define(&m->s, m->ana, 0, 3);
    sl_caller_backup(m->bo, 7);
    take_all(m);
    (void)restore(m);
    define(&m->s, m->ana, 3, 5);
    m->bo = sl_caller_open(&m->s, "bo");
    sl_taken_deinit(&m->taken);
    m->taken = (struct sl_taken_backup){0};
    sl_taken_init(&m->taken);
    back_up(m);

    struct sl_backup_keys keys = restore(m);

    assert_int_equal(keys.since.v, 4);
    assert_int_equal(keys.live, 2);
    struct sl_check_report report = check(m);
    assert_int_equal(report.sealed, 2);
    assert_int_equal(report.keyless, 3);
    close_made(m);
}

/* ── meanwhile ────────────────────────────────────────────────────────────────────────────────────────────────── */

static struct sl_backup_feed *feed_of(struct made *m)
{
    return &m->s.core->backups.feeds[0];
}

/* A backup of many that stands at its first page of records, since nobody reads. */
static struct made *open_standing(void)
{
    struct made *m = open_made(10000);
    define(&m->s, m->ana, 0, MANY);
    m->bo->is_deaf = true;
    sl_caller_backup_with_keys(m->bo, 7);
    sl_service_settle(&m->s);
    assert_int_equal(m->s.core->backups.count, 1);
    assert_false(feed_of(m)->keys.has_begun);
    return m;
}

/* The same at its first page of keys. */
static struct made *open_amid_keys(void)
{
    struct made *m = open_standing();
    while (!feed_of(m)->keys.has_begun) {
        sl_caller_listen(m->bo);
        m->bo->is_deaf = true;
        sl_service_settle(&m->s);
    }
    assert_int_equal(m->s.core->backups.count, 1);
    assert_int_equal(feed_of(m)->keys.live, SL_KEY_PAGE_ROWS);
    return m;
}

static void who_is_erased_while_records_are_sent_is_erased_in_it(void **state)
{
    (void)state;
    struct made *m = open_standing();
    erase(m->ana, 5);
    sl_caller_listen(m->bo);
    take_all(m);
    struct sl_backup_keys keys = restore(m);
    assert_int_equal(keys.erased, 1);
    assert_string_equal(name_at(m->ana, 6), "erased");
    expect_name(m, 6);
    close_made(m);
}

static void keys_of_what_is_recorded_meanwhile_are_not_in_it(void **state)
{
    (void)state;
    struct made *m = open_standing();
    erase(m->ana, 5);
    define(&m->s, m->ana, MANY, MANY + 10);
    struct sl_slice again = BUILD_DEFINE(&m->s.build, .kind = SL_DEFINE_CUSTOMER,
                                         .id_text = "c0005", .name = "back", .id = 9999);
    (void)sl_caller_record(m->ana, again);
    sl_caller_listen(m->bo);
    take_all(m);
    struct sl_backup_keys keys = restore(m);
    assert_int_equal(keys.live, MANY - 1);
    assert_int_equal(keys.erased, 1);
    assert_string_equal(name_at(m->ana, 6), "erased");
    close_made(m);
}

/* The replies of the backup, up to the refusal. */
static const Salesledger__V1__Error *error_of(struct made *m)
{
    const Salesledger__V1__Reply *reply = sl_caller_expect(m->bo);
    while (reply->error == NULL) {
        assert_true(reply->more);
        reply = sl_caller_expect(m->bo);
    }
    assert_null(sl_caller_reply(m->bo));
    return reply->error;
}

static void who_is_erased_while_keys_are_sent_ends_it(void **state)
{
    (void)state;
    struct made *m = open_amid_keys();
    erase(m->ana, 5); /* whose key was sent */
    sl_caller_listen(m->bo);
    sl_service_settle(&m->s);

    const Salesledger__V1__Error *error = error_of(m);
    assert_int_equal(sl_error_of(error), SL_E_BUSY);
    assert_true(error->may_retry);
    assert_string_equal(error->field, "backup.with_keys");
    assert_int_equal(m->s.core->backups.count, 0);
    assert_int_equal(m->s.core->metrics.refused[sl_err_index(SL_E_BUSY)], 1);
    back_up(m); /* and the next one is whole */
    close_made(m);
}

static void what_comes_while_keys_are_sent_is_as_it_was_before_they_were(void **state)
{
    (void)state;
    struct made *m = open_amid_keys();
    define(&m->s, m->ana, MANY, MANY + 10);
    sl_caller_listen(m->bo);
    take_all(m);
    struct sl_backup_keys keys = restore(m);
    assert_int_equal(keys.live, MANY);
    expect_name(m, MANY - 1);
    close_made(m);
}

static void a_key_that_cannot_be_read_ends_it(void **state)
{
    (void)state;
    struct made *m = open_made(0);
    char path[2 * SL_TEMP_DIR_BYTES];
    define(&m->s, m->ana, 0, 3);
    (void)snprintf(path, sizeof path, "%s/keys/secrets", m->s.dir);
    int fd = open(path, O_WRONLY | O_CLOEXEC);
    assert_true(fd >= 0);
    assert_int_equal(pwrite(fd, "x", 1, 50), 1);
    close(fd);

    sl_caller_backup_with_keys(m->bo, 7);
    sl_service_settle(&m->s);

    assert_int_equal(sl_error_of(error_of(m)), SL_E_CORRUPT);
    assert_int_equal(m->s.core->backups.count, 0);
    close_made(m);
}

/* Nor where answers wait, once they have gone. */
static void no_key_is_left_in_memory(void **state)
{
    (void)state;
    static const struct sl_key_page zeros;
    struct made *m = open_amid_keys();
    assert_memory_equal(&m->s.core->backups.page, &zeros, sizeof zeros);
    struct sl_bytes *out = &m->bo->session->outbox.bytes;
    assert_true(out->is_secret);
    assert_true(out->len > SL_KEY_PAGE_ROWS * SL_BACKUP_KEY_BYTES);
    size_t len = out->len;
    sl_client_session_taken(m->bo->session, len);
    assert_int_equal(out->len, 0);
    for (size_t i = 0; i < len && out->data != NULL; i++) {
        assert_int_equal(out->data[i], 0);
    }
    close_made(m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(where_it_is_restored_personal_fields_are_readable),
        cmocka_unit_test(who_is_restored_can_be_erased_and_come_back),
        cmocka_unit_test(without_being_asked_it_holds_none),
        cmocka_unit_test(of_a_ledger_without_keys_it_says_so),
        cmocka_unit_test(it_is_still_known_since_when_there_are_keys),
        cmocka_unit_test(who_is_erased_while_records_are_sent_is_erased_in_it),
        cmocka_unit_test(keys_of_what_is_recorded_meanwhile_are_not_in_it),
        cmocka_unit_test(who_is_erased_while_keys_are_sent_ends_it),
        cmocka_unit_test(what_comes_while_keys_are_sent_is_as_it_was_before_they_were),
        cmocka_unit_test(a_key_that_cannot_be_read_ends_it),
        cmocka_unit_test(no_key_is_left_in_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
