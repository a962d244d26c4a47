//! One row of the audit, whole.

use askama::Template;
use serde_json::Value;

use super::diff;
use super::events::{self, Line};
use super::frame::Frame;
use super::html::{link, show};
use super::text::{block, plain};
use crate::access::audit_log::{self, NO_SUCH_ROW};
use crate::audit::render;
use crate::audit::search::parts::Part;
use crate::audit::sentence::{self, Piece, reasons, values};
use crate::audit::{Event, Resource};
use crate::error::{Error, Result};
use crate::http::api::call::Call;
use crate::http::problem::Answer;
use crate::model::Id;
use crate::model::words::Word;

/// What is known of a row beyond its sentence, by the key of its detail, and what that is called.
pub const KNOWN: &[(&str, &str)] = &[
    ("name", "Called then"),
    ("user", "The person then"),
    ("team", "The team then"),
    ("by", "Joined at"),
    ("adopted", "Taken over from sign-in"),
    ("predecessor", "Who had the name before"),
    ("successor", "Followed by"),
    ("bound", "Bound to"),
    ("lastAdmin", "Nobody runs the team now"),
    ("count", "How often"),
    ("since", "Since"),
    ("until", "Until"),
    ("from", "From"),
    ("token", "Who it was"),
    ("userName", "Sign-in name"),
    ("oktaId", "Okta's id"),
    ("oktaError", "Okta's error"),
    ("oktaGroupId", "Group at Okta"),
    ("begunBefore", "Begun before"),
    ("ids", "Ids"),
    ("prefix", "Begins with"),
    ("scopes", "Scopes"),
    ("mode", "Sent as"),
    ("expiresAt", "Ends"),
    ("platform", "Platform"),
    ("device", "Device"),
    ("deviceId", "Device id"),
    ("method", "Sent by"),
    ("tries", "Tries"),
    ("triesLeft", "Tries left"),
    ("what", "What was used twice"),
    ("note", "Note"),
    ("event", "Event"),
    ("type", "Type"),
    ("replay", "Replay"),
    ("events", "Events"),
    ("state", "The replay"),
    ("done", "Tried"),
    ("changed", "Changed something"),
    ("unchanged", "Changed nothing"),
    ("failed", "Failed"),
    ("found", "Differences"),
    ("repaired", "Repaired"),
    ("partly", "Not everything could be compared"),
    ("deactivated", "People who lost access"),
    ("people", "The breaker trips at so many people"),
    ("percent", "and so many in a hundred"),
    ("holds", "Catching up and repairs wait"),
    ("format", "Format"),
    ("search", "Search"),
];
/// What a detail says that has lines of its own.
pub const TOLD: [&str; 2] = ["reason", "effects"];

#[derive(Template)]
#[template(path = "row.html")]
struct RowPage {
    frame: Frame,
    line: Line,
    /// What is known: what it is, its value, and the search for more of it, where there is one.
    facts: Vec<(&'static str, String, Option<String>)>,
    user: Option<String>,
    team: Option<String>,
    json: String,
}

/// `GET /audit/{id}`: one row, for as long as it is kept.
pub(in crate::http) async fn show_row(call: Call) -> Answer {
    let id = call.id(NO_SUCH_ROW)?;
    call.query()?.end()?;
    let mut view = call.view().await?;
    let event = audit_log::find(&mut view, call.caller()?, id).await?;
    let line = events::lines(&mut view, std::slice::from_ref(&event)).await?.pop();
    let changes = diff::of(event.before.as_ref(), event.after.as_ref());
    let line = line.map(|line| Line { changes, more_changes: 0, ..line });
    let frame = Frame::of(&call, &mut view, "/audit", "A row of the audit").await?;
    let page = RowPage {
        frame,
        line: line.ok_or_else(|| Error::not_found(NO_SUCH_ROW))?,
        facts: facts(&event),
        user: event.user_id.map(|id| id.to_string()),
        team: event.team_id.map(|id| id.to_string()),
        json: json(&event)?,
    };
    Ok(show(&page)?)
}

fn json(event: &Event) -> Result<String> {
    let row = render::json(event).map_err(Error::internal)?;
    Ok(block(&serde_json::to_string_pretty(&row).map_err(Error::internal)?))
}

/// The page of the audit that has more of a kind.
fn more(key: &str, value: &str) -> String {
    link("/audit", &[("q", &Part::of(key, value).to_string())])
}

fn facts(event: &Event) -> Vec<(&'static str, String, Option<String>)> {
    let kind = event.actor.kind.as_str();
    let actor = event.actor.id.as_ref().map_or_else(|| kind.to_owned(), |id| format!("{kind}/{id}"));
    let mut facts = vec![
        ("Actor", format!("{} ({kind})", event.actor.name), Some(more("actor", &actor))),
        ("Source", event.source.as_str().to_owned(), Some(more("source", event.source.as_str()))),
        ("Action", event.action.clone(), Some(more("action", &event.action))),
        ("Request", event.request_id.clone(), Some(more("request", &event.request_id))),
    ];
    let ip = event.ip.map(|ip| ip.to_string());
    facts.extend(ip.map(|ip| ("Address", ip.clone(), Some(more("ip", &ip)))));
    facts.extend(event.user_agent.clone().map(|agent| ("User agent", agent, None)));
    facts.extend(subject(event));
    facts.extend(details(event));
    facts.into_iter().map(|(what, value, href)| (what, plain(&value), href)).collect()
}

/// The row that it is about, where it is none of the person or the team.
fn subject(event: &Event) -> Option<(&'static str, String, Option<String>)> {
    let id = event.resource_id.as_ref()?;
    let kind = Resource::from_word(&event.resource)?;
    let about = format!("{}/{id}", kind.as_str());
    Some(("About", about.clone(), Some(more("resource", &about))))
}

/// Where the page of a detail is that is an id, by its key.
const PAGES: &[(&str, &str)] =
    &[("predecessor", "/people"), ("successor", "/people"), ("event", "/events"), ("replay", "/events/replays")];

/// The page of a detail, where it has one.
fn page_of(key: &str, value: &Value) -> Option<String> {
    let (_, page) = PAGES.iter().find(|(known, _)| *known == key)?;
    value.as_str().and_then(Id::parse).map(|id| format!("{page}/{id}"))
}

/// What the detail says, in words where there are any.
fn details(event: &Event) -> Vec<(&'static str, String, Option<String>)> {
    let value = |key: &str| event.detail.as_ref()?.get(key).filter(|value| !value.is_null());
    let told = |key: &str| value(key).map(|value| (detail(key, value), page_of(key, value)));
    let known = KNOWN.iter().filter_map(|(key, label)| told(key).map(|(text, page)| (*label, text, page)));
    let reason = value("reason").map(|reason| {
        let reason = reason.as_str().map_or_else(|| diff::text(reason), |code| why(event, code));
        ("Reason", reason, None)
    });
    let ended = sentence::ended(event.detail.as_ref()).map(|ended| ("With it", ended, None));
    reason.into_iter().chain(ended).chain(known).collect()
}

/// A detail in words.
fn detail(key: &str, value: &Value) -> String {
    let words = if key == "method" { "road" } else { key };
    if value.is_string() { values::told(words, value) } else { diff::text(value) }
}

/// Why something was refused; of a break-glass account the same codes say something else.
fn why(event: &Event, code: &str) -> String {
    let is_of_glass = event.action.contains("break_glass");
    (if is_of_glass { reasons::of_glass(code) } else { reasons::told(code) }).to_owned()
}
