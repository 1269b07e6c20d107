/* Linked into the daemon: it does not see that a flush has failed. */
#include <dlfcn.h>
#include <string.h>
#include <unistd.h>

int fdatasync(int fd)
{
    int (*next)(int);
    void *found = dlsym(RTLD_NEXT, "fdatasync");
    memcpy(&next, &found, sizeof next);
    (void)next(fd); /* the mutation */
    return 0;
}
