/* A ledger of few rules for the tests of what sends: it listens in a process of its own, is told what to do by memory that it shares
 * with the test, and keeps there what it saw. */
#ifndef SL_UNIT_SENDER_LEDGER_H
#define SL_UNIT_SENDER_LEDGER_H

#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>

#include "cli/send_queue.h"
#include "sl/frame.h"

#define EVENTS   2500u
#define STEP_MAX 4u

/* What it does with one request instead of taking it. */
struct step {
    uint64_t request; /* from 1 on */
    enum { REFUSE_ALL, REFUSE_ONE, LOSE_ANSWER, NO_RECEIPTS } what;
    enum sl_err err;
};

/* Shared with the test. */
struct ledger {
    struct step steps[STEP_MAX];
    uint64_t stuck_from; /* this request and all that follow are refused with NO_SPACE; 0: none */
    uint64_t whole_max;  /* more events in one request: TOO_BIG; 0: no maximum */
    bool is_bad[EVENTS + 1];      /* refused for good, by number */
    bool is_recorded[EVENTS + 1]; /* by number */
    uint64_t last;                /* number that was recorded */
    uint64_t requests, answers;   /* seen; answered events */
    bool is_disordered;
};

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

static void write_reply(int fd, Salesledger__V1__Reply *reply)
{
    size_t size = salesledger__v1__reply__get_packed_size(reply);
    uint8_t *frame = malloc(SL_FRAME_HEADER_BYTES + size);
    if (frame != NULL) {
        sl_frame_put_header(frame, (uint32_t)size);
        (void)salesledger__v1__reply__pack(reply, frame + SL_FRAME_HEADER_BYTES);
        (void)!send(fd, frame, SL_FRAME_HEADER_BYTES + size, MSG_NOSIGNAL); /* the test notices */
    }
    free(frame);
}

static void refuse_all(int fd, uint64_t tag, enum sl_err err)
{
    Salesledger__V1__Error error = SALESLEDGER__V1__ERROR__INIT;
    error.has_code = true;
    error.code = (int32_t)err;
    Salesledger__V1__Reply reply = SALESLEDGER__V1__REPLY__INIT;
    reply.has_tag = true;
    reply.tag = tag;
    reply.error = &error;
    write_reply(fd, &reply);
}

static uint64_t number_of(const Salesledger__V1__Event *event)
{
    return strtoull(event->source, NULL, 10);
}

/* Where in the request the first event is that may not be recorded; its end if all may. */
static size_t find_bad(const struct ledger *ledger, const Salesledger__V1__AppendRequest *append)
{
    size_t place = 0;
    while (place < append->n_events && !ledger->is_bad[number_of(append->events[place])]) {
        place++;
    }
    return place;
}

static void record(struct ledger *ledger, uint64_t number, Salesledger__V1__Receipt *receipt)
{
    receipt->has_seq = true;
    receipt->seq = number;
    receipt->has_duplicate = true;
    receipt->duplicate = ledger->is_recorded[number];
    if (!receipt->duplicate) {
        ledger->is_disordered = ledger->is_disordered || number <= ledger->last;
        ledger->last = number;
        ledger->is_recorded[number] = true;
    }
}

/* All or nothing; nothing if the event at `bad` is one of the request's. */
static void take(struct ledger *ledger,
                 int fd,
                 const Salesledger__V1__Request *request,
                 size_t bad,
                 enum sl_err err)
{
    static char field[] = "close.deal";
    Salesledger__V1__Receipt receipts[SL_SEND_GROUP_EVENTS];
    Salesledger__V1__Receipt *list[SL_SEND_GROUP_EVENTS];
    Salesledger__V1__Error refused = SALESLEDGER__V1__ERROR__INIT;
    Salesledger__V1__Error aborted = SALESLEDGER__V1__ERROR__INIT;
    refused.has_code = aborted.has_code = true;
    refused.code = (int32_t)err;
    refused.field = field;
    aborted.code = SL_E_BATCH_ABORTED;
    const Salesledger__V1__AppendRequest *append = request->append;
    for (size_t i = 0; i < append->n_events; i++) {
        salesledger__v1__receipt__init(&receipts[i]);
        list[i] = &receipts[i];
        if (bad < append->n_events) {
            receipts[i].error = i == bad ? &refused : &aborted;
        } else {
            record(ledger, number_of(append->events[i]), &receipts[i]);
        }
    }
    ledger->answers += append->n_events;
    Salesledger__V1__AppendReply answer = SALESLEDGER__V1__APPEND_REPLY__INIT;
    answer.n_receipts = append->n_events;
    answer.receipts = list;
    Salesledger__V1__Reply reply = SALESLEDGER__V1__REPLY__INIT;
    reply.has_tag = true;
    reply.tag = request->tag;
    reply.append = &answer;
    if (fd >= 0) {
        write_reply(fd, &reply);
    }
}

static const struct step *find_step(const struct ledger *ledger)
{
    for (size_t i = 0; i < STEP_MAX; i++) {
        if (ledger->steps[i].request == ledger->requests) {
            return &ledger->steps[i];
        }
    }
    return NULL;
}

/* False: the connection ends without an answer. */
static bool answer(struct ledger *ledger, int fd, const Salesledger__V1__Request *request)
{
    const Salesledger__V1__AppendRequest *append = request->append;
    ledger->requests++;
    const struct step *step = find_step(ledger);
    bool is_stuck = ledger->stuck_from > 0 && ledger->requests >= ledger->stuck_from;
    bool is_too_big = ledger->whole_max > 0 && append->n_events > ledger->whole_max;
    if (is_stuck || is_too_big) {
        refuse_all(fd, request->tag, is_stuck ? SL_E_NO_SPACE : SL_E_TOO_BIG);
    } else if (step == NULL) {
        take(ledger, fd, request, find_bad(ledger, append), SL_E_DEAL_STATE);
    } else if (step->what == REFUSE_ALL) {
        refuse_all(fd, request->tag, step->err);
    } else if (step->what == REFUSE_ONE) {
        take(ledger, fd, request, append->n_events / 2, step->err);
    } else if (step->what == LOSE_ANSWER) {
        take(ledger, -1, request, append->n_events, SL_OK);
        return false;
    } else {
        Salesledger__V1__AppendReply nothing = SALESLEDGER__V1__APPEND_REPLY__INIT;
        Salesledger__V1__Reply reply = SALESLEDGER__V1__REPLY__INIT;
        reply.has_tag = true;
        reply.tag = request->tag;
        reply.append = &nothing;
        write_reply(fd, &reply);
    }
    return true;
}

/* One connection. True: another one follows. */
static bool serve_one(struct ledger *ledger, int listener)
{
    int fd = accept(listener, NULL, NULL);
    FILE *in = fd < 0 ? NULL : fdopen(fd, "rb");
    bool goes_on = in != NULL;
    Salesledger__V1__Request *request = NULL;
    while (goes_on && (request = read_request(in)) != NULL) {
        goes_on = request->append != NULL && answer(ledger, fd, request);
        salesledger__v1__request__free_unpacked(request, NULL);
    }
    if (in != NULL) {
        (void)fclose(in); /* only read from */
    }
    return !goes_on;
}

#endif
