/* Fields of the wire format, taken off byte by byte: what is taken, and what protobuf's own library would not take either. */
#include "lib/test.h"

#include "codec/scan.h"

static bool scan(struct sl_slice message, struct sl_field *ret_field)
{
    return sl_scan_field(&message, ret_field) && message.len == 0;
}

static void a_field_is_its_number_its_type_and_its_value(void **state)
{
    (void)state;
    struct sl_field field;
    assert_true(scan(SL_SLICE_LIT("\x08\x96\x01"), &field));
    assert_int_equal(field.number, 1);
    assert_int_equal(field.wire_type, SL_WIRE_VARINT);
    assert_int_equal(field.value, 150);
    assert_true(scan(SL_SLICE_LIT("\xaa\x01\x02hi"), &field));
    assert_int_equal(field.number, 21);
    assert_int_equal(field.wire_type, SL_WIRE_BYTES);
    assert_memory_equal(field.bytes.data, "hi", field.bytes.len);
    assert_true(scan(SL_SLICE_LIT("\x0d"
                                  "1234"),
                     &field));
    assert_int_equal(field.bytes.len, 4);
    assert_true(scan(SL_SLICE_LIT("\x09"
                                  "12345678"),
                     &field));
    assert_int_equal(field.bytes.len, 8);
}

static void a_value_has_at_most_ten_bytes(void **state)
{
    (void)state;
    struct sl_field field;
    assert_true(scan(SL_SLICE_LIT("\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"), &field));
    assert_true(field.value == UINT64_MAX);
    assert_false(scan(SL_SLICE_LIT("\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\x80\x00"), &field));
}

/* Whatever they come to. */
static void a_tag_or_a_length_has_at_most_five_bytes(void **state)
{
    (void)state;
    struct sl_field field;
    assert_true(scan(SL_SLICE_LIT("\xaa\x01\x80\x80\x80\x80\x00"), &field));
    assert_false(scan(SL_SLICE_LIT("\xaa\x01\x80\x80\x80\x80\x80\x00"), &field));
    assert_true(scan(SL_SLICE_LIT("\xaa\x81\x80\x80\x00\x00"), &field));
    assert_false(scan(SL_SLICE_LIT("\xaa\x81\x80\x80\x80\x00\x00"), &field));
}

static void what_is_cut_or_of_no_type_is_no_field(void **state)
{
    (void)state;
    struct sl_field field;
    assert_false(scan(SL_SLICE_LIT("\x80"), &field));
    assert_false(scan(SL_SLICE_LIT("\x00\x01"), &field)); /* number 0 */
    assert_false(scan(SL_SLICE_LIT("\x08"), &field));
    assert_false(scan(SL_SLICE_LIT("\x0a\x03hi"), &field));
    assert_false(scan(SL_SLICE_LIT("\x0d"
                                   "123"),
                      &field));
    assert_false(scan(SL_SLICE_LIT("\x0b\x0c"), &field));                 /* a group */
    assert_false(scan(SL_SLICE_LIT("\xf8\xff\xff\xff\x1f\x01"), &field)); /* a number too large */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_field_is_its_number_its_type_and_its_value),
        cmocka_unit_test(a_value_has_at_most_ten_bytes),
        cmocka_unit_test(a_tag_or_a_length_has_at_most_five_bytes),
        cmocka_unit_test(what_is_cut_or_of_no_type_is_no_field),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
