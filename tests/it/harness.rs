//! A whole rollcall for one fact: its own database, its own port, a clock that stands still, and a SCIM client.

mod bodies;
mod rows;
mod store;

use std::sync::Arc;
use std::time::Duration;

use reqwest::{Method, StatusCode};
use rollcall::access::jwt;
use rollcall::access::scim_tokens::{self, Wish};
use rollcall::app;
use rollcall::clock::{Clock, Time};
use rollcall::config::Config;
use rollcall::ctx::Ctx;
use rollcall::http::listener::Limits;
use rollcall::http::scim::hints::{self, Refused};
use rollcall::http::{App, Shared};
use rollcall::jobs::{hook_inbox, runner};
use rollcall::model::token::{Scope, TokenMode};
use rollcall::model::words::Word;
use rollcall::store::Db;
use rollcall::store::dialect::Engine;
use secrecy::ExposeSecret;
use serde_json::Value;
use tokio::sync::oneshot;

pub use bodies::{fixture, group, meant, nothing_with, patch, person};
pub use store::{Store, fresh_store};

use store::Raw;

/// Declares facts: each runs once on SQLite and once on PostgreSQL, each time on a fresh rollcall.
macro_rules! facts {
    ($($(#[$meta:meta])* async fn $name:ident($roll:ident: Roll) $body:block)+) => {$(
        $(#[$meta])*
        async fn $name($roll: $crate::harness::Roll) $body

        mod $name {
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn on_sqlite() {
                super::$name($crate::harness::Roll::start(rollcall::store::dialect::Engine::Lite).await).await;
            }

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn on_postgres() {
                super::$name($crate::harness::Roll::start(rollcall::store::dialect::Engine::Pg).await).await;
            }
        }
    )+};
}
pub(crate) use facts;

/// Noon of an ordinary day: where every test's clock stands.
pub const NOON: &str = "2026-03-02T12:00:00Z";

/// The secret that Okta's event hooks bring.
pub const HOOK_SECRET: &str = "the-hook-secret-of-every-test-0001";

/// What access tokens of mobile sign-ins are signed with.
pub const JWT_SECRET: &str = "the-jwt-secret-of-every-test-00001";

/// A running rollcall.
pub struct Roll {
    /// What its handlers share.
    pub app: App,
    /// The clock everything is stamped by.
    pub clock: Clock,
    /// `http://127.0.0.1:port`.
    pub origin: String,
    /// A token that may do everything over SCIM.
    pub token: String,
    client: reqwest::Client,
    raw: Raw,
    store: Store,
    stop: Option<oneshot::Sender<()>>,
}

/// What a request was answered.
#[derive(Debug)]
pub struct Answer {
    /// The status.
    pub status: StatusCode,
    /// The headers.
    pub headers: reqwest::header::HeaderMap,
    /// The body as JSON; null when it is none.
    pub body: Value,
    /// The body as it came.
    pub text: String,
}

impl Answer {
    /// Demands a status, showing the body when it is another.
    #[track_caller]
    pub fn expect(self, status: u16) -> Self {
        assert_eq!(self.status.as_u16(), status, "answered {}", self.body);
        self
    }

    /// Demands one of these statuses.
    #[track_caller]
    pub fn expect_one_of(self, statuses: &[u16]) -> Self {
        assert!(statuses.contains(&self.status.as_u16()), "answered {} {}", self.status, self.body);
        self
    }

    /// Demands a SCIM error of this status, kind and, somewhere in its sentence, these words.
    #[track_caller]
    pub fn refused(self, status: u16, kind: Option<&str>, words: &str) -> Self {
        assert_eq!(self.status.as_u16(), status, "answered {}", self.body);
        assert_eq!(self.body["schemas"][0], "urn:ietf:params:scim:api:messages:2.0:Error", "{}", self.body);
        assert_eq!(self.body["status"], status.to_string());
        assert_eq!(self.body.get("scimType").and_then(Value::as_str), kind, "{}", self.body);
        let detail = self.body["detail"].as_str().unwrap_or_default();
        assert!(detail.to_lowercase().contains(&words.to_lowercase()), "{detail:?} does not say {words:?}");
        self.hinted();
        self
    }

    /// Demands that the console has words of its own for this refusal of SCIM.
    #[track_caller]
    pub fn hinted(&self) {
        let kind = self.body.get("scimType").and_then(Value::as_str);
        let detail = self.body["detail"].as_str().unwrap_or_default();
        let hint = hints::of(&Refused { method: "", status: self.status.as_u16().into(), kind, detail });
        assert!(hint.is_some_and(hints::Hint::is_specific), "the console has no words for {}", self.body);
    }

    /// The id of the resource in the body.
    #[track_caller]
    pub fn id(&self) -> String {
        self.body["id"].as_str().unwrap_or_else(|| panic!("no id in {}", self.body)).to_owned()
    }

    /// A header's text.
    #[track_caller]
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_else(|| panic!("no header {name}"))
    }
}

impl Drop for Roll {
    fn drop(&mut self) {
        if let Some(stop) = self.stop.take() {
            let _ = stop.send(());
        }
    }
}

/// A configuration as the development defaults give it, for this database.
pub fn config(url: &str) -> Config {
    let vars = [("DATABASE_URL", url), ("PORT", "0"), ("OKTA_WEBHOOK_SECRET", HOOK_SECRET), ("JWT_SECRET", JWT_SECRET)];
    let vars = vars.map(|(name, value)| (name.to_owned(), value.to_owned()));
    Config::from_vars(vars.into_iter()).expect("a configuration without faults")
}

impl Roll {
    /// Starts a rollcall on a fresh database.
    pub async fn start(engine: Engine) -> Self {
        Self::start_with(engine, |_| {}).await
    }

    /// Starts a rollcall on a fresh database, with something of it set otherwise. No worker takes hook events unless a
    /// test says so: it lets them be taken when it is ready.
    pub async fn start_with(engine: Engine, set: impl FnOnce(&mut Shared)) -> Self {
        let clock = Clock::manual(Time::parse(NOON).expect("noon"));
        Self::on(fresh_store(engine).await, clock, set).await
    }

    /// Starts a rollcall on a store that somebody else filled, by the clock on the wall.
    pub async fn at(url: String) -> Self {
        Self::on(Store::at(url), Clock::system(), |_| {}).await
    }

    /// Starts a second replica on the same database, with the same clock. PostgreSQL only makes this interesting.
    pub async fn replica(&self) -> Self {
        self.replica_with(|_| {}).await
    }

    /// The same, with something of it set otherwise.
    pub async fn replica_with(&self, set: impl FnOnce(&mut Shared)) -> Self {
        let store = Store::at(self.store.url.clone());
        // The world calls both by one address, so tokens of the one are tokens of the other.
        let jwt = jwt::Keys::new(&self.origin, &[JWT_SECRET.into()]);
        let set = |shared: &mut Shared| {
            shared.jwt = jwt;
            set(shared);
        };
        Self::on(store, self.clock.clone(), set).await
    }

    async fn on(store: Store, clock: Clock, set: impl FnOnce(&mut Shared)) -> Self {
        let db = app::open_store(&store.url, clock.clone()).await.expect("an open store");
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let origin = format!("http://{}", listener.local_addr().expect("an address"));
        let mut app = app::build(db, &config(&store.url), origin.clone()).await.expect("a service");
        let shared = Arc::get_mut(&mut app).expect("nobody else has it yet");
        shared.hooks.workers = 0;
        shared.watches = false;
        shared.sends = false;
        set(shared);
        let (stop, stopped) = oneshot::channel();
        let told = async {
            let _ = stopped.await;
        };
        tokio::spawn(app::serve(Arc::clone(&app), listener, Limits::default(), Duration::from_hours(90 * 24), told));
        let token = mint(&app, "Okta", Scope::ALL, TokenMode::Bearer).await;
        let raw = Raw::open(&store.url).await;
        let client = reqwest::Client::builder().no_proxy().redirect(reqwest::redirect::Policy::none());
        let client = client.build().expect("a client");
        Self { app, clock, origin, token, client, raw, store, stop: Some(stop) }
    }

    /// The engine this one runs on.
    pub fn engine(&self) -> Engine {
        self.app.db.engine()
    }

    /// The database's URL.
    pub fn database_url(&self) -> &str {
        &self.store.url
    }

    /// The database itself, for verbs called directly.
    pub fn db(&self) -> &Db {
        &self.app.db
    }

    /// Makes a SCIM token.
    pub async fn mint(&self, scopes: &[Scope], mode: TokenMode) -> String {
        mint(&self.app, "made by a test", scopes, mode).await
    }

    /// Applies every hook event that is due.
    pub async fn apply_hooks(&self) {
        while hook_inbox::work_once(&self.app).await.expect("a database") {}
    }

    /// Writes what requests left in buffers, now.
    pub async fn flush(&self) {
        runner::flush(&self.app, true).await.expect("a flush");
    }

    /// A request that the caller finishes.
    pub fn request(&self, method: Method, path: &str) -> reqwest::RequestBuilder {
        self.client.request(method, format!("{}{path}", self.origin))
    }

    /// Sends a request as it is.
    pub async fn send(&self, request: reqwest::RequestBuilder) -> Answer {
        let answer = request.send().await.expect("an answer");
        let (status, headers) = (answer.status(), answer.headers().clone());
        let text = answer.text().await.expect("a body");
        Answer { status, headers, body: serde_json::from_str(&text).unwrap_or(Value::Null), text }
    }

    /// A SCIM request with the token; `path` begins after `/scim/v2`.
    pub fn scim(&self, method: Method, path: &str) -> reqwest::RequestBuilder {
        self.request(method, &format!("/scim/v2{path}")).bearer_auth(&self.token)
    }

    /// `GET`, as Okta sends it.
    pub async fn get(&self, path: &str) -> Answer {
        self.send(self.scim(Method::GET, path)).await
    }

    /// `POST`, as Okta sends it.
    pub async fn post(&self, path: &str, body: &Value) -> Answer {
        self.send(self.with_body(Method::POST, path, body)).await
    }

    /// `PUT`, as Okta sends it.
    pub async fn put(&self, path: &str, body: &Value) -> Answer {
        self.send(self.with_body(Method::PUT, path, body)).await
    }

    /// `PATCH`, as Okta sends it.
    pub async fn patch(&self, path: &str, body: &Value) -> Answer {
        self.send(self.with_body(Method::PATCH, path, body)).await
    }

    /// `DELETE`, as Okta sends it.
    pub async fn delete(&self, path: &str) -> Answer {
        self.send(self.scim(Method::DELETE, path)).await
    }

    /// A request with a SCIM body.
    pub fn with_body(&self, method: Method, path: &str, body: &Value) -> reqwest::RequestBuilder {
        let request = self.scim(method, path).header("content-type", "application/scim+json; charset=utf-8");
        request.header("user-agent", "Okta SCIM Client 1.0.0").body(body.to_string())
    }

    /// The people that match a filter, as the list shows them.
    pub async fn find(&self, filter: &str) -> Answer {
        let query: String = form_urlencoded::Serializer::new(String::new()).append_pair("filter", filter).finish();
        self.get(&format!("/Users?{query}")).await
    }

    /// Adds a person of this name, as Okta creates one; gives the SCIM id.
    pub async fn person(&self, name: &str) -> String {
        self.post("/Users", &person(name)).await.expect(201).id()
    }

    /// Adds a group with these members; gives its id.
    pub async fn group(&self, name: &str, members: &[&str]) -> String {
        self.post("/Groups", &group(name, members)).await.expect(201).id()
    }

    /// The SCIM ids of a group's members, sorted.
    pub async fn members(&self, group: &str) -> Vec<String> {
        let answer = self.get(&format!("/Groups/{group}")).await.expect(200);
        let list = answer.body["members"].as_array().cloned().unwrap_or_default();
        let mut ids: Vec<String> = list.iter().filter_map(|one| one["value"].as_str().map(str::to_owned)).collect();
        ids.sort();
        ids
    }

    /// Rows of a select whose columns are all text (cast them in the statement).
    pub async fn sql(&self, sql: &str) -> Vec<Vec<Option<String>>> {
        self.raw.select(sql).await
    }

    /// The one text a select gives.
    pub async fn sql_one(&self, sql: &str) -> String {
        let rows = self.sql(sql).await;
        rows.first().and_then(|row| row.first().cloned().flatten()).unwrap_or_else(|| panic!("nothing from {sql}"))
    }

    /// Runs statements that give no rows.
    pub async fn sql_run(&self, sql: &str) {
        self.raw.run(sql).await;
    }

    /// A UUID column as text, in this engine's words.
    pub fn uuid_text(&self, column: &str) -> String {
        self.engine().uuid_text(column)
    }

    /// The actions in the audit since the beginning, oldest first; tokens' own rows left out.
    pub async fn actions(&self) -> Vec<String> {
        let rows =
            self.sql("select action from audit_events where action not like 'scim.token.%' order by at, id").await;
        rows.into_iter().filter_map(|mut row| row.remove(0)).collect()
    }

    /// The newest audit row of an action: (before, after, detail).
    pub async fn last_audit(&self, action: &str) -> (Value, Value, Value) {
        let sql = format!(
            "select before_json, after_json, detail_json from audit_events where action = '{action}' \
             order by at desc, id desc limit 1"
        );
        let rows = self.sql(&sql).await;
        let row = rows.first().unwrap_or_else(|| panic!("no {action} in the audit"));
        let json = |at: usize| row[at].as_deref().map_or(Value::Null, |text| serde_json::from_str(text).expect("JSON"));
        (json(0), json(1), json(2))
    }
}

async fn mint(app: &App, name: &str, scopes: &[Scope], mode: TokenMode) -> String {
    let wish = Wish { name: name.to_owned(), scopes: scopes.to_vec(), mode, lifetime: None };
    let work = (app, wish);
    let ctx = Ctx::cli(app.clock.now());
    let minted = app.db.unit(&ctx, &work, |tx, (app, wish)| Box::pin(scim_tokens::create(tx, &app.key, wish))).await;
    minted.expect("a token").token.expose_secret().to_owned()
}
