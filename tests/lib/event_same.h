/* Are two decoded contacts, quotes or closes equal, field by field? */
#ifndef SL_LIB_EVENT_SAME_H
#define SL_LIB_EVENT_SAME_H

#include "domain/event.h"

/* Texts are compared by their bytes, and an absent one differs from an empty one. Any other body fails. */
void sl_assert_same_event(const struct sl_event *a, const struct sl_event *b);

#endif
