/* The JSON name of a field and the size of its elements. */
#include "json/json_field.h"

#include "sl/err.h"

void sl_json_field_name(const ProtobufCFieldDescriptor *field, char *buf)
{
    size_t len = 0;
    bool is_upper = false;
    for (const char *c = field->name; *c != '\0'; c++) {
        if (*c == '_') {
            is_upper = true;
            continue;
        }
        SL_ASSERT(len + 1 < SL_JSON_NAME_MAX);
        bool is_small_letter = *c >= 'a' && *c <= 'z';
        buf[len++] = (char)(is_upper && is_small_letter ? *c - 'a' + 'A' : *c);
        is_upper = false;
    }
    buf[len] = '\0';
}

size_t sl_json_element_size(ProtobufCType type)
{
    switch (type) {
    case PROTOBUF_C_TYPE_INT32:
    case PROTOBUF_C_TYPE_SINT32:
    case PROTOBUF_C_TYPE_SFIXED32:
    case PROTOBUF_C_TYPE_UINT32:
    case PROTOBUF_C_TYPE_FIXED32:
    case PROTOBUF_C_TYPE_FLOAT:
    case PROTOBUF_C_TYPE_ENUM: return sizeof(int32_t);
    case PROTOBUF_C_TYPE_INT64:
    case PROTOBUF_C_TYPE_SINT64:
    case PROTOBUF_C_TYPE_SFIXED64:
    case PROTOBUF_C_TYPE_UINT64:
    case PROTOBUF_C_TYPE_FIXED64:
    case PROTOBUF_C_TYPE_DOUBLE: return sizeof(int64_t);
    case PROTOBUF_C_TYPE_BOOL: return sizeof(protobuf_c_boolean);
    case PROTOBUF_C_TYPE_STRING: return sizeof(char *);
    case PROTOBUF_C_TYPE_BYTES: return sizeof(ProtobufCBinaryData);
    case PROTOBUF_C_TYPE_MESSAGE: return sizeof(ProtobufCMessage *);
    }
    return 0;
}
