//! What Okta's events change on the roll: each fact once, in the order of Okta's clock, however it arrives.
//!
//! What a type of event tells stands in `okta::meaning`, how facts keep their order in `okta::reduce`; here is what they
//! change. Storing and retrying events is the inbox's business, not this room's.

mod groups;
mod people;

use std::sync::Arc;
use std::time::Duration;

pub use people::{clear, honour, sign_out_now};

use super::hooks::{Applied, Apply};
use crate::clock::Time;
use crate::error::Result;
use crate::okta::{LogEvent, Meaning};
use crate::store::Tx;

/// How far ahead of our clock an event may be dated. A fact from the far future would silence every later one; a day is
/// more than clocks differ that can still speak TLS with each other.
pub const MOST_AHEAD: Duration = Duration::from_hours(24);

/// What became of an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It changed something.
    Applied,
    /// All that it tells was so already.
    NoChange,
    /// It is not for us, for this reason.
    Ignored(&'static str),
    /// Something newer is known, for this reason.
    Stale(&'static str),
}

impl From<Outcome> for Applied {
    fn from(outcome: Outcome) -> Self {
        match outcome {
            Outcome::Applied => Self::Applied,
            Outcome::NoChange => Self::NoChange(KNOWN.into()),
            Outcome::Ignored(reason) => Self::Ignored(reason.into()),
            Outcome::Stale(reason) => Self::Stale(reason.into()),
        }
    }
}

/// Everything was so already.
pub const KNOWN: &str = "all that it tells was so already";
/// No event at all.
pub const NO_EVENT: &str = "it is not JSON";
/// Of a type that changes nothing here.
pub const NO_EFFECT: &str = "events of this type change nothing here";
/// Not done at Okta.
pub const NOT_DONE: &str = "its outcome is not SUCCESS";
/// Without a moment.
pub const UNDATED: &str = "it does not say when it was published";
/// From the future.
pub const AHEAD: &str = "it is dated more than a day ahead of this server's clock";
/// Without a person, or with several.
pub const NOBODY: &str = "it does not name exactly one person";
/// Without a group, or with several.
pub const NO_GROUP: &str = "it does not name exactly one group";
/// About a stranger.
pub const STRANGER: &str = "nobody on the roll is bound to this Okta id";
/// About a stranger's account.
pub const KEPT: &str = "nobody on the roll is bound to this Okta id yet; it will count when somebody is";
/// About a break-glass account.
pub const OUT_OF_REACH: &str = "break-glass accounts are out of Okta's reach";
/// About an app while none is ours.
pub const NO_APP: &str = "neither OKTA_APP_IDS nor OKTA_CLIENT_ID says which app is ours";
/// About another app.
pub const OTHER_APP: &str = "it is about another app";
/// About a group without a team.
pub const NOT_LINKED: &str = "the group is linked to no team";
/// About a group whose name is a team's.
pub const PROPOSED: &str = "the group is linked to no team; its name proposes a link, which has to be confirmed";
/// About the name of a group whose team has one.
pub const NAMED_BY_SCIM: &str = "a linked team takes its name from SCIM";
/// Older than another event.
pub const OLDER: &str = "a newer event told otherwise";
/// Older than what SCIM wrote.
pub const SCIM_LATER: &str = "SCIM wrote later";

/// What the inbox applies its events by. `apps` are the ids of the app instances that are ours.
#[must_use]
pub fn applying(apps: Vec<String>) -> Apply {
    Arc::new(move |tx, claimed| {
        let apps = apps.clone();
        Box::pin(async move {
            let Ok(body) = serde_json::from_str(&claimed.body) else { return Ok(Applied::Ignored(NO_EVENT.into())) };
            apply(tx, &LogEvent::read(&body), &apps).await.map(Applied::from)
        })
    })
}

/// Applies one event. `apps` are the ids of the app instances that are ours.
///
/// Doing it again changes nothing; two events may be applied in any order, by any replica.
///
/// # Errors
/// What the engine reports; then nothing was changed, and it may be done again.
pub async fn apply(tx: &mut Tx, event: &LogEvent, apps: &[String]) -> Result<Outcome> {
    let Some(meaning) = Meaning::of(&event.event_type) else { return Ok(Outcome::Ignored(NO_EFFECT)) };
    let at = match dated(tx, event) {
        Ok(at) => at,
        Err(reason) => return Ok(Outcome::Ignored(reason)),
    };
    match meaning {
        Meaning::Member(is_in) => groups::member(tx, event, is_in, at).await,
        Meaning::GroupNamed => groups::named(tx, event, at).await,
        Meaning::GroupGone => groups::gone(tx, event, at).await,
        Meaning::LeftApp if apps.is_empty() => Ok(Outcome::Ignored(NO_APP)),
        Meaning::LeftApp if !event.apps().any(|id| apps.iter().any(|ours| ours == id)) => {
            Ok(Outcome::Ignored(OTHER_APP))
        }
        _ => people::apply(tx, event, meaning, at).await,
    }
}

/// When the event happened, if it did and says so.
fn dated(tx: &Tx, event: &LogEvent) -> std::result::Result<Time, &'static str> {
    if !event.succeeded() {
        return Err(NOT_DONE);
    }
    let at = Time::from_micros(event.published.ok_or(UNDATED)?);
    if at > tx.ctx().now.plus(MOST_AHEAD) { Err(AHEAD) } else { Ok(at) }
}
