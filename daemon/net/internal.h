/* What the files of this folder know of each other; nobody else includes it. */
#ifndef SL_NET_INTERNAL_H
#define SL_NET_INTERNAL_H

#include <sys/types.h>
#include <uv.h>

#include "base/bytes.h"
#include "base/list.h"
#include "net/refusals.h"
#include "net/server.h"
#include "service/client_session.h"

#define SL_SERVER_MAGIC     0x56525645u /* "EVRV" */
#define SL_CONNECTION_MAGIC 0x4e4e4f43u /* "CONN" */

/* One read takes this much at most. Shared by all connections: libuv fills it and hands it on within one call. */
#define SL_READ_BYTES ((size_t)256 * 1024)

/* One glance at a socket takes this much at most: some questions. What is being handled still lies in the buffer for reads. */
#define SL_GLANCE_BYTES ((size_t)4096)

/* Connections taken or refused in one turn of the loop: a flood of them leaves time for those that are there. */
#define SL_TURN_ACCEPTS_MAX 32u

enum sl_server_state {
    SL_SERVER_SERVING,
    SL_SERVER_FINISHING,
    SL_SERVER_CLOSING,
    SL_SERVER_STATES
};

/* Who connected last: most connections of a daemon come from one user. */
struct sl_peer_cache {
    bool is_set;
    uid_t uid;
    char actor[SL_ACTOR_BYTES_MAX + 1];
    uint32_t *groups; /* room for those of whoever connects */
    size_t group_bytes;
};

/* The socket file, so that only our own is removed at the end. */
struct sl_socket_file {
    char path[SL_SOCKET_PATH_BYTES_MAX + 1];
    dev_t device;
    ino_t inode;
    bool is_ours;
};

struct sl_server {
    uint32_t magic;
    enum sl_server_state state;
    enum sl_err outcome;
    struct sl_core *core;
    struct sl_threads *threads;
    uv_loop_t loop;
    uv_pipe_t listener;
    uv_poll_t completions; /* of the executor's lanes */
    uv_check_t turn;
    uv_idle_t busy; /* active while the core has work left: the loop then polls without sleeping */
    uv_timer_t tick;
    uv_timer_t rest;     /* ends when the core wants a turn though nothing came */
    uv_timer_t deadline; /* of FINISHING */
    uv_signal_t signals[2];
    struct sl_list connections;
    struct sl_socket_file file;
    struct sl_peer_cache peers;
    struct sl_refusals refusals;
    uint32_t accepts; /* in this turn of the loop */
    bool
        has_more_to_accept; /* libuv has one, and waits for it to be taken before it looks for others */
    uint8_t *read_buffer; /* SL_READ_BYTES */
    uint8_t glance_buffer[SL_GLANCE_BYTES];
};

/* The checked way back from libuv's void pointer. */
static inline struct sl_server *sl_server_of(void *data)
{
    struct sl_server *server = data;
    SL_ASSERT(server->magic == SL_SERVER_MAGIC);
    return server;
}

/* listener.c: makes the socket, ready to be listened on; then removes it. */
SL_MUST_CHECK enum sl_err sl_listener_bind(struct sl_socket_file *file,
                                           const struct sl_server_options *options,
                                           int *ret_fd,
                                           struct sl_diag *diag);
void sl_listener_unlink(struct sl_socket_file *file);

/* peer.c: who is at the other end: fills `actor`, the user's name, or "uid:1000" if it has none, and `peer`; what they point to stays until
 * the next call. SL_E_DENIED if the kernel does not say, SL_E_NO_MEMORY, SL_E_IO if it cannot be told whether the user has a name. */
SL_MUST_CHECK enum sl_err
sl_peer_read(int fd, struct sl_peer_cache *cache, struct sl_client_options *options);
/* Looks up the daemon's own user, by which the C library loads what it needs for that: without memory for it it would abort. */
void sl_peer_warm(struct sl_peer_cache *cache);

/* session.c */
void sl_connection_accept(struct sl_server *server);
void sl_connection_close_all(struct sl_server *server);

/* loop.c: a connection is gone. */
void sl_server_connection_closed(struct sl_server *server);

#endif
