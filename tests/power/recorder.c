/* Preloaded into the daemon, or the command line tool: records what a power cut would take part of. Every call that changes a file below
 * SL_POWER_DIR, every flush, and every byte that leaves through a socket (the daemon's: to a client) goes into the file SL_POWER_RECORD, in an
 * order that all threads agree on.
 *
 *     offset  size
 *          0     1   kind, see below
 *          1     1   flags: 1 the data is so many zeros and left out
 *          2     2   length of the name
 *          4     4   handle: the number of the open file or directory; of a client, its connection
 *          8     8   position in the file
 *         16     8   length of the data
 *         24         name, then data
 *
 *     'O' a file is opened: handle, name; position 1 if it was made by that, 2 if its writes are flushed by themselves
 *     'W' bytes are about to be written; 'w' the call is over: position is the number of bytes that were taken
 *     'F' a flush begins; 'f' it has ended well, and what was over when it began is durable
 *     'T' the length is set to position    'M' a directory is made    'U' a name is removed    'R' a name becomes that in the data
 *     'A' bytes are about to be sent to a client; 'a' position of them were taken
 *     'X' something happened that this recorder does not understand: the record is worth nothing
 *
 * Only what these two and LMDB call is here; that it is enough is shown by the files themselves, which must in the end be what the
 * record says (disk.py). Numbers are little-endian, as on every machine this runs on. A call of kinds W, F, A is recorded before it is made: nothing can be on
 * disk or at a client of which the record says nothing. */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#define FDS_MAX        4096
#define NAME_MAX_BYTES 512

struct header {
    uint8_t kind;
    uint8_t flags;
    uint16_t name_len;
    uint32_t handle;
    uint64_t position;
    uint64_t data_len;
};

/* What a descriptor stands for: a file of the ledger (handle above 0), a client, or nothing of interest. */
struct slot {
    uint32_t handle;
    bool is_client;
    bool is_known;
    bool is_self_flushing;
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct slot slots[FDS_MAX];
static uint32_t last_handle;
static int record_fd = -1;
static char dir[NAME_MAX_BYTES];
static size_t dir_len;

static __attribute__((noreturn)) void die(const char *what)
{
    (void)fprintf(stderr, "recorder: %s\n", what);
    _exit(97);
}

static void put(const void *bytes, size_t len)
{
    const uint8_t *at = bytes;
    while (len > 0) {
        long done = syscall(SYS_write, record_fd, at, len);
        if (done <= 0) {
            die("the record cannot be written");
        }
        at += done;
        len -= (size_t)done;
    }
}

static bool is_zero(const struct iovec *parts, int count)
{
    for (int i = 0; i < count; i++) {
        const uint8_t *bytes = parts[i].iov_base;
        if (parts[i].iov_len > 0 &&
            (bytes[0] != 0 || memcmp(bytes, bytes + 1, parts[i].iov_len - 1) != 0)) {
            return false;
        }
    }
    return true;
}

/* With the lock held. */
static void add(char kind,
                uint32_t handle,
                const char *name,
                uint64_t position,
                const struct iovec *parts,
                int count)
{
    struct header header = {.kind = (uint8_t)kind, .handle = handle, .position = position};
    header.name_len = name == NULL ? 0 : (uint16_t)strlen(name);
    for (int i = 0; i < count; i++) {
        header.data_len += parts[i].iov_len;
    }
    header.flags = header.data_len > 0 && is_zero(parts, count) ? 1 : 0;
    put(&header, sizeof header);
    put(name, header.name_len);
    for (int i = 0; i < count && header.flags == 0; i++) {
        put(parts[i].iov_base, parts[i].iov_len);
    }
}

static void add_alone(char kind, uint32_t handle, const char *name, uint64_t position)
{
    (void)pthread_mutex_lock(&lock);
    add(kind, handle, name, position, NULL, 0);
    (void)pthread_mutex_unlock(&lock);
}

static void not_understood(const char *what)
{
    add_alone('X', 0, what, 0);
}

__attribute__((constructor)) static void begin(void)
{
    const char *path = getenv("SL_POWER_RECORD");
    const char *below = getenv("SL_POWER_DIR");
    if (path == NULL || below == NULL) {
        die("SL_POWER_RECORD and SL_POWER_DIR must be set");
    }
    dir_len = strlen(below);
    if (dir_len == 0 || dir_len >= sizeof dir || below[0] != '/') {
        die("SL_POWER_DIR must be an absolute path");
    }
    memcpy(dir, below, dir_len + 1);
    record_fd =
        (int)syscall(SYS_openat, AT_FDCWD, path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    if (record_fd < 0) {
        die("SL_POWER_RECORD cannot be opened");
    }
}

/* The name below the folder, "" for the folder itself; NULL if it is somewhere else. */
static const char *name_of(const char *path)
{
    if (path == NULL || strncmp(path, dir, dir_len) != 0) {
        return NULL;
    }
    return path[dir_len] == '\0' ? "" : path[dir_len] == '/' ? path + dir_len + 1 : NULL;
}

static struct slot *slot_of(int fd)
{
    return fd >= 0 && fd < FDS_MAX ? &slots[fd] : NULL;
}

static uint32_t handle_of(int fd)
{
    const struct slot *slot = slot_of(fd);
    return slot == NULL ? 0 : slot->handle;
}

/* From here on the C library's own names, for the daemon and LMDB to find. */
#pragma GCC visibility push(default)

/* ── opening and closing ──────────────────────────────────────────────────────────────────────────────────────── */

static int opened(int fd, const char *path, int flags, bool was_there)
{
    struct slot *slot = slot_of(fd);
    const char *name = name_of(path);
    if (fd < 0) {
        return fd;
    }
    if (slot == NULL) {
        die("too many descriptors");
    }
    (void)pthread_mutex_lock(&lock);
    *slot = (struct slot){.is_known = true};
    if (name != NULL) {
        bool is_made = !was_there && (flags & O_CREAT) != 0;
        slot->is_self_flushing = (flags & (O_DSYNC | O_SYNC)) != 0;
        slot->handle = ++last_handle;
        add('O', slot->handle, name, (is_made ? 1u : 0u) | (slot->is_self_flushing ? 2u : 0u), NULL,
            0);
        if ((flags & O_TRUNC) != 0) {
            add('T', slot->handle, NULL, 0, NULL, 0);
        }
    }
    (void)pthread_mutex_unlock(&lock);
    return fd;
}

static bool is_there(const char *path)
{
    struct stat status;
    return stat(path, &status) == 0;
}

int open(const char *path, int flags, ...)
{
    mode_t mode = 0;
    if ((flags & (O_CREAT | O_TMPFILE)) != 0) {
        va_list more;
        va_start(more, flags);
        mode = va_arg(more, mode_t);
        va_end(more);
    }
    bool was_there = is_there(path);
    return opened((int)syscall(SYS_openat, AT_FDCWD, path, flags, mode), path, flags, was_there);
}

int close(int fd)
{
    struct slot *slot = slot_of(fd);
    if (slot != NULL) {
        (void)pthread_mutex_lock(&lock);
        *slot = (struct slot){0};
        (void)pthread_mutex_unlock(&lock);
    }
    return (int)syscall(SYS_close, fd);
}

/* ── writing ──────────────────────────────────────────────────────────────────────────────────────────────────── */

static bool is_client(int fd)
{
    struct slot *slot = slot_of(fd);
    if (slot == NULL) {
        return false;
    }
    if (!slot->is_known) {
        struct stat status;
        slot->is_known = true;
        slot->is_client = fstat(fd, &status) == 0 && S_ISSOCK(status.st_mode);
    }
    return slot->is_client;
}

static ssize_t write_parts(int fd, const struct iovec *parts, int count, off_t offset)
{
    uint32_t handle = handle_of(fd);
    (void)pthread_mutex_lock(&lock);
    add('W', handle, NULL, (uint64_t)offset, parts, count);
    (void)pthread_mutex_unlock(&lock);
    ssize_t done = syscall(SYS_pwritev, fd, parts, count, offset, 0);
    int code = errno;
    add_alone('w', handle, NULL, done < 0 ? 0 : (uint64_t)done);
    errno = code;
    return done;
}

ssize_t pwritev(int fd, const struct iovec *parts, int count, off_t offset)
{
    return handle_of(fd) != 0 ? write_parts(fd, parts, count, offset)
                              : syscall(SYS_pwritev, fd, parts, count, offset, 0);
}

ssize_t pwrite(int fd, const void *bytes, size_t len, off_t offset)
{
    struct iovec part = {.iov_base = (void *)(uintptr_t)bytes, .iov_len = len};
    return pwritev(fd, &part, 1, offset);
}

static void sending(int fd, const struct iovec *parts, int count)
{
    (void)pthread_mutex_lock(&lock);
    add('A', (uint32_t)fd, NULL, 0, parts, count);
    (void)pthread_mutex_unlock(&lock);
}

static ssize_t sent(int fd, ssize_t done)
{
    int code = errno;
    add_alone('a', (uint32_t)fd, NULL, done < 0 ? 0 : (uint64_t)done);
    errno = code;
    return done;
}

/* Those that write where the file stands, or to a client. */
ssize_t writev(int fd, const struct iovec *parts, int count)
{
    if (handle_of(fd) != 0) {
        off_t at = lseek(fd, 0, SEEK_CUR);
        ssize_t done = write_parts(fd, parts, count, at);
        if (done > 0) {
            (void)lseek(fd, at + done, SEEK_SET);
        }
        return done;
    }
    if (!is_client(fd)) {
        return syscall(SYS_writev, fd, parts, count);
    }
    sending(fd, parts, count);
    return sent(fd, syscall(SYS_writev, fd, parts, count));
}

ssize_t write(int fd, const void *bytes, size_t len)
{
    struct iovec part = {.iov_base = (void *)(uintptr_t)bytes, .iov_len = len};
    return writev(fd, &part, 1);
}

ssize_t sendmsg(int fd, const struct msghdr *message, int flags)
{
    if (!is_client(fd)) {
        return syscall(SYS_sendmsg, fd, message, flags);
    }
    sending(fd, message->msg_iov, (int)message->msg_iovlen);
    return sent(fd, syscall(SYS_sendmsg, fd, message, flags));
}

int ftruncate(int fd, off_t length)
{
    struct stat status;
    bool is_same =
        fstat(fd, &status) == 0 && status.st_size == length; /* gives back what lies behind */
    if (handle_of(fd) != 0 && !is_same) {
        add_alone('T', handle_of(fd), NULL, (uint64_t)length);
    }
    return (int)syscall(SYS_ftruncate, fd, length);
}

/* Reserves room and lengthens: of the bytes themselves it says nothing. */
int posix_fallocate(int fd, off_t offset, off_t len)
{
    struct stat status;
    if (handle_of(fd) != 0 && fstat(fd, &status) == 0 && status.st_size < offset + len) {
        add_alone('T', handle_of(fd), NULL, (uint64_t)(offset + len));
    }
    return syscall(SYS_fallocate, fd, 0, offset, len) == 0 ? 0 : errno;
}

/* Behind the file's end it changes nothing that a disk image has; any other way is not understood. */
int fallocate(int fd, int mode, off_t offset, off_t len)
{
    if (handle_of(fd) != 0 && mode != FALLOC_FL_KEEP_SIZE) {
        add_alone('X', handle_of(fd), "fallocate", 0);
    }
    return (int)syscall(SYS_fallocate, fd, mode, offset, len);
}

void *mmap(void *address, size_t len, int protection, int flags, int fd, off_t offset)
{
    bool is_shared = (flags & MAP_SHARED) != 0 && (protection & PROT_WRITE) != 0;
    if (is_shared && handle_of(fd) != 0) {
        add_alone('X', handle_of(fd), "mmap", 0);
    }
    return (void *)syscall(SYS_mmap, address, len, protection, flags, fd, offset);
}

/* ── flushing ─────────────────────────────────────────────────────────────────────────────────────────────────── */

static int flush(long call, int fd)
{
    uint32_t handle = handle_of(fd);
    if (handle == 0) {
        return (int)syscall(call, fd);
    }
    add_alone('F', handle, NULL, 0);
    int failed = (int)syscall(call, fd);
    if (failed == 0) {
        add_alone('f', handle, NULL, 0);
    }
    return failed;
}

int fdatasync(int fd)
{
    return flush(SYS_fdatasync, fd);
}

int fsync(int fd)
{
    return flush(SYS_fsync, fd);
}

int msync(void *address, size_t len, int flags)
{
    not_understood("msync");
    return (int)syscall(SYS_msync, address, len, flags);
}

/* ── names ────────────────────────────────────────────────────────────────────────────────────────────────────── */

int mkdir(const char *path, mode_t mode)
{
    int failed = (int)syscall(SYS_mkdirat, AT_FDCWD, path, mode);
    if (failed == 0 && name_of(path) != NULL) {
        add_alone('M', 0, name_of(path), 0);
    }
    return failed;
}

int rmdir(const char *path)
{
    int failed = (int)syscall(SYS_unlinkat, AT_FDCWD, path, AT_REMOVEDIR);
    if (failed == 0 && name_of(path) != NULL) {
        add_alone('U', 0, name_of(path), 0);
    }
    return failed;
}

int unlink(const char *path)
{
    if (name_of(path) != NULL && is_there(path)) {
        add_alone('U', 0, name_of(path), 0);
    }
    return (int)syscall(SYS_unlinkat, AT_FDCWD, path, 0);
}

/* Not by way of unlink(), which the C library does not leave itself for. */
int remove(const char *path)
{
    struct stat status;
    bool is_folder = stat(path, &status) == 0 && S_ISDIR(status.st_mode);
    return is_folder ? rmdir(path) : unlink(path);
}

/* With the lock held. */
static void add_rename(const char *from, const char *to)
{
    if (name_of(from) != NULL && name_of(to) != NULL) {
        struct iovec part = {.iov_base = (void *)(uintptr_t)name_of(to),
                             .iov_len = strlen(name_of(to))};
        add('R', 0, name_of(from), 0, &part, 1);
    }
}

int rename(const char *from, const char *to)
{
    (void)pthread_mutex_lock(&lock);
    add_rename(from, to);
    (void)pthread_mutex_unlock(&lock);
    return (int)syscall(SYS_renameat2, AT_FDCWD, from, AT_FDCWD, to, 0);
}

/* It may well fail, for a name that is there: so nobody flushes the folder until it is known. Paths are absolute. */
int renameat2(int from_dir, const char *from, int to_dir, const char *to, unsigned flags)
{
    (void)pthread_mutex_lock(&lock);
    int failed = (int)syscall(SYS_renameat2, from_dir, from, to_dir, to, flags);
    int code = errno;
    if (failed == 0) {
        add_rename(from, to);
    }
    (void)pthread_mutex_unlock(&lock);
    errno = code;
    return failed;
}

#pragma GCC visibility pop
