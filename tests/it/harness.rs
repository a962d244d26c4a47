//! A whole rollcall for one fact: its own database, its own port, a clock that stands still, and a SCIM client.

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
use serde_json::{Value, json};
use sqlx::{AssertSqlSafe, Column, Connection, Executor, PgConnection, PgPool, Row, SqlSafeStr, SqlitePool};
use tempfile::TempDir;
use tokio::sync::{OnceCell, oneshot};

/// Where the tests find PostgreSQL; `scripts/test` sets it.
const POSTGRES: &str = "ROLLCALL_TEST_POSTGRES";

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

/// The database of one fact.
pub struct Store {
    /// What `DATABASE_URL` would say.
    pub url: String,
    name: Option<String>,
    _folder: Option<TempDir>,
}

enum Raw {
    Pg(PgPool),
    Lite(SqlitePool),
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

/// A fresh, empty database; for facts about starting, which make their own server.
pub async fn fresh_store(engine: Engine) -> Store {
    match engine {
        Engine::Lite => {
            let folder = tempfile::tempdir().expect("a temporary folder");
            let url = format!("sqlite://{}/rollcall.db", folder.path().display());
            Store { url, name: None, _folder: Some(folder) }
        }
        Engine::Pg => clone_template().await,
    }
}

/// The address of the PostgreSQL server that tests use.
#[expect(clippy::disallowed_methods, reason = "the harness is told by its environment where PostgreSQL is")]
pub fn postgres() -> String {
    std::env::var(POSTGRES).unwrap_or_else(|_| panic!("set {POSTGRES} to a postgres:// URL, or run ./scripts/test"))
}

static TEMPLATE: OnceCell<String> = OnceCell::const_new();

/// A copy of a database that was migrated once for the whole run.
async fn clone_template() -> Store {
    let template = TEMPLATE.get_or_init(make_template).await;
    let name = unique_name();
    let mut server = PgConnection::connect(&postgres()).await.expect("PostgreSQL");
    let sql = format!("create database {name} template {template}");
    sqlx::raw_sql(AssertSqlSafe(sql)).execute(&mut server).await.expect("a copy of the template");
    Store { url: url_of(&name), name: Some(name), _folder: None }
}

async fn make_template() -> String {
    let name = unique_name();
    let mut server = PgConnection::connect(&postgres()).await.expect("PostgreSQL");
    let sql = format!("create database {name}");
    sqlx::raw_sql(AssertSqlSafe(sql)).execute(&mut server).await.expect("a template database");
    let db = app::open_store(&url_of(&name), Clock::system()).await.expect("a migrated template");
    db.close().await;
    name
}

fn unique_name() -> String {
    format!("rollcall_test_{}", uuid::Uuid::now_v7().simple())
}

fn url_of(database: &str) -> String {
    let server = postgres();
    let (address, _) = server.rsplit_once('/').expect("a postgres:// URL ends in a database name");
    format!("{address}/{database}")
}

impl Store {
    /// A database that somebody else makes and removes.
    pub fn at(url: String) -> Self {
        Self { url, name: None, _folder: None }
    }

    /// Rows of a select whose columns are all text.
    pub async fn sql(&self, sql: &str) -> Vec<Vec<Option<String>>> {
        Raw::open(&self.url).await.select(sql).await
    }

    /// Runs statements that give no rows.
    pub async fn sql_run(&self, sql: &str) {
        Raw::open(&self.url).await.run(sql).await;
    }
}

impl Drop for Store {
    fn drop(&mut self) {
        let Some(name) = self.name.take() else { return };
        // Dropping is asynchronous and this is not: a thread of its own waits for it.
        let dropped = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
            runtime.block_on(async {
                let Ok(mut server) = PgConnection::connect(&postgres()).await else { return };
                let sql = format!("drop database if exists {name} with (force)");
                let _ = sqlx::raw_sql(AssertSqlSafe(sql)).execute(&mut server).await;
            });
        });
        let _ = dropped.join();
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
        let store = Store { url: self.store.url.clone(), name: None, _folder: None };
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

impl Roll {
    /// Has the engine prepare a statement; what it objects to, if it does.
    pub async fn prepare(&self, sql: &str) -> Result<(), sqlx::Error> {
        self.raw.prepare(sql).await
    }
}

impl Raw {
    async fn prepare(&self, sql: &str) -> Result<(), sqlx::Error> {
        let sql = AssertSqlSafe(sql.to_owned()).into_sql_str();
        match self {
            Self::Pg(pool) => pool.acquire().await?.prepare(sql).await.map(drop),
            Self::Lite(pool) => pool.acquire().await?.prepare(sql).await.map(drop),
        }
    }

    async fn open(url: &str) -> Self {
        if url.starts_with("sqlite:") {
            return Self::Lite(SqlitePool::connect(url).await.expect("the SQLite file"));
        }
        let pool = sqlx::postgres::PgPoolOptions::new().max_connections(2).connect(url).await;
        Self::Pg(pool.expect("the PostgreSQL database"))
    }

    async fn select(&self, sql: &str) -> Vec<Vec<Option<String>>> {
        macro_rules! texts {
            ($pool:expr) => {{
                let rows = sqlx::query(AssertSqlSafe(sql.to_owned())).fetch_all($pool).await.expect("rows");
                let row = |row: &_| {
                    let columns = Row::columns(row).iter().map(Column::ordinal);
                    columns.map(|at| Row::try_get::<Option<String>, _>(row, at).expect("a text column")).collect()
                };
                rows.iter().map(row).collect()
            }};
        }
        match self {
            Self::Pg(pool) => texts!(pool),
            Self::Lite(pool) => texts!(pool),
        }
    }

    async fn run(&self, sql: &str) {
        let sql = AssertSqlSafe(sql.to_owned());
        match self {
            Self::Pg(pool) => drop(sqlx::raw_sql(sql).execute(pool).await.expect("done")),
            Self::Lite(pool) => drop(sqlx::raw_sql(sql).execute(pool).await.expect("done")),
        }
    }
}

async fn mint(app: &App, name: &str, scopes: &[Scope], mode: TokenMode) -> String {
    let wish = Wish { name: name.to_owned(), scopes: scopes.to_vec(), mode, lifetime: None };
    let work = (app, wish);
    let ctx = Ctx::cli(app.clock.now());
    let minted = app.db.unit(&ctx, &work, |tx, (app, wish)| Box::pin(scim_tokens::create(tx, &app.key, wish))).await;
    minted.expect("a token").token.expose_secret().to_owned()
}

/// A person as Okta creates one; the externalId follows from the name.
pub fn person(name: &str) -> Value {
    json!({
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"],
        "userName": format!("{name}@example.com"),
        "name": { "givenName": name, "familyName": "Example" },
        "emails": [{ "primary": true, "value": format!("{name}@example.com"), "type": "work" }],
        "displayName": format!("{name} Example"),
        "locale": "en-US",
        "externalId": format!("00u{name}"),
        "groups": [],
        "password": "1mz050nq",
        "active": true,
    })
}

/// A group as Okta creates one.
pub fn group(name: &str, members: &[&str]) -> Value {
    let members: Vec<Value> = members.iter().map(|id| json!({ "value": id, "display": "x" })).collect();
    json!({
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group"],
        "displayName": name,
        "members": members,
    })
}

/// A PATCH body of these operations.
#[expect(clippy::needless_pass_by_value, reason = "a body is written where it is used")]
pub fn patch(operations: Value) -> Value {
    json!({ "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], "Operations": operations })
}

/// A body as a client sends it, from `fixtures/`, with its `{{…}}` placeholders filled in.
#[track_caller]
pub fn fixture(name: &str, filled: &[(&str, &str)]) -> Value {
    let path = format!("{}/fixtures/{name}.json", env!("CARGO_MANIFEST_DIR"));
    let mut text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"));
    for (placeholder, value) in filled {
        text = text.replace(&format!("{{{{{placeholder}}}}}"), value);
    }
    assert!(!text.contains("{{"), "{name} has a placeholder that was not filled in");
    serde_json::from_str(&text).expect("a fixture is JSON")
}

/// Rows and values that no request makes yet, put there by hand.
impl Roll {
    /// A UUID as a literal of this engine.
    pub fn uuid(&self, id: &str) -> String {
        match self.engine() {
            Engine::Pg => format!("'{id}'::uuid"),
            Engine::Lite => format!("x'{}'", id.replace('-', "")),
        }
    }

    /// Bytes as a literal of this engine.
    pub fn bytes(&self, hex: &str) -> String {
        match self.engine() {
            Engine::Pg => format!("'\\x{hex}'::bytea"),
            Engine::Lite => format!("x'{hex}'"),
        }
    }

    /// A moment as a literal of this engine.
    pub fn moment(&self, rfc3339: &str) -> String {
        match self.engine() {
            Engine::Pg => format!("'{rfc3339}'::timestamptz"),
            Engine::Lite => Time::parse(rfc3339).expect("RFC 3339").micros().to_string(),
        }
    }

    /// A new id, as its text.
    pub fn new_id() -> String {
        uuid::Uuid::now_v7().to_string()
    }

    /// Sets columns of the person SCIM knows by this id.
    pub async fn set_user(&self, scim_id: &str, columns: &str) {
        self.sql_run(&format!("update users set {columns} where scim_id = {}", self.uuid(scim_id))).await;
    }

    /// One expression over the `users` row with this id of its own, as text.
    pub async fn user_says(&self, id: &str, expression: &str) -> Option<String> {
        let sql = format!("select cast({expression} as text) from users where id = {}", self.uuid(id));
        self.sql(&sql).await.pop().expect("a row with this id").remove(0)
    }

    /// The `users.id` of the person SCIM knows by this id.
    pub async fn row_of(&self, scim_id: &str) -> String {
        let (text, id) = (self.uuid_text("id"), self.uuid(scim_id));
        self.sql_one(&format!("select {text} from users where scim_id = {id}")).await
    }

    /// Makes a break-glass account; gives its `users.id`.
    pub async fn break_glass(&self, user_name: &str) -> String {
        let (id, noon) = (Self::new_id(), self.moment(NOON));
        self.sql_run(&format!(
            "insert into users (id, user_name, user_name_key, display_name, display_key, is_active, scim_active, \
             scim_since, scim_set_by, okta_status, okta_since, okta_set_by, admin_active, admin_since, admin_set_by, \
             is_break_glass_account, password_hash, platform_role, email_verified, phone_verified, push_enabled, \
             synced_from_okta, scim_attributes, auth_epoch, version, created_at, updated_at) values ({}, '{user_name}', \
             '{user_name}', 'Glass', 'glass', true, true, {noon}, 'cli', 'ok', {noon}, 'cli', true, {noon}, 'cli', \
             true, '$argon2id$', 'PLATFORM_ADMIN', false, false, false, false, '{{}}', 1, 1, {noon}, {noon})",
            self.uuid(&id)
        ))
        .await;
        id
    }

    /// Gives a person one of everything that lets them in or reaches them.
    pub async fn let_in(&self, user_id: &str) {
        let (user, noon, later) = (self.uuid(user_id), self.moment(NOON), self.moment("2026-06-01T12:00:00Z"));
        let id = || self.uuid(&Self::new_id());
        let hash = || self.bytes(&uuid::Uuid::now_v7().simple().to_string());
        let key = Self::new_id();
        let rows = [
            ("sessions", "secret_hash, born, last_seen_at, expires_at", format!("{}, 'okta', {noon}, {later}", hash())),
            ("refresh_tokens", "secret_hash, generation, expires_at", format!("{}, 1, {later}", hash())),
            ("api_keys", "key_id, secret_hash, name, scopes", format!("'{key}', {}, 'cron', ''", hash())),
            (
                "contact_verifications",
                "method, value, code_hash, tries, expires_at",
                format!("'EMAIL', 'x@example.com', {}, 0, {later}", hash()),
            ),
            (
                "contact_verifications",
                "method, value, code_hash, tries, expires_at",
                format!("'SMS', '+1', {}, 0, {later}", hash()),
            ),
            ("user_devices", "platform, token", format!("'ios', '{key}'")),
            ("login_attempts", "secret_hash, kind, data, expires_at", format!("{}, 'browser', '', {later}", hash())),
        ];
        for (table, columns, values) in rows {
            self.sql_run(&format!(
                "insert into {table} (id, user_id, created_at, {columns}) values ({}, {user}, {noon}, {values})",
                id()
            ))
            .await;
        }
    }

    /// How many of the things that let a person in or reach them are live, by table.
    pub async fn live(&self, user_id: &str) -> Vec<(&'static str, i64)> {
        const TABLES: [&str; 6] =
            ["sessions", "refresh_tokens", "api_keys", "contact_verifications", "user_devices", "login_attempts"];
        let mut live = Vec::new();
        for table in TABLES {
            let user = self.uuid(user_id);
            let sql = format!("select cast(count(*) as text) from {table} where user_id = {user} and ended_at is null");
            live.push((table, self.sql_one(&sql).await.parse().expect("a count")));
        }
        live.retain(|(_, count)| *count > 0);
        live
    }

    /// How grave the newest audit row of an action is.
    pub async fn severity(&self, action: &str) -> String {
        let sql =
            format!("select severity from audit_events where action = '{action}' order by at desc, id desc limit 1");
        self.sql_one(&sql).await
    }

    /// Every text column of the database that contains this, as `table.column`.
    pub async fn columns_with(&self, text: &str) -> Vec<String> {
        let columns = match self.engine() {
            Engine::Pg => {
                "select table_name::text, column_name::text from information_schema.columns \
                 where table_schema = 'public' and data_type in ('text', 'character varying', 'json', 'jsonb', 'bytea')"
            }
            Engine::Lite => {
                "select m.name, c.name from sqlite_master m, pragma_table_info(m.name) c where m.type = 'table'"
            }
        };
        let mut found = Vec::new();
        for mut column in self.sql(columns).await {
            let (name, table) = (column.remove(1).expect("a name"), column.remove(0).expect("a name"));
            let sql = format!("select 'x' from {table} where cast({name} as text) like '%{text}%' limit 1");
            if !self.sql(&sql).await.is_empty() {
                found.push(format!("{table}.{name}"));
            }
        }
        found
    }

    /// The people here as answers show them, walked page by page as an import walks them.
    pub async fn walk(&self, count: usize) -> Vec<Value> {
        let mut seen = Vec::new();
        loop {
            let page = self.get(&format!("/Users?startIndex={}&count={count}", seen.len() + 1)).await.expect(200).body;
            let resources = page["Resources"].as_array().expect("Resources").clone();
            assert!(resources.len() <= count);
            let is_last = resources.is_empty();
            seen.extend(resources);
            if is_last || Some(seen.len() as u64) == page["totalResults"].as_u64() {
                return seen;
            }
        }
    }
}

/// A resource as the client meant it: without what the server computes, and with the formatted name it makes.
pub fn meant(body: &Value) -> Value {
    let mut meant = body.clone();
    let fields = meant.as_object_mut().expect("a resource");
    for computed in ["schemas", "id", "meta", "groups", "roles", "password"] {
        fields.remove(computed);
    }
    if let Some(Value::Object(name)) = fields.get_mut("name") {
        let part = |part: &str| name.get(part).and_then(Value::as_str).unwrap_or_default().to_owned();
        let formatted = format!("{} {}", part("givenName"), part("familyName")).trim().to_owned();
        name.entry("formatted").or_insert_with(|| formatted.into());
    }
    meant
}
