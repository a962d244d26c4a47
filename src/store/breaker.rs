//! `breaker`: whether many people lost access at once, and whether anything waits for somebody to say yes.

use super::db::{Link, Quiet, Tx};
use crate::clock::Time;
use crate::error::Result;

/// The one thing that is watched.
const NAME: &str = "deactivations";

/// What is known of the breaker.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Breaker {
    /// How often it has tripped.
    pub trips: i64,
    /// When it tripped last.
    pub tripped_at: Time,
    /// How many people it counted then.
    pub deactivated: i64,
    /// Whether it holds.
    pub is_held: bool,
    /// When somebody released it last.
    pub released_at: Option<Time>,
}

/// What is known of the breaker; none until it trips for the first time.
///
/// # Errors
/// What the engine reports.
pub async fn find(link: &mut impl Link) -> Result<Option<Breaker>> {
    const SQL: &str =
        "select trips, tripped_at, deactivated, is_held, released_at from breaker where name = 'deactivations'";
    query!(link, SQL => fetch_optional Breaker)
}

#[derive(sqlx::FromRow)]
struct Count {
    found: i64,
}

/// How many people lost access since a moment; counted no further than `most`.
///
/// # Errors
/// What the engine reports.
pub async fn count_deactivated(link: &mut impl Link, since: Time, most: i64) -> Result<i64> {
    const SQL: &str = "select count(*) as found from \
         (select id from audit_events where action = 'user.deactivated' and at > $1 limit $2) as recent";
    Ok(query!(link, SQL, since, most => fetch_one Count)?.found)
}

/// How many people are active; counted no further than `most`.
///
/// # Errors
/// What the engine reports.
pub async fn count_active(link: &mut impl Link, most: i64) -> Result<i64> {
    const SQL: &str = "select count(*) as found from \
         (select id from users where is_active and not is_break_glass_account limit $1) as active";
    Ok(query!(link, SQL, most => fetch_one Count)?.found)
}

/// Trips the breaker, unless it holds, or tripped or was released after `since`; tells whether it tripped. Of several
/// replicas at once one does.
///
/// # Errors
/// What the engine reports.
pub async fn trip(tx: &mut Tx, since: Time, deactivated: i64, holds: bool) -> Result<bool> {
    const SQL: &str = "insert into breaker (name, trips, tripped_at, deactivated, is_held, released_at) \
         values ($1, 1, $2, $3, $4, null) on conflict (name) do update set trips = breaker.trips + 1, \
         tripped_at = excluded.tripped_at, deactivated = excluded.deactivated, is_held = excluded.is_held \
         where not breaker.is_held and breaker.tripped_at <= $5 \
         and (breaker.released_at is null or breaker.released_at <= $5)";
    let now = tx.now();
    tx.quiet(Quiet::Breaker);
    query!(tx, SQL, NAME, now, deactivated, holds, since => execute).map(|rows| rows == 1)
}

/// Releases the breaker; false when it does not hold.
///
/// # Errors
/// What the engine reports.
pub async fn release(tx: &mut Tx) -> Result<bool> {
    const SQL: &str = "update breaker set is_held = false, released_at = $2 where name = $1 and is_held";
    let now = tx.now();
    tx.quiet(Quiet::Breaker);
    query!(tx, SQL, NAME, now => execute).map(|rows| rows == 1)
}
