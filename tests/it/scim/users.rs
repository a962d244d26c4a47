//! `/Users`.

use serde_json::json;

use crate::harness::{facts, patch, person};

facts! {
    async fn a_person_is_created_and_read_back(roll: Roll) {
        let made = roll.post("/Users", &person("dana")).await.expect(201);
        assert_eq!(made.body["userName"], "dana@example.com");
        assert_eq!(made.body["active"], true);
        assert!(made.body.get("password").is_none());
        let location = made.header("location").to_owned();
        assert_eq!(location, made.body["meta"]["location"]);
        let read = roll.get(&format!("/Users/{}", made.id())).await.expect(200);
        assert_eq!(read.body, made.body);
        assert_eq!(read.header("etag"), "W/\"1\"");
        assert_eq!(roll.actions().await, ["user.created"]);
    }

    async fn a_profile_put_is_answered_with_the_person_and_audited_once(roll: Roll) {
        let id = roll.person("dana").await;
        let mut body = person("dana");
        body["title"] = "Incident Manager".into();
        let changed = roll.put(&format!("/Users/{id}"), &body).await.expect(200);
        assert_eq!(changed.body["title"], "Incident Manager");
        roll.put(&format!("/Users/{id}"), &body).await.expect(200);
        assert_eq!(roll.actions().await, ["user.created", "user.updated"]);
        let (before, after, _) = roll.last_audit("user.updated").await;
        assert_eq!(before, json!({ "title": null }));
        assert_eq!(after, json!({ "title": "Incident Manager" }));
    }

    async fn a_patch_without_a_path_deactivates(roll: Roll) {
        let id = roll.person("dana").await;
        let body = patch(json!([{ "op": "replace", "value": { "active": false } }]));
        let changed = roll.patch(&format!("/Users/{id}"), &body).await.expect(200);
        assert_eq!(changed.body["active"], false);
        assert_eq!(roll.actions().await, ["user.created", "user.deactivated"]);
    }
}
