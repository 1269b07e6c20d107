/* Peer credentials: the kernel says who connected; nothing a client sends can change it. */
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "net/internal.h"

/* User names go into records for ever: plain ones only, others are kept as numbers. */
static bool is_plain(const char *name)
{
    size_t len = strlen(name);
    for (size_t i = 0; i < len; i++) {
        if (name[i] <= ' ' || name[i] > '~') {
            return false;
        }
    }
    return len >= 1 && len <= SL_ACTOR_BYTES_MAX;
}

static void look_up(struct sl_peer_cache *cache, uid_t uid)
{
    struct passwd entry;
    struct passwd *found = NULL;
    char buffer[4096];
    int failed = getpwuid_r(uid, &entry, buffer, sizeof buffer, &found);
    if (failed == 0 && found != NULL && is_plain(entry.pw_name)) {
        (void)snprintf(cache->actor, sizeof cache->actor, "%s", entry.pw_name);
    } else {
        (void)snprintf(cache->actor, sizeof cache->actor, "uid:%lu", (unsigned long)uid);
    }
    cache->uid = uid;
    cache->is_set = true;
}

enum sl_err sl_peer_actor(int fd, struct sl_peer_cache *cache, struct sl_slice *ret_actor)
{
    struct ucred peer;
    socklen_t len = sizeof peer;
    if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &len) != 0) {
        return SL_E_DENIED;
    }
    if (!cache->is_set || cache->uid != peer.uid) {
        look_up(cache, peer.uid);
    }
    *ret_actor = (struct sl_slice){(const uint8_t *)cache->actor, strlen(cache->actor)};
    return SL_OK;
}
