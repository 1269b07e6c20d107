/* Starting, asking, stopping. */
#include "daemon.h"

#include "fail.h"
#include "load.h"
#include "salesledger.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define START_TRIES_MAX 3000
#define TRY_NS          10000000

/* In the child: messages into the log, then become the daemon. */
static SL_NORETURN void become(const struct sl_daemon *daemon, char *const *arguments)
{
    if (daemon->program == NULL) {
        _exit(127);
    }
    int fd = open(daemon->log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    if (fd >= 0 && dup2(fd, STDOUT_FILENO) >= 0 && dup2(fd, STDERR_FILENO) >= 0) {
        (void)execv(daemon->program, arguments);
    }
    _exit(127);
}

static pid_t spawn(const struct sl_daemon *daemon, const char *const *arguments)
{
    char *copies[16] = {0};
    for (size_t i = 0; arguments[i] != NULL; i++) {
        copies[i] = sl_check_memory(strdup(arguments[i])); /* execv wants text it could change */
    }
    pid_t pid = fork();
    if (pid == 0) {
        become(daemon, copies);
    }
    for (size_t i = 0; copies[i] != NULL; i++) {
        free(copies[i]);
    }
    if (pid < 0) {
        sl_fail("%s: %s", daemon->program, strerror(errno));
    }
    return pid;
}

static int wait_for(pid_t pid)
{
    int status = 0;
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR) {
    }
    return status;
}

static void pause_shortly(void)
{
    struct timespec pause = {.tv_nsec = TRY_NS};
    (void)nanosleep(&pause, NULL); /* cut short by a signal it is only shorter */
}

/* Ends the program if the daemon has ended. */
static void check_alive(struct sl_daemon *daemon)
{
    int status;
    if (daemon->pid > 0 && waitpid(daemon->pid, &status, WNOHANG) == daemon->pid) {
        daemon->pid = 0;
        sl_fail("the daemon ended at once; its messages are in %s (kept with --keep)", daemon->log);
    }
}

void sl_daemon_start(struct sl_daemon *daemon)
{
    if (daemon->program != NULL) {
        const char *const arguments[] = {
            daemon->program,     "run",         "--create",   "--dir", daemon->ledger,
            "--timezone",        "UTC",         "--currency", "USD",   "--socket",
            daemon->socket_path, "--log-level", "warning",    NULL};
        daemon->pid = spawn(daemon, arguments);
    }
    struct sl_client_options options = {.socket_path = daemon->socket_path};
    struct sl_client *client = NULL;
    struct sl_diag diag = {0};
    enum sl_err err = sl_client_open(&options, &client, &diag);
    for (int i = 0; i < START_TRIES_MAX && err == SL_E_UNREACHABLE && daemon->pid > 0; i++) {
        pause_shortly();
        check_alive(daemon);
        err = sl_client_open(&options, &client, &diag);
    }
    if (err != SL_OK) {
        sl_fail("%s", diag.message);
    }
    sl_client_close(client);
    (void)sl_daemon_state(daemon); /* answers only once it is ready */
}

void sl_daemon_stop(struct sl_daemon *daemon)
{
    if (daemon->pid <= 0) {
        return;
    }
    pid_t pid = daemon->pid;
    daemon->pid = 0;
    (void)kill(pid, SIGTERM); /* it may have ended by itself */
    int status = wait_for(pid);
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
        sl_fail("the daemon did not end in order; its messages are in %s", daemon->log);
    }
}

double sl_daemon_offline(const struct sl_daemon *daemon, const char *command)
{
    const char *const arguments[] = {daemon->program, command, "--dir", daemon->ledger, NULL};
    int64_t start_ns = sl_now_ns();
    int status = wait_for(spawn(daemon, arguments));
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
        sl_fail("%s failed; its messages are in %s (kept with --keep)", command, daemon->log);
    }
    return (double)(sl_now_ns() - start_ns) / 1e9;
}

uint64_t sl_daemon_memory(const struct sl_daemon *daemon, const char *what)
{
    char path[64];
    char line[256];
    uint64_t kib = 0;
    if (daemon->pid <= 0) {
        return 0;
    }
    (void)snprintf(path, sizeof path, "/proc/%ld/status", (long)daemon->pid);
    FILE *file = fopen(path, "re");
    if (file == NULL) {
        return 0;
    }
    while (fgets(line, sizeof line, file) != NULL) {
        size_t len = strlen(what);
        if (strncmp(line, what, len) == 0 && line[len] == ':') {
            kib = strtoull(line + len + 1, NULL, 10);
        }
    }
    (void)fclose(file);
    return kib * 1024;
}

/* Is it the line of a socket with that path? "Num: RefCount Protocol Flags Type St Inode Path", where the path is what was bound: the daemon
 * renames it into place. */
static bool is_socket_of(const char *line, const char *path)
{
    const char *at = strchr(line, '/');
    size_t len = strlen(path);
    return at != NULL && strncmp(at, path, len) == 0 && strcmp(at + len, ".new\n") == 0;
}

uint64_t sl_daemon_sockets(const struct sl_daemon *daemon)
{
    char line[256];
    uint64_t count = 0;
    FILE *file = fopen("/proc/net/unix", "re");
    if (file == NULL) {
        return 0;
    }
    while (fgets(line, sizeof line, file) != NULL) {
        count += is_socket_of(line, daemon->socket_path) ? 1 : 0;
    }
    (void)fclose(file); /* only read from */
    return count;
}

uint64_t sl_daemon_descriptors(const struct sl_daemon *daemon)
{
    char path[64];
    uint64_t count = 0;
    (void)snprintf(path, sizeof path, "/proc/%ld/fd", (long)daemon->pid); /* fits */
    DIR *dir = daemon->pid > 0 ? opendir(path) : NULL;
    if (dir == NULL) {
        return 0;
    }
    for (const struct dirent *entry = readdir(dir); entry != NULL; entry = readdir(dir)) {
        count += entry->d_name[0] != '.' ? 1 : 0;
    }
    (void)closedir(dir); /* only read from */
    return count;
}

void sl_daemon_sample(void *ctx)
{
    struct sl_daemon *daemon = ctx;
    uint64_t bytes = sl_daemon_memory(daemon, "RssAnon");
    daemon->rss_anon_max = bytes > daemon->rss_anon_max ? bytes : daemon->rss_anon_max;
}

struct sl_daemon_state sl_daemon_state(const struct sl_daemon *daemon)
{
    struct sl_client_options options = {.socket_path = daemon->socket_path};
    struct sl_client *client = NULL;
    Salesledger__V1__Reply *reply = NULL;
    struct sl_diag diag = {0};
    if (sl_client_open(&options, &client, &diag) != SL_OK ||
        sl_client_status(client, &reply, &diag) != SL_OK) {
        sl_fail("status: %s", diag.message);
    }
    struct sl_daemon_state state = {
        .head = reply->status->head,
        .checkpoints = reply->status->checkpoints,
        .checkpoint_us_last = reply->status->checkpoint_us_last,
        .gate_held_us_max = reply->status->gate_held_us_max,
    };
    sl_client_reply_free(reply);
    sl_client_close(client);
    return state;
}
