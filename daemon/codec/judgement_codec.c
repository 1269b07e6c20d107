/* target, approve and note: what people set, sign and say. */
#include "codec/convert.h"

void sl_convert_scope(struct sl_decoder *d,
                      const Salesledger__V1__Scope *from,
                      struct sl_scope_ref *ret_scope)
{
    *ret_scope = (struct sl_scope_ref){0};
    if (from == NULL || d->err != SL_OK) {
        return;
    }
    sl_decoder_known(d, &from->base);
    *ret_scope = (struct sl_scope_ref){
        .person = sl_decoder_text(d, from->person, "person"),
        .unit = sl_decoder_text(d, from->unit, "unit"),
        .product_line = sl_decoder_text(d, from->product_line, "product_line"),
        .product = sl_decoder_text(d, from->product, "product"),
        .customer = sl_decoder_text(d, from->customer, "customer"),
        .region = sl_decoder_text(d, from->region, "region"),
    };
    sl_decoder_inside(d, "scope");
}

void sl_convert_target(struct sl_decoder *d,
                       const Salesledger__V1__Target *from,
                       struct sl_target *ret_target)
{
    sl_decoder_known(d, &from->base);
    *ret_target = (struct sl_target){
        .measure = sl_decoder_text(d, from->measure, "measure"),
        .period_text = sl_decoder_text(d, from->period, "period"),
        .amount = from->amount,
        .has_amount = from->has_amount != 0,
        .role = (enum sl_target_role)sl_decoder_enum(d, (int)from->role, SL_ROLE_COMMIT, "role"),
        .parent = sl_decoder_text(d, from->parent, "parent"),
        .target = sl_decoder_text(d, from->target, "target"),
    };
    sl_convert_scope(d, from->scope, &ret_target->scope);
    int64_t *weights =
        sl_decoder_array(d, (struct sl_count){.count = from->n_weights, .max = SL_WEIGHTS_MAX},
                         sizeof *weights, "weights");
    ret_target->weights = weights;
    ret_target->weight_count = weights == NULL ? 0 : from->n_weights;
    for (size_t i = 0; i < ret_target->weight_count; i++) {
        weights[i] = from->weights[i];
    }
}

void sl_convert_approve(struct sl_decoder *d,
                        const Salesledger__V1__Approve *from,
                        struct sl_approve *ret_approve)
{
    sl_decoder_known(d, &from->base);
    *ret_approve = (struct sl_approve){
        .ref_seq = from->ref_seq,
        .ref_hash = {from->ref_hash.data, from->ref_hash.len},
        .verdict = sl_decoder_enum(d, (int)from->verdict,
                                   SALESLEDGER__V1__APPROVE__VERDICT__RESOLVE, "verdict"),
        .comment = sl_decoder_text(d, from->comment, "comment"),
    };
}

static void
convert_score(struct sl_decoder *d, const Salesledger__V1__Score *from, struct sl_score *ret_score)
{
    sl_decoder_known(d, &from->base);
    *ret_score = (struct sl_score){
        .dimension = sl_decoder_text(d, from->dimension, "dimension"),
        .weight_ppm = from->weight_ppm,
        .score = from->score,
    };
}

void sl_convert_note(struct sl_decoder *d,
                     const Salesledger__V1__Note *from,
                     struct sl_note *ret_note)
{
    sl_decoder_known(d, &from->base);
    *ret_note = (struct sl_note){
        .subject = sl_decoder_text(d, from->subject, "subject"),
        .period = sl_decoder_text(d, from->period, "period"),
        .state = sl_decoder_text(d, from->state, "state"),
        .text = sl_decoder_text(d, from->text, "text"),
        .subject_kind = (enum sl_entity_kind)sl_decoder_enum(d, (int)from->subject_kind,
                                                             SL_ENTITY_REGION, "subject_kind"),
        .kind = sl_decoder_enum(d, (int)from->kind, SALESLEDGER__V1__NOTE__KIND__TASK, "kind"),
        .due = sl_decoder_day(d, from->due, "due"),
    };
    struct sl_score *scores =
        sl_decoder_array(d, (struct sl_count){.count = from->n_scores, .max = SL_SCORES_MAX},
                         sizeof *scores, "scores");
    ret_note->scores = scores;
    ret_note->score_count = scores == NULL ? 0 : from->n_scores;
    for (size_t i = 0; i < ret_note->score_count && d->err == SL_OK; i++) {
        convert_score(d, from->scores[i], &scores[i]);
        sl_decoder_inside_item(d, "scores", i);
    }
    if (from->n_lines > SL_LINES_MAX && d->mode == SL_DECODE_COMMAND) {
        sl_decoder_fail(d, SL_E_TOO_MANY, "lines", "must be at most %u, are %zu", SL_LINES_MAX,
                        from->n_lines);
    }
    for (size_t i = 0; i < from->n_lines; i++) {
        sl_decoder_keep(d, from->lines[i], SL_TEXT_BYTES_MAX, "lines");
    }
}
