//! Who asked for a team, and what came of it.

use std::collections::HashMap;

use askama::Template;
use axum::http::StatusCode;

use super::done;
use super::frame::Frame;
use super::html::{self, link};
use super::roll_words::{self as words, Act, Chip, When};
use super::team_actions::given;
use super::teams::TEAMS;
use super::text::{self, plain};
use crate::directory::team_requests::{self, NO_SUCH_REQUEST};
use crate::error::{Error, Result};
use crate::http::api::call::Call;
use crate::http::api::pages;
use crate::http::api::team_requests::LONGEST_REASON;
use crate::http::problem::{Answer, Problem};
use crate::model::Id;
use crate::model::policy::{self, Deed, Reach, Whose};
use crate::model::team_request::{RequestState, TeamRequest};
use crate::model::words::Word;
use crate::store::users;

/// Where the list is.
pub const REQUESTS: &str = "/team-requests";
/// How many requests a page shows.
const PAGE: u32 = 50;

/// A request as a line of the page.
struct Line {
    name: String,
    reason: String,
    state: Chip,
    who: (String, String),
    asked: When,
    note: String,
    team: Option<String>,
    acts: Vec<Act>,
}

#[derive(Template)]
#[template(path = "team_requests.html")]
struct RequestsPage {
    frame: Frame,
    /// The states that can be chosen: the word, the label, whether it is the one shown.
    states: Vec<(&'static str, &'static str, bool)>,
    /// Whether the reader may open people's pages.
    may_open_people: bool,
    /// Whether the reader may ask for one.
    may_ask: bool,
    lines: Vec<Line>,
    next: Option<String>,
    done: Option<&'static str>,
    fault: Option<String>,
}

const STATES: &[(RequestState, &str, &str)] = &[
    (RequestState::Pending, "Waiting", "warn"),
    (RequestState::Approved, "Approved", "good"),
    (RequestState::Rejected, "Rejected", ""),
];

/// `GET /team-requests`: those that wait, or were decided; everybody's for admins, else one's own.
pub(in crate::http) async fn list(call: Call) -> Answer {
    let mut query = done::beside(&call)?;
    let done = done::told(&call).and_then(|word| words::done(&word));
    let state = query.word_or("state", RequestState::Pending);
    let cursor = query.id("cursor");
    let state = query.done(state)?;
    shown(&call, (state, cursor), (done, None)).await
}

async fn shown(
    call: &Call,
    (state, cursor): (RequestState, Option<Id>),
    (done, fault): (Option<&'static str>, Option<Problem>),
) -> Answer {
    let (mut view, caller) = (call.view().await?, call.caller()?);
    let found = team_requests::list(&mut view, caller, Some(state), cursor, PAGE + 1).await?;
    let (found, next) = pages::cut(found, PAGE, |last| last.id.to_string());
    let askers: Vec<Id> = found.iter().map(|request| request.requester_id).collect();
    let names: HashMap<Id, Option<String>> = users::names(&mut view, &askers).await?.into_iter().collect();
    let may_decide = policy::may(caller, Deed::DecideRequests, Whose::Foreign);
    let frame = Frame::of(call, &mut view, TEAMS, "Team requests").await?;
    let status = fault.as_ref().map_or(StatusCode::OK, |problem| problem.status);
    let page = RequestsPage {
        frame,
        states: STATES.iter().map(|(one, label, _)| (one.as_str(), *label, *one == state)).collect(),
        may_open_people: policy::may(caller, Deed::ListUsers, Whose::Foreign),
        may_ask: policy::reach(caller, Deed::RequestTeams) > Reach::Nowhere,
        lines: found.iter().map(|request| line(request, &names, may_decide)).collect(),
        next: next.map(|last| link(REQUESTS, &[("state", state.as_str()), ("cursor", &last)])),
        done,
        fault: fault.map(|problem| plain(problem.told().0)),
    };
    Ok(html::page(status, &page)?)
}

fn line(request: &TeamRequest, names: &HashMap<Id, Option<String>>, may_decide: bool) -> Line {
    let name = text::name(&request.name);
    let state = STATES.iter().find(|(state, ..)| *state == request.state);
    let who = names.get(&request.requester_id).cloned().flatten();
    Line {
        reason: plain(&request.reason),
        state: state.map_or_else(|| Chip::of("", ""), |(_, label, tone)| Chip::of(label.to_lowercase(), tone)),
        who: (request.requester_id.to_string(), text::name(who.as_deref().unwrap_or("somebody"))),
        asked: request.created_at.into(),
        note: plain(request.note.as_deref().unwrap_or_default()),
        team: request.team_id.map(|id| id.to_string()),
        acts: if may_decide && request.state == RequestState::Pending { acts(request, &name) } else { Vec::new() },
        name,
    }
}

const YES: &str = "The team is made under this name, and who asked for it becomes its admin.";
const NO: &str = "Who asked is shown your answer.";

fn acts(request: &TeamRequest, name: &str) -> Vec<Act> {
    let to = |verb: &str| format!("{REQUESTS}/{}/{verb}", request.id);
    let mut no = Act::of(to("reject"), "Reject", NO, "Reject the request for", name).danger();
    no.reason = Some(("note", "Your answer, if you give one"));
    vec![Act::of(to("approve"), "Approve", YES, "Make the team", name), no]
}

/// Back to those that wait: to say what was done, or why nothing was.
async fn settled(call: &Call, outcome: Result<&'static str>) -> Answer {
    match outcome {
        Ok(told) => Ok(done::led_to(call, REQUESTS, told)?),
        Err(error @ (Error::Conflict(_) | Error::Clash(_))) => {
            shown(call, (RequestState::Pending, None), (None, Some(error.into()))).await
        }
        Err(error) => Err(error.into()),
    }
}

/// `POST /team-requests/{id}/approve`.
pub(in crate::http) async fn approve(call: Call) -> Answer {
    call.form.fields(&[])?.end()?;
    let work = (call.caller()?, call.id(NO_SUCH_REQUEST)?);
    let done = call.unit(&work, |tx, (caller, id)| Box::pin(team_requests::approve(tx, caller, *id))).await;
    settled(&call, done.map(|_| "approved")).await
}

/// `POST /team-requests/{id}/reject`.
pub(in crate::http) async fn reject(call: Call) -> Answer {
    let mut form = call.form.fields(&[])?;
    let note = given(form.text_or_null("note", 0..=LONGEST_REASON));
    form.end()?;
    let work = (call.caller()?, call.id(NO_SUCH_REQUEST)?, note);
    let done = call
        .unit(&work, |tx, (caller, id, note)| Box::pin(team_requests::reject(tx, caller, *id, note.as_deref())))
        .await;
    settled(&call, done.map(|_| "rejected")).await
}
