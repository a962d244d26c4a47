//! `rate_counters`: how often something was tried of late, counted by all replicas together.

use super::db::{Quiet, Tx};
use crate::clock::Time;
use crate::error::Result;

/// Counts one try; a window that began at `over` or earlier begins anew. Tells since when, and how many it makes.
///
/// # Errors
/// What the engine reports.
pub async fn count(tx: &mut Tx, key: &str, now: Time, over: Time) -> Result<(Time, i64)> {
    const SQL: &str = "insert into rate_counters (counter_key, began_at, used) values ($1, $2, 1) \
         on conflict (counter_key) do update set \
         used = case when rate_counters.began_at <= $3 then 1 else rate_counters.used + 1 end, \
         began_at = case when rate_counters.began_at <= $3 then excluded.began_at else rate_counters.began_at end \
         returning began_at, used";
    tx.quiet(Quiet::RateCounter);
    query!(tx, SQL, key, now, over => fetch_one (Time, i64))
}
