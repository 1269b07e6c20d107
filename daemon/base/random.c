/* getrandom, whatever interrupts it. */
#include "base/random.h"

#include <errno.h>
#include <sys/random.h>

int sl_random_fill(uint8_t *bytes, size_t len)
{
    size_t done = 0;
    while (done < len) {
        ssize_t got = getrandom(bytes + done, len - done, 0);
        if (got < 0 && errno != EINTR) {
            return -1;
        }
        done += got > 0 ? (size_t)got : 0;
    }
    return 0;
}
