/* One connection: a pipe of libuv and the core's side of it.
 *
 *     reading ⇄ paused     the core says whether it wants input
 *     idle ⇄ writing       what the socket does not take at once is copied and written when it can; meanwhile the
 *                          core's own output grows up to its mark and then the core stops taking input. Only what
 *                          was written is taken, so that the core knows who does not read
 *
 * A close is asynchronous: the core's side ends at once, the memory goes when libuv has let go of the pipe. */
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/log.h"
#include "codec/wire.h"
#include "net/internal.h"

/* Copied per write when the socket is full. */
#define WRITE_BYTES_MAX ((size_t)256 * 1024)

struct connection {
    uint32_t magic;
    struct sl_server *server;
    struct sl_client_session *client; /* NULL once closing */
    struct sl_list link;              /* server->connections */
    uv_pipe_t pipe;
    uv_write_t write;
    struct sl_bytes writing; /* what `write` refers to */
    bool is_reading;
    bool is_writing;
    bool is_closing;
};

static struct connection *connection_of(void *data)
{
    struct connection *connection = data;
    SL_ASSERT(connection->magic == SL_CONNECTION_MAGIC);
    return connection;
}

static uv_stream_t *stream_of(struct connection *connection)
{
    return (uv_stream_t *)&connection->pipe;
}

static void on_closed(uv_handle_t *handle)
{
    struct connection *connection = connection_of(handle->data);
    struct sl_server *server = connection->server;
    sl_list_remove(&connection->link);
    sl_bytes_deinit(&connection->writing);
    connection->magic = 0;
    free(connection);
    sl_server_connection_closed(server);
}

static void close_connection(struct connection *connection)
{
    if (connection->is_closing) {
        return;
    }
    connection->is_closing = true;
    sl_client_session_close(connection->client);
    connection->client = NULL;
    uv_close((uv_handle_t *)&connection->pipe, on_closed);
}

static void on_alloc(uv_handle_t *handle, size_t suggested, uv_buf_t *ret_buf)
{
    (void)suggested; /* libuv's guess; ours is larger */
    struct connection *connection = connection_of(handle->data);
    *ret_buf = uv_buf_init((char *)connection->server->read_buffer, (unsigned)SL_READ_BYTES);
}

static void on_read(uv_stream_t *stream, ssize_t count, const uv_buf_t *buf);
static void settle(struct connection *connection);

/* Reads exactly when the core wants to. */
static void update_reading(struct connection *connection)
{
    bool wants = sl_client_session_wants_input(connection->client);
    if (wants == connection->is_reading) {
        return;
    }
    connection->is_reading = wants;
    if (!wants) {
        (void)uv_read_stop(stream_of(connection)); /* cannot fail */
    } else if (uv_read_start(stream_of(connection), on_alloc, on_read) != 0) {
        close_connection(connection);
    }
}

static void hand_in(struct connection *connection, struct sl_slice bytes)
{
    sl_client_session_input(connection->client, bytes);
    if (sl_client_session_output(connection->client).len > 0) {
        settle(connection);
    } else {
        update_reading(connection);
    }
}

static void on_read(uv_stream_t *stream, ssize_t count, const uv_buf_t *buf)
{
    struct connection *connection = connection_of(stream->data);
    if (count == 0) {
        return; /* would have blocked */
    }
    if (count < 0 && count != UV_EOF) {
        close_connection(connection);
        return;
    }
    if (count == UV_EOF) {
        sl_client_session_ended(connection->client);
        settle(connection);
        return;
    }
    hand_in(connection, (struct sl_slice){(const uint8_t *)buf->base, (size_t)count});
}

/* Past libuv, which finds nothing to read then. The end is left for it to see, and so is an error, which comes to it as the end. */
static void on_glance(void *ctx)
{
    struct connection *connection = connection_of(ctx);
    uv_os_fd_t fd;
    if (!connection->is_reading || uv_fileno((uv_handle_t *)&connection->pipe, &fd) != 0) {
        return;
    }
    uint8_t *bytes = connection->server->glance_buffer;
    ssize_t got = recv(fd, bytes, SL_GLANCE_BYTES, MSG_DONTWAIT);
    if (got > 0) {
        hand_in(connection, (struct sl_slice){bytes, (size_t)got});
    }
}

static void on_written(uv_write_t *write, int status)
{
    struct connection *connection = connection_of(write->data);
    connection->is_writing = false;
    if (connection->is_closing) {
        return;
    }
    if (status != 0) {
        close_connection(connection);
        return;
    }
    sl_client_session_taken(connection->client, connection->writing.len);
    sl_bytes_clear(&connection->writing);
    settle(connection);
}

/* The socket is full: what comes next is copied, because the core's output moves while libuv waits. */
static void write_later(struct connection *connection)
{
    struct sl_slice output = sl_client_session_output(connection->client);
    size_t len = output.len < WRITE_BYTES_MAX ? output.len : WRITE_BYTES_MAX;
    sl_bytes_clear(&connection->writing);
    connection->writing.is_secret = sl_client_session_has_secrets(connection->client);
    if (sl_bytes_append(&connection->writing, output.data, len) != SL_OK) {
        close_connection(connection);
        return;
    }
    uv_buf_t buf = uv_buf_init((char *)connection->writing.data, (unsigned)len);
    connection->is_writing = true;
    if (uv_write(&connection->write, stream_of(connection), &buf, 1, on_written) != 0) {
        connection->is_writing = false;
        close_connection(connection);
    }
}

static void write_output(struct connection *connection)
{
    struct sl_slice output = sl_client_session_output(connection->client);
    if (output.len == 0) {
        return;
    }
    /* libuv's buffers are not const, though it only reads from this one. */
    uv_buf_t buf = {.base = (char *)(uintptr_t)output.data, .len = output.len};
    int written = uv_try_write(stream_of(connection), &buf, 1);
    if (written < 0 && written != UV_EAGAIN) {
        close_connection(connection);
        return;
    }
    size_t taken = written < 0 ? 0 : (size_t)written;
    sl_client_session_taken(connection->client, taken);
    if (taken < output.len) {
        write_later(connection);
    }
}

/* Brings the socket in line with what the core has and wants. */
static void settle(struct connection *connection)
{
    if (!connection->is_writing) {
        write_output(connection);
    }
    if (connection->is_closing) {
        return;
    }
    if (sl_client_session_is_done(connection->client)) {
        close_connection(connection);
        return;
    }
    update_reading(connection);
}

static void on_wake(void *ctx)
{
    struct connection *connection = connection_of(ctx);
    if (!connection->is_closing) {
        settle(connection);
    }
}

/* One last frame for a connection that is not taken; whether it arrives does not matter. */
static void say_why(struct connection *connection, enum sl_err err, const struct sl_diag *diag)
{
    struct sl_arena arena;
    sl_arena_init(&arena, WRITE_BYTES_MAX);
    struct sl_reply reply = {.out = &connection->writing, .arena = &arena};
    if (sl_reply_error(&reply, err, diag) == SL_OK) {
        uv_buf_t buf =
            uv_buf_init((char *)connection->writing.data, (unsigned)connection->writing.len);
        (void)uv_try_write(stream_of(connection), &buf, 1);
    }
    sl_arena_deinit(&arena);
}

static enum sl_err open_client(struct connection *connection, struct sl_diag *diag)
{
    struct sl_server *server = connection->server;
    uv_os_fd_t fd;
    struct sl_client_options options = {.wake = on_wake, .glance = on_glance, .ctx = connection};
    bool has_socket = uv_fileno((uv_handle_t *)&connection->pipe, &fd) == 0;
    enum sl_err err = has_socket ? sl_peer_read(fd, &server->peers, &options) : SL_E_IO;
    if (err != SL_OK) {
        sl_core_turned_away(server->core, err);
        return err;
    }
    options.is_operator = options.peer.uid == 0 || options.peer.uid == geteuid();
    return sl_client_session_open(server->core, &options, &connection->client, diag);
}

void sl_connection_accept(struct sl_server *server)
{
    struct connection *connection = calloc(1, sizeof *connection);
    if (connection == NULL) {
        server->has_more_to_accept = true; /* a later turn tries again */
        return;
    }
    connection->magic = SL_CONNECTION_MAGIC;
    connection->server = server;
    sl_bytes_init(&connection->writing, WRITE_BYTES_MAX);
    (void)uv_pipe_init(&server->loop, &connection->pipe, 0); /* cannot fail */
    connection->pipe.data = connection;
    connection->write.data = connection;
    sl_list_push_back(&server->connections, &connection->link);

    if (uv_accept((uv_stream_t *)&server->listener, stream_of(connection)) != 0) {
        close_connection(connection);
        return;
    }
    struct sl_diag diag = {0};
    enum sl_err err = open_client(connection, &diag);
    if (err != SL_OK) {
        sl_refusals_add(&server->refusals, err, &diag, server->peers.uid, uv_now(&server->loop));
        say_why(connection, err, &diag);
        close_connection(connection);
        return;
    }
    update_reading(connection);
}

void sl_connection_close_all(struct sl_server *server)
{
    sl_list_each (link, &server->connections) {
        close_connection(sl_list_entry(link, struct connection, link));
    }
}
