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
    pub fn take(&self, now: Time, all: bool) -> Vec<Entry> {
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let over: Vec<Kind> = counts
            .iter()
            .filter(|(_, count)| all || count.since.plus(WINDOW) <= now)
            .map(|(kind, _)| kind.clone())
            .collect();
        let taken = over.into_iter().filter_map(|kind| counts.remove(&kind).map(|count| (kind, count)));
        taken.filter(|(_, count)| count.more > 0).map(|(kind, count)| rolled_up(&kind, &count, now)).collect()
    }
}

fn entry(kind: &Kind) -> Entry {
    let entry = Entry::service(kind.action).refused().with("reason", kind.reason);
    match &kind.token {
        Some(token) => entry.with("token", token.as_str()),
        None => entry,
    }
}

fn rolled_up(kind: &Kind, count: &Count, now: Time) -> Entry {
    entry(kind)
        .with("count", count.more)
        .with("since", count.since.rfc3339())
        .with("until", now.rfc3339())
        .with("from", kind.ip.map_or_else(|| "many addresses".to_owned(), |ip| ip.to_string()))
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
        assert_eq!(rows[0].detail["count"], 999);
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
