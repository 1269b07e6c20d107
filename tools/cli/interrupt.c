/* A signal handler gets no argument, so what it has to do lies here. */
#include "cli/interrupt.h"

#include <signal.h>

static struct sl_client *volatile interrupted;
static volatile sig_atomic_t is_there;

static void on_signal(int number)
{
    (void)number; /* only SIGINT and SIGTERM come here */
    is_there = 1;
    if (interrupted != NULL) {
        sl_client_interrupt(interrupted);
    }
}

void sl_interrupt_watch(struct sl_client *client)
{
    struct sigaction action = {.sa_handler = on_signal};
    interrupted = client;
    (void)sigaction(SIGINT, &action, NULL);  /* fails only for numbers that are no signal */
    (void)sigaction(SIGTERM, &action, NULL); /* the same */
}

bool sl_interrupt_is_there(void)
{
    return is_there != 0;
}
