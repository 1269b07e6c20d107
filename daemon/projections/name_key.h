/* Where a name lies in the table `names`: near the names that came just before it.
 *
 * A checkpoint writes a page for every leaf it touches, so thousands of new names should fall on few leaves. Most ids count
 * upwards, and keys that sort as the ids do put them side by side; a hash of the text would scatter them over the whole table.
 * Three shapes, by the text alone, big-endian from the first bit of `hi` to the last of `lo`:
 *
 *     1 to 15 bytes    kind 4, length 4, the text, zeros           the key is the name: it sorts by length, then by text
 *     longer           kind 4, 0, stem 24, text 32, hash 64        stem: CRC32C of all but the last seven bytes; text: the next four
 *     UUID version 7   kind 4, 0, 0 (8 bits), time 48, hash 64     its milliseconds, since what follows them is random
 *
 * The hash is the first quarter of SHA-256 over the whole text. Keys of the first shape are equal only for equal names, and cost
 * no hash. Longer texts may share a key: the caller compares them, and goes on at sl_name_key_next. To lengthen that way on
 * purpose takes about 2^32 hashes for two names of one key, 2^43 for three, 2^48 for four; equal stems take next to nothing,
 * but only cost their maker the locality. A weaker hash would give long ways away, and SipHash as libcrypto has it takes as long as
 * SHA-256 with its digest at hand, 90 ns. Nothing else goes into a key, neither secret nor seed: the same log gives the same
 * table. */
#ifndef SL_PROJECTIONS_NAME_KEY_H
#define SL_PROJECTIONS_NAME_KEY_H

#include "projections/tables.h"
#include "sl/stored/hash.h"

#define SL_NAME_KEY_TEXT 15u /* bytes that fit into a key as they are */

/* Of a text of 1 to SL_ID_TEXT_BYTES_MAX bytes. */
struct sl_key sl_name_key(struct sl_sha256 *sha, unsigned kind, struct sl_slice text);

/* Whether its key is held by no other name. */
bool sl_name_key_is_exact(struct sl_slice text);

/* Where a name lies whose key another one holds. */
struct sl_key sl_name_key_next(struct sl_key key);

#endif
