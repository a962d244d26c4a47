//! `outbox`: messages to send. The row says what a message is about; what it says is nowhere.

use super::db::{Link, Quiet, Tx};
use super::dialect::{Pair, locking};
use crate::clock::Time;
use crate::error::Result;
use crate::model::Id;
use crate::model::contact::{MessageState, Method};

/// A message that somebody is about to send.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Claimed {
    /// The row's id.
    pub id: Id,
    /// For whom.
    pub user_id: Id,
    /// The verification that it carries the code of.
    pub verification_id: Id,
    /// How many tries there were, this one included.
    pub tries: i64,
}

/// Adds a message that may be sent at once, in the unit that wants it.
///
/// # Errors
/// What the engine reports.
pub async fn insert(tx: &mut Tx, lane: Method, user: Id, verification: Id) -> Result<()> {
    const SQL: &str = "insert into outbox (id, lane, user_id, verification_id, state, reason, tries, created_at, due_at, \
         settled_at) values ($1, $2, $3, $4, 'queued', null, 0, $5, $5, null)";
    let now = tx.now();
    tx.quiet(Quiet::Outbox);
    query!(tx, SQL, Id::fresh(), lane, user, verification, now => execute).map(drop)
}

/// Whether a message of a lane may be tried now: what an idle worker asks, without a unit of work.
///
/// # Errors
/// What the engine reports.
pub async fn is_due(link: &mut impl Link, lane: Method, now: Time) -> Result<bool> {
    const SQL: &str = "select id from outbox where lane = $1 and settled_at is null and due_at <= $2 limit 1";
    Ok(query!(link, SQL, lane, now => fetch_optional (Id,))?.is_some())
}

const HEAD: Pair = locking!(
    "select id, user_id, verification_id, tries + 1 as tries from outbox \
     where lane = $1 and settled_at is null and due_at <= $2 order by due_at, id limit 1";
    "for update skip locked"
);

/// Takes the message of a lane that is due longest, and moves it on to `next`: nobody else takes it before then, and it
/// comes due again by itself when whoever took it is no more.
///
/// # Errors
/// What the engine reports.
pub async fn claim(tx: &mut Tx, lane: Method, next: Time) -> Result<Option<Claimed>> {
    const TAKE: &str = "update outbox set tries = $2, due_at = $3 where id = $1";
    let now = tx.ctx().now;
    let Some(claimed) = query!(tx, HEAD, lane, now => fetch_optional Claimed)? else { return Ok(None) };
    tx.quiet(Quiet::Outbox);
    query!(tx, TAKE, claimed.id, claimed.tries, next => execute)?;
    Ok(Some(claimed))
}

/// Notes what became of a try: where `due` is given it is tried again then. False when another try has begun meanwhile, or
/// it is settled.
///
/// # Errors
/// What the engine reports.
pub async fn note(
    tx: &mut Tx,
    tried: &Claimed,
    state: MessageState,
    reason: Option<&str>,
    due: Option<Time>,
) -> Result<bool> {
    const SQL: &str = "update outbox set state = $3, reason = $4, due_at = $5, settled_at = $6 \
         where id = $1 and tries = $2 and settled_at is null";
    let now = tx.now();
    let settled = due.is_none().then_some(now);
    tx.quiet(Quiet::Outbox);
    let noted = query!(tx, SQL, tried.id, tried.tries, state, reason, due.unwrap_or(now), settled => execute)?;
    Ok(noted == 1)
}
