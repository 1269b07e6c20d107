/* Statements as rows: one per payable line, or one per deal behind it. */
#ifndef SL_CLI_STATEMENT_H
#define SL_CLI_STATEMENT_H

#include "cli/question.h"

/* One row per payable line and, in tables, the total. SL_E_IO, SL_E_NO_MEMORY. */
SL_MUST_CHECK enum sl_err sl_statement_print(const Salesledger__V1__StatementReply *statement,
                                             enum sl_output output);

/* Tables: for each line its formula values, then its deals. CSV: one row per deal, carrying its line's values. */
SL_MUST_CHECK enum sl_err sl_statement_explain(const Salesledger__V1__StatementReply *statement,
                                               enum sl_output output);

#endif
