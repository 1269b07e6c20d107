/* Effective-dated master data as rows. */
#include "projections/masters.h"

#include <stdlib.h>

#include "projections/entities.h"

#define LIST_FIRST 64u /* room for one number's rows, doubled when it is not enough */

static unsigned kind_of(enum sl_define_kind kind)
{
    switch (kind) {
    case SL_DEFINE_PERSON: return SL_ENTITY_PERSON;
    case SL_DEFINE_UNIT: return SL_ENTITY_UNIT;
    case SL_DEFINE_PRODUCT: return SL_ENTITY_PRODUCT;
    case SL_DEFINE_PRODUCT_LINE: return SL_ENTITY_PRODUCT_LINE;
    case SL_DEFINE_CUSTOMER: return SL_ENTITY_CUSTOMER;
    case SL_DEFINE_STAGES: return SL_MASTER_STAGES;
    case SL_DEFINE_CALENDAR: return SL_MASTER_CALENDAR;
    case SL_DEFINE_SETTINGS: return SL_MASTER_SETTINGS;
    case SL_DEFINE_FX_RATE:
    case SL_DEFINE_ACCESS_ROLE:
    case SL_DEFINE_TIER_RULE:
    case SL_DEFINE_SCORECARD:
    case SL_DEFINE_NONE: return SL_MASTER_OTHER;
    }
    return SL_MASTER_OTHER;
}

void sl_masters_subject(struct sl_names *names,
                        const struct sl_define *define,
                        unsigned *ret_kind,
                        uint32_t *ret_number)
{
    *ret_kind = kind_of(define->kind);
    *ret_number = *ret_kind < SL_ENTITY_KINDS ? sl_names_intern(names, *ret_kind, define->id) : 0;
}

static void
fill_row(struct sl_names *names, const struct sl_define *define, struct sl_master_row *row)
{
    row->from = define->valid_from.v;
    row->to = define->valid_to.v == SL_NO_DAY_V ? INT32_MAX : define->valid_to.v;
    row->hired = INT32_MIN;
    row->left = INT32_MAX;
    switch (define->kind) {
    case SL_DEFINE_PERSON:
        row->parent = sl_names_intern(names, SL_ENTITY_UNIT, define->unit);
        row->other = sl_names_intern(names, SL_NAME_ROLE, define->role);
        row->hired = define->hired.v;
        row->left = define->left.v == SL_NO_DAY_V ? INT32_MAX : define->left.v;
        row->pay_minor = define->variable_pay_minor;
        break;
    case SL_DEFINE_UNIT:
        row->parent = sl_names_intern(names, SL_ENTITY_UNIT, define->parent);
        row->other = sl_names_intern(names, SL_ENTITY_PERSON, define->manager);
        break;
    case SL_DEFINE_PRODUCT:
        row->parent = sl_names_intern(names, SL_ENTITY_PRODUCT_LINE, define->line);
        row->pay_minor = define->list_price_minor;
        break;
    case SL_DEFINE_CUSTOMER:
        row->parent = sl_names_intern(names, SL_ENTITY_REGION, define->region);
        row->other = sl_names_intern(names, SL_ENTITY_PERSON, define->owner);
        break;
    case SL_DEFINE_SETTINGS: row->other = define->policy; break;
    case SL_DEFINE_CALENDAR: row->other = (uint32_t)define->fiscal_start_month; break;
    case SL_DEFINE_STAGES:
    case SL_DEFINE_PRODUCT_LINE:
    case SL_DEFINE_FX_RATE:
    case SL_DEFINE_ACCESS_ROLE:
    case SL_DEFINE_TIER_RULE:
    case SL_DEFINE_SCORECARD:
    case SL_DEFINE_NONE: break;
    }
}

void sl_masters_put(struct sl_names *names, const struct sl_define *define, sl_seq seq)
{
    unsigned kind;
    uint32_t number;
    sl_masters_subject(names, define, &kind, &number);
    struct sl_master_row filled = {0};
    fill_row(names, define, &filled); /* first, since interning writes to other tables */
    struct sl_master_row *row = sl_state_upsert(
        names->state, SL_TABLE_MASTERS, sl_key_master(kind, number, define->valid_from, seq));
    *row = filled;
    if (kind < SL_ENTITY_KINDS) {
        sl_entities_define(names->state, kind, number, 1);
    }
}

void sl_masters_remove(struct sl_names *names, const struct sl_define *define, sl_seq seq)
{
    unsigned kind;
    uint32_t number;
    sl_masters_subject(names, define, &kind, &number);
    sl_state_remove(names->state, SL_TABLE_MASTERS,
                    sl_key_master(kind, number, define->valid_from, seq));
    if (kind < SL_ENTITY_KINDS) {
        sl_entities_define(names->state, kind, number, -1);
    }
}

/* The last row of the same subject with a key not above `upto`. */
static bool last_upto(struct sl_state *state,
                      struct sl_key upto,
                      struct sl_key *ret_key,
                      struct sl_master *ret_master)
{
    const void *row;
    struct sl_key key;
    if (!sl_state_last(state, SL_TABLE_MASTERS, upto, &key, &row) || key.hi != upto.hi) {
        return false;
    }
    ret_master->row = *(const struct sl_master_row *)row;
    ret_master->seq = (sl_seq){key.lo & SL_SEQ_MAX};
    *ret_key = key;
    return true;
}

bool sl_masters_repeats(struct sl_names *names, const struct sl_define *define, sl_seq seq)
{
    unsigned kind;
    uint32_t number;
    sl_masters_subject(names, define, &kind, &number);
    struct sl_master_row row = {0};
    fill_row(names, define, &row);
    struct sl_key upto = sl_key_master(kind, number, define->valid_from, seq);
    SL_ASSERT(upto.lo > 0); /* it has a seq */
    upto.lo--;
    struct sl_master before;
    return last_upto(names->state, upto, &upto, &before) && before.row.to == INT32_MAX &&
           before.row.parent == row.parent && before.row.other == row.other;
}

bool sl_masters_on(struct sl_state *state,
                   unsigned kind,
                   uint32_t number,
                   sl_day day,
                   struct sl_master *ret_master)
{
    struct sl_key upto = sl_key_master(kind, number, day, (sl_seq){SL_SEQ_MAX});
    struct sl_master master;
    while (last_upto(state, upto, &upto, &master)) {
        if (day.v < master.row.to) {
            *ret_master = master;
            return true;
        }
        if (upto.lo == 0) {
            return false;
        }
        upto.lo--;
    }
    return false;
}

size_t sl_masters_all(struct sl_state *state,
                      unsigned kind,
                      uint32_t number,
                      size_t max,
                      struct sl_master *ret_masters)
{
    struct sl_state_cursor cursor;
    struct sl_key from = sl_key_entity(kind, number);
    size_t count = 0;
    sl_state_seek(state, SL_TABLE_MASTERS, from, &cursor);
    while (cursor.row != NULL && cursor.key.hi == from.hi && count < max) {
        ret_masters[count].row = *(const struct sl_master_row *)cursor.row;
        ret_masters[count].seq = (sl_seq){cursor.key.lo & SL_SEQ_MAX};
        count++;
        sl_state_next(state, &cursor);
    }
    return count;
}

void sl_master_list_deinit(struct sl_master_list *list)
{
    free(list->rows);
    *list = (struct sl_master_list){0};
}

static bool is_before(const struct sl_master *a, const struct sl_master *b)
{
    return a->row.from != b->row.from ? a->row.from < b->row.from : a->seq.v < b->seq.v;
}

enum sl_err sl_master_list_put(struct sl_master_list *list, const struct sl_master *master)
{
    if (list->count == list->capacity) {
        size_t capacity = list->capacity == 0 ? LIST_FIRST : list->capacity * 2;
        struct sl_master *grown = realloc(list->rows, capacity * sizeof *grown);
        if (grown == NULL) {
            return SL_E_NO_MEMORY;
        }
        list->rows = grown;
        list->capacity = capacity;
    }
    size_t at = list->count++;
    for (; at > 0 && is_before(master, &list->rows[at - 1]); at--) {
        list->rows[at] = list->rows[at - 1];
    }
    list->rows[at] = *master;
    return SL_OK;
}

enum sl_err
sl_masters_read(struct sl_state *state, unsigned kind, uint32_t number, struct sl_master_list *list)
{
    struct sl_state_cursor cursor;
    struct sl_key from = sl_key_entity(kind, number);
    enum sl_err err = SL_OK;
    list->count = 0;
    sl_state_seek(state, SL_TABLE_MASTERS, from, &cursor);
    while (err == SL_OK && cursor.row != NULL && cursor.key.hi == from.hi) {
        struct sl_master master = {*(const struct sl_master_row *)cursor.row,
                                   {cursor.key.lo & SL_SEQ_MAX}};
        err = sl_master_list_put(list, &master);
        sl_state_next(state, &cursor);
    }
    return err;
}

bool sl_masters_latest(struct sl_state *state,
                       unsigned kind,
                       uint32_t number,
                       struct sl_master *ret_master)
{
    struct sl_key upto = {sl_key_entity(kind, number).hi, UINT64_MAX};
    return last_upto(state, upto, &upto, ret_master);
}
