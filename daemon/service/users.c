/* A table of a few lists: users are few, and looked up only when somebody connects. */
#include "service/users.h"

#include <stdlib.h>

#include "service/client_session.h"
#include "service/core.h"

void sl_users_init(struct sl_users *users)
{
    *users = (struct sl_users){0};
    for (size_t i = 0; i < SL_USER_BUCKETS; i++) {
        sl_list_init(&users->buckets[i]);
    }
}

static struct sl_user *find(struct sl_list *bucket, uint32_t uid)
{
    sl_list_each (link, bucket) {
        struct sl_user *user = sl_list_entry(link, struct sl_user, link);
        if (user->uid == uid) {
            return user;
        }
    }
    return NULL;
}

static enum sl_err check_room(const struct sl_users *users,
                              const struct sl_core_limits *limits,
                              const struct sl_client_options *options,
                              uint32_t of_user,
                              struct sl_diag *diag)
{
    uint32_t max = limits->sessions_max;
    if (users->sessions >= max) {
        return sl_refuse(diag, SL_E_TOO_MANY, "", "at most %u connections, all are open", max);
    }
    if (!options->is_operator && users->sessions >= max - limits->sessions_reserved) {
        return sl_refuse(diag, SL_E_TOO_MANY, "",
                         "at most %u connections, those that are left are the operator's", max);
    }
    if (of_user >= limits->sessions_per_user_max) {
        return sl_refuse(diag, SL_E_TOO_MANY, "", "at most %u connections of one user",
                         limits->sessions_per_user_max);
    }
    return SL_OK;
}

enum sl_err sl_users_enter(struct sl_users *users,
                           const struct sl_core_limits *limits,
                           const struct sl_client_options *options,
                           struct sl_user **ret_user,
                           struct sl_diag *diag)
{
    struct sl_list *bucket = &users->buckets[options->peer.uid % SL_USER_BUCKETS];
    struct sl_user *user = find(bucket, options->peer.uid);
    enum sl_err err = check_room(users, limits, options, user == NULL ? 0 : user->sessions, diag);
    if (err != SL_OK) {
        return err;
    }
    if (user == NULL) {
        user = calloc(1, sizeof *user);
        if (user == NULL) {
            return SL_E_NO_MEMORY;
        }
        user->uid = options->peer.uid;
        sl_list_push_back(bucket, &user->link);
        users->count++;
    }
    user->sessions++;
    users->sessions++;
    *ret_user = user;
    return SL_OK;
}

void sl_users_leave(struct sl_users *users, struct sl_user *user)
{
    users->sessions--;
    user->sessions--;
    if (user->sessions == 0) {
        SL_ASSERT(user->kept == 0);
        sl_list_remove(&user->link);
        users->count--;
        free(user);
    }
}

void sl_users_keep(struct sl_users *users, struct sl_user *user, size_t before, size_t after)
{
    users->kept += after - before; /* wraps where it is less, and so fits again */
    user->kept += after - before;
}

bool sl_users_is_over(const struct sl_users *users,
                      const struct sl_core_limits *limits,
                      const struct sl_user *user,
                      size_t more)
{
    return user->kept + more > limits->kept_per_user_max ||
           (users->kept + more > limits->kept_max &&
            user->kept + more > limits->kept_max / users->count);
}
