/* The handler only writes one line; what it returns to fails again, and then without a handler. */
#include "base/crash.h"

#include <signal.h>
#include <stddef.h>

#include "base/log.h"

static void explain(int number)
{
    /* Formats without arguments: nothing of what these calls do is forbidden here. */
    if (number == SIGBUS) {
        sl_log(SL_LOG_ERROR, "event=crashed signal=SIGBUS why=\"a page of data.mdb cannot be read, "
                             "the disk or the file's size is wrong: run check\"");
    } else {
        sl_log(SL_LOG_ERROR, "event=crashed signal=SIGSEGV why=\"a damaged page of data.mdb, or a "
                             "fault in the program: run check\"");
    }
}

static void handle(int number)
{
    struct sigaction before;
    if (sigaction(number, NULL, &before) != 0 || before.sa_handler != SIG_DFL) {
        return;
    }
    struct sigaction action = {.sa_handler = explain, .sa_flags = (int)SA_RESETHAND};
    (void)sigaction(number, &action, NULL); /* it has just answered for this number */
}

void sl_crash_explain(void)
{
    handle(SIGBUS);
    handle(SIGSEGV);
}
