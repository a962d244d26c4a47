//! `replay_jobs` and `replay_items`: events of Okta's that are applied again in one go.

use super::db::{Link, Quiet, Tx};
use super::dialect::{Pair, locking};
use super::rows::{self, Bind};
use crate::clock::Time;
use crate::ctx::{ActorKind, Source};
use crate::error::Result;
use crate::model::Id;
use crate::model::hook::ReplayState;

/// A job, and how far it is.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct ReplayJob {
    /// The row's id.
    pub id: Id,
    /// Whether it runs.
    pub state: ReplayState,
    /// What kind of party asked.
    pub actor_kind: ActorKind,
    /// Its id within that kind.
    pub actor_id: Option<String>,
    /// Its name at the time.
    pub actor_name: String,
    /// Through which face it asked.
    pub source: Source,
    /// The request it asked with.
    pub request_id: String,
    /// Ties it to what was said when it began.
    pub cause_id: Id,
    /// How many events it has.
    pub total: i64,
    /// How many of them were tried.
    pub done: i64,
    /// How many of these changed something.
    pub changed: i64,
    /// How many of these failed.
    pub failed: i64,
    /// When it was asked for.
    pub created_at: Time,
    /// When it went on last.
    pub updated_at: Time,
    /// When it came to its end.
    pub finished_at: Option<Time>,
}

impl ReplayJob {
    /// How many of its events were applied and found nothing to change.
    #[must_use]
    pub fn unchanged(&self) -> i64 {
        self.done - self.changed - self.failed
    }
}

/// An event of a job.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Item {
    /// Its place in the job.
    pub place: i64,
    /// The event.
    pub event_id: Id,
    /// What became of it: a state of the inbox or `failed`; none while it waits.
    pub outcome: Option<String>,
    /// Why, where that is worth a word.
    pub reason: Option<String>,
}

macro_rules! job_columns {
    () => {
        "select id, state, actor_kind, actor_id, actor_name, source, request_id, cause_id, total, done, changed, failed, \
         created_at, updated_at, finished_at from replay_jobs "
    };
}

/// Adds a job with its events, in their order, and with the hash of the one-time value of the form that began it, where one
/// did.
///
/// # Errors
/// What the engine reports.
pub async fn insert(tx: &mut Tx, job: &ReplayJob, events: &[Id], once: Option<&[u8]>) -> Result<()> {
    const SQL: &str = "insert into replay_jobs (id, state, actor_kind, actor_id, actor_name, source, request_id, cause_id, \
         total, done, changed, failed, created_at, updated_at, finished_at, once_hash) \
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)";
    const ITEMS: &str = "insert into replay_items (job_id, place, event_id)";
    tx.quiet(Quiet::HookInbox);
    query!(tx, SQL, job.id, job.state, job.actor_kind, job.actor_id.as_deref(), job.actor_name.as_str(), job.source,
        job.request_id.as_str(), job.cause_id, job.total, job.done, job.changed, job.failed, job.created_at,
        job.updated_at, job.finished_at, once => execute)?;
    let row = |(place, event): (i64, &Id)| -> [Bind; 3] { [job.id.into(), place.into(), (*event).into()] };
    let items: Vec<[Bind; 3]> = (0..).zip(events).map(row).collect();
    rows::insert(tx, ITEMS, &items, "").await.map(drop)
}

/// One job.
///
/// # Errors
/// What the engine reports.
pub async fn find(link: &mut impl Link, id: Id) -> Result<Option<ReplayJob>> {
    const SQL: &str = concat!(job_columns!(), "where id = $1");
    query!(link, SQL, id => fetch_optional ReplayJob)
}

/// The job that a form began, by the hash of the form's one-time value.
///
/// # Errors
/// What the engine reports.
pub async fn begun_by(link: &mut impl Link, once: &[u8]) -> Result<Option<ReplayJob>> {
    const SQL: &str = concat!(job_columns!(), "where once_hash = $1");
    query!(link, SQL, once => fetch_optional ReplayJob)
}

/// The jobs that were asked for last, the newest first.
///
/// # Errors
/// What the engine reports.
pub async fn latest(link: &mut impl Link, most: i64) -> Result<Vec<ReplayJob>> {
    const SQL: &str = concat!(job_columns!(), "order by created_at desc, id desc limit $1");
    query!(link, SQL, most => fetch_all ReplayJob)
}

/// The oldest job that runs.
///
/// # Errors
/// What the engine reports.
pub async fn running(link: &mut impl Link) -> Result<Option<ReplayJob>> {
    const SQL: &str = concat!(job_columns!(), "where state = 'running' order by created_at, id limit 1");
    query!(link, SQL => fetch_optional ReplayJob)
}

#[derive(sqlx::FromRow)]
struct Count {
    found: i64,
}

/// How many jobs run, up to so many.
///
/// # Errors
/// What the engine reports.
pub async fn count_running(link: &mut impl Link, most: i64) -> Result<i64> {
    const SQL: &str = "select count(*) as found from (select id from replay_jobs where state = 'running' \
         order by created_at, id limit $1) as runs";
    Ok(query!(link, SQL, most => fetch_one Count)?.found)
}

const HOLD: Pair = locking!(job_columns!(), "where id = $1 and state = 'running'"; "for update skip locked");

/// Holds a job that runs until the unit ends; none when it does not, or another holds it.
///
/// # Errors
/// What the engine reports.
pub async fn hold(tx: &mut Tx, id: Id) -> Result<Option<ReplayJob>> {
    query!(tx, HOLD, id => fetch_optional ReplayJob)
}

const LOCK: Pair = locking!(job_columns!(), "where id = $1"; "for update");

/// Holds a job whatever its state; waits for whoever holds it.
///
/// # Errors
/// What the engine reports.
pub async fn lock(tx: &mut Tx, id: Id) -> Result<Option<ReplayJob>> {
    query!(tx, LOCK, id => fetch_optional ReplayJob)
}

/// The next event of a job.
///
/// # Errors
/// What the engine reports.
pub async fn next(link: &mut impl Link, job: Id) -> Result<Option<Item>> {
    const SQL: &str = "select place, event_id, outcome, reason from replay_items where job_id = $1 and outcome is null \
         order by place limit 1";
    query!(link, SQL, job => fetch_optional Item)
}

/// The first events of a job, those that failed before all others.
///
/// # Errors
/// What the engine reports.
pub async fn items(link: &mut impl Link, job: Id, most: i64) -> Result<Vec<Item>> {
    const FAILED: &str = "select place, event_id, outcome, reason from replay_items where job_id = $1 and outcome = 'failed' \
         order by place limit $2";
    const ALL: &str =
        "select place, event_id, outcome, reason from replay_items where job_id = $1 order by place limit $2";
    let mut found = query!(link, FAILED, job, most => fetch_all Item)?;
    let rest = query!(link, ALL, job, most => fetch_all Item)?;
    found.extend(rest.into_iter().filter(|item| item.outcome.as_deref() != Some("failed")));
    found.truncate(usize::try_from(most).unwrap_or(usize::MAX));
    Ok(found)
}

/// Notes what became of an event, and counts it.
///
/// # Errors
/// What the engine reports.
pub async fn settle(tx: &mut Tx, job: Id, item: &Item) -> Result<()> {
    const ITEM: &str = "update replay_items set outcome = $3, reason = $4 where job_id = $1 and place = $2";
    const JOB: &str = "update replay_jobs set done = done + 1, changed = changed + $2, failed = failed + $3, \
         updated_at = $4 where id = $1";
    let now = tx.now();
    let is = |word: &str| i64::from(item.outcome.as_deref() == Some(word));
    tx.quiet(Quiet::HookInbox);
    query!(tx, ITEM, job, item.place, item.outcome.as_deref(), item.reason.as_deref() => execute)?;
    query!(tx, JOB, job, is("applied"), is("failed"), now => execute).map(drop)
}

/// Ends a job.
///
/// # Errors
/// What the engine reports.
pub async fn end(tx: &mut Tx, job: Id, state: ReplayState) -> Result<()> {
    const SQL: &str = "update replay_jobs set state = $2, updated_at = $3, finished_at = $3 where id = $1";
    let now = tx.now();
    tx.quiet(Quiet::HookInbox);
    query!(tx, SQL, job, state, now => execute).map(drop)
}
