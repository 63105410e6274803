// Makes the shop smoother where scripts run. Every page works without this file.
const live = document.getElementById('live');
const make = (tag, members) => Object.assign(document.createElement(tag), members);
const cookie = name => document.cookie.match(`(?:^|; )${name}=([^;]*)`)?.[1];

function badge() {
  const link = document.getElementById('cart-link'), count = cookie('cart_count');
  let mark = link?.querySelector('.badge');
  if (!link || !(count > 0)) return mark?.remove();
  mark ??= link.appendChild(make('b', { className: 'badge' }));
  mark.textContent = count;
}

function toast(text, bad) {
  const box = make('div', { className: bad ? 'toast bad' : 'toast', textContent: text });
  if (!bad) box.append(make('a', { href: '/cart', textContent: live.dataset.cart }));
  live.replaceChildren(box);
  setTimeout(() => box.remove(), 6000);
}

// A form that is on its way is not sent again by a second tap.
const busy = (form, on) => form.querySelectorAll('button').forEach(b => on ? b.setAttribute('aria-busy', 'true') : b.removeAttribute('aria-busy'));
for (const form of document.querySelectorAll('form[data-once]'))
  form.addEventListener('submit', event => form.dataset.sent ? event.preventDefault() : (form.dataset.sent = 1, busy(form, true)));
addEventListener('pageshow', () => document.querySelectorAll('form[data-sent]').forEach(form => { delete form.dataset.sent; busy(form); }));

// The page may be a copy that others have, too: a key of our own, until the form was done.
const uuid = () => Array.from(crypto.getRandomValues(new Uint8Array(16)), b => b.toString(16).padStart(2, '0')).join('').replace(/(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
const renew = form => { form.elements.idempotencyKey.value = uuid(); };

// Adding to the cart without leaving the product; what is refused is shown by the page itself.
document.querySelectorAll('form[data-add]').forEach(renew);
document.querySelector('form[data-add]')?.addEventListener('submit', async event => {
  const form = event.target;
  event.preventDefault();
  if (form.dataset.sent) return;
  form.dataset.sent = 1;
  busy(form, true);
  try {
    const answer = await fetch(form.action, { method: 'POST', redirect: 'manual', body: new URLSearchParams(new FormData(form)) });
    if (answer.type !== 'opaqueredirect') return form.submit();
    renew(form);
    badge();
    toast(live.dataset.added);
  } catch {
    toast(live.dataset.failed, true);
  } finally {
    delete form.dataset.sent;
    busy(form);
  }
});

for (const form of document.querySelectorAll('form[data-auto]')) {
  form.querySelector('button').hidden = true;
  form.addEventListener('change', () => form.submit());
}

// A list of variants ("M / Indigo") becomes one choice for each option.
const list = document.getElementById('variants');
const names = list?.dataset.names.split('|') ?? [];
if (list && names.length > 1) {
  const variants = [...list.querySelectorAll('input')].map(input => ({ input, values: input.dataset.options.split('|') }));
  const chosen = [...(variants.find(v => v.input.checked) ?? variants[0]).values];
  const fits = (v, upTo) => v.values.every((value, i) => i > upTo || value === chosen[i]);
  const chips = names.map((name, i) => {
    const group = make('fieldset', { className: 'f' }), box = make('div', { className: 'chips' });
    group.append(make('legend', { textContent: name }), box);
    list.before(group);
    return [...new Set(variants.map(v => v.values[i]))].map(value => {
      const label = make('label', { className: 'pick' });
      const disabled = !variants.some(v => v.values[i] === value && !v.input.disabled);
      const input = make('input', { type: 'radio', name: `option${i}`, value, disabled, checked: value === chosen[i] });
      input.addEventListener('change', () => { chosen[i] = value; settle(i); });
      label.append(input, value);
      box.append(label);
      return { input, label, value };
    });
  });
  // The choice just made stands; later ones give way to what can be had with it, and earlier ones where there is nothing else.
  function settle(from) {
    const inStock = variants.filter(v => !v.input.disabled);
    const wanted = inStock.find(v => fits(v, names.length)) ?? inStock.find(v => fits(v, from))
      ?? inStock.find(v => v.values[from] === chosen[from]) ?? variants[0];
    wanted.values.forEach((value, i) => { chosen[i] = value; });
    chips.forEach((row, i) => row.forEach(chip => {
      chip.input.checked = chip.value === chosen[i];
      chip.label.classList.toggle('no', !variants.some(v => fits(v, i - 1) && v.values[i] === chip.value && !v.input.disabled));
    }));
    if (!wanted.input.disabled) wanted.input.checked = true;
    wanted.input.dispatchEvent(new Event('change', { bubbles: true }));
  }
  list.hidden = true;
  settle(names.length);
}
list?.addEventListener('change', event => {
  const { price, was, stock, low } = event.target.dataset, at = document.getElementById('price'), old = at.querySelector('.was');
  at.querySelector('.price').textContent = price;
  old.hidden = !was;
  old.lastChild.textContent = was;
  const left = document.getElementById('stock');
  left?.classList.toggle('low', low !== undefined);
  left?.replaceChildren(stock);
});

document.querySelector('.thumbs')?.addEventListener('click', event => {
  const link = event.target.closest('a'), main = document.querySelector('#main-picture img');
  if (!link || !main) return;
  event.preventDefault();
  const small = link.querySelector('img');
  for (const name of ['src', 'srcset', 'alt']) [main[name], small[name]] = [small[name], main[name]];
});

badge();
document.getElementById('problem')?.focus();
