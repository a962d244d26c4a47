//! `/api/mobile`: codes, tokens and what ends them.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use reqwest::Method;
use rollcall::access::mobile::Comer;
use rollcall::access::sessions::Begun;
use rollcall::access::{jwt, mobile};
use rollcall::ctx::Ctx;
use rollcall::error::Error;
use rollcall::jobs::retention;
use rollcall::model::mobile::MobileAttempt;
use secrecy::ExposeSecret;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use tokio::task::JoinSet;

use super::people::{id, problem, stranger};
use crate::harness::{Answer, JWT_SECRET, Roll, facts};

/// What every app of the tests makes its challenge of.
pub const VERIFIER: &str = "a-verifier-of-forty-three-characters-or-more";

/// A device that is signed in.
#[derive(Clone, Debug)]
pub struct Phone {
    /// The id of its sign-in.
    pub id: String,
    /// Its access token.
    pub access: String,
    /// Its refresh token.
    pub refresh: String,
}

impl Phone {
    fn of(answer: &Answer) -> Self {
        let text = |value: &Value| value.as_str().unwrap_or_else(|| panic!("{}", answer.body)).to_owned();
        let body = &answer.body;
        Self {
            id: text(&body["signIn"]["id"]),
            access: text(&body["accessToken"]),
            refresh: text(&body["refreshToken"]),
        }
    }

    /// What a request with its access token is answered.
    pub async fn get(&self, roll: &Roll, path: &str) -> Answer {
        roll.send(roll.request(Method::GET, path).bearer_auth(&self.access)).await
    }
}

/// The body that exchanges a code.
pub fn exchange(code: &str, verifier: &str) -> Value {
    json!({ "code": code, "codeVerifier": verifier, "device": "Dana's phone" })
}

impl Roll {
    /// Hands a person who was recognised a code, as a sign-in does.
    pub async fn hand_out(&self, user: &str) -> Result<String, Error> {
        let attempt = MobileAttempt {
            redirect_uri: "rollcall://signed-in".to_owned(),
            code_challenge: BASE64_URL_SAFE_NO_PAD.encode(Sha256::digest(VERIFIER)),
            state: "x".to_owned(),
        };
        let (ctx, work) = (stranger(self), (&self.app.key, id(user), attempt));
        let given = self.db().unit(&ctx, &work, |tx, (key, user, attempt)| {
            let begun = Begun { at: tx.ctx().now, epoch: None };
            Box::pin(mobile::hand_out(tx, key, Comer { person: *user, attempt, begun, gone: Vec::new() }))
        });
        given.await.map(|given| given.code.expose_secret().to_owned())
    }

    /// The same for somebody who has access.
    pub async fn code_for(&self, user: &str) -> String {
        self.hand_out(user).await.expect("a code")
    }

    /// Signs a device in for a person.
    pub async fn mobile(&self, user: &str) -> Phone {
        let code = self.code_for(user).await;
        Phone::of(&self.exchange(&code, VERIFIER).await.expect(200))
    }

    pub async fn exchange(&self, code: &str, verifier: &str) -> Answer {
        self.ask("/api/mobile/token", &exchange(code, verifier)).await
    }

    pub async fn refresh(&self, token: &str) -> Answer {
        self.ask("/api/mobile/refresh", &json!({ "refreshToken": token })).await
    }

    pub async fn ask(&self, path: &str, body: &Value) -> Answer {
        let request = self.request(Method::POST, path).header("content-type", "application/json");
        self.send(request.body(body.to_string())).await
    }

    async fn sign_out(&self, token: &str) -> Answer {
        self.send(self.request(Method::DELETE, "/api/mobile/token").bearer_auth(token)).await
    }

    async fn count(&self, action: &str) -> usize {
        self.actions().await.iter().filter(|said| *said == action).count()
    }
}

/// Signs out as a browser does, with an access token.
async fn log_out(roll: &Roll, phone: &Phone) -> Answer {
    roll.send(roll.request(Method::POST, "/auth/logout").bearer_auth(&phone.access)).await
}

facts! {
    async fn a_code_becomes_a_sign_in_whose_tokens_stand_nowhere(roll: Roll) {
        let dana = roll.person("dana").await;
        let code = roll.code_for(&dana).await;
        let answer = roll.exchange(&code, VERIFIER).await.expect(200);
        assert_eq!((&answer.body["tokenType"], &answer.body["expiresIn"]), (&json!("Bearer"), &json!(900)));
        assert_eq!(answer.body["signIn"]["expiresAt"], "2026-05-31T12:00:00.000000Z");
        let phone = Phone::of(&answer);
        assert_eq!(phone.get(&roll, "/auth/me").await.expect(200).body["user"]["id"], dana);
        assert_eq!(phone.get(&roll, "/api/users/me").await.expect(200).body["id"], dana);
        for secret in [&code, &phone.access, &phone.refresh] {
            assert_eq!(roll.columns_with(secret).await, Vec::<String>::new());
        }
        assert_eq!(roll.actions().await, ["user.created", "auth.mobile.code", "auth.mobile.signed_in"]);
    }

    async fn a_code_works_once_and_with_its_verifier_a_second_time_ends_what_it_opened(roll: Roll) {
        let (dana, other) = (roll.person("dana").await, roll.replica().await);
        let code = roll.code_for(&dana).await;
        let phone = Phone::of(&roll.exchange(&code, VERIFIER).await.expect(200));
        problem(other.exchange(&code, &"x".repeat(43)).await, 401, "does not work");
        phone.get(&other, "/auth/me").await.expect(200);
        problem(other.exchange(&code, VERIFIER).await, 401, "does not work");
        problem(phone.get(&roll, "/auth/me").await, 401, "does not work");
        problem(roll.refresh(&phone.refresh).await, 401, "does not work");
        problem(roll.exchange(&code, VERIFIER).await, 401, "does not work");
        assert_eq!(roll.severity("auth.mobile.reused").await, "HIGH");
        assert_eq!(roll.count("auth.mobile.reused").await, 1);
    }

    async fn a_wrong_verifier_spends_the_code(roll: Roll) {
        let dana = roll.person("dana").await;
        let code = roll.code_for(&dana).await;
        problem(roll.exchange(&code, &"x".repeat(43)).await, 401, "does not work");
        problem(roll.exchange(&code, VERIFIER).await, 401, "does not work");
        assert_eq!(roll.live(&dana).await, []);
    }

    async fn a_code_works_for_a_minute(roll: Roll) {
        let dana = roll.person("dana").await;
        let (late, code) = (roll.code_for(&dana).await, roll.code_for(&dana).await);
        roll.wait(mobile::CODE_LIFETIME.saturating_sub(Duration::from_micros(1)));
        roll.exchange(&code, VERIFIER).await.expect(200);
        roll.wait(Duration::from_micros(1));
        problem(roll.exchange(&late, VERIFIER).await, 401, "does not work");
    }

    async fn of_one_code_at_once_on_two_replicas_one_exchange_wins(roll: Roll) {
        let (dana, other) = (roll.person("dana").await, roll.replica().await);
        let code = roll.code_for(&dana).await;
        let (roll, other) = (Arc::new(roll), Arc::new(other));
        let mut tries = JoinSet::new();
        for number in 0..16 {
            let (at, code) = (Arc::clone(if number % 2 == 0 { &roll } else { &other }), code.clone());
            tries.spawn(async move { at.exchange(&code, VERIFIER).await.status.as_u16() });
        }
        let won = tries.join_all().await.into_iter().filter(|status| *status == 200).count();
        assert_eq!((won, roll.count("auth.mobile.signed_in").await), (1, 1));
    }

    async fn nobody_without_access_and_no_break_glass_account_is_handed_a_code(roll: Roll) {
        let (dana, glass) = (roll.person("dana").await, roll.break_glass("glass").await);
        let code = roll.code_for(&dana).await;
        roll.set_user(&dana, "admin_active = false, is_active = false").await;
        for user in [&dana, &glass, &Roll::new_id()] {
            assert!(matches!(roll.hand_out(user).await, Err(Error::Unproven(_))), "{user}");
        }
        problem(roll.exchange(&code, VERIFIER).await, 401, "does not work");
        assert_eq!(roll.live(&dana).await, [("login_attempts", 1)]);
    }

    async fn a_refresh_token_works_once_and_is_answered_alike_for_a_moment(roll: Roll) {
        let (dana, other) = (roll.person("dana").await, roll.replica().await);
        let first = roll.mobile(&dana).await;
        let second = Phone::of(&roll.refresh(&first.refresh).await.expect(200));
        assert!(second.id == first.id && second.refresh != first.refresh);
        roll.wait(mobile::GRACE.saturating_sub(Duration::from_micros(1)));
        let again = Phone::of(&other.refresh(&first.refresh).await.expect(200));
        assert_eq!(again.refresh, second.refresh);
        assert_eq!(roll.count("auth.mobile.refreshed").await, 1);
        Phone::of(&other.refresh(&again.refresh).await.expect(200)).get(&roll, "/auth/me").await.expect(200);
    }

    async fn a_used_refresh_token_after_the_moment_ends_the_family(roll: Roll) {
        let (dana, other) = (roll.person("dana").await, roll.replica().await);
        let (first, bystander) = (roll.mobile(&dana).await, roll.mobile(&dana).await);
        let second = Phone::of(&roll.refresh(&first.refresh).await.expect(200));
        roll.wait(mobile::GRACE);
        problem(other.refresh(&first.refresh).await, 401, "does not work");
        problem(roll.refresh(&second.refresh).await, 401, "does not work");
        problem(second.get(&roll, "/auth/me").await, 401, "does not work");
        problem(other.refresh(&first.refresh).await, 401, "does not work");
        assert_eq!((roll.count("auth.mobile.reused").await, roll.severity("auth.mobile.reused").await), (1, "HIGH".to_owned()));
        bystander.get(&other, "/auth/me").await.expect(200);
    }

    async fn a_refresh_token_whose_successor_was_used_is_a_copy_even_within_the_moment(roll: Roll) {
        let dana = roll.person("dana").await;
        let first = roll.mobile(&dana).await;
        let second = Phone::of(&roll.refresh(&first.refresh).await.expect(200));
        let third = Phone::of(&roll.refresh(&second.refresh).await.expect(200));
        problem(roll.refresh(&first.refresh).await, 401, "does not work");
        problem(roll.refresh(&third.refresh).await, 401, "does not work");
        assert_eq!(roll.live(&dana).await, []);
    }

    async fn of_sixty_four_refreshes_at_once_on_two_replicas_one_wins_and_all_get_its_successor(roll: Roll) {
        let (dana, other) = (roll.person("dana").await, roll.replica().await);
        let phone = roll.mobile(&dana).await;
        let (roll, other) = (Arc::new(roll), Arc::new(other));
        let mut tries = JoinSet::new();
        for number in 0..64 {
            let (at, token) = (Arc::clone(if number % 2 == 0 { &roll } else { &other }), phone.refresh.clone());
            tries.spawn(async move { Phone::of(&at.refresh(&token).await.expect(200)).refresh });
        }
        let given: BTreeSet<String> = tries.join_all().await.into_iter().collect();
        assert_eq!((given.len(), roll.count("auth.mobile.refreshed").await), (1, 1));
        roll.refresh(given.first().expect("a token")).await.expect(200);
    }

    async fn a_refresh_beside_an_end_of_access_leaves_nothing_that_works(roll: Roll) {
        let (dana, other) = (roll.person("dana").await, roll.replica().await);
        let phones = [roll.mobile(&dana).await, roll.mobile(&dana).await, roll.mobile(&dana).await];
        let path = format!("/Users/{dana}");
        let (ended, a, b, c) = tokio::join!(
            roll.delete(&path),
            other.refresh(&phones[0].refresh),
            other.refresh(&phones[1].refresh),
            other.refresh(&phones[2].refresh),
        );
        ended.expect(204);
        for answer in [a, b, c].iter().filter(|answer| answer.status.as_u16() == 200) {
            let phone = Phone::of(answer);
            problem(phone.get(&other, "/auth/me").await, 401, "does not work");
            problem(roll.refresh(&phone.refresh).await, 401, "does not work");
        }
        assert_eq!(roll.live(&dana).await, []);
    }

    async fn an_access_token_works_for_a_quarter_of_an_hour_and_a_sign_in_for_ninety_days(roll: Roll) {
        let dana = roll.person("dana").await;
        let mut phone = roll.mobile(&dana).await;
        roll.wait(jwt::LIFETIME.saturating_sub(Duration::from_secs(1)));
        phone.get(&roll, "/auth/me").await.expect(200);
        roll.wait(Duration::from_secs(1));
        problem(phone.get(&roll, "/auth/me").await, 401, "expired");
        phone = Phone::of(&roll.refresh(&phone.refresh).await.expect(200));
        roll.wait(mobile::LIFETIME.saturating_sub(jwt::LIFETIME + Duration::from_secs(1)));
        phone = Phone::of(&roll.refresh(&phone.refresh).await.expect(200));
        phone.get(&roll, "/auth/me").await.expect(200);
        roll.wait(Duration::from_secs(1));
        problem(phone.get(&roll, "/auth/me").await, 401, "expired");
        problem(roll.refresh(&phone.refresh).await, 401, "does not work");
    }

    async fn an_invented_older_token_of_a_family_ends_nothing(roll: Roll) {
        let dana = roll.person("dana").await;
        let first = roll.mobile(&dana).await;
        let second = Phone::of(&roll.refresh(&first.refresh).await.expect(200));
        roll.wait(Duration::from_mins(1));
        let mut parts: Vec<String> = first.refresh.split('_').map(str::to_owned).collect();
        parts[4] = "0".repeat(64);
        for invented in [parts.join("_"), first.refresh.replace("_1_", "_0_"), second.refresh.replace("_2_", "_1_"), second.refresh.replace("_2_", "_3_")] {
            assert_ne!(invented, second.refresh);
            problem(roll.refresh(&invented).await, 401, "does not work");
            problem(roll.sign_out(&invented).await, 401, "does not work");
        }
        roll.refresh(&second.refresh).await.expect(200);
    }

    async fn sign_ins_are_listed_and_ended_by_their_owner_and_by_admins(roll: Roll) {
        let (boss, dana, erin) = (roll.admin("boss").await, roll.signed("dana").await, roll.signed("erin").await);
        let (phone, tablet) = (roll.mobile(&dana.user).await, roll.mobile(&dana.user).await);
        let listed = phone.get(&roll, "/api/mobile/tokens?limit=1").await.expect(200).body;
        assert_eq!((&listed["tokens"][0]["id"], &listed["tokens"][0]["current"]), (&json!(tablet.id), &json!(false)));
        let next = format!("/api/mobile/tokens?limit=1&cursor={}", listed["nextCursor"].as_str().expect("a cursor"));
        let listed = phone.get(&roll, &next).await.expect(200).body;
        assert_eq!((&listed["tokens"][0]["id"], &listed["tokens"][0]["current"]), (&json!(phone.id), &json!(true)));
        assert!(listed["nextCursor"].is_null());
        let path = format!("/api/mobile/tokens/{}", phone.id);
        problem(erin.delete(&roll, &path).await, 404, "no mobile sign-in");
        problem(erin.get(&roll, &format!("/api/mobile/tokens?user={}", dana.user)).await, 403, "may not");
        dana.delete(&roll, &path).await.expect(204);
        dana.delete(&roll, &path).await.expect(204);
        problem(phone.get(&roll, "/auth/me").await, 401, "does not work");
        let listed = boss.get(&roll, &format!("/api/mobile/tokens?user={}", dana.user)).await.expect(200).body;
        assert_eq!(listed["tokens"].as_array().map(Vec::len), Some(1));
        boss.delete(&roll, &format!("/api/mobile/tokens/{}", tablet.id)).await.expect(204);
        problem(roll.refresh(&tablet.refresh).await, 401, "does not work");
        problem(dana.delete(&roll, &format!("/api/mobile/tokens/{}", Roll::new_id())).await, 404, "no mobile sign-in");
    }

    async fn an_app_signs_out_with_either_of_its_tokens_as_often_as_it_likes(roll: Roll) {
        let (dana, other) = (roll.person("dana").await, roll.replica().await);
        for by_access in [true, false] {
            let phone = roll.mobile(&dana).await;
            let token = if by_access { &phone.access } else { &phone.refresh };
            roll.sign_out(token).await.expect(204);
            problem(phone.get(&other, "/auth/me").await, 401, "does not work");
            other.sign_out(token).await.expect(204);
        }
        assert_eq!(roll.count("auth.mobile.ended").await, 2);
        problem(roll.sign_out("nobody-made-this").await, 401, "does not work");
        problem(roll.send(roll.request(Method::DELETE, "/api/mobile/token")).await, 401, "does not work");
    }

    async fn logging_out_with_an_access_token_ends_its_sign_in_and_no_other(roll: Roll) {
        let (dana, other) = (roll.signed("dana").await, roll.replica().await);
        let (phone, tablet) = (roll.mobile(&dana.user).await, roll.mobile(&dana.user).await);
        log_out(&roll, &phone).await.expect(204);
        problem(phone.get(&other, "/auth/me").await, 401, "does not work");
        problem(other.refresh(&phone.refresh).await, 401, "does not work");
        problem(log_out(&other, &phone).await, 401, "does not work");
        tablet.get(&other, "/auth/me").await.expect(200);
        dana.get(&other, "/auth/me").await.expect(200);
        assert_eq!((roll.count("auth.mobile.ended").await, roll.count("auth.session.ended").await), (1, 0));
    }

    async fn of_log_outs_at_once_on_two_replicas_one_is_audited(roll: Roll) {
        let (dana, other) = (roll.person("dana").await, roll.replica().await);
        let phone = roll.mobile(&dana).await;
        let (roll, other) = (Arc::new(roll), Arc::new(other));
        let mut tries = JoinSet::new();
        for number in 0..8 {
            let (at, phone) = (Arc::clone(if number % 2 == 0 { &roll } else { &other }), phone.clone());
            tries.spawn(async move { log_out(&at, &phone).await.expect_one_of(&[204, 401]).status.as_u16() });
        }
        assert!(tries.join_all().await.contains(&204));
        assert_eq!((roll.count("auth.mobile.ended").await, roll.live(&dana).await), (1, Vec::new()));
    }

    async fn one_sign_in_too_many_ends_the_oldest(roll: Roll) {
        let dana = roll.person("dana").await;
        let oldest = roll.mobile(&dana).await;
        let next = roll.mobile(&dana).await;
        for _ in 2..=mobile::MOST {
            roll.mobile(&dana).await;
        }
        problem(oldest.get(&roll, "/auth/me").await, 401, "does not work");
        next.get(&roll, "/auth/me").await.expect(200);
        assert_eq!(roll.live(&dana).await, [("refresh_tokens", mobile::MOST)]);
    }

    async fn the_key_is_changed_without_ending_what_the_old_one_signed(roll: Roll) {
        const FRESH: &str = "another-jwt-secret-of-the-tests-0002";
        let dana = roll.person("dana").await;
        let phone = roll.mobile(&dana).await;
        let issuer = roll.origin.clone();
        let changed = roll.replica_with(|shared| {
            shared.jwt = jwt::Keys::new(&issuer, &[FRESH.into(), JWT_SECRET.into()]);
        });
        let changed = changed.await;
        phone.get(&changed, "/auth/me").await.expect(200);
        let moved = Phone::of(&changed.refresh(&phone.refresh).await.expect(200));
        moved.get(&changed, "/auth/me").await.expect(200);
        problem(moved.get(&roll, "/auth/me").await, 401, "does not work");
        let done = roll.replica_with(|shared| shared.jwt = jwt::Keys::new(&issuer, &[FRESH.into()])).await;
        problem(phone.get(&done, "/auth/me").await, 401, "does not work");
        moved.get(&done, "/auth/me").await.expect(200);
    }

    async fn what_an_app_sends_is_refused_by_field(roll: Roll) {
        let long = "x".repeat(129);
        for (path, body, field) in [
            ("/api/mobile/token", json!({ "codeVerifier": VERIFIER, "device": "x" }), "code"),
            ("/api/mobile/token", json!({ "code": "x", "codeVerifier": "short", "device": "x" }), "codeVerifier"),
            ("/api/mobile/token", json!({ "code": "x", "codeVerifier": long, "device": "x" }), "codeVerifier"),
            ("/api/mobile/token", json!({ "code": "x", "codeVerifier": VERIFIER, "device": "" }), "device"),
            ("/api/mobile/token", json!({ "code": ["x"], "codeVerifier": VERIFIER, "device": "x" }), "code"),
            ("/api/mobile/refresh", json!({}), "refreshToken"),
            ("/api/mobile/refresh", json!({ "refreshToken": "x".repeat(3_000) }), "refreshToken"),
            ("/api/mobile/refresh", json!({ "refreshToken": "x", "device": "y" }), "device"),
        ] {
            let answer = problem(roll.ask(path, &body).await, 400, field);
            assert_eq!(answer.body["errors"][0]["field"], field);
        }
    }

    async fn who_is_refused_too_often_is_told_when_to_come_again_and_good_tokens_still_work(roll: Roll) {
        let (dana, other) = (roll.person("dana").await, roll.replica().await);
        let phone = roll.mobile(&dana).await;
        for number in 0..mobile::REFUSALS.most {
            let at = if number % 2 == 0 { &roll } else { &other };
            problem(at.refresh("nobody-made-this").await, 401, "does not work");
        }
        let limited = problem(other.exchange("nobody-made-this", VERIFIER).await, 429, "Too many");
        assert!((1..=901).contains(&limited.header("retry-after").parse::<u32>().expect("whole seconds")));
        let phone = Phone::of(&other.refresh(&phone.refresh).await.expect(200));
        let good = roll.exchange(&roll.code_for(&dana).await, VERIFIER).await;
        good.expect(200);
        roll.wait(Duration::from_mins(15));
        problem(roll.refresh("nobody-made-this").await, 401, "does not work");
        phone.get(&roll, "/auth/me").await.expect(401);
    }

    async fn a_family_that_is_refreshed_all_the_time_has_to_wait(roll: Roll) {
        let dana = roll.person("dana").await;
        let mut phone = roll.mobile(&dana).await;
        for _ in 0..mobile::REFRESHES.most {
            phone = Phone::of(&roll.refresh(&phone.refresh).await.expect(200));
        }
        problem(roll.refresh(&phone.refresh).await, 429, "too often").header("retry-after");
        phone.get(&roll, "/auth/me").await.expect(200);
        roll.wait(Duration::from_mins(15));
        roll.refresh(&phone.refresh).await.expect(200);
    }

    async fn what_has_long_gone_by_is_swept(roll: Roll) {
        let dana = roll.person("dana").await;
        roll.code_for(&dana).await;
        roll.mobile(&dana).await;
        let rows = "select cast((select count(*) from refresh_tokens) + (select count(*) from login_attempts) as text)";
        let sweep = async |wait: Duration| {
            roll.wait(wait);
            let ctx = Ctx::job("retention", roll.clock.now());
            retention::sweep(roll.db(), &ctx, Duration::from_hours(90 * 24)).await.expect("swept");
            roll.sql_one(rows).await
        };
        assert_eq!(sweep(Duration::from_hours(23)).await, "3");
        assert_eq!(sweep(mobile::LIFETIME).await, "1", "the codes are gone, why the phone was signed out is not");
        assert_eq!(sweep(retention::SIGN_INS_KEPT).await, "0");
    }
}
