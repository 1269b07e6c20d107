/* Plan evaluation as a pure function: earned = limit(factors x curve(base, index)), exact until the payable line.
 *
 * The caller (projections) gathers: the facts of one payee, one component, one window that pass filter and scope, ordered by
 * (effective day, seq); the index's total and target where the index needs them. Nothing here reads state or time.
 *
 *     filter -> scope -> window -> base and index -> gate -> curve -> factors -> round -> limit
 *     (caller)  (caller)  (caller)  └──────────────── this file ──────────────────────────┘
 *
 * Limits are whole minor units, so limiting after rounding gives what rounding after limiting would.
 *
 * Values are sl_exact: 128 bits as a rule, wide where that does not do, so that every plan that passes sl_plan_validate is
 * evaluated exactly. From int64 for bases, totals and targets and from 10^15 < 2^50 for bounds and amounts (10^9 < 2^30 for rates
 * and factors), written as bits of numerator / denominator at most:
 *
 *     index in ppm                  83 /  63    total x 10^6 over target
 *     y, LINEAR                    164 / 114    |y| < 2^50; over target x (from1 - from0)
 *     factor, LINEAR               144 / 134    |y| < 2^30; over 10^6 more
 *     earned, LINEAR               227 / 134    y x base over 10^6
 *     earned, pay share            245 / 151    y x target pay, which has 81 / 17, over 10^6
 *     earned, MARGINAL             259 / 166    index x y over the target, then base x target over the index, over the unit
 *     difference of two of these   426 / 332    left numerator x right denominator, and a bit to add them
 *     that times 31 factors       4890 / 4486   a plan holds 32 components, and a FACTOR multiplies PAY components only
 *
 * Wide integers reach 5,120 bits. What is left of SL_E_OVERFLOW is a sum, a part or a line that int64 does not hold, and the sum of a
 * deal of a dozen events and more whose wide slices have no denominator in common (LINEAR, RATIO).
 *
 * The payable line is a deal or the window, and is rounded once. What it comes to depends on the curve:
 *
 *     line      curve                         exact amount of the line
 *     DEAL      MARGINAL, amounts, pay share  sum of E(after) - E(before) over the deal's facts, in the window's order
 *     DEAL      other modes with a rate       the deal's base x the window's final rate: an accelerator reprices every deal of the
 *                                             window, and each stays a line that can be checked alone
 *     WINDOW    all                           E(end)
 *
 * A fact's part is what the rounded line grows by with it, so that parts sum to the line.
 *
 * Rules for the edges: a shut gate earns nothing and makes a FACTOR 1. An undefined index ("no target") earns nothing, whatever the
 * limits say, and makes a FACTOR undefined, which makes what it multiplies earn nothing: better withheld and visible than paid at a guessed rate.
 * A window without facts earns what the curve gives at 0 (an amount on the row of 0, a smallest amount per window). */
#ifndef SL_DOMAIN_EVALUATE_H
#define SL_DOMAIN_EVALUATE_H

#include "domain/exact.h"
#include "domain/plan.h"

/* One fact as a component sees it. */
struct sl_base_fact {
    sl_seq seq;
    sl_day day;
    uint32_t deal; /* groups facts of one deal; 0: none, the fact stands alone */
    int64_t
        base; /* in the filter's quantity, signed, the payee's share of it (or the member's, for a subtree) */
    int64_t amount; /* of its lines that have a cost, minor units, signed: divides SL_INDEX_RATIO */
};

/* Per fact, out. Sums of `earned_minor` over facts are the line's total. */
struct sl_fact_part {
    int64_t base_after;   /* cumulative base in the window, or in the deal for deal windows */
    int64_t earned_minor; /* what its line grows by; after limits */
    int64_t
        uplift_minor; /* what a change of rate at this fact gave to the facts before it (< 0: took), before limits.
                           * Round at window: a part of earned_minor. Round at deal: for explanation only, since the
                           * earlier facts carry it themselves. */
    int64_t rate_ppm;     /* y of the row that applied last; rounded where it is interpolated */
    int64_t amount_after; /* private: as base_after, of the facts' `amount` */
    size_t order;         /* private */
};

struct sl_evaluation_input {
    const struct sl_component *component;
    enum sl_rounding rounding;
    const struct sl_base_fact *facts;
    size_t fact_count;
    bool has_index_total;
    int64_t
        index_total; /* the index measure's value in the window when it is not the base itself */
    bool has_target;
    int64_t
        target; /* attainment: the denominator, in the index measure's unit; <= 0 counts as no target */
    /* For SL_VALUE_TARGET_PAY_SHARE: the payee's variable pay for this window, minor units, exact. */
    struct sl_fraction target_pay;
    const struct sl_exact
        *factor; /* product of the FACTOR components that name this one; NULL: none does */
    /* One per gate row, in order: the index's value, an attainment as actual / target (1 is 100 %). Undefined: the gate
     * stays shut. May be NULL only without gate rows. */
    const struct sl_fraction *gate_values;
};

struct sl_evaluation {
    int64_t base_total;
    struct sl_fraction
        index; /* over all facts, in lowest terms; attainment 1 is 100 %; undefined: "no target" */
    bool gate_open;
    int64_t earned_minor; /* the payable line: sum of the parts, after limits */
    int64_t
        limited_minor; /* what the limits took off (< 0) or added (> 0); already inside earned_minor */
    struct sl_exact
        factor; /* SL_COMPONENT_FACTOR: the factor this component gives, in lowest terms unless wide */
};

/* `ret_parts` has room for fact_count entries; on failure its content means nothing. The component has passed
 * sl_plan_validate as part of a published plan, else SL_E_UNSUPPORTED (index kinds). SL_E_OVERFLOW (above). */
SL_MUST_CHECK enum sl_err sl_evaluate(const struct sl_evaluation_input *input,
                                      struct sl_evaluation *ret_evaluation,
                                      struct sl_fact_part *ret_parts,
                                      struct sl_diag *diag);

#endif
