/* The JSON form of messages. Byte 0 says which message, and whether the rest is JSON or protobuf.
 *
 * Properties: text that is read is written, read again and written alike; a message from elsewhere is written as text that gives its
 * bytes again, or is refused for a string that is not UTF-8; a refusal has words. */
#include "fuzz.h"

#include <stdlib.h>

#include "lib/test.h"
#include "json/json.h"

#include <salesledger/v1/api.pb-c.h>

static const ProtobufCMessageDescriptor *const descriptors[] = {
    &salesledger__v1__event__descriptor,
    &salesledger__v1__request__descriptor,
    &salesledger__v1__reply__descriptor,
};

static uint8_t *pack(const ProtobufCMessage *message, size_t *ret_len)
{
    *ret_len = protobuf_c_message_get_packed_size(message);
    uint8_t *bytes = malloc(*ret_len + 1);
    assert_non_null(bytes);
    assert_int_equal(protobuf_c_message_pack(message, bytes), *ret_len);
    return bytes;
}

static void check_same(const ProtobufCMessage *a, const ProtobufCMessage *b)
{
    size_t a_len;
    size_t b_len;
    uint8_t *a_bytes = pack(a, &a_len);
    uint8_t *b_bytes = pack(b, &b_len);
    assert_int_equal(a_len, b_len);
    assert_memory_equal(a_bytes, b_bytes, a_len);
    free(a_bytes);
    free(b_bytes);
}

/* message -> text -> message -> text: the same bytes, the same text. */
static void check_round_trip(const ProtobufCMessage *message, const char *text)
{
    ProtobufCMessage *again = NULL;
    char *text_again = NULL;
    struct sl_diag diag = {0};
    assert_ok(sl_json_text_to_message(SLICE(text), message->descriptor, &again, &diag));
    check_same(message, again);
    assert_ok(sl_json_text_from_message(again, &text_again, &diag));
    assert_string_equal(text, text_again);
    free(text_again);
    protobuf_c_message_free_unpacked(again, NULL);
}

static void run_text(struct sl_slice text, const ProtobufCMessageDescriptor *descriptor)
{
    ProtobufCMessage *message = NULL;
    char *written = NULL;
    struct sl_diag diag = {0};
    enum sl_err err = sl_json_text_to_message(text, descriptor, &message, &diag);
    if (err != SL_OK) {
        fuzz_check_refusal(err, &diag);
        SL_ASSERT(message == NULL);
        return;
    }
    assert_ok(sl_json_text_from_message(message, &written, &diag));
    check_round_trip(message, written);
    free(written);
    protobuf_c_message_free_unpacked(message, NULL);
}

/* JSON leaves out fields that this version does not know, wherever they lie; so without them. */
static void run_message(struct sl_slice bytes, const ProtobufCMessageDescriptor *descriptor)
{
    ProtobufCMessage *message = protobuf_c_message_unpack(descriptor, NULL, bytes.len, bytes.data);
    char *written = NULL;
    struct sl_diag diag = {0};
    if (message == NULL) {
        return;
    }
    enum sl_err err = sl_json_text_from_message(message, &written, &diag);
    if (err != SL_OK) {
        SL_ASSERT(err == SL_E_INVALID_FIELD);
        fuzz_check_refusal(err, &diag);
    } else {
        run_text(SLICE(written), descriptor);
        free(written);
    }
    protobuf_c_message_free_unpacked(message, NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz_input input = {data, size};
    unsigned kind = fuzz_below(&input, 2 * COUNT(descriptors));
    const ProtobufCMessageDescriptor *descriptor = descriptors[kind / 2];
    struct sl_slice rest = {input.data, input.size};
    if (kind % 2 == 0) {
        run_text(rest, descriptor);
    } else {
        run_message(rest, descriptor);
    }
    return 0;
}
