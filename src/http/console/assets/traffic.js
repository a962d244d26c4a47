// SCIM requests and Okta's events.

// A replay that runs: the page looks again by itself, and only what changed is put in its place, so that whoever is at a
// button stays there. Without a script the whole page is loaded again.
{
  const EVERY = 2000;
  // A page that is left open does not keep its session alive for ever.
  let looksLeft = 900;
  const isRunning = () => document.querySelector('[data-part="running"] form');
  const head = document.querySelector('h1');
  const renew = (fresh) => {
    head.textContent = fresh.querySelector('h1').textContent;
    document.title = fresh.title;
    for (const part of document.querySelectorAll('[data-part]')) {
      const next = fresh.querySelector(`[data-part="${CSS.escape(part.dataset.part)}"]`);
      if (!next || next.textContent === part.textContent) continue;
      const here = part.contains(document.activeElement) ? document.activeElement : null;
      part.replaceChildren(...[...next.childNodes].map((node) => document.importNode(node, true)));
      // Whoever was at a link is at the same one again; what is gone leaves them at the head.
      const same = here?.getAttribute('href') && part.querySelector(`[href="${CSS.escape(here.getAttribute('href'))}"]`);
      if (here) (same || head).focus();
    }
  };
  const look = () => {
    if (looksLeft-- === 0) return;
    if (document.visibilityState !== 'visible') { setTimeout(look, EVERY); return; }
    const request = new XMLHttpRequest();
    request.open('GET', location.pathname);
    request.responseType = 'document';
    request.onload = () => {
      // Whoever was signed out meanwhile got the door instead.
      if (!request.responseURL.endsWith(location.pathname)) return;
      if (request.status === 200 && request.responseXML) renew(request.responseXML);
      if (isRunning()) setTimeout(look, EVERY);
    };
    request.onerror = () => setTimeout(look, EVERY);
    request.send();
  };
  if (isRunning()) {
    head.tabIndex = -1;
    head.ariaLive = 'polite';
    setTimeout(look, EVERY);
  }
}
