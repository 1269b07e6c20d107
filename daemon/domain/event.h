/* Events as plain structs: what decide, projections and the plan evaluator work on.
 *
 * The codec makes them from protobuf bytes; every slice and array points into the bytes or the arena of that decode and
 * dies with them. Enum numbers equal those of proto/salesledger/v1/event.proto. Absent strings are {NULL, 0}; absent days
 * are SL_NO_DAY; `has_x` is there where absence differs from zero. Units: as in the proto file. */
#ifndef SL_DOMAIN_EVENT_H
#define SL_DOMAIN_EVENT_H

#include "domain/plan.h"
#include "sl/date.h"
#include "sl/limits.h"
#include "sl/money.h"
#include "sl/types.h"

#define SL_NO_DAY_V INT32_MIN
#define SL_NO_DAY   ((sl_day){SL_NO_DAY_V})

/* Numbers of the envelope's body fields, kept in the record header. */
enum sl_event_type {
    SL_EVENT_NONE = 0,
    SL_EVENT_CONTACT = 16,
    SL_EVENT_QUOTE = 17,
    SL_EVENT_CLOSE = 18,
    SL_EVENT_PAYOUT = 19,
    SL_EVENT_DEFINE = 20,
    SL_EVENT_TARGET = 21,
    SL_EVENT_PLAN = 22,
    SL_EVENT_APPROVE = 23,
    SL_EVENT_CORRECT = 24,
    SL_EVENT_NOTE = 25,
};

/* "contact", "quote", ...; NULL for a number that is no type. And back: SL_EVENT_NONE if unknown. */
const char *sl_event_type_name(enum sl_event_type type);
enum sl_event_type sl_event_type_of_name(struct sl_slice name);

enum sl_entity_kind {
    SL_ENTITY_NONE,
    SL_ENTITY_PERSON,
    SL_ENTITY_UNIT,
    SL_ENTITY_PRODUCT,
    SL_ENTITY_PRODUCT_LINE,
    SL_ENTITY_CUSTOMER,
    SL_ENTITY_DEAL,
    SL_ENTITY_PLAN,
    SL_ENTITY_REGION,
    SL_ENTITY_KINDS
};
const char *sl_entity_kind_name(enum sl_entity_kind kind); /* "person", ... */

enum sl_credit_kind { SL_CREDIT_DIRECT, SL_CREDIT_OVERLAY };

struct sl_credit {
    struct sl_slice person;
    struct sl_slice role;
    int64_t share_ppm;
    enum sl_credit_kind kind;
};

#define SL_QUANTITY_DEFAULT 1000 /* one whole unit, when a line names no quantity */

struct sl_line {
    struct sl_slice product;
    int64_t quantity; /* thousandths; SL_QUANTITY_DEFAULT when absent */
    int64_t amount_minor;
    int64_t discount_minor; /* already off the amount; for information */
    int64_t cost_minor;
    bool has_cost;
};

struct sl_contact {
    struct sl_slice customer, person, deal, stage, channel, text, currency;
    uint32_t kind; /* 1..9 */
    int64_t score, willingness, ability, cost_minor;
    sl_day next_due;
};

struct sl_quote {
    struct sl_slice deal, customer, currency, stage;
    const struct sl_line *lines;
    size_t line_count;
    const struct sl_credit *credits;
    size_t credit_count;
    int64_t probability_ppm;
    bool has_probability;
    uint32_t category; /* 0..3 */
    sl_day expected_close, valid_until;
};

enum sl_close_kind {
    SL_CLOSE_NONE,
    SL_CLOSE_WON,
    SL_CLOSE_LOST,
    SL_CLOSE_AMENDED,
    SL_CLOSE_DELIVERED,
    SL_CLOSE_INVOICED,
    SL_CLOSE_COLLECTED,
    SL_CLOSE_CANCELLED,
    SL_CLOSE_RETURNED,
    SL_CLOSE_KINDS
};

struct sl_close {
    struct sl_slice deal, customer, currency, reason, competitor;
    enum sl_close_kind kind;
    const struct sl_line *lines;
    size_t line_count;
    const struct sl_credit *credits;
    size_t credit_count;
    int32_t contract_months;
};

struct sl_payout_line {
    struct sl_slice component, window, unit;
    int64_t amount_minor, quantity, fx_rate;
    bool has_amount, has_quantity;
    uint64_t plan_seq, as_of_seq;
};

struct sl_payout {
    struct sl_slice payee, currency, statement_hash, external_reference;
    uint32_t kind;  /* 1..9 */
    uint32_t state; /* 1 proposed, 2 paid, 3 void */
    const struct sl_payout_line *lines;
    size_t line_count;
};

enum sl_define_kind {
    SL_DEFINE_NONE = 0,
    SL_DEFINE_PERSON = 16,
    SL_DEFINE_UNIT = 17,
    SL_DEFINE_PRODUCT = 18,
    SL_DEFINE_CUSTOMER = 19,
    SL_DEFINE_STAGES = 20,
    SL_DEFINE_CALENDAR = 21,
    SL_DEFINE_FX_RATE = 22,
    SL_DEFINE_ACCESS_ROLE = 23,
    SL_DEFINE_TIER_RULE = 24,
    SL_DEFINE_SCORECARD = 25,
    SL_DEFINE_SETTINGS = 26,
    SL_DEFINE_PRODUCT_LINE = 27,
};

struct sl_ramp_step {
    int32_t from_month;
    int64_t factor_ppm;
};

struct sl_tier_row {
    struct sl_slice tier;
    int64_t from; /* lower bound */
};

const char *
sl_define_kind_name(enum sl_define_kind kind); /* "person", "fx_rate", ...; NULL for none */

/* One record of master data; which members mean something depends on `kind`. */
struct sl_define {
    enum sl_define_kind kind;
    sl_day valid_from, valid_to; /* SL_NO_DAY: unbounded */
    struct sl_slice
        id; /* person, unit, product, customer, line, rule, role, scorecard; fx: base currency */
    struct sl_slice name;
    struct sl_slice unit; /* person */
    struct sl_slice role; /* person */
    sl_day hired, left;   /* person; both active */
    struct sl_slice pay_currency;
    int64_t variable_pay_minor; /* person, per year */
    const struct sl_ramp_step *ramp;
    size_t ramp_count;
    struct sl_slice parent, manager;        /* unit */
    struct sl_slice line;                   /* product */
    int64_t list_price_minor, cost_minor;   /* product */
    struct sl_slice currency;               /* product; fx: quote currency */
    struct sl_slice segment, region, owner; /* customer */
    bool has_personal;                      /* customer: a name or personal fields, in the clear */
    const struct sl_slice *stages;          /* stages */
    size_t stage_count;
    int32_t fiscal_start_month, first_weekday; /* calendar; 0 when absent */
    const sl_day *boundaries, *holidays;
    size_t boundary_count, holiday_count;
    int64_t fx_rate;
    uint32_t policy; /* settings: 0 open, 1 strict */
    /* Of commands only: what the log keeps and this version does not compute with is not read again. */
    const struct sl_slice *members, *permissions, *units; /* access role */
    size_t member_count, permission_count, unit_count;
    const struct sl_tier_row *tiers; /* tier rule: rows; scorecard: grades */
    size_t tier_count;
    const struct sl_score *dimensions; /* scorecard; without scores */
    size_t dimension_count;
};

struct sl_scope_ref {
    struct sl_slice person, unit, product_line, product, customer, region;
};

enum sl_target_role {
    SL_ROLE_QUOTA,
    SL_ROLE_STRETCH,
    SL_ROLE_BUDGET,
    SL_ROLE_COMMIT,
    SL_TARGET_ROLES
};

struct sl_target {
    struct sl_scope_ref scope;
    struct sl_slice measure;
    struct sl_slice period_text;
    int64_t amount;
    bool has_amount;
    enum sl_target_role role;
    const int64_t *weights;
    size_t weight_count;
    struct sl_slice parent, target;
};

struct sl_approve {
    uint64_t ref_seq;
    struct sl_slice ref_hash;
    uint32_t verdict; /* 1..4 */
    struct sl_slice comment;
};

struct sl_score {
    struct sl_slice dimension;
    int64_t weight_ppm, score;
};

struct sl_note {
    struct sl_slice subject, period, state, text;
    enum sl_entity_kind subject_kind;
    uint32_t kind; /* 1..4 */
    const struct sl_score *scores;
    size_t score_count;
    sl_day due;
};

/* One body; `type` says which member is meant. */
struct sl_body {
    enum sl_event_type type;
    union {
        struct sl_contact contact;
        struct sl_quote quote;
        struct sl_close close;
        struct sl_payout payout;
        struct sl_define define;
        struct sl_target target;
        const struct sl_plan *plan; /* large, on the arena */
        struct sl_approve approve;
        struct sl_note note;
    } u;
};

struct sl_correct {
    uint64_t ref_seq;
    bool is_void;
    sl_day effective; /* of the replacement; SL_NO_DAY: the original's */
    struct sl_slice reason;
    const struct sl_body *replacement; /* NULL when void */
};

struct sl_expect {
    bool is_set;
    enum sl_entity_kind kind;
    struct sl_slice entity;
    uint64_t seq;
};

struct sl_event {
    bool has_id;
    struct sl_id id;
    sl_day effective; /* SL_NO_DAY: absent, the service fills in the recorded day */
    struct sl_slice source, correlation;
    struct sl_expect expect;
    struct sl_body body; /* type SL_EVENT_CORRECT: see correct */
    struct sl_correct correct;
};

/* The parts of a body that other code asks of every deal event. Empty slices when the body has none. */
struct sl_slice sl_body_deal(const struct sl_body *body);
struct sl_slice sl_body_customer(const struct sl_body *body);

#endif
