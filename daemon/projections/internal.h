/* What the files of this folder share: the ledger's parts. Rows are the truth; everything here besides `state` is a cache that may be
 * dropped at any time. */
#ifndef SL_PROJECTIONS_INTERNAL_H
#define SL_PROJECTIONS_INTERNAL_H

#include "domain/spread.h"
#include "projections/boards.h"
#include "projections/customers.h"
#include "projections/ledger.h"
#include "projections/names.h"
#include "projections/org.h"
#include "projections/pending.h"
#include "projections/tables.h"
#include "projections/target_ids.h"
#include "projections/target_periods.h"

/* The stage list in force, decoded once. */
struct sl_stage_cache {
    sl_seq seq; /* of the define; 0: none decoded */
    size_t count;
    struct {
        size_t len;
        char text[SL_ID_TEXT_BYTES_MAX];
    } stages[SL_STAGES_MAX];
};

/* The calendar in force, read once. */
struct sl_calendar_cache {
    bool is_fresh;
    sl_day days[SL_WEIGHTS_MAX]; /* lent to the calendar */
    struct sl_day_calendar calendar;
};

struct sl_fold;
struct sl_deal_products;

struct sl_ledger {
    struct sl_store *store;
    struct sl_state *state;
    struct sl_names names;
    struct sl_org org;
    struct sl_boards boards;
    struct sl_customers customers;
    struct sl_target_periods target_periods;
    struct sl_target_ids target_ids;
    struct sl_pending *pending;
    struct sl_stage_cache stages;
    struct sl_calendar_cache calendar;
    struct sl_arena arena;      /* of replays and corrections; scratch of questions about targets */
    struct sl_fact_list *facts; /* scratch of one event */
    struct sl_fold
        *looked_at; /* the deal that the last view read, for the apply that follows; deal 0: none */
    struct sl_deal_products *products; /* lent to the fold at hand */
    sl_seq last_other;    /* the latest event that is no fact: boards show those as they stand */
    sl_seq lasting_other; /* the same when the savepoint was set */
    uint32_t
        customers_before; /* the event being applied, a define or correct: how many had a number */
    struct sl_key id_max; /* no id above it has ever been taken in */
    size_t history_events_max; /* SL_HISTORY_EVENTS_MAX, but in tests */
    bool has_policy;
    uint32_t policy;
    sl_currency currency;
};

/* The ledger's fiscal start month: 1 unless a calendar says otherwise. */
int sl_ledger_fiscal_month(struct sl_ledger *ledger);

#endif
