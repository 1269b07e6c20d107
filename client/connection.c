/* One Unix stream socket: connecting, partial reads and writes, frames cut at any byte. */
#include "connection.h"

#include "sl/frame.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/stat.h>
#include <sys/timerfd.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#define INPUT_BYTES_MIN ((size_t)64 * 1024)
#define INPUT_BYTES_MAX (SL_FRAME_HEADER_BYTES + SL_FRAME_BYTES_MAX)

static enum sl_err set_address(struct sockaddr_un *address, const char *path, struct sl_diag *diag)
{
    size_t len = strlen(path);
    if (len == 0 || len > SL_SOCKET_PATH_BYTES_MAX) {
        return sl_refuse(diag, SL_E_USAGE, "socket_path", "must have 1 to %u bytes, has %zu",
                         SL_SOCKET_PATH_BYTES_MAX, len);
    }
    address->sun_family = AF_UNIX;
    memcpy(address->sun_path, path, len + 1);
    return SL_OK;
}

enum sl_err
sl_connection_init(struct sl_connection *connection, const char *socket_path, struct sl_diag *diag)
{
    *connection = (struct sl_connection){.fd = -1, .poll_fd = -1, .timer_fd = -1};
    enum sl_err err = set_address(&connection->address, socket_path, diag);
    if (err != SL_OK) {
        return err;
    }
    connection->input = malloc(INPUT_BYTES_MIN);
    if (connection->input == NULL) {
        return SL_E_NO_MEMORY;
    }
    connection->cap = INPUT_BYTES_MIN;
    connection->poll_fd = epoll_create1(EPOLL_CLOEXEC);
    connection->timer_fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
    struct epoll_event event = {.events = EPOLLIN};
    if (connection->poll_fd < 0 || connection->timer_fd < 0 ||
        epoll_ctl(connection->poll_fd, EPOLL_CTL_ADD, connection->timer_fd, &event) != 0) {
        return sl_refuse(diag, SL_E_IO, "", "no file descriptor left: %s", strerror(errno));
    }
    return SL_OK;
}

static void close_fd(int *fd)
{
    if (*fd >= 0) {
        (void)close(*fd); /* nothing was buffered in it that could still fail */
    }
    *fd = -1;
}

void sl_connection_deinit(struct sl_connection *connection)
{
    close_fd(&connection->fd);
    close_fd(&connection->timer_fd);
    close_fd(&connection->poll_fd);
    free(connection->input);
    connection->input = NULL;
}

void sl_connection_disconnect(struct sl_connection *connection)
{
    close_fd(&connection->fd); /* which also takes it out of poll_fd */
    connection->interest = 0;
    connection->begin = 0;
    connection->end = 0;
}

static bool is_socket(const char *path)
{
    struct stat status;
    return stat(path, &status) == 0 && S_ISSOCK(status.st_mode);
}

static enum sl_err
explain_connect(int system_error, const struct sockaddr_un *address, struct sl_diag *diag)
{
    const char *path = address->sun_path;
    switch (system_error) {
    case ENOENT:
        return sl_refuse(diag, SL_E_UNREACHABLE, "socket_path",
                         "there is no socket %s: start the daemon (salesledgerd run) or name the "
                         "socket it uses",
                         path);
    case ECONNREFUSED:
        if (!is_socket(path)) {
            return sl_refuse(diag, SL_E_UNREACHABLE, "socket_path",
                             "%s is no socket: name the one the daemon uses", path);
        }
        return sl_refuse(diag, SL_E_UNREACHABLE, "socket_path",
                         "nobody listens on %s: the daemon has stopped; start it again", path);
    case EACCES:
    case EPERM:
        return sl_refuse(diag, SL_E_DENIED, "socket_path",
                         "no permission for %s: the user must be in the group that owns the socket",
                         path);
    case EAGAIN:
        return sl_refuse(diag, SL_E_UNREACHABLE, "socket_path",
                         "the daemon at %s does not accept connections just now", path);
    default:
        return sl_refuse(diag, SL_E_UNREACHABLE, "socket_path", "%s: %s", path,
                         strerror(system_error));
    }
}

enum sl_err sl_connection_connect(struct sl_connection *connection, struct sl_diag *diag)
{
    SL_ASSERT(connection->fd < 0);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0) {
        return sl_refuse(diag, SL_E_IO, "", "no socket: %s", strerror(errno));
    }
    /* A Unix socket connects at once or not at all, so there is nothing to wait for. */
    const struct sockaddr *address = (const struct sockaddr *)&connection->address;
    if (connect(fd, address, sizeof connection->address) != 0) {
        int system_error = errno;
        close_fd(&fd);
        return explain_connect(system_error, &connection->address, diag);
    }
    connection->fd = fd;
    connection->since_ms = sl_connection_now_ms();
    return SL_OK;
}

void sl_connection_set_interest(struct sl_connection *connection, uint32_t events)
{
    if (connection->fd < 0 || events == connection->interest) {
        return;
    }
    int operation = EPOLL_CTL_MOD;
    if (connection->interest == 0) {
        operation = EPOLL_CTL_ADD;
    } else if (events == 0) {
        operation = EPOLL_CTL_DEL; /* a hang-up is reported even to who waits for nothing */
    }
    struct epoll_event event = {.events = events};
    int failed = epoll_ctl(connection->poll_fd, operation, connection->fd, &event);
    SL_ASSERT(failed == 0 || errno == ENOMEM || errno == ENOSPC);
    if (failed == 0) {
        connection->interest = events;
    }
}

void sl_connection_arm_timer(struct sl_connection *connection, uint32_t delay_ms)
{
    /* All zero would disarm it; one nanosecond is "now". */
    struct itimerspec when = {
        .it_value = {.tv_sec = delay_ms / 1000, .tv_nsec = (long)(delay_ms % 1000) * 1000000 + 1}};
    int failed = timerfd_settime(connection->timer_fd, 0, &when, NULL);
    SL_ASSERT(failed == 0);
}

bool sl_connection_timer_expired(struct sl_connection *connection)
{
    uint64_t count;
    return read(connection->timer_fd, &count, sizeof count) == (ssize_t)sizeof count;
}

enum sl_err sl_connection_write(struct sl_connection *connection,
                                const struct iovec *parts,
                                size_t count,
                                size_t *ret_written)
{
    struct iovec copy[SL_CONNECTION_PARTS_MAX];
    SL_ASSERT(count <= SL_CONNECTION_PARTS_MAX);
    memcpy(copy, parts, count * sizeof *parts);
    struct msghdr message = {.msg_iov = copy, .msg_iovlen = count};
    ssize_t written;
    do {
        written = sendmsg(connection->fd, &message, MSG_NOSIGNAL);
    } while (written < 0 && errno == EINTR);
    if (written < 0 && errno != EAGAIN && errno != EWOULDBLOCK && errno != ENOBUFS) {
        return SL_E_CLOSED;
    }
    *ret_written = written > 0 ? (size_t)written : 0;
    return SL_OK;
}

/* Afterwards there is room behind `end`. */
static enum sl_err make_room(struct sl_connection *connection)
{
    if (connection->begin == connection->end) {
        connection->begin = 0;
        connection->end = 0;
    }
    if (connection->end < connection->cap) {
        return SL_OK;
    }
    if (connection->begin > 0) {
        connection->end -= connection->begin;
        memmove(connection->input, connection->input + connection->begin, connection->end);
        connection->begin = 0;
        return SL_OK;
    }
    /* One frame fills the whole buffer and is not complete: it fits into the largest. */
    SL_ASSERT(connection->cap > 0 && connection->cap < INPUT_BYTES_MAX);
    size_t cap = connection->cap * 2 < INPUT_BYTES_MAX ? connection->cap * 2 : INPUT_BYTES_MAX;
    uint8_t *input = realloc(connection->input, cap);
    if (input == NULL) {
        return SL_E_NO_MEMORY;
    }
    connection->input = input;
    connection->cap = cap;
    return SL_OK;
}

enum sl_err sl_connection_read(struct sl_connection *connection, bool *ret_more)
{
    enum sl_err err = make_room(connection);
    if (err != SL_OK) {
        return err;
    }
    size_t room = connection->cap - connection->end;
    ssize_t got;
    do {
        got = recv(connection->fd, connection->input + connection->end, room, 0);
    } while (got < 0 && errno == EINTR);
    if (got == 0 || (got < 0 && errno != EAGAIN && errno != EWOULDBLOCK)) {
        return SL_E_CLOSED;
    }
    connection->end += got > 0 ? (size_t)got : 0;
    *ret_more = got == (ssize_t)room;
    return SL_OK;
}

enum sl_err sl_connection_next_message(struct sl_connection *connection,
                                       struct sl_slice *ret_message)
{
    struct sl_slice input = {.data = connection->input + connection->begin,
                             .len = connection->end - connection->begin};
    size_t frame_bytes;
    enum sl_err err = sl_frame_peek(input, ret_message, &frame_bytes);
    if (err == SL_OK) {
        connection->begin += frame_bytes;
    }
    return err;
}

int64_t sl_connection_now_ms(void)
{
    struct timespec now;
    int failed = clock_gettime(CLOCK_MONOTONIC, &now);
    SL_ASSERT(failed == 0);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}
