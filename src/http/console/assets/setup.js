// The setup guide looks again by itself while it is looked at: what changed takes the place of what was there.
{
  const news = document.getElementById('setup-news');
  const EVERY = 5000;
  // A page that is left open does not keep its session alive for ever.
  let looksLeft = 360;
  const labelOf = (part) => part.querySelector('[data-label]')?.textContent;
  const renew = (fresh) => {
    const told = [];
    for (const part of document.querySelectorAll('[data-live]')) {
      const next = fresh.querySelector(`[data-live="${CSS.escape(part.dataset.live)}"]`);
      if (!next || next.textContent === part.textContent || part.contains(document.activeElement)) continue;
      if (labelOf(part) !== labelOf(next)) {
        const title = part.closest('section')?.querySelector('h2')?.textContent;
        if (title) told.push(`${title}: ${labelOf(next)}`);
      }
      part.replaceWith(document.importNode(next, true));
    }
    if (told.length) news.textContent = told.join('. ');
  };
  const look = () => {
    if (looksLeft-- === 0) return;
    if (document.visibilityState !== 'visible') { setTimeout(look, EVERY); return; }
    const request = new XMLHttpRequest();
    request.open('GET', '/setup/steps');
    request.responseType = 'document';
    request.onload = () => {
      // Whoever was signed out meanwhile got the door instead.
      if (request.status === 200 && request.responseURL.endsWith('/setup/steps') && request.responseXML) {
        renew(request.responseXML);
        setTimeout(look, EVERY);
      }
    };
    request.onerror = () => setTimeout(look, EVERY * 6);
    request.send();
  };
  if (news) setTimeout(look, EVERY);
}
