//! Pools, the read-only [`View`], and the unit of work [`Tx`]: the only way to write.

use std::collections::BTreeSet;
use std::path::Path;
use std::pin::Pin;
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use sqlx::migrate::{MigrateError, Migrator};
use sqlx::pool::PoolConnection;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{Connection, PgConnection, PgPool, Postgres, Sqlite, SqliteConnection, SqlitePool, Transaction};

use super::dialect::Engine;
use super::error::from_sqlx;
use crate::audit::{Entry, Resource};
use crate::clock::{Clock, Time};
use crate::ctx::Ctx;
use crate::error::{Busy, Error, Result};
use crate::model::Id;

/// How long a request waits for a connection before it is told to come back.
const ACQUIRE: Duration = Duration::from_secs(5);
/// A connection idle for longer is asked whether it still lives before it is handed out.
const TRUSTED_IDLE: Duration = Duration::from_secs(5);
/// How often a whole unit is done again after a collision.
const TRIES: u32 = 4;

enum Pools {
    Pg(PgPool),
    /// One writer, because SQLite has one; readers that cannot write.
    Lite {
        writer: SqlitePool,
        reader: SqlitePool,
    },
}

/// The database, whichever engine it is. Cheap to clone.
#[derive(Clone)]
pub struct Db {
    pools: Arc<Pools>,
    clock: Clock,
}

/// A borrowed connection of either engine.
pub enum Arm<'c> {
    /// PostgreSQL.
    Pg(&'c mut PgConnection),
    /// SQLite.
    Lite(&'c mut SqliteConnection),
}

/// Anything a read can run on: a [`View`] or a [`Tx`].
pub trait Link: Send {
    /// The connection.
    fn arm(&mut self) -> Arm<'_>;
    /// The engine behind it.
    fn engine(&self) -> Engine;
}

impl Db {
    /// Connects; makes the SQLite file if it is not there. No schema is touched.
    ///
    /// # Errors
    /// When the URL cannot be read or the server cannot be reached.
    pub async fn connect(url: &str, clock: Clock) -> Result<Self> {
        let pools = if url.starts_with("sqlite:") { connect_lite(url).await? } else { connect_pg(url).await? };
        Ok(Self { pools: Arc::new(pools), clock })
    }

    /// The engine behind this database.
    #[must_use]
    pub fn engine(&self) -> Engine {
        match &*self.pools {
            Pools::Pg(_) => Engine::Pg,
            Pools::Lite { .. } => Engine::Lite,
        }
    }

    /// The clock that stamps rows.
    #[must_use]
    pub fn clock(&self) -> &Clock {
        &self.clock
    }

    /// A connection to read with.
    ///
    /// # Errors
    /// [`Busy`] when none is free in time or the database is away.
    pub async fn view(&self) -> Result<View> {
        let conn = match &*self.pools {
            Pools::Pg(pool) => ViewConn::Pg(pool.acquire().await.map_err(from_sqlx)?),
            Pools::Lite { reader, .. } => ViewConn::Lite(reader.acquire().await.map_err(from_sqlx)?),
        };
        Ok(View { conn })
    }

    /// Opens a unit of work in the name of `ctx`.
    ///
    /// # Errors
    /// [`Busy`] when none is free in time or the database is away.
    pub async fn begin(&self, ctx: &Ctx) -> Result<Tx> {
        let conn = match &*self.pools {
            Pools::Pg(pool) => TxConn::Pg(pool.begin().await.map_err(from_sqlx)?),
            Pools::Lite { writer, .. } => TxConn::Lite(writer.begin_with("begin immediate").await.map_err(from_sqlx)?),
        };
        Ok(Tx {
            conn,
            ctx: ctx.clone(),
            clock: self.clock.clone(),
            now: None,
            dirty: BTreeSet::new(),
            said: Vec::new(),
        })
    }

    /// Does a whole unit of work and commits it; does it again after a collision, never after COMMIT was sent.
    ///
    /// # Errors
    /// Whatever the work refuses; then nothing was changed and nothing was said.
    pub async fn unit<T, A, F>(&self, ctx: &Ctx, args: &A, work: F) -> Result<T>
    where
        A: Sync + ?Sized,
        F: for<'t> Fn(&'t mut Tx, &'t A) -> Work<'t, T> + Sync,
    {
        let mut tries = 1;
        loop {
            let mut tx = self.begin(ctx).await?;
            match work(&mut tx, args).await {
                Ok(done) => {
                    tx.commit().await?;
                    return Ok(done);
                }
                Err(Error::Busy { why, .. }) if why.is_retriable() && tries < TRIES => {
                    tx.rollback().await;
                    tokio::time::sleep(Duration::from_millis(u64::from(tries * tries) * 5)).await;
                    tries += 1;
                }
                Err(refusal) => {
                    tx.rollback().await;
                    return Err(refusal);
                }
            }
        }
    }

    /// Asks the database for a sign of life.
    ///
    /// # Errors
    /// [`Busy`] when it does not answer.
    pub async fn ping(&self) -> Result<()> {
        let mut view = self.view().await?;
        query!(&mut view, "select 1" => execute).map(|_| ())
    }

    /// Closes every connection, waiting for those in use.
    pub async fn close(&self) {
        match &*self.pools {
            Pools::Pg(pool) => pool.close().await,
            Pools::Lite { writer, reader } => {
                reader.close().await;
                writer.close().await;
            }
        }
    }

    /// Runs migrations, without the time-outs of requests: an index may take its time.
    pub(super) async fn migrate(&self, pg: &Migrator, lite: &Migrator) -> Result<(), MigrateError> {
        match &*self.pools {
            Pools::Pg(pool) => {
                let patient = [("statement_timeout", "0"), ("lock_timeout", "0")];
                let options = PgConnectOptions::clone(&pool.connect_options()).options(patient);
                let mut conn = PgConnection::connect_with(&options).await?;
                pg.run(&mut conn).await
            }
            Pools::Lite { writer, .. } => lite.run(writer).await,
        }
    }
}

async fn connect_pg(url: &str) -> Result<Pools> {
    let options = PgConnectOptions::from_str(url)
        .map_err(Error::internal)?
        .application_name("rollcall")
        .statement_cache_capacity(256)
        .options([
            ("statement_timeout", "20s"),
            ("lock_timeout", "5s"),
            ("idle_in_transaction_session_timeout", "30s"),
        ]);
    let pool = PgPoolOptions::new()
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
        .map_err(|error| Error::busy(Busy::Database, error))?;
    Ok(Pools::Pg(pool))
}

async fn connect_lite(url: &str) -> Result<Pools> {
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
    Ok(Pools::Lite { writer, reader })
}

/// Makes the folder and the file, readable by their owner alone: the roll is personal data. What is there is left alone.
fn make_private(file: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
    if let Some(folder) = file.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        std::fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
    }
    std::fs::OpenOptions::new().append(true).create(true).mode(0o600).open(file).map(|_| ())
}

enum ViewConn {
    Pg(PoolConnection<Postgres>),
    Lite(PoolConnection<Sqlite>),
}

/// A connection that only reads.
pub struct View {
    conn: ViewConn,
}

impl Link for View {
    fn arm(&mut self) -> Arm<'_> {
        match &mut self.conn {
            ViewConn::Pg(conn) => Arm::Pg(conn),
            ViewConn::Lite(conn) => Arm::Lite(conn),
        }
    }

    fn engine(&self) -> Engine {
        match self.conn {
            ViewConn::Pg(_) => Engine::Pg,
            ViewConn::Lite(_) => Engine::Lite,
        }
    }
}

/// What a unit of work resolves to.
pub type Work<'t, T> = Pin<Box<dyn Future<Output = Result<T>> + Send + 't>>;

enum TxConn {
    Pg(Transaction<'static, Postgres>),
    Lite(Transaction<'static, Sqlite>),
}

/// Why a write needs no audit entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Quiet {
    /// A number derived from witnessed rows: a team's revision.
    Counter,
    /// When something was last seen or used.
    LastSeen,
    /// The request log.
    RequestLog,
    /// Rows past their retention.
    Retention,
    /// The deployment's own keys, made once.
    ServiceKey,
}

/// A unit of work: it knows who asks, what changed, and what was said of it.
pub struct Tx {
    conn: TxConn,
    ctx: Ctx,
    clock: Clock,
    now: Option<Time>,
    dirty: BTreeSet<(Resource, Id)>,
    said: Vec<Entry>,
}

impl Link for Tx {
    fn arm(&mut self) -> Arm<'_> {
        match &mut self.conn {
            TxConn::Pg(tx) => Arm::Pg(tx),
            TxConn::Lite(tx) => Arm::Lite(tx),
        }
    }

    fn engine(&self) -> Engine {
        match self.conn {
            TxConn::Pg(_) => Engine::Pg,
            TxConn::Lite(_) => Engine::Lite,
        }
    }
}

impl Tx {
    /// Who asks.
    #[must_use]
    pub fn ctx(&self) -> &Ctx {
        &self.ctx
    }

    /// The moment rows of this unit carry: read when first needed, which is after the first lock.
    pub fn now(&mut self) -> Time {
        *self.now.get_or_insert_with(|| self.clock.now())
    }

    /// Keeps the unit's moment from lying before a row it has locked.
    pub(super) fn not_before(&mut self, row: Time) {
        self.now = Some(self.now().max(row));
    }

    /// Says what was done. Written with the commit, in the order it was said.
    pub fn say(&mut self, entry: Entry) {
        self.said.push(entry);
    }

    /// Marks a row as changed, so that the commit demands an entry that names it.
    pub(super) fn touch(&mut self, resource: Resource, id: Id) {
        self.dirty.insert((resource, id));
    }

    /// Names the reason of a write that needs no entry.
    #[expect(clippy::unused_self, reason = "the call is the statement: it stands where the quiet write stands")]
    pub(super) fn quiet(&self, _reason: Quiet) {}

    /// Writes what was said and commits. A changed row that no entry names undoes everything.
    ///
    /// # Errors
    /// [`Busy::Audit`] when the audit cannot be written; otherwise what the engine reports.
    pub async fn commit(mut self) -> Result<()> {
        if let Err(refusal) = self.check_witnesses() {
            self.rollback().await;
            return Err(refusal);
        }
        let said = std::mem::take(&mut self.said);
        if let Err(failure) = super::audit::insert(&mut self, &said).await {
            self.rollback().await;
            return Err(Error::busy(Busy::Audit, failure));
        }
        match self.conn {
            TxConn::Pg(tx) => tx.commit().await,
            TxConn::Lite(tx) => tx.commit().await,
        }
        .map_err(|error| match from_sqlx(error) {
            // The outcome of a COMMIT that failed on the way is not known here: no second try by ourselves.
            Error::Busy { source, .. } => Error::Busy { why: Busy::Unconfirmed, source },
            other => other,
        })
    }

    fn check_witnesses(&self) -> Result<()> {
        let named =
            |entry: &Entry| entry.resource_id.map(|id| (entry.resource, id)).into_iter().chain(entry.effects.clone());
        let said: BTreeSet<_> = self.said.iter().flat_map(named).collect();
        match self.dirty.difference(&said).next() {
            None => Ok(()),
            Some((resource, id)) => Err(Error::internal(format!("a change of {resource:?} {id} has no audit entry"))),
        }
    }

    /// Undoes everything.
    pub async fn rollback(self) {
        let undone = match self.conn {
            TxConn::Pg(tx) => tx.rollback().await,
            TxConn::Lite(tx) => tx.rollback().await,
        };
        if let Err(error) = undone {
            tracing::warn!(%error, "a rollback failed; the connection is dropped, which undoes the same");
        }
    }
}
