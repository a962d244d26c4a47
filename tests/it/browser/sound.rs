//! What every page is held to: axe finds nothing in any size and colour, nothing is cut off, the keyboard reaches
//! everything and shows where it is, and it reads without scripts.

use serde_json::{Value, json};

use super::page::{Look, Page};

/// axe-core, as its registry has it; its licence stands beside it.
const AXE: &str = include_str!("../../browser/axe.min.js");
/// Every rule, those of good practice too; the size of targets is off unless asked for (WCAG 2.2, 2.5.8).
const RUN_AXE: &str = "axe.run(document, { resultTypes: ['violations'], rules: { 'target-size': { enabled: true } } })
    .then(found => found.violations.flatMap(rule => rule.nodes.slice(0, 5).map(node =>
        `${rule.id}: ${rule.help} (${rule.helpUrl})\n  at ${node.target.join(' ')}\n  ${node.failureSummary}`)))";
/// What reaches beyond the right edge, where nothing scrolls it back.
const TOO_WIDE: &str = "(() => {
    const page = document.scrollingElement, edge = page.clientWidth;
    if (page.scrollWidth <= edge) return [];
    const beyond = [...document.body.querySelectorAll('*')].filter(part => part.getBoundingClientRect().right > edge + 1);
    return [`${page.scrollWidth} px in ${edge}`, ...beyond.slice(0, 5).map(part => part.outerHTML.slice(0, 120))];
})()";
/// Notes how everything the keyboard must reach looks at rest, and from then on where the focus goes and how it looks.
const WALK: &str = "(() => {
    const look = part => { const style = getComputedStyle(part); return [style.outlineStyle === 'none' ? '' :
        style.outlineStyle + style.outlineWidth + style.outlineColor, style.boxShadow, style.borderColor,
        style.backgroundColor, style.textDecorationLine].join(' '); };
    const isStop = part => part.tabIndex >= 0 && !part.matches(':disabled') && !part.closest('[inert]')
        && part.checkVisibility({ visibilityProperty: true }) && !(part.matches('details > summary ~ summary'))
        && !(part.type === 'radio' && !part.checked && part.form?.elements[part.name]?.value);
    const kinds = 'a[href], button, input:not([type=hidden]), select, textarea, summary, [tabindex], [contenteditable=true]';
    const stops = [...document.querySelectorAll(kinds)].filter(isStop);
    const rest = new Map(stops.map(part => [part, look(part)]));
    window.walk = { stops, seen: [], unseen: [] };
    document.addEventListener('focusin', ({ target }) => {
        walk.seen.push(target);
        if (rest.has(target) && look(target) === rest.get(target)) walk.unseen.push(target.outerHTML.slice(0, 120));
    });
    document.activeElement.blur();
    return stops.length;
})()";
/// What the walk came to: what was never reached, and what showed no focus. That the order is the page's is axe's to say.
const WALKED: &str = "(() => {
    const name = part => part.outerHTML.slice(0, 120);
    const missed = walk.stops.filter(part => !walk.seen.includes(part)).map(part => 'never reached: ' + name(part));
    return [...missed, ...walk.unseen.map(part => 'no focus to be seen: ' + part)];
})()";
/// Tabs sent at a time.
const STRIDE: usize = 20;

impl Page {
    /// What axe finds wrong with the page as it is now: rule, place and help of each.
    pub async fn axe(&self) -> Vec<String> {
        if self.eval("typeof axe").await == "undefined" {
            self.eval(AXE).await;
        }
        strings(&self.eval(RUN_AXE).await)
    }

    /// What makes the page scroll sideways.
    pub async fn too_wide(&self) -> Vec<String> {
        strings(&self.eval(TOO_WIDE).await)
    }

    /// Walks the page with Tab alone; what it could not reach, and what did not show the focus.
    pub async fn walk(&self) -> Vec<String> {
        let stops = self.eval(WALK).await.as_u64().expect("a count");
        let mut left = stops + stops / 2 + 20;
        while left > 0 && self.eval("walk.stops.some(part => !walk.seen.includes(part))").await == true {
            self.press(&["Tab"; STRIDE]).await;
            left = left.saturating_sub(STRIDE as u64);
        }
        strings(&self.eval(WALKED).await)
    }
}

fn strings(list: &Value) -> Vec<String> {
    let list = list.as_array().unwrap_or_else(|| panic!("no list: {list}"));
    list.iter().map(|one| one.as_str().unwrap_or_default().to_owned()).collect()
}

/// Everything there is to find wrong with a page of this path, in every look.
pub async fn faults(page: &Page, path: &str) -> Vec<String> {
    let mut found = Vec::new();
    for look in Look::ALL {
        page.look(look).await;
        page.open(path).await;
        let faults = [page.axe().await, page.too_wide().await].concat();
        found.extend(faults.into_iter().map(|fault| format!("{path}, {look:?}: {fault}")));
    }
    page.look(Look::Wide).await;
    for forced in [Look::Wide, Look::Forced] {
        page.look(forced).await;
        page.open(path).await;
        found.extend(page.walk().await.into_iter().map(|fault| format!("{path}, by keyboard, {forced:?}: {fault}")));
    }
    page.look(Look::Wide).await;
    found.extend(without_scripts(page, path).await.into_iter().map(|fault| format!("{path}, no scripts: {fault}")));
    found.extend(page.troubles().await.into_iter().map(|trouble| format!("{path}: {trouble}")));
    found
}

/// What a page lacks when scripts are off: its heading, or text that stands there when they run.
async fn without_scripts(page: &Page, path: &str) -> Vec<String> {
    page.scripts(false).await;
    page.open(path).await;
    let (heading, text) = (page.eval("!!document.querySelector('h1')?.innerText").await, page.text().await);
    let wide = page.too_wide().await;
    page.scripts(true).await;
    let missing = (heading != json!(true) || text.trim().is_empty()).then(|| "nothing to read".to_owned());
    wide.into_iter().chain(missing).collect()
}
