/* A small backlog for tests of the state and the store: a list of items, from which two tables are derived. */
#ifndef SL_LIB_BACKLOG_H
#define SL_LIB_BACKLOG_H

#include "lib/store_fixture.h"

#define SL_TEST_ITEMS_MAX 4000u

enum sl_test_backlog_table {
    SL_TEST_PLAIN = SL_FIXTURE_TOTALS, /* the first two are those that sl_fixture_apply writes */
    SL_TEST_OTHER = SL_FIXTURE_LAST,
    SL_TEST_SUMS, /* backlog: what the items of a key add up to */
    SL_TEST_LAST, /* backlog: the last value of a key, unless that takes it out */
    SL_TEST_TABLES,
};
extern const struct sl_table_spec sl_test_backlog_specs[SL_TEST_TABLES];

struct sl_test_item {
    unsigned index; /* of the key */
    uint64_t value; /* 0 takes the key out of SL_TEST_LAST */
};

struct sl_test_sums_row {
    uint64_t sum;
    uint64_t count;
};

struct sl_test_items {
    size_t count;
    size_t read; /* settled */
    struct sl_test_item list[SL_TEST_ITEMS_MAX];
};

struct sl_test_backlog {
    struct sl_backlog base;
    struct sl_state *state;
    struct sl_test_items active, frozen;
    size_t mark;                       /* of the active items, at the savepoint */
    unsigned settles;                  /* calls */
    enum sl_err settle_err, write_err; /* what the sink is told */
};

/* Becomes the state's backlog. */
void sl_test_backlog_init(struct sl_test_backlog *backlog, struct sl_state *state);
/* Settles and leaves the state. */
void sl_test_backlog_end(struct sl_test_backlog *backlog);
void sl_test_backlog_add(struct sl_test_backlog *backlog, unsigned index, uint64_t value);
/* With the state's; the state's rollback comes first. */
void sl_test_backlog_savepoint(struct sl_test_backlog *backlog);
void sl_test_backlog_rollback(struct sl_test_backlog *backlog);

struct sl_key sl_test_backlog_key(unsigned index);

#endif
