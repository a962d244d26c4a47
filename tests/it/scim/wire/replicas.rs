//! Two servers on one store: what one does, the other knows on its next request.

use reqwest::Method;
use rollcall::access::scim_tokens;
use rollcall::ctx::Ctx;
use rollcall::model::token::{Scope, TokenMode};
use rollcall::model::words::Word;
use serde_json::json;

use crate::harness::{facts, patch, person};

facts! {
    async fn a_token_revoked_on_one_replica_is_refused_by_the_other(roll: Roll) {
        let other = roll.replica().await;
        let token = roll.mint(Scope::ALL, TokenMode::Bearer).await;
        let ask = || other.send(other.request(Method::GET, "/scim/v2/Users").bearer_auth(&token));
        ask().await.expect(200);
        let key_id = token.split('_').nth(2).expect("a public part").to_owned();
        let ctx = Ctx::cli(roll.clock.now());
        roll.db().unit(&ctx, &key_id, |tx, id| Box::pin(scim_tokens::revoke(tx, id))).await.expect("revoked");
        ask().await.refused(401, None, "revoked");
    }

    async fn a_person_deactivated_on_one_replica_is_inactive_on_the_other(roll: Roll) {
        let other = roll.replica().await;
        let path = format!("/Users/{}", roll.person("dana").await);
        assert_eq!(other.get(&path).await.expect(200).body["active"], true);
        roll.patch(&path, &patch(json!([{ "op": "replace", "value": { "active": false } }]))).await.expect(200);
        assert_eq!(other.get(&path).await.expect(200).body["active"], false);
        assert_eq!(other.find("active eq true").await.expect(200).body["totalResults"], 0);
    }

    async fn a_version_moved_by_one_replica_fails_the_others_if_match(roll: Roll) {
        let other = roll.replica().await;
        let path = format!("/Users/{}", roll.person("dana").await);
        let mut body = person("dana");
        body["title"] = "Lead".into();
        roll.put(&path, &body).await.expect(200);
        body["title"] = "Boss".into();
        let late = other.with_body(Method::PUT, &path, &body).header("if-match", "W/\"1\"");
        other.send(late).await.expect(412);
        assert_eq!(other.get(&path).await.expect(200).body["title"], "Lead");
    }
}
