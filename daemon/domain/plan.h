/* Incentive plans as plain structs (source of the rules: section 7 of the domain description, README of this folder).
 *
 * A plan is data, never a program: a component is filter, scope, window, index and gate, curve, limit, settle. Slices point
 * into the bytes or arena of the decode. Enum numbers equal those of event.proto. */
#ifndef SL_DOMAIN_PLAN_H
#define SL_DOMAIN_PLAN_H

#include "sl/date.h"
#include "sl/err.h"
#include "sl/limits.h"
#include "sl/money.h"
#include "sl/types.h"

enum sl_stream {
    SL_STREAM_BOOKED,
    SL_STREAM_INVOICED,
    SL_STREAM_COLLECTED,
    SL_STREAM_DELIVERED,
    SL_STREAM_RETURNED,
    SL_STREAM_QUOTED,
    SL_STREAM_CONTACTED,
    SL_STREAM_LOST,
    SL_STREAMS
};

enum sl_quantity {
    SL_QUANTITY_AMOUNT,
    SL_QUANTITY_MARGIN,
    SL_QUANTITY_UNITS,
    SL_QUANTITY_COUNT,
    SL_QUANTITIES
};

enum sl_customer_age { SL_CUSTOMER_ANY, SL_CUSTOMER_NEW, SL_CUSTOMER_EXISTING };

struct sl_plan_filter {
    enum sl_stream stream;
    enum sl_quantity quantity;
    const struct sl_slice *products, *lines, *customers, *regions; /* empty list: all */
    size_t product_count, line_count, customer_count, region_count;
    enum sl_customer_age customer_age;
    sl_day from, to; /* INT32_MIN: unbounded; `to` is the first day after */
    bool has_line_min, has_line_max;
    int64_t line_min_minor, line_max_minor; /* both inside */
};

enum sl_scope_kind { SL_SCOPE_OWN, SL_SCOPE_OWN_OVERLAY, SL_SCOPE_SUBTREE, SL_SCOPE_TEAM_POOL };

enum sl_plan_window {
    SL_PLAN_WINDOW_DEAL,
    SL_PLAN_WINDOW_WEEK,
    SL_PLAN_WINDOW_MONTH,
    SL_PLAN_WINDOW_QUARTER,
    SL_PLAN_WINDOW_YEAR,
    SL_PLAN_WINDOW_FIXED
};

enum sl_index_kind {
    SL_INDEX_BASE,
    SL_INDEX_ATTAINMENT,
    SL_INDEX_RANK,
    SL_INDEX_RATIO,
    SL_INDEX_SCORE,
    SL_INDEX_TENURE,
    SL_INDEX_REACHED
};

struct sl_plan_index {
    enum sl_index_kind kind;
    struct sl_slice measure;     /* empty: the component's own base */
    uint32_t role;               /* enum sl_target_role */
    struct sl_slice denominator; /* ratio */
    uint32_t rank_type;
};

struct sl_gate_row {
    struct sl_plan_index index;
    int64_t at_least; /* ppm for attainment and ratio; the base's unit for base */
};

enum sl_curve_mode { SL_CURVE_MARGINAL, SL_CURVE_WHOLE, SL_CURVE_STEP, SL_CURVE_LINEAR };
enum sl_curve_value {
    SL_VALUE_RATE,
    SL_VALUE_FIXED_AMOUNT,
    SL_VALUE_PER_UNIT,
    SL_VALUE_TARGET_PAY_SHARE,
    SL_VALUE_FACTOR
};
enum sl_curve_edge { SL_EDGE_GE, SL_EDGE_GT };

struct sl_curve_row {
    int64_t from; /* lower bound, in the index's unit: ppm for attainment */
    int64_t y;
};

struct sl_curve {
    const struct sl_curve_row *rows; /* ascending, at least one */
    size_t row_count;
    enum sl_curve_mode mode;
    enum sl_curve_value value;
    enum sl_curve_edge edge;
};

struct sl_plan_limit {
    bool has_deal_min, has_deal_max, has_window_min, has_window_max;
    int64_t deal_min_minor, deal_max_minor, window_min_minor, window_max_minor;
    bool carry_excess;
};

enum sl_component_kind { SL_COMPONENT_PAY, SL_COMPONENT_FACTOR };
enum sl_round_at { SL_ROUND_AT_DEAL, SL_ROUND_AT_WINDOW };

struct sl_component {
    struct sl_slice id;
    enum sl_component_kind kind;
    const struct sl_slice *factor_of; /* ids of the components it multiplies */
    size_t factor_of_count;
    struct sl_plan_filter filter;
    enum sl_scope_kind scope;
    int32_t scope_depth; /* 0: all levels */
    enum sl_plan_window window;
    sl_day window_from, window_to; /* fixed */
    struct sl_plan_index index;
    const struct sl_gate_row *gate;
    size_t gate_count;
    struct sl_curve curve;
    struct sl_plan_limit limit;
    enum sl_round_at round_at;
    bool has_settle; /* settlement fields were given; they are kept in the log */
};

enum sl_assignee_kind {
    SL_ASSIGNEE_PERSON,
    SL_ASSIGNEE_ROLE,
    SL_ASSIGNEE_UNIT,
    SL_ASSIGNEE_EVERYONE,
    SL_ASSIGNEE_MANAGERS
};

struct sl_assignee {
    enum sl_assignee_kind kind;
    struct sl_slice who;
};

struct sl_plan {
    struct sl_slice id;
    int32_t version;
    sl_day valid_from, valid_to; /* INT32_MIN: unbounded; `valid_to` is the first day after */
    const struct sl_assignee *assignees;
    size_t assignee_count;
    const struct sl_component *components;
    size_t component_count;
    uint32_t late;   /* 0 restate, 1 current */
    uint32_t cancel; /* 0 reprice, 1 original */
    int32_t lock_after;
    struct sl_slice currency;
    enum sl_rounding rounding;
    bool is_published;
};

/* Everything the shape of a plan must obey; names component, row and reason. The field path begins below the plan
 * ("components[0].curve.rows[2].from"), for the caller to wrap. Enum members are in range: the codec refuses others.
 * SL_E_PLAN_INVALID (a rule), SL_E_MISSING_FIELD, SL_E_TOO_MANY, SL_E_TOO_BIG and SL_E_INVALID_FIELD (ids), SL_E_BAD_MEASURE,
 * SL_E_UNKNOWN_CURRENCY, SL_E_UNSUPPORTED (a published plan with a part this version cannot evaluate yet). */
SL_MUST_CHECK enum sl_err sl_plan_validate(const struct sl_plan *plan, struct sl_diag *diag);

#endif
