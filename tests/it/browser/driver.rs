//! Chromium behind its driver, spoken to in WebDriver's own words (W3C WebDriver, plain HTTP on the loopback): one driver
//! a run, few browsers, each used again by one fact after another.

use std::io::{BufRead, BufReader};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::{Mutex, OnceLock, PoisonError};
use std::thread;

use reqwest::Method;
use serde_json::{Value, json};
use tokio::sync::{Semaphore, SemaphorePermit};

/// Where the tests find the browser and its driver; `scripts/test` sets both.
const CHROMIUM: &str = "ROLLCALL_TEST_CHROMIUM";
const CHROMEDRIVER: &str = "ROLLCALL_TEST_CHROMEDRIVER";

/// Browsers at once: the tests run on two cores.
const BROWSERS: usize = 2;
/// What the driver says when it listens, before its port.
const STARTED: &str = "started successfully on port ";

/// Runs the driver with its files in a folder of its own and ends both, and every browser, when the pipe it reads from is
/// closed. That happens by itself when the tests are gone, however they went.
const WATCH: &str = r#"
    folder=$(mktemp -d "${TMPDIR:-/tmp}/rollcall-browser.XXXXXX") || exit 1
    set -m
    TMPDIR=$folder HOME=$folder "$0" --port=0 --log-level=SEVERE 2>&1 &
    read -r _
    kill -KILL -- -$!
    wait
    rm -rf "$folder"
"#;

/// Nothing of it leaves the machine: no update, no list of bad addresses, no name but the loopback's is resolved.
const ARGUMENTS: [&str; 14] = [
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-quic",
    "--no-first-run",
    "--no-default-browser-check",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-features=Translate,OptimizationHints,MediaRouter,AutofillServerCommunication",
    "--force-color-profile=srgb",
    "--hide-scrollbars",
    "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1",
];

static DRIVER: OnceLock<Driver> = OnceLock::new();
static PLACES: Semaphore = Semaphore::const_new(BROWSERS);
static RESTING: Mutex<Vec<String>> = Mutex::new(Vec::new());

struct Driver {
    origin: String,
    // Both end the driver when they are closed, which is at the end of the process.
    _watch: Child,
    _pipe: ChildStdin,
}

impl Driver {
    fn start() -> Self {
        let mut watch = Command::new("bash");
        let watch = watch.args(["-c", WATCH, &program(CHROMEDRIVER, &["chromedriver"])]);
        let started = watch.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn();
        let mut watch = started.expect("bash, to watch over the browser's driver");
        let pipe = watch.stdin.take().expect("a pipe to it");
        let mut lines = BufReader::new(watch.stdout.take().expect("what it says")).lines().map_while(Result::ok);
        let port = lines.find_map(|line| Some(line.split_once(STARTED)?.1.trim_end_matches('.').to_owned()));
        let port = port.unwrap_or_else(|| panic!("the driver did not start: set {CHROMEDRIVER} to its path"));
        // What it says from here on is of no interest, and it must not wait for a reader.
        thread::spawn(move || lines.for_each(drop));
        Self { origin: format!("http://127.0.0.1:{port}"), _watch: watch, _pipe: pipe }
    }
}

/// A program that a variable names, or the first of these names that is on the way.
#[expect(clippy::disallowed_methods, reason = "the harness is told by its environment where the browser is")]
fn program(variable: &str, names: &[&str]) -> String {
    if let Ok(path) = std::env::var(variable) {
        return path;
    }
    let folders = std::env::var("PATH").unwrap_or_default();
    let places = names.iter().flat_map(|name| folders.split(':').map(move |folder| format!("{folder}/{name}")));
    let mut found = places.filter(|path| std::path::Path::new(path).is_file());
    found
        .next()
        .unwrap_or_else(|| panic!("there is no {}: set {variable} to its path, or run ./scripts/test", names[0]))
}

/// A browser that one fact has for itself.
pub struct Browser {
    /// Whether nobody had it before.
    pub is_new: bool,
    session: String,
    client: reqwest::Client,
    _place: SemaphorePermit<'static>,
}

impl Browser {
    /// One that rests, or a new one; waits while others have them all.
    pub async fn take() -> Self {
        let place = PLACES.acquire().await.expect("the places are never closed");
        // Starting blocks for a moment; facts have two threads.
        tokio::task::block_in_place(|| DRIVER.get_or_init(Driver::start));
        // A client of its own: a fact's connections end with the fact's runtime.
        let client = reqwest::Client::builder().no_proxy().build().expect("a client");
        let resting = RESTING.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let is_new = resting.is_none();
        let mut browser = Self { is_new, session: resting.unwrap_or_default(), client, _place: place };
        if is_new {
            browser.start().await;
        }
        browser
    }

    async fn start(&mut self) {
        let options = json!({
            "binary": program(CHROMIUM, &["chromium", "chromium-browser", "google-chrome-stable", "google-chrome"]),
            "args": ARGUMENTS,
            "prefs": { "credentials_enable_service": false, "profile.password_manager_leak_detection": false },
            "perfLoggingPrefs": { "enableNetwork": true, "enablePage": true },
        });
        let wanted = json!({
            "browserName": "chrome",
            "goog:chromeOptions": options,
            "goog:loggingPrefs": { "browser": "ALL", "performance": "ALL" },
        });
        let made = self.send(Method::POST, "/session", &json!({ "capabilities": { "alwaysMatch": wanted } })).await;
        let made = made.unwrap_or_else(|trouble| panic!("no browser: {trouble} ({CHROMIUM} names another)"));
        made["sessionId"].as_str().expect("a session").clone_into(&mut self.session);
    }

    /// A command of WebDriver's; `path` begins after the session.
    ///
    /// # Errors
    /// What the driver says is wrong.
    pub async fn call(&self, method: Method, path: &str, body: &Value) -> Result<Value, String> {
        self.send(method, &format!("/session/{}{path}", self.session), body).await
    }

    /// A command of the DevTools protocol, to the page.
    ///
    /// # Errors
    /// What the driver says is wrong.
    pub async fn tell(&self, command: &str, params: &Value) -> Result<Value, String> {
        self.call(Method::POST, "/goog/cdp/execute", &json!({ "cmd": command, "params": params })).await
    }

    async fn send(&self, method: Method, path: &str, body: &Value) -> Result<Value, String> {
        let driver = DRIVER.get().expect("the driver runs");
        let mut request = self.client.request(method.clone(), format!("{}{path}", driver.origin));
        if method == Method::POST {
            request = request.json(body);
        }
        let answer = request.send().await.map_err(|error| format!("the driver does not answer: {error}"))?;
        let mut answer: Value = answer.json().await.map_err(|error| format!("the driver answers oddly: {error}"))?;
        let value = answer["value"].take();
        match value["error"].as_str() {
            None => Ok(value),
            Some(error) => Err(format!("{error}: {}", value["message"].as_str().unwrap_or_default())),
        }
    }

    /// Gives it back for the next fact.
    pub fn rest(self) {
        RESTING.lock().unwrap_or_else(PoisonError::into_inner).push(self.session.clone());
    }
}
