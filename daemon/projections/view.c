/* What the ledger knows of what an event names, for decide. */
#include <stdio.h>
#include <string.h>

#include "codec/event_codec.h"
#include "projections/capacity.h"
#include "projections/entities.h"
#include "projections/entity_log.h"
#include "projections/facts.h"
#include "projections/masters.h"
#include "projections/plans.h"
#include "projections/targets.h"
#include "projections/touch.h"
#include "projections/unit_tree.h"
#include "sl/stored/hash.h"

static struct sl_slice stage_of(const struct sl_body *body)
{
    struct sl_slice none = {NULL, 0};
    if (body->type == SL_EVENT_CONTACT) {
        return body->u.contact.stage;
    }
    return body->type == SL_EVENT_QUOTE ? body->u.quote.stage : none;
}

/* The stage list in force on the day, decoded only when it changes. */
static enum sl_err refresh_stages(struct sl_ledger *ledger, sl_seq seq, struct sl_arena *arena)
{
    struct sl_sourced event;
    struct sl_stage_cache *cache = &ledger->stages;
    if (cache->seq.v == seq.v) {
        return SL_OK;
    }
    enum sl_err err = sl_source_load(ledger, seq, arena, &event);
    if (err != SL_OK) {
        return err;
    }
    const struct sl_define *define = &event.body.u.define;
    cache->count = 0;
    for (size_t i = 0; i < define->stage_count && i < SL_STAGES_MAX; i++) {
        if (define->stages[i].len <= SL_ID_TEXT_BYTES_MAX) {
            cache->stages[cache->count].len = define->stages[i].len;
            memcpy(cache->stages[cache->count].text, define->stages[i].data, define->stages[i].len);
            cache->count++;
        }
    }
    cache->seq = seq;
    return SL_OK;
}

static enum sl_err view_stage(struct sl_ledger *ledger,
                              struct sl_slice stage,
                              sl_day day,
                              struct sl_arena *arena,
                              struct sl_decide_view *view)
{
    struct sl_master master;
    view->has_stages =
        stage.len > 0 && sl_masters_on(ledger->state, SL_MASTER_STAGES, 0, day, &master);
    if (!view->has_stages) {
        return SL_OK;
    }
    enum sl_err err = refresh_stages(ledger, master.seq, arena);
    for (size_t i = 0; err == SL_OK && i < ledger->stages.count; i++) {
        view->stage_known |= ledger->stages.stages[i].len == stage.len &&
                             memcmp(ledger->stages.stages[i].text, stage.data, stage.len) == 0;
    }
    return err;
}

/* What is booked of the deal per product, for the closes that must not take more. */
static enum sl_err view_products(struct sl_ledger *ledger,
                                 const struct sl_close *close,
                                 struct sl_arena *arena,
                                 struct sl_decide_view *view)
{
    uint32_t *numbers = sl_arena_alloc(arena, SL_LINES_MAX * sizeof *numbers);
    if (numbers == NULL) {
        return SL_E_NO_MEMORY;
    }
    sl_fold_want_products(ledger, ledger->looked_at);
    sl_fold_find_products(ledger, close, numbers);
    view->products = ledger->looked_at->products;
    view->line_products = numbers;
    return SL_OK;
}

static enum sl_err view_deal(struct sl_ledger *ledger,
                             const struct sl_body *body,
                             struct sl_arena *arena,
                             struct sl_decide_view *view)
{
    struct sl_slice deal = sl_body_deal(body);
    view->has_deal = deal.len > 0;
    view->deal = (struct sl_deal_state){SL_DEAL_OPEN, 0};
    uint32_t number = sl_names_find(&ledger->names, SL_ENTITY_DEAL, deal);
    ledger->looked_at->deal = 0;
    if (number == 0) {
        return SL_OK;
    }
    sl_fold_load(ledger, number, ledger->products, ledger->looked_at);
    const struct sl_deal_row *row = &ledger->looked_at->row;
    view->deal = (struct sl_deal_state){(enum sl_deal_phase)row->phase, row->booked_minor};
    bool wants_products = body->type == SL_EVENT_CLOSE && row->phase == SL_DEAL_WON &&
                          sl_close_moves_products(body->u.close.kind);
    return wants_products ? view_products(ledger, &body->u.close, arena, view) : SL_OK;
}

/* The record an approval or correction refers to. */
static enum sl_err view_ref(struct sl_ledger *ledger,
                            uint64_t seq,
                            struct sl_arena *arena,
                            struct sl_decide_view *view)
{
    struct sl_page page;
    if (seq == 0 || seq > sl_store_head(ledger->store).v) {
        return SL_OK;
    }
    enum sl_err err = sl_store_get(ledger->store, (sl_seq){seq}, &page);
    if (err == SL_E_NOT_FOUND) {
        return SL_OK;
    }
    if (err != SL_OK) {
        return err;
    }
    const struct sl_record *record = &page.records[0];
    view->ref_found = true;
    view->ref_type = (enum sl_event_type)record->type;
    bool is_copied = sl_arena_dup(arena, record->actor, &view->ref_actor);
    sl_sha256_begin(&ledger->names.sha);
    sl_sha256_update(&ledger->names.sha, record->bytes.data, record->bytes.len);
    sl_sha256_finish(&ledger->names.sha, view->ref_hash);
    sl_store_page_end(ledger->store, &page);
    return is_copied ? SL_OK : SL_E_NO_MEMORY;
}

static enum sl_err try_deal(struct sl_ledger *ledger,
                            struct sl_slice deal,
                            const struct sl_sourced *instead,
                            struct sl_decide_view *view)
{
    uint32_t number = sl_names_find(&ledger->names, SL_ENTITY_DEAL, deal);
    if (deal.len == 0 || view->correct_err != SL_OK) {
        return SL_OK;
    }
    if (number != 0) {
        return sl_facts_try_deal(ledger, number, instead, view);
    }
    /* A deal the ledger has never seen: the replacement is its whole history. */
    struct sl_deal_state state = {SL_DEAL_OPEN, 0};
    if (instead->is_there && instead->body.type == SL_EVENT_CLOSE) {
        view->correct_err =
            sl_deal_step(&state, &instead->body.u.close, &state, &view->correct_diag);
    }
    return SL_OK;
}

static bool has_targets(struct sl_ledger *ledger)
{
    struct sl_state_cursor cursor;
    sl_state_seek(ledger->state, SL_TABLE_TARGETS, (struct sl_key){0, 0}, &cursor);
    return cursor.row != NULL;
}

static bool is_calendar(const struct sl_body *body)
{
    return body->type == SL_EVENT_DEFINE && body->u.define.kind == SL_DEFINE_CALENDAR;
}

/* Would the body move the years and quarters that targets lie in? Days without work may change at any time. */
static bool moves_targets(struct sl_ledger *ledger, const struct sl_body *body)
{
    if (!is_calendar(body) || !has_targets(ledger)) {
        return false;
    }
    int32_t month = body->u.define.fiscal_start_month;
    return (month == 0 ? 1 : month) != sl_ledger_fiscal_month(ledger);
}

/* The same for a corrected calendar: a void, or another first day, may put an earlier one in its place. */
static bool correction_moves_targets(struct sl_ledger *ledger,
                                     const struct sl_body *before,
                                     const struct sl_body *instead)
{
    if (!is_calendar(before) || !has_targets(ledger)) {
        return false;
    }
    return instead == NULL || !is_calendar(instead) ||
           instead->u.define.valid_from.v != before->u.define.valid_from.v ||
           moves_targets(ledger, instead);
}

/* A plan keeps its name and number through a correction: later versions count from it. */
static void view_plan_correction(const struct sl_plan *before,
                                 const struct sl_plan *after,
                                 struct sl_decide_view *view)
{
    bool same_id = before->id.len == after->id.len &&
                   memcmp(before->id.data, after->id.data, after->id.len) == 0;
    if (!same_id || before->version != after->version) {
        view->correct_err =
            sl_refuse(&view->correct_diag, SL_E_NOT_CORRECTABLE, "correct.replacement.plan.version",
                      "must stay plan %.*s version %d, is %.*s version %d", (int)before->id.len,
                      (const char *)before->id.data, (int)before->version, (int)after->id.len,
                      (const char *)after->id.data, (int)after->version);
    }
}

static const struct sl_define *unit_of(const struct sl_body *body)
{
    bool is_unit = body->type == SL_EVENT_DEFINE && body->u.define.kind == SL_DEFINE_UNIT;
    return is_unit ? &body->u.define : NULL;
}

/* Would a unit come to lie below itself, or too deep? What comes is to blame as any event is; what comes to light was fine where it
 * was, so then it is the correction that cannot be. */
static enum sl_err view_units(struct sl_ledger *ledger,
                              const struct sl_unit_change *change,
                              struct sl_decide_view *view)
{
    struct sl_unit_fault fault = {0};
    char unit[SL_ID_TEXT_BYTES_MAX];
    char parent[SL_ID_TEXT_BYTES_MAX];
    bool is_about_units = change->out != NULL || change->in != NULL;
    enum sl_err err = is_about_units ? sl_unit_tree_try(ledger, change, &fault) : SL_OK;
    view->unit_loops = fault.unit != 0 && fault.is_of_define;
    if (fault.unit != 0 && !fault.is_of_define && view->correct_err == SL_OK) {
        size_t unit_len = sl_names_text(&ledger->names, SL_ENTITY_UNIT, fault.unit, unit);
        size_t parent_len = sl_names_text(&ledger->names, SL_ENTITY_UNIT, fault.parent, parent);
        view->correct_err = sl_refuse(
            &view->correct_diag, SL_E_NOT_CORRECTABLE, "correct.ref_seq",
            "unit \"%.*s\" would lie below \"%.*s\" again, in a loop or more than %u levels",
            (int)unit_len, unit, (int)parent_len, parent, SL_UNIT_DEPTH_MAX);
    }
    return err;
}

static enum sl_err
view_define(struct sl_ledger *ledger, const struct sl_body *body, struct sl_decide_view *view)
{
    struct sl_unit_change change = {NULL, unit_of(body), {SL_SEQ_MAX}};
    return view_units(ledger, &change, view);
}

static enum sl_err view_corrected_define(struct sl_ledger *ledger,
                                         const struct sl_sourced *before,
                                         const struct sl_sourced *instead,
                                         struct sl_decide_view *view)
{
    struct sl_unit_change change = {before->is_there ? unit_of(&before->body) : NULL,
                                    instead->is_there ? unit_of(&instead->body) : NULL,
                                    before->seq};
    return view_units(ledger, &change, view);
}

/* Would the deals' histories still obey the deal rules, and the units be a tree? */
static enum sl_err view_correct(struct sl_ledger *ledger,
                                const struct sl_correct *correct,
                                struct sl_arena *arena,
                                struct sl_decide_view *view)
{
    struct sl_sourced before;
    struct sl_sourced instead;
    struct sl_slice none = {NULL, 0};
    if (!view->ref_found || view->ref_type == SL_EVENT_CORRECT ||
        view->ref_type == SL_EVENT_APPROVE) {
        return SL_OK;
    }
    enum sl_err err = sl_source_load(ledger, (sl_seq){correct->ref_seq}, arena, &before);
    if (err != SL_OK) {
        return err;
    }
    view->calendar_is_fixed = correction_moves_targets(ledger, &before.body, correct->replacement);
    instead = before;
    instead.is_there = correct->replacement != NULL;
    if (correct->replacement != NULL) {
        instead.body = *correct->replacement;
    }
    if (before.body.type == SL_EVENT_PLAN && instead.is_there &&
        instead.body.type == SL_EVENT_PLAN) {
        view_plan_correction(before.body.u.plan, instead.body.u.plan, view);
    }
    struct sl_slice old_deal =
        before.is_there && sl_facts_has(&before.body) ? sl_body_deal(&before.body) : none;
    struct sl_slice new_deal =
        instead.is_there && sl_facts_has(&instead.body) ? sl_body_deal(&instead.body) : none;
    err = try_deal(ledger, old_deal, &instead, view);
    if (err == SL_OK) {
        err = try_deal(ledger, new_deal, &instead, view);
    }
    return err == SL_OK ? view_corrected_define(ledger, &before, &instead, view) : err;
}

/* A parent is the one thing a target names that is no entity. */
static enum sl_err find_unknown_parent(struct sl_ledger *ledger,
                                       const struct sl_target *target,
                                       struct sl_unknown *ret_unknown,
                                       bool *ret_has)
{
    bool is_known = true;
    enum sl_err err =
        target->parent.len > 0 ? sl_targets_has_id(ledger, target->parent, &is_known) : SL_OK;
    *ret_has = err == SL_OK && !is_known;
    if (*ret_has) {
        (void)snprintf(ret_unknown->field, sizeof ret_unknown->field, "target.parent");
        ret_unknown->value = target->parent;
    }
    return err;
}

/* The units whose subtrees a role may see. */
static bool find_unknown_unit(struct sl_ledger *ledger,
                              const struct sl_define *role,
                              struct sl_unknown *ret_unknown)
{
    for (size_t i = 0; i < role->unit_count; i++) {
        uint32_t unit = sl_names_find(&ledger->names, SL_ENTITY_UNIT, role->units[i]);
        if (!sl_entities_is_defined(ledger->state, SL_ENTITY_UNIT, unit)) {
            (void)snprintf(ret_unknown->field, sizeof ret_unknown->field,
                           "define.access_role.units[%zu]", i);
            ret_unknown->value = role->units[i];
            return true;
        }
    }
    return false;
}

/* The first thing the body refers to that is not defined. */
static enum sl_err find_unknown(struct sl_ledger *ledger,
                                const struct sl_body *body,
                                struct sl_unknown *ret_unknown,
                                bool *ret_has)
{
    *ret_has = sl_touch_unknown(ledger, body, ret_unknown);
    if (!*ret_has && body->type == SL_EVENT_TARGET) {
        return find_unknown_parent(ledger, &body->u.target, ret_unknown, ret_has);
    }
    if (!*ret_has && body->type == SL_EVENT_DEFINE) {
        *ret_has = find_unknown_unit(ledger, &body->u.define, ret_unknown);
    }
    return SL_OK;
}

static enum sl_err
view_unknown(struct sl_ledger *ledger, const struct sl_body *body, struct sl_decide_view *view)
{
    struct sl_unknown unknown;
    enum sl_err err = find_unknown(ledger, body, &unknown, &view->has_unknown);
    if (err == SL_OK && view->has_unknown) {
        memcpy(view->unknown_field, unknown.field, sizeof view->unknown_field);
        view->unknown_value = unknown.value;
    }
    return err;
}

static enum sl_err view_body(struct sl_ledger *ledger,
                             const struct sl_body *body,
                             sl_day day,
                             struct sl_arena *arena,
                             struct sl_decide_view *view)
{
    enum sl_err err = view->is_strict ? view_unknown(ledger, body, view) : SL_OK;
    if (err == SL_OK) {
        err = view_deal(ledger, body, arena, view);
    }
    view->calendar_is_fixed = view->calendar_is_fixed || moves_targets(ledger, body);
    view->room = sl_capacity_room(ledger);
    view->is_full = sl_capacity_magnitude(body) > view->room;
    if (body->type == SL_EVENT_TARGET) {
        view->fiscal_start_month = sl_ledger_fiscal_month(ledger);
    }
    if (body->type == SL_EVENT_PLAN) {
        view->plan_version_max = (int32_t)sl_plans_version_max(
            ledger, sl_names_find(&ledger->names, SL_ENTITY_PLAN, body->u.plan->id),
            &view->plan_version_published);
    }
    if (err != SL_OK) {
        return err;
    }
    return view_stage(ledger, stage_of(body), day, arena, view);
}

/* The path of an unknown reference, as all refusals of a replacement give it. */
static void prefix_replacement(struct sl_decide_view *view)
{
    struct sl_diag path = {0};
    if (view->has_unknown) {
        memcpy(path.field, view->unknown_field, sizeof path.field);
        sl_diag_wrap_field(&path, "correct.replacement");
        memcpy(view->unknown_field, path.field, sizeof path.field);
    }
}

enum sl_err sl_ledger_view(struct sl_ledger *ledger,
                           const struct sl_event *event,
                           sl_day effective,
                           struct sl_arena *arena,
                           struct sl_decide_view *ret_view)
{
    struct sl_decide_view view = {
        .currency = ledger->currency, .day = effective, .is_strict = sl_ledger_policy(ledger) == 1};
    enum sl_err err = SL_OK;
    if (event->expect.is_set) {
        struct sl_entity_ref ref = {
            event->expect.kind,
            sl_names_find(&ledger->names, event->expect.kind, event->expect.entity)};
        view.entity_seq = sl_entity_log_last(ledger, &ref);
    }
    if (event->body.type == SL_EVENT_APPROVE) {
        err = view_ref(ledger, event->body.u.approve.ref_seq, arena, &view);
    } else if (event->body.type == SL_EVENT_CORRECT) {
        err = view_ref(ledger, event->correct.ref_seq, arena, &view);
        if (err == SL_OK) {
            err = view_correct(ledger, &event->correct, arena, &view);
        }
        if (err == SL_OK && event->correct.replacement != NULL) {
            err = view_body(ledger, event->correct.replacement, effective, arena, &view);
            prefix_replacement(&view);
        }
    } else {
        err = view_body(ledger, &event->body, effective, arena, &view);
        if (err == SL_OK) {
            err = view_define(ledger, &event->body, &view);
        }
    }
    *ret_view = view;
    return err != SL_OK ? err : sl_state_error(ledger->state);
}
