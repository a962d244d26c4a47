//! Pools, the read-only [`View`], and the unit of work [`Tx`]: the only way to write.

use std::collections::BTreeSet;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use sqlx::migrate::{MigrateError, Migrator};
use sqlx::{Connection, PgConnection, SqliteConnection};
use tokio::sync::OwnedSemaphorePermit;

use super::conn::Conn;
use super::connect::{self, LitePool, PgPool};
use super::dialect::{Engine, Pair};
use super::error::from_acquire;
use super::lent::Lent;
use super::said::Said;
use crate::audit::{Entry, Resource};
use crate::clock::{Clock, Time};
use crate::ctx::Ctx;
use crate::error::{Busy, Error, Result};
use crate::model::Id;

/// How often a whole unit is done again after a collision.
const TRIES: u32 = 4;
/// SQLite takes the write lock at once: a transaction that read before it wrote could not get it any more.
const BEGIN: Pair = Pair { pg: "begin", lite: "begin immediate" };

enum Pools {
    Pg(PgPool),
    /// One writer, because SQLite has one; readers that cannot write.
    Lite {
        writer: LitePool,
        reader: LitePool,
    },
}

/// The database, whichever engine it is. Cheap to clone.
#[derive(Clone)]
pub struct Db {
    pools: Arc<Pools>,
    clock: Clock,
    said: Arc<Said>,
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
    /// The connection, to ask it something; what comes of it is told to [`Link::answered`].
    fn arm(&mut self) -> Arm<'_>;
    /// What came of it, in the domain's words. Until it is told, the connection is not trusted with anything else.
    ///
    /// # Errors
    /// What the engine reported.
    fn answered<T>(&mut self, outcome: Result<T, sqlx::Error>) -> Result<T>;
    /// The engine behind it.
    fn engine(&self) -> Engine;
}

impl Db {
    /// Connects; makes the SQLite file if it is not there. No schema is touched.
    ///
    /// # Errors
    /// When the URL cannot be read or the server cannot be reached.
    pub async fn connect(url: &str, clock: Clock) -> Result<Self> {
        let pools = if url.starts_with("sqlite:") {
            let (writer, reader) = connect::sqlite(url).await?;
            Pools::Lite { writer, reader }
        } else {
            Pools::Pg(connect::postgres(url).await?)
        };
        Ok(Self { pools: Arc::new(pools), clock, said: Arc::default() })
    }

    /// Where a URL leads, without its password.
    #[must_use]
    pub fn place(url: &str) -> String {
        connect::place(url)
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

    /// How many rows of the audit this process has written.
    #[must_use]
    pub fn said(&self) -> &Said {
        &self.said
    }

    /// Each pool's name, connections and idle connections.
    pub(super) fn pool_use(&self) -> Vec<(&'static str, usize, usize)> {
        let pools = match &*self.pools {
            Pools::Pg(pool) => vec![("all", pool.status())],
            Pools::Lite { writer, reader } => vec![("write", writer.status()), ("read", reader.status())],
        };
        pools.into_iter().map(|(name, status)| (name, status.size, status.available)).collect()
    }

    /// A connection to read with.
    ///
    /// # Errors
    /// [`Busy`] when none is free in time or the database is away.
    pub async fn view(&self) -> Result<View> {
        let conn = match &*self.pools {
            Pools::Pg(pool) => Conn::from(pool.get().await.map_err(from_acquire)?),
            Pools::Lite { reader, .. } => Conn::from(reader.get().await.map_err(from_acquire)?),
        };
        Ok(View { conn })
    }

    /// The one that was lent, while it is there, or another.
    ///
    /// # Errors
    /// As [`Db::view`].
    pub async fn view_on(&self, lent: &Lent) -> Result<View> {
        match lent.take() {
            Some(view) => Ok(view),
            None => self.view().await,
        }
    }

    /// Opens a unit of work in the name of `ctx`.
    ///
    /// # Errors
    /// [`Busy`] when none is free in time or the database is away.
    pub async fn begin(&self, ctx: &Ctx) -> Result<Tx> {
        self.begin_on(None, ctx).await
    }

    /// The same, on the connection of a view where the engine writes on those.
    async fn begin_on(&self, lent: Option<View>, ctx: &Ctx) -> Result<Tx> {
        let conn = match (&*self.pools, lent) {
            (Pools::Pg(_), Some(View { conn })) => conn,
            (Pools::Pg(pool), None) => Conn::from(pool.get().await.map_err(from_acquire)?),
            (Pools::Lite { writer, .. }, lent) => {
                // Whoever waits for the one writer must not keep a reader from others meanwhile.
                drop(lent);
                Conn::from(writer.get().await.map_err(from_acquire)?)
            }
        };
        let mut tx = Tx {
            conn: Some(conn),
            ctx: ctx.clone(),
            clock: self.clock.clone(),
            now: None,
            dirty: BTreeSet::new(),
            said: Vec::new(),
            counts: Arc::clone(&self.said),
        };
        query!(&mut tx, BEGIN => execute)?;
        Ok(tx)
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
        self.unit_on(&Lent::default(), ctx, args, work).await
    }

    /// The same on the connection that was lent, which is there again afterwards where the engine writes on it.
    ///
    /// # Errors
    /// Whatever the work refuses; then nothing was changed and nothing was said.
    pub async fn unit_on<T, A, F>(&self, lent: &Lent, ctx: &Ctx, args: &A, work: F) -> Result<T>
    where
        A: Sync + ?Sized,
        F: for<'t> Fn(&'t mut Tx, &'t A) -> Work<'t, T> + Sync,
    {
        let mut tries = 1;
        loop {
            let mut tx = self.begin_on(lent.take(), ctx).await?;
            match work(&mut tx, args).await {
                Ok(done) => {
                    lent.put(tx.finish().await?);
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

    /// Closes every connection; those in use once they are given back.
    pub async fn close(&self) {
        match &*self.pools {
            Pools::Pg(pool) => connect::close(pool).await,
            Pools::Lite { writer, reader } => {
                connect::close(reader).await;
                connect::close(writer).await;
            }
        }
    }

    /// Runs migrations, without the time-outs of requests: an index may take its time.
    pub(super) async fn migrate(&self, pg: &Migrator, lite: &Migrator) -> Result<(), MigrateError> {
        match &*self.pools {
            Pools::Pg(pool) => {
                let patient = [("statement_timeout", "0"), ("lock_timeout", "0")];
                let options = connect::options(pool).clone().options(patient);
                let mut conn = PgConnection::connect_with(&options).await?;
                pg.run(&mut conn).await
            }
            Pools::Lite { writer, .. } => {
                let mut conn = writer.get().await.map_err(|error| MigrateError::Source(error.into()))?;
                lite.run(&mut *conn).await
            }
        }
    }
}

/// A connection that only reads.
pub struct View {
    conn: Conn,
}

impl View {
    /// Keeps the turn of a search until the engine is done with it, whether somebody still waits for the answer or not.
    /// SQLite is held to a limit of time until then.
    ///
    /// # Errors
    /// What the engine reports.
    pub async fn keep(&mut self, turn: OwnedSemaphorePermit) -> Result<()> {
        self.conn.keep(turn).await
    }
}

impl Link for View {
    fn arm(&mut self) -> Arm<'_> {
        self.conn.arm()
    }

    fn answered<T>(&mut self, outcome: Result<T, sqlx::Error>) -> Result<T> {
        self.conn.answered(outcome)
    }

    fn engine(&self) -> Engine {
        self.conn.engine()
    }
}

/// What a unit of work resolves to.
pub type Work<'t, T> = Pin<Box<dyn Future<Output = Result<T>> + Send + 't>>;

/// Why a write needs no audit entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Quiet {
    /// A number derived from witnessed rows: a team's revision.
    Counter,
    /// When something was last seen or used.
    LastSeen,
    /// What Okta's events told; what it changes on the roll is witnessed.
    OktaFact,
    /// How often something was tried.
    RateCounter,
    /// A sign-in that somebody unknown began: how it ends is said, and until then it lets nobody in.
    SignInBegun,
    /// A token that may be used once was used; what it was used for is said.
    SeenToken,
    /// The request log.
    RequestLog,
    /// Rows past their retention.
    Retention,
    /// What Okta sent, and what became of it: the changes it leads to are said by themselves.
    HookInbox,
    /// How far the System Log was read, and who reads it.
    CatchUp,
    /// The breaker's own state: that it tripped is said.
    Breaker,
    /// Messages to send: that one was wanted is said.
    Outbox,
    /// The deployment's own keys, made once.
    ServiceKey,
}

/// A unit of work: it knows who asks, what changed, and what was said of it.
pub struct Tx {
    /// None once it is committed or undone.
    conn: Option<Conn>,
    ctx: Ctx,
    clock: Clock,
    now: Option<Time>,
    dirty: BTreeSet<(Resource, Id)>,
    said: Vec<Entry>,
    counts: Arc<Said>,
}

impl Drop for Tx {
    /// What was cut off half-way is undone by the engine when the connection closes.
    fn drop(&mut self) {
        if let Some(conn) = self.conn.take() {
            conn.close();
        }
    }
}

impl Link for Tx {
    fn arm(&mut self) -> Arm<'_> {
        self.open().arm()
    }

    fn answered<T>(&mut self, outcome: Result<T, sqlx::Error>) -> Result<T> {
        self.open().answered(outcome)
    }

    fn engine(&self) -> Engine {
        self.conn.as_ref().map_or(Engine::Pg, Conn::engine)
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

    /// What was said so far: what a unit that is undone would have told.
    #[must_use]
    pub fn said(&self) -> &[Entry] {
        &self.said
    }

    /// Marks a row as changed, so that the commit demands an entry that names it.
    pub(super) fn touch(&mut self, resource: Resource, id: Id) {
        self.dirty.insert((resource, id));
    }

    /// Names the reason of a write that needs no entry.
    #[expect(clippy::unused_self, reason = "the call is the statement: it stands where the quiet write stands")]
    pub(super) fn quiet(&self, _reason: Quiet) {}

    fn open(&mut self) -> &mut Conn {
        self.conn.as_mut().expect("commit and rollback consume the unit")
    }

    /// Writes what was said and commits. A changed row that no entry names undoes everything.
    ///
    /// # Errors
    /// [`Busy::Audit`] when the audit cannot be written; otherwise what the engine reports.
    pub async fn commit(self) -> Result<()> {
        self.finish().await.map(|_| ())
    }

    /// Commits; gives the connection back to read with, unless it is the one writer.
    async fn finish(mut self) -> Result<Option<View>> {
        if let Err(refusal) = self.check_witnesses() {
            self.rollback().await;
            return Err(refusal);
        }
        let said = std::mem::take(&mut self.said);
        if let Err(failure) = super::audit::insert(&mut self, &said).await {
            self.rollback().await;
            return Err(Error::busy(Busy::Audit, failure));
        }
        query!(&mut self, "commit" => execute).map_err(|error| match error {
            // The outcome of a COMMIT that failed on the way is not known here: no second try by ourselves.
            Error::Busy { source, .. } => Error::Busy { why: Busy::Unconfirmed, source },
            other => other,
        })?;
        self.counts.count(&said);
        if self.engine() == Engine::Pg {
            return Ok(self.conn.take().map(|conn| View { conn }));
        }
        drop(self.conn.take());
        // Whoever waits for the one writer goes first: this task would keep its thread until the answer is sent.
        tokio::task::yield_now().await;
        Ok(None)
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
    pub async fn rollback(mut self) {
        match query!(&mut self, "rollback" => execute) {
            Ok(_) => drop(self.conn.take()),
            Err(error) => tracing::warn!(%error, "a rollback failed; the connection is closed, which undoes the same"),
        }
    }
}
