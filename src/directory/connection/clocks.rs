//! How long event hooks are on their way, and whether this machine and Okta agree on the time.

use std::time::Duration;

use super::{Asked, Facts, Level, Part, Topic};
use crate::clock::Time;
use crate::model::age::span;

/// A hook that is on its way for longer is worth a look: Okta delivers within minutes.
const SLOW: Duration = Duration::from_mins(15);
/// Clocks that differ by more are worth a look; by more than the second, signatures that name their time are refused.
const APART: (i64, i64) = (60, 300);

const fn seconds(micros: i64) -> i64 {
    micros / 1_000_000
}

/// How long deliveries took, in microseconds, the shortest first; what came before it happened took no time.
fn delays(facts: &Facts) -> Vec<i64> {
    let took = |(happened, came): &(Time, Time)| came.micros().saturating_sub(happened.micros()).max(0);
    let mut delays: Vec<i64> = facts.hooks.iter().map(took).collect();
    delays.sort_unstable();
    delays
}

/// The delay that nineteen of twenty did not exceed.
fn most_of(delays: &[i64]) -> Option<i64> {
    delays.get((delays.len() * 19).div_ceil(20).saturating_sub(1)).copied()
}

pub(super) fn lag(facts: &Facts) -> Part {
    let delays = delays(facts);
    let Some(most) = most_of(&delays) else {
        return Part::off(Topic::HookLag, "No event hook in the last 24 hours.");
    };
    let told = if seconds(most) == 0 { "a second".to_owned() } else { span(seconds(most)) };
    let events =
        if delays.len() == 1 { "The one event".to_owned() } else { format!("Of {} events, 95 %", delays.len()) };
    let is_slow = most > i64::try_from(SLOW.as_micros()).unwrap_or(i64::MAX);
    let level = if is_slow { Level::Warn } else { Level::Good };
    Part::of(Topic::HookLag, level, format!("{events} that hooks brought in the last 24 hours came within {told}."))
}

/// By how many seconds this machine is ahead of Okta, and how that is known: by the date of Okta's last answer, else by an
/// event that came before it happened, which tells of a clock behind only.
fn skew(facts: &Facts, asked: &Asked<'_>) -> Option<(i64, &'static str)> {
    let told = asked.ahead.map(|ahead| (ahead, "as the date of its last answer tells"));
    let early = facts.hooks.iter().map(|(happened, came)| came.micros() - happened.micros()).min();
    let early = early.map(seconds).filter(|early| *early < 0);
    told.or_else(|| early.map(|early| (early, "as an event tells that came before it happened")))
}

pub(super) fn clock(facts: &Facts, asked: &Asked<'_>) -> Part {
    let Some((ahead, how)) = skew(facts, asked) else {
        return Part::off(
            Topic::Clock,
            "Not known: the System Log is not read by this process, and no event came before it happened.",
        );
    };
    let level = match ahead.abs() {
        apart if apart > APART.1 => Level::Bad,
        apart if apart > APART.0 => Level::Warn,
        _ => Level::Good,
    };
    if level == Level::Good {
        return Part::of(Topic::Clock, level, format!("This server and Okta agree on the time, {how}."));
    }
    let side = if ahead > 0 { "ahead of" } else { "behind" };
    let why = format!("The clock of this server is {} {side} Okta's, {how}. Set it by NTP.", span(ahead.abs()));
    Part::of(Topic::Clock, level, why)
}

#[cfg(test)]
mod tests {
    use super::super::parts::tests::{asked, before, facts};
    use super::*;

    fn hooks(seconds: &[i64]) -> Facts {
        let happened = before(60);
        let came = |seconds: &i64| Time::from_micros(happened.micros() + seconds * 1_000_000);
        Facts { hooks: seconds.iter().map(|seconds| (happened, came(seconds))).collect(), ..facts(&[]) }
    }

    #[test]
    fn one_slow_delivery_of_twenty_is_no_slow_hook() {
        let mut took = vec![3; 19];
        assert_eq!(lag(&hooks(&[])).level, Level::Waiting);
        assert!(lag(&hooks(&took)).why.ends_with("came within 3 seconds."), "{:?}", lag(&hooks(&took)).why);
        took.push(2_000);
        assert_eq!(lag(&hooks(&took)).level, Level::Good);
        took.push(2_000);
        assert_eq!(lag(&hooks(&took)).level, Level::Warn);
        assert!(lag(&hooks(&[-5])).why.contains("The one event"));
    }

    #[test]
    fn clocks_are_judged_by_okta_s_answer_else_by_what_came_too_early() {
        let level = |ahead, came: &[i64]| {
            let part = clock(&hooks(came), &Asked { ahead, ..asked() });
            (part.level, part.why.contains("behind"))
        };
        assert_eq!(level(None, &[5]), (Level::Waiting, false));
        assert_eq!(level(Some(-2), &[]), (Level::Good, false));
        assert_eq!(level(Some(61), &[]), (Level::Warn, false));
        assert_eq!(level(Some(-301), &[]), (Level::Bad, true));
        assert_eq!(level(None, &[9, -90]), (Level::Warn, true));
        assert_eq!(level(Some(0), &[-90]), (Level::Good, false), "what Okta says now counts more than an old event");
    }
}
