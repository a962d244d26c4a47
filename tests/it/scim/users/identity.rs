//! Whose row it is: who comes back, who comes new to an old address, and what an externalId binds.

use serde_json::{Value, json};

use super::shown;
use crate::harness::{Roll, facts, patch, person};

/// Somebody with a title who was deactivated; gives the SCIM id.
async fn departed(roll: &Roll, name: &str) -> String {
    let mut body = person(name);
    body["title"] = "Old title".into();
    let id = roll.post("/Users", &body).await.expect(201).id();
    body["active"] = false.into();
    roll.put(&format!("/Users/{id}"), &body).await.expect(200);
    id
}

/// What of a row binds and places it.
async fn placed(roll: &Roll, id: &str) -> [Option<String>; 4] {
    [
        roll.user_says(id, "okta_id").await,
        roll.user_says(id, "external_id").await,
        roll.user_says(id, "user_name").await,
        roll.user_says(id, &format!("case when scim_id is not null then {} end", roll.uuid_text("scim_id"))).await,
    ]
}

fn texts<const N: usize>(texts: [Option<&str>; N]) -> [Option<String>; N] {
    texts.map(|text| text.map(str::to_owned))
}

facts! {
    async fn who_comes_back_is_the_same_person_with_a_new_profile(roll: Roll) {
        let id = departed(&roll, "dana").await;
        let team = roll.group("payments", &[&id]).await;
        let mut body = person("dana");
        body["userName"] = "dana.lund@example.com".into();
        body["nickName"] = "Dee".into();
        let back = roll.post("/Users", &body).await.expect(201);
        assert_eq!((back.id(), &back.body["active"]), (id.clone(), &json!(true)));
        assert_eq!((back.body.get("title"), &back.body["nickName"]), (None, &json!("Dee")));
        assert_eq!(back.header("location"), back.body["meta"]["location"]);
        assert_eq!(shown(&roll, &id).await["userName"], "dana.lund@example.com");
        assert_eq!(roll.members(&team).await, [id]);
        let actions = roll.actions().await;
        assert!(actions.ends_with(&["user.reprovisioned".into(), "user.reactivated".into()]), "{actions:?}");
    }

    async fn who_comes_back_under_a_new_address_has_proven_nothing(roll: Roll) {
        let id = departed(&roll, "dana").await;
        roll.set_user(&id, "email_verified = true").await;
        let mut body = person("dana");
        body["emails"][0]["value"] = "dana.lund@example.com".into();
        assert_eq!(roll.post("/Users", &body).await.expect(201).id(), id);
        let verified = "case when email_verified then 'yes' else 'no' end";
        assert_eq!(roll.user_says(&id, verified).await.as_deref(), Some("no"));
        assert_eq!(roll.severity("user.email.changed").await, "HIGH");
    }

    async fn who_comes_back_without_access_stays_without(roll: Roll) {
        let id = departed(&roll, "dana").await;
        let mut body = person("dana");
        body["active"] = false.into();
        let back = roll.post("/Users", &body).await.expect(201);
        assert_eq!((back.id(), &back.body["active"]), (id.clone(), &json!(false)));
        assert_eq!(roll.live(&id).await, []);
        assert_eq!(roll.actions().await, ["user.created", "user.deactivated", "user.reprovisioned"]);
    }

    async fn nobody_else_comes_back_under_a_departed_name(roll: Roll) {
        let id = departed(&roll, "dana").await;
        let before = shown(&roll, &id).await;
        for external_id in [json!("00uother"), json!("00uDANA"), json!(null)] {
            let mut body = person("dana");
            body["externalId"] = external_id;
            roll.post("/Users", &body).await.refused(409, Some("uniqueness"), "userName is already taken");
        }
        assert_eq!(shown(&roll, &id).await, before);
    }

    async fn who_is_still_here_does_not_come_back(roll: Roll) {
        let id = roll.person("dana").await;
        let mut body = person("dana");
        body["title"] = "New title".into();
        roll.post("/Users", &body).await.refused(409, Some("uniqueness"), "userName is already taken");
        body["userName"] = "else@example.com".into();
        roll.post("/Users", &body).await.refused(409, Some("uniqueness"), "externalId already belongs");
        assert_eq!(shown(&roll, &id).await.get("title"), None);
    }

    async fn who_comes_back_cannot_take_a_living_name(roll: Roll) {
        let id = departed(&roll, "dana").await;
        roll.person("other").await;
        let mut body = person("dana");
        body["userName"] = "other@example.com".into();
        roll.post("/Users", &body).await.refused(409, Some("uniqueness"), "userName is already taken");
        assert_eq!(shown(&roll, &id).await["active"], false);
    }

    async fn a_recycled_address_is_a_new_person_who_inherits_nothing(roll: Roll) {
        for name in ["put", "patch"] {
            let id = roll.person(name).await;
            let team = roll.group(name, &[&id]).await;
            roll.let_in(&id).await;
            roll.set_user(&id, "platform_role = 'PLATFORM_ADMIN', email_verified = true").await;
            recycle(&roll, &id, name).await;
            let row = roll.row_of(&id).await;
            assert_ne!(row, id);
            let successor = format!("00unew{name}");
            assert_eq!(placed(&roll, &row).await[..2], texts([Some(&successor), Some(&successor)]));
            assert_eq!(placed(&roll, &id).await[2..], [None, None]);
            assert_eq!(roll.user_says(&id, "okta_id").await, Some(format!("00u{name}")));
            assert_eq!((roll.live(&row).await, roll.live(&id).await), (vec![], vec![]));
            assert_eq!(roll.members(&team).await, [""; 0]);
            assert_eq!(roll.sql("select role from team_members").await.len(), 0);
            assert_eq!(shown(&roll, &id).await["groups"], json!([]));
            assert_eq!(roll.user_says(&row, "platform_role").await.as_deref(), Some("USER"));
            let verified = "case when email_verified then 'yes' else 'no' end";
            assert_eq!(roll.user_says(&row, verified).await.as_deref(), Some("no"));
            assert_eq!(roll.find(&format!("userName eq \"{name}@example.com\"")).await.body["totalResults"], 1);
        }
    }

    async fn a_recycled_address_is_audited_high_with_both_people(roll: Roll) {
        let id = roll.person("dana").await;
        recycle(&roll, &id, "put").await;
        let row = roll.row_of(&id).await;
        assert_eq!(roll.severity("user.replaced").await, "HIGH");
        let (before, _, detail) = roll.last_audit("user.replaced").await;
        assert_eq!((&before["scimId"], &detail["successor"]), (&json!(id), &json!(row)));
        assert_eq!(roll.last_audit("user.created").await.2["predecessor"], id);
        let about = |id: &str| format!("select action from audit_events where user_id = {} order by at, id", roll.uuid(id));
        let old: Vec<_> = roll.sql(&about(&id)).await.into_iter().flatten().flatten().collect();
        assert_eq!(old, ["user.created", "user.deactivated", "user.replaced"]);
        assert_eq!(roll.sql(&about(&row)).await.len(), 1);
    }

    async fn a_newcomer_who_is_not_said_to_be_active_is_not(roll: Roll) {
        let id = departed(&roll, "dana").await;
        let mut body = person("dana");
        body["externalId"] = "00unew".into();
        body.as_object_mut().expect("an object").remove("active");
        assert_eq!(roll.put(&format!("/Users/{id}"), &body).await.expect(200).body["active"], false);
        assert_ne!(roll.row_of(&id).await, id);
    }

    async fn who_was_replaced_comes_back_as_themselves(roll: Roll) {
        let id = roll.person("dana").await;
        recycle(&roll, &id, "put").await;
        let newcomer = roll.row_of(&id).await;
        let mut body = person("dana");
        body["userName"] = "dana2@example.com".into();
        let back = roll.post("/Users", &body).await.expect(201);
        assert_ne!(back.id(), id);
        assert_eq!(roll.row_of(&back.id()).await, id);
        assert_eq!(roll.row_of(&id).await, newcomer);
    }

    async fn a_recycled_address_never_goes_back_to_an_old_version(roll: Roll) {
        let id = roll.person("dana").await;
        recycle(&roll, &id, "put").await;
        let before = shown(&roll, &id).await;
        for tag in ["W/\"1\"", "W/\"2\""] {
            let stale = roll.with_body(reqwest::Method::PUT, &format!("/Users/{id}"), &person("dana"));
            roll.send(stale.header("if-match", tag)).await.refused(412, None, "read it again");
        }
        assert_eq!(shown(&roll, &id).await, before);
    }

    async fn the_same_newcomer_again_changes_nothing(roll: Roll) {
        let id = roll.person("dana").await;
        recycle(&roll, &id, "put").await;
        let (row, before) = (roll.row_of(&id).await, shown(&roll, &id).await);
        let said = roll.actions().await;
        assert_eq!(roll.put(&format!("/Users/{id}"), &before).await.expect(200).body, before);
        assert_eq!((roll.row_of(&id).await, roll.actions().await), (row, said));
    }

    async fn a_newcomer_with_a_taken_external_id_is_refused_and_nothing_moves(roll: Roll) {
        roll.person("other").await;
        let id = departed(&roll, "dana").await;
        let before = (shown(&roll, &id).await, placed(&roll, &id).await);
        let mut body = person("dana");
        body["externalId"] = "00uother".into();
        roll.put(&format!("/Users/{id}"), &body).await.refused(409, Some("uniqueness"), "externalId");
        assert_eq!((shown(&roll, &id).await, placed(&roll, &id).await), before);
    }

    async fn another_identity_on_an_active_row_is_told_and_binds_nothing(roll: Roll) {
        let id = roll.person("dana").await;
        let mut body = person("dana");
        body["externalId"] = "00uother".into();
        let changed = roll.put(&format!("/Users/{id}"), &body).await.expect(200);
        assert_eq!((changed.id(), &changed.body["externalId"]), (id.clone(), &json!("00uother")));
        let bound = texts([Some("00udana"), Some("00uother"), Some("dana@example.com"), Some(&id)]);
        assert_eq!(placed(&roll, &id).await, bound);
        assert_eq!(roll.severity("identity.mismatch").await, "HIGH");
        roll.put(&format!("/Users/{id}"), &body).await.expect(200);
        assert_eq!(roll.actions().await, ["user.created", "identity.mismatch", "user.updated"]);
    }

    async fn switching_a_mismatched_person_off_again_changes_nothing(roll: Roll) {
        let id = roll.person("dana").await;
        let mut body = person("dana");
        body["externalId"] = "00uother".into();
        body["active"] = false.into();
        let off = roll.put(&format!("/Users/{id}"), &body).await.expect(200).body;
        let said = roll.actions().await;
        assert_eq!(roll.put(&format!("/Users/{id}"), &body).await.expect(200).body, off);
        let again = patch(json!([{ "op": "replace", "value": { "active": false } }]));
        assert_eq!(roll.patch(&format!("/Users/{id}"), &again).await.expect(200).body, off);
        assert_eq!((roll.row_of(&id).await, roll.actions().await), (id, said));
    }

    async fn switching_a_mismatched_person_on_again_makes_the_new_person(roll: Roll) {
        for name in ["put", "patch"] {
            let id = roll.person(name).await;
            let mut body = person(name);
            body["externalId"] = format!("00unew{name}").into();
            roll.put(&format!("/Users/{id}"), &body).await.expect(200);
            recycle(&roll, &id, name).await;
            let row = roll.row_of(&id).await;
            assert_ne!(row, id);
            assert_eq!(roll.user_says(&row, "okta_id").await, Some(format!("00unew{name}")));
            assert_eq!(roll.user_says(&id, "okta_id").await, Some(format!("00u{name}")));
        }
    }

    async fn an_identity_is_bound_once(roll: Roll) {
        let mut body = person("dana");
        body["externalId"] = Value::Null;
        let id = roll.post("/Users", &body).await.expect(201).id();
        assert_eq!(roll.user_says(&id, "okta_id").await, None);
        for external_id in [json!("00ufirst"), json!("00usecond"), json!(null), json!("00ufirst")] {
            body["externalId"] = external_id;
            roll.put(&format!("/Users/{id}"), &body).await.expect(200);
            assert_eq!(roll.user_says(&id, "okta_id").await.as_deref(), Some("00ufirst"));
        }
        let remove = patch(json!([{ "op": "remove", "path": "externalId" }]));
        roll.patch(&format!("/Users/{id}"), &remove).await.expect(200);
        assert_eq!(roll.user_says(&id, "okta_id").await.as_deref(), Some("00ufirst"));
    }

    async fn a_bound_identity_is_nobody_elses_external_id(roll: Roll) {
        let id = roll.person("dana").await;
        let mut body = person("dana");
        body["externalId"] = Value::Null;
        roll.put(&format!("/Users/{id}"), &body).await.expect(200);
        let mut other = person("other");
        other["externalId"] = "00udana".into();
        roll.post("/Users", &other).await.refused(409, Some("uniqueness"), "externalId already belongs");
        assert_eq!(roll.actions().await, ["user.created", "user.updated"]);
    }
}

/// Switches a person off, then lets another identity come to the row by this method.
async fn recycle(roll: &Roll, id: &str, method: &str) {
    let path = format!("/Users/{id}");
    let off = patch(json!([{ "op": "replace", "value": { "active": false } }]));
    let mut body = roll.patch(&path, &off).await.expect(200).body;
    let new = format!("00unew{method}");
    body["externalId"] = new.as_str().into();
    body["active"] = true.into();
    let operations = patch(json!([{ "op": "replace", "value": { "externalId": new, "active": true } }]));
    let answer = if method == "put" { roll.put(&path, &body).await } else { roll.patch(&path, &operations).await };
    let answer = answer.expect(200);
    assert_eq!((answer.id().as_str(), &answer.body["active"]), (id, &json!(true)));
}
