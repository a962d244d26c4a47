//! Retention: rows past their time are removed in small batches, a pause between them.

use std::time::Duration;

use crate::clock::Time;
use crate::ctx::Ctx;
use crate::error::Result;
use crate::store::db::Work;
use crate::store::{Db, Tx, sweeps};

/// How long a SCIM request is kept.
pub const REQUESTS_KEPT: Duration = Duration::from_hours(14 * 24);
const PAUSE: Duration = Duration::from_millis(50);

type Sweep = for<'t> fn(&'t mut Tx, &'t Time) -> Work<'t, u64>;

/// Removes everything past its time; tells how many rows that were.
///
/// # Errors
/// What the engine reports; the batches before it stay done.
pub async fn sweep(db: &Db, ctx: &Ctx, audit_kept: Duration) -> Result<u64> {
    let audit: Sweep = |tx, end| Box::pin(sweeps::audit_before(tx, *end));
    let requests: Sweep = |tx, end| Box::pin(sweeps::requests_before(tx, *end));
    let mut removed = 0;
    for (sweep, kept) in [(audit, audit_kept), (requests, REQUESTS_KEPT)] {
        loop {
            let batch = db.unit(ctx, &ctx.now.minus(kept), sweep).await?;
            removed += batch;
            if batch < sweeps::BATCH.unsigned_abs() {
                break;
            }
            tokio::time::sleep(PAUSE).await;
        }
    }
    Ok(removed)
}
