/* Preloaded into the daemon: makes the n-th allocation fail, by the daemon or any library in it. Armed from outside, through a shared file
 * SL_OOM_CONTROL of this shape:
 *
 *     offset  size
 *          0     8   countdown: 0 nothing fails; n: the n-th allocation from now on does
 *          8     8   so many more after it do, too
 *         16     8   allocations so far
 *         24     8   of which so many were made to fail
 *
 * Counted are malloc, calloc, realloc, aligned_alloc, posix_memalign and anonymous maps. Nothing is counted and nothing fails once the program
 * has left main: a build that counts what the tests reach writes its numbers then. */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

struct control {
    _Atomic int64_t countdown;
    _Atomic int64_t more;
    _Atomic uint64_t calls;
    _Atomic uint64_t failed;
};

/* The C library's own, under the names it has for that. */
void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *bytes, size_t size);
void *__libc_memalign(size_t alignment, size_t size);

typedef int (*main_fn)(int count, char **arguments, char **environment);

/* What a program begins with. */
typedef int start_fn(main_fn program,
                     int count,
                     char **arguments,
                     void (*init)(void),
                     void (*fini)(void),
                     void (*rtld_fini)(void),
                     void *stack_end);
start_fn __libc_start_main;

static struct control *control;

__attribute__((constructor)) static void begin(void)
{
    const char *path = getenv("SL_OOM_CONTROL");
    int fd = path == NULL ? -1 : open(path, O_RDWR | O_CLOEXEC);
    if (fd >= 0) {
        void *map = (void *)syscall(SYS_mmap, NULL, sizeof *control, PROT_READ | PROT_WRITE,
                                    MAP_SHARED, fd, 0);
        control = map == MAP_FAILED ? NULL : map;
        (void)close(fd);
    }
    if (control == NULL) {
        _exit(97);
    }
}

static main_fn real_main;
static _Atomic bool has_left_main;

static int main_and_end(int count, char **arguments, char **environment)
{
    int status = real_main(count, arguments, environment);
    atomic_store(&has_left_main, true);
    return status;
}

static bool fails(void)
{
    if (control == NULL || atomic_load(&has_left_main)) {
        return false;
    }
    (void)atomic_fetch_add(&control->calls, 1);
    if (atomic_load(&control->countdown) <= 0 || atomic_fetch_sub(&control->countdown, 1) != 1) {
        return false;
    }
    if (atomic_fetch_sub(&control->more, 1) > 0) {
        (void)atomic_fetch_add(&control->countdown, 1);
    }
    (void)atomic_fetch_add(&control->failed, 1);
    errno = ENOMEM;
    return true;
}

/* From here on the C library's own names, for everybody to find. */
#pragma GCC visibility push(default)

int __libc_start_main(main_fn program,
                      int count,
                      char **arguments,
                      void (*init)(void),
                      void (*fini)(void),
                      void (*rtld_fini)(void),
                      void *stack_end)
{
    start_fn *start;
    void *found = dlsym(RTLD_NEXT, "__libc_start_main");
    memcpy(&start, &found, sizeof start);
    real_main = program;
    return start(main_and_end, count, arguments, init, fini, rtld_fini, stack_end);
}

void *malloc(size_t size)
{
    return fails() ? NULL : __libc_malloc(size);
}

void *calloc(size_t count, size_t size)
{
    return fails() ? NULL : __libc_calloc(count, size);
}

void *realloc(void *bytes, size_t size)
{
    return size > 0 && fails() ? NULL : __libc_realloc(bytes, size);
}

void *aligned_alloc(size_t alignment, size_t size)
{
    return fails() ? NULL : __libc_memalign(alignment, size);
}

int posix_memalign(void **ret_bytes, size_t alignment, size_t size)
{
    void *bytes = fails() ? NULL : __libc_memalign(alignment, size);
    if (bytes == NULL) {
        return ENOMEM;
    }
    *ret_bytes = bytes;
    return 0;
}

void *mmap(void *address, size_t len, int protection, int flags, int fd, off_t offset)
{
    return (flags & MAP_ANONYMOUS) != 0 && fails()
               ? MAP_FAILED
               : (void *)syscall(SYS_mmap, address, len, protection, flags, fd, offset);
}

#pragma GCC visibility pop
