//! A connection while somebody has it: it goes back to its pool when it is sound, and is closed when that is not known.

use deadpool::managed::Object;
use sqlx::{PgConnection, SqliteConnection};

use super::connect::Opener;
use super::db::Arm;
use super::dialect::Engine;
use super::error::from_sqlx;
use crate::error::{Busy, Error, Result};

/// A connection of either engine, out of its pool.
///
/// A statement that nobody waited for to its end, because the client went away or the time was up, may still be running,
/// and a connection that broke stays broken: neither may be found by the next request.
pub(super) struct Conn {
    /// None once it is closed.
    held: Option<Held>,
    engine: Engine,
    /// Something was asked whose answer is not here, or was that the database is away.
    is_asking: bool,
}

enum Held {
    Pg(Object<Opener<PgConnection>>),
    Lite(Object<Opener<SqliteConnection>>),
}

impl From<Object<Opener<PgConnection>>> for Conn {
    fn from(conn: Object<Opener<PgConnection>>) -> Self {
        Self { held: Some(Held::Pg(conn)), engine: Engine::Pg, is_asking: false }
    }
}

impl From<Object<Opener<SqliteConnection>>> for Conn {
    fn from(conn: Object<Opener<SqliteConnection>>) -> Self {
        Self { held: Some(Held::Lite(conn)), engine: Engine::Lite, is_asking: false }
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

    /// Closes it, which undoes what it had begun.
    pub fn close(mut self) {
        self.is_asking = true;
    }
}

impl Drop for Conn {
    fn drop(&mut self) {
        if !self.is_asking {
            return;
        }
        match self.held.take() {
            Some(Held::Pg(conn)) => drop(Object::take(conn)),
            Some(Held::Lite(conn)) => drop(Object::take(conn)),
            None => {}
        }
    }
}
