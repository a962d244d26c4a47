//! Okta away, half there, or with new keys.

use std::time::Duration;

use rollcall::config::Jit;
use rollcall::okta_client::provider::{MAX_BODY, PAUSE, REFETCH};
use serde_json::json;

use super::provider::FakeProvider;
use super::{Browser, with_okta};
use crate::harness::facts;
use crate::platform::people::{GLASS_PASSWORD, problem};

const HOUR: Duration = Duration::from_hours(1);

fn seconds(count: i64) -> Duration {
    Duration::from_secs(count.unsigned_abs())
}

facts! {
    async fn while_okta_is_away_sign_in_says_so_and_break_glass_works(roll: Roll) {
        let (roll, okta) = with_okta(&roll, Jit::On).await;
        roll.glass("glass").await;
        okta.inside().instead.insert("discovery", (502, "<h1>bad gateway</h1>".to_owned()));
        let url = format!("{}/auth/login", roll.origin);
        let shown = Browser::new().open(&roll, &url).await.refused(503, "break-glass accounts work");
        assert_eq!(shown.headers["retry-after"], PAUSE.to_string());
        problem(roll.send(roll.request(reqwest::Method::GET, "/auth/login")).await, 503, "Okta does not answer");
        assert_eq!(okta.asked("discovery"), 1, "whoever comes at once after a failure waits for nothing");
        let body = json!({ "account": "glass", "password": GLASS_PASSWORD }).to_string();
        let request = roll.request(reqwest::Method::POST, "/auth/emergency").header("content-type", "application/json");
        roll.send(request.body(body)).await.expect(200);
        okta.inside().instead.clear();
        roll.clock.advance(seconds(PAUSE));
        Browser::new().go(&roll, "").await;
    }

    async fn a_discovery_that_is_not_the_issuers_is_not_believed(roll: Roll) {
        let (roll, okta) = with_okta(&roll, Jit::On).await;
        let origin = okta.origin.clone();
        let document = |issuer: &str, token: &str| json!({ "issuer": issuer, "authorization_endpoint": format!("{origin}/a"),
            "token_endpoint": token, "jwks_uri": format!("{origin}/k") }).to_string();
        for (status, body) in [
            (200, document("https://evil.test", &format!("{origin}/t"))),
            (200, document(&format!("{origin}/"), &format!("{origin}/t"))),
            (200, document(&origin, "https://evil.test/t")),
            (200, document(&origin, "http://127.0.0.1:9/t")),
            (200, "{}".to_owned()),
            (200, "x".repeat(MAX_BODY + 1)),
            (302, String::new()),
            (404, String::new()),
        ] {
            okta.inside().instead.insert("discovery", (status, body.clone()));
            let shown = Browser::new().open(&roll, &format!("{}/auth/login", roll.origin)).await;
            shown.refused(503, "break-glass accounts work");
            roll.clock.advance(seconds(PAUSE));
        }
        assert_eq!(roll.sql("select 'x' from login_attempts").await.len(), 0);
    }

    async fn keys_are_kept_through_an_outage_and_not_for_ever(roll: Roll) {
        roll.person("dana").await;
        let (roll, okta) = with_okta(&roll, Jit::On).await;
        okta.person("00udana", "dana");
        Browser::new().sign_in(&roll).await.location();
        for path in ["keys", "discovery"] {
            okta.inside().instead.insert(path, (503, String::new()));
        }
        for _ in 0..3 {
            roll.clock.advance(HOUR);
            Browser::new().sign_in(&roll).await.location();
        }
        roll.clock.advance(24 * HOUR);
        let shown = Browser::new().open(&roll, &format!("{}/auth/login", roll.origin)).await;
        shown.refused(503, "break-glass");
        assert!(okta.asked("keys") > 1);
    }

    async fn a_rotated_key_is_found_and_a_made_up_one_is_looked_for_once_in_a_while(roll: Roll) {
        roll.person("dana").await;
        let (roll, okta) = with_okta(&roll, Jit::On).await;
        okta.person("00udana", "dana");
        Browser::new().sign_in(&roll).await.location();
        assert_eq!(okta.asked("keys"), 1);
        roll.clock.advance(seconds(REFETCH));
        okta.inside().published = vec![0, 1];
        okta.inside().signs = 1;
        Browser::new().sign_in(&roll).await.location();
        assert_eq!(okta.asked("keys"), 2);
        for _ in 0..5 {
            okta.trick(vec![super::provider::Trick::Header("kid", json!("made-up"))]);
            Browser::new().sign_in(&roll).await.refused(403, "Begin again");
        }
        assert_eq!(okta.asked("keys"), 2);
        okta.inside().published = vec![1];
        okta.inside().signs = 0;
        roll.clock.advance(HOUR);
        Browser::new().sign_in(&roll).await.refused(403, "Begin again");
        assert_eq!(roll.refusal().await.0, "token_key_unknown", "a withdrawn key is believed no more");
    }

    async fn a_key_set_that_is_none_lets_nobody_in(roll: Roll) {
        let (roll, okta) = with_okta(&roll, Jit::On).await;
        okta.person("00udana", "dana");
        for body in ["", "[]", r#"{"keys":[]}"#, r#"{"keys":[{"kty":"oct","k":"eA"}]}"#, &"x".repeat(MAX_BODY + 1)] {
            okta.inside().instead.insert("keys", (200, body.to_owned()));
            Browser::new().sign_in(&roll).await.refused(503, "break-glass");
            roll.clock.advance(seconds(PAUSE));
        }
        assert_eq!(roll.sessions().await, 0);
    }

    async fn an_application_that_okta_does_not_know_is_told_to_the_admin(roll: Roll) {
        let (roll, okta) = with_okta(&roll, Jit::On).await;
        okta.person("00udana", "dana");
        okta.trick(vec![super::provider::Trick::Status(401, "invalid_client")]);
        Browser::new().sign_in(&roll).await.refused(503, "an admin has to look");
        okta.trick(vec![super::provider::Trick::Body("{}".to_owned())]);
        Browser::new().sign_in(&roll).await.refused(503, "an admin has to look");
    }

    async fn without_an_application_sign_in_is_off_and_says_so(roll: Roll) {
        for path in ["/auth/login", "/auth/callback?code=x&state=y"] {
            problem(roll.send(roll.request(reqwest::Method::GET, path)).await, 404, "not set up");
        }
        let status = roll.send(roll.request(reqwest::Method::GET, "/auth/status")).await.expect(200).body;
        assert_eq!((&status["okta"]["available"], &status["breakGlass"]["available"]), (&json!(false), &json!(true)));
        let okta = FakeProvider::start(&roll.clock).await;
        let sign_in = okta.sign_in(Jit::On);
        let roll = roll.replica_with(|shared| shared.okta_sign_in = Some(sign_in)).await;
        let status = roll.send(roll.request(reqwest::Method::GET, "/auth/status")).await.expect(200).body;
        assert_eq!(status["okta"]["available"], true);
    }
}
