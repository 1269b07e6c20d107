/* Events in one line each, as the bytes a client would send.
 *
 *     struct sl_builder b;
 *     sl_builder_init(&b, &arena);
 *     struct sl_slice won = BUILD_CLOSE(&b, .deal = "D1", .customer = "ACME", .kind = SL_CLOSE_WON,
 *                                       .date = "2017-03-01", .person = "ana", .amount = 120000);
 *
 * Every member may be left out: strings are then absent. Each event gets the next number as its id (1, 2, 3, ...) unless
 * `.id` names one; sl_build_id(n) is the id of number n. Results live on the arena. A builder fails the
 * running test when the arena is full. */
#ifndef SL_LIB_EVENT_BUILDER_H
#define SL_LIB_EVENT_BUILDER_H

#include "base/arena.h"
#include "domain/event.h"

#include <salesledger/v1/event.pb-c.h>

struct sl_builder {
    struct sl_arena *arena;
    uint64_t last_id;
};

void sl_builder_init(struct sl_builder *b, struct sl_arena *arena);

/* Number n as an id: big-endian in the last eight bytes. */
struct sl_id sl_build_id(uint64_t number);

/* Any event at all: packs the message, and gives it the next id if it has none (ids of length 0 stay absent). */
struct sl_slice sl_build_event(struct sl_builder *b, const Salesledger__V1__Event *event);

/* Envelope fields common to all builders. */
#define SL_BUILD_ENVELOPE                                                                          \
    const char *date; /* effective_date */                                                         \
    uint64_t id;      /* 0: the next number */                                                     \
    const char *source;                                                                            \
    enum sl_entity_kind expect_kind; /* SL_ENTITY_NONE: no expectation */                          \
    const char *expect_entity;                                                                     \
    uint64_t expect_seq

#define SL_BUILD_LINES_MAX   8 /* all in all */
#define SL_BUILD_CREDITS_MAX 8

struct sl_build_line {
    const char *product;
    int64_t amount;
    int64_t quantity; /* 0: absent */
    int64_t cost;
    bool has_cost;
};

struct sl_build_credit {
    const char *person;
    int64_t share_ppm;
    enum sl_credit_kind kind;
    const char *role;
};

/* Quotes and closes: `lines`, and one more from product, amount, quantity, cost if any but the last is given; `credits`, and a direct
 * one of 100 % for `person`. The currency is USD when there are lines. */
struct sl_build_sale {
    SL_BUILD_ENVELOPE;
    const char *deal, *customer, *currency;
    enum sl_close_kind kind; /* close */
    const char *reason;      /* close */
    const char *stage;       /* quote */
    int64_t probability_ppm; /* quote; 0: absent */
    const char *expected_close;
    const char *product;
    int64_t amount, quantity, cost; /* cost 0: absent */
    struct sl_build_line lines[SL_BUILD_LINES_MAX];
    size_t line_count;
    const char *person;
    struct sl_build_credit credits[SL_BUILD_CREDITS_MAX];
    size_t credit_count;
};
#define BUILD_CLOSE(builder, ...)                                                                  \
    sl_build_close((builder), &(const struct sl_build_sale){__VA_ARGS__})
#define BUILD_QUOTE(builder, ...)                                                                  \
    sl_build_quote((builder), &(const struct sl_build_sale){__VA_ARGS__})
struct sl_slice sl_build_close(struct sl_builder *b, const struct sl_build_sale *sale);
struct sl_slice sl_build_quote(struct sl_builder *b, const struct sl_build_sale *sale);

struct sl_build_contact {
    SL_BUILD_ENVELOPE;
    const char *customer, *person, *deal, *stage, *text;
    uint32_t kind; /* 0: CALL */
};
#define BUILD_CONTACT(builder, ...)                                                                \
    sl_build_contact((builder), &(const struct sl_build_contact){__VA_ARGS__})
struct sl_slice sl_build_contact(struct sl_builder *b, const struct sl_build_contact *contact);

#define SL_BUILD_RAMP_MAX     8u
#define SL_BUILD_HOLIDAYS_MAX 8u

/* Master data. `id_text` is the id of what is defined (fx rate: the base currency). */
struct sl_build_define {
    SL_BUILD_ENVELOPE;
    enum sl_define_kind kind;
    const char *id_text, *name, *from, *to;
    const char *unit, *role, *hired, *left, *pay_currency; /* person */
    int64_t variable_pay;                                  /* person */
    struct sl_ramp_step ramp[SL_BUILD_RAMP_MAX];           /* person */
    size_t ramp_count;                                     /* person */
    const char *parent, *manager;                          /* unit */
    const char *line;                                      /* product */
    const char *segment, *region, *owner;                  /* customer */
    const char *phone;                                     /* customer: a personal field */
    const char *stages[SL_STAGES_MAX + 1];                 /* stages, up to the first NULL */
    int32_t fiscal_start_month;                            /* calendar */
    const char *holidays[SL_BUILD_HOLIDAYS_MAX + 1];       /* calendar, up to the first NULL */
    const char *quote;                                     /* fx rate */
    int64_t fx_rate;                                       /* fx rate */
    uint32_t policy;                                       /* settings: 0 open, 1 strict */
};
#define BUILD_DEFINE(builder, ...)                                                                 \
    sl_build_define((builder), &(const struct sl_build_define){__VA_ARGS__})
struct sl_slice sl_build_define(struct sl_builder *b, const struct sl_build_define *define);

/* A target. `measure` is booked.amount when absent. */
struct sl_build_target {
    SL_BUILD_ENVELOPE;
    const char *person, *unit, *product_line, *product, *customer, *region; /* scope */
    const char *measure, *period;
    int64_t amount;
    enum sl_target_role role;
    const int64_t *weights;
    size_t weight_count;
    const char *parent, *target;
};
#define BUILD_TARGET(builder, ...)                                                                 \
    sl_build_target((builder), &(const struct sl_build_target){__VA_ARGS__})
struct sl_slice sl_build_target(struct sl_builder *b, const struct sl_build_target *target);

/* A published plan of one PAY component "pay" over booked amount, for everyone or for one person: `rows` of
 * (from, y). Its index is the base, or the attainment of `attainment_of` when that is given. */
struct sl_build_plan {
    SL_BUILD_ENVELOPE;
    const char *plan, *from, *to, *currency; /* currency: USD */
    int32_t version;                         /* 0: 1 */
    const char *person;                      /* NULL: everyone */
    const char *attainment_of;
    enum sl_scope_kind scope;
    enum sl_plan_window window;
    enum sl_curve_mode mode;
    enum sl_curve_value value;
    struct sl_curve_row rows[SL_BUILD_LINES_MAX];
    size_t row_count;
    bool is_draft;
};
#define BUILD_PLAN(builder, ...)                                                                   \
    sl_build_plan((builder), &(const struct sl_build_plan){__VA_ARGS__})
struct sl_slice sl_build_plan(struct sl_builder *b, const struct sl_build_plan *plan);

/* A proposed or paid payout of one line. */
struct sl_build_payout {
    SL_BUILD_ENVELOPE;
    const char *payee, *component, *window, *currency; /* currency: USD */
    uint32_t kind, state;                              /* 0: COMMISSION, PROPOSED */
    int64_t amount;
};
#define BUILD_PAYOUT(builder, ...)                                                                 \
    sl_build_payout((builder), &(const struct sl_build_payout){__VA_ARGS__})
struct sl_slice sl_build_payout(struct sl_builder *b, const struct sl_build_payout *payout);

struct sl_build_approve {
    SL_BUILD_ENVELOPE;
    uint64_t ref_seq;
    const uint8_t *ref_hash; /* 32 bytes; NULL: 32 zeros */
    uint32_t verdict;        /* 0: APPROVE */
    const char *comment;
};
#define BUILD_APPROVE(builder, ...)                                                                \
    sl_build_approve((builder), &(const struct sl_build_approve){__VA_ARGS__})
struct sl_slice sl_build_approve(struct sl_builder *b, const struct sl_build_approve *approve);

struct sl_build_note {
    SL_BUILD_ENVELOPE;
    const char *subject, *period, *text, *due;
    enum sl_entity_kind subject_kind; /* SL_ENTITY_NONE: a person */
    uint32_t kind;                    /* 0: FEEDBACK */
};
#define BUILD_NOTE(builder, ...)                                                                   \
    sl_build_note((builder), &(const struct sl_build_note){__VA_ARGS__})
struct sl_slice sl_build_note(struct sl_builder *b, const struct sl_build_note *note);

/* Corrections of the event `ref_seq`: void it, or put the body of another built event in its place (and that event's
 * date, if it has one). The reason is "typing error". */
struct sl_slice sl_build_void(struct sl_builder *b, uint64_t ref_seq);
struct sl_slice
sl_build_replace(struct sl_builder *b, uint64_t ref_seq, struct sl_slice replacement);

#endif
