/* The lowest real-time priority is enough: all else has none. */
#include "priority.h"

#include <sched.h>

bool sl_priority_raise(void)
{
    struct sched_param param = {.sched_priority = 1};
    return sched_setscheduler(0, SCHED_FIFO, &param) == 0;
}
