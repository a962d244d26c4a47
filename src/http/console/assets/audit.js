// Times: UTC as they are printed, or of the reader's own place with its offset, and how long ago on hover.
{
  const page = document.querySelector('.audit');
  const asked = new URLSearchParams(location.search).get('tz');
  const kept = () => { try { return localStorage.getItem('tz'); } catch { return null; } };
  if (page) { try { localStorage.setItem('tz', asked === 'local' ? 'local' : 'utc'); } catch { /* not kept, then */ } }
  const isLocal = page ? asked === 'local' : kept() === 'local';
  const two = (number) => String(number).padStart(2, '0');
  const offset = (at) => {
    const minutes = -at.getTimezoneOffset();
    const size = Math.abs(minutes);
    return `${minutes < 0 ? '-' : '+'}${two(Math.floor(size / 60))}${size % 60 ? `:${two(size % 60)}` : ''}`;
  };
  const local = (at) => `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())} ${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())} ${offset(at)}`;
  const units = [['day', 86400], ['hour', 3600], ['minute', 60], ['second', 1]];
  const words = new Intl.RelativeTimeFormat('en', { numeric: 'always' });
  const ago = (at) => {
    const seconds = Math.round((at - Date.now()) / 1000);
    const [unit, size] = units.find(([, size]) => Math.abs(seconds) >= size) ?? units[3];
    return words.format(Math.round(seconds / size), unit);
  };
  for (const time of document.querySelectorAll('time[datetime]')) {
    const at = new Date(time.dateTime);
    if (Number.isNaN(at.getTime())) continue;
    const printed = time.textContent;
    if (isLocal) time.textContent = local(at);
    time.addEventListener('pointerenter', () => { time.title = `${ago(at)} · ${printed} UTC`; });
  }
  for (const zone of document.querySelectorAll('.zone')) zone.hidden = false;
}

// Alt and a click on a value leaves out what has it.
document.addEventListener('click', (event) => {
  const mark = event.altKey && event.target.closest('a.mark');
  if (!mark) return;
  event.preventDefault();
  const there = new URL(mark.href);
  const before = new URLSearchParams(location.search).get('q') ?? '';
  // The term that a link adds stands last, and holds no space.
  const term = (there.searchParams.get('q') ?? '').split(' ').pop();
  there.searchParams.set('q', `${before} -${term}`.trim());
  location.assign(there);
});

// Dragging over the bars narrows to what lies between the first and the last.
for (const picture of document.querySelectorAll('.histogram svg')) {
  const bars = [...picture.querySelectorAll('a')];
  const query = (bar) => new URL(bar.getAttribute('href'), location.href);
  const end = (bar, key) => new RegExp(`${key}:(\\S+)`).exec(query(bar).searchParams.get('q') ?? '')?.[1];
  const near = (x) => bars.reduce((best, bar) => {
    const box = bar.querySelector('.back').getBoundingClientRect();
    const far = Math.abs(x - (box.left + box.right) / 2);
    return far < best.far ? { bar, far } : best;
  }, { bar: null, far: Infinity }).bar;
  let from = null;
  let moved = false;
  const span = (x) => {
    const [one, other] = [bars.indexOf(from), bars.indexOf(near(x))];
    return [Math.min(one, other), Math.max(one, other)];
  };
  const mark = (first, last) => bars.forEach((bar, at) => bar.classList.toggle('is-held', at >= first && at <= last));
  picture.addEventListener('pointerdown', (event) => { if (event.button === 0) { from = near(event.clientX); moved = false; } });
  picture.addEventListener('dragstart', (event) => event.preventDefault());
  addEventListener('pointermove', (event) => {
    if (!from) return;
    const [first, last] = span(event.clientX);
    if (first !== last) moved = true;
    mark(first, last);
  });
  addEventListener('pointerup', (event) => {
    if (!from) return;
    const [first, last] = span(event.clientX);
    from = null;
    mark(1, 0);
    if (!moved) return;
    const there = query(bars[first]);
    const q = there.searchParams.get('q').replace(/until:\S+/, `until:${end(bars[last], 'until')}`);
    there.searchParams.set('q', q);
    location.assign(there);
  });
  picture.addEventListener('click', (event) => { if (moved) event.preventDefault(); });
}

// How the term at the end of the search may go on, as one types.
for (const box of document.querySelectorAll('[data-complete]')) {
  const list = document.createElement('ul');
  list.className = 'completions';
  list.id = 'completions';
  list.hidden = true;
  list.setAttribute('role', 'listbox');
  list.setAttribute('aria-label', 'Completions');
  box.after(list);
  box.setAttribute('role', 'combobox');
  box.setAttribute('aria-autocomplete', 'list');
  box.setAttribute('aria-controls', list.id);
  box.setAttribute('aria-expanded', 'false');
  let at = -1;
  let last = 0;
  const options = () => [...list.children];
  const close = () => {
    list.hidden = true;
    at = -1;
    box.setAttribute('aria-expanded', 'false');
    box.removeAttribute('aria-activedescendant');
  };
  const point = (to) => {
    at = to;
    options().forEach((option, place) => option.setAttribute('aria-selected', String(place === at)));
    if (at >= 0) box.setAttribute('aria-activedescendant', options()[at].id);
  };
  const begin = () => {
    const before = box.value.slice(0, box.selectionStart);
    return before.search(/(?:[^\s"]|"[^"]*(?:"|$))*$/);
  };
  const take = (text) => {
    const [from, to] = [begin(), box.selectionStart];
    const isOpen = text.endsWith(':');
    const rest = box.value.slice(to);
    box.value = box.value.slice(0, from) + text + (isOpen || rest.startsWith(' ') ? '' : ' ') + rest;
    const place = from + text.length + (isOpen ? 0 : 1);
    box.setSelectionRange(place, place);
    close();
    if (isOpen) look();
  };
  const show = (terms) => {
    list.replaceChildren(...terms.map((term, place) => {
      const option = document.createElement('li');
      option.id = `completion-${place}`;
      option.setAttribute('role', 'option');
      option.setAttribute('aria-selected', 'false');
      option.textContent = term;
      option.addEventListener('pointerdown', (event) => { event.preventDefault(); take(term); });
      return option;
    }));
    at = -1;
    list.hidden = terms.length === 0;
    box.setAttribute('aria-expanded', String(terms.length > 0));
  };
  const look = async () => {
    const turn = ++last;
    const term = box.value.slice(begin(), box.selectionStart);
    if (!term || term.startsWith('"') || term.length > 200) return close();
    try {
      const answer = await fetch(`${box.dataset.complete}?at=${encodeURIComponent(term)}`);
      const { terms } = await answer.json();
      if (turn === last && document.activeElement === box) show(terms.filter((one) => one !== term));
    } catch { close(); }
  };
  let soon = 0;
  // What no longer fits goes at once: nobody takes a term that they have typed past.
  const narrow = () => {
    const term = box.value.slice(begin(), box.selectionStart).toLowerCase();
    show(options().map((option) => option.textContent).filter((one) => one.toLowerCase().startsWith(term)));
  };
  box.addEventListener('input', () => { narrow(); clearTimeout(soon); soon = setTimeout(look, 120); });
  box.addEventListener('blur', close);
  box.addEventListener('keydown', (event) => {
    if (list.hidden) return;
    const count = options().length;
    if (event.key === 'ArrowDown') { event.preventDefault(); point((at + 1) % count); }
    if (event.key === 'ArrowUp') { event.preventDefault(); point((at + count - (at < 0 ? 0 : 1)) % count); }
    if ((event.key === 'Enter' || event.key === 'Tab') && at >= 0) { event.preventDefault(); take(options()[at].textContent); }
    if (event.key === 'Escape') { event.stopPropagation(); close(); }
  });
}
