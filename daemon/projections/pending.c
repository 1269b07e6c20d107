/* The two lists of what is pending, and who settles them when. */
#include "projections/pending.h"

#include <stdlib.h>
#include <string.h>

#include "projections/entities.h"
#include "projections/facts.h"
#include "projections/settle.h"

#define DAY_SUMS_PER_FACT 3u
#define SCRATCH_FACTS_MAX 65536u /* of a scratch state, before they are settled */

/* How far a list goes, or has been made readable. */
struct position {
    size_t facts, postings;
};

struct sl_pending {
    struct sl_ledger *ledger;
    struct sl_state *state; /* the ledger's */
    struct sl_backlog backlog;
    struct sl_settler *reader; /* the owner's thread's */
    struct sl_settler *writer; /* the checkpoint's */
    struct sl_pending_list active, frozen;
    struct position active_read, frozen_read; /* settled into the active layer */
    struct position mark;                     /* end of the active list at the savepoint */
    uint64_t forgotten;                       /* facts */
    uint64_t moved;                           /* end of the facts that a correction has moved */
    size_t budget;                            /* items that the settling at hand may still take */
};

static void init_list(struct sl_pending_list *list)
{
    sl_chunks_init(&list->facts, sizeof(struct sl_pending_fact));
    sl_chunks_init(&list->postings, sizeof(struct sl_pending_posting));
}

static void clear_list(struct sl_pending_list *list)
{
    sl_chunks_clear(&list->facts);
    sl_chunks_clear(&list->postings);
}

static struct position end_of(const struct sl_pending_list *list)
{
    return (struct position){list->facts.count, list->postings.count};
}

/* ── the backlog ──────────────────────────────────────────────────────────────────────────────────────────────── */

/* Does an event begin at the fact? Redated facts stand before those of the event that made them so. */
static bool begins_event(const struct sl_pending_list *list, size_t at)
{
    const struct sl_pending_fact *before = sl_chunks_at(&list->facts, at - 1);
    const struct sl_pending_fact *fact = sl_chunks_at(&list->facts, at);
    return before->is_redated == 0 &&
           (fact->is_redated != 0 ||
            sl_key_fact_seq(fact->fact.key).v != sl_key_fact_seq(before->fact.key).v);
}

/* How far the budget goes from one position towards another, and to the end of the event it comes to. */
static struct position within_budget(struct sl_pending *pending,
                                     const struct sl_pending_list *list,
                                     struct position from,
                                     struct position to)
{
    size_t postings = to.postings > from.postings ? to.postings - from.postings : 0;
    postings = postings < pending->budget ? postings : pending->budget;
    pending->budget -= postings;
    size_t facts = to.facts > from.facts ? to.facts - from.facts : 0;
    facts = facts < pending->budget ? facts : pending->budget;
    pending->budget -= facts;
    size_t end = from.facts + facts;
    while (facts > 0 && end < to.facts && !begins_event(list, end)) {
        end++;
    }
    return (struct position){end, from.postings + postings};
}

/* What no reader has seen yet, up to `to`. */
static void read_upto(struct sl_pending *pending,
                      const struct sl_pending_list *list,
                      struct position *read,
                      struct position to,
                      struct sl_row_sink *sink)
{
    struct position end = within_budget(pending, list, *read, to);
    struct sl_pending_range range = {read->facts, end.facts, read->postings, end.postings};
    sl_settle(pending->reader, list, &range, sink);
    *read = end;
}

static void settle(void *ctx, struct sl_row_sink *lasting, struct sl_row_sink *sink)
{
    struct sl_pending *pending = ctx;
    bool has_mark = sl_state_has_savepoint(pending->state);
    struct position end = end_of(&pending->active);
    read_upto(pending, &pending->frozen, &pending->frozen_read, end_of(&pending->frozen), lasting);
    read_upto(pending, &pending->active, &pending->active_read, has_mark ? pending->mark : end,
              lasting);
    read_upto(pending, &pending->active, &pending->active_read, end, sink);
}

static void freeze(void *ctx)
{
    struct sl_pending *pending = ctx;
    struct sl_pending_list empty = pending->frozen;
    pending->frozen = pending->active;
    pending->frozen_read = pending->active_read;
    pending->active = empty;
    pending->active_read = (struct position){0, 0};
}

static bool forget(void *ctx)
{
    struct sl_pending *pending = ctx;
    uint64_t end = pending->forgotten + pending->frozen.facts.count;
    sl_boards_let_go(pending->ledger, end);
    pending->forgotten = end;
    clear_list(&pending->frozen);
    pending->frozen_read = (struct position){0, 0};
    return pending->active_read.facts > 0 || pending->active_read.postings > 0;
}

static void write_frozen(const void *ctx, struct sl_row_sink *sink)
{
    const struct sl_pending *pending = ctx;
    struct position end = end_of(&pending->frozen);
    struct sl_pending_range range = {0, end.facts, 0, end.postings};
    sl_settle(pending->writer, &pending->frozen, &range, sink);
}

static size_t bytes_of(const struct sl_pending_list *list)
{
    return sl_chunks_bytes(&list->facts) + sl_chunks_bytes(&list->postings);
}

static size_t bytes(const void *ctx, bool has_frozen)
{
    const struct sl_pending *pending = ctx;
    return bytes_of(&pending->active) + (has_frozen ? bytes_of(&pending->frozen) : 0);
}

static uint64_t rows(const void *ctx, unsigned table, bool has_frozen)
{
    const struct sl_pending *pending = ctx;
    uint64_t facts = pending->active.facts.count + (has_frozen ? pending->frozen.facts.count : 0);
    uint64_t postings =
        pending->active.postings.count + (has_frozen ? pending->frozen.postings.count : 0);
    bool is_of_facts = table == SL_TABLE_FACTS || table == SL_TABLE_PERSON_MONTHS;
    uint64_t of_facts = table == SL_TABLE_DAY_SUMS ? facts * DAY_SUMS_PER_FACT : facts;
    return is_of_facts || table == SL_TABLE_DAY_SUMS ? of_facts : postings;
}

enum sl_err sl_pending_open(struct sl_ledger *ledger, struct sl_pending **ret_pending)
{
    struct sl_pending *pending = calloc(1, sizeof *pending);
    if (pending == NULL) {
        return SL_E_NO_MEMORY;
    }
    pending->ledger = ledger;
    pending->state = ledger->state;
    pending->budget = SIZE_MAX;
    enum sl_err err = sl_settler_open(&pending->reader);
    if (err == SL_OK) {
        err = sl_settler_open(&pending->writer);
    }
    if (err != SL_OK) {
        sl_settler_close(pending->reader);
        free(pending);
        return err;
    }
    init_list(&pending->active);
    init_list(&pending->frozen);
    pending->backlog = (struct sl_backlog){.ctx = pending,
                                           .settle = settle,
                                           .freeze = freeze,
                                           .forget = forget,
                                           .write = write_frozen,
                                           .bytes = bytes,
                                           .rows = rows};
    sl_state_set_backlog(ledger->state, &pending->backlog);
    *ret_pending = pending;
    return SL_OK;
}

void sl_pending_close(struct sl_pending *pending)
{
    if (pending == NULL) {
        return;
    }
    sl_state_settle(pending->state);
    sl_state_set_backlog(pending->state, NULL);
    sl_chunks_deinit(&pending->active.facts);
    sl_chunks_deinit(&pending->active.postings);
    sl_chunks_deinit(&pending->frozen.facts);
    sl_chunks_deinit(&pending->frozen.postings);
    sl_settler_close(pending->reader);
    sl_settler_close(pending->writer);
    free(pending);
}

/* ── adding ───────────────────────────────────────────────────────────────────────────────────────────────────── */

static void
add_fact(struct sl_pending *pending, const struct sl_fact *fact, int sign, bool is_redated)
{
    struct sl_pending_fact *item = sl_chunks_add(&pending->active.facts);
    if (item == NULL) {
        sl_state_fail(pending->state, SL_E_NO_MEMORY);
        return;
    }
    item->fact = *fact;
    item->sign = sign;
    item->is_redated = is_redated;
}

static void
add_facts(struct sl_ledger *ledger, const struct sl_fact_list *facts, int sign, bool is_redated)
{
    struct sl_pending *pending = ledger->pending;
    for (size_t i = 0; i < facts->count; i++) {
        add_fact(pending, &facts->facts[i], sign, is_redated);
    }
    bool is_long = pending->active.facts.count - pending->active_read.facts >= SCRATCH_FACTS_MAX;
    if (is_long && sl_state_is_scratch(pending->state)) {
        sl_pending_settle(ledger);
    }
}

void sl_pending_facts(struct sl_ledger *ledger, const struct sl_fact_list *facts, int sign)
{
    add_facts(ledger, facts, sign, false);
}

void sl_pending_redated(struct sl_ledger *ledger, const struct sl_fact_list *facts, int sign)
{
    add_facts(ledger, facts, sign, true);
}

void sl_pending_posting(struct sl_ledger *ledger, unsigned table, struct sl_key key)
{
    struct sl_pending *pending = ledger->pending;
    struct sl_pending_posting *item = sl_chunks_add(&pending->active.postings);
    if (item == NULL) {
        sl_state_fail(pending->state, SL_E_NO_MEMORY);
        return;
    }
    *item = (struct sl_pending_posting){key, table};
}

/* Of a scratch state nobody else will ever want the list. */
static bool may_forget(const struct sl_pending *pending)
{
    return sl_state_is_scratch(pending->state) && !sl_state_has_savepoint(pending->state);
}

void sl_pending_settle(struct sl_ledger *ledger)
{
    struct sl_pending *pending = ledger->pending;
    sl_state_settle(pending->state);
    if (may_forget(pending)) {
        sl_boards_let_go(ledger, sl_pending_end(pending));
        pending->forgotten += pending->active.facts.count;
        sl_chunks_truncate(&pending->active.facts, 0);
        sl_chunks_truncate(&pending->active.postings, 0);
        pending->active_read = (struct position){0, 0};
    }
}

static size_t left_of(const struct sl_pending_list *list, struct position read)
{
    return list->facts.count - read.facts + list->postings.count - read.postings;
}

bool sl_pending_settle_part(struct sl_ledger *ledger, size_t items)
{
    struct sl_pending *pending = ledger->pending;
    SL_ASSERT(!sl_state_has_savepoint(pending->state));
    size_t left = left_of(&pending->frozen, pending->frozen_read) +
                  left_of(&pending->active, pending->active_read);
    if (left <= items) {
        return true;
    }
    pending->budget = items;
    sl_state_settle(pending->state);
    pending->budget = SIZE_MAX;
    return left <= 2 * items;
}

struct seq_list {
    sl_seq *seqs;
    size_t count; /* found; those beyond `max` are not kept */
    size_t max;
};

/* Those of one list from `at` on. */
static void find_seqs(const struct sl_pending_list *list,
                      size_t at,
                      const struct sl_entity_ref *ref,
                      struct seq_list *found)
{
    for (; at < list->postings.count; at++) {
        const struct sl_pending_posting *posting = sl_chunks_at(&list->postings, at);
        bool is_it = posting->table == SL_TABLE_ENTITY_SEQS &&
                     sl_key_posting_is_of(posting->key, ref->kind, ref->number);
        if (is_it && found->count < found->max) {
            found->seqs[found->count] = (sl_seq){posting->key.lo};
        }
        found->count += is_it;
    }
}

size_t sl_pending_seqs(const struct sl_pending *pending,
                       const struct sl_entity_ref *ref,
                       size_t max,
                       sl_seq *ret_seqs)
{
    struct seq_list found = {.seqs = ret_seqs, .max = max};
    find_seqs(&pending->frozen, pending->frozen_read.postings, ref, &found);
    find_seqs(&pending->active, pending->active_read.postings, ref, &found);
    return found.count;
}

uint64_t sl_pending_end(const struct sl_pending *pending)
{
    return pending->forgotten + pending->frozen.facts.count + pending->active.facts.count;
}

uint64_t sl_pending_unread(const struct sl_pending *pending)
{
    bool is_in_frozen = pending->frozen_read.facts < pending->frozen.facts.count;
    size_t active = is_in_frozen ? 0 : pending->active_read.facts;
    return pending->forgotten + pending->frozen_read.facts + active;
}

void sl_pending_moved(struct sl_pending *pending)
{
    pending->moved = sl_pending_end(pending);
}

bool sl_pending_has_moved(const struct sl_pending *pending)
{
    return pending->moved > sl_pending_unread(pending);
}

const struct sl_fact *
sl_pending_fact(const struct sl_pending *pending, uint64_t position, bool *ret_is_redated)
{
    SL_ASSERT(position >= pending->forgotten && position < sl_pending_end(pending));
    uint64_t at = position - pending->forgotten;
    const struct sl_pending_fact *item =
        at < pending->frozen.facts.count
            ? sl_chunks_at(&pending->frozen.facts, at)
            : sl_chunks_at(&pending->active.facts, at - pending->frozen.facts.count);
    *ret_is_redated = item->is_redated != 0;
    return &item->fact;
}

void sl_pending_savepoint(struct sl_pending *pending)
{
    pending->mark = end_of(&pending->active);
}

/* Rows of what came before the mark last; those of what came after it have been taken back. */
void sl_pending_rollback(struct sl_pending *pending)
{
    sl_chunks_truncate(&pending->active.facts, pending->mark.facts);
    sl_chunks_truncate(&pending->active.postings, pending->mark.postings);
    bool was_read = pending->active_read.facts > pending->mark.facts ||
                    pending->active_read.postings > pending->mark.postings;
    if (was_read) {
        pending->active_read = pending->mark;
    }
    uint64_t end = sl_pending_end(pending);
    pending->moved = pending->moved < end ? pending->moved : end;
}
