/* Of those that the program may use. */
#include "processors.h"

#include <sched.h>

static cpu_set_t allowed; /* when the last one was left */
static int last = -1;

bool sl_processors_leave_last(void)
{
    if (sched_getaffinity(0, sizeof allowed, &allowed) != 0 || CPU_COUNT(&allowed) < 2) {
        return false;
    }
    for (int cpu = 0; cpu < CPU_SETSIZE; cpu++) {
        last = CPU_ISSET((size_t)cpu, &allowed) ? cpu : last;
    }
    cpu_set_t others = allowed;
    CPU_CLR((size_t)last, &others);
    return sched_setaffinity(0, sizeof others, &others) == 0;
}

void sl_processors_take_last(void)
{
    cpu_set_t own;
    CPU_ZERO(&own);
    CPU_SET((size_t)last, &own);
    (void)sched_setaffinity(0, sizeof own, &own); /* it was allowed before */
}
