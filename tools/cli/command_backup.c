/* salesledger backup: the whole ledger as one file, made while the daemon serves. */
#include <jansson.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "cli/backup_target.h"
#include "cli/cli.h"
#include "cli/grid.h"
#include "cli/interrupt.h"
#include "cli/status.h"

static char doc[] =
    "Copies the ledger, as it is when this is asked, into a new file DIR/LEDGER-SEQ.slb, or to "
    "standard output for -. The daemon goes on serving meanwhile.\v"
    "The file is complete when it is there under that name: it has been flushed, read again and "
    "verified, each record and the root of the hash tree that the daemon gave. Its path is "
    "printed, with --output json or csv also its ledger, last position and root. "
    "Until then it ends in .part, and is removed if anything fails; if this program is killed, it "
    "stays, with what had come. What goes to standard output "
    "is "
    "verified on its way, but not where it arrives: `salesledgerd check --from FILE' does that.\n\n"
    "`salesledgerd restore --dir DIR --from FILE' makes a ledger of it. Whoever can read the file "
    "can read the ledger.\n\n"
    "Personal data of customers is encrypted in it, under keys that stay with the daemon: where it "
    "is "
    "restored that data reads \"erased\". With --with-keys the keys are in it too, the file is "
    "called "
    "LEDGER-SEQ-with-keys.slb, and all of it can be read where it is restored. No later "
    "`salesledger "
    "erase' reaches such a file: keep it as a secret, and not longer than the data may be kept. "
    "An erasure that was answered before the daemon made the last page of keys is in it; one that "
    "ends while keys are being copied ends "
    "the backup, which is to be made again; one that is answered later may not be in it. After an "
    "erasure destroy all files with keys "
    "that were not begun after its answer, also LEDGER-SEQ-with-keys.slb.part of a killed one, and "
    "make a new one.\n\n"
    "Examples:\n"
    "  salesledger backup /var/backups/acme\n"
    "  salesledger backup --with-keys /root/move-to-another-machine\n"
    "  salesledger backup - | zstd > acme.slb.zst";

static char arguments[] = "DIR|-";

static const struct argp_child children[] = {{.argp = &sl_cli_argp}, {0}};

enum { KEY_WITH_KEYS = 'k' + 256 };
static const struct argp_option options[] = {
    {"with-keys", KEY_WITH_KEYS, NULL, 0,
     "put the customers' keys into it: what is erased later can be read in it for ever", 0},
    {0},
};

#define PAGES_PER_LOOK 64u /* between two looks at how far it has come */

struct backup_run {
    struct sl_cli cli;
    const char *where;
    bool with_keys;
    struct sl_backup_head head;
    struct sl_backup_writer writer;
    struct sl_backup_target target;
    bool is_terminal; /* standard error is one */
    uint64_t pages;
    bool is_ours; /* what failed was here, not with the daemon */
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
    struct backup_run *run = state->input;
    switch (key) {
    case ARGP_KEY_INIT: state->child_inputs[0] = &run->cli; return 0;
    case KEY_WITH_KEYS: run->with_keys = true; return 0;
    case ARGP_KEY_ARG:
        if (run->where != NULL) {
            argp_error(state, "one folder, or -; \"%s\" is one too many", arg);
        }
        run->where = arg;
        return 0;
    case ARGP_KEY_NO_ARGS:
        argp_error(state, "where to? A folder, or - for standard output");
        return 0;
    case ARGP_KEY_END:
        if (run->cli.has_output && strcmp(run->where, "-") == 0) {
            argp_error(state, "the backup itself is printed, --output does not apply to it");
        }
        return 0;
    default: return ARGP_ERR_UNKNOWN;
    }
}

static bool is_wanted(void)
{
    return !sl_interrupt_is_there();
}

static bool take_bytes(const ProtobufCBinaryData *from, uint8_t *to, size_t size)
{
    if (from->len != size) {
        return false;
    }
    memcpy(to, from->data, size);
    return true;
}

static bool take_text(const char *from, char *to, size_t size)
{
    size_t len = from == NULL ? size : strlen(from);
    if (len >= size) {
        return false;
    }
    memcpy(to, from, len + 1);
    return true;
}

static enum sl_err refuse_answer(struct sl_diag *diag)
{
    return sl_refuse(diag, SL_E_MALFORMED, "", "the answer is no backup");
}

static enum sl_err
take_head(struct backup_run *run, const Salesledger__V1__BackupPage *page, struct sl_diag *diag)
{
    const Salesledger__V1__BackupHead *from = page == NULL ? NULL : page->head;
    if (from == NULL) {
        return refuse_answer(diag);
    }
    struct sl_backup_head head = {
        .policy = (uint32_t)from->policy, .created = {from->created_us}, .last = {from->last_seq}};
    bool is_whole = take_bytes(&from->ledger_id, head.ledger_id, sizeof head.ledger_id) &&
                    take_bytes(&from->tree_root, head.root, sizeof head.root) &&
                    take_text(from->timezone, head.timezone, sizeof head.timezone) &&
                    take_text(from->currency, head.currency, sizeof head.currency);
    if (!is_whole) {
        return refuse_answer(diag);
    }
    run->head = head;
    run->is_ours = true;
    struct sl_backup_what what = {&head, run->with_keys};
    enum sl_err err = sl_backup_target_open(&run->target, run->where, &what, diag);
    const char *name = run->target.dir == NULL ? "standard output" : run->target.part;
    return err == SL_OK ? sl_backup_write_head(&run->writer, run->target.fd, name, &head, diag)
                        : err;
}

static void tell(struct backup_run *run)
{
    run->pages++;
    if (run->is_terminal && run->pages % PAGES_PER_LOOK == 0) {
        (void)fprintf(stderr, "\r%llu of %llu events",
                      (unsigned long long)run->writer.sum.tree.size,
                      (unsigned long long)run->head.last.v); /* who waits can wait without it */
    }
}

static enum sl_err
take_records(struct backup_run *run, const Salesledger__V1__BackupPage *page, struct sl_diag *diag)
{
    if (page == NULL) {
        return refuse_answer(diag);
    }
    struct sl_backup_block block = {
        .first = {page->first_seq},
        .count = page->count,
        .records = {page->records.data, page->records.len},
    };
    run->is_ours = true;
    tell(run);
    return sl_backup_write_records(&run->writer, &block, diag);
}

/* What libraries have of them in buffers of their own goes with the process, which leaves no core file: see make(). */
static enum sl_err
take_keys(struct backup_run *run, Salesledger__V1__BackupPage *page, struct sl_diag *diag)
{
    struct sl_slice keys = {page->keys.data, page->keys.len};
    run->is_ours = true;
    enum sl_err err =
        run->with_keys ? sl_backup_write_keys(&run->writer, (sl_seq){page->keys_since}, keys, diag)
                       : refuse_answer(diag);
    if (page->keys.len > 0) {
        sl_backup_wipe(page->keys.data, page->keys.len);
    }
    return err;
}

static enum sl_err
take_page(struct backup_run *run, Salesledger__V1__BackupPage *page, struct sl_diag *diag)
{
    bool is_of_keys = page != NULL && page->has_keys;
    return is_of_keys ? take_keys(run, page, diag) : take_records(run, page, diag);
}

/* Page after page, until the one that has no more behind it. */
static enum sl_err copy(struct backup_run *run, struct sl_client *client, struct sl_diag *diag)
{
    Salesledger__V1__BackupRequest question = SALESLEDGER__V1__BACKUP_REQUEST__INIT;
    Salesledger__V1__Request request = SALESLEDGER__V1__REQUEST__INIT;
    question.has_with_keys =
        run->with_keys; /* else it says nothing that an older daemon does not know */
    question.with_keys = run->with_keys;
    request.backup = &question;
    Salesledger__V1__Reply *reply = NULL;
    enum sl_err err = sl_client_call(client, &request, &reply, diag);
    if (err != SL_OK) {
        return err;
    }
    uint64_t tag = reply->tag;
    bool has_more = reply->more != 0;
    err = take_head(run, reply->backup, diag);
    sl_client_reply_free(reply);
    while (err == SL_OK && has_more) {
        run->is_ours = false;
        err = sl_client_next(client, tag, 0, &reply, diag);
        if (err != SL_OK) {
            break;
        }
        has_more = reply->more != 0;
        err = sl_client_reply_err(reply, diag);
        if (err == SL_OK) {
            err = take_page(run, reply->backup, diag);
        }
        sl_client_reply_free(reply);
    }
    return err;
}

static enum sl_err finish(struct backup_run *run, struct sl_diag *diag)
{
    run->is_ours = true;
    enum sl_err err = run->with_keys && !run->writer.keys.are_there
                          ? sl_refuse(diag, SL_E_MALFORMED, "", "the answer has no keys")
                          : sl_backup_write_end(&run->writer, diag);
    if (run->is_terminal) {
        (void)fputs("\r\033[Kverifying", stderr); /* as above */
    }
    if (err == SL_OK && !is_wanted()) {
        err = SL_E_CANCELLED;
    }
    return err == SL_OK ? sl_backup_target_finish(&run->target, &run->writer, is_wanted, diag)
                        : err;
}

/* Keys will be in memory. */
static enum sl_err forgo_core_files(struct sl_diag *diag)
{
    const struct rlimit none = {0, 0};
    return setrlimit(RLIMIT_CORE, &none) == 0
               ? SL_OK
               : sl_refuse(diag, SL_E_IO, "", "cannot keep keys out of core files");
}

static enum sl_err make(struct backup_run *run, struct sl_diag *diag)
{
    run->is_ours = true;
    enum sl_err err = sl_backup_target_check(run->where, diag);
    if (err == SL_OK && run->with_keys) {
        err = forgo_core_files(diag);
    }
    if (err != SL_OK) {
        return err;
    }
    run->is_ours = false;
    struct sl_client *client = NULL;
    err = sl_cli_connect(&run->cli, &client, diag);
    if (err != SL_OK) {
        return err;
    }
    bool is_file = strcmp(run->where, "-") != 0;
    if (is_file) { /* else there is nothing to take away, and who does not read on must not hold us */
        sl_interrupt_watch(client);
    }
    err = copy(run, client, diag);
    if (is_file) {
        sl_interrupt_watch(NULL);
    }
    sl_client_close(client);
    return err == SL_OK ? finish(run, diag) : err;
}

static bool print_json(const struct backup_run *run, const char *ledger, const char *root)
{
    char seq[24];
    (void)snprintf(seq, sizeof seq, "%llu", (unsigned long long)run->head.last.v); /* fits */
    json_t *made = json_pack("{ssssssss}", "path", run->target.path, "ledgerId", ledger, "seq", seq,
                             "root", root);
    bool is_written =
        made != NULL && json_dumpf(made, stdout, JSON_COMPACT) == 0 && putchar('\n') != EOF;
    json_decref(made);
    return is_written;
}

static bool print_csv(const struct backup_run *run, const char *ledger, const char *root)
{
    static const struct sl_grid_column columns[] = {
        {.name = "path"}, {.name = "ledger_id"}, {.name = "seq"}, {.name = "root"}};
    struct sl_grid grid = sl_grid_start(columns, sizeof columns / sizeof columns[0]);
    sl_grid_put_text(&grid, run->target.path);
    sl_grid_put_text(&grid, ledger);
    sl_grid_put_number(&grid, run->head.last.v);
    sl_grid_put_text(&grid, root);
    bool is_written = sl_grid_print(&grid, SL_OUTPUT_CSV) == SL_OK;
    sl_grid_free(&grid);
    return is_written;
}

/* What was made: for people its path alone. */
static enum sl_err print_made(struct backup_run *run, struct sl_diag *diag)
{
    char ledger[SL_STATUS_HEX_MAX];
    char root[SL_STATUS_HEX_MAX];
    struct sl_backup_head *head = &run->head;
    bool is_written = false;
    sl_status_hex((ProtobufCBinaryData){sizeof head->ledger_id, head->ledger_id}, ledger);
    sl_status_hex((ProtobufCBinaryData){sizeof head->root, head->root}, root);
    switch (run->cli.output) {
    case SL_OUTPUT_TABLE: is_written = puts(run->target.path) != EOF; break;
    case SL_OUTPUT_JSON: is_written = print_json(run, ledger, root); break;
    case SL_OUTPUT_CSV: is_written = print_csv(run, ledger, root); break;
    }
    return is_written ? SL_OK
                      : sl_refuse(diag, SL_E_IO, "", "%s is made, but could not be told",
                                  run->target.path);
}

enum sl_exit sl_command_backup(int argc, char **argv)
{
    static const struct argp argp = {options, parse, arguments, doc, children, 0, 0};
    struct backup_run run = {
        .cli = {.command = "backup"},
        .target = {.fd = -1},
        .is_terminal = isatty(STDERR_FILENO) == 1,
    };
    sl_cli_parse(&argp, argc, argv, &run);
    struct sl_diag diag = {0};
    enum sl_err err = make(&run, &diag);
    sl_backup_writer_deinit(&run.writer);
    sl_backup_target_close(&run.target);
    if (run.is_terminal) {
        (void)fputs("\r\033[K", stderr); /* as above */
    }
    if (err == SL_OK && run.target.dir != NULL) {
        err = print_made(&run, &diag);
    }
    if (err != SL_OK) {
        return run.is_ours ? sl_cli_fail_here(&run.cli, err, &diag)
                           : sl_cli_fail(&run.cli, err, &diag);
    }
    return SL_EXIT_OK;
}
