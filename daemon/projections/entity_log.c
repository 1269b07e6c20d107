/* Postings, a customer's deals and a person's facts as one ascending list. */
#include "projections/entity_log.h"

#include <stdlib.h>

#include "projections/fact_scan.h"

#define DEALS_AT_ONCE 64u
#define SEQS_AT_ONCE  64u

/* Hands each seq to `take`, in no order, some twice. False ends the walk. */
struct walk {
    struct sl_ledger *ledger;
    bool (*take)(struct walk *walk, sl_seq seq);
    sl_seq from;
    sl_seq *seqs; /* owned: take_into_list's */
    size_t count, capacity;
    uint64_t last; /* take_last's */
};

static bool walk_postings(struct walk *walk, unsigned kind, uint32_t number)
{
    struct sl_entity_ref ref = {kind, number};
    sl_seq seqs[SEQS_AT_ONCE];
    sl_seq from = walk->from;
    size_t count = SEQS_AT_ONCE;
    bool goes_on = true;
    while (goes_on && count == SEQS_AT_ONCE) {
        count = sl_entities_seqs(walk->ledger->state, &ref, from, SEQS_AT_ONCE, seqs);
        for (size_t i = 0; goes_on && i < count; i++) {
            goes_on = walk->take(walk, seqs[i]);
            from.v = seqs[i].v + 1;
        }
    }
    return goes_on;
}

/* The customer's deals, some at a time, since each look for the next one is a search. */
static bool walk_deals(struct walk *walk, uint32_t customer)
{
    uint32_t deals[DEALS_AT_ONCE];
    uint32_t from = 1;
    size_t count = DEALS_AT_ONCE;
    bool goes_on = true;
    while (goes_on && count == DEALS_AT_ONCE) {
        count = sl_entities_deals(walk->ledger->state, customer, from, DEALS_AT_ONCE, deals);
        for (size_t i = 0; goes_on && i < count; i++) {
            goes_on = walk_postings(walk, SL_ENTITY_DEAL, deals[i]);
            from = deals[i] + 1;
        }
    }
    return goes_on;
}

static bool walk_facts(struct walk *walk, uint32_t person)
{
    struct sl_fact_scan scan;
    sl_fact_scan_person(walk->ledger->state, person, sl_period_all(), &scan);
    while (scan.row != NULL) {
        sl_seq seq = sl_key_fact_seq(scan.key);
        if (seq.v >= walk->from.v && !walk->take(walk, seq)) {
            return false;
        }
        sl_fact_scan_next(walk->ledger->state, &scan);
    }
    return true;
}

static bool walk_all(struct walk *walk, const struct sl_entity_ref *ref)
{
    if (ref->number == 0) {
        return true;
    }
    sl_pending_settle(walk->ledger);
    bool goes_on = walk_postings(walk, ref->kind, ref->number);
    if (goes_on && ref->kind == SL_ENTITY_CUSTOMER) {
        goes_on = walk_deals(walk, ref->number);
    } else if (goes_on && ref->kind == SL_ENTITY_PERSON) {
        goes_on = walk_facts(walk, ref->number);
    }
    return goes_on;
}

static bool take_into_list(struct walk *walk, sl_seq seq)
{
    if (walk->count == walk->capacity) {
        size_t capacity = walk->capacity * 2 + 256;
        sl_seq *grown = realloc(walk->seqs, capacity * sizeof *grown);
        if (grown == NULL) {
            return false;
        }
        walk->seqs = grown;
        walk->capacity = capacity;
    }
    walk->seqs[walk->count++] = seq;
    return true;
}

static bool take_last(struct walk *walk, sl_seq seq)
{
    walk->last = seq.v > walk->last ? seq.v : walk->last;
    return true;
}

static int compare_seqs(const void *a, const void *b)
{
    uint64_t left = ((const sl_seq *)a)->v;
    uint64_t right = ((const sl_seq *)b)->v;
    return (left > right) - (left < right);
}

size_t sl_seqs_sort_unique(sl_seq *seqs, size_t count)
{
    size_t kept = 0;
    if (count > 0) {
        qsort(seqs, count, sizeof seqs[0], compare_seqs);
    }
    for (size_t i = 0; i < count; i++) {
        if (kept == 0 || seqs[kept - 1].v != seqs[i].v) {
            seqs[kept++] = seqs[i];
        }
    }
    return kept;
}

enum sl_err sl_entity_log_seqs(struct sl_ledger *ledger,
                               const struct sl_entity_page *page,
                               sl_seq *ret_seqs,
                               size_t *ret_count)
{
    struct walk walk = {.ledger = ledger, .take = take_into_list, .from = page->from};
    enum sl_err err = walk_all(&walk, &page->ref) ? SL_OK : SL_E_NO_MEMORY;
    size_t count = sl_seqs_sort_unique(walk.seqs, walk.count);
    *ret_count = 0;
    for (size_t i = 0; err == SL_OK && i < count && i < page->max; i++) {
        ret_seqs[(*ret_count)++] = walk.seqs[i];
    }
    free(walk.seqs);
    return err;
}

uint64_t sl_entity_log_last(struct sl_ledger *ledger, const struct sl_entity_ref *ref)
{
    struct walk walk = {.ledger = ledger, .take = take_last};
    if (ref->kind != SL_ENTITY_CUSTOMER && ref->kind != SL_ENTITY_PERSON) {
        sl_pending_settle(ledger);
        return sl_entities_last_seq(ledger->state, ref->kind, ref->number);
    }
    (void)walk_all(&walk, ref); /* take_last never ends the walk */
    return walk.last;
}
