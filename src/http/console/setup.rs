//! The setup guide: what to enter where in Okta, and how far it has come, as real traffic tells.

pub mod guide;

use std::fmt::Write as _;

use askama::Template;
use axum::http::header::CONTENT_TYPE;
use axum::response::IntoResponse;

use self::guide::{Holds, Section};
use super::connection::{Summary, facts};
use super::frame::Frame;
use super::html::show;
use super::moment::Moment;
use super::text::block;
use crate::directory::connection::{self, Progress, State, Step};
use crate::error::{Error, Result};
use crate::http::api::call::Call;
use crate::http::api::connection::setup;
use crate::http::problem::Answer;
use crate::model::words::Word;

/// The longest name of a step.
const LONGEST: usize = 32;

/// How far a step has come, as the page shows it.
struct Seen {
    step: &'static str,
    label: &'static str,
    class: &'static str,
    words: String,
    moment: Option<Moment>,
    more: Option<(String, &'static str)>,
}

/// What a state is called, and how it looks.
fn look(state: State) -> (&'static str, &'static str) {
    match state {
        State::Waiting => ("Not seen yet", ""),
        State::Begun => ("Under way", "warn"),
        State::Failed => ("Went wrong", "bad"),
        State::Done => ("Done", "good"),
    }
}

impl Seen {
    fn of(progress: &Progress) -> Self {
        let (label, class) = look(progress.state);
        let request = progress.request.map(|id| (format!("/requests/{id}"), "The request"));
        let row = progress.row.map(|id| (format!("/audit/{id}"), "In the audit"));
        Self {
            step: progress.step.as_str(),
            label,
            class,
            words: block(&progress.words),
            moment: progress.at.map(Moment::from),
            more: request.or(row),
        }
    }
}

/// A step with how far it has come.
struct Shown {
    section: Section,
    seen: Seen,
}

#[derive(Template)]
#[template(path = "setup.html")]
struct SetupPage {
    frame: Frame,
    summary: Summary,
    steps: Vec<Shown>,
}

#[derive(Template)]
#[template(path = "setup_steps.html")]
struct StepsPage {
    summary: Summary,
    steps: Vec<Seen>,
}

async fn looked(call: &Call) -> Result<(Summary, Vec<Progress>)> {
    let (facts, asked) = facts(call).await?;
    let summary = Summary::of(&connection::judge(&facts, &asked));
    Ok((summary, connection::progress(&facts, &asked, setup(&call.app))))
}

/// `GET /setup`.
pub(in crate::http) async fn list(call: Call) -> Answer {
    let (summary, progress) = looked(&call).await?;
    let frame = Frame::of(&call, &mut call.view().await?, "/setup", "Setup").await?;
    let seen = progress.iter().map(Seen::of);
    let steps = guide::sections(&call.app).into_iter().zip(seen).map(|(section, seen)| Shown { section, seen });
    Ok(show(&SetupPage { frame, summary, steps: steps.collect() })?)
}

/// `GET /setup/steps`: how far each step has come and nothing else, for the page to look again by itself.
pub(in crate::http) async fn steps(call: Call) -> Answer {
    let (summary, progress) = looked(&call).await?;
    Ok(show(&StepsPage { summary, steps: progress.iter().map(Seen::of).collect() })?)
}

/// `GET /setup.txt?step=…`: one step, or all, as text for a ticket.
pub(in crate::http) async fn text(call: Call) -> Answer {
    let mut query = call.query()?;
    let wanted = query.given("step", LONGEST);
    query.end()?;
    let is_known = |name: &str| Step::from_word(name).is_some();
    if wanted.as_deref().is_some_and(|name| !is_known(name)) {
        return Err(Error::not_found("The setup has no such step.").into());
    }
    let (_, progress) = looked(&call).await?;
    let sections = guide::sections(&call.app).into_iter().zip(progress).enumerate();
    let is_wanted = |section: &Section| wanted.as_deref().is_none_or(|name| section.step.as_str() == name);
    let mut text = format!("Connecting Okta to rollcall at {}\n", call.app.public_url);
    for (at, (section, progress)) in sections.filter(|(_, (section, _))| is_wanted(section)) {
        tell(&mut text, at + 1, &section, &progress);
    }
    Ok(([(CONTENT_TYPE, "text/plain; charset=utf-8")], text).into_response())
}

/// How wide a label of the text is, so that values stand below each other.
const LABEL: usize = 36;

/// Writes a step as text. Writing into a string cannot fail.
fn tell(text: &mut String, number: usize, section: &Section, progress: &Progress) {
    let title = section.title.to_uppercase();
    let _ = writeln!(text, "\n\n{number}. {title}\n\nState: {}. {}", look(progress.state).0, block(&progress.words));
    let _ = writeln!(text, "\n{}\n\n{}\n", section.lead, section.place);
    for field in &section.fields {
        let note = if field.note.is_empty() { String::new() } else { format!("  ({})", field.note) };
        let label = format!("{}:", field.label);
        let _ = match &field.holds {
            Holds::Text(value) => writeln!(text, "  {label:LABEL$} {value}{note}"),
            Holds::Tick(on) => writeln!(text, "  [{}] {}{note}", if *on { "x" } else { " " }, field.label),
            Holds::Words(words) => writeln!(text, "  {label:LABEL$} {words}{note}"),
        };
    }
    let _ = writeln!(text, "\n{}", section.then);
    for note in &section.notes {
        let _ = writeln!(text, "\n- {note}");
    }
    for block in &section.blocks {
        let _ = write!(text, "\n{}:\n\n{}", block.title, indented(&block.text));
    }
}

/// A text whose lines stand in from the rest.
fn indented(text: &str) -> String {
    text.lines().map(|line| if line.is_empty() { "\n".to_owned() } else { format!("    {line}\n") }).collect()
}
