/* The soft maximum is ours to raise up to the hard one. */
#include "net/descriptors.h"

#include <sys/resource.h>

/* What the process has open besides: the ledger's files, the threads' and the loop's, a refused connection on its way out. */
#define DESCRIPTORS_BESIDES 64u

uint32_t sl_descriptors_for(uint32_t connections)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0) {
        return connections; /* it does not fail; the listener copes with too few */
    }
    rlim_t wanted = (rlim_t)connections + DESCRIPTORS_BESIDES;
    if (limit.rlim_cur != RLIM_INFINITY && limit.rlim_cur < wanted) {
        struct rlimit raised = limit;
        bool is_enough = limit.rlim_max == RLIM_INFINITY || limit.rlim_max >= wanted;
        raised.rlim_cur = is_enough ? wanted : limit.rlim_max;
        limit = setrlimit(RLIMIT_NOFILE, &raised) == 0 ? raised : limit;
    }
    if (limit.rlim_cur == RLIM_INFINITY || limit.rlim_cur >= wanted) {
        return connections;
    }
    return limit.rlim_cur > DESCRIPTORS_BESIDES ? (uint32_t)(limit.rlim_cur - DESCRIPTORS_BESIDES)
                                                : 1;
}
