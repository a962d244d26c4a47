//! Whatever a provider, or somebody between, gets wrong: a safe page, a row of the audit, no session.

use rollcall::config::Jit;
use serde_json::{Value, json};

use super::provider::Trick::{
    self, Claim, Header, Hmac as ByHmac, Key, Pss, Silence, Status, Tampered, Text, Unsigned,
};
use super::{Browser, with_okta};
use crate::harness::facts;

const NOON: i64 = 1_772_452_800;

/// What is odd about a token, why it is refused, and how grave that is.
fn oddities() -> Vec<(Vec<Trick>, &'static str)> {
    vec![
        (vec![Claim("iss", json!("https://evil.test"))], "token_issuer"),
        (vec![Claim("iss", Value::Null)], "token_issuer"),
        (vec![Claim("aud", json!("0oaanother"))], "token_audience"),
        (vec![Claim("aud", json!(["0oarollcall", "0oaanother"]))], "token_audience"),
        (vec![Claim("aud", Value::Null)], "token_audience"),
        (vec![Claim("azp", json!("0oaanother"))], "token_party"),
        (vec![Claim("nonce", json!("another"))], "token_nonce"),
        (vec![Claim("nonce", Value::Null)], "token_nonce"),
        (vec![Claim("exp", json!(NOON - 60))], "token_expired"),
        (vec![Claim("exp", json!("9999999999"))], "token_malformed"),
        (vec![Claim("exp", Value::Null)], "token_malformed"),
        (vec![Claim("iat", json!(NOON + 61))], "token_early"),
        (vec![Claim("nbf", json!(NOON + 61))], "token_early"),
        (vec![Claim("sub", Value::Null)], "token_subject"),
        (vec![Claim("sub", json!(["00udana"]))], "token_subject"),
        (vec![Claim("auth_time", json!(NOON + 61))], "token_early"),
        (vec![Claim("auth_time", json!("1772452800"))], "token_malformed"),
        (vec![Unsigned], "token_signature"),
        (vec![Unsigned, Header("alg", json!("none"))], "token_algorithm"),
        (vec![ByHmac, Header("alg", json!("HS256"))], "token_algorithm"),
        (vec![ByHmac], "token_signature"),
        (vec![Pss, Header("alg", json!("PS256"))], "token_algorithm"),
        (vec![Pss], "token_signature"),
        (vec![Key(2)], "token_signature"),
        (vec![Key(2), Header("kid", Value::Null)], "token_signature"),
        (vec![Key(2), Header("kid", json!("key-2"))], "token_key_unknown"),
        (
            vec![Key(2), Header("jku", json!("https://evil.test/keys")), Header("kid", json!("evil"))],
            "token_key_unknown",
        ),
        (vec![Header("crit", json!(["exp"]))], "token_algorithm"),
        (vec![Header("typ", json!("global-token-revocation+jwt"))], "token_kind"),
        (vec![Tampered], "token_signature"),
        (vec![Text("not.a.token".to_owned())], "token_malformed"),
        (vec![Text(String::new())], "token_malformed"),
        (vec![Text("a".repeat(20_000))], "token_malformed"),
        (vec![Status(400, "invalid_grant")], "sign_in_code"),
    ]
}

facts! {
    async fn every_oddity_of_a_token_is_refused_with_a_page_and_a_row(roll: Roll) {
        roll.person("dana").await;
        let (roll, okta) = with_okta(&roll, Jit::On).await;
        okta.person("00udana", "dana");
        for (tricks, reason) in oddities() {
            let what = format!("{tricks:?}");
            okta.trick(tricks);
            let mut browser = Browser::new();
            let status = if reason == "sign_in_code" { 400 } else { 403 };
            browser.sign_in(&roll).await.refused(status, "Begin again");
            let grave = if reason == "sign_in_code" { "WARN" } else { "HIGH" };
            assert_eq!(roll.refusal().await, (reason.to_owned(), grave.to_owned()), "{what}");
            assert!(!browser.is_in(&roll).await, "{what}");
        }
        assert_eq!(roll.sessions().await, 0);
        let rows = roll.actions().await.into_iter().filter(|action| action == "auth.refused").count();
        assert_eq!(rows, oddities().len());
        Browser::new().sign_in(&roll).await.location();
    }

    async fn what_okta_says_no_with_is_never_shown_as_it_is(roll: Roll) {
        let (roll, okta) = with_okta(&roll, Jit::On).await;
        for (error, told) in [("access_denied", json!("access_denied")), ("<script>alert(1)</script>", Value::Null)] {
            okta.inside().error = Some((error, "<script>alert('x')</script><img src=x onerror=alert(1)>"));
            Browser::new().sign_in(&roll).await.refused(403, "Okta did not let you in");
            assert_eq!(roll.refusal().await.0, "sign_in_declined");
            let (_, _, detail) = roll.last_audit("auth.refused").await;
            assert_eq!(detail.get("oktaError").cloned().unwrap_or_default(), told);
        }
        assert_eq!(roll.columns_with("<script").await, Vec::<String>::new());
    }

    async fn an_answer_of_another_issuer_buys_nothing(roll: Roll) {
        let (roll, okta) = with_okta(&roll, Jit::On).await;
        okta.person("00udana", "dana");
        okta.inside().beside = vec![("iss", "https://evil.test".to_owned())];
        Browser::new().sign_in(&roll).await.refused(400, "Begin again");
        assert_eq!(roll.refusal().await, ("sign_in_issuer".to_owned(), "HIGH".to_owned()));
        assert_eq!(okta.asked("token"), 0, "the code went nowhere");
        okta.inside().beside = vec![("iss", okta.origin.clone())];
        Browser::new().sign_in(&roll).await.location();
    }

    async fn a_code_of_another_sign_in_is_refused(roll: Roll) {
        let (roll, okta) = with_okta(&roll, Jit::On).await;
        okta.person("00udana", "dana");
        let (mut victim, mut attacker) = (Browser::new(), Browser::new());
        let (mine, theirs) = (victim.go(&roll, "").await, attacker.go(&roll, "").await);
        let code = |url: &str| url.split("code=").nth(1).expect("a code").split('&').next().expect("a code").to_owned();
        let injected = mine.replace(&code(&mine), &code(&theirs));
        victim.open(&roll, &injected).await.refused(400, "Begin again");
        assert_eq!(roll.refusal().await.0, "sign_in_code", "the challenge of another sign-in");
        assert!(!victim.is_in(&roll).await);
    }

    async fn a_call_without_what_it_must_bring_is_refused_by_field(roll: Roll) {
        let (roll, _okta) = with_okta(&roll, Jit::On).await;
        let state = "0".repeat(64);
        for (query, field) in [
            (String::new(), "state"),
            ("?code=x".to_owned(), "state"),
            (format!("?state={state}"), "code"),
            (format!("?state={state}&state={state}&code=x"), "state"),
            (format!("?state={state}&code=x&code=y"), "code"),
            (format!("?state={state}&code={}", "x".repeat(3000)), "code"),
        ] {
            let url = format!("{}/auth/callback{query}", roll.origin);
            Browser::new().open(&roll, &url).await.refused(400, field);
        }
        assert_eq!(roll.actions().await, Vec::<String>::new());
        let program = roll.send(roll.request(reqwest::Method::GET, "/auth/callback")).await;
        crate::platform::people::problem(program, 400, "state");
    }

    async fn a_silent_token_endpoint_is_not_waited_for_and_the_answer_may_come_again(roll: Roll) {
        roll.person("dana").await;
        let okta = super::provider::FakeProvider::start(&roll.clock).await;
        let mut sign_in = okta.sign_in(Jit::On);
        sign_in.provider.patience = std::time::Duration::from_millis(300);
        let roll = roll.replica_with(|shared| shared.okta_sign_in = Some(sign_in)).await;
        okta.person("00udana", "dana");
        okta.trick(vec![Silence]);
        let mut browser = Browser::new();
        let back = browser.go(&roll, "").await;
        browser.open(&roll, &back).await.refused(503, "break-glass");
        browser.open(&roll, &back).await.location();
    }
}
