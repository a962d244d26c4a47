//! What changed between two states of a row, field by field: objects by the paths to what is in them.

use serde_json::Value;

/// How deep paths lead; an object below that is told as it is.
const DEEPEST: usize = 6;

/// One field that changed.
#[derive(Clone, Debug, PartialEq)]
pub struct Change<'v> {
    /// Its path, as SCIM writes one: `name.givenName`, `urn:…:User:department`.
    pub field: String,
    /// What it was; none where there was nothing.
    pub before: Option<&'v Value>,
    /// What it is; none where there is nothing.
    pub after: Option<&'v Value>,
}

/// What differs between two states, in the order of their names.
#[must_use]
pub fn between<'v>(before: Option<&'v Value>, after: Option<&'v Value>) -> Vec<Change<'v>> {
    let whole = |side: Option<&'v Value>| side.filter(|side| is_filled(side));
    let mut found = Vec::new();
    walk(&mut found, String::new(), (whole(before), whole(after)), 0);
    found
}

/// A value that is there: null is nothing.
fn there(value: Option<&Value>) -> Option<&Value> {
    value.filter(|value| !value.is_null())
}

fn walk<'v>(
    found: &mut Vec<Change<'v>>,
    field: String,
    (before, after): (Option<&'v Value>, Option<&'v Value>),
    depth: usize,
) {
    if before == after {
        return;
    }
    if depth > DEEPEST || !is_told_by_parts(before, after) {
        found.push(Change { field, before, after });
        return;
    }
    let names = |side: Option<&'v Value>| side.and_then(Value::as_object).into_iter().flat_map(|map| map.keys());
    let mut all: Vec<&String> = names(before).chain(names(after)).collect();
    all.sort_unstable();
    all.dedup();
    for name in all {
        let part = |side: Option<&'v Value>| there(side.and_then(|side| side.get(name)));
        walk(found, path(&field, name), (part(before), part(after)), depth + 1);
    }
}

/// Whether both sides, where they are there, are objects with something in them.
fn is_told_by_parts(before: Option<&Value>, after: Option<&Value>) -> bool {
    [before, after].into_iter().flatten().all(is_filled)
}

fn is_filled(side: &Value) -> bool {
    side.as_object().is_some_and(|map| !map.is_empty())
}

/// What stands in an extension follows its URN after a colon (RFC 7644 §3.10).
fn path(field: &str, name: &str) -> String {
    match field {
        "" => name.to_owned(),
        urn if urn.starts_with("urn:") && !is_within(urn) => format!("{urn}:{name}"),
        other => format!("{other}.{name}"),
    }
}

/// Whether a path that begins with a URN leads to an attribute of it: the version in a URN has a dot too, and its last part
/// begins with a capital letter, as no attribute does.
fn is_within(path: &str) -> bool {
    let last = path.rsplit(':').next().unwrap_or_default();
    last.starts_with(|letter: char| letter.is_ascii_lowercase())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn told(before: &Value, after: &Value) -> Vec<String> {
        between(Some(before), Some(after)).into_iter().map(|change| change.field).collect()
    }

    #[test]
    fn objects_are_told_by_the_paths_to_what_differs() {
        const URN: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";
        let before =
            json!({ "name": { "givenName": "Ana", "familyName": "D" }, "title": null, URN: { "department": "a" } });
        let after =
            json!({ "name": { "givenName": "Anna", "familyName": "D" }, "emails": [], URN: { "department": "b" } });
        let department = format!("{URN}:department");
        assert_eq!(told(&before, &after), ["emails", "name.givenName", &department]);
    }

    #[test]
    fn what_came_or_went_whole_is_told_by_its_parts_too() {
        assert_eq!(told(&Value::Null, &json!({ "name": { "givenName": "Ana" } })), ["name.givenName"]);
        assert_eq!(told(&json!({ "name": { "givenName": "Ana" } }), &json!({ "name": "Ana" })), ["name"]);
        assert_eq!(told(&json!({ "a": {} }), &json!({})), ["a"]);
        assert!(told(&json!({ "a": null }), &json!({})).is_empty());
    }

    #[test]
    fn no_depth_is_too_deep() {
        let deep = (0..100).fold(json!(1), |inner, _| json!({ "a": inner }));
        assert_eq!(told(&json!({}), &deep), ["a.a.a.a.a.a.a"]);
    }
}
