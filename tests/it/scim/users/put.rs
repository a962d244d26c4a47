//! `PUT /Users/{id}`: the main path of Okta's custom apps.

use serde_json::{Value, json};

use super::{dana, shown};
use crate::harness::{facts, fixture, meant, patch, person};

facts! {
    async fn a_profile_put_is_answered_with_the_person_and_audited_once(roll: Roll) {
        let id = roll.person("dana").await;
        let mut body = person("dana");
        body["title"] = "Incident Manager".into();
        let changed = roll.put(&format!("/Users/{id}"), &body).await.expect(200);
        assert_eq!(changed.body["title"], "Incident Manager");
        let again = roll.put(&format!("/Users/{id}"), &body).await.expect(200);
        assert_eq!(again.body, changed.body);
        assert_eq!(again.header("etag"), "W/\"2\"");
        assert_eq!(roll.actions().await, ["user.created", "user.updated"]);
        let (before, after, _) = roll.last_audit("user.updated").await;
        assert_eq!(before, json!({ "title": null }));
        assert_eq!(after, json!({ "title": "Incident Manager" }));
    }

    async fn our_own_answer_put_back_changes_nothing(roll: Roll) {
        let mut body = fixture("okta/scim/user-create-full", &[("user:dana", "dana")]);
        body["shoeSize"] = json!({ "eu": 43 });
        body["urn:okta:x:1.0:user:custom"] = json!({ "badge": "teal" });
        let id = roll.post("/Users", &body).await.expect(201).id();
        let read = shown(&roll, &id).await;
        let answer = roll.put(&format!("/Users/{id}"), &read).await.expect(200);
        assert_eq!(answer.body, read);
        assert_eq!(answer.header("etag"), "W/\"1\"");
        assert_eq!(roll.actions().await, ["user.created"]);
    }

    async fn unknown_keys_of_a_stale_echo_are_harmless(roll: Roll) {
        let id = roll.person("dana").await;
        let mut echo = shown(&roll, &id).await;
        let more = json!({ "totalResults": 1, "itemsPerPage": 1, "Resources": [{ "id": "x", "active": false }] });
        echo.as_object_mut().expect("an object").extend(more.as_object().expect("an object").clone());
        echo["meta"]["version"] = "W/\"77\"".into();
        echo["title"] = "Engineer".into();
        let answer = roll.put(&format!("/Users/{id}"), &echo).await.expect(200);
        assert_eq!((&answer.body["active"], &answer.body["title"]), (&json!(true), &json!("Engineer")));
        let again = shown(&roll, &id).await;
        roll.put(&format!("/Users/{id}"), &again).await.expect(200);
        assert_eq!(roll.actions().await, ["user.created", "user.updated"]);
    }

    async fn an_echoed_list_is_refused_by_what_it_lacks_and_changes_nothing(roll: Roll) {
        let id = dana(&roll).await;
        let before = shown(&roll, &id).await;
        let list = fixture("okta/scim/user-put-echoed-list", &[("user:dana", &id)]);
        roll.put(&format!("/Users/{id}"), &list).await.refused(400, Some("invalidValue"), "userName is required");
        assert_eq!(shown(&roll, &id).await, before);
        assert_eq!(roll.actions().await, ["user.created"]);
    }

    async fn absent_null_and_empty_attributes_are_cleared(roll: Roll) {
        let id = dana(&roll).await;
        let path = format!("/Users/{id}");
        let full = shown(&roll, &id).await;
        for shape in ["absent", "empty-string", "null", "lists"] {
            roll.put(&path, &full).await.expect(200);
            let body = fixture(&format!("okta/scim/user-put-clear-{shape}"), &[("user:dana", &id)]);
            let cleared = roll.put(&path, &body).await.expect(200).body;
            for gone in ["title", "phoneNumbers", "addresses"] {
                assert_eq!(cleared.get(gone), None, "{shape}");
            }
            assert_eq!(cleared.get("displayName").is_some(), shape == "lists", "{shape}");
            assert_eq!(shown(&roll, &id).await, cleared);
        }
    }

    async fn a_put_without_active_never_reactivates(roll: Roll) {
        let id = dana(&roll).await;
        let path = format!("/Users/{id}");
        let body = fixture("okta/scim/user-put-without-active", &[("user:dana", &id)]);
        assert_eq!(roll.put(&path, &body).await.expect(200).body["active"], true);
        let mut off = body.clone();
        off["active"] = false.into();
        roll.put(&path, &off).await.expect(200);
        for silence in [None, Some(Value::Null), Some(json!(""))] {
            let mut body = body.clone();
            if let Some(silence) = silence {
                body["active"] = silence;
            }
            assert_eq!(roll.put(&path, &body).await.expect(200).body["active"], false);
        }
        assert_eq!(roll.actions().await, ["user.created", "user.phone.changed", "user.updated", "user.deactivated"]);
    }

    async fn an_absent_external_id_is_kept_and_an_empty_one_cleared(roll: Roll) {
        let id = roll.person("dana").await;
        let path = format!("/Users/{id}");
        for empty in [json!(null), json!("")] {
            let mut body = person("dana");
            roll.put(&path, &body).await.expect(200);
            body.as_object_mut().expect("an object").remove("externalId");
            assert_eq!(roll.put(&path, &body).await.expect(200).body["externalId"], "00udana");
            body["externalId"] = empty;
            assert_eq!(roll.put(&path, &body).await.expect(200).body.get("externalId"), None);
            assert_eq!(roll.user_says(&id, "okta_id").await.as_deref(), Some("00udana"));
        }
    }

    async fn a_stale_formatted_name_is_made_anew(roll: Roll) {
        let id = dana(&roll).await;
        let body = fixture("okta/scim/user-put-stale-formatted", &[("user:dana", &id)]);
        let changed = roll.put(&format!("/Users/{id}"), &body).await.expect(200).body;
        let name = json!({ "formatted": "Danielle Okoye", "familyName": "Okoye", "givenName": "Danielle" });
        assert_eq!(changed["name"], name);
    }

    async fn every_other_shape_that_okta_puts_is_kept_as_it_was_meant(roll: Roll) {
        let id = dana(&roll).await;
        let team = roll.group("payments", &[]).await;
        for shape in ["profile", "password", "groups-filled", "entitlements"] {
            let filled = [("user:dana", id.as_str()), ("group:payments", team.as_str())];
            let sent = fixture(&format!("okta/scim/user-put-{shape}"), &filled);
            let changed = roll.put(&format!("/Users/{id}"), &sent).await.expect(200).body;
            assert_eq!(meant(&changed), meant(&sent), "{shape}");
            assert_eq!(changed["groups"], json!([]), "{shape}");
            assert_eq!(changed["roles"][0]["value"], "USER", "{shape}");
        }
        assert_eq!(roll.members(&team).await, [""; 0]);
    }

    async fn okta_deactivates_and_reactivates_the_same_person(roll: Roll) {
        let tomas = fixture("okta/scim/user-create-trimmed", &[]);
        let id = roll.post("/Users", &tomas).await.expect(201).id();
        for (shape, active) in [("deactivate", false), ("deactivate", false), ("reactivate", true)] {
            let body = fixture(&format!("okta/scim/user-put-{shape}"), &[("user:tomas", &id)]);
            let changed = roll.put(&format!("/Users/{id}"), &body).await.expect(200);
            assert_eq!((changed.id(), &changed.body["active"]), (id.clone(), &json!(active)));
        }
        let actions = ["user.created", "user.updated", "user.deactivated", "user.updated", "user.reactivated"];
        assert_eq!(roll.actions().await, actions);
    }

    async fn a_rename_onto_oneself_is_no_conflict(roll: Roll) {
        let id = roll.person("dana").await;
        let mut body = person("dana");
        body["userName"] = "Dana@Example.com".into();
        let renamed = roll.put(&format!("/Users/{id}"), &body).await.expect(200);
        assert_eq!(renamed.body["userName"], "Dana@Example.com");
        let found = roll.find("userName eq \"dana@example.com\"").await.expect(200);
        assert_eq!(found.body["Resources"][0]["id"], id);
    }

    async fn a_value_that_somebody_else_has_is_refused_and_nothing_changes(roll: Roll) {
        roll.person("other").await;
        let id = roll.person("dana").await;
        let before = shown(&roll, &id).await;
        for (name, value) in [("userName", "OTHER@example.com"), ("externalId", "00uother")] {
            let mut body = person("dana");
            body["title"] = "Changed".into();
            body["active"] = false.into();
            body[name] = value.into();
            roll.put(&format!("/Users/{id}"), &body).await.refused(409, Some("uniqueness"), name);
        }
        assert_eq!(shown(&roll, &id).await, before);
        assert_eq!(roll.actions().await, ["user.created", "user.created"]);
    }

    async fn of_two_taken_values_the_user_name_is_told(roll: Roll) {
        for name in ["other", "third"] {
            roll.person(name).await;
        }
        let path = format!("/Users/{}", roll.person("dana").await);
        for holder in ["00uother", "00uthird"] {
            let mut body = person("other");
            body["externalId"] = holder.into();
            roll.post("/Users", &body).await.refused(409, Some("uniqueness"), "userName is already taken");
            roll.put(&path, &body).await.refused(409, Some("uniqueness"), "userName is already taken");
            let value = json!({ "externalId": holder, "userName": "OTHER@example.com" });
            let change = patch(json!([{ "op": "replace", "value": value }]));
            roll.patch(&path, &change).await.refused(409, Some("uniqueness"), "userName is already taken");
        }
    }

    async fn the_path_decides_whose_row_changes(roll: Roll) {
        let (dana, other) = (roll.person("dana").await, roll.person("other").await);
        let untouched = shown(&roll, &other).await;
        let mut body = person("dana");
        body["id"] = other.as_str().into();
        body["meta"] = untouched["meta"].clone();
        body["title"] = "Changed".into();
        let changed = roll.put(&format!("/Users/{dana}"), &body).await.expect(200);
        assert_eq!((changed.id(), &changed.body["title"]), (dana, &json!("Changed")));
        assert_eq!(shown(&roll, &other).await, untouched);
    }

    async fn a_put_that_is_wrong_changes_nothing(roll: Roll) {
        let id = roll.person("dana").await;
        let before = shown(&roll, &id).await;
        for (name, value) in [("userName", json!(null)), ("emails", json!([7])), ("active", json!("maybe"))] {
            let mut body = person("dana");
            body["title"] = "Changed".into();
            body[name] = value;
            roll.put(&format!("/Users/{id}"), &body).await.refused(400, Some("invalidValue"), name);
        }
        assert_eq!(shown(&roll, &id).await, before);
    }
}
