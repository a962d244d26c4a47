//! Break-glass accounts are nobody to whoever is no admin: neither shown, nor told from an id that was made up.

use reqwest::Method;
use rollcall::model::session::Born;
use serde_json::{Value, json};

use super::people::{Signed, with_session};
use crate::harness::{Answer, Roll, facts};

/// Everything that takes somebody's id from who is no admin: method, path, body.
fn asking(team: &str, id: &str) -> Vec<(Method, String, Option<Value>)> {
    let get = |path: String| (Method::GET, path, None);
    let mut all: Vec<_> = ["/auth/sessions", "/api/api-keys", "/api/mobile/tokens", "/api/devices", "/api/audit"]
        .into_iter()
        .map(|path| get(format!("{path}?user={id}")))
        .collect();
    let members = format!("/api/teams/{team}/members");
    all.extend([
        get(format!("/api/users/{id}")),
        get(format!("/api/audit/user/{id}")),
        (Method::DELETE, format!("/auth/sessions?user={id}"), None),
        (Method::POST, members.clone(), Some(json!({ "userId": id, "role": "RESPONDER" }))),
        (Method::PATCH, format!("{members}/{id}"), Some(json!({ "role": "OBSERVER" }))),
        (Method::DELETE, format!("{members}/{id}"), None),
    ]);
    for deed in ["role", "deactivate", "reactivate", "revoke-sessions", "clear-okta-status", "bind"] {
        let method = if deed == "role" { Method::PATCH } else { Method::POST };
        all.push((method, format!("/api/users/{id}/{deed}"), None));
    }
    all
}

/// What of an answer tells one id from another.
fn told(answer: Answer) -> (u16, Value) {
    let mut body = answer.body;
    if let Some(fields) = body.as_object_mut() {
        fields.remove("requestId");
    }
    (answer.status.as_u16(), body)
}

async fn ask(roll: &Roll, who: &Signed, team: &str, id: &str) -> Vec<(String, (u16, Value))> {
    let mut answers = Vec::new();
    for (method, path, body) in asking(team, id) {
        let mut request = with_session(roll, roll.request(method.clone(), &path), &who.secret);
        if let Some(body) = body {
            request = request.header("content-type", "application/json").body(body.to_string());
        }
        let answer = roll.send(request).await;
        answers.push((format!("{method} {}", path.replace(id, "ID")), told(answer)));
    }
    answers
}

facts! {
    async fn a_break_glass_account_answers_as_an_id_that_nobody_has(roll: Roll) {
        let (glass, dana, lead) = (roll.glass("glass").await, roll.signed("dana").await, roll.signed("lead").await);
        roll.sign_in_as(&glass, Born::BreakGlass).await;
        let team = roll.group("Ops", &[&lead.user]).await;
        roll.sql_run("update team_members set role = 'TEAM_ADMIN'").await;
        for who in [&dana, &lead] {
            let nobody = ask(&roll, who, &team, &Roll::new_id()).await;
            assert_eq!(ask(&roll, who, &team, &glass).await, nobody);
        }
    }

    async fn who_asked_for_a_team_is_not_told_which_break_glass_account_decided(roll: Roll) {
        let (boss, dana) = (roll.admin("boss").await, roll.signed("dana").await);
        let account = roll.glass("glass").await;
        let glass = roll.sign_in_as(&account, Born::BreakGlass).await;
        let mut decided = Vec::new();
        for (name, by) in [("One", &glass), ("Two", &boss)] {
            let wish = json!({ "name": name, "reason": "We are many." });
            let id = dana.post(&roll, "/api/team-requests", &wish).await.expect(201).id();
            let done = by.post(&roll, &format!("/api/team-requests/{id}/reject"), &json!({})).await.expect(200);
            assert_eq!(done.body["decidedBy"], *by.user);
            decided.push(done.body["decidedAt"].clone());
        }
        let listed = |body: Value| body["requests"].as_array().expect("requests").clone();
        let seen = listed(dana.get(&roll, "/api/team-requests").await.expect(200).body);
        assert_eq!((&seen[0]["decidedBy"], &seen[1]["decidedBy"]), (&json!(boss.user), &Value::Null));
        assert_eq!((&seen[1]["decidedAt"], &seen[1]["state"]), (&decided[0], &json!("REJECTED")));
        for query in ["", "?state=REJECTED", "?limit=1"] {
            let text = dana.get(&roll, &format!("/api/team-requests{query}")).await.expect(200).body.to_string();
            assert!(!text.contains(&account), "{text}");
        }
        for admin in [&boss, &glass] {
            let seen = listed(admin.get(&roll, "/api/team-requests").await.expect(200).body);
            assert_eq!(seen[1]["decidedBy"], *account);
        }
    }
}
