/* A backup: the log of one ledger from its first record to one position, in one file that says itself what it is. The state is not in
 * it: it is made anew from the records. All numbers are little-endian.
 *
 *     offset  0   8   "slbackup"
 *             8   4   format, 1
 *            12   4   0
 *            16       sections, one behind the other, up to the end of the file:
 *
 *     HEAD (1) │ RECORDS (2) │ ... │ RECORDS │ KEYS (4) │ ... │ KEYS │ END (3)
 *
 *     a section    0   4   type; one that a reader does not know is refused, so that nothing is left out in silence
 *                  4   4   length of the body, at most SL_BACKUP_BODY_BYTES_MAX
 *                  8   4   CRC32C over the eight bytes before and the body
 *                 12       body
 *
 *     HEAD         0  16   ledger id
 *                 16  64   time zone, an IANA name, zeros behind it
 *                 80   4   currency, a zero behind it
 *                 84   4   policy: 0 open, 1 strict
 *                 88   8   created, microseconds since 1970
 *                 96   8   seq of the first record, 1
 *                104   8   seq of the last one; 0: there is none
 *                112   8   leaves of the tree, as many as records
 *                120  32   its root (merkle.h)
 *
 *     RECORDS      0   8   seq of the first one in here
 *                  8   4   how many, at least 1
 *                 12   4   0
 *                 16       records (record.h), each behind its length in 4 bytes
 *
 *     KEYS                  only in a backup that was asked to hold them, then at least one: backup_key.h
 *
 *     END          0   8   records in all
 *                  8  32   the root once more
 *                 40  32   SHA-256 over every byte of the file before this section
 *
 * What is written is verified while it is written, and what is read while it is read: checksums, the order of seqs, the root made anew
 * from the records, the form and order of keys, the digest, and that nothing follows. */
#ifndef SL_STORED_BACKUP_H
#define SL_STORED_BACKUP_H

#include "sl/err.h"
#include "sl/stored/backup_key.h"
#include "sl/stored/hash.h"
#include "sl/stored/merkle.h"
#include "sl/stored/record.h"
#include "sl/types.h"

#define SL_BACKUP_FORMAT 1u

/* A body of records ends with the first one by which it has as many bytes, so that all backups of one position are the same, byte for byte;
 * one of keys likewise. A reader takes more. */
#define SL_BACKUP_BODY_BYTES     ((size_t)256 * 1024)
#define SL_BACKUP_BODY_BYTES_MAX ((size_t)512 * 1024)

/* Of whose log, and up to where. */
struct sl_backup_head {
    uint8_t ledger_id[16];
    char timezone[64]; /* IANA name */
    char currency[4];
    uint32_t policy; /* 0 open, 1 strict */
    sl_time created;
    sl_seq last; /* 0: the log is empty */
    uint8_t root[SL_SHA256_BYTES];
};

/* What both ways add up. */
struct sl_backup_sum {
    struct sl_sha256 file; /* over the bytes so far; under way */
    struct sl_sha256 leaf;
    struct sl_merkle tree;
    uint64_t offset; /* of the section at hand, or behind the last one */
};

/* ── writing ── */

struct sl_backup_writer {
    int fd;           /* borrowed */
    const char *name; /* of the file, for messages; borrowed */
    struct sl_backup_head head;
    struct sl_backup_sum sum;
    struct sl_backup_keys keys;
    uint8_t *body; /* of the records or keys at hand */
    size_t body_len;
    uint32_t body_count;
};

/* Writes the beginning. SL_E_NO_MEMORY, SL_E_NO_SPACE, SL_E_IO. */
SL_MUST_CHECK enum sl_err sl_backup_write_head(struct sl_backup_writer *writer,
                                               int fd,
                                               const char *name,
                                               const struct sl_backup_head *head,
                                               struct sl_diag *diag);

struct sl_backup_block {
    sl_seq first;
    uint32_t count;
    struct sl_slice records; /* each behind its length in 4 bytes */
};

/* Verifies the records, which go on where the last ones ended, and writes them, in blocks of its own. SL_E_CORRUPT names the seq; the errors of writing. */
SL_MUST_CHECK enum sl_err sl_backup_write_records(struct sl_backup_writer *writer,
                                                  const struct sl_backup_block *block,
                                                  struct sl_diag *diag);

/* Verifies keys, each of SL_BACKUP_KEY_BYTES, which follow the last ones, and writes them: behind all records, and all with the same
 * `since`. None at all is written, too: that there is none. SL_E_CORRUPT; the errors of writing. */
SL_MUST_CHECK enum sl_err sl_backup_write_keys(struct sl_backup_writer *writer,
                                               sl_seq since,
                                               struct sl_slice keys,
                                               struct sl_diag *diag);

/* Writes the end, if what was written is what the head says. SL_E_CORRUPT; the errors of writing. */
SL_MUST_CHECK enum sl_err sl_backup_write_end(struct sl_backup_writer *writer,
                                              struct sl_diag *diag);
void sl_backup_writer_deinit(struct sl_backup_writer *writer); /* a zeroed one is fine */

/* ── reading ── */

struct sl_backup_reader {
    int fd; /* borrowed; may be a pipe */
    /* Whoever wants the keys says so after the beginning: each is lent, and an error ends the reading. NULL: they are only verified. */
    enum sl_err (*take_key)(void *ctx, const struct sl_backup_key *key, struct sl_diag *diag);
    void *ctx;
    struct sl_backup_head head;
    struct sl_backup_sum sum;
    struct sl_backup_keys keys;
    uint8_t *body;        /* of the section at hand */
    struct sl_slice rest; /* of its records */
    uint32_t left;        /* records in it */
};

/* Reads the beginning: `head` is known then. SL_E_FORMAT (no backup, or of another version), SL_E_CORRUPT, which names the offset, SL_E_IO,
 * SL_E_NO_MEMORY. To be deinitialised in any case. */
SL_MUST_CHECK enum sl_err
sl_backup_reader_init(struct sl_backup_reader *reader, int fd, struct sl_diag *diag);

/* The next record, on loan until the next call. SL_E_NOT_FOUND: that was the last, the keys were taken, and the whole file is as it should
 * be. Else the errors of the beginning, and of `take_key`. */
SL_MUST_CHECK enum sl_err
sl_backup_next(struct sl_backup_reader *reader, struct sl_record *ret_record, struct sl_diag *diag);
void sl_backup_reader_deinit(struct sl_backup_reader *reader); /* a zeroed one is fine */

#endif
