//! The workers of the inbox: each takes the oldest due event of a lane and applies it, and brings the spool in.
//!
//! A worker looks for lanes without holding anything, then claims one inside the unit that applies its event. Whatever
//! ends a worker ends the claim with it, and leaves the event as it was.

use std::path::Path;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::watch;
use tokio::task::JoinSet;

use crate::access::secret::random_bytes;
use crate::ctx::Ctx;
use crate::directory::breaker;
use crate::directory::hooks::{self, Applied, Delivery, Head};
use crate::error::{Error, Result};
use crate::http::App;
use crate::http::hooks::spool::Spool;
use crate::model::hook::HookRoad;
use crate::model::words::Word;
use crate::store::{View, hook_inbox};

/// How long an idle worker sleeps unless it is woken: what failed comes due without a word.
const POLL: Duration = Duration::from_secs(1);
/// How long a worker rests while the database is away.
const REST: Duration = Duration::from_secs(2);
/// How many lanes a worker takes up before it looks again.
const LOOK: i64 = 16;
/// How many events of a lane a worker applies in one go.
const RUN: u32 = 32;

/// Runs the workers of this process until `stop` says so; each finishes the event it holds.
pub async fn run(app: &App, stop: &watch::Receiver<bool>) {
    let mut workers = JoinSet::new();
    for _ in 0..app.hooks.workers {
        workers.spawn(worker(Arc::clone(app), stop.clone()));
    }
    while let Some(ended) = workers.join_next().await {
        if let Err(error) = ended {
            tracing::error!(%error, "a worker of the hook inbox ended badly");
        }
    }
}

async fn worker(app: App, mut stop: watch::Receiver<bool>) {
    while !*stop.borrow() {
        let pause = match work_once(&app).await {
            Ok(true) => continue,
            Ok(false) => POLL,
            Err(error) => {
                tracing::warn!(%error, "the hook inbox cannot be worked on; it is looked at again");
                REST
            }
        };
        tokio::select! {
            () = app.hooks.wake.notified() => {}
            () = tokio::time::sleep(pause) => {}
            _ = stop.changed() => {}
        }
    }
}

/// Applies what stands at the head of the lanes that wait longest; tells whether there was anything to take.
///
/// # Errors
/// That the database is away. What an event itself fails by is noted with it.
pub async fn work_once(app: &App) -> Result<bool> {
    let mut view = app.db.view().await?;
    let is_held = breaker::is_held(&mut view, app.breaker).await?;
    let mut heads = look(app, &mut view, is_held).await?;
    drop(view);
    if heads.len() > 1 {
        // There is more than one worker can do. Each begins elsewhere, so that they seldom reach for the same.
        app.hooks.wake.notify_one();
        let [chance] = random_bytes::<1>();
        let begin = usize::from(chance) % heads.len();
        heads.rotate_left(begin);
    }
    let mut took = false;
    for head in heads {
        took |= follow(app, head).await?;
    }
    Ok(took)
}

/// The heads of the next lanes after those that were looked at last, round and round: so none waits for ever, and the
/// workers of a process spread.
async fn look(app: &App, view: &mut View, is_held: bool) -> Result<Vec<Head>> {
    let (now, last) = (app.clock.now(), std::mem::take(&mut *held(&app.hooks.looked)));
    let mut heads = hook_inbox::list_heads(view, &last, now, LOOK, is_held).await?;
    let more = LOOK - i64::try_from(heads.len()).unwrap_or(LOOK);
    if more > 0 && !last.is_empty() {
        let from_the_start = hook_inbox::list_heads(view, "", now, more, is_held).await?;
        heads.extend(from_the_start.into_iter().filter(|head| head.lane <= last));
    }
    *held(&app.hooks.looked) = heads.last().map(|head| head.lane.clone()).unwrap_or_default();
    Ok(heads)
}

fn held(lane: &Mutex<String>) -> MutexGuard<'_, String> {
    lane.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Applies a lane from its head on, for a while: the others have their turn too. Tells whether there was anything to take.
async fn follow(app: &App, head: Head) -> Result<bool> {
    let (mut next, mut took) = (Some(head), 0);
    while let Some(head) = next.take()
        && took < RUN
        && !app.draining.load(Ordering::SeqCst)
    {
        let lane = head.lane.clone();
        if !attempt(app, head).await? {
            break;
        }
        took += 1;
        let mut view = app.db.view().await?;
        let is_held = breaker::is_held(&mut view, app.breaker).await?;
        next = hook_inbox::find_head(&mut view, &lane, app.clock.now(), is_held).await?;
    }
    Ok(took > 0)
}

/// Tries one event; tells whether it was there to be tried.
async fn attempt(app: &App, head: Head) -> Result<bool> {
    let (applying, tried) = (Arc::clone(app), head.clone());
    // A task of its own, so that a panic is one event's and not the worker's.
    let failure = match tokio::spawn(async move { apply(&applying, &tried).await }).await {
        Ok(Ok(applied)) => {
            if let Some(applied) = &applied {
                app.metrics.worked(applied.state().0.as_str());
            }
            return Ok(applied.is_some());
        }
        Ok(Err(error)) if hooks::is_outage(&error) => return Err(error),
        Ok(Err(error)) => told(&error),
        Err(error) if error.is_panic() => "a defect: applying it panicked".to_owned(),
        Err(_) => return Ok(false),
    };
    tracing::warn!(event = %head.id, tries = head.tries + 1, failure, "an event of Okta's could not be applied");
    app.metrics.worked("failed");
    let ctx = Ctx::okta_event(head.id, &head.request_id, app.clock.now());
    let work = (head, failure);
    app.db.unit(&ctx, &work, |tx, (head, failure)| Box::pin(hooks::put_off(tx, head, failure))).await
}

async fn apply(app: &App, head: &Head) -> Result<Option<Applied>> {
    let ctx = Ctx::okta_event(head.id, &head.request_id, app.clock.now());
    let work = (&app.hooks.apply, app.breaker, head.id);
    app.db.unit(&ctx, &work, |tx, (apply, rule, id)| Box::pin(hooks::work(tx, apply, *rule, *id))).await
}

/// An error with what lies behind it.
pub(super) fn told(error: &Error) -> String {
    let causes = std::iter::successors(std::error::Error::source(error), |cause| cause.source());
    causes.fold(error.to_string(), |text, cause| format!("{text}: {cause}"))
}

/// Brings in what the spool holds, oldest first; tells how many deliveries that were.
///
/// # Errors
/// That the database is still away, or what the disk reports. What is not brought in stays.
pub async fn drain_spool(app: &App) -> Result<u64> {
    let Some(spool) = &app.hooks.spool else { return Ok(0) };
    let mut brought = 0;
    for path in spool.list().map_err(Error::internal)? {
        match bring_in(app, spool, &path).await {
            Ok(is_new) => brought += u64::from(is_new),
            Err(error) if hooks::is_outage(&error) => return Err(error),
            // One that cannot be brought in stands in nobody's way.
            Err(error) => tracing::error!(%error, file = %path.display(), "a delivery stays in the spool"),
        }
    }
    if brought > 0 {
        tracing::info!(brought, "deliveries were brought in from the spool");
        app.hooks.wake.notify_one();
    }
    Ok(brought)
}

async fn bring_in(app: &App, spool: &Spool, path: &Path) -> Result<bool> {
    let Some(spooled) = spool.read(path).map_err(Error::internal)? else { return Ok(false) };
    let came_at = Some(spooled.came_at);
    let delivery = Delivery { road: HookRoad::Spool, came_at, ..Delivery::read(&spooled.body, None) };
    let ctx = Ctx { request_id: spooled.request_id, ..Ctx::job("hook spool", app.clock.now()) };
    app.db.unit(&ctx, &delivery, |tx, delivery| Box::pin(hooks::receive(tx, delivery))).await?;
    spool.remove(path).map_err(Error::internal)?;
    Ok(true)
}
