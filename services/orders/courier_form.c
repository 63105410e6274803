/* Checks, and tables of the kinds and states as the database spells them. */
#include "courier_form.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <curl/curl.h>

#include "clock.h"
#include "courier_notice.h"
#include "text.h"
#include "uuid.h"

#define DESCRIPTION_MAX 200
#define PAGE_USUAL 20
#define PAGE_MAX 100
#define LAST_ID "ffffffff-ffff-ffff-ffff-ffffffffffff"

static const char *const kinds[] = {[ORDERS__V1__MESSAGE__KIND__WEBHOOK] = "webhook",
                                    [ORDERS__V1__MESSAGE__KIND__MAIL] = "mail",
                                    [ORDERS__V1__MESSAGE__KIND__SMS] = "sms"};
static const char *const states[] = {[ORDERS__V1__MESSAGE__STATE__DUE] = "due",
                                     [ORDERS__V1__MESSAGE__STATE__SENDING] = "sending",
                                     [ORDERS__V1__MESSAGE__STATE__DELIVERED] = "delivered",
                                     [ORDERS__V1__MESSAGE__STATE__FAILED] = "failed",
                                     [ORDERS__V1__MESSAGE__STATE__IN_DOUBT] = "in_doubt"};
#define KINDS (sizeof(kinds) / sizeof(kinds[0]))
#define STATES (sizeof(states) / sizeof(states[0]))

/* ---- endpoints ---- */

/* https, with a host, and neither a user nor a fragment in it. */
static bool is_https(const char *url)
{
    char *scheme = NULL, *host = NULL, *user = NULL, *fragment = NULL;
    CURLU *parts = curl_url();
    bool fits = parts && curl_url_set(parts, CURLUPART_URL, url, CURLU_DISALLOW_USER) == CURLUE_OK &&
                curl_url_get(parts, CURLUPART_SCHEME, &scheme, 0) == CURLUE_OK && strcmp(scheme, "https") == 0 &&
                curl_url_get(parts, CURLUPART_HOST, &host, 0) == CURLUE_OK && host[0] != '\0' &&
                curl_url_get(parts, CURLUPART_USER, &user, 0) == CURLUE_NO_USER &&
                curl_url_get(parts, CURLUPART_FRAGMENT, &fragment, 0) == CURLUE_NO_FRAGMENT;
    curl_free(scheme);
    curl_free(host);
    curl_free(user);
    curl_free(fragment);
    curl_url_cleanup(parts);
    return fits && strncmp(url, "https://", 8) == 0;
}

static void check_topics(char **topics, size_t count, struct error *err)
{
    if (count > WEBHOOK_TOPICS_MAX)
        (void)error_field(err, "topics", "too_many", "Name at most %d topics, or none for all.", WEBHOOK_TOPICS_MAX);
    for (size_t i = 0; i < count && count <= WEBHOOK_TOPICS_MAX; i++) {
        const struct notice *notice = notice_find(topics[i]);
        if (!notice || notice->is_secret)
            (void)error_field(err, "topics", "unknown", "There is no topic \"%.60s\" for webhooks.", topics[i]);
    }
}

void courier_form_read(const char *url, const char *description, char **topics, size_t topic_count, struct arena *arena,
                       struct courier_endpoint *endpoint, struct error *err)
{
    size_t before = err->violation_count;
    endpoint->url = text_check(url, "url", 1, WEBHOOK_URL_MAX, false, arena, err);
    if (err->violation_count == before && !is_https(endpoint->url))
        (void)error_field(err, "url", "malformed", "Give an address that begins with https:// and has no user or # in it.");
    endpoint->description = text_check(description, "description", 0, DESCRIPTION_MAX, false, arena, err);
    check_topics(topics, topic_count, err);
    endpoint->topics = (struct db_texts){(const char *const *)topics, topic_count};
}

char **courier_form_topics(size_t *ret_count, struct arena *arena)
{
    size_t count;
    const struct notice *notices = notice_all(&count);
    char **topics = ARENA_ARRAY(arena, char *, count);
    *ret_count = 0;
    for (size_t i = 0; i < count; i++)
        if (!notices[i].is_secret)
            topics[(*ret_count)++] = (char *)notices[i].topic;
    return topics;
}

/* ---- messages ---- */

const char *courier_form_id(const char *text, const char *field, struct error *err)
{
    if (text[0] == '\0')
        return NULL;
    if (!uuid_is_valid(text))
        (void)error_field(err, field, "malformed", "This is no id.");
    return text;
}

/* NULL for unspecified; a violation for what is none of them. */
static const char *name_of(const char *const *names, size_t count, int number, const char *field, struct error *err)
{
    if (number == 0)
        return NULL;
    if (number < 0 || (size_t)number >= count)
        (void)error_field(err, field, "unknown", "There is no such %s.", field);
    return number < 0 || (size_t)number >= count ? NULL : names[number];
}

static int number_of(const char *const *names, size_t count, const char *name)
{
    for (size_t i = 1; i < count; i++)
        if (strcmp(names[i], name) == 0)
            return (int)i;
    return 0;
}

enum status courier_form_page(const Orders__V1__ListMessagesRequest *request, const unsigned char key[CURSOR_KEY_SIZE],
                              struct arena *arena, struct courier_page *ret_page, const char **ret_listing,
                              struct error *err)
{
    struct cursor cursor = {.count = 0};
    int32_t size = 0;
    struct courier_page page = {.endpoint_id = courier_form_id(request->endpoint_id, "endpointId", err),
                                .kind = name_of(kinds, KINDS, (int)request->kind, "kind", err),
                                .state = name_of(states, STATES, (int)request->state, "state", err)};
    const char *listing =
        arena_printf(arena, "messages|%s|%d|%d", request->endpoint_id, (int)request->kind, (int)request->state);
    enum status sized = cursor_page_size(request->page_size, PAGE_USUAL, PAGE_MAX, "pageSize", &size, err);
    enum status placed = cursor_decode(request->page_token, listing, key, "pageToken", arena, &cursor, err);
    if (sized != STATUS_OK || placed != STATUS_OK || err->violation_count > 0)
        return err->status;
    page.before_us = cursor.count == 2 ? strtoll(cursor.values[0], NULL, 10) : INT64_MAX;
    page.before_id = cursor.count == 2 ? cursor.values[1] : LAST_ID;
    page.limit = size + 1;
    *ret_page = page;
    *ret_listing = listing;
    return STATUS_OK;
}

const char *courier_form_token(const struct courier_message *last, const char *listing,
                               const unsigned char key[CURSOR_KEY_SIZE], struct arena *arena)
{
    const struct cursor cursor = {.values = {arena_printf(arena, "%" PRId64, last->created_at_us), last->id}, .count = 2};
    return cursor_encode(&cursor, listing, key, arena);
}

Orders__V1__Message *courier_form_message(const struct courier_message *row, struct arena *arena)
{
    Orders__V1__Message *message = ARENA_NEW(arena, Orders__V1__Message);
    orders__v1__message__init(message);
    message->id = (char *)row->id;
    message->kind = (Orders__V1__Message__Kind)number_of(kinds, KINDS, row->kind);
    message->state = (Orders__V1__Message__State)number_of(states, STATES, row->state);
    message->endpoint_id = (char *)row->endpoint_id;
    message->event_id = (char *)row->event_id;
    message->topic = (char *)row->topic;
    message->key = (char *)row->key;
    message->attempts = row->attempts;
    message->last_code = row->last_code;
    message->last_error = (char *)row->last_error;
    message->created_at = clock_to_timestamp(arena, row->created_at_us);
    message->changed_at = clock_to_timestamp(arena, row->changed_at_us);
    if (message->state == ORDERS__V1__MESSAGE__STATE__DUE)
        message->due_at = clock_to_timestamp(arena, row->due_at_us);
    return message;
}
