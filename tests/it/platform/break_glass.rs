//! `POST /auth/emergency`: the way in while Okta is down.

use std::time::Duration;

use reqwest::Method;
use rollcall::access::break_glass::{TRIES_OF_ACCOUNT, TRIES_OF_ADDRESS, TRIES_OF_BOTH, WINDOW};
use rollcall::http::Shared;
use serde_json::{Value, json};

use super::people::{GLASS_PASSWORD, Signed, problem};
use crate::harness::{Answer, Roll, facts, person};

/// Everybody is a proxy, so that a test may come from anywhere.
fn behind_a_proxy(shared: &mut Shared) {
    shared.trusted_proxies = vec!["127.0.0.0/8".parse().expect("a network")];
}

async fn knock(roll: &Roll, from: &str, account: &str, password: &str) -> Answer {
    let body = json!({ "account": account, "password": password });
    let request = roll.request(Method::POST, "/auth/emergency").header("x-forwarded-for", from);
    roll.send(request.header("content-type", "application/json").body(body.to_string())).await
}

async fn proxied(roll: &Roll) -> Roll {
    roll.replica_with(behind_a_proxy).await
}

/// What an answer says, apart from which request it was.
fn said(answer: &Answer) -> (u16, Value) {
    let mut body = answer.body.clone();
    body.as_object_mut().expect("a problem").remove("requestId");
    (answer.status.as_u16(), body)
}

async fn rows(roll: &Roll, reason: &str) -> usize {
    let sql = format!("select 'x' from audit_events where severity = 'HIGH' and detail_json like '%\"{reason}\"%'");
    roll.sql(&sql).await.len()
}

facts! {
    async fn the_right_password_opens_a_short_session_and_is_told_high(roll: Roll) {
        let user = roll.glass("glass").await;
        let answer = knock(&roll, "-", "Glass", GLASS_PASSWORD).await.expect(200);
        let cookie = answer.header("set-cookie").to_owned();
        assert!(cookie.starts_with("rollcall=") && cookie.contains("HttpOnly; SameSite=Lax"), "{cookie}");
        let secret = cookie["rollcall=".len()..].split(';').next().expect("a value").to_owned();
        let session = answer.body["session"]["id"].as_str().expect("an id").to_owned();
        let glass = Signed { user, session, secret };
        let me = glass.get(&roll, "/auth/me").await.expect(200).body;
        assert_eq!(me["user"]["role"], "PLATFORM_ADMIN");
        assert_eq!(me["breakGlassInUse"], true);
        assert_eq!(roll.severity("auth.break_glass.login").await, "HIGH");
        roll.wait(Duration::from_mins(31));
        problem(glass.get(&roll, "/auth/me").await, 401, "expired");
        assert_eq!(roll.columns_with(GLASS_PASSWORD).await, Vec::<String>::new());
    }

    async fn unknown_wrong_and_disabled_are_refused_in_the_same_words_and_each_is_told(roll: Roll) {
        let user = roll.glass("glass").await;
        let wrong = said(&knock(&roll, "-", "glass", "wrong").await);
        let unknown = said(&knock(&roll, "-", "nobody", GLASS_PASSWORD).await);
        let dana = roll.person("dana").await;
        let synced = said(&knock(&roll, "-", "dana@example.com", GLASS_PASSWORD).await);
        let off = format!("admin_active = false, is_active = false where id = {}", roll.uuid(&user));
        roll.sql_run(&format!("update users set {off}")).await;
        let disabled = said(&knock(&roll, "-", "glass", GLASS_PASSWORD).await);
        assert_eq!(wrong.0, 401);
        assert!([unknown, synced, disabled].iter().all(|one| *one == wrong));
        for (reason, count) in [("password", 1), ("unknown", 2), ("inactive", 1)] {
            assert_eq!(rows(&roll, reason).await, count, "{reason}");
        }
        assert_eq!(roll.columns_with("nobody\"").await, Vec::<String>::new(), "a typed name may be a password");
        assert_eq!(roll.live(&dana).await, []);
    }

    async fn one_address_may_try_one_account_ten_times_whatever_the_replica(roll: Roll) {
        let (one, other) = (proxied(&roll).await, proxied(&roll).await);
        roll.glass("glass").await;
        for at in 0..TRIES_OF_BOTH {
            let replica = if at % 2 == 0 { &one } else { &other };
            knock(replica, "192.0.2.1", "glass", "wrong").await.expect(401);
        }
        for replica in [&one, &other] {
            let answer = problem(knock(replica, "192.0.2.1", "glass", GLASS_PASSWORD).await, 429, "Too many");
            let seconds: u64 = answer.header("retry-after").parse().expect("whole seconds");
            assert!((1..=WINDOW.as_secs() + 1).contains(&seconds));
        }
        knock(&one, "192.0.2.2", "glass", GLASS_PASSWORD).await.expect(200);
        roll.wait(WINDOW);
        knock(&one, "192.0.2.1", "glass", GLASS_PASSWORD).await.expect(200);
    }

    async fn one_address_may_not_go_through_accounts(roll: Roll) {
        let one = proxied(&roll).await;
        for at in 0..TRIES_OF_ADDRESS {
            knock(&one, &format!("2001:db8::{at}"), &format!("made-up-{at}"), "wrong").await.expect(401);
        }
        problem(knock(&one, "2001:db8::ffff", "another", "wrong").await, 429, "Too many");
        knock(&one, "2001:db8:0:1::1", "another", "wrong").await.expect(401);
    }

    async fn hammering_from_everywhere_locks_no_owner_out(roll: Roll) {
        let one = proxied(&roll).await;
        roll.glass("glass").await;
        knock(&one, "192.0.2.1", "glass", GLASS_PASSWORD).await.expect(200);
        for at in 0..TRIES_OF_ACCOUNT {
            let from = format!("198.51.100.{at}");
            knock(&one, &from, "glass", "wrong").await.expect_one_of(&[401, 429]);
        }
        problem(knock(&one, "203.0.113.9", "glass", GLASS_PASSWORD).await, 429, "Too many");
        problem(knock(&one, "203.0.113.9", "nobody", "wrong").await, 401, "wrong");
        knock(&one, "192.0.2.1", "glass", GLASS_PASSWORD).await.expect(200);
    }

    async fn a_foreign_page_signs_nobody_in(roll: Roll) {
        roll.glass("glass").await;
        let body = json!({ "account": "glass", "password": GLASS_PASSWORD }).to_string();
        for (name, value) in [("origin", "https://evil.test"), ("sec-fetch-site", "cross-site")] {
            let request = roll.request(Method::POST, "/auth/emergency").header("content-type", "application/json");
            problem(roll.send(request.header(name, value).body(body.clone())).await, 403, "page of ours");
        }
        let form = roll.request(Method::POST, "/auth/emergency").header("content-type", "text/plain").body(body);
        problem(roll.send(form).await, 415, "application/json");
    }

    async fn what_is_no_name_and_password_is_refused_by_field(roll: Roll) {
        let long = "x".repeat(1025);
        for (body, field) in [
            (json!({ "account": ["a", "b"], "password": "x" }), "account"),
            (json!({ "account": "a", "password": { "x": 1 } }), "password"),
            (json!({ "account": "a" }), "password"),
            (json!({ "account": "a", "password": long }), "password"),
            (json!({ "account": "a", "password": "x", "role": "PLATFORM_ADMIN" }), "role"),
        ] {
            let request = roll.request(Method::POST, "/auth/emergency").header("content-type", "application/json");
            let answer = problem(roll.send(request.body(body.to_string())).await, 400, field);
            assert_eq!(answer.body["errors"][0]["field"], field);
        }
        assert_eq!(roll.actions().await, Vec::<String>::new());
    }

    async fn scim_sees_no_break_glass_account_and_its_name_is_taken(roll: Roll) {
        let user = roll.glass("glass@example.com").await;
        roll.get(&format!("/Users/{user}")).await.expect(404);
        assert_eq!(roll.find("userName eq \"glass@example.com\"").await.expect(200).body["totalResults"], 0);
        roll.post("/Users", &person("glass")).await.refused(409, Some("uniqueness"), "already taken");
    }
}
