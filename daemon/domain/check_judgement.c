/* Rules of target, approve and note that need only the event itself. */
#include "domain/attainment.h"
#include "domain/check_parts.h"
#include "domain/measure.h"
#include "domain/text.h"

#define HASH_BYTES 32u

static void check_scope(struct sl_check *c, const struct sl_scope_ref *scope)
{
    if (c->err != SL_OK) {
        return;
    }
    sl_check_optional_id(c, scope->person, "person");
    sl_check_optional_id(c, scope->unit, "unit");
    sl_check_optional_id(c, scope->product_line, "product_line");
    sl_check_optional_id(c, scope->product, "product");
    sl_check_optional_id(c, scope->customer, "customer");
    sl_check_optional_id(c, scope->region, "region");
    sl_check_inside(c, "scope");
}

static void check_measure(struct sl_check *c, struct sl_slice name)
{
    sl_check_present(c, name.len > 0, "measure");
    if (c->err == SL_OK) {
        struct sl_measure measure;
        c->err = sl_measure_parse(name, &measure, c->diag);
        sl_check_inside(c, "measure");
    }
}

static void check_weights(struct sl_check *c, const struct sl_target *target)
{
    int64_t sum = 0;
    for (size_t i = 0; i < target->weight_count && c->err == SL_OK; i++) {
        sl_check_range(c, target->weights[i], (struct sl_range){.min = 0, .max = SL_WEIGHT_MAX},
                       "");
        sl_check_inside_item(c, "weights", i);
        sum += c->err == SL_OK ? target->weights[i] : 0;
    }
    if (target->weight_count > 0 && c->err == SL_OK && sum == 0) {
        sl_check_refuse(c, SL_E_INVALID_FIELD, "weights", "must sum to more than 0");
    }
}

void sl_check_target(struct sl_check *c, const struct sl_target *target)
{
    check_scope(c, &target->scope);
    check_measure(c, target->measure);
    sl_check_period(c, target->period_text, "period");
    sl_check_present(c, target->has_amount, "amount");
    sl_check_range(c, target->amount, SL_RANGE_AMOUNT, "amount");
    check_weights(c, target);
    sl_check_optional_id(c, target->parent, "parent");
    sl_check_optional_id(c, target->target, "target");
    if (c->err == SL_OK && target->parent.len > 0 &&
        sl_text_equal(target->parent, target->target)) {
        char shown[SL_TEXT_SHOWN_MAX];
        sl_check_refuse(c, SL_E_INVALID_FIELD, "parent", "must be another target, is \"%s\" itself",
                        sl_text_show(target->parent, shown));
    }
}

void sl_check_approve(struct sl_check *c, const struct sl_approve *approve)
{
    sl_check_present(c, approve->ref_seq != 0, "ref_seq");
    sl_check_present(c, approve->ref_hash.len > 0, "ref_hash");
    if (approve->ref_hash.len != HASH_BYTES) {
        sl_check_refuse(c, SL_E_INVALID_FIELD, "ref_hash", "must have %u bytes, has %zu",
                        HASH_BYTES, approve->ref_hash.len);
    }
    sl_check_present(c, approve->verdict != 0, "verdict");
    sl_check_prose(c, approve->comment, "comment");
}

static void check_score(struct sl_check *c, const struct sl_score *score)
{
    sl_check_id(c, score->dimension, "dimension");
    sl_check_range(c, score->weight_ppm, SL_RANGE_PPM, "weight_ppm");
    sl_check_range(c, score->score,
                   (struct sl_range){.min = -SL_QUANTITY_MAX, .max = SL_QUANTITY_MAX}, "score");
}

void sl_check_note(struct sl_check *c, const struct sl_note *note)
{
    sl_check_present(c, note->kind != 0, "kind");
    sl_check_id(c, note->subject, "subject");
    sl_check_present(c, note->subject_kind != SL_ENTITY_NONE, "subject_kind");
    sl_check_optional_period(c, note->period, "period");
    for (size_t i = 0; i < note->score_count && c->err == SL_OK; i++) {
        check_score(c, &note->scores[i]);
        sl_check_inside_item(c, "scores", i);
    }
    sl_check_optional_id(c, note->state, "state");
    sl_check_prose(c, note->text, "text");
}
