//! What was told of a person or a membership, kept in order however it arrives: twice, late, or the wrong way round.
//!
//! Every fact carries its own time at Okta. The newest one stands; on equal times the one that ends access does. So the
//! order of arrival decides nothing, and a fact that comes again changes nothing.

use super::meaning::{Meaning, Status};

/// How a fact that arrives stands to the one that is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It is news, and known from now on.
    News,
    /// It is what is known already.
    Known,
    /// It is older than what is known, or it is as old and ends less.
    Stale,
    /// It is older than what is known, and yet the newest end of access: what was begun before it ended then, although
    /// access has come back since.
    LateEnd,
}

/// Something that is so since a moment at Okta, in microseconds since 1970. Of equal moments the greater value stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Fact<T> {
    /// Since when.
    pub at: i64,
    /// What.
    pub value: T,
}

impl<T: Ord + Copy> Fact<T> {
    /// Takes in another fact of the same thing.
    pub fn take(&mut self, told: Self) -> Verdict {
        match told.cmp(self) {
            std::cmp::Ordering::Less => Verdict::Stale,
            std::cmp::Ordering::Equal => Verdict::Known,
            std::cmp::Ordering::Greater => {
                *self = told;
                Verdict::News
            }
        }
    }
}

/// What is known of a person by Okta's id. A moment is none before the first of its kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Facts {
    /// The account's status.
    pub status: Fact<Status>,
    /// Access ended, whether or not it has come back since.
    pub access_ended: Option<i64>,
    /// Browser sessions begun up to then have ended.
    pub session_ended: Option<i64>,
    /// Everything signed in up to then has ended.
    pub signed_out: Option<i64>,
    /// Taken out of the app.
    pub left_app: Option<i64>,
    /// The profile changed.
    pub profile_changed: Option<i64>,
}

impl Default for Facts {
    fn default() -> Self {
        let status = Fact { at: 0, value: Status::Ok };
        Self {
            status,
            access_ended: None,
            session_ended: None,
            signed_out: None,
            left_app: None,
            profile_changed: None,
        }
    }
}

impl Facts {
    /// Takes in what an event of that moment tells. What concerns no person is known already.
    pub fn take(&mut self, meaning: Meaning, at: i64) -> Verdict {
        match meaning {
            Meaning::Status(value) => self.take_status(Fact { at, value }),
            Meaning::SessionEnded => latest(&mut self.session_ended, at),
            Meaning::SignedOut => latest(&mut self.signed_out, at),
            Meaning::LeftApp => latest(&mut self.left_app, at),
            Meaning::ProfileChanged => latest(&mut self.profile_changed, at),
            Meaning::Member(_) | Meaning::GroupNamed | Meaning::GroupGone => Verdict::Known,
        }
    }

    fn take_status(&mut self, told: Fact<Status>) -> Verdict {
        let verdict = self.status.take(told);
        if told.value == Status::Ok {
            return verdict;
        }
        match (verdict, latest(&mut self.access_ended, told.at)) {
            (Verdict::Stale, Verdict::News) => Verdict::LateEnd,
            (verdict, _) => verdict,
        }
    }
}

/// Keeps the latest moment.
fn latest(known: &mut Option<i64>, at: i64) -> Verdict {
    match known.replace(at) {
        Some(before) if before > at => {
            *known = Some(before);
            Verdict::Stale
        }
        Some(before) if before == at => Verdict::Known,
        _ => Verdict::News,
    }
}
