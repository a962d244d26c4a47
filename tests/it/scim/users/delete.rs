//! `DELETE /Users/{id}`: final, as far as SCIM is concerned.

use serde_json::json;

use super::dana;
use crate::harness::{facts, patch, person};

facts! {
    async fn who_is_deleted_is_not_there_any_more(roll: Roll) {
        let id = roll.person("dana").await;
        let path = format!("/Users/{id}");
        let gone = roll.delete(&path).await.expect(204);
        assert!(gone.body.is_null());
        roll.get(&path).await.refused(404, None, "no user");
        roll.put(&path, &person("dana")).await.refused(404, None, "no user");
        roll.patch(&path, &patch(json!([]))).await.refused(404, None, "no user");
        roll.delete(&path).await.refused(404, None, "no user");
        assert_eq!(roll.get("/Users").await.expect(200).body["totalResults"], 0);
        assert_eq!(roll.find("userName eq \"dana@example.com\"").await.expect(200).body["totalResults"], 0);
        assert_eq!(roll.find(&format!("id eq \"{id}\"")).await.expect(200).body["totalResults"], 0);
    }

    async fn a_deletion_ends_memberships_and_says_each(roll: Roll) {
        let (id, other) = (roll.person("dana").await, roll.person("other").await);
        let mut teams = vec![roll.group("one", &[&id, &other]).await, roll.group("two", &[&id]).await];
        let etag = roll.get(&format!("/Groups/{}", teams[0])).await.header("etag").to_owned();
        roll.delete(&format!("/Users/{id}")).await.expect(204);
        assert_eq!(roll.members(&teams[0]).await, [other]);
        assert_eq!(roll.members(&teams[1]).await, [""; 0]);
        assert_ne!(roll.get(&format!("/Groups/{}", teams[0])).await.header("etag"), etag);
        let team = roll.uuid_text("team_id");
        let said = roll.sql(&format!("select {team} from audit_events where action = 'team.member.removed'")).await;
        let mut said: Vec<String> = said.into_iter().flatten().flatten().collect();
        said.sort();
        teams.sort();
        assert_eq!(said, teams);
        roll.last_audit("user.deleted").await;
        roll.last_audit("user.deactivated").await;
    }

    async fn who_comes_after_a_deletion_is_new_and_inherits_nothing(roll: Roll) {
        let id = roll.person("dana").await;
        let team = roll.group("payments", &[&id]).await;
        roll.delete(&format!("/Users/{id}")).await.expect(204);
        let next = roll.post("/Users", &person("DANA")).await.expect(201);
        assert_ne!(next.id(), id);
        assert_eq!(next.body["groups"], json!([]));
        assert_eq!(roll.members(&team).await, [""; 0]);
        assert_eq!(roll.last_audit("user.created").await.2["predecessor"], id);
        roll.get(&format!("/Users/{id}")).await.expect(404);
    }

    async fn a_deleted_external_id_is_free_again(roll: Roll) {
        let id = roll.person("dana").await;
        roll.delete(&format!("/Users/{id}")).await.expect(204);
        let mut body = person("other");
        body["externalId"] = "00udana".into();
        let next = roll.post("/Users", &body).await.expect(201);
        assert_ne!(next.id(), id);
        assert_eq!(roll.user_says(&next.id(), "okta_id").await.as_deref(), Some("00udana"));
    }

    async fn who_was_inactive_is_deleted_without_a_second_deactivation(roll: Roll) {
        let id = dana(&roll).await;
        let off = patch(json!([{ "op": "replace", "value": { "active": false } }]));
        roll.patch(&format!("/Users/{id}"), &off).await.expect(200);
        roll.delete(&format!("/Users/{id}")).await.expect(204);
        assert_eq!(roll.actions().await, ["user.created", "user.deactivated", "user.deleted"]);
    }
}
