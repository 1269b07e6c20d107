/* The JSON form of messages: the protobuf JSON mapping, in both directions, by walking the descriptors.
 *
 *   field type              written as                 also read
 *   names                   lowerCamelCase             the name in the .proto file
 *   int32, uint32           number                     string; 2.0 and 1e3, if exactly an integer
 *   int64, uint64           string of digits           number, as above
 *   bool                    true, false
 *   string                  string
 *   bytes                   base64 with padding        url-safe alphabet; without padding
 *   enum                    name of the value          its number
 *   message                 object
 *   repeated                array                      null is an empty one
 *   absent                  not written                null
 *
 * Fields come out in the order of their numbers; fields this version does not know are left out. An unknown name in
 * the input is an error, and so is a field given twice. Numbers above 2^63 - 1 are read from strings only. The schemas
 * have no float, oneof, map or group (a tidy test sees to it), so neither has this. */
#ifndef SL_JSON_JSON_H
#define SL_JSON_JSON_H

#include <jansson.h>
#include <protobuf-c/protobuf-c.h>

#include "sl/err.h"
#include "sl/limits.h"
#include "sl/types.h"

/* Gives a new reference. SL_E_INVALID_FIELD (a string that is not UTF-8; `diag` names it), SL_E_NO_MEMORY. */
SL_MUST_CHECK enum sl_err
sl_json_from_message(const ProtobufCMessage *message, json_t **ret_json, struct sl_diag *diag);

/* The same as one line of text without spaces or a line end; the caller frees it with free(). */
SL_MUST_CHECK enum sl_err
sl_json_text_from_message(const ProtobufCMessage *message, char **ret_text, struct sl_diag *diag);

/* Gives a message that the caller frees with protobuf_c_message_free_unpacked(message, NULL). `json` is only read.
 * SL_E_UNKNOWN_FIELD, SL_E_INVALID_FIELD, SL_E_NO_MEMORY; `diag` gives path, rule and value. */
SL_MUST_CHECK enum sl_err sl_json_to_message(json_t *json,
                                             const ProtobufCMessageDescriptor *descriptor,
                                             ProtobufCMessage **ret_message,
                                             struct sl_diag *diag);

/* The same from text. SL_E_MALFORMED if it is not one JSON value; `diag` gives the column, and the line if there are several: whoever
 * reads one line of a file knows which. */
SL_MUST_CHECK enum sl_err sl_json_text_to_message(struct sl_slice text,
                                                  const ProtobufCMessageDescriptor *descriptor,
                                                  ProtobufCMessage **ret_message,
                                                  struct sl_diag *diag);

#endif
