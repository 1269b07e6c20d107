/* UUIDv7 ids from the wall clock and the kernel's random numbers. */
#include "ids.h"

#include "sl/id.h"
#include <errno.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>

#define RANDOM_BYTES_PER_ID 10u

/* Above 256 bytes getrandom may be cut short by a signal, so it is asked until the block is
 * full. */
static enum sl_err refill(struct sl_ids *ids)
{
    size_t have = 0;
    while (have < sizeof ids->random) {
        ssize_t got = getrandom(ids->random + have, sizeof ids->random - have, 0);
        if (got < 0 && errno != EINTR) {
            return SL_E_IO;
        }
        have += got > 0 ? (size_t)got : 0;
    }
    ids->left = sizeof ids->random;
    return SL_OK;
}

enum sl_err sl_ids_next(struct sl_ids *ids, struct sl_id *ret_id)
{
    if (ids->left < RANDOM_BYTES_PER_ID) {
        enum sl_err err = refill(ids);
        if (err != SL_OK) {
            return err;
        }
    }
    struct timespec now;
    if (clock_gettime(CLOCK_REALTIME, &now) != 0) {
        return SL_E_IO;
    }
    sl_time time = {.v = (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000};
    *ret_id = sl_id_from_time(time, ids->random + sizeof ids->random - ids->left);
    ids->left -= RANDOM_BYTES_PER_ID;
    return SL_OK;
}
