/* libcurl easy handles, a few kept with their connections; one request each at a time. */
#include "https.h"

#include <assert.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <curl/curl.h>

#include "clock.h"

#define KEPT_MAX 16 /* handles; more are made for a rush and thrown away */
#define CONNECT_TIMEOUT_MS 5000
#define SPARE_MS 50 /* less time than this is no time to begin */
#define RETRY_AFTER_MAX_S 3600

struct https {
    char *ca_file;
    int64_t timeout_ms;
    pthread_mutex_t lock;
    CURL *kept[KEPT_MAX];
    size_t kept_count;
    const char *who;
    bool (*allows)(const struct sockaddr *address);
};

struct inbox {
    char *data;
    size_t length;
    size_t size;
};

struct https *https_new(const char *ca_file, int64_t timeout_ms)
{
    struct https *https = calloc(1, sizeof(*https));
    if (!https || curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
        abort();
    https->ca_file = strdup(ca_file);
    https->timeout_ms = timeout_ms;
    https->who = "The payment provider";
    pthread_mutex_init(&https->lock, NULL);
    return https;
}

void https_restrict(struct https *https, const char *who, bool (*allows)(const struct sockaddr *address))
{
    https->who = who;
    https->allows = allows;
}

void https_free(struct https *https)
{
    if (!https)
        return;
    for (size_t i = 0; i < https->kept_count; i++)
        curl_easy_cleanup(https->kept[i]);
    pthread_mutex_destroy(&https->lock);
    free(https->ca_file);
    free(https);
    curl_global_cleanup();
}

static CURL *take(struct https *https)
{
    CURL *curl = NULL;
    pthread_mutex_lock(&https->lock);
    if (https->kept_count > 0)
        curl = https->kept[--https->kept_count];
    pthread_mutex_unlock(&https->lock);
    return curl ? curl : curl_easy_init();
}

/* The reset forgets headers and bodies, with the keys in them, and keeps the connections. */
static void give_back(struct https *https, CURL *curl)
{
    curl_easy_reset(curl);
    pthread_mutex_lock(&https->lock);
    bool is_kept = https->kept_count < KEPT_MAX;
    if (is_kept)
        https->kept[https->kept_count++] = curl;
    pthread_mutex_unlock(&https->lock);
    if (!is_kept)
        curl_easy_cleanup(curl);
}

static size_t receive(char *data, size_t one, size_t length, void *arg)
{
    struct inbox *inbox = arg;
    (void)one;
    if (length > HTTPS_ANSWER_MAX - inbox->length)
        return 0;
    if (inbox->length + length + 1 > inbox->size) {
        size_t size = (inbox->length + length + 1) * 2;
        char *grown = realloc(inbox->data, size);
        if (!grown)
            return 0;
        inbox->data = grown;
        inbox->size = size;
    }
    memcpy(inbox->data + inbox->length, data, length);
    inbox->length += length;
    return length;
}

/* Called by libcurl for each address that it is about to connect to. */
static curl_socket_t open_allowed(void *arg, curlsocktype purpose, struct curl_sockaddr *address)
{
    const struct https *https = arg;
    (void)purpose;
    if (https->allows && !https->allows(&address->addr))
        return CURL_SOCKET_BAD;
    return socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

static void set_safety(const struct https *https, CURL *curl, int64_t patience_ms)
{
    curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "https");
    curl_easy_setopt(curl, CURLOPT_PROXY, "");
    curl_easy_setopt(curl, CURLOPT_OPENSOCKETFUNCTION, open_allowed);
    curl_easy_setopt(curl, CURLOPT_OPENSOCKETDATA, (void *)(uintptr_t)https);
    curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 0L);
    curl_easy_setopt(curl, CURLOPT_SSL_VERIFYPEER, 1L);
    curl_easy_setopt(curl, CURLOPT_SSL_VERIFYHOST, 2L);
    curl_easy_setopt(curl, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
    if (https->ca_file[0]) {
        curl_easy_setopt(curl, CURLOPT_CAINFO, https->ca_file);
        curl_easy_setopt(curl, CURLOPT_CAPATH, NULL);
    }
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, (long)patience_ms);
    curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS,
                     (long)(patience_ms < CONNECT_TIMEOUT_MS ? patience_ms : CONNECT_TIMEOUT_MS));
    curl_easy_setopt(curl, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
    curl_easy_setopt(curl, CURLOPT_USERAGENT, "portal/" PORTAL_VERSION);
}

static struct curl_slist *set_request(CURL *curl, const struct https_request *request, struct inbox *inbox)
{
    struct curl_slist *headers = curl_slist_append(NULL, "Expect:"); /* no waiting for "100 Continue" */
    for (size_t i = 0; request->headers[i]; i++) {
        struct curl_slist *longer = curl_slist_append(headers, request->headers[i]);
        headers = longer ? longer : headers;
    }
    curl_easy_setopt(curl, CURLOPT_URL, request->url);
    if (strcmp(request->method, "POST") == 0) {
        const char *body = request->body ? request->body : "";
        curl_easy_setopt(curl, CURLOPT_POST, 1L);
        curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)strlen(body));
        curl_easy_setopt(curl, CURLOPT_POSTFIELDS, body);
    } else {
        assert(strcmp(request->method, "GET") == 0 && "only GET and POST are sent");
        curl_easy_setopt(curl, CURLOPT_HTTPGET, 1L);
    }
    curl_easy_setopt(curl, CURLOPT_FRESH_CONNECT, request->only_once ? 1L : 0L);
    curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, receive);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, inbox);
    return headers;
}

/* The request counts as sent from its first byte on. */
static enum status tell_failure(const struct https *https, CURL *curl, CURLcode code, struct error *err)
{
    long sent = 0;
    curl_easy_getinfo(curl, CURLINFO_REQUEST_SIZE, &sent);
    return sent > 0 ? error_set(err, STATUS_UNKNOWN, "%s gave no answer (%s).", https->who, curl_easy_strerror(code))
                    : error_set(err, STATUS_UNAVAILABLE, "%s cannot be reached (%s).", https->who, curl_easy_strerror(code));
}

static bool says_replay(CURL *curl)
{
    struct curl_header *header = NULL;
    return curl_easy_header(curl, "Idempotent-Replayed", 0, CURLH_HEADER, -1, &header) == CURLHE_OK &&
           strcmp(header->value, "true") == 0;
}

static void read_answer(CURL *curl, const struct inbox *inbox, struct arena *arena, struct https_answer *answer)
{
    long code = 0;
    curl_off_t retry_after = 0;
    curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &code);
    curl_easy_getinfo(curl, CURLINFO_RETRY_AFTER, &retry_after);
    if (retry_after < 0 || retry_after > RETRY_AFTER_MAX_S)
        retry_after = RETRY_AFTER_MAX_S;
    *answer = (struct https_answer){
        .code = (int)code,
        .body = arena_strndup(arena, inbox->data ? inbox->data : "", inbox->length),
        .length = inbox->length,
        .retry_after_s = (uint32_t)retry_after,
        .is_replay = says_replay(curl),
    };
}

enum status https_send(struct https *https, const struct https_request *request, int64_t deadline_us, struct arena *arena,
                       struct https_answer *ret_answer, struct error *err)
{
    struct inbox inbox = {NULL, 0, 0};
    int64_t patience_ms = (deadline_us - clock_monotonic_us()) / US_PER_MS;
    CURL *curl = patience_ms < SPARE_MS ? NULL : take(https);
    if (!curl)
        return error_set(err, STATUS_UNAVAILABLE, "There was no time left to call. %s was not asked.", https->who);
    set_safety(https, curl, patience_ms < https->timeout_ms ? patience_ms : https->timeout_ms);
    struct curl_slist *headers = set_request(curl, request, &inbox);
    CURLcode code = curl_easy_perform(curl);
    if (code == CURLE_OK)
        read_answer(curl, &inbox, arena, ret_answer);
    else
        tell_failure(https, curl, code, err);
    curl_slist_free_all(headers);
    free(inbox.data);
    give_back(https, curl);
    return code == CURLE_OK ? STATUS_OK : err->status;
}

const char *https_escape(const char *text, struct arena *arena)
{
    char *escaped = curl_easy_escape(NULL, text, (int)strlen(text));
    const char *copy = arena_strdup(arena, escaped ? escaped : "");
    curl_free(escaped);
    return copy;
}
