/* How a status is shown: quantiles from buckets, durations and sizes for people, labels that no text can break out of. */
#include "lib/test.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cli/show.h"
#include "cli/status.h"

static void sizes_have_the_unit_they_reach(void **state)
{
    (void)state;
    static const struct {
        uint64_t bytes;
        const char *text;
    } rows[] = {
        {0, "0 B"},
        {1023, "1023 B"},
        {1024, "1.0 KiB"},
        {1024 + 51, "1.0 KiB"},
        {1024 + 52, "1.1 KiB"},
        {(uint64_t)3 << 20, "3.0 MiB"},
        {(uint64_t)5 << 29, "2.5 GiB"},
        {(uint64_t)1 << 40, "1.0 TiB"},
        {UINT64_MAX, "16777216.0 TiB"},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        assert_string_equal(sl_show_bytes(rows[i].bytes).shown, rows[i].text);
    }
    assert_string_equal(sl_show_bytes(1536).exact, "1536");
}

static void durations_have_the_unit_they_reach(void **state)
{
    (void)state;
    static const struct {
        uint64_t us;
        const char *text;
    } rows[] = {
        {0, "0 us"},
        {999, "999 us"},
        {1000, "1.0 ms"},
        {12340, "12.3 ms"},
        {1000000, "1.0 s"},
        {599900000, "599.9 s"},
        {600000000, "0d 00:10:00"},
        {(uint64_t)(3 * 86400 + 4 * 3600 + 5 * 60 + 6) * 1000000, "3d 04:05:06"},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        assert_string_equal(sl_show_us(rows[i].us).shown, rows[i].text);
    }
    assert_string_equal(sl_show_us(UINT64_MAX).exact, "18446744073709551615");
}

static const ProtobufCMessageDescriptor *descriptor_of(enum sl_status_part part)
{
    switch (part) {
    case SL_STATUS_ITSELF: return &salesledger__v1__status_reply__descriptor;
    case SL_STATUS_QUEUES: return &salesledger__v1__status_reply__queues__descriptor;
    case SL_STATUS_JOURNAL: return &salesledger__v1__status_reply__journal__descriptor;
    case SL_STATUS_CHECKPOINT: return &salesledger__v1__status_reply__checkpoint__descriptor;
    case SL_STATUS_DATABASE: return &salesledger__v1__status_reply__database__descriptor;
    case SL_STATUS_MEMORY: return &salesledger__v1__status_reply__memory__descriptor;
    case SL_STATUS_SUBSCRIBERS: return &salesledger__v1__status_reply__subscribers__descriptor;
    }
    return NULL;
}

/* The row's name in CSV is its field's, behind that of its message. */
static void a_row_shows_the_field_that_it_names(void **state)
{
    (void)state;
    for (size_t i = 0; i < sl_status_number_count; i++) {
        const struct sl_status_number *row = &sl_status_numbers[i];
        const char *dot = strchr(row->name, '.');
        const ProtobufCFieldDescriptor *field = protobuf_c_message_descriptor_get_field_by_name(
            descriptor_of(row->part), dot == NULL ? row->name : dot + 1);
        assert_non_null(field);
        assert_int_equal(field->offset, row->offset);
        assert_int_equal(field->type == PROTOBUF_C_TYPE_BOOL, row->unit == SL_STATUS_YES_NO);
        assert_int_equal(dot == NULL, row->part == SL_STATUS_ITSELF);
        assert_int_equal(strstr(row->name, "bytes") != NULL, row->unit == SL_STATUS_BYTES);
    }
}

static bool has_row(enum sl_status_part part, size_t offset)
{
    bool found = false;
    for (size_t i = 0; i < sl_status_number_count; i++) {
        found =
            found || (sl_status_numbers[i].part == part && sl_status_numbers[i].offset == offset);
    }
    return found;
}

/* Of what the daemon tells as a single number nothing is left out. */
static void every_number_has_a_row(void **state)
{
    (void)state;
    for (unsigned part = SL_STATUS_ITSELF; part <= SL_STATUS_SUBSCRIBERS; part++) {
        const ProtobufCMessageDescriptor *descriptor = descriptor_of((enum sl_status_part)part);
        for (unsigned i = 0; i < descriptor->n_fields; i++) {
            const ProtobufCFieldDescriptor *field = &descriptor->fields[i];
            bool is_number = field->type == PROTOBUF_C_TYPE_UINT64 ||
                             field->type == PROTOBUF_C_TYPE_INT64 ||
                             field->type == PROTOBUF_C_TYPE_BOOL;
            if (is_number && !has_row((enum sl_status_part)part, field->offset)) {
                fail_msg("%s has no row", field->name);
            }
        }
    }
}

struct buckets {
    Salesledger__V1__StatusReply__Bucket rows[3];
    Salesledger__V1__StatusReply__Bucket *pointers[3];
    Salesledger__V1__StatusReply__Latency latency;
};

/* 98 of 5 us, one of 100, one of 1,000. */
static void fill(struct buckets *b)
{
    static const uint64_t below_us[] = {6, 104, 1024};
    static const uint64_t counts[] = {98, 1, 1};
    for (size_t i = 0; i < COUNT(b->rows); i++) {
        b->rows[i] =
            (Salesledger__V1__StatusReply__Bucket)SALESLEDGER__V1__STATUS_REPLY__BUCKET__INIT;
        b->rows[i].below_us = below_us[i];
        b->rows[i].count = counts[i];
        b->pointers[i] = &b->rows[i];
    }
    b->latency =
        (Salesledger__V1__StatusReply__Latency)SALESLEDGER__V1__STATUS_REPLY__LATENCY__INIT;
    b->latency.n_buckets = COUNT(b->rows);
    b->latency.buckets = b->pointers;
    b->latency.count = 100;
    b->latency.sum_us = 98 * 5 + 100 + 1000;
    b->latency.max_us = 1000;
}

static void a_quantile_is_the_last_value_of_its_bucket(void **state)
{
    (void)state;
    struct buckets b;
    fill(&b);
    assert_int_equal(sl_latency_quantile(&b.latency, 500), 5);
    assert_int_equal(sl_latency_quantile(&b.latency, 980), 5);
    assert_int_equal(sl_latency_quantile(&b.latency, 981), 103);
    assert_int_equal(sl_latency_quantile(&b.latency, 990), 103);
    assert_int_equal(sl_latency_quantile(&b.latency, 991), 1000); /* not above the longest */
    b.latency.count = 0;
    assert_int_equal(sl_latency_quantile(&b.latency, 990), 0);
}

/* What is printed to stdout, cmocka's own lines aside. */
static void print_to(char text[65536], const Salesledger__V1__StatusReply *status)
{
    FILE *file = tmpfile();
    assert_non_null(file);
    (void)fflush(stdout);
    int kept = dup(STDOUT_FILENO);
    assert_true(kept >= 0);
    assert_true(dup2(fileno(file), STDOUT_FILENO) >= 0);
    enum sl_err err = sl_status_print_prometheus(status);
    assert_true(dup2(kept, STDOUT_FILENO) >= 0);
    assert_int_equal(close(kept), 0);
    assert_ok(err);
    rewind(file);
    text[fread(text, 1, 65535, file)] = '\0';
    assert_int_equal(fclose(file), 0);
}

static void metrics_are_in_base_units_and_labels_are_escaped(void **state)
{
    (void)state;
    static char text[65536];
    char version[] = "a\"b\\c\nd";
    char name[] = "append";
    struct buckets b;
    fill(&b);
    b.latency.name = name;
    Salesledger__V1__StatusReply__Latency *latencies[] = {&b.latency};
    Salesledger__V1__StatusReply status = SALESLEDGER__V1__STATUS_REPLY__INIT;
    status.version = version;
    status.uptime_us = 1234567;
    status.latencies = latencies;
    status.n_latencies = 1;
    print_to(text, &status);

    assert_non_null(strstr(text, "salesledger_info{version=\"a\\\"b\\\\c\\nd\",ledger_id=\"\","));
    assert_non_null(strstr(text, "\nsalesledger_uptime_seconds 1.234567\n"));
    assert_non_null(strstr(text, "\nsalesledger_append_seconds_bucket{le=\"0.000008\"} 98\n"));
    assert_non_null(strstr(text, "\nsalesledger_append_seconds_bucket{le=\"0.000064\"} 98\n"));
    assert_non_null(strstr(text, "\nsalesledger_append_seconds_bucket{le=\"0.000128\"} 99\n"));
    assert_non_null(strstr(text, "\nsalesledger_append_seconds_bucket{le=\"0.001024\"} 100\n"));
    assert_non_null(strstr(text, "\nsalesledger_append_seconds_bucket{le=\"+Inf\"} 100\n"));
    assert_non_null(strstr(text, "\nsalesledger_append_seconds_sum 0.001590\n"));
    assert_non_null(strstr(text, "\nsalesledger_output_bytes 0\n")); /* a daemon too old to tell */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sizes_have_the_unit_they_reach),
        cmocka_unit_test(durations_have_the_unit_they_reach),
        cmocka_unit_test(a_row_shows_the_field_that_it_names),
        cmocka_unit_test(every_number_has_a_row),
        cmocka_unit_test(a_quantile_is_the_last_value_of_its_bucket),
        cmocka_unit_test(metrics_are_in_base_units_and_labels_are_escaped),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
