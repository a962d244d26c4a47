//! How the pools are made: one for PostgreSQL, a writer and its readers for SQLite.

use std::path::Path;
use std::str::FromStr;
use std::time::Duration;

use sqlx::Connection;
use sqlx::postgres::{PgConnectOptions, PgPool, PgPoolOptions};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous};

use super::error::from_sqlx;
use crate::error::{Busy, Error, Result};

/// How long a request waits for a connection before it is told to come back.
const ACQUIRE: Duration = Duration::from_secs(5);
/// A connection idle for longer is asked whether it still lives before it is handed out.
const TRUSTED_IDLE: Duration = Duration::from_secs(5);

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
        ]);
    PgPoolOptions::new()
        .max_connections(16)
        .acquire_timeout(ACQUIRE)
        .test_before_acquire(false)
        .before_acquire(|conn, meta| {
            Box::pin(async move {
                if meta.idle_for < TRUSTED_IDLE {
                    return Ok(true);
                }
                Ok(tokio::time::timeout(Duration::from_secs(1), conn.ping()).await.is_ok_and(|pong| pong.is_ok()))
            })
        })
        .connect_with(options)
        .await
        .map_err(|error| Error::busy(Busy::Database, error))
}

/// Opens SQLite: the writer and the readers. Makes the file if it is not there.
///
/// # Errors
/// When the file cannot be made or opened.
pub(super) async fn sqlite(url: &str) -> Result<(SqlitePool, SqlitePool)> {
    let options = SqliteConnectOptions::from_str(url)
        .map_err(Error::internal)?
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .foreign_keys(true)
        .busy_timeout(Duration::from_secs(5))
        .statement_cache_capacity(256);
    make_private(options.get_filename()).map_err(Error::internal)?;
    let pool =
        |size: u32| SqlitePoolOptions::new().max_connections(size).acquire_timeout(ACQUIRE).test_before_acquire(false);
    let writer = pool(1).connect_with(options.clone()).await.map_err(from_sqlx)?;
    let reader = pool(8).connect_with(options.pragma("query_only", "on")).await.map_err(from_sqlx)?;
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
