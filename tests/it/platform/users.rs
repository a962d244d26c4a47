//! `/api/users`: people, their role, their access.

use reqwest::Method;
use serde_json::{Value, json};

use super::people::{Signed, problem};
use crate::harness::{Answer, Roll, facts};

async fn give(on: &Roll, who: &Signed, user: &str, role: &str) -> Answer {
    who.send(on, Method::PATCH, &format!("/api/users/{user}/role"), &json!({ "role": role })).await
}

async fn order(roll: &Roll, who: &Signed, user: &str, deed: &str) -> Answer {
    who.post(roll, &format!("/api/users/{user}/{deed}"), &json!({})).await
}

fn ids(body: &Value) -> Vec<String> {
    let list = body["users"].as_array().expect("users");
    list.iter().map(|one| one["id"].as_str().expect("an id").to_owned()).collect()
}

async fn admins(roll: &Roll) -> String {
    roll.sql_one("select cast(count(*) as text) from users where platform_role = 'PLATFORM_ADMIN' and is_active").await
}

facts! {
    async fn people_are_listed_page_by_page_and_each_once(roll: Roll) {
        let boss = roll.admin("boss").await;
        for name in ["a", "b", "c", "d"] {
            roll.person(name).await;
        }
        let (mut seen, mut path) = (Vec::new(), "/api/users?limit=2".to_owned());
        loop {
            let page = boss.get(&roll, &path).await.expect(200).body;
            seen.extend(ids(&page));
            let Some(next) = page["nextCursor"].as_str() else { break };
            path = format!("/api/users?limit=2&cursor={next}");
        }
        let mut sorted = seen.clone();
        sorted.sort();
        sorted.dedup();
        assert_eq!((seen.len(), &seen), (5, &sorted));
        for (query, field) in [("limit=0", "limit"), ("limit=101", "limit"), ("limit=x", "limit"), ("cursor=x", "cursor"), ("q=1", "q")] {
            let answer = problem(boss.get(&roll, &format!("/api/users?{query}")).await, 400, field);
            assert_eq!(answer.body["errors"][0]["field"], field);
        }
    }

    async fn oneself_is_read_by_anybody_and_others_by_who_may(roll: Roll) {
        let (dana, erin) = (roll.signed("dana").await, roll.person("erin").await);
        let me = dana.get(&roll, "/api/users/me").await.expect(200).body;
        assert_eq!(me["userName"], "dana@example.com");
        assert_eq!(me["switches"], json!({ "scim": true, "okta": "ok", "admin": true }));
        assert_eq!(dana.get(&roll, &format!("/api/users/{}", dana.user)).await.expect(200).body, me);
        problem(dana.get(&roll, &format!("/api/users/{erin}")).await, 403, "may not");
        problem(dana.get(&roll, &format!("/api/users/{}", Roll::new_id())).await, 403, "may not");
        let team = roll.group("Ops", &[&dana.user, &erin]).await;
        problem(dana.get(&roll, &format!("/api/users/{erin}")).await, 403, "may not");
        let (team, user) = (roll.uuid(&team), roll.uuid(&dana.user));
        let lead = format!("update team_members set role = 'TEAM_ADMIN' where team_id = {team} and user_id = {user}");
        roll.sql_run(&lead).await;
        dana.get(&roll, &format!("/api/users/{erin}")).await.expect(200);
        let moment = roll.moment(crate::harness::NOON);
        roll.sql_run(&format!("update teams set archived_at = {moment}, is_active = false, scim_visible = false where id = {team}")).await;
        problem(dana.get(&roll, &format!("/api/users/{erin}")).await, 403, "may not");
    }

    async fn a_role_is_given_once_and_counts_from_the_next_request(roll: Roll) {
        let other = roll.replica().await;
        let (boss, dana) = (roll.admin("boss").await, roll.signed("dana").await);
        problem(dana.get(&other, "/api/users").await, 403, "may not");
        assert_eq!(give(&roll, &boss, &dana.user, "PLATFORM_ADMIN").await.expect(200).body["role"], "PLATFORM_ADMIN");
        give(&roll, &boss, &dana.user, "PLATFORM_ADMIN").await.expect(200);
        dana.get(&other, "/api/users").await.expect(200);
        give(&roll, &boss, &dana.user, "USER").await.expect(200);
        problem(dana.get(&other, "/api/users").await, 403, "may not");
        let given = roll.actions().await.into_iter().filter(|action| action == "user.role.changed").count();
        assert_eq!((given, roll.severity("user.role.changed").await.as_str()), (2, "HIGH"));
        for bad in [json!({ "role": "ROOT" }), json!({}), json!({ "role": ["USER"] })] {
            let path = format!("/api/users/{}/role", dana.user);
            problem(boss.send(&roll, Method::PATCH, &path, &bad).await, 400, "role");
        }
    }

    async fn the_last_admin_stays_as_far_as_people_go(roll: Roll) {
        let (boss, glass) = (roll.admin("boss").await, roll.break_glass("glass").await);
        problem(give(&roll, &boss, &boss.user, "USER").await, 409, "last platform admin");
        problem(order(&roll, &boss, &boss.user, "deactivate").await, 409, "last platform admin");
        problem(give(&roll, &boss, &glass, "USER").await, 409, "command line");
        problem(order(&roll, &boss, &glass, "deactivate").await, 409, "command line");
        roll.delete(&format!("/Users/{}", boss.user)).await.expect(204);
        assert_eq!(roll.severity("user.deactivated").await, "HIGH");
        problem(boss.get(&roll, "/auth/me").await, 401, "does not work");
    }

    async fn of_two_last_admins_who_send_each_other_away_one_stays(roll: Roll) {
        let other = roll.replica().await;
        for round in 0..8 {
            let (one, two) = (roll.admin(&format!("one{round}")).await, roll.admin(&format!("two{round}")).await);
            let (a, b) = if round % 2 == 0 {
                tokio::join!(give(&roll, &one, &two.user, "USER"), order(&other, &two, &one.user, "deactivate"))
            } else {
                tokio::join!(give(&roll, &one, &one.user, "USER"), give(&other, &two, &two.user, "USER"))
            };
            for answer in [a, b] {
                answer.expect_one_of(&[200, 401, 403, 409]);
            }
            assert_eq!(admins(&roll).await, "1", "round {round}");
            roll.sql_run("update users set platform_role = 'USER'").await;
        }
    }

    async fn an_admin_ends_and_gives_back_access_and_nothing_that_okta_did(roll: Roll) {
        let (boss, dana) = (roll.admin("boss").await, roll.signed("dana").await);
        let off = order(&roll, &boss, &dana.user, "deactivate").await.expect(200).body;
        assert_eq!((&off["isActive"], &off["switches"]["admin"]), (&json!(false), &json!(false)));
        problem(dana.get(&roll, "/auth/me").await, 401, "does not work");
        assert_eq!(roll.get(&format!("/Users/{}", dana.user)).await.expect(200).body["active"], true, "SCIM's own switch");
        order(&roll, &boss, &dana.user, "deactivate").await.expect(200);
        let body = crate::harness::patch(json!([{ "op": "replace", "value": { "active": false } }]));
        roll.patch(&format!("/Users/{}", dana.user), &body).await.expect(200);
        let still = order(&roll, &boss, &dana.user, "reactivate").await.expect(200).body;
        assert_eq!((&still["isActive"], &still["switches"]["admin"]), (&json!(false), &json!(true)));
        let ended = roll.actions().await.into_iter().filter(|action| action == "user.deactivated").count();
        assert_eq!(ended, 1);
        problem(order(&roll, &boss, &Roll::new_id(), "deactivate").await, 404, "no user");
        problem(order(&roll, &boss, "7", "deactivate").await, 404, "no user");
    }

    async fn revoking_ends_sessions_and_families_and_keeps_keys(roll: Roll) {
        let (boss, dana) = (roll.admin("boss").await, roll.signed("dana").await);
        roll.let_in(&dana.user).await;
        assert_eq!(order(&roll, &boss, &dana.user, "revoke-sessions").await.expect(200).body["ended"], 4);
        problem(dana.get(&roll, "/auth/me").await, 401, "does not work");
        let live = roll.live(&dana.user).await;
        assert_eq!(live, [("api_keys", 1), ("contact_verifications", 2), ("user_devices", 1)]);
        assert_eq!(order(&roll, &boss, &dana.user, "revoke-sessions").await.expect(200).body["ended"], 0);
        roll.sign_in(&dana.user).await;
    }
}
