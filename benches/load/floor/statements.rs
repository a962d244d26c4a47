use std::collections::{HashMap, HashSet};
use std::net::Ipv4Addr;
use std::sync::Mutex;
use std::time::Instant;

use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{Request, State};
use axum::http::{Method, Response, StatusCode};
use rollcall::access::secret::{HashKey, same_hash};
use rollcall::audit::search::address_key;
use rollcall::clock::{Clock, Time};
use rollcall::ctx::Ctx;
use rollcall::model::Id;
use rollcall::scim::cursor::{LIFETIME_SECONDS, Mark};
use rollcall::scim::text::fold;
use serde_json::{Map, Value, json};
use sqlx::{AssertSqlSafe, QueryBuilder};

use super::wire::{self, GroupRow, UserRow, text};
use super::super::hooks::SECRET;
use super::{Arc, Duration, TABLES, TcpListener, Written};

struct Floor {
    reader: Pool<Db>,
    writer: Pool<Db>,
    key: HashKey,
    base: String,
    log: Mutex<Vec<Logged>>,
}

/// What the request log keeps of one request.
struct Logged {
    at: Time,
    token: (Id, String),
    line: (String, String, Option<String>),
    status: i64,
    micros: i64,
    bytes: (i64, i64),
    body: Option<String>,
}

/// A request whose token is good.
struct Asked {
    token: (Id, String),
    now: Time,
    query: HashMap<String, String>,
    body: Bytes,
}

type Answer = (StatusCode, i64, String);

const USER: &str = "select id, scim_id, user_name, external_id, scim_active, scim_attributes, version, created_at, \
     updated_at from users";

pub async fn serve(url: &str, public_url: &str, listener: TcpListener) {
    let store = rollcall::store::Db::connect(url, Clock::system()).await.expect("the database");
    let key = HashKey::load(&store, &Ctx::job("floor", now())).await.expect("the key");
    store.close().await;
    let (reader, writer) = connect(url).await;
    let base = format!("{public_url}/scim/v2");
    let floor = Arc::new(Floor { reader, writer, key, base, log: Mutex::default() });
    tokio::spawn(flush(Arc::clone(&floor)));
    sqlx::query(HOOKS).execute(&floor.writer).await.expect("a table");
    let router = axum::Router::new().route("/webhooks/okta/events", axum::routing::post(keep));
    let router = router.fallback(answer).with_state(floor);
    axum::serve(listener, router).await.expect("it serves");
}

fn now() -> Time {
    Clock::system().now()
}

/// Of each table that a change of the roll writes: how many rows it has, and which columns of the newest say something.
pub async fn written(url: &str) -> Vec<Written> {
    let (pool, _) = connect(url).await;
    let mut tables = Vec::new();
    for (table, order) in TABLES {
        let columns: Vec<String> =
            sqlx::query_scalar(COLUMNS).bind(table).fetch_all(&pool).await.expect("the columns");
        let said: Vec<String> =
            columns.iter().map(|name| format!("case when {name} is null then '' else '{name} ' end")).collect();
        let sql = format!("select {} from {table} order by {order} desc limit 50", said.join(" || "));
        let newest = sqlx::query_scalar(AssertSqlSafe(sql)).fetch_all(&pool).await.expect("rows");
        let sql = format!("select count(*) from {table}");
        let rows = sqlx::query_scalar(AssertSqlSafe(sql)).fetch_one(&pool).await.expect("a count");
        tables.push(Written { table, rows, newest });
    }
    pool.close().await;
    tables
}

/// Keeps a delivery of Okta's.
async fn keep(State(floor): State<Arc<Floor>>, request: Request) -> StatusCode {
    let (parts, body) = request.into_parts();
    let is_known = parts.headers.get("authorization").is_some_and(|shown| same_hash(shown.as_bytes(), SECRET.as_bytes()));
    if !is_known {
        return StatusCode::UNAUTHORIZED;
    }
    let body = String::from_utf8(to_bytes(body, 16 << 20).await.expect("a body").into()).expect("text");
    let sql = "insert into floor_hooks (id, received_at, body) values ($1, $2, $3)";
    sqlx::query(sql).bind(Id::fresh()).bind(now()).bind(body).execute(&floor.writer).await.expect("a write");
    StatusCode::NO_CONTENT
}

async fn answer(State(floor): State<Arc<Floor>>, request: Request) -> Response<Body> {
    let (started, at) = (Instant::now(), now());
    let (parts, body) = request.into_parts();
    let body = to_bytes(body, 16 << 20).await.expect("a body");
    let header = parts.headers["authorization"].to_str().expect("a header").trim_start_matches("Bearer ").to_owned();
    let mut conn = floor.reader.acquire().await.expect("a connection");
    let Some(token) = check(&floor, &mut conn, &header).await else {
        return Response::builder().status(401).body(Body::empty()).expect("an answer");
    };
    let query = form_urlencoded::parse(parts.uri.query().unwrap_or_default().as_bytes()).into_owned().collect();
    let asked = Asked { token, now: at, query, body };
    let path = parts.uri.path().trim_start_matches("/scim/v2/");
    let id = path.split_once('/').and_then(|(_, id)| Id::parse(id));
    let (status, version, text) = match (&parts.method, path.starts_with("Users"), id) {
        (&Method::GET, true, Some(id)) => floor.get(&mut conn, id).await,
        (&Method::GET, true, None) => floor.list(&mut conn, &asked).await,
        (&Method::GET, false, Some(id)) => floor.group(&mut conn, id).await,
        (method, is_user, id) => {
            drop(conn);
            match (method, is_user, id) {
                (&Method::POST, ..) => floor.create(&asked).await,
                (&Method::PATCH, true, Some(id)) => floor.switch(&asked, id).await,
                (_, true, Some(id)) => floor.replace(&asked, id).await,
                (&Method::PATCH, false, Some(id)) => floor.member(&asked, id).await,
                (_, _, Some(id)) => floor.team(&asked, id).await,
                _ => (StatusCode::NOT_FOUND, 0, String::new()),
            }
        }
    };
    floor.log.lock().expect("no panic before").push(Logged {
        at,
        token: asked.token,
        line: (parts.method.to_string(), parts.uri.path().to_owned(), parts.uri.query().map(str::to_owned)),
        status: status.as_u16().into(),
        micros: i64::try_from(started.elapsed().as_micros()).unwrap_or(i64::MAX),
        bytes: (length(asked.body.len()), length(text.len())),
        body: kept(&asked.body),
    });
    let response = Response::builder().status(status).header("content-type", "application/scim+json; charset=utf-8");
    response.header("etag", format!("W/\"{version}\"")).body(Body::from(text)).expect("an answer")
}

fn length(count: usize) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

fn kept(body: &Bytes) -> Option<String> {
    match body.len() {
        0 => None,
        size if size > 32 * 1024 => Some(format!("({size} bytes, not kept)")),
        _ => String::from_utf8(body.to_vec()).ok(),
    }
}

async fn check(floor: &Floor, conn: &mut <Db as sqlx::Database>::Connection, token: &str) -> Option<(Id, String)> {
    type TokenRow = (Id, String, Vec<u8>, Option<Time>, Option<Time>);
    let key_id = token.trim_start_matches("rc_scim_").split_once('_').map(|(key_id, _)| key_id)?;
    let sql = "select id, name, secret_hash, expires_at, ended_at from scim_tokens where key_id = $1";
    let row: Option<TokenRow> = sqlx::query_as(sql).bind(key_id).fetch_optional(conn).await.expect("a token");
    let (id, name, hash, expires, ended) = row?;
    let is_live = ended.is_none() && expires.is_none_or(|end| end > now());
    (same_hash(&hash, &floor.key.hash("scim-token", token)) && is_live).then_some((id, name))
}

/// What requests left behind is written once a second, as rollcall does.
async fn flush(floor: Arc<Floor>) {
    loop {
        tokio::time::sleep(Duration::from_secs(1)).await;
        let rows = std::mem::take(&mut *floor.log.lock().expect("no panic before"));
        let Some(last) = rows.last() else { continue };
        let mut tx = begin(&floor.writer).await;
        sqlx::query("update scim_tokens set last_used_at = $2 where id = $1")
            .bind(last.token.0)
            .bind(last.at)
            .execute(&mut *tx)
            .await
            .expect("a write");
        for piece in rows.chunks(64) {
            let mut sql = QueryBuilder::<Db>::new(
                "insert into scim_requests (id, at, request_id, cause_id, token_id, token_name, method, path, query, \
                 status, scim_type, detail, micros, request_bytes, response_bytes, body, ip, user_agent) ",
            );
            sql.push_values(piece, |mut row, one| {
                let id = Id::fresh();
                row.push_bind(id).push_bind(one.at).push_bind(id.to_string()).push_bind(id);
                row.push_bind(one.token.0).push_bind(&one.token.1);
                row.push_bind(&one.line.0).push_bind(&one.line.1).push_bind(&one.line.2).push_bind(one.status);
                row.push_bind(None::<String>).push_bind(None::<String>).push_bind(one.micros);
                row.push_bind(one.bytes.0).push_bind(one.bytes.1).push_bind(&one.body);
                row.push_bind("127.0.0.1").push_bind("load");
            });
            sql.build().execute(&mut *tx).await.expect("a write");
        }
        tx.commit().await.expect("a commit");
    }
}

/// One row of the audit.
struct Said {
    action: &'static str,
    severity: &'static str,
    about: (&'static str, Id),
    user: Option<Id>,
    team: Option<Id>,
    before: Value,
    after: Value,
    detail: Value,
}

async fn say(tx: &mut Transaction<'static, Db>, asked: &Asked, said: &[Said]) {
    let cause = Id::fresh();
    let mut sql = QueryBuilder::<Db>::new(
        "insert into audit_events (id, at, action, severity, actor_kind, actor_id, actor_name, source, user_id, team_id, \
         resource_type, resource_id, outcome, before_json, after_json, detail_json, cause_id, request_id, ip, \
         user_agent, search_key, ip_key) ",
    );
    let home = address_key(Ipv4Addr::LOCALHOST.into());
    sql.push_values(said, |mut row, one| {
        row.push_bind(Id::fresh()).push_bind(asked.now).push_bind(one.action).push_bind(one.severity);
        row.push_bind("scim_token").push_bind(asked.token.0.to_string()).push_bind(&asked.token.1).push_bind("scim");
        row.push_bind(one.user).push_bind(one.team).push_bind(one.about.0).push_bind(one.about.1.to_string());
        row.push_bind("success");
        row.push_bind(one.before.to_string()).push_bind(one.after.to_string()).push_bind(one.detail.to_string());
        row.push_bind(cause).push_bind(cause.to_string()).push_bind("127.0.0.1").push_bind("load");
        let said = [&one.detail, &one.before, &one.after];
        row.push_bind(wire::search_key(&asked.token.1, one.action, said)).push_bind(&home);
    });
    sql.build().execute(&mut **tx).await.expect("an audit row");
}

async fn write_leaves(tx: &mut Transaction<'static, Db>, user: Id, leaves: &[&(String, i64, String)]) {
    let mut sql = QueryBuilder::<Db>::new("insert into user_values (user_id, attribute, element, value_key) ");
    sql.push_values(leaves, |mut row, (name, element, value)| {
        row.push_bind(user).push_bind(name).push_bind(*element).push_bind(value);
    });
    sql.push(" on conflict (user_id, attribute, element) do update set value_key = excluded.value_key");
    sql.build().execute(&mut **tx).await.expect("values");
}

/// The groups of a page of people.
async fn groups_of(
    conn: &mut <Db as sqlx::Database>::Connection,
    users: &[UserRow],
) -> HashMap<Id, Vec<GroupRow>> {
    let mut sql = QueryBuilder::<Db>::new(
        "select m.user_id, m.team_id, t.name, m.role from team_members m join teams t on t.id = m.team_id where m.by_okta and \
         t.scim_visible and m.user_id in (",
    );
    among(&mut sql, users.iter().map(|user| user.0));
    sql.push(") order by m.user_id, m.team_id");
    let rows: Vec<(Id, Id, String, String)> = sql.build_query_as().fetch_all(conn).await.expect("groups");
    let mut found: HashMap<Id, Vec<GroupRow>> = HashMap::new();
    for (user, team, name, role) in rows {
        found.entry(user).or_default().push((team, name, role));
    }
    found
}

impl Floor {
    async fn get(&self, conn: &mut <Db as sqlx::Database>::Connection, id: Id) -> Answer {
        let sql = format!("{USER} where scim_id = $1");
        let row: UserRow =
            sqlx::query_as(AssertSqlSafe(sql)).bind(id).fetch_one(&mut *conn).await.expect("a person");
        let mut groups = groups_of(conn, std::slice::from_ref(&row)).await;
        let text = wire::user(&self.base, &row, &groups.remove(&row.0).unwrap_or_default());
        (StatusCode::OK, row.6, text)
    }

    async fn list(&self, conn: &mut <Db as sqlx::Database>::Connection, asked: &Asked) -> Answer {
        let number = |name: &str, other: i64| asked.query.get(name).map_or(other, |text| text.parse().unwrap_or(other));
        let (start, count) = (number("startIndex", 1), number("count", 100));
        if let Some(cursor) = asked.query.get("cursor") {
            return self.walk(conn, asked, cursor, count).await;
        }
        let (rows, total): (Vec<UserRow>, i64) = if let Some(filter) = asked.query.get("filter") {
            let name = fold(filter.split('"').nth(1).unwrap_or_default());
            let sql = format!("{USER} where user_name_key = $1 and scim_id is not null and deleted_at is null");
            let query = sqlx::query_as(AssertSqlSafe(sql)).bind(name);
            let rows: Vec<UserRow> = query.fetch_all(&mut *conn).await.expect("a page");
            let total = length(rows.len());
            (rows, total)
        } else {
            let sql = format!(
                "{USER} where scim_id in (select scim_id from users where scim_id is not null order by scim_id \
                 limit $1 offset $2) order by scim_id"
            );
            let query = sqlx::query_as(AssertSqlSafe(sql)).bind(count).bind(start - 1);
            let rows = query.fetch_all(&mut *conn).await.expect("a page");
            let sql = "select cast(sum(total) as bigint) from scim_totals where kind = 'users'";
            (rows, sqlx::query_scalar(sql).fetch_one(&mut *conn).await.expect("a total"))
        };
        let shown = self.page(conn, &rows).await;
        (StatusCode::OK, 0, wire::list(total, start, &shown))
    }

    async fn page(&self, conn: &mut <Db as sqlx::Database>::Connection, rows: &[UserRow]) -> Vec<String> {
        let mut groups = groups_of(conn, rows).await;
        let shown = |row: &UserRow| wire::user(&self.base, row, &groups.remove(&row.0).unwrap_or_default());
        rows.iter().map(shown).collect()
    }

    async fn walk(
        &self,
        conn: &mut <Db as sqlx::Database>::Connection,
        asked: &Asked,
        cursor: &str,
        count: i64,
    ) -> Answer {
        let sign = |text: &str| self.key.hash("scim-cursor", &format!("[\"/Users\",null,null]{text}"));
        let seconds = asked.now.micros() / 1_000_000;
        let mark = Mark::open(cursor, seconds, sign).expect("a cursor");
        let sql = format!("{USER} where scim_id is not null and scim_id > $1 order by scim_id limit $2");
        let query = sqlx::query_as(AssertSqlSafe(sql)).bind(Id::parse(&mark.id)).bind(count + 1);
        let mut rows: Vec<UserRow> = query.fetch_all(&mut *conn).await.expect("a page");
        let is_last = rows.len() <= usize::try_from(count).expect("a count");
        rows.truncate(usize::try_from(count).expect("a count"));
        let mark = rows.last().filter(|_| !is_last).map(|row| Mark { key: None, id: row.1.to_string() });
        let next = mark.map(|mark| mark.seal(seconds + i64::from(LIFETIME_SECONDS), sign));
        let shown = self.page(conn, &rows).await;
        (StatusCode::OK, 0, wire::cursor_list(next.as_deref(), &shown))
    }

    async fn create(&self, asked: &Asked) -> Answer {
        let body: Value = serde_json::from_slice(&asked.body).expect("JSON");
        let (document, id, at) = (wire::document(&body), Id::fresh(), asked.now);
        let (name, external) = (text(&body["userName"]), text(&body["externalId"]));
        let (email, shown) = (text(&document["emails"][0]["value"]), text(&document["displayName"]));
        let (stored, set_by) = (Value::from(document.clone()).to_string(), format!("scim_token:{}", asked.token.1));
        let mut tx = begin(&self.writer).await;
        let sql = "insert into users (id, scim_id, okta_id, external_id, user_name, user_name_key, email, email_key, \
             first_name, last_name, display_name, display_key, phone, is_active, scim_active, scim_since, scim_set_by, \
             okta_status, okta_since, okta_set_by, admin_active, admin_since, admin_set_by, is_break_glass_account, \
             platform_role, email_verified, phone_verified, push_enabled, synced_from_okta, scim_attributes, \
             auth_epoch, version, created_at, updated_at) values ($1, $1, $2, $2, $3, $4, $5, $6, $7, $8, $9, $10, \
             $11, true, true, $12, $13, 'ok', $14, 'nobody', true, $12, $13, false, 'USER', false, false, false, \
             true, $15, 1, 1, $12, $12)";
        sqlx::query(sql)
            .bind(id)
            .bind(external)
            .bind(name)
            .bind(fold(name))
            .bind(email)
            .bind(fold(email))
            .bind(text(&document["name"]["givenName"]))
            .bind(text(&document["name"]["familyName"]))
            .bind(shown)
            .bind(fold(shown))
            .bind(text(&document["phoneNumbers"][0]["value"]))
            .bind(at)
            .bind(set_by)
            .bind(Time::from_micros(0))
            .bind(&stored)
            .execute(&mut *tx)
            .await
            .expect("a person");
        let leaves = wire::leaves(&document);
        write_leaves(&mut tx, id, &leaves.iter().collect::<Vec<_>>()).await;
        let mut after = document.clone();
        after.extend([("userName", name), ("externalId", external)].map(|(key, text)| (key.to_owned(), text.into())));
        after.insert("active".to_owned(), true.into());
        let (before, after, detail) = (Value::Null, Value::from(after), json!({ "name": shown }));
        let about = ("user", id);
        let said =
            Said { action: "user.created", severity: "INFO", about, user: Some(id), team: None, before, after, detail };
        say(&mut tx, asked, &[said]).await;
        tx.commit().await.expect("a commit");
        let row = (id, id, name.to_owned(), Some(external.to_owned()), true, stored, 1, at, at);
        (StatusCode::CREATED, 1, wire::user(&self.base, &row, &[]))
    }

    async fn lock(&self, tx: &mut Transaction<'static, Db>, id: Id) -> UserRow {
        let sql = format!("{USER} where scim_id = $1 {LOCK}");
        sqlx::query_as(AssertSqlSafe(sql)).bind(id).fetch_one(&mut **tx).await.expect("a person")
    }

    async fn shown(&self, row: &UserRow) -> Answer {
        let mut conn = self.reader.acquire().await.expect("a connection");
        let mut groups = groups_of(&mut conn, std::slice::from_ref(row)).await;
        (StatusCode::OK, row.6, wire::user(&self.base, row, &groups.remove(&row.0).unwrap_or_default()))
    }

    async fn switch(&self, asked: &Asked, id: Id) -> Answer {
        let body: Value = serde_json::from_slice(&asked.body).expect("JSON");
        let on = body["Operations"][0]["value"]["active"] == true;
        let (at, mut tx) = (asked.now, begin(&self.writer).await);
        let mut row = self.lock(&mut tx, id).await;
        if row.4 != on {
            if !on {
                let sql = "select id from sessions where user_id = $1 and ended_at is null union all select id from \
                     refresh_tokens where user_id = $1 and ended_at is null union all select id from api_keys where \
                     user_id = $1 and ended_at is null union all select id from contact_verifications where user_id = \
                     $1 and ended_at is null union all select id from user_devices where user_id = $1 and ended_at is \
                     null union all select id from login_attempts where user_id = $1 and ended_at is null";
                let live: Vec<(Id,)> = sqlx::query_as(sql).bind(row.0).fetch_all(&mut *tx).await.expect("a probe");
                assert!(live.is_empty(), "nobody invented is signed in");
            }
            let sql = "update users set is_active = $2, scim_active = $2, scim_since = $3, scim_set_by = $4, auth_epoch = \
                 auth_epoch + $5, deactivated_at = $6, version = version + 1, updated_at = $3 where id = $1";
            sqlx::query(sql)
                .bind(row.0)
                .bind(on)
                .bind(at)
                .bind(format!("scim_token:{}", asked.token.1))
                .bind(i64::from(!on))
                .bind((!on).then_some(at))
                .execute(&mut *tx)
                .await
                .expect("a write");
            let switches =
                |on: bool| json!({ "isActive": on, "scim": on, "okta": "ok", "admin": true });
            let (action, severity) = if on { ("user.reactivated", "INFO") } else { ("user.deactivated", "WARN") };
            let document: Value = serde_json::from_str(&row.5).expect("JSON");
            let detail = json!({ "name": text(&document["displayName"]) });
            let (before, after, about) = (switches(!on), switches(on), ("user", row.0));
            let said = Said { action, severity, about, user: Some(row.0), team: None, before, after, detail };
            say(&mut tx, asked, &[said]).await;
            (row.4, row.6, row.8) = (on, row.6 + 1, at);
        }
        tx.commit().await.expect("a commit");
        self.shown(&row).await
    }

    async fn replace(&self, asked: &Asked, id: Id) -> Answer {
        let body: Value = serde_json::from_slice(&asked.body).expect("JSON");
        let (at, mut tx) = (asked.now, begin(&self.writer).await);
        let mut row = self.lock(&mut tx, id).await;
        let old: Map<String, Value> = serde_json::from_str(&row.5).expect("JSON");
        let new = wire::document(&body);
        let changed = |one: &Map<String, Value>, other: &Map<String, Value>| -> Value {
            one.iter().filter(|(key, value)| other.get(*key) != Some(value)).map(|(k, v)| (k.clone(), v.clone())).collect()
        };
        let (before, after) = (changed(&old, &new), changed(&new, &old));
        row.5 = Value::from(new.clone()).to_string();
        (row.6, row.8) = (row.6 + 1, at);
        let sql = "update users set user_name = $2, user_name_key = $3, external_id = $4, display_name = $5, \
             display_key = $6, scim_attributes = $7, version = $8, updated_at = $9 where id = $1";
        sqlx::query(sql)
            .bind(row.0)
            .bind(&row.2)
            .bind(fold(&row.2))
            .bind(&row.3)
            .bind(text(&new["displayName"]))
            .bind(fold(text(&new["displayName"])))
            .bind(&row.5)
            .bind(row.6)
            .bind(at)
            .execute(&mut *tx)
            .await
            .expect("a write");
        let (was, is) = (wire::leaves(&old), wire::leaves(&new));
        let fresh: Vec<_> = is.iter().filter(|leaf| !was.contains(leaf)).collect();
        if !fresh.is_empty() {
            write_leaves(&mut tx, row.0, &fresh).await;
        }
        let detail = json!({ "name": text(&new["displayName"]) });
        let about = ("user", row.0);
        let said =
            Said { action: "user.updated", severity: "INFO", about, user: Some(row.0), team: None, before, after, detail };
        say(&mut tx, asked, &[said]).await;
        tx.commit().await.expect("a commit");
        self.shown(&row).await
    }

    async fn member(&self, asked: &Asked, team: Id) -> Answer {
        let body: Value = serde_json::from_slice(&asked.body).expect("JSON");
        let operation = &body["Operations"][0];
        let adds = operation["op"] == "add";
        let removed = text(&operation["path"]).split('"').nth(1);
        let id = if adds { text(&operation["value"][0]["value"]) } else { removed.unwrap_or_default() };
        let id = Id::parse(id).expect("an id");
        let (at, slot, mut tx) = (asked.now, i64::from(id.uuid().as_bytes()[15] % 8), begin(&self.writer).await);
        let sql = format!(
            "select t.name from team_revisions r join teams t on t.id = r.team_id where r.team_id = $1 and r.slot = $2 \
             and t.scim_visible {LOCK_SLOT}"
        );
        let query = sqlx::query_scalar(AssertSqlSafe(sql)).bind(team).bind(slot);
        let team_name: String = query.fetch_one(&mut *tx).await.expect("a team");
        let sql = format!("select id, coalesce(display_name, user_name) from users where scim_id = $1 {HOLD}");
        let query = sqlx::query_as(AssertSqlSafe(sql)).bind(id);
        let (user, name): (Id, String) = query.fetch_one(&mut *tx).await.expect("a person");
        let moved = if adds { join(&mut tx, team, &[user], at).await } else { leave(&mut tx, team, &[user]).await };
        if let Some((row, _)) = moved.first() {
            bump(&mut tx, team, slot, at).await;
            say(&mut tx, asked, &[membership(*row, (user, &name), (team, &team_name), adds)]).await;
        }
        tx.commit().await.expect("a commit");
        (StatusCode::NO_CONTENT, 0, String::new())
    }

    async fn team(&self, asked: &Asked, team: Id) -> Answer {
        let body: Value = serde_json::from_slice(&asked.body).expect("JSON");
        let wanted = body["members"].as_array().into_iter().flatten();
        let wanted: HashSet<Id> = wanted.filter_map(|member| Id::parse(text(&member["value"]))).collect();
        let (at, mut tx) = (asked.now, begin(&self.writer).await);
        let sql = format!(
            "select t.name from team_revisions r join teams t on t.id = r.team_id where r.team_id = $1 order by r.slot \
             {LOCK_SLOT}"
        );
        let names: Vec<String> =
            sqlx::query_scalar(AssertSqlSafe(sql)).bind(team).fetch_all(&mut *tx).await.expect("a team");
        let sql = "select m.user_id, u.scim_id from team_members m join users u on u.id = m.user_id where m.team_id = $1 \
             and m.by_okta and u.scim_id is not null";
        let held: Vec<(Id, Id)> = sqlx::query_as(sql).bind(team).fetch_all(&mut *tx).await.expect("members");
        let present: HashSet<Id> = held.iter().map(|(_, id)| *id).collect();
        let moved: Vec<Id> = wanted.symmetric_difference(&present).copied().collect();
        if !moved.is_empty() {
            let mut sql = QueryBuilder::<Db>::new(
                "select id, scim_id, coalesce(display_name, user_name) from users where scim_id in (",
            );
            among(&mut sql, moved.iter().copied());
            sql.push(format!(") order by id {HOLD}"));
            let people: Vec<(Id, Id, String)> = sql.build_query_as().fetch_all(&mut *tx).await.expect("people");
            let (gone, new): (Vec<_>, Vec<_>) = people.iter().partition(|one| present.contains(&one.1));
            let ids = |people: Vec<&(Id, Id, String)>| people.into_iter().map(|one| one.0).collect::<Vec<Id>>();
            let (gone, new) = (ids(gone), ids(new));
            let called: HashMap<Id, &str> = people.iter().map(|one| (one.0, one.2.as_str())).collect();
            let mut said = Vec::new();
            if !gone.is_empty() {
                said.extend(leave(&mut tx, team, &gone).await.into_iter().map(|row| (row, false)));
            }
            if !new.is_empty() {
                said.extend(join(&mut tx, team, &new, at).await.into_iter().map(|row| (row, true)));
            }
            let entry = |((row, user), adds): &((Id, Id), bool)| {
                membership(*row, (*user, called.get(user).copied().unwrap_or_default()), (team, &names[0]), *adds)
            };
            bump(&mut tx, team, 0, at).await;
            say(&mut tx, asked, &said.iter().map(entry).collect::<Vec<_>>()).await;
        }
        tx.commit().await.expect("a commit");
        let mut conn = self.reader.acquire().await.expect("a connection");
        self.group(&mut conn, team).await
    }

    async fn group(&self, conn: &mut <Db as sqlx::Database>::Connection, team: Id) -> Answer {
        let sql = "select t.name, t.created_at, cast(sum(r.revision) as bigint), max(r.changed_at) from teams t join \
             team_revisions r on r.team_id = t.id where t.id = $1 group by t.id, t.name, t.created_at";
        let (name, created, version, changed): (String, Time, i64, Time) =
            sqlx::query_as(sql).bind(team).fetch_one(&mut *conn).await.expect("a team");
        let sql = "select u.scim_id, coalesce(u.display_name, u.user_name) from team_members m join users u on u.id = \
             m.user_id where m.team_id = $1 and m.by_okta and u.scim_id is not null order by m.user_id";
        let members: Vec<(Id, String)> = sqlx::query_as(sql).bind(team).fetch_all(conn).await.expect("members");
        (StatusCode::OK, version, wire::group(&self.base, team, &name, version, (created, changed), &members))
    }
}

async fn join(tx: &mut Transaction<'static, Db>, team: Id, users: &[Id], at: Time) -> Vec<(Id, Id)> {
    let mut sql = QueryBuilder::<Db>::new(
        "insert into team_members (id, user_id, team_id, role, by_okta, by_platform, opted_out, joined_at, updated_at) ",
    );
    sql.push_values(users, |mut row, user| {
        row.push_bind(Id::fresh()).push_bind(*user).push_bind(team).push_bind("RESPONDER");
        row.push("true, false, false").push_bind(at).push_bind(at);
    });
    sql.push(
        " on conflict (team_id, user_id) do update set by_okta = true, updated_at = excluded.updated_at where \
         team_members.by_okta = false returning id, user_id",
    );
    sql.build_query_as().fetch_all(&mut **tx).await.expect("members")
}

async fn leave(tx: &mut Transaction<'static, Db>, team: Id, users: &[Id]) -> Vec<(Id, Id)> {
    let mut sql = QueryBuilder::<Db>::new("delete from team_members where by_okta and by_platform = false and team_id = ");
    sql.push_bind(team).push(" and user_id in (");
    among(&mut sql, users.iter().copied());
    sql.push(") returning id, user_id");
    sql.build_query_as().fetch_all(&mut **tx).await.expect("members")
}

async fn bump(tx: &mut Transaction<'static, Db>, team: Id, slot: i64, at: Time) {
    let sql = "update team_revisions set revision = revision + 1, changed_at = $3 where team_id = $1 and slot = $2";
    sqlx::query(sql).bind(team).bind(slot).bind(at).execute(&mut **tx).await.expect("a write");
}

fn membership(row: Id, (user, name): (Id, &str), (team, team_name): (Id, &str), adds: bool) -> Said {
    let state = json!({ "role": "RESPONDER", "byOkta": true, "byPlatform": false });
    let detail = json!({ "user": name, "team": team_name });
    let (before, after) = if adds { (Value::Null, state) } else { (state, Value::Null) };
    let action = if adds { "team.member.added" } else { "team.member.removed" };
    Said {
        action,
        severity: "INFO",
        about: ("membership", row),
        user: Some(user),
        team: Some(team),
        before,
        after,
        detail,
    }
}
