//! One row of the audit, whole.

use askama::Template;

use super::events::{self, Line};
use super::frame::Frame;
use super::html::{link, show};
use super::text::{block, plain};
use crate::access::audit_log::{self, NO_SUCH_ROW};
use crate::audit::render;
use crate::audit::search::parts::Part;
use crate::audit::sentence::{self, Piece, reasons};
use crate::audit::{Event, Resource};
use crate::error::{Error, Result};
use crate::http::api::call::Call;
use crate::http::problem::Answer;
use crate::model::words::Word;

/// What is known of a row beyond its sentence, by the key of its detail.
const KNOWN: &[(&str, &str)] = &[
    ("count", "How often"),
    ("since", "Since"),
    ("until", "Until"),
    ("from", "From"),
    ("userName", "Sign-in name"),
    ("oktaId", "Okta's id"),
    ("oktaError", "Okta's error"),
    ("oktaGroupId", "Group at Okta"),
    ("prefix", "Begins with"),
    ("scopes", "Scopes"),
    ("mode", "Sent as"),
    ("expiresAt", "Ends"),
    ("platform", "Platform"),
    ("note", "Note"),
    ("begunBefore", "Begun before"),
    ("ids", "Ids"),
    ("search", "Search"),
    ("type", "Type"),
];

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

/// What the detail says, in words where there are any.
fn details(event: &Event) -> Vec<(&'static str, String, Option<String>)> {
    let text = |key: &str| {
        let value = event.detail.as_ref()?.get(key).filter(|value| !value.is_null())?;
        let list = value.as_array().map(|all| all.iter().map(events::text).collect::<Vec<_>>().join(", "));
        Some(list.unwrap_or_else(|| events::text(value)))
    };
    let known = KNOWN.iter().filter_map(|(key, label)| Some((*label, text(key)?, None)));
    let reason = text("reason").map(|reason| ("Reason", reasons::told(&reason).to_owned(), None));
    let ended = sentence::ended(event.detail.as_ref()).map(|ended| ("With it", ended, None));
    reason.into_iter().chain(ended).chain(known).collect()
}
