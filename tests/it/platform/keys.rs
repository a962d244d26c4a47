//! `/api/api-keys`, and what a key opens.

use std::time::Duration;

use reqwest::Method;
use rollcall::access::api_keys::MOST;
use serde_json::{Value, json};

use super::people::{Signed, problem};
use crate::harness::{Answer, Roll, facts};

fn wish() -> Value {
    json!({ "name": "cron", "scopes": ["users:read"] })
}

async fn with(roll: &Roll, key: &str, path: &str) -> Answer {
    roll.send(roll.request(Method::GET, path).bearer_auth(key)).await
}

async fn mint(roll: &Roll, who: &Signed, body: &Value) -> (String, String) {
    let made = who.post(roll, "/api/api-keys", body).await.expect(201);
    (made.id(), made.body["key"].as_str().expect("a key").to_owned())
}

facts! {
    async fn a_key_is_shown_once_and_opens_what_its_scope_says(roll: Roll) {
        let dana = roll.signed("dana").await;
        let (_, key) = mint(&roll, &dana, &wish()).await;
        assert_eq!(with(&roll, &key, "/api/users/me").await.expect(200).body["id"], dana.user);
        problem(with(&roll, &key, "/api/api-keys").await, 403, "may not");
        problem(with(&roll, &key, "/api/users").await, 403, "may not");
        let listed = dana.get(&roll, "/api/api-keys").await.expect(200).body;
        assert_eq!(listed["apiKeys"][0]["name"], "cron");
        let secret = key.rsplit_once('_').expect("a secret part").1;
        assert!(!listed.to_string().contains(secret));
        assert_eq!(roll.columns_with(secret).await, Vec::<String>::new());
        roll.flush().await;
        let listed = dana.get(&roll, "/api/api-keys").await.expect(200).body;
        assert!(listed["apiKeys"][0]["lastUsedAt"].is_string());
    }

    async fn a_key_ends_when_it_is_revoked_expires_or_its_owner_loses_access(roll: Roll) {
        let other = roll.replica().await;
        let (boss, dana) = (roll.admin("boss").await, roll.signed("dana").await);
        let mut limited = wish();
        limited["expiresInDays"] = 1.into();
        let ((id, revoked), (_, short), (_, long)) =
            (mint(&roll, &dana, &wish()).await, mint(&roll, &dana, &limited).await, mint(&roll, &dana, &wish()).await);
        dana.delete(&roll, &format!("/api/api-keys/{id}")).await.expect(204);
        problem(with(&other, &revoked, "/api/users/me").await, 401, "does not work");
        with(&other, &short, "/api/users/me").await.expect(200);
        boss.post(&roll, &format!("/api/users/{}/deactivate", dana.user), &json!({})).await.expect(200);
        problem(with(&other, &long, "/api/users/me").await, 401, "does not work");
        roll.set_user(&dana.user, "display_name = 'x'").await;
        roll.wait(Duration::from_hours(24));
        problem(with(&other, &short, "/api/users/me").await, 401, "does not work");
        let erin = roll.signed("erin").await;
        let (_, short) = mint(&roll, &erin, &limited).await;
        roll.wait(Duration::from_hours(24));
        problem(with(&other, &short, "/api/users/me").await, 401, "expired");
    }

    async fn keys_of_others_cannot_be_seen_or_revoked(roll: Roll) {
        let (boss, dana, erin) = (roll.admin("boss").await, roll.signed("dana").await, roll.signed("erin").await);
        let (id, key) = mint(&roll, &dana, &wish()).await;
        let path = format!("/api/api-keys/{id}");
        problem(erin.delete(&roll, &path).await, 404, "no API key");
        problem(erin.get(&roll, &format!("/api/api-keys?user={}", dana.user)).await, 403, "may not");
        with(&roll, &key, "/api/users/me").await.expect(200);
        assert_eq!(boss.get(&roll, &format!("/api/api-keys?user={}", dana.user)).await.expect(200).body["apiKeys"][0]["id"], id);
        boss.delete(&roll, &path).await.expect(204);
        problem(with(&roll, &key, "/api/users/me").await, 401, "does not work");
    }

    async fn what_a_key_should_be_is_refused_by_field(roll: Roll) {
        let dana = roll.signed("dana").await;
        for (body, field) in [
            (json!({ "scopes": ["users:read"] }), "name"),
            (json!({ "name": "", "scopes": ["users:read"] }), "name"),
            (json!({ "name": "a\nb", "scopes": ["users:read"] }), "name"),
            (json!({ "name": "x", "scopes": [] }), "scopes"),
            (json!({ "name": "x", "scopes": ["scim:write"] }), "scopes"),
            (json!({ "name": "x", "scopes": ["users:read"], "expiresInDays": 0 }), "expiresInDays"),
            (json!({ "name": "x", "scopes": ["users:read"], "expiresInDays": "7" }), "expiresInDays"),
            (json!({ "name": "x", "scopes": ["users:read"], "user": "y" }), "user"),
        ] {
            let answer = problem(dana.post(&roll, "/api/api-keys", &body).await, 400, field);
            assert_eq!(answer.body["errors"][0]["field"], field);
        }
        assert_eq!(roll.live(&dana.user).await, [("sessions", 1)]);
    }

    async fn nobody_has_more_keys_than_the_limit(roll: Roll) {
        let dana = roll.signed("dana").await;
        for _ in 0..MOST {
            mint(&roll, &dana, &wish()).await;
        }
        problem(dana.post(&roll, "/api/api-keys", &wish()).await, 409, "as many as");
    }

    async fn a_page_of_keys_goes_on_where_the_one_before_ended(roll: Roll) {
        let dana = roll.signed("dana").await;
        let mut made = Vec::new();
        for number in 0..7 {
            let mut body = wish();
            if number % 2 == 0 {
                body["expiresInDays"] = 1.into();
            }
            made.push(mint(&roll, &dana, &body).await.0);
        }
        made.reverse();
        assert_eq!(roll.all_pages(&dana, "/api/api-keys", "apiKeys", 3).await, made);
        roll.wait(Duration::from_hours(24));
        let dana = roll.sign_in(&dana.user).await;
        let left: Vec<String> = made.iter().skip(1).step_by(2).cloned().collect();
        assert_eq!(roll.all_pages(&dana, "/api/api-keys", "apiKeys", 2).await, left, "no page is short for what expired");
        for bad in ["limit=0", "limit=101", "cursor=x", "page=2"] {
            let answer = dana.get(&roll, &format!("/api/api-keys?{bad}")).await;
            problem(answer, 400, bad.split('=').next().expect("a name"));
        }
    }

    async fn keys_that_expired_hide_none_that_works_and_count_for_nothing(roll: Roll) {
        let dana = roll.signed("dana").await;
        let (_, old) = mint(&roll, &dana, &wish()).await;
        let mut short = wish();
        short["expiresInDays"] = 1.into();
        for _ in 0..2 {
            let dana = roll.sign_in(&dana.user).await;
            for _ in 1..MOST {
                mint(&roll, &dana, &short).await;
            }
            problem(dana.post(&roll, "/api/api-keys", &wish()).await, 409, "as many as");
            roll.wait(Duration::from_hours(24));
        }
        let dana = roll.sign_in(&dana.user).await;
        assert_eq!(roll.all_pages(&dana, "/api/api-keys", "apiKeys", 3).await.len(), 1);
        with(&roll, &old, "/api/users/me").await.expect(200);
    }

    async fn no_other_token_is_a_key(roll: Roll) {
        let dana = roll.signed("dana").await;
        let (_, key) = mint(&roll, &dana, &wish()).await;
        let (public, _) = key.rsplit_once('_').expect("a secret part");
        for bad in [roll.token.clone(), format!("{key}0"), key[..key.len() - 1].to_owned(), format!("{public}_"), "x".repeat(900)] {
            problem(with(&roll, &bad, "/api/users/me").await, 401, "");
        }
        for header in [key.clone(), format!("Basic {key}"), "Bearer".to_owned()] {
            let request = roll.request(Method::GET, "/api/users/me").header("authorization", header);
            problem(roll.send(request).await, 401, "cannot be read");
        }
        let scim = roll.send(roll.request(Method::GET, "/scim/v2/Users").bearer_auth(&key)).await;
        scim.refused(401, None, "not known");
        with(&roll, &key, "/api/users/me").await.expect(200);
    }
}
