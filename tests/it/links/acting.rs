//! What an admin does with links, and what events do through them.

use std::time::Duration;

use serde_json::json;

use super::{GROUP, LINKS, group_event};
use crate::harness::{Roll, facts};
use crate::platform::people::problem;

const ADD: &str = "group.user_membership.add";
const REMOVE: &str = "group.user_membership.remove";

facts! {
    async fn a_hook_removes_a_member_once_an_admin_has_confirmed_the_link_and_not_before(roll: Roll) {
        let (boss, dana) = (roll.admin("boss").await, roll.person("dana").await);
        let team = roll.group("Payments", &[&dana]).await;
        roll.clock.advance(Duration::from_hours(1));
        let group = (GROUP, "payments");
        assert_eq!(roll.hooked(&group_event("one", REMOVE, "00udana", group, 10)).await, "ignored");
        assert_eq!(roll.members(&team).await, std::slice::from_ref(&dana));
        assert_eq!(roll.links(&boss).await, [format!("{GROUP} proposed Payments")]);
        for _ in 0..2 {
            roll.confirm(&boss, GROUP).await.expect(204);
        }
        assert_eq!(roll.links(&boss).await, [format!("{GROUP} confirmed Payments")]);
        assert_eq!(roll.hooked(&group_event("two", REMOVE, "00udana", group, 20)).await, "applied");
        assert_eq!(roll.members(&team).await, [""; 0]);
        assert_eq!(roll.hooked(&group_event("three", ADD, "00udana", group, 30)).await, "applied");
        assert_eq!(roll.members(&team).await, [dana]);
        let linked = roll.actions().await.into_iter().filter(|action| action == "team.linked").count();
        assert_eq!(linked, 1);
    }

    async fn what_concerned_nobody_yet_is_done_by_a_replay_once_they_are_bound(roll: Roll) {
        let boss = roll.admin("boss").await;
        let team = roll.linked("Payments", GROUP).await;
        roll.clock.advance(Duration::from_hours(1));
        assert_eq!(roll.hooked(&group_event("early", ADD, "00udana", (GROUP, "Payments"), 50)).await, "ignored");
        let dana = roll.person("dana").await;
        assert_eq!(roll.members(&team).await, [""; 0]);
        let inbox = boss.get(&roll, "/api/hooks/events").await.expect(200).body;
        let id = inbox["events"][0]["id"].as_str().expect("an id").to_owned();
        let done = boss.post(&roll, &format!("/api/hooks/events/{id}/replay"), &json!({})).await.expect(200).body;
        assert_eq!(done["state"], "applied", "{done}");
        assert_eq!(roll.members(&team).await, [dana]);
    }

    async fn a_removed_link_acts_no_more_and_is_proposed_no_more_until_an_admin_confirms_it(roll: Roll) {
        let (boss, dana) = (roll.admin("boss").await, roll.person("dana").await);
        let team = roll.group("Payments", &[&dana]).await;
        roll.clock.advance(Duration::from_hours(1));
        let group = (GROUP, "payments");
        roll.hooked(&group_event("one", "group.lifecycle.create", "00udana", group, 10)).await;
        roll.confirm(&boss, GROUP).await.expect(204);
        for _ in 0..2 {
            boss.delete(&roll, &format!("{LINKS}/{GROUP}")).await.expect(204);
        }
        assert_eq!(roll.last_audit("team.unlinked").await.1, json!({ "oktaGroupId": null }));
        assert_eq!(roll.hooked(&group_event("two", REMOVE, "00udana", group, 20)).await, "ignored");
        assert_eq!((roll.links(&boss).await, roll.members(&team).await), (vec![], vec![dana]));
        roll.confirm(&boss, GROUP).await.expect(204);
        assert_eq!(roll.links(&boss).await, [format!("{GROUP} confirmed Payments")]);
        let told: Vec<String> = roll.actions().await.into_iter().filter(|action| action.contains("linked")).collect();
        assert_eq!(told, ["team.linked", "team.unlinked", "team.linked"]);
    }

    async fn a_proposed_link_is_set_aside_without_ever_having_stood(roll: Roll) {
        let boss = roll.admin("boss").await;
        roll.group("Payments", &[]).await;
        roll.clock.advance(Duration::from_hours(1));
        roll.hooked(&group_event("one", "group.lifecycle.create", "00udana", (GROUP, "payments"), 10)).await;
        for _ in 0..2 {
            boss.delete(&roll, &format!("{LINKS}/{GROUP}")).await.expect(204);
        }
        assert_eq!(roll.links(&boss).await, [""; 0]);
        assert_eq!(roll.actions().await.iter().filter(|action| *action == "team.unlinked").count(), 1);
        assert_eq!(roll.last_audit("team.unlinked").await.1, json!({ "proposedGroupId": null }));
    }

    async fn bad_links_are_refused_by_name_and_change_nothing(roll: Roll) {
        let (boss, dana) = (roll.admin("boss").await, roll.signed("dana").await);
        let other = roll.linked("Billing", "00gbilling").await;
        let before = roll.actions().await;
        problem(roll.confirm(&boss, GROUP).await, 404, "bears its name");
        problem(roll.confirm(&boss, "00g%20x").await, 404, "no group");
        problem(roll.confirm(&boss, &"g".repeat(65)).await, 404, "no group");
        let path = format!("{LINKS}/{GROUP}/confirm");
        let bad = problem(boss.post(&roll, &path, &json!({ "teamId": "x" })).await, 400, "teamId");
        assert_eq!(bad.body["errors"][0]["field"], "teamId");
        problem(boss.post(&roll, &path, &json!({ "team": other })).await, 400, "team");
        problem(boss.post(&roll, &path, &json!({ "teamId": Roll::new_id() })).await, 404, "no group");
        let team = roll.group("Payments", &[]).await;
        let taken = boss.post(&roll, &format!("{LINKS}/00gbilling/confirm"), &json!({ "teamId": team })).await;
        problem(taken, 409, "another team");
        for query in ["limit=0", "limit=101", "cursor=", "q=1"] {
            problem(boss.get(&roll, &format!("{LINKS}?{query}")).await, 400, query.split('=').next().expect("a field"));
        }
        problem(roll.confirm(&dana, GROUP).await, 403, "may not");
        boss.delete(&roll, &format!("{LINKS}/00gnobody")).await.expect(204);
        let after: Vec<String> = roll.actions().await.into_iter().filter(|one| one != "team.created" && one != "auth.forbidden").collect();
        assert_eq!(after, before.into_iter().filter(|one| one != "team.created").collect::<Vec<_>>());
    }

    async fn links_are_listed_page_by_page_standing_and_proposed_and_each_once(roll: Roll) {
        let boss = roll.admin("boss").await;
        for number in 0..3 {
            roll.linked(&format!("Linked {number}"), &format!("00g{number}")).await;
            roll.group(&format!("Proposed {number}"), &[]).await;
        }
        roll.clock.advance(Duration::from_hours(1));
        for number in 0..3 {
            let name = format!("proposed {number}");
            let event = group_event(&format!("p{number}"), "group.lifecycle.create", "00u", (&format!("00g{number}x"), &name), number);
            roll.hooked(&event).await;
        }
        let (mut seen, mut path) = (Vec::new(), format!("{LINKS}?limit=2"));
        loop {
            let page = boss.get(&roll, &path).await.expect(200).body;
            let list = page["links"].as_array().expect("links");
            assert!(list.len() <= 2);
            seen.extend(list.iter().map(|one| one["id"].as_str().expect("an id").to_owned()));
            let Some(next) = page["nextCursor"].as_str() else { break };
            path = format!("{LINKS}?limit=2&cursor={next}");
        }
        assert_eq!(seen, ["00g0", "00g0x", "00g1", "00g1x", "00g2", "00g2x"]);
    }

    async fn an_admin_sets_oktas_word_aside_until_okta_says_something_newer(roll: Roll) {
        let (boss, dana) = (roll.admin("boss").await, roll.signed("dana").await);
        let path = format!("/api/users/{}/clear-okta-status", dana.user);
        let mut event = crate::hooks::event_at("one", "00udana", 59);
        event["published"] = "2026-03-02T12:10:00.000Z".into();
        roll.clock.advance(Duration::from_hours(1));
        roll.hooked(&event).await;
        problem(dana.get(&roll, "/auth/me").await, 401, "does not work");
        for _ in 0..2 {
            let after = boss.post(&roll, &path, &json!({})).await.expect(200).body;
            assert_eq!((&after["isActive"], &after["switches"]["okta"]), (&json!(true), &json!("ok")));
        }
        assert_eq!(roll.severity("user.okta.cleared").await, "HIGH");
        assert_eq!(roll.actions().await.iter().filter(|action| *action == "user.okta.cleared").count(), 1);
        event["uuid"] = "late".into();
        event["published"] = "2026-03-02T12:20:00.000Z".into();
        assert_eq!(roll.hooked(&event).await, "stale");
        event["uuid"] = "newer".into();
        event["published"] = "2026-03-02T13:20:00.000Z".into();
        roll.clock.advance(Duration::from_mins(30));
        assert_eq!(roll.hooked(&event).await, "applied");
        let glass = roll.glass("glass").await;
        problem(boss.post(&roll, &format!("/api/users/{glass}/clear-okta-status"), &json!({})).await, 409, "command line");
        problem(boss.post(&roll, "/api/users/7/clear-okta-status", &json!({})).await, 404, "no user");
        problem(boss.post(&roll, &path, &json!({ "why": 1 })).await, 400, "why");
        let erin = roll.signed("erin").await;
        problem(erin.post(&roll, &path, &json!({})).await, 403, "may not");
    }
}
