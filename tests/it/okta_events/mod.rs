//! What Okta's events change on the roll, told to the verb directly: each fact once, in Okta's order, on both engines.

mod fixtures;
mod groups;
mod histories;
mod people;
mod races;

use std::time::Duration;

use rollcall::clock::Time;
use rollcall::ctx::{ActorKind, Ctx, Source};
use rollcall::directory::links;
use rollcall::directory::okta_events::{self, Outcome};
use rollcall::error::Result;
use rollcall::model::Id;
use rollcall::okta::LogEvent;
use rollcall::okta::event::Party;

use crate::harness::{NOON, Roll};

/// The app that is ours.
pub const APP: &str = "0oa7rc4llbxJtPwVs0x9";
/// The group at Okta that the team is linked to.
pub const GROUP: &str = "00g5py3mntzKuHfWe0x9";

/// The ids of our apps.
pub fn apps() -> Vec<String> {
    vec![APP.to_owned()]
}

/// In whose name events are applied.
pub fn ctx(roll: &Roll) -> Ctx {
    Ctx::local(ActorKind::Job, Source::Hook, "okta events", roll.clock.now())
}

/// This many seconds after noon.
pub fn noon_plus(seconds: u64) -> Time {
    Time::parse(NOON).expect("noon").plus(Duration::from_secs(seconds))
}

fn party(kind: &str, id: &str, name: &str) -> Party {
    Party { kind: kind.to_owned(), id: id.to_owned(), name: Some(name.to_owned()) }
}

/// An event of this type about a person, our app and the group, so many seconds after noon.
pub fn event(event_type: &str, okta_id: &str, seconds: u64) -> LogEvent {
    LogEvent {
        uuid: Some(uuid::Uuid::now_v7().to_string()),
        event_type: event_type.to_owned(),
        published: Some(noon_plus(seconds).micros()),
        result: Some("SUCCESS".to_owned()),
        actor: Some(party("User", okta_id, "Dana")),
        targets: vec![
            party("AppUser", "0ua1", "Dana"),
            party("AppInstance", APP, "rollcall"),
            party("UserGroup", GROUP, "Payments"),
            party("User", okta_id, "Dana"),
        ],
    }
}

/// Applies an event as a worker does.
pub async fn try_tell(roll: &Roll, event: &LogEvent) -> Result<Outcome> {
    let args = (event.clone(), apps());
    roll.db().unit(&ctx(roll), &args, |tx, (event, apps)| Box::pin(okta_events::apply(tx, event, apps))).await
}

/// The same, when nothing may go wrong.
pub async fn tell(roll: &Roll, event: &LogEvent) -> Outcome {
    try_tell(roll, event).await.expect("an outcome")
}

/// Applies an event of this type about Dana.
pub async fn told(roll: &Roll, event_type: &str, seconds: u64) -> Outcome {
    tell(roll, &event(event_type, "00udana", seconds)).await
}

/// Dana, who joined at noon and has one of everything; an hour has passed since. Gives the id.
pub async fn dana(roll: &Roll) -> String {
    let id = roll.person("dana").await;
    roll.let_in(&id).await;
    roll.clock.advance(Duration::from_hours(1));
    id
}

/// Links a team to the group.
pub async fn link(roll: &Roll, team: &str) -> Result<()> {
    let args = (Id::parse(team).expect("an id"), GROUP);
    let ctx = Ctx::cli(roll.clock.now());
    roll.db().unit(&ctx, &args, |tx, (team, group)| Box::pin(links::make(tx, *team, group))).await
}

/// A person's derived flag and switches, in one line.
pub async fn switches(roll: &Roll, id: &str) -> String {
    let flag = |column: &str| format!("case when {column} then 'on' else 'off' end");
    let line = [
        &flag("is_active"),
        "' scim '",
        &flag("scim_active"),
        "' okta '",
        "okta_status",
        "' admin '",
        &flag("admin_active"),
    ]
    .join(" || ");
    roll.user_says(id, &line).await.expect("a line")
}
