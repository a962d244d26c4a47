//! What a team says of itself, and whether it is there at all.

use reqwest::Method;
use serde_json::{Value, json};

use super::{add, edit, found, times, together, warnings};
use crate::harness::{Answer, Roll, facts, group, patch};
use crate::platform::people::{Signed, problem};

async fn put(roll: &Roll, by: &Signed, team: &str, what: &str, body: &Value) -> Answer {
    by.send(roll, Method::PUT, &format!("/api/teams/{team}/{what}"), body).await
}

async fn restore(roll: &Roll, by: &Signed, team: &str) -> Answer {
    by.post(roll, &format!("/api/teams/{team}/restore"), &json!({})).await
}

async fn archive(roll: &Roll, by: &Signed, team: &str) -> Answer {
    by.delete(roll, &format!("/api/teams/{team}")).await
}

facts! {
    async fn an_admin_makes_a_team_that_scim_does_not_see(roll: Roll) {
        let boss = roll.admin("boss").await;
        let body = json!({
            "name": "Payments",
            "description": "Money",
            "slackChannel": "#payments",
            "notificationDefaults": { "channels": ["PUSH", "SMS"] },
            "escalationDefaults": { "afterMinutes": 5, "rounds": 0 },
        });
        let made = boss.post(&roll, "/api/teams", &body).await.expect(201).body;
        for (field, value) in body.as_object().expect("an object") {
            assert_eq!(&made[field], value);
        }
        assert_eq!((&made["syncedFromOkta"], &made["isActive"], &made["maintenanceMode"]), (&json!(false), &json!(true), &json!(false)));
        assert_eq!(made["members"], json!({ "total": 0, "optedOut": 0, "TEAM_ADMIN": 0, "RESPONDER": 0, "OBSERVER": 0 }));
        let id = made["id"].as_str().expect("an id");
        roll.get(&format!("/Groups/{id}")).await.expect(404);
        assert_eq!(roll.get("/Groups").await.expect(200).body["totalResults"], 0);
        let (_, after, _) = roll.last_audit("team.created").await;
        assert_eq!(after, body);
    }

    async fn a_name_is_taken_whoever_bears_it_and_whatever_its_letter_case(roll: Roll) {
        let boss = roll.admin("boss").await;
        roll.group("Search", &[]).await;
        let ours = found(&roll, &boss, "Payments").await;
        for name in ["payments", "PAYMENTS", "search"] {
            let answer = problem(boss.post(&roll, "/api/teams", &json!({ "name": name })).await, 409, "taken");
            assert_eq!(answer.body["errors"][0]["field"], "name");
        }
        let answer = problem(edit(&roll, &boss, &ours, &json!({ "name": "SEARCH" })).await, 409, "taken");
        assert_eq!(answer.body["errors"][0]["field"], "name");
        roll.post("/Groups", &group("payments", &[])).await.refused(409, Some("uniqueness"), "taken");
        assert_eq!(edit(&roll, &boss, &ours, &json!({ "name": "PAYments" })).await.expect(200).body["name"], "PAYments");
    }

    async fn of_many_who_make_a_team_of_one_name_one_does(roll: Roll) {
        let (boss, other) = (roll.admin("boss").await, roll.replica().await);
        let body = json!({ "name": "Ops" });
        let tries = (0..8).map(|at| boss.post(if at % 2 == 0 { &roll } else { &other }, "/api/teams", &body));
        let answers: Vec<Answer> = together(tries).await;
        let won = answers.iter().filter(|answer| answer.status == 201).count();
        assert_eq!(won, 1);
        assert!(answers.iter().all(|answer| [201, 409].contains(&answer.status.as_u16())));
    }

    async fn what_is_left_out_stays_and_null_clears(roll: Roll) {
        let boss = roll.admin("boss").await;
        let team = found(&roll, &boss, "Ops").await;
        edit(&roll, &boss, &team, &json!({ "description": "All", "slackChannel": "ops" })).await.expect(200);
        let is = edit(&roll, &boss, &team, &json!({ "escalationDefaults": { "rounds": 2 } })).await.expect(200).body;
        assert_eq!((&is["description"], &is["slackChannel"]), (&json!("All"), &json!("ops")));
        let body = json!({ "description": null, "escalationDefaults": null });
        let is = edit(&roll, &boss, &team, &body).await.expect(200).body;
        assert_eq!((&is["description"], &is["escalationDefaults"]), (&Value::Null, &json!({})));
        let (before, after, _) = roll.last_audit("team.updated").await;
        assert_eq!(before, json!({ "description": "All", "escalationDefaults": { "rounds": 2 } }));
        assert_eq!(after, json!({}));
        edit(&roll, &boss, &team, &body).await.expect(200);
        assert_eq!(times(&roll, "team.updated").await, 3);
    }

    async fn what_cannot_be_taken_is_refused_by_its_field_and_changes_nothing(roll: Roll) {
        let boss = roll.admin("boss").await;
        let team = found(&roll, &boss, "Ops").await;
        let before = crate::tables::dump(&roll).await;
        for (body, field) in [
            (json!({ "name": "" }), "name"),
            (json!({ "name": " Ops" }), "name"),
            (json!({ "name": null }), "name"),
            (json!({ "name": "x".repeat(101) }), "name"),
            (json!({ "name": "a\u{0}b" }), "name"),
            (json!({ "description": "" }), "description"),
            (json!({ "slackChannel": "two words" }), "slackChannel"),
            (json!({ "slackChannel": "#" }), "slackChannel"),
            (json!({ "notificationDefaults": { "channels": ["FAX"] } }), "notificationDefaults.channels"),
            (json!({ "notificationDefaults": { "channels": ["SMS", "SMS"] } }), "notificationDefaults.channels"),
            (json!({ "notificationDefaults": [] }), "notificationDefaults"),
            (json!({ "escalationDefaults": { "afterMinutes": 0 } }), "escalationDefaults.afterMinutes"),
            (json!({ "escalationDefaults": { "rounds": 11 } }), "escalationDefaults.rounds"),
            (json!({ "escalationDefaults": { "who": "me" } }), "escalationDefaults.who"),
            (json!({ "externalId": "x" }), "externalId"),
            (json!({ "maintenanceMode": true }), "maintenanceMode"),
        ] {
            let answer = problem(edit(&roll, &boss, &team, &body).await, 400, field);
            assert_eq!(answer.body["errors"][0]["field"], field, "{body}");
        }
        assert_eq!(crate::tables::dump(&roll).await, before);
    }

    async fn what_okta_owns_is_changed_at_okta(roll: Roll) {
        let boss = roll.admin("boss").await;
        let mut sent = group("Ops", &[]);
        let plain = roll.group("Net", &[]).await;
        sent["urn:okta:custom:group:1.0"] = json!({ "description": "From Okta" });
        let team = roll.post("/Groups", &sent).await.expect(201).id();
        for (team, body, field) in [
            (&team, json!({ "name": "Operations" }), "name"),
            (&team, json!({ "description": "Mine" }), "description"),
            (&plain, json!({ "name": "Networks" }), "name"),
        ] {
            let answer = problem(edit(&roll, &boss, team, &body).await, 409, "Okta");
            assert_eq!(answer.body["errors"][0]["field"], field);
        }
        let same = json!({ "name": "Ops", "description": "From Okta" });
        edit(&roll, &boss, &team, &same).await.expect(200);
        assert_eq!(times(&roll, "team.updated").await, 0);
    }

    async fn what_the_platform_says_of_okta_s_team_outlives_a_push(roll: Roll) {
        let boss = roll.admin("boss").await;
        let team = roll.group("Ops", &[]).await;
        let ours = json!({ "description": "Ours", "slackChannel": "ops", "escalationDefaults": { "rounds": 1 } });
        edit(&roll, &boss, &team, &ours).await.expect(200);
        put(&roll, &boss, &team, "tags", &json!({ "tags": [{ "kind": "TECHNICAL", "value": "db" }] })).await.expect(200);
        roll.put(&format!("/Groups/{team}"), &group("Operations", &[])).await.expect(200);
        let rename = patch(json!([{ "op": "replace", "value": { "displayName": "Ops 2" } }]));
        roll.patch(&format!("/Groups/{team}"), &rename).await.expect(204);
        let is = boss.get(&roll, &format!("/api/teams/{team}")).await.expect(200).body;
        assert_eq!((&is["name"], &is["description"], &is["slackChannel"]), (&json!("Ops 2"), &json!("Ours"), &json!("ops")));
        assert_eq!((&is["escalationDefaults"], &is["tags"][0]["value"]), (&json!({ "rounds": 1 }), &json!("db")));
    }

    async fn an_archived_team_gives_its_name_and_its_rights_away(roll: Roll) {
        let (boss, lead) = (roll.admin("boss").await, roll.signed("lead").await);
        let mate = roll.person("mate").await;
        let team = found(&roll, &boss, "Ops").await;
        add(&roll, &boss, &team, &lead.user, "TEAM_ADMIN").await.expect(200);
        add(&roll, &boss, &team, &mate, "RESPONDER").await.expect(200);
        lead.get(&roll, &format!("/api/users/{mate}")).await.expect(200);
        problem(archive(&roll, &lead, &team).await, 403, "may not");
        archive(&roll, &boss, &team).await.expect(204);
        archive(&roll, &boss, &team).await.expect(204);
        assert_eq!(times(&roll, "team.archived").await, 1);
        problem(lead.get(&roll, &format!("/api/users/{mate}")).await, 403, "may not");
        problem(edit(&roll, &lead, &team, &json!({ "slackChannel": "x" })).await, 403, "may not");
        problem(edit(&roll, &boss, &team, &json!({ "slackChannel": "x" })).await, 409, "archived");
        problem(add(&roll, &boss, &team, &boss.user, "OBSERVER").await, 409, "archived");
        problem(lead.post(&roll, &format!("/api/teams/{team}/leave"), &json!({})).await, 409, "archived");
        let heir = found(&roll, &boss, "ops").await;
        let answer = problem(restore(&roll, &boss, &team).await, 409, "taken");
        assert_eq!(answer.body["errors"][0]["field"], "name");
        archive(&roll, &boss, &heir).await.expect(204);
        restore(&roll, &boss, &team).await.expect(200);
        restore(&roll, &boss, &team).await.expect(200);
        assert_eq!(times(&roll, "team.restored").await, 1);
        lead.get(&roll, &format!("/api/users/{mate}")).await.expect(200);
    }

    async fn okta_s_team_that_an_admin_archives_is_still_read_over_scim(roll: Roll) {
        let (boss, dana) = (roll.admin("boss").await, roll.person("dana").await);
        let team = roll.group("Ops", &[&dana]).await;
        archive(&roll, &boss, &team).await.expect(204);
        let read = roll.get(&format!("/Groups/{team}")).await.expect(200).body;
        assert_eq!((&read["displayName"], &read["members"][0]["value"]), (&json!("Ops"), &json!(dana)));
        restore(&roll, &boss, &team).await.expect(200);
        roll.delete(&format!("/Groups/{team}")).await.expect(204);
        problem(restore(&roll, &boss, &team).await, 409, "deleted the group");
        assert_eq!(boss.get(&roll, &format!("/api/teams/{team}")).await.expect(200).body["isActive"], false);
    }

    async fn tags_are_a_set_whatever_their_letter_case(roll: Roll) {
        let boss = roll.admin("boss").await;
        let team = found(&roll, &boss, "Ops").await;
        let tag = |kind: &str, value: &str| json!({ "kind": kind, "value": value });
        let body = json!({ "tags": [tag("TECHNICAL", "payments"), tag("ORGANIZATIONAL", "Payments")] });
        let is = put(&roll, &boss, &team, "tags", &body).await.expect(200).body;
        assert_eq!(is, json!({ "tags": [tag("ORGANIZATIONAL", "Payments"), tag("TECHNICAL", "payments")] }));
        put(&roll, &boss, &team, "tags", &body).await.expect(200);
        assert_eq!(times(&roll, "team.tags.changed").await, 1);
        let other = json!({ "tags": [tag("TECHNICAL", "PAYMENTS"), tag("TECHNICAL", "db")] });
        put(&roll, &boss, &team, "tags", &other).await.expect(200);
        let (before, after, _) = roll.last_audit("team.tags.changed").await;
        assert_eq!(before["tags"], json!(["ORGANIZATIONAL:Payments", "TECHNICAL:payments"]));
        assert_eq!(after["tags"], json!(["TECHNICAL:PAYMENTS", "TECHNICAL:db"]));
        let many: Vec<Value> = (0..51).map(|at| tag("TECHNICAL", &at.to_string())).collect();
        for (bad, field) in [
            (json!({ "tags": [tag("TECHNICAL", "a"), tag("TECHNICAL", "A")] }), "tags"),
            (json!({ "tags": many }), "tags"),
            (json!({}), "tags"),
            (json!({ "tags": [tag("COLOUR", "red")] }), "tags[0].kind"),
            (json!({ "tags": [tag("TECHNICAL", "")] }), "tags[0].value"),
        ] {
            let answer = problem(put(&roll, &boss, &team, "tags", &bad).await, 400, field);
            assert_eq!(answer.body["errors"][0]["field"], field);
        }
        put(&roll, &boss, &team, "tags", &json!({ "tags": [] })).await.expect(200);
        assert_eq!(boss.get(&roll, &format!("/api/teams/{team}")).await.expect(200).body["tags"], json!([]));
    }

    async fn responders_turn_maintenance_on_and_off_and_observers_do_not(roll: Roll) {
        let (boss, hand, eye) = (roll.admin("boss").await, roll.signed("hand").await, roll.signed("eye").await);
        let team = found(&roll, &boss, "Ops").await;
        add(&roll, &boss, &team, &hand.user, "RESPONDER").await.expect(200);
        add(&roll, &boss, &team, &eye.user, "OBSERVER").await.expect(200);
        let on = json!({ "on": true, "reason": "The database moves." });
        problem(put(&roll, &eye, &team, "maintenance", &on).await, 403, "may not");
        for _ in 0..2 {
            assert_eq!(put(&roll, &hand, &team, "maintenance", &on).await.expect(200).body["on"], true);
        }
        let (_, after, detail) = roll.last_audit("team.maintenance.set").await;
        assert_eq!((&after["maintenanceMode"], &detail["reason"]), (&json!(true), &json!("The database moves.")));
        assert_eq!(times(&roll, "team.maintenance.set").await, 1);
        problem(put(&roll, &hand, &team, "maintenance", &json!({ "on": "true" })).await, 400, "on");
        problem(put(&roll, &hand, &team, "maintenance", &json!({})).await, 400, "on");
        problem(edit(&roll, &hand, &team, &json!({ "slackChannel": "x" })).await, 403, "may not");
    }

    async fn health_counts_who_has_access_and_has_not_left(roll: Roll) {
        let boss = roll.admin("boss").await;
        let hands = [roll.person("a").await, roll.person("b").await, roll.person("c").await];
        let team = roll.group("Ops", &[&hands[0], &hands[1], &hands[2]]).await;
        assert_eq!(warnings(&roll, &boss, &team).await, ["no_admin"]);
        let lead = roll.person("lead").await;
        add(&roll, &boss, &team, &lead, "TEAM_ADMIN").await.expect(200);
        assert!(warnings(&roll, &boss, &team).await.is_empty());
        super::remove(&roll, &boss, &team, &hands[0]).await.expect(200);
        assert_eq!(warnings(&roll, &boss, &team).await, ["few_responders"]);
        add(&roll, &boss, &team, &hands[0], "RESPONDER").await.expect(200);
        assert!(warnings(&roll, &boss, &team).await.is_empty());
        for user in [&hands[1], &lead] {
            boss.post(&roll, &format!("/api/users/{user}/deactivate"), &json!({})).await.expect(200);
        }
        assert_eq!(warnings(&roll, &boss, &team).await, ["no_admin", "few_responders"]);
    }

    async fn keys_reach_teams_with_their_scopes_alone(roll: Roll) {
        let boss = roll.admin("boss").await;
        let team = found(&roll, &boss, "Ops").await;
        let ask = async |method: Method, scopes: &[&str]| {
            let key = roll.key_of(&boss, scopes).await.key;
            let request = roll.request(method, &format!("/api/teams/{team}")).bearer_auth(key);
            roll.send(request.header("content-type", "application/json").body("{}")).await.status.as_u16()
        };
        assert_eq!(ask(Method::GET, &["teams:read"]).await, 200);
        assert_eq!(ask(Method::GET, &["users:read", "users:write", "teams:write"]).await, 403);
        assert_eq!(ask(Method::PATCH, &["teams:read"]).await, 403);
        assert_eq!(ask(Method::PATCH, &["teams:write"]).await, 200);
    }
}
