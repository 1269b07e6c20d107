/* One event as one row: what happened to what, in a few words. */
#ifndef SL_CLI_EVENT_LINE_H
#define SL_CLI_EVENT_LINE_H

#include "cli/grid.h"

/* Columns of an event table: seq, date, recorded, type, subject, detail, actor, source. */
extern const struct sl_grid_column sl_event_columns[];
extern const size_t sl_event_column_count;

/* Amounts without a currency of their own are in `currency`, the ledger's. */
void sl_event_put(struct sl_grid *grid, const Salesledger__V1__Event *event, const char *currency);

#endif
