/* salesledgerd: init, run, check, rebuild, restore. Wiring and words; the work is done in the layers below. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/crash.h"
#include "base/executor.h"
#include "base/log.h"
#include "base/process.h"
#include "base/random.h"
#include "net/descriptors.h"
#include "net/notify.h"
#include "net/server.h"
#include "service/access.h"
#include "service/backup_file.h"
#include "service/core.h"
#include "service/ledger_dir.h"
#include "service/options.h"
#include "service/progress.h"
#include "service/timezone.h"
#include "service/version.h"

#define EXIT_USAGE 2

/* Up to eight clients that wait for one event each have it sooner if the loop writes it itself (measured with 1, 2, 4 and 8: 1.3 to 1.8
 * times as many events a second); with sixteen it is the same, and beyond that the loop has better things to do. */
#define OWN_EVENTS_MAX 8u

/* What `run` owns, opened in this order and closed in the reverse. */
struct daemon {
    const struct sl_options *options;
    struct sl_threads *threads;
    struct sl_core *core;
    struct sl_server *server;
    struct sl_progress progress;
    struct sl_access access;
    bool is_stopped; /* the log has said why */
    char socket_path[SL_SOCKET_PATH_BYTES_MAX + 2];
};

/* Nothing can be made without ids that nobody guesses. It ends as by a kill: nobody was told anything untrue. */
static void fill_random(uint8_t *bytes, size_t len)
{
    if (sl_random_fill(bytes, len) != 0) {
        struct sl_diag why = {0};
        (void)sl_file_error(errno, "getrandom", &why); /* only fills `why` */
        sl_log(SL_LOG_ERROR, "event=stopped why=%s", sl_log_quote(why.message).text);
        _exit(EXIT_FAILURE);
    }
}

/* What to do about it, where there is something to do. */
static const char *advice(enum sl_err err)
{
    static const struct {
        enum sl_err err;
        const char *text;
    } rows[] = {
        {SL_E_LOCKED, "stop the other daemon first"},
        {SL_E_NOT_LEDGER, "run salesledgerd init or pass --create"},
        {SL_E_FORMAT, "use the version of salesledgerd that made it"},
        {SL_E_NETWORK_FS, "choose a directory on a local disk"},
        {SL_E_EXISTS, "choose another path"},
        {SL_E_NO_SPACE, "free disk space or lower --free-bytes-min"},
        {SL_E_CORRUPT, "keep the directory as it is and restore a backup elsewhere"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        if (rows[i].err == err) {
            return rows[i].text;
        }
    }
    return NULL;
}

/* The one line a failed command leaves: what, where, why, what to do. */
static int fail_with(enum sl_err err, const struct sl_diag *diag, const char *help)
{
    (void)fprintf(stderr, "salesledgerd: %s", sl_err_text(err));
    const char *parts[] = {diag->field, diag->message, help == NULL ? "" : help};
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
        if (parts[i][0] != '\0') {
            (void)fprintf(stderr, ": %s", parts[i]);
        }
    }
    (void)fputs("\n", stderr);
    return err == SL_E_USAGE ? EXIT_USAGE : EXIT_FAILURE;
}

static int fail(enum sl_err err, const struct sl_diag *diag)
{
    return fail_with(err, diag, advice(err));
}

/* Of commands that make nothing. */
static const char *advice_offline(enum sl_err err)
{
    return err == SL_E_NOT_LEDGER ? "say with --dir where the ledger lies" : advice(err);
}

static enum sl_err create(const struct sl_options *options, struct sl_diag *diag)
{
    struct sl_create_options create_options = {
        .dir = options->dir,
        .timezone = options->timezone,
        .currency = options->currency,
        .policy = (uint32_t)options->policy,
        .clock = sl_clock_system(),
        .fill_random = fill_random,
    };
    return sl_ledger_create(&create_options, diag);
}

static int command_init(const struct sl_options *options)
{
    struct sl_diag diag = {0};
    enum sl_err err = create(options, &diag);
    if (err != SL_OK) {
        return fail(err, &diag);
    }
    (void)printf("ledger made in %s: time zone %s, currency %s\n", options->dir, options->timezone,
                 options->currency);
    return EXIT_SUCCESS;
}

static void on_stopped(void *ctx, const struct sl_diag *why)
{
    struct daemon *daemon = ctx;
    sl_log(SL_LOG_ERROR, "event=stopped why=%s", sl_log_quote(why->message).text);
    daemon->is_stopped = true;
    if (daemon->server != NULL) {
        sl_server_fail(daemon->server);
    }
}

static void on_progress(void *ctx, sl_seq done, sl_seq total)
{
    struct daemon *daemon = ctx;
    sl_progress_show(&daemon->progress, done, total);
}

/* What was fixed at creation cannot be asked for otherwise afterwards: nobody may believe that a flag did what it did not. */
static enum sl_err check_genesis(const struct sl_options *options,
                                 const struct sl_genesis *genesis,
                                 struct sl_diag *diag)
{
    const struct {
        const char *name;
        const char *stored;
        const char *given;
    } rows[] = {
        {"--timezone", genesis->timezone, options->timezone},
        {"--currency", genesis->currency, options->currency},
        {"--policy", sl_options_policy_name(genesis->policy),
         sl_options_policy_name(options->policy)},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        if (sl_options_is_given(options, rows[i].name + strlen("--")) &&
            strcmp(rows[i].stored, rows[i].given) != 0) {
            return sl_refuse(diag, SL_E_USAGE, rows[i].name,
                             "the ledger was made with \"%s\", given is \"%s\"", rows[i].stored,
                             rows[i].given);
        }
    }
    return SL_OK;
}

static enum sl_err read_access(struct daemon *daemon, struct sl_diag *diag)
{
    struct sl_access_texts texts = {
        .append = daemon->options->allow_append,
        .read = daemon->options->allow_read,
        .admin = daemon->options->allow_admin,
        .owner = geteuid(),
    };
    return sl_access_init(&texts, &daemon->access, diag);
}

static void tell_opened(struct sl_core *core, uint64_t us)
{
    const struct sl_store *store = sl_core_store(core);
    uint64_t head = sl_store_head(store).v;
    uint64_t checkpointed = sl_store_checkpointed(store).v;
    sl_log(SL_LOG_NOTICE,
           "event=opened seq=%llu checkpointed=%llu replayed_batches=%llu replayed_events=%llu "
           "us=%llu",
           (unsigned long long)head, (unsigned long long)checkpointed,
           (unsigned long long)sl_store_recovered_batches(store),
           (unsigned long long)(head - checkpointed), (unsigned long long)us);
}

/* With fewer descriptors than connections the rest would be cut off without a word. */
static struct sl_core_limits limits_of(const struct sl_options *options)
{
    enum { US_PER_S = 1000000 };
    uint32_t connections = (uint32_t)options->connections;
    uint32_t possible = sl_descriptors_for(connections);
    if (possible < connections) {
        sl_log(SL_LOG_WARNING,
               "event=connections_lowered to=%u from=%u why=\"so many files may be open "
               "(LimitNOFILE=, ulimit -n)\"",
               possible, connections);
    }
    return (struct sl_core_limits){
        .sessions_max = possible,
        .sessions_per_user_max = (uint32_t)options->connections_per_user,
        .idle_us = options->idle_s == 0 ? UINT64_MAX : options->idle_s * US_PER_S,
        .frame_us = options->frame_s * US_PER_S,
        .reader_us = options->reader_s * US_PER_S,
    };
}

static enum sl_err open_core(struct daemon *daemon, struct sl_diag *diag)
{
    const struct sl_options *options = daemon->options;
    struct sl_core_options core_options = {
        .dir = options->dir,
        .clock = sl_clock_system(),
        .executor = sl_threads_executor(daemon->threads),
        .fill_random = fill_random,
        .access = &daemon->access,
        .limits = limits_of(options),
        .on_stopped = on_stopped,
        .on_progress = on_progress,
        .ctx = daemon,
        .checkpoint_bytes = options->checkpoint_bytes,
        .checkpoint_ms = (uint32_t)options->checkpoint_ms,
        .segment_bytes = options->segment_bytes,
        .own_events_max = OWN_EVENTS_MAX,
        .free_bytes_min = options->free_bytes_min,
        .scrub_bytes_per_s = options->scrub_bytes_per_s,
    };
    sl_progress_begin(&daemon->progress, core_options.clock, "rebuild", isatty(STDERR_FILENO) == 1);
    daemon->progress.is_logged = true;
    enum sl_err err = sl_core_open(&core_options, &daemon->core, diag);
    if (err == SL_E_NOT_LEDGER && options->create != 0) {
        err = create(options, diag);
        if (err == SL_OK) {
            err = sl_core_open(&core_options, &daemon->core, diag);
        }
    }
    uint64_t us = sl_progress_end(&daemon->progress);
    if (err == SL_OK) {
        tell_opened(daemon->core, us);
        err = check_genesis(options, sl_core_genesis(daemon->core), diag);
    }
    return err;
}

static struct sl_server_options server_options_of(struct daemon *daemon)
{
    const struct sl_options *options = daemon->options;
    if (options->socket == NULL) {
        /* Cut when too long: one byte above the maximum is enough to be refused. */
        (void)snprintf(daemon->socket_path, sizeof daemon->socket_path, "%s/socket", options->dir);
    }
    return (struct sl_server_options){
        .core = daemon->core,
        .threads = daemon->threads,
        .socket_path = options->socket != NULL ? options->socket : daemon->socket_path,
        .socket_group = options->socket_group,
        .socket_mode = (unsigned)options->socket_mode,
    };
}

/* For the service manager that has started us, if one has. That it cannot be told is no reason not to serve; it will see to that. */
static void notify(const char *state)
{
    struct sl_diag diag = {0};
    if (sl_notify(getenv("NOTIFY_SOCKET"), state, &diag) != SL_OK) {
        sl_log(SL_LOG_WARNING, "event=notify_failed why=%s", sl_log_quote(diag.message).text);
    }
}

static enum sl_err open_server(struct daemon *daemon, struct sl_diag *diag)
{
    struct sl_server_options server_options = server_options_of(daemon);
    enum sl_err err = sl_server_open(&server_options, &daemon->server, diag);
    if (err == SL_OK) {
        sl_log(SL_LOG_NOTICE, "event=ready socket=%s seq=%llu",
               sl_log_quote(server_options.socket_path).text,
               (unsigned long long)sl_core_head(daemon->core).v);
        notify("READY=1");
    }
    return err;
}

static enum sl_err serve(struct daemon *daemon, struct sl_diag *diag)
{
    struct sl_server_options server_options = server_options_of(daemon);
    enum sl_err err = sl_server_check(&server_options, diag);
    if (err == SL_OK) {
        err = read_access(daemon, diag);
    }
    if (err == SL_OK) {
        err = open_core(daemon, diag);
    }
    if (err == SL_OK) {
        err = sl_timezone_use(sl_core_genesis(daemon->core)->timezone, diag);
    }
    if (err == SL_OK) {
        err = open_server(daemon, diag);
    }
    return err == SL_OK ? sl_server_run(daemon->server) : err;
}

static int command_run(const struct sl_options *options)
{
    struct daemon daemon = {.options = options};
    struct sl_diag diag = {0};
    sl_log(SL_LOG_NOTICE, "event=starting version=%s dir=%s", SL_VERSION,
           sl_log_quote(options->dir).text);
    enum sl_err err = sl_threads_open(&daemon.threads);
    if (err == SL_OK) {
        err = serve(&daemon, &diag);
    }
    notify("STOPPING=1");
    sl_server_close(daemon.server);
    daemon.server = NULL;
    uint64_t head = daemon.core == NULL ? 0 : sl_core_head(daemon.core).v;
    sl_core_close(daemon.core);
    sl_threads_close(daemon.threads);
    if (err == SL_E_STOPPED || (err == SL_OK && daemon.is_stopped)) {
        return EXIT_FAILURE;
    }
    if (err != SL_OK) {
        return fail(err, &diag);
    }
    sl_log(SL_LOG_NOTICE, "event=ended seq=%llu", (unsigned long long)head);
    return EXIT_SUCCESS;
}

static void print_tree(uint64_t size, const uint8_t root[SL_SHA256_BYTES])
{
    char text[2 * SL_SHA256_BYTES + 1];
    for (size_t i = 0; i < SL_SHA256_BYTES; i++) {
        (void)snprintf(text + 2 * i, 3, "%02x", root[i]);
    }
    (void)printf("tree     size %llu, root %s\n", (unsigned long long)size, text);
}

static void print_report(const struct sl_check_report *report)
{
    (void)printf(
        "records  %llu: checksum and sequence of each, %llu of them still in the journal\n",
        (unsigned long long)report->head.v,
        (unsigned long long)(report->head.v - report->checkpointed.v));
    print_tree(report->tree_size, report->tree_root);
    (void)printf("personal fields of %llu events open, of %llu are erased\n",
                 (unsigned long long)report->sealed, (unsigned long long)report->erased);
    if (report->keyless > 0) {
        (void)printf("personal fields of %llu events have no key here: a copy without DIR/keys\n",
                     (unsigned long long)report->keyless);
    }
    if (report->is_state_checked) {
        (void)printf("state    %u tables, %llu rows, equal to a full replay\n", report->tables,
                     (unsigned long long)report->rows);
    } else {
        (void)printf(
            "state    of another version or incomplete; it is rebuilt at the next start\n");
    }
}

static int command_check(const struct sl_options *options)
{
    struct sl_progress progress;
    sl_progress_begin(&progress, sl_clock_system(), "check", isatty(STDERR_FILENO) == 1);
    struct sl_offline_options offline = {
        .dir = options->dir,
        .progress = sl_progress_show,
        .ctx = &progress,
    };
    struct sl_check_report report;
    struct sl_diag diag = {0};
    enum sl_err err = sl_ledger_check(&offline, &report, &diag);
    (void)sl_progress_end(&progress);
    if (err != SL_OK) {
        bool is_of_state = err == SL_E_CORRUPT && report.is_log_sound && report.are_seals_sound;
        return fail_with(err, &diag,
                         is_of_state
                             ? "the log is sound, salesledgerd rebuild makes the state anew from it"
                             : advice_offline(err));
    }
    print_report(&report);
    return EXIT_SUCCESS;
}

static int command_rebuild(const struct sl_options *options)
{
    struct sl_threads *threads = NULL;
    struct sl_diag diag = {0};
    enum sl_err err = sl_threads_open(&threads);
    if (err != SL_OK) {
        return fail_with(err, &diag, advice_offline(err));
    }
    struct sl_progress progress;
    sl_progress_begin(&progress, sl_clock_system(), "rebuild", isatty(STDERR_FILENO) == 1);
    struct sl_offline_options offline = {
        .dir = options->dir,
        .executor = sl_threads_executor(threads),
        .progress = sl_progress_show,
        .ctx = &progress,
    };
    sl_seq head;
    err = sl_ledger_rebuild(&offline, &head, &diag);
    uint64_t us = sl_progress_end(&progress);
    sl_threads_close(threads);
    if (err != SL_OK) {
        return fail_with(err, &diag, advice_offline(err));
    }
    (void)printf("rebuilt from %llu events, %llu events/s\n", (unsigned long long)head.v,
                 (unsigned long long)sl_progress_rate(head.v, us));
    return EXIT_SUCCESS;
}

/* How far reading a backup has come, and then making the state of it. */
struct reading {
    struct sl_progress progress;
    bool is_rebuilding;
};

static void show_loaded(void *ctx, sl_seq done, sl_seq total)
{
    struct reading *reading = ctx;
    sl_progress_show(&reading->progress, done, total);
}

static void show_rebuilt(void *ctx, sl_seq done, sl_seq total)
{
    struct reading *reading = ctx;
    if (!reading->is_rebuilding) {
        (void)sl_progress_end(&reading->progress);
        sl_progress_begin(&reading->progress, sl_clock_system(), "rebuild",
                          isatty(STDERR_FILENO) == 1);
        reading->is_rebuilding = true;
    }
    sl_progress_show(&reading->progress, done, total);
}

static enum sl_err open_backup(const char *path, int *ret_fd, struct sl_diag *diag)
{
    *ret_fd = strcmp(path, "-") == 0 ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
    return *ret_fd >= 0 ? SL_OK : sl_refuse(diag, SL_E_IO, "from", "%s: %s", path, strerror(errno));
}

static const char *advice_backup(enum sl_err err)
{
    return err == SL_E_CORRUPT    ? "use another backup"
           : err == SL_E_NO_SPACE ? "free disk space"
           : err == SL_E_FORMAT   ? "--from takes what salesledger backup has made"
                                  : advice(err);
}

static void print_keys(const struct sl_backup_keys *keys)
{
    if (keys->are_there) {
        (void)printf("keys     %llu, of %llu more customers they are erased\n",
                     (unsigned long long)keys->live, (unsigned long long)keys->erased);
    } else {
        (void)puts("keys     none were asked for: personal fields read \"erased\"");
    }
}

/* `check --from` and `restore`. */
static int command_backup(const struct sl_options *options)
{
    struct reading reading = {0};
    struct sl_backup_file_options file = {
        .dir = options->dir, .loaded = show_loaded, .rebuilt = show_rebuilt, .ctx = &reading};
    struct sl_backup_found found;
    struct sl_diag diag = {0};
    sl_progress_begin(&reading.progress, sl_clock_system(), "read", isatty(STDERR_FILENO) == 1);
    enum sl_err err = open_backup(options->from, &file.fd, &diag);
    if (err == SL_OK) {
        err = options->command == SL_COMMAND_RESTORE ? sl_ledger_restore(&file, &found, &diag)
                                                     : sl_backup_file_check(&file, &found, &diag);
        (void)close(file.fd); /* only read from */
    }
    (void)sl_progress_end(&reading.progress);
    if (err != SL_OK) {
        return fail_with(err, &diag, advice_backup(err));
    }
    (void)printf("records  %llu: checksum and sequence of each\n",
                 (unsigned long long)found.head.last.v);
    print_tree(found.head.last.v, found.head.root);
    print_keys(&found.keys);
    if (options->command == SL_COMMAND_RESTORE) {
        (void)printf("ledger made in %s\n", options->dir);
    }
    return EXIT_SUCCESS;
}

static int run_command(const struct sl_options *options)
{
    switch (options->command) {
    case SL_COMMAND_HELP: sl_options_print_help(stdout); return EXIT_SUCCESS;
    case SL_COMMAND_VERSION: (void)puts("salesledgerd " SL_VERSION); return EXIT_SUCCESS;
    case SL_COMMAND_INIT: return command_init(options);
    case SL_COMMAND_RUN: return command_run(options);
    case SL_COMMAND_CHECK:
        return options->from != NULL ? command_backup(options) : command_check(options);
    case SL_COMMAND_REBUILD: return command_rebuild(options);
    case SL_COMMAND_RESTORE: return command_backup(options);
    case SL_COMMANDS: break; /* no command */
    }
    return EXIT_USAGE;
}

/* Before there is a thread or a file. */
static enum sl_err confine(const struct sl_options *options, struct sl_diag *diag)
{
    sl_crash_explain();
    enum sl_err err = sl_process_become(options->user, diag);
    return err == SL_OK ? sl_process_harden(options->core_dumps != 0, diag) : err;
}

int main(int argc, char **argv)
{
    struct sl_options options;
    struct sl_diag diag = {0};
    if (sl_options_parse(argc, argv, &options, &diag) != SL_OK) {
        (void)fprintf(stderr, "salesledgerd: %s%s%s; see salesledgerd --help\n", diag.field,
                      diag.field[0] == '\0' ? "" : ": ", diag.message);
        return EXIT_USAGE;
    }
    if (options.command >= SL_COMMAND_INIT) {
        sl_log_set_level((enum sl_log_level)options.log_level);
        enum sl_err err = confine(&options, &diag);
        if (err != SL_OK) {
            return fail(err, &diag);
        }
    }
    return run_command(&options);
}
