//! What `rollcall doctor` asks the database about itself.

use super::db::Link;
use super::dialect::Pair;
use crate::clock::Time;
use crate::error::Result;

/// The engine's version, and what it does to keep what it acknowledged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// As the engine says it.
    pub version: String,
    /// `synchronous_commit` on PostgreSQL; journal mode and `synchronous` on SQLite.
    pub durability: String,
}

/// PostgreSQL has settings, SQLite has pragmas. Nothing of either is a table, so no plan is asked for.
const SETTINGS: Pair = Pair {
    pg: "values (current_setting('server_version'), current_setting('synchronous_commit'))",
    lite: "values (sqlite_version(), (select journal_mode from pragma_journal_mode) || ' ' || \
           (select synchronous from pragma_synchronous))",
};

/// The settings of this connection.
///
/// # Errors
/// What the engine reports.
pub async fn settings(link: &mut impl Link) -> Result<Settings> {
    let (version, durability) = query!(link, SETTINGS => fetch_one (String, String))?;
    Ok(Settings { version, durability })
}

/// Each in its own words and its own type for moments; the one place that asks the database for the time, to compare it.
const NOW: Pair = Pair {
    pg: "values (clock_timestamp())",
    lite: "values (cast(round((julianday('now') - 2440587.5) * 86400000) as integer) * 1000)",
};

/// What the database takes the time to be, to the millisecond.
///
/// # Errors
/// What the engine reports.
pub async fn now(link: &mut impl Link) -> Result<Time> {
    Ok(query!(link, NOW => fetch_one (Time,))?.0)
}

/// The newest migration that ran here; none in a database that rollcall has never seen.
///
/// # Errors
/// What the engine reports, also where the table is missing.
pub async fn schema(link: &mut impl Link) -> Result<Option<i64>> {
    const SQL: &str = "select version from _sqlx_migrations order by version desc limit 1";
    Ok(query!(link, SQL => fetch_optional (i64,))?.map(|(version,)| version))
}

/// When the oldest row of the audit was written.
///
/// # Errors
/// What the engine reports.
pub async fn oldest_audit(link: &mut impl Link) -> Result<Option<Time>> {
    const SQL: &str = "select at from audit_events order by at limit 1";
    Ok(query!(link, SQL => fetch_optional (Time,))?.map(|(at,)| at))
}
