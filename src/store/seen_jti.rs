//! `seen_jti`: tokens that may be used once and were, whichever replica took them.

use super::db::{Quiet, Tx};
use crate::clock::Time;
use crate::error::Result;

/// Uses a token up; false when it was used before. It is remembered at least until this moment.
///
/// # Errors
/// What the engine reports.
pub async fn spend(tx: &mut Tx, key: &str, until: Time) -> Result<bool> {
    const SQL: &str = "insert into seen_jti (jti_key, expires_at) values ($1, $2) on conflict (jti_key) do nothing";
    tx.quiet(Quiet::SeenToken);
    Ok(query!(tx, SQL, key, until => execute)? == 1)
}
