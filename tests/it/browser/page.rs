//! A page as a person has it before them: found by what its parts are called, clicked, looked at in several sizes and
//! colours, and watched for what it must not do. `keys` presses its keys.

use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};
use tokio::time::{Instant, sleep};

use super::driver::Browser;
use super::pages::Viewer;
use crate::harness::Roll;
use crate::platform::people::Signed;

/// Longer than anything on a page may take, also on a machine with other work.
const PATIENCE: Duration = Duration::from_secs(30);
/// How often a page is asked whether what was awaited is there.
const PULSE: Duration = Duration::from_millis(20);
/// Where WebDriver puts an element's reference (W3C WebDriver §12).
pub(super) const ELEMENT: &str = "element-6066-11e4-a52e-4f735466cecf";
/// Runs in every document before anything of its own: what must not happen is written to the console, which outlives the
/// document, and is found there. `pwned` is what hostile texts try to call.
const WITNESS: &str = r"(() => {
    const tell = what => console.error('witness: ' + what);
    for (const name of ['alert', 'confirm', 'prompt', 'print']) window[name] = () => tell(name);
    window.pwned = () => tell('executed');
    document.addEventListener('securitypolicyviolation', violation =>
        tell(`policy violated: ${violation.effectiveDirective} ${violation.blockedURI} ${violation.sample}`));
})()";
/// What can be clicked, by the role that Chromium computes.
const CLICKABLE: [&str; 9] =
    ["link", "button", "checkbox", "radio", "tab", "menuitem", "switch", "option", "DisclosureTriangle"];
/// What can be written into.
const WRITABLE: [&str; 5] = ["textbox", "searchbox", "combobox", "spinbutton", "Date"];

/// How a page is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Look {
    /// A laptop, light.
    Wide,
    /// A laptop, dark.
    Dark,
    /// A tablet, light.
    Medium,
    /// The narrowest that anything is made for: a small phone, or a laptop at 400 % (WCAG 2.2, 1.4.10).
    Narrow,
    /// The same, dark.
    NarrowDark,
    /// A laptop at 200 % (WCAG 2.2, 1.4.4): half of everything, drawn twice as large.
    Zoomed,
    /// A laptop whose owner chose all colours.
    Forced,
}

impl Look {
    /// Every one.
    pub const ALL: [Self; 7] =
        [Self::Wide, Self::Dark, Self::Medium, Self::Narrow, Self::NarrowDark, Self::Zoomed, Self::Forced];

    /// Width, height and magnification.
    fn size(self) -> (u32, u32, u32) {
        match self {
            Self::Wide | Self::Dark | Self::Forced => (1280, 800, 1),
            Self::Medium => (768, 1024, 1),
            Self::Narrow | Self::NarrowDark => (320, 700, 1),
            Self::Zoomed => (640, 400, 2),
        }
    }

    fn media(self) -> Value {
        let scheme = if matches!(self, Self::Dark | Self::NarrowDark) { "dark" } else { "light" };
        let forced = if self == Self::Forced { "active" } else { "none" };
        json!([
            { "name": "prefers-color-scheme", "value": scheme },
            { "name": "forced-colors", "value": forced },
        ])
    }
}

/// A page; [`Page::done`] ends it.
pub struct Page {
    browser: Option<Browser>,
    origin: String,
}

impl Drop for Page {
    fn drop(&mut self) {
        let is_left = self.browser.is_some() && !std::thread::panicking();
        assert!(!is_left, "a page was left open: end it with done(), which looks at what it did");
    }
}

impl Page {
    /// An empty page in a browser that knows nothing of those before: no cookie, no cache, a light laptop.
    pub async fn of(roll: &Roll) -> Self {
        Self::at(&roll.origin).await
    }

    /// The same, for whatever else serves pages.
    pub async fn at(origin: &str) -> Self {
        let page = Self { browser: Some(Browser::take().await), origin: origin.to_owned() };
        if page.browser().is_new {
            page.tell("Page.addScriptToEvaluateOnNewDocument", &json!({ "source": WITNESS })).await;
        }
        page.go("about:blank").await;
        for command in ["Network.clearBrowserCookies", "Network.clearBrowserCache", "Runtime.enable"] {
            page.tell(command, &json!({})).await;
        }
        // Another fact's server may have stood at this very port.
        page.tell("Storage.clearDataForOrigin", &json!({ "origin": origin, "storageTypes": "all" })).await;
        page.scripts(true).await;
        page.look(Look::Wide).await;
        page.logs().await;
        page
    }

    /// Makes it the page of this viewer, whoever had it before.
    pub async fn be(&self, viewer: Viewer, boss: &Signed) {
        self.tell("Network.clearBrowserCookies", &json!({})).await;
        if viewer == Viewer::Admin {
            self.sign_in(boss).await;
        }
    }

    /// Gives the browser the session of somebody who is signed in.
    pub async fn sign_in(&self, signed: &Signed) {
        let cookie = json!({ "name": "rollcall", "value": signed.secret, "url": self.origin, "httpOnly": true,
            "sameSite": "Lax" });
        let set = self.tell("Network.setCookie", &cookie).await;
        assert_eq!(set["success"], true, "the browser refuses the cookie");
    }

    /// Opens a path of the server and waits until it is loaded.
    pub async fn open(&self, path: &str) {
        self.go(&format!("{}{path}", self.origin)).await;
    }

    async fn go(&self, url: &str) {
        self.call(Method::POST, "/url", &json!({ "url": url })).await;
    }

    /// The path and query of where it is.
    pub async fn path(&self) -> String {
        let url = self.call(Method::GET, "/url", &Value::Null).await;
        let url = url.as_str().unwrap_or_default();
        url.strip_prefix(&self.origin).unwrap_or_else(|| panic!("the page went elsewhere: {url}")).to_owned()
    }

    /// The text a person sees.
    pub async fn text(&self) -> String {
        self.eval("document.body.innerText").await.as_str().unwrap_or_default().to_owned()
    }

    /// Clicks what has this accessible name, as a mouse would: it must be visible and nothing may lie over it.
    pub async fn click(&self, name: &str) {
        let element = self.find(name, &CLICKABLE).await;
        self.call(Method::POST, &format!("/element/{element}/click"), &json!({})).await;
    }

    /// Replaces what stands in the field of this label.
    pub async fn fill(&self, label: &str, text: &str) {
        let element = self.find(label, &WRITABLE).await;
        self.call(Method::POST, &format!("/element/{element}/clear"), &json!({})).await;
        self.call(Method::POST, &format!("/element/{element}/value"), &json!({ "text": text })).await;
    }

    /// The one visible thing of this accessible name and one of these roles, as Chromium computes both for a screen
    /// reader; waits for it. Gives WebDriver's reference.
    async fn find(&self, name: &str, roles: &[&str]) -> String {
        let what = format!("one of {roles:?} named {name:?}");
        let node = self.until(&what, async || self.named(name, roles).await).await;
        let object = self.tell("DOM.resolveNode", &json!({ "backendNodeId": node })).await;
        let keep = json!({ "objectId": object["object"]["objectId"], "functionDeclaration": "function() { window.found = this }" });
        self.tell("Runtime.callFunctionOn", &keep).await;
        let script = json!({ "script": "return window.found", "args": [] });
        let element = self.call(Method::POST, "/execute/sync", &script).await;
        element[ELEMENT].as_str().expect("an element").to_owned()
    }

    async fn named(&self, name: &str, roles: &[&str]) -> Option<i64> {
        let document = self.tell("DOM.getDocument", &json!({ "depth": 0 })).await;
        let query = json!({ "nodeId": document["root"]["nodeId"], "accessibleName": name });
        // Between two documents there is nothing to ask; the next look finds the new one.
        let found = self.browser().tell("Accessibility.queryAXTree", &query).await.ok()?;
        let found = found["nodes"].as_array()?;
        let fits = |node: &&Value| {
            node["ignored"] != true && roles.contains(&node["role"]["value"].as_str().unwrap_or_default())
        };
        let fitting: Vec<&Value> = found.iter().filter(fits).collect();
        assert!(fitting.len() < 2, "{} things are named {name:?}: {fitting:#?}", fitting.len());
        fitting.first()?["backendDOMNodeId"].as_i64()
    }

    /// Waits until something that a selector names is there.
    pub async fn wait_for(&self, selector: &str) {
        let script = format!("!!document.querySelector({})", json!(selector));
        self.until(selector, async || self.truth(&script).await).await;
    }

    /// Waits until the page shows these words.
    pub async fn wait_for_text(&self, words: &str) {
        let script = format!("document.body.innerText.includes({})", json!(words));
        self.until(words, async || self.truth(&script).await).await;
    }

    pub(super) async fn truth(&self, script: &str) -> Option<()> {
        (self.try_eval(script).await == Ok(Value::Bool(true))).then_some(())
    }

    /// Asks again and again until there is an answer, for as long as the patience lasts.
    pub(super) async fn until<T>(&self, what: &str, ask: impl AsyncFn() -> Option<T>) -> T {
        let end = Instant::now() + PATIENCE;
        loop {
            if let Some(found) = ask().await {
                return found;
            }
            assert!(Instant::now() <= end, "waited in vain for {what}; the page shows:\n{}", self.text().await);
            sleep(PULSE).await;
        }
    }

    /// What an expression comes to in the page; a promise is awaited. The page's policy has no say in it.
    pub async fn eval(&self, script: &str) -> Value {
        self.try_eval(script).await.unwrap_or_else(|trouble| panic!("{trouble}"))
    }

    async fn try_eval(&self, script: &str) -> Result<Value, String> {
        let params = json!({ "expression": script, "awaitPromise": true, "returnByValue": true });
        let mut answer = self.browser().tell("Runtime.evaluate", &params).await?;
        if answer["exceptionDetails"].is_object() {
            return Err(format!("{} in {script:.200}", answer["exceptionDetails"]));
        }
        Ok(answer["result"]["value"].take())
    }

    /// Looks at it in another way.
    pub async fn look(&self, look: Look) {
        let (width, height, scale) = look.size();
        let size = json!({ "width": width, "height": height, "deviceScaleFactor": scale, "mobile": false });
        self.tell("Emulation.setDeviceMetricsOverride", &size).await;
        self.tell("Emulation.setEmulatedMedia", &json!({ "features": look.media() })).await;
    }

    /// Lets scripts run, or not, from the next document on.
    pub async fn scripts(&self, run: bool) {
        self.tell("Emulation.setScriptExecutionDisabled", &json!({ "value": !run })).await;
    }

    /// Ends it, and demands that nothing happened since the beginning that must not.
    pub async fn done(mut self) {
        let troubles = self.troubles().await;
        assert_eq!(troubles, Vec::<String>::new());
        self.browser.take().expect("it is taken once").rest();
    }

    /// What happened since the last look that must not: errors on the console, the witness's words, violations of the
    /// policy, dialogs, requests to anybody else.
    pub async fn troubles(&self) -> Vec<String> {
        let (console, events) = self.logs().await;
        let told = console
            .iter()
            .filter(|entry| is_trouble(entry))
            .map(|entry| format!("console: {}", text(&entry["message"])));
        told.chain(events.iter().filter_map(|event| self.misdeed(event))).collect()
    }

    /// Waits until one of these things has happened.
    pub async fn until_trouble(&self, words: &str) {
        let happened = async || self.troubles().await.iter().any(|trouble| trouble.contains(words)).then_some(());
        self.until(words, happened).await;
    }

    async fn logs(&self) -> (Vec<Value>, Vec<Value>) {
        let mut logs = [Vec::new(), Vec::new()];
        for (log, kind) in logs.iter_mut().zip(["browser", "performance"]) {
            let entries = self.call(Method::POST, "/se/log", &json!({ "type": kind })).await;
            *log = entries.as_array().cloned().unwrap_or_default();
        }
        let [console, events] = logs;
        let event = |entry: &Value| serde_json::from_str::<Value>(text(&entry["message"])).expect("an event");
        (console, events.iter().map(|entry| event(entry)["message"].take()).collect())
    }

    fn misdeed(&self, event: &Value) -> Option<String> {
        let params = &event["params"];
        match text(&event["method"]) {
            "Page.javascriptDialogOpening" => Some(format!("a dialog: {}", params["message"])),
            "Network.requestWillBeSent" if !self.is_own(text(&params["request"]["url"])) => {
                Some(format!("a request to {}", params["request"]["url"]))
            }
            _ => None,
        }
    }

    fn is_own(&self, url: &str) -> bool {
        let rest = url.strip_prefix(&self.origin);
        let is_ours = rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(['/', '?', '#']));
        // What Chromium draws its own fields with stands in the address itself and asks nobody.
        is_ours || url == "about:blank" || url.starts_with("data:image/svg+xml;base64,")
    }

    pub(super) async fn tell(&self, command: &str, params: &Value) -> Value {
        let told = self.browser().tell(command, params).await;
        told.unwrap_or_else(|trouble| panic!("{command}: {trouble}"))
    }

    pub(super) async fn call(&self, method: Method, path: &str, body: &Value) -> Value {
        let called = self.browser().call(method, path, body).await;
        called.unwrap_or_else(|trouble| panic!("{path}: {trouble}"))
    }

    fn browser(&self) -> &Browser {
        self.browser.as_ref().expect("a page has a browser until it is done")
    }
}

/// Whether a line of the console is one too many. That the page itself came with a status of refusal is its server's
/// word, and stands there as an error of the network.
fn is_trouble(entry: &Value) -> bool {
    let is_loud = matches!(text(&entry["level"]), "SEVERE" | "WARNING");
    let is_status =
        entry["source"] == "network" && text(&entry["message"]).contains("the server responded with a status of 4");
    is_loud && !is_status
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}
