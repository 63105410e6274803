// Who uses the shop while it is being broken: shoppers who buy, pay, look, change their minds and press twice, and staff who count
// stock, change prices and send orders on their way. What they were answered goes into the journal.
import { sleep } from './shop.mjs';

export const PRODUCTS = [
  { handle: 'scarce', onHand: 40, price: 125000 },        // everybody wants it, and it runs out
  { handle: 'kettle', onHand: 500, price: 349900 },
  { handle: 'lamp', onHand: 500, price: 89900 },
  { handle: 'radio', onHand: 500, price: 219900 },
  { handle: 'cloth', onHand: 120, price: 45000 },
];
const COUNTRY = 'KE', CURRENCY = 'KES';
const ADDRESS = { recipient: 'Wanjiku Kamau', phone: '0712345678', line1: 'Moi Avenue 12', city: 'Nakuru', countryCode: COUNTRY };
const contactOf = i => ({ name: `Shopper ${i}`, phone: `071234${String(i).padStart(4, '0')}`, email: `shopper${i}@faults.test` });

export const productBody = ({ handle, onHand, price }) => ({
  title: `Fault ${handle}`, description: 'Made for a test.', vendor: 'Faults', categoryPath: 'faults',
  variants: [{ sku: handle.toUpperCase(), weightGrams: 250, onHand: String(onHand), prices: [{ price: { amountMinor: String(price), currencyCode: CURRENCY } }] }],
});

export const orderBody = (number, cart, key, pays) => ({ contact: contactOf(number), deliveryAddress: ADDRESS, ...pays, expectedTotal: cart.totals.total, note: `key ${key}` });

const ok = answer => answer.status >= 200 && answer.status < 300;
const total = cart => cart.totals.total;
const linesOf = list => list.map(line => `${line.variantId} x ${line.quantity}`).sort().join(', ');

// ---- shoppers ----

export class Shopper {
  constructor(number, client, random, journal, world) {
    Object.assign(this, { number, client, random, journal, world, orders: [] });
  }

  // { until, giveUp }: new orders begin until then; what has begun is finished.
  async shop(pace) {
    this.pace = pace;
    while (Date.now() < pace.until) {
      if (!this.token && !(await this.#enter())) continue;
      const order = await this.#buy();
      if (order && this.random.chance(0.3)) await this.#cancel(this.random.pick(this.orders));
      if (order && order.method !== 'CASH_ON_DELIVERY' && this.random.chance(0.2)) await this.#pay(order);
      if (order && this.random.chance(0.3)) await this.#look(this.random.pick(this.orders));
      if (!this.login && this.random.chance(0.2)) this.token = null;      // another guest
      await sleep(this.random.int(0, 20));
    }
  }

  #call(request) { return this.client.call({ token: this.token, ...request }, { giveUp: this.pace.giveUp }); }

  async #enter() {
    const answer = this.login
      ? await this.#call({ method: 'POST', path: '/v1/auth/login', token: undefined, body: this.login })
      : await this.#call({ method: 'POST', path: '/v1/auth/guest', token: undefined, body: {} });
    this.token = answer.json?.accessToken;
    this.orders = [];
    if (!this.token) await sleep(200);
    return this.token;
  }

  async #buy() {
    let cart;
    for (let items = this.random.int(1, 3); items > 0; items--) {
      const variantId = this.random.weighted([[3, this.world.variants[0]], [7, this.random.pick(this.world.variants)]]);
      const answer = await this.#call({ method: 'POST', path: '/v1/cart/items', key: this.random.uuid(),
        body: { countryCode: COUNTRY, variantId, quantity: this.random.int(1, 2) } });
      if (ok(answer)) cart = answer.json;
      if (answer.status === 401) this.token = null;
    }
    if (!cart?.canCheckout) return void (cart && await this.#empty(cart));
    return this.#order(cart);
  }

  // A cart that cannot be ordered as it is, since something ran out.
  async #empty(cart) {
    for (const item of cart.items) await this.#call({ method: 'DELETE', path: `/v1/cart/items/${item.id}`, key: this.random.uuid() });
  }

  async #order(cart) {
    const key = this.random.uuid();
    const request = { method: 'POST', path: '/v1/orders', key, body: orderBody(this.number, cart, key, this.world.pays(this.random, this.number)) };
    const answer = await this.#call(request);
    const told = this.journal.order(answer, key, this.number, this.token);
    if (answer.status === 409) await this.#empty((await this.#call({ method: 'GET', path: '/v1/cart' })).json ?? { items: [] });
    if (!ok(answer)) return undefined;
    if (linesOf(cart.items) !== linesOf(answer.json.lines) || total(cart).amountMinor !== told.totalMinor)
      this.journal.violation('an order is what its cart was', { cart: linesOf(cart.items), order: linesOf(answer.json.lines), id: told.id });
    if (this.random.chance(0.15)) await this.#again(request, told);
    this.orders.push(told);
    this.world.orders.push(told);
    await this.world.afterOrder?.(this, told, answer.json);
    return told;
  }

  // The same key long after: the first answer again. Another body: refused.
  async #again(request, told) {
    const same = await this.#call(request);
    if (ok(same) && (same.json.id !== told.id || same.headers['idempotency-replayed'] !== 'true'))
      this.journal.violation('one key, one answer', { key: told.key, first: told.id, then: same.json.id, replayed: same.headers['idempotency-replayed'] ?? 'no' });
    if (!ok(same) && same.status !== 0 && same.status !== 401)
      this.journal.violation('one key, one answer', { key: told.key, first: told.id, then: same.status, text: same.text });
    const other = await this.#call({ ...request, body: { ...request.body, note: 'Another note.' } });
    if (other.status !== 422 && other.status !== 0 && other.status !== 401) this.journal.violation('a key with another body is refused', { key: told.key, status: other.status });
  }

  async #cancel(order) {
    const answer = await this.#call({ method: 'POST', path: `/v1/orders/${order.id}/cancel`, key: this.random.uuid(), body: { reason: 'Changed my mind.' } });
    if (ok(answer)) this.journal.cancels.push({ id: order.id });
  }

  // Once more, or in another way; refused while the first attempt may still come to something.
  #pay(order) {
    return this.#call({ method: 'POST', path: `/v1/orders/${order.id}/pay`, key: this.random.uuid(), body: { method: this.random.pick([order.method, 'MPESA']) } });
  }

  async #look(order) {
    const answer = await this.#call({ method: 'GET', path: `/v1/orders/${order.id}` });
    if (answer.status === 404) this.journal.violation('an acknowledged order is there', { id: order.id });
    if (ok(answer) && total(answer.json).amountMinor !== order.totalMinor) this.journal.violation('an order stays as it was acknowledged', { id: order.id });
  }
}

// ---- staff ----

export class Staff {
  constructor(client, random, journal, world) { Object.assign(this, { client, random, journal, world }); }

  async signIn() {
    const answer = await this.client.call({ method: 'POST', path: '/v1/auth/login', body: this.world.staff });
    if (!ok(answer)) throw new Error(`staff cannot sign in: ${answer.status} ${answer.text}`);
    this.token = answer.json.accessToken;
    return this;
  }

  call(request) { return this.client.call({ token: this.token, ...request }, { giveUp: this.pace?.giveUp }); }

  async work(pace) {
    this.pace = pace;
    while (Date.now() < pace.until) {
      await this.random.weighted([[7, () => this.#sendOn()], [2, () => this.#refund()], [2, () => this.#takeBack()], [2, () => this.#count()], [1, () => this.#price()]])();
      await sleep(this.random.int(10, 80));
    }
  }

  // Some order, one step further; most of them are refused when the order is somewhere else, which is as it should be.
  async #sendOn() {
    if (!this.world.orders.length) return;
    const order = this.random.pick(this.world.orders);
    const events = this.random.weighted([[3, ['CONFIRM']], [3, ['CONFIRM', 'SHIP']], [6, ['CONFIRM', 'SHIP', 'DELIVER']], [1, ['SHIP', 'RETURN']], [1, ['CANCEL']]]);
    for (const event of events) {
      const answer = await this.call({ method: 'POST', path: `/v1/admin/orders/${order.id}/events`, key: this.random.uuid(), body: { event, note: 'By staff.' } });
      if (answer.json?.status === 'DELIVERED') order.isDelivered = true;
    }
  }

  // Some unit's price, all of it, or a sum as such; with or without the goods.
  async #refund() {
    if (!this.world.orders.length) return;
    const order = this.random.pick(this.world.orders), line = this.random.pick(order.lines), reason = 'Faulty.';
    const body = this.random.weighted([
      [4, { reason, lines: [{ variantId: line.variant_id, quantity: 1, restock: this.random.chance(0.5) }] }],
      [1, { reason, everything: true, restock: this.random.chance(0.5) }],
      [1, { reason, amount: { amountMinor: '5000', currencyCode: CURRENCY } }]]);
    await this.giveBack(`/v1/admin/orders/${order.id}/refunds`, body);
  }

  async giveBack(path, body) {
    const answer = await this.call({ method: 'POST', path, key: this.random.uuid(), body });
    if (ok(answer)) this.journal.refunds.push({ id: answer.json.id, amount: answer.json.amount?.amountMinor ?? '0' });
  }

  // A return from its request, by the shopper, to the money.
  async #takeBack() {
    const delivered = this.world.orders.filter(order => order.isDelivered);
    if (!delivered.length) return;
    const order = this.random.pick(delivered), line = this.random.pick(order.lines);
    const asked = await this.call({ method: 'POST', path: `/v1/orders/${order.id}/returns`, token: order.token, key: this.random.uuid(),
      body: { reason: 'DAMAGED', note: 'It rattles.', lines: [{ variantId: line.variant_id, quantity: 1 }] } });
    if (!ok(asked)) return;
    const path = `/v1/admin/returns/${asked.json.id}`;
    await this.call({ method: 'POST', path: `${path}/events`, key: this.random.uuid(), body: { event: 'APPROVE' } });
    await this.call({ method: 'POST', path: `${path}/receipt`, key: this.random.uuid(), body: {} });
    await this.giveBack(`${path}/refund`, {});
  }

  async #count() {
    const variantId = this.random.pick(this.world.variants), delta = this.random.weighted([[3, this.random.int(1, 5)], [1, -this.random.int(1, 3)]]);
    const answer = await this.call({ method: 'POST', path: `/v1/admin/variants/${variantId}/stock-adjustments`, key: this.random.uuid(),
      body: { delta: String(delta), reason: 'Counted.' } });
    this.journal.adjustments.push({ variantId, delta, status: answer.status });
  }

  async #price() {
    const product = this.random.pick(PRODUCTS);
    await this.call({ method: 'PUT', path: `/v1/admin/products/${product.handle}`, key: this.random.uuid(),
      body: productBody({ ...product, price: product.price + 100 * this.random.int(-20, 20) }) });
  }
}
