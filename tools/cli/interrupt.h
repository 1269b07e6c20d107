/* Ctrl-C: the call that is under way returns SL_E_CANCELLED, and the command ends in its own time. */
#ifndef SL_CLI_INTERRUPT_H
#define SL_CLI_INTERRUPT_H

#include "salesledger.h"

/* From here on SIGINT and SIGTERM interrupt this client; NULL: they are only remembered. */
void sl_interrupt_watch(struct sl_client *client);

/* Has there been one since? */
bool sl_interrupt_is_there(void);

#endif
