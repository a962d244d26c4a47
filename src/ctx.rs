//! Who asks, from where, when, and for which cause: required to write anything.

use std::net::IpAddr;

use crate::clock::Time;
use crate::model::Id;
use crate::model::words::{Word, words};

words! {
    /// What kind of party acts.
    ActorKind {
        /// A SCIM client, by its token.
        ScimToken = "scim_token",
        /// A person, by their session.
        User = "user",
        /// A break-glass account, by its session.
        BreakGlass = "break_glass",
        /// A person's API key; the id is the person's.
        ApiKey = "api_key",
        /// Okta, by its event hooks and its System Log.
        OktaHook = "okta_hook",
        /// Somebody at the command line of the server.
        Cli = "cli",
        /// A job of the service itself.
        Job = "job",
        /// Somebody who has not proven who they are.
        Nobody = "nobody",
    }
}

words! {
    /// Through which face a change came.
    Source {
        /// SCIM.
        Scim = "scim",
        /// Okta's event hooks and their catch-up.
        Hook = "hook",
        /// The platform's API.
        Api = "api",
        /// The console.
        Ui = "ui",
        /// The command line.
        Cli = "cli",
        /// No face: the service's own work.
        Job = "job",
    }
}

/// The party that acts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Actor {
    /// What kind it is.
    pub kind: ActorKind,
    /// Its id within that kind.
    pub id: Option<String>,
    /// Its name at the time.
    pub name: String,
}

impl Actor {
    /// The party in one short word, as switches remember who set them.
    #[must_use]
    pub fn label(&self) -> String {
        format!("{}:{}", self.kind.as_str(), self.name)
    }
}

/// Everything a write must know about where it comes from.
#[derive(Clone, Debug)]
pub struct Ctx {
    /// Who acts.
    pub actor: Actor,
    /// Through which face.
    pub source: Source,
    /// When the request came; credentials are judged by it.
    pub now: Time,
    /// Ties a request to all it led to.
    pub cause: Id,
    /// The request's own id, in logs and answers.
    pub request_id: String,
    /// The client's address.
    pub ip: Option<IpAddr>,
    /// What the client calls itself, cut to 512 characters.
    pub user_agent: Option<String>,
}

impl Ctx {
    /// The context of the service's own work or of somebody at its command line.
    #[must_use]
    pub fn local(kind: ActorKind, source: Source, name: &str, now: Time) -> Self {
        let cause = Id::fresh();
        Self {
            actor: Actor { kind, id: None, name: name.to_owned() },
            source,
            now,
            cause,
            request_id: cause.to_string(),
            ip: None,
            user_agent: None,
        }
    }

    /// The context of what one of Okta's events leads to: the event is the cause.
    #[must_use]
    pub fn okta_event(event: Id, request_id: &str, now: Time) -> Self {
        let request_id = request_id.to_owned();
        Self { cause: event, request_id, ..Self::local(ActorKind::OktaHook, Source::Hook, "Okta", now) }
    }

    /// The context of somebody at the command line.
    #[must_use]
    pub fn cli(now: Time) -> Self {
        Self::local(ActorKind::Cli, Source::Cli, "command line", now)
    }

    /// The context of somebody at the command line who applies one of Okta's events again: the event is the cause.
    #[must_use]
    pub fn replay(event: Id, now: Time) -> Self {
        Self { cause: event, ..Self::cli(now) }
    }

    /// The context of a job, by its name.
    #[must_use]
    pub fn job(name: &str, now: Time) -> Self {
        Self::local(ActorKind::Job, Source::Job, name, now)
    }
}
