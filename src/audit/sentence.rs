//! An event of the audit as a sentence for people: who did what to whom, with the names of now.

use std::collections::HashMap;

use super::action::Action;
use super::entry::Event;
use crate::model::Id;
use crate::model::words::Word;

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
}

/// The sentence of an event.
#[must_use]
pub fn of(event: &Event, names: &Names) -> Vec<Piece> {
    let about = Action::from_word(&event.action).map_or("Something happened.", |action| action.about().sentence);
    let mut pieces = vec![Piece::Text(format!("{}: {about} ", event.actor.name))];
    if let Some(id) = event.user_id {
        pieces.push(Piece::User(id, names.users.get(&id).cloned().unwrap_or_else(|| "somebody".to_owned())));
    }
    if let Some(id) = event.team_id {
        pieces.push(Piece::Text(" ".to_owned()));
        pieces.push(Piece::Team(id, names.teams.get(&id).cloned().unwrap_or_else(|| "a team".to_owned())));
    }
    pieces
}
