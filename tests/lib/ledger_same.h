/* Do two ledgers say the same? For ledgers that came to it by different ways, as through a correction. */
#ifndef SL_LIB_LEDGER_SAME_H
#define SL_LIB_LEDGER_SAME_H

#include "lib/ledger_fixture.h"

/* Every row of the table is equal. */
void sl_test_assert_same_table(struct sl_test_ledger *a, struct sl_test_ledger *b, unsigned table);

/* The same for sums, where a row of zeros is as good as none. */
void sl_test_assert_same_sums(struct sl_test_ledger *a, struct sl_test_ledger *b);

/* Measures by every dimension and rankings of 2025 are the same. Seqs are not compared. */
void sl_test_assert_same_figures(struct sl_test_ledger *a, struct sl_test_ledger *b);

/* The figures, targets and statements: these two read the log again. */
void sl_test_assert_same_answers(struct sl_test_ledger *a, struct sl_test_ledger *b);

#endif
