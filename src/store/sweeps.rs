//! Rows past their retention, removed in small batches.

use super::db::{Quiet, Tx};
use crate::clock::Time;
use crate::error::Result;

/// How many rows one batch removes: small enough not to hold SQLite's writer.
pub const BATCH: i64 = 1_000;

/// Removes up to a batch of audit rows older than this; tells how many.
///
/// # Errors
/// What the engine reports.
pub async fn audit_before(tx: &mut Tx, end: Time) -> Result<u64> {
    const SQL: &str = "delete from audit_events where id in \
         (select id from audit_events where at < $1 order by at, id limit $2)";
    tx.quiet(Quiet::Retention);
    query!(tx, SQL, end, BATCH => execute)
}

/// Removes up to a batch of logged SCIM requests older than this; tells how many.
///
/// # Errors
/// What the engine reports.
pub async fn requests_before(tx: &mut Tx, end: Time) -> Result<u64> {
    const SQL: &str = "delete from scim_requests where id in \
         (select id from scim_requests where at < $1 order by at, id limit $2)";
    tx.quiet(Quiet::Retention);
    query!(tx, SQL, end, BATCH => execute)
}
