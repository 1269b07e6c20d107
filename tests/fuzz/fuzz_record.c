/* Records of the log.
 *
 * The input is tried as it is; then with the CRC it ought to have, so that what lies behind the CRC is reached; then with one byte of
 * that changed. Properties: what decodes has that CRC and is encoded to the same bytes again; one wrong byte is seen. */
#include "fuzz.h"

#include <stdlib.h>

#include "sl/stored/hash.h"
#include "sl/stored/record.h"

#define CRC_OFFSET 4u

static void put_crc(uint8_t *bytes, size_t size)
{
    memset(bytes + CRC_OFFSET, 0, 4);
    uint32_t crc = sl_crc32c(0, bytes, size);
    for (unsigned i = 0; i < 4; i++) {
        bytes[CRC_OFFSET + i] = (uint8_t)(crc >> (8 * i));
    }
}

static bool try_decode(struct sl_slice bytes)
{
    struct sl_record record;
    enum sl_err err = sl_record_decode((sl_seq){7}, bytes, &record);
    if (err != SL_OK) {
        SL_ASSERT(err == SL_E_CORRUPT);
        return false;
    }
    struct sl_draft draft = {.type = record.type,
                             .effective = record.effective,
                             .id = record.id,
                             .actor = record.actor,
                             .event = record.event};
    SL_ASSERT(record.seq.v == 7);
    SL_ASSERT(sl_record_size(&draft) == bytes.len);
    uint8_t *again = malloc(bytes.len);
    SL_ASSERT(again != NULL);
    sl_record_encode(&draft, record.recorded, again);
    SL_ASSERT(memcmp(again, bytes.data, bytes.len) == 0);
    free(again);
    return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    (void)try_decode((struct sl_slice){data, size});
    if (size < SL_RECORD_HEADER_BYTES + 3) {
        return 0;
    }
    size_t len = size - 3; /* the last three say which byte to change, and how */
    uint8_t *bytes = malloc(len);
    SL_ASSERT(bytes != NULL);
    memcpy(bytes, data, len);
    put_crc(bytes, len);
    if (try_decode((struct sl_slice){bytes, len})) {
        size_t place = ((size_t)data[size - 3] << 8 | data[size - 2]) % len;
        bytes[place] ^= (uint8_t)(data[size - 1] | 1);
        SL_ASSERT(!try_decode((struct sl_slice){bytes, len}));
    }
    free(bytes);
    return 0;
}
