/* Linked into the daemon: it takes a write that was cut short for a whole one. */
#include <dlfcn.h>
#include <string.h>
#include <sys/uio.h>

ssize_t pwritev(int fd, const struct iovec *parts, int count, off_t offset)
{
    ssize_t (*next)(int, const struct iovec *, int, off_t);
    void *found = dlsym(RTLD_NEXT, "pwritev");
    memcpy(&next, &found, sizeof next);
    ssize_t done = next(fd, parts, count, offset);
    ssize_t whole = 0;
    for (int i = 0; i < count; i++) {
        whole += (ssize_t)parts[i].iov_len;
    }
    return done < 0 ? done : whole;
}
