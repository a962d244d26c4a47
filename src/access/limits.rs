//! How often strangers may be refused, counted by all replicas together.

use super::break_glass::{WINDOW, network, seconds_until};
use super::secret::{self, HashKey};
use crate::ctx::Ctx;
use crate::error::Result;
use crate::store::{Db, Tx, rate_counters};

const PURPOSE: &str = "rate";

/// What is counted by itself.
#[derive(Clone, Copy, Debug)]
pub struct Counted {
    /// Its name.
    pub what: &'static str,
    /// How many in a window.
    pub most: i64,
}

/// Counts one of what is done for this subject, in the unit that does it; when it is too many, in how many seconds the
/// window ends.
///
/// # Errors
/// What the engine reports.
pub async fn count(tx: &mut Tx, key: &HashKey, counted: Counted, subject: &str) -> Result<Option<u32>> {
    let now = tx.ctx().now;
    let name = secret::hex(&key.hash(PURPOSE, &format!("{} {subject}", counted.what)));
    let (began, used) = rate_counters::count(tx, &name, now, now.minus(WINDOW)).await?;
    Ok((used > counted.most).then(|| seconds_until(now, began.plus(WINDOW))))
}

/// Counts a refusal against the network it came from. Only what is refused is counted, so nobody shuts out others
/// behind the same address whose credentials are good.
///
/// # Errors
/// What the engine reports.
pub async fn count_refused(db: &Db, key: &HashKey, ctx: &Ctx, counted: Counted) -> Result<Option<u32>> {
    let work = (key, counted, format!("{:?}", ctx.ip.map(network)));
    db.unit(ctx, &work, |tx, (key, counted, from)| Box::pin(count(tx, key, *counted, from))).await
}
