//! A team: found, its people and its state changed; who asked for one; and what whoever runs one sees.

use serde_json::json;

use super::admin;
use crate::harness::facts;
use crate::links::{GROUP, group_event};
use crate::platform::audit_log::lead;

/// A change of the team: what unfolds it, what is asked for, the button, what the page says afterwards.
type Deed = (&'static str, &'static [(&'static str, &'static str)], &'static str, &'static str);
/// What is done to a team, in this order.
const DEEDS: [Deed; 4] = [
    (
        "Begin maintenance",
        &[("Reason, for the audit", "A move.")],
        "Begin maintenance of Ops",
        "Maintenance mode is on.",
    ),
    ("End maintenance", &[], "End maintenance of Ops", "Maintenance mode is off."),
    ("Archive", &[], "Archive Ops", "The team is archived."),
    ("Restore", &[], "Restore Ops", "The team is back"),
];

facts! {
    async fn a_team_is_found_and_somebody_joins_rises_and_leaves(roll: Roll) {
        let (boss, _) = (roll.admin("boss").await, roll.person("erin").await);
        roll.group("Ops", &[]).await;
        let page = admin(&roll, &boss, "/audit").await;
        page.go_by("t").await;
        page.search("op").await;
        page.follow("Ops").await;
        page.reach("Add somebody").await;
        page.press(&["Enter"]).await;
        page.reach("Sign-in name or e-mail address").await;
        page.type_in("erin@example.com").await;
        page.reach("Role").await;
        page.type_in("obs").await;
        page.follow("Add to Ops").await;
        assert_eq!(page.told().await, "The person is in the team.");
        page.says(&["Observer"]).await;
        page.follow("Change erin Example").await;
        let told = page.confirm("Make team admin", &[], "Make erin Example a team admin").await;
        assert_eq!(told, "The member's role is changed.");
        page.follow("Change erin Example").await;
        let told = page.confirm("Remove from the team", &[], "Remove erin Example").await;
        assert_eq!(told, "The person is out of the team.");
        page.follow("The whole history in the audit").await;
        let said = page.texts(".line a.mark.code").await;
        assert_eq!(said, ["team.member.removed", "team.role.changed", "team.member.added", "team.created"]);
        page.done().await;
    }

    async fn a_team_rests_goes_and_comes_back(roll: Roll) {
        let boss = roll.admin("boss").await;
        roll.group("Ops", &[]).await;
        let page = admin(&roll, &boss, "/teams").await;
        page.follow("Ops").await;
        for (unfold, fields, button, words) in DEEDS {
            let told = page.confirm(unfold, fields, button).await;
            assert!(told.starts_with(words), "{button}: {told}");
        }
        assert_eq!(roll.last_audit("team.maintenance.set").await.2["reason"], json!(null));
        page.follow("The whole history in the audit").await;
        let said = page.texts(".line a.mark.code").await;
        let twice = "team.maintenance.set";
        assert_eq!(said, ["team.restored", "team.archived", twice, twice, "team.created"]);
        page.done().await;
    }

    async fn a_link_to_a_group_is_confirmed_and_set_aside(roll: Roll) {
        let (boss, dana) = (roll.admin("boss").await, roll.person("dana").await);
        let team = roll.group("Payments", &[&dana]).await;
        roll.hooked(&group_event("one", "group.lifecycle.create", "00udana", (GROUP, "Payments"), 0)).await;
        let page = admin(&roll, &boss, &format!("/teams/{team}")).await;
        page.says(&["link proposed by its name only"]).await;
        let told = page.confirm("Confirm the link to the Okta group", &[], "Link to the Okta group Payments").await;
        assert!(told.starts_with("The link is confirmed."), "{told}");
        assert_eq!(roll.links(&boss).await, [format!("{GROUP} confirmed Payments")]);
        let told = page.confirm("Set the link to the Okta group aside", &[], "Set aside the link to Payments").await;
        assert!(told.starts_with("The link is set aside."), "{told}");
        page.done().await;
    }

    async fn who_asked_for_a_team_is_answered(roll: Roll) {
        let (boss, dana) = (roll.admin("boss").await, roll.signed("dana").await);
        for name in ["Day shift", "Night shift"] {
            let wish = json!({ "name": name, "reason": "We are many." });
            dana.post(&roll, "/api/team-requests", &wish).await.expect(201);
        }
        let page = admin(&roll, &boss, "/teams").await;
        page.follow("Requests").await;
        // The newest stands first.
        let told = page.confirm("Approve", &[], "Make the team Night shift").await;
        assert!(told.starts_with("The team is made"), "{told}");
        let note = [("Your answer, if you give one", "Ask Ana.")];
        let told = page.confirm("Reject", &note, "Reject the request for Day shift").await;
        assert_eq!(told, "The request is rejected.");
        page.follow("Rejected").await;
        page.says(&["Day shift", "Answer: Ask Ana."]).await;
        page.follow("Approved").await;
        page.follow("Open the team Night shift").await;
        page.says(&["Team admin"]).await;
        page.done().await;
    }

    async fn whoever_runs_a_team_sees_and_changes_that_one_only(roll: Roll) {
        let (dana, erin) = (roll.signed("dana").await, roll.person("erin").await);
        let own = roll.group("Ops", &[&dana.user, &erin]).await;
        roll.group("Net", &[&erin]).await;
        lead(&roll, &own, &dana.user).await;
        let page = admin(&roll, &dana, "/").await;
        assert_eq!(page.path().await, "/audit");
        page.says(&["Teams you run: 1, and yourself"]).await;
        let (teams, places) = (page.texts(".line a[title=team]").await, page.texts("nav[aria-label=Console] a").await);
        assert!(teams.iter().all(|team| team == "Ops") && !teams.is_empty(), "{teams:?}");
        assert_eq!(places, ["Audit", "Teams"]);
        page.go_by("t").await;
        page.follow("Net").await;
        assert_eq!(page.texts("main summary, main button, main td a").await, [""; 0]);
        page.go_by("t").await;
        page.follow("Ops").await;
        page.follow("Change erin Example").await;
        let told = page.confirm("Make observer", &[], "Make erin Example an observer").await;
        assert_eq!(told, "The member's role is changed.");
        page.follow("Change erin Example").await;
        let told = page.confirm("Remove from the team", &[], "Remove erin Example").await;
        assert!(told.starts_with("Okta still holds the person in the group"), "{told}");
        page.follow("Change erin Example").await;
        let told = page.confirm("Take back", &[], "Take back erin Example").await;
        assert_eq!(told, "The person is in the team.");
        page.follow("erin Example").await;
        page.says(&["have access?"]).await;
        assert_eq!(page.texts("#acts, #held").await, [""; 0]);
        page.done().await;
    }
}
