/* Frames: the length in front of each message. */
#include "sl/frame.h"

static uint32_t get_u32_le(const uint8_t *bytes)
{
    return (uint32_t)bytes[0] | (uint32_t)bytes[1] << 8 | (uint32_t)bytes[2] << 16 |
           (uint32_t)bytes[3] << 24;
}

/* A bad length is refused as soon as the header is there: waiting for its body would wait for ever. */
enum sl_err
sl_frame_peek(struct sl_slice bytes, struct sl_slice *ret_message, size_t *ret_frame_bytes)
{
    uint32_t len = bytes.len >= SL_FRAME_HEADER_BYTES ? get_u32_le(bytes.data) : 1;
    if (len == 0) {
        return SL_E_MALFORMED;
    }
    if (len > SL_FRAME_BYTES_MAX) {
        return SL_E_TOO_BIG;
    }
    if (bytes.len < SL_FRAME_HEADER_BYTES + (size_t)len) {
        *ret_message = (struct sl_slice){0};
        *ret_frame_bytes = 0;
        return SL_OK;
    }
    *ret_message = (struct sl_slice){.data = bytes.data + SL_FRAME_HEADER_BYTES, .len = len};
    *ret_frame_bytes = SL_FRAME_HEADER_BYTES + (size_t)len;
    return SL_OK;
}

void sl_frame_put_header(uint8_t *header, uint32_t len)
{
    SL_ASSERT(len >= 1);
    SL_ASSERT(len <= SL_FRAME_BYTES_MAX);
    header[0] = (uint8_t)len;
    header[1] = (uint8_t)(len >> 8);
    header[2] = (uint8_t)(len >> 16);
    header[3] = (uint8_t)(len >> 24);
}
