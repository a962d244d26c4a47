//! Events about a group: proposals, and what acts on a confirmed link.

use std::time::Duration;

use rollcall::directory::okta_events::{self, Outcome};
use rollcall::store::okta_links;
use serde_json::json;

use super::{GROUP, dana, event, link, tell, told};
use crate::harness::{Roll, facts, patch};

const ADD: &str = "group.user_membership.add";
const REMOVE: &str = "group.user_membership.remove";

/// Dana, and the team Payments with a link to the group. Gives both ids.
async fn linked(roll: &Roll, members: bool) -> (String, String) {
    let id = roll.person("dana").await;
    let members: Vec<&str> = members.then_some(id.as_str()).into_iter().collect();
    let team = roll.group("Payments", &members).await;
    link(roll, &team).await.expect("a link");
    roll.clock.advance(Duration::from_hours(1));
    (id, team)
}

async fn proposed(roll: &Roll) -> Vec<(String, String)> {
    let mut view = roll.db().view().await.expect("a view");
    let found = okta_links::proposed(&mut view, "", 100).await.expect("proposals");
    found.into_iter().map(|one| (one.okta_group_id, one.team_name)).collect()
}

facts! {
    async fn a_name_proposes_a_link_and_changes_nothing(roll: Roll) {
        let id = dana(&roll).await;
        let team = roll.group("PAYMENTS", &[]).await;
        for (at, kind) in ["group.lifecycle.create", "group.profile.update", ADD].into_iter().enumerate() {
            assert_eq!(told(&roll, kind, at as u64).await, Outcome::Ignored(okta_events::PROPOSED), "{kind}");
        }
        assert_eq!(proposed(&roll).await, [(GROUP.to_owned(), "PAYMENTS".to_owned())]);
        assert_eq!(roll.members(&team).await, [""; 0]);
        let mut renamed = event("group.profile.update", "00udana", 9);
        renamed.targets[2].name = Some("Billing".to_owned());
        assert_eq!(tell(&roll, &renamed).await, Outcome::Ignored(okta_events::NOT_LINKED));
        assert_eq!(told(&roll, "group.profile.update", 8).await, Outcome::Ignored(okta_events::NOT_LINKED));
        assert_eq!(proposed(&roll).await, []);
        assert_eq!(roll.actions().await, ["user.created", "team.created"]);
        assert!(!id.is_empty());
    }

    async fn a_link_is_confirmed_once_and_belongs_to_one_team(roll: Roll) {
        let (team, other) = (roll.group("Payments", &[]).await, roll.group("Billing", &[]).await);
        for _ in 0..2 {
            link(&roll, &team).await.expect("a link");
        }
        assert_eq!(link(&roll, &other).await.expect_err("taken").to_string(), "This Okta group is linked to another team.");
        assert_eq!(link(&roll, &Roll::new_id()).await.expect_err("nothing").to_string(), "There is no group with this id.");
        assert_eq!(roll.actions().await, ["team.created", "team.created", "team.linked"]);
        assert_eq!(roll.last_audit("team.linked").await.1, json!({ "oktaGroupId": GROUP }));
    }

    async fn memberships_of_a_linked_group_come_and_go(roll: Roll) {
        let (id, team) = linked(&roll, false).await;
        let tag = roll.get(&format!("/Groups/{team}")).await.header("etag").to_owned();
        assert_eq!(told(&roll, ADD, 10).await, Outcome::Applied);
        assert_eq!(told(&roll, ADD, 10).await, Outcome::NoChange);
        assert_eq!(roll.members(&team).await, [id]);
        assert_ne!(roll.get(&format!("/Groups/{team}")).await.header("etag"), tag);
        assert_eq!(told(&roll, REMOVE, 20).await, Outcome::Applied);
        assert_eq!(told(&roll, ADD, 15).await, Outcome::Stale(okta_events::OLDER));
        assert_eq!(roll.members(&team).await, [""; 0]);
        assert_eq!(roll.actions().await[3..], ["team.member.added", "team.member.removed"]);
    }

    async fn on_equal_times_leaving_wins(roll: Roll) {
        let (_, team) = linked(&roll, false).await;
        assert_eq!(told(&roll, ADD, 10).await, Outcome::Applied);
        assert_eq!(told(&roll, REMOVE, 10).await, Outcome::Applied);
        assert_eq!(told(&roll, ADD, 10).await, Outcome::Stale(okta_events::OLDER));
        assert_eq!(roll.members(&team).await, [""; 0]);
    }

    async fn what_scim_wrote_later_stands(roll: Roll) {
        let (id, team) = linked(&roll, true).await;
        let path = format!("/Groups/{team}");
        let remove = patch(json!([{ "op": "remove", "path": format!("members[value eq \"{id}\"]") }]));
        roll.patch(&path, &remove).await;
        assert_eq!(told(&roll, ADD, 10).await, Outcome::Stale(okta_events::SCIM_LATER));
        assert_eq!(roll.members(&team).await, [""; 0]);
        roll.patch(&path, &patch(json!([{ "op": "add", "path": "members", "value": [{ "value": id }] }]))).await;
        assert_eq!(told(&roll, REMOVE, 20).await, Outcome::Stale(okta_events::SCIM_LATER));
        assert_eq!(roll.members(&team).await, [id]);
        assert_eq!(told(&roll, "group.lifecycle.delete", 30).await, Outcome::Stale(okta_events::SCIM_LATER));
        assert_eq!(roll.get(&path).await.status.as_u16(), 200);
        assert_eq!(told(&roll, REMOVE, 3_601).await, Outcome::Applied);
    }

    async fn a_deleted_group_archives_its_team_and_scim_still_reads_it(roll: Roll) {
        let (id, team) = linked(&roll, true).await;
        assert_eq!(told(&roll, "group.lifecycle.delete", 10).await, Outcome::Applied);
        assert_eq!(told(&roll, "group.lifecycle.delete", 10).await, Outcome::NoChange);
        assert_eq!(told(&roll, REMOVE, 20).await, Outcome::Ignored(okta_events::NOT_LINKED));
        assert_eq!(roll.members(&team).await, [id]);
        assert_eq!(roll.actions().await.last().map(String::as_str), Some("team.archived"));
        let next = roll.group("Payments", &[]).await;
        assert_eq!(link(&roll, &next).await.expect_err("gone").to_string(), "Okta has deleted this group.");
    }

    async fn a_member_held_by_the_platform_stays_when_okta_lets_go(roll: Roll) {
        let (_, team) = linked(&roll, true).await;
        roll.sql_run("update team_members set by_platform = true").await;
        assert_eq!(told(&roll, REMOVE, 10).await, Outcome::Applied);
        assert_eq!(roll.sql_one("select cast(count(*) as text) from team_members").await, "1");
        assert_eq!(roll.members(&team).await, [""; 0]);
        assert_eq!(told(&roll, ADD, 20).await, Outcome::Applied);
        assert_eq!(roll.members(&team).await.len(), 1);
    }

    async fn strangers_and_teams_of_the_platform_are_left_alone(roll: Roll) {
        let (_, team) = linked(&roll, false).await;
        let stranger = tell(&roll, &event(ADD, "00ustranger", 10)).await;
        assert_eq!(stranger, Outcome::Ignored(okta_events::STRANGER));
        roll.sql_run("update teams set scim_visible = false").await;
        assert_eq!(told(&roll, ADD, 20).await, Outcome::Ignored(okta_events::NOT_LINKED));
        assert_eq!(link(&roll, &team).await.expect_err("hidden").to_string(), "There is no group with this id.");
    }
}
