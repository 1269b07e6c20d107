/* The order matters: groups while still root, then the group, then the user; and then a look whether it held. */
#include "base/process.h"

#include <errno.h>
#include <grp.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/account.h"

#define ROOT        0u
#define MODE_OTHERS 0077 /* what a new file does not give */
#define NAME_BYTES  64u

static enum sl_err
refuse_errno(struct sl_diag *diag, const char *field, const char *what, const char *whom)
{
    int code = errno;
    char text[128] = "";
    return sl_refuse(diag, SL_E_DENIED, field, "cannot %s%s: %s", what, whom,
                     strerror_r(code, text, sizeof text));
}

static bool is_already(const struct sl_account *account)
{
    uid_t real;
    uid_t effective;
    uid_t saved;
    return getresuid(&real, &effective, &saved) == 0 && real == account->uid &&
           effective == account->uid && saved == account->uid;
}

/* Whoever can become root again has not given it up. */
static bool can_go_back(const struct sl_account *account)
{
    bool is_root_group = account->gid == ROOT;
    return setuid(ROOT) == 0 || seteuid(ROOT) == 0 || (!is_root_group && setegid(ROOT) == 0);
}

static enum sl_err
change_to(const char *user, const struct sl_account *account, struct sl_diag *diag)
{
    if (initgroups(user, account->gid) != 0) {
        return refuse_errno(diag, "user", "take the groups of ", user);
    }
    if (setresgid(account->gid, account->gid, account->gid) != 0 ||
        setresuid(account->uid, account->uid, account->uid) != 0) {
        return refuse_errno(diag, "user", "become ", user);
    }
    if (account->uid == ROOT) {
        return SL_OK;
    }
    return is_already(account) && !can_go_back(account)
               ? SL_OK
               : sl_refuse(diag, SL_E_DENIED, "user", "became %s, and can become root again", user);
}

enum sl_err sl_process_become(const char *user, struct sl_diag *diag)
{
    if (user == NULL) {
        return SL_OK;
    }
    struct sl_account account;
    enum sl_err err = sl_account_find_user(user, &account);
    if (err == SL_E_NOT_FOUND) {
        return sl_refuse(diag, SL_E_USAGE, "user", "must be a user there is, is \"%s\"", user);
    }
    if (err != SL_OK) {
        return sl_refuse(diag, err, "user", "cannot look up \"%s\"", user);
    }
    if (is_already(&account)) {
        return SL_OK;
    }
    if (geteuid() != ROOT) {
        char own[NAME_BYTES];
        sl_account_name(geteuid(), own, sizeof own);
        return sl_refuse(diag, SL_E_USAGE, "user", "only root can become %s, started by %s", user,
                         own);
    }
    return change_to(user, &account, diag);
}

static enum sl_err set_core_dumps(bool dumps_core, struct sl_diag *diag)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_CORE, &limit) != 0) {
        return refuse_errno(diag, "", "read the limit of core files", "");
    }
    limit.rlim_cur = dumps_core ? limit.rlim_max : 0;
    limit.rlim_max = limit.rlim_cur;
    if (setrlimit(RLIMIT_CORE, &limit) != 0) {
        return refuse_errno(diag, "", "set the limit of core files", "");
    }
    /* A handler of the machine is given the memory whatever the limit says. */
    if (prctl(PR_SET_DUMPABLE, dumps_core ? 1L : 0L, 0L, 0L, 0L) != 0) {
        return refuse_errno(diag, "", "keep memory out of core files", "");
    }
    return SL_OK;
}

enum sl_err sl_process_harden(bool dumps_core, struct sl_diag *diag)
{
    (void)umask(MODE_OTHERS); /* gives what it was */
    if (prctl(PR_SET_NO_NEW_PRIVS, 1L, 0L, 0L, 0L) != 0) {
        return refuse_errno(diag, "", "give up new privileges", "");
    }
    return set_core_dumps(dumps_core, diag);
}
