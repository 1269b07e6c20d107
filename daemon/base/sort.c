/* A radix sort from the lowest byte up. */
#include "base/sort.h"

#include <string.h>

#define DIGITS 256u

/* Which bits are not the same in all words. */
static uint64_t bits_that_differ(const struct sl_sorted *entries, size_t count)
{
    uint64_t bits = 0;
    for (size_t i = 1; i < count; i++) {
        bits |= entries[i].word ^ entries[0].word;
    }
    return bits;
}

static void pass(const struct sl_sorted *from, struct sl_sorted *to, size_t count, unsigned shift)
{
    size_t starts[DIGITS] = {0};
    size_t start = 0;
    for (size_t i = 0; i < count; i++) {
        starts[(from[i].word >> shift) & (DIGITS - 1)]++;
    }
    for (unsigned digit = 0; digit < DIGITS; digit++) {
        size_t here = starts[digit];
        starts[digit] = start;
        start += here;
    }
    for (size_t i = 0; i < count; i++) {
        to[starts[(from[i].word >> shift) & (DIGITS - 1)]++] = from[i];
    }
}

void sl_sort(struct sl_sorted *entries, struct sl_sorted *spare, size_t count)
{
    uint64_t differ = bits_that_differ(entries, count);
    struct sl_sorted *from = entries;
    struct sl_sorted *to = spare;
    for (unsigned shift = 0; shift < 64; shift += 8) {
        if (((differ >> shift) & (DIGITS - 1)) != 0) {
            pass(from, to, count, shift);
            struct sl_sorted *swap = from;
            from = to;
            to = swap;
        }
    }
    if (from != entries) {
        memcpy(entries, from, count * sizeof *entries);
    }
}
