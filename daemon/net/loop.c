/* The loop: handles, signals, and the order of things in a turn (see server.h). */
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/log.h"
#include "net/internal.h"

#define LISTEN_BACKLOG 1024
#define TICK_MS        100u
#define US_PER_MS      1000u
#define DEADLINE_MS    900u /* of finishing: systemd and people expect a second */

static const bool may_move[SL_SERVER_STATES][SL_SERVER_STATES] = {
    [SL_SERVER_SERVING] = {[SL_SERVER_FINISHING] = true, [SL_SERVER_CLOSING] = true},
    [SL_SERVER_FINISHING] = {[SL_SERVER_CLOSING] = true},
};

static void move(struct sl_server *server, enum sl_server_state state)
{
    SL_ASSERT(may_move[server->state][state]);
    server->state = state;
}

static void close_handle(uv_handle_t *handle)
{
    bool was_opened = handle->loop != NULL;
    if (was_opened && !uv_is_closing(handle)) {
        uv_close(handle, NULL);
    }
}

static void close_listener(struct sl_server *server)
{
    sl_listener_unlink(&server->file);
    close_handle((uv_handle_t *)&server->listener);
}

/* Everything that was opened ends; the loop returns when libuv has let go of the last handle. */
static void begin_closing(struct sl_server *server)
{
    if (server->state == SL_SERVER_CLOSING) {
        return;
    }
    move(server, SL_SERVER_CLOSING);
    close_listener(server);
    sl_connection_close_all(server);
    close_handle((uv_handle_t *)&server->completions);
    close_handle((uv_handle_t *)&server->turn);
    close_handle((uv_handle_t *)&server->busy);
    close_handle((uv_handle_t *)&server->tick);
    close_handle((uv_handle_t *)&server->rest);
    close_handle((uv_handle_t *)&server->deadline);
    close_handle((uv_handle_t *)&server->signals[0]);
    close_handle((uv_handle_t *)&server->signals[1]);
}

static void on_deadline(uv_timer_t *timer)
{
    begin_closing(sl_server_of(timer->data));
}

static void on_signal(uv_signal_t *handle, int number)
{
    struct sl_server *server = sl_server_of(handle->data);
    if (server->state != SL_SERVER_SERVING) {
        begin_closing(server); /* asked twice: at once */
        return;
    }
    sl_log(SL_LOG_NOTICE, "event=finishing signal=%d", number);
    move(server, SL_SERVER_FINISHING);
    close_listener(server);
    sl_core_drain(server->core);
    if (uv_timer_start(&server->deadline, on_deadline, DEADLINE_MS, 0) != 0) {
        begin_closing(server);
    }
}

static void on_busy(uv_idle_t *idle)
{
    (void)idle; /* its being active is what matters */
}

static void set_busy(struct sl_server *server, bool is_busy)
{
    /* Neither fails with a callback given. */
    if (is_busy) {
        (void)uv_idle_start(&server->busy, on_busy);
    } else {
        (void)uv_idle_stop(&server->busy);
    }
}

static void on_rested(uv_timer_t *timer)
{
    (void)timer; /* the turn that follows is what it is for */
}

/* The loop sleeps no longer than the core rests. */
static void set_rest(struct sl_server *server)
{
    uint64_t rest_us = sl_core_rests_us(server->core);
    /* Neither fails with a callback given. */
    if (rest_us == UINT64_MAX) {
        (void)uv_timer_stop(&server->rest);
    } else if (!uv_is_active((const uv_handle_t *)&server->rest)) {
        (void)uv_timer_start(&server->rest, on_rested, (rest_us + US_PER_MS - 1) / US_PER_MS, 0);
    }
}

/* What was left when the turn before had had its share. */
static void accept_later(struct sl_server *server)
{
    server->accepts = 0;
    if (server->has_more_to_accept && server->state == SL_SERVER_SERVING) {
        server->has_more_to_accept = false;
        server->accepts++;
        sl_connection_accept(server);
    }
}

static void on_turn(uv_check_t *check)
{
    struct sl_server *server = sl_server_of(check->data);
    sl_threads_give_way(server->threads);
    bool has_more = sl_core_turn(server->core);
    if (server->outcome != SL_OK) {
        begin_closing(server);
    }
    if (server->state == SL_SERVER_CLOSING) {
        return;
    }
    accept_later(server);
    set_busy(server, has_more);
    set_rest(server);
    bool is_over = server->state == SL_SERVER_FINISHING && sl_list_is_empty(&server->connections) &&
                   sl_core_is_quiet(server->core);
    if (is_over) {
        begin_closing(server);
    }
}

void sl_server_connection_closed(struct sl_server *server)
{
    /* Closed callbacks run after the check: without another turn nobody would see that the last one is gone. */
    if (server->state == SL_SERVER_FINISHING) {
        set_busy(server, true);
    }
}

static void on_completions(uv_poll_t *poll, int status, int events)
{
    (void)status; /* an eventfd does not fail */
    (void)events;
    sl_threads_drain(sl_server_of(poll->data)->threads);
}

static void on_tick(uv_timer_t *timer)
{
    struct sl_server *server = sl_server_of(timer->data);
    sl_core_tick(server->core);
    sl_refusals_tell(&server->refusals, uv_now(&server->loop));
}

static void on_connection(uv_stream_t *listener, int status)
{
    struct sl_server *server = sl_server_of(listener->data);
    if (status != 0) {
        /* Without a descriptor left libuv takes the connection with one that it holds ready, and closes it. */
        struct sl_diag diag = {0};
        (void)sl_refuse(&diag, SL_E_IO, "", "%s", uv_strerror(status)); /* only fills `diag` */
        sl_refusals_add(&server->refusals, SL_E_IO, &diag, 0, uv_now(&server->loop));
        sl_core_turned_away(server->core, SL_E_IO);
        return;
    }
    if (server->accepts >= SL_TURN_ACCEPTS_MAX) {
        server->has_more_to_accept = true;
        return;
    }
    server->accepts++;
    sl_connection_accept(server);
}

static int start_signal(struct sl_server *server, unsigned index, int number)
{
    uv_signal_t *handle = &server->signals[index];
    int failed = uv_signal_init(&server->loop, handle);
    handle->data = server;
    return failed != 0 ? failed : uv_signal_start(handle, on_signal, number);
}

/* The inits of libuv that cannot fail. */
static void init_handles(struct sl_server *server)
{
    (void)uv_pipe_init(&server->loop, &server->listener, 0);
    (void)uv_check_init(&server->loop, &server->turn);
    (void)uv_idle_init(&server->loop, &server->busy);
    (void)uv_timer_init(&server->loop, &server->tick);
    (void)uv_timer_init(&server->loop, &server->rest);
    (void)uv_timer_init(&server->loop, &server->deadline);
    server->listener.data = server;
    server->turn.data = server;
    server->busy.data = server;
    server->tick.data = server;
    server->rest.data = server;
    server->deadline.data = server;
    server->completions.data = server;
}

static int start_handles(struct sl_server *server)
{
    int failed = uv_poll_init(&server->loop, &server->completions, sl_threads_fd(server->threads));
    if (failed == 0) {
        failed = uv_poll_start(&server->completions, UV_READABLE, on_completions);
    }
    if (failed == 0) {
        failed = uv_check_start(&server->turn, on_turn);
    }
    if (failed == 0) {
        failed = uv_timer_start(&server->tick, on_tick, TICK_MS, TICK_MS);
    }
    if (failed == 0) {
        failed = start_signal(server, 0, SIGTERM);
    }
    if (failed == 0) {
        failed = start_signal(server, 1, SIGINT);
    }
    return failed;
}

static enum sl_err
listen_on(struct sl_server *server, const struct sl_server_options *options, struct sl_diag *diag)
{
    int fd;
    enum sl_err err = sl_listener_bind(&server->file, options, &fd, diag);
    if (err != SL_OK) {
        return err;
    }
    int failed = uv_pipe_open(&server->listener, fd);
    if (failed != 0) {
        (void)close(fd); /* libuv did not take it */
    } else {
        failed = uv_listen((uv_stream_t *)&server->listener, LISTEN_BACKLOG, on_connection);
    }
    if (failed != 0) {
        return sl_refuse(diag, SL_E_IO, "socket", "cannot listen on %s: %s", options->socket_path,
                         uv_strerror(failed));
    }
    return SL_OK;
}

static enum sl_err init_loop(struct sl_server *server)
{
    if (uv_loop_init(&server->loop) != 0) {
        return SL_E_NO_MEMORY;
    }
    init_handles(server);
    return SL_OK;
}

static struct sl_server *new_server(const struct sl_server_options *options)
{
    struct sl_server *server = calloc(1, sizeof *server);
    uint8_t *read_buffer = malloc(SL_READ_BYTES);
    if (server == NULL || read_buffer == NULL) {
        free(server);
        free(read_buffer);
        return NULL;
    }
    server->magic = SL_SERVER_MAGIC;
    server->core = options->core;
    server->threads = options->threads;
    server->read_buffer = read_buffer;
    sl_list_init(&server->connections);
    return server;
}

static void free_server(struct sl_server *server)
{
    free(server->peers.groups);
    free(server->read_buffer);
    server->magic = 0;
    free(server);
}

enum sl_err sl_server_open(const struct sl_server_options *options,
                           struct sl_server **ret_server,
                           struct sl_diag *diag)
{
    /* A peer that is gone is an error of the write, not a reason to die. */
    (void)signal(SIGPIPE, SIG_IGN);
    struct sl_server *server = new_server(options);
    if (server == NULL) {
        return SL_E_NO_MEMORY;
    }
    enum sl_err err = init_loop(server);
    if (err != SL_OK) {
        free_server(server);
        return err;
    }
    sl_peer_warm(&server->peers);
    err = listen_on(server, options, diag);
    if (err == SL_OK && start_handles(server) != 0) {
        err = sl_refuse(diag, SL_E_IO, "", "cannot start the event loop");
    }
    if (err != SL_OK) {
        sl_server_close(server);
        return err;
    }
    *ret_server = server;
    return SL_OK;
}

enum sl_err sl_server_run(struct sl_server *server)
{
    SL_ASSERT(server->magic == SL_SERVER_MAGIC);
    (void)uv_run(&server->loop, UV_RUN_DEFAULT); /* gives 0 once every handle is closed */
    return server->outcome;
}

void sl_server_fail(struct sl_server *server)
{
    SL_ASSERT(server->magic == SL_SERVER_MAGIC);
    server->outcome = SL_E_STOPPED;
    if (server->state != SL_SERVER_CLOSING) {
        set_busy(server, true); /* the turn that closes comes without waiting for anybody */
    }
}

void sl_server_close(struct sl_server *server)
{
    if (server == NULL) {
        return;
    }
    SL_ASSERT(server->magic == SL_SERVER_MAGIC);
    begin_closing(server);
    (void)uv_run(&server->loop, UV_RUN_DEFAULT); /* only closes */
    int failed = uv_loop_close(&server->loop);
    SL_ASSERT(failed == 0);
    free_server(server);
}
