//! The keyboard on a page: keys that are really pressed, and nothing else. What they do not lead to is not reached.

use reqwest::Method;
use serde_json::{Value, json};

use super::page::{ELEMENT, Page};

/// How far the keyboard goes for one thing, once it is where the thing should be.
const MOST_TABS: usize = 100;
/// How many times Tab leads from here to the next thing that looks as if it had a name: only a guess of where it is, so
/// that not every key has to be waited for. What it is called there is Chromium's to say.
const GUESS: &str = "(name => {
    const called = part => (part.ariaLabel ?? part.labels?.[0]?.innerText ?? part.innerText ?? '').replace(/\\s+/g, ' ').trim();
    const here = document.activeElement, isOnPage = here === document.body;
    const stops = [...document.querySelectorAll('a[href], button, input:not([type=hidden]), select, textarea, summary, [tabindex]')]
        .filter(part => part.tabIndex >= 0 && !part.disabled && part.checkVisibility({ visibilityProperty: true }))
        .filter(part => part.type !== 'radio' || part.checked)
        .filter(part => isOnPage || here.compareDocumentPosition(part) & Node.DOCUMENT_POSITION_FOLLOWING);
    return stops.findIndex(part => called(part) === name) + 1;
})";

impl Page {
    /// Presses keys one after another: `Tab`, `Shift+Tab`, `Enter`, `ArrowDown`, or the characters themselves.
    pub async fn press(&self, keys: &[&str]) {
        let actions: Vec<Value> = keys.iter().flat_map(|key| pressed(key)).collect();
        let actions = json!({ "actions": [{ "type": "key", "id": "keyboard", "actions": actions }] });
        self.call(Method::POST, "/actions", &actions).await;
    }

    /// Types a text where the focus is, key by key.
    pub async fn type_in(&self, text: &str) {
        let keys: Vec<String> = text.chars().map(String::from).collect();
        self.press(&keys.iter().map(String::as_str).collect::<Vec<_>>()).await;
    }

    /// The accessible name of what has the focus.
    pub async fn focused(&self) -> String {
        let element = self.call(Method::GET, "/element/active", &Value::Null).await;
        let element = element[ELEMENT].as_str().expect("an element");
        let name = self.call(Method::GET, &format!("/element/{element}/computedlabel"), &Value::Null).await;
        name.as_str().unwrap_or_default().to_owned()
    }

    /// Presses Tab until the next thing of this accessible name has the focus.
    pub async fn reach(&self, name: &str) {
        if let Err(passed) = self.try_reach(name).await {
            panic!("Tab does not lead to {name:?} on {}; it passes {passed:#?}", self.path().await);
        }
    }

    /// The same; what it passed, where it leads to no such thing.
    pub async fn try_reach(&self, name: &str) -> Result<(), Vec<String>> {
        let guess = self.eval(&format!("{GUESS}({})", json!(name))).await;
        let guess = guess.as_u64().and_then(|guess| usize::try_from(guess).ok()).unwrap_or_default();
        self.press(&vec!["Tab"; guess.max(1)]).await;
        let mut passed = Vec::new();
        while passed.len() < MOST_TABS {
            let here = self.focused().await;
            if here == name {
                return Ok(());
            }
            passed.push(here);
            self.press(&["Tab"]).await;
        }
        Err(passed)
    }

    /// Presses keys that lead to another page, and waits until that is there.
    pub async fn leave_by(&self, keys: &[&str]) {
        self.eval("window.isLeft = true").await;
        self.press(keys).await;
        let what = format!("another page after {keys:?}");
        self.until(&what, async || self.truth("!window.isLeft && document.readyState === 'complete'").await).await;
    }

    /// Tabs to a link or a button and presses Enter, which leads to another page.
    pub async fn follow(&self, name: &str) {
        self.reach(name).await;
        self.leave_by(&["Enter"]).await;
    }

    /// Does something in its two steps: unfolds what it will do, writes what is asked for, presses the button that names
    /// whom it is done to. Gives what the page says of it afterwards.
    pub async fn confirm(&self, unfold: &str, fields: &[(&str, &str)], button: &str) -> String {
        self.reach(unfold).await;
        self.press(&["Enter"]).await;
        for (field, text) in fields {
            self.reach(field).await;
            self.type_in(text).await;
        }
        self.follow(button).await;
        self.told().await
    }

    /// What the page says was done, or why nothing was: it has the focus, so that Tab goes on from there.
    pub async fn told(&self) -> String {
        let told =
            self.eval("document.activeElement.matches('main .banner') && document.activeElement.innerText").await;
        told.as_str().unwrap_or_default().to_owned()
    }
}

/// What WebDriver calls going down and up of a key, the ones held with it first (W3C WebDriver §17.4.2).
fn pressed(keys: &str) -> Vec<Value> {
    let keys: Vec<&str> = if keys == "+" { vec![keys] } else { keys.split('+').collect() };
    let values: Vec<String> = keys.into_iter().map(key).collect();
    let down = values.iter().map(|value| json!({ "type": "keyDown", "value": value }));
    let up = values.iter().rev().map(|value| json!({ "type": "keyUp", "value": value }));
    down.chain(up).collect()
}

fn key(name: &str) -> String {
    let code = match name {
        "Tab" => '\u{e004}',
        "Enter" => '\u{e006}',
        "Shift" => '\u{e008}',
        "Control" => '\u{e009}',
        "Alt" => '\u{e00a}',
        "Escape" => '\u{e00c}',
        "Space" => '\u{e00d}',
        "PageDown" => '\u{e00f}',
        "End" => '\u{e010}',
        "Home" => '\u{e011}',
        "ArrowLeft" => '\u{e012}',
        "ArrowUp" => '\u{e013}',
        "ArrowRight" => '\u{e014}',
        "ArrowDown" => '\u{e015}',
        "Backspace" => '\u{e003}',
        "Delete" => '\u{e017}',
        other => return other.to_owned(),
    };
    code.to_string()
}
