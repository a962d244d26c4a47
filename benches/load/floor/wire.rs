//! Answers as text, put together by hand, and the little that is read out of requests.

use std::fmt::Write;

use rollcall::clock::Time;
use rollcall::model::Id;
use rollcall::scim::text::fold;
use serde_json::{Map, Value};

const USER: &str = "urn:ietf:params:scim:schemas:core:2.0:User";
const ENTERPRISE: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";
const GROUP: &str = "urn:ietf:params:scim:schemas:core:2.0:Group";

/// A person: `id, scim_id, user_name, external_id, scim_active, scim_attributes, version, created_at, updated_at`.
pub type UserRow = (Id, Id, String, Option<String>, bool, String, i64, Time, Time);

pub fn quoted(text: &str) -> String {
    Value::from(text).to_string()
}

fn meta(base: &str, kind: &str, id: Id, version: i64, (created, updated): (Time, Time)) -> String {
    format!(
        "{{\"resourceType\":\"{kind}\",\"created\":\"{}\",\"lastModified\":\"{}\",\"location\":\"{base}/{kind}s/{id}\",\
         \"version\":\"W/\\\"{version}\\\"\"}}",
        created.rfc3339(),
        updated.rfc3339()
    )
}

/// A team of a person, and the person's role in it.
pub type GroupRow = (Id, String, String);

/// The roles of people made by the seed: everybody is a user, and a responder in their teams.
fn roles(groups: &[GroupRow]) -> &'static str {
    const USER: &str = "{\"value\":\"USER\",\"display\":\"User\",\"type\":\"platform\"}";
    const BOTH: &str = "{\"value\":\"USER\",\"display\":\"User\",\"type\":\"platform\"},\
        {\"value\":\"RESPONDER\",\"display\":\"Responder\",\"type\":\"team\"}";
    if groups.iter().any(|group| group.2 == "RESPONDER") { BOTH } else { USER }
}

pub fn user(base: &str, row: &UserRow, groups: &[GroupRow]) -> String {
    let (_, id, name, external, active, document, version, created, updated) = row;
    let schemas =
        if document.contains(ENTERPRISE) { format!("[\"{USER}\",\"{ENTERPRISE}\"]") } else { format!("[\"{USER}\"]") };
    let meta = meta(base, "User", *id, *version, (*created, *updated));
    let external = external.as_deref().map(|id| format!("\"externalId\":{},", quoted(id))).unwrap_or_default();
    let roles = roles(groups);
    let group = |(id, name, _): &GroupRow| {
        format!(
            "{{\"value\":\"{id}\",\"$ref\":\"{base}/Groups/{id}\",\"display\":{},\"type\":\"direct\"}}",
            quoted(name)
        )
    };
    let groups: Vec<String> = groups.iter().map(group).collect();
    format!(
        "{{\"schemas\":{schemas},\"id\":\"{id}\",\"meta\":{meta},{},\"userName\":{},{external}\"active\":{active},\
         \"groups\":[{}],\"roles\":[{roles}]}}",
        &document[1..document.len() - 1],
        quoted(name),
        groups.join(",")
    )
}

pub fn list(total: i64, start: i64, resources: &[String]) -> String {
    format!(
        "{{\"schemas\":[\"urn:ietf:params:scim:api:messages:2.0:ListResponse\"],\"totalResults\":{total},\
         \"startIndex\":{start},\"itemsPerPage\":{},\"Resources\":[{}]}}",
        resources.len(),
        resources.join(",")
    )
}

pub fn cursor_list(next: Option<&str>, resources: &[String]) -> String {
    let next = next.map(|next| format!(",\"nextCursor\":{}", quoted(next))).unwrap_or_default();
    format!(
        "{{\"schemas\":[\"urn:ietf:params:scim:api:messages:2.0:ListResponse\"],\"itemsPerPage\":{}{next},\
         \"Resources\":[{}]}}",
        resources.len(),
        resources.join(",")
    )
}

pub fn group(base: &str, id: Id, name: &str, version: i64, at: (Time, Time), members: &[(Id, String)]) -> String {
    let is_large = members.len() > 1_000;
    let mut text = format!(
        "{{\"schemas\":[\"{GROUP}\"],\"id\":\"{id}\",\"meta\":{},\"displayName\":{},\"members\":[",
        meta(base, "Group", id, version, at),
        quoted(name)
    );
    for (at, (id, name)) in members.iter().enumerate() {
        let comma = if at == 0 { "" } else { "," };
        // Writing to a String cannot fail.
        let _ = if is_large {
            write!(text, "{comma}{{\"value\":\"{id}\"}}")
        } else {
            let (address, name) = (format!("{base}/Users/{id}"), quoted(name));
            write!(text, "{comma}{{\"value\":\"{id}\",\"$ref\":\"{address}\",\"display\":{name},\"type\":\"User\"}}")
        };
    }
    text + "]}"
}

/// The document of a body as it is stored: without what has a column, with the name put together.
pub fn document(body: &Value) -> Map<String, Value> {
    let mut document = body.as_object().cloned().unwrap_or_default();
    for key in ["schemas", "id", "meta", "groups", "roles", "userName", "externalId", "active"] {
        document.shift_remove(key);
    }
    if let Some(Value::Object(name)) = document.get_mut("name") {
        let formatted = format!("{} {}", text(&name["givenName"]), text(&name["familyName"]));
        name.insert("formatted".to_owned(), formatted.into());
    }
    document
}

pub fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

/// The rows of the index of values: name, element, folded value.
pub fn leaves(document: &Map<String, Value>) -> Vec<(String, i64, String)> {
    let mut found = Vec::new();
    for (key, value) in document {
        let joint = if key.contains(':') { ':' } else { '.' };
        let mut parts = |map: &Map<String, Value>, element: i64| {
            found.extend(map.iter().map(|(sub, value)| (format!("{key}{joint}{sub}"), element, folded(value))));
        };
        match value {
            Value::Object(map) => parts(map, 0),
            Value::Array(list) => {
                for (element, one) in (0..).zip(list) {
                    one.as_object().into_iter().for_each(|map| parts(map, element));
                }
            }
            single => found.push((key.clone(), 0, folded(single))),
        }
    }
    found
}

fn folded(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), fold)
}

/// What a text is looked for in, of one row of the audit: a line for the actor, the action, every text of what is said.
pub fn search_key(actor: &str, action: &str, said: [&Value; 3]) -> String {
    let mut key = format!("{actor}\n{action}");
    for value in said {
        each_text(value, &mut key);
    }
    fold(&(key + "\nload"))
}

fn each_text(value: &Value, key: &mut String) {
    match value {
        Value::String(text) => {
            key.push('\n');
            key.push_str(text);
        }
        Value::Array(list) => list.iter().for_each(|one| each_text(one, key)),
        Value::Object(map) => map.values().for_each(|one| each_text(one, key)),
        _ => {}
    }
}
