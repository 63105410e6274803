/*
 * Puts a document on paper: runs portal-paper, hands it the document and takes the PDF. What goes wrong in there, from a loop to a
 * crash, ends that one program and this one call.
 */
#ifndef ORDERS_PAPER_H
#define ORDERS_PAPER_H

#include "arena.h"

#define PAPER_PDF_MAX (8u << 20)

struct paper {
    unsigned char *pdf;             /* in the arena */
    size_t size;
};

/*
 * `program`: path of portal-paper; "": the one beside this program. `deadline_us`: monotonic; it gets 5 s at most. DEADLINE_EXCEEDED
 * when it took longer and was killed, INTERNAL when it failed, FAILED_PRECONDITION when it cannot be started.
 */
enum status paper_print(const char *program, const char *document, int64_t deadline_us, struct arena *arena,
                        struct paper *ret_paper, struct error *err) MUST_CHECK;

#endif
