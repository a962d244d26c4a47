//! Texts that try to run where they are shown, and what shows that one of them got somewhere.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

use super::page::{Look, Page};
use super::pages::{self, PAGES, Viewer};
use super::plain::{self, Made};
use super::poison::{self, encoded};
use crate::harness::{Roll, facts};

/// A text somebody else may put into a field.
#[derive(Deserialize)]
pub struct Attempt {
    /// What it tries.
    pub name: String,
    /// It.
    pub text: String,
    /// Whether it gets somewhere on a page that escapes nothing; the others try what comes before a page or after it.
    pub bites: bool,
}

/// Every one.
pub fn texts() -> Vec<Attempt> {
    serde_json::from_str(include_str!("../../browser/xss.json")).expect("a list of texts")
}

/// Where a text from the address itself may come to stand on a page.
const MIRRORS: [&str; 4] =
    ["/{}", "/auth/callback?error={}&error_description={}&state={}", "/auth/login?return_to={}", "/docs?{}#{}"];
/// Columns that must hold a hostile text before a page is looked at: one at least for each road.
const HELD: [&str; 14] = [
    "users.user_name",
    "users.display_name",
    "users.scim_attributes",
    "teams.name",
    "teams.description",
    "team_tags.value",
    "team_requests.name",
    "scim_tokens.name",
    "api_keys.name",
    "user_devices.name",
    "hook_events.body",
    "scim_requests.query",
    "audit_events.user_agent",
    "audit_events.after_json",
];
/// The longest list of pages that is followed.
const MOST_PAGES: usize = 100;

/// What no page of ours has, and a text that got somewhere makes: elements and attributes of its own, whatever runs or
/// loads by being there, addresses that run or lead elsewhere; and letters whose direction turns what stands beside them.
const MADE: &str = r"(() => {
    const name = part => part.outerHTML.slice(0, 160), found = [];
    const runs = value => { try { return /^(javascript|vbscript|data):$/.test(new URL(value, document.baseURI).protocol) } catch { return false } };
    const leads = value => { try { return new URL(value, location.href).origin !== location.origin } catch { return false } };
    const barred = 'iframe, object, embed, base, marquee, meta[http-equiv], script:not([src]), template, dialog[open][onclose], x-canary';
    for (const part of document.querySelectorAll(barred)) found.push('an element: ' + name(part));
    for (const part of document.querySelectorAll('*')) {
        for (const { name: key, value } of part.attributes) {
            const isIcon = part.localName === 'link' && part.rel === 'icon';
            if (/^on|^hx-on|canary|^style$|^autofocus$|^popover/.test(key) && !(key === 'autofocus' && part.matches('main input')) )
                found.push(`an attribute ${key}: ` + name(part));
            if (/^(href|src|action|formaction|data|poster|values|xlink:href)$/.test(key) && !isIcon && runs(value))
                found.push('an address that runs: ' + name(part));
            if (/^(src|action|formaction|data|poster)$/.test(key) && leads(value)) found.push('an address elsewhere: ' + name(part));
            if (part.localName === 'link' && key === 'href' && leads(value) && !isIcon) found.push('a link elsewhere: ' + name(part));
        }
    }
    const walker = document.createTreeWalker(document.documentElement, NodeFilter.SHOW_TEXT);
    while (walker.nextNode()) {
        const text = walker.currentNode;
        if (!/[\u202a-\u202e\u2066-\u2069]/.test(text.data)) continue;
        let part = text.parentElement;
        const flows = style => style.display.startsWith('inline') && !/isolate|plaintext/.test(style.unicodeBidi);
        while (part.parentElement && flows(getComputedStyle(part))) part = part.parentElement;
        const isAlone = part.textContent.trim() === text.data.trim();
        if (!isAlone && !/isolate|plaintext/.test(getComputedStyle(part).unicodeBidi))
            found.push('letters that turn what stands beside them: ' + name(part));
    }
    return [...new Set(found)];
})()";

impl Page {
    /// What a hostile text made of the page as it is now.
    pub async fn made(&self) -> Vec<String> {
        let made = self.eval(MADE).await;
        let made: Vec<Value> = made.as_array().cloned().expect("a list");
        made.iter().map(|one| one.as_str().unwrap_or_default().to_owned()).collect()
    }
}

/// A page that escapes nothing: the text stands between tags, in values, in addresses, in a script.
fn careless(text: &str) -> String {
    format!(
        "<main><p>{text}</p><input value=\"{text}\"><input value='{text}'><b title={text}>b</b><a href=\"{text}\">a</a></main>\
         <script>window.said = \"{text}\"</script><script>window.said = '{text}'</script><script>window.said = `{text}`</script>"
    )
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_text_that_bites_is_seen_on_a_page_that_escapes_nothing() {
    let texts: Vec<_> = texts().into_iter().filter(|text| text.bites).collect();
    assert!(texts.len() >= 40);
    let made = |text: &Attempt| Made { body: careless(&text.text), policy: "" };
    let pages = texts.iter().enumerate().map(|(number, text)| (format!("/{number}"), made(text)));
    let origin = plain::serve(pages.collect::<BTreeMap<_, _>>()).await;
    let (page, mut missed) = (Page::at(&origin).await, Vec::new());
    for (number, text) in texts.iter().enumerate() {
        page.open(&format!("/{number}")).await;
        if harm(&page).await.is_empty() {
            missed.push(&text.name);
        }
        page.open("/nothing").await;
        page.troubles().await;
    }
    assert_eq!(missed, Vec::<&String>::new());
    page.done().await;
}

/// What the hostile texts did to the page as it is now.
async fn harm(page: &Page) -> Vec<String> {
    [page.made().await, page.troubles().await].concat()
}

/// Opens a page and all that follow it, as narrow as they come; what was done to them, what a text was too long for, and
/// how many hostile texts were there to be read.
async fn walk(page: &Page, path: &str) -> (Vec<String>, usize) {
    let (mut found, mut seen, mut next) = (Vec::new(), 0, Some(path.to_owned()));
    for _ in 0..MOST_PAGES {
        let Some(path) = next else { break };
        page.open(&path).await;
        let faults = [harm(page).await, page.too_wide().await].concat();
        found.extend(faults.into_iter().map(|fault| format!("{path:.60}: {fault}")));
        seen += page.text().await.matches("pwned()").count();
        let link = page.eval("document.querySelector('a[rel=next]')?.getAttribute('href') ?? null").await;
        next = link.as_str().map(str::to_owned);
    }
    (found, seen)
}

facts! {
    async fn nothing_that_others_sent_runs_on_a_page(roll: Roll) {
        let boss = roll.admin("boss").await;
        poison::spread(&roll, &boss).await;
        let held = roll.columns_with("pwned()").await;
        let lacking: Vec<_> = HELD.into_iter().filter(|column| !held.iter().any(|one| one == column)).collect();
        assert_eq!(lacking, Vec::<&str>::new(), "only {held:?} hold hostile texts");
        let (page, ids, mut found) = (Page::of(&roll).await, pages::Ids::of(&roll, &boss).await, Vec::new());
        for visit in PAGES {
            page.be(visit.viewer, &boss).await;
            page.look(Look::Narrow).await;
            let (harm, seen) = walk(&page, &ids.path(visit.path)).await;
            found.extend(harm);
            assert!(seen > 0 || !visit.shows, "{} shows no hostile text", visit.path);
        }
        assert!(found.is_empty(), "{}", found.join("\n"));
        page.done().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_in_an_address_runs_on_the_page_it_leads_to() {
    let roll = Roll::start(rollcall::store::dialect::Engine::Lite).await;
    let (page, mut found) = (Page::of(&roll).await, Vec::new());
    page.be(Viewer::Nobody, &roll.admin("boss").await).await;
    // Each mirror has its share of the texts: all of them in all would be five hundred pages.
    for (text, mirror) in texts().iter().zip(MIRRORS.iter().cycle()) {
        let path = mirror.replace("{}", &encoded(&text.text));
        page.open(&path).await;
        found.extend(harm(&page).await.into_iter().map(|harm| format!("{path}: {harm}")));
    }
    assert!(found.is_empty(), "{}", found.join("\n"));
    page.done().await;
}
