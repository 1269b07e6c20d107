/* The ledger's directory: making it, owning it alone, and refusing file systems that cannot keep the store's promises. */
#ifndef SL_STORE_DIR_H
#define SL_STORE_DIR_H

#include <dirent.h>

#include "sl/err.h"
#include "sl/types.h"

#define SL_DIR_BYTES_MAX 4000u

/* "dir/name" into `path` of `size` bytes. SL_E_TOO_BIG. */
SL_MUST_CHECK enum sl_err sl_dir_path(const char *dir, const char *name, char *path, size_t size);

/* Makes the directory, if it is not there, and its parent's entry durable. One that is there is looked at: dir_access.h. */
SL_MUST_CHECK enum sl_err sl_dir_make(const char *dir, struct sl_diag *diag);

/* The name of the next entry but "." and "..", lent until the next call; NULL at the end. `what` names the directory if it fails. */
SL_MUST_CHECK enum sl_err
sl_dir_next(DIR *dir, const char *what, const char **ret_name, struct sl_diag *diag);

/* SL_E_EXISTS if it holds anything. */
SL_MUST_CHECK enum sl_err sl_dir_check_empty(const char *path, struct sl_diag *diag);

/* fsync of a directory. */
SL_MUST_CHECK enum sl_err sl_dir_sync(const char *dir, struct sl_diag *diag);

/* SL_E_NETWORK_FS for NFS, SMB, 9p, AFS, Ceph, Lustre, Coda, and FUSE mounts known to reach another machine. */
SL_MUST_CHECK enum sl_err sl_dir_check_fs(const char *dir, struct sl_diag *diag);

/* Is this statfs magic number a network file system's? */
bool sl_dir_is_network_magic(uint64_t magic);
/* Is this mount type, as in /proc/self/mountinfo, one of FUSE that reaches another machine? */
bool sl_dir_is_network_fuse(const char *type);

/* Takes DIR/lock, shared, for who only reads. The directory must be ours, but may lie on a read-only file system; where there is no lock
 * then, *ret_fd stays as it is. SL_E_LOCKED if a process owns the directory. */
SL_MUST_CHECK enum sl_err sl_dir_lock_shared(const char *dir, int *ret_fd, struct sl_diag *diag);

/* Takes DIR/lock, of a directory that is ours (dir_access.h); *ret_fd holds it until closed. SL_E_LOCKED if another process has it. */
SL_MUST_CHECK enum sl_err
sl_dir_lock(const char *dir, bool may_create, int *ret_fd, struct sl_diag *diag);

#endif
