//! A connection while somebody has it: it goes back to its pool when it is known to be sound, and is closed otherwise.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use deadpool::managed::Object;
use sqlx::{Connection, PgConnection, SqliteConnection};
use tokio::runtime::Handle;
use tokio::sync::OwnedSemaphorePermit;
use tokio::time::timeout;

use super::connect::Opener;
use super::db::Arm;
use super::dialect::Engine;
use super::error::from_sqlx;
use crate::error::{Busy, Error, Result};

/// A connection of either engine, out of its pool.
///
/// A statement that nobody waited for to its end, because the client went away or the time was up, may still be running,
/// and a connection that broke stays broken: neither may be found by the next request. Its place in the pool stays taken
/// until the engine is done with it, so that whoever asks and goes away has no more at work at once than the pool allows.
pub(super) struct Conn {
    /// None once it is given up.
    held: Option<Held>,
    engine: Engine,
    /// Something was asked whose answer is not here, or was that the database is away.
    is_asking: bool,
    /// A unit was begun on it and is neither committed nor undone.
    is_in_unit: bool,
    /// The turn of a search, which lasts as long as the engine is at it, whoever still waits.
    turn: Option<Turn>,
}

/// The turn of a search; with it ends the limit of time that SQLite holds it to.
struct Turn {
    _permit: OwnedSemaphorePermit,
    is_over: Arc<AtomicBool>,
}

impl Drop for Turn {
    fn drop(&mut self) {
        self.is_over.store(true, Ordering::Relaxed);
    }
}

/// How long SQLite may be at a search. PostgreSQL holds every statement to a limit of its own.
const SEARCH: Duration = Duration::from_secs(5);
/// After so many steps of its program SQLite looks at the time: less than a millisecond.
const STEPS: i32 = 10_000;

/// How long the engine may take to be done with a statement that nobody waits for: longer than any may run.
const PATIENCE: Duration = Duration::from_secs(25);

enum Held {
    Pg(Object<Opener<PgConnection>>),
    Lite(Object<Opener<SqliteConnection>>),
}

impl From<Object<Opener<PgConnection>>> for Conn {
    fn from(conn: Object<Opener<PgConnection>>) -> Self {
        Self { held: Some(Held::Pg(conn)), engine: Engine::Pg, is_asking: false, is_in_unit: false, turn: None }
    }
}

impl From<Object<Opener<SqliteConnection>>> for Conn {
    fn from(conn: Object<Opener<SqliteConnection>>) -> Self {
        Self { held: Some(Held::Lite(conn)), engine: Engine::Lite, is_asking: false, is_in_unit: false, turn: None }
    }
}

impl Conn {
    /// The connection, to ask it something.
    pub fn arm(&mut self) -> Arm<'_> {
        self.is_asking = true;
        match self.held.as_mut().expect("it is there until it is dropped") {
            Held::Pg(conn) => Arm::Pg(conn),
            Held::Lite(conn) => Arm::Lite(conn),
        }
    }

    /// What came of it, in the domain's words.
    ///
    /// # Errors
    /// What the engine reported.
    pub fn answered<T>(&mut self, outcome: Result<T, sqlx::Error>) -> Result<T> {
        let outcome = outcome.map_err(from_sqlx);
        self.is_asking = matches!(outcome, Err(Error::Busy { why: Busy::Database, .. }));
        outcome
    }

    /// The engine behind it.
    pub fn engine(&self) -> Engine {
        self.engine
    }

    /// Keeps a turn until the engine is done with what is asked on it, which is a search.
    ///
    /// # Errors
    /// What the engine reports.
    pub async fn keep(&mut self, turn: OwnedSemaphorePermit) -> Result<()> {
        let is_over = Arc::new(AtomicBool::new(false));
        if let Some(Held::Lite(conn)) = &mut self.held {
            let (until, is_over) = (Instant::now() + SEARCH, Arc::clone(&is_over));
            let goes_on = move || is_over.load(Ordering::Relaxed) || Instant::now() < until;
            conn.lock_handle().await.map_err(from_sqlx)?.set_progress_handler(STEPS, goes_on);
        }
        self.turn = Some(Turn { _permit: turn, is_over });
        Ok(())
    }

    /// Closes it, which undoes what it had begun.
    pub fn close(mut self) {
        (self.is_asking, self.is_in_unit) = (true, true);
    }
}

impl Drop for Conn {
    fn drop(&mut self) {
        let turn = self.turn.take();
        let Some(held) = self.held.take().filter(|_| self.is_asking) else { return };
        let is_in_unit = self.is_in_unit;
        match Handle::try_current() {
            Ok(runtime) => drop(runtime.spawn(async move {
                held.end(is_in_unit).await;
                drop(turn);
            })),
            Err(_) => held.close(),
        }
    }
}

impl Held {
    /// Waits until the engine is done with what was asked. Then it is as good as before, unless a unit is open on it.
    async fn end(mut self, is_in_unit: bool) {
        let sign = async {
            match &mut self {
                Self::Pg(conn) => conn.ping().await,
                Self::Lite(conn) => conn.ping().await,
            }
        };
        let is_sound = timeout(PATIENCE, sign).await.is_ok_and(|pong| pong.is_ok());
        if is_in_unit || !is_sound {
            self.close();
        }
    }

    fn close(self) {
        match self {
            Self::Pg(conn) => drop(Object::take(conn)),
            Self::Lite(conn) => drop(Object::take(conn)),
        }
    }
}
