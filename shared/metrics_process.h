/*
 * What the kernel knows of this process, under the names that Prometheus' own client libraries use. Private to metrics.c.
 */
#ifndef PORTAL_METRICS_PROCESS_H
#define PORTAL_METRICS_PROCESS_H

#include <stdio.h>

/* Writes the process_* metrics in the text format; one that the kernel does not tell is left out. */
void metrics_process_write(FILE *out);

#endif
