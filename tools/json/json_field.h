/* What reader and writer of the JSON form share: a field's JSON name and the layout of its arrays. */
#ifndef SL_JSON_JSON_FIELD_H
#define SL_JSON_JSON_FIELD_H

#include <protobuf-c/protobuf-c.h>
#include <stddef.h>

/* The longest field name of the schemas, with its NUL; a tidy test keeps them shorter. */
#define SL_JSON_NAME_MAX 64

/* "share_ppm" -> "sharePpm". `buf` takes SL_JSON_NAME_MAX bytes. */
void sl_json_field_name(const ProtobufCFieldDescriptor *field, char *buf);

/* Bytes of one element of a repeated field of this type. */
size_t sl_json_element_size(ProtobufCType type);

#endif
