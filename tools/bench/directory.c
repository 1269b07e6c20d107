/* Making, measuring and removing the working directory, which is flat but for one level. */
#include "directory.h"

#include "fail.h"
#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <linux/magic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#define XFS_MAGIC 0x58465342 /* not in linux/magic.h of older systems */

void sl_directory_make(const char *parent, char *path, size_t size)
{
    int len = snprintf(path, size, "%s/salesledger-bench-XXXXXX", parent);
    if (len < 0 || (size_t)len >= size) {
        sl_fail("the directory's name is too long: %s", parent);
    }
    if (mkdtemp(path) == NULL) {
        sl_fail("%s: %s", path, strerror(errno));
    }
}

/* Visits the entries of one directory; `visit` gives false to stop. */
static void each_entry(const char *path, void (*visit)(void *ctx, const char *path), void *ctx)
{
    DIR *dir = opendir(path);
    if (dir == NULL) {
        return;
    }
    for (struct dirent *entry = readdir(dir); entry != NULL; entry = readdir(dir)) {
        char child[PATH_MAX];
        bool is_self = strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0;
        int len = snprintf(child, sizeof child, "%s/%s", path, entry->d_name);
        if (!is_self && len > 0 && (size_t)len < sizeof child) {
            visit(ctx, child);
        }
    }
    (void)closedir(dir);
}

/* What cannot be removed is left, and then so are the directories above it. */
static void remove_leaf(void *ctx, const char *path)
{
    (void)ctx;
    if (unlink(path) != 0) {
        (void)rmdir(path);
    }
}

static void remove_twig(void *ctx, const char *path)
{
    each_entry(path, remove_leaf, ctx);
    remove_leaf(ctx, path);
}

static void remove_branch(void *ctx, const char *path)
{
    each_entry(path, remove_twig, ctx);
    remove_leaf(ctx, path);
}

void sl_directory_remove(const char *path)
{
    each_entry(path, remove_branch, NULL);
    (void)rmdir(path);
}

static void add_leaf(void *ctx, const char *path)
{
    struct stat status;
    if (lstat(path, &status) == 0) {
        *(uint64_t *)ctx += (uint64_t)status.st_blocks * 512;
    }
}

static void add_twig(void *ctx, const char *path)
{
    add_leaf(ctx, path);
    each_entry(path, add_leaf, ctx);
}

uint64_t sl_directory_bytes(const char *path)
{
    uint64_t bytes = 0;
    each_entry(path, add_twig, &bytes);
    return bytes;
}

void sl_directory_file_system(const char *path, char *text)
{
    struct statfs status;
    if (statfs(path, &status) != 0) {
        sl_fail("%s: %s", path, strerror(errno));
    }
    const char *name = NULL;
    switch ((uint64_t)status.f_type) {
    case EXT4_SUPER_MAGIC: name = "ext4"; break;
    case XFS_MAGIC: name = "xfs"; break;
    case BTRFS_SUPER_MAGIC: name = "btrfs"; break;
    case TMPFS_MAGIC: name = "tmpfs"; break;
    case OVERLAYFS_SUPER_MAGIC: name = "overlayfs"; break;
    default: break;
    }
    if (name != NULL) {
        (void)snprintf(text, 32, "%s", name);
    } else {
        (void)snprintf(text, 32, "0x%llx", (unsigned long long)status.f_type);
    }
}
