/* Users and groups as the system's databases name them. Asking may take as long as a network does: at the start, or when a user who was
 * not the last one connects. */
#ifndef SL_BASE_ACCOUNT_H
#define SL_BASE_ACCOUNT_H

#include "sl/err.h"
#include "sl/types.h"

struct sl_account {
    uint32_t uid;
    uint32_t gid; /* of its primary group */
};

/* SL_E_NOT_FOUND, SL_E_IO (the database did not answer), SL_E_NO_MEMORY. */
SL_MUST_CHECK enum sl_err sl_account_find_user(const char *name, struct sl_account *ret_account);
SL_MUST_CHECK enum sl_err sl_account_find_group(const char *name, uint32_t *ret_gid);

/* The user's name, NUL-terminated; "uid:1000" if there is none, or one that is not 1 to size - 1 plain characters: names go into records
 * for ever. `size` is at least SL_ACCOUNT_NUMBER_BYTES. */
#define SL_ACCOUNT_NUMBER_BYTES 16u
void sl_account_name(uint32_t uid, char *ret_name, size_t size);
/* The same for a name that is kept: SL_E_IO and SL_E_NO_MEMORY if it cannot be told now whether there is one. */
SL_MUST_CHECK enum sl_err sl_account_find_name(uint32_t uid, char *ret_name, size_t size);

#endif
