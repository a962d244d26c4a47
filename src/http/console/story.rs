//! A story: what one cause began with, everything it led to in order, and why nothing happened where nothing did.

mod why;

use std::collections::BTreeMap;

use askama::Template;
use serde_json::Value;

use self::why::Nothing;
use super::events::{self, Line};
use super::frame::Frame;
use super::html::{link, show};
use super::text::{block, plain};
use crate::access::audit_log::{self, Told};
use crate::audit::search::parts::Part;
use crate::audit::sentence::actors;
use crate::audit::sentence::{self, Piece};
use crate::ctx::{ActorKind, Source};
use crate::directory::breaker;
use crate::error::Error;
use crate::http::api::call::Call;
use crate::http::problem::Answer;
use crate::model::Id;
use crate::model::hook::{HookRoad, HookState};
use crate::model::policy::{self, Deed, Reach};
use crate::model::words::Word;
use crate::store::hook_inbox::{self, Kept};
use crate::store::stories::{self, Request};

/// How many rows of a story are shown; the audit has the rest.
const ROWS: usize = 200;
/// How many of them are shown at once; the rest is opened by a click.
const AT_ONCE: usize = 25;
/// How many kinds of operations of a request are told.
const OPERATIONS: usize = 6;
const NO_SUCH_STORY: &str = "There is no story with this id that you may see.";

#[derive(Template)]
#[template(path = "story.html")]
struct StoryPage {
    frame: Frame,
    /// What it began with.
    beginning: Beginning,
    /// The first rows.
    lines: Vec<Line>,
    /// The rows after those.
    later: Vec<Line>,
    /// How many rows there are of each kind, where there are many: how many, the code, and where they are.
    kinds: Vec<(usize, String, String)>,
    /// What ended with all of it.
    ended: Option<String>,
    /// Why nothing happened, where nothing did.
    nothing: Option<Nothing>,
    /// Where the rest of it is, where there is more.
    more: Option<String>,
}

impl StoryPage {
    /// How many rows are shown.
    fn count(&self) -> usize {
        self.lines.len() + self.later.len()
    }
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
    let mut lines = events::lines(&mut view, &told.events).await?;
    let later = lines.split_off(lines.len().min(AT_ONCE));
    let is_held = breaker::is_held(&mut view, call.app.breaker).await?;
    let page = StoryPage {
        frame: Frame::of(&call, &mut view, "/audit", "Story").await?,
        nothing: told.events.is_empty().then(|| nothing(request.as_ref(), event.as_ref(), is_held)),
        kinds: if later.is_empty() { Vec::new() } else { kinds(cause, &told) },
        ended: sentence::ended(told.events.iter().filter_map(|event| event.detail.as_ref())),
        more: told.has_more.then(|| of_cause(cause, None)),
        beginning: beginning(request, event, &told, is_admin),
        lines,
        later,
    };
    Ok(show(&page)?)
}

/// The audit with the rows of a cause, or those of one action of it.
fn of_cause(cause: Id, action: Option<&str>) -> String {
    let cause = Part::of("cause", cause.to_string()).to_string();
    let action = action.map(|action| format!(" {}", Part::of("action", action)));
    link("/audit", &[("q", &format!("{cause}{}", action.unwrap_or_default()))])
}

/// How many rows there are of each action, most first.
fn kinds(cause: Id, told: &Told) -> Vec<(usize, String, String)> {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for event in &told.events {
        *counts.entry(event.action.as_str()).or_default() += 1;
    }
    let one = |(action, count): (&str, usize)| (count, action.to_owned(), of_cause(cause, Some(action)));
    let mut kinds: Vec<(usize, String, String)> = counts.into_iter().map(one).collect();
    kinds.sort_by_key(|(count, ..)| std::cmp::Reverse(*count));
    kinds
}

/// Why nothing happened.
fn nothing(request: Option<&Request>, event: Option<&Kept>, is_held: bool) -> Nothing {
    match (request, event) {
        (Some(request), _) => why::of_request(request),
        (None, Some(event)) => why::of_event(event, is_held),
        (None, None) => Nothing { why: "Nothing is known of it.".to_owned(), next: None },
    }
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
    let asked = request.body.as_deref().filter(|_| is_admin).and_then(operations);
    facts.extend(asked.map(|told| ("Asked for", told)));
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

/// What a request with several operations asked for, by method or op: a Bulk, a PATCH; or how many members a group came
/// with. None where the body says none of that, or was too long to be kept.
fn operations(body: &str) -> Option<String> {
    let body: Value = serde_json::from_str(body).ok()?;
    if let Some(members) = body["members"].as_array() {
        return Some(if members.len() == 1 { "1 member".to_owned() } else { format!("{} members", members.len()) });
    }
    let all = body["Operations"].as_array()?;
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    for one in all {
        let word = one["method"].as_str().or_else(|| one["op"].as_str()).unwrap_or("unknown");
        *counts.entry(plain(word)).or_default() += 1;
    }
    let told: Vec<String> = counts.iter().take(OPERATIONS).map(|(word, count)| format!("{count} × {word}")).collect();
    let noun = if all.len() == 1 { "operation" } else { "operations" };
    Some(format!("{} {noun}: {}", all.len(), told.join(", ")))
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
        ActorKind::ScimToken => {
            format!("A request with the SCIM token {name}, which the log of requests no longer has")
        }
        ActorKind::OktaHook => "An event of Okta's, which the inbox no longer has".to_owned(),
        ActorKind::User => format!("{name}, {}", place(first.source)),
        ActorKind::BreakGlass => format!("The break-glass account {name}, {}", place(first.source)),
        ActorKind::ApiKey => format!("An API key of {name}"),
        ActorKind::Cli => "The command line of the server".to_owned(),
        ActorKind::Job => format!("rollcall itself: {}", plain(actors::job(&first.actor.name))),
        ActorKind::Nobody => "Somebody who is not signed in".to_owned(),
    };
    let mut facts = vec![("Source", first.source.as_str().to_owned()), ("Request", plain(&first.request_id))];
    facts.extend(first.ip.map(|ip| ("Address", ip.to_string())));
    facts.extend(first.user_agent.as_deref().map(|agent| ("User agent", plain(agent))));
    Beginning { title, facts, at: Some(events::moment(first.at)), href: None, body: None }
}

/// Where somebody did it.
fn place(source: Source) -> &'static str {
    match source {
        Source::Ui => "on a page of the console",
        Source::Api => "through the API",
        Source::Scim => "over SCIM",
        Source::Hook => "by an event hook",
        Source::Cli => "at the command line",
        Source::Job => "by a job",
    }
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

/// A body as it is read: JSON with its lines, anything else as it is.
fn pretty(body: &str) -> String {
    let read = serde_json::from_str::<serde_json::Value>(body);
    let text = read.and_then(|value| serde_json::to_string_pretty(&value)).unwrap_or_else(|_| body.to_owned());
    block(&text)
}
