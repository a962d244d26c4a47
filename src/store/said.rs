//! How many rows of the audit this process has written, by action.

use std::sync::atomic::{AtomicU64, Ordering};

use crate::audit::{Action, Entry};
use crate::model::words::Word;

/// A number for each action.
#[derive(Debug)]
pub struct Said(Vec<AtomicU64>);

impl Default for Said {
    fn default() -> Self {
        Self(Action::ALL.iter().map(|_| AtomicU64::new(0)).collect())
    }
}

impl Said {
    /// Counts entries that are committed.
    pub(super) fn count(&self, entries: &[Entry]) {
        for entry in entries {
            if let Some(number) = self.0.get(entry.action as usize) {
                number.fetch_add(1, Ordering::Relaxed);
            }
        }
    }

    /// The actions that were said at all, with their numbers.
    pub fn by_action(&self) -> impl Iterator<Item = (Action, u64)> {
        let numbers = self.0.iter().map(|number| number.load(Ordering::Relaxed));
        Action::ALL.iter().copied().zip(numbers).filter(|(_, number)| *number > 0)
    }
}
