//! Rows of the audit as the pages show them: a sentence, when, how grave, from where, and what changed.

use std::collections::HashSet;

use serde_json::Value;

use super::diff::{self, Change};
use super::lookalike;
use super::text::{name, plain};
use crate::audit::sentence::{self, Names, Piece};
use crate::audit::{Event, Outcome, Severity};
use crate::clock::Time;
use crate::error::Result;
use crate::model::Id;
use crate::model::words::Word;
use crate::store::{Link, teams, users};

/// A row as a line of a page.
pub struct Line {
    /// The row's id.
    pub id: String,
    /// When, RFC 3339 UTC.
    pub at: String,
    /// When, as it is read.
    pub when: String,
    /// The sentence.
    pub pieces: Vec<Shown>,
    /// The public code.
    pub action: String,
    /// `INFO`, `WARN` or `HIGH`.
    pub severity: &'static str,
    /// Whether it deserves attention.
    pub is_grave: bool,
    /// Whether it was refused.
    pub is_failure: bool,
    /// The face it came through.
    pub source: &'static str,
    /// The kind of actor.
    pub actor: &'static str,
    /// Who did it.
    pub actor_name: String,
    /// What ties it to the rest of its story.
    pub cause: String,
    /// The fields that changed, the first of many.
    pub changes: Vec<Change>,
    /// How many more changed.
    pub more_changes: usize,
}

/// A piece of a sentence as a page shows it.
pub struct Shown {
    /// The piece, harmless to read.
    pub piece: Piece,
    /// What is odd about the name in it.
    pub warning: Option<&'static str>,
}

/// The lines of some rows; all names in two queries.
///
/// # Errors
/// What the engine reports.
pub async fn lines(link: &mut impl Link, events: &[Event]) -> Result<Vec<Line>> {
    let names = names(link, events).await?;
    Ok(events.iter().map(|event| line(event, &names)).collect())
}

async fn names(link: &mut impl Link, events: &[Event]) -> Result<Names> {
    let ids =
        |id: fn(&Event) -> Option<Id>| events.iter().filter_map(id).collect::<HashSet<Id>>().into_iter().collect();
    let (mut people, groups): (Vec<Id>, Vec<Id>) = (ids(|event| event.user_id), ids(|event| event.team_id));
    people.extend(events.iter().filter_map(successor));
    let people = users::names(link, &people).await?;
    Ok(Names {
        users: people.into_iter().filter_map(|(id, name)| Some((id, name?))).collect(),
        teams: teams::names(link, &groups).await?.into_iter().collect(),
    })
}

/// Who took the place of the person concerned.
fn successor(event: &Event) -> Option<Id> {
    event.detail.as_ref()?.get("successor").and_then(Value::as_str).and_then(Id::parse)
}

fn line(event: &Event, names: &Names) -> Line {
    let (at, when) = moment(event.at);
    let (changes, more_changes) = diff::short(diff::of(event.before.as_ref(), event.after.as_ref()));
    Line {
        id: event.id.to_string(),
        at,
        when,
        pieces: sentence::of(event, names).into_iter().map(shown).collect(),
        action: event.action.clone(),
        severity: event.severity.as_str(),
        is_grave: event.severity != Severity::Info,
        is_failure: event.outcome == Outcome::Failure,
        source: event.source.as_str(),
        actor: event.actor.kind.as_str(),
        actor_name: plain(&event.actor.name),
        cause: event.cause.to_string(),
        changes,
        more_changes,
    }
}

/// A piece as a page shows it: what others wrote is made harmless to read, and what is odd about a name is told.
fn shown(piece: Piece) -> Shown {
    let warning = match &piece {
        Piece::Name(name) | Piece::User(_, name) | Piece::Team(_, name) => lookalike::warning(name),
        Piece::Text(_) | Piece::Event(..) => None,
    };
    let piece = match piece {
        Piece::Text(text) => Piece::Text(plain(&text)),
        Piece::Name(called) => Piece::Name(name(&called)),
        Piece::User(id, called) => Piece::User(id, name(&called)),
        Piece::Team(id, called) => Piece::Team(id, name(&called)),
        Piece::Event(id, called) => Piece::Event(id, plain(&called)),
    };
    Shown { piece, warning }
}

/// A moment, RFC 3339 and as it is read.
#[must_use]
pub fn moment(at: Time) -> (String, String) {
    (at.rfc3339_millis(), at.to_datetime().format("%Y-%m-%d %H:%M:%S").to_string())
}
