//! An event of the audit as a sentence for people: who did what to whom, with the names of now.
//!
//! The words are a table ([`words`]); `{name}` in it is a place that the event fills.

pub mod actors;
mod fields;
mod places;
pub mod reasons;
pub mod values;
mod words;

use std::collections::HashMap;

use self::places::Places;
use super::action::Action;
use super::entry::{Event, Outcome};
use crate::model::Id;
use crate::model::words::Word;

pub use self::places::ended;

/// What people and teams are called now.
#[derive(Clone, Debug, Default)]
pub struct Names {
    /// People, by the ids of their rows.
    pub users: HashMap<Id, String>,
    /// Teams, by theirs.
    pub teams: HashMap<Id, String>,
}

/// A piece of a sentence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Piece {
    /// Words.
    Text(String),
    /// A person, by id and name.
    User(Id, String),
    /// A team, by id and name.
    Team(Id, String),
    /// An event of Okta's, by id and what it is called.
    Event(Id, String),
    /// What somebody else called something, or a value: a token, a role, a device.
    Name(String),
}

impl Piece {
    /// What is read of it.
    #[must_use]
    pub fn text(&self) -> &str {
        match self {
            Self::Text(text) | Self::User(_, text) | Self::Team(_, text) | Self::Event(_, text) | Self::Name(text) => {
                text
            }
        }
    }
}

/// The sentence of an event, without the full stop.
#[must_use]
pub fn of(event: &Event, names: &Names) -> Vec<Piece> {
    let is_refused = event.outcome == Outcome::Failure;
    let words = Action::from_word(&event.action).map_or(words::UNKNOWN, |action| words::of(action, is_refused));
    let places = Places { event, names };
    // The last wording needs nothing that an event may lack.
    let mut pieces = words.split('|').find_map(|words| whole(words, &places)).unwrap_or_default();
    capitalise(&mut pieces);
    pieces
}

/// The pieces of one wording; none where the event does not fill a place of it that is not optional.
fn whole(words: &str, places: &Places<'_>) -> Option<Vec<Piece>> {
    let mut pieces = Vec::new();
    let mut rest = words;
    while let Some(open) = rest.find('[') {
        let close = rest[open..].find(']')? + open;
        pieces.extend(plain(&rest[..open], places)?);
        pieces.extend(plain(&rest[open + 1..close], places).unwrap_or_default());
        rest = &rest[close + 1..];
    }
    pieces.extend(plain(rest, places)?);
    Some(merged(pieces))
}

/// The pieces of words in which every place must be filled.
fn plain(words: &str, places: &Places<'_>) -> Option<Vec<Piece>> {
    let mut pieces = Vec::new();
    let mut rest = words;
    while let Some(open) = rest.find('{') {
        let close = rest[open..].find('}')? + open;
        pieces.push(Piece::Text(rest[..open].to_owned()));
        pieces.extend(places.fill(&rest[open + 1..close])?);
        rest = &rest[close + 1..];
    }
    pieces.push(Piece::Text(rest.to_owned()));
    Some(pieces)
}

fn merged(pieces: Vec<Piece>) -> Vec<Piece> {
    let mut whole: Vec<Piece> = Vec::with_capacity(pieces.len());
    for piece in pieces {
        match (whole.last_mut(), piece) {
            (_, piece) if piece.text().is_empty() => {}
            (Some(Piece::Text(before)), Piece::Text(text)) => before.push_str(&text),
            (_, piece) => whole.push(piece),
        }
    }
    whole
}

fn capitalise(pieces: &mut [Piece]) {
    if let Some(Piece::Text(first)) = pieces.first_mut() {
        let mut letters = first.chars();
        *first = letters.next().into_iter().flat_map(char::to_uppercase).chain(letters).collect();
    }
}
