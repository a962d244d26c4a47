//! `catch_up_cursor`, how far the System Log has been read, and `job_leases`, which replica does it.

use super::db::{Link, Quiet, Tx};
use crate::clock::Time;
use crate::error::Result;
use crate::model::Id;

/// How far a log has been read.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Cursor {
    /// Where Okta says it goes on; empty when that place is lost.
    pub position: String,
    /// When it was moved last.
    pub moved_at: Time,
    /// The newest moment that was read, once anything was.
    pub reached_at: Option<Time>,
}

/// How far a log has been read; none before the first page.
///
/// # Errors
/// What the engine reports.
pub async fn find(link: &mut impl Link, source: &str) -> Result<Option<Cursor>> {
    const SQL: &str = "select position, moved_at, reached_at from catch_up_cursor where source = $1";
    query!(link, SQL, source => fetch_optional Cursor)
}

/// Moves a cursor on from where it was read to stand; false when it stands elsewhere by now.
///
/// # Errors
/// What the engine reports.
pub async fn advance(tx: &mut Tx, source: &str, from: Option<&str>, to: &str, reached: Option<Time>) -> Result<bool> {
    const FIRST: &str = "insert into catch_up_cursor (source, position, moved_at, reached_at) values ($1, $2, $3, $4) \
         on conflict (source) do nothing";
    const NEXT: &str = "update catch_up_cursor set position = $2, moved_at = $3, reached_at = $4 \
         where source = $1 and position = $5";
    let now = tx.now();
    tx.quiet(Quiet::CatchUp);
    let moved = match from {
        None => query!(tx, FIRST, source, to, now, reached => execute)?,
        Some(from) => query!(tx, NEXT, source, to, now, reached, from => execute)?,
    };
    Ok(moved == 1)
}

/// Takes a job for one holder until a moment, or renews it; false while it is another's.
///
/// # Errors
/// What the engine reports.
pub async fn take_lease(tx: &mut Tx, name: &str, holder: Id, ends_at: Time) -> Result<bool> {
    const SQL: &str = "insert into job_leases (name, holder, ends_at) values ($1, $2, $3) \
         on conflict (name) do update set holder = excluded.holder, ends_at = excluded.ends_at \
         where job_leases.holder = excluded.holder or job_leases.ends_at <= $4";
    let now = tx.now();
    tx.quiet(Quiet::CatchUp);
    query!(tx, SQL, name, holder, ends_at, now => execute).map(|rows| rows == 1)
}

/// Gives a job up, so that another need not wait for the end of the lease.
///
/// # Errors
/// What the engine reports.
pub async fn drop_lease(tx: &mut Tx, name: &str, holder: Id) -> Result<()> {
    const SQL: &str = "delete from job_leases where name = $1 and holder = $2";
    tx.quiet(Quiet::CatchUp);
    query!(tx, SQL, name, holder => execute).map(drop)
}
