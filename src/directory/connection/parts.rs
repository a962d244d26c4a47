//! The judgement of each part: how it does, and why in a sentence or two.

use std::time::Duration;

use super::{Asked, BLUR, Facts, Level, Part, Topic, WINDOW};
use super::{clocks, glass, tokens};
use crate::clock::Time;
use crate::model::age::ago;
use crate::model::connection::Mark;
use crate::model::hook::HookState;
use crate::store::scim_request_list::{Failed, MOST_COUNTED};

/// From this many requests on a share of failures means something.
const ENOUGH: i64 = 20;
/// More failures than this, in percent, are worth a look; more than the second are a broken connection.
const ERRORS: (i64, i64) = (5, 25);
/// An event that waits longer is worth a look; longer than the second, nothing is applied any more.
const WAITS: (Duration, Duration) = (Duration::from_mins(1), Duration::from_mins(10));
/// The same for the place in the System Log.
const LAG: (Duration, Duration) = (Duration::from_mins(5), Duration::from_hours(1));

/// The judgement of every part.
#[must_use]
pub fn judge(facts: &Facts, asked: &Asked<'_>) -> Vec<Part> {
    vec![
        scim(facts, asked.now),
        errors(facts),
        tokens::judge(facts, asked.now),
        hook(facts, asked.now),
        clocks::lag(facts),
        queue(facts, asked.now),
        dead(facts, asked.now),
        log(facts, asked),
        alarm(facts, asked),
        drift(facts, asked.now),
        spool(asked.spool),
        clocks::clock(facts, asked),
        glass::judge(facts, asked.now),
    ]
}

fn scim(facts: &Facts, now: Time) -> Part {
    let Some(good) = facts.marks.last(Mark::ScimAnswered) else { return first_request(facts, now) };
    let newer = facts.failures.iter().find(|failed| failed.at > good.plus(BLUR));
    let Some(failed) = newer else {
        let why = format!("The last good request came {}.", ago(now, good));
        return Part::of(Topic::Scim, Level::Good, why).at(good);
    };
    let (last, good) = (ago(now, failed.at), ago(now, good));
    let (level, why) = match failed.token_id {
        None => (
            Level::Warn,
            format!(
                "A request without a good token was refused {last}; the last good one came {good}. If it was Okta, \
                 enter a token that works there."
            ),
        ),
        Some(_) => (
            if failed.status >= 500 { Level::Bad } else { Level::Warn },
            format!(
                "The last request failed {last} with {}; the last good one came {good}. {}",
                failed.status,
                detail(failed)
            ),
        ),
    };
    Part { request: Some(failed.id), ..Part::of(Topic::Scim, level, why).at(failed.at) }
}

fn first_request(facts: &Facts, now: Time) -> Part {
    let Some(failed) = facts.failures.first() else {
        return Part::off(Topic::Scim, "No SCIM request has come yet.");
    };
    let why = format!(
        "No SCIM request was answered yet; the last try was refused with {} {}. {}",
        failed.status,
        ago(now, failed.at),
        detail(failed)
    );
    Part { request: Some(failed.id), ..Part::of(Topic::Scim, Level::Bad, why).at(failed.at) }
}

/// What the client was told, which is written for an admin.
fn detail(failed: &Failed) -> &str {
    failed.detail.as_deref().unwrap_or_default()
}

fn errors(facts: &Facts) -> Part {
    let (all, failed) = facts.requests;
    if all == 0 {
        return Part::off(Topic::Errors, "No SCIM request in the last 24 hours.");
    }
    let more = if all >= MOST_COUNTED { "more than " } else { "" };
    let why = format!("{failed} of {more}{all} SCIM requests failed in the last 24 hours.");
    let level = match failed * 100 / all {
        _ if all < ENOUGH || failed == 0 => Level::Good,
        share if share > ERRORS.1 => Level::Bad,
        share if share > ERRORS.0 => Level::Warn,
        _ => Level::Good,
    };
    Part::of(Topic::Errors, level, why)
}

fn hook(facts: &Facts, now: Time) -> Part {
    let last = |mark| facts.marks.last(mark);
    let refused = last(Mark::HookRefused);
    let Some(good) = last(Mark::HookDelivered).max(last(Mark::HookVerified)) else {
        let Some(refused) = refused else { return Part::off(Topic::Hook, "No event hook has come yet.") };
        let why =
            format!("An event hook was refused {}: its secret is not the one this server has.", ago(now, refused));
        return Part::of(Topic::Hook, Level::Bad, why).at(refused);
    };
    if let Some(refused) = refused.filter(|refused| *refused > good.plus(BLUR)) {
        let why = format!(
            "A delivery was refused {}; the last good one came {}. If it was Okta, the secret there is not the one this server has.",
            ago(now, refused),
            ago(now, good)
        );
        return Part::of(Topic::Hook, Level::Warn, why).at(refused);
    }
    match last(Mark::HookDelivered) {
        Some(at) => Part::of(Topic::Hook, Level::Good, format!("The last delivery came {}.", ago(now, at))).at(at),
        None => Part::of(Topic::Hook, Level::Good, "Verified; nothing was delivered yet.").at(good),
    }
}

fn older(now: Time, then: Time, (warn, bad): (Duration, Duration)) -> Level {
    if then.plus(bad) < now {
        Level::Bad
    } else if then.plus(warn) < now {
        Level::Warn
    } else {
        Level::Good
    }
}

fn queue(facts: &Facts, now: Time) -> Part {
    let waiting = || facts.depths.iter().filter(|depth| depth.state != HookState::Dead);
    let Some(oldest) = waiting().map(|depth| depth.oldest).min() else {
        return Part::of(Topic::Queue, Level::Good, "No event waits.");
    };
    let count: i64 = waiting().map(|depth| depth.events).sum();
    let events = if count == 1 { "1 event waits; it".to_owned() } else { format!("{count} events wait; the oldest") };
    let why = format!("{events} came {}.", ago(now, oldest));
    Part::of(Topic::Queue, older(now, oldest, WAITS), why).at(oldest)
}

fn dead(facts: &Facts, now: Time) -> Part {
    let Some(dead) = facts.depths.iter().find(|depth| depth.state == HookState::Dead) else {
        return Part::of(Topic::Dead, Level::Good, "Every event could be applied.");
    };
    let events = if dead.events == 1 { "1 event".to_owned() } else { format!("{} events", dead.events) };
    let why = format!(
        "{events} could not be applied, the first {}, and are not tried any more. Look at the reason, then replay.",
        ago(now, dead.oldest)
    );
    Part::of(Topic::Dead, Level::Warn, why).at(dead.oldest)
}

fn log(facts: &Facts, asked: &Asked<'_>) -> Part {
    if asked.org.is_none() {
        let why = "Off: OKTA_API_TOKEN is not set. An event hook that is lost on the way stays lost.";
        return Part::off(Topic::CatchUp, why);
    }
    let Some(cursor) = &facts.cursor else {
        return Part::off(Topic::CatchUp, "The System Log was not read yet.");
    };
    let read = ago(asked.now, cursor.moved_at);
    let upto =
        cursor.reached_at.map_or_else(String::new, |at| format!(" Its newest event is from {}.", ago(asked.now, at)));
    let level = older(asked.now, cursor.moved_at, LAG);
    let why = format!("The System Log was last read {read}.{upto}");
    Part::of(Topic::CatchUp, level, why).at(cursor.moved_at)
}

fn alarm(facts: &Facts, asked: &Asked<'_>) -> Part {
    let Some(breaker) = &facts.breaker else {
        return Part::of(Topic::Breaker, Level::Good, "Never has an unusual number of people lost access at once.");
    };
    let when = ago(asked.now, breaker.tripped_at);
    let lost = format!("{} people lost access within ten minutes, {when}.", breaker.deactivated);
    let (level, why) = match breaker.tripped_at.plus(WINDOW) > asked.now {
        _ if breaker.is_held && asked.rule.holds => (
            Level::Bad,
            format!("{lost} Catching up and repairs wait until an operator says: rollcall breaker release."),
        ),
        true => (Level::Warn, format!("{lost} See whether that was meant.")),
        false => (Level::Good, lost),
    };
    Part::of(Topic::Breaker, level, why).at(breaker.tripped_at)
}

fn drift(facts: &Facts, now: Time) -> Part {
    match facts.marks.last(Mark::DriftCompared) {
        Some(at) => {
            let why = format!("The roll was last held against Okta {}.", ago(now, at));
            Part::of(Topic::Drift, Level::Good, why).at(at)
        }
        None => {
            Part::off(Topic::Drift, "The roll was never held against Okta. An operator does it with: rollcall drift.")
        }
    }
}

fn spool(bytes: Option<u64>) -> Part {
    match bytes {
        None => Part::off(
            Topic::Spool,
            "Off: HOOK_SPOOL_DIR is not set. While the database is away, event hooks are sent back.",
        ),
        Some(0) => Part::of(Topic::Spool, Level::Good, "Empty."),
        Some(bytes) => {
            Part::of(Topic::Spool, Level::Warn, format!("{bytes} bytes of deliveries wait for the database."))
        }
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::super::overall;
    use super::*;
    use crate::config::BreakerRule;
    use crate::model::Id;
    use crate::model::connection::Seen;
    use crate::store::hook_inbox::Depth;

    pub(in super::super) fn now() -> Time {
        Time::from_micros(1_800_000_000_000_000)
    }

    pub(in super::super) fn before(minutes: u64) -> Time {
        now().minus(Duration::from_mins(minutes))
    }

    pub(in super::super) fn facts(marks: &[(Mark, u64)]) -> Facts {
        let seen = |(mark, minutes): &(Mark, u64)| (*mark, Seen { first: before(*minutes), last: before(*minutes) });
        Facts {
            marks: marks.iter().map(seen).collect(),
            failures: Vec::new(),
            requests: (0, 0),
            tokens: Vec::new(),
            hooks: Vec::new(),
            depths: Vec::new(),
            cursor: None,
            breaker: None,
            signed_in: None,
            glass: None,
            accounts: Vec::new(),
        }
    }

    fn failed(minutes: u64, status: i64, token_id: Option<Id>) -> Failed {
        let (method, path) = ("POST".to_owned(), "/scim/v2/Users".to_owned());
        Failed { id: Id::fresh(), at: before(minutes), token_id, method, path, status, detail: Some("Why.".to_owned()) }
    }

    pub(in super::super) fn asked() -> Asked<'static> {
        let rule = BreakerRule { people: 50, percent: 10, holds: true };
        Asked { now: now(), rule, org: None, spool: None, ahead: None }
    }

    #[test]
    fn a_connection_that_never_was_waits_and_is_neither_good_nor_bad() {
        assert_eq!(overall(&judge(&facts(&[]), &asked())), Level::Waiting);
        assert_eq!(overall(&judge(&facts(&[(Mark::ScimAnswered, 3)]), &asked())), Level::Good);
    }

    #[test]
    fn a_failure_counts_until_a_good_request_comes() {
        let token = Some(Id::fresh());
        for (good, minutes, status, token, level) in [
            (5, 9, 500, token, Level::Good),
            (5, 3, 409, token, Level::Warn),
            (5, 3, 500, token, Level::Bad),
            (5, 3, 401, None, Level::Warn),
        ] {
            let mut facts = facts(&[(Mark::ScimAnswered, good)]);
            facts.failures.push(failed(minutes, status, token));
            assert_eq!(scim(&facts, now()).level, level, "{status} {minutes} minutes ago");
        }
        let mut never = facts(&[]);
        never.failures.push(failed(1, 401, None));
        let part = scim(&never, now());
        assert_eq!((part.level, part.request), (Level::Bad, Some(never.failures[0].id)));
        assert!(part.why.contains("401 1 minute ago. Why."), "{}", part.why);
    }

    #[test]
    fn a_share_of_failures_is_judged_once_there_are_enough_requests() {
        let level = |all, failed| {
            let facts = Facts { requests: (all, failed), ..facts(&[]) };
            errors(&facts).level
        };
        let levels = [level(0, 0), level(5, 5), level(100, 5), level(100, 6), level(100, 26)];
        assert_eq!(levels, [Level::Waiting, Level::Good, Level::Good, Level::Warn, Level::Bad]);
    }

    #[test]
    fn what_waits_too_long_is_told() {
        let level = |minutes| {
            let depth = Depth { state: HookState::Failed, events: 2, oldest: before(minutes) };
            let dead = Depth { state: HookState::Dead, events: 1, oldest: before(99) };
            queue(&Facts { depths: vec![dead, depth], ..facts(&[]) }, now()).level
        };
        assert_eq!([level(0), level(2), level(11)], [Level::Good, Level::Warn, Level::Bad]);
        let lag = |minutes| older(now(), before(minutes), LAG);
        assert_eq!([lag(4), lag(6), lag(61)], [Level::Good, Level::Warn, Level::Bad]);
    }
}
