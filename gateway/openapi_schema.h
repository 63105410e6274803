/*
 * JSON Schemas of messages, after the ProtoJSON mapping that shared/pbjson.h speaks.
 *
 * A message is described twice where it is used both ways: as it comes out (every plain field is there), and, with "Input"
 * behind its name, as it may go in (nothing is required by form, nothing else may be there).
 */
#ifndef PORTAL_OPENAPI_SCHEMA_H
#define PORTAL_OPENAPI_SCHEMA_H

#include <jansson.h>
#include <protobuf-c/protobuf-c.h>

enum openapi_direction { OPENAPI_OUTPUT, OPENAPI_INPUT };

/* {"$ref": ...} to the message's schema, which is added to `schemas` with all that it needs. */
json_t *openapi_schema_ref(json_t *schemas, const ProtobufCMessageDescriptor *message, enum openapi_direction direction);

/* The schema of one field. */
json_t *openapi_schema_field(json_t *schemas, const ProtobufCFieldDescriptor *field, enum openapi_direction direction);

#endif
