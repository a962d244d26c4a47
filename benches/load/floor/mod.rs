//! The floor: the least that a server must do to give the same answers and write the same rows.
//!
//! It checks the token with the same probe and hash, and writes people, members, versions, audit and request log by the
//! fewest hand-written statements in one explicit transaction. Of a hook's delivery it checks the secret, and keeps the
//! whole body in one row of a table with no index but its key. It knows only the requests of this benchmark, trusts
//! their bodies, and refuses nothing: whatever rollcall costs beyond it is what rollcall does for its users.
//!
//! `statements.rs` is compiled once for each engine.

mod wire;

use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpListener;

/// Serves the floor until the process is ended.
pub async fn serve(url: &str, public_url: &str, listener: TcpListener) {
    if url.starts_with("sqlite:") {
        lite::serve(url, public_url, listener).await;
    } else {
        pg::serve(url, public_url, listener).await;
    }
}

/// The tables that a change of the roll writes, and by what their newest rows are found.
const TABLES: [(&str, &str); 5] = [
    ("audit_events", "at"),
    ("scim_requests", "at"),
    ("users", "created_at"),
    ("team_members", "updated_at"),
    ("user_values", "user_id"),
];

/// What a table holds at a moment.
pub struct Written {
    /// Its name.
    pub table: &'static str,
    /// How many rows there are.
    pub rows: i64,
    /// The names of the columns that are not null, of each of the newest rows.
    pub newest: Vec<String>,
}

/// What a store's tables hold now.
pub async fn written(url: &str) -> Vec<Written> {
    if url.starts_with("sqlite:") { lite::written(url).await } else { pg::written(url).await }
}

mod lite {
    use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
    use sqlx::{Pool, Sqlite, Transaction};

    type Db = Sqlite;
    const HOOKS: &str = "create table if not exists floor_hooks (id blob primary key, received_at integer not null, body text not null) strict";
    const COLUMNS: &str = "select name from pragma_table_info($1) order by name";
    const LOCK: &str = "";
    const LOCK_SLOT: &str = "";
    const HOLD: &str = "";

    /// A list of ids: a value each.
    fn among(sql: &mut QueryBuilder<Db>, ids: impl Iterator<Item = Id>) {
        let mut list = sql.separated(", ");
        for id in ids {
            list.push_bind(id);
        }
    }

    async fn connect(url: &str) -> (Pool<Db>, Pool<Db>) {
        let options: SqliteConnectOptions = url.parse().expect("a URL");
        let options = options
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .foreign_keys(true)
            .busy_timeout(Duration::from_secs(5));
        let pool = |size: u32| SqlitePoolOptions::new().max_connections(size).test_before_acquire(false);
        let writer = pool(1).connect_with(options.clone()).await.expect("the database");
        (pool(8).connect_with(options.pragma("query_only", "on")).await.expect("the database"), writer)
    }

    async fn begin(pool: &Pool<Db>) -> Transaction<'static, Db> {
        pool.begin_with("begin immediate").await.expect("a transaction")
    }

    include!("statements.rs");
}

mod pg {
    use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
    use sqlx::{Pool, Postgres, Transaction};

    type Db = Postgres;
    const HOOKS: &str = "create table if not exists floor_hooks \
         (id uuid primary key, received_at timestamptz not null, body text not null)";
    const COLUMNS: &str = "select column_name::text from information_schema.columns where table_name = $1 \
         and table_schema = 'public' order by column_name";
    const LOCK: &str = "for update";
    const LOCK_SLOT: &str = "for update of r";
    const HOLD: &str = "for key share";

    /// A list of ids: one is a value, more are one array, which is planned once.
    fn among(sql: &mut QueryBuilder<Db>, ids: impl Iterator<Item = Id>) {
        let ids: Vec<_> = ids.map(Id::uuid).collect();
        match ids[..] {
            [id] => sql.push_bind(id),
            _ => sql.push("select unnest(").push_bind(ids).push(")"),
        };
    }

    async fn connect(url: &str) -> (Pool<Db>, Pool<Db>) {
        let pool = PgPoolOptions::new().max_connections(16).test_before_acquire(false);
        let options: PgConnectOptions = url.parse().expect("a URL");
        let options = options.options([("random_page_cost", "1.1"), ("jit", "off")]);
        let pool = pool.connect_with(options).await.expect("the database");
        (pool.clone(), pool)
    }

    async fn begin(pool: &Pool<Db>) -> Transaction<'static, Db> {
        pool.begin().await.expect("a transaction")
    }

    include!("statements.rs");
}
