//! Samples what is counted in the database and on the disk for the metrics: now and then, not whenever somebody looks.

use std::time::Duration;

use crate::clock::Time;
use crate::directory::catch_up;
use crate::error::{Error, Result};
use crate::http::App;
use crate::model::hook::HookState;
use crate::model::words::Word;
use crate::store::{breaker, catch_up as cursors, gauges, hook_inbox};

/// How often.
pub const EVERY: Duration = Duration::from_secs(15);
/// The states that are shown, also while nothing stands in them.
const STATES: [HookState; 3] = [HookState::Received, HookState::Failed, HookState::Dead];

/// Samples once.
///
/// # Errors
/// What the engine or the disk reports; what was sampled before stays as it was, and its moment tells how old it is.
pub async fn sample(app: &App) -> Result<()> {
    let (now, shown) = (app.clock.now(), &app.metrics);
    // Before the database is asked: the spool fills while that is away.
    if let Some(spool) = &app.hooks.spool {
        shown.spool_bytes.set(i64::try_from(spool.size().map_err(Error::internal)?).unwrap_or(i64::MAX));
    }
    let mut view = app.db.view().await?;
    let depths = hook_inbox::depths(&mut view).await?;
    for state in STATES {
        let found = depths.iter().find(|depth| depth.state == state).map_or(0, |depth| depth.events);
        shown.hook_waiting.get_or_create(&[("state", state.as_str().to_owned())]).set(found);
    }
    let waits = depths.iter().filter(|depth| depth.state != HookState::Dead).map(|depth| depth.oldest).min();
    shown.hook_lag.set(waits.map_or(0.0, |oldest| seconds(now, oldest)));
    let breaker = breaker::find(&mut view).await?;
    shown.breaker_trips.set(breaker.as_ref().map_or(0, |breaker| breaker.trips));
    let is_held = app.breaker.holds && breaker.is_some_and(|breaker| breaker.is_held);
    shown.breaker_held.set(i64::from(is_held));
    if let Some(okta) = &app.okta {
        let cursor = cursors::find(&mut view, &catch_up::source(&okta.org)).await?;
        shown.catch_up_lag.set(cursor.map_or(0.0, |cursor| seconds(now, cursor.moved_at)));
    }
    shown.sessions.set(gauges::open_sessions(&mut view, now).await?);
    drop(view);
    shown.sampled_at.set(seconds(now, Time::from_micros(0)));
    Ok(())
}

#[expect(clippy::cast_precision_loss, reason = "a gauge of seconds needs no more than 52 bits of microseconds")]
fn seconds(now: Time, then: Time) -> f64 {
    (now.micros() - then.micros()).max(0) as f64 / 1e6
}
