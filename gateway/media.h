/*
 * Pictures from the folder GATEWAY_MEDIA_DIR: /media/<name>. Names are [a-z0-9-]+ and webp, jpg, png or svg; a file never
 * changes under its name.
 */
#ifndef PORTAL_MEDIA_H
#define PORTAL_MEDIA_H

#include "exchange.h"

void media_serve(struct exchange *x);

#endif
