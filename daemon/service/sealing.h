/* Personal fields on their way in and out: the codec takes them out of the event's bytes (codec/personal.h), the store keeps the customer's
 * key (store/keys.h), and here the one is sealed under the other. A seal is about the event's id and the customer: it opens nowhere else. */
#ifndef SL_SERVICE_SEALING_H
#define SL_SERVICE_SEALING_H

#include "base/arena.h"
#include "base/seal.h"
#include "domain/event.h"
#include "store/store.h"

struct sl_sealing {
    struct sl_store *store;
    struct sl_sealer sealer;
    void (*fill_random)(uint8_t *bytes,
                        size_t len); /* for new keys; NULL where nothing is sealed */
};

/* An event gets at most so much longer by it: the seal, its tag and length, and longer lengths of the three messages around it. */
#define SL_SEALING_BYTES_MAX ((size_t)64)

/* Seals what is personal in the event, whose sl_personal_of is not NULL, under the customer's key, or a new one. The result, on the arena,
 * is what is to be stored. Whoever then does not store it calls sl_store_key_forget, as does who gets an error. Errors of
 * sl_personal_take and sl_store_key_add, SL_E_CORRUPT (the customer's key is damaged), SL_E_IO. */
struct sl_to_seal {
    const struct sl_event *event;
    struct sl_id id;
    struct sl_slice bytes;
};
SL_MUST_CHECK enum sl_err sl_sealing_seal(struct sl_sealing *sealing,
                                          const struct sl_to_seal *from,
                                          struct sl_arena *arena,
                                          struct sl_slice *ret_bytes,
                                          struct sl_diag *diag);

enum sl_unsealed_state {
    SL_UNSEALED_NONE,    /* nothing was sealed */
    SL_UNSEALED_PLAIN,   /* here it is */
    SL_UNSEALED_ERASED,  /* its key was destroyed */
    SL_UNSEALED_UNKNOWN, /* its key is not here, and nobody says that it was destroyed: a copy of the ledger without its keys */
    SL_UNSEALED_LOST,    /* the same, but the keys of its time are here: damage */
};
struct sl_unsealed {
    enum sl_unsealed_state state;
    struct sl_slice plain;    /* on the arena */
    struct sl_slice customer; /* in the record */
};

/* SL_E_CORRUPT: the key is there and does not open the seal, or is damaged itself. SL_E_IO, SL_E_NO_MEMORY. */
SL_MUST_CHECK enum sl_err sl_sealing_open(struct sl_sealing *sealing,
                                          const struct sl_record *record,
                                          struct sl_arena *arena,
                                          struct sl_unsealed *ret_unsealed);

/* What follows the stored event in an answer, mostly nothing; without its key it reads "erased". The same errors; SL_E_CORRUPT also if
 * the key is lost. */
SL_MUST_CHECK enum sl_err sl_sealing_more(struct sl_sealing *sealing,
                                          const struct sl_record *record,
                                          struct sl_arena *arena,
                                          struct sl_slice *ret_more);

/* Does the command say what the record does? What is erased is not compared, but that there was something is. The same errors. */
SL_MUST_CHECK enum sl_err sl_sealing_is_same(struct sl_sealing *sealing,
                                             const struct sl_record *record,
                                             struct sl_slice command,
                                             struct sl_arena *arena,
                                             bool *ret_is_same);

#endif
