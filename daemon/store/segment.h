/* The bytes of a journal segment, and finding out which of them may be believed. No files here: only memory.
 *
 *     offset    0   segment header, 4096 bytes; its fields stand twice, at 0 and at 2048, so that one bad sector is survived
 *            4096   frames, each beginning at a multiple of 8, up to the first bytes that are not a frame of this segment
 *
 *     header    0   8   magic "SLJSEG1\n"           frame    0   4   magic "SLJF"
 *               8   8   generation                           4   4   CRC32C of bytes 8 to 39, seeded with the salt
 *              16  16   salt, random                         8   8   generation of the segment
 *              32   8   first seq                           16   8   first seq
 *              40   8   size of the segment                 24   4   count of records, 1 or more
 *              48  16   ledger id                           28   4   length of the payload
 *              64   4   CRC32C of bytes 0 to 63             32   4   previous: chain value of the frame before
 *                                                           36   4   chain value: CRC32C of the payload, seeded with
 *     payload   records, each behind its length (4 bytes)            salt and previous
 *                                                           40       payload, then zeros up to a multiple of 8
 *
 *     note   1024   8   magic "SLJNEXT\n"         stands in the header of a segment as soon as the first frame of the one after it is
 *            1032   8   generation of that one    durable, and before anyone is told of that frame: were that segment lost, the next
 *            1040   4   CRC32C, with the salt     start would not know of it
 *
 * All integers little-endian. The chain begins with the salt. A frame is valid if magic, generation, both CRCs and the bounds
 * hold; it follows if its `previous` is the chain value before and its first seq the next one. The salt is never shown to
 * anyone, so neither an older frame nor bytes inside an event can pass for a frame, wherever they come to lie. */
#ifndef SL_STORE_SEGMENT_H
#define SL_STORE_SEGMENT_H

#include "sl/err.h"
#include "sl/types.h"

#define SL_SEGMENT_HEADER_BYTES 4096u
#define SL_FRAME_HEADER_BYTES   40u
#define SL_SEGMENT_SALT_BYTES   16u

struct sl_segment_header {
    uint64_t generation;
    uint8_t salt[SL_SEGMENT_SALT_BYTES];
    uint64_t first_seq;
    uint64_t bytes;
    uint8_t ledger_id[16];
};

struct sl_frame {
    uint64_t first_seq;
    uint32_t count;
    uint32_t len;      /* of the payload */
    uint32_t previous; /* chain value of the frame before */
    uint32_t chain;    /* its own */
};

void sl_segment_header_encode(const struct sl_segment_header *header,
                              uint8_t ret_bytes[SL_SEGMENT_HEADER_BYTES]);

/* False if neither copy of the header is whole: the segment was never begun, or was taken back. */
SL_MUST_CHECK bool sl_segment_header_decode(const uint8_t bytes[SL_SEGMENT_HEADER_BYTES],
                                            struct sl_segment_header *ret_header);

/* May bytes that are no header be those of a free segment? Both places are zeros then. */
bool sl_segment_header_is_blank(const uint8_t bytes[SL_SEGMENT_HEADER_BYTES]);
/* Are they a header of another version of the journal? */
bool sl_segment_header_is_foreign(const uint8_t bytes[SL_SEGMENT_HEADER_BYTES]);

/* In a sector of its own. */
#define SL_SEGMENT_NOTE_AT    1024u
#define SL_SEGMENT_NOTE_BYTES 20u
void sl_segment_note_encode(const struct sl_segment_header *header,
                            uint64_t successor,
                            uint8_t ret_bytes[SL_SEGMENT_NOTE_BYTES]);
/* *ret_successor is 0 where there is none. SL_E_CORRUPT. */
SL_MUST_CHECK enum sl_err sl_segment_note_decode(const struct sl_segment_header *header,
                                                 const uint8_t block[SL_SEGMENT_HEADER_BYTES],
                                                 uint64_t *ret_successor);

/* What the CRCs of this segment begin with; also the chain value before the first frame. */
uint32_t sl_segment_seed(const struct sl_segment_header *header);

/* What the CRC over a payload begins with. */
uint32_t sl_frame_chain_begin(uint32_t seed, uint32_t previous);

void sl_frame_encode(const struct sl_frame *frame,
                     uint64_t generation,
                     uint32_t seed,
                     uint8_t ret_bytes[SL_FRAME_HEADER_BYTES]);

/* Bytes a frame takes in the segment, header and padding included. */
static inline uint64_t sl_frame_bytes(uint64_t payload_len)
{
    return (SL_FRAME_HEADER_BYTES + payload_len + 7) / 8 * 8;
}

/* Walks the frames of one segment held in memory. */
struct sl_segment_scan {
    const uint8_t *bytes; /* the whole segment, borrowed */
    size_t size;
    uint64_t generation;
    uint32_t seed;
    uint32_t chain;    /* of the last good frame */
    uint64_t next_seq; /* expected next */
    size_t offset;     /* of the next frame */
};

void sl_segment_scan_begin(struct sl_segment_scan *scan,
                           const uint8_t *bytes,
                           size_t size,
                           const struct sl_segment_header *header);

/* SL_OK with the next frame and its payload, borrowed from `bytes`; SL_E_NOT_FOUND at the end: nothing, or a torn frame
 * with nothing valid behind it; SL_E_CORRUPT if an invalid place is followed by the valid header of a frame, `scan->offset` says where. */
SL_MUST_CHECK enum sl_err sl_segment_scan_next(struct sl_segment_scan *scan,
                                               struct sl_frame *ret_frame,
                                               struct sl_slice *ret_payload);

#endif
