/*
 * A payment provider as the rest of orders sees it: the same few questions, whichever company answers them.
 *
 * A provider is asked, never believed unasked: what it sends us (a notice) only says which payment to ask about. Every call
 * goes over HTTPS, blocks its thread until the answer or the deadline, and may be made by any thread. Every call may be
 * repeated with the same ids without harm: nothing is charged or given back twice.
 *
 * What a status means here:
 *   OK                    it answered; the result says what
 *   INVALID_ARGUMENT,     refused, certainly: nothing was done and repeating will not help. The message is for the shopper
 *   FAILED_PRECONDITION   (of a refund: for staff)
 *   UNAVAILABLE           certainly nothing was done (no connection, no token, too many calls, a wrong key): repeat later
 *   UNKNOWN               it was sent and the answer was lost or says nothing: it may have been done. Ask or repeat with the
 *                         same ids; never start anew under other ids
 *
 * Amounts are in minor units as everywhere in the portal; what a provider wants (x100, major units, whole shillings) is the
 * adapter's business, and an amount that does not fit is refused before anybody is asked. Strings of results live in the
 * call's arena. No key, token or signature is ever part of a message.
 */
#ifndef ORDERS_PROVIDER_H
#define ORDERS_PROVIDER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "arena.h"

#define PROVIDER_AMOUNT_UNTOLD INT64_C(-1)

/* Fits every provider: letters, digits, hyphen; 12 characters are shown on an M-Pesa phone. */
#define PROVIDER_REFERENCE_MAX 64

enum provider_state {
    PROVIDER_PENDING = 1, /* begun, not decided; also a page that nobody has paid on yet */
    PROVIDER_SUCCEEDED,   /* the money is the shop's */
    PROVIDER_FAILED,      /* certainly no money, and none will come of this attempt */
    PROVIDER_CANCELLED,   /* the same, by the customer's or our own wish */
    PROVIDER_UNKNOWN,     /* it never heard of this; a request under way may still reach it */
    PROVIDER_AUTHORISED,  /* the customer agreed, capture() takes the money */
};

/* Why there is no money, in words of ours; "" when there is or when it is open. For people: provider_reason_text(). */
#define PROVIDER_REASON_DECLINED "declined"
#define PROVIDER_REASON_CANCELLED "cancelled_by_customer"
#define PROVIDER_REASON_FUNDS "insufficient_funds"
#define PROVIDER_REASON_LIMIT "limit_reached"
#define PROVIDER_REASON_TIMEOUT "timed_out"
#define PROVIDER_REASON_PHONE "phone_not_reached"
#define PROVIDER_REASON_PIN "wrong_pin"
#define PROVIDER_REASON_BUSY "provider_busy"
#define PROVIDER_REASON_OTHER "failed"

struct provider_call {
    struct arena *arena;
    int64_t deadline_us; /* clock_monotonic_us() */
};

/* One attempt to be paid. create() needs all but the last two; query(), capture() and cancel() need id, reference, amount,
 * currency, and what create() or a notice gave since. */
struct provider_charge {
    const char *id;           /* UUID of the attempt: the provider's idempotency key where it has one */
    const char *reference;    /* of the attempt, unique for ever; what the provider calls our reference */
    const char *order_number; /* "KE-7F3K-9Q2M", shown to the customer */
    int64_t amount_minor;
    const char *currency_code;
    const char *email;        /* "": none given; the adapter then names an address of the shop's own */
    const char *phone;        /* E.164 with plus; "" where needs_phone is false */
    const char *name;         /* of the customer; may be "" */
    const char *description;  /* one line, may be "" */
    const char *return_url;   /* page of the order, where the provider sends the browser back to */
    int64_t lifetime_s;       /* how long the customer may take; providers that can end the page then */
    bool capture_later;       /* only where can_capture */
    bool is_repeat;           /* create() was begun before for this id, whatever came of it: put that down before calling */
    const char *provider_ref; /* "" before create() answered */
    const char *transaction_id; /* "" while not known */
};

enum provider_action_kind {
    PROVIDER_ACTION_NONE = 1, /* nothing to do, ask */
    PROVIDER_ACTION_REDIRECT, /* send the browser to `url` */
    PROVIDER_ACTION_PROMPT,   /* the customer's phone asks; `text` says so */
    PROVIDER_ACTION_CLIENT,   /* Stripe: `text` is the client secret for the provider's own script on our page */
};

struct provider_action {
    enum provider_action_kind kind;
    const char *url; /* "" unless REDIRECT */
    const char *text;
    const char *provider_ref; /* store it at once; "": there is none but the reference */
};

/* What the provider says about a charge or a refund. */
struct provider_result {
    enum provider_state state;
    int64_t amount_minor;       /* what was paid (of a refund: given back); PROVIDER_AMOUNT_UNTOLD while nothing was */
    const char *currency_code;  /* "" while nothing was paid */
    const char *reference;      /* the provider's word for ours; "" when it does not say */
    const char *provider_ref;   /* "" when it says none */
    const char *transaction_id; /* what a refund has to name; "" when not known (yet) */
    int64_t refunded_minor;     /* gone back to the customer in all, by whatever way; PROVIDER_AMOUNT_UNTOLD: not said */
    const char *reason;         /* PROVIDER_REASON_* or "" */
    const char *detail;         /* the provider's own words, for staff; may be "" */
};

struct provider_refund {
    const char *id;        /* UUID of the refund */
    const char *charge_id; /* of the attempt that was paid, and what it was: */
    const char *charge_reference;
    const char *charge_provider_ref;
    const char *transaction_id;
    int64_t charge_amount_minor;
    int64_t amount_minor; /* to give back; at most the charge's */
    const char *currency_code;
    const char *phone;        /* that paid; "" where it was no phone */
    const char *reason;       /* one line for the books of the provider, without personal data */
    const char *provider_ref; /* of this refund; "" before refund() answered */
};

struct provider_header {
    const char *name; /* in any case */
    const char *value;
};

/* A notice as it came in. */
struct provider_mail {
    const struct provider_header *headers;
    size_t header_count;
    const char *token; /* last segment of /v1/payments/notices/{provider}/{token}; "" */
    const void *body;  /* raw, as the signature covers it */
    size_t body_length;
    int64_t now_us; /* clock_now_us() */
};

enum provider_notice_kind {
    PROVIDER_NOTICE_IGNORED = 1, /* authentic, and about nothing that we keep */
    PROVIDER_NOTICE_CHARGE,
    PROVIDER_NOTICE_REFUND,
};

struct provider_notice {
    enum provider_notice_kind kind;
    const char *event_id;       /* the same for every copy; dedupe on (provider, event_id) */
    const char *subject_id;     /* UUID of the attempt or refund, where our own token named it; else "" */
    const char *reference;      /* of the attempt; "" when it says none */
    const char *provider_ref;   /* of the attempt or refund; store it when none is known yet and subject_id is set; or "" */
    const char *transaction_id; /* likewise; "" */
    int64_t claimed_minor;      /* the amount it claims, PROVIDER_AMOUNT_UNTOLD when none: never booked, compare only */
    const char *claimed_currency; /* "" */
    /*
     * Set only where the provider answers a question of ours in no other way (M-Pesa's refunds): the address it was sent to
     * is known to that provider alone and good for this one refund. Else NULL: ask.
     */
    const struct provider_result *answer;
};

struct provider;

/* What an adapter is. Callers use the functions below, which check what all adapters want checked. */
struct provider_class {
    const char *name;  /* lower case, as in the database and in settings: "mpesa" */
    const char *label; /* "M-Pesa" */
    bool needs_phone;
    bool can_cancel;
    bool can_capture;
    bool refunds_partly; /* gives back less than was paid */
    bool (*takes)(const struct provider *provider, const char *currency_code, int64_t amount_minor);
    enum status (*create)(const struct provider *, const struct provider_call *, const struct provider_charge *,
                          struct provider_action *ret_action, struct error *err);
    enum status (*query)(const struct provider *, const struct provider_call *, const struct provider_charge *,
                         struct provider_result *ret_result, struct error *err);
    enum status (*capture)(const struct provider *, const struct provider_call *, const struct provider_charge *,
                           struct provider_result *ret_result, struct error *err);
    enum status (*cancel)(const struct provider *, const struct provider_call *, const struct provider_charge *,
                          struct provider_result *ret_result, struct error *err);
    enum status (*refund)(const struct provider *, const struct provider_call *, const struct provider_refund *,
                          struct provider_result *ret_result, struct error *err);
    enum status (*query_refund)(const struct provider *, const struct provider_call *, const struct provider_refund *,
                                struct provider_result *ret_result, struct error *err);
    enum status (*parse_notice)(const struct provider *, const struct provider_mail *, struct arena *arena,
                                struct provider_notice *ret_notice, struct error *err);
};

const struct provider_class *provider_class_of(const struct provider *provider);

/* Whether it can be offered for this sum: currency, smallest and largest amount, whole units. Asks nobody. */
bool provider_takes(const struct provider *provider, const char *currency_code, int64_t amount_minor);

/* Starts to be paid. A violation's field is "phone", "email" or "amount". */
enum status provider_create(const struct provider *provider, const struct provider_call *call,
                            const struct provider_charge *charge, struct provider_action *ret_action,
                            struct error *err) MUST_CHECK;

/*
 * How it stands. Compare amount, currency and reference with what was asked before anything is called paid. UNKNOWN state:
 * it never heard of it, create() again with the same id (is_repeat) or let it be. FAILED_PRECONDITION: it cannot be asked
 * (M-Pesa whose answer to create() was lost): only a notice tells, and after the deadline a person. FAILED is the provider's
 * word of now: a page left open in a browser may still be paid on, so ask a while longer also about what failed or was given
 * up.
 */
enum status provider_query(const struct provider *provider, const struct provider_call *call,
                           const struct provider_charge *charge, struct provider_result *ret_result,
                           struct error *err) MUST_CHECK;

/* Takes the money of an AUTHORISED charge; UNIMPLEMENTED unless can_capture. */
enum status provider_capture(const struct provider *provider, const struct provider_call *call,
                             const struct provider_charge *charge, struct provider_result *ret_result,
                             struct error *err) MUST_CHECK;

/* Sees to it that no money comes any more; UNIMPLEMENTED unless can_cancel. The result may be SUCCEEDED: it came before. */
enum status provider_cancel(const struct provider *provider, const struct provider_call *call,
                            const struct provider_charge *charge, struct provider_result *ret_result,
                            struct error *err) MUST_CHECK;

/* Gives money back. OK with PENDING: query_refund() or a notice tells the end. FAILED_PRECONDITION: by hand, by staff. */
enum status provider_refund(const struct provider *provider, const struct provider_call *call,
                            const struct provider_refund *refund, struct provider_result *ret_result,
                            struct error *err) MUST_CHECK;

/* How a refund stands; UNKNOWN state: it never heard of it, refund() again. */
enum status provider_query_refund(const struct provider *provider, const struct provider_call *call,
                                  const struct provider_refund *refund, struct provider_result *ret_result,
                                  struct error *err) MUST_CHECK;

/* UNAUTHENTICATED: not from the provider, or too old; INVALID_ARGUMENT: it is, and cannot be read. The HTTP answer to any
 * notice that is OK is 200 {"ResultCode":0,"ResultDesc":"Accepted"}, which M-Pesa wants and the others do not read. */
enum status provider_parse_notice(const struct provider *provider, const struct provider_mail *mail, struct arena *arena,
                                  struct provider_notice *ret_notice, struct error *err) MUST_CHECK;

/* A sentence for the shopper about a PROVIDER_REASON_*; "" for "". */
const char *provider_reason_text(const char *reason);

#endif
