/* Begins to write a file out while it is still being filled, so that the flush at the end finds little left to do.
 *
 * Whoever fills a file in one go, tens of megabytes, and then flushes it keeps the disk idle first and busy at the end; a flush of
 * another file, a journal's, that comes at that moment waits behind all of it. Between begin and end a thread hands what is dirty to the
 * disk every few milliseconds. It promises nothing and cannot fail: durable is only what the filler flushes. */
#ifndef SL_BASE_WRITEOUT_H
#define SL_BASE_WRITEOUT_H

#include <pthread.h>

#include "sl/types.h"

struct sl_writeout {
    pthread_t thread;
    pthread_mutex_t mutex;
    pthread_cond_t wake;
    int fd;
    bool has_thread; /* without one everything goes on as if there were none */
    bool is_ending;
};

/* `fd` must stay open until the end. */
void sl_writeout_begin(struct sl_writeout *writeout, int fd);
void sl_writeout_end(struct sl_writeout *writeout);

#endif
