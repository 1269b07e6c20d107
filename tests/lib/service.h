/* A core over a ledger in a temporary folder, with a clock that stands still and jobs that run when the test says so; and clients
 * that speak the real protocol to it, without sockets.
 *
 *     struct sl_service s;
 *     sl_service_open(&s);
 *     struct sl_caller *ana = sl_caller_open(&s, "ana");
 *     sl_caller_append(ana, 1, &event, 1, false);
 *     sl_service_turn(&s);                       the journal has its job, nothing is durable
 *     assert_null(sl_caller_reply(ana));
 *     sl_service_settle(&s);                     jobs run, turns until nothing moves
 *     assert_int_equal(sl_caller_reply(ana)->append->receipts[0]->seq, 1);
 *     sl_service_close(&s);
 *
 * Whatever cannot happen fails the running test. */
#ifndef SL_LIB_SERVICE_H
#define SL_LIB_SERVICE_H

#include "base/clock.h"
#include "base/executor.h"
#include "lib/event_builder.h"
#include "lib/store_fixture.h"
#include "service/client_session.h"
#include "service/core.h"

#include <salesledger/v1/api.pb-c.h>

#define SL_SERVICE_CALLERS_MAX 64
#define SL_CALLER_REPLIES_MAX  4096

struct sl_service {
    char dir[SL_TEMP_DIR_BYTES];
    struct sl_faulty_ops ops; /* file calls that can be made to fail */
    struct sl_fake_clock clock;
    struct sl_inline_executor executor;
    struct sl_core_options options; /* change before sl_service_open_with */
    struct sl_core *core;
    struct sl_diag why; /* of the stop */
    unsigned stops;     /* times on_stopped was called */
    struct sl_arena arena;
    struct sl_builder build;
    struct sl_caller *callers[SL_SERVICE_CALLERS_MAX];
    size_t caller_count;
    bool is_glancing;
};

/* A new ledger: UTC, USD, open policy, 2017-07-01 12:00 UTC. */
void sl_service_open(struct sl_service *s);
/* The same in two steps, with s->options changed between. */
void sl_service_init(struct sl_service *s);
void sl_service_open_with(struct sl_service *s);
/* Closes callers and core, removes the folder. */
void sl_service_close(struct sl_service *s);

/* Closes callers and core; sl_service_open_with goes on. */
void sl_service_stop(struct sl_service *s);
/* The two together. */
void sl_service_restart(struct sl_service *s);
/* Opens a core on a copy of what is on disk at this moment, as after a power cut; the old one is gone. */
void sl_service_crash(struct sl_service *s);

bool sl_service_turn(struct sl_service *s);
/* Runs every job, takes turns, until nothing is left to do. */
void sl_service_settle(struct sl_service *s);

/* One connection. What the core lets out is read at once unless `is_deaf`. */
struct sl_caller {
    struct sl_service *service;
    struct sl_client_session *session; /* NULL: closed */
    bool is_deaf;
    struct sl_slice in_socket; /* what it has sent and nobody has read: a glance hands it in */
    uint64_t arrives_at;       /* the glance by which it does */
    uint64_t glances;          /* at its socket */
    uint64_t seen_at;          /* the head when what lay there was seen; 0: not yet */
    size_t told;               /* replies that a glance brought */
    bool is_gone;              /* a glance finds it closed */
    struct sl_bytes received;
    Salesledger__V1__Reply *replies[SL_CALLER_REPLIES_MAX];
    size_t reply_count;
    size_t reply_taken;
};

struct sl_caller *sl_caller_open(struct sl_service *s, const char *actor);
struct sl_caller *
sl_caller_open_as(struct sl_service *s, const char *actor, const struct sl_credentials *peer);
void sl_caller_close(struct sl_caller *caller);
/* Reads what a deaf caller has left lying, from now on at once. */
void sl_caller_listen(struct sl_caller *caller);

/* Raw bytes; a whole request, and its bytes on the service's arena. */
void sl_caller_send(struct sl_caller *caller, const void *bytes, size_t len);
struct sl_slice sl_request_frame(struct sl_service *s, const Salesledger__V1__Request *request);
void sl_caller_request(struct sl_caller *caller, const Salesledger__V1__Request *request);
/* An append of events as built, byte for byte. */
void sl_caller_append(struct sl_caller *caller,
                      uint64_t tag,
                      const struct sl_slice *events,
                      size_t count,
                      bool all_or_nothing);
/* The bytes of that frame, on the service's arena. */
struct sl_slice sl_append_frame(struct sl_service *s,
                                uint64_t tag,
                                const struct sl_slice *events,
                                size_t count,
                                bool all_or_nothing);
/* So many requests in a row, tags from 1 on, each to append a visit of ana's at ACME. */
struct sl_slice sl_visit(struct sl_service *s);
struct sl_slice sl_many_visits(struct sl_service *s, size_t count);
void sl_caller_status(struct sl_caller *caller, uint64_t tag);
/* Contacts in 2017, from the top: its frame, on the service's arena, and sent. What the first one listed has, in ppm; 0: nobody is. */
struct sl_slice sl_rank_frame(struct sl_service *s, uint64_t tag);
struct sl_slice sl_many_ranks(struct sl_service *s,
                              size_t count); /* so many in a row, tags from 1 on */
void sl_caller_rank(struct sl_caller *caller, uint64_t tag);
int64_t sl_first_ranked(const Salesledger__V1__Reply *reply);
/* Contacts in 2017 by that: of many new ones the answer is prepared over several turns. */
void sl_caller_measure(struct sl_caller *caller, uint64_t tag, Salesledger__V1__Dimension by);
/* So many of ana's at ACME on a day in 2017, a multiple of SL_BATCH_EVENTS_MAX. */
void sl_caller_record_contacts(struct sl_caller *caller, size_t count);
void sl_caller_subscribe(struct sl_caller *caller, uint64_t tag, uint64_t from);
void sl_caller_cancel(struct sl_caller *caller, uint64_t tag, uint64_t of);

/* The next reply not yet taken, NULL if none has come. Lives until the caller is closed. */
const Salesledger__V1__Reply *sl_caller_reply(struct sl_caller *caller);
/* The same where one must have come; and its receipt. */
const Salesledger__V1__Reply *sl_caller_expect(struct sl_caller *caller);
const Salesledger__V1__Receipt *sl_receipt_of(const Salesledger__V1__Reply *reply, size_t index);
size_t sl_caller_pending(const struct sl_caller *caller); /* replies not yet taken */

/* Appends one event, settles, gives its receipt; the caller has no other reply pending. */
const Salesledger__V1__Receipt *sl_caller_record(struct sl_caller *caller, struct sl_slice event);

/* The daemon's status, settled; the same condition. */
const Salesledger__V1__StatusReply *sl_caller_ask_status(struct sl_caller *caller);

/* The error of a receipt or reply by number; SL_OK if it has none. */
enum sl_err sl_error_of(const Salesledger__V1__Error *error);

#endif
