//! What people call the fields of a profile or a team, where that is not their name over SCIM.

use serde_json::Value;

use crate::audit::changes;

/// The most fields that a sentence names.
const NAMED: usize = 3;
/// By the path, or by the last part of one that begins with a URN.
const CALLED: &[(&str, &str)] = &[
    ("userName", "sign-in name"),
    ("displayName", "display name"),
    ("nickName", "nickname"),
    ("name.formatted", "full name"),
    ("name.givenName", "first name"),
    ("name.familyName", "last name"),
    ("name.middleName", "middle name"),
    ("emails", "e-mail addresses"),
    ("email", "e-mail address"),
    ("phoneNumbers", "phone numbers"),
    ("phone", "phone number"),
    ("addresses", "postal addresses"),
    ("preferredLanguage", "language"),
    ("timezone", "time zone"),
    ("userType", "kind of user"),
    ("employeeNumber", "employee number"),
    ("costCenter", "cost centre"),
    ("manager.value", "manager"),
    ("manager.displayName", "name of the manager"),
    ("slackChannel", "Slack channel"),
    ("notificationDefaults", "notification defaults"),
    ("escalationDefaults", "escalation defaults"),
    ("maintenanceMode", "maintenance mode"),
];

/// What a field is called. An extension stands before it as a URN, which is left out.
fn called(path: &str) -> &str {
    let last = path.rsplit(':').next().filter(|name| !name.is_empty()).unwrap_or(path);
    CALLED.iter().find(|(name, _)| *name == last).map_or(last, |(_, called)| called)
}

/// The fields that changed, as a sentence names them: at most three, and how many more. None where none did.
pub fn told(before: Option<&Value>, after: Option<&Value>) -> Option<String> {
    let changed = changes::between(before, after);
    let mut all: Vec<&str> = Vec::new();
    for name in changed.iter().map(|change| called(&change.field)) {
        if !all.contains(&name) {
            all.push(name);
        }
    }
    match all.as_slice() {
        [] => None,
        [one] => Some((*one).to_owned()),
        [few @ .., last] if few.len() < NAMED => Some(format!("{} and {last}", few.join(", "))),
        many => {
            let (named, more) = (many[..NAMED].join(", "), many.len() - NAMED);
            Some(format!("{named} and {more} more {}", if more == 1 { "field" } else { "fields" }))
        }
    }
}

/// Where nothing but the name of a team changed: what it was and what it is.
pub fn renamed(before: Option<&Value>, after: Option<&Value>) -> Option<(String, String)> {
    let changed = changes::between(before, after);
    let [only] = changed.as_slice() else { return None };
    let text = |side: Option<&Value>| side.and_then(Value::as_str).map(str::to_owned);
    let is_name = matches!(only.field.as_str(), "displayName" | "name");
    if is_name { Some((text(only.before)?, text(only.after)?)) } else { None }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_sentence_names_few_fields_by_what_they_are_called() {
        let nothing = json!({});
        let names = |after: &Value| told(Some(&nothing), Some(after));
        assert_eq!(names(&json!({})), None);
        assert_eq!(names(&json!({ "emails": [1] })).as_deref(), Some("e-mail addresses"));
        assert_eq!(
            names(&json!({ "name": { "givenName": "a", "familyName": "b" } })).as_deref(),
            Some("last name and first name")
        );
        let two = names(&json!({ "a": 1, "urn:x:1.0:User": { "department": 1 } }));
        assert_eq!(two.as_deref(), Some("a and department"));
        let four = names(&json!({ "a": 1, "b": 1, "c": 1, "d": 1 }));
        assert_eq!(four.as_deref(), Some("a, b, c and 1 more field"));
        assert_eq!(
            names(&json!({ "a": 1, "b": 1, "c": 1, "d": 1, "e": 1 })).as_deref(),
            Some("a, b, c and 2 more fields")
        );
    }

    #[test]
    fn a_new_name_is_told_where_nothing_else_changed() {
        let (was, is) = (json!({ "displayName": "Ops" }), json!({ "displayName": "Operations" }));
        assert_eq!(renamed(Some(&was), Some(&is)), Some(("Ops".to_owned(), "Operations".to_owned())));
        let more = json!({ "displayName": "Operations", "description": "x" });
        assert_eq!(renamed(Some(&was), Some(&more)), None);
    }
}
