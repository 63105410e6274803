// What holds for every page, whatever it shows. brokenRules() runs in the page and names each element that breaks a rule.

export function brokenRules() {
  const broken = [];
  const say = (rule, element) => broken.push(`${rule}: ${element?.outerHTML.replace(/\s+/g, ' ').slice(0, 160) ?? ''}`);
  const all = selector => [...document.querySelectorAll(selector)];
  const box = element => element.getBoundingClientRect();
  const isSeen = element => element.checkVisibility() && box(element).width > 1 && box(element).right > 0;

  if (!document.title.trim()) say('the page has no title');
  if (!/^[a-z]{2}(-[A-Z]{2})?$/.test(document.documentElement.lang)) say('the page names no language');
  if (all('h1').filter(isSeen).length !== 1) say(`there are ${all('h1').length} first headings`);
  if (document.scrollingElement.scrollWidth > innerWidth) {
    say(`the page is ${document.scrollingElement.scrollWidth} px wide, the screen ${innerWidth}`);
    all('body *').filter(e => isSeen(e) && box(e).right > innerWidth + 1).slice(0, 3).forEach(e => say('too wide', e));
  }

  const fields = all('input:not([type=hidden]), select, textarea');
  fields.filter(e => isSeen(e) && ![...e.labels].some(label => label.textContent.trim())).forEach(e => say('no label', e));
  all('button, a[href]').filter(e => isSeen(e) && !(e.textContent.trim() || e.ariaLabel || e.querySelector('img[alt]:not([alt=""])')))
    .forEach(e => say('no name', e));
  all('img').filter(e => !e.hasAttribute('alt')).forEach(e => say('no alt', e));
  all('img').filter(e => !(e.getAttribute('width') > 0 && e.getAttribute('height') > 0)).forEach(e => say('no size', e));
  all('[id]').filter((e, i, list) => list.findIndex(other => other.id === e.id) !== i).forEach(e => say('id used twice', e));
  all('[aria-describedby]').filter(e => e.getAttribute('aria-describedby').split(' ').some(id => !document.getElementById(id)))
    .forEach(e => say('described by nothing', e));

  // A finger needs 40 px; a link within a sentence cannot be higher than its line.
  const isInSentence = e => [...e.parentElement.childNodes].some(node => node.nodeType === Node.TEXT_NODE && node.data.trim());
  const target = e => (e.matches('[type=radio], [type=checkbox]') ? e.closest('label') ?? e : e);
  all('button, input:not([type=hidden]), select, summary, a[href]').filter(e => isSeen(e) && !(e.matches('a') && isInSentence(e)))
    .map(target).filter(e => box(e).height < 40).forEach(e => say(`${Math.round(box(e).height)} px high`, e));

  // Text that an ancestor cuts off, or that runs over the edge of the screen.
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT), range = document.createRange();
  for (let node = texts.nextNode(); node; node = texts.nextNode()) {
    const holder = node.parentElement;
    if (!node.data.trim() || !isSeen(holder) || holder.closest('.hide, script, style, option')) continue;
    range.selectNodeContents(node);
    const { right, bottom } = range.getBoundingClientRect();
    for (let e = holder; e && e !== document.documentElement; e = e.parentElement) {
      const { overflowX, position, textOverflow } = getComputedStyle(e);
      const cuts = overflowX !== 'visible' && textOverflow !== 'ellipsis';
      if (cuts && (right > box(e).right + 1 || bottom > box(e).bottom + 1)) { say('cut off', holder); break; }
      if (position === 'fixed') break;
    }
  }
  return broken;
}
