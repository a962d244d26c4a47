//! Who is in a team, as people decide it, beside what Okta holds.

use reqwest::Method;
use serde_json::{Value, json};

use super::{add, codes, edit, found, place, remove, times, together, warnings};
use crate::harness::{Answer, Roll, facts, patch};
use crate::okta_events::{self, event, link, tell};
use crate::platform::people::{Signed, problem};

async fn set_role(roll: &Roll, by: &Signed, team: &str, user: &str, duty: &str) -> Answer {
    by.send(roll, Method::PATCH, &format!("/api/teams/{team}/members/{user}"), &json!({ "role": duty })).await
}

async fn leave(roll: &Roll, who: &Signed, team: &str) -> Answer {
    who.post(roll, &format!("/api/teams/{team}/leave"), &json!({})).await
}

/// A change of members as Okta pushes it.
async fn push(roll: &Roll, team: &str, op: &str, user: &str) {
    let body = patch(json!([{ "op": op, "path": "members", "value": [{ "value": user }] }]));
    roll.patch(&format!("/Groups/{team}"), &body).await.expect(204);
}

facts! {
    async fn joining_is_done_once_and_scim_does_not_see_it(roll: Roll) {
        let (boss, dana) = (roll.admin("boss").await, roll.person("dana").await);
        let team = roll.group("Ops", &[]).await;
        for _ in 0..2 {
            let member = add(&roll, &boss, &team, &dana, "RESPONDER").await.expect(200).body;
            assert_eq!((&member["userId"], &member["role"]), (&json!(dana), &json!("RESPONDER")));
            assert_eq!(member["source"], json!({ "okta": false, "platform": true }));
        }
        assert_eq!(times(&roll, "team.member.added").await, 1);
        assert!(roll.members(&team).await.is_empty());
        let answer = problem(add(&roll, &boss, &team, &dana, "TEAM_ADMIN").await, 409, "PATCH");
        assert_eq!(answer.body["errors"][0]["field"], "role");
        assert_eq!(place(&roll, &team, &dana).await, "platform RESPONDER");
    }

    async fn who_cannot_join_is_told_why(roll: Roll) {
        let boss = roll.admin("boss").await;
        let (glass, gone, idle) = (roll.break_glass("glass").await, roll.person("gone").await, roll.person("idle").await);
        let team = found(&roll, &boss, "Ops").await;
        roll.delete(&format!("/Users/{gone}")).await.expect(204);
        boss.post(&roll, &format!("/api/users/{idle}/deactivate"), &json!({})).await.expect(200);
        for (user, words) in [(glass, "nobody"), (gone, "nobody"), (idle, "no access"), (Roll::new_id(), "nobody")] {
            let answer = problem(add(&roll, &boss, &team, &user, "RESPONDER").await, 400, words);
            assert_eq!(answer.body["errors"][0]["field"], "userId");
        }
        let path = format!("/api/teams/{team}/members");
        for (body, field) in [
            (json!({ "role": "RESPONDER" }), "userId"),
            (json!({ "userId": "7", "role": "RESPONDER" }), "userId"),
            (json!({ "userId": Roll::new_id() }), "role"),
            (json!({ "userId": Roll::new_id(), "role": "OWNER" }), "role"),
        ] {
            problem(boss.post(&roll, &path, &body).await, 400, field);
        }
        assert_eq!(roll.sql_one("select cast(count(*) as text) from team_members").await, "0");
    }

    async fn a_removal_of_whom_okta_holds_is_an_opt_out_that_a_push_leaves_alone(roll: Roll) {
        let (boss, dana) = (roll.admin("boss").await, roll.person("dana").await);
        let team = roll.group("Ops", &[&dana]).await;
        for outcome in ["opted_out", "unchanged"] {
            let gone = remove(&roll, &boss, &team, &dana).await.expect(200).body;
            assert_eq!(gone["outcome"], outcome);
        }
        assert_eq!((times(&roll, "team.member.opted_out").await, roll.severity("team.member.opted_out").await.as_str()), (1, "WARN"));
        push(&roll, &team, "add", &dana).await;
        assert_eq!(place(&roll, &team, &dana).await, "okta out RESPONDER");
        assert_eq!(roll.members(&team).await, std::slice::from_ref(&dana));
        problem(set_role(&roll, &boss, &team, &dana, "OBSERVER").await, 404, "not in this team");
        add(&roll, &boss, &team, &dana, "OBSERVER").await.expect(200);
        assert_eq!(place(&roll, &team, &dana).await, "okta platform OBSERVER");
        assert_eq!(times(&roll, "team.member.taken_back").await, 1);
        push(&roll, &team, "remove", &dana).await;
        assert_eq!(place(&roll, &team, &dana).await, "platform OBSERVER");
        assert_eq!(remove(&roll, &boss, &team, &dana).await.expect(200).body["outcome"], "removed");
        assert_eq!(place(&roll, &team, &dana).await, "");
    }

    async fn an_opt_out_ends_with_okta_s_hold(roll: Roll) {
        let (boss, dana) = (roll.admin("boss").await, roll.person("dana").await);
        let team = roll.group("Ops", &[&dana]).await;
        remove(&roll, &boss, &team, &dana).await.expect(200);
        push(&roll, &team, "remove", &dana).await;
        assert_eq!(place(&roll, &team, &dana).await, "");
        push(&roll, &team, "add", &dana).await;
        assert_eq!(place(&roll, &team, &dana).await, "okta RESPONDER");
    }

    async fn leaving_ends_every_right_at_once_on_every_replica(roll: Roll) {
        let other = roll.replica().await;
        let (boss, lead, mate) = (roll.admin("boss").await, roll.signed("lead").await, roll.person("mate").await);
        let team = roll.group("Ops", &[&lead.user, &mate]).await;
        set_role(&roll, &boss, &team, &lead.user, "TEAM_ADMIN").await.expect(200);
        lead.get(&other, &format!("/api/users/{mate}")).await.expect(200);
        edit(&other, &lead, &team, &json!({ "slackChannel": "ops" })).await.expect(200);
        let left = leave(&roll, &lead, &team).await.expect(200).body;
        assert_eq!((&left["outcome"], codes(&left)), (&json!("opted_out"), vec!["no_admin".to_owned(), "few_responders".to_owned()]));
        problem(lead.get(&other, &format!("/api/users/{mate}")).await, 403, "may not");
        problem(edit(&other, &lead, &team, &json!({ "slackChannel": "x" })).await, 403, "may not");
        problem(add(&other, &lead, &team, &lead.user, "TEAM_ADMIN").await, 403, "may not");
        problem(set_role(&other, &lead, &team, &mate, "OBSERVER").await, 403, "may not");
        assert_eq!(leave(&other, &lead, &team).await.expect(200).body["outcome"], "unchanged");
    }

    async fn the_last_admin_may_go_and_it_is_told(roll: Roll) {
        let (boss, one, two) = (roll.admin("boss").await, roll.signed("one").await, roll.signed("two").await);
        let team = found(&roll, &boss, "Ops").await;
        for user in [&one.user, &two.user] {
            add(&roll, &boss, &team, user, "TEAM_ADMIN").await.expect(200);
        }
        leave(&roll, &one, &team).await.expect(200);
        let (_, _, detail) = roll.last_audit("team.member.removed").await;
        assert_eq!((&detail["lastAdmin"], roll.severity("team.member.removed").await.as_str()), (&Value::Null, "INFO"));
        let gone = remove(&roll, &two, &team, &two.user).await.expect(200).body;
        assert!(codes(&gone).contains(&"no_admin".to_owned()), "{gone}");
        let (_, _, detail) = roll.last_audit("team.member.removed").await;
        assert_eq!((&detail["lastAdmin"], roll.severity("team.member.removed").await.as_str()), (&json!(true), "WARN"));
        assert!(warnings(&roll, &boss, &team).await.contains(&"no_admin".to_owned()));
        problem(add(&roll, &two, &team, &two.user, "TEAM_ADMIN").await, 403, "may not");
    }

    async fn a_team_admin_s_word_counts_in_their_team_alone(roll: Roll) {
        let (boss, lead, dana) = (roll.admin("boss").await, roll.signed("lead").await, roll.person("dana").await);
        let (ours, theirs) = (found(&roll, &boss, "Ours").await, found(&roll, &boss, "Theirs").await);
        add(&roll, &boss, &ours, &lead.user, "TEAM_ADMIN").await.expect(200);
        add(&roll, &boss, &theirs, &lead.user, "RESPONDER").await.expect(200);
        add(&roll, &lead, &ours, &dana, "TEAM_ADMIN").await.expect(200);
        set_role(&roll, &lead, &ours, &dana, "OBSERVER").await.expect(200);
        remove(&roll, &lead, &ours, &dana).await.expect(200);
        let before = crate::tables::dump(&roll).await;
        problem(add(&roll, &lead, &theirs, &dana, "OBSERVER").await, 403, "may not");
        problem(set_role(&roll, &lead, &theirs, &lead.user, "TEAM_ADMIN").await, 403, "may not");
        problem(remove(&roll, &lead, &theirs, &boss.user).await, 403, "may not");
        assert_eq!(crate::tables::dump(&roll).await, before);
    }

    async fn a_role_is_changed_once_with_before_and_after(roll: Roll) {
        let (boss, dana) = (roll.admin("boss").await, roll.person("dana").await);
        let team = roll.group("Ops", &[&dana]).await;
        for _ in 0..2 {
            set_role(&roll, &boss, &team, &dana, "TEAM_ADMIN").await.expect(200);
        }
        assert_eq!(times(&roll, "team.role.changed").await, 1);
        let (before, after, detail) = roll.last_audit("team.role.changed").await;
        assert_eq!((&before["role"], &after["role"]), (&json!("RESPONDER"), &json!("TEAM_ADMIN")));
        assert_eq!((&detail["user"], &detail["team"]), (&json!("dana Example"), &json!("Ops")));
        problem(set_role(&roll, &boss, &team, &boss.user, "OBSERVER").await, 404, "not in this team");
        problem(set_role(&roll, &boss, &team, &dana, "BOSS").await, 400, "role");
    }

    async fn many_who_add_one_person_at_once_add_them_once(roll: Roll) {
        let (boss, other, dana) = (roll.admin("boss").await, roll.replica().await, roll.person("dana").await);
        let team = roll.group("Ops", &[]).await;
        let tries = (0..8).map(|at| add(if at % 2 == 0 { &roll } else { &other }, &boss, &team, &dana, "OBSERVER"));
        let (answers, ()) = tokio::join!(together(tries), push(&roll, &team, "add", &dana));
        let fine = |answer: &Answer| [200, 409].contains(&answer.status.as_u16());
        assert!(answers.iter().all(fine), "{answers:?}");
        let held = place(&roll, &team, &dana).await;
        assert!(["okta platform OBSERVER", "okta RESPONDER"].contains(&held.as_str()), "{held}");
    }

    async fn what_people_write_here_does_not_stand_against_okta_s_word(roll: Roll) {
        let (boss, dana) = (roll.admin("boss").await, roll.person("dana").await);
        let team = roll.group("Payments", &[&dana]).await;
        link(&roll, &team).await.expect("a link");
        roll.clock.advance(std::time::Duration::from_hours(1));
        set_role(&roll, &boss, &team, &dana, "TEAM_ADMIN").await.expect(200);
        edit(&roll, &boss, &team, &json!({ "slackChannel": "pay" })).await.expect(200);
        tell(&roll, &event("group.user_membership.remove", "00udana", 60)).await;
        assert_eq!(place(&roll, &team, &dana).await, "", "the removal at Okta came before, and still counts");
        add(&roll, &boss, &team, &dana, "OBSERVER").await.expect(200);
        tell(&roll, &event("group.user_membership.add", "00udana", 120)).await;
        assert_eq!(place(&roll, &team, &dana).await, "okta platform OBSERVER");
        okta_events::tell(&roll, &event("group.user_membership.remove", "00udana", 180)).await;
        assert_eq!(place(&roll, &team, &dana).await, "platform OBSERVER");
    }
}
