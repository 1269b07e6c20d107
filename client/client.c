/* Opening, closing, and the calls that do not wait. */
#include "client.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#define TIMEOUT_MS_DEFAULT        30000u
#define ATTEMPT_COUNT_MAX_DEFAULT 5u
#define BACKOFF_MS_DEFAULT        50u
#define PENDING_MAX_DEFAULT       512u
#define PENDING_BYTES_MAX_DEFAULT ((size_t)64 * 1024 * 1024)

static uint32_t or_default(uint32_t value, uint32_t default_value)
{
    return value != 0 ? value : default_value;
}

static enum sl_err take_options(struct sl_client *client,
                                const struct sl_client_options *options,
                                struct sl_diag *diag)
{
    client->timeout_ms = or_default(options->timeout_ms, TIMEOUT_MS_DEFAULT);
    client->attempt_count_max = or_default(options->attempt_count_max, ATTEMPT_COUNT_MAX_DEFAULT);
    client->backoff_ms = or_default(options->backoff_ms, BACKOFF_MS_DEFAULT);
    client->pending_max = or_default(options->pending_max, PENDING_MAX_DEFAULT);
    client->pending_bytes_max =
        options->pending_bytes_max != 0 ? options->pending_bytes_max : PENDING_BYTES_MAX_DEFAULT;
    if (client->pending_max > SL_IN_FLIGHT_MAX) {
        return sl_refuse(diag, SL_E_USAGE, "pending_max", "must be at most %u, is %zu",
                         SL_IN_FLIGHT_MAX, client->pending_max);
    }
    return SL_OK;
}

static enum sl_err
init(struct sl_client *client, const struct sl_client_options *options, struct sl_diag *diag)
{
    const char *path = options->socket_path;
    enum sl_err err = sl_connection_init(&client->connection,
                                         path != NULL ? path : SL_CLIENT_SOCKET_PATH_DEFAULT, diag);
    if (err != SL_OK) {
        return err;
    }
    err = take_options(client, options, diag);
    if (err != SL_OK) {
        return err;
    }
    client->interrupt_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (client->interrupt_fd < 0) {
        return sl_refuse(diag, SL_E_IO, "", "no file descriptor left: %s", strerror(errno));
    }
    err = sl_pending_table_init(&client->pending, client->pending_max);
    if (err != SL_OK) {
        return err;
    }
    err = sl_connection_connect(&client->connection, diag);
    if (err == SL_OK) {
        client->link = SL_LINK_UP;
        sl_engine_taken(client);
    }
    return err;
}

enum sl_err sl_client_open(const struct sl_client_options *options,
                           struct sl_client **ret_client,
                           struct sl_diag *diag)
{
    static const struct sl_client_options defaults = {0};
    struct sl_client *client = calloc(1, sizeof *client);
    if (client == NULL) {
        return SL_E_NO_MEMORY;
    }
    client->interrupt_fd = -1;
    enum sl_err err = init(client, options != NULL ? options : &defaults, diag);
    if (err != SL_OK) {
        sl_client_close(client);
        return err;
    }
    *ret_client = client;
    return SL_OK;
}

void sl_client_close(struct sl_client *client)
{
    if (client == NULL) {
        return;
    }
    SL_ASSERT(!client->is_processing);
    sl_inbox_drop(&client->inbox, 0);
    sl_pending_table_deinit(&client->pending);
    sl_connection_deinit(&client->connection);
    if (client->interrupt_fd >= 0) {
        (void)close(client->interrupt_fd); /* nothing was buffered in it */
    }
    free(client);
}

/* May run inside a signal handler: an atomic store and write(2), and errno as it was. */
void sl_client_interrupt(struct sl_client *client)
{
    int errno_before = errno;
    const uint64_t one = 1;
    atomic_store(&client->is_interrupted, true);
    /* The only possible failure is a full counter, and then the descriptor is readable anyway. */
    ssize_t ignored = write(client->interrupt_fd, &one, sizeof one);
    (void)ignored;
    errno = errno_before;
}

static enum sl_err check_room(const struct sl_client *client, struct sl_diag *diag)
{
    if (client->pending.count >= client->pending_max) {
        return sl_refuse(diag, SL_E_TOO_MANY, "",
                         "%zu requests are under way, the limit is %zu: take replies first",
                         client->pending.count, client->pending_max);
    }
    if (client->pending.bytes >= client->pending_bytes_max) {
        return sl_refuse(
            diag, SL_E_TOO_MANY, "",
            "%zu bytes of requests are under way, the limit is %zu: take replies first",
            client->pending.bytes, client->pending_bytes_max);
    }
    return SL_OK;
}

enum sl_err sl_client_submit(struct sl_client *client,
                             Salesledger__V1__Request *request,
                             struct sl_client_handler handler,
                             uint64_t *ret_tag,
                             struct sl_diag *diag)
{
    if (request->cancel != NULL) {
        return sl_refuse(diag, SL_E_USAGE, "cancel", "use sl_client_cancel");
    }
    enum sl_err err = check_room(client, diag);
    if (err != SL_OK) {
        return err;
    }
    struct sl_pending *pending;
    err = sl_pending_new(request, client->tag_last + 1, &client->ids, &pending, diag);
    if (err != SL_OK) {
        return err;
    }
    client->tag_last++;
    pending->handler = handler;
    sl_engine_send(client, pending);
    if (ret_tag != NULL) {
        *ret_tag = client->tag_last;
    }
    return SL_OK;
}

enum sl_err sl_client_send(struct sl_client *client,
                           Salesledger__V1__Request *request,
                           uint64_t *ret_tag,
                           struct sl_diag *diag)
{
    return sl_client_submit(client, request, (struct sl_client_handler){0}, ret_tag, diag);
}

enum sl_err sl_client_subscribe(struct sl_client *client,
                                Salesledger__V1__SubscribeRequest *question,
                                uint64_t *ret_tag,
                                struct sl_diag *diag)
{
    Salesledger__V1__Request request = SALESLEDGER__V1__REQUEST__INIT;
    request.subscribe = question;
    return sl_client_send(client, &request, ret_tag, diag);
}

void sl_client_cancel(struct sl_client *client, uint64_t tag)
{
    sl_engine_cancel(client, tag);
}

size_t sl_client_pending_count(const struct sl_client *client)
{
    return client->pending.count - client->pending.dropped;
}

int sl_client_fd(const struct sl_client *client)
{
    return client->connection.poll_fd;
}

short sl_client_events(const struct sl_client *client)
{
    (void)client;
    return POLLIN;
}

enum sl_err sl_client_process(struct sl_client *client)
{
    if (client->is_processing) {
        return SL_E_USAGE;
    }
    sl_engine_process(client);
    return SL_OK;
}

enum sl_err sl_client_make_id(struct sl_client *client, struct sl_id *ret_id)
{
    return sl_ids_next(&client->ids, ret_id);
}
