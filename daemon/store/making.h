/* Making a ledger's directory. A power cut may come at any moment, so the ledger is made aside and put into its place last:
 *
 *     DIR/lock                      whoever makes it holds it
 *     DIR/journal/                  empty
 *     DIR/new/data.mdb, lock.mdb    being made
 *     DIR/new/journal/, lock        while a state is made there, too (restore.h)
 *     DIR/keys/                     where keys are restored, too: of no use before there is a ledger
 *         │ rename of data.mdb
 *     DIR/data.mdb                  now there is a ledger
 *
 * A directory with data.mdb is a ledger, whole or damaged; one that holds nothing but what stands above it was being made, and is made
 * again. Keys are taken away only beside DIR/new and an empty journal: they may be all that is left of a ledger. */
#ifndef SL_STORE_MAKING_H
#define SL_STORE_MAKING_H

#include "store/dir.h"
#include "store/env.h"
#include "store/store.h"

struct sl_making {
    char dir[SL_DIR_BYTES_MAX];
    char aside[SL_DIR_BYTES_MAX + 8]; /* DIR/new */
    int lock_fd;
    struct sl_env env; /* of DIR/new, with the genesis; who closes it earlier leaves it zeroed */
};

/* Takes the directory, which may be there and empty, or half made. The errors of sl_store_create; nothing is left to end then. */
SL_MUST_CHECK enum sl_err sl_making_begin(struct sl_making *making,
                                          const char *dir,
                                          const struct sl_genesis *genesis,
                                          struct sl_diag *diag);

/* Puts it into its place if `err` is SL_OK; else, or if that fails, leaves nothing. Gives `err`, or the failure. */
SL_MUST_CHECK enum sl_err
sl_making_end(struct sl_making *making, enum sl_err err, struct sl_diag *diag);

/* An empty folder of this name below `dir`. */
SL_MUST_CHECK enum sl_err sl_making_folder(const char *dir, const char *name, struct sl_diag *diag);

#endif
