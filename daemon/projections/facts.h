/* Facts: what an event means in signed, credited numbers, and the fold of a deal's history that gives it.
 *
 * A fact is one line of one event times one credit. An event without lines gives one line of nothing, which carries its count; so does
 * each product that ends with a cancellation which does not name it. Parts of an amount are shared out by the largest remainder, so
 * DIRECT facts add up to the event exactly.
 *
 * Who is credited: the event's credits; else a contact's person; else the deal's last known credits; else the customer's
 * owner on the day; else nobody (person 0), so that company totals are whole all the same.
 *
 * Invariant: the facts of an event are a pure function of its deal's effective events up to it, in order of seq, of the earliest day of all
 * of them, and of the masters. Whoever changes one of these takes the facts out before and puts them in after (sl_facts_of_deal,
 * sl_facts_redate, sl_pending_facts). */
#ifndef SL_PROJECTIONS_FACTS_H
#define SL_PROJECTIONS_FACTS_H

#include "projections/fold.h"
#include "projections/source.h"

#define SL_FACT_LIST_MAX (SL_FACT_LINES_MAX * SL_CREDITS_MAX)

struct sl_fact {
    struct sl_key key;
    struct sl_fact_row row;
};

struct sl_fact_list {
    size_t count;
    struct sl_fact facts[SL_FACT_LIST_MAX];
};

/* Does the body yield facts at all? */
bool sl_facts_has(const struct sl_body *body);

/* Does the event take part in the deal's history? Not if a correction has put another there, or nothing. A deal that is new to the
 * ledger has no number yet, and so no match. */
bool sl_sourced_is_of_deal(struct sl_ledger *ledger, const struct sl_sourced *event, uint32_t deal);

/* Moves the fold over one event and lists its facts. Names are interned. */
void sl_fold_step(struct sl_ledger *ledger,
                  struct sl_fold *fold,
                  const struct sl_sourced *event,
                  struct sl_fact_list *ret_facts);

/* Folds a deal from its first event and puts (+1) or takes out (-1) the facts of every event; +1 also stores the fold. */
SL_MUST_CHECK enum sl_err sl_facts_of_deal(struct sl_ledger *ledger, uint32_t deal, int sign);

/* Gives the cycles of a deal's closes an earlier first day; the event of that day is put in afterwards. Most deals are closed once, and
 * then it takes no more than reading that close again. The fold's memory for products is used. */
SL_MUST_CHECK enum sl_err
sl_facts_redate(struct sl_ledger *ledger, const struct sl_fold *fold, sl_day first_day);

/* Takes out (-1) or puts in (+1) the facts of a sales event outside any deal, which stands alone. */
void sl_facts_of_alone(struct sl_ledger *ledger, const struct sl_sourced *event, int sign);

/* The same for all that a customer's region and owner bear on: the customer's deals, and what stands alone. */
SL_MUST_CHECK enum sl_err
sl_facts_of_customer(struct sl_ledger *ledger, uint32_t customer, int sign);

/* Folds a deal with position `instead->seq` replaced by `instead`; the deal rules' verdict in *ret_err with detail. */
SL_MUST_CHECK enum sl_err sl_facts_try_deal(struct sl_ledger *ledger,
                                            uint32_t deal,
                                            const struct sl_sourced *instead,
                                            struct sl_decide_view *ret_view);

/* What one fact adds to which sums; a 0 says that it belongs there all the same. */
struct sl_fact_sums {
    unsigned count;
    struct {
        enum sl_sum sum;
        int64_t value;
    } parts[7];
};
/* How a fact's event is counted: the facts of one event must not count it twice. */
enum sl_count_rule {
    SL_COUNT_PER_EVENT,   /* its first line counts */
    SL_COUNT_PER_PRODUCT, /* the first line of each product counts */
    SL_COUNT_ALWAYS, /* the caller has seen to it that this is the first, and for what takes back, that it ends
                           * the deal for him (taken_back.h) */
    SL_COUNT_NEVER,
};
void sl_fact_sums(const struct sl_fact_row *row,
                  enum sl_count_rule rule,
                  struct sl_fact_sums *ret_sums);

#endif
