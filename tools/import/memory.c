/* Memory that is there or ends the tool. */
#include "import/memory.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FIRST_CAPACITY 16u

static void *must_have(void *memory)
{
    if (memory == NULL) {
        (void)fputs("salesledger: out of memory\n", stderr); /* nobody is left to tell */
        exit(1);
    }
    return memory;
}

void *sl_tool_alloc(size_t count, size_t size)
{
    return must_have(calloc(count == 0 ? 1 : count, size));
}

char *sl_tool_dup(const char *text, size_t len)
{
    char *copy = sl_tool_alloc(len + 1, 1);
    memcpy(copy, text, len);
    return copy;
}

void *sl_tool_grow(void *items, size_t count, size_t *capacity, size_t size)
{
    if (count < *capacity) {
        return items;
    }
    size_t wanted = *capacity == 0 ? FIRST_CAPACITY : *capacity * 2;
    *capacity = wanted;
    return must_have(reallocarray(items, wanted, size));
}
