//! Tokens given by the environment.

use reqwest::Method;
use rollcall::access::scim_tokens;
use rollcall::app::{self, StartError};
use rollcall::config::Config;
use rollcall::ctx::Ctx;
use rollcall::error::Error;
use serde_json::Value;

use crate::harness::{HOOK_SECRET, Roll, facts};

const FIRST: &str = "a-value-of-our-own-that-is-long-enough-1";
const SECOND: &str = "a-value-of-our-own-that-is-long-enough-2";

/// Starts a service on the same store, with this token in its environment.
async fn start_with(roll: &Roll, token: Option<&str>) -> Result<(), StartError> {
    let mut vars = vec![("DATABASE_URL".to_owned(), roll.database_url().to_owned())];
    vars.push(("OKTA_WEBHOOK_SECRET".to_owned(), HOOK_SECRET.to_owned()));
    vars.extend(token.map(|token| ("SCIM_BEARER_TOKEN".to_owned(), token.to_owned())));
    let config = Config::from_vars(vars.into_iter()).expect("a configuration without faults");
    app::build(roll.db().clone(), &config, roll.origin.clone()).await.map(|_| ())
}

async fn opens(roll: &Roll, token: &str) -> bool {
    let request = roll.request(Method::GET, "/scim/v2/Users").bearer_auth(token);
    roll.send(request).await.status.is_success()
}

/// Revokes the one token of the environment that still works.
async fn revoke(roll: &Roll) {
    let id = roll.sql_one("select key_id from scim_tokens where origin = 'environment' and expires_at is null").await;
    let ctx = Ctx::cli(roll.clock.now());
    let revoked = roll.db().unit(&ctx, &id, |tx, id| Box::pin(scim_tokens::revoke(tx, id))).await;
    assert!(revoked.expect("revoked").ended_at.is_some());
}

facts! {
    async fn a_token_of_the_environment_opens_and_is_told_once(roll: Roll) {
        for _ in 0..2 {
            start_with(&roll, Some(FIRST)).await.expect("a start");
        }
        assert!(opens(&roll, FIRST).await);
        let told = roll.sql("select id from (select action as id from audit_events where action = 'scim.token.created') t").await;
        assert_eq!(told.len(), 2, "the harness's own and this one");
    }

    async fn another_value_ends_the_one_before_and_may_be_taken_back(roll: Roll) {
        start_with(&roll, Some(FIRST)).await.expect("a start");
        start_with(&roll, Some(SECOND)).await.expect("a start");
        assert_eq!((opens(&roll, FIRST).await, opens(&roll, SECOND).await), (false, true));
        start_with(&roll, Some(FIRST)).await.expect("a start");
        assert_eq!((opens(&roll, FIRST).await, opens(&roll, SECOND).await), (true, false));
        start_with(&roll, None).await.expect("a start");
        assert_eq!((opens(&roll, FIRST).await, opens(&roll, SECOND).await), (false, false));
    }

    async fn a_token_of_the_environment_is_not_rotated_since_a_start_would_undo_it(roll: Roll) {
        start_with(&roll, Some(FIRST)).await.expect("a start");
        let id = roll.sql_one("select key_id from scim_tokens where origin = 'environment' and expires_at is null").await;
        let (ctx, work) = (Ctx::cli(roll.clock.now()), (&roll.app.key, id));
        let rotated = roll.db().unit(&ctx, &work, |tx, (key, id)| {
            Box::pin(async move { scim_tokens::rotate(tx, key, id, std::time::Duration::ZERO).await.map(|_| ()) })
        });
        assert!(matches!(rotated.await, Err(Error::Conflict(_))));
        assert!(opens(&roll, FIRST).await);
    }

    async fn a_revoked_token_stays_revoked_and_the_start_says_so(roll: Roll) {
        start_with(&roll, Some(FIRST)).await.expect("a start");
        revoke(&roll).await;
        let refusal = start_with(&roll, Some(FIRST)).await.expect_err("a refusal");
        assert!(refusal.to_string().contains("SCIM_BEARER_TOKEN"), "{refusal}");
        assert!(!opens(&roll, FIRST).await);
    }

    async fn a_value_that_looks_like_one_of_ours_opens_too(roll: Roll) {
        let lookalike = format!("rc_scim_abcdef_{}", "0".repeat(40));
        start_with(&roll, Some(&lookalike)).await.expect("a start");
        assert!(opens(&roll, &lookalike).await);
        let (_, _, detail) = roll.last_audit("scim.token.created").await;
        assert_eq!(detail["prefix"], Value::from("SCIM_BEARER_TOKEN"));
    }
}
