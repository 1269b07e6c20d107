/* Tells the service manager how the daemon is, by systemd's protocol: one datagram of lines to the socket named in NOTIFY_SOCKET. */
#ifndef SL_NET_NOTIFY_H
#define SL_NET_NOTIFY_H

#include "sl/err.h"

/* "READY=1", "STOPPING=1". SL_OK also where nobody wants to know (`path`, the value of NOTIFY_SOCKET, is NULL or empty).
 * SL_E_INVALID_FIELD (no path of a Unix socket), SL_E_IO. */
SL_MUST_CHECK enum sl_err sl_notify(const char *path, const char *state, struct sl_diag *diag);

#endif
