/* The client library against a daemon that answers with the input, cut in pieces.
 *
 *     input     byte 0       what the client asks, and in how many pieces it is answered
 *               the rest     what the daemon sends; then it hangs up and is gone
 *
 * Properties: each request ends in exactly one last reply and nothing comes after it; a refusal has a code; what waits to be taken stays
 * within the options. */
#include "fuzz.h"

#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "lib/fake_daemon.h"
#include "lib/test.h"

#define REQUESTS          4u
#define PENDING_BYTES_MAX ((size_t)1 << 20)

struct question {
    unsigned lasts; /* last replies that came */
    unsigned replies;
};

static void on_reply(void *ctx, const reply_t *reply)
{
    struct question *question = ctx;
    struct sl_diag diag = {0};
    SL_ASSERT(question->lasts == 0);
    question->replies++;
    question->lasts += reply->has_more && reply->more ? 0 : 1;
    SL_ASSERT((sl_client_reply_err(reply, &diag) == SL_OK) == (reply->error == NULL));
    for (size_t i = 0; reply->append != NULL && i < reply->append->n_receipts; i++) {
        const Salesledger__V1__Receipt *receipt = reply->append->receipts[i];
        SL_ASSERT((sl_client_receipt_err(receipt, &diag) == SL_OK) == (receipt->error == NULL));
    }
}

/* Half of them go to a callback, the others to the inbox. */
static void ask(struct fake_daemon *f, unsigned kind, unsigned i, struct question *question)
{
    struct fake_batch batch = fake_batch_make(1, NULL);
    Salesledger__V1__LogRequest log = SALESLEDGER__V1__LOG_REQUEST__INIT;
    Salesledger__V1__SubscribeRequest subscribe = SALESLEDGER__V1__SUBSCRIBE_REQUEST__INIT;
    Salesledger__V1__StatusRequest status = SALESLEDGER__V1__STATUS_REQUEST__INIT;
    request_t request = SALESLEDGER__V1__REQUEST__INIT;
    struct sl_client_handler handler = {on_reply, question};
    uint64_t tag;
    switch ((kind >> i) % 4) {
    case 0: request.status = &status; break;
    case 1: request.log = &log; break;
    case 2: request.subscribe = &subscribe; break;
    default: request.append = &batch.append; break;
    }
    if (i % 2 == 0) {
        assert_ok(sl_client_submit(f->client, &request, handler, &tag, NULL));
    } else {
        assert_ok(sl_client_send(f->client, &request, &tag, NULL));
    }
    assert_int_equal(tag, i + 1);
    fake_batch_free(&batch);
}

static void answer(struct fake_daemon *f, struct sl_slice bytes, unsigned pieces)
{
    while (bytes.len > 0) {
        size_t len = bytes.len / pieces > 0 ? bytes.len / pieces : bytes.len;
        (void)send(f->peer_fd, bytes.data, len, MSG_NOSIGNAL | MSG_DONTWAIT); /* it may be gone */
        bytes.data += len;
        bytes.len -= len;
        assert_ok(sl_client_process(f->client));
    }
}

/* What the client still has for us, until nothing is under way. */
static void take_rest(struct fake_daemon *f, struct question *questions)
{
    reply_t *reply = NULL;
    enum sl_err err = sl_client_receive(f->client, &reply, NULL);
    while (err == SL_OK) {
        SL_ASSERT(reply->tag >= 1 && reply->tag <= REQUESTS && reply->tag % 2 == 0);
        on_reply(&questions[reply->tag - 1], reply);
        sl_client_reply_free(reply);
        err = sl_client_receive(f->client, &reply, NULL);
    }
    assert_int_equal(err, SL_E_NOT_FOUND);
    while (sl_client_pending_count(f->client) > 0) {
        fake_process(f);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz_input input = {data, size};
    struct question questions[REQUESTS] = {{0}};
    void *state;
    unsigned kind = fuzz_below(&input, 256);
    assert_int_equal(fake_setup(&state), 0);
    struct fake_daemon *f = state;
    fake_open_with(f, (struct sl_client_options){.attempt_count_max = 1,
                                                 .pending_bytes_max = PENDING_BYTES_MAX});
    fake_stop_listening(f);
    for (unsigned i = 0; i < REQUESTS; i++) {
        ask(f, kind, i, &questions[i]);
    }
    answer(f, (struct sl_slice){input.data, input.size}, 1 + kind / 64);
    fake_hang_up(f);
    take_rest(f, questions);
    for (unsigned i = 0; i < REQUESTS; i++) {
        SL_ASSERT(questions[i].lasts == 1);
    }
    (void)fake_teardown(&state);
    return 0;
}
