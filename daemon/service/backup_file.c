/* See backup_file.h. */
#include "service/backup_file.h"

#include <string.h>

#include "projections/ledger.h"
#include "service/core.h"
#include "service/timezone.h"
#include "sl/money.h"
#include "store/restore.h"

/* Between two looks at how far it has come. */
#define RECORDS_PER_LOOK 4096u

struct restoring {
    const struct sl_backup_file_options *options;
    struct sl_backup_reader reader;
    struct sl_restore *restore; /* NULL: only verified */
    uint8_t root[SL_SHA256_BYTES];
};

static struct sl_backup_found found_in(const struct sl_backup_reader *reader)
{
    return (struct sl_backup_found){reader->head, reader->keys};
}

static enum sl_err put_key(void *ctx, const struct sl_backup_key *key, struct sl_diag *diag)
{
    struct restoring *restoring = ctx;
    return sl_restore_put_key(restoring->restore, restoring->reader.keys.since, key, diag);
}

static enum sl_err read_all(struct restoring *restoring, struct sl_diag *diag)
{
    const struct sl_backup_file_options *options = restoring->options;
    sl_seq last = restoring->reader.head.last;
    enum sl_err err = SL_OK;
    while (err == SL_OK) {
        struct sl_record record;
        err = sl_backup_next(&restoring->reader, &record, diag);
        if (err == SL_OK && restoring->restore != NULL) {
            err = sl_restore_put(restoring->restore, &record, diag);
        }
        if (err == SL_OK && record.seq.v % RECORDS_PER_LOOK == 0 && options->loaded != NULL) {
            options->loaded(options->ctx, record.seq, last);
        }
    }
    return err == SL_E_NOT_FOUND ? SL_OK : err;
}

enum sl_err sl_backup_file_check(const struct sl_backup_file_options *options,
                                 struct sl_backup_found *ret_found,
                                 struct sl_diag *diag)
{
    struct restoring restoring = {.options = options};
    enum sl_err err = sl_backup_reader_init(&restoring.reader, options->fd, diag);
    if (err == SL_OK) {
        err = read_all(&restoring, diag);
    }
    *ret_found = found_in(&restoring.reader);
    sl_backup_reader_deinit(&restoring.reader);
    return err;
}

static struct sl_genesis genesis_of(const struct sl_backup_head *head)
{
    struct sl_genesis genesis = {.policy = head->policy, .created = head->created};
    memcpy(genesis.ledger_id, head->ledger_id, sizeof genesis.ledger_id);
    memcpy(genesis.timezone, head->timezone, sizeof genesis.timezone);
    memcpy(genesis.currency, head->currency, sizeof genesis.currency);
    return genesis;
}

static enum sl_err seal(struct restoring *restoring, struct sl_diag *diag)
{
    enum sl_err err = sl_restore_seal(restoring->restore, restoring->root, diag);
    if (err == SL_OK &&
        memcmp(restoring->root, restoring->reader.head.root, sizeof restoring->root) != 0) {
        err = sl_refuse(diag, SL_E_CORRUPT, "", "what was restored has another root");
    }
    return err;
}

static void forward_rebuilt(void *ctx, sl_seq done, sl_seq total)
{
    const struct sl_replay *replay = ctx;
    if (replay->progress != NULL) {
        replay->progress(replay->ctx, done, total);
    }
}

static enum sl_err make_state(struct restoring *restoring, struct sl_diag *diag)
{
    struct sl_store_options store_options = {0};
    store_options.specs = sl_ledger_specs(&store_options.spec_count);
    struct sl_store *store;
    enum sl_err err = sl_restore_open(restoring->restore, &store_options, &store, diag);
    if (err != SL_OK) {
        return err;
    }
    struct sl_replay replay = {
        .store = store,
        .progress = restoring->options->rebuilt,
        .ctx = restoring->options->ctx,
    };
    if (sl_store_needs_rebuild(store)) { /* not if there are no records */
        err = sl_store_rebuild(store, sl_replay_apply, forward_rebuilt, &replay, diag);
    }
    if (err != SL_OK) {
        sl_diag_wrap(diag, "%s", restoring->options->dir);
    }
    sl_ledger_close(replay.ledger);
    sl_store_close(store);
    return err;
}

/* What this program can keep a ledger of. */
static enum sl_err check_genesis(const struct sl_genesis *genesis, struct sl_diag *diag)
{
    sl_currency currency;
    struct sl_slice code = {(const uint8_t *)genesis->currency, strlen(genesis->currency)};
    enum sl_err err = sl_timezone_check(genesis->timezone, diag);
    if (err == SL_OK && sl_currency_parse(code, &currency) != SL_OK) {
        err = sl_refuse(diag, SL_E_UNKNOWN_CURRENCY, "currency", "%s", genesis->currency);
    }
    return err;
}

static enum sl_err restore_all(struct restoring *restoring, struct sl_diag *diag)
{
    struct sl_genesis genesis = genesis_of(&restoring->reader.head);
    enum sl_err err = check_genesis(&genesis, diag);
    if (err == SL_OK) {
        err = sl_restore_begin(restoring->options->dir, &genesis, &restoring->restore, diag);
    }
    if (err == SL_OK) {
        restoring->reader.take_key = put_key;
        restoring->reader.ctx = restoring;
        err = read_all(restoring, diag);
    }
    if (err == SL_OK) {
        err = seal(restoring, diag);
    }
    if (err == SL_OK) {
        err = make_state(restoring, diag);
    }
    return sl_restore_end(restoring->restore, err, diag);
}

enum sl_err sl_ledger_restore(const struct sl_backup_file_options *options,
                              struct sl_backup_found *ret_found,
                              struct sl_diag *diag)
{
    struct restoring restoring = {.options = options};
    enum sl_err err = sl_backup_reader_init(&restoring.reader, options->fd, diag);
    if (err == SL_OK) {
        err = restore_all(&restoring, diag);
    }
    *ret_found = found_in(&restoring.reader);
    sl_backup_reader_deinit(&restoring.reader);
    return err;
}
