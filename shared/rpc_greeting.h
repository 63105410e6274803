/*
 * Keeps nng 1.5 listening and dialling. Private to rpc_server and rpc_client.
 *
 * When the other end has hung up before the greeting of a new connection is written, write says EPIPE; nng takes that for the
 * end of its own listener or dialer and never accepts or dials again, though everything still looks well: connections are made
 * and greeted, and nothing that comes on them is read. One client that is killed while it waits to be accepted makes a
 * service deaf that way. (Mended in later versions, which tell the two apart.)
 *
 * nng writes by sendmsg(), so this program has a sendmsg() of its own in front of the C library's, which says ECONNRESET
 * instead of EPIPE: the same to everybody else, and to nng the loss of one connection.
 */
#ifndef PORTAL_RPC_GREETING_H
#define PORTAL_RPC_GREETING_H

/* Before the first socket listens or dials. Cheap; also what links the function into the program. */
void rpc_greeting_guard(void);

#endif
