//! The database of one fact: made, looked into, and removed.

use rollcall::app;
use rollcall::clock::Clock;
use rollcall::store::dialect::Engine;
use sqlx::{AssertSqlSafe, Column, Connection, Executor, PgConnection, PgPool, Row, SqlSafeStr, SqlitePool};
use tempfile::TempDir;
use tokio::sync::OnceCell;

use super::Roll;

/// Where the tests find PostgreSQL; `scripts/test` sets it.
const POSTGRES: &str = "ROLLCALL_TEST_POSTGRES";

/// The database of one fact.
pub struct Store {
    /// What `DATABASE_URL` would say.
    pub url: String,
    name: Option<String>,
    _folder: Option<TempDir>,
}

/// The same database past rollcall.
pub(super) enum Raw {
    Pg(PgPool),
    Lite(SqlitePool),
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

    pub(super) async fn open(url: &str) -> Self {
        if url.starts_with("sqlite:") {
            return Self::Lite(SqlitePool::connect(url).await.expect("the SQLite file"));
        }
        let pool = sqlx::postgres::PgPoolOptions::new().max_connections(2).connect(url).await;
        Self::Pg(pool.expect("the PostgreSQL database"))
    }

    pub(super) async fn select(&self, sql: &str) -> Vec<Vec<Option<String>>> {
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

    pub(super) async fn run(&self, sql: &str) {
        let sql = AssertSqlSafe(sql.to_owned());
        match self {
            Self::Pg(pool) => drop(sqlx::raw_sql(sql).execute(pool).await.expect("done")),
            Self::Lite(pool) => drop(sqlx::raw_sql(sql).execute(pool).await.expect("done")),
        }
    }
}
