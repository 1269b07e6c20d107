/* Pages of the log: by range of seqs, by entity, by type and effective day, forwards or backwards.
 *
 * One answer looks at no more than LOOKED_MAX records, whether they match or not, and says in `next` where to go on: the first
 * seq not yet looked at in the direction asked. Forwards it ends when `next` is beyond `to` (or the head); backwards with
 * `next` 0. What is found is copied to the request's arena, since each page of the store is given back before the next. */
#include <string.h>

#include "service/dispatch.h"
#include "service/internal.h"

#define LOOKED_MAX  65536u
#define ENTITY_SEQS 256u

struct search {
    struct sl_core *core;
    const struct sl_log_query *query;
    uint64_t low;  /* both inside */
    uint64_t high; /* low > high: nothing to look at */
    uint64_t next; /* first seq not yet looked at */
    size_t limit;
    size_t count; /* in core->items */
    size_t bytes;
    size_t looked;
    const char *what; /* failed; "" unless said */
};

bool sl_record_has_type(const struct sl_record *record, uint32_t types_mask)
{
    return types_mask == 0 || (types_mask >> (record->type - SL_EVENT_CONTACT) & 1u) != 0;
}

struct sl_page_event sl_page_event_of(const struct sl_record *record)
{
    return (struct sl_page_event){
        .seq = record->seq,
        .recorded = record->recorded,
        .effective = record->effective,
        .actor = record->actor,
        .event = record->event,
    };
}

static bool is_full(const struct search *search)
{
    return search->count >= search->limit || search->bytes >= SL_PAGE_BYTES_HIGH ||
           search->looked >= LOOKED_MAX;
}

static bool is_done(const struct search *search)
{
    return search->next < search->low || search->next > search->high;
}

static bool matches(const struct sl_log_query *query, const struct sl_record *record)
{
    if (!sl_record_has_type(record, query->types_mask)) {
        return false;
    }
    bool is_before = query->day_from.v != SL_NO_DAY_V && record->effective.v < query->day_from.v;
    bool is_after = query->day_to.v != SL_NO_DAY_V && record->effective.v >= query->day_to.v;
    return !is_before && !is_after;
}

/* Looks at one record and moves on. */
static enum sl_err look(struct search *search, const struct sl_record *record)
{
    search->looked++;
    if (matches(search->query, record)) {
        struct sl_page_event item = sl_page_event_of(record);
        struct sl_arena *arena = &search->core->request_arena;
        if (!sl_arena_dup(arena, record->actor, &item.actor) ||
            !sl_arena_dup(arena, record->event, &item.event)) {
            return SL_E_NO_MEMORY;
        }
        enum sl_err err = sl_sealing_more(&search->core->sealing, record, arena, &item.more);
        if (err != SL_OK) {
            search->next = record->seq.v;
            search->what = "personal fields of its customer, ";
            return err;
        }
        search->core->items[search->count] = item;
        search->count++;
        search->bytes += record->bytes.len + item.more.len;
    }
    search->next = search->query->is_reverse ? record->seq.v - 1 : record->seq.v + 1;
    return SL_OK;
}

/* Looks at the page's records in the direction asked until the answer is full. */
static enum sl_err look_at_page(struct search *search)
{
    const struct sl_page *page = &search->core->page;
    enum sl_err err = SL_OK;
    for (size_t i = 0; i < page->count && err == SL_OK && !is_full(search); i++) {
        size_t index = search->query->is_reverse ? page->count - 1 - i : i;
        err = look(search, &page->records[index]);
    }
    return err;
}

/* A page may end early, where the store goes over from one home of its records to the next. Backwards the last record is
 * needed first, so the rest is asked for until it has come. */
static enum sl_err read_page(struct search *search, uint64_t from, uint64_t want)
{
    struct sl_core *core = search->core;
    struct sl_page *page = &core->page;
    while (want > 0) {
        enum sl_err err = sl_store_page(core->store, (sl_seq){from}, (size_t)want, page);
        if (err != SL_OK) {
            return err;
        }
        uint64_t got = page->count;
        if (got == want || (got > 0 && !search->query->is_reverse)) {
            return SL_OK;
        }
        sl_store_page_end(core->store, page);
        if (got == 0) {
            return SL_E_CORRUPT; /* a seq up to the head that is not there */
        }
        from += got;
        want -= got;
    }
    return SL_OK;
}

static enum sl_err search_range(struct search *search)
{
    struct sl_core *core = search->core;
    const uint64_t page_max = sizeof core->page.records / sizeof core->page.records[0];
    enum sl_err err = SL_OK;
    while (err == SL_OK && !is_full(search) && !is_done(search)) {
        bool is_reverse = search->query->is_reverse;
        uint64_t left =
            is_reverse ? search->next - search->low + 1 : search->high - search->next + 1;
        uint64_t want = left < page_max ? left : page_max;
        uint64_t from = is_reverse ? search->next - want + 1 : search->next;
        err = read_page(search, from, want);
        if (err == SL_OK) {
            err = look_at_page(search);
            sl_store_page_end(core->store, &core->page);
        }
    }
    return err;
}

static enum sl_err look_at_seq(struct search *search, sl_seq seq)
{
    struct sl_core *core = search->core;
    enum sl_err err = sl_store_get(core->store, seq, &core->page);
    if (err != SL_OK) {
        return err;
    }
    err = look(search, &core->page.records[0]);
    sl_store_page_end(core->store, &core->page);
    return err;
}

static enum sl_err seqs_from(const struct search *search,
                             uint64_t from,
                             sl_seq ret_seqs[ENTITY_SEQS],
                             size_t *ret_count)
{
    const struct sl_log_query *query = search->query;
    struct sl_entity_query entity = {query->entity_kind, query->entity, {from}, ENTITY_SEQS};
    return sl_ledger_entity_seqs(search->core->ledger, &entity, ret_seqs, ret_count);
}

/* The last seqs up to search->next, descending: read forwards, because that is how they are kept, each a few bytes. */
static enum sl_err
last_seqs(const struct search *search, sl_seq ret_seqs[ENTITY_SEQS], size_t *ret_count)
{
    sl_seq ring[ENTITY_SEQS];
    sl_seq seqs[ENTITY_SEQS];
    size_t seen = 0;
    uint64_t from = search->low;
    while (from <= search->next) {
        size_t got = 0;
        enum sl_err err = seqs_from(search, from, seqs, &got);
        if (err != SL_OK) {
            return err;
        }
        for (size_t i = 0; i < got && seqs[i].v <= search->next; i++) {
            ring[seen % ENTITY_SEQS] = seqs[i];
            seen++;
        }
        from = got == 0 ? UINT64_MAX : seqs[got - 1].v + 1;
    }
    size_t count = seen < ENTITY_SEQS ? seen : ENTITY_SEQS;
    for (size_t i = 0; i < count; i++) {
        ret_seqs[i] = ring[(seen - 1 - i) % ENTITY_SEQS];
    }
    *ret_count = count;
    return SL_OK;
}

/* The next seqs of the entity in the direction asked. */
static enum sl_err
next_seqs(const struct search *search, sl_seq ret_seqs[ENTITY_SEQS], size_t *ret_count)
{
    return search->query->is_reverse ? last_seqs(search, ret_seqs, ret_count)
                                     : seqs_from(search, search->next, ret_seqs, ret_count);
}

/* Looks at these seqs of the entity, in their order, until the answer is full or the range ends. */
static enum sl_err look_at_seqs(struct search *search, const sl_seq *seqs, size_t count)
{
    enum sl_err err = SL_OK;
    for (size_t i = 0; i < count && err == SL_OK && !is_full(search); i++) {
        search->next = seqs[i].v;
        if (is_done(search)) {
            break;
        }
        err = look_at_seq(search, seqs[i]);
    }
    return err;
}

static enum sl_err search_entity(struct search *search)
{
    sl_seq seqs[ENTITY_SEQS];
    enum sl_err err = SL_OK;
    while (err == SL_OK && !is_full(search) && !is_done(search)) {
        size_t count = 0;
        err = next_seqs(search, seqs, &count);
        if (err == SL_OK && count == 0) {
            search->next = search->query->is_reverse ? search->low - 1 : search->high + 1;
        }
        if (err == SL_OK) {
            err = look_at_seqs(search, seqs, count);
        }
    }
    return err;
}

static enum sl_err check_query(const struct sl_log_query *query, struct sl_diag *diag)
{
    if (query->limit > SL_PAGE_ITEMS_MAX) {
        return sl_refuse(diag, SL_E_TOO_MANY, "log.limit", "must be at most %u, is %u",
                         SL_PAGE_ITEMS_MAX, query->limit);
    }
    bool has_kind = query->entity_kind != SL_ENTITY_NONE;
    bool has_entity = query->entity.len > 0;
    if (has_kind && !has_entity) {
        return sl_refuse(diag, SL_E_MISSING_FIELD, "log.entity", "which %s",
                         sl_entity_kind_name(query->entity_kind));
    }
    if (has_entity && !has_kind) {
        return sl_refuse(diag, SL_E_MISSING_FIELD, "log.entity_kind", "of what kind is the entity");
    }
    return SL_OK;
}

static struct search begin(struct sl_core *core, const struct sl_log_query *query)
{
    uint64_t head = sl_store_head(core->store).v;
    struct search search = {
        .core = core,
        .query = query,
        .low = query->from == 0 ? 1 : query->from,
        .high = query->to == 0 || query->to > head ? head : query->to,
        .limit = query->limit == 0 ? SL_PAGE_ITEMS_MAX : query->limit,
        .what = "",
    };
    search.next = query->is_reverse ? search.high : search.low;
    return search;
}

/* `next` for the client: 0 when a backward search has reached its low end. */
static uint64_t continuation(const struct search *search)
{
    bool is_at_low_end = search->query->is_reverse && search->next < search->low;
    return is_at_low_end ? 0 : search->next;
}

enum sl_err sl_handle_log(struct sl_exchange *exchange)
{
    struct sl_core *core = exchange->core;
    const struct sl_log_query *query = &exchange->request.u.log;
    enum sl_err err = check_query(query, &exchange->diag);
    if (err != SL_OK) {
        return err;
    }
    struct search search = begin(core, query);
    err = query->entity_kind == SL_ENTITY_NONE ? search_range(&search) : search_entity(&search);
    if (err != SL_OK) {
        return sl_refuse(&exchange->diag, err, "", "%sat seq %llu: %s", search.what,
                         (unsigned long long)search.next, sl_err_text(err));
    }
    struct sl_reply reply = sl_exchange_reply(exchange);
    return sl_reply_events(&reply, core->items, search.count, continuation(&search));
}
