//! What a sign-in changes is named by the audit, and it says what the page of routes promises.

use std::collections::BTreeSet;

use rollcall::config::Jit;
use rollcall::http::routes;

use super::signing_out::{by_email, tell};
use super::{Browser, with_okta};
use crate::audited::take_audit_away;
use crate::harness::{Roll, facts};
use crate::samples::key;
use crate::shadow;

/// The routes that are driven here.
pub const DRIVEN: &[&str] = &["GET /auth/callback", "POST /auth/global-token-revocation"];

/// Demands that change and audit agree since it was last asked; gives what was said.
async fn agreed(roll: &Roll) -> BTreeSet<String> {
    let (said, changed) = (shadow::said(roll).await, shadow::changed(roll).await);
    assert_eq!(changed, said.rows, "changed (left) and said (right)");
    said.actions
}

/// Demands that a route said what the page promises: no more and no less.
fn said_as_promised(said: &BTreeSet<String>, route: &str) {
    let page = routes();
    let line = page.iter().find(|line| key(line) == route).expect("a route");
    let promised: BTreeSet<String> = line.audits.iter().map(|action| action.code().to_owned()).collect();
    assert_eq!(*said, promised, "said (left) and promised (right) by {route}");
}

facts! {
    async fn signing_in_is_audited_whole(roll: Roll) {
        let planted = roll.signed("mallory").await;
        shadow::watch(&roll).await;
        let (roll, okta) = with_okta(&roll, Jit::On).await;
        let mut said = BTreeSet::new();
        for (sub, name, is_let_in) in [("00uada", "ada", true), ("00uada", "ada", true), ("00ubob", "mallory", false)] {
            okta.person(sub, name);
            let mut browser = Browser::new();
            browser.cookies.insert("rollcall".to_owned(), planted.secret.clone());
            let back = browser.go(&roll, "").await;
            shadow::forget(&roll).await;
            assert_eq!(browser.open(&roll, &back).await.status == 303, is_let_in, "{sub}");
            said.extend(agreed(&roll).await);
        }
        said_as_promised(&said, DRIVEN[0]);
    }

    async fn signing_out_by_okta_is_audited_whole(roll: Roll) {
        let dana = roll.signed("dana").await;
        roll.let_in(&dana.user).await;
        roll.clock.advance(std::time::Duration::from_secs(1));
        shadow::watch(&roll).await;
        let (roll, okta) = with_okta(&roll, Jit::On).await;
        shadow::forget(&roll).await;
        tell(&roll, &okta, &by_email("dana@example.com")).await.expect(204);
        said_as_promised(&agreed(&roll).await, DRIVEN[1]);
    }

    async fn nobody_is_let_in_while_the_audit_cannot_be_written(roll: Roll) {
        roll.person("dana").await;
        let (roll, okta) = with_okta(&roll, Jit::On).await;
        okta.person("00udana", "dana");
        let mut browser = Browser::new();
        let back = browser.go(&roll, "").await;
        take_audit_away(&roll).await;
        browser.open(&roll, &back).await.refused(503, "audit");
        assert_eq!(roll.sessions().await, 0);
        okta.person("00uada", "ada");
        let back = browser.go(&roll, "").await;
        browser.open(&roll, &back).await.refused(503, "audit");
        assert_eq!(roll.sql("select 'x' from users").await.len(), 1);
        roll.clock.advance(std::time::Duration::from_secs(1));
        let dana = crate::platform::people::id(&roll.sql_one(&format!("select {} from users", roll.uuid_text("id"))).await);
        roll.let_in(&dana.to_string()).await;
        tell(&roll, &okta, &by_email("dana@example.com")).await.expect(503);
        assert!(roll.live(&dana.to_string()).await.iter().any(|(table, _)| *table == "sessions"));
        assert!(roll.sql("select 'x' from seen_jti").await.is_empty(), "Okta may come again with it");
    }
}
