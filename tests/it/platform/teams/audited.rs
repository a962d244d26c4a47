//! Whatever the routes about teams change is named by the audit, and they say what the page promises.

use reqwest::Method;
use serde_json::json;

use super::found;
use crate::harness::facts;
use crate::platform::audited::Watch;

facts! {
    async fn teams_are_audited_whole(roll: Roll) {
        let mut watch = Watch::on(roll).await;
        let boss = watch.roll.admin("boss").await;
        let body = json!({ "name": "Ops", "slackChannel": "ops" });
        let team = watch.step(&boss, Method::POST, "/api/teams", Some(&body)).await.expect(201).id();
        watch.step(&boss, Method::POST, "/api/teams", Some(&body)).await.expect(409);
        watch.said_as_promised("POST /api/teams");
        let path = |tail: &str| format!("/api/teams/{team}{tail}");
        let tags = json!({ "tags": [{ "kind": "TECHNICAL", "value": "db" }] });
        for (method, tail, body, route) in [
            (Method::PATCH, "", json!({ "name": "Net" }), "PATCH /api/teams/{id}"),
            (Method::PUT, "/tags", tags, "PUT /api/teams/{id}/tags"),
            (Method::PUT, "/tags", json!({ "tags": [] }), "PUT /api/teams/{id}/tags"),
            (Method::PUT, "/maintenance", json!({ "on": true }), "PUT /api/teams/{id}/maintenance"),
            (Method::DELETE, "", json!({}), "DELETE /api/teams/{id}"),
            (Method::POST, "/restore", json!({}), "POST /api/teams/{id}/restore"),
        ] {
            watch.forget();
            for _ in 0..2 {
                watch.step(&boss, method.clone(), &path(tail), Some(&body)).await.expect_one_of(&[200, 204]);
            }
            watch.said_as_promised(route);
        }
    }

    async fn members_are_audited_whole(roll: Roll) {
        let mut watch = Watch::on(roll).await;
        let (boss, dana, erin) =
            (watch.roll.admin("boss").await, watch.roll.signed("dana").await, watch.roll.signed("erin").await);
        let team = watch.roll.group("Ops", &[&dana.user]).await;
        let path = format!("/api/teams/{team}/members");
        let leave = format!("/api/teams/{team}/leave");
        let joins = |user: &str| json!({ "userId": user, "role": "RESPONDER" });
        for who in [&dana, &erin] {
            watch.step(&boss, Method::POST, &path, Some(&joins(&who.user))).await.expect(200);
            watch.step(who, Method::POST, &leave, None).await.expect(200);
            watch.step(who, Method::POST, &leave, None).await.expect(200);
        }
        let said = std::mem::take(&mut watch.said);
        assert_eq!(said.into_iter().collect::<Vec<_>>(), ["team.member.added", "team.member.opted_out", "team.member.removed"]);
        for who in [&dana, &erin] {
            watch.step(&boss, Method::POST, &path, Some(&joins(&who.user))).await.expect(200);
        }
        watch.said_as_promised("POST /api/teams/{id}/members");
        watch.forget();
        let one = |user: &str| format!("{path}/{user}");
        for role in ["TEAM_ADMIN", "TEAM_ADMIN"] {
            watch.step(&boss, Method::PATCH, &one(&dana.user), Some(&json!({ "role": role }))).await.expect(200);
        }
        watch.said_as_promised("PATCH /api/teams/{id}/members/{user}");
        watch.forget();
        for who in [&dana, &erin] {
            watch.step(&boss, Method::DELETE, &one(&who.user), None).await.expect(200);
            watch.step(&boss, Method::DELETE, &one(&who.user), None).await.expect(200);
        }
        watch.said_as_promised("DELETE /api/teams/{id}/members/{user}");
        watch.said_as_promised("POST /api/teams/{id}/leave");
    }

    async fn requests_are_audited_whole(roll: Roll) {
        let mut watch = Watch::on(roll).await;
        let (boss, dana) = (watch.roll.admin("boss").await, watch.roll.signed("dana").await);
        found(&watch.roll, &boss, "Taken").await;
        let mut wishes = Vec::new();
        for name in ["One", "Two"] {
            let body = json!({ "name": name, "reason": "We are many." });
            let path = "/api/team-requests";
            wishes.push(watch.step(&dana, Method::POST, path, Some(&body)).await.expect(201).id());
            watch.step(&dana, Method::POST, path, Some(&body)).await.expect(200);
        }
        watch.said_as_promised("POST /api/team-requests");
        for (id, how) in wishes.iter().zip(["approve", "reject"]) {
            watch.forget();
            for _ in 0..2 {
                watch.step(&boss, Method::POST, &format!("/api/team-requests/{id}/{how}"), None).await.expect(200);
            }
            watch.said_as_promised(&format!("POST /api/team-requests/{{id}}/{how}"));
        }
    }
}
