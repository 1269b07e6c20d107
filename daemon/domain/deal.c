/* The table of allowed moves, and what each does to the booked value. */
#include "domain/deal.h"

#include "domain/text.h"

/* Moves of a phase as bits of close kinds; the picture is in deal.h. */
#define MOVE(kind) (1u << (kind))
#define MOVES_OF_A_WON_DEAL                                                                        \
    (MOVE(SL_CLOSE_AMENDED) | MOVE(SL_CLOSE_DELIVERED) | MOVE(SL_CLOSE_INVOICED) |                 \
     MOVE(SL_CLOSE_COLLECTED) | MOVE(SL_CLOSE_CANCELLED) | MOVE(SL_CLOSE_RETURNED))
static const uint32_t allowed[SL_DEAL_PHASES] = {
    [SL_DEAL_OPEN] = MOVE(SL_CLOSE_WON) | MOVE(SL_CLOSE_LOST),
    [SL_DEAL_WON] = MOVES_OF_A_WON_DEAL,
    [SL_DEAL_LOST] = 0,
    [SL_DEAL_CANCELLED] = MOVE(SL_CLOSE_WON),
};

static const char *phase_name(enum sl_deal_phase phase)
{
    switch (phase) {
    case SL_DEAL_OPEN: return "open";
    case SL_DEAL_WON: return "won";
    case SL_DEAL_LOST: return "lost";
    case SL_DEAL_CANCELLED: return "cancelled";
    case SL_DEAL_PHASES: break;
    }
    return "?";
}

static const char *kind_name(enum sl_close_kind kind)
{
    switch (kind) {
    case SL_CLOSE_WON: return "WON";
    case SL_CLOSE_LOST: return "LOST";
    case SL_CLOSE_AMENDED: return "AMENDED";
    case SL_CLOSE_DELIVERED: return "DELIVERED";
    case SL_CLOSE_INVOICED: return "INVOICED";
    case SL_CLOSE_COLLECTED: return "COLLECTED";
    case SL_CLOSE_CANCELLED: return "CANCELLED";
    case SL_CLOSE_RETURNED: return "RETURNED";
    case SL_CLOSE_NONE:
    case SL_CLOSE_KINDS: break;
    }
    return "?";
}

bool sl_close_takes_back(enum sl_close_kind kind)
{
    return kind == SL_CLOSE_CANCELLED || kind == SL_CLOSE_RETURNED;
}

bool sl_close_has_cycle(enum sl_close_kind kind)
{
    return kind == SL_CLOSE_WON || kind == SL_CLOSE_LOST;
}

enum sl_err sl_lines_amount(const struct sl_line *lines, size_t count, int64_t *ret_amount)
{
    int64_t sum = 0;
    for (size_t i = 0; i < count; i++) {
        if (__builtin_add_overflow(sum, lines[i].amount_minor, &sum)) {
            return SL_E_OVERFLOW;
        }
    }
    *ret_amount = sum;
    return SL_OK;
}

/* What the close adds to the booked value, given the sum of its lines. */
static int64_t booked_change(enum sl_close_kind kind, int64_t amount)
{
    switch (kind) {
    case SL_CLOSE_WON:
    case SL_CLOSE_AMENDED: return amount;
    case SL_CLOSE_CANCELLED:
    case SL_CLOSE_RETURNED: return -amount;
    case SL_CLOSE_NONE:
    case SL_CLOSE_LOST:
    case SL_CLOSE_DELIVERED:
    case SL_CLOSE_INVOICED:
    case SL_CLOSE_COLLECTED:
    case SL_CLOSE_KINDS: break;
    }
    return 0;
}

static enum sl_deal_phase
phase_after(enum sl_deal_phase phase, enum sl_close_kind kind, int64_t booked_minor)
{
    switch (kind) {
    case SL_CLOSE_WON: return SL_DEAL_WON;
    case SL_CLOSE_LOST: return SL_DEAL_LOST;
    case SL_CLOSE_CANCELLED:
    case SL_CLOSE_RETURNED: return booked_minor == 0 ? SL_DEAL_CANCELLED : phase;
    case SL_CLOSE_NONE:
    case SL_CLOSE_AMENDED:
    case SL_CLOSE_DELIVERED:
    case SL_CLOSE_INVOICED:
    case SL_CLOSE_COLLECTED:
    case SL_CLOSE_KINDS: break;
    }
    return phase;
}

static enum sl_err
refuse_move(const struct sl_deal_state *state, const struct sl_close *close, struct sl_diag *diag)
{
    char deal[SL_TEXT_SHOWN_MAX];
    return sl_refuse(diag, SL_E_DEAL_STATE, "close.kind",
                     "deal \"%s\" is %s, %s is not possible then", sl_text_show(close->deal, deal),
                     phase_name(state->phase), kind_name(close->kind));
}

enum sl_err sl_deal_step(const struct sl_deal_state *state,
                         const struct sl_close *close,
                         struct sl_deal_state *ret_state,
                         struct sl_diag *diag)
{
    if ((allowed[state->phase] & MOVE(close->kind)) == 0) {
        return refuse_move(state, close, diag);
    }
    int64_t amount;
    int64_t booked;
    if (sl_lines_amount(close->lines, close->line_count, &amount) != SL_OK || amount == INT64_MIN ||
        __builtin_add_overflow(state->booked_minor, booked_change(close->kind, amount), &booked)) {
        return sl_refuse(diag, SL_E_OVERFLOW, "close.lines",
                         "the deal's booked value does not fit in 64 bits");
    }
    if (booked < 0) {
        return sl_refuse(diag, SL_E_BEYOND_BOOKED, "close.lines",
                         "%s of %lld is more than the %lld booked", kind_name(close->kind),
                         (long long)amount, (long long)state->booked_minor);
    }
    *ret_state = (struct sl_deal_state){
        .phase = phase_after(state->phase, close->kind, booked),
        .booked_minor = booked,
    };
    return SL_OK;
}
