/*
 * Documents that the gateway writes itself: the API's description, its page for people, and what problems mean.
 */
#ifndef PORTAL_DOCUMENTS_H
#define PORTAL_DOCUMENTS_H

#include "exchange.h"

void documents_openapi(struct exchange *x);   /* /openapi.json */
void documents_reference(struct exchange *x); /* /docs */
void documents_problems(struct exchange *x);  /* /problems, /problems/{slug} */

#endif
