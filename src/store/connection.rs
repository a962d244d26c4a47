//! `connection_marks`, and what the health of the connection asks of the hooks and the audit.

use super::db::{Link, Quiet, Tx};
use crate::audit::{Action, Outcome};
use crate::clock::Time;
use crate::error::Result;
use crate::model::Id;
use crate::model::connection::{Mark, Marks, Seen};
use crate::model::hook::HookRoad;
use crate::model::words::Word;

/// Notes when a kind of thing was seen; what is known already is never moved backwards.
///
/// # Errors
/// What the engine reports.
pub async fn note(tx: &mut Tx, mark: Mark, seen: Seen) -> Result<()> {
    const SQL: &str = "insert into connection_marks (name, first_at, last_at) values ($1, $2, $3) \
         on conflict (name) do update set last_at = excluded.last_at where connection_marks.last_at < excluded.last_at";
    tx.quiet(Quiet::LastSeen);
    query!(tx, SQL, mark.as_str(), seen.first, seen.last => execute).map(drop)
}

#[derive(sqlx::FromRow)]
struct MarkRow {
    name: String,
    first_at: Time,
    last_at: Time,
}

/// Everything that is remembered. A name that this program does not know is a newer one's, and left out.
///
/// # Errors
/// What the engine reports.
pub async fn marks(link: &mut impl Link) -> Result<Marks> {
    const SQL: &str = "select name, first_at, last_at from connection_marks";
    let rows = query!(link, SQL => fetch_all MarkRow)?;
    let read = |row: MarkRow| Some((Mark::from_word(&row.name)?, Seen { first: row.first_at, last: row.last_at }));
    Ok(rows.into_iter().filter_map(read).collect())
}

#[derive(sqlx::FromRow)]
struct Came {
    road: HookRoad,
    published_at: Time,
    received_at: Time,
}

/// When the events happened that hooks brought since a moment, and when they came; of so many events that came last.
///
/// # Errors
/// What the engine reports.
pub async fn hooks(link: &mut impl Link, since: Time, most: i64) -> Result<Vec<(Time, Time)>> {
    const SQL: &str = "select road, published_at, received_at from hook_events where received_at > $1 \
         order by received_at desc, id desc limit $2";
    let rows = query!(link, SQL, since, most => fetch_all Came)?;
    let came = rows.into_iter().filter(|row| row.road == HookRoad::Hook);
    Ok(came.map(|row| (row.published_at, row.received_at)).collect())
}

/// Of how many of an action's last rows the successes are told, whoever they are about.
const MOST_ROWS: i64 = 200;

/// When an action last succeeded and whom each row is about, newest first, among its last so many rows. Refusals crowd
/// successes out: who is not told of may have succeeded before.
///
/// # Errors
/// What the engine reports.
pub async fn successes(link: &mut impl Link, action: Action) -> Result<Vec<(Time, Id)>> {
    const SQL: &str =
        "select at, user_id, outcome from audit_events where action = $1 order by at desc, id desc limit $2";
    let rows = query!(link, SQL, action.as_str(), MOST_ROWS => fetch_all (Time, Option<Id>, String))?;
    let told = rows.into_iter().filter(|(.., outcome)| outcome == Outcome::Success.as_str());
    Ok(told.filter_map(|(at, user, _)| Some((at, user?))).collect())
}

/// How many rows are looked at for one that tells a success.
const LOOKED_AT: i64 = 50;

/// When an action last succeeded, and the row that tells it, among the last so many tries.
///
/// # Errors
/// What the engine reports.
pub async fn last_success(link: &mut impl Link, action: Action) -> Result<Option<(Time, Id)>> {
    const SQL: &str = "select at, id, outcome from audit_events where action = $1 order by at desc, id desc limit $2";
    let rows = query!(link, SQL, action.as_str(), LOOKED_AT => fetch_all (Time, Id, String))?;
    let success = rows.into_iter().find(|(.., outcome)| outcome == Outcome::Success.as_str());
    Ok(success.map(|(at, id, _)| (at, id)))
}
