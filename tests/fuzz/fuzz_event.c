/* Event bytes, the short way, the long way, and what the rules of the domain say to what was decoded.
 *
 * Properties: what the short way takes the long way takes alike, in both modes; what a client may send can be read from the log again;
 * what a client may send says the same as its canonical encoding, and that decodes; a refusal has words and leaves the output alone. */
#include "fuzz.h"

#include <stdlib.h>

#include "codec/fast_codec.h"
#include "codec/peek.h"
#include "domain/decide.h"
#include "lib/event_same.h"

#include <salesledger/v1/event.pb-c.h>

#define ARENA_BYTES_MAX ((size_t)64 * 1024 * 1024)

static bool decode(struct sl_slice bytes,
                   enum sl_decode_mode mode,
                   struct sl_arena *arena,
                   struct sl_event *ret_event)
{
    struct sl_diag diag = {0};
    struct sl_event before;
    memset(&before, 0xa5, sizeof before);
    *ret_event = before;
    enum sl_err err = sl_event_decode(bytes, mode, arena, ret_event, &diag);
    if (err != SL_OK) {
        fuzz_check_refusal(err, &diag);
        SL_ASSERT(memcmp(ret_event, &before, sizeof before) == 0);
    }
    return err == SL_OK;
}

static void check_short_way(struct sl_slice bytes, struct sl_arena *arena)
{
    struct sl_event fast;
    struct sl_event full;
    if (!sl_fast_decode(bytes, arena, &fast)) {
        return;
    }
    SL_ASSERT(sl_full_decode(bytes, SL_DECODE_COMMAND, arena, &full, NULL) == SL_OK);
    sl_assert_same_event(&fast, &full);
    SL_ASSERT(sl_full_decode(bytes, SL_DECODE_STORED, arena, &full, NULL) == SL_OK);
    sl_assert_same_event(&fast, &full);
}

/* The canonical encoding is that of the plain protobuf library. */
static void check_canonical(struct sl_slice bytes, struct sl_arena *arena)
{
    Salesledger__V1__Event *event = salesledger__v1__event__unpack(NULL, bytes.len, bytes.data);
    SL_ASSERT(event != NULL);
    size_t len = salesledger__v1__event__get_packed_size(event);
    uint8_t *again = malloc(len + 1);
    SL_ASSERT(again != NULL);
    SL_ASSERT(salesledger__v1__event__pack(event, again) == len);
    salesledger__v1__event__free_unpacked(event, NULL);
    struct sl_event decoded;
    struct sl_slice canonical = {again, len};
    if (len <=
        SL_EVENT_BYTES_MAX) { /* an overlong varint is shorter, but a packed list is longer unpacked */
        SL_ASSERT(decode(canonical, SL_DECODE_COMMAND, arena, &decoded));
        SL_ASSERT(sl_event_same_content(bytes, canonical, arena));
    }
    free(again);
}

static void check_meaning(const struct sl_event *event)
{
    struct sl_diag diag = {0};
    enum sl_err err = sl_event_check(event, &diag);
    if (err != SL_OK) {
        fuzz_check_refusal(err, &diag);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct sl_slice bytes = {data, size};
    struct sl_arena arena;
    struct sl_event command;
    struct sl_event stored;
    struct sl_peek peek;
    sl_arena_init(&arena, ARENA_BYTES_MAX);
    sl_peek_event(bytes, &peek);
    bool is_command = decode(bytes, SL_DECODE_COMMAND, &arena, &command);
    bool is_stored = decode(bytes, SL_DECODE_STORED, &arena, &stored);
    SL_ASSERT(SL_IMPLIES(is_command, is_stored));
    check_short_way(bytes, &arena);
    if (is_command) {
        SL_ASSERT(command.body.type == stored.body.type);
        check_meaning(&command);
        check_canonical(bytes, &arena);
    }
    sl_arena_deinit(&arena);
    return 0;
}
