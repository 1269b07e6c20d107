/* What each user has of the daemon: connections, and the memory kept for them. Both have a maximum for one user and one in all, so that
 * no user can lock out the others; some connections are kept for the operator (root, and the user the daemon runs as), who can then
 * still ask how the daemon is.
 *
 *     connections   │ of everybody, each user at most his maximum   │ reserved │
 *                   └───────────────────────────────────────────────┴──────────┘ sessions_max
 *
 * What is kept: requests that have not come whole or cannot be handled yet, and answers that were not taken. Whoever is above his maximum
 * gets BUSY instead of answers until it is taken. Above the common one that concerns only those who have more than an equal part of it. */
#ifndef SL_SERVICE_USERS_H
#define SL_SERVICE_USERS_H

#include "base/list.h"
#include "sl/err.h"
#include "sl/types.h"

struct sl_core_limits;
struct sl_client_options;

#define SL_USER_BUCKETS 64u

struct sl_user {
    struct sl_list link; /* bucket */
    uint32_t uid;
    uint32_t sessions;
    size_t kept; /* bytes */
};

struct sl_users {
    struct sl_list buckets[SL_USER_BUCKETS]; /* of users with connections, by uid */
    uint32_t count;                          /* of users */
    uint32_t sessions;
    size_t kept; /* bytes */
};

void sl_users_init(struct sl_users *users);

/* One more connection of his. SL_E_TOO_MANY (`diag` says of what), SL_E_NO_MEMORY. */
SL_MUST_CHECK enum sl_err sl_users_enter(struct sl_users *users,
                                         const struct sl_core_limits *limits,
                                         const struct sl_client_options *options,
                                         struct sl_user **ret_user,
                                         struct sl_diag *diag);

/* One less; with the last one `user` is gone. What was kept for it must be given back before. */
void sl_users_leave(struct sl_users *users, struct sl_user *user);

/* A connection of his keeps `after` bytes, and no more `before`. */
void sl_users_keep(struct sl_users *users, struct sl_user *user, size_t before, size_t after);

/* Would he be above his part with `more` bytes? */
bool sl_users_is_over(const struct sl_users *users,
                      const struct sl_core_limits *limits,
                      const struct sl_user *user,
                      size_t more);

#endif
