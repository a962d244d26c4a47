//! How the connection to Okta does, as a page: every part with the reason, and where more of it is shown.

use askama::Template;

use super::frame::Frame;
use super::html::show;
use super::moment::Moment;
use super::text::block;
use crate::directory::connection::{self, Asked, Facts, Level, Part, Topic};
use crate::error::Result;
use crate::http::api::call::Call;
use crate::http::api::connection::asked;
use crate::http::problem::Answer;
use crate::model::words::Word;

/// What a level is called, and how it looks.
pub(super) fn level(level: Level) -> (&'static str, &'static str) {
    match level {
        Level::Waiting => ("Not in use yet", ""),
        Level::Good => ("Good", "good"),
        Level::Warn => ("Look at this", "warn"),
        Level::Bad => ("Does not work", "bad"),
    }
}

/// What a part is called, and where more of it is shown.
fn topic(topic: Topic) -> (&'static str, Option<(&'static str, &'static str)>) {
    match topic {
        Topic::Scim => ("SCIM requests", Some(("/requests", "All requests"))),
        Topic::Errors => ("Failures under SCIM", Some(("/requests?failed=true&since=24h", "Failed requests"))),
        Topic::Tokens => ("SCIM tokens", Some(("/tokens", "Tokens"))),
        Topic::Hook => ("Event hook", Some(("/events", "Events"))),
        Topic::HookLag => ("On the way from Okta", Some(("/events", "Events"))),
        Topic::Queue => ("Events that wait", Some(("/events", "Events"))),
        Topic::Dead => ("Dead events", Some(("/events?state=dead", "Dead events"))),
        Topic::CatchUp => ("System Log", Some(("/setup#catch-up", "In the setup guide"))),
        Topic::Breaker => ("Breaker", Some(("/audit?q=action%3Abreaker.tripped", "When it tripped"))),
        Topic::Drift => ("Drift", Some(("/audit?q=action%3Adrift.repaired", "Repairs"))),
        Topic::Spool => ("Spool", None),
        Topic::Clock => ("Clock", None),
        Topic::Glass => ("Break-glass accounts", Some(("/audit?q=action%3Aauth.break_glass.login", "Sign-ins"))),
    }
}

/// A part as the page shows it.
pub(super) struct Row {
    topic: &'static str,
    title: &'static str,
    label: &'static str,
    class: &'static str,
    why: String,
    moment: Option<Moment>,
    more: Option<(String, &'static str)>,
}

impl Row {
    fn of(part: &Part) -> Self {
        let ((label, class), (title, more)) = (level(part.level), topic(part.topic));
        let more = match part.request {
            Some(request) => Some((format!("/requests/{request}"), "The request")),
            None => more.map(|(path, words)| (path.to_owned(), words)),
        };
        let (topic, moment) = (part.topic.as_str(), part.at.map(Moment::from));
        Self { topic, title, label, class, why: block(&part.why), moment, more }
    }
}

/// The connection in one sentence, for the head of a page.
pub(super) struct Summary {
    pub label: &'static str,
    pub class: &'static str,
    /// What is not as it should be; empty where everything is.
    pub reasons: Vec<String>,
}

impl Summary {
    pub(super) fn of(parts: &[Part]) -> Self {
        let overall = connection::overall(parts);
        let (label, class) = match overall {
            Level::Waiting => ("Waiting for Okta", ""),
            Level::Good => ("The connection is good", "good"),
            Level::Warn => ("The connection needs a look", "warn"),
            Level::Bad => ("The connection does not work", "bad"),
        };
        let grave = parts.iter().filter(|part| part.level >= Level::Warn);
        let reasons = grave.map(|part| format!("{}: {}", topic(part.topic).0, block(&part.why))).collect();
        Self { label, class, reasons }
    }
}

/// What is known of the connection, and what was asked.
pub(super) async fn facts(call: &Call) -> Result<(Facts, Asked<'_>)> {
    let asked = asked(&call.app, call.ctx.now)?;
    let facts = connection::read(&mut call.view().await?, &asked).await?;
    Ok((facts, asked))
}

#[derive(Template)]
#[template(path = "connection.html")]
struct ConnectionPage {
    frame: Frame,
    summary: Summary,
    rows: Vec<Row>,
}

/// `GET /connection`: every part with the reason.
pub(in crate::http) async fn list(call: Call) -> Answer {
    let (facts, asked) = facts(&call).await?;
    let parts = connection::judge(&facts, &asked);
    let frame = Frame::of(&call, &mut call.view().await?, "/connection", "Connection").await?;
    let summary = Summary::of(&parts);
    let rows = parts.iter().map(Row::of).collect();
    Ok(show(&ConnectionPage { frame, summary, rows })?)
}
