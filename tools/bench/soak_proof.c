/* One mark of eight bytes for each seq: the random part of an id. */
#include "soak_proof.h"

#include "fail.h"
#include "sl/id.h"
#include <stdlib.h>
#include <string.h>

void sl_soak_proof_deinit(struct sl_soak_proof *proof)
{
    free(proof->marks);
    proof->marks = NULL;
}

static uint64_t mark_of(struct sl_slice id)
{
    uint64_t mark;
    if (id.len != sizeof(struct sl_id)) {
        sl_fail("the daemon gave an id of %zu bytes", id.len);
    }
    memcpy(&mark, id.data + id.len - sizeof mark, sizeof mark);
    return mark;
}

/* The place of a seq; NULL if none so high was acknowledged. */
static uint64_t *place_of(const struct sl_soak_proof *proof, uint64_t seq)
{
    if (seq < proof->first) {
        sl_fail("seq %llu was there before", (unsigned long long)seq);
    }
    return seq - proof->first < proof->cap ? &proof->marks[seq - proof->first] : NULL;
}

static void reserve(struct sl_soak_proof *proof, uint64_t seq)
{
    if (place_of(proof, seq) != NULL) {
        return;
    }
    size_t cap = ((size_t)(seq - proof->first) + 1) * 2;
    proof->marks = sl_check_memory(realloc(proof->marks, cap * sizeof *proof->marks));
    memset(proof->marks + proof->cap, 0, (cap - proof->cap) * sizeof *proof->marks);
    proof->cap = cap;
}

void sl_soak_proof_acknowledge(struct sl_soak_proof *proof, uint64_t seq, struct sl_slice id)
{
    reserve(proof, seq);
    uint64_t *place = place_of(proof, seq);
    uint64_t mark = mark_of(id);
    if (*place != 0 && *place != mark) {
        sl_fail("seq %llu was acknowledged for two events", (unsigned long long)seq);
    }
    proof->acknowledged += *place == 0 ? 1 : 0;
    proof->last = seq > proof->last ? seq : proof->last;
    *place = mark;
}

void sl_soak_proof_find(struct sl_soak_proof *proof, uint64_t seq, struct sl_slice id)
{
    const uint64_t *place = place_of(proof, seq);
    if (place == NULL || *place == 0) {
        return; /* of a request whose connection ended before its answer */
    }
    if (*place != mark_of(id)) {
        sl_fail("the log holds another event at seq %llu than was acknowledged",
                (unsigned long long)seq);
    }
    proof->found++;
}
