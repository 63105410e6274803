/*
 * Locks the process in before it reads what others wrote: little memory and time, no network, no other program, no file written.
 */
#ifndef PAPER_CONFINE_H
#define PAPER_CONFINE_H

#include <stdbool.h>

/* False, with a line on standard error, when the system does not let it. */
bool confine(void);

#endif
