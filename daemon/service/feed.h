/* Subscriptions. A subscription is a cursor over the log: it reads pages up to the visible seq while the session's output
 * is below its mark, sleeps at the head, and is woken when more is visible (core.h). There is no separate live mode, so a slow
 * subscriber costs nothing and loses nothing.
 *
 *     log     1 2 3 4 5 6 7 8 9 10 11 12          cursor: first seq not yet looked at
 *                   ▲ cursor       ▲ visible
 *
 * A subscriber far behind has more work at hand than a turn has time for, and there may be many: in a turn all feeds together look at
 * some SL_TURN_FED_MAX records. Sessions with a feed that has more stand in a line (core->feeding), and who has had its share goes to its
 * end. So whoever writes or asks waits no longer for many subscribers than for one.
 *
 * The first page is sent at once, even if it is empty: it says that the subscription stands and where. */
#ifndef SL_SERVICE_FEED_H
#define SL_SERVICE_FEED_H

#include "domain/query.h"
#include "sl/err.h"
#include "sl/limits.h"
#include "sl/types.h"

/* Records that all feeds look at in one turn; the last page may be one too many. A page counts as 16 at least, which is what its system
 * call takes. */
#define SL_TURN_FED_MAX 2048u

struct sl_core;
struct sl_client_session;

struct sl_feed {
    bool is_live;
    uint64_t tag;
    sl_seq next;         /* cursor */
    uint32_t types_mask; /* 0: all */
    uint32_t skipped;    /* records looked at since the last page sent */
};

struct sl_feeds {
    struct sl_feed feeds[SL_SUBSCRIPTIONS_MAX];
    uint32_t count;
};

/* SL_E_TOO_MANY, SL_E_INVALID_FIELD (from beyond the head + 1, tag in use). */
SL_MUST_CHECK enum sl_err sl_feed_open(struct sl_client_session *session,
                                       uint64_t tag,
                                       const struct sl_subscribe_query *query,
                                       struct sl_diag *diag);

/* Ends it and says where it stood; false if there is none with this tag. */
bool sl_feed_cancel(struct sl_client_session *session, uint64_t tag, sl_seq *ret_next);

void sl_feed_cancel_all(struct sl_client_session *session);

/* One share of pages for each feed of the session, as far as core->feed_left goes. */
void sl_feed_run(struct sl_client_session *session);

/* Is there a visible record that some feed of the session has not looked at? */
bool sl_feed_has_more(const struct sl_client_session *session);

/* Takes a page of so many records off what is left of the turn's share. */
void sl_feed_spend(struct sl_core *core, uint64_t looked_at);

#endif
