/* Preloaded into a daemon, the wall clock is as far off as the file named by SL_CLOCK_FILE says: eight bytes, microseconds. Every other
 * clock is left alone. */
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define US_PER_SECOND 1000000
#define NS_PER_US     1000

static const volatile int64_t
    *offset_us; /* of the file, mapped; the shim has no other place for it */

__attribute__((constructor)) static void map_offset(void)
{
    const char *path = getenv("SL_CLOCK_FILE");
    int fd = path != NULL ? open(path, O_RDONLY | O_CLOEXEC) : -1;
    if (fd >= 0) {
        void *map = mmap(NULL, sizeof *offset_us, PROT_READ, MAP_SHARED, fd, 0);
        offset_us = map != MAP_FAILED ? map : NULL;
        close(fd);
    }
}

__attribute__((visibility("default"))) int clock_gettime(clockid_t id, struct timespec *time)
{
    int result = (int)syscall(SYS_clock_gettime, id, time);
    if (result == 0 && id == CLOCK_REALTIME && offset_us != NULL) {
        int64_t us = *offset_us + time->tv_nsec / NS_PER_US;
        int64_t seconds = us / US_PER_SECOND - (us % US_PER_SECOND < 0);
        time->tv_sec += seconds;
        time->tv_nsec = (long)(us - seconds * US_PER_SECOND) * NS_PER_US;
    }
    return result;
}
