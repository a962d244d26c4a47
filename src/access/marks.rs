//! What is seen of the connection to Okta, on its way to the database: a request costs a push here, and a job writes.

use std::collections::HashMap;
use std::mem;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use crate::clock::Time;
use crate::ctx::Ctx;
use crate::error::Result;
use crate::model::connection::{Mark, Seen};
use crate::store::{Db, connection};

/// How exactly it is known when something was seen last: a busy connection is not written every second.
const EVERY: Duration = Duration::from_secs(10);

#[derive(Default)]
struct Waiting {
    noted: HashMap<Mark, Seen>,
    /// What this process wrote last.
    written: HashMap<Mark, Time>,
}

/// What was seen since the last flush, in this process.
#[derive(Default)]
pub struct MarkBuffer(Mutex<Waiting>);

impl MarkBuffer {
    /// Notes that something was seen.
    pub fn note(&self, mark: Mark, at: Time) {
        self.keep(mark, Seen { first: at, last: at });
    }

    fn keep(&self, mark: Mark, seen: Seen) {
        let mut waiting = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let known = waiting.noted.entry(mark).or_insert(seen);
        *known = Seen { first: known.first.min(seen.first), last: known.last.max(seen.last) };
    }

    /// Writes what was noted, or all of it whenever it was written last; keeps it when that fails.
    ///
    /// # Errors
    /// What the engine reports.
    pub async fn flush(&self, db: &Db, ctx: &Ctx, all: bool) -> Result<()> {
        let mut due = self.take(all);
        if due.is_empty() {
            return Ok(());
        }
        // In one order everywhere, so that replicas do not wait for each other crosswise.
        due.sort_by_key(|(mark, _)| *mark);
        let written = db.unit(ctx, &due, |tx, due| {
            Box::pin(async move {
                for (mark, seen) in due {
                    connection::note(tx, *mark, *seen).await?;
                }
                Ok(())
            })
        });
        if let Err(error) = written.await {
            for (mark, seen) in &due {
                self.keep(*mark, *seen);
            }
            return Err(error);
        }
        let mut waiting = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        waiting.written.extend(due.iter().map(|(mark, seen)| (*mark, seen.last)));
        Ok(())
    }

    fn take(&self, all: bool) -> Vec<(Mark, Seen)> {
        let mut guard = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let Waiting { noted, written } = &mut *guard;
        let is_due =
            |mark: &Mark, seen: &Seen| all || written.get(mark).is_none_or(|last| last.plus(EVERY) <= seen.last);
        let (due, early) = mem::take(noted).into_iter().partition(|(mark, seen)| is_due(mark, seen));
        *noted = early;
        HashMap::into_iter(due).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Time {
        Time::from_micros(seconds * 1_000_000)
    }

    #[test]
    fn what_is_seen_often_keeps_its_first_and_its_last_moment() {
        let buffer = MarkBuffer::default();
        for second in [5, 3, 9] {
            buffer.note(Mark::ScimAnswered, at(second));
        }
        assert_eq!(buffer.take(false), [(Mark::ScimAnswered, Seen { first: at(3), last: at(9) })]);
        assert!(buffer.take(true).is_empty());
    }

    #[test]
    fn what_was_just_written_waits_unless_all_is_wanted() {
        let buffer = MarkBuffer::default();
        buffer.0.lock().expect("a lock").written.insert(Mark::HookDelivered, at(100));
        buffer.note(Mark::HookDelivered, at(105));
        assert!(buffer.take(false).is_empty(), "ten seconds are not over");
        assert_eq!(buffer.take(true).len(), 1);
        buffer.note(Mark::HookDelivered, at(110));
        assert_eq!(buffer.take(false).len(), 1);
    }
}
