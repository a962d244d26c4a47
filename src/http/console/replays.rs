//! Replays of many events as pages: what they would change, how far they are, and what became of each event.

use askama::Template;

use super::done;
use super::events::Line;
use super::frame::Frame;
use super::html::{see_other, show};
use super::inbox::{Look, look, would};
use super::once;
use super::text::plain;
use super::traffic::{Moment, counted};
use crate::access::once::Once;
use crate::audit::search;
use crate::audit::sentence::Piece;
use crate::clock::Time;
use crate::ctx::Ctx;
use crate::directory::replays::{self, Chosen, MOST_NAMED, NO_SUCH_REPLAY};
use crate::error::{Error, Result};
use crate::http::api::call::{Call, Form};
use crate::http::api::hook_events::preview;
use crate::http::api::hook_replays::{MOST_PREVIEWED, MOST_SHOWN, refusal};
use crate::http::api::scim_requests::NO_MOMENT;
use crate::http::problem::Answer;
use crate::model::Id;
use crate::model::hook::{HookState, ReplayState};
use crate::model::words::Word;
use crate::store::replay_jobs::{self, Item, ReplayJob};

const PATH: &str = "/events";

/// Reads which events are meant, from ticked boxes or from the wish for all dead ones.
fn chosen(form: &Form, now: Time) -> Result<Chosen> {
    let events: Vec<&str> = form.all("event").collect();
    if form.first("dead").is_some() {
        let since = form.first("since").filter(|text| !text.is_empty());
        let read = |text| search::moment(text, now).ok_or_else(|| Error::invalid("since", NO_MOMENT));
        return since.map(read).transpose().map(Chosen::Dead);
    }
    if events.is_empty() || events.len() > MOST_NAMED {
        return Err(Error::invalid("event", format!("select 1 to {MOST_NAMED} events first")));
    }
    let ids: Option<Vec<Id>> = events.into_iter().map(Id::parse).collect();
    ids.map(Chosen::These).ok_or_else(|| Error::invalid("event", "must be ids, as this server writes them"))
}

/// An event, and what a replay of it would change.
struct Tried {
    id: Id,
    outcome: Look,
    reason: Option<String>,
    lines: Vec<Line>,
}

#[derive(Template)]
#[template(path = "replay_new.html")]
struct NewPage {
    frame: Frame,
    /// How many events were chosen, and the same in words.
    total: usize,
    chosen: String,
    tried: Vec<Tried>,
    /// How many of those that were tried would change something.
    changing: usize,
    /// What the form sends along to say which events are meant.
    fields: Vec<(&'static str, String)>,
    is_dead: bool,
    since: String,
    /// What makes the form count once.
    once: String,
}

/// `GET /events/replays/new`: what a replay of these events would change, and the button that begins it.
pub(in crate::http) async fn ask(call: Call) -> Answer {
    let chosen = chosen(&call.asked(), call.ctx.now)?;
    let events = replays::events(&mut call.view().await?, &chosen).await?;
    let mut tried = Vec::new();
    for id in events.iter().take(MOST_PREVIEWED) {
        tried.push(try_one(&call, *id).await?);
    }
    let (is_dead, since) = match &chosen {
        Chosen::Dead(since) => (true, since.map(Time::rfc3339_millis).unwrap_or_default()),
        Chosen::These(_) => (false, String::new()),
    };
    let fields = if is_dead {
        vec![("dead", "1".to_owned()), ("since", since.clone())]
    } else {
        events.iter().map(|id| ("event", id.to_string())).collect()
    };
    let changing = tried.iter().filter(|one| !one.lines.is_empty()).count();
    let frame = Frame::of(&call, &mut call.view().await?, PATH, "Replay Okta events").await?;
    Ok(show(&NewPage {
        frame,
        total: events.len(),
        chosen: counted(events.len(), "event"),
        tried,
        changing,
        fields,
        is_dead,
        since,
        once: Once::fresh(),
    })?)
}

async fn try_one(call: &Call, id: Id) -> Result<Tried> {
    let ctx = Ctx { cause: id, ..call.ctx.clone() };
    match preview(call, &ctx, id).await {
        Ok((applied, said)) => {
            let (state, reason) = applied.state();
            let lines = would(&mut call.view().await?, &ctx, &said).await?;
            Ok(Tried { id, outcome: look(state), reason: reason.map(plain), lines })
        }
        Err(error) => {
            let reason = Some(plain(&refusal(error)?));
            Ok(Tried { id, outcome: FAILED, reason, lines: Vec::new() })
        }
    }
}

/// How an event looks that could not be applied again.
const FAILED: Look = Look { label: "failed", class: "bad", mark: " high", meaning: "It could not be applied again." };
/// How an event looks that waits for its turn in a job.
const WAITING: Look = Look { label: "waiting", class: "", mark: "", meaning: "It waits for its turn." };

/// `POST /events/replays`: begins a job; sent again, the same form leads to the job that it began.
pub(in crate::http) async fn begin(call: Call) -> Answer {
    let work = (call.caller()?, chosen(&call.form, call.ctx.now)?, once::brought(&call)?);
    let begun = call.unit(&work, |tx, (caller, chosen, once)| Box::pin(replays::begin(tx, caller, chosen, Some(once))));
    let job = begun.await?;
    Ok(see_other(&format!("{PATH}/replays/{}", job.id))?)
}

/// An event of a job as a line.
struct Row {
    id: Id,
    look: Look,
    reason: Option<String>,
}

impl From<Item> for Row {
    fn from(item: Item) -> Self {
        let look = match item.outcome.as_deref() {
            None => WAITING,
            Some(word) => HookState::from_word(word).filter(|_| word != replays::FAILED).map_or(FAILED, look),
        };
        Self { id: item.event_id, look, reason: item.reason.as_deref().map(plain) }
    }
}

#[derive(Template)]
#[template(path = "replay_job.html")]
struct JobPage {
    frame: Frame,
    job: ReplayJob,
    by: String,
    heading: &'static str,
    is_running: bool,
    begun: Moment,
    finished: Option<Moment>,
    rows: Vec<Row>,
    /// Whether it has more events than are shown.
    is_cut: bool,
    done: Option<&'static str>,
}

/// A job in a few words, for a list: how far it is, and that some of it failed where some did.
pub(super) fn told(job: &ReplayJob) -> String {
    let state = match job.state {
        ReplayState::Running => "under way",
        ReplayState::Done => "done",
        ReplayState::Cancelled => "cancelled",
    };
    let failed = if job.failed > 0 { format!(", {} failed", job.failed) } else { String::new() };
    format!("{} of {} events tried{failed}, {state}", job.done, job.total)
}

/// `GET /events/replays/{id}`: how far a job is. While it runs, the page asks again by itself.
pub(in crate::http) async fn get(call: Call) -> Answer {
    let id = call.id(NO_SUCH_REPLAY)?;
    let mut view = call.view().await?;
    let job = replay_jobs::find(&mut view, id).await?.ok_or_else(|| Error::not_found(NO_SUCH_REPLAY))?;
    let rows = replay_jobs::items(&mut view, id, MOST_SHOWN).await?.into_iter().map(Row::from).collect();
    let is_running = job.state == ReplayState::Running;
    let heading = match job.state {
        ReplayState::Running => "Replay under way",
        ReplayState::Done if job.failed == job.total => "Replay failed",
        ReplayState::Done if job.failed > 0 => "Replay done, with failures",
        ReplayState::Done => "Replay done",
        ReplayState::Cancelled => "Replay cancelled",
    };
    let frame = Frame::of(&call, &mut view, PATH, heading).await?;
    let page = JobPage {
        by: plain(&job.actor_name),
        begun: job.created_at.into(),
        finished: job.finished_at.map(Moment::from),
        done: done::told(&call).filter(|word| word == "cancelled").map(|_| CANCELLED),
        frame,
        heading,
        is_running,
        is_cut: job.total > MOST_SHOWN,
        rows,
        job,
    };
    Ok(show(&page)?)
}

const CANCELLED: &str = "The replay ends here. What was applied stays applied.";

/// `POST /events/replays/{id}/cancel`: ends a job where it is.
pub(in crate::http) async fn cancel(call: Call) -> Answer {
    let id = call.id(NO_SUCH_REPLAY)?;
    call.form.fields(&[])?.end()?;
    let work = (call.caller()?, id);
    call.unit(&work, |tx, (caller, id)| Box::pin(replays::cancel(tx, caller, *id))).await?;
    Ok(done::led_to(&call, &format!("{PATH}/replays/{id}"), "cancelled")?)
}
