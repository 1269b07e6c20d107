/* The directory that a run works in. */
#ifndef SL_BENCH_DIRECTORY_H
#define SL_BENCH_DIRECTORY_H

#include "sl/types.h"

/* Makes a fresh directory below `parent`; `path` gets its name. */
void sl_directory_make(const char *parent, char *path, size_t size);

/* With everything in it. A directory that is not there is fine. */
void sl_directory_remove(const char *path);

/* Blocks on disk of everything in it, in bytes. */
uint64_t sl_directory_bytes(const char *path);

/* "ext4", "tmpfs", ...; a hexadecimal number if unknown. `text` takes 32 bytes. */
void sl_directory_file_system(const char *path, char *text);

#endif
