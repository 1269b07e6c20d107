/* One frame on the socket:
 *
 *     offset 0   4 bytes   length of the message in bytes, little-endian, 1 to SL_FRAME_BYTES_MAX
 *     offset 4   length    one protobuf message: Request (client to daemon) or Reply (daemon to client)
 *
 * Nothing else: no version byte (the protobuf schema carries change), no checksum (the kernel's socket does not lose bytes). */
#ifndef SL_FRAME_H
#define SL_FRAME_H

#include "sl/err.h"
#include "sl/limits.h"
#include "sl/types.h"

#ifdef __cplusplus
extern "C" {
#endif

#define SL_FRAME_HEADER_BYTES 4u

/* Looks at the front of `bytes`: SL_OK with the message (borrowed from `bytes`) and the whole frame's size, or
 * SL_OK with *ret_frame_bytes == 0 when more bytes are needed. SL_E_TOO_BIG, SL_E_MALFORMED (length 0). */
SL_MUST_CHECK enum sl_err
sl_frame_peek(struct sl_slice bytes, struct sl_slice *ret_message, size_t *ret_frame_bytes);

/* Writes the 4 header bytes for a message of `len` bytes. */
void sl_frame_put_header(uint8_t *header, uint32_t len);

#ifdef __cplusplus
}
#endif
#endif
