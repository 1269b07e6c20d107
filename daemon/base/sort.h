/* Sorting by a word. */
#ifndef SL_BASE_SORT_H
#define SL_BASE_SORT_H

#include "sl/types.h"

struct sl_sorted {
    uint64_t word;
    uint32_t index; /* the caller's */
};

/* Ascending by `word`; stable. `spare` has room for as many. A radix sort: its time is that of the bytes in which the words differ. */
void sl_sort(struct sl_sorted *entries, struct sl_sorted *spare, size_t count);

#endif
