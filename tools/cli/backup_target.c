/* See backup_target.h. */
#include "cli/backup_target.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sl/stored/file.h"

#define FILE_MODE        0600 /* all of the ledger is in it, and perhaps its keys */
#define RECORDS_PER_LOOK 4096u

enum sl_err sl_backup_target_check(const char *where, struct sl_diag *diag)
{
    if (strcmp(where, "-") == 0) {
        return isatty(STDOUT_FILENO) == 1
                   ? sl_refuse(diag, SL_E_USAGE, "", "a backup is no text for a terminal")
                   : SL_OK;
    }
    struct stat info;
    if (stat(where, &info) != 0) {
        return sl_file_error(errno, where, diag);
    }
    if (!S_ISDIR(info.st_mode)) {
        return sl_refuse(diag, SL_E_IO, "", "%s is not a folder", where);
    }
    return access(where, W_OK | X_OK) == 0 ? SL_OK : sl_file_error(errno, where, diag);
}

static enum sl_err
name_files(struct sl_backup_target *target, const struct sl_backup_what *what, struct sl_diag *diag)
{
    const struct sl_backup_head *head = what->head;
    char id[2 * sizeof head->ledger_id + 1];
    for (size_t i = 0; i < sizeof head->ledger_id; i++) {
        (void)snprintf(id + 2 * i, 3, "%02x", head->ledger_id[i]); /* two digits and a NUL */
    }
    unsigned long long last = head->last.v;
    size_t dir_len = strlen(target->dir);
    const char *slash = dir_len > 0 && target->dir[dir_len - 1] == '/' ? "" : "/";
    int len = snprintf(target->part, sizeof target->part, "%s%s%s-%llu%s.slb.part", target->dir,
                       slash, id, last, what->with_keys ? "-with-keys" : "");
    if (len < 0 || (size_t)len >= sizeof target->part) {
        return sl_refuse(diag, SL_E_TOO_BIG, "", "the path of the folder is too long");
    }
    memcpy(target->path, target->part, (size_t)len + 1);
    target->path[(size_t)len - strlen(".part")] = '\0';
    return SL_OK;
}

static enum sl_err refuse_existing(const struct sl_backup_target *target, struct sl_diag *diag)
{
    return sl_refuse(diag, SL_E_EXISTS, "", "%s is there already", target->path);
}

/* Whoever had the part before us may have made a backup of it meanwhile. */
static bool is_still_named(const struct sl_backup_target *target)
{
    struct stat opened;
    struct stat named;
    return fstat(target->fd, &opened) == 0 && stat(target->part, &named) == 0 &&
           opened.st_ino == named.st_ino && opened.st_dev == named.st_dev;
}

/* What a killed one has left is taken; what another made, who would then own a backup and perhaps its keys, is not. */
static enum sl_err take_part(const struct sl_backup_target *target, struct sl_diag *diag)
{
    struct stat info;
    if (flock(target->fd, LOCK_EX | LOCK_NB) != 0 || !is_still_named(target)) {
        return sl_refuse(diag, SL_E_LOCKED, "", "%s is being written", target->part);
    }
    if (fstat(target->fd, &info) != 0) {
        return sl_file_error(errno, target->part, diag);
    }
    if (!S_ISREG(info.st_mode) || info.st_uid != geteuid() || info.st_nlink != 1) {
        return sl_refuse(diag, SL_E_IO, "",
                         "%s is there, and not a file that only this user has: remove it",
                         target->part);
    }
    bool is_empty = fchmod(target->fd, FILE_MODE) == 0 && ftruncate(target->fd, 0) == 0;
    return is_empty ? SL_OK : sl_file_error(errno, target->part, diag);
}

static enum sl_err open_part(struct sl_backup_target *target, struct sl_diag *diag)
{
    if (access(target->path, F_OK) == 0) {
        return refuse_existing(target, diag);
    }
    target->fd = open(target->part, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, FILE_MODE);
    if (target->fd < 0) {
        return sl_file_error(errno, target->part, diag);
    }
    enum sl_err err = take_part(target, diag);
    if (err != SL_OK) {
        close(target->fd);
        target->fd = -1; /* what is another's stays */
    }
    return err;
}

enum sl_err sl_backup_target_open(struct sl_backup_target *target,
                                  const char *where,
                                  const struct sl_backup_what *what,
                                  struct sl_diag *diag)
{
    *target = (struct sl_backup_target){.fd = STDOUT_FILENO};
    if (strcmp(where, "-") == 0) {
        return SL_OK;
    }
    target->dir = where;
    target->fd = -1;
    enum sl_err err = name_files(target, what, diag);
    return err == SL_OK ? open_part(target, diag) : err;
}

/* Not from the page cache, as far as the kernel lets go of it. */
static enum sl_err reread(const struct sl_backup_target *target,
                          struct sl_backup_reader *reader,
                          bool (*is_wanted)(void),
                          struct sl_diag *diag)
{
    (void)posix_fadvise(target->fd, 0, 0,
                        POSIX_FADV_DONTNEED); /* what is cached is compared, too */
    if (lseek(target->fd, 0, SEEK_SET) != 0) {
        return sl_file_error(errno, target->part, diag);
    }
    enum sl_err err = sl_backup_reader_init(reader, target->fd, diag);
    while (err == SL_OK) {
        struct sl_record record;
        err = sl_backup_next(reader, &record, diag);
        if (err == SL_OK && record.seq.v % RECORDS_PER_LOOK == 0 && !is_wanted()) {
            err = SL_E_CANCELLED;
        }
    }
    return err == SL_E_NOT_FOUND ? SL_OK : err;
}

static bool has_same_keys(const struct sl_backup_keys *a, const struct sl_backup_keys *b)
{
    return a->are_there == b->are_there && a->since.v == b->since.v && a->live == b->live &&
           a->erased == b->erased;
}

static enum sl_err verify(const struct sl_backup_target *target,
                          const struct sl_backup_writer *writer,
                          bool (*is_wanted)(void),
                          struct sl_diag *diag)
{
    const struct sl_backup_head *head = &writer->head;
    struct sl_backup_reader reader = {0};
    enum sl_err err = reread(target, &reader, is_wanted, diag);
    bool is_same = err == SL_OK && reader.head.last.v == head->last.v &&
                   has_same_keys(&reader.keys, &writer->keys) &&
                   memcmp(reader.head.ledger_id, head->ledger_id, sizeof head->ledger_id) == 0 &&
                   memcmp(reader.head.root, head->root, sizeof head->root) == 0;
    if (err == SL_OK && !is_same) {
        err = sl_refuse(diag, SL_E_CORRUPT, "", "another backup than was written");
    }
    if (err != SL_OK) {
        sl_diag_wrap(diag, "read again: %s", target->part);
    }
    sl_backup_reader_deinit(&reader);
    return err;
}

/* Durable, and never over another file. */
static enum sl_err rename_part(struct sl_backup_target *target, struct sl_diag *diag)
{
    int code = renameat2(AT_FDCWD, target->part, AT_FDCWD, target->path, RENAME_NOREPLACE) == 0
                   ? 0
                   : errno;
    if (code == EINVAL || code == ENOSYS) { /* a file system that does not know the flag */
        code = rename(target->part, target->path) == 0 ? 0 : errno;
    }
    if (code == EEXIST) {
        return refuse_existing(target, diag);
    }
    if (code != 0) {
        return sl_file_error(code, target->path, diag);
    }
    int dir = open(target->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (dir < 0 || fsync(dir) != 0) {
        code = errno;
        (void)unlink(
            target->path); /* it may not be there after a power cut, so it must not be now */
    }
    if (dir >= 0) {
        close(dir);
    }
    return code == 0 ? SL_OK : sl_file_error(code, target->dir, diag);
}

enum sl_err sl_backup_target_finish(struct sl_backup_target *target,
                                    const struct sl_backup_writer *writer,
                                    bool (*is_wanted)(void),
                                    struct sl_diag *diag)
{
    if (target->dir == NULL) {
        return SL_OK;
    }
    if (fsync(target->fd) != 0) {
        return sl_file_error(errno, target->part, diag);
    }
    enum sl_err err = verify(target, writer, is_wanted, diag);
    return err == SL_OK ? rename_part(target, diag) : err;
}

void sl_backup_target_close(struct sl_backup_target *target)
{
    if (target->dir == NULL || target->fd < 0) {
        return;
    }
    if (is_still_named(target)) {   /* else it was renamed */
        (void)unlink(target->part); /* what stays is written over by the next one */
    }
    close(target->fd);
    target->fd = -1;
}
