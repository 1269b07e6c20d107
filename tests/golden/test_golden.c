/* Bytes that were once written: the daemon reads and writes them as they are.
 *
 * The hex files come from golden.py, which computes them without any of this code. */
#include "lib/test.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "codec/event_codec.h"
#include "lib/store_fixture.h"
#include "salesledger/v1/event.pb-c.h"
#include "service/sealing.h"
#include "sl/stored/merkle.h"
#include "sl/stored/record.h"

#define GOLDEN_BYTES_MAX 4096u
#define ARENA_BYTES_MAX  (1024u * 1024u)

static const char *const kinds[] = {"contact", "quote", "close",   "payout",  "define",
                                    "target",  "plan",  "approve", "correct", "note"};

struct golden {
    uint8_t bytes[GOLDEN_BYTES_MAX];
    size_t len;
};

static int hex_digit(int c)
{
    return c <= '9' ? c - '0' : c - 'a' + 10;
}

/* Reads hex digits, skipping line ends, until end of file. */
static void read_hex(const char *folder, const char *kind, struct golden *golden)
{
    char path[512];
    (void)snprintf(path, sizeof path, "%s/%s/%s.hex", SL_GOLDEN_DIR, folder, kind);
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    golden->len = 0;
    int high = -1;
    for (int c = fgetc(file); c != EOF; c = fgetc(file)) {
        if (!isxdigit(c)) {
            continue;
        }
        if (high < 0) {
            high = hex_digit(c);
            continue;
        }
        assert_true(golden->len < GOLDEN_BYTES_MAX);
        golden->bytes[golden->len++] = (uint8_t)(high * 16 + hex_digit(c));
        high = -1;
    }
    assert_int_equal(high, -1);
    assert_int_equal(fclose(file), 0);
}

static struct sl_slice slice_of(const struct golden *golden)
{
    return (struct sl_slice){golden->bytes, golden->len};
}

static void events_decode_and_encode_to_the_same_bytes(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(kinds); i++) {
        struct golden golden;
        uint8_t again[GOLDEN_BYTES_MAX];
        read_hex("events", kinds[i], &golden);

        Salesledger__V1__Event *event =
            salesledger__v1__event__unpack(NULL, golden.len, golden.bytes);

        assert_non_null(event);
        assert_int_equal(event->base.n_unknown_fields, 0);
        assert_int_equal(salesledger__v1__event__get_packed_size(event), golden.len);
        assert_int_equal(salesledger__v1__event__pack(event, again), golden.len);
        assert_memory_equal(again, golden.bytes, golden.len);
        salesledger__v1__event__free_unpacked(event, NULL);
    }
}

static void events_decode_to_their_type(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(kinds); i++) {
        struct golden golden;
        struct sl_arena arena;
        struct sl_event event;
        struct sl_diag diag = {0};
        read_hex("events", kinds[i], &golden);
        sl_arena_init(&arena, ARENA_BYTES_MAX);

        assert_ok(sl_event_decode(slice_of(&golden), SL_DECODE_COMMAND, &arena, &event, &diag));

        assert_string_equal(sl_event_type_name(event.body.type), kinds[i]);
        assert_true(event.has_id);
        sl_arena_deinit(&arena);
    }
}

static void records_decode_and_encode_to_the_same_bytes(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(kinds); i++) {
        struct golden event;
        struct golden golden;
        struct sl_record record;
        uint8_t again[GOLDEN_BYTES_MAX];
        read_hex("events", kinds[i], &event);
        read_hex("records", kinds[i], &golden);

        assert_ok(sl_record_decode((sl_seq){i + 1}, slice_of(&golden), &record));
        struct sl_draft draft = {.type = record.type,
                                 .effective = record.effective,
                                 .id = record.id,
                                 .actor = record.actor,
                                 .event = record.event};

        assert_int_equal(record.type, SL_EVENT_CONTACT + i);
        assert_int_equal(record.event.len, event.len);
        assert_memory_equal(record.event.data, event.bytes, event.len);
        assert_int_equal(sl_record_size(&draft), golden.len);
        sl_record_encode(&draft, record.recorded, again);
        assert_memory_equal(again, golden.bytes, golden.len);
    }
}

/* Compares with one line of roots.txt: "<size> <root in hex>". */
static void check_root(FILE *roots, const struct sl_merkle *merkle, struct sl_sha256 *sha)
{
    char line[128];
    char expected[128];
    uint8_t root[SL_SHA256_BYTES];
    sl_merkle_root(merkle, sha, root);
    int len = snprintf(expected, sizeof expected, "%u ", (unsigned)merkle->size);
    for (size_t i = 0; i < sizeof root; i++) {
        len += snprintf(expected + len, sizeof expected - (size_t)len, "%02x", root[i]);
    }
    assert_non_null(fgets(line, sizeof line, roots));
    line[strcspn(line, "\n")] = '\0';
    assert_string_equal(line, expected);
}

static void the_tree_over_the_records_has_the_known_roots(void **state)
{
    (void)state;
    struct sl_merkle merkle = {0};
    struct sl_sha256 sha = {0};
    uint8_t nodes[(SL_MERKLE_LEVELS + 1) * SL_SHA256_BYTES];
    assert_ok(sl_sha256_init(&sha));
    FILE *roots = fopen(SL_GOLDEN_DIR "/roots.txt", "r");
    assert_non_null(roots);

    check_root(roots, &merkle, &sha);
    for (size_t i = 0; i < COUNT(kinds); i++) {
        struct golden golden;
        read_hex("records", kinds[i], &golden);
        (void)sl_merkle_append(&merkle, &sha, slice_of(&golden), nodes);
        check_root(roots, &merkle, &sha);
    }

    assert_int_equal(fclose(roots), 0);
    sl_sha256_deinit(&sha);
}

static void fill_with_the_known_key(uint8_t *bytes, size_t len)
{
    assert_int_equal(len, SL_SEAL_KEY_ID_BYTES + SL_SEAL_SECRET_BYTES);
    for (size_t i = 0; i < len; i++) {
        bytes[i] = (uint8_t)(i < SL_SEAL_KEY_ID_BYTES ? 0xa0 + i : i - SL_SEAL_KEY_ID_BYTES);
    }
}

static void personal_fields_are_sealed_to_the_same_bytes(void **state)
{
    (void)state;
    struct golden sent;
    struct golden stored;
    struct golden record;
    read_hex("sealed", "event", &sent);
    read_hex("sealed", "stored", &stored);
    read_hex("sealed", "record", &record);
    struct sl_fixture fixture;
    sl_fixture_init(&fixture);
    sl_fixture_open(&fixture);
    struct sl_sealing sealing = {.store = fixture.store, .fill_random = fill_with_the_known_key};
    assert_ok(sl_sealer_init(&sealing.sealer));
    struct sl_arena arena;
    struct sl_event event;
    struct sl_diag diag = {0};
    struct sl_slice bytes;
    sl_arena_init(&arena, ARENA_BYTES_MAX);
    assert_ok(sl_event_decode(slice_of(&sent), SL_DECODE_COMMAND, &arena, &event, &diag));
    struct sl_to_seal from = {&event, event.id, slice_of(&sent)};

    assert_ok(sl_sealing_seal(&sealing, &from, &arena, &bytes, &diag));

    assert_int_equal(bytes.len, stored.len);
    assert_memory_equal(bytes.data, stored.bytes, stored.len);
    struct sl_record found;
    assert_ok(sl_record_decode((sl_seq){1}, slice_of(&record), &found));
    assert_int_equal(found.event.len, stored.len);
    assert_memory_equal(found.event.data, stored.bytes, stored.len);
    bool is_same;
    assert_ok(sl_sealing_is_same(&sealing, &found, slice_of(&sent), &arena, &is_same));
    assert_true(is_same);
    sl_arena_deinit(&arena);
    sl_sealer_deinit(&sealing.sealer);
    sl_fixture_deinit(&fixture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(events_decode_and_encode_to_the_same_bytes),
        cmocka_unit_test(events_decode_to_their_type),
        cmocka_unit_test(records_decode_and_encode_to_the_same_bytes),
        cmocka_unit_test(the_tree_over_the_records_has_the_known_roots),
        cmocka_unit_test(personal_fields_are_sealed_to_the_same_bytes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
