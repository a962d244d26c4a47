//! Catching up: what the System Log holds goes into the inbox that hooks go into, and the place in the log with it.

use std::time::Duration;

use sha2::{Digest, Sha256};

use super::hooks::{self, Delivery};
use crate::access::secret::hex;
use crate::clock::Time;
use crate::error::{Busy, Error, Result};
use crate::model::hook::HookRoad;
use crate::okta::api::Org;
use crate::okta::delivery::Piece;
use crate::okta::meaning::TABLE;
use crate::store::Tx;
use crate::store::catch_up;

pub use crate::store::catch_up::Cursor;

/// How far the first look goes back; what Okta itself takes when it is not told.
pub const FIRST_LOOK: Duration = Duration::from_hours(7 * 24);
/// How far before the newest event a look begins whose place was lost: events may arrive late, out of their order.
pub const OVERLAP: Duration = Duration::from_hours(24);
/// The furthest look back: Okta keeps its log for 90 days.
const FURTHEST: Duration = Duration::from_hours(89 * 24);
/// How many events a page has at most.
pub const PAGE: &str = "200";

/// The types of events that mean anything here, as Okta's filter. All others stay where they are.
#[must_use]
pub fn filter() -> String {
    let types: Vec<String> = TABLE.iter().map(|(name, _)| format!("eventType eq \"{name}\"")).collect();
    types.join(" or ")
}

/// The name of the cursor: another org, or other types, are another log.
#[must_use]
pub fn source(org: &Org) -> String {
    let digest = hex(&Sha256::digest(filter().as_bytes()));
    format!("system log of {} {}", org.host(), &digest[..16])
}

/// Where to look when there is no place to go on from.
#[must_use]
pub fn first_url(org: &Org, cursor: Option<&Cursor>, now: Time) -> String {
    let since = match cursor.and_then(|cursor| cursor.reached_at) {
        Some(reached) => reached.minus(OVERLAP).max(now.minus(FURTHEST)),
        None => now.minus(FIRST_LOOK),
    };
    let (since, filter) = (since.rfc3339_millis(), filter());
    let query = [("since", since.as_str()), ("sortOrder", "ASCENDING"), ("limit", PAGE), ("filter", filter.as_str())];
    org.url("logs", &query)
}

/// A page of the log on its way into the inbox.
#[derive(Debug)]
pub struct Found {
    /// The name of the cursor.
    pub source: String,
    /// The cursor as it stood when the page was asked for.
    pub cursor: Option<Cursor>,
    /// The events, as they came.
    pub pieces: Vec<Piece>,
    /// Where Okta says it goes on.
    pub next: String,
}

/// Keeps a page and the place after it in one; tells how many of its events are new.
///
/// # Errors
/// [`Busy::Collision`] when another replica has moved on meanwhile; then nothing is kept.
pub async fn keep(tx: &mut Tx, found: &Found) -> Result<u64> {
    let pieces = found.pieces.clone();
    let delivery = Delivery { pieces, road: HookRoad::Log, came_at: None, message: None };
    let new = if found.pieces.is_empty() { 0 } else { hooks::receive(tx, &delivery).await? };
    let (from, now) = (found.cursor.as_ref(), tx.now());
    let published = found.pieces.iter().filter_map(|piece| Time::parse(piece.published.as_deref()?));
    let reached = published.filter(|at| *at <= now).chain(from.and_then(|cursor| cursor.reached_at)).max();
    advance(tx, &found.source, from, &found.next, reached).await.map(|()| new)
}

/// Gives up a place that Okta knows no more: the next look begins anew.
///
/// # Errors
/// As [`keep`].
pub async fn forget(tx: &mut Tx, source: &str, cursor: &Cursor) -> Result<()> {
    advance(tx, source, Some(cursor), "", cursor.reached_at).await
}

async fn advance(tx: &mut Tx, source: &str, from: Option<&Cursor>, to: &str, reached: Option<Time>) -> Result<()> {
    let place = from.map(|cursor| cursor.position.as_str());
    if catch_up::advance(tx, source, place, to, reached).await? {
        Ok(())
    } else {
        Err(Error::Busy { why: Busy::Lock, source: None })
    }
}
