// After the sale: parcels on their way, money that goes back, things that are sent back.
import { journey, guest, staff, contact, address, productOf, key, present, matching } from './journey.mjs';

const run = Date.now().toString(36);
const order = { contact, deliveryAddress: address, paymentMethod: 'CASH_ON_DELIVERY' };
const parcelKey = key(), refundKey = key(), returnKey = key(), backKey = key();
const keyed = k => ({ 'idempotency-key': k });

// Steps up to a confirmed order of `quantity` units at 1250.00.
const confirmed = (handle, quantity) => [
  staff, guest, productOf(`${handle}-${run}`, 10),
  { name: 'added', call: 'POST /v1/cart/items', as: 'guest', status: 201,
    body: s => ({ countryCode: 'KE', variantId: s.record.variants[0].id, quantity }) },
  { name: 'order', call: 'POST /v1/orders', as: 'guest', status: 201, headers: keyed(key()), body: order },
  { name: 'confirmed', call: s => `POST /v1/admin/orders/${s.order.id}/events`, as: 'staff', body: { event: 'CONFIRM' } },
];

journey('An order leaves in two parcels and arrives with the second', [
  ...confirmed('parcels', 3),
  { name: 'without key', call: s => `POST /v1/admin/orders/${s.order.id}/shipments`, as: 'staff', status: 400, body: {}, field: 'Idempotency-Key' },
  { name: 'not for guests', call: s => `POST /v1/admin/orders/${s.order.id}/shipments`, as: 'guest', status: 403, headers: keyed(key()), body: {} },
  { name: 'too many', call: s => `POST /v1/admin/orders/${s.order.id}/shipments`, as: 'staff', status: 409, headers: keyed(key()),
    body: s => ({ lines: [{ variantId: s.record.variants[0].id, quantity: 4 }] }), field: 'lines[0].quantity' },
  { name: 'parcel', call: s => `POST /v1/admin/orders/${s.order.id}/shipments`, as: 'staff', status: 201, headers: keyed(parcelKey),
    body: s => ({ carrier: 'G4S', trackingNumber: '77-1', trackingUrl: 'https://track.example/77-1', lines: [{ variantId: s.record.variants[0].id, quantity: 2 }] }),
    expect: { id: present, number: '1', state: 'ON_ITS_WAY', lines: [{ quantity: '2' }] } },
  { name: 'again', call: s => `POST /v1/admin/orders/${s.order.id}/shipments`, as: 'staff', status: 201, headers: keyed(parcelKey),
    body: s => ({ carrier: 'G4S', trackingNumber: '77-1', trackingUrl: 'https://track.example/77-1', lines: [{ variantId: s.record.variants[0].id, quantity: 2 }] }),
    expect: s => ({ id: s.parcel.id }), answers: { 'idempotency-replayed': 'true' } },
  { name: 'partly', call: s => `GET /v1/orders/${s.order.id}`, as: 'guest',
    expect: { status: 'PARTLY_SHIPPED', canCancel: false, shipments: [{ trackingNumber: '77-1' }], lines: [{ shipped: '2', toShip: '1' }] } },
  { name: 'handed over', call: s => `POST /v1/admin/orders/${s.order.id}/shipments/${s.parcel.id}/deliver`, as: 'staff', body: {}, expect: { state: 'DELIVERED', deliveredAt: present } },
  { name: 'rest', call: s => `POST /v1/admin/orders/${s.order.id}/shipments`, as: 'staff', status: 201, headers: keyed(key()), body: {}, expect: { number: '2', lines: [{ quantity: '1' }] } },
  { name: 'arrived', call: s => `POST /v1/admin/orders/${s.order.id}/shipments/${s.rest.id}/deliver`, as: 'staff', body: {} },
  { name: 'delivered', call: s => `GET /v1/orders/${s.order.id}`, as: 'guest',
    expect: { status: 'DELIVERED', payment: { status: 'COLLECTED' }, canReturn: true, returnUntil: matching(/Z$/), lines: [{ delivered: '3', returnable: '3' }] } },
]);

journey('A return from the request to the money', [
  ...confirmed('returns', 2),
  { name: 'too early', call: s => `POST /v1/orders/${s.order.id}/returns`, as: 'guest', status: 409, headers: keyed(key()),
    body: s => ({ reason: 'DAMAGED', lines: [{ variantId: s.record.variants[0].id, quantity: 1 }] }) },
  { name: 'shipped', call: s => `POST /v1/admin/orders/${s.order.id}/events`, as: 'staff', body: { event: 'SHIP' }, expect: { shipments: [{ number: '1' }] } },
  { name: 'delivered', call: s => `POST /v1/admin/orders/${s.order.id}/events`, as: 'staff', body: { event: 'DELIVER' } },
  { name: 'asked', call: s => `POST /v1/orders/${s.order.id}/returns`, as: 'guest', status: 201, headers: keyed(returnKey),
    body: s => ({ reason: 'DAMAGED', note: 'A hole.', lines: [{ variantId: s.record.variants[0].id, quantity: 1 }] }),
    expect: { state: 'REQUESTED', canWithdraw: true } },
  { name: 'listed', call: 'GET /v1/admin/returns?state=REQUESTED&pageSize=1', as: 'staff', expect: s => ({ returns: [{ id: s.asked.id, orderNumber: s.order.number }] }) },
  { name: 'approved', call: s => `POST /v1/admin/returns/${s.asked.id}/events`, as: 'staff', body: { event: 'APPROVE' }, expect: { state: 'APPROVED' } },
  { name: 'received', call: s => `POST /v1/admin/returns/${s.asked.id}/receipt`, as: 'staff', headers: keyed(key()),
    body: s => ({ lines: [{ variantId: s.record.variants[0].id, received: 1, restocked: 1, condition: 'AS_NEW' }] }), expect: { state: 'RECEIVED' } },
  { name: 'refunded', call: s => `POST /v1/admin/returns/${s.asked.id}/refund`, as: 'staff', status: 201, headers: keyed(backKey), body: {},
    expect: { amount: { amountMinor: '125000', currencyCode: 'KES' } } },
  { name: 'refunded again', call: s => `POST /v1/admin/returns/${s.asked.id}/refund`, as: 'staff', status: 201, headers: keyed(backKey), body: {},
    expect: s => ({ id: s.refunded.id }), answers: { 'idempotency-replayed': 'true' } },
  { name: 'told', call: s => `GET /v1/orders/${s.order.id}`, as: 'guest',
    expect: s => ({ returns: [{ state: 'REFUNDED', refundId: s.refunded.id }], refunds: [{ returnId: s.asked.id }], lines: [{ returnable: '1' }] }) },
]);

journey('Money goes back once and never more than was paid', [
  ...confirmed('refunds', 2),
  { name: 'taken off', call: s => `POST /v1/admin/orders/${s.order.id}/refunds`, as: 'staff', status: 201, headers: keyed(refundKey),
    body: s => ({ reason: 'One is gone.', lines: [{ variantId: s.record.variants[0].id, quantity: 1, restock: true }] }),
    expect: { state: 'TAKEN_OFF', amount: { amountMinor: '125000' } } },
  { name: 'all of it', call: s => `POST /v1/admin/orders/${s.order.id}/refunds`, as: 'staff', status: 409, headers: keyed(key()), body: { everything: true } },
  { name: 'shipped', call: s => `POST /v1/admin/orders/${s.order.id}/events`, as: 'staff', body: { event: 'SHIP' }, expect: { shipments: [{ lines: [{ quantity: '1' }] }] } },
  { name: 'delivered', call: s => `POST /v1/admin/orders/${s.order.id}/events`, as: 'staff', body: { event: 'DELIVER' } },
  { name: 'too much', call: s => `POST /v1/admin/orders/${s.order.id}/refunds`, as: 'staff', status: 409, headers: keyed(key()),
    body: { amount: { amountMinor: '150001', currencyCode: 'KES' } }, field: 'amount' },
  { name: 'the rest', call: s => `POST /v1/admin/orders/${s.order.id}/refunds`, as: 'staff', status: 201, headers: keyed(key()), body: { everything: true, restock: true },
    expect: { amount: { amountMinor: '150000' }, withDelivery: true } },
  { name: 'nothing left', call: s => `POST /v1/admin/orders/${s.order.id}/refunds`, as: 'staff', status: 409, headers: keyed(key()),
    body: { amount: { amountMinor: '1', currencyCode: 'KES' } } },
]);
