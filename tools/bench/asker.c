/* A thread around a load of one lane. */
#include "asker.h"

#include "fail.h"
#include "priority.h"
#include <stdio.h>

static void *ask(void *ctx)
{
    struct sl_asker *asker = ctx;
    if (!sl_priority_raise()) {
        printf("no real-time priority: rank latencies hold what their client waited for a "
               "processor\n");
    }
    sl_load_run(&asker->load);
    return NULL;
}

void sl_asker_start(struct sl_asker *asker)
{
    atomic_init(&asker->is_over, false);
    asker->load.until = &asker->is_over;
    if (pthread_create(&asker->thread, NULL, ask, asker) != 0) {
        sl_fail("cannot start a thread");
    }
}

void sl_asker_stop(struct sl_asker *asker)
{
    atomic_store(&asker->is_over, true);
    (void)pthread_join(asker->thread, NULL); /* it was started, and ends by itself */
}
