/* The layout of a backup as numbers, for backup_write.c and backup_read.c; backup.h draws it. */
#ifndef SL_STORED_BACKUP_IMPL_H
#define SL_STORED_BACKUP_IMPL_H

#include "sl/stored/backup.h"

#define MAGIC         "slbackup"
#define START_BYTES   16u
#define AT_FORMAT     8u
#define AT_START_ZERO 12u

enum section_type { SECTION_HEAD = 1, SECTION_RECORDS = 2, SECTION_END = 3, SECTION_KEYS = 4 };

#define SECTION_BYTES 12u /* before the body */
#define AT_TYPE       0u
#define AT_LEN        4u
#define AT_CRC        8u

#define HEAD_BYTES   152u
#define AT_LEDGER_ID 0u
#define AT_TIMEZONE  16u
#define AT_CURRENCY  80u
#define AT_POLICY    84u
#define AT_CREATED   88u
#define AT_FIRST     96u
#define AT_LAST      104u
#define AT_TREE_SIZE 112u
#define AT_ROOT      120u

#define RECORDS_BYTES   16u /* before the records */
#define AT_FIRST_SEQ    0u
#define AT_COUNT        8u
#define AT_RECORDS_ZERO 12u

#define KEYS_BYTES   16u /* before the keys */
#define AT_SINCE     0u
#define AT_KEY_COUNT 8u
#define AT_KEYS_ZERO 12u

#define END_BYTES     72u
#define AT_END_COUNT  0u
#define AT_END_ROOT   8u
#define AT_END_DIGEST 40u

#define RECORD_LEN_BYTES 4u /* before each record */

/* backup_sum.c. SL_E_NO_MEMORY. */
SL_MUST_CHECK enum sl_err sl_backup_sum_init(struct sl_backup_sum *sum);
void sl_backup_sum_deinit(struct sl_backup_sum *sum);

/* The section's CRC; `head` is what stands before its body. */
uint32_t sl_backup_section_crc(const uint8_t *head, struct sl_slice body);

/* Takes one record from the front of *rest, verifies it, and adds it to the tree. SL_E_CORRUPT. */
SL_MUST_CHECK enum sl_err sl_backup_take_record(struct sl_backup_sum *sum,
                                                struct sl_slice *rest,
                                                struct sl_record *ret_record);

/* Are there as many records as the head says, with that root? SL_E_CORRUPT. */
SL_MUST_CHECK enum sl_err sl_backup_check_sum(struct sl_backup_sum *sum,
                                              const struct sl_backup_head *head,
                                              struct sl_diag *diag);

#endif
