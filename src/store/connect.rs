//! How the pools are made: one for PostgreSQL, a writer and its readers for SQLite.
//!
//! The pool is deadpool's and not sqlx's, which asks every connection for a sign of life when it is given back: a round
//! trip for each request. Ours is trusted when its last question was answered, and kept back until it is, when it was not (`conn`).

use std::path::Path;
use std::str::FromStr;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use deadpool::Runtime;
use deadpool::managed::{Manager, Metrics, Pool, PoolError, QueueMode, RecycleError, RecycleResult, Timeouts};
use sqlx::postgres::PgConnectOptions;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous};
use sqlx::{ConnectOptions, Connection, PgConnection, SqliteConnection};
use tokio::time::timeout;

use super::error::from_acquire;
use crate::error::{Error, Result};

/// How long a request waits for a connection before it is told to come back.
const ACQUIRE: Duration = Duration::from_secs(5);
/// A connection idle for longer is asked whether it still lives before it is handed out.
const TRUSTED_IDLE: Duration = Duration::from_secs(5);
/// How long it may take to answer; one that does not brings all that were idle as long into doubt.
const PING: Duration = Duration::from_secs(1);
/// A connection older than this is made anew: what the server keeps for one only grows.
const LIFETIME: Duration = Duration::from_mins(30);
/// How long until a server that takes no connections is asked again.
const RETRY: Duration = Duration::from_millis(50);
/// What a connection that reads keeps of SQLite's file, in KiB, as the pragma wants it. Its own choice, 2 MB, is little for
/// a big roll: pages are read from the system again and again.
const CACHE: &str = "-4096";

/// Connections to PostgreSQL.
pub(super) type PgPool = Pool<Opener<PgConnection>>;
/// Connections to SQLite.
pub(super) type LitePool = Pool<Opener<SqliteConnection>>;

/// Opens connections of one engine for its pool.
pub(super) struct Opener<C: Connection> {
    options: C::Options,
    /// When a connection was last found dead.
    lost: Mutex<Option<Instant>>,
    /// What a server that took none said last: the cause, where nobody waits longer.
    refusal: Mutex<Option<sqlx::Error>>,
}

impl<C: Connection> Manager for Opener<C> {
    type Type = C;
    type Error = sqlx::Error;

    async fn create(&self) -> Result<C, sqlx::Error> {
        loop {
            // Boxed, as below: a connection is seldom opened, and the room for it would be in the future of every request.
            match Box::pin(self.options.connect()).await {
                // A server that is starting, or full for a moment; the pool knows how long somebody waits for it.
                Err(error) if takes_none_yet(&error) => {
                    *self.refusal.lock().unwrap_or_else(PoisonError::into_inner) = Some(error);
                    tokio::time::sleep(RETRY).await;
                }
                opened => return opened,
            }
        }
    }

    async fn recycle(&self, conn: &mut C, metrics: &Metrics) -> RecycleResult<sqlx::Error> {
        if metrics.age() > LIFETIME {
            return Err(RecycleError::message("it is old"));
        }
        let idle = metrics.last_used();
        if idle <= TRUSTED_IDLE {
            return Ok(());
        }
        if self.has_lost_one_in(idle) {
            return Err(RecycleError::message("another died since it was used"));
        }
        if timeout(PING, Box::pin(conn.ping())).await.is_ok_and(|pong| pong.is_ok()) {
            return Ok(());
        }
        *self.lost.lock().unwrap_or_else(PoisonError::into_inner) = Some(Instant::now());
        Err(RecycleError::message("it gives no sign of life"))
    }
}

impl<C: Connection> Opener<C> {
    /// Whether one was found dead in this much time until now. When a server goes away without a word they all die, and a
    /// request must not wait for each of them.
    fn has_lost_one_in(&self, time: Duration) -> bool {
        self.lost.lock().unwrap_or_else(PoisonError::into_inner).is_some_and(|at| at.elapsed() < time)
    }

    /// The cause behind a wait that came to its end.
    fn explain(&self, error: PoolError<sqlx::Error>) -> PoolError<sqlx::Error> {
        let PoolError::Timeout(_) = error else { return error };
        let said = self.refusal.lock().unwrap_or_else(PoisonError::into_inner).take();
        let silence = || std::io::Error::new(std::io::ErrorKind::TimedOut, format!("no answer in {ACQUIRE:?}"));
        PoolError::Backend(said.unwrap_or_else(|| silence().into()))
    }
}

fn takes_none_yet(error: &sqlx::Error) -> bool {
    match error {
        sqlx::Error::Io(error) => error.kind() == std::io::ErrorKind::ConnectionRefused,
        // too_many_connections, cannot_connect_now
        sqlx::Error::Database(report) => report.code().is_some_and(|code| ["53300", "57P03"].contains(&&*code)),
        _ => false,
    }
}

/// A pool, with one connection opened to see that it can be had. The last one given back is the first one taken, so that
/// there are no more of them, and no more memory for them, than are asked for at once.
async fn pool<C: Connection>(options: C::Options, most: usize) -> Result<Pool<Opener<C>>> {
    let pool = Pool::builder(Opener { options, lost: Mutex::default(), refusal: Mutex::default() })
        .max_size(most)
        .queue_mode(QueueMode::Lifo)
        .timeouts(Timeouts { wait: Some(ACQUIRE), create: Some(ACQUIRE), recycle: None })
        .runtime(Runtime::Tokio1)
        .build()
        .map_err(Error::internal)?;
    drop(pool.get().await.map_err(|error| from_acquire(pool.manager().explain(error)))?);
    Ok(pool)
}

/// Where a URL leads, without its password.
pub(super) fn place(url: &str) -> String {
    let lite = SqliteConnectOptions::from_str(url).ok().filter(|_| url.starts_with("sqlite:"));
    if let Some(options) = lite {
        return options.get_filename().display().to_string();
    }
    match PgConnectOptions::from_str(url) {
        Ok(at) => match at.get_socket() {
            Some(socket) => format!("at {}", socket.display()),
            None => format!("at {}:{}", at.get_host(), at.get_port()),
        },
        Err(_) => "of DATABASE_URL".to_owned(),
    }
}

/// Closes what is idle, and lets nothing be taken any more; what is in use is closed when it is given back.
pub(super) async fn close<C: Connection>(pool: &Pool<Opener<C>>) {
    let idle = pool.retain(|_, _| false).removed;
    pool.close();
    for conn in idle {
        if let Err(error) = conn.close().await {
            tracing::debug!(%error, "a connection could not say good-bye");
        }
    }
}

/// How a pool is connected.
pub(super) fn options<C: Connection>(pool: &Pool<Opener<C>>) -> &C::Options {
    &pool.manager().options
}

/// Connects to PostgreSQL.
///
/// # Errors
/// When the URL cannot be read or the server cannot be reached.
pub(super) async fn postgres(url: &str) -> Result<PgPool> {
    let options = PgConnectOptions::from_str(url)
        .map_err(Error::internal)?
        .application_name("rollcall")
        .statement_cache_capacity(256)
        .options([
            ("statement_timeout", "20s"),
            ("lock_timeout", "5s"),
            ("idle_in_transaction_session_timeout", "30s"),
            // What is looked up is in memory or on flash. By its own guess, made for disks that turn, the planner reads
            // all memberships for a page of people once there are some thousands of them.
            ("random_page_cost", "1.1"),
            // To compile a statement takes longer than to run it: a filter of many parts took 30 times as long.
            ("jit", "off"),
        ]);
    pool(options, 16).await
}

/// Opens SQLite: the writer and the readers. Makes the file if it is not there.
///
/// # Errors
/// When the file cannot be made or opened.
pub(super) async fn sqlite(url: &str) -> Result<(LitePool, LitePool)> {
    let options = SqliteConnectOptions::from_str(url)
        .map_err(Error::internal)?
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .foreign_keys(true)
        .busy_timeout(Duration::from_secs(5))
        .statement_cache_capacity(256);
    make_private(options.get_filename()).map_err(Error::internal)?;
    let writer = pool(options.clone(), 1).await?;
    let reader = pool(options.pragma("query_only", "on").pragma("cache_size", CACHE), 8).await?;
    Ok((writer, reader))
}

/// Makes the folder and the file, readable by their owner alone: the roll is personal data. What is there is left alone.
fn make_private(file: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
    if let Some(folder) = file.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        std::fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
    }
    std::fs::OpenOptions::new().append(true).create(true).mode(0o600).open(file).map(|_| ())
}
