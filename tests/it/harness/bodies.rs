//! Bodies as clients send them.

use serde_json::{Value, json};

/// A person as Okta creates one; the externalId follows from the name.
pub fn person(name: &str) -> Value {
    json!({
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"],
        "userName": format!("{name}@example.com"),
        "name": { "givenName": name, "familyName": "Example" },
        "emails": [{ "primary": true, "value": format!("{name}@example.com"), "type": "work" }],
        "displayName": format!("{name} Example"),
        "locale": "en-US",
        "externalId": format!("00u{name}"),
        "groups": [],
        "password": "1mz050nq",
        "active": true,
    })
}

/// A group as Okta creates one.
pub fn group(name: &str, members: &[&str]) -> Value {
    let members: Vec<Value> = members.iter().map(|id| json!({ "value": id, "display": "x" })).collect();
    json!({
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group"],
        "displayName": name,
        "members": members,
    })
}

/// What is said where an id names nothing of this kind: what could be no id of ours is told apart from one that is gone.
pub fn nothing_with(id: &str, kind: &str) -> String {
    let is_ours = rollcall::model::Id::parse(id).is_some();
    if is_ours { format!("There is no {kind} with this id.") } else { "is no id of ours".to_owned() }
}

/// A PATCH body of these operations.
#[expect(clippy::needless_pass_by_value, reason = "a body is written where it is used")]
pub fn patch(operations: Value) -> Value {
    json!({ "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], "Operations": operations })
}

/// A body as a client sends it, from `fixtures/`, with its `{{…}}` placeholders filled in.
#[track_caller]
pub fn fixture(name: &str, filled: &[(&str, &str)]) -> Value {
    let path = format!("{}/fixtures/{name}.json", env!("CARGO_MANIFEST_DIR"));
    let mut text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"));
    for (placeholder, value) in filled {
        text = text.replace(&format!("{{{{{placeholder}}}}}"), value);
    }
    assert!(!text.contains("{{"), "{name} has a placeholder that was not filled in");
    serde_json::from_str(&text).expect("a fixture is JSON")
}

/// A resource as the client meant it: without what the server computes, and with the formatted name it makes.
pub fn meant(body: &Value) -> Value {
    let mut meant = body.clone();
    let fields = meant.as_object_mut().expect("a resource");
    for computed in ["schemas", "id", "meta", "groups", "roles", "password"] {
        fields.remove(computed);
    }
    if let Some(Value::Object(name)) = fields.get_mut("name") {
        let part = |part: &str| name.get(part).and_then(Value::as_str).unwrap_or_default().to_owned();
        let formatted = format!("{} {}", part("givenName"), part("familyName")).trim().to_owned();
        name.entry("formatted").or_insert_with(|| formatted.into());
    }
    meant
}
