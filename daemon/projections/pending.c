/* Collecting facts and postings, and writing them in order. */
#include "projections/pending.h"

#include <stdlib.h>
#include <string.h>

#include "projections/facts.h"

#define FACTS_MAX    65536u
#define POSTINGS_MAX 65536u
#define DAY_SLOTS                                                                                  \
    8192u /* a power of two, never more than half full: a fact adds to three days' sums */
#define DAYS_MAX (DAY_SLOTS / 2)

struct sorted {
    struct sl_key key;
    uint32_t index; /* of the fact; or the posting's table */
};

/* Sums of one day, added up before they go to their row. */
struct day_slot {
    struct sl_key key;
    bool is_used;
    int64_t sums[SL_SUMS];
};

struct sl_pending {
    size_t fact_count;
    size_t posting_count;
    size_t day_count;
    struct sl_fact facts[FACTS_MAX];
    bool is_removed[FACTS_MAX]; /* the fact comes out */
    struct sorted postings[POSTINGS_MAX];
    struct sorted order[FACTS_MAX];
    struct sorted spare[FACTS_MAX];
    uint32_t used_days[DAYS_MAX];
    struct day_slot days[DAY_SLOTS];
};

_Static_assert(FACTS_MAX > SL_FACT_LIST_MAX, "the facts of one event fit");
_Static_assert(POSTINGS_MAX <= FACTS_MAX, "spare serves both sorts");

enum sl_err sl_pending_open(struct sl_pending **ret_pending)
{
    *ret_pending = calloc(1, sizeof **ret_pending);
    return *ret_pending != NULL ? SL_OK : SL_E_NO_MEMORY;
}

void sl_pending_close(struct sl_pending *pending)
{
    free(pending);
}

static bool is_before(const struct sorted *a, const struct sorted *b)
{
    return a->key.hi != b->key.hi ? a->key.hi < b->key.hi : a->key.lo < b->key.lo;
}

static void merge(const struct sorted *left,
                  const struct sorted *middle,
                  const struct sorted *right,
                  struct sorted *to)
{
    const struct sorted *upper = middle;
    while (left < middle && upper < right) {
        *to++ = is_before(upper, left) ? *upper++ : *left++;
    }
    memcpy(to, left, (size_t)(middle - left) * sizeof *to);
    to += middle - left;
    memcpy(to, upper, (size_t)(right - upper) * sizeof *to);
}

/* A merge sort from the bottom, stable; gives the array that holds the result, one of the two. */
static struct sorted *sort(struct sorted *entries, struct sorted *spare, size_t count)
{
    for (size_t width = 1; width < count; width *= 2) {
        for (size_t at = 0; at < count; at += 2 * width) {
            size_t middle = at + width < count ? at + width : count;
            size_t end = at + 2 * width < count ? at + 2 * width : count;
            merge(&entries[at], &entries[middle], &entries[end], &spare[at]);
        }
        struct sorted *swap = entries;
        entries = spare;
        spare = swap;
    }
    return entries;
}

static void settle_days(struct sl_ledger *ledger)
{
    struct sl_pending *pending = ledger->pending;
    for (size_t i = 0; i < pending->day_count; i++) {
        struct day_slot *slot = &pending->days[pending->used_days[i]];
        struct sl_sums_row *row = sl_state_upsert(ledger->state, SL_TABLE_DAY_SUMS, slot->key);
        for (unsigned k = 0; k < SL_SUMS; k++) {
            row->sums[k] += slot->sums[k];
        }
        memset(slot, 0, sizeof *slot);
    }
    pending->day_count = 0;
}

static struct day_slot *day_slot_of(struct sl_ledger *ledger, struct sl_key key)
{
    struct sl_pending *pending = ledger->pending;
    if (pending->day_count == DAYS_MAX) {
        settle_days(ledger);
    }
    uint64_t mixed = (key.hi * 0x9e3779b97f4a7c15ull) ^ (key.lo * 0xc2b2ae3d27d4eb4full);
    uint32_t at = (uint32_t)(mixed >> 40) & (DAY_SLOTS - 1);
    while (pending->days[at].is_used && sl_key_compare(pending->days[at].key, key) != 0) {
        at = (at + 1) & (DAY_SLOTS - 1);
    }
    struct day_slot *slot = &pending->days[at];
    if (!slot->is_used) {
        slot->is_used = true;
        slot->key = key;
        pending->used_days[pending->day_count++] = at;
    }
    return slot;
}

static void
add_day(struct sl_ledger *ledger, struct sl_key key, const struct sl_fact_sums *sums, int sign)
{
    struct day_slot *slot = day_slot_of(ledger, key);
    for (unsigned i = 0; i < sums->count; i++) {
        slot->sums[sums->parts[i].sum] += sign * sums->parts[i].value;
    }
}

static void add_days(struct sl_ledger *ledger,
                     const struct sl_fact *fact,
                     const struct sl_fact_sums *sums,
                     int sign)
{
    sl_day day = sl_key_fact_day(fact->key);
    if (fact->row.credit_kind != SL_CREDIT_DIRECT) {
        return; /* overlay never enters totals */
    }
    add_day(ledger, sl_key_day_sum(SL_BY_NONE, 0, day), sums, sign);
    add_day(ledger, sl_key_day_sum(SL_BY_REGION, fact->row.region, day), sums, sign);
    if (fact->row.product != 0) {
        struct sl_fact_sums in_product;
        sl_fact_sums(&fact->row, SL_COUNT_PER_PRODUCT, &in_product);
        add_day(ledger, sl_key_day_sum(SL_BY_PRODUCT, fact->row.product, day), &in_product, sign);
    }
}

static void add_month(struct sl_ledger *ledger, struct sl_key key, const int64_t sums[SL_SUMS])
{
    struct sl_sums_row *row = sl_state_upsert(ledger->state, SL_TABLE_PERSON_MONTHS, key);
    for (unsigned i = 0; i < SL_SUMS; i++) {
        row->sums[i] += sums[i];
    }
}

static void put_row(struct sl_ledger *ledger, const struct sl_fact *fact, int sign)
{
    if (sign > 0) {
        struct sl_fact_row *row = sl_state_insert(ledger->state, SL_TABLE_FACTS, fact->key);
        *row = fact->row;
    } else {
        sl_state_remove(ledger->state, SL_TABLE_FACTS, fact->key);
    }
}

static struct sl_key month_key(const struct sl_fact *fact)
{
    return sl_key_person_month(sl_key_fact_person(fact->key),
                               sl_day_month_index(sl_key_fact_day(fact->key)),
                               fact->row.credit_kind);
}

/* The sums of the person's month that the facts in order have reached. */
struct month_run {
    struct sl_key key; /* {0, 0}: none yet */
    int64_t sums[SL_SUMS];
};

static void end_month(struct sl_ledger *ledger, struct month_run *run)
{
    if (run->key.hi != 0) {
        add_month(ledger, run->key, run->sums);
    }
    *run = (struct month_run){.key = {0, 0}};
}

static void settle_fact(struct sl_ledger *ledger, size_t index, struct month_run *run)
{
    const struct sl_fact *fact = &ledger->pending->facts[index];
    int sign = ledger->pending->is_removed[index] ? -1 : 1;
    struct sl_fact_sums sums;
    sl_fact_sums(&fact->row, SL_COUNT_PER_EVENT, &sums);
    if (sl_key_compare(month_key(fact), run->key) != 0) {
        end_month(ledger, run);
        run->key = month_key(fact);
    }
    for (unsigned k = 0; k < sums.count; k++) {
        run->sums[sums.parts[k].sum] += sign * sums.parts[k].value;
    }
    put_row(ledger, fact, sign);
    add_days(ledger, fact, &sums, sign);
}

/* Facts in order of (person, day): the months of a person follow each other, and each is added to once. */
static void settle_facts(struct sl_ledger *ledger)
{
    struct sl_pending *pending = ledger->pending;
    struct month_run run = {.key = {0, 0}};
    for (size_t i = 0; i < pending->fact_count; i++) {
        pending->order[i] = (struct sorted){pending->facts[i].key, (uint32_t)i};
    }
    const struct sorted *order = sort(pending->order, pending->spare, pending->fact_count);
    for (size_t i = 0; i < pending->fact_count; i++) {
        settle_fact(ledger, order[i].index, &run);
    }
    end_month(ledger, &run);
    settle_days(ledger);
    pending->fact_count = 0;
}

static void settle_postings(struct sl_ledger *ledger)
{
    struct sl_pending *pending = ledger->pending;
    const struct sorted *order = sort(pending->postings, pending->spare, pending->posting_count);
    for (size_t i = 0; i < pending->posting_count; i++) {
        (void)sl_state_insert(ledger->state, order[i].index, order[i].key);
    }
    pending->posting_count = 0;
}

void sl_pending_settle(struct sl_ledger *ledger)
{
    if (ledger->pending->fact_count > 0) {
        settle_facts(ledger);
    }
    if (ledger->pending->posting_count > 0) {
        settle_postings(ledger);
    }
}

void sl_pending_drop(struct sl_ledger *ledger)
{
    ledger->pending->fact_count = 0;
    ledger->pending->posting_count = 0;
}

void sl_pending_facts(struct sl_ledger *ledger, const struct sl_fact_list *facts, int sign)
{
    struct sl_pending *pending = ledger->pending;
    if (pending->fact_count + facts->count > FACTS_MAX) {
        sl_pending_settle(ledger);
    }
    memcpy(&pending->facts[pending->fact_count], facts->facts,
           facts->count * sizeof facts->facts[0]);
    for (size_t i = 0; i < facts->count; i++) {
        pending->is_removed[pending->fact_count + i] = sign < 0;
    }
    pending->fact_count += facts->count;
}

void sl_pending_posting(struct sl_ledger *ledger, unsigned table, struct sl_key key)
{
    struct sl_pending *pending = ledger->pending;
    if (pending->posting_count == POSTINGS_MAX) {
        sl_pending_settle(ledger);
    }
    pending->postings[pending->posting_count++] = (struct sorted){key, table};
}
