/* Memory for the command line tools. A tool that runs out of memory can do nothing better than to say so and end, so
 * these never return NULL; the daemon and the client library do not use them. */
#ifndef SL_IMPORT_MEMORY_H
#define SL_IMPORT_MEMORY_H

#include <stddef.h>

/* `count` zeroed elements; free() them. */
void *sl_tool_alloc(size_t count, size_t size);

/* A copy of `len` bytes with a NUL behind them. */
char *sl_tool_dup(const char *text, size_t len);

/* Makes room for one more element: doubles `items` when `count` has reached `*capacity`. Use as
 *     list = sl_tool_grow(list, count, &capacity, sizeof *list); */
void *sl_tool_grow(void *items, size_t count, size_t *capacity, size_t size);

#endif
