//! `/Users`, by what is asked of it.

use serde_json::Value;

use crate::harness::{Roll, facts, fixture};

mod activity;
mod create;
mod delete;
mod identity;
mod invisible;
mod list;
mod patch;
mod put;
mod races;

/// Dana, as Okta's fixtures know her, with a title, a phone and an address; gives the SCIM id.
async fn dana(roll: &Roll) -> String {
    let mut body = fixture("okta/scim/user-create", &[]);
    body["title"] = "Engineer".into();
    body["phoneNumbers"] = serde_json::json!([{ "value": "+1 415 555 0132", "type": "work", "primary": true }]);
    body["addresses"] = serde_json::json!([{ "type": "work", "locality": "Lisboa" }]);
    roll.post("/Users", &body).await.expect(201).id()
}

/// What a person looks like now.
async fn shown(roll: &Roll, id: &str) -> Value {
    roll.get(&format!("/Users/{id}")).await.expect(200).body
}

facts! {
    async fn an_id_that_nobody_has_is_not_found_however_it_is_asked(roll: Roll) {
        let body = crate::harness::person("dana");
        let nothing = crate::harness::patch(serde_json::json!([]));
        for id in [Roll::new_id().as_str(), "42", "dana", "%00", "00000000-0000-0000-0000-000000000000"] {
            let (path, told) = (format!("/Users/{id}"), crate::harness::nothing_with(id, "user"));
            roll.get(&path).await.refused(404, None, &told);
            roll.put(&path, &body).await.refused(404, None, &told);
            roll.patch(&path, &nothing).await.refused(404, None, &told);
            roll.delete(&path).await.refused(404, None, &told);
        }
        assert!(roll.actions().await.is_empty());
    }
}
