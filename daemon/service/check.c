/* The check: first the bytes, then their meaning. The stored state and one made anew from the whole log must be equal, table by
 * table; the new one lies in memory only, so a check of a large ledger needs memory for its state. */
#include <string.h>

#include "domain/text.h"
#include "projections/ledger.h"
#include "service/core.h"
#include "service/ledger_dir.h"
#include "service/sealing.h"
#include "store/store.h"

struct check {
    const struct sl_offline_options *options;
    struct sl_store *store;
    struct sl_replay stored;  /* recovered: LMDB at S, then the journal */
    struct sl_state *scratch; /* from nothing */
    struct sl_ledger *scratch_ledger;
    struct sl_sealing sealing;
    struct sl_check_report report;
};

static void forward_progress(void *ctx, sl_seq done, sl_seq total)
{
    const struct check *check = ctx;
    if (check->options->progress != NULL) {
        check->options->progress(check->options->ctx, done, total);
    }
}

static enum sl_err open_stored(struct check *check, struct sl_diag *diag)
{
    struct sl_store_options options = {.dir = check->options->dir, .is_read_only = true};
    options.specs = sl_ledger_specs(&options.spec_count);
    enum sl_err err = sl_store_open(&options, &check->store, diag);
    if (err != SL_OK) {
        return err;
    }
    check->report.checkpointed = sl_store_checkpointed(check->store);
    check->report.is_state_checked = !sl_store_needs_rebuild(check->store);
    check->stored.store = check->store;
    if (check->report.is_state_checked) {
        err = sl_store_recover(check->store, sl_replay_apply, &check->stored, diag);
    }
    return err;
}

/* Replays one page into the scratch state; *ret_next moves behind it. */
static enum sl_err replay_page(struct check *check, struct sl_page *page, sl_seq *ret_next)
{
    sl_seq next = *ret_next;
    const size_t page_max = sizeof page->records / sizeof page->records[0];
    enum sl_err err = sl_store_page(check->store, next, page_max, page);
    if (err != SL_OK) {
        return err;
    }
    for (size_t i = 0; i < page->count && err == SL_OK; i++) {
        err = sl_ledger_replay(check->scratch_ledger, &page->records[i]);
        next.v = page->records[i].seq.v + 1;
    }
    bool is_stuck = page->count == 0;
    sl_store_page_end(check->store, page);
    *ret_next = next;
    return err == SL_OK && is_stuck ? SL_E_CORRUPT : err;
}

static enum sl_err replay_all(struct check *check, struct sl_diag *diag)
{
    size_t spec_count;
    const struct sl_table_spec *specs = sl_ledger_specs(&spec_count);
    enum sl_err err = sl_state_open_scratch(specs, spec_count, &check->scratch);
    if (err == SL_OK) {
        err = sl_ledger_open(check->store, check->scratch, &check->scratch_ledger);
    }
    sl_seq head = sl_store_head(check->store);
    sl_seq next = {1};
    struct sl_page page;
    while (err == SL_OK && next.v <= head.v) {
        err = replay_page(check, &page, &next);
        forward_progress(check, (sl_seq){next.v - 1}, head);
    }
    if (err != SL_OK) {
        return sl_refuse(diag, err, "", "replay at seq %llu: %s", (unsigned long long)next.v,
                         sl_err_text(err));
    }
    return SL_OK;
}

static enum sl_err compare_table(struct check *check,
                                 const struct sl_table_spec *spec,
                                 unsigned table,
                                 struct sl_diag *diag)
{
    uint8_t stored[32];
    uint8_t replayed[32];
    uint64_t stored_rows;
    uint64_t replayed_rows;
    enum sl_err err = sl_state_digest(sl_store_state(check->store), table, stored, &stored_rows);
    if (err == SL_OK) {
        err = sl_state_digest(check->scratch, table, replayed, &replayed_rows);
    }
    if (err != SL_OK) {
        return sl_refuse(diag, err, "", "state table %s cannot be read", spec->name);
    }
    if (stored_rows != replayed_rows || memcmp(stored, replayed, sizeof stored) != 0) {
        return sl_refuse(diag, SL_E_CORRUPT, "",
                         "state table %s (%llu rows) differs from a replay of the log (%llu rows)",
                         spec->name, (unsigned long long)stored_rows,
                         (unsigned long long)replayed_rows);
    }
    check->report.tables++;
    check->report.rows += stored_rows;
    return SL_OK;
}

static enum sl_err compare_state(struct check *check, struct sl_diag *diag)
{
    enum sl_err err = replay_all(check, diag);
    size_t spec_count;
    const struct sl_table_spec *specs = sl_ledger_specs(&spec_count);
    for (unsigned i = 0; i < spec_count && err == SL_OK; i++) {
        err = compare_table(check, &specs[i], i, diag);
    }
    return err;
}

static enum sl_err
check_seal(struct check *check, const struct sl_record *record, struct sl_diag *diag)
{
    struct sl_arena arena;
    sl_arena_init(&arena, SL_EVENT_BYTES_MAX);
    struct sl_unsealed unsealed;
    enum sl_err err = sl_sealing_open(&check->sealing, record, &arena, &unsealed);
    sl_arena_deinit(&arena);
    unsigned long long seq = record->seq.v;
    if (err != SL_OK) {
        return sl_refuse(diag, err, "",
                         "log: seq %llu: the seal of its personal fields does not open, or the "
                         "customer's key is damaged",
                         seq);
    }
    check->report.sealed += unsealed.state == SL_UNSEALED_PLAIN;
    check->report.erased += unsealed.state == SL_UNSEALED_ERASED;
    check->report.keyless += unsealed.state == SL_UNSEALED_UNKNOWN;
    if (unsealed.state == SL_UNSEALED_LOST) {
        char shown[SL_TEXT_SHOWN_MAX];
        return sl_refuse(diag, SL_E_CORRUPT, "",
                         "keys: \"%s\", whose personal fields are sealed at seq %llu, has neither "
                         "that key nor a tombstone",
                         sl_text_show(unsealed.customer, shown), seq);
    }
    return SL_OK;
}

/* Each seal opens, or its key was destroyed. */
static enum sl_err check_seals(struct check *check, struct sl_diag *diag)
{
    check->sealing.store = check->store;
    enum sl_err err = sl_sealer_init(&check->sealing.sealer);
    sl_seq next = {1};
    struct sl_page page;
    const size_t page_max = sizeof page.records / sizeof page.records[0];
    while (err == SL_OK && next.v <= sl_store_head(check->store).v) {
        err = sl_store_page(check->store, next, page_max, &page);
        for (size_t i = 0; err == SL_OK && i < page.count; i++) {
            err = check_seal(check, &page.records[i], diag);
        }
        next.v += page.count;
        sl_store_page_end(check->store, &page);
    }
    sl_sealer_deinit(&check->sealing.sealer);
    return err;
}

enum sl_err sl_ledger_check(const struct sl_offline_options *options,
                            struct sl_check_report *ret_report,
                            struct sl_diag *diag)
{
    struct check check = {.options = options};
    enum sl_err err = open_stored(&check, diag);
    if (err == SL_OK) {
        err = sl_store_verify(check.store, forward_progress, &check, diag);
    }
    check.report.is_log_sound = err == SL_OK;
    if (err == SL_OK) {
        err = check_seals(&check, diag);
        check.report.are_seals_sound = err == SL_OK;
    }
    if (err == SL_OK && check.report.is_state_checked) {
        err = compare_state(&check, diag);
    }
    if (err == SL_OK) {
        check.report.head = sl_store_head(check.store);
        sl_store_root(check.store, &check.report.tree_size, check.report.tree_root);
    }
    *ret_report = check.report;
    sl_ledger_close(check.scratch_ledger);
    sl_state_close(check.scratch);
    sl_ledger_close(check.stored.ledger);
    sl_store_close(check.store);
    return err;
}
