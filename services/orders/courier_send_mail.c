/* A mail by SMTP: text and HTML, by libcurl. */
#include "courier_send.h"

#include <stdio.h>
#include <string.h>
#include <time.h>
#include <curl/curl.h>
#include <sodium.h>

#include "clock.h"

#define TIMEOUT_MS 60000L
#define CONNECT_TIMEOUT_MS 10000L
#define WORD_BYTES 42 /* of text in one encoded word, which may be 75 characters long */
#define HEADERS_MAX 7

/* ---- the message ---- */

static bool is_plain(const char *text)
{
    for (const unsigned char *c = (const unsigned char *)text; *c; c++)
        if (*c < ' ' || *c > '~')
            return false;
    return strstr(text, "=?") == NULL;
}

/* How many of the first WORD_BYTES bytes are whole characters. */
static size_t word_length(const char *text)
{
    size_t length = strlen(text);
    if (length <= WORD_BYTES)
        return length;
    length = WORD_BYTES;
    while (((unsigned char)text[length] & 0xC0) == 0x80)
        length--;
    return length;
}

const char *courier_mail_header(const char *text, struct arena *arena)
{
    const char *encoded = "";
    if (is_plain(text))
        return arena_strdup(arena, text);
    while (*text) {
        char word[sodium_base64_ENCODED_LEN(WORD_BYTES, sodium_base64_VARIANT_ORIGINAL)];
        size_t length = word_length(text);
        sodium_bin2base64(word, sizeof(word), (const unsigned char *)text, length, sodium_base64_VARIANT_ORIGINAL);
        encoded = arena_printf(arena, "%s%s=?UTF-8?B?%s?=", encoded, *encoded ? "\r\n " : "", word);
        text += length;
    }
    return encoded;
}

static const char *date_of(int64_t time_us, struct arena *arena)
{
    static const char *const days[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
    static const char *const months[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    struct tm tm;
    time_t seconds = (time_t)(time_us / US_PER_S);
    gmtime_r(&seconds, &tm);
    return arena_printf(arena, "%s, %02d %s %d %02d:%02d:%02d +0000", days[tm.tm_wday], tm.tm_mday, months[tm.tm_mon],
                        tm.tm_year + 1900, tm.tm_hour, tm.tm_min, tm.tm_sec);
}

static const char *domain_of(const char *address)
{
    const char *at = strrchr(address, '@');
    return at ? at + 1 : "localhost";
}

static struct curl_slist *headers_of(const struct courier_errand *errand, const struct courier_mail *mail)
{
    struct arena *arena = errand->arena;
    const struct courier_settings *settings = errand->settings;
    const char *const lines[HEADERS_MAX] = {
        arena_printf(arena, "Date: %s", date_of(errand->job->created_at_us, arena)),
        arena_printf(arena, "From: %s <%s>", courier_mail_header(settings->shop, arena), settings->mail_from),
        arena_printf(arena, "To: <%s>", mail->to),
        arena_printf(arena, "Subject: %s", courier_mail_header(mail->subject, arena)),
        arena_printf(arena, "Message-ID: <%s@%s>", errand->job->id, domain_of(settings->mail_from)),
        "Auto-Submitted: auto-generated",
        "X-Auto-Response-Suppress: All",
    };
    struct curl_slist *headers = NULL;
    for (size_t i = 0; i < HEADERS_MAX; i++) {
        struct curl_slist *longer = curl_slist_append(headers, lines[i]);
        headers = longer ? longer : headers;
    }
    return headers;
}

static void add_part(curl_mime *alternatives, const char *text, const char *type)
{
    curl_mimepart *part = curl_mime_addpart(alternatives);
    curl_mime_data(part, text, CURL_ZERO_TERMINATED);
    curl_mime_type(part, type);
    curl_mime_encoder(part, "quoted-printable");
}

/* multipart/alternative, the plainest first. */
static curl_mime *body_of(CURL *curl, const struct courier_mail *mail)
{
    curl_mime *alternatives = curl_mime_init(curl);
    curl_mime *whole = curl_mime_init(curl);
    add_part(alternatives, mail->plain, "text/plain; charset=utf-8");
    add_part(alternatives, mail->html, "text/html; charset=utf-8");
    curl_mimepart *part = curl_mime_addpart(whole);
    curl_mime_subparts(part, alternatives);
    curl_mime_type(part, "multipart/alternative");
    return whole;
}

/* ---- its way ---- */

static void set_way(CURL *curl, const struct courier_settings *settings)
{
    curl_easy_setopt(curl, CURLOPT_URL, settings->smtp_url);
    curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "smtp,smtps");
    curl_easy_setopt(curl, CURLOPT_USE_SSL, settings->smtp_tls ? (long)CURLUSESSL_ALL : (long)CURLUSESSL_TRY);
    curl_easy_setopt(curl, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
    if (settings->ca_file[0] != '\0') {
        curl_easy_setopt(curl, CURLOPT_CAINFO, settings->ca_file);
        curl_easy_setopt(curl, CURLOPT_CAPATH, NULL);
    }
    if (settings->smtp_user[0] != '\0') {
        curl_easy_setopt(curl, CURLOPT_USERNAME, settings->smtp_user);
        curl_easy_setopt(curl, CURLOPT_PASSWORD, settings->smtp_password);
    }
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl, CURLOPT_PROXY, "");
    curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, TIMEOUT_MS);
    curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS, CONNECT_TIMEOUT_MS);
}

/* 530 to 538 are about our own sign-in: somebody will mend it. */
static void read_end(CURLcode end, long code, struct courier_outcome *outcome)
{
    bool is_refused = code >= 500 && code < 600 && !(code >= 530 && code <= 538) && end != CURLE_LOGIN_DENIED;
    if (end == CURLE_OK)
        courier_outcome_set(outcome, COURIER_SENT, code, "%s", "");
    else
        courier_outcome_set(outcome, is_refused ? COURIER_NEVER : COURIER_AGAIN, code, "The mail server: %s (%ld).",
                            curl_easy_strerror(end), code);
}

static void submit(const struct courier_errand *errand, const struct courier_mail *mail, struct courier_outcome *outcome)
{
    long code = 0;
    CURL *curl = curl_easy_init();
    struct curl_slist *headers = headers_of(errand, mail);
    struct curl_slist *recipients = curl_slist_append(NULL, arena_printf(errand->arena, "<%s>", mail->to));
    curl_mime *body = body_of(curl, mail);
    set_way(curl, errand->settings);
    curl_easy_setopt(curl, CURLOPT_MAIL_FROM, arena_printf(errand->arena, "<%s>", errand->settings->mail_from));
    curl_easy_setopt(curl, CURLOPT_MAIL_RCPT, recipients);
    curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
    curl_easy_setopt(curl, CURLOPT_MIMEPOST, body);
    CURLcode end = curl_easy_perform(curl);
    curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &code);
    read_end(end, code, outcome);
    curl_easy_cleanup(curl);
    curl_mime_free(body);
    curl_slist_free_all(recipients);
    curl_slist_free_all(headers);
}

void courier_send_mail(const struct courier_errand *errand, struct courier_outcome *ret_outcome)
{
    struct courier_mail mail;
    struct error err;
    json_t *payload = json_loads(errand->payload, 0, NULL);
    error_clear(&err);
    if (courier_text_mail(errand->text, errand->notice, payload, errand->arena, &mail, &err) != STATUS_OK)
        courier_outcome_set(ret_outcome, COURIER_NEVER, 0, "%s", err.message);
    else if (!is_plain(mail.to) || strpbrk(mail.to, "<> "))
        courier_outcome_set(ret_outcome, COURIER_NEVER, 0, "The address is none that mail can go to.");
    else
        submit(errand, &mail, ret_outcome);
    json_decref(payload);
}
