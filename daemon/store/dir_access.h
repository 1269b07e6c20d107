/* May this process keep a ledger there? Asked before anything in the directory is touched, so that whoever starts the daemon as the wrong
 * user hears it in those words, and leaves no file behind that the right one could not open. */
#ifndef SL_STORE_DIR_ACCESS_H
#define SL_STORE_DIR_ACCESS_H

#include "sl/err.h"

/* SL_OK also where there is no directory. SL_E_DENIED: it belongs to another user (root, too, is another), everyone may write to it, or
 * this one may not. SL_E_IO: its file system is read-only. `diag` names directory, users and rule. */
SL_MUST_CHECK enum sl_err sl_dir_check_access(const char *dir, struct sl_diag *diag);

/* Why a file or directory cannot be opened or made, `code` being the errno: SL_E_DENIED with the users if it is theirs to allow, else as
 * sl_file_error. */
enum sl_err sl_dir_refuse(int code, const char *path, struct sl_diag *diag);

#endif
