// What is paid before the parcel leaves: by a prompt on the phone, on a page of a provider, at the second try; and given back.
import { readFileSync } from 'node:fs';
import { journey, guest, staff, contact, address, productOf, key, present, matching, longer } from './journey.mjs';

const run = Date.now().toString(36);
const { admin } = JSON.parse(readFileSync(`${process.env.PORTAL_TEST_SIMULATORS}/ports.json`));
const simulators = `http://127.0.0.1:${admin}`;
const keyed = () => ({ 'idempotency-key': key() });
const order = { contact, deliveryAddress: address };

// Steps up to an order of two units at 1250.00 that is to be paid by `method`.
const ordered = (handle, method, expect) => [
  staff, guest, productOf(`${handle}-${run}`, 10),
  { name: 'added', call: 'POST /v1/cart/items', as: 'guest', status: 201,
    body: s => ({ countryCode: 'KE', variantId: s.record.variants[0].id, quantity: 2 }) },
  { name: 'order', call: 'POST /v1/orders', as: 'guest', status: 201, headers: keyed(), body: { ...order, paymentMethod: method },
    expect: { status: 'PENDING_PAYMENT', payment: { method, status: 'AWAITED', payUntil: present, ...expect } } },
];
const look = (name, expect) => ({ name, call: s => `GET /v1/orders/${s.order.id}`, as: 'guest', within_s: 20, expect });
const customer = (name, provider, does, from = 'order') => ({
  name, call: `POST ${simulators}/customers`, body: s => ({ provider, reference: s[from].payment.attempt.reference, does }) });

journey('An order is paid by M-Pesa on the phone, and cash is not asked for', [
  ...ordered('mpesa', 'MPESA', { attempt: { action: { kind: 'PROMPT', text: present }, phone: '+254712345678' } }),
  look('paid', { status: matching(/^(PAID|CONFIRMED)$/), payment: { status: 'PAID' }, amountDue: { amountMinor: matching(/^0$/) } }),
  { name: 'refund', call: s => `POST /v1/admin/orders/${s.order.id}/refunds`, as: 'staff', status: 201, headers: keyed(),
    body: { reason: 'It came late.', amount: { amountMinor: '10000', currencyCode: 'KES' } }, expect: { id: present } },
  look('given back', { refunds: [{ state: 'SUCCEEDED' }], refunded: { amountMinor: '10000' } }),
]);

journey('An order is paid on the page of Paystack, and part of it goes back', [
  ...ordered('paystack', 'PAYSTACK', { attempt: { action: { kind: 'REDIRECT', url: matching(/^https:\/\//) } } }),
  customer('customer pays', 'paystack', 'pay'),
  look('paid', { payment: { status: 'PAID' } }),
  { name: 'refund', call: s => `POST /v1/admin/orders/${s.order.id}/refunds`, as: 'staff', status: 201, headers: keyed(),
    body: s => ({ reason: 'One is broken.', lines: [{ variantId: s.record.variants[0].id, quantity: 1, restock: true }] }),
    expect: { id: present, amount: { amountMinor: '125000' } } },
  look('given back', { refunds: [{ state: 'SUCCEEDED' }], refunded: { amountMinor: '125000' } }),
  { name: 'books', call: `GET ${simulators}/books`, expect: { refunds: longer(0) } },
]);

journey('An order in Uganda is paid by MTN MoMo', [
  staff, guest, productOf(`momo-${run}`, 10, { variants: [{ sku: `MOMO-${run}`.toUpperCase(), weightGrams: 250, onHand: '10',
    prices: [{ price: { amountMinor: '55000', currencyCode: 'UGX' } }] }] }),
  { name: 'added', call: 'POST /v1/cart/items', as: 'guest', status: 201,
    body: s => ({ countryCode: 'UG', variantId: s.record.variants[0].id, quantity: 1 }) },
  { name: 'order', call: 'POST /v1/orders', as: 'guest', status: 201, headers: keyed(),
    body: { contact: { ...contact, phone: '+256772123456' }, paymentMethod: 'MTN_MOMO',
      deliveryAddress: { ...address, phone: '+256772123456', city: 'Kampala', countryCode: 'UG' } },
    expect: { status: 'PENDING_PAYMENT', payment: { attempt: { action: { kind: 'PROMPT' }, phone: '+256772123456' } } } },
  look('paid', { payment: { status: 'PAID' }, totals: { total: { currencyCode: 'UGX' } } }),
  { name: 'refund', call: s => `POST /v1/admin/orders/${s.order.id}/refunds`, as: 'staff', status: 201, headers: keyed(),
    body: { reason: 'It came late.', amount: { amountMinor: '5000', currencyCode: 'UGX' } }, expect: { id: present } },
  look('given back', { refunds: [{ state: 'SUCCEEDED' }] }),
]);

journey('A card is declined, and the second try is paid elsewhere', [
  ...ordered('declined', 'PAYSTACK', {}),
  customer('customer is declined', 'paystack', 'decline'),
  { name: 'without key', call: s => `POST /v1/orders/${s.order.id}/pay`, as: 'guest', status: 400, body: { method: 'FLUTTERWAVE' }, field: 'Idempotency-Key' },
  { name: 'not cash', call: s => `POST /v1/orders/${s.order.id}/pay`, as: 'guest', status: 400, headers: keyed(), body: { method: 'CASH_ON_DELIVERY' }, field: 'method' },
  { name: 'second', call: s => `POST /v1/orders/${s.order.id}/pay`, as: 'guest', headers: keyed(), body: { method: 'FLUTTERWAVE' },
    expect: { payment: { attempt: { method: 'FLUTTERWAVE', action: { kind: 'REDIRECT' } } } } },
  customer('customer pays', 'flutterwave', 'pay', 'second'),
  look('paid', { payment: { status: 'PAID', attempt: { method: 'FLUTTERWAVE' } } }),
]);

journey('A paid order is cancelled, and all of the money goes back', [
  ...ordered('cancelled', 'FLUTTERWAVE', {}),
  customer('customer pays', 'flutterwave', 'pay'),
  look('paid', { payment: { status: 'PAID' } }),
  { name: 'cancel', call: s => `POST /v1/orders/${s.order.id}/cancel`, as: 'guest', body: { reason: 'Found it elsewhere.' }, expect: { status: 'CANCELLED' } },
  look('given back', { status: 'CANCELLED', refunds: [{ state: 'SUCCEEDED' }] }),
]);

journey('Who says that an order is paid is not believed', [
  ...ordered('forged', 'PAYSTACK', {}),
  { name: 'forged', call: 'POST /v1/payments/notices/paystack', status: 401, headers: { 'x-paystack-signature': '00' },
    body: s => ({ event: 'charge.success', data: { id: 1, reference: s.order.payment.attempt.reference, amount: 250000, currency: 'KES' } }) },
  { name: 'guessed address', call: s => `POST /v1/payments/notices/mpesa/c${s.order.payment.attempt.id}00000000000000000000000000000000`, status: 401,
    body: { Body: { stkCallback: { ResultCode: 0, CheckoutRequestID: 'x' } } } },
  { name: 'nobody', call: 'POST /v1/payments/notices/nobody', status: 404, body: {} },
  { name: 'still awaited', call: s => `GET /v1/orders/${s.order.id}`, as: 'guest', expect: { status: 'PENDING_PAYMENT', payment: { status: 'AWAITED' } } },
]);
