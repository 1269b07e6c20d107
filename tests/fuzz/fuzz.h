/* What fuzz targets share: the entry, numbers taken off an input, and checks.
 *
 * A target is one file with one LLVMFuzzerTestOneInput. It is linked twice: with libFuzzer, which looks for inputs, and with replay.c,
 * which runs the kept ones as plain tests. It fails by aborting (SL_ASSERT), by an assert of cmocka, which ends the process, or by a
 * sanitizer. It keeps no state from one input to the next that an input could see. */
#ifndef SL_FUZZ_FUZZ_H
#define SL_FUZZ_FUZZ_H

#include <string.h>

#include "sl/err.h"
#include "sl/types.h"

/* libFuzzer's entry; always gives 0. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The part of an input not yet taken. Where it is used up there are zeros. */
struct fuzz_input {
    const uint8_t *data;
    size_t size;
};

static inline struct sl_slice fuzz_take(struct fuzz_input *input, size_t len)
{
    struct sl_slice taken = {input->data, len < input->size ? len : input->size};
    input->data += taken.len;
    input->size -= taken.len;
    return taken;
}

/* Up to eight bytes as an unsigned number, little-endian. */
static inline uint64_t fuzz_number(struct fuzz_input *input, size_t len)
{
    struct sl_slice taken = fuzz_take(input, len);
    uint64_t number = 0;
    for (size_t i = 0; i < taken.len; i++) {
        number |= (uint64_t)taken.data[i] << (8 * i);
    }
    return number;
}

/* 0 to bound - 1, from one byte. */
static inline unsigned fuzz_below(struct fuzz_input *input, unsigned bound)
{
    return (unsigned)fuzz_number(input, 1) % bound;
}

/* A refusal is one of the table and tells people something. */
static inline void fuzz_check_refusal(enum sl_err err, const struct sl_diag *diag)
{
    SL_ASSERT(err != SL_OK);
    SL_ASSERT(strcmp(sl_err_name(err), "UNKNOWN") != 0);
    SL_ASSERT(diag->message[0] != '\0');
}

#endif
