/* The socket, what was read from it, and the descriptors to wait on. Knows frames, not messages.
 *
 *     poll_fd (epoll, given to the user) ─┬─ fd        socket, while there is one
 *                                         └─ timer_fd  armed while waiting to connect again
 *
 *     input    ░░░░▓▓▓▓▓▓▓▓▓▓........
 *              0   begin     end     cap       ▓ read and not yet taken */
#ifndef SL_CLIENT_CONNECTION_H
#define SL_CLIENT_CONNECTION_H

#include "sl/err.h"
#include "sl/types.h"
#include <sys/socket.h>
#include <sys/un.h>

#define SL_CONNECTION_PARTS_MAX 64u

struct iovec;

struct sl_connection {
    struct sockaddr_un address;
    int fd; /* -1: none */
    int poll_fd;
    int timer_fd;
    uint32_t interest; /* what poll_fd waits for on fd; 0: nothing */
    int64_t since_ms;  /* monotonic time of the connect */
    uint8_t *input;
    size_t begin;
    size_t end;
    size_t cap;
};

/* SL_E_USAGE (path too long or empty), SL_E_IO (no descriptor), SL_E_NO_MEMORY. Deinit accepts
 * what a failed init leaves. */
SL_MUST_CHECK enum sl_err
sl_connection_init(struct sl_connection *connection, const char *socket_path, struct sl_diag *diag);
void sl_connection_deinit(struct sl_connection *connection);

/* One attempt, without waiting. SL_E_UNREACHABLE, SL_E_DENIED, SL_E_IO, each with what to do. */
SL_MUST_CHECK enum sl_err sl_connection_connect(struct sl_connection *connection,
                                                struct sl_diag *diag);
/* Closes the socket and forgets the input. */
void sl_connection_disconnect(struct sl_connection *connection);

/* EPOLLIN, EPOLLOUT, both or 0. */
void sl_connection_set_interest(struct sl_connection *connection, uint32_t events);

void sl_connection_arm_timer(struct sl_connection *connection, uint32_t delay_ms);
/* True once after the armed time has passed. */
bool sl_connection_timer_expired(struct sl_connection *connection);

/* Writes up to SL_CONNECTION_PARTS_MAX parts; *ret_written below their sum means that the socket is
 * full. SL_E_CLOSED. */
SL_MUST_CHECK enum sl_err sl_connection_write(struct sl_connection *connection,
                                              const struct iovec *parts,
                                              size_t count,
                                              size_t *ret_written);

/* Reads once. *ret_more says that the socket may hold more. SL_E_CLOSED (the other end is gone),
 * SL_E_NO_MEMORY. */
SL_MUST_CHECK enum sl_err sl_connection_read(struct sl_connection *connection, bool *ret_more);

/* The next whole message, lent until the next read; an empty slice when more bytes are needed.
 * SL_E_TOO_BIG, SL_E_MALFORMED. */
SL_MUST_CHECK enum sl_err sl_connection_next_message(struct sl_connection *connection,
                                                     struct sl_slice *ret_message);

/* Monotonic. */
int64_t sl_connection_now_ms(void);

#endif
