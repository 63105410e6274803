/*
 * From a request of HTTP to a request message: the path's captures, and the query (GET, DELETE) or the JSON body.
 */
#ifndef PORTAL_TRANSCODE_H
#define PORTAL_TRANSCODE_H

#include "exchange.h"

/*
 * Fills *ret_request, in the exchange's arena. A parameter that is no field, one that is there twice, a body where none
 * belongs, and a field that says something else than the path are INVALID_ARGUMENT with a violation that names them.
 */
enum status transcode_request(struct exchange *x, const ProtobufCMessageDescriptor *descriptor,
                              ProtobufCMessage **ret_request, struct error *err) MUST_CHECK;

#endif
