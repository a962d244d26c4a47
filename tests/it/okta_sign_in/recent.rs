//! A recent proof of who somebody is: what counts as one, how a new one is asked for, and what is none.

use std::time::Duration;

use reqwest::Method;
use rollcall::access::sessions::RECENT;
use rollcall::config::Jit;
use rollcall::okta::claims::LEEWAY;
use serde_json::{Value, json};

use super::provider::{AuthTime, FakeProvider};
use super::{Browser, with_okta};
use crate::harness::{Answer, Roll, facts};
use crate::platform::people::{problem, with_session};

const TOKENS: &str = "/api/scim/tokens";
const SECOND: Duration = Duration::from_secs(1);

/// Makes a SCIM token with the browser's session, which asks for a recent proof.
async fn mint(roll: &Roll, browser: &Browser) -> Answer {
    let request = with_session(roll, roll.request(Method::POST, TOKENS), &browser.cookies["rollcall"]);
    let wish = json!({ "name": "Okta", "scopes": ["scim:read"] }).to_string();
    roll.send(request.header("content-type", "application/json").body(wish)).await
}

fn seconds(roll: &Roll) -> i64 {
    roll.clock.now().micros() / 1_000_000
}

/// A rollcall with an admin at the browser whom Okta has known for an hour.
async fn with_admin(roll: &Roll) -> (Roll, FakeProvider) {
    let boss = roll.person("boss").await;
    roll.set_user(&boss, "platform_role = 'PLATFORM_ADMIN'").await;
    let (roll, okta) = with_okta(roll, Jit::On).await;
    okta.person("00uboss", "boss");
    roll.clock.advance(Duration::from_hours(1));
    (roll, okta)
}

facts! {
    async fn what_okta_remembers_is_no_new_proof_and_signing_in_anew_is_one(roll: Roll) {
        let (roll, okta) = with_admin(&roll).await;
        let mut browser = Browser::new();
        browser.sign_in(&roll).await.location();
        assert!(!okta.inside().asked_anew);
        let refused = problem(mint(&roll, &browser).await, 403, "/auth/login?anew=1");
        assert_eq!(refused.body["type"], "urn:rollcall:problem:recent-sign-in-required");
        let back = browser.go(&roll, "?anew=1&return_to=/tokens").await;
        assert!(okta.inside().asked_anew);
        assert_eq!(browser.open(&roll, &back).await.location(), format!("{}/tokens", roll.origin));
        mint(&roll, &browser).await.expect(201);
        roll.clock.advance(RECENT.saturating_sub(SECOND));
        mint(&roll, &browser).await.expect(201);
        // What is done with the session, and a sign-in that Okta lets through by itself, make nothing recent.
        roll.clock.advance(SECOND);
        problem(mint(&roll, &browser).await, 403, "Sign in again");
        browser.sign_in(&roll).await.location();
        problem(mint(&roll, &browser).await, 403, "Sign in again");
    }

    async fn an_ordinary_sign_in_counts_from_when_okta_says_that_it_was_proven(roll: Roll) {
        let (roll, okta) = with_admin(&roll).await;
        let now = seconds(&roll);
        for (auth_time, is_recent, proven) in [
            (json!(now - 60), true, Some("2026-03-02T12:59:00.000000Z")),
            (json!(now + LEEWAY), true, Some("2026-03-02T13:00:00.000000Z")),
            (json!(now - 15 * 60), false, Some("2026-03-02T12:45:00.000000Z")),
            (Value::Null, false, None),
        ] {
            okta.inside().auth_time = AuthTime::Always(auth_time.clone());
            let mut browser = Browser::new();
            browser.sign_in(&roll).await.location();
            mint(&roll, &browser).await.expect(if is_recent { 201 } else { 403 });
            assert_eq!(browser.me(&roll).await["session"]["provenAt"].as_str(), proven, "{auth_time}");
        }
    }

    async fn an_answer_without_a_new_proof_is_refused_and_leaves_the_session_as_it_was(roll: Roll) {
        let (roll, okta) = with_admin(&roll).await;
        let (now, honest) = (seconds(&roll), okta.inside().auth_time.clone());
        let mut browser = Browser::new();
        browser.sign_in(&roll).await.location();
        for (auth_time, reason, words) in [
            (Value::Null, "token_undated", "prove anew"),
            (json!(now - LEEWAY - 1), "token_stale", "prove anew"),
            (json!(0), "token_stale", "prove anew"),
            (json!(now + LEEWAY + 1), "token_early", "Begin again"),
            (json!(now.to_string()), "token_malformed", "Begin again"),
            (json!(1_772_456_399.5), "token_malformed", "Begin again"),
        ] {
            okta.inside().auth_time = AuthTime::Always(auth_time.clone());
            let back = browser.go(&roll, "?anew=1").await;
            browser.open(&roll, &back).await.refused(403, words);
            assert_eq!(roll.refusal().await, (reason.to_owned(), "HIGH".to_owned()), "{auth_time}");
            assert!(browser.is_in(&roll).await, "the session that was there stays");
            problem(mint(&roll, &browser).await, 403, "Sign in again");
            browser.open(&roll, &back).await.refused(400, "Begin again");
        }
        assert_eq!(roll.sessions().await, 1);
        okta.inside().auth_time = honest;
        let back = browser.go(&roll, "?anew=1").await;
        browser.open(&roll, &back).await.location();
        mint(&roll, &browser).await.expect(201);
    }

    async fn a_proof_before_the_question_is_none_however_long_the_answer_takes(roll: Roll) {
        let (roll, okta) = with_admin(&roll).await;
        let mut browser = Browser::new();
        for (before, is_one) in [(LEEWAY, true), (LEEWAY + 1, false)] {
            okta.inside().auth_time = AuthTime::Always(json!(seconds(&roll) - before));
            let back = browser.go(&roll, "?anew=1").await;
            roll.clock.advance(Duration::from_mins(9));
            let shown = browser.open(&roll, &back).await;
            assert_eq!(shown.status == 303, is_one, "{before} s before: {}", shown.text);
        }
    }

    async fn another_person_who_signs_in_anew_inherits_nothing(roll: Roll) {
        let (roll, okta) = with_admin(&roll).await;
        let erin = roll.person("erin").await;
        let mut browser = Browser::new();
        let back = browser.go(&roll, "?anew=1").await;
        browser.open(&roll, &back).await.location();
        let of_boss = browser.cookies["rollcall"].clone();
        let back = browser.go(&roll, "?anew=1").await;
        okta.person("00uerin", "erin");
        browser.open(&roll, &back).await.location();
        let me = browser.me(&roll).await;
        assert_eq!((me["user"]["id"].as_str(), me["user"]["role"].as_str()), (Some(&*erin), Some("USER")));
        problem(mint(&roll, &browser).await, 403, "may not");
        let gone = with_session(&roll, roll.request(Method::GET, "/auth/me"), &of_boss);
        problem(roll.send(gone).await, 401, "");
        // What Okta remembers of erin is no proof of hers for the admin who comes back.
        okta.person("00uboss", "boss");
        okta.inside().auth_time = AuthTime::Honest(seconds(&roll) - 3_600);
        browser.sign_in(&roll).await.location();
        problem(mint(&roll, &browser).await, 403, "Sign in again");
    }

    async fn a_session_of_before_is_not_recent(roll: Roll) {
        let boss = roll.admin("boss").await;
        roll.sql_run("update sessions set proven_at = null").await;
        let body = json!({ "name": "Okta", "scopes": ["scim:read"] });
        problem(boss.post(&roll, TOKENS, &body).await, 403, "Sign in again");
        boss.get(&roll, "/auth/me").await.expect(200);
    }

    async fn a_break_glass_account_is_told_its_own_way(roll: Roll) {
        roll.glass("glass").await;
        let knock = || {
            let body = json!({ "account": "glass", "password": crate::platform::people::GLASS_PASSWORD }).to_string();
            roll.request(Method::POST, "/auth/emergency").header("content-type", "application/json").body(body)
        };
        let mut browser = Browser::new();
        for _ in 0..2 {
            let opened = roll.send(knock()).await.expect(200);
            let cookie = opened.header("set-cookie").split([';', '=']).nth(1).expect("a secret").to_owned();
            browser.cookies.insert("rollcall".to_owned(), cookie);
            mint(&roll, &browser).await.expect(201);
            roll.clock.advance(RECENT);
            problem(mint(&roll, &browser).await, 403, "/auth/emergency");
        }
    }
}
