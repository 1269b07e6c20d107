/* What can be done with a ledger directory while no daemon serves it: make it, rebuild its state, check it. Everything here
 * takes the directory's lock, so SL_E_LOCKED means that a daemon runs. */
#ifndef SL_SERVICE_LEDGER_DIR_H
#define SL_SERVICE_LEDGER_DIR_H

#include "base/clock.h"
#include "base/executor.h"
#include "sl/err.h"
#include "sl/types.h"

struct sl_create_options {
    const char *dir;
    const char *timezone; /* IANA name */
    const char *currency; /* ISO 4217 */
    uint32_t policy;      /* 0 open, 1 strict */
    const struct sl_clock *clock;
    void (*fill_random)(uint8_t *bytes, size_t len);
};

/* SL_E_INVALID_FIELD (timezone), SL_E_UNKNOWN_CURRENCY, and those of sl_store_create. */
SL_MUST_CHECK enum sl_err sl_ledger_create(const struct sl_create_options *options,
                                           struct sl_diag *diag);

struct sl_offline_options {
    const char *dir;
    struct sl_executor *executor; /* NULL: everything on this thread */
    void (*progress)(void *ctx, sl_seq done, sl_seq total);
    void *ctx;
};

/* Drops the state tables and replays the log into new ones. *ret_head: the last event. */
SL_MUST_CHECK enum sl_err
sl_ledger_rebuild(const struct sl_offline_options *options, sl_seq *ret_head, struct sl_diag *diag);

/* What a check has found in order. */
struct sl_check_report {
    sl_seq head;
    sl_seq checkpointed; /* the rest came from the journal */
    uint64_t tree_size;
    uint8_t tree_root[32];
    bool is_log_sound; /* records, tree and journal are; true also where the state is not */
    bool
        is_state_checked; /* false: the stored state is of another version, or incomplete, and will be rebuilt */
    unsigned tables;
    uint64_t rows;
    bool are_seals_sound; /* likewise: each opens, or its key was destroyed */
    uint64_t sealed;      /* events with personal fields that can be read */
    uint64_t erased;      /* and with such that cannot any more */
    uint64_t keyless;     /* and with such whose keys were not copied with the ledger */
};

/* Re-reads everything: CRC of each record, gapless seqs, each node of the tree, the journal; opens every seal; then replays the whole log
 * into an empty state and compares it with the stored one, table by table. SL_E_CORRUPT names the place; the report then only says
 * whether the log and the seals are sound. */
SL_MUST_CHECK enum sl_err sl_ledger_check(const struct sl_offline_options *options,
                                          struct sl_check_report *ret_report,
                                          struct sl_diag *diag);

#endif
