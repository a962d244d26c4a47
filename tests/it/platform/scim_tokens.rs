//! `/api/scim/tokens`: making, rotating and revoking what SCIM clients present, and that it asks for a recent sign-in.

use std::time::Duration;

use reqwest::Method;
use rollcall::access::sessions::RECENT;
use rollcall::model::token::{Scope, TokenMode};
use rollcall::model::words::Word;
use serde_json::{Value, json};

use super::people::{Signed, problem};
use crate::harness::{Answer, Roll, facts};

const PATH: &str = "/api/scim/tokens";
const SECOND: Duration = Duration::from_secs(1);

fn wish() -> Value {
    json!({ "name": "Okta", "scopes": ["scim:read", "scim:write"] })
}

/// Makes a SCIM token; gives the id of its row.
pub async fn scim_token(roll: &Roll) -> String {
    let token = roll.mint(Scope::ALL, TokenMode::Bearer).await;
    let key_id = token.split('_').nth(2).expect("a token made here").to_owned();
    let id = roll.uuid_text("id");
    roll.sql_one(&format!("select {id} from scim_tokens where key_id = '{key_id}'")).await
}

async fn make(roll: &Roll, boss: &Signed, body: &Value) -> (String, String) {
    let made = boss.post(roll, PATH, body).await.expect(201);
    (made.id(), made.body["token"].as_str().expect("a token").to_owned())
}

/// What SCIM answers to this header.
async fn scim(roll: &Roll, header: &str) -> Answer {
    roll.send(roll.request(Method::GET, "/scim/v2/Users?count=1").header("authorization", header)).await
}

facts! {
    async fn a_token_is_shown_once_works_and_is_told_high(roll: Roll) {
        let boss = roll.admin("boss").await;
        let (id, token) = make(&roll, &boss, &wish()).await;
        scim(&roll, &format!("Bearer {token}")).await.expect(200);
        scim(&roll, &token).await.refused(401, None, "needs the word bearer");
        assert_eq!(roll.severity("scim.token.created").await, "HIGH");
        roll.flush().await;
        let listed = boss.get(&roll, PATH).await.expect(200).body;
        let shown = &listed["tokens"][0];
        assert_eq!((shown["id"].as_str(), shown["state"].as_str(), shown["mode"].as_str()), (Some(&*id), Some("live"), Some("bearer")));
        assert!(shown["lastUsedAt"].is_string() && shown["createdBy"].as_str().is_some_and(|by| by.starts_with("user:")), "{shown}");
        let (prefix, secret) = token.rsplit_once('_').expect("a secret part");
        assert_eq!(shown["prefix"], format!("{prefix}…"));
        assert!(!listed.to_string().contains(secret));
        assert_eq!(roll.columns_with(secret).await, Vec::<String>::new());
    }

    async fn a_header_mode_token_goes_without_a_scheme_and_a_reading_one_does_not_write(roll: Roll) {
        let boss = roll.admin("boss").await;
        let body = json!({ "name": "Header", "scopes": ["scim:read"], "mode": "header", "expiresInDays": 1 });
        let (_, token) = make(&roll, &boss, &body).await;
        scim(&roll, &token).await.expect(200);
        let write = roll.request(Method::POST, "/scim/v2/Users").header("authorization", &token);
        roll.send(write.header("content-type", "application/scim+json").body("{}")).await.refused(403, None, "lacks the scope");
        roll.wait(Duration::from_hours(24));
        scim(&roll, &token).await.refused(401, None, "expired");
    }

    async fn a_rotated_token_works_through_the_overlap_and_then_no_more(roll: Roll) {
        let other = roll.replica().await;
        let boss = roll.admin("boss").await;
        let (id, old) = make(&roll, &boss, &wish()).await;
        let made = boss.post(&roll, &format!("{PATH}/{id}/rotate"), &json!({ "overlapHours": 2 })).await.expect(201);
        let new = made.body["token"].as_str().expect("a token").to_owned();
        assert_eq!((made.body["name"].as_str(), made.body["scopes"].as_array().map(Vec::len)), (Some("Okta"), Some(2)));
        for token in [&old, &new] {
            scim(&other, &format!("Bearer {token}")).await.expect(200);
        }
        roll.wait(Duration::from_hours(2));
        scim(&other, &format!("Bearer {old}")).await.refused(401, None, "expired");
        scim(&other, &format!("Bearer {new}")).await.expect(200);
        let boss = roll.sign_in(&boss.user).await;
        problem(boss.post(&roll, &format!("{PATH}/{id}/rotate"), &json!({})).await, 409, "works no more");
        assert_eq!(roll.severity("scim.token.rotated").await, "HIGH");
    }

    async fn a_revoked_token_is_refused_at_once_by_every_replica(roll: Roll) {
        let other = roll.replica().await;
        let boss = roll.admin("boss").await;
        let (id, token) = make(&roll, &boss, &wish()).await;
        for _ in 0..2 {
            boss.delete(&roll, &format!("{PATH}/{id}")).await.expect(204);
        }
        scim(&other, &format!("Bearer {token}")).await.refused(401, None, "revoked");
        let told = "select cast(count(*) as text) from audit_events where action = 'scim.token.revoked'";
        assert_eq!(roll.sql_one(told).await, "1");
        problem(boss.delete(&roll, &format!("{PATH}/{}", Roll::new_id())).await, 404, "no token");
        problem(boss.delete(&roll, &format!("{PATH}/nothing")).await, 404, "no SCIM token");
    }

    async fn an_old_sign_in_reads_and_does_not_change_until_it_is_made_anew(roll: Roll) {
        let boss = roll.admin("boss").await;
        let (id, _) = make(&roll, &boss, &wish()).await;
        roll.wait(RECENT.saturating_sub(SECOND));
        make(&roll, &boss, &wish()).await;
        roll.wait(SECOND);
        boss.get(&roll, PATH).await.expect(200);
        for (method, path) in [
            (Method::POST, PATH.to_owned()),
            (Method::POST, format!("{PATH}/{id}/rotate")),
            (Method::DELETE, format!("{PATH}/{id}")),
        ] {
            let refused = problem(boss.send(&roll, method, &path, &wish()).await, 403, "Sign in again");
            assert_eq!(refused.body["type"], "urn:rollcall:problem:recent-sign-in-required");
        }
        let (_, _, detail) = roll.last_audit("auth.forbidden").await;
        assert_eq!(detail["reason"], "recent_sign_in");
        let anew = roll.sign_in(&boss.user).await;
        anew.delete(&roll, &format!("{PATH}/{id}")).await.expect(204);
    }

    async fn tokens_are_for_platform_admins_alone(roll: Roll) {
        let (dana, boss) = (roll.signed("dana").await, roll.admin("boss").await);
        let key = roll.key_of(&boss, &["users:read", "users:write"]).await;
        problem(dana.get(&roll, PATH).await, 403, "may not");
        problem(dana.post(&roll, PATH, &wish()).await, 403, "may not");
        let by_key = roll.send(roll.request(Method::GET, PATH).bearer_auth(&key.key)).await;
        assert!(problem(by_key, 403, "may not").body.get("type").is_none());
    }

    async fn what_a_token_should_be_is_refused_by_field(roll: Roll) {
        let boss = roll.admin("boss").await;
        let (id, _) = make(&roll, &boss, &wish()).await;
        let rotate = format!("{PATH}/{id}/rotate");
        for (path, body, field) in [
            (PATH, json!({ "scopes": ["scim:read"] }), "name"),
            (PATH, json!({ "name": "x".repeat(101), "scopes": ["scim:read"] }), "name"),
            (PATH, json!({ "name": "x", "scopes": ["users:read"] }), "scopes"),
            (PATH, json!({ "name": "x", "scopes": ["scim:read"], "mode": "basic" }), "mode"),
            (PATH, json!({ "name": "x", "scopes": ["scim:read"], "expiresInDays": 3651 }), "expiresInDays"),
            (PATH, json!({ "name": "x", "scopes": ["scim:read"], "token": "mine" }), "token"),
            (&rotate, json!({ "overlapHours": 721 }), "overlapHours"),
        ] {
            let answer = problem(boss.post(&roll, path, &body).await, 400, field);
            assert_eq!(answer.body["errors"][0]["field"], field);
        }
        problem(boss.get(&roll, &format!("{PATH}?limit=101")).await, 400, "limit");
        let live = roll.sql_one("select cast(count(*) as text) from scim_tokens where name = 'x'").await;
        assert_eq!(live, "0");
    }

    async fn a_list_is_walked_page_by_page(roll: Roll) {
        let boss = roll.admin("boss").await;
        for _ in 0..4 {
            make(&roll, &boss, &wish()).await;
        }
        let (mut seen, mut path) = (Vec::new(), format!("{PATH}?limit=2"));
        loop {
            let page = boss.get(&roll, &path).await.expect(200).body;
            seen.extend(page["tokens"].as_array().expect("tokens").iter().map(|token| token["id"].to_string()));
            let Some(next) = page["nextCursor"].as_str() else { break };
            path = format!("{PATH}?limit=2&cursor={next}");
        }
        assert_eq!(seen.len(), 5, "four and the one of the harness");
        assert!(seen.windows(2).all(|pair| pair[0] > pair[1]), "newest first: {seen:?}");
    }
}
