//! Okta's events: kept before they are acknowledged, applied once, each in a unit of its own.
//!
//! What an event means is not decided here: [`work`] is handed the function that applies it.

use std::borrow::Cow;
use std::sync::Arc;
use std::time::Duration;

use serde_json::json;

use crate::access::secret::random_bytes;
use crate::audit::{Action, Entry};
use crate::clock::Time;
use crate::config::BreakerRule;
use crate::error::{Busy, Error, Result};
use crate::model::Id;
use crate::model::hook::{HookRoad, HookState};
use crate::model::words::Word;
use crate::okta::delivery::{self, Piece};
use crate::store::breaker;
use crate::store::hook_inbox::{self, NewEvent};
use crate::store::{Tx, Work};

pub use crate::store::hook_inbox::{Claimed, Head};

/// How often an event is tried before it is dead: five hours and a half in all.
pub const MAX_TRIES: usize = BACK_OFF.len() + 1;
/// How long an event waits after each failure, before the jitter.
const BACK_OFF: [Duration; 7] = [
    Duration::from_secs(1),
    Duration::from_secs(5),
    Duration::from_secs(30),
    Duration::from_mins(2),
    Duration::from_mins(10),
    Duration::from_hours(1),
    Duration::from_hours(4),
];
/// The most that chance adds to a wait, as a part of it: what failed together does not come back together.
const JITTER: u32 = 5;
/// Reasons are cut to this many characters.
const MAX_REASON: usize = 500;

/// A delivery whose proof was right.
#[derive(Clone, Debug)]
pub struct Delivery {
    /// What it carried.
    pub pieces: Vec<Piece>,
    /// By which road it came.
    pub road: HookRoad,
    /// When it came, where that is not now.
    pub came_at: Option<Time>,
    /// What names it as a message that counts once.
    pub message: Option<String>,
}

impl Delivery {
    /// A delivery as it comes in; `message` is the id that was signed with it, where one was.
    #[must_use]
    pub fn read(body: &[u8], message: Option<&str>) -> Self {
        let message = message.map(|id| delivery::message_key(id, body));
        Self { pieces: delivery::read(body), road: HookRoad::Hook, came_at: None, message }
    }
}

/// Keeps a delivery; tells how many of its events are new. What is known already is left as it is, and so is
/// everything that comes with a message that has been seen.
///
/// # Errors
/// What the engine reports; then nothing is kept, and nothing may be acknowledged.
pub async fn receive(tx: &mut Tx, delivery: &Delivery) -> Result<u64> {
    if let Some(message) = &delivery.message
        && !hook_inbox::remember_message(tx, message).await?
    {
        return Ok(0);
    }
    let came_at = delivery.came_at.unwrap_or(tx.now());
    let request_id = tx.ctx().request_id.clone();
    let row = |piece: &Piece| new_event(piece, delivery.road, came_at, &request_id);
    let events = delivery.pieces.iter().map(row).collect();
    let new = hook_inbox::insert(tx, events).await?;
    if delivery.road != HookRoad::Log && new < delivery.pieces.len() as u64 {
        release_known(tx, delivery).await?;
    }
    Ok(new)
}

/// What Okta delivers is never held, also where it was read from the log before and waits there.
async fn release_known(tx: &mut Tx, delivery: &Delivery) -> Result<()> {
    if !breaker::find(tx).await?.is_some_and(|breaker| breaker.is_held) {
        return Ok(());
    }
    for piece in &delivery.pieces {
        hook_inbox::take_over(tx, &piece.key, delivery.road).await?;
    }
    Ok(())
}

fn new_event(piece: &Piece, road: HookRoad, received_at: Time, request_id: &str) -> NewEvent {
    NewEvent {
        id: Id::fresh(),
        key: piece.key.clone(),
        lane: piece.lane.clone(),
        road,
        event_type: piece.event_type.clone(),
        published_at: piece.published.as_deref().and_then(Time::parse).unwrap_or(received_at),
        received_at,
        state: if piece.is_event() { HookState::Received } else { HookState::Ignored },
        odd: piece.odd.map(|odd| odd.as_str().to_owned()),
        body: piece.body.clone(),
        request_id: request_id.to_owned(),
    }
}

/// What became of an event, and why where that is worth a word.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Applied {
    /// It changed something.
    Applied,
    /// Everything was as it says already.
    NoChange(Cow<'static, str>),
    /// It is none that anything is done about.
    Ignored(Cow<'static, str>),
    /// Something newer is known of what it tells.
    Stale(Cow<'static, str>),
}

impl Applied {
    /// The state it leaves the event in, and the reason where there is one.
    #[must_use]
    pub fn state(&self) -> (HookState, Option<&str>) {
        match self {
            Self::Applied => (HookState::Applied, None),
            Self::NoChange(why) => (HookState::NoChange, Some(why)),
            Self::Ignored(why) => (HookState::Ignored, Some(why)),
            Self::Stale(why) => (HookState::Stale, Some(why)),
        }
    }
}

/// Applies a claimed event within the unit that settles it.
pub type Apply = Arc<dyn for<'t> Fn(&'t mut Tx, &'t Claimed) -> Work<'t, Applied> + Send + Sync>;

/// Claims an event, applies it and settles it: one unit, so that it is done once or not at all. None when it is no longer
/// its turn, or another holds it, or it was read from the log and the breaker holds that.
///
/// # Errors
/// Whatever applying it refuses; then nothing was changed.
pub async fn work(tx: &mut Tx, apply: &Apply, rule: BreakerRule, id: Id) -> Result<Option<Applied>> {
    let is_held = super::breaker::is_held(tx, rule).await?;
    let Some(event) = hook_inbox::claim(tx, id, is_held).await? else { return Ok(None) };
    if rule.holds && event.road == HookRoad::Log && super::breaker::watch(tx, rule).await? {
        return Ok(None);
    }
    let applied = apply(tx, &event).await?;
    let (state, reason) = applied.state();
    hook_inbox::settle(tx, id, state, reason.map(told).as_deref()).await?;
    Ok(Some(applied))
}

/// There is no such event.
pub const NO_SUCH_EVENT: &str = "There is no event with this id.";
/// The workers have it.
const WAITS: &str = "This event waits for its turn: the workers will apply it.";
/// Only its key is remembered.
const NO_BODY: &str = "The body of this event has been dropped: there is nothing to replay.";

/// Applies an event again that had come to its end, dead or not. Facts keep their order: what is known already, or older
/// than what is known, changes nothing.
///
/// # Errors
/// [`Error::NotFound`] when there is no such event, [`Error::Conflict`] when it waits for its turn or has no body any more,
/// and whatever applying it refuses; then nothing was changed.
pub async fn replay(tx: &mut Tx, apply: &Apply, id: Id) -> Result<Applied> {
    let kept = hook_inbox::lock(tx, id).await?.ok_or_else(|| Error::not_found(NO_SUCH_EVENT))?;
    if kept.settled_at.is_none() {
        return Err(Error::conflict(WAITS));
    }
    let body = kept.body.ok_or_else(|| Error::conflict(NO_BODY))?;
    let event = Claimed {
        id,
        road: kept.road,
        event_type: kept.event_type.clone(),
        published_at: kept.published_at,
        received_at: kept.received_at,
        odd: kept.odd,
        body,
    };
    let applied = apply(tx, &event).await?;
    let (state, reason) = applied.state();
    // What was applied once was applied, also when doing it again changes nothing.
    let stands = if kept.state == HookState::Applied { kept.state } else { state };
    if stands == state {
        hook_inbox::settle(tx, id, state, reason.map(told).as_deref()).await?;
    }
    let state = |state: HookState| json!({ "state": state.as_str() });
    let said = Entry::service(Action::HookReplayed).changed(state(kept.state), state(stands));
    tx.say(said.with("event", id.to_string()).with("type", kept.event_type));
    Ok(applied)
}

/// What a replay in this unit said beside that it is one: what it changed on the roll.
#[must_use]
pub fn changes(tx: &Tx) -> Vec<Entry> {
    tx.said().iter().filter(|entry| entry.action != Action::HookReplayed).cloned().collect()
}

/// What a replay would do: it is done, what it would say is kept, and everything is undone.
///
/// # Errors
/// Those of [`replay`].
pub async fn preview(mut tx: Tx, apply: &Apply, id: Id) -> Result<(Applied, Vec<Entry>)> {
    let applied = replay(&mut tx, apply, id).await;
    let said = changes(&tx);
    tx.rollback().await;
    Ok((applied?, said))
}

/// Whether a failure is not the event's: the database is away, and will say so of every other event too.
#[must_use]
pub fn is_outage(error: &Error) -> bool {
    matches!(error, Error::Busy { why: Busy::Pool | Busy::Database | Busy::Unconfirmed, .. })
}

/// Notes that an event could not be applied: it waits, longer each time, and is dead after [`MAX_TRIES`].
///
/// # Errors
/// What the engine reports.
pub async fn put_off(tx: &mut Tx, head: &Head, reason: &str) -> Result<bool> {
    let now = tx.now();
    let wait = usize::try_from(head.tries).ok().and_then(|tries| BACK_OFF.get(tries));
    let due = wait.map(|wait| now.plus(*wait + jitter(*wait)));
    hook_inbox::put_off(tx, head, due, &told(reason)).await
}

fn jitter(wait: Duration) -> Duration {
    let [chance] = random_bytes::<1>();
    wait * u32::from(chance) / u32::from(u8::MAX) / JITTER
}

/// A reason as both engines take it, and no longer than a reader reads.
pub(super) fn told(reason: &str) -> String {
    reason.chars().filter(|c| !c.is_control()).take(MAX_REASON).collect()
}
