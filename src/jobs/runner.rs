//! Runs the jobs of one process until it is told to stop, then empties the buffers a last time.

use std::time::Duration;

use tokio::sync::watch;
use tokio::time::{MissedTickBehavior, interval};

use super::catch_up::Reader;
use super::group_links::Mapper;
use super::reread::Rereader;
use super::{hook_inbox, outbox, replays, retention, sampling, turns};
use crate::ctx::Ctx;
use crate::directory::breaker;
use crate::error::Result;
use crate::http::App;

const FLUSH: Duration = Duration::from_secs(1);
const SWEEP: Duration = Duration::from_hours(1);

/// Runs until `stop` says so. A long sweep holds up no flush.
pub async fn run(app: App, audit_kept: Duration, stop: watch::Receiver<bool>) {
    tokio::join!(
        flushes(&app, stop.clone()),
        spool(&app, stop.clone()),
        hook_inbox::run(&app, &stop),
        replays::run(&app, stop.clone()),
        turns::follow(&app, Reader::default(), stop.clone()),
        turns::follow(&app, Mapper::default(), stop.clone()),
        turns::follow(&app, Rereader::default(), stop.clone()),
        outbox::run(&app, &stop),
        watches(&app, stop.clone()),
        samples(&app, stop.clone()),
        sweeps(&app, audit_kept, stop.clone()),
    );
    report("last flush", flush(&app, true).await);
}

async fn flushes(app: &App, mut stop: watch::Receiver<bool>) {
    let mut tick = interval(FLUSH);
    tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            _ = tick.tick() => report("flush", flush(app, false).await),
            _ = stop.changed() => return,
        }
    }
}

/// Looks for the alarm that many deactivations are, whichever replica or command they came by.
async fn watches(app: &App, mut stop: watch::Receiver<bool>) {
    if !app.watches {
        return;
    }
    let mut tick = interval(FLUSH);
    tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            _ = tick.tick() => report("breaker", watch_breaker(app).await),
            _ = stop.changed() => return,
        }
    }
}

/// Samples what the metrics show of the database and the disk.
async fn samples(app: &App, mut stop: watch::Receiver<bool>) {
    if !app.watches {
        return;
    }
    let mut tick = interval(sampling::EVERY);
    tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            _ = tick.tick() => report("sampling", sampling::sample(app).await),
            _ = stop.changed() => return,
        }
    }
}

/// Looks once whether the breaker is to trip. Nothing is written unless it is.
///
/// # Errors
/// What the engine reports.
pub async fn watch_breaker(app: &App) -> Result<()> {
    let now = app.clock.now();
    let mut view = app.db.view().await?;
    let is_due = breaker::measure(&mut view, app.breaker, now).await?.is_some();
    drop(view);
    if !is_due {
        return Ok(());
    }
    let ctx = Ctx::job("breaker", now);
    app.db.unit(&ctx, &app.breaker, |tx, rule| Box::pin(breaker::watch(tx, *rule))).await.map(drop)
}

/// What waits in the spool comes in once the database is there again; nothing that is answered waits for it.
async fn spool(app: &App, mut stop: watch::Receiver<bool>) {
    let mut tick = interval(FLUSH);
    tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            _ = tick.tick() => report("hook spool", hook_inbox::drain_spool(app).await.map(drop)),
            _ = stop.changed() => return,
        }
    }
}

async fn sweeps(app: &App, audit_kept: Duration, mut stop: watch::Receiver<bool>) {
    let mut tick = interval(SWEEP);
    let sweeping = async {
        loop {
            tick.tick().await;
            report("retention", sweep(app, audit_kept).await);
        }
    };
    tokio::select! {
        () = sweeping => {}
        _ = stop.changed() => {}
    }
}

fn report(job: &str, outcome: Result<()>) {
    if let Err(error) = outcome {
        tracing::warn!(job, %error, "a job failed; it runs again");
    }
}

async fn sweep(app: &App, audit_kept: Duration) -> Result<()> {
    let removed = retention::sweep(&app.db, &Ctx::job("retention", app.clock.now()), audit_kept).await?;
    if removed > 0 {
        tracing::info!(removed, "rows past their retention were removed");
    }
    Ok(())
}

/// Writes what requests left behind: the request log, when tokens were last used, refusals rolled up.
///
/// # Errors
/// What the engine reports.
pub async fn flush(app: &App, all: bool) -> Result<()> {
    let now = app.clock.now();
    app.log.flush(&app.db, &Ctx::job("request log", now)).await?;
    app.seen.flush(&app.db, &Ctx::job("last seen", now)).await?;
    app.marks.flush(&app.db, &Ctx::job("connection", now), all).await?;
    let rolled_up = app.refusals.take(now, all);
    if rolled_up.is_empty() {
        return Ok(());
    }
    let ctx = Ctx::job("refusals", now);
    let written = app.db.unit(&ctx, &rolled_up, |tx, rolled_up| {
        Box::pin(async move {
            for rolled in rolled_up {
                tx.say(rolled.entry());
            }
            Ok(())
        })
    });
    let written = written.await;
    if written.is_err() {
        app.refusals.restore(rolled_up);
    }
    written
}
