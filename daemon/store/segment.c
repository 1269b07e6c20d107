/* Encoding, decoding and the rule that tells a torn end from damage. */
#include "store/segment.h"

#include <string.h>

#include "sl/stored/hash.h"

#define HEADER_COPY_AT   2048u
#define HEADER_CRC_AT    64u
#define MAGIC_NAME_BYTES 6u /* then the version */
#define NOTE_CRC_AT      16u
#define FRAME_MAGIC      0x464a4c53u /* "SLJF" */
#define FRAME_CRC_AT     4u
#define FRAME_FIELDS_AT  8u
#define FRAME_ALIGNMENT  8u

static const uint8_t segment_magic[8] = {'S', 'L', 'J', 'S', 'E', 'G', '1', '\n'};

static const uint8_t note_magic[8] = {'S', 'L', 'J', 'N', 'E', 'X', 'T', '\n'};

static void put32(uint8_t *bytes, uint32_t value)
{
    memcpy(bytes, &value, sizeof value);
}

static void put64(uint8_t *bytes, uint64_t value)
{
    memcpy(bytes, &value, sizeof value);
}

static uint32_t get32(const uint8_t *bytes)
{
    uint32_t value;
    memcpy(&value, bytes, sizeof value);
    return value;
}

static uint64_t get64(const uint8_t *bytes)
{
    uint64_t value;
    memcpy(&value, bytes, sizeof value);
    return value;
}

void sl_segment_header_encode(const struct sl_segment_header *header,
                              uint8_t ret_bytes[SL_SEGMENT_HEADER_BYTES])
{
    memset(ret_bytes, 0, SL_SEGMENT_HEADER_BYTES);
    memcpy(ret_bytes, segment_magic, sizeof segment_magic);
    put64(ret_bytes + 8, header->generation);
    memcpy(ret_bytes + 16, header->salt, sizeof header->salt);
    put64(ret_bytes + 32, header->first_seq);
    put64(ret_bytes + 40, header->bytes);
    memcpy(ret_bytes + 48, header->ledger_id, sizeof header->ledger_id);
    put32(ret_bytes + HEADER_CRC_AT, sl_crc32c(0, ret_bytes, HEADER_CRC_AT));
    memcpy(ret_bytes + HEADER_COPY_AT, ret_bytes, HEADER_CRC_AT + 4);
}

static bool decode_copy(const uint8_t *bytes, struct sl_segment_header *ret_header)
{
    if (memcmp(bytes, segment_magic, sizeof segment_magic) != 0 ||
        get32(bytes + HEADER_CRC_AT) != sl_crc32c(0, bytes, HEADER_CRC_AT)) {
        return false;
    }
    ret_header->generation = get64(bytes + 8);
    memcpy(ret_header->salt, bytes + 16, sizeof ret_header->salt);
    ret_header->first_seq = get64(bytes + 32);
    ret_header->bytes = get64(bytes + 40);
    memcpy(ret_header->ledger_id, bytes + 48, sizeof ret_header->ledger_id);
    return true;
}

bool sl_segment_header_decode(const uint8_t bytes[SL_SEGMENT_HEADER_BYTES],
                              struct sl_segment_header *ret_header)
{
    return decode_copy(bytes, ret_header) || decode_copy(bytes + HEADER_COPY_AT, ret_header);
}

static bool is_zero(const uint8_t *bytes, size_t size)
{
    size_t at = 0;
    while (at < size && bytes[at] == 0) {
        at++;
    }
    return at == size;
}

bool sl_segment_header_is_blank(const uint8_t bytes[SL_SEGMENT_HEADER_BYTES])
{
    return is_zero(bytes, HEADER_CRC_AT + 4) && is_zero(bytes + HEADER_COPY_AT, HEADER_CRC_AT + 4);
}

static bool is_foreign(const uint8_t *bytes)
{
    return memcmp(bytes, segment_magic, MAGIC_NAME_BYTES) == 0 &&
           memcmp(bytes, segment_magic, sizeof segment_magic) != 0 &&
           bytes[sizeof segment_magic - 1] == segment_magic[sizeof segment_magic - 1];
}

bool sl_segment_header_is_foreign(const uint8_t bytes[SL_SEGMENT_HEADER_BYTES])
{
    return is_foreign(bytes) && is_foreign(bytes + HEADER_COPY_AT);
}

void sl_segment_note_encode(const struct sl_segment_header *header,
                            uint64_t successor,
                            uint8_t ret_bytes[SL_SEGMENT_NOTE_BYTES])
{
    memcpy(ret_bytes, note_magic, sizeof note_magic);
    put64(ret_bytes + sizeof note_magic, successor);
    put32(ret_bytes + NOTE_CRC_AT, sl_crc32c(sl_segment_seed(header), ret_bytes, NOTE_CRC_AT));
}

enum sl_err sl_segment_note_decode(const struct sl_segment_header *header,
                                   const uint8_t block[SL_SEGMENT_HEADER_BYTES],
                                   uint64_t *ret_successor)
{
    const uint8_t *note = block + SL_SEGMENT_NOTE_AT;
    *ret_successor = 0;
    if (is_zero(note, SL_SEGMENT_NOTE_BYTES)) {
        return SL_OK;
    }
    if (memcmp(note, note_magic, sizeof note_magic) != 0 ||
        get32(note + NOTE_CRC_AT) != sl_crc32c(sl_segment_seed(header), note, NOTE_CRC_AT)) {
        return SL_E_CORRUPT;
    }
    *ret_successor = get64(note + sizeof note_magic);
    return SL_OK;
}

uint32_t sl_segment_seed(const struct sl_segment_header *header)
{
    uint8_t bytes[8];
    put64(bytes, header->generation);
    uint32_t crc = sl_crc32c(0, header->salt, sizeof header->salt);
    return sl_crc32c(crc, bytes, sizeof bytes);
}

uint32_t sl_frame_chain_begin(uint32_t seed, uint32_t previous)
{
    uint8_t bytes[4];
    put32(bytes, previous);
    return sl_crc32c(seed, bytes, sizeof bytes);
}

void sl_frame_encode(const struct sl_frame *frame,
                     uint64_t generation,
                     uint32_t seed,
                     uint8_t ret_bytes[SL_FRAME_HEADER_BYTES])
{
    put32(ret_bytes, FRAME_MAGIC);
    put64(ret_bytes + 8, generation);
    put64(ret_bytes + 16, frame->first_seq);
    put32(ret_bytes + 24, frame->count);
    put32(ret_bytes + 28, frame->len);
    put32(ret_bytes + 32, frame->previous);
    put32(ret_bytes + 36, frame->chain);
    uint32_t crc =
        sl_crc32c(seed, ret_bytes + FRAME_FIELDS_AT, SL_FRAME_HEADER_BYTES - FRAME_FIELDS_AT);
    put32(ret_bytes + FRAME_CRC_AT, crc);
}

/* Header and bounds of the frame at `offset`, whatever came before it. */
static bool
decode_frame_header(const struct sl_segment_scan *scan, size_t offset, struct sl_frame *frame)
{
    const uint8_t *bytes = scan->bytes + offset;
    if (scan->size - offset < SL_FRAME_HEADER_BYTES || get32(bytes) != FRAME_MAGIC ||
        get64(bytes + 8) != scan->generation) {
        return false;
    }
    uint32_t crc =
        sl_crc32c(scan->seed, bytes + FRAME_FIELDS_AT, SL_FRAME_HEADER_BYTES - FRAME_FIELDS_AT);
    if (get32(bytes + FRAME_CRC_AT) != crc) {
        return false;
    }
    *frame = (struct sl_frame){
        .first_seq = get64(bytes + 16),
        .count = get32(bytes + 24),
        .len = get32(bytes + 28),
        .previous = get32(bytes + 32),
        .chain = get32(bytes + 36),
    };
    return frame->count != 0 && sl_frame_bytes(frame->len) <= scan->size - offset;
}

/* The same, and its payload. */
static bool decode_frame(const struct sl_segment_scan *scan, size_t offset, struct sl_frame *frame)
{
    if (!decode_frame_header(scan, offset, frame)) {
        return false;
    }
    const uint8_t *bytes = scan->bytes + offset;
    uint32_t chain = sl_frame_chain_begin(scan->seed, frame->previous);
    return sl_crc32c(chain, bytes + SL_FRAME_HEADER_BYTES, frame->len) == frame->chain;
}

void sl_segment_scan_begin(struct sl_segment_scan *scan,
                           const uint8_t *bytes,
                           size_t size,
                           const struct sl_segment_header *header)
{
    uint32_t seed = sl_segment_seed(header);
    *scan = (struct sl_segment_scan){
        .bytes = bytes,
        .size = size,
        .generation = header->generation,
        .seed = seed,
        .chain = seed,
        .next_seq = header->first_seq,
        .offset = SL_SEGMENT_HEADER_BYTES,
    };
}

/* A frame is begun only when the one before it is durable: its header says so, whatever has become of its payload. */
static bool has_begun_frame_behind(const struct sl_segment_scan *scan)
{
    for (size_t at = scan->offset + FRAME_ALIGNMENT; at + SL_FRAME_HEADER_BYTES <= scan->size;
         at += FRAME_ALIGNMENT) {
        struct sl_frame frame;
        if (decode_frame_header(scan, at, &frame)) {
            return true;
        }
    }
    return false;
}

enum sl_err sl_segment_scan_next(struct sl_segment_scan *scan,
                                 struct sl_frame *ret_frame,
                                 struct sl_slice *ret_payload)
{
    if (scan->offset > scan->size || scan->size - scan->offset < SL_FRAME_HEADER_BYTES) {
        return SL_E_NOT_FOUND;
    }
    struct sl_frame frame;
    if (!decode_frame(scan, scan->offset, &frame)) {
        return has_begun_frame_behind(scan) ? SL_E_CORRUPT : SL_E_NOT_FOUND;
    }
    if (frame.previous != scan->chain || frame.first_seq != scan->next_seq) {
        return SL_E_CORRUPT;
    }
    *ret_payload = (struct sl_slice){scan->bytes + scan->offset + SL_FRAME_HEADER_BYTES, frame.len};
    *ret_frame = frame;
    scan->chain = frame.chain;
    scan->next_seq += frame.count;
    scan->offset += (size_t)sl_frame_bytes(frame.len);
    return SL_OK;
}
