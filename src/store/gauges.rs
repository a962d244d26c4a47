//! What is counted now and then for whoever watches the service, and no further than a bound.

use super::db::{Db, Link};
use crate::clock::Time;
use crate::error::Result;

/// No further than this is counted.
pub const MOST: i64 = 100_000;

#[derive(sqlx::FromRow)]
struct Count {
    found: i64,
}

/// How many sessions are open, up to [`MOST`].
///
/// # Errors
/// What the engine reports.
pub async fn open_sessions(link: &mut impl Link, now: Time) -> Result<i64> {
    const SQL: &str = "select count(*) as found from \
         (select id from sessions where ended_at is null and expires_at > $1 limit $2) as live";
    Ok(query!(link, SQL, now, MOST => fetch_one Count)?.found)
}

/// How many connections a pool has, and how many of them nobody uses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PoolUse {
    /// `all` on PostgreSQL; `write` and `read` on SQLite.
    pub pool: &'static str,
    /// Connections.
    pub open: usize,
    /// Of these, idle ones.
    pub idle: usize,
}

/// The pools of this process.
#[must_use]
pub fn pools(db: &Db) -> Vec<PoolUse> {
    db.pool_use().into_iter().map(|(pool, open, idle)| PoolUse { pool, open, idle }).collect()
}
