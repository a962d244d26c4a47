//! JSON of the wrong shape: every attribute with every kind of value, texts that no database keeps.

use reqwest::Method;
use serde_json::{Value, json};

use super::contents;
use crate::harness::{Answer, Roll, facts, group, patch, person};

/// One of every kind of value.
fn kinds() -> Vec<Value> {
    vec![
        json!(null),
        json!(true),
        json!("x"),
        json!(""),
        json!(7),
        json!(-1.5e300),
        json!(u64::MAX),
        json!([]),
        json!({}),
        json!([null]),
        json!([[]]),
        json!([{}]),
        json!(["x"]),
        json!([7]),
        json!({ "value": {} }),
        json!([{ "value": [] }]),
        json!([{ "value": "a", "primary": true }, { "value": "b", "primary": true }]),
        json!({ "": "" }),
    ]
}

/// Never an error of ours; a refusal is a SCIM error and changed nothing.
async fn judge(roll: &Roll, before: &[Vec<Option<String>>], what: &str, answer: Answer) {
    assert!(answer.status.as_u16() < 500, "{what}: {}", answer.body);
    if answer.status.is_success() {
        return;
    }
    assert_eq!(answer.status, 400, "{what}: {}", answer.body);
    assert!(answer.body["detail"].as_str().is_some_and(|text| text.len() > 9), "{what}: {}", answer.body);
    assert_eq!(contents(roll).await, before, "{what} was refused and changed something");
}

/// Puts every kind of value in the place of every attribute of a body.
async fn try_every_kind(roll: &Roll, path: &str, body: &Value) {
    for key in body.as_object().expect("an object").keys() {
        for kind in kinds() {
            let mut odd = body.clone();
            odd[key] = kind;
            let before = contents(roll).await;
            let what = format!("PUT {path} with {key}: {}", odd[key]);
            let answer = roll.put(path, &odd).await;
            judge(roll, &before, &what, answer).await;
        }
    }
}

facts! {
    async fn no_kind_of_value_in_any_attribute_of_a_person_is_an_error_of_ours(roll: Roll) {
        let id = roll.person("dana").await;
        let mut body = person("dana");
        for key in ["phoneNumbers", "addresses", "title", "timezone", "meta", "id"] {
            body[key] = json!([]);
        }
        body["urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"] = json!({});
        try_every_kind(&roll, &format!("/Users/{id}"), &body).await;
    }

    async fn no_kind_of_value_in_any_attribute_of_a_group_is_an_error_of_ours(roll: Roll) {
        let id = roll.group("oncall", &[]).await;
        let mut body = group("oncall", &[]);
        body["externalId"] = "x".into();
        try_every_kind(&roll, &format!("/Groups/{id}"), &body).await;
    }

    async fn no_shape_of_a_patch_is_an_error_of_ours(roll: Roll) {
        let (user, team) = (roll.person("dana").await, roll.group("oncall", &[]).await);
        let paths = [format!("/Users/{user}"), format!("/Groups/{team}")];
        let mut bodies: Vec<Value> = kinds().into_iter().map(|kind| json!({ "Operations": kind })).collect();
        for kind in kinds() {
            bodies.push(patch(json!([kind])));
            bodies.push(patch(json!([{ "op": kind, "path": "displayName", "value": "x" }])));
            bodies.push(patch(json!([{ "op": "add", "path": kind, "value": "x" }])));
            for path in ["members", "emails", "displayName", "name", "active", "emails[type eq \"work\"].value"] {
                bodies.push(patch(json!([{ "op": "replace", "path": path, "value": kind }])));
            }
            bodies.push(patch(json!([{ "op": "add", "value": kind }])));
        }
        for path in &paths {
            for body in &bodies {
                let before = contents(&roll).await;
                let answer = roll.patch(path, body).await;
                judge(&roll, &before, &format!("PATCH {path} {body}"), answer).await;
            }
        }
    }

    async fn a_nul_in_any_text_is_refused_or_harmless(roll: Roll) {
        let (user, nul) = (roll.person("dana").await, "a\u{0}b");
        for key in ["userName", "displayName", "externalId", "title", "locale", "unheardOf", "urn:example:ours"] {
            let before = contents(&roll).await;
            let mut body = person("dana");
            body[key] = nul.into();
            let answer = roll.put(&format!("/Users/{user}"), &body).await;
            judge(&roll, &before, key, answer).await;
        }
        for body in [group(nul, &[]), group("oncall", &[nul]), json!({ "displayName": "x", nul: nul })] {
            let before = contents(&roll).await;
            let answer = roll.post("/Groups", &body).await;
            judge(&roll, &before, &body.to_string(), answer).await;
        }
        let filtered = roll.find("userName eq \"a\\u0000b\"").await;
        assert!([200, 400].contains(&filtered.status.as_u16()), "{}", filtered.body);
    }

    async fn a_text_longer_than_any_name_is_refused_or_kept_whole(roll: Roll) {
        let long = "x".repeat(100_000);
        for key in ["userName", "displayName", "externalId", "title"] {
            let before = contents(&roll).await;
            let mut body = person("dana");
            body[key] = long.as_str().into();
            let answer = roll.send(roll.with_body(Method::POST, "/Users", &body)).await;
            if answer.status == 201 {
                assert_eq!(answer.body[key], long.as_str());
                roll.delete(&format!("/Users/{}", answer.id())).await.expect(204);
            } else {
                judge(&roll, &before, key, answer).await;
            }
        }
    }
}
