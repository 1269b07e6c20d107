/* Paths into the JSON form of an Event: "close.credits[0].sharePpm". */
#ifndef SL_IMPORT_PATH_H
#define SL_IMPORT_PATH_H

#include <jansson.h>

#include "sl/err.h"

#define SL_PATH_STEPS_MAX      8u
#define SL_PATH_NAME_BYTES_MAX 48u

/* Is this a field of Event, by the names of event.proto, with [n] exactly at repeated fields, ending at a
 * value and not at a message? SL_E_UNKNOWN_FIELD, SL_E_MALFORMED. */
SL_MUST_CHECK enum sl_err sl_path_check(const char *path, struct sl_diag *diag);

/* Puts `value` (stolen, also on failure) at the path, making the objects and arrays on the way. Array elements come in
 * order: [1] after [0]. SL_E_MISSING_FIELD if one is left out. */
SL_MUST_CHECK enum sl_err
sl_path_put(json_t *event, const char *path, json_t *value, struct sl_diag *diag);

#endif
