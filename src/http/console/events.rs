//! Rows of the audit as the pages show them: a sentence, when, how grave, from where, and what changed.

use std::collections::HashSet;

use serde_json::Value;

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
    /// The fields that changed.
    pub changes: Vec<Change>,
}

/// A piece of a sentence as a page shows it.
pub struct Shown {
    /// The piece, harmless to read.
    pub piece: Piece,
    /// What is odd about the name in it.
    pub warning: Option<&'static str>,
}

/// One field of a change.
pub struct Change {
    /// Its name.
    pub field: String,
    /// What it was; none where there was nothing.
    pub before: Option<String>,
    /// What it is; none where there is nothing.
    pub after: Option<String>,
    /// Of a list, what is gone from it.
    pub removed: Vec<String>,
    /// Of a list, what came to it.
    pub added: Vec<String>,
}

impl Change {
    fn of(field: &str, before: Option<&Value>, after: Option<&Value>) -> Self {
        let told = |value: Option<&Value>| value.filter(|value| !value.is_null()).map(text);
        let (was, is) = (items(before), items(after));
        let less = |all: &[String], others: &[String]| -> Vec<String> {
            all.iter().filter(|one| !others.contains(one)).cloned().collect()
        };
        Self {
            field: plain(field),
            before: told(before),
            after: told(after),
            removed: less(&was, &is),
            added: less(&is, &was),
        }
    }

    /// Whether it is told by what came and what went.
    #[must_use]
    pub fn is_list(&self) -> bool {
        !self.removed.is_empty() || !self.added.is_empty()
    }
}

/// The items of a list, each in one text.
fn items(value: Option<&Value>) -> Vec<String> {
    value.and_then(Value::as_array).into_iter().flatten().map(item).collect()
}

/// An item of a list: a value of several parts by its value first, as SCIM has them.
fn item(value: &Value) -> String {
    let Some(main) = value.get("value").map(text) else { return text(value) };
    let kind = value.get("type").and_then(Value::as_str);
    let primary = value.get("primary").and_then(Value::as_bool).unwrap_or_default().then_some("primary");
    let marks: Vec<&str> = kind.into_iter().chain(primary).collect();
    if marks.is_empty() { main } else { plain(&format!("{main} ({})", marks.join(", "))) }
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
    let (people, groups): (Vec<Id>, Vec<Id>) = (ids(|event| event.user_id), ids(|event| event.team_id));
    let people = users::names(link, &people).await?;
    Ok(Names {
        users: people.into_iter().filter_map(|(id, name)| Some((id, name?))).collect(),
        teams: teams::names(link, &groups).await?.into_iter().collect(),
    })
}

fn line(event: &Event, names: &Names) -> Line {
    let (at, when) = moment(event.at);
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
        changes: changes(event.before.as_ref(), event.after.as_ref()),
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

/// What changed, field by field.
#[must_use]
pub fn changes(before: Option<&Value>, after: Option<&Value>) -> Vec<Change> {
    let of = |value: Option<&Value>| value.and_then(Value::as_object).cloned().unwrap_or_default();
    let (before, after) = (of(before), of(after));
    let mut fields: Vec<&String> = before.keys().chain(after.keys()).collect();
    fields.sort();
    fields.dedup();
    fields
        .into_iter()
        .filter(|field| before.get(*field).filter(|was| !was.is_null()) != after.get(*field).filter(|is| !is.is_null()))
        .map(|field| Change::of(field, before.get(field), after.get(field)))
        .collect()
}

/// A value in one text.
#[must_use]
pub fn text(value: &Value) -> String {
    name(&value.as_str().map_or_else(|| value.to_string(), str::to_owned))
}
