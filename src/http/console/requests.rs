//! The log of SCIM requests as pages: what Okta asked, what it was answered, and what a refusal means.

use askama::Template;
use serde_json::Value;

use super::frame::Frame;
use super::html::{link, show};
use super::text::plain;
use super::traffic::{Choice, Moment, filled, given, pretty, size, took};
use crate::error::{Error, Result};
use crate::http::api::call::{Call, Form};
use crate::http::api::scim_requests::{NO_SUCH_REQUEST, Wish, cursor};
use crate::http::problem::Answer;
use crate::http::scim::hints::{self, Hint};
use crate::model::Id;
use crate::store::scim_request_list::{self, LoggedRequest, Page};
use crate::store::{Link, people, teams};

/// How many requests a page shows.
const PAGE: u32 = 50;
const PATH: &str = "/requests";
/// The filters of the form, in their order.
const FIELDS: [&str; 7] = ["status", "method", "path", "token", "since", "until", "failed"];
/// Said of somebody who was read and is not here.
const USUAL: &str = "Usual: somebody was asked for who is not here. Okta looks for them by userName, and creates them.";
/// What is offered as links: the name, and the one filter it sets.
const CHOICES: [(&str, &[(&str, &str)]); 7] = [
    ("Everything", &[]),
    ("Refused and failed", &[("failed", "true")]),
    ("Users", &[("path", "Users")]),
    ("Groups", &[("path", "Groups")]),
    ("Refused in 24 h", &[("failed", "true"), ("since", "24h")]),
    ("Busy (429)", &[("status", "429")]),
    ("Without a good token", &[("token", "-")]),
];

#[derive(Template)]
#[template(path = "requests.html")]
struct RequestsPage {
    frame: Frame,
    choices: Vec<Choice>,
    asked: Asked,
    faults: Vec<String>,
    rows: Vec<Row>,
    /// Where the next page is, if there may be one.
    next: Option<String>,
}

/// The form as it was filled in.
#[derive(Default)]
struct Asked {
    status: String,
    method: String,
    path: String,
    token: String,
    since: String,
    until: String,
    failed: bool,
    cause: String,
    /// Whether anything at all was asked for.
    is_given: bool,
}

impl Asked {
    fn of(form: &Form) -> Self {
        let of = |name: &str| filled(form, name);
        Self {
            status: of("status"),
            method: of("method"),
            path: of("path"),
            token: of("token"),
            since: of("since"),
            until: of("until"),
            failed: of("failed") == "true",
            cause: of("cause"),
            is_given: !asked_for(form).is_empty(),
        }
    }
}

/// The filters that are given, without where the page begins.
fn asked_for(form: &Form) -> Vec<(&'static str, &str)> {
    given(form, FIELDS.into_iter().chain(["cause"]))
}

/// A request as a line of the list.
struct Row {
    id: Id,
    at: Moment,
    status: i64,
    class: &'static str,
    mark: &'static str,
    method: String,
    path: String,
    result: String,
    /// What is said of a refusal that nobody has to do anything about.
    usual: Option<&'static str>,
    took: String,
    came: String,
    went: String,
    /// The token's name and the list of what came with it.
    token: Option<(String, String)>,
    /// Where the story is.
    cause: Id,
}

impl From<LoggedRequest> for Row {
    fn from(request: LoggedRequest) -> Self {
        let is_usual = hints::of(&(&request).into()).is_some_and(|hint| hint.is_usual);
        let token = request.token_name.as_deref().map(|name| (plain(name), link(PATH, &[("token", name)])));
        Self {
            id: request.id,
            at: request.at.into(),
            status: request.status,
            class: if is_usual { "" } else { class(request.status) },
            mark: if is_usual { "" } else { mark(request.status) },
            result: plain(request.detail.as_deref().unwrap_or(good(request.status))),
            usual: is_usual.then_some(USUAL),
            method: plain(&request.method),
            path: plain(&request.path),
            took: took(request.micros),
            came: size(request.request_bytes),
            went: size(request.response_bytes),
            token,
            cause: request.cause_id,
        }
    }
}

/// The look of a status.
fn class(status: i64) -> &'static str {
    match status {
        ..400 => "good",
        429 => "warn",
        _ => "bad",
    }
}

/// The look of a line: what deserves attention has a mark at its side.
fn mark(status: i64) -> &'static str {
    match status {
        ..400 => "",
        500.. => " high",
        _ => " warn",
    }
}

/// What a good answer says in words.
fn good(status: i64) -> &'static str {
    match status {
        201 => "Created.",
        204 => "Done.",
        304 => "Nothing new since it was last read.",
        ..400 => "Answered.",
        _ => "Refused without a word.",
    }
}

/// `GET /requests`: the requests that came last first.
pub(in crate::http) async fn list(call: Call) -> Answer {
    let mut query = call.query()?;
    let wish = Wish::read(&mut query, call.ctx.now);
    let faults = match query.end() {
        Ok(()) => Vec::new(),
        Err(Error::Invalid(flaws)) => flaws.iter().map(|flaw| format!("{}: {}", flaw.field, flaw.problem)).collect(),
        Err(other) => return Err(other.into()),
    };
    let mut view = call.view().await?;
    let page = if faults.is_empty() { wish.page(&mut view, call.ctx.now, PAGE).await? } else { Page::default() };
    let (frame, form) = (Frame::of(&call, &mut view, PATH, "SCIM requests").await?, call.asked());
    let given = asked_for(&form);
    let next = page.next.map(|place| {
        let cursor = cursor(place);
        link(PATH, &[given.as_slice(), &[("cursor", cursor.as_str())]].concat())
    });
    let choices =
        CHOICES.iter().map(|(label, filter)| Choice { label, href: link(PATH, filter), is_current: given == *filter });
    let choices = choices.collect();
    let rows = page.requests.into_iter().map(Row::from).collect();
    let asked = Asked::of(&form);
    Ok(show(&RequestsPage { frame, choices, asked, faults, rows, next })?)
}

#[derive(Template)]
#[template(path = "request.html")]
struct RequestPage {
    frame: Frame,
    row: Row,
    request_id: String,
    query: Option<String>,
    scim_type: Option<String>,
    hint: Option<&'static Hint>,
    subjects: Vec<Subject>,
    body: Option<String>,
    /// The error as its answer had it.
    error: Option<String>,
    ip: Option<String>,
    user_agent: Option<String>,
}

/// Whom or what a request concerns, where that is still there.
struct Subject {
    what: &'static str,
    href: String,
    name: String,
}

/// `GET /requests/{id}`: one request whole.
pub(in crate::http) async fn get(call: Call) -> Answer {
    let id = call.id(NO_SUCH_REQUEST)?;
    let mut view = call.view().await?;
    let request = scim_request_list::find(&mut view, id).await?.ok_or_else(|| Error::not_found(NO_SUCH_REQUEST))?;
    let subjects = subjects(&mut view, &request).await?;
    let frame = Frame::of(&call, &mut view, PATH, "SCIM request").await?;
    let page = RequestPage {
        frame,
        hint: hints::of(&(&request).into()),
        error: error(&request),
        request_id: plain(&request.request_id),
        query: request.query.as_deref().map(plain),
        scim_type: request.scim_type.as_deref().map(plain),
        body: request.body.as_deref().map(pretty),
        ip: request.ip.as_deref().map(plain),
        user_agent: request.user_agent.as_deref().map(plain),
        subjects,
        row: Row::from(request),
    };
    Ok(show(&page)?)
}

/// The error of the answer, as its body was.
fn error(request: &LoggedRequest) -> Option<String> {
    let detail = request.detail.as_deref()?;
    let mut body = serde_json::json!({ "status": request.status.to_string(), "detail": detail });
    if let Some(kind) = &request.scim_type {
        body["scimType"] = kind.as_str().into();
    }
    Some(pretty(&body.to_string()))
}

/// Whom the path names, and who holds the userName that was refused.
async fn subjects(link: &mut impl Link, request: &LoggedRequest) -> Result<Vec<Subject>> {
    let mut found = Vec::new();
    let mut parts = request.path.split('/').filter(|part| !part.is_empty()).skip(2);
    let named = (parts.next(), parts.next().and_then(Id::parse));
    if let (Some("Users"), Some(id)) = named
        && let Some((row, name)) = people::of_scim(link, id).await?
    {
        found.push(person("Person", row, name.as_deref()));
    }
    if let (Some("Groups"), Some(id)) = named
        && let Some((row, name)) = teams::names(link, &[id]).await?.pop()
    {
        found.push(Subject { what: "Team", href: format!("/teams/{row}"), name: plain(&name) });
    }
    let body: Value = request.body.as_deref().and_then(|body| serde_json::from_str(body).ok()).unwrap_or_default();
    if request.status == 409
        && let Some(name) = body["userName"].as_str()
        && let Some(row) = people::named(link, name).await?
    {
        found.push(person("Who has this userName", row, Some(name)));
    }
    Ok(found)
}

fn person(what: &'static str, row: Id, name: Option<&str>) -> Subject {
    Subject { what, href: format!("/people/{row}"), name: plain(name.unwrap_or("somebody without a name")) }
}
