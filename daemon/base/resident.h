/* How much memory the process takes, as the system sees it. */
#ifndef SL_BASE_RESIDENT_H
#define SL_BASE_RESIDENT_H

#include "sl/types.h"

/* Memory in use, bytes; and how much of it is the process's own rather than pages of files. 0 where the system does not tell. */
void sl_resident(uint64_t *ret_resident, uint64_t *ret_anonymous);

#endif
