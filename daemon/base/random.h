/* Bytes that nobody can guess. */
#ifndef SL_BASE_RANDOM_H
#define SL_BASE_RANDOM_H

#include <stddef.h>
#include <stdint.h>

/* Waits for the kernel's pool. 0, or -1 with errno. */
int sl_random_fill(uint8_t *bytes, size_t len);

#endif
