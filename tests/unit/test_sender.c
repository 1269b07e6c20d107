/* Sending in batches: every receipt is counted, also when all answers come at once, and refusals name their origin. */
#include "lib/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cli/sender.h"
#include "sl/frame.h"

#define EVENTS       2500u /* two full batches and a half */
#define REFUSED_SEQ  1234u
#define GROUP        10u
#define REPLIES_SIZE (1024u * 1024u)

/* ── A daemon of few words: waits for all batches, then answers them in one go ── */

static Salesledger__V1__Request *read_request(FILE *in)
{
    uint8_t header[SL_FRAME_HEADER_BYTES];
    if (fread(header, sizeof header, 1, in) != 1) {
        return NULL;
    }
    uint32_t len = (uint32_t)header[0] | (uint32_t)header[1] << 8 | (uint32_t)header[2] << 16;
    uint8_t *bytes = malloc(len);
    bool is_read = bytes != NULL && fread(bytes, len, 1, in) == 1;
    Salesledger__V1__Request *request =
        is_read ? salesledger__v1__request__unpack(NULL, len, bytes) : NULL;
    free(bytes);
    return request;
}

/* The refusal of the event whose place in all is REFUSED_SEQ, and of those that may not be recorded without it. */
static Salesledger__V1__Error *
refusal(const Salesledger__V1__AppendRequest *append, uint64_t first, uint64_t seq)
{
    static char field[] = "close.deal";
    static Salesledger__V1__Error error;
    static Salesledger__V1__Error aborted;
    salesledger__v1__error__init(&error);
    error.has_code = true;
    error.code = SL_E_DEAL_STATE;
    error.field = field;
    aborted = error;
    aborted.code = SL_E_BATCH_ABORTED;
    aborted.field = NULL;
    bool is_along =
        append->all_or_nothing && first <= REFUSED_SEQ && REFUSED_SEQ < first + append->n_events;
    return seq == REFUSED_SEQ ? &error : is_along ? &aborted : NULL;
}

/* Encodes receipts for one batch behind `*len`. Every tenth is a duplicate. */
static void
answer(const Salesledger__V1__Request *request, uint64_t *seq, uint8_t *replies, size_t *len)
{
    static Salesledger__V1__Receipt receipts[SL_SENDER_BATCH_EVENTS];
    static Salesledger__V1__Receipt *list[SL_SENDER_BATCH_EVENTS];
    uint64_t first = *seq + 1;
    for (size_t i = 0; i < request->append->n_events; i++) {
        ++*seq;
        salesledger__v1__receipt__init(&receipts[i]);
        receipts[i].error = refusal(request->append, first, *seq);
        receipts[i].has_seq = true;
        receipts[i].seq = *seq;
        receipts[i].has_duplicate = true;
        receipts[i].duplicate = *seq % 10 == 0;
        list[i] = &receipts[i];
    }
    Salesledger__V1__AppendReply append = SALESLEDGER__V1__APPEND_REPLY__INIT;
    append.n_receipts = request->append->n_events;
    append.receipts = list;
    Salesledger__V1__Reply reply = SALESLEDGER__V1__REPLY__INIT;
    reply.has_tag = true;
    reply.tag = request->tag;
    reply.append = &append;
    size_t size = salesledger__v1__reply__pack(&reply, replies + *len + SL_FRAME_HEADER_BYTES);
    sl_frame_put_header(replies + *len, (uint32_t)size);
    *len += SL_FRAME_HEADER_BYTES + size;
}

/* The child process. Its exit status is 0 if all went as meant. */
static int serve(int listener)
{
    int fd = accept(listener, NULL, NULL);
    FILE *in = fd < 0 ? NULL : fdopen(fd, "rb");
    uint8_t *replies = malloc(REPLIES_SIZE);
    if (in == NULL || replies == NULL) {
        return 1;
    }
    size_t len = 0;
    uint64_t seq = 0;
    while (seq < EVENTS) {
        Salesledger__V1__Request *request = read_request(in);
        if (request == NULL || request->append == NULL) {
            return 1;
        }
        answer(request, &seq, replies, &len);
        salesledger__v1__request__free_unpacked(request, NULL);
    }
    bool is_sent = send(fd, replies, len, MSG_NOSIGNAL) == (ssize_t)len;
    free(replies);
    (void)fgetc(in); /* until the client closes */
    (void)fclose(in);
    return is_sent ? 0 : 1;
}

struct fake {
    char folder[64];
    struct sockaddr_un address;
    pid_t child;
};

static struct fake start_fake(void)
{
    struct fake fake = {.folder = "/tmp/salesledger-sender-XXXXXX",
                        .address = {.sun_family = AF_UNIX}};
    assert_non_null(mkdtemp(fake.folder));
    (void)snprintf(fake.address.sun_path, sizeof fake.address.sun_path, "%s/socket", fake.folder);
    int listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_true(listener >= 0);
    const struct sockaddr *address = (const struct sockaddr *)&fake.address;
    assert_int_equal(bind(listener, address, sizeof fake.address), 0);
    assert_int_equal(listen(listener, 1), 0);
    fake.child = fork();
    assert_true(fake.child >= 0);
    if (fake.child == 0) {
        _exit(serve(listener));
    }
    assert_int_equal(close(listener), 0);
    return fake;
}

static void end_fake(const struct fake *fake)
{
    int status = 0;
    assert_int_equal(waitpid(fake->child, &status, 0), fake->child);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
    assert_int_equal(unlink(fake->address.sun_path), 0);
    assert_int_equal(rmdir(fake->folder), 0);
}

/* ── The tests ── */

struct seen {
    uint64_t origin;
    enum sl_err err;
    char field[96];
    unsigned count;
};

static void on_refused(void *ctx, uint64_t origin, enum sl_err err, const struct sl_diag *diag)
{
    struct seen *seen = ctx;
    seen->origin = origin;
    seen->err = err;
    seen->count++;
    (void)snprintf(seen->field, sizeof seen->field, "%s", diag->field);
}

static Salesledger__V1__Event *make_event(uint64_t number)
{
    Salesledger__V1__Event *event = calloc(1, sizeof *event);
    assert_non_null(event);
    salesledger__v1__event__init(event);
    event->source = malloc(24);
    assert_non_null(event->source);
    (void)snprintf(event->source, 24, "%llu", (unsigned long long)number);
    return event;
}

struct run {
    struct fake fake;
    struct sl_client *client;
    struct sl_sender sender;
    struct seen seen;
    struct sl_diag diag;
};

static void start(struct run *run)
{
    *run = (struct run){.fake = start_fake()};
    struct sl_client_options options = {.socket_path = run->fake.address.sun_path};
    assert_ok(sl_client_open(&options, &run->client, &run->diag));
    run->sender = sl_sender_start(run->client, on_refused, &run->seen);
}

static void end(struct run *run)
{
    sl_sender_free(&run->sender);
    sl_client_close(run->client);
    end_fake(&run->fake);
}

static void every_receipt_is_counted_when_all_answers_come_at_once(void **state)
{
    (void)state;
    struct run run;
    start(&run);

    for (uint64_t i = 1; i <= EVENTS; i++) {
        assert_ok(sl_sender_add(&run.sender, make_event(i), 7000 + i, &run.diag));
    }
    assert_ok(sl_sender_finish(&run.sender, &run.diag));

    assert_int_equal(run.sender.recorded, EVENTS - EVENTS / 10 - 1);
    assert_int_equal(run.sender.already, EVENTS / 10);
    assert_int_equal(run.sender.refused, 1);
    assert_int_equal(run.seen.count, 1);
    assert_int_equal(run.seen.origin, 7000 + REFUSED_SEQ);
    assert_int_equal(run.seen.err, SL_E_DEAL_STATE);
    assert_string_equal(run.seen.field, "close.deal");
    end(&run);
}

/* The fake answers only when it has all of them, so this also says that as many go out without waiting. */
static void a_group_is_refused_once_and_whole(void **state)
{
    (void)state;
    struct run run;
    start(&run);

    for (uint64_t i = 0; i < EVENTS / GROUP; i++) {
        Salesledger__V1__Event *events[GROUP];
        for (size_t j = 0; j < GROUP; j++) {
            events[j] = make_event(i * GROUP + j + 1);
        }
        assert_ok(sl_sender_add_group(&run.sender, events, GROUP, i, &run.diag));
    }
    assert_ok(sl_sender_finish(&run.sender, &run.diag));

    assert_int_equal(run.sender.refused, GROUP);
    assert_int_equal(run.sender.recorded + run.sender.already, EVENTS - GROUP);
    assert_int_equal(run.seen.count, 1);
    assert_int_equal(run.seen.origin, (REFUSED_SEQ - 1) / GROUP);
    assert_int_equal(run.seen.err, SL_E_DEAL_STATE);
    assert_string_equal(run.seen.field, "close.deal");
    end(&run);
}

static void single_events_and_groups_keep_their_order(void **state)
{
    (void)state;
    struct run run;
    start(&run);

    for (uint64_t i = 1; i <= EVENTS; i++) {
        if (i != REFUSED_SEQ - 2) {
            assert_ok(sl_sender_add(&run.sender, make_event(i), i, &run.diag));
            continue;
        }
        Salesledger__V1__Event *events[] = {make_event(i), make_event(i + 1), make_event(i + 2)};
        assert_ok(sl_sender_add_group(&run.sender, events, COUNT(events), i, &run.diag));
        i += 2;
    }
    assert_ok(sl_sender_finish(&run.sender, &run.diag));

    assert_int_equal(run.sender.refused, 3);
    assert_int_equal(run.seen.count, 1);
    assert_int_equal(run.seen.origin, REFUSED_SEQ - 2);
    end(&run);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_receipt_is_counted_when_all_answers_come_at_once),
        cmocka_unit_test(a_group_is_refused_once_and_whole),
        cmocka_unit_test(single_events_and_groups_keep_their_order),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
