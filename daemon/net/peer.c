/* Peer credentials: the kernel says who connected; nothing a client sends can change it. */
#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/account.h"
#include "net/internal.h"

static_assert(sizeof(gid_t) == sizeof(uint32_t), "groups are read into numbers of this size");

/* The kernel's NGROUPS_MAX, which libc's headers do not know for sure. */
#define GROUPS_MAX 65536u

static bool make_room(struct sl_peer_cache *cache, size_t bytes)
{
    if (bytes > GROUPS_MAX * sizeof *cache->groups) {
        return false;
    }
    uint32_t *groups = realloc(cache->groups, bytes);
    if (groups != NULL) {
        cache->groups = groups;
        cache->group_bytes = bytes;
    }
    return groups != NULL;
}

/* All of them or none: with fewer, a group that is denied might be missed. */
static enum sl_err read_groups(int fd, struct sl_peer_cache *cache, struct sl_credentials *peer)
{
    socklen_t len = (socklen_t)cache->group_bytes;
    int failed = getsockopt(fd, SOL_SOCKET, SO_PEERGROUPS, cache->groups, &len);
    if (failed != 0 && errno == ERANGE) {
        if (!make_room(cache, len)) {
            return SL_E_NO_MEMORY;
        }
        failed = getsockopt(fd, SOL_SOCKET, SO_PEERGROUPS, cache->groups, &len);
    }
    if (failed != 0) {
        return SL_E_DENIED;
    }
    peer->groups = cache->groups;
    peer->group_count = len / sizeof *cache->groups;
    return SL_OK;
}

void sl_peer_warm(struct sl_peer_cache *cache)
{
    cache->uid = geteuid();
    cache->is_set = sl_account_find_name(cache->uid, cache->actor, sizeof cache->actor) == SL_OK;
}

enum sl_err sl_peer_read(int fd, struct sl_peer_cache *cache, struct sl_client_options *options)
{
    struct ucred peer;
    socklen_t len = sizeof peer;
    if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &len) != 0) {
        return SL_E_DENIED;
    }
    options->peer = (struct sl_credentials){.uid = peer.uid, .gid = peer.gid};
    enum sl_err err = read_groups(fd, cache, &options->peer);
    if (err != SL_OK) {
        return err;
    }
    if (!cache->is_set || cache->uid != peer.uid) {
        cache->is_set = false;
        err = sl_account_find_name(peer.uid, cache->actor, sizeof cache->actor);
        if (err != SL_OK) {
            return err; /* who has a name must not be recorded as a number */
        }
        cache->uid = peer.uid;
        cache->is_set = true;
    }
    options->actor = (struct sl_slice){(const uint8_t *)cache->actor, strlen(cache->actor)};
    return SL_OK;
}
