/* The address book: a few addresses of one account, exactly one of them the default. */
#include "auth_service.h"

#include <string.h>

#include "address.h"
#include "clock.h"

#define ADDRESSES_MAX 20

struct address_work {
    struct arena *arena;
    const char *account_id;
    struct auth_address address; /* as asked for; after the transaction as it is */
    bool wants_default;
    int64_t now_us;
};

static struct auth_address address_of(const Types__V1__Address *message)
{
    return (struct auth_address){
        .recipient = message->recipient,
        .phone = message->phone,
        .line1 = message->line1,
        .line2 = message->line2,
        .landmark = message->landmark,
        .city = message->city,
        .region = message->region,
        .postal_code = message->postal_code,
        .country_code = message->country_code,
    };
}

static void fill_message(const struct auth_address *address, struct arena *arena, Auth__V1__SavedAddress *saved)
{
    Types__V1__Address *message = ARENA_NEW(arena, Types__V1__Address);
    types__v1__address__init(message);
    message->recipient = (char *)address->recipient;
    message->phone = (char *)address->phone;
    message->line1 = (char *)address->line1;
    message->line2 = (char *)address->line2;
    message->landmark = (char *)address->landmark;
    message->city = (char *)address->city;
    message->region = (char *)address->region;
    message->postal_code = (char *)address->postal_code;
    message->country_code = (char *)address->country_code;
    saved->id = (char *)address->id;
    saved->address = message;
    saved->is_default = address->is_default;
}

static enum status not_found(struct error *err)
{
    return error_set(err, STATUS_NOT_FOUND, "There is no such address among yours.");
}

static enum status lock_account(struct db *db, const struct address_work *work, struct error *err)
{
    enum db_outcome outcome = auth_store_lock_account(db, work->account_id, work->arena, err);
    return outcome == DB_NONE ? auth_service_account_is_gone(err) : db_status(outcome);
}

/* Puts the default right after a change, and reads the address back. */
static enum status settle(struct db *db, struct address_work *work, struct error *err)
{
    const char *id = work->address.id;
    if (work->wants_default) {
        auth_store_clear_default_address(db, work->account_id);
        auth_store_set_default_address(db, work->account_id, id);
    }
    auth_store_elect_default_address(db, work->account_id, id);
    return db_status(auth_store_find_address(db, work->account_id, id, work->arena, &work->address, err));
}

/* Saving an address that is there already gives that one, so a request that is sent twice does no harm. */
static enum status add_address(struct db *db, struct address_work *work, struct error *err)
{
    struct auth_address equal;
    enum db_outcome outcome = auth_store_find_equal_address(db, work->account_id, &work->address, work->arena, &equal, err);
    if (outcome == DB_OK)
        work->address.id = equal.id;
    if (outcome != DB_NONE)
        return db_status(outcome);
    int64_t count = 0;
    outcome = auth_store_count_addresses(db, work->account_id, work->arena, &count, err);
    if (outcome != DB_OK)
        return db_status(outcome);
    if (count >= ADDRESSES_MAX)
        return error_set(err, STATUS_FAILED_PRECONDITION,
                         "You have saved %d addresses, as many as can be; delete one first.", ADDRESSES_MAX);
    work->address.id = uuid_new(work->arena);
    auth_store_insert_address(db, work->account_id, &work->address, work->now_us);
    return STATUS_OK;
}

static enum status create_in_transaction(struct db *db, void *arg, struct error *err)
{
    struct address_work work = *(struct address_work *)arg;
    enum status status = lock_account(db, &work, err);
    if (status == STATUS_OK)
        status = add_address(db, &work, err);
    if (status == STATUS_OK)
        status = settle(db, &work, err);
    if (status == STATUS_OK)
        ((struct address_work *)arg)->address = work.address;
    return status;
}

static enum status update_in_transaction(struct db *db, void *arg, struct error *err)
{
    struct address_work work = *(struct address_work *)arg;
    enum status status = lock_account(db, &work, err);
    if (status)
        return status;
    enum db_outcome outcome = auth_store_update_address(db, work.account_id, &work.address, err);
    if (outcome != DB_OK)
        return outcome == DB_NONE ? not_found(err) : db_status(outcome);
    if (!work.wants_default)
        auth_store_unset_default_address(db, work.account_id, work.address.id);
    status = settle(db, &work, err);
    if (status == STATUS_OK)
        ((struct address_work *)arg)->address = work.address;
    return status;
}

static enum status delete_in_transaction(struct db *db, void *arg, struct error *err)
{
    const struct address_work *work = arg;
    enum status status = lock_account(db, work, err);
    if (status)
        return status;
    enum db_outcome outcome = auth_store_delete_address(db, work->account_id, work->address.id, err);
    if (outcome != DB_OK)
        return outcome == DB_NONE ? not_found(err) : db_status(outcome);
    auth_store_elect_default_address(db, work->account_id, work->address.id);
    return STATUS_OK;
}

static enum status list_addresses(struct auth_service *self, struct rpc_call *call,
                                  const Auth__V1__ListAddressesRequest *request, Auth__V1__ListAddressesReply *reply,
                                  struct error *err)
{
    (void)self;
    (void)request;
    const char *account_id;
    enum status status = auth_service_account(call, &account_id, err);
    if (status)
        return status;
    struct auth_address *addresses;
    size_t count;
    enum db_outcome outcome = auth_store_list_addresses(service_db(call), account_id, call->arena, &addresses, &count, err);
    if (outcome != DB_OK)
        return db_status(outcome);
    reply->n_addresses = count;
    reply->addresses = ARENA_ARRAY(call->arena, Auth__V1__SavedAddress *, count);
    for (size_t i = 0; i < count; i++) {
        reply->addresses[i] = ARENA_NEW(call->arena, Auth__V1__SavedAddress);
        auth__v1__saved_address__init(reply->addresses[i]);
        fill_message(&addresses[i], call->arena, reply->addresses[i]);
    }
    return STATUS_OK;
}

/* Checks who asks and what is to be saved; what comes from the message goes into *ret_work. */
static enum status check(const struct rpc_call *call, const Types__V1__Address *message, bool wants_default,
                         struct address_work *ret_work, struct error *err)
{
    const char *account_id;
    enum status status = auth_service_account(call, &account_id, err);
    if (status)
        return status;
    Types__V1__Address *clean;
    status = address_check(message, "address", call->arena, &clean, err);
    if (status)
        return status;
    *ret_work = (struct address_work){call->arena, account_id, address_of(clean), wants_default, clock_now_us()};
    return STATUS_OK;
}

static enum status create_address(struct auth_service *self, struct rpc_call *call,
                                  const Auth__V1__CreateAddressRequest *request, Auth__V1__SavedAddress *reply,
                                  struct error *err)
{
    (void)self;
    struct address_work work;
    enum status status = check(call, request->address, request->is_default, &work, err);
    if (status == STATUS_OK)
        status = db_transact(service_db(call), create_in_transaction, &work, err);
    if (status == STATUS_OK)
        fill_message(&work.address, call->arena, reply);
    return status;
}

static enum status update_address(struct auth_service *self, struct rpc_call *call,
                                  const Auth__V1__UpdateAddressRequest *request, Auth__V1__SavedAddress *reply,
                                  struct error *err)
{
    (void)self;
    struct address_work work;
    enum status status = check(call, request->address, request->is_default, &work, err);
    if (status)
        return status;
    if (!uuid_is_valid(request->address_id))
        return not_found(err);
    work.address.id = request->address_id;
    status = db_transact(service_db(call), update_in_transaction, &work, err);
    if (status == STATUS_OK)
        fill_message(&work.address, call->arena, reply);
    return status;
}

static enum status delete_address(struct auth_service *self, struct rpc_call *call,
                                  const Auth__V1__DeleteAddressRequest *request, Auth__V1__DeleteAddressReply *reply,
                                  struct error *err)
{
    (void)self;
    (void)reply;
    struct address_work work = {.arena = call->arena, .address.id = request->address_id};
    enum status status = auth_service_account(call, &work.account_id, err);
    if (status)
        return status;
    if (!uuid_is_valid(request->address_id))
        return not_found(err);
    return db_transact(service_db(call), delete_in_transaction, &work, err);
}

IDEMPOTENCY_KEYED_BY(create_address, struct auth_service, Auth__V1__CreateAddressRequest, Auth__V1__SavedAddress, self->seal)
IDEMPOTENCY_KEYED_BY(update_address, struct auth_service, Auth__V1__UpdateAddressRequest, Auth__V1__SavedAddress, self->seal)
IDEMPOTENCY_KEYED_BY(delete_address, struct auth_service, Auth__V1__DeleteAddressRequest, Auth__V1__DeleteAddressReply,
                     self->seal)

RPC_HANDLER(list_addresses, struct auth_service, Auth__V1__ListAddressesRequest, Auth__V1__ListAddressesReply,
            auth__v1__list_addresses_reply__init)
RPC_HANDLER(create_address_keyed, struct auth_service, Auth__V1__CreateAddressRequest, Auth__V1__SavedAddress,
            auth__v1__saved_address__init)
RPC_HANDLER(update_address_keyed, struct auth_service, Auth__V1__UpdateAddressRequest, Auth__V1__SavedAddress,
            auth__v1__saved_address__init)
RPC_HANDLER(delete_address_keyed, struct auth_service, Auth__V1__DeleteAddressRequest, Auth__V1__DeleteAddressReply,
            auth__v1__delete_address_reply__init)

void auth_addresses_serve(Auth__V1__AuthService_Service *vtable)
{
    vtable->list_addresses = list_addresses_rpc;
    vtable->create_address = create_address_keyed_rpc;
    vtable->update_address = update_address_keyed_rpc;
    vtable->delete_address = delete_address_keyed_rpc;
}
