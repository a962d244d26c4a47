//! Rows of the audit page: a line, and a link for each value by which more of its kind are found.

use std::collections::HashMap;

use super::filters::State;
use crate::audit::search::parts::Part;
use crate::audit::{Event, Outcome};
use crate::error::Result;
use crate::http::console::events::Line;
use crate::http::console::text::plain;
use crate::model::Id;
use crate::model::words::Word;
use crate::store::{Link, teams};

/// A row.
pub struct Row {
    /// What is read.
    pub line: Line,
    /// Its values.
    pub marks: Vec<Mark>,
}

/// A value of a row.
pub struct Mark {
    /// What is read.
    pub label: String,
    /// How it looks.
    pub look: String,
    /// What it is, for whoever only hears it.
    pub what: &'static str,
    /// The search that asks for it as well.
    pub href: String,
}

/// What the teams of some rows are called now.
///
/// # Errors
/// What the engine reports.
pub async fn teams(link: &mut impl Link, events: &[Event]) -> Result<HashMap<Id, String>> {
    let mut ids: Vec<Id> = events.iter().filter_map(|event| event.team_id).collect();
    ids.sort_unstable();
    ids.dedup();
    Ok(teams::names(link, &ids).await?.into_iter().collect())
}

/// Rows with their links.
pub fn of(lines: Vec<Line>, events: &[Event], teams: &HashMap<Id, String>, state: &State) -> Vec<Row> {
    let one = |(line, event): (Line, &Event)| Row { line, marks: marks(event, teams, state) };
    lines.into_iter().zip(events).map(one).collect()
}

fn marks(event: &Event, teams: &HashMap<Id, String>, state: &State) -> Vec<Mark> {
    let kind = event.actor.kind.as_str();
    let actor = event.actor.id.as_ref().map_or_else(|| kind.to_owned(), |id| format!("{kind}/{id}"));
    let team = event.team_id.map(|id| (id, teams.get(&id).map_or("team", String::as_str)));
    let is_refused = event.outcome == Outcome::Failure;
    let severity = event.severity.as_str();
    let grave = format!("severity {}", severity.to_lowercase());
    let all = [
        Some(("severity", severity.to_owned(), severity, grave.as_str())),
        is_refused.then(|| ("outcome", "failure".to_owned(), "refused", "severity failure")),
        Some(("action", event.action.clone(), &event.action, "code")),
        Some(("source", event.source.as_str().to_owned(), event.source.as_str(), "")),
        Some(("actor", actor, &event.actor.name, "")),
        event.user_id.map(|id| ("user", id.to_string(), "person", "")),
        team.map(|(id, name)| ("team", id.to_string(), name, "")),
        event.ip.map(|ip| ("ip", ip.to_string(), "", "")),
    ];
    let one = |(what, value, label, look): (&'static str, String, &str, &str)| Mark {
        label: plain(if label.is_empty() { &value } else { label }),
        look: look.to_owned(),
        what,
        href: state.adding(&Part::of(what, value)),
    };
    all.into_iter().flatten().map(one).collect()
}
