/*
 * A thread of the courier that sends messages of one kind, one after the other.
 */
#ifndef ORDERS_COURIER_LANE_H
#define ORDERS_COURIER_LANE_H

#include <pthread.h>

#include "background.h"
#include "courier_send.h"

/* What the lanes of a process share. */
struct courier_post {
    const struct courier_settings *settings;
    struct courier_text *text;
    struct https *receivers;
    struct https *companies;
    unsigned char key[COURIER_KEY_SIZE];
    pthread_mutex_t lock;           /* of the connection; nobody sends a message while he holds it */
    struct db *db;
};

struct courier_lane;

struct courier_lane_options {
    struct courier_post *post;
    const char *kind;               /* "webhook", "mail", "sms" */
    void (*send)(const struct courier_errand *errand, struct courier_outcome *ret_outcome);
    bool is_first;                  /* of its kind: it looks after lost messages and keeps the books clean */
};

enum status courier_lane_open(const struct courier_lane_options *options, struct courier_lane **ret_lane,
                              struct error *err) MUST_CHECK;

/* When it is of that kind; "": whatever its kind. */
void courier_lane_wake(struct courier_lane *lane, const char *kind);

/* Takes nothing new from here on. close() waits for what is being sent. */
void courier_lane_end(struct courier_lane *lane);
void courier_lane_close(struct courier_lane *lane);

/* Pure: the new row after an outcome. `now_us`, `chance`: of this moment. */
struct courier_end courier_lane_decide(const struct courier_job *job, const struct notice *notice,
                                       const struct courier_outcome *outcome, int64_t now_us, uint32_t chance);

#endif
