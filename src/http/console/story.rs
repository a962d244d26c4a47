//! A story: what one cause began with, everything it led to in order, and why nothing happened where nothing did.

use askama::Template;

use super::events::{self, Line};
use super::frame::Frame;
use super::html::{link, show};
use super::text::{block, plain};
use crate::access::audit_log::{self, Told};
use crate::audit::sentence::{self, Piece};
use crate::ctx::ActorKind;
use crate::error::Error;
use crate::http::api::call::Call;
use crate::http::problem::Answer;
use crate::model::hook::{HookRoad, HookState};
use crate::model::policy::{self, Deed, Reach};
use crate::model::words::Word;
use crate::store::hook_inbox::{self, Kept};
use crate::store::stories::{self, Request};

/// How many rows of a story are shown; the audit has the rest.
const ROWS: usize = 200;
const NO_SUCH_STORY: &str = "There is no story with this id that you may see.";

#[derive(Template)]
#[template(path = "story.html")]
struct StoryPage {
    frame: Frame,
    /// What it began with.
    beginning: Beginning,
    lines: Vec<Line>,
    /// What ended with all of it.
    ended: Option<String>,
    /// Why nothing happened, where nothing did.
    nothing: Option<String>,
    /// Where the rest of it is, where there is more.
    more: Option<String>,
}

/// What a story began with.
struct Beginning {
    /// In a few words.
    title: String,
    /// What is known of it.
    facts: Vec<(&'static str, String)>,
    /// When, RFC 3339 and as it is read.
    at: Option<(String, String)>,
    /// Where all of it is, for who may see that.
    href: Option<String>,
    /// What was sent, masked, for who may see that.
    body: Option<String>,
}

/// `GET /stories/{cause}`.
pub(in crate::http) async fn show_story(call: Call) -> Answer {
    let cause = call.id_of("cause", NO_SUCH_STORY)?;
    call.query()?.end()?;
    let mut view = call.view().await?;
    let caller = call.caller()?;
    let told = audit_log::of_cause(&mut view, caller, cause, ROWS).await?;
    let request = stories::request_of(&mut view, cause).await?;
    let event = hook_inbox::find(&mut view, cause).await?;
    let has_begun = told.is_whole && (request.is_some() || event.is_some());
    if told.events.is_empty() && !has_begun {
        return Err(Error::not_found(NO_SUCH_STORY).into());
    }
    let is_admin = policy::reach(caller, Deed::ReadHooks) == Reach::Everywhere;
    let lines = events::lines(&mut view, &told.events).await?;
    let frame = Frame::of(&call, &mut view, "/audit", "Story").await?;
    let page = StoryPage {
        frame,
        nothing: told.events.is_empty().then(|| nothing(request.as_ref(), event.as_ref())),
        beginning: beginning(request, event, &told, is_admin),
        lines,
        ended: sentence::ended(told.events.iter().filter_map(|event| event.detail.as_ref())),
        more: told.has_more.then(|| link("/audit", &[("q", &format!("cause:{cause}"))])),
    };
    Ok(show(&page)?)
}

fn beginning(request: Option<Request>, event: Option<Kept>, told: &Told, is_admin: bool) -> Beginning {
    match (request, event) {
        (Some(request), _) => of_request(request, is_admin),
        (None, Some(event)) => of_event(event, is_admin),
        (None, None) => of_rows(told),
    }
}

fn of_request(request: Request, is_admin: bool) -> Beginning {
    let millis = request.micros / 1_000;
    let took = if millis > 0 { format!("{millis} ms") } else { format!("{} µs", request.micros) };
    let query = request.query.filter(|query| is_admin && !query.is_empty()).map(|query| format!("?{query}"));
    let mut facts = vec![("Answer", request.status.to_string()), ("Took", took)];
    facts.extend(request.token_name.map(|name| ("SCIM token", plain(&name))));
    facts.extend(request.detail.filter(|_| is_admin).map(|detail| ("Said", plain(&detail))));
    facts.push(("Request", plain(&request.request_id)));
    Beginning {
        title: plain(&format!("{} {}{}", request.method, request.path, query.unwrap_or_default())),
        facts,
        at: Some(events::moment(request.at)),
        href: is_admin.then(|| format!("/requests/{}", request.id)),
        body: request.body.filter(|_| is_admin).map(|body| pretty(&body)),
    }
}

fn of_event(event: Kept, is_admin: bool) -> Beginning {
    let road = match event.road {
        HookRoad::Hook => "Okta delivered it by the event hook",
        HookRoad::Spool => "Okta delivered it while the database was away",
        HookRoad::Log => "It was read from Okta's System Log",
    };
    let mut facts = vec![("State", state(event.state).to_owned()), ("Road", road.to_owned())];
    facts.extend(event.reason.filter(|_| is_admin).map(|reason| ("Because", plain(&reason))));
    facts.extend((event.tries > 0).then(|| ("Failed tries", event.tries.to_string())));
    facts.push(("At Okta", events::moment(event.published_at).1 + " UTC"));
    facts.push(("Received", events::moment(event.received_at).1 + " UTC"));
    facts.extend(event.settled_at.map(|at| ("Settled", events::moment(at).1 + " UTC")));
    let kind = event.event_type.unwrap_or_else(|| "without a type".to_owned());
    Beginning {
        title: plain(&format!("Okta's event {kind}")),
        facts,
        at: Some(events::moment(event.published_at)),
        href: is_admin.then(|| format!("/events/{}", event.id)),
        body: event.body.filter(|_| is_admin).map(|body| pretty(&body)),
    }
}

/// What neither SCIM nor an event began: what its rows say of whoever did it.
fn of_rows(told: &Told) -> Beginning {
    let Some(first) = told.events.first() else {
        return Beginning { title: "Nothing is known".to_owned(), facts: Vec::new(), at: None, href: None, body: None };
    };
    let name = plain(&first.actor.name);
    let title = match first.actor.kind {
        ActorKind::ScimToken => format!("A request with the SCIM token {name}; its log was removed since"),
        ActorKind::OktaHook => "An event of Okta's, which was removed since".to_owned(),
        ActorKind::User => format!("{name}, signed in"),
        ActorKind::BreakGlass => format!("The break-glass account {name}"),
        ActorKind::ApiKey => format!("An API key of {name}"),
        ActorKind::Cli => "The command line of the server".to_owned(),
        ActorKind::Job => format!("The service's own job {name}"),
        ActorKind::Nobody => "Somebody who is not signed in".to_owned(),
    };
    let mut facts = vec![("Source", first.source.as_str().to_owned()), ("Request", plain(&first.request_id))];
    facts.extend(first.ip.map(|ip| ("Address", ip.to_string())));
    facts.extend(first.user_agent.as_deref().map(|agent| ("User agent", plain(agent))));
    Beginning { title, facts, at: Some(events::moment(first.at)), href: None, body: None }
}

/// What became of an event, in words.
fn state(state: HookState) -> &'static str {
    match state {
        HookState::Received => "It waits for its turn",
        HookState::Applied => "It was applied",
        HookState::NoChange => "Everything was so already",
        HookState::Ignored => "It was ignored",
        HookState::Stale => "It came too late: something newer is known",
        HookState::Failed => "It failed, and will be tried again",
        HookState::Dead => "It failed, and will not be tried again by itself",
    }
}

/// Why nothing happened.
fn nothing(request: Option<&Request>, event: Option<&Kept>) -> String {
    match (request, event) {
        (Some(request), _) if request.status >= 400 => {
            let said = request.detail.as_deref().map(|detail| format!(": {}", plain(detail))).unwrap_or_default();
            format!("Nothing changed: the request was refused with {}{said}", request.status)
        }
        (Some(request), _) if request.method == "GET" => "Nothing changed: the request only read.".to_owned(),
        (Some(_), _) => "Nothing changed: everything was so already.".to_owned(),
        (None, Some(event)) => {
            let because = event.reason.as_deref().map(|reason| format!(", because {}", plain(reason)));
            let told = match event.state {
                HookState::Received => "Nothing changed yet: the event waits for its turn",
                HookState::Applied => "Its rows are no longer kept",
                HookState::NoChange => "Nothing changed: it was so already",
                HookState::Ignored => "Nothing changed: the event was ignored",
                HookState::Stale => "Nothing changed: the event came too late, and something newer is known",
                HookState::Failed => "Nothing changed yet: the event failed and will be tried again",
                HookState::Dead => "Nothing changed: the event failed, and will not be tried again by itself",
            };
            format!("{told}{}.", because.unwrap_or_default())
        }
        (None, None) => "Nothing is known of it.".to_owned(),
    }
}

/// A body as it is read: JSON with its lines, anything else as it is.
fn pretty(body: &str) -> String {
    let read = serde_json::from_str::<serde_json::Value>(body);
    let text = read.and_then(|value| serde_json::to_string_pretty(&value)).unwrap_or_else(|_| body.to_owned());
    block(&text)
}
