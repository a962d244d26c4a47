//! `hook_events`, the durable inbox of Okta's events, and `hook_messages`, the signed messages that count once.

use super::db::{Link, Quiet, Tx, View};
use super::rows::{self, Bind};
use crate::clock::Time;
use crate::error::Result;
use crate::model::Id;
use crate::model::hook::{HookRoad, HookState};
use crate::model::words::Word;

/// An event on its way into the inbox.
#[derive(Clone, Debug)]
pub struct NewEvent {
    /// The row's id.
    pub id: Id,
    /// What makes it the same as another.
    pub key: String,
    /// Whose history it belongs to.
    pub lane: String,
    /// By which road it came.
    pub road: HookRoad,
    /// Its type, where it has one.
    pub event_type: Option<String>,
    /// When it happened, or when it came where it does not say.
    pub published_at: Time,
    /// When it came.
    pub received_at: Time,
    /// `received`, or `ignored` for what holds no event.
    pub state: HookState,
    /// What is odd about it, where something is.
    pub odd: Option<String>,
    /// The event as it came.
    pub body: String,
    /// The request it came with.
    pub request_id: String,
}

const INSERT: &str = "insert into hook_events (id, event_key, lane, road, event_type, published_at, received_at, state, \
     reason, tries, due_at, settled_at, odd, body, request_id)";

/// Adds what is not there yet; tells how many that were. In the order of the keys, so that two deliveries of the same
/// events wait for each other instead of standing in each other's way.
///
/// # Errors
/// What the engine reports.
pub async fn insert(tx: &mut Tx, mut events: Vec<NewEvent>) -> Result<u64> {
    tx.quiet(Quiet::HookInbox);
    events.sort_by(|one, other| one.key.cmp(&other.key));
    events.dedup_by(|one, other| one.key == other.key);
    let binds: Vec<[Bind; 15]> = events.into_iter().map(bind).collect();
    rows::insert(tx, INSERT, &binds, "on conflict (event_key) do nothing").await
}

fn bind(event: NewEvent) -> [Bind; 15] {
    let settled = (event.state != HookState::Received).then_some(event.received_at);
    let reason = settled.and_then(|_| event.odd.clone());
    [
        event.id.into(),
        event.key.into(),
        event.lane.into(),
        event.road.as_str().into(),
        event.event_type.into(),
        event.published_at.into(),
        event.received_at.into(),
        event.state.as_str().into(),
        reason.into(),
        0.into(),
        event.received_at.into(),
        settled.into(),
        event.odd.into(),
        event.body.into(),
        event.request_id.into(),
    ]
}

/// Notes that an event which waits, and was read from the log, has come by another road: it is held no more.
///
/// # Errors
/// What the engine reports.
pub async fn take_over(tx: &mut Tx, key: &str, road: HookRoad) -> Result<()> {
    const SQL: &str = "update hook_events set road = $2 where event_key = $1 and road = 'log' and settled_at is null";
    tx.quiet(Quiet::HookInbox);
    query!(tx, SQL, key, road => execute).map(drop)
}

/// Remembers a signed message; tells whether it is new. Of two at once, one waits and then knows it.
///
/// # Errors
/// What the engine reports.
pub async fn remember_message(tx: &mut Tx, key: &str) -> Result<bool> {
    const SQL: &str =
        "insert into hook_messages (message_key, seen_at) values ($1, $2) on conflict (message_key) do nothing";
    let now = tx.now();
    tx.quiet(Quiet::HookInbox);
    query!(tx, SQL, key, now => execute).map(|rows| rows == 1)
}

/// The first event of a lane that may be tried now.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Head {
    /// The event.
    pub id: Id,
    /// Its lane.
    pub lane: String,
    /// How often it has failed.
    pub tries: i64,
    /// The request it came with.
    pub request_id: String,
}

/// The heads of the next lanes after `after`, in the order of the lanes. A head is the oldest of its lane among all that
/// are due: one that waits after a failure holds up nobody, and neither does what was read from the log while that is held.
///
/// # Errors
/// What the engine reports.
pub async fn list_heads(view: &mut View, after: &str, now: Time, most: i64, log_held: bool) -> Result<Vec<Head>> {
    // From lane to lane along the index, and one look at each: what waits behind a head costs nothing. A lane is walked
    // into only where its oldest are not due.
    const SQL: &str = "with recursive lanes(lane) as (select (select o.lane from hook_events o where o.settled_at is null \
         and o.lane > $1 order by o.lane limit 1) as lane union all select (select o.lane from hook_events o \
         where o.settled_at is null and o.lane > lanes.lane order by o.lane limit 1) from lanes where lanes.lane is not null) \
         select heads.id from (select (select o.id from hook_events o where o.lane = lanes.lane and o.settled_at is null \
         and o.due_at <= $2 and (o.road <> 'log' or not $4) order by o.published_at, o.id limit 1) as id from lanes \
         where lanes.lane is not null) heads where heads.id is not null limit $3";
    let ids: Vec<Id> =
        query!(view, SQL, after, now, most, log_held => fetch_all (Id,))?.into_iter().map(|row| row.0).collect();
    let mut heads: Vec<Head> = Vec::with_capacity(ids.len());
    for binds in rows::id_pieces(view.engine(), &ids) {
        let holes = rows::list(1, &binds);
        let sql = format!("select id, lane, tries, request_id from hook_events where id in ({holes})");
        heads.extend(rows::fetch::<Head>(view, sql, &binds).await?);
    }
    heads.sort_by(|one, other| one.lane.cmp(&other.lane));
    Ok(heads)
}

/// The head of one lane, where anything of it is due.
///
/// # Errors
/// What the engine reports.
pub async fn find_head(view: &mut View, lane: &str, now: Time, log_held: bool) -> Result<Option<Head>> {
    const SQL: &str = "select id, lane, tries, request_id from hook_events \
         where lane = $1 and settled_at is null and due_at <= $2 and (road <> 'log' or not $3) \
         order by published_at, id limit 1";
    query!(view, SQL, lane, now, log_held => fetch_optional Head)
}

/// An event that a unit of work holds, to be settled by it.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Claimed {
    /// The row's id, the cause of all it leads to.
    pub id: Id,
    /// By which road it came first.
    pub road: HookRoad,
    /// Its type, where it has one.
    pub event_type: Option<String>,
    /// When it happened, or when it came where it does not say.
    pub published_at: Time,
    /// When it came.
    pub received_at: Time,
    /// What is odd about it, where something is.
    pub odd: Option<String>,
    /// The event as it came: one JSON value.
    pub body: String,
}

/// Takes the head of a lane: none when it is no longer the head, is settled, or is held by another.
///
/// # Errors
/// What the engine reports.
pub async fn claim(tx: &mut Tx, id: Id, log_held: bool) -> Result<Option<Claimed>> {
    let now = tx.now();
    query!(tx, CLAIM, id, now, log_held => fetch_optional Claimed)
}

const CLAIM: super::dialect::Pair = super::dialect::locking!(
    "select e.id, e.road, e.event_type, e.published_at, e.received_at, e.odd, e.body from hook_events e \
     where e.id = $1 and e.body is not null and e.settled_at is null and e.due_at <= $2 \
     and e.id = (select o.id from hook_events o where o.lane = e.lane and o.settled_at is null and o.due_at <= $2 \
     and (o.road <> 'log' or not $3) order by o.published_at, o.id limit 1)";
    "for update of e skip locked"
);

/// Settles a claimed event.
///
/// # Errors
/// What the engine reports.
pub async fn settle(tx: &mut Tx, id: Id, state: HookState, reason: Option<&str>) -> Result<()> {
    const SQL: &str = "update hook_events set state = $2, reason = $3, settled_at = $4 where id = $1";
    let now = tx.now();
    tx.quiet(Quiet::HookInbox);
    query!(tx, SQL, id, state, reason, now => execute).map(drop)
}

/// Notes a failure of the event as `head` showed it: it waits until `due`, or is dead where there is none. Tells whether
/// it was still so.
///
/// # Errors
/// What the engine reports.
pub async fn put_off(tx: &mut Tx, head: &Head, due: Option<Time>, reason: &str) -> Result<bool> {
    const SQL: &str = "update hook_events set state = $3, reason = $4, tries = tries + 1, due_at = $5, settled_at = $6 \
         where id = $1 and tries = $2 and settled_at is null";
    let now = tx.now();
    let state = if due.is_some() { HookState::Failed } else { HookState::Dead };
    let settled = due.is_none().then_some(now);
    tx.quiet(Quiet::HookInbox);
    let noted = query!(tx, SQL, head.id, head.tries, state, reason, due.unwrap_or(now), settled => execute)?;
    Ok(noted == 1)
}

/// An event in the inbox, whatever became of it.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Kept {
    /// The row's id, the cause of all it leads to.
    pub id: Id,
    /// What makes it the same as another.
    pub event_key: String,
    /// Whose history it belongs to.
    pub lane: String,
    /// By which road it came.
    pub road: HookRoad,
    /// Its type, where it has one.
    pub event_type: Option<String>,
    /// When it happened, or when it came where it does not say.
    pub published_at: Time,
    /// When it came.
    pub received_at: Time,
    /// What became of it.
    pub state: HookState,
    /// Why, where that is worth a word.
    pub reason: Option<String>,
    /// How often it has failed.
    pub tries: i64,
    /// When it may be tried.
    pub due_at: Time,
    /// When it came to its end.
    pub settled_at: Option<Time>,
    /// What is odd about it, where something is.
    pub odd: Option<String>,
    /// The event as it came; dropped some time after its end.
    pub body: Option<String>,
    /// The request it came with.
    pub request_id: String,
}

/// One event.
///
/// # Errors
/// What the engine reports.
pub async fn find(link: &mut impl Link, id: Id) -> Result<Option<Kept>> {
    const SQL: &str = "select id, event_key, lane, road, event_type, published_at, received_at, state, reason, tries, due_at, \
         settled_at, odd, body, request_id from hook_events where id = $1";
    query!(link, SQL, id => fetch_optional Kept)
}

/// A page of the inbox, the last that came first: what came before the moment and id that `before` names. The bodies are
/// left out.
///
/// # Errors
/// What the engine reports.
pub async fn list(link: &mut impl Link, state: Option<HookState>, before: (Time, Id), most: i64) -> Result<Vec<Kept>> {
    const ALL: &str = "select id, event_key, lane, road, event_type, published_at, received_at, state, reason, tries, due_at, \
         settled_at, odd, null as body, request_id from hook_events where (received_at, id) < ($1, $2) \
         order by received_at desc, id desc limit $3";
    const ONE: &str = "select id, event_key, lane, road, event_type, published_at, received_at, state, reason, tries, due_at, \
         settled_at, odd, null as body, request_id from hook_events where state = $4 and (received_at, id) < ($1, $2) \
         order by received_at desc, id desc limit $3";
    let (at, id) = before;
    match state {
        None => query!(link, ALL, at, id, most => fetch_all Kept),
        Some(state) => query!(link, ONE, at, id, most, state => fetch_all Kept),
    }
}

/// Holds an event until the unit ends, whatever its state; waits for whoever holds it.
///
/// # Errors
/// What the engine reports.
pub async fn lock(tx: &mut Tx, id: Id) -> Result<Option<Kept>> {
    query!(tx, LOCK, id => fetch_optional Kept)
}

const LOCK: super::dialect::Pair = super::dialect::locking!(
    "select id, event_key, lane, road, event_type, published_at, received_at, state, reason, tries, due_at, settled_at, \
     odd, body, request_id from hook_events where id = $1";
    "for update"
);

/// How many events stand in a state that somebody may worry about, and since when.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Depth {
    /// `received`, `failed` or `dead`.
    pub state: HookState,
    /// How many.
    pub events: i64,
    /// When the oldest of them came.
    pub oldest: Time,
}

/// What waits, what failed, and what is dead; a state that nothing stands in is left out.
///
/// # Errors
/// What the engine reports.
pub async fn depths(link: &mut impl Link) -> Result<Vec<Depth>> {
    const SQL: &str = "select state, count(*) as events, min(received_at) as oldest from hook_events \
         where state in ('received', 'failed', 'dead') group by state order by state";
    query!(link, SQL => fetch_all Depth)
}
