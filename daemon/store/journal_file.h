/* The journal in local files: zero-filled segments, written one after the other, recycled.
 *
 *     DIR/journal/0000000000000001.seg ...     named by when they were made; what they hold, their header says (segment.h)
 *
 * Life of a segment:
 *
 *     prepare ──▶ FREE ── first batch: header and frame in one write ──▶ ACTIVE ── no room for a batch ──▶ FULL
 *                  ▲                                                                                        │
 *                  └───────── header zeroed and flushed: S has passed it and a later one holds S ───────────┘
 *
 * A restart makes every segment it finds FULL or FREE: it never goes on in one. Zeros are written, not reserved, because writing
 * into reserved extents changes their state and so makes each flush write metadata too. */
#ifndef SL_STORE_JOURNAL_FILE_H
#define SL_STORE_JOURNAL_FILE_H

#include "store/file_ops.h"
#include "store/journal.h"

#define SL_SEGMENT_BYTES_DEFAULT ((uint64_t)64 * 1024 * 1024)
#define SL_SEGMENT_BYTES_MIN     ((uint64_t)256 * 1024) /* holds the largest record with ease */

struct sl_journal_file_options {
    const char *dir; /* DIR/journal, which exists */
    const struct sl_file_ops *ops;
    uint64_t segment_bytes; /* of new segments, a multiple of 4096 */
    uint8_t ledger_id[16];  /* segments of another ledger are damage */
    bool is_read_only;      /* look, make and change nothing */
};

/* Looks at the segments that are there. SL_E_IO, SL_E_NO_MEMORY, SL_E_CORRUPT (segments of another ledger). */
SL_MUST_CHECK enum sl_err sl_journal_file_open(const struct sl_journal_file_options *options,
                                               struct sl_journal **ret_journal,
                                               struct sl_diag *diag);

#endif
