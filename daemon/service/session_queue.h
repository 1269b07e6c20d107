/* The input of a session that cannot be handled yet.
 *
 *     handled │ frame │ frame │ frame │ part of one        input; admission.h says how much may wait
 *             ▲ input_used            ▲ input_seen
 *
 * Beyond that whole requests are answered BUSY without being decoded, and leave no trace; a frame in part is completed first, so that the
 * framing is never lost. */
#ifndef SL_SERVICE_SESSION_QUEUE_H
#define SL_SERVICE_SESSION_QUEUE_H

#include "sl/types.h"

struct sl_client_session;

/* How many bytes bring the waiting part one step on: to the whole header, then to the whole frame. */
size_t sl_session_queue_missing(struct sl_slice part);

/* Keeps bytes for later, of a frame in part or behind it; a session whose input cannot be kept is ended with BUSY, or broken. */
void sl_session_queue_keep(struct sl_client_session *session, struct sl_slice bytes);

/* Bytes behind what waits: kept as far as there is room, beyond it whole requests are refused. */
void sl_session_queue_add(struct sl_client_session *session, struct sl_slice bytes);

/* Answers one whole request with BUSY; where that cannot be said the session is broken: false. */
bool sl_session_queue_refuse(struct sl_client_session *session, struct sl_slice message);

#endif
