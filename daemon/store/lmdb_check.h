/* Is data.mdb sound as a file of LMDB? Every page that is in use is looked at, before LMDB is let at it: which of them there are, that none
 * is used twice or is free as well, that keys ascend through the whole of a tree, and that trees have the pages and entries that they are
 * said to have. What the values hold is for others to tell (record.h, row_seal.h). */
#ifndef SL_STORE_LMDB_CHECK_H
#define SL_STORE_LMDB_CHECK_H

#include "store/lmdb_walk.h"

/* A start looks at every page of a file up to this size, which takes a tenth of a second; of a larger one at its branches. */
#define SL_LMDB_DEEP_BYTES_MAX ((uint64_t)256 * 1024 * 1024)

/* Of a file whose pages take more than `deep_bytes_max`, branches are read and leaves are not: less than a hundredth of it.
 * *ret_is_deep says whether they were. The file is not written. SL_E_FORMAT, SL_E_CORRUPT with page and table, SL_E_IO, SL_E_NO_MEMORY. */
SL_MUST_CHECK enum sl_err
sl_lmdb_check(const char *path, uint64_t deep_bytes_max, bool *ret_is_deep, struct sl_diag *diag);

#endif
