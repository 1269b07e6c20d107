/* A ledger made of a backup is the one that was backed up; of anything else than a whole backup none is made. */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/backup.h"
#include "lib/test.h"
#include "service/backup_file.h"
#include "service/ledger_dir.h"

enum { EVENTS = 600 };

static struct sl_slice deal(struct sl_service *s, unsigned number)
{
    char name[16];
    (void)snprintf(name, sizeof name, "deal-%u", number);
    return BUILD_CLOSE(&s->build, .deal = name, .customer = "ACME", .kind = SL_CLOSE_WON,
                       .date = "2017-03-01", .person = "ana", .amount = 100, .id = number + 1);
}

static void back_up(struct sl_service *s, struct sl_taken_backup *taken)
{
    struct sl_caller *bo = sl_caller_open(s, "bo");
    sl_taken_init(taken);
    sl_caller_backup(bo, 1);
    sl_service_settle(s);
    sl_take_backup(taken, bo, 1);
    assert_true(taken->is_whole);
    sl_caller_close(bo);
}

/* A ledger, half of it behind a checkpoint, and a backup of it. */
static void make(struct sl_service *s, struct sl_taken_backup *taken)
{
    sl_service_open(s);
    struct sl_caller *ana = sl_caller_open(s, "ana");
    for (unsigned half = 0; half < 2; half++) {
        struct sl_slice events[EVENTS / 2];
        for (unsigned i = 0; i < COUNT(events); i++) {
            events[i] = deal(s, half * (EVENTS / 2) + i);
        }
        sl_fake_clock_advance_us(&s->clock, 1000);
        sl_caller_append(ana, half, events, COUNT(events), false);
        sl_service_settle(s);
        if (half == 0) {
            sl_store_checkpoint_soon(sl_core_store(s->core));
            sl_core_tick(s->core);
            sl_service_settle(s);
        }
    }
    back_up(s, taken);
}

static struct sl_slice bytes_of(const struct sl_taken_backup *taken)
{
    struct stat info;
    assert_int_equal(fstat(taken->fd, &info), 0);
    uint8_t *bytes = malloc((size_t)info.st_size);
    assert_non_null(bytes);
    assert_int_equal(pread(taken->fd, bytes, (size_t)info.st_size, 0), info.st_size);
    return (struct sl_slice){bytes, (size_t)info.st_size};
}

static enum sl_err restore(const char *dir, int fd, struct sl_diag *diag)
{
    struct sl_backup_file_options options = {.dir = dir, .fd = fd};
    struct sl_backup_found found;
    assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
    return sl_ledger_restore(&options, &found, diag);
}

static size_t count_entries(const char *path)
{
    DIR *dir = opendir(path);
    assert_non_null(dir);
    size_t count = 0;
    while (readdir(dir) != NULL) {
        count++;
    }
    closedir(dir);
    return count - 2; /* . and .. */
}

static void check_ledger(const char *dir, const struct sl_backup_head *head)
{
    struct sl_offline_options options = {.dir = dir};
    struct sl_check_report report;
    assert_ok(sl_ledger_check(&options, &report, NULL));
    assert_int_equal(report.head.v, head->last.v);
    assert_int_equal(report.checkpointed.v, head->last.v);
    assert_true(report.is_state_checked);
    assert_memory_equal(report.tree_root, head->root, sizeof head->root);
}

static void a_restored_ledger_is_the_same_to_the_last_byte_of_its_backup(void **state)
{
    (void)state;
    struct sl_service s;
    struct sl_taken_backup first;
    struct sl_taken_backup second;
    make(&s, &first);
    sl_service_stop(&s);
    sl_temp_dir_remove(s.dir);

    assert_ok(restore(s.dir, first.fd, NULL));

    assert_int_equal(count_entries(s.dir), 3); /* lock, data.mdb, journal */
    check_ledger(s.dir, &first.writer.head);
    sl_service_open_with(&s);
    back_up(&s, &second);
    struct sl_slice before = bytes_of(&first);
    struct sl_slice after = bytes_of(&second);
    assert_int_equal(before.len, after.len);
    assert_memory_equal(before.data, after.data, before.len);
    free((void *)(uintptr_t)before.data);
    free((void *)(uintptr_t)after.data);
    sl_taken_deinit(&first);
    sl_taken_deinit(&second);
    sl_service_close(&s);
}

static void what_is_sent_again_to_it_has_its_first_receipt_and_new_events_follow(void **state)
{
    (void)state;
    struct sl_service s;
    struct sl_taken_backup taken;
    sl_service_open(&s);
    struct sl_caller *ana = sl_caller_open(&s, "ana");
    struct sl_slice event = deal(&s, 1);
    int64_t recorded_us = sl_caller_record(ana, event)->recorded_us;
    back_up(&s, &taken);
    sl_service_stop(&s);
    sl_temp_dir_remove(s.dir);
    assert_ok(restore(s.dir, taken.fd, NULL));
    sl_fake_clock_advance_us(&s.clock, 1000000);
    sl_service_open_with(&s);
    ana = sl_caller_open(&s, "ana");

    const Salesledger__V1__Receipt *again = sl_caller_record(ana, event);
    assert_int_equal(again->seq, 1);
    assert_true(again->duplicate);
    assert_int_equal(again->recorded_us, recorded_us);
    assert_int_equal(sl_caller_record(ana, deal(&s, 2))->seq, 2);

    sl_service_restart(&s);
    assert_int_equal(sl_core_head(s.core).v, 2);
    sl_taken_deinit(&taken);
    sl_service_close(&s);
}

static void an_empty_ledger_is_restored_too(void **state)
{
    (void)state;
    struct sl_service s;
    struct sl_taken_backup taken;
    char dir[SL_TEMP_DIR_BYTES];
    sl_service_open(&s);
    back_up(&s, &taken);
    sl_temp_dir_make(dir);

    assert_ok(restore(dir, taken.fd, NULL));

    check_ledger(dir, &taken.writer.head);
    sl_taken_deinit(&taken);
    sl_temp_dir_remove(dir);
    sl_service_close(&s);
}

static int file_of(struct sl_slice bytes)
{
    int fd = memfd_create("damaged", MFD_CLOEXEC);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, bytes.data, bytes.len), bytes.len);
    return fd;
}

static void of_a_damaged_backup_nothing_is_left(void **state)
{
    (void)state;
    struct sl_service s;
    struct sl_taken_backup taken;
    make(&s, &taken);
    char dir[SL_TEMP_DIR_BYTES];
    sl_temp_dir_make(dir);
    struct sl_slice bytes = bytes_of(&taken);
    uint8_t *own = (uint8_t *)(uintptr_t)bytes.data;
    const size_t places[] = {20, 100, bytes.len / 2, bytes.len - 50, bytes.len - 1};
    for (size_t i = 0; i < COUNT(places); i++) {
        own[places[i]] ^= 4;
        int turned = file_of(bytes);
        own[places[i]] ^= 4;
        int cut = file_of((struct sl_slice){bytes.data, places[i]});
        struct sl_diag diag = {0};
        assert_err(SL_E_CORRUPT, restore(dir, turned, &diag));
        assert_non_null(strstr(diag.message, "offset"));
        assert_int_equal(count_entries(dir), 0);
        assert_err(SL_E_CORRUPT, restore(dir, cut, &diag));
        assert_int_equal(count_entries(dir), 0);
        close(turned);
        close(cut);
    }
    assert_ok(restore(dir, taken.fd, NULL));
    free(own);
    sl_taken_deinit(&taken);
    sl_temp_dir_remove(dir);
    sl_service_close(&s);
}

static void what_is_there_is_left_alone(void **state)
{
    (void)state;
    struct sl_service s;
    struct sl_taken_backup taken;
    make(&s, &taken);
    uint64_t head = sl_core_head(s.core).v;

    assert_err(SL_E_EXISTS, restore(s.dir, taken.fd, NULL)); /* in use, even */
    sl_service_stop(&s);
    assert_err(SL_E_EXISTS, restore(s.dir, taken.fd, NULL));
    sl_service_open_with(&s);
    assert_int_equal(sl_core_head(s.core).v, head);
    assert_err(SL_E_IO, restore("/proc/nowhere/ledger", taken.fd, NULL));

    sl_taken_deinit(&taken);
    sl_service_close(&s);
}

static void expect_refused(struct sl_backup_head head, enum sl_err err, const char *value)
{
    char dir[SL_TEMP_DIR_BYTES];
    sl_temp_dir_make(dir);
    int fd = memfd_create("backup", MFD_CLOEXEC);
    struct sl_backup_writer writer;
    struct sl_diag diag = {0};
    assert_ok(sl_backup_write_head(&writer, fd, "backup", &head, NULL));

    assert_err(err, restore(dir, fd, &diag));

    assert_non_null(strstr(diag.message, value));
    assert_int_equal(count_entries(dir), 0);
    sl_backup_writer_deinit(&writer);
    close(fd);
    sl_temp_dir_remove(dir);
}

static void a_time_zone_that_is_not_known_here_is_refused(void **state)
{
    (void)state;
    struct sl_backup_head head = {.timezone = "Mars/Olympus", .currency = "USD"};
    expect_refused(head, SL_E_INVALID_FIELD, "Mars/Olympus");
}

static void a_currency_that_is_not_known_here_is_refused(void **state)
{
    (void)state;
    struct sl_backup_head head = {.timezone = "UTC", .currency = "ZZZ"};
    expect_refused(head, SL_E_UNKNOWN_CURRENCY, "ZZZ");
}

static void a_backup_is_checked_without_a_ledger(void **state)
{
    (void)state;
    struct sl_service s;
    struct sl_taken_backup taken;
    make(&s, &taken);
    struct sl_backup_file_options options = {.fd = taken.fd};
    struct sl_backup_found found;

    assert_ok(sl_backup_file_check(&options, &found, NULL));
    assert_memory_equal(&found.head, &taken.writer.head, sizeof found.head);

    static const uint8_t wrong = 0xff;
    assert_int_equal(pwrite(taken.fd, &wrong, 1, 5000), 1);
    assert_int_equal(lseek(taken.fd, 0, SEEK_SET), 0);
    assert_err(SL_E_CORRUPT, sl_backup_file_check(&options, &found, NULL));
    sl_taken_deinit(&taken);
    sl_service_close(&s);
}

/* More than one txn takes: 600 records of 62,000 bytes. */
static void a_long_log_is_restored_in_pieces(void **state)
{
    (void)state;
    struct sl_service s;
    struct sl_taken_backup taken;
    char dir[SL_TEMP_DIR_BYTES];
    sl_service_open(&s);
    struct sl_caller *ana = sl_caller_open(&s, "ana");
    struct sl_slice event = sl_large_note(&s);
    struct sl_slice events[10];
    for (size_t i = 0; i < COUNT(events); i++) {
        events[i] = event;
    }
    for (unsigned i = 0; i < 60; i++) {
        sl_caller_append(ana, i, events, COUNT(events), false);
        sl_service_settle(&s);
        if (i % 10 == 9) {
            sl_store_checkpoint_soon(sl_core_store(s.core));
            sl_core_tick(s.core);
            sl_service_settle(&s);
        }
    }
    assert_int_equal(sl_core_head(s.core).v, 600);
    back_up(&s, &taken);
    sl_temp_dir_make(dir);

    assert_ok(restore(dir, taken.fd, NULL));

    check_ledger(dir, &taken.writer.head);
    sl_taken_deinit(&taken);
    sl_temp_dir_remove(dir);
    sl_service_close(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_restored_ledger_is_the_same_to_the_last_byte_of_its_backup),
        cmocka_unit_test(what_is_sent_again_to_it_has_its_first_receipt_and_new_events_follow),
        cmocka_unit_test(an_empty_ledger_is_restored_too),
        cmocka_unit_test(of_a_damaged_backup_nothing_is_left),
        cmocka_unit_test(what_is_there_is_left_alone),
        cmocka_unit_test(a_time_zone_that_is_not_known_here_is_refused),
        cmocka_unit_test(a_currency_that_is_not_known_here_is_refused),
        cmocka_unit_test(a_backup_is_checked_without_a_ledger),
        cmocka_unit_test(a_long_log_is_restored_in_pieces),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
