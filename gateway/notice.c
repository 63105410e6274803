/* A payment provider's notice, handed to orders. */
#include "notice.h"

#include "gateway.h"
#include "orders.pb-c.h"

/* What M-Pesa wants to read; the others look at the status only. */
#define ACCEPTED "{\"ResultCode\":0,\"ResultDesc\":\"Accepted\"}"

/* The headers by which providers prove their notices. */
static const char *const proofs[] = {"x-paystack-signature", "verif-hash", "stripe-signature"};
#define PROOF_COUNT (sizeof(proofs) / sizeof(proofs[0]))

struct notice {
    Orders__V1__ReceiveNoticeRequest request;
    Orders__V1__ReceiveNoticeRequest__Header headers[PROOF_COUNT];
    Orders__V1__ReceiveNoticeRequest__Header *list[PROOF_COUNT];
    const struct rpc_result *result;
};

static void answer(struct exchange *x)
{
    const struct notice *notice = x->state;
    if (!exchange_failed(x, notice->result))
        exchange_reply(x, 200, "application/json", ACCEPTED, sizeof(ACCEPTED) - 1);
}

static void take_proofs(const struct exchange *x, struct notice *notice)
{
    for (size_t i = 0; i < PROOF_COUNT; i++) {
        const char *value = exchange_header(x, proofs[i]);
        if (!value)
            continue;
        Orders__V1__ReceiveNoticeRequest__Header *header = &notice->headers[notice->request.n_headers];
        orders__v1__receive_notice_request__header__init(header);
        header->name = (char *)proofs[i];
        header->value = (char *)value;
        notice->list[notice->request.n_headers++] = header;
    }
}

void notice_receive(struct exchange *x)
{
    struct notice *notice = x->state = ARENA_NEW(x->arena, struct notice);
    const char *token = params_get(&x->captures, "token");
    orders__v1__receive_notice_request__init(&notice->request);
    notice->request.provider = (char *)params_get(&x->captures, "provider");
    notice->request.token = (char *)(token ? token : "");
    notice->request.body = (ProtobufCBinaryData){.len = x->body_size, .data = (uint8_t *)(uintptr_t)x->body};
    notice->request.headers = notice->list;
    take_proofs(x, notice);
    notice->result = exchange_call(x, &orders__v1__order_service__descriptor, "ReceiveNotice", &notice->request.base);
    exchange_wait(x, answer);
}
