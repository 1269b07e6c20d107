/* Memory for tables that are looked into all over: from 2 MiB on at an address where the kernel can make huge pages of it, which saves
 * most of the TLB misses and of the page faults. That is a wish only; without them it is memory like any other. */
#ifndef SL_BASE_HUGE_H
#define SL_BASE_HUGE_H

#include "sl/types.h"

#define SL_HUGE_PAGE_BYTES ((size_t)2 * 1024 * 1024)

/* Zeros, from 2 MiB on at a multiple of them; NULL when memory is exhausted. From there on, what is never written takes no memory. */
void *sl_huge_alloc(size_t bytes);
void sl_huge_free(void *memory, size_t bytes); /* as many as were asked for; NULL is fine */

#endif
