/* An input as a file with a path, for readers that want one; it lies in memory and is used again for the next input. */
#ifndef SL_FUZZ_MEMORY_FILE_H
#define SL_FUZZ_MEMORY_FILE_H

#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

#include "sl/err.h"

struct memory_file {
    int fd; /* 0: not yet made */
    char path[32];
};

static inline const char *memory_file_set(struct memory_file *file, struct sl_slice bytes)
{
    if (file->fd == 0) {
        file->fd = memfd_create("fuzz", MFD_CLOEXEC);
        SL_ASSERT(file->fd > 0);
        (void)snprintf(file->path, sizeof file->path, "/proc/self/fd/%d", file->fd);
    }
    SL_ASSERT(ftruncate(file->fd, 0) == 0);
    SL_ASSERT(pwrite(file->fd, bytes.data, bytes.len, 0) == (ssize_t)bytes.len);
    return file->path;
}

#endif
