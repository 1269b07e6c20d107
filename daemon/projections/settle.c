/* From pending facts and postings to rows. */
#include "projections/settle.h"

#include <stdlib.h>
#include <string.h>

#include "base/huge.h"
#include "base/sort.h"

#define DAY_SLOTS 4096u /* a power of two, never more than half full: sums of one day */
#define AHEAD     16u   /* facts asked for from memory before they are needed */

/* Sums of one day, added up before they go to their row. */
struct day_slot {
    struct sl_key key;
    bool is_used;
    int64_t sums[SL_SUMS];
};

struct sl_settler {
    const struct sl_pending_list *list; /* borrowed while it settles, as the sink is */
    struct sl_row_sink *sink;
    size_t count;                    /* of what is sorted */
    size_t capacity;                 /* of order and spare, each */
    struct sl_sorted *order;         /* owned */
    struct sl_sorted *spare;         /* behind it */
    struct day_slot days[DAY_SLOTS]; /* all unused between two days */
    uint32_t used_days[DAY_SLOTS / 2];
    size_t day_count;
    struct sl_key month; /* whose sums run; {0, 0}: none yet */
    int64_t month_sums[SL_SUMS];
};

/* ── a person's months ────────────────────────────────────────────────────────────────────────────────────────── */

static void end_month(struct sl_settler *s)
{
    if (s->month.hi != 0) {
        struct sl_sums_row *row = sl_sink_change(s->sink, SL_TABLE_PERSON_MONTHS, s->month);
        for (unsigned i = 0; i < SL_SUMS; i++) {
            row->sums[i] += s->month_sums[i];
        }
    }
    s->month = (struct sl_key){0, 0};
    memset(s->month_sums, 0, sizeof s->month_sums);
}

static void add_to_month(struct sl_settler *s, const struct sl_fact *fact, int64_t sign)
{
    struct sl_key month = sl_key_person_month(sl_day_month_index(sl_key_fact_day(fact->key)),
                                              sl_key_fact_person(fact->key), fact->row.credit_kind);
    struct sl_fact_sums sums;
    if (sl_key_compare(month, s->month) != 0) {
        end_month(s);
        s->month = month;
    }
    sl_fact_sums(&fact->row, SL_COUNT_PER_EVENT, &sums);
    for (unsigned i = 0; i < sums.count; i++) {
        s->month_sums[sums.parts[i].sum] += sign * sums.parts[i].value;
    }
}

/* ── days ─────────────────────────────────────────────────────────────────────────────────────────────────────── */

static void end_day(struct sl_settler *s)
{
    for (size_t i = 0; i < s->day_count; i++) {
        struct day_slot *slot = &s->days[s->used_days[i]];
        struct sl_sums_row *row = sl_sink_change(s->sink, SL_TABLE_DAY_SUMS, slot->key);
        for (unsigned k = 0; k < SL_SUMS; k++) {
            row->sums[k] += slot->sums[k];
        }
        memset(slot, 0, sizeof *slot);
    }
    s->day_count = 0;
}

static struct day_slot *day_slot_of(struct sl_settler *s, struct sl_key key)
{
    if (s->day_count == DAY_SLOTS / 2) {
        end_day(s);
    }
    uint64_t mixed = key.hi * 0x9e3779b97f4a7c15ull;
    uint32_t at = (uint32_t)(mixed >> 40) & (DAY_SLOTS - 1);
    while (s->days[at].is_used && sl_key_compare(s->days[at].key, key) != 0) {
        at = (at + 1) & (DAY_SLOTS - 1);
    }
    struct day_slot *slot = &s->days[at];
    if (!slot->is_used) {
        slot->is_used = true;
        slot->key = key;
        s->used_days[s->day_count++] = at;
    }
    return slot;
}

static void
add_sums(struct sl_settler *s, struct sl_key key, const struct sl_fact_sums *sums, int64_t sign)
{
    struct day_slot *slot = day_slot_of(s, key);
    for (unsigned i = 0; i < sums->count; i++) {
        slot->sums[sums->parts[i].sum] += sign * sums->parts[i].value;
    }
}

static void add_to_day(struct sl_settler *s, const struct sl_fact *fact, int64_t sign)
{
    sl_day day = sl_key_fact_day(fact->key);
    struct sl_fact_sums sums;
    if (fact->row.credit_kind != SL_CREDIT_DIRECT) {
        return; /* overlay never enters totals */
    }
    sl_fact_sums(&fact->row, SL_COUNT_PER_EVENT, &sums);
    add_sums(s, sl_key_day_sum(SL_BY_NONE, 0, day), &sums, sign);
    add_sums(s, sl_key_day_sum(SL_BY_REGION, fact->row.region, day), &sums, sign);
    if (fact->row.product != 0) {
        sl_fact_sums(&fact->row, SL_COUNT_PER_PRODUCT, &sums);
        add_sums(s, sl_key_day_sum(SL_BY_PRODUCT, fact->row.product, day), &sums, sign);
    }
}

/* ── in order ─────────────────────────────────────────────────────────────────────────────────────────────────── */

static const struct sl_pending_fact *fact_of(const struct sl_settler *s, size_t i)
{
    const struct sl_pending_fact *pending = sl_chunks_at(&s->list->facts, s->order[i].index);
    if (i + AHEAD < s->count) {
        const char *ahead = sl_chunks_at(&s->list->facts, s->order[i + AHEAD].index);
        __builtin_prefetch(ahead);
        __builtin_prefetch(ahead + 64);
    }
    return pending;
}

static void put_facts(struct sl_settler *s)
{
    for (size_t i = 0; i < s->count; i++) {
        const struct sl_pending_fact *pending = fact_of(s, i);
        if (pending->sign > 0) {
            sl_sink_put(s->sink, SL_TABLE_FACTS, pending->fact.key, &pending->fact.row);
        } else {
            sl_sink_remove(s->sink, SL_TABLE_FACTS, pending->fact.key);
        }
    }
}

static void put_months(struct sl_settler *s)
{
    for (size_t i = 0; i < s->count; i++) {
        const struct sl_pending_fact *pending = fact_of(s, i);
        add_to_month(s, &pending->fact, pending->sign);
    }
    end_month(s);
}

static void put_days(struct sl_settler *s)
{
    sl_day day = {INT32_MIN};
    for (size_t i = 0; i < s->count; i++) {
        const struct sl_pending_fact *pending = fact_of(s, i);
        sl_day of_fact = sl_key_fact_day(pending->fact.key);
        if (of_fact.v != day.v) {
            end_day(s);
            day = of_fact;
        }
        add_to_day(s, &pending->fact, pending->sign);
    }
    end_day(s);
}

static uint64_t by_key(struct sl_key key)
{
    return key.hi;
}

static uint64_t by_month(struct sl_key key)
{
    uint32_t month = (uint32_t)(sl_day_month_index(sl_key_fact_day(key)) + SL_DAY_BIAS);
    return ((uint64_t)month << 32) | sl_key_fact_person(key);
}

static uint64_t by_day(struct sl_key key)
{
    return SL_DAY_KEY(sl_key_fact_day(key));
}

/* A stable order: facts that are equal in it stay as they came, in or out. */
static void sort_facts(struct sl_settler *s, size_t from, uint64_t (*rank)(struct sl_key key))
{
    for (size_t i = 0; i < s->count; i++) {
        const struct sl_pending_fact *pending = sl_chunks_at(&s->list->facts, from + i);
        s->order[i] = (struct sl_sorted){rank(pending->fact.key), (uint32_t)(from + i)};
    }
    sl_sort(s->order, s->spare, s->count);
}

static void settle_facts(struct sl_settler *s, size_t from, size_t count)
{
    s->count = count;
    sort_facts(s, from, by_key);
    put_facts(s);
    sort_facts(s, from, by_month);
    put_months(s);
    sort_facts(s, from, by_day);
    put_days(s);
}

static void settle_postings(struct sl_settler *s, size_t from, size_t count)
{
    static const uint8_t nothing[sizeof(struct sl_posting_row)];
    s->count = count;
    for (size_t i = 0; i < s->count; i++) {
        const struct sl_pending_posting *posting = sl_chunks_at(&s->list->postings, from + i);
        s->order[i] = (struct sl_sorted){posting->key.hi, (uint32_t)(from + i)};
    }
    sl_sort(s->order, s->spare, s->count);
    for (size_t i = 0; i < s->count; i++) {
        const struct sl_pending_posting *posting =
            sl_chunks_at(&s->list->postings, s->order[i].index);
        sl_sink_put(s->sink, (unsigned)posting->table, posting->key, nothing);
    }
}

static void free_order(struct sl_settler *s)
{
    sl_huge_free(s->order, 2 * s->capacity * sizeof *s->order);
    s->order = NULL;
    s->capacity = 0;
}

/* Room to sort so many; what was kept for more is kept. */
static bool reserve(struct sl_settler *s, size_t count)
{
    if (count <= s->capacity) {
        return true;
    }
    free_order(s);
    s->order = sl_huge_alloc(2 * count * sizeof *s->order);
    if (s->order == NULL) {
        return false;
    }
    s->capacity = count;
    s->spare = s->order + count;
    return true;
}

enum sl_err sl_settler_open(struct sl_settler **ret_settler)
{
    *ret_settler = calloc(1, sizeof **ret_settler);
    return *ret_settler != NULL ? SL_OK : SL_E_NO_MEMORY;
}

void sl_settler_close(struct sl_settler *settler)
{
    if (settler != NULL) {
        free_order(settler);
        free(settler);
    }
}

void sl_settle(struct sl_settler *settler,
               const struct sl_pending_list *list,
               const struct sl_pending_range *range,
               struct sl_row_sink *sink)
{
    size_t facts = range->fact_to - range->fact_from;
    size_t postings = range->posting_to - range->posting_from;
    if (facts == 0 && postings == 0) {
        return;
    }
    settler->list = list;
    settler->sink = sink;
    if (reserve(settler, facts > postings ? facts : postings)) {
        settle_facts(settler, range->fact_from, facts);
        settle_postings(settler, range->posting_from, postings);
    } else {
        sl_sink_fail(sink, SL_E_NO_MEMORY);
    }
}
