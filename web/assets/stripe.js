// Stripe's own script on the page where an order is paid: it draws the card fields and keeps what is typed in them to itself.
const box = document.getElementById('stripe');
const { key, script, secret, back } = box.dataset;
const button = box.querySelector('button'), problem = box.querySelector('.err');
const tell = text => { problem.textContent = text ?? box.dataset.failed; problem.hidden = false; };

function load(url) {
  return new Promise((resolve, reject) => {
    const element = Object.assign(document.createElement('script'), { src: url, onload: resolve, onerror: reject });
    document.head.append(element);
  });
}

try {
  await load(script);
  const stripe = Stripe(key);
  const elements = stripe.elements({ clientSecret: secret });
  elements.create('payment').mount('#stripe-card');
  box.hidden = false;
  box.querySelector('form').addEventListener('submit', async event => {
    event.preventDefault();
    if (button.disabled) return;
    button.disabled = true;
    problem.hidden = true;
    try {
      const { error } = await stripe.confirmPayment({ elements, confirmParams: { return_url: back } });
      if (error) tell(error.message);
    } catch {
      tell();
    }
    button.disabled = false;
  });
} catch {
  document.getElementById('stripe-off').hidden = false;
}
