/* The daemon on its socket: libuv's loop around the core. This folder is the only place that sees uv.h.
 *
 *     one loop turn:  poll ─▶ sockets readable: bytes into the core      ┐
 *                          ─▶ completions of the lanes: durable, done    ├▶ check: sl_core_turn, replies written
 *                          ─▶ sockets writable: the rest of a reply      ┘
 *
 * Amid all that the core has the sockets of those looked at who have asked lately (askers.h), past libuv.
 *
 *     SERVING ──SIGTERM, SIGINT──▶ FINISHING ──all answered, or a second──▶ CLOSING ──▶ run returns SL_OK
 *        └──────the store has stopped: no held reply is sent──────────────────▲      or SL_E_STOPPED
 */
#ifndef SL_NET_SERVER_H
#define SL_NET_SERVER_H

#include "base/executor.h"
#include "service/core.h"
#include "sl/err.h"
#include "sl/limits.h"

struct sl_server; /* opaque */

struct sl_server_options {
    struct sl_core *core;       /* borrowed, outlives the server */
    struct sl_threads *threads; /* the same */
    const char *socket_path;    /* at most SL_SOCKET_PATH_BYTES_MAX */
    const char *socket_group;   /* owner group of the socket; NULL: the process's */
    unsigned socket_mode;       /* its permission bits */
};

/* What can be known of the options before there is a core: SL_E_INVALID_FIELD as below. Asked before a ledger is made, whose time zone and
 * currency are then fixed. A group is refused, too, that the mode keeps out. */
SL_MUST_CHECK enum sl_err sl_server_check(const struct sl_server_options *options,
                                          struct sl_diag *diag);

/* Listens: a client can connect when this returns. SL_E_LOCKED (someone listens there), SL_E_EXISTS (a file that is
 * no socket), SL_E_INVALID_FIELD (path too long, no such group), SL_E_DENIED, SL_E_IO, SL_E_NO_MEMORY. */
SL_MUST_CHECK enum sl_err sl_server_open(const struct sl_server_options *options,
                                         struct sl_server **ret_server,
                                         struct sl_diag *diag);

/* Serves until a signal or sl_server_fail. SL_OK or SL_E_STOPPED. */
SL_MUST_CHECK enum sl_err sl_server_run(struct sl_server *server);

/* The store has stopped: the loop ends with its next turn, without answering. For the core's on_stopped, which may come from within a
 * session that is being handled. */
void sl_server_fail(struct sl_server *server);

/* NULL is fine. */
void sl_server_close(struct sl_server *server);

#endif
