/* Ledgers for tests of the projections: events in as a client sends them, answers out.
 *
 *     static void a_sale_counts_for_its_person(void **state)
 *     {
 *         struct sl_test_ledger *t = *state;
 *
 *         ADD_CLOSE(t, .deal = "D1", .kind = SL_CLOSE_WON, .person = "ana", .amount = 500);
 *
 *         assert_int_equal(sl_test_sum(t, "booked.amount", "2025", OF_PERSON("ana")), 500);
 *     }
 *
 * One log serves all tests of a program, so seqs run on from test to test: use the seq that ADD_... gives. Each test has a ledger of
 * its own over an empty state in memory. More ledgers of the same log are twins: sl_test_ledger_take applies a record that
 * another one has appended, so that both hold it at the same seq.
 *
 * Events are dated 2025-01-01 and written by "tester" unless they say otherwise; the ledger is in USD and open. A refusal
 * fails the running test, except where it is asked for. Answers live until sl_test_ledger_forget_answers or the end. */
#ifndef SL_LIB_LEDGER_FIXTURE_H
#define SL_LIB_LEDGER_FIXTURE_H

#include "lib/event_builder.h"
#include "lib/store_fixture.h"

#include "projections/internal.h"

#define SL_TEST_DEFAULT_DAY "2025-01-01"

/* The log: a store without fsync in a temporary directory. */
struct sl_test_log {
    char dir[SL_TEMP_DIR_BYTES];
    struct sl_inline_executor executor;
    struct sl_fake_clock clock;
    struct sl_faulty_ops ops;
    struct sl_store *store;
};
void sl_test_log_init(struct sl_test_log *log);
void sl_test_log_deinit(struct sl_test_log *log);
/* Everything to disk, close, open, recover into the store's own state. */
void sl_test_log_reopen(struct sl_test_log *log);

struct sl_test_ledger {
    struct sl_test_log *log;
    struct sl_state *state; /* scratch, owned; or the store's own */
    bool owns_state;
    struct sl_ledger *ledger;
    struct sl_arena built;   /* events as a client sends them */
    struct sl_arena decoded; /* the event at hand */
    struct sl_arena answers;
    struct sl_builder builder;
    struct sl_diag diag; /* of the last refusal */
};
void sl_test_ledger_init(struct sl_test_ledger *t, struct sl_test_log *log);
/* Over the state of the store, which reopening keeps. */
void sl_test_ledger_init_stored(struct sl_test_ledger *t, struct sl_test_log *log);
void sl_test_ledger_deinit(struct sl_test_ledger *t);
/* Closes the ledger and opens it over the same rows: whatever was only cached is gone. */
void sl_test_ledger_reopen(struct sl_test_ledger *t);
void sl_test_ledger_forget_answers(struct sl_test_ledger *t);
/* Writes what is pending: before a test looks at rows itself. */
void sl_test_ledger_settle(struct sl_test_ledger *t);

/* For cmocka: the log is the group's state, a ledger each test's. */
int sl_test_log_setup(void **state);
int sl_test_log_teardown(void **state);
int sl_test_ledger_setup(void **state);
int sl_test_ledger_teardown(void **state);
#define LEDGER_TEST(test)                                                                          \
    cmocka_unit_test_setup_teardown((test), sl_test_ledger_setup, sl_test_ledger_teardown)
#define RUN_LEDGER_TESTS(tests)                                                                    \
    cmocka_run_group_tests((tests), sl_test_log_setup, sl_test_log_teardown)

/* ── events ── */

/* Judges as the service does, appends and applies. Gives the seq. */
uint64_t sl_test_add(struct sl_test_ledger *t, struct sl_slice bytes);
/* The service's verdict alone; the reason in t->diag. */
enum sl_err sl_test_judge(struct sl_test_ledger *t, struct sl_slice bytes);
/* What that verdict rests on; its slices die with the next event. */
struct sl_decide_view sl_test_view(struct sl_test_ledger *t, struct sl_slice bytes);
/* Applies a record of the log that another ledger has appended. */
void sl_test_take(struct sl_test_ledger *t, uint64_t seq);
/* Every record after `seq`, in order, but those in `left_out`, ended by 0. */
void sl_test_take_all(struct sl_test_ledger *t, uint64_t after, const uint64_t *left_out);

#define ADD_CLOSE(t, ...)   sl_test_add((t), BUILD_CLOSE(&(t)->builder, __VA_ARGS__))
#define ADD_QUOTE(t, ...)   sl_test_add((t), BUILD_QUOTE(&(t)->builder, __VA_ARGS__))
#define ADD_CONTACT(t, ...) sl_test_add((t), BUILD_CONTACT(&(t)->builder, __VA_ARGS__))
#define ADD_TARGET(t, ...)  sl_test_add((t), BUILD_TARGET(&(t)->builder, __VA_ARGS__))
#define ADD_DEFINE(t, ...)  sl_test_add((t), BUILD_DEFINE(&(t)->builder, __VA_ARGS__))
/* The id, and then whatever else: ADD_PERSON(t, "ana", .unit = "north"). */
#define ADD_PERSON(t, ...)   ADD_DEFINE((t), .kind = SL_DEFINE_PERSON, .id_text = __VA_ARGS__)
#define ADD_UNIT(t, ...)     ADD_DEFINE((t), .kind = SL_DEFINE_UNIT, .id_text = __VA_ARGS__)
#define ADD_PRODUCT(t, ...)  ADD_DEFINE((t), .kind = SL_DEFINE_PRODUCT, .id_text = __VA_ARGS__)
#define ADD_CUSTOMER(t, ...) ADD_DEFINE((t), .kind = SL_DEFINE_CUSTOMER, .id_text = __VA_ARGS__)
uint64_t sl_test_add_void(struct sl_test_ledger *t, uint64_t ref_seq);
uint64_t sl_test_add_replace(struct sl_test_ledger *t, uint64_t ref_seq, struct sl_slice bytes);

/* ── numbers and questions ── */

/* The number of a name; 0 if it has none. */
uint32_t sl_test_number(struct sl_test_ledger *t, unsigned kind, const char *id);

struct sl_test_scope {
    const char *person, *unit, *line, *product, *customer, *region;
};
#define WHOLE           ((struct sl_test_scope){.person = NULL})
#define OF_PERSON(id)   ((struct sl_test_scope){.person = (id)})
#define OF_UNIT(id)     ((struct sl_test_scope){.unit = (id)})
#define OF_LINE(id)     ((struct sl_test_scope){.line = (id)})
#define OF_PRODUCT(id)  ((struct sl_test_scope){.product = (id)})
#define OF_CUSTOMER(id) ((struct sl_test_scope){.customer = (id)})
#define OF_REGION(id)   ((struct sl_test_scope){.region = (id)})
struct sl_scope_ref sl_test_scope_ref(struct sl_test_scope scope);

struct sl_value sl_test_value(struct sl_test_ledger *t,
                              const char *measure,
                              const char *period,
                              struct sl_test_scope scope);
/* The same for a measure that is a sum. */
int64_t sl_test_sum(struct sl_test_ledger *t,
                    const char *measure,
                    const char *period,
                    struct sl_test_scope scope);
/* One measure by a dimension, all keys in order. */
struct sl_measures_answer sl_test_rows(struct sl_test_ledger *t,
                                       const char *measure,
                                       const char *period,
                                       struct sl_test_scope scope,
                                       enum sl_dimension by);
/* The row of one key; a missing one fails the test. */
int64_t sl_test_sum_of_key(const struct sl_measures_answer *answer, const char *key);

/* Measure and period are booked.amount and 2025 when absent. */
struct sl_test_rank {
    const char *measure, *period;
    struct sl_test_scope scope;
    enum sl_dimension dimension;
    enum sl_rank_by by;
    enum sl_rank_type type;
    enum sl_tie_rule ties;
    const char *one, *around;
    uint32_t around_count, top, offset;
};
#define RANK(t, ...) sl_test_rank((t), &(const struct sl_test_rank){__VA_ARGS__})
struct sl_rank_query sl_test_rank_query(const struct sl_test_rank *rank);
struct sl_rank_answer sl_test_rank(struct sl_test_ledger *t, const struct sl_test_rank *rank);

/* Rows of QUOTA targets of booked.amount, in order of seq. */
struct sl_targets_answer sl_test_targets(struct sl_test_ledger *t,
                                         const char *period,
                                         struct sl_test_scope scope,
                                         const char *today);
/* The one row of a scope. */
struct sl_target_row sl_test_target(struct sl_test_ledger *t,
                                    const char *period,
                                    struct sl_test_scope scope,
                                    const char *today);

/* Every plan, explained. */
struct sl_statement_answer
sl_test_statement(struct sl_test_ledger *t, const char *person, const char *period);

/* Does the slice hold this text? */
bool sl_test_is(struct sl_slice slice, const char *text);
#define assert_text(slice, text) assert_true(sl_test_is((slice), (text)))

#endif
