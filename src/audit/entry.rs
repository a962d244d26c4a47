//! One row of the audit, as the verb that did it says it.

use std::net::IpAddr;

use serde_json::{Map, Value};

use super::action::{Action, Severity};
use crate::clock::Time;
use crate::ctx::{Actor, Source};
use crate::model::Id;
use crate::model::words::words;

words! {
    /// What kind of row changed.
    Resource {
        /// `users` and its index rows.
        User = "user",
        /// `teams`, its tags and revisions.
        Team = "team",
        /// `team_members`.
        Membership = "membership",
        /// `team_requests`.
        TeamRequest = "team_request",
        /// `sessions`.
        Session = "session",
        /// `refresh_tokens`.
        RefreshToken = "refresh_token",
        /// `api_keys`.
        ApiKey = "api_key",
        /// `contact_verifications`.
        Verification = "contact_verification",
        /// `user_devices`.
        Device = "device",
        /// `login_attempts`.
        LoginAttempt = "login_attempt",
        /// `scim_tokens`.
        ScimToken = "scim_token",
        /// Nothing stored: a refusal, an export.
        Service = "service",
    }
}

words! {
    /// Whether it was done.
    Outcome {
        /// It was.
        Success = "success",
        /// It was refused.
        Failure = "failure",
    }
}

/// What a verb says of a change it made, or of a refusal.
#[derive(Clone, Debug)]
pub struct Entry {
    /// What happened.
    pub action: Action,
    /// How grave; the action's own unless the verb knows better.
    pub severity: Severity,
    /// Whether it was done.
    pub outcome: Outcome,
    /// What kind of row it is about.
    pub resource: Resource,
    /// Which row.
    pub resource_id: Option<Id>,
    /// The person concerned.
    pub user_id: Option<Id>,
    /// The team concerned.
    pub team_id: Option<Id>,
    /// The changed fields as they were.
    pub before: Option<Value>,
    /// The changed fields as they are.
    pub after: Option<Value>,
    /// Names at the time, counts, reasons.
    pub detail: Map<String, Value>,
    /// Other rows that changed with it.
    pub effects: Vec<(Resource, Id)>,
}

impl Entry {
    /// An entry about one row.
    #[must_use]
    pub fn about(action: Action, resource: Resource, id: Id) -> Self {
        Self { resource_id: Some(id), ..Self::unbound(action, resource) }
    }

    /// An entry about a person.
    #[must_use]
    pub fn user(action: Action, id: Id) -> Self {
        Self { user_id: Some(id), ..Self::about(action, Resource::User, id) }
    }

    /// An entry about a team.
    #[must_use]
    pub fn team(action: Action, id: Id) -> Self {
        Self { team_id: Some(id), ..Self::about(action, Resource::Team, id) }
    }

    /// An entry about nothing stored.
    #[must_use]
    pub fn service(action: Action) -> Self {
        Self::unbound(action, Resource::Service)
    }

    fn unbound(action: Action, resource: Resource) -> Self {
        Self {
            action,
            severity: action.about().severity,
            outcome: Outcome::Success,
            resource,
            resource_id: None,
            user_id: None,
            team_id: None,
            before: None,
            after: None,
            detail: Map::new(),
            effects: Vec::new(),
        }
    }

    /// What the changed fields were and are.
    #[must_use]
    pub fn changed(mut self, before: Value, after: Value) -> Self {
        self.before = Some(before);
        self.after = Some(after);
        self
    }

    /// One thing worth knowing.
    #[must_use]
    pub fn with(mut self, key: &str, value: impl Into<Value>) -> Self {
        self.detail.insert(key.to_owned(), value.into());
        self
    }

    /// Other rows that changed with it.
    #[must_use]
    pub fn ending(mut self, effects: Vec<(Resource, Id)>) -> Self {
        self.effects.extend(effects);
        self
    }

    /// A refusal instead of a success.
    #[must_use]
    pub fn refused(mut self) -> Self {
        self.outcome = Outcome::Failure;
        self
    }

    /// Whether this entry answers for a change of that row.
    #[must_use]
    pub fn names(&self, resource: Resource, id: Id) -> bool {
        (self.resource == resource && self.resource_id == Some(id)) || self.effects.contains(&(resource, id))
    }
}

/// A row of the audit as it is read back.
#[derive(Clone, Debug)]
pub struct Event {
    /// The row's id.
    pub id: Id,
    /// When it became true.
    pub at: Time,
    /// The public code of the action.
    pub action: String,
    /// How grave.
    pub severity: Severity,
    /// Who did it.
    pub actor: Actor,
    /// Through which face.
    pub source: Source,
    /// The person concerned.
    pub user_id: Option<Id>,
    /// The team concerned.
    pub team_id: Option<Id>,
    /// What kind of row it is about.
    pub resource: String,
    /// Which row.
    pub resource_id: Option<String>,
    /// Whether it was done.
    pub outcome: Outcome,
    /// The changed fields as they were.
    pub before: Option<Value>,
    /// The changed fields as they are.
    pub after: Option<Value>,
    /// Names at the time, counts, reasons, effects.
    pub detail: Option<Value>,
    /// Ties it to everything of the same cause.
    pub cause: Id,
    /// The request's id.
    pub request_id: String,
    /// The client's address.
    pub ip: Option<IpAddr>,
    /// What the client called itself.
    pub user_agent: Option<String>,
}
