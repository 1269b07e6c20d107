/* Origins of a target, short and exact. */
#include "cli/origins.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#define SHOWN_MAX 3u

static const char *period_of(const Salesledger__V1__TargetOrigin *origin)
{
    return origin->period == NULL ? "" : origin->period;
}

void sl_origins_show(Salesledger__V1__TargetOrigin *const *origins,
                     size_t count,
                     char buf[SL_ORIGINS_TEXT_MAX])
{
    size_t len = 0;
    buf[0] = '\0';
    for (size_t i = 0; i < count && i < SHOWN_MAX && len < SL_ORIGINS_TEXT_MAX; i++) {
        int added = snprintf(buf + len, SL_ORIGINS_TEXT_MAX - len, "%s%s", i == 0 ? "" : " + ",
                             period_of(origins[i]));
        len += added > 0 ? (size_t)added : 0;
    }
    if (count > SHOWN_MAX && len < SL_ORIGINS_TEXT_MAX) {
        (void)snprintf(buf + len, SL_ORIGINS_TEXT_MAX - len, " + %zu more",
                       count - SHOWN_MAX); /* fits */
    }
}

char *sl_origins_list(Salesledger__V1__TargetOrigin *const *origins, size_t count)
{
    size_t size = count * SL_ORIGINS_TEXT_MAX + 1;
    size_t len = 0;
    char *text = malloc(size);
    if (text == NULL) {
        return NULL;
    }
    text[0] = '\0';
    for (size_t i = 0; i < count && len < size; i++) {
        int added = snprintf(text + len, size - len, "%s%" PRIu64 " %s %" PRId64, i == 0 ? "" : ";",
                             origins[i]->target_seq, period_of(origins[i]), origins[i]->part);
        len += added > 0 ? (size_t)added : 0;
    }
    return text;
}
