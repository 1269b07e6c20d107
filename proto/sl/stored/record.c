/* Records are written and read field by field at their offsets; record.h draws them. */
#include "sl/stored/record.h"

#include <assert.h>
#include <string.h>

#include "sl/limits.h"
#include "sl/stored/hash.h"

#define AT_VERSION   0u
#define AT_TYPE      1u
#define AT_ACTOR_LEN 2u
#define AT_FLAGS     3u
#define AT_CRC       4u
#define AT_RECORDED  8u
#define AT_EFFECTIVE 16u
#define AT_EVENT_LEN 20u
#define AT_ID        24u

static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__,
              "records and rows are stored in the byte order of the machine: little-endian");
static_assert(AT_ID + sizeof(struct sl_id) == SL_RECORD_HEADER_BYTES, "the header is 40 bytes");

size_t sl_record_size(const struct sl_draft *draft)
{
    return SL_RECORD_HEADER_BYTES + draft->actor.len + draft->event.len;
}

/* The CRC covers the record as if its own four bytes were zero. */
static uint32_t record_crc(const uint8_t *bytes, size_t len)
{
    static const uint8_t zeros[4];
    uint32_t crc = sl_crc32c(0, bytes, AT_CRC);
    crc = sl_crc32c(crc, zeros, sizeof zeros);
    return sl_crc32c(crc, bytes + AT_RECORDED, len - AT_RECORDED);
}

void sl_record_encode(const struct sl_draft *draft, sl_time recorded, uint8_t *buf)
{
    SL_ASSERT(draft->actor.len <= SL_ID_TEXT_BYTES_MAX);
    SL_ASSERT(draft->event.len <= SL_EVENT_BYTES_MAX);
    uint32_t event_len = (uint32_t)draft->event.len;
    buf[AT_VERSION] = SL_RECORD_VERSION;
    buf[AT_TYPE] = draft->type;
    buf[AT_ACTOR_LEN] = (uint8_t)draft->actor.len;
    buf[AT_FLAGS] = 0;
    memcpy(buf + AT_RECORDED, &recorded.v, sizeof recorded.v);
    memcpy(buf + AT_EFFECTIVE, &draft->effective.v, sizeof draft->effective.v);
    memcpy(buf + AT_EVENT_LEN, &event_len, sizeof event_len);
    memcpy(buf + AT_ID, draft->id.bytes, sizeof draft->id.bytes);
    if (draft->actor.len > 0) {
        memcpy(buf + SL_RECORD_HEADER_BYTES, draft->actor.data, draft->actor.len);
    }
    if (event_len > 0) {
        memcpy(buf + SL_RECORD_HEADER_BYTES + draft->actor.len, draft->event.data, event_len);
    }
    uint32_t crc = record_crc(buf, sl_record_size(draft));
    memcpy(buf + AT_CRC, &crc, sizeof crc);
}

enum sl_err sl_record_decode(sl_seq seq, struct sl_slice bytes, struct sl_record *ret_record)
{
    const uint8_t *buf = bytes.data;
    if (bytes.len < SL_RECORD_HEADER_BYTES || buf[AT_VERSION] != SL_RECORD_VERSION ||
        buf[AT_FLAGS] != 0) {
        return SL_E_CORRUPT;
    }
    size_t actor_len = buf[AT_ACTOR_LEN];
    uint32_t event_len;
    memcpy(&event_len, buf + AT_EVENT_LEN, sizeof event_len);
    if (actor_len > SL_ID_TEXT_BYTES_MAX || event_len > SL_EVENT_BYTES_MAX ||
        SL_RECORD_HEADER_BYTES + actor_len + event_len != bytes.len) {
        return SL_E_CORRUPT;
    }
    uint32_t crc;
    memcpy(&crc, buf + AT_CRC, sizeof crc);
    if (crc != record_crc(buf, bytes.len)) {
        return SL_E_CORRUPT;
    }
    struct sl_record record = {
        .seq = seq,
        .type = buf[AT_TYPE],
        .actor = {buf + SL_RECORD_HEADER_BYTES, actor_len},
        .event = {buf + SL_RECORD_HEADER_BYTES + actor_len, event_len},
        .bytes = bytes,
    };
    memcpy(&record.recorded.v, buf + AT_RECORDED, sizeof record.recorded.v);
    memcpy(&record.effective.v, buf + AT_EFFECTIVE, sizeof record.effective.v);
    memcpy(record.id.bytes, buf + AT_ID, sizeof record.id.bytes);
    *ret_record = record;
    return SL_OK;
}
