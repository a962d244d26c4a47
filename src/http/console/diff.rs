//! What changed in a row of the audit, field by field, as pages show it: lists by what came and what went, values in words.

use serde_json::Value;

use super::text::{name, plain};
use crate::audit::changes;
use crate::audit::sentence::values;

/// The most fields that a line of a list shows.
const FIELDS: usize = 12;
/// The most items of a list that came, and that went, which are shown.
const ITEMS: usize = 20;
/// The most parts of an item that are shown.
const PARTS: usize = 8;

/// One field of a change.
pub struct Change {
    /// Its path.
    pub field: String,
    /// What it was; none where there was nothing.
    pub before: Option<String>,
    /// What it is; none where there is nothing.
    pub after: Option<String>,
    /// Of a list, what is gone from it.
    pub removed: Vec<String>,
    /// Of a list, what came to it.
    pub added: Vec<String>,
}

impl Change {
    fn of(change: &changes::Change<'_>) -> Self {
        let (was, is) = (items(change.before), items(change.after));
        let less = |all: &[String], others: &[String]| -> Vec<String> {
            few(all.iter().filter(|one| !others.contains(one)).cloned().collect())
        };
        let is_moved = !was.is_empty() && change.after.is_some_and(Value::is_array);
        let (removed, added) = (less(&was, &is), less(&is, &was));
        let is_told = !removed.is_empty() || !added.is_empty();
        let told = |value: Option<&Value>| value.filter(|_| !is_told).map(|value| field_text(&change.field, value));
        Self {
            field: plain(&change.field),
            before: told(change.before).filter(|_| !is_moved),
            after: told(change.after)
                .map(|text| if is_moved { "the same in another order or number".to_owned() } else { text }),
            removed,
            added,
        }
    }

    /// Whether it is told by what came and what went.
    #[must_use]
    pub fn is_list(&self) -> bool {
        !self.removed.is_empty() || !self.added.is_empty()
    }
}

/// What changed, field by field.
#[must_use]
pub fn of(before: Option<&Value>, after: Option<&Value>) -> Vec<Change> {
    changes::between(before, after).iter().map(Change::of).collect()
}

/// The first of many fields for a line of a list, and how many more there are.
#[must_use]
pub fn short(mut changes: Vec<Change>) -> (Vec<Change>, usize) {
    let more = changes.len().saturating_sub(FIELDS);
    changes.truncate(FIELDS);
    (changes, more)
}

fn few(mut items: Vec<String>) -> Vec<String> {
    let more = items.len().saturating_sub(ITEMS);
    items.truncate(ITEMS);
    items.extend((more > 0).then(|| format!("{more} more")));
    items
}

/// The items of a list, each in one text.
fn items(value: Option<&Value>) -> Vec<String> {
    value.and_then(Value::as_array).into_iter().flatten().map(item).collect()
}

/// An item of a list: a value of several parts by its value first, as SCIM has them.
fn item(value: &Value) -> String {
    let Some(main) = value.get("value").map(text) else { return text(value) };
    let kind = value.get("type").and_then(Value::as_str);
    let primary = value.get("primary").and_then(Value::as_bool).unwrap_or_default().then_some("primary");
    let marks: Vec<&str> = kind.into_iter().chain(primary).collect();
    if marks.is_empty() { main } else { plain(&format!("{main} ({})", marks.join(", "))) }
}

/// The value of a field in one text: a role by what people call it.
fn field_text(field: &str, value: &Value) -> String {
    match value.as_str() {
        Some(word) if field == "role" => plain(&values::role(word)),
        _ => text(value),
    }
}

/// A value in one text of bounded length: flags and times in words, a small object by its parts, anything else as JSON.
#[must_use]
pub fn text(value: &Value) -> String {
    let told = match value {
        Value::Bool(flag) => (if *flag { "yes" } else { "no" }).to_owned(),
        Value::String(text) if text.is_empty() => "empty".to_owned(),
        Value::Array(list) if list.is_empty() => "none".to_owned(),
        Value::Array(list) => few(list.iter().map(item).collect()).join(", "),
        Value::Object(parts) if is_flat(value) => {
            parts.iter().map(|(field, part)| format!("{field} {}", text(part))).collect::<Vec<_>>().join(", ")
        }
        Value::Object(_) => value.to_string(),
        other => values::shown(other),
    };
    if value.is_string() { name(&told) } else { plain(&told) }
}

/// Whether an object is told by its parts: a few, and none of them has parts of its own.
fn is_flat(value: &Value) -> bool {
    let is_plain = |part: &Value| !part.is_object() && !part.is_array();
    value.as_object().is_some_and(|parts| (1..=PARTS).contains(&parts.len()) && parts.values().all(is_plain))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn told(before: &Value, after: &Value) -> Vec<String> {
        let one = |change: Change| {
            let Change { field, before, after, removed, added } = change;
            if removed.is_empty() && added.is_empty() {
                return format!("{field}: {:?} {:?}", before.as_deref(), after.as_deref());
            }
            format!("{field}: -{} +{}", removed.join(" -"), added.join(" +"))
        };
        of(Some(before), Some(after)).into_iter().map(one).collect()
    }

    #[test]
    fn flags_times_and_nothing_are_words() {
        let before = json!({ "active": true, "endsAt": null, "note": "" });
        let after =
            json!({ "active": false, "endsAt": "2026-12-01T00:00:00.5Z", "note": "2026-12-01", "role": "RESPONDER" });
        assert_eq!(
            told(&before, &after),
            [
                r#"active: Some("yes") Some("no")"#,
                r#"endsAt: None Some("2026-12-01 00:00:00 UTC")"#,
                r#"note: Some("empty") Some("2026-12-01")"#,
                r#"role: None Some("Responder")"#,
            ]
        );
    }

    #[test]
    fn lists_are_told_by_what_came_and_what_went() {
        let email = |value: &str, primary: bool| json!({ "value": value, "type": "work", "primary": primary });
        let before = json!({ "emails": [email("a@x", true), email("b@x", false)], "tags": ["TECHNICAL:db"] });
        let after =
            json!({ "emails": [email("a@x", true), email("c@x", false)], "tags": ["TECHNICAL:db", "TECHNICAL:web"] });
        assert_eq!(told(&before, &after), ["emails: -b@x (work) +c@x (work)", "tags: - +TECHNICAL:web"]);
        let (one, two) = (json!({ "tags": ["a", "b"] }), json!({ "tags": ["b", "a"] }));
        assert_eq!(told(&one, &two), [r#"tags: None Some("the same in another order or number")"#]);
        assert_eq!(told(&json!({}), &json!({ "tags": [] })), [r#"tags: None Some("none")"#]);
    }

    #[test]
    fn what_has_parts_is_told_by_them_and_anything_else_is_bounded_json() {
        let choice = json!({ "list": [{ "channel": "EMAIL", "enabled": true, "priority": 1 }] });
        assert_eq!(told(&json!({ "list": [] }), &choice), ["list: - +channel EMAIL, enabled yes, priority 1"]);
        let odd = json!({ "list": [{ "a": { "b": ["x".repeat(900)] } }] });
        let long = told(&json!({}), &odd);
        assert!(long[0].starts_with(r#"list: - +{"a":{"b":["xxx"#) && long[0].chars().count() < 250, "{long:?}");
        let many: Vec<usize> = (0..500).collect();
        let many = of(None, Some(&json!({ "list": many })));
        assert_eq!((many[0].added.len(), many[0].added[ITEMS].as_str()), (ITEMS + 1, "480 more"));
    }
}
