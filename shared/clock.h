/*
 * Time as the portal uses it: int64_t microseconds. Rules of the trade never call this; they are given `now_us`.
 */
#ifndef PORTAL_CLOCK_H
#define PORTAL_CLOCK_H

#include <stddef.h>
#include <stdint.h>

#include "arena.h"
#include "google/protobuf/timestamp.pb-c.h"

#define US_PER_MS INT64_C(1000)
#define US_PER_S INT64_C(1000000)
#define CLOCK_RFC3339_SIZE 32       /* "2026-11-23T20:36:38.123456Z" and its NUL fit */

int64_t clock_now_us(void);         /* microseconds since 1970-01-01T00:00:00Z */
int64_t clock_monotonic_us(void);   /* for deadlines and durations; never jumps */

/* RFC 3339 in UTC with a Z and 0, 3 or 6 digits of fraction, as ProtoJSON writes it. */
void clock_format_rfc3339(int64_t time_us, char out[CLOCK_RFC3339_SIZE]);

/* Reads RFC 3339 with any offset; digits beyond microseconds are cut. */
enum status clock_parse_rfc3339(const char *text, int64_t *ret_time_us, struct error *err) MUST_CHECK;

/* To and from the message; the timestamp lives in the arena, and time 0 gives NULL (absent). */
Google__Protobuf__Timestamp *clock_to_timestamp(struct arena *arena, int64_t time_us);
int64_t clock_from_timestamp(const Google__Protobuf__Timestamp *timestamp);     /* NULL gives 0 */

#endif
