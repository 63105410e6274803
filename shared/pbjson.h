/*
 * JSON <-> protobuf by descriptor, after the official ProtoJSON mapping (protobuf.dev/programming-guides/json/): once, for
 * every message there is or will be.
 *
 * Out: lowerCamelCase names, all fields with their defaults (an absent message or an unset oneof member is left out), 64-bit
 * integers as strings, enums by name, bytes as base64, google.protobuf.Timestamp as RFC 3339.
 * In: names in lowerCamelCase or as in the .proto, integers as numbers or strings, enums by name or number (also one that
 * has no name), times to the microsecond, null for an absent member. What does not fit is refused with its JSON path and a
 * code: unknown (a member, or the name of an enum), wrong_type, out_of_range, malformed, too_many, too_deep, duplicate. Bad
 * UTF-8, U+0000 and broken JSON are refused with their line and column. The first thing refused ends the reading.
 * Floating point fields and maps are not supported: no message of ours may have one, and a test says so.
 */
#ifndef PORTAL_PBJSON_H
#define PORTAL_PBJSON_H

#include <jansson.h>
#include <protobuf-c/protobuf-c.h>

#include "arena.h"

#define PBJSON_DEPTH_MAX 32
#define PBJSON_ARRAY_MAX 1000          /* elements of one array on input */
#define PBJSON_NAME_MAX 64             /* bytes of a field name in lowerCamelCase and its NUL */

/* "page_size" -> "pageSize". Asserts that the result fits. */
void pbjson_name(const char *proto_name, char out[PBJSON_NAME_MAX]);

/* Parses `text` (need not end with NUL) and fills *ret_message, made in the arena. An empty text is an empty message. */
enum status pbjson_parse(const ProtobufCMessageDescriptor *descriptor, const char *text, size_t length, struct arena *arena,
                         ProtobufCMessage **ret_message, struct error *err) MUST_CHECK;

/* The same from a parsed tree; `json` is read only. */
enum status pbjson_decode(const ProtobufCMessageDescriptor *descriptor, const json_t *json, struct arena *arena,
                          ProtobufCMessage **ret_message, struct error *err) MUST_CHECK;

/*
 * Sets one scalar, enum or timestamp field from text, as it stands in a URL or an HTML form. `path` may go through messages
 * with dots, in either spelling ("deliveryAddress.line1", "page_size"); messages on the way are made. Setting a repeated
 * scalar appends (to an array that pbjson made). An empty text leaves anything but a string as it is, since forms send what
 * was not filled in. Whether `path` is a field can be told from the status: NOT_FOUND, with no violation, when it is not.
 */
enum status pbjson_set_text(ProtobufCMessage *message, const char *path, const char *value, struct arena *arena,
                            struct error *err) MUST_CHECK;

/* A new tree, owned by the caller (json_decref). Never fails for a message that pbjson or a handler of ours made. */
json_t *pbjson_encode(const ProtobufCMessage *message);

/* An initialised message of that type in the arena. */
ProtobufCMessage *pbjson_new(const ProtobufCMessageDescriptor *descriptor, struct arena *arena);

#endif
