//! Every event as Okta sends it: replayed by itself, and again.

use std::collections::BTreeSet;
use std::time::Duration;

use rollcall::directory::okta_events::{
    KEPT, NO_EFFECT, NOT_LINKED,
    Outcome::{self, Applied, Ignored, NoChange},
    PROPOSED,
};
use rollcall::okta::{LogEvent, meaning};
use serde_json::Value;

use super::{link, switches, tell};
use crate::fixtures::fixture;
use crate::harness::{Roll, facts, person};
use crate::source::repository;

/// Dana's id at Okta, in every body.
const DANA: &str = "00u4d1rjvnWqkLmZ70x9";
const ON: &str = "on scim on okta ok admin on";
const SUSPENDED: &str = "off scim on okta suspended admin on";
const DEACTIVATED: &str = "off scim on okta deactivated admin on";
const LEFT: &str = "off scim off okta ok admin on";

/// A body, what was told a minute before, whether the team is linked, what becomes of it, and of the same again, Dana's
/// switches afterwards, and the last thing said.
type Row = (&'static str, &'static str, bool, Outcome, Outcome, &'static str, &'static str);

const ROWS: [Row; 25] = [
    ("user-lifecycle-activate", "", false, NoChange, NoChange, ON, "team.created"),
    ("user-lifecycle-activate", "user.lifecycle.deactivate", false, Applied, NoChange, ON, "user.reactivated"),
    ("user-lifecycle-reactivate", "user.lifecycle.deactivate", false, Applied, NoChange, ON, "user.reactivated"),
    ("user-lifecycle-unsuspend", "user.lifecycle.suspend", false, Applied, NoChange, ON, "user.reactivated"),
    ("user-lifecycle-suspend", "", false, Applied, NoChange, SUSPENDED, "user.deactivated"),
    ("user-lifecycle-deactivate", "", false, Applied, NoChange, DEACTIVATED, "user.deactivated"),
    (
        "user-lifecycle-deactivate",
        "user.lifecycle.suspend",
        false,
        Applied,
        NoChange,
        DEACTIVATED,
        "user.switch.changed",
    ),
    ("user-lifecycle-deactivate-job", "", false, Applied, NoChange, DEACTIVATED, "user.deactivated"),
    ("user-lifecycle-deactivate-stranger", "", false, Ignored(KEPT), Ignored(KEPT), ON, "team.created"),
    ("user-lifecycle-delete-initiated", "", false, Applied, NoChange, DEACTIVATED, "user.deactivated"),
    ("user-session-end", "", false, Applied, NoChange, ON, "user.signed_out"),
    ("user-session-clear", "", false, Applied, NoChange, ON, "user.signed_out"),
    ("user-authentication-universal-logout", "", false, Applied, NoChange, ON, "user.signed_out"),
    ("application-user-membership-remove", "", false, Applied, NoChange, LEFT, "user.deactivated"),
    ("user-account-update-profile", "", false, Applied, NoChange, ON, "team.created"),
    ("group-user-membership-add", "", false, Ignored(PROPOSED), Ignored(PROPOSED), ON, "team.created"),
    ("group-user-membership-add", "", true, Applied, NoChange, ON, "team.member.added"),
    ("group-user-membership-remove", "group.user_membership.add", true, Applied, NoChange, ON, "team.member.removed"),
    ("group-lifecycle-create", "", false, Ignored(PROPOSED), Ignored(PROPOSED), ON, "team.created"),
    ("group-profile-update", "", false, Ignored(NOT_LINKED), Ignored(NOT_LINKED), ON, "team.created"),
    ("group-lifecycle-delete", "", true, Applied, NoChange, ON, "team.archived"),
    ("application-user-membership-add", "", false, Ignored(NO_EFFECT), Ignored(NO_EFFECT), ON, "team.created"),
    ("user-account-lock", "", false, Ignored(NO_EFFECT), Ignored(NO_EFFECT), ON, "team.created"),
    ("user-lifecycle-create", "", false, Ignored(NO_EFFECT), Ignored(NO_EFFECT), ON, "team.created"),
    ("user-example-future", "", false, Ignored(NO_EFFECT), Ignored(NO_EFFECT), ON, "team.created"),
];

/// The one event of a body.
fn read(name: &str) -> LogEvent {
    let body: Value = fixture(&format!("okta/hooks/{name}.json"), &[]);
    let events = body["data"]["events"].as_array().expect("a list of events");
    assert_eq!(events.len(), 1, "{name}");
    LogEvent::read(&events[0])
}

async fn replay(roll: &Roll, (name, before, is_linked, first, again, after, said): Row) {
    let mut body = person("dana");
    body["externalId"] = DANA.into();
    let id = roll.post("/Users", &body).await.expect(201).id();
    roll.let_in(&id).await;
    let team = roll.group("Payments On-call", &[]).await;
    if is_linked {
        link(roll, &team).await.expect("a link");
    }
    roll.clock.advance(Duration::from_mins(10));
    if !before.is_empty() {
        let told = LogEvent { targets: read("group-user-membership-add").targets, ..super::event(before, DANA, 240) };
        assert_eq!(tell(roll, &told).await, Applied, "before {name}");
    }
    let event = read(name);
    assert_eq!(tell(roll, &event).await, first, "{name}");
    let actions = roll.actions().await;
    assert_eq!(tell(roll, &event).await, again, "{name} again");
    assert_eq!(switches(roll, &id).await, after, "{name}");
    assert_eq!(roll.actions().await, actions, "{name} again");
    assert_eq!(actions.last().map(String::as_str), Some(said), "{name}");
}

facts! {
    async fn every_event_does_what_the_table_says_and_nothing_when_it_comes_again(roll: Roll) {
        for row in ROWS {
            replay(&Roll::start(roll.engine()).await, row).await;
        }
    }
}

#[test]
fn every_body_is_replayed_and_every_type_of_the_table_has_one() {
    let folder = std::fs::read_dir(repository("fixtures/okta/hooks")).expect("a folder");
    let names = folder.map(|entry| entry.expect("an entry").file_name().to_string_lossy().replace(".json", ""));
    let names: BTreeSet<String> = names.collect();
    assert_eq!(names, ROWS.iter().map(|row| row.0.to_owned()).collect());
    let types: BTreeSet<String> = names.iter().map(|name| read(name).event_type).collect();
    for (event_type, _) in meaning::TABLE {
        assert!(types.contains(event_type), "{event_type}");
    }
}
