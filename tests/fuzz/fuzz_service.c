/* The whole daemon but its sockets: what several connections send in pieces, amid turns, restarts and kills.
 *
 *     input     a row of steps; each is a byte that says what and which caller, then what the step needs:
 *               a message or raw bytes, behind a length of two bytes; or nothing
 *
 * Properties: each reply is well-formed, has a code of the table if it is a refusal, and receipts have seqs up to the head; the core does
 * not stop; what was acknowledged is there after a kill; at the end the state equals a replay of the log. */
#include "fuzz.h"

#include "lib/service.h"
#include "lib/test.h"
#include "service/ledger_dir.h"
#include "sl/frame.h"
#include "store/journal_file.h"

#define CALLERS   3u
#define STEPS_MAX 64u

enum step { MESSAGE, MESSAGE_TOO, RAW, TURN, SETTLE, TIME, LEAVE, AGAIN, STEPS };

struct run {
    struct sl_service s;
    struct sl_caller *callers[CALLERS];
    uint64_t acknowledged; /* the greatest seq of a receipt */
};

static void check_error(const Salesledger__V1__Error *error)
{
    if (error != NULL) {
        SL_ASSERT(error->code != SL_OK);
        SL_ASSERT(strcmp(sl_err_name((enum sl_err)error->code), error->name) == 0);
        SL_ASSERT(error->message != NULL && error->message[0] != '\0');
    }
}

static void check_erase(const Salesledger__V1__EraseReply *erase)
{
    if (erase != NULL) {
        SL_ASSERT(erase->customer != NULL && erase->customer[0] != '\0');
        SL_ASSERT((erase->erased_us > 0) == !erase->had_no_data);
        SL_ASSERT(!erase->was_already || !erase->had_no_data);
    }
}

static void check_reply(struct run *run, const Salesledger__V1__Reply *reply)
{
    int parts = (reply->append != NULL) + (reply->measures != NULL) + (reply->targets != NULL) +
                (reply->rank != NULL) + (reply->statement != NULL) + (reply->events != NULL) +
                (reply->status != NULL) + (reply->erase != NULL) + (reply->backup != NULL);
    uint64_t head = sl_core_head(run->s.core).v;
    check_error(reply->error);
    check_erase(reply->erase);
    SL_ASSERT(reply->base.n_unknown_fields == 0);
    SL_ASSERT(parts + (reply->error != NULL) <= 1); /* none: a cancel was heard */
    SL_ASSERT(reply->seq <= head);
    for (size_t i = 0; reply->append != NULL && i < reply->append->n_receipts; i++) {
        const Salesledger__V1__Receipt *receipt = reply->append->receipts[i];
        check_error(receipt->error);
        SL_ASSERT((receipt->seq == 0) == (receipt->error != NULL));
        SL_ASSERT(receipt->seq <= reply->seq);
        run->acknowledged = receipt->seq > run->acknowledged ? receipt->seq : run->acknowledged;
    }
}

static void check_replies(struct run *run)
{
    for (unsigned i = 0; i < CALLERS; i++) {
        const Salesledger__V1__Reply *reply = sl_caller_reply(run->callers[i]);
        while (reply != NULL) {
            check_reply(run, reply);
            reply = sl_caller_reply(run->callers[i]);
        }
    }
}

static void open_callers(struct run *run)
{
    static const char *const actors[CALLERS] = {"ana", "bea", "cyd"};
    for (unsigned i = 0; i < CALLERS; i++) {
        run->callers[i] = sl_caller_open(&run->s, actors[i]);
    }
}

static void send(struct sl_caller *caller, struct sl_slice bytes, bool is_message)
{
    uint8_t header[SL_FRAME_HEADER_BYTES];
    if (caller->session == NULL || !sl_client_session_wants_input(caller->session)) {
        return;
    }
    if (is_message && bytes.len > 0) {
        sl_frame_put_header(header, (uint32_t)bytes.len);
        sl_caller_send(caller, header, sizeof header);
    }
    if (caller->session != NULL && bytes.len > 0) {
        sl_caller_send(caller, bytes.data, bytes.len);
    }
}

static void leave(struct sl_caller *caller, unsigned how)
{
    if (caller->session == NULL) {
        return;
    }
    switch (how % 4) {
    case 0: sl_client_session_ended(caller->session); break;
    case 1: sl_caller_close(caller); break;
    case 2: caller->is_deaf = true; break;
    default: sl_caller_listen(caller); break;
    }
}

static void start_again(struct run *run, bool is_kill)
{
    check_replies(run);
    if (is_kill) {
        sl_service_crash(&run->s);
    } else {
        sl_service_settle(&run->s);
        sl_service_restart(&run->s);
    }
    SL_ASSERT(sl_core_head(run->s.core).v >= run->acknowledged);
    open_callers(run);
}

static void take_step(struct run *run, struct fuzz_input *input)
{
    unsigned kind = fuzz_below(input, 256);
    struct sl_caller *caller = run->callers[kind / STEPS % CALLERS];
    enum step step = kind % STEPS;
    switch (step) {
    case MESSAGE:
    case MESSAGE_TOO:
    case RAW: send(caller, fuzz_take(input, fuzz_number(input, 2)), step != RAW); break;
    case TURN: (void)sl_service_turn(&run->s); break;
    case SETTLE: sl_service_settle(&run->s); break;
    case TIME:
        sl_fake_clock_advance_us(&run->s.clock, fuzz_number(input, 2) * 1000);
        sl_core_tick(run->s.core);
        break;
    case LEAVE: leave(caller, kind / 64); break;
    case AGAIN: start_again(run, kind / 128); break;
    case STEPS: break;
    }
}

static void check_ledger(const struct run *run)
{
    struct sl_offline_options options = {.dir = run->s.dir};
    struct sl_check_report report;
    struct sl_diag diag = {0};
    enum sl_err err = sl_ledger_check(&options, &report, &diag);
    if (err != SL_OK) {
        fail_msg("check: %s: %s", sl_err_name(err), diag.message);
    }
    SL_ASSERT(report.is_state_checked);
    SL_ASSERT(report.head.v >= run->acknowledged);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz_input input = {data, size};
    struct run run = {.acknowledged = 0};
    sl_service_init(&run.s);
    run.s.options.segment_bytes =
        SL_SEGMENT_BYTES_MIN; /* most of the time goes into filling them */
    sl_service_open_with(&run.s);
    open_callers(&run);
    for (unsigned i = 0; i < STEPS_MAX && input.size > 0; i++) {
        take_step(&run, &input);
    }
    sl_service_settle(&run.s);
    check_replies(&run);
    SL_ASSERT(run.s.stops == 0);
    sl_service_stop(&run.s);
    check_ledger(&run);
    sl_service_close(&run.s);
    return 0;
}
