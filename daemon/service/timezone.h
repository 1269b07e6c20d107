/* The ledger's time zone: which calendar day a moment belongs to.
 *
 * The zone is a property of the process: glibc keeps one zone, read from TZ. It is set once, at start, before any other
 * thread runs, because one process serves one ledger. Zone data comes from the TZif files of tzdata; a bare system without them
 * still knows UTC. */
#ifndef SL_SERVICE_TIMEZONE_H
#define SL_SERVICE_TIMEZONE_H

#include "sl/err.h"
#include "sl/types.h"

/* A name such as "Europe/Berlin" for which this system has data, or "UTC". SL_E_INVALID_FIELD. */
SL_MUST_CHECK enum sl_err sl_timezone_check(const char *name, struct sl_diag *diag);

/* Makes `name` the zone of this process. SL_E_INVALID_FIELD, SL_E_NO_MEMORY. */
SL_MUST_CHECK enum sl_err sl_timezone_use(const char *name, struct sl_diag *diag);

/* The calendar day of a moment in the zone in use. */
sl_day sl_timezone_day(sl_time time);

#endif
