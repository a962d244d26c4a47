//! Events of Okta's applied again in one go: a job that a worker takes on, one event a unit, each in the name of who asked.

use crate::access::once::Once;
use crate::access::permission;
use crate::audit::{Action, Entry};
use crate::clock::Time;
use crate::ctx::{Actor, Ctx};
use crate::directory::hooks::{self, Apply};
use crate::error::{Error, Result};
use crate::model::Id;
use crate::model::hook::ReplayState;
use crate::model::policy::{Caller, Deed};
use crate::model::words::Word;
use crate::store::replay_jobs::{self, Item, ReplayJob};
use crate::store::{Link, Tx, hook_search};

/// There is no such job.
pub const NO_SUCH_REPLAY: &str = "There is no replay with this id.";
/// The most events that are named one by one.
pub const MOST_NAMED: usize = 100;
/// The most events of one job; what is beyond them is left for the next.
pub const MOST_EVENTS: i64 = 10_000;
/// The most jobs that run or wait at once.
pub const MOST_RUNNING: i64 = 20;
const NOTHING: &str = "There is no event to replay: none was chosen, or none of them is dead any more.";
const TOO_MANY: &str = "Many replays run already. Wait for them, or cancel some.";
/// The most ids that are named as being no event's.
const MOST_UNKNOWN: usize = 5;
/// What became of an event that could not be applied.
pub const FAILED: &str = "failed";

/// Which events are to be applied again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Chosen {
    /// These.
    These(Vec<Id>),
    /// All dead ones, or those that came since a moment.
    Dead(Option<Time>),
}

/// The events that were chosen, each once; of dead ones the oldest first, up to [`MOST_EVENTS`].
///
/// # Errors
/// [`Error::Invalid`] where an id is none of an event.
pub async fn events(link: &mut impl Link, chosen: &Chosen) -> Result<Vec<Id>> {
    match chosen {
        Chosen::Dead(since) => {
            let since = since.unwrap_or(Time::from_micros(0));
            hook_search::dead(link, since, MOST_EVENTS).await
        }
        Chosen::These(ids) => {
            let mut ids = ids.clone();
            // Ids are made in the order in which events come.
            ids.sort_unstable();
            ids.dedup();
            let there = hook_search::known(link, &ids).await?;
            let unknown: Vec<Id> = ids.iter().filter(|id| !there.contains(id)).copied().collect();
            if unknown.is_empty() { Ok(ids) } else { Err(Error::invalid("events", unknown_words(&unknown))) }
        }
    }
}

/// Names what is no event's id, up to [`MOST_UNKNOWN`] of them.
fn unknown_words(unknown: &[Id]) -> String {
    let named: Vec<String> = unknown.iter().take(MOST_UNKNOWN).map(Id::to_string).collect();
    let more = unknown.len() - named.len();
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    format!("there is no event with the id {}{more}", named.join(", "))
}

/// Begins a job in the name of whoever asks; a form that is sent again finds the job that it began. The caller is held,
/// because a job goes on in their name: it begins before their access ends, or not at all.
///
/// # Errors
/// [`Error::Forbidden`] when they lost access or role on the way, [`Error::Invalid`] where an id is none of an event,
/// [`Error::Conflict`] where there is nothing to replay, or [`MOST_RUNNING`] jobs run already.
pub async fn begin(tx: &mut Tx, caller: &Caller, chosen: &Chosen, once: Option<&Once>) -> Result<ReplayJob> {
    permission::demand_at_all(caller, Deed::ReplayHooks)?;
    permission::hold(tx, caller).await?;
    if let Some(once) = once
        && let Some(begun) = replay_jobs::begun_by(tx, once.bytes()).await?
    {
        return Ok(begun);
    }
    let events = events(tx, chosen).await?;
    if events.is_empty() {
        return Err(Error::conflict(NOTHING));
    }
    if replay_jobs::count_running(tx, MOST_RUNNING).await? >= MOST_RUNNING {
        return Err(Error::conflict(TOO_MANY));
    }
    let (now, ctx) = (tx.now(), tx.ctx().clone());
    let job = ReplayJob {
        id: Id::fresh(),
        state: ReplayState::Running,
        actor_kind: ctx.actor.kind,
        actor_id: ctx.actor.id,
        actor_name: ctx.actor.name,
        source: ctx.source,
        request_id: ctx.request_id,
        cause_id: ctx.cause,
        total: i64::try_from(events.len()).unwrap_or(i64::MAX),
        done: 0,
        changed: 0,
        failed: 0,
        created_at: now,
        updated_at: now,
        finished_at: None,
    };
    replay_jobs::insert(tx, &job, &events, once.map(Once::bytes)).await?;
    let said = Entry::service(Action::HookReplayBegun).with("replay", job.id.to_string()).with("events", job.total);
    let since = if let Chosen::Dead(Some(since)) = chosen { Some(since.rfc3339()) } else { None };
    tx.say(if let Some(since) = since { said.with("since", since) } else { said });
    Ok(job)
}

/// In whose name a job does what it does; each event is the cause of what it leads to.
#[must_use]
pub fn ctx(job: &ReplayJob, cause: Id, now: Time) -> Ctx {
    let actor = Actor { kind: job.actor_kind, id: job.actor_id.clone(), name: job.actor_name.clone() };
    Ctx { actor, source: job.source, now, cause, request_id: job.request_id.clone(), ip: None, user_agent: None }
}

/// Applies the next event of a job again, and notes what became of it; false when it is no longer the next, or another
/// replica is at it.
///
/// # Errors
/// Whatever applying it refuses; then nothing was changed.
pub async fn step(tx: &mut Tx, apply: &Apply, job: Id, item: &Item) -> Result<bool> {
    if !is_next(tx, job, item).await? {
        return Ok(false);
    }
    let applied = hooks::replay(tx, apply, item.event_id).await?;
    let (state, reason) = applied.state();
    let done = Item { outcome: Some(state.as_str().to_owned()), reason: reason.map(str::to_owned), ..item.clone() };
    replay_jobs::settle(tx, job, &done).await?;
    Ok(true)
}

/// Notes that the next event of a job could not be applied: the job goes on with the one after it.
///
/// # Errors
/// What the engine reports.
pub async fn pass_over(tx: &mut Tx, job: Id, item: &Item, reason: &str) -> Result<bool> {
    if !is_next(tx, job, item).await? {
        return Ok(false);
    }
    let reason = Some(hooks::told(reason));
    let done = Item { outcome: Some(FAILED.to_owned()), reason, ..item.clone() };
    replay_jobs::settle(tx, job, &done).await?;
    Ok(true)
}

async fn is_next(tx: &mut Tx, job: Id, item: &Item) -> Result<bool> {
    if replay_jobs::hold(tx, job).await?.is_none() {
        return Ok(false);
    }
    Ok(replay_jobs::next(tx, job).await?.as_ref() == Some(item))
}

/// Ends a job that has nothing left.
///
/// # Errors
/// What the engine reports.
pub async fn finish(tx: &mut Tx, id: Id) -> Result<()> {
    let Some(job) = replay_jobs::hold(tx, id).await? else { return Ok(()) };
    if replay_jobs::next(tx, id).await?.is_some() {
        return Ok(());
    }
    end(tx, &job, ReplayState::Done).await
}

/// Cancels a job: what was applied stays applied. One that has come to its end stays as it is. What only ends something asks
/// what the caller may by what they were when they came in, as every end of access does.
///
/// # Errors
/// [`Error::Forbidden`], [`Error::NotFound`].
pub async fn cancel(tx: &mut Tx, caller: &Caller, id: Id) -> Result<()> {
    permission::demand_at_all(caller, Deed::ReplayHooks)?;
    let job = replay_jobs::lock(tx, id).await?.ok_or_else(|| Error::not_found(NO_SUCH_REPLAY))?;
    if job.state != ReplayState::Running {
        return Ok(());
    }
    end(tx, &job, ReplayState::Cancelled).await
}

async fn end(tx: &mut Tx, job: &ReplayJob, state: ReplayState) -> Result<()> {
    replay_jobs::end(tx, job.id, state).await?;
    let said = Entry::service(Action::HookReplayEnded).with("replay", job.id.to_string()).with("state", state.as_str());
    let said = said.with("events", job.total).with("done", job.done).with("changed", job.changed);
    tx.say(said.with("unchanged", job.unchanged()).with("failed", job.failed));
    Ok(())
}
