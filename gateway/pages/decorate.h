/*
 * Adds to the JSON form of a message what a template needs and the API does not say: the same values as people read them.
 *
 *   a Money            gets   text: "Ksh 1,250.00", decimal: "1250.00", hasAmountMinor: whether it is not zero
 *   a time             gets   <name>Text: "23 Nov 2026, 21:15", <name>Date: "23 Nov 2026"
 *   an enum            gets   <name>Text: the language's words for it, <name>Is: {"PLACED": true}
 *   a list             gets   has<Name>: whether anything is in it; of enums also <name>List: [{value, text}]
 *   an int64           gets   has<Name>: whether it is not zero (its JSON form is a text, and "0" is truthy)
 *   a ...BasisPoints   gets   <name>Text: "16%"
   what is absent     is     null, so that a template does not find a field of the same name in an outer message instead
 *
 * Which field is what is read from the message's descriptor, so that no message needs code of its own.
 */
#ifndef PORTAL_DECORATE_H
#define PORTAL_DECORATE_H

#include <jansson.h>
#include <protobuf-c/protobuf-c.h>

#include "format.h"

struct decorator {
    const struct format *format;
    const json_t *words;            /* "OrderStatus": {"PLACED": "Placed"}, by enum name without its package */
};

/* `json` is what pbjson_encode() made of a message of that type. */
void decorate(json_t *json, const ProtobufCMessageDescriptor *descriptor, const struct decorator *decorator);

#endif
