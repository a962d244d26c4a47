//! The worker of replays: applies the events of a job again, one a unit, until none is left or somebody cancels.
//!
//! Whatever ends a worker leaves the job where it is; the next look goes on there. Two replicas at one job take turns:
//! whoever holds it is left alone.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use tokio::sync::watch;

use crate::ctx::Ctx;
use crate::directory::replays;
use crate::error::{Error, Result};
use crate::http::App;
use crate::jobs::hook_inbox::told;
use crate::store::replay_jobs::{self, Item, ReplayJob};

/// How long an idle worker waits.
const POLL: Duration = Duration::from_secs(1);
/// How long a worker rests while the database is away, or another replica is at the job.
const REST: Duration = Duration::from_secs(2);

/// What a look at the jobs came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Worked {
    /// There was nothing to do.
    Idle,
    /// One thing was done.
    Done,
    /// Another replica is at it.
    Elsewhere,
}

/// Works until `stop` says so.
pub async fn run(app: &App, mut stop: watch::Receiver<bool>) {
    if app.hooks.workers == 0 {
        return;
    }
    while !*stop.borrow() && !app.draining.load(Ordering::SeqCst) {
        let pause = match work_once(app).await {
            Ok(Worked::Done) => continue,
            Ok(Worked::Idle) => POLL,
            Ok(Worked::Elsewhere) => REST,
            Err(error) => {
                tracing::warn!(%error, "replays cannot be worked on; they are looked at again");
                REST
            }
        };
        tokio::select! {
            () = tokio::time::sleep(pause) => {}
            _ = stop.changed() => {}
        }
    }
}

/// Applies the next event of the oldest job that runs, or ends the job.
///
/// # Errors
/// That the database is away or busy. What an event itself fails by is noted with it.
pub async fn work_once(app: &App) -> Result<Worked> {
    let mut view = app.db.view().await?;
    let Some(job) = replay_jobs::running(&mut view).await? else { return Ok(Worked::Idle) };
    let next = replay_jobs::next(&mut view, job.id).await?;
    drop(view);
    let Some(item) = next else {
        let ctx = replays::ctx(&job, job.cause_id, app.clock.now());
        app.db.unit(&ctx, &job.id, |tx, id| Box::pin(replays::finish(tx, *id))).await?;
        return Ok(Worked::Done);
    };
    let took = attempt(app, &job, item).await?;
    Ok(if took { Worked::Done } else { Worked::Elsewhere })
}

/// Tries one event; tells whether it was there to be tried.
async fn attempt(app: &App, job: &ReplayJob, item: Item) -> Result<bool> {
    let (applying, work) = (Arc::clone(app), (job.clone(), item.clone()));
    // A task of its own, so that a panic is one event's and not the worker's.
    let failure = match tokio::spawn(async move { apply(&applying, &work.0, &work.1).await }).await {
        Ok(Ok(took)) => return Ok(took),
        // That passes by itself, and the event is tried again.
        Ok(Err(error @ Error::Busy { .. })) => return Err(error),
        Ok(Err(error)) => told(&error),
        Err(error) if error.is_panic() => "a defect: applying it panicked".to_owned(),
        Err(_) => return Ok(false),
    };
    tracing::warn!(event = %item.event_id, failure, "an event of Okta's could not be applied again");
    let ctx = Ctx::job("replays", app.clock.now());
    let work = (job.id, item, failure);
    app.db.unit(&ctx, &work, |tx, (job, item, failure)| Box::pin(replays::pass_over(tx, *job, item, failure))).await
}

async fn apply(app: &App, job: &ReplayJob, item: &Item) -> Result<bool> {
    let ctx = replays::ctx(job, item.event_id, app.clock.now());
    let work = (&app.hooks.apply, job.id, item);
    app.db.unit(&ctx, &work, |tx, (apply, job, item)| Box::pin(replays::step(tx, apply, *job, item))).await
}
