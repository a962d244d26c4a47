//! `hook_events` as it is looked through: newest first, page by page, and what waits or is dead, each within a bound.

use std::collections::HashSet;

use super::db::Link;
use super::hook_inbox::Kept;
use super::rows;
use crate::clock::Time;
use crate::error::Result;
use crate::model::Id;
use crate::model::hook::HookState;

/// How many events are looked at for one page where more is asked than an index knows.
pub const MOST_LOOKED_AT: i64 = 20_000;
/// No further than this is counted.
pub const MOST_COUNTED: i64 = 10_000;
/// How many of the last events are looked through for one that was delivered.
const MOST_RECENT: i64 = 1_000;
/// Follows every type that begins with the text before it.
const LAST: char = char::MAX;

/// An event's place in the order.
pub type Place = (Time, Id);

/// What must hold of the events of a page.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// What became of it, or any.
    pub state: Option<HookState>,
    /// What its type begins with.
    pub kind: String,
    /// Whose history it belongs to: a lane, or the id of a person or group at Okta; empty for any.
    pub subject: String,
    /// Came no earlier than this.
    pub since: Option<Time>,
    /// Came earlier than this.
    pub until: Option<Time>,
}

impl Filter {
    fn is_walked(&self) -> bool {
        !self.kind.is_empty() || !self.subject.is_empty()
    }
}

/// A page of the inbox.
#[derive(Clone, Debug, Default)]
pub struct Page {
    /// The events, the last that came first, without their bodies.
    pub events: Vec<Kept>,
    /// Where the next page begins, where there may be one: below this place.
    pub next: Option<Place>,
}

macro_rules! listed_columns {
    () => {
        "select id, event_key, lane, road, event_type, published_at, received_at, state, reason, tries, due_at, settled_at, \
         odd, null as body, request_id from hook_events "
    };
}

/// A page of what matches, older than a place.
///
/// # Errors
/// What the engine reports.
pub async fn list(link: &mut impl Link, filter: &Filter, before: Place, limit: usize) -> Result<Page> {
    const ALL: &str = concat!(
        listed_columns!(),
        "where received_at <= $1 and (received_at, id) < ($1, $2) and received_at >= $3 and coalesce(event_type, '') >= $4 \
         and coalesce(event_type, '') < $5 and ($6 = '' or lane in ($6, $7, $8)) \
         order by received_at desc, id desc limit $9"
    );
    const ONE: &str = concat!(
        listed_columns!(),
        "where state = $10 and received_at <= $1 and (received_at, id) < ($1, $2) and received_at >= $3 \
         and coalesce(event_type, '') >= $4 and coalesce(event_type, '') < $5 and ($6 = '' or lane in ($6, $7, $8)) \
         order by received_at desc, id desc limit $9"
    );
    let floor = if filter.is_walked() { floor(link, filter, before).await? } else { None };
    let lowest = floor.or(filter.since).unwrap_or(Time::from_micros(0));
    let (at, id) = upper(filter, before);
    let (kind, beyond) = (filter.kind.as_str(), format!("{}{LAST}", filter.kind));
    let subject = filter.subject.as_str();
    let (beyond, person, group) = (beyond.as_str(), format!("user:{subject}"), format!("group:{subject}"));
    let (person, group) = (person.as_str(), group.as_str());
    let most = i64::try_from(limit + 1).unwrap_or(i64::MAX);
    let mut events: Vec<Kept> = match filter.state {
        None => query!(link, ALL, at, id, lowest, kind, beyond, subject, person, group, most => fetch_all Kept)?,
        Some(state) => {
            query!(link, ONE, at, id, lowest, kind, beyond, subject, person, group, most, state => fetch_all Kept)?
        }
    };
    let is_full = events.len() > limit;
    events.truncate(limit);
    // Everything of the floor's moment has been looked at.
    let next = match events.last().filter(|_| is_full) {
        Some(last) => Some((last.received_at, last.id)),
        None => floor.map(|floor| (floor, Id::from(uuid::Uuid::nil()))),
    };
    Ok(Page { events, next })
}

fn upper(filter: &Filter, before: Place) -> Place {
    filter.until.map_or(before, |until| before.min((until, Id::from(uuid::Uuid::nil()))))
}

/// When the last event came that a page may look at; none where the inbox ends before.
async fn floor(link: &mut impl Link, filter: &Filter, before: Place) -> Result<Option<Time>> {
    const ALL: &str = "select received_at from hook_events where received_at <= $1 and (received_at, id) < ($1, $2) \
         and received_at >= $3 order by received_at desc, id desc limit 1 offset $4";
    const ONE: &str = "select received_at from hook_events where state = $5 and received_at <= $1 \
         and (received_at, id) < ($1, $2) and received_at >= $3 order by received_at desc, id desc limit 1 offset $4";
    let ((at, id), since) = (upper(filter, before), filter.since.unwrap_or(Time::from_micros(0)));
    let skipped = MOST_LOOKED_AT - 1;
    let found = match filter.state {
        None => query!(link, ALL, at, id, since, skipped => fetch_optional (Time,))?,
        Some(state) => query!(link, ONE, at, id, since, skipped, state => fetch_optional (Time,))?,
    };
    Ok(found.map(|(at,)| at))
}

/// How many events stand in a state, and since when the oldest of them does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Depth {
    /// How many, up to [`MOST_COUNTED`].
    pub found: i64,
    /// When the oldest of them came.
    pub oldest: Option<Time>,
}

/// How many events stand in a state.
///
/// # Errors
/// What the engine reports.
pub async fn depth(link: &mut impl Link, state: HookState) -> Result<Depth> {
    const SQL: &str = "select count(*) as found, min(received_at) as oldest from \
         (select received_at from hook_events where state = $1 order by received_at, id limit $2) as waits";
    query!(link, SQL, state, MOST_COUNTED => fetch_one Depth)
}

/// The dead events that came since a moment, the oldest first.
///
/// # Errors
/// What the engine reports.
pub async fn dead(link: &mut impl Link, since: Time, most: i64) -> Result<Vec<Id>> {
    const SQL: &str =
        "select id from hook_events where state = 'dead' and received_at >= $1 order by received_at, id limit $2";
    let found = query!(link, SQL, since, most => fetch_all (Id,))?;
    Ok(found.into_iter().map(|(id,)| id).collect())
}

/// Those of these events that are there.
///
/// # Errors
/// What the engine reports.
pub async fn known(link: &mut impl Link, events: &[Id]) -> Result<HashSet<Id>> {
    let mut found = HashSet::with_capacity(events.len());
    for binds in rows::id_pieces(link.engine(), events) {
        let sql = format!("select id from hook_events where id in ({})", rows::list(1, &binds));
        let there: Vec<(Id,)> = rows::fetch(link, sql, &binds).await?;
        found.extend(there.into_iter().map(|(id,)| id));
    }
    Ok(found)
}

/// When Okta last delivered something new, among the events that came last.
///
/// # Errors
/// What the engine reports.
pub async fn last_delivery(link: &mut impl Link) -> Result<Option<Time>> {
    const SQL: &str = "select max(received_at) as at from (select received_at, road from hook_events \
         order by received_at desc, id desc limit $1) as latest where road <> 'log'";
    Ok(query!(link, SQL, MOST_RECENT => fetch_one (Option<Time>,))?.0)
}
