//! The breaker: many people losing access at once is an alarm, and may stop what nobody pushes by hand.
//!
//! It counts the deactivations that the audit tells, by whatever road, so that no deactivation waits for it. SCIM, live
//! hooks and admins are never held: ending access always works.

use std::time::Duration;

use crate::audit::{Action, Entry};
use crate::clock::Time;
use crate::config::BreakerRule;
use crate::error::Result;
use crate::store::{Link, Tx, breaker};

pub use crate::store::breaker::Breaker;

/// The time in which deactivations count together. For as long after a trip or a release it does not trip again.
pub const WINDOW: Duration = Duration::from_mins(10);
/// The fewest deactivations that a part of the active people is asked of: one of three people is no burst.
pub const LEAST: i64 = 5;

/// How many people lost access within the window, where that is an alarm.
///
/// # Errors
/// What the engine reports.
pub async fn measure(link: &mut impl Link, rule: BreakerRule, now: Time) -> Result<Option<i64>> {
    let people = i64::from(rule.people);
    let lost = breaker::count_deactivated(link, now.minus(WINDOW), people + 1).await?;
    if lost > people {
        return Ok(Some(lost));
    }
    if lost < LEAST {
        return Ok(None);
    }
    // More than the part means: fewer were active before than this.
    let enough = lost * 100 / i64::from(rule.percent) + 1;
    let before = breaker::count_active(link, enough).await? + lost;
    Ok((lost * 100 > before * i64::from(rule.percent)).then_some(lost))
}

/// Trips the breaker where it is due, and says so once a burst; tells whether it holds now.
///
/// # Errors
/// What the engine reports.
pub async fn watch(tx: &mut Tx, rule: BreakerRule) -> Result<bool> {
    let now = tx.now();
    if let Some(lost) = measure(tx, rule, now).await?
        && breaker::trip(tx, now.minus(WINDOW), lost, rule.holds).await?
    {
        let said = Entry::service(Action::BreakerTripped).with("deactivated", lost).with("holds", rule.holds);
        tx.say(said.with("people", rule.people).with("percent", rule.percent));
    }
    is_held(tx, rule).await
}

/// Whether catching up and repairs wait for somebody to say yes.
///
/// # Errors
/// What the engine reports.
pub async fn is_held(link: &mut impl Link, rule: BreakerRule) -> Result<bool> {
    Ok(rule.holds && breaker::find(link).await?.is_some_and(|breaker| breaker.is_held))
}

/// Lets what is held go on; for the length of the window nothing trips. Tells whether anything was held.
///
/// # Errors
/// What the engine reports.
pub async fn release(tx: &mut Tx) -> Result<bool> {
    let was_held = breaker::release(tx).await?;
    if was_held {
        tx.say(Entry::service(Action::BreakerReleased));
    }
    Ok(was_held)
}
