/* The environment as LMDB tells of it. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "codec/figures.h"
#include "store/env.h"

struct reader_list {
    struct sl_database_figures *figures;
    uint64_t latest_txn;
};

/* LMDB gives its readers only as text, after a line of headings: "  4711 7f3a2c 812", with "-" for one that reads nothing now. */
static int look_at_reader(const char *line, void *ctx)
{
    const struct reader_list *list = ctx;
    const char *txn_text = strrchr(line, ' ');
    char *end = NULL;
    uint64_t txn = txn_text == NULL ? 0 : strtoull(txn_text + 1, &end, 10);
    if (end == NULL || end == txn_text + 1) {
        return 0; /* the headings, or a reader between two transactions */
    }
    list->figures->readers++;
    uint64_t lag = list->latest_txn > txn ? list->latest_txn - txn : 0;
    list->figures->reader_lag = lag > list->figures->reader_lag ? lag : list->figures->reader_lag;
    return 0;
}

void sl_env_look(const struct sl_env *env, struct sl_database_figures *ret_figures)
{
    MDB_envinfo info;
    MDB_stat stat;
    struct stat file;
    int fd;
    *ret_figures = (struct sl_database_figures){0};
    if (mdb_env_info(env->mdb, &info) != 0 || mdb_env_stat(env->mdb, &stat) != 0 ||
        mdb_env_get_fd(env->mdb, &fd) != 0 || fstat(fd, &file) != 0) {
        return;
    }
    ret_figures->file_bytes = (uint64_t)file.st_size;
    ret_figures->used_bytes = (info.me_last_pgno + 1) * (uint64_t)stat.ms_psize;
    ret_figures->map_bytes = info.me_mapsize;
    ret_figures->page_bytes = stat.ms_psize;
    ret_figures->readers_max = info.me_maxreaders;
    struct reader_list list = {ret_figures, info.me_last_txnid};
    (void)mdb_reader_list(env->mdb, look_at_reader, &list); /* what could be read is counted */
}
