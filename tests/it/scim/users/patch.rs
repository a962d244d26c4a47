//! `PATCH /Users/{id}`: what Okta's catalogue apps and Entra send.

use serde_json::{Value, json};

use super::{dana, shown};
use crate::harness::{Roll, facts, fixture, patch, person};

const ENTERPRISE: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";

/// Jonas, as Entra's fixtures know him.
async fn jonas(roll: &Roll, shape: &str) -> String {
    let dana = dana(roll).await;
    roll.post("/Users", &fixture(&format!("entra/{shape}"), &[("user:dana", &dana)])).await.expect(201).id()
}

/// Sends a fixture; gives the person as answered, who must be the person as read.
async fn sent(roll: &Roll, id: &str, name: &str, filled: &[(&str, &str)]) -> Value {
    let answer = roll.patch(&format!("/Users/{id}"), &fixture(name, filled)).await.expect(200);
    assert_eq!(shown(roll, id).await, answer.body);
    answer.body
}

facts! {
    async fn okta_switches_a_person_off_and_on_without_a_path(roll: Roll) {
        let id = dana(&roll).await;
        assert_eq!(sent(&roll, &id, "okta/scim/user-patch-deactivate", &[]).await["active"], false);
        assert_eq!(sent(&roll, &id, "okta/scim/user-patch-reactivate", &[]).await["active"], true);
        assert_eq!(roll.actions().await, ["user.created", "user.deactivated", "user.reactivated"]);
    }

    async fn okta_changes_a_profile_without_a_path(roll: Roll) {
        let id = dana(&roll).await;
        let changed = sent(&roll, &id, "okta/scim/user-patch-profile", &[]).await;
        assert_eq!(changed["title"], "Incident Commander");
        assert_eq!(changed["name"]["formatted"], "Dana Okoye-Lund");
        assert_eq!(changed["addresses"], json!([{ "type": "work", "locality": "Lisboa" }]));
        let (_, after, _) = roll.last_audit("user.updated").await;
        let mut names: Vec<&String> = after.as_object().expect("an object").keys().collect();
        names.sort();
        assert_eq!(names, ["displayName", "name", "title"]);
    }

    async fn a_patch_that_changes_nothing_leaves_no_trace(roll: Roll) {
        let id = dana(&roll).await;
        let before = shown(&roll, &id).await;
        sent(&roll, &id, "okta/scim/user-patch-password", &[]).await;
        sent(&roll, &id, "okta/scim/user-patch-reactivate", &[]).await;
        sent(&roll, &id, "entra/user-patch-roles", &[]).await;
        let nothing = [
            json!([]),
            json!([{ "op": "replace", "path": "title", "value": "Engineer" }]),
            json!([{ "op": "remove", "path": "nickName" }]),
            json!([{ "op": "replace", "value": { "id": "x", "groups": [{ "value": "x" }] } }]),
        ];
        for operations in nothing {
            let answer = roll.patch(&format!("/Users/{id}"), &patch(operations)).await.expect(200);
            assert_eq!(answer.body, before);
            assert_eq!(answer.header("etag"), "W/\"1\"");
        }
        assert_eq!(roll.actions().await, ["user.created"]);
    }

    async fn entra_disables_with_strings_and_booleans(roll: Roll) {
        let id = jonas(&roll, "user-create").await;
        for shape in ["string", "boolean", "flagged"] {
            let off = sent(&roll, &id, &format!("entra/user-patch-disable-{shape}"), &[]).await;
            assert_eq!(off["active"], json!(false), "{shape}");
            assert_eq!(sent(&roll, &id, "entra/user-patch-enable-string", &[]).await["active"], json!(true));
        }
    }

    async fn entra_changes_one_attribute_an_operation(roll: Roll) {
        let id = jonas(&roll, "user-create-full").await;
        let changed = sent(&roll, &id, "entra/user-patch-many-paths", &[]).await;
        assert_eq!(changed["displayName"], "Jonas A. Weber");
        assert_eq!(changed["name"]["formatted"], "Jonas Albrecht Weber");
        assert_eq!(changed["emails"], json!([{ "primary": true, "type": "work", "value": "j.weber@example.com" }]));
        assert_eq!(changed["phoneNumbers"][0]["value"], "+49 30 5550 0163");
        assert_eq!(changed["phoneNumbers"][1], json!({ "type": "mobile", "value": "+49 151 5550 0199" }));
        assert_eq!(changed["addresses"][0]["locality"], "Potsdam");
        assert_eq!(changed[ENTERPRISE]["department"], "Edge Networks");
    }

    async fn a_filtered_path_that_matches_nothing_makes_its_element(roll: Roll) {
        let id = jonas(&roll, "user-create").await;
        let changed = sent(&roll, &id, "entra/user-patch-many-paths", &[]).await;
        assert_eq!(changed["phoneNumbers"], json!([{ "type": "mobile", "value": "+49 151 5550 0199" }]));
        assert_eq!(changed["addresses"], json!([{ "type": "work", "locality": "Potsdam" }]));
        assert_eq!(changed[ENTERPRISE], json!({ "department": "Edge Networks", "employeeNumber": "30093" }));
    }

    async fn an_address_is_added_where_there_was_none(roll: Roll) {
        let mut body = person("jonas");
        body.as_object_mut().expect("an object").remove("emails");
        let id = roll.post("/Users", &body).await.expect(201).id();
        let changed = sent(&roll, &id, "entra/user-patch-add-email", &[]).await;
        assert_eq!(changed["emails"], json!([{ "type": "work", "value": "jonas@example.com", "primary": true }]));
        assert_eq!(roll.user_says(&id, "email").await.as_deref(), Some("jonas@example.com"));
    }

    async fn dotted_and_urn_keys_name_what_they_say(roll: Roll) {
        let id = jonas(&roll, "user-create-full").await;
        let changed = sent(&roll, &id, "entra/user-patch-flagged", &[]).await;
        assert_eq!(changed["name"]["givenName"], "Jonas Albrecht");
        assert_eq!(changed["name"]["familyName"], "Weber-Voss");
        assert_eq!(changed["name"]["formatted"], "Jonas Albrecht Weber-Voss");
        assert_eq!(changed["emails"][0]["value"], "j.weber@example.com");
        assert_eq!(changed[ENTERPRISE]["department"], "Edge Networks");
        assert_eq!(changed[ENTERPRISE]["employeeNumber"], "30093");
        assert_eq!(changed.get("name.givenName"), None);
    }

    async fn a_manager_may_be_a_bare_string(roll: Roll) {
        let id = jonas(&roll, "user-create").await;
        let changed = sent(&roll, &id, "entra/user-patch-manager", &[("user:dana", "x7")]).await;
        assert_eq!(changed[ENTERPRISE], json!({ "manager": { "value": "x7" } }));
    }

    async fn removed_attributes_are_gone(roll: Roll) {
        let id = jonas(&roll, "user-create-full").await;
        let changed = sent(&roll, &id, "entra/user-patch-remove-attributes", &[]).await;
        assert_eq!(changed.get("title"), None);
        assert_eq!(changed[ENTERPRISE].get("manager"), None);
        assert_eq!(changed[ENTERPRISE]["department"], "Networks");
        assert!(!changed["phoneNumbers"].to_string().contains("+49 151"), "{changed}");
        assert_eq!(changed["phoneNumbers"][0]["value"], "+49 30 5550 0163");
        let found = roll.find("phoneNumbers.value co \"+49 151\"").await.expect(200);
        assert_eq!(found.body["totalResults"], 0);
    }

    async fn roles_over_scim_are_passed_over(roll: Roll) {
        let id = jonas(&roll, "user-create").await;
        let before = shown(&roll, &id).await;
        assert_eq!(sent(&roll, &id, "entra/user-patch-roles", &[]).await, before);
        assert_eq!(sent(&roll, &id, "entra/user-patch-roles-primary", &[]).await, before);
        assert_eq!(roll.user_says(&id, "platform_role").await.as_deref(), Some("USER"));
    }

    async fn one_bad_operation_undoes_the_good_ones(roll: Roll) {
        roll.person("other").await;
        let id = dana(&roll).await;
        let before = shown(&roll, &id).await;
        let bad = [
            (json!({ "op": "replace", "path": "userName", "value": "Other@example.com" }), 409, "uniqueness"),
            (json!({ "op": "replace", "path": "externalId", "value": "00uother" }), 409, "uniqueness"),
            (json!({ "op": "replace", "path": "active", "value": "maybe" }), 400, "invalidValue"),
            (json!({ "op": "remove", "path": "userName" }), 400, "mutability"),
            (json!({ "op": "replace", "path": "id", "value": "x" }), 400, "mutability"),
            (json!({ "op": "replace", "path": "emails[type eq", "value": "x" }), 400, "invalidFilter"),
            (json!({ "op": "replace", "path": "emails..value", "value": "x" }), 400, "invalidPath"),
            (json!({ "op": "remove" }), 400, "noTarget"),
            (json!({ "op": "move", "path": "title", "value": "x" }), 400, "invalidSyntax"),
        ];
        for (operation, status, kind) in bad {
            let good = json!({ "op": "replace", "value": { "title": "Changed", "active": false } });
            let body = patch(json!([good, operation]));
            roll.patch(&format!("/Users/{id}"), &body).await.refused(status, Some(kind), "");
        }
        assert_eq!(shown(&roll, &id).await, before);
        assert_eq!(roll.actions().await, ["user.created", "user.created"]);
    }

    async fn a_patch_needs_no_schemas_and_knows_its_keys_in_any_case(roll: Roll) {
        let id = dana(&roll).await;
        let body = json!({ "operations": [{ "OP": "REPLACE", "Path": "TITLE", "Value": "Lead", "name": "x" }] });
        let changed = roll.patch(&format!("/Users/{id}"), &body).await.expect(200);
        assert_eq!(changed.body["title"], "Lead");
    }

    async fn later_operations_see_what_earlier_ones_did(roll: Roll) {
        let id = dana(&roll).await;
        let operations = json!([
            { "op": "add", "path": "emails", "value": [{ "type": "home", "value": "d@home.org" }] },
            { "op": "replace", "path": "emails[type eq \"home\"].value", "value": "dana@home.org" },
            { "op": "remove", "path": "emails[type eq \"work\"]" },
            { "op": "remove", "path": "externalId" },
        ]);
        let changed = roll.patch(&format!("/Users/{id}"), &patch(operations)).await.expect(200).body;
        assert_eq!(changed["emails"], json!([{ "type": "home", "value": "dana@home.org" }]));
        assert_eq!(changed.get("externalId"), None);
        assert_eq!(roll.user_says(&id, "email").await.as_deref(), Some("dana@home.org"));
        assert_eq!(roll.user_says(&id, "okta_id").await.as_deref(), Some("00u4k1r0vd8QmXz2T5d7"));
    }

    async fn a_removed_switch_neither_opens_nor_closes(roll: Roll) {
        let id = dana(&roll).await;
        let remove = patch(json!([{ "op": "remove", "path": "active" }]));
        assert_eq!(roll.patch(&format!("/Users/{id}"), &remove).await.expect(200).body["active"], true);
        sent(&roll, &id, "okta/scim/user-patch-deactivate", &[]).await;
        assert_eq!(roll.patch(&format!("/Users/{id}"), &remove).await.expect(200).body["active"], false);
        assert_eq!(roll.actions().await, ["user.created", "user.deactivated"]);
    }
}
