//! Where pages by position begin: remembered for clients that walk them, so that a deep page costs what the first does.
//!
//! Okta imports by `startIndex`. A page that begins where the one before it ended goes on after that one's last
//! resource, wherever that has moved to meanwhile: nobody is passed over because somebody before them left. In process
//! and short-lived: a page without an anchor is found by its position.

use std::collections::{HashMap, VecDeque};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use crate::clock::Time;
use crate::model::Id;

/// How many are remembered.
const MAX_ANCHORS: usize = 4_096;
/// For how long a client may rest between two pages.
const LIFETIME: Duration = Duration::from_mins(5);

/// What an anchor belongs to: who walks, what they asked for, and the position.
pub type Place = [u8; 32];

#[derive(Default)]
struct Known {
    anchors: HashMap<Place, (Id, Time)>,
    oldest: VecDeque<Place>,
}

/// The anchors of this process.
#[derive(Default)]
pub struct Anchors(Mutex<Known>);

impl Anchors {
    /// The resource after which the page at this place begins.
    pub fn find(&self, place: &Place, now: Time) -> Option<Id> {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.anchors.get(place).filter(|(_, since)| now < since.plus(LIFETIME)).map(|(id, _)| *id)
    }

    /// Notes where the page at this place begins. Of two walks the one that is further behind decides: to see somebody
    /// twice is harmless, to miss somebody is not.
    pub fn note(&self, place: Place, last: Id, now: Time) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let fresh = |since: &Time| now < since.plus(LIFETIME);
        match known.anchors.get_mut(&place) {
            Some((id, since)) if fresh(since) => *id = last.min(*id),
            Some(stale) => *stale = (last, now),
            None => {
                known.anchors.insert(place, (last, now));
                known.oldest.push_back(place);
            }
        }
        if known.oldest.len() > MAX_ANCHORS
            && let Some(oldest) = known.oldest.pop_front()
        {
            known.anchors.remove(&oldest);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn start() -> Time {
        Time::from_micros(0)
    }

    #[test]
    fn of_two_walks_the_one_further_behind_decides_until_its_time_is_over() {
        let (anchors, place) = (Anchors::default(), [7; 32]);
        let (low, high) = (Id::fresh(), Id::fresh());
        anchors.note(place, high, start());
        anchors.note(place, low, start());
        anchors.note(place, high, start());
        assert_eq!(anchors.find(&place, start()), Some(low));
        assert_eq!(anchors.find(&[8; 32], start()), None);
        let later = start().plus(LIFETIME);
        assert_eq!(anchors.find(&place, later), None);
        anchors.note(place, high, later);
        assert_eq!(anchors.find(&place, later), Some(high));
    }

    #[test]
    fn no_more_are_remembered_than_there_is_room_for() {
        let anchors = Anchors::default();
        let place = |number: usize| {
            let mut place = [0; 32];
            place[..8].copy_from_slice(&number.to_le_bytes());
            place
        };
        for number in 0..=MAX_ANCHORS {
            anchors.note(place(number), Id::fresh(), start());
        }
        assert!(anchors.find(&place(0), start()).is_none() && anchors.find(&place(1), start()).is_some());
    }
}
