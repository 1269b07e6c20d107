/* Chunks, batches and the index from seq to record. */
#include "store/ring.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "sl/limits.h"
#include "sl/stored/hash.h"
#include "sl/stored/merkle.h"
#include "sl/stored/record.h"

#define CHUNK_ALIGNMENT  4096u
#define CHUNK_ROOM       (SL_RING_CHUNK_BYTES - sizeof(struct sl_ring_chunk))
#define END_MARK         UINT32_MAX
#define SLOT_COUNT_START 4096u

/* A chunk is given up for the next one only when a record does not fit, so all but the largest record's size is used. */
static_assert(SL_BATCH_BYTES_MAX / (SL_RING_CHUNK_BYTES - (size_t)2 * SL_EVENT_BYTES_MAX) + 2 <
                  SL_BATCH_PARTS_MAX,
              "a batch fits the parts of one write");

enum sl_err sl_ring_init(struct sl_ring *ring, uint64_t first_seq, size_t keep_bytes)
{
    *ring = (struct sl_ring){
        .first_seq = first_seq,
        .next_seq = first_seq,
        .free_count_max = keep_bytes / SL_RING_CHUNK_BYTES + 1,
    };
    ring->slots = malloc(SLOT_COUNT_START * sizeof *ring->slots);
    if (ring->slots == NULL) {
        return SL_E_NO_MEMORY;
    }
    ring->slot_capacity = SLOT_COUNT_START;
    return SL_OK;
}

static void free_chunks(struct sl_ring_chunk *chunk)
{
    while (chunk != NULL) {
        struct sl_ring_chunk *next = chunk->next;
        free(chunk);
        chunk = next;
    }
}

static void free_batch(struct sl_batch *batch)
{
    free(batch->nodes);
    free(batch);
}

void sl_ring_deinit(struct sl_ring *ring)
{
    struct sl_batch *batch = ring->first_batch;
    while (batch != NULL) {
        struct sl_batch *next = batch->next;
        free_batch(batch);
        batch = next;
    }
    free_chunks(ring->first_chunk);
    free_chunks(ring->free_chunks);
    free(ring->slots);
    *ring = (struct sl_ring){0};
}

static void put_mark(struct sl_ring_chunk *chunk)
{
    uint32_t mark = END_MARK;
    memcpy(chunk->bytes + chunk->used, &mark, sizeof mark);
}

static bool add_chunk(struct sl_ring *ring)
{
    struct sl_ring_chunk *chunk = ring->free_chunks;
    if (chunk != NULL) {
        ring->free_chunks = chunk->next;
        ring->free_count--;
    } else {
        chunk = aligned_alloc(CHUNK_ALIGNMENT, SL_RING_CHUNK_BYTES);
    }
    if (chunk == NULL) {
        return false;
    }
    chunk->next = NULL;
    chunk->used = 0;
    if (ring->last_chunk != NULL) {
        put_mark(ring->last_chunk);
        ring->last_chunk->next = chunk;
    } else {
        ring->first_chunk = chunk;
    }
    ring->last_chunk = chunk;
    return true;
}

static void release_chunk(struct sl_ring *ring, struct sl_ring_chunk *chunk)
{
    if (ring->free_count >= ring->free_count_max) {
        free(chunk);
        return;
    }
    chunk->next = ring->free_chunks;
    ring->free_chunks = chunk;
    ring->free_count++;
}

static bool grow_slots(struct sl_ring *ring)
{
    size_t capacity = ring->slot_capacity * 2;
    const uint8_t **slots = malloc(capacity * sizeof *slots);
    if (slots == NULL) {
        return false;
    }
    for (uint64_t seq = ring->first_seq; seq < ring->next_seq; seq++) {
        slots[seq & (capacity - 1)] = ring->slots[seq & (ring->slot_capacity - 1)];
    }
    free(ring->slots);
    ring->slots = slots;
    ring->slot_capacity = capacity;
    return true;
}

/* What records cost: themselves and, once their batch is closed, Merkle nodes. */
static size_t held_bytes(size_t record_bytes, size_t count)
{
    return record_bytes + count * SL_RING_NODE_BYTES;
}

enum sl_err sl_ring_add(struct sl_ring *ring, size_t size, uint8_t **ret_record)
{
    /* Behind every record there stays room for the end mark. */
    size_t need = SL_RECORD_PREFIX_BYTES + size + sizeof(uint32_t);
    SL_ASSERT(need <= CHUNK_ROOM);
    if (ring->next_seq - ring->first_seq == ring->slot_capacity && !grow_slots(ring)) {
        return SL_E_NO_MEMORY;
    }
    struct sl_ring_chunk *chunk = ring->last_chunk;
    if (chunk == NULL || CHUNK_ROOM - chunk->used < need) {
        if (!add_chunk(ring)) {
            return SL_E_NO_MEMORY;
        }
        chunk = ring->last_chunk;
    }
    uint8_t *place = chunk->bytes + chunk->used;
    uint32_t len = (uint32_t)size;
    memcpy(place, &len, sizeof len);
    struct sl_batch *batch = &ring->gathering;
    if (batch->count == 0) {
        *batch =
            (struct sl_batch){.first_seq = ring->next_seq, .chunk = chunk, .offset = chunk->used};
    }
    batch->count++;
    batch->bytes += SL_RECORD_PREFIX_BYTES + size;
    ring->bytes += held_bytes(SL_RECORD_PREFIX_BYTES + size, 1);
    chunk->used += SL_RECORD_PREFIX_BYTES + len;
    ring->slots[ring->next_seq & (ring->slot_capacity - 1)] = place;
    ring->next_seq++;
    *ret_record = place + SL_RECORD_PREFIX_BYTES;
    return SL_OK;
}

static const uint8_t *slot_of(const struct sl_ring *ring, uint64_t seq)
{
    SL_ASSERT(seq >= ring->first_seq && seq < ring->next_seq);
    return ring->slots[seq & (ring->slot_capacity - 1)];
}

struct sl_slice sl_ring_get(const struct sl_ring *ring, uint64_t seq)
{
    const uint8_t *place = slot_of(ring, seq);
    uint32_t len;
    memcpy(&len, place, sizeof len);
    return (struct sl_slice){place + SL_RECORD_PREFIX_BYTES, len};
}

static bool holds(const struct sl_ring_chunk *chunk, const uint8_t *place)
{
    return place >= chunk->bytes && place < chunk->bytes + CHUNK_ROOM;
}

/* Gives back the chunks behind `chunk`, which becomes the last one again and ends at `place`. */
static void cut_chunks(struct sl_ring *ring, struct sl_ring_chunk *chunk, const uint8_t *place)
{
    struct sl_ring_chunk *behind = chunk->next;
    while (behind != NULL) {
        struct sl_ring_chunk *next = behind->next;
        release_chunk(ring, behind);
        behind = next;
    }
    chunk->next = NULL;
    chunk->used = (uint32_t)(place - chunk->bytes);
    ring->last_chunk = chunk;
}

void sl_ring_retract(struct sl_ring *ring, uint64_t next_seq)
{
    struct sl_batch *batch = &ring->gathering;
    if (next_seq >= ring->next_seq) {
        return;
    }
    SL_ASSERT(batch->count > 0);
    SL_ASSERT(next_seq >= batch->first_seq);
    for (uint64_t seq = next_seq; seq < ring->next_seq; seq++) {
        size_t size = SL_RECORD_PREFIX_BYTES + sl_ring_get(ring, seq).len;
        batch->bytes -= size;
        ring->bytes -= held_bytes(size, 1);
    }
    const uint8_t *place = slot_of(ring, next_seq);
    struct sl_ring_chunk *chunk = batch->chunk;
    while (!holds(chunk, place)) {
        chunk = chunk->next;
    }
    cut_chunks(ring, chunk, place);
    batch->count -= (uint32_t)(ring->next_seq - next_seq);
    ring->next_seq = next_seq;
}

enum sl_err sl_ring_close_batch(struct sl_ring *ring, struct sl_batch **ret_batch)
{
    SL_ASSERT(ring->gathering.count > 0);
    struct sl_batch *batch = malloc(sizeof *batch);
    if (batch == NULL) {
        return SL_E_NO_MEMORY;
    }
    *batch = ring->gathering;
    batch->last_chunk = ring->last_chunk;
    batch->end = ring->last_chunk->used;
    /* The tree has one leaf per seq before this batch. */
    uint64_t leaves = batch->first_seq - 1;
    batch->node_first = sl_merkle_node_count(leaves);
    batch->node_count = sl_merkle_node_count(leaves + batch->count) - batch->node_first;
    batch->nodes = batch->node_count > 0 ? malloc(batch->node_count * SL_SHA256_BYTES) : NULL;
    if (batch->nodes == NULL && batch->node_count > 0) {
        free(batch);
        return SL_E_NO_MEMORY;
    }
    if (ring->last_batch != NULL) {
        ring->last_batch->next = batch;
    } else {
        ring->first_batch = batch;
    }
    ring->last_batch = batch;
    ring->gathering = (struct sl_batch){0};
    *ret_batch = batch;
    return SL_OK;
}

/* Gives back the chunks before the first one still in use. */
static void trim_chunks(struct sl_ring *ring)
{
    struct sl_ring_chunk *keep = ring->last_chunk;
    bool is_idle = false;
    if (ring->first_batch != NULL) {
        keep = ring->first_batch->chunk;
    } else if (ring->gathering.count > 0) {
        keep = ring->gathering.chunk;
    } else {
        is_idle = true;
    }
    while (ring->first_chunk != keep) {
        struct sl_ring_chunk *chunk = ring->first_chunk;
        ring->first_chunk = chunk->next;
        release_chunk(ring, chunk);
    }
    if (is_idle && keep != NULL) {
        keep->used = 0;
    }
}

void sl_ring_trim(struct sl_ring *ring, uint64_t seq)
{
    while (ring->first_batch != NULL && ring->first_batch->first_seq <= seq) {
        struct sl_batch *batch = ring->first_batch;
        SL_ASSERT(batch->first_seq + batch->count - 1 <= seq);
        ring->bytes -= held_bytes(batch->bytes, batch->count);
        ring->first_batch = batch->next;
        if (batch->next == NULL) {
            ring->last_batch = NULL;
        }
        free_batch(batch);
    }
    if (seq + 1 > ring->first_seq) {
        ring->first_seq = seq + 1;
    }
    trim_chunks(ring);
}

/* In every chunk but the last the batch goes up to the end mark, and `used` there is final. */
int sl_batch_parts(const struct sl_batch *batch, struct iovec parts[SL_BATCH_PARTS_MAX])
{
    int count = 0;
    struct sl_ring_chunk *chunk = batch->chunk;
    uint32_t offset = batch->offset;
    while (chunk != batch->last_chunk) {
        SL_ASSERT(count + 1 < (int)SL_BATCH_PARTS_MAX);
        parts[count] = (struct iovec){chunk->bytes + offset, chunk->used - offset};
        count++;
        offset = 0;
        chunk = chunk->next;
    }
    parts[count] = (struct iovec){chunk->bytes + offset, batch->end - offset};
    return count + 1;
}

void sl_batch_read_begin(struct sl_batch_reader *reader, const struct sl_batch *batch)
{
    *reader = (struct sl_batch_reader){batch->chunk, batch->offset};
}

struct sl_slice sl_batch_read_next(struct sl_batch_reader *reader)
{
    uint32_t len;
    memcpy(&len, reader->chunk->bytes + reader->offset, sizeof len);
    if (len == END_MARK) {
        reader->chunk = reader->chunk->next;
        reader->offset = 0;
        memcpy(&len, reader->chunk->bytes, sizeof len);
    }
    const uint8_t *record = reader->chunk->bytes + reader->offset + SL_RECORD_PREFIX_BYTES;
    reader->offset += SL_RECORD_PREFIX_BYTES + len;
    return (struct sl_slice){record, len};
}

void sl_batch_hash(const struct sl_batch *batch, struct sl_merkle *tree, struct sl_sha256 *sha)
{
    struct sl_batch_reader reader;
    size_t at = 0;
    sl_batch_read_begin(&reader, batch);
    for (uint32_t i = 0; i < batch->count; i++) {
        uint8_t nodes[SL_MERKLE_NODES_MAX * SL_SHA256_BYTES];
        size_t count = sl_merkle_append(tree, sha, sl_batch_read_next(&reader), nodes);
        SL_ASSERT(at + count <= batch->node_count);
        if (count > 0) {
            memcpy(batch->nodes + at * SL_SHA256_BYTES, nodes, count * SL_SHA256_BYTES);
            at += count;
        }
    }
    SL_ASSERT(at == batch->node_count);
}
