//! `POST /Users`.

use serde_json::{Value, json};

use crate::harness::{facts, fixture, meant, patch, person};

const ENTERPRISE: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";

facts! {
    async fn a_person_is_created_and_read_back(roll: Roll) {
        let made = roll.post("/Users", &person("dana")).await.expect(201);
        assert_eq!(made.body["userName"], "dana@example.com");
        assert_eq!(made.body["active"], true);
        assert!(made.body.get("password").is_none());
        let location = made.header("location").to_owned();
        assert_eq!(location, made.body["meta"]["location"]);
        assert_eq!(location, made.header("content-location"));
        let read = roll.get(&format!("/Users/{}", made.id())).await.expect(200);
        assert_eq!(read.body, made.body);
        assert_eq!(read.header("etag"), "W/\"1\"");
        assert_eq!(roll.actions().await, ["user.created"]);
    }

    async fn every_shape_that_okta_posts_is_kept_as_it_was_meant(roll: Roll) {
        let dana = roll.person("dana").await;
        for shape in ["", "-full", "-trimmed", "-two-emails", "-untyped-email", "-without-external-id"] {
            let sent = fixture(&format!("okta/scim/user-create{shape}"), &[("user:dana", &dana)]);
            let made = roll.post("/Users", &sent).await.expect(201);
            let read = roll.get(&format!("/Users/{}", made.id())).await.expect(200);
            assert_eq!(meant(&read.body), with_active(&sent), "{shape}");
        }
    }

    async fn a_namespace_nobody_knows_is_kept_and_given_back(roll: Roll) {
        let sent = fixture("okta/scim/user-create-foreign-namespace", &[]);
        let made = roll.post("/Users", &sent).await.expect(201);
        let read = roll.get(&format!("/Users/{}", made.id())).await.expect(200);
        assert_eq!(read.body["schemas"], sent["schemas"]);
        assert_eq!(meant(&read.body), meant(&sent));
    }

    async fn attributes_nobody_knows_are_kept_and_given_back(roll: Roll) {
        let mut sent = person("dana");
        sent["shoeSize"] = json!(43);
        sent["name"]["nickPart"] = json!("D.");
        sent[ENTERPRISE] = json!({ "department": "Care", "floor": [1, { "wing": "b" }] });
        let made = roll.post("/Users", &sent).await.expect(201);
        let read = roll.get(&format!("/Users/{}", made.id())).await.expect(200);
        assert_eq!(meant(&read.body), meant(&sent));
    }

    async fn what_entra_posts_in_full_is_kept_with_its_manager_as_an_object(roll: Roll) {
        let dana = roll.person("dana").await;
        let mut sent = fixture("entra/user-create-full", &[("user:dana", &dana)]);
        let made = roll.post("/Users", &sent).await.expect(201);
        sent[ENTERPRISE]["manager"] = json!({ "value": dana });
        assert_eq!(meant(&made.body), meant(&sent));
    }

    async fn booleans_that_entra_posts_as_strings_are_booleans(roll: Roll) {
        let made = roll.post("/Users", &fixture("entra/user-create-strings", &[])).await.expect(201);
        assert_eq!(made.body["active"], json!(true));
        assert_eq!(made.body["emails"][0]["primary"], json!(true));
        assert_eq!(made.body["roles"][0]["value"], "USER", "{}", made.body);
        let mut off = fixture("entra/user-create", &[]);
        off["userName"] = "other@example.com".into();
        off["externalId"] = "other".into();
        off["active"] = "False".into();
        assert_eq!(roll.post("/Users", &off).await.expect(201).body["active"], json!(false));
    }

    async fn a_taken_user_name_is_refused_in_any_letter_case(roll: Roll) {
        roll.person("dana").await;
        for name in ["dana@example.com", "DANA@Example.COM", "\u{ff24}ana@example.com"] {
            let mut body = person("other");
            body["userName"] = name.into();
            roll.post("/Users", &body).await.refused(409, Some("uniqueness"), "userName is already taken");
        }
        assert_eq!(roll.actions().await, ["user.created"]);
    }

    async fn an_external_id_of_somebody_living_is_refused(roll: Roll) {
        roll.person("dana").await;
        let mut body = person("other");
        body["externalId"] = "00udana".into();
        roll.post("/Users", &body).await.refused(409, Some("uniqueness"), "externalId already belongs");
        body["externalId"] = "00uDANA".into();
        roll.post("/Users", &body).await.expect(201);
    }

    async fn a_user_name_that_nobody_sees_is_none(roll: Roll) {
        let id = roll.person("dana").await;
        for blank in [" ", "\u{3000}\t", "\u{200b}\u{ad}", " \u{2800}"] {
            let mut body = person("other");
            body["userName"] = blank.into();
            roll.post("/Users", &body).await.refused(400, Some("invalidValue"), "userName is required");
            body["externalId"] = "00udana".into();
            roll.put(&format!("/Users/{id}"), &body).await.refused(400, Some("invalidValue"), "userName is required");
            let change = patch(json!([{ "op": "replace", "path": "userName", "value": blank }]));
            roll.patch(&format!("/Users/{id}"), &change).await.refused(400, Some("invalidValue"), "userName is required");
        }
        roll.set_user(&id, "user_name = ' ', user_name_key = ' '").await;
        let off = patch(json!([{ "op": "replace", "value": { "active": false } }]));
        assert_eq!(roll.patch(&format!("/Users/{id}"), &off).await.expect(200).body["active"], false);
    }

    async fn a_user_name_is_required(roll: Roll) {
        for missing in [None, Some(json!(null)), Some(json!("")), Some(json!([])), Some(json!({}))] {
            let mut body = person("dana");
            match &missing {
                None => drop(body.as_object_mut().expect("an object").remove("userName")),
                Some(value) => body["userName"] = value.clone(),
            }
            roll.post("/Users", &body).await.refused(400, Some("invalidValue"), "userName is required");
        }
        assert!(roll.actions().await.is_empty());
    }

    async fn a_value_of_the_wrong_type_is_refused_by_name(roll: Roll) {
        let wrong = [
            ("userName", json!(7)), ("userName", json!(["dana"])), ("userName", json!({ "a": 1 })),
            ("active", json!("yes")), ("active", json!(1)), ("externalId", json!(1)), ("externalId", json!(["1"])),
            ("name", json!("Dana")), ("emails", json!([7])), ("emails", json!([{ "value": 7 }])),
            ("emails", json!([{ "value": "a@x.org", "primary": true }, { "value": "b@x.org", "primary": true }])),
            ("displayName", json!(["Dana"])), (ENTERPRISE, json!("x")), ("title", json!("a\u{0}b")),
        ];
        for (name, value) in wrong {
            let mut body = person("dana");
            body[name] = value;
            roll.post("/Users", &body).await.refused(400, Some("invalidValue"), name);
        }
        assert!(roll.actions().await.is_empty());
    }

    async fn a_password_is_taken_and_kept_nowhere(roll: Roll) {
        let secret = "Zk3m8qPdSecret";
        let mut body = person("dana");
        body["password"] = secret.into();
        body["urn:ietf:params:scim:schemas:core:2.0:User"] = json!({ "nickName": "visible4x" });
        let id = roll.post("/Users", &body).await.expect(201).id();
        roll.put(&format!("/Users/{id}"), &body).await.expect(200);
        let core = "urn:ietf:params:scim:schemas:core:2.0:User:password";
        for value in [json!({ "password": secret }), json!({ "PassWord": secret }), json!({ (core): secret })] {
            patch_ok(&roll, &id, json!([{ "op": "replace", "value": value }])).await;
        }
        for path in ["password", "PASSWORD", core] {
            patch_ok(&roll, &id, json!([{ "op": "add", "path": path, "value": secret }])).await;
        }
        roll.flush().await;
        assert_eq!(roll.columns_with(secret).await, [""; 0]);
        assert!(roll.columns_with("visible4x").await.contains(&"users.scim_attributes".to_owned()));
    }

    async fn what_only_the_server_sets_is_not_taken_from_a_body(roll: Roll) {
        let other = roll.person("other").await;
        let team = roll.group("payments", &[]).await;
        let mut body = person("dana");
        body["id"] = other.as_str().into();
        body["meta"] = json!({ "version": "W/\"9\"", "created": "2001-01-01T00:00:00Z", "resourceType": "Group" });
        body["groups"] = json!([{ "value": team }]);
        body["roles"] = json!([{ "value": "PLATFORM_ADMIN", "primary": true }]);
        body["platform_role"] = "PLATFORM_ADMIN".into();
        body["email_verified"] = true.into();
        let made = roll.post("/Users", &body).await.expect(201);
        assert_ne!(made.id(), other);
        assert_eq!(made.body["groups"], json!([]));
        assert_eq!(made.body["roles"], json!([{ "value": "USER", "display": "User", "type": "platform" }]));
        assert_eq!(made.body["meta"]["created"], "2026-03-02T12:00:00.000000Z");
        let row = roll.row_of(&made.id()).await;
        assert_eq!(roll.user_says(&row, "platform_role").await.as_deref(), Some("USER"));
        let verified = "case when email_verified or phone_verified then 'yes' else 'no' end";
        assert_eq!(roll.user_says(&row, verified).await.as_deref(), Some("no"));
        assert_eq!(roll.members(&team).await, [""; 0]);
    }

    async fn an_external_id_never_becomes_an_id(roll: Roll) {
        let other = roll.person("other").await;
        let glass = roll.break_glass("rescue").await;
        for (at, claimed) in ["1", "0", "-1", &other, &glass, "Me"].into_iter().enumerate() {
            let mut body = person(&format!("claimant{at}"));
            body["externalId"] = claimed.into();
            let id = roll.post("/Users", &body).await.expect(201).id();
            assert_ne!(id, claimed);
            assert_eq!(uuid::Uuid::parse_str(&id).expect("a UUID").get_version_num(), 7);
            assert_eq!(roll.row_of(&id).await, id);
        }
        let read = roll.get(&format!("/Users/{other}")).await.expect(200);
        assert_eq!(read.body["externalId"], "00uother");
    }

    async fn a_person_may_arrive_without_access(roll: Roll) {
        let mut body = person("dana");
        body["active"] = false.into();
        let made = roll.post("/Users", &body).await.expect(201);
        assert_eq!(made.body["active"], false);
        let gone = roll.user_says(&made.id(), "case when is_active then 'in' else 'out' end").await;
        assert_eq!(gone.as_deref(), Some("out"));
    }
}

async fn patch_ok(roll: &crate::harness::Roll, id: &str, operations: Value) {
    roll.patch(&format!("/Users/{id}"), &crate::harness::patch(operations)).await.expect(200);
}

/// What was meant, active as whoever is not said to be otherwise.
fn with_active(sent: &Value) -> Value {
    let mut meant = meant(sent);
    meant["active"] = sent.get("active").cloned().unwrap_or(Value::Bool(true));
    meant
}
