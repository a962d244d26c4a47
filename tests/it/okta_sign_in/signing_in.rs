//! A sign-in that goes well, and those that are not this browser's, not now, or not once.

use std::collections::BTreeMap;
use std::time::Duration;

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use reqwest::Method;
use rollcall::access::login::{MOST_BEGUN, PATIENCE, WINDOW};
use rollcall::config::Jit;
use rollcall::ctx::Ctx;
use rollcall::http::Shared;
use rollcall::jobs::retention;
use serde_json::json;
use sha2::{Digest, Sha256};

use super::signing_out::{by_email, tell};
use super::{Browser, with_okta};
use crate::harness::{facts, patch};
use crate::platform::mobile::{VERIFIER, exchange};
use crate::platform::people::GLASS_PASSWORD;
use crate::tables;

/// Where the app of the fake's redirects waits.
const APP: &str = "com.example.app:/signed-in";

facts! {
    async fn a_sign_in_opens_a_session_of_okta_and_leaves_no_secret_behind(roll: Roll) {
        let dana = roll.person("dana").await;
        let (roll, okta) = with_okta(&roll, Jit::Auto).await;
        okta.person("00udana", "somebody-else");
        let mut browser = Browser::new();
        let back = browser.go(&roll, "?return_to=/teams%3Fx%3D1").await;
        let held = browser.cookies.clone();
        assert_eq!(held.len(), 1, "what ties the sign-in to the browser");
        let done = browser.open(&roll, &back).await;
        assert_eq!(done.location(), format!("{}/teams?x=1", roll.origin));
        assert_eq!(browser.cookies.keys().collect::<Vec<_>>(), ["rollcall"]);
        let me = browser.me(&roll).await;
        assert_eq!((me["user"]["id"].as_str(), me["session"]["born"].as_str()), (Some(dana.as_str()), Some("okta")));
        let (_, _, detail) = roll.last_audit("auth.signed_in").await;
        assert_eq!(detail["effects"]["login_attempt"].as_array().map(Vec::len), Some(1));
        let query: Vec<String> = back.split(['=', '&']).map(str::to_owned).collect();
        for secret in held.values().chain(browser.cookies.values()).chain(query.iter().filter(|part| part.len() > 30)) {
            assert_eq!(roll.columns_with(secret).await, Vec::<String>::new());
        }
        assert_eq!(roll.columns_with("eyJ").await, Vec::<String>::new(), "no token in the clear");
    }

    async fn an_app_signs_in_by_the_browser_and_goes_on_with_its_code(roll: Roll) {
        let dana = roll.person("dana").await;
        let (roll, okta) = with_okta(&roll, Jit::Auto).await;
        okta.person("00udana", "dana");
        let challenge = BASE64_URL_SAFE_NO_PAD.encode(Sha256::digest(VERIFIER));
        let wish = format!("?client=mobile&redirect_uri={APP}&code_challenge={challenge}&state=its-own%26state");
        let mut browser = Browser::new();
        let back = browser.go(&roll, &wish).await;
        let to_app = browser.open(&roll, &back).await.location().to_owned();
        assert!(browser.cookies.is_empty(), "an app's sign-in leaves no session in the browser");
        let (address, query) = to_app.split_once('?').expect("a query");
        assert_eq!(address, APP);
        let query: BTreeMap<String, String> =
            form_urlencoded::parse(query.as_bytes()).into_owned().collect();
        assert_eq!(query["state"], "its-own&state");
        let granted = roll.ask("/api/mobile/token", &exchange(&query["code"], VERIFIER)).await.expect(200);
        let access = granted.body["accessToken"].as_str().expect("an access token").to_owned();
        let me = roll.send(roll.request(Method::GET, "/auth/me").bearer_auth(access)).await.expect(200);
        assert_eq!(me.body["user"]["id"], *dana);

        let late = browser.go(&roll, &wish).await;
        roll.clock.advance(Duration::from_secs(1));
        for active in [false, true] {
            let switch = patch(json!([{ "op": "replace", "value": { "active": active } }]));
            roll.patch(&format!("/Users/{dana}"), &switch).await.expect(200);
        }
        browser.open(&roll, &late).await.refused(403, "cannot sign in");
    }

    async fn an_answer_counts_once_in_its_browser_and_in_time(roll: Roll) {
        roll.person("dana").await;
        let (roll, okta) = with_okta(&roll, Jit::Auto).await;
        okta.person("00udana", "dana");
        let (mut browser, mut other) = (Browser::new(), Browser::new());
        let back = browser.go(&roll, "").await;
        other.open(&roll, &back).await.refused(400, "another browser");
        assert_eq!(roll.refusal().await, ("sign_in_elsewhere".to_owned(), "WARN".to_owned()));
        let held = browser.cookies.clone();
        browser.open(&roll, &back).await.location();
        browser.cookies.extend(held);
        browser.open(&roll, &back).await.refused(400, "Begin again");
        assert_eq!(roll.refusal().await.0, "sign_in_used");
        let late = browser.go(&roll, "").await;
        roll.clock.advance(PATIENCE);
        browser.open(&roll, &late).await.refused(400, "too long");
        assert_eq!(roll.refusal().await.0, "sign_in_late");
        let made_up = format!("{}/auth/callback?code=x&state={}", roll.origin, "0".repeat(64));
        browser.open(&roll, &made_up).await.refused(400, "Begin again");
        assert_eq!(roll.refusal().await.0, "sign_in_unknown");
        assert_eq!(roll.sessions().await, 1);
    }

    async fn a_program_that_only_looks_whether_a_link_leads_anywhere_uses_nothing_up(roll: Roll) {
        roll.person("dana").await;
        let (roll, okta) = with_okta(&roll, Jit::Auto).await;
        okta.person("00udana", "dana");
        let mut browser = Browser::new();
        let back = browser.go(&roll, "").await;
        let before = tables::dump(&roll).await;
        let cookies = browser.cookies.iter().map(|(name, value)| format!("{name}={value}"));
        let cookies = cookies.collect::<Vec<_>>().join("; ");
        for path in ["/auth/login", back.strip_prefix(&roll.origin).expect("an address of ours")] {
            let look = roll.request(Method::HEAD, path).header("cookie", &cookies);
            let answer = roll.send(look).await.expect(405);
            assert_eq!(answer.header("allow"), "GET");
        }
        assert_eq!(tables::dump(&roll).await, before);
        browser.open(&roll, &back).await.location();
        assert!(browser.is_in(&roll).await);
    }

    async fn one_answer_at_two_replicas_opens_one_session(roll: Roll) {
        roll.person("dana").await;
        let (one, okta) = with_okta(&roll, Jit::Auto).await;
        let (sign_in, url) = (okta.sign_in(Jit::Auto), one.app.public_url.clone());
        let other = roll.replica_with(|shared: &mut Shared| {
            shared.okta_sign_in = Some(sign_in);
            shared.public_url = url;
        });
        let other = other.await;
        okta.person("00udana", "dana");
        for round in 1..=6 {
            let mut here = Browser::new();
            let back = here.go(&one, "").await;
            let mut there = Browser::new();
            there.cookies.clone_from(&here.cookies);
            let copy = back.replace(&one.origin, &other.origin);
            let (first, second) = tokio::join!(here.open(&one, &back), there.open(&other, &copy));
            let won = [first.status, second.status].iter().filter(|status| status.as_u16() == 303).count();
            assert_eq!((won, roll.sessions().await), (1, round));
        }
    }

    async fn a_session_that_was_there_before_ends_with_the_sign_in(roll: Roll) {
        roll.person("dana").await;
        let planted = roll.signed("mallory").await;
        let (roll, okta) = with_okta(&roll, Jit::Auto).await;
        okta.person("00udana", "dana");
        let mut browser = Browser::new();
        browser.cookies.insert("rollcall".to_owned(), planted.secret.clone());
        browser.sign_in(&roll).await.location();
        assert_ne!(browser.cookies["rollcall"], planted.secret);
        assert_eq!(planted.get(&roll, "/auth/me").await.status, 401);
        let (_, _, detail) = roll.last_audit("auth.signed_in").await;
        assert_eq!(detail["effects"]["session"][0], planted.session);
    }

    async fn whoever_loses_access_during_the_sign_in_is_not_let_in(roll: Roll) {
        let dana = roll.person("dana").await;
        let (roll, okta) = with_okta(&roll, Jit::Auto).await;
        okta.person("00udana", "dana");
        let (mut browser, mut later) = (Browser::new(), Browser::new());
        let (off, on) = (browser.go(&roll, "").await, later.go(&roll, "").await);
        let switch = |on: bool| patch(serde_json::json!([{ "op": "replace", "value": { "active": on } }]));
        roll.clock.advance(Duration::from_secs(1));
        roll.patch(&format!("/Users/{dana}"), &switch(false)).await.expect(200);
        browser.open(&roll, &off).await.refused(403, "You cannot sign in");
        assert_eq!(roll.refusal().await, ("inactive".to_owned(), "WARN".to_owned()));
        roll.patch(&format!("/Users/{dana}"), &switch(true)).await.expect(200);
        later.open(&roll, &on).await.refused(403, "You cannot sign in");
        assert_eq!(roll.sessions().await, 0);
        browser.sign_in(&roll).await.location();
    }

    async fn a_break_glass_sign_in_ends_the_session_that_was_there(roll: Roll) {
        let dana = roll.signed("dana").await;
        roll.glass("glass").await;
        let knock = |password: &str| {
            let body = serde_json::json!({ "account": "glass", "password": password }).to_string();
            let request = roll.request(Method::POST, "/auth/emergency").header("cookie", format!("rollcall={}", dana.secret));
            roll.send(request.header("content-type", "application/json").body(body))
        };
        knock("wrong").await.expect(401);
        assert_eq!(dana.get(&roll, "/auth/me").await.status, 200);
        knock(GLASS_PASSWORD).await.expect(200);
        assert_eq!(dana.get(&roll, "/auth/me").await.status, 401);
        let (_, _, detail) = roll.last_audit("auth.break_glass.login").await;
        assert_eq!(detail["effects"]["session"][0], dana.session);
    }

    async fn one_address_begins_only_so_many_sign_ins(roll: Roll) {
        let (roll, _okta) = with_okta(&roll, Jit::Auto).await;
        let mut browser = Browser::new();
        browser.go(&roll, "").await;
        roll.sql_run(&format!("update rate_counters set used = {MOST_BEGUN}")).await;
        let url = format!("{}/auth/login", roll.origin);
        let shown = browser.open(&roll, &url).await.refused(429, "Too many sign-ins");
        assert_eq!(shown.headers["retry-after"], (WINDOW.as_secs() + 1).to_string());
        assert_eq!(roll.refusal().await.0, "limited");
        roll.clock.advance(WINDOW);
        browser.go(&roll, "").await;
        assert_eq!(roll.sql("select 'x' from login_attempts").await.len(), 2);
    }

    async fn sign_ins_and_used_tokens_are_forgotten_after_their_time(roll: Roll) {
        let (roll, okta) = with_okta(&roll, Jit::On).await;
        okta.person("00uada", "ada");
        Browser::new().sign_in(&roll).await.location();
        Browser::new().go(&roll, "").await;
        tell(&roll, &okta, &by_email("ada@example.com")).await.expect(204);
        let rows = || async {
            let count = |table: &str| format!("(select count(*) from {table})");
            let sql = format!("select cast({} as text), cast({} as text)", count("login_attempts"), count("seen_jti"));
            roll.sql(&sql).await.remove(0).into_iter().map(|count| count.expect("a count")).collect::<Vec<_>>()
        };
        let sweep = || async {
            let ctx = Ctx::job("retention", roll.clock.now());
            retention::sweep(roll.db(), &ctx, Duration::from_hours(90 * 24)).await.expect("a sweep");
        };
        sweep().await;
        assert_eq!(rows().await, ["2", "1"]);
        roll.clock.advance(Duration::from_mins(17));
        sweep().await;
        assert_eq!(rows().await, ["2", "0"]);
        roll.clock.advance(Duration::from_hours(24));
        sweep().await;
        assert_eq!(rows().await, ["0", "0"]);
    }

    async fn where_to_go_on_is_a_path_of_ours(roll: Roll) {
        let (roll, _okta) = with_okta(&roll, Jit::Auto).await;
        let mut browser = Browser::new();
        for (query, field) in [
            ("?return_to=https://evil.test", "return_to"),
            ("?return_to=//evil.test", "return_to"),
            ("?return_to=/%5Cevil.test", "return_to"),
            ("?return_to=/auth/login", "return_to"),
            ("?return_to=/a%0d%0aSet-Cookie:x", "return_to"),
            ("?return_to=/a&return_to=/b", "return_to"),
            ("?nonsense=1", "nonsense"),
            ("?anew=true", "anew"),
            ("?anew=", "anew"),
            ("?anew=1&client=mobile", "anew"),
            ("?client=web", "client"),
            ("?redirect_uri=com.example.app:/signed-in", "redirect_uri"),
            ("?client=mobile&redirect_uri=com.evil.app:/x&state=s", "redirect_uri"),
            ("?client=mobile&redirect_uri=com.example.app:/signed-in&state=s", "code_challenge"),
        ] {
            let shown = browser.open(&roll, &format!("{}/auth/login{query}", roll.origin)).await;
            shown.refused(400, field);
        }
        assert!(browser.cookies.is_empty());
        assert_eq!(roll.sql("select 'x' from login_attempts").await.len(), 0);
    }
}
