//! Signing out: here and at Okta, and by Okta's own demand (Universal Logout).

use std::time::Duration;

use reqwest::Method;
use rollcall::config::Jit;
use rollcall::directory::universal_logout::MOST_CALLED;
use rollcall::okta::claims::{LEEWAY, LONGEST_LOGOUT};
use serde_json::{Value, json};

use super::provider::{CLIENT_ID, FakeProvider, signed};
use super::{Browser, with_okta};
use crate::harness::{Answer, Roll, facts, person};
use crate::platform::people::{Signed, problem, with_session};

const PATH: &str = "/auth/global-token-revocation";

/// What a demand of Okta's is signed with, and says.
fn demand(roll: &Roll, okta: &FakeProvider) -> (Value, Value) {
    let now = roll.clock.now().micros() / 1_000_000;
    let header = json!({ "typ": "global-token-revocation+jwt", "alg": "RS256", "kid": "key-0" });
    let claims = json!({ "jti": Roll::new_id(), "iss": okta.origin, "sub": CLIENT_ID, "exp": now + 300,
        "aud": format!("{}{PATH}", roll.app.public_url), "nbf": now - 300, "iat": now });
    (header, claims)
}

pub fn by_email(email: &str) -> Value {
    json!({ "sub_id": { "format": "email", "email": email } })
}

async fn send(roll: &Roll, token: &str, body: &Value) -> Answer {
    let request = roll.request(Method::POST, PATH).bearer_auth(token).header("content-type", "application/json");
    roll.send(request.body(body.to_string())).await
}

/// Sends a demand as Okta does.
pub async fn tell(roll: &Roll, okta: &FakeProvider, body: &Value) -> Answer {
    let (header, claims) = demand(roll, okta);
    send(roll, &signed(0, &header, &claims), body).await
}

async fn is_in(roll: &Roll, who: &Signed) -> bool {
    who.get(roll, "/auth/me").await.status == 200
}

facts! {
    async fn signing_out_leads_on_to_okta_with_the_token_it_gave(roll: Roll) {
        roll.person("dana").await;
        let (roll, okta) = with_okta(&roll, Jit::On).await;
        okta.person("00udana", "dana");
        let mut browser = Browser::new();
        browser.sign_in(&roll).await.location();
        let secret = browser.cookies["rollcall"].clone();
        let out = roll.send(with_session(&roll, roll.request(Method::POST, "/auth/logout"), &secret)).await.expect(200);
        let location = out.body["location"].as_str().expect("a location");
        let (endpoint, query) = location.split_once('?').expect("a query");
        assert_eq!(endpoint, format!("{}/oauth2/v1/logout", okta.origin));
        let given: Vec<(String, String)> = form_urlencoded::parse(query.as_bytes()).into_owned().collect();
        assert!(given[0].0 == "id_token_hint" && given[0].1.starts_with("eyJ"), "{given:?}");
        assert_eq!(given[1], ("post_logout_redirect_uri".to_owned(), format!("{}/", roll.app.public_url)));
        assert!(out.header("set-cookie").contains("Max-Age=0"));
        assert!(!browser.is_in(&roll).await);
    }

    async fn signing_out_works_without_okta(roll: Roll) {
        roll.person("dana").await;
        let (roll, okta) = with_okta(&roll, Jit::On).await;
        okta.person("00udana", "dana");
        let mut browser = Browser::new();
        browser.sign_in(&roll).await.location();
        okta.inside().instead.insert("discovery", (503, String::new()));
        roll.clock.advance(Duration::from_hours(11));
        roll.clock.advance(Duration::from_mins(30));
        let secret = browser.cookies["rollcall"].clone();
        let out = roll.send(with_session(&roll, roll.request(Method::POST, "/auth/logout"), &secret)).await;
        out.expect_one_of(&[200, 204]);
        assert!(!browser.is_in(&roll).await);
    }

    async fn okta_signs_somebody_out_by_address_or_by_our_id(roll: Roll) {
        let (roll, okta) = with_okta(&roll, Jit::On).await;
        let dana = roll.signed("dana").await;
        let bystander = roll.signed("erin").await;
        roll.let_in(&dana.user).await;
        roll.clock.advance(Duration::from_secs(1));
        tell(&roll, &okta, &by_email("DANA@example.com")).await.expect(204);
        assert_eq!(roll.actions().await.last().map(String::as_str), Some("user.signed_out"));
        assert!(!is_in(&roll, &dana).await);
        assert!(is_in(&roll, &bystander).await);
        let left: Vec<&str> = roll.live(&dana.user).await.into_iter().map(|(table, _)| table).collect();
        assert_eq!(left, ["api_keys", "contact_verifications", "user_devices"], "keys and devices stay");
        let said = roll.actions().await.len();
        tell(&roll, &okta, &by_email("dana@example.com")).await.expect(204);
        assert_eq!(roll.actions().await.len(), said, "nothing is left to end");
        let again = roll.sign_in(&dana.user).await;
        roll.clock.advance(Duration::from_secs(1));
        let by_id = json!({ "sub_id": { "format": "iss_sub", "iss": "https://rollcall.example/", "sub": dana.user } });
        tell(&roll, &okta, &by_id).await.expect(204);
        assert!(!is_in(&roll, &again).await);
    }

    async fn an_address_means_everybody_who_has_it_and_no_break_glass_account(roll: Roll) {
        let (roll, okta) = with_okta(&roll, Jit::On).await;
        let mut twin = person("twin");
        twin["emails"][0]["value"] = "dana@example.com".into();
        let twin = roll.post("/Users", &twin).await.expect(201).id();
        let (dana, twin) = (roll.signed("dana").await, roll.sign_in(&twin).await);
        let glass = roll.glass("glass@example.com").await;
        roll.clock.advance(Duration::from_secs(1));
        tell(&roll, &okta, &by_email("dana@example.com")).await.expect(204);
        assert!(!is_in(&roll, &dana).await && !is_in(&roll, &twin).await);
        let by_id = |id: &str| json!({ "sub_id": { "format": "iss_sub", "iss": "x", "sub": id } });
        for nobody in [by_email("glass@example.com"), by_email("nobody@example.com"), by_id(&glass), by_id("7"), by_id(&Roll::new_id())] {
            problem(tell(&roll, &okta, &nobody).await, 404, "no such user");
        }
        for number in 2..MOST_CALLED {
            roll.person(&format!("crowd{number}")).await;
        }
        roll.sql_run("update users set email_key = 'crowd@example.com' where not is_break_glass_account").await;
        tell(&roll, &okta, &by_email("crowd@example.com")).await.expect(204);
        roll.person("onemore").await;
        roll.sql_run("update users set email_key = 'crowd@example.com' where not is_break_glass_account").await;
        problem(tell(&roll, &okta, &by_email("crowd@example.com")).await, 422, "Too many");
    }

    async fn a_demand_that_is_not_okta_s_for_us_here_and_now_is_refused(roll: Roll) {
        let (roll, okta) = with_okta(&roll, Jit::On).await;
        let dana = roll.signed("dana").await;
        let (header, claims) = demand(&roll, &okta);
        let now = roll.clock.now().micros() / 1_000_000;
        let with = |base: &Value, field: &str, value: Value| {
            let mut changed = base.clone();
            changed[field] = value;
            changed
        };
        for (key, header, claims, status) in [
            (0, with(&header, "typ", json!("JWT")), claims.clone(), 401),
            (0, with(&header, "typ", Value::Null), claims.clone(), 401),
            (0, with(&header, "alg", json!("none")), claims.clone(), 401),
            (0, with(&header, "kid", json!("made-up")), claims.clone(), 401),
            (2, header.clone(), claims.clone(), 401),
            (0, header.clone(), with(&claims, "iss", json!("https://evil.test")), 401),
            (0, header.clone(), with(&claims, "aud", json!("https://evil.test/auth/global-token-revocation")), 401),
            (0, header.clone(), with(&claims, "aud", json!(CLIENT_ID)), 401),
            (0, header.clone(), with(&claims, "exp", json!(now - LEEWAY)), 401),
            (0, header.clone(), with(&claims, "exp", json!(now + LONGEST_LOGOUT + LEEWAY)), 401),
            (0, header.clone(), with(&claims, "nbf", json!(now + LEEWAY + 1)), 401),
            (0, header.clone(), with(&claims, "jti", Value::Null), 401),
            (0, header.clone(), with(&claims, "sub", json!("0oaanother")), 403),
        ] {
            problem(send(&roll, &signed(key, &header, &claims), &by_email("dana@example.com")).await, status, "token");
        }
        for token in ["", "x", "a.b.c", roll.token.as_str()] {
            problem(send(&roll, token, &by_email("dana@example.com")).await, 401, "token");
        }
        let bare = roll.request(Method::POST, PATH).header("content-type", "application/json");
        problem(roll.send(bare.body(by_email("dana@example.com").to_string())).await, 401, "token");
        assert!(is_in(&roll, &dana).await);
        assert!(roll.actions().await.iter().any(|action| action == "auth.refused"));
    }

    async fn a_demand_counts_once_whatever_its_body_was_and_whichever_replica_took_it(roll: Roll) {
        let (one, okta) = with_okta(&roll, Jit::On).await;
        let (sign_in, url) = (okta.sign_in(Jit::On), one.app.public_url.clone());
        let other = one.replica_with(|shared| {
            shared.okta_sign_in = Some(sign_in);
            shared.public_url = url;
        });
        let other = other.await;
        let dana = one.signed("dana").await;
        one.clock.advance(Duration::from_secs(1));
        for (body, status) in [
            (by_email("nobody@example.com"), 404),
            (json!({}), 400),
            (json!({ "sub_id": { "format": "opaque", "id": "x" } }), 400),
            (json!({ "sub_id": { "format": "email", "email": ["dana@example.com"] } }), 400),
            (json!({ "sub_id": "dana@example.com" }), 400),
        ] {
            let (header, claims) = demand(&one, &okta);
            let token = signed(0, &header, &claims);
            problem(send(&one, &token, &body).await, status, "");
            problem(send(&other, &token, &by_email("dana@example.com")).await, 401, "used before");
        }
        assert!(is_in(&one, &dana).await);
        let (header, claims) = demand(&one, &okta);
        let token = signed(0, &header, &claims);
        let body = by_email("dana@example.com");
        let (first, second) = tokio::join!(send(&one, &token, &body), send(&other, &token, &body));
        let mut statuses = [first.status.as_u16(), second.status.as_u16()];
        statuses.sort_unstable();
        assert_eq!(statuses, [204, 401]);
        assert!(!is_in(&other, &dana).await);
    }

    async fn a_sign_in_under_way_does_not_outlive_the_demand(roll: Roll) {
        let (roll, okta) = with_okta(&roll, Jit::On).await;
        roll.person("dana").await;
        okta.person("00udana", "dana");
        let mut browser = Browser::new();
        let back = browser.go(&roll, "").await;
        roll.clock.advance(Duration::from_secs(5));
        tell(&roll, &okta, &by_email("dana@example.com")).await.expect(204);
        browser.open(&roll, &back).await.refused(403, "Begin again");
        roll.clock.advance(Duration::from_secs(5));
        browser.sign_in(&roll).await.location();
    }
}
