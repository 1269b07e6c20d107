/* What tests of rankings share: people, their deals, and the order of an answer. */
#ifndef SL_UNIT_BOARDS_SETUP_H
#define SL_UNIT_BOARDS_SETUP_H

#include "lib/test.h"

#include <stdio.h>

#include "lib/ledger_fixture.h"

/* A WON deal of its own, with the person's name. */
static inline uint64_t
sell(struct sl_test_ledger *t, const char *person, const char *date, int64_t amount)
{
    char deal[32];
    (void)snprintf(deal, sizeof deal, "D%llu", (unsigned long long)sl_store_head(t->log->store).v);
    return ADD_CLOSE(t, .deal = deal, .kind = SL_CLOSE_WON, .person = person, .date = date,
                     .amount = amount);
}

static inline void define_people(struct sl_test_ledger *t, const char *const *people)
{
    for (size_t i = 0; people[i] != NULL; i++) {
        (void)ADD_PERSON(t, people[i], .unit = "team");
    }
}

static const char *const three[] = {"ann", "bob", "cat", NULL};

/* Keys as one text, "ann bob cat". */
static inline void assert_order(const struct sl_rank_answer *answer, const char *expected)
{
    char text[256] = "";
    size_t len = 0;
    for (size_t i = 0; i < answer->row_count; i++) {
        struct sl_slice key = answer->rows[i].key;
        len += (size_t)snprintf(text + len, sizeof text - len, "%s%.*s", i > 0 ? " " : "",
                                (int)key.len, (const char *)key.data);
    }
    assert_string_equal(text, expected);
}

#endif
