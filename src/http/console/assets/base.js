// What the pages do beyond being read. Everything here is a convenience: without it every page reads and every form works.
'use strict';

// Copy buttons: hidden until there is a script that makes them work.
for (const button of document.querySelectorAll('[data-copy]')) {
  button.hidden = false;
  const [before, label] = [button.textContent, button.ariaLabel];
  // What is read out of a button with a label is the label: it makes way for the answer.
  const answer = (text, name) => { button.textContent = text; button.ariaLabel = name; };
  let back = 0;
  button.addEventListener('click', async () => {
    try {
      await navigator.clipboard.writeText(button.dataset.copy);
      answer('Copied', null);
    } catch {
      answer('Copy it by hand', null);
    }
    clearTimeout(back);
    back = setTimeout(() => answer(before, label), 2000);
  });
}

// Light or dark: as the system says, unless the reader chose.
{
  const root = document.documentElement;
  const system = matchMedia('(prefers-color-scheme: dark)');
  const kept = () => { try { return localStorage.getItem('theme'); } catch { return null; } };
  const isDark = () => (root.dataset.theme ?? (system.matches ? 'dark' : 'light')) === 'dark';
  if (['light', 'dark'].includes(kept())) root.dataset.theme = kept();
  const button = document.querySelector('[data-theme-switch]');
  const name = () => { if (button) button.textContent = isDark() ? 'Light' : 'Dark'; };
  if (button) {
    button.hidden = false;
    button.addEventListener('click', () => {
      root.dataset.theme = isDark() ? 'light' : 'dark';
      try { localStorage.setItem('theme', root.dataset.theme); } catch { /* not kept, then */ }
      name();
    });
  }
  system.addEventListener('change', name);
  name();
}

// What was just done, or why it was not, is where one goes on: the next Tab leads into the page and not to its top.
{
  const told = document.querySelector('main :is([role="status"], [role="alert"]).banner');
  if (told) { told.tabIndex = -1; told.focus(); }
}

// A form is sent once, however often its button is pressed.
for (const form of document.querySelectorAll('form[method="post"]')) {
  form.addEventListener('submit', (event) => {
    if (form.dataset.sent) event.preventDefault();
    form.dataset.sent = '1';
  });
}
// A page that comes back out of the browser's memory can send again.
addEventListener('pageshow', (event) => {
  if (event.persisted) for (const form of document.querySelectorAll('form')) delete form.dataset.sent;
});

// Keys: g and a letter goes to a place, / to the search, j and k along the lines, Enter opens, Escape leaves the search.
let going = false;
const isTyping = (at) => at.closest('input, textarea, select, [contenteditable]');
const step = (by) => {
  const lines = [...document.querySelectorAll('.line')];
  if (!lines.length) return;
  const at = lines.findIndex((line) => line.classList.contains('is-here'));
  const next = lines[Math.min(Math.max(at + by, 0), lines.length - 1)];
  if (at >= 0) lines[at].classList.remove('is-here');
  next.classList.add('is-here');
  next.tabIndex = -1;
  next.focus();
};
const keys = {
  '/': () => document.getElementById('q')?.focus(),
  j: () => step(1),
  k: () => step(-1),
};
addEventListener('keydown', (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  if (isTyping(event.target)) {
    if (event.key === 'Escape') event.target.blur();
    return;
  }
  if (going) {
    going = false;
    const place = document.querySelector(`nav [data-go="${CSS.escape(event.key)}"]`);
    if (place) { event.preventDefault(); place.click(); }
    return;
  }
  if (event.key === 'g') { going = true; return; }
  const here = document.querySelector('.line.is-here');
  if (event.key === 'Enter' && here && event.target === here) (here.querySelector('[data-open]') ?? here.querySelector('.marks a'))?.click();
  const act = keys[event.key];
  if (act) { event.preventDefault(); act(); }
});
