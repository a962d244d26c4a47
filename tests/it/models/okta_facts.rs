//! What Okta told, in any order, against the same history told once and in order.

use proptest::prelude::*;
use proptest::sample::Index;
use rollcall::okta::reduce::{Fact, Facts};
use rollcall::okta::{Meaning, Status};

use super::runner;

/// How many histories the test command tries; `scripts/torture 10000` is what a release asks for.
const SLICE: u32 = 300;

/// An event of a history: what it tells and when it happened.
pub type Told = (Meaning, i64);

/// What a history may tell of a person.
const MEANINGS: [Meaning; 7] = [
    Meaning::Status(Status::Ok),
    Meaning::Status(Status::Suspended),
    Meaning::Status(Status::Deactivated),
    Meaning::SessionEnded,
    Meaning::SignedOut,
    Meaning::LeftApp,
    Meaning::ProfileChanged,
];

/// A history of one person. Moments are few, so that equal ones are common.
pub fn history() -> impl Strategy<Value = Vec<Told>> {
    prop::collection::vec((prop::sample::select(&MEANINGS[..]), 1..12_i64), 0..16)
}

/// The same history as it may arrive: some events again, everything anywhere.
pub fn arrival(length: usize) -> impl Strategy<Value = Vec<Index>> {
    prop::collection::vec(any::<Index>(), length * 3)
}

/// Deals a history out by these draws: every event at least once, in an order of chance, some of them again.
pub fn dealt<T: Clone>(history: &[T], draws: &[Index]) -> Vec<T> {
    let mut arrived = Vec::new();
    for (event, draw) in history.iter().zip(draws) {
        arrived.insert(draw.index(arrived.len() + 1), event.clone());
    }
    for draw in draws.iter().skip(history.len()).filter(|_| !history.is_empty()) {
        let again = history[draw.index(history.len())].clone();
        arrived.insert(draw.index(arrived.len() + 1), again);
    }
    arrived
}

/// How much a status ends: what is told last on equal times.
fn ends(meaning: Meaning) -> u8 {
    match meaning {
        Meaning::Status(Status::Suspended) => 1,
        Meaning::Status(Status::Deactivated) => 2,
        _ => 0,
    }
}

/// The history told once and in order, by plain assignment: no comparison of times at all.
pub fn in_order(history: &[Told]) -> Facts {
    let mut sorted = history.to_vec();
    sorted.sort_by_key(|(meaning, at)| (*at, ends(*meaning)));
    let mut facts = Facts::default();
    for (meaning, at) in sorted {
        match meaning {
            Meaning::Status(value) => {
                facts.status = Fact { at, value };
                facts.access_ended = if value == Status::Ok { facts.access_ended } else { Some(at) };
            }
            Meaning::SessionEnded => facts.session_ended = Some(at),
            Meaning::SignedOut => facts.signed_out = Some(at),
            Meaning::LeftApp => facts.left_app = Some(at),
            Meaning::ProfileChanged => facts.profile_changed = Some(at),
            Meaning::Member(_) | Meaning::GroupNamed | Meaning::GroupGone => {}
        }
    }
    facts
}

#[test]
fn any_order_and_any_repetition_ends_where_the_order_of_okta_ends() {
    let made_up = history().prop_flat_map(|history| {
        let draws = arrival(history.len());
        (Just(history), draws)
    });
    let outcome = runner(SLICE).run(&made_up, |(history, draws)| {
        let mut facts = Facts::default();
        for (meaning, at) in dealt(&history, &draws) {
            facts.take(meaning, at);
        }
        prop_assert_eq!(facts, in_order(&history), "{:?}", history);
        Ok(())
    });
    outcome.unwrap_or_else(|failure| panic!("{failure}"));
}

#[test]
fn a_membership_told_in_any_order_ends_where_the_order_of_okta_ends() {
    let told = prop::collection::vec((1..6_i64, any::<bool>()), 1..8);
    let made_up = told.prop_flat_map(|history| {
        let draws = arrival(history.len());
        (Just(history), draws)
    });
    let outcome = runner(SLICE).run(&made_up, |(history, draws)| {
        let newest = history.iter().map(|(at, _)| *at).max();
        let is_out = history.iter().any(|(at, is_out)| Some(*at) == newest && *is_out);
        let mut known = Fact { at: 0, value: true };
        for (at, value) in dealt(&history, &draws) {
            known.take(Fact { at, value });
        }
        prop_assert_eq!(known.value, is_out, "{:?}", history);
        Ok(())
    });
    outcome.unwrap_or_else(|failure| panic!("{failure}"));
}
