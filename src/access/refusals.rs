//! Refused credentials, rolled up: the first of a kind is written at once, the rest as one row a minute.
//!
//! So a flood of bad tokens cannot flood the audit: at most [`KINDS`] rows at once and as many roll-ups a window.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use crate::audit::{Action, Entry};
use crate::clock::Time;

/// How long refusals of one kind are counted before they are written as one row.
pub const WINDOW: Duration = Duration::from_mins(1);
/// How many kinds are told apart in one window; what comes beyond them is counted together.
const KINDS: usize = 64;

/// What makes refusals the same kind.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Kind {
    /// Refused, or allowed in but not to do that.
    pub action: Action,
    /// Why, in one word.
    pub reason: &'static str,
    /// From where; none once too many addresses are told apart.
    pub ip: Option<IpAddr>,
    /// With which token, when it is known.
    pub token: Option<String>,
}

#[derive(Clone, Debug)]
struct Count {
    since: Time,
    more: u64,
}

/// The refusals of the running window, in this process.
#[derive(Default)]
pub struct Refusals(Mutex<HashMap<Kind, Count>>);

impl Refusals {
    /// Notes one; gives the entry to write at once when it is the first of its kind in the window.
    pub fn note(&self, kind: Kind, now: Time) -> Option<Entry> {
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = counts.get_mut(&kind) {
            count.more += 1;
            return None;
        }
        let kind = if counts.len() < KINDS { kind } else { Kind { ip: None, token: None, ..kind } };
        if let Some(count) = counts.get_mut(&kind) {
            count.more += 1;
            return None;
        }
        counts.insert(kind.clone(), Count { since: now, more: 0 });
        Some(entry(&kind))
    }

    /// Takes the windows that are over, or all of them, and gives a row for each that counted more than its first.
    pub fn take(&self, now: Time, all: bool) -> Vec<Rolled> {
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let over: Vec<Kind> = counts
            .iter()
            .filter(|(_, count)| all || count.since.plus(WINDOW) <= now)
            .map(|(kind, _)| kind.clone())
            .collect();
        let taken = over.into_iter().filter_map(|kind| counts.remove(&kind).map(|count| (kind, count)));
        taken.filter(|(_, count)| count.more > 0).map(|(kind, count)| Rolled { kind, count, until: now }).collect()
    }

    /// Takes back what could not be written, so that it is part of the next roll-up.
    pub fn restore(&self, rolled: Vec<Rolled>) {
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for Rolled { kind, count, .. } in rolled {
            let held = counts.entry(kind).or_insert(Count { since: count.since, more: 0 });
            held.since = held.since.min(count.since);
            held.more += count.more;
        }
    }

    /// Counts one whose own row could not be written.
    pub fn restore_first(&self, kind: Kind, now: Time) {
        self.restore(vec![Rolled { kind, count: Count { since: now, more: 1 }, until: now }]);
    }
}

fn entry(kind: &Kind) -> Entry {
    let entry = Entry::service(kind.action).refused().with("reason", kind.reason);
    match &kind.token {
        Some(token) => entry.with("token", token.as_str()),
        None => entry,
    }
}

/// The refusals of one kind in a window that is over, without the first, which has a row of its own.
#[derive(Clone, Debug)]
pub struct Rolled {
    kind: Kind,
    count: Count,
    until: Time,
}

impl Rolled {
    /// The one row for all of them.
    #[must_use]
    pub fn entry(&self) -> Entry {
        entry(&self.kind)
            .with("count", self.count.more)
            .with("since", self.count.since.rfc3339())
            .with("until", self.until.rfc3339())
            .with("from", self.kind.ip.map_or_else(|| "many addresses".to_owned(), |ip| ip.to_string()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kind(last: u8) -> Kind {
        let ip = Some(IpAddr::from([192, 0, 2, last]));
        Kind { action: Action::AuthRefused, reason: "unknown", ip, token: None }
    }

    #[test]
    fn the_first_is_written_at_once_and_the_rest_as_one_row() {
        let (refusals, start) = (Refusals::default(), Time::from_micros(0));
        assert!(refusals.note(kind(1), start).is_some());
        for _ in 0..999 {
            assert!(refusals.note(kind(1), start).is_none());
        }
        assert!(refusals.take(start, false).is_empty());
        let rows = refusals.take(start.plus(WINDOW), false);
        assert_eq!(rows.len(), 1);
        assert_eq!(rows[0].entry().detail["count"], 999);
        refusals.restore(rows);
        assert_eq!(refusals.take(start.plus(WINDOW), true)[0].entry().detail["count"], 999, "taken back");
        assert!(refusals.take(start.plus(WINDOW), true).is_empty());
    }

    #[test]
    fn a_flood_from_everywhere_stays_a_few_rows() {
        let (refusals, start) = (Refusals::default(), Time::from_micros(0));
        let written = (0..=255).cycle().take(100_000).filter_map(|last| refusals.note(kind(last), start)).count();
        let rolled = refusals.take(start, true).len();
        assert!(written + rolled <= 2 * (KINDS + 1), "{written} + {rolled}");
    }
}
