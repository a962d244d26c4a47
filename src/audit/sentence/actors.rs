//! Whoever did something, in words.

use super::Piece;
use crate::ctx::{Actor, ActorKind};
use crate::model::Id;
use crate::model::words::Word;

/// The service's own jobs, and what each is about.
const JOBS: &[(&str, &str)] = &[
    ("start", "at its start"),
    ("breaker", "watching who loses access"),
    ("refusals", "counting refusals"),
    ("replays", "replaying events"),
    ("outbox", "sending messages"),
    ("hook spool", "taking in what waited"),
    ("retention", "removing what is old"),
    ("catch-up", "catching up with Okta's System Log"),
    ("group links", "looking up which team follows which group"),
    ("reread", "reading changed profiles at Okta"),
    ("request log", "writing the log of requests"),
    ("last seen", "noting what was used last"),
    ("connection", "noting how the connection does"),
];

/// What a job is about; one that is not in the table stands for itself.
#[must_use]
pub fn job(name: &str) -> &str {
    JOBS.iter().find(|(job, _)| *job == name).map_or(name, |(_, about)| about)
}

/// Who did something, by what they are; `called` says what a person is called now, where that is known.
pub fn told(actor: &Actor, called: impl Fn(Id) -> Option<String>) -> Vec<Piece> {
    let text = |text: &str| Piece::Text(text.to_owned());
    let name = || Piece::Name(actor.name.clone());
    let person = || match actor.id.as_deref().and_then(Id::parse) {
        Some(id) => Piece::User(id, called(id).unwrap_or_else(|| actor.name.clone())),
        None => name(),
    };
    match actor.kind {
        ActorKind::ScimToken => vec![name(), text(" (SCIM)")],
        ActorKind::User => vec![person()],
        ActorKind::BreakGlass => vec![text("break-glass account "), person()],
        ActorKind::ApiKey => vec![text("an API key of "), person()],
        ActorKind::OktaHook => vec![text("Okta")],
        ActorKind::Cli => vec![text("somebody at the command line")],
        ActorKind::Job => vec![text("rollcall ("), text(job(&actor.name)), text(")")],
        ActorKind::Nobody => vec![text("somebody unknown")],
    }
}

/// Whom a rolled-up refusal concerns: an actor's label such as `user:dana`, else what begins a token.
#[must_use]
pub fn labelled(label: &str) -> Vec<Piece> {
    let known = label.split_once(':').and_then(|(kind, name)| Some((ActorKind::from_word(kind)?, name)));
    match known {
        Some((kind, name)) => told(&Actor { kind, id: None, name: name.to_owned() }, |_| None),
        None => vec![Piece::Text("the SCIM token ".to_owned()), Piece::Name(label.to_owned())],
    }
}
