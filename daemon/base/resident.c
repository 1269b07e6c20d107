/* Read from /proc, which costs some microseconds. */
#include "base/resident.h"

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

/* "size resident shared ...", in pages; what is shared is of files. */
void sl_resident(uint64_t *ret_resident, uint64_t *ret_anonymous)
{
    *ret_resident = 0;
    *ret_anonymous = 0;
    char text[256];
    int fd = open("/proc/self/statm", O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        return;
    }
    ssize_t len = read(fd, text, sizeof text - 1);
    (void)close(fd); /* only read from */
    long page_bytes = sysconf(_SC_PAGESIZE);
    if (len <= 0 || page_bytes <= 0) {
        return;
    }
    text[len] = '\0';
    char *at = text;
    (void)strtoull(at, &at, 10); /* addresses, used or not */
    uint64_t resident = strtoull(at, &at, 10);
    uint64_t shared = strtoull(at, &at, 10);
    *ret_resident = resident * (uint64_t)page_bytes;
    *ret_anonymous = resident > shared ? (resident - shared) * (uint64_t)page_bytes : 0;
}
