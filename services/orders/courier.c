/* The courier's parts, opened and closed, and events on their way in. */
#include "courier.h"

#include <stdlib.h>
#include <string.h>
#include <sodium.h>

#include "clock.h"
#include "courier_lane.h"
#include "db_listen.h"
#include "log.h"
#include "uuid.h"
#include "webhook_address.h"

#define WEBHOOK_LANES 4
#define LANES_MAX (WEBHOOK_LANES + 2)
#define SMS_TIMEOUT_MS 20000
#define EVENT_MAX_BYTES (512 * 1024)

struct courier {
    struct courier_post post; /* what all lanes share */
    struct courier_lane *lanes[LANES_MAX];
    size_t lane_count;
    struct db_listener *listener;
};

/* ---- events ---- */

static enum status refuse(struct error *err, const char *why)
{
    return error_set(err, STATUS_INVALID_ARGUMENT, "%s", why);
}

static void add_kinds(const struct courier *courier, const struct notice *notice, const json_t *payload,
                      struct courier_event *event, struct arena *arena)
{
    const char **kinds = ARENA_ARRAY(arena, const char *, 2);
    event->kinds = (struct db_texts){kinds, 0};
    if (courier->post.settings->smtp_url[0] != '\0' && courier_text_mail_to(courier->post.text, notice, payload)[0] != '\0')
        kinds[event->kinds.count++] = "mail";
    if (courier_sends_sms(courier) && courier_text_sms_to(notice, payload)[0] != '\0')
        kinds[event->kinds.count++] = "sms";
}

enum status courier_read_event(const struct courier *courier, const Orders__V1__Event *event, struct arena *arena,
                               struct courier_event *ret_event, struct error *err)
{
    const struct notice *notice = notice_find(event->topic);
    size_t length = strlen(event->payload);
    if (!uuid_is_valid(event->id) || event->key[0] == '\0')
        return refuse(err, "The event has no id or no key.");
    if (!notice)
        return refuse(err, "There is no such topic.");
    json_t *payload = length > EVENT_MAX_BYTES ? NULL : json_loadb(event->payload, length, JSON_REJECT_DUPLICATES, NULL);
    if (!json_is_object(payload)) {
        json_decref(payload);
        return refuse(err, "The payload is no JSON object of reasonable size.");
    }
    *ret_event = (struct courier_event){.id = event->id,
                                        .topic = event->topic,
                                        .key = event->key,
                                        .payload = notice->is_secret ? "" : event->payload,
                                        .made_at_us = event->made_at ? clock_from_timestamp(event->made_at) : clock_now_us(),
                                        .for_webhooks = !notice->is_secret};
    if (notice->is_secret)
        ret_event->sealed = courier_seal(courier->post.key, event->payload, length, arena);
    add_kinds(courier, notice, payload, ret_event, arena);
    json_decref(payload);
    return STATUS_OK;
}

/* ---- opening and closing ---- */

/* `what`: the kind of the messages that there are now, or "" when that is not known. */
static void heard(void *arg, const char *what)
{
    struct courier *courier = arg;
    for (size_t i = 0; i < courier->lane_count; i++)
        courier_lane_wake(courier->lanes[i], what);
}

static enum status add_lane(struct courier *courier, const struct courier_lane_options *options, struct error *err)
{
    enum status status = courier_lane_open(options, &courier->lanes[courier->lane_count], err);
    courier->lane_count += courier->lanes[courier->lane_count] != NULL;
    return status;
}

static enum status open_lanes(struct courier *courier, struct error *err)
{
    const struct courier_settings *settings = courier->post.settings;
    struct courier_lane_options options = {.post = &courier->post, .kind = "webhook", .send = courier_send_webhook};
    for (int i = 0; i < WEBHOOK_LANES; i++) {
        options.is_first = i == 0;
        if (add_lane(courier, &options, err) != STATUS_OK)
            return err->status;
    }
    options =
        (struct courier_lane_options){.post = &courier->post, .kind = "mail", .send = courier_send_mail, .is_first = true};
    if (settings->smtp_url[0] != '\0' && add_lane(courier, &options, err) != STATUS_OK)
        return err->status;
    options =
        (struct courier_lane_options){.post = &courier->post, .kind = "sms", .send = courier_send_sms, .is_first = true};
    if (courier_sends_sms(courier) && add_lane(courier, &options, err) != STATUS_OK)
        return err->status;
    return STATUS_OK;
}

static enum status check_settings(const struct courier_settings *settings, struct error *err)
{
    if (settings->smtp_url[0] != '\0' && strchr(settings->mail_from, '@') == NULL)
        return error_set(err, STATUS_INVALID_ARGUMENT, "ORDERS_MAIL_FROM: with ORDERS_SMTP_URL an address is needed.");
    if (settings->sms_api_key[0] != '\0' && settings->sms_username[0] == '\0')
        return error_set(err, STATUS_INVALID_ARGUMENT, "ORDERS_SMS_USERNAME: with ORDERS_SMS_API_KEY it is needed.");
    return STATUS_OK;
}

static enum status open_post(struct courier_post *post, const struct orders_settings *settings,
                             const struct markets *markets, struct error *err)
{
    const struct courier_text_options options = {.markets = markets,
                                                 .shop = post->settings->shop,
                                                 .public_url = settings->payments.public_url,
                                                 .staff_mail = post->settings->mail_staff};
    if (check_settings(post->settings, err) != STATUS_OK ||
        courier_seal_key(post->settings->key, post->key, err) != STATUS_OK ||
        courier_text_open(&options, &post->text, err) != STATUS_OK)
        return err->status;
    post->receivers = https_new(post->settings->ca_file, post->settings->timeout_ms);
    https_restrict(post->receivers, "The receiver", post->settings->allow_private ? NULL : webhook_address_is_public);
    post->companies = https_new(post->settings->ca_file, SMS_TIMEOUT_MS);
    https_restrict(post->companies, "The SMS gateway", NULL);
    post->db = service_db_new(&settings->base, "orders courier");
    return STATUS_OK;
}

enum status courier_open(const struct orders_settings *settings, const struct markets *markets, struct courier **ret_courier,
                         struct error *err)
{
    struct courier *courier = calloc(1, sizeof(*courier));
    if (!courier)
        return error_set(err, STATUS_RESOURCE_EXHAUSTED, "out of memory");
    *ret_courier = courier;
    courier->post.settings = &settings->courier;
    pthread_mutex_init(&courier->post.lock, NULL);
    if (open_post(&courier->post, settings, markets, err) != STATUS_OK || open_lanes(courier, err) != STATUS_OK)
        return err->status;
    return db_listener_start(settings->base.database_url, "courier", heard, courier, &courier->listener, err);
}

void courier_close(struct courier *courier)
{
    if (!courier)
        return;
    db_listener_stop(courier->listener);
    for (size_t i = 0; i < courier->lane_count; i++)
        courier_lane_end(courier->lanes[i]);
    while (courier->lane_count > 0)
        courier_lane_close(courier->lanes[--courier->lane_count]); /* a lane wakes the one opened before it */
    https_free(courier->post.receivers);
    https_free(courier->post.companies);
    courier_text_close(courier->post.text);
    db_free(courier->post.db);
    pthread_mutex_destroy(&courier->post.lock);
    sodium_memzero(courier->post.key, sizeof(courier->post.key));
    free(courier);
}

const unsigned char *courier_key(const struct courier *courier)
{
    return courier->post.key;
}

bool courier_sends_sms(const struct courier *courier)
{
    return courier->post.settings->sms_api_key[0] != '\0';
}
