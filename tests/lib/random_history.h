/* Random histories of a small organisation that moves: sales of several lines and credits, changed defines, corrections.
 *
 * All days lie in 2025. What the ledger would refuse is left out, so every step is at most one event. */
#ifndef SL_LIB_RANDOM_HISTORY_H
#define SL_LIB_RANDOM_HISTORY_H

#include "lib/ledger_fixture.h"
#include "lib/test.h"

#define SL_TEST_HISTORY_MAX 2000u

struct sl_test_history {
    struct sl_test_ledger *t;
    struct sl_test_random random;
    uint64_t
        seqs[SL_TEST_HISTORY_MAX]; /* what may be corrected: sales, contacts, targets, defines */
    size_t count;
    bool with_defines;     /* may a step change master data? */
    bool with_corrections; /* may it void or replace? */
    bool without_stranger; /* only people that are defined */
};

/* Ids of what appears, each ended by NULL. */
extern const char *const sl_test_people[];
extern const char *const sl_test_units[];
extern const char *const sl_test_products[];
extern const char *const sl_test_lines[];
extern const char *const sl_test_customers[];
extern const char *const sl_test_regions[];

/* Defines everybody and everything; prints the seed. */
void sl_test_history_begin(struct sl_test_history *history, struct sl_test_ledger *t);
void sl_test_history_step(struct sl_test_history *history);

#endif
