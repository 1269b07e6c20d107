/* Where a target comes from, as text. */
#ifndef SL_CLI_ORIGINS_H
#define SL_CLI_ORIGINS_H

#include <stddef.h>

#include "salesledger/v1/api.pb-c.h"

#define SL_ORIGINS_TEXT_MAX 128u

/* For a cell of a table: "2026-01 + 2026-02 + 2026-03 + 9 more". */
void sl_origins_show(Salesledger__V1__TargetOrigin *const *origins,
                     size_t count,
                     char buf[SL_ORIGINS_TEXT_MAX]);

/* For programs: "seq period part" of each, with semicolons between. The caller frees; NULL without memory. */
char *sl_origins_list(Salesledger__V1__TargetOrigin *const *origins, size_t count);

#endif
