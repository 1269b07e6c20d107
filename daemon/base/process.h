/* What the process may do to the machine, and what it may leave behind. Called at the start, before any thread and before any file. */
#ifndef SL_BASE_PROCESS_H
#define SL_BASE_PROCESS_H

#include "sl/err.h"
#include "sl/types.h"

/* Goes on as that user, with the user's groups and nobody else's, for good. NULL, or who it is already: nothing changes. SL_E_USAGE (no such
 * user, or another one while not root), SL_E_DENIED (the system does not let it, or root can be had back), SL_E_IO, SL_E_NO_MEMORY. */
SL_MUST_CHECK enum sl_err sl_process_become(const char *user, struct sl_diag *diag);

/* Files are for this user only, nothing it starts ever gets more rights, and unless `dumps_core` no core file holds what was in its memory:
 * neither one of its own nor what a handler of core dumps on the machine would be given. Without them only root can trace it.
 * SL_E_DENIED. Once, after sl_process_become, which the kernel answers by forgetting the last of these. */
SL_MUST_CHECK enum sl_err sl_process_harden(bool dumps_core, struct sl_diag *diag);

#endif
