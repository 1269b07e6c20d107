/* Questions and answers as plain structs: the codec makes questions from requests and replies from answers, the projections
 * answer. Slices of a question point into the request's arena; those of an answer into the arena of the answer. Field
 * meanings and units: proto/salesledger/v1/api.proto. */
#ifndef SL_DOMAIN_QUERY_H
#define SL_DOMAIN_QUERY_H

#include "domain/event.h"
#include "domain/measure.h"
#include "sl/limits.h"
#include "sl/types.h"

enum sl_dimension {
    SL_BY_NONE,
    SL_BY_PERSON,
    SL_BY_UNIT,
    SL_BY_REGION,
    SL_BY_PRODUCT,
    SL_BY_PRODUCT_LINE,
    SL_DIMENSIONS
};

/* numerator / denominator; denominator 0 means undefined. Exact where 64 bits hold the lowest terms; fractions that they do not are
 * rounded for display, see projections/display.h. */
struct sl_value {
    int64_t numerator;
    int64_t denominator;
    enum sl_measure_unit unit;
};

struct sl_at {
    bool is_set; /* this version answers SL_E_UNSUPPORTED */
};

struct sl_measures_query {
    struct sl_slice measures[SL_QUERY_MEASURES_MAX];
    size_t measure_count;
    struct sl_slice period;
    struct sl_scope_ref scope;
    enum sl_dimension by;
    struct sl_at at;
    bool as_is_now;
};

struct sl_measures_row {
    struct sl_slice key;
    struct sl_slice name;
    struct sl_value values[SL_QUERY_MEASURES_MAX];
};

struct sl_measures_answer {
    struct sl_measures_row *rows;
    size_t row_count;
    size_t value_count; /* per row */
};

struct sl_targets_query {
    struct sl_slice period;
    bool has_scope;
    struct sl_scope_ref scope;
    struct sl_slice measure; /* empty: all */
    enum sl_target_role role;
    struct sl_at at;
    sl_day today; /* SL_NO_DAY: filled in by the service */
};

/* A stored target that is, or gave a part to, the one shown. */
struct sl_target_origin {
    uint64_t target_seq;
    struct sl_slice period;
    struct sl_slice target; /* its own id, if it has one */
    int64_t amount;         /* as it was set */
    int64_t part;           /* what of it the derived target has */
};

struct sl_target_origins {
    struct sl_target_origin *items;
    size_t count;
};

struct sl_target_row {
    struct sl_scope_ref scope;
    struct sl_slice measure;
    struct sl_slice period;
    struct sl_slice name;
    enum sl_target_role role;
    int64_t target;
    struct sl_value actual, attainment, pace, required_per_day;
    int64_t gap;
    bool has_gap; /* not of an undefined actual */
    bool has_children;
    int64_t gap_to_children;
    int64_t children_sum; /* INT64_MAX: that or more */
    uint64_t target_seq;  /* 0 if derived */
    bool is_derived;
    struct sl_target_origins origins; /* of a derived one */
    bool has_effective;
    struct sl_value effective; /* after pro-rating and ramp */
};

struct sl_targets_answer {
    struct sl_target_row *rows;
    size_t row_count;
};

enum sl_rank_by { SL_RANK_BY_MEASURE, SL_RANK_BY_ATTAINMENT };
enum sl_tie_rule { SL_TIE_STAYS, SL_TIE_REACHED };

struct sl_rank_query {
    enum sl_dimension dimension; /* SL_BY_NONE counts as SL_BY_PERSON */
    struct sl_slice measure;
    struct sl_slice period;
    struct sl_scope_ref scope;
    enum sl_rank_by by;
    enum sl_target_role role;
    uint32_t type; /* enum sl_rank_type, numbers of RankType */
    enum sl_tie_rule ties;
    uint32_t top, around_count, offset;
    uint32_t unit_level; /* by unit: levels below the scope; 0: every level */
    struct sl_slice around, one;
    struct sl_at at;
    sl_seq least; /* facts up to here are to be counted, later ones may be; 0: all there are */
};

struct sl_rank_row {
    int64_t rank_milli;
    struct sl_slice key;
    struct sl_slice name;
    struct sl_value value;
    sl_day reached_day; /* SL_NO_DAY: never */
    uint64_t reached_seq;
};

struct sl_rank_answer {
    sl_seq reflects;
    uint32_t count;
    struct sl_rank_row *rows;
    size_t row_count;
    bool has_more; /* more rows below: ask again with offset */
};

struct sl_statement_query {
    struct sl_slice person;
    struct sl_slice period;
    struct sl_slice plan; /* empty: every plan assigned */
    bool explain;
    uint32_t offset;
    struct sl_at at;
};

struct sl_statement_deal {
    uint64_t seq;
    sl_day day;
    struct sl_slice deal, person, customer, product;
    int64_t share_ppm, base, base_after, earned_minor, uplift_minor, rate_ppm;
};

struct sl_statement_factor {
    struct sl_slice component;
    int64_t base;
    struct sl_value index;
    int64_t factor_ppm; /* rounded for display; INT64_MAX: that or more */
    int64_t target;
    bool has_target;
    struct sl_target_origins target_origins;
    bool gate_open;
};

struct sl_statement_line {
    struct sl_slice plan, component, window;
    int32_t plan_version;
    uint64_t plan_seq;
    enum sl_stream stream;
    enum sl_quantity quantity;
    enum sl_measure_unit base_unit;
    int64_t base;
    struct sl_value index;
    int64_t factor_ppm; /* rounded for display; 1000000 without factors, INT64_MAX: that or more */
    int64_t target;
    bool has_target;
    struct sl_target_origins target_origins; /* of the whole window's target */
    int64_t earned_minor, limited_minor;
    bool gate_open;
    struct sl_statement_factor *factors;
    size_t factor_count;
    struct sl_statement_deal *deals;
    size_t deal_count;
};

struct sl_statement_answer {
    struct sl_slice person, name, period;
    struct sl_statement_line *lines;
    size_t line_count;
    int64_t total_minor;
    bool has_more;
};

struct sl_log_query {
    uint64_t from, to; /* 0: 1, head */
    enum sl_entity_kind entity_kind;
    struct sl_slice entity;
    uint32_t types_mask; /* bit (type - 16); 0: all */
    sl_day day_from, day_to;
    uint32_t limit;
    bool is_reverse;
};

struct sl_subscribe_query {
    uint64_t from; /* 0: after the head */
    uint32_t types_mask;
};

#endif
