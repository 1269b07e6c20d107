/* Preloaded into the daemon: lists the calls that it and LMDB make for files below a folder, and makes one of them go wrong.
 *
 *     SL_FAULT_DIR        the folder
 *     SL_FAULT_LOG        takes a line "CALL FILE NAME" for each such call, "struck" after the one that goes wrong
 *     SL_FAULT            "CALL FILE N WHAT [ERRNO]": at its N-th use on such a file, counted from 1; not set: only lists
 *         errno           fails with that number and does nothing
 *         short           takes half of the bytes, as a call may
 *         hold            first waits: says "loop" or "lane", for the thread, into SL_FAULT_REACHED, and goes on once SL_FAULT_GO says so
 *
 * FILE is what the file is for, see file_of; NAME is the last part of its path. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <dlfcn.h>

#define FDS_MAX        4096
#define PATH_MAX_BYTES 512
#define WORD_MAX       32

enum what { PASS, FAIL, SHORT, HOLD };

struct fault {
    char call[WORD_MAX];
    char class[WORD_MAX];
    unsigned long use;
    enum what what;
    int code;
};

struct file {
    const char *class; /* NULL: none of ours */
    char name[WORD_MAX];
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct file files[FDS_MAX]; /* open ones below the folder */
static struct fault fault;
static unsigned long uses; /* of the call that is to go wrong */
static int log_fd = -1;
static char dir[PATH_MAX_BYTES];
static size_t dir_len;

static __attribute__((noreturn)) void die(const char *what)
{
    (void)fprintf(stderr, "injector: %s\n", what);
    _exit(97);
}

static void say(const char *line)
{
    if (syscall(SYS_write, log_fd, line, strlen(line)) != (long)strlen(line)) {
        die("the log cannot be written");
    }
}

static const char *need(const char *name)
{
    const char *value = getenv(name);
    if (value == NULL) {
        die(name);
    }
    return value;
}

static void read_fault(const char *text)
{
    char what[WORD_MAX];
    if (text == NULL) {
        return;
    }
    if (sscanf(text, "%31s %31s %lu %31s %d", fault.call, fault.class, &fault.use, what,
               &fault.code) < 4) {
        die("SL_FAULT is not understood");
    }
    fault.what = strcmp(what, "errno") == 0 ? FAIL : strcmp(what, "short") == 0 ? SHORT : HOLD;
}

__attribute__((constructor)) static void begin(void)
{
    const char *below = need("SL_FAULT_DIR");
    dir_len = strlen(below);
    if (dir_len == 0 || dir_len >= sizeof dir) {
        die("SL_FAULT_DIR");
    }
    memcpy(dir, below, dir_len + 1);
    log_fd = (int)syscall(SYS_openat, AT_FDCWD, need("SL_FAULT_LOG"),
                          O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    if (log_fd < 0) {
        die("SL_FAULT_LOG cannot be opened");
    }
    read_fault(getenv("SL_FAULT"));
}

static struct file file_of(const char *path)
{
    static const char *const names[][2] = {
        {"", "folder"},
        {"/..", "parent"},
        {".slb", "backup"}, /* beside it, of which it is made */
        {"/lock", "lock"},
        {"/data.mdb", "data"},
        {"/lock.mdb", "readers"},
        {"/journal", "journal"},
        {"/journal/..", "folder"},
        {"/new", "new"},
        {"/new/..", "folder"},
        {"/new/data.mdb", "data"},
        {"/new/lock.mdb", "readers"},
    };
    struct file file = {0};
    if (path == NULL || strncmp(path, dir, dir_len) != 0) {
        return file;
    }
    const char *rest = path + dir_len;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (strcmp(rest, names[i][0]) == 0) {
            file.class = names[i][1];
        }
    }
    if (file.class == NULL && rest[0] == '/') {
        file.class = strncmp(rest, "/journal/", 9) == 0 ? "segment"
                     : strncmp(rest, "/keys", 5) == 0   ? "keys"
                                                        : "other";
    }
    const char *slash = strrchr(path, '/');
    (void)snprintf(file.name, sizeof file.name, "%s", slash == NULL ? path : slash + 1);
    return file;
}

static struct file file_of_fd(int fd)
{
    return fd >= 0 && fd < FDS_MAX ? files[fd] : (struct file){0};
}

/* The C library's own, behind ours; into a pointer to a function. */
static void find_next(const char *name, void *ret_function)
{
    void *found = dlsym(RTLD_NEXT, name);
    memcpy(ret_function, &found, sizeof found);
}

static void wait_for_go(void)
{
    char byte;
    const char *thread = getpid() == gettid() ? "loop\n" : "lane\n";
    int reached =
        (int)syscall(SYS_openat, AT_FDCWD, need("SL_FAULT_REACHED"), O_WRONLY | O_CLOEXEC, 0);
    int go = (int)syscall(SYS_openat, AT_FDCWD, need("SL_FAULT_GO"), O_RDONLY | O_CLOEXEC, 0);
    if (reached < 0 || syscall(SYS_write, reached, thread, strlen(thread)) < 0) {
        die("SL_FAULT_REACHED");
    }
    (void)syscall(SYS_read, go, &byte, 1); /* its end will do */
    (void)syscall(SYS_close, reached);
    (void)syscall(SYS_close, go);
}

/* What is to become of this call; sets errno for FAIL. */
static enum what strike(const char *call, struct file file)
{
    if (file.class == NULL) {
        return PASS;
    }
    char line[3 * WORD_MAX + 16];
    (void)pthread_mutex_lock(&lock);
    bool is_it = fault.what != PASS && strcmp(call, fault.call) == 0 &&
                 strcmp(file.class, fault.class) == 0 && ++uses == fault.use;
    (void)snprintf(line, sizeof line, "%s %s %s\n%s", call, file.class, file.name,
                   is_it ? "struck\n" : "");
    say(line);
    (void)pthread_mutex_unlock(&lock);
    if (!is_it) {
        return PASS;
    }
    if (fault.what == HOLD) {
        wait_for_go();
        return PASS;
    }
    errno = fault.code;
    return fault.what;
}

static bool fails(const char *call, struct file file)
{
    return strike(call, file) == FAIL;
}

/* From here on the C library's own names, for the daemon and LMDB to find. */
#pragma GCC visibility push(default)

/* ── opening and closing ──────────────────────────────────────────────────────────────────────────────────────── */

int open(const char *path, int flags, ...)
{
    mode_t mode = 0;
    if ((flags & (O_CREAT | O_TMPFILE)) != 0) {
        va_list more;
        va_start(more, flags);
        mode = va_arg(more, mode_t);
        va_end(more);
    }
    struct file file = file_of(path);
    if (fails("open", file)) {
        return -1;
    }
    int fd = (int)syscall(SYS_openat, AT_FDCWD, path, flags, mode);
    if (fd >= FDS_MAX) {
        die("too many descriptors");
    }
    if (fd >= 0) {
        files[fd] = file;
    }
    return fd;
}

/* On Linux a close that fails has closed. */
int close(int fd)
{
    bool has_failed = fails("close", file_of_fd(fd));
    int code = errno;
    if (fd >= 0 && fd < FDS_MAX) {
        files[fd] = (struct file){0};
    }
    int result = (int)syscall(SYS_close, fd);
    if (has_failed) {
        errno = code;
    }
    return has_failed ? -1 : result;
}

DIR *opendir(const char *path)
{
    DIR *(*next)(const char *);
    find_next("opendir", &next);
    if (fails("opendir", file_of(path))) {
        return NULL;
    }
    DIR *opened = next(path);
    if (opened != NULL) {
        files[dirfd(opened)] = file_of(path);
    }
    return opened;
}

struct dirent *readdir(DIR *opened)
{
    struct dirent *(*next)(DIR *);
    find_next("readdir", &next);
    return fails("readdir", file_of_fd(dirfd(opened))) ? NULL : next(opened);
}

int closedir(DIR *opened)
{
    int (*next)(DIR *);
    find_next("closedir", &next);
    files[dirfd(opened)] = (struct file){0};
    return next(opened);
}

/* ── reading and writing ──────────────────────────────────────────────────────────────────────────────────────── */

/* Half of them, at least one byte. */
static int halve(const struct iovec *parts, int count, struct iovec *half)
{
    size_t left = 0;
    for (int i = 0; i < count; i++) {
        left += parts[i].iov_len;
    }
    left = left / 2 > 0 ? left / 2 : left;
    int kept = 0;
    for (; kept < count && left > 0; kept++) {
        half[kept] = parts[kept];
        half[kept].iov_len = left < parts[kept].iov_len ? left : parts[kept].iov_len;
        left -= half[kept].iov_len;
    }
    return kept;
}

static ssize_t
move_bytes(const char *name, long call, int fd, const struct iovec *parts, int count, off_t offset)
{
    struct iovec half[IOV_MAX];
    enum what what = strike(name, file_of_fd(fd));
    if (what == FAIL) {
        return -1;
    }
    if (what == SHORT) {
        count = halve(parts, count, half);
        parts = half;
    }
    return syscall(call, fd, parts, count, offset, 0);
}

ssize_t pwritev(int fd, const struct iovec *parts, int count, off_t offset)
{
    return move_bytes("pwritev", SYS_pwritev, fd, parts, count, offset);
}

ssize_t pwrite(int fd, const void *bytes, size_t len, off_t offset)
{
    struct iovec part = {(void *)(uintptr_t)bytes, len};
    return move_bytes("pwrite", SYS_pwritev, fd, &part, 1, offset);
}

ssize_t writev(int fd, const struct iovec *parts, int count)
{
    return move_bytes("writev", SYS_writev, fd, parts, count, 0);
}

ssize_t write(int fd, const void *bytes, size_t len)
{
    struct iovec part = {(void *)(uintptr_t)bytes, len};
    return move_bytes("write", SYS_writev, fd, &part, 1, 0);
}

ssize_t pread(int fd, void *bytes, size_t len, off_t offset)
{
    struct iovec part = {bytes, len};
    return move_bytes("pread", SYS_preadv, fd, &part, 1, offset);
}

ssize_t read(int fd, void *bytes, size_t len)
{
    struct iovec part = {bytes, len};
    return move_bytes("read", SYS_readv, fd, &part, 1, 0);
}

int ftruncate(int fd, off_t length)
{
    return fails("ftruncate", file_of_fd(fd)) ? -1 : (int)syscall(SYS_ftruncate, fd, length);
}

int posix_fallocate(int fd, off_t offset, off_t len)
{
    return fails("posix_fallocate", file_of_fd(fd)) ||
                   syscall(SYS_fallocate, fd, 0, offset, len) != 0
               ? errno
               : 0;
}

int fallocate(int fd, int mode, off_t offset, off_t len)
{
    return fails("fallocate", file_of_fd(fd)) ? -1
                                              : (int)syscall(SYS_fallocate, fd, mode, offset, len);
}

void *mmap(void *address, size_t len, int protection, int flags, int fd, off_t offset)
{
    return fails("mmap", file_of_fd((flags & MAP_ANONYMOUS) == 0 ? fd : -1))
               ? MAP_FAILED
               : (void *)syscall(SYS_mmap, address, len, protection, flags, fd, offset);
}

/* ── flushing ─────────────────────────────────────────────────────────────────────────────────────────────────── */

int fdatasync(int fd)
{
    return fails("fdatasync", file_of_fd(fd)) ? -1 : (int)syscall(SYS_fdatasync, fd);
}

int fsync(int fd)
{
    return fails("fsync", file_of_fd(fd)) ? -1 : (int)syscall(SYS_fsync, fd);
}

int msync(void *address, size_t len, int flags)
{
    return fails("msync", (struct file){"data", "data.mdb"})
               ? -1
               : (int)syscall(SYS_msync, address, len, flags);
}

int sync_file_range(int fd, off_t offset, off_t len, unsigned flags)
{
    return fails("sync_file_range", file_of_fd(fd))
               ? -1
               : (int)syscall(SYS_sync_file_range, fd, offset, len, flags);
}

/* ── names, locks, the file system ────────────────────────────────────────────────────────────────────────────── */

int mkdir(const char *path, mode_t mode)
{
    return fails("mkdir", file_of(path)) ? -1 : (int)syscall(SYS_mkdirat, AT_FDCWD, path, mode);
}

int chmod(const char *path, mode_t mode)
{
    return fails("chmod", file_of(path)) ? -1 : (int)syscall(SYS_fchmodat, AT_FDCWD, path, mode);
}

int unlink(const char *path)
{
    return fails("unlink", file_of(path)) ? -1 : (int)syscall(SYS_unlinkat, AT_FDCWD, path, 0);
}

int remove(const char *path)
{
    if (fails("remove", file_of(path))) {
        return -1;
    }
    int failed = (int)syscall(SYS_unlinkat, AT_FDCWD, path, 0);
    return failed != 0 && errno == EISDIR ? (int)syscall(SYS_unlinkat, AT_FDCWD, path, AT_REMOVEDIR)
                                          : failed;
}

int rename(const char *from, const char *to)
{
    return fails("rename", file_of(to))
               ? -1
               : (int)syscall(SYS_renameat2, AT_FDCWD, from, AT_FDCWD, to, 0);
}

int flock(int fd, int operation)
{
    return fails("flock", file_of_fd(fd)) ? -1 : (int)syscall(SYS_flock, fd, operation);
}

int fcntl(int fd, int command, ...)
{
    va_list more;
    va_start(more, command);
    void *argument = va_arg(more, void *);
    va_end(more);
    return fails("fcntl", file_of_fd(fd)) ? -1 : (int)syscall(SYS_fcntl, fd, command, argument);
}

int stat(const char *path, struct stat *info)
{
    return fails("stat", file_of(path)) ? -1
                                        : (int)syscall(SYS_newfstatat, AT_FDCWD, path, info, 0);
}

int fstat(int fd, struct stat *info)
{
    return fails("fstat", file_of_fd(fd)) ? -1 : (int)syscall(SYS_fstat, fd, info);
}

int statfs(const char *path, struct statfs *fs)
{
    return fails("statfs", file_of(path)) ? -1 : (int)syscall(SYS_statfs, path, fs);
}

int statvfs(const char *path, struct statvfs *fs)
{
    int (*next)(const char *, struct statvfs *);
    find_next("statvfs", &next);
    return fails("statvfs", file_of(path)) ? -1 : next(path, fs);
}

ssize_t getrandom(void *bytes, size_t len, unsigned flags)
{
    return fails("getrandom", (struct file){"none", "none"})
               ? -1
               : syscall(SYS_getrandom, bytes, len, flags);
}

#pragma GCC visibility pop
