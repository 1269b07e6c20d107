/* Plans with all their parts, as the bytes a client would send; for one simple component event_builder.h will do.
 *
 *     struct sl_slice plan = BUILD_FULL_PLAN(&b, .plan = "p", .components = {{.mode = SL_CURVE_WHOLE, .rows = {{0, 10000}},
 *                                                                             .row_count = 1}});
 *
 * Every member may be left out. A plan is then for everyone, published, version 1, valid for ever; a component pays a rate on booked
 * amount per deal and is called "pay". */
#ifndef SL_LIB_PLAN_BUILDER_H
#define SL_LIB_PLAN_BUILDER_H

#include "lib/event_builder.h"

#define SL_BUILD_COMPONENTS_MAX 6
#define SL_BUILD_GATES_MAX      2
#define SL_BUILD_ASSIGNEES_MAX  3

struct sl_build_index {
    enum sl_index_kind kind;
    const char *measure;
    const char *denominator; /* of a ratio */
    enum sl_target_role role;
};

struct sl_build_gate {
    struct sl_build_index index;
    int64_t at_least;
};

struct sl_build_component {
    const char *id;
    enum sl_component_kind kind;
    const char *factor_of;
    enum sl_stream stream;
    enum sl_quantity quantity;
    const char *product, *line, *customer, *region; /* filter: one value each */
    const char *filter_from, *filter_to;
    enum sl_customer_age customer_age;
    int64_t line_min, line_max; /* 0: none */
    enum sl_scope_kind scope;
    int32_t depth;
    enum sl_plan_window window;
    const char *window_from, *window_to;
    struct sl_build_index index;
    struct sl_build_gate gates[SL_BUILD_GATES_MAX];
    size_t gate_count;
    enum sl_curve_mode mode;
    enum sl_curve_value value;
    enum sl_curve_edge edge;
    struct sl_curve_row rows[SL_BUILD_LINES_MAX];
    size_t row_count;
    int64_t deal_max, window_min, window_max; /* 0: none */
    enum sl_round_at round_at;
};

struct sl_build_assignee {
    enum sl_assignee_kind kind;
    const char *who;
};

struct sl_build_full_plan {
    const char *date; /* effective_date */
    const char *plan, *from, *to;
    int32_t version;
    struct sl_build_assignee assignees[SL_BUILD_ASSIGNEES_MAX];
    size_t assignee_count;
    struct sl_build_component
        components[SL_BUILD_COMPONENTS_MAX]; /* up to the first without rows */
    enum sl_rounding rounding;
    bool is_draft;
};
#define BUILD_FULL_PLAN(builder, ...)                                                              \
    sl_build_full_plan((builder), &(const struct sl_build_full_plan){__VA_ARGS__})
/* The same, judged and applied by a ledger of lib/ledger_fixture.h. */
#define ADD_PLAN(t, ...) sl_test_add((t), BUILD_FULL_PLAN(&(t)->builder, __VA_ARGS__))
struct sl_slice sl_build_full_plan(struct sl_builder *b, const struct sl_build_full_plan *plan);

#endif
