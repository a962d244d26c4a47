//! Tokens of Okta's that may be used once: whichever replica takes one, no other takes it again.

use super::secret::{self, HashKey};
use crate::clock::Time;
use crate::error::Result;
use crate::okta::claims::Ticket;
use crate::store::{Tx, seen_jti};

const PURPOSE: &str = "jti";

/// Uses a token up; false when it was used before.
///
/// # Errors
/// What the engine reports.
pub async fn spend(tx: &mut Tx, key: &HashKey, ticket: &Ticket) -> Result<bool> {
    let name = format!("{}\n{}", ticket.issuer, ticket.id);
    let until = Time::from_micros(ticket.until.saturating_mul(1_000_000));
    seen_jti::spend(tx, &secret::hex(&key.hash(PURPOSE, &name)), until).await
}
