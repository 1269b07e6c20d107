/* Of those that the program may use. */
#include "processors.h"

#include <sched.h>

bool sl_processors_leave_last(struct sl_processors *processors)
{
    cpu_set_t allowed;
    if (sched_getaffinity(0, sizeof allowed, &allowed) != 0 || CPU_COUNT(&allowed) < 2) {
        return false;
    }
    for (int cpu = 0; cpu < CPU_SETSIZE; cpu++) {
        processors->last = CPU_ISSET((size_t)cpu, &allowed) ? cpu : processors->last;
    }
    CPU_CLR((size_t)processors->last, &allowed);
    return sched_setaffinity(0, sizeof allowed, &allowed) == 0;
}

void sl_processors_take_last(const struct sl_processors *processors)
{
    cpu_set_t own;
    CPU_ZERO(&own);
    CPU_SET((size_t)processors->last, &own);
    (void)sched_setaffinity(0, sizeof own, &own); /* it was allowed before */
}
