/* What the ledger has acknowledged, kept until the log is read again: each receipt names a seq, and at that seq the event's id must lie. */
#ifndef SL_BENCH_SOAK_PROOF_H
#define SL_BENCH_SOAK_PROOF_H

#include "sl/types.h"

/* Zeroed is empty, but for `first`. */
struct sl_soak_proof {
    uint64_t first;  /* lowest seq that can be acknowledged */
    uint64_t *marks; /* by seq - first: of the id; 0: not acknowledged */
    size_t cap;
    uint64_t acknowledged; /* seqs */
    uint64_t found;        /* of these, in the log */
    uint64_t last;         /* highest acknowledged */
};

void sl_soak_proof_deinit(struct sl_soak_proof *proof);

/* Takes down a receipt. One that came before must say the same. Ends the program if it does not. */
void sl_soak_proof_acknowledge(struct sl_soak_proof *proof, uint64_t seq, struct sl_slice id);

/* The log holds `id` at `seq`. Ends the program if something else was acknowledged there. */
void sl_soak_proof_find(struct sl_soak_proof *proof, uint64_t seq, struct sl_slice id);

#endif
