//! The inbox of Okta's events as pages: what came, what became of it, and what applying it again would change.

use askama::Template;

use super::done;
use super::events::{self, Line};
use super::frame::Frame;
use super::html::{link, show};
use super::replays;
use super::text::plain;
use super::traffic::{Choice, Moment, filled, given, pretty, span};
use crate::audit::sentence::Piece;
use crate::audit::{Entry, Event};
use crate::clock::Time;
use crate::ctx::Ctx;
use crate::directory::hooks::NO_SUCH_EVENT;
use crate::error::{Error, Result};
use crate::http::api::call::{Call, Form};
use crate::http::api::hook_events::{carry_out, preview};
use crate::http::api::hook_search::{Wish, cursor};
use crate::http::problem::Answer;
use crate::model::Id;
use crate::model::connection::Mark;
use crate::model::hook::{HookRoad, HookState};
use crate::model::policy::{self, Deed, Reach};
use crate::model::words::Word;
use crate::store::audit_list::{self, Wanted};
use crate::store::hook_inbox::{self, Kept};
use crate::store::hook_search::{self, Page};
use crate::store::replay_jobs;
use crate::store::{Link, connection, users};

/// How many events a page shows.
const PAGE: u32 = 50;
/// The most rows of the audit that are shown with an event; one causes a handful.
const MOST_ROWS: usize = 50;
/// How many replays of many events are named.
const MOST_JOBS: i64 = 3;
const PATH: &str = "/events";
const TITLE: &str = "Okta events";
/// The filters of the form.
const FIELDS: [&str; 5] = ["state", "type", "subject", "since", "until"];

/// What a state is called, how it looks, and what it means.
pub(super) struct Look {
    /// What it is called.
    pub label: &'static str,
    /// The look of its name.
    pub class: &'static str,
    /// The look of its line.
    pub mark: &'static str,
    /// What it means.
    pub meaning: &'static str,
}

/// How a state looks.
pub(super) fn look(state: HookState) -> Look {
    let (label, class, mark, meaning) = match state {
        HookState::Received => {
            ("waiting", "", "", "It waits for its turn: the workers take the events of one person in their order.")
        }
        HookState::Applied => ("applied", "good", "", "It changed something."),
        HookState::NoChange => ("no change", "", "", "Everything was as it says already."),
        HookState::Ignored => ("ignored", "", "", "It is none that anything is done about."),
        HookState::Stale => ("too old", "", "", "Something newer was known of what it tells, so it changed nothing."),
        HookState::Failed => (
            "failed, tried again",
            "warn",
            " warn",
            "It could not be applied yet. It is tried again, longer after each time.",
        ),
        HookState::Dead => (
            "dead",
            "bad",
            " high",
            "It could not be applied, however often it was tried. Nothing happens any more until somebody replays it.",
        ),
    };
    Look { label, class, mark, meaning }
}

fn road(road: HookRoad) -> &'static str {
    match road {
        HookRoad::Hook => "Delivered by Okta's event hook",
        HookRoad::Spool => "Delivered by Okta's event hook while the database was away",
        HookRoad::Log => "Read from Okta's System Log",
    }
}

/// An event as a line of the list.
struct Row {
    id: Id,
    at: Moment,
    published: Moment,
    look: Look,
    kind: String,
    subject: String,
    /// The list of everything about the same person or group.
    of_subject: String,
    reason: Option<String>,
    tries: i64,
    /// How long after it happened it came.
    lag: String,
    odd: Option<String>,
    road: &'static str,
    /// When it came to its end.
    settled: Option<Moment>,
    /// When it is tried next, while it has not.
    due: Option<Moment>,
    /// Whether it can be applied again.
    is_settled: bool,
}

impl From<&Kept> for Row {
    fn from(kept: &Kept) -> Self {
        let is_settled = kept.settled_at.is_some();
        Self {
            id: kept.id,
            at: kept.received_at.into(),
            published: kept.published_at.into(),
            look: look(kept.state),
            kind: plain(kept.event_type.as_deref().unwrap_or("An event without a type")),
            subject: plain(&kept.lane),
            of_subject: link(PATH, &[("subject", &kept.lane)]),
            reason: kept.reason.as_deref().map(plain),
            tries: kept.tries,
            lag: span(kept.received_at.micros() - kept.published_at.micros()),
            odd: kept.odd.as_deref().map(plain),
            road: road(kept.road),
            settled: kept.settled_at.map(Moment::from),
            due: (!is_settled).then(|| kept.due_at.into()),
            is_settled,
        }
    }
}

/// How many events stand in a state that somebody may worry about.
struct Heap {
    label: &'static str,
    class: &'static str,
    count: i64,
    found: String,
    href: String,
    /// For how long the oldest of them is there.
    oldest: Option<String>,
}

async fn heaps(link_to: &mut impl Link, now: Time) -> Result<Vec<Heap>> {
    let mut heaps = Vec::new();
    for state in [HookState::Received, HookState::Failed, HookState::Dead] {
        let depth = hook_search::depth(link_to, state).await?;
        let (look, is_cut) = (look(state), depth.found >= hook_search::MOST_COUNTED);
        heaps.push(Heap {
            label: look.label,
            class: if depth.found > 0 { look.class } else { "" },
            count: depth.found,
            found: if is_cut { format!("{} or more", depth.found) } else { depth.found.to_string() },
            href: link(PATH, &[("state", state.as_str())]),
            oldest: depth.oldest.map(|oldest| span(now.micros() - oldest.micros())),
        });
    }
    Ok(heaps)
}

#[derive(Template)]
#[template(path = "events.html")]
struct EventsPage {
    frame: Frame,
    heaps: Vec<Heap>,
    /// How many are dead.
    dead: i64,
    /// Whether whoever reads may replay.
    may_replay: bool,
    /// The last replays of many, each in a few words.
    jobs: Vec<(Id, String)>,
    delivered: Option<Moment>,
    verified: Option<Moment>,
    choices: Vec<Choice>,
    asked: Asked,
    faults: Vec<String>,
    rows: Vec<Row>,
    next: Option<String>,
}

/// The form as it was filled in.
struct Asked {
    state: String,
    kind: String,
    subject: String,
    since: String,
    until: String,
    is_given: bool,
}

impl Asked {
    fn of(form: &Form) -> Self {
        let is_given = !given(form, FIELDS).is_empty();
        let [state, kind, subject, since, until] = FIELDS.map(|name| filled(form, name));
        Self { state, kind, subject, since, until, is_given }
    }
}

fn choices(form: &Form) -> Vec<Choice> {
    let given = given(form, FIELDS);
    let all = Choice { label: "Everything", href: PATH.to_owned(), is_current: given.is_empty() };
    let of_state = |state: &HookState| {
        let filter = [("state", state.as_str())];
        Choice { label: look(*state).label, href: link(PATH, &filter), is_current: given == filter }
    };
    [all].into_iter().chain(HookState::ALL.iter().map(of_state)).collect()
}

/// `GET /events`: the events that came last first.
pub(in crate::http) async fn list(call: Call) -> Answer {
    let mut query = call.query()?;
    let wish = Wish::read(&mut query, call.ctx.now);
    let faults = match query.end() {
        Ok(()) => Vec::new(),
        Err(Error::Invalid(flaws)) => flaws.iter().map(|flaw| format!("{}: {}", flaw.field, flaw.problem)).collect(),
        Err(other) => return Err(other.into()),
    };
    let (mut view, form) = (call.view().await?, call.asked());
    let page = if faults.is_empty() { wish.page(&mut view, call.ctx.now, PAGE).await? } else { Page::default() };
    let next = page.next.map(|place| {
        let cursor = cursor(place);
        link(PATH, &[given(&form, FIELDS).as_slice(), &[("cursor", cursor.as_str())]].concat())
    });
    let heaps = heaps(&mut view, call.ctx.now).await?;
    let (marks, latest) = (connection::marks(&mut view).await?, replay_jobs::latest(&mut view, MOST_JOBS).await?);
    let page = EventsPage {
        dead: heaps.last().map_or(0, |dead| dead.count),
        heaps,
        may_replay: policy::reach(call.caller()?, Deed::ReplayHooks) == Reach::Everywhere,
        jobs: latest.iter().map(|job| (job.id, replays::told(job))).collect(),
        delivered: hook_search::last_delivery(&mut view).await?.map(Moment::from),
        verified: marks.last(Mark::HookVerified).map(Moment::from),
        choices: choices(&form),
        asked: Asked::of(&form),
        faults,
        rows: page.events.iter().map(Row::from).collect(),
        next,
        frame: Frame::of(&call, &mut view, PATH, TITLE).await?,
    };
    Ok(show(&page)?)
}

const REPLAYED: &str = "The event was applied again. What it changed stands below.";

#[derive(Template)]
#[template(path = "event.html")]
struct EventPage {
    frame: Frame,
    row: Row,
    done: Option<&'static str>,
    key: String,
    request_id: String,
    body: Option<String>,
    person: Option<Id>,
    lines: Vec<Line>,
    /// Whether more rows were caused than are shown.
    has_more: bool,
}

/// `GET /events/{id}`: one event whole, with what it led to.
pub(in crate::http) async fn get(call: Call) -> Answer {
    let id = call.id(NO_SUCH_EVENT)?;
    let mut view = call.view().await?;
    let kept = hook_inbox::find(&mut view, id).await?.ok_or_else(|| Error::not_found(NO_SUCH_EVENT))?;
    let caused = audit_list::list(&mut view, &Wanted::of_cause(id), MOST_ROWS).await?;
    let person = match kept.lane.strip_prefix("user:") {
        Some(okta_id) => users::bound_to(&mut view, okta_id).await?.map(|(id, _)| id),
        None => None,
    };
    let page = EventPage {
        row: Row::from(&kept),
        done: done::told(&call).filter(|word| word == "replayed").map(|_| REPLAYED),
        key: plain(&kept.event_key),
        request_id: plain(&kept.request_id),
        body: kept.body.as_deref().map(pretty),
        person,
        lines: events::lines(&mut view, &caused.events).await?,
        has_more: caused.next.is_some(),
        frame: Frame::of(&call, &mut view, PATH, "Okta event").await?,
    };
    Ok(show(&page)?)
}

#[derive(Template)]
#[template(path = "replay.html")]
struct ReplayPage {
    frame: Frame,
    row: Row,
    outcome: Look,
    reason: Option<String>,
    lines: Vec<Line>,
}

/// `GET /events/{id}/replay`: what applying it again would change, and the button that does it.
pub(in crate::http) async fn ask(call: Call) -> Answer {
    let id = call.id(NO_SUCH_EVENT)?;
    let ctx = Ctx { cause: id, ..call.ctx.clone() };
    let (applied, said) = preview(&call, &ctx, id).await?;
    let (state, reason) = applied.state();
    let mut view = call.view().await?;
    let kept = hook_inbox::find(&mut view, id).await?.ok_or_else(|| Error::not_found(NO_SUCH_EVENT))?;
    let page = ReplayPage {
        row: Row::from(&kept),
        outcome: look(state),
        reason: reason.map(plain),
        lines: would(&mut view, &ctx, &said).await?,
        frame: Frame::of(&call, &mut view, PATH, "Replay an Okta event").await?,
    };
    Ok(show(&page)?)
}

/// What would be said, as lines.
///
/// # Errors
/// What the engine reports.
pub(super) async fn would(link: &mut impl Link, ctx: &Ctx, said: &[Entry]) -> Result<Vec<Line>> {
    let events: Vec<Event> = said.iter().map(|entry| unwritten(ctx, entry)).collect();
    events::lines(link, &events).await
}

/// An entry as the row that it would be.
fn unwritten(ctx: &Ctx, entry: &Entry) -> Event {
    Event {
        id: Id::fresh(),
        at: ctx.now,
        action: entry.action.code().to_owned(),
        severity: entry.severity,
        actor: ctx.actor.clone(),
        source: ctx.source,
        user_id: entry.user_id,
        team_id: entry.team_id,
        resource: entry.resource.as_str().to_owned(),
        resource_id: entry.resource_id.map(|id| id.to_string()),
        outcome: entry.outcome,
        before: entry.before.clone(),
        after: entry.after.clone(),
        detail: Some(serde_json::Value::Object(entry.detail.clone())),
        cause: ctx.cause,
        request_id: ctx.request_id.clone(),
        ip: None,
        user_agent: None,
    }
}

/// `POST /events/{id}/replay`: applies it again.
pub(in crate::http) async fn replay(call: Call) -> Answer {
    let id = call.id(NO_SUCH_EVENT)?;
    call.form.fields(&[])?.end()?;
    // The event is the cause of what it leads to, whoever applies it.
    carry_out(&call, &Ctx { cause: id, ..call.ctx.clone() }, id).await?;
    Ok(done::led_to(&call, &format!("{PATH}/{id}"), "replayed")?)
}
