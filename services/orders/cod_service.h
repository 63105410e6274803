/*
 * The codes of cash on delivery as calls: sending one, confirming an order with one, handing over with one.
 */
#ifndef ORDERS_COD_SERVICE_H
#define ORDERS_COD_SERVICE_H

#include "cod.h"
#include "db.h"
#include "orders_state.h"

void cod_serve(Orders__V1__OrderService_Service *vtable);

/* The key of the digests, derived from the service's secret. */
void cod_key_derive(const unsigned char secret[CURSOR_KEY_SIZE], unsigned char ret_key[COD_KEY_SIZE]);

/*
 * Inside db_transact(): a new code for the order, and the event that carries it to the shopper's phone. The code itself is
 * nowhere but in that event.
 */
void cod_send_code(struct db *db, const unsigned char key[COD_KEY_SIZE], const struct order_record *order,
                   enum cod_code kind, int64_t now_us);

/*
 * Before an order is handed over: OK when it has no delivery code, when `typed` is the right one, or when none was typed and
 * `note` says why. A wrong one uses up a guess.
 */
enum status cod_check_delivery(struct orders_service *self, struct rpc_call *call, const struct order_record *order,
                               const char *typed, const char *note, struct error *err) MUST_CHECK;

/* Inside the transaction in which the last parcel of the order leaves: the delivery code, where the market has one. */
void cod_send_shipped(struct db *db, const struct orders_service *self, const struct order_record *order, int64_t now_us);

#endif
