/* Who may do what: three rights, a list of rules for each, and one table that says which request takes which right.
 *
 *     --allow-append  alice,@sales,!@interns     users, groups; ! denies
 *     --allow-read    *                          everyone who may connect, the default of append and read
 *     --allow-admin   uid:0                      by number; gid:N, too
 *
 * A denial wins over whatever allows, wherever it stands; who matches nothing is denied. "!*" denies everyone.
 *
 * Names become numbers when the rules are read: users and groups that are changed later take a restart. Who is in which group is what the
 * kernel knew of the peer when it connected. So rights are decided once for each connection, and requests only look at a bit. */
#ifndef SL_SERVICE_ACCESS_H
#define SL_SERVICE_ACCESS_H

#include "codec/wire.h"
#include "sl/err.h"
#include "sl/limits.h"

enum sl_right {
    SL_RIGHT_NONE, /* what everyone may who can connect */
    SL_RIGHT_APPEND,
    SL_RIGHT_READ,
    SL_RIGHT_ADMIN,
    SL_RIGHTS
};

/* Of a process, as the kernel vouches for it. */
struct sl_credentials {
    uint32_t uid;
    uint32_t gid;
    const uint32_t *groups; /* supplementary ones, any order */
    size_t group_count;
};

enum sl_access_whom {
    SL_ACCESS_ALL,
    SL_ACCESS_USER,
    SL_ACCESS_GROUP,
};

struct sl_access_item {
    enum sl_access_whom whom;
    bool is_denied;
    uint32_t id; /* uid or gid */
};

struct sl_access_list {
    struct sl_access_item items[SL_ACCESS_ITEMS_MAX];
    size_t count;
};

struct sl_access {
    struct sl_access_list lists[SL_RIGHTS]; /* that of SL_RIGHT_NONE is not looked at */
};

/* The lists as the command line gives them; NULL: the default, which for admin is root and `owner`. SL_E_USAGE: an empty item or list, an
 * unknown name, a number out of range, more than SL_ACCESS_ITEMS_MAX items, a name above SL_ACCESS_NAME_BYTES_MAX, a list that allows
 * nobody; `diag` names option, rule and item. SL_E_IO if the user database does not answer, SL_E_NO_MEMORY. */
struct sl_access_texts {
    const char *append;
    const char *read;
    const char *admin;
    uint32_t owner; /* the uid the daemon runs as */
};
SL_MUST_CHECK enum sl_err sl_access_init(const struct sl_access_texts *texts,
                                         struct sl_access *ret_access,
                                         struct sl_diag *diag);

/* What whoever has these credentials may: bit 1 << right of each. Without rules (NULL) that is everything. */
unsigned sl_access_rights(const struct sl_access *access, const struct sl_credentials *who);
#define SL_RIGHT_BIT(right) (1u << (right))
#define SL_RIGHTS_ALL       (SL_RIGHT_BIT(SL_RIGHTS) - 1)

/* Which right a request takes. */
enum sl_right sl_access_right_of(enum sl_request_kind kind);

/* "append", "read", "admin"; "connect" for SL_RIGHT_NONE. */
const char *sl_right_name(enum sl_right right);

#endif
