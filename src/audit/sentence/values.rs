//! Values of an event in words: times as times, switches as on and off, and the words that the code writes as people say
//! them.

use serde_json::Value;

use crate::clock::Time;

/// What a code stands for, and how a sentence says it.
type Table = &'static [(&'static str, &'static str)];

/// How somebody is reached, as what a message goes by.
const ROADS: Table = &[("EMAIL", "e-mail"), ("SMS", "text message"), ("PUSH", "push message")];
/// The same, as what somebody has.
const CONTACTS: Table = &[("EMAIL", "e-mail address"), ("SMS", "phone number"), ("PUSH", "device")];
/// What became of an event of Okta's.
const STATES: Table = &[
    ("received", "it waits for its turn"),
    ("applied", "it changed something"),
    ("no_change", "everything was so already"),
    ("ignored", "it is nothing to act on"),
    ("stale", "something newer is known"),
    ("failed", "it failed and will be tried again"),
    ("dead", "it failed and will not be tried again"),
];
/// How a replay of many events stands.
const REPLAYS: Table = &[("running", "is under way"), ("done", "ended"), ("cancelled", "was cancelled")];
const STATUSES: Table = &[("ok", "active"), ("suspended", "suspended"), ("deactivated", "deactivated")];
const FORMATS: Table = &[("csv", "CSV"), ("ndjson", "NDJSON")];
const PLATFORMS: Table = &[("ios", "iOS"), ("android", "Android"), ("web", "a browser")];
const MODES: Table = &[("bearer", "Bearer and the token"), ("header", "the bare token (header mode)")];
const BY: Table = &[("sign-in", "their first sign-in")];
const WHAT: Table = &[("code", "one-time code"), ("refresh token", "refresh token")];
/// The switches of activity: which, to what, and what somebody is then.
const SWITCHES: &[(&str, bool, &str)] = &[
    ("scim", true, "active over SCIM"),
    ("scim", false, "inactive over SCIM"),
    ("admin", true, "not blocked by an admin"),
    ("admin", false, "blocked by an admin"),
];

/// The words of a place whose values are codes, by the place; none for a place whose values stand for themselves.
fn table(place: &str) -> Option<Table> {
    Some(match place {
        "method" | "road" => ROADS,
        "contact" => CONTACTS,
        "before.state" | "after.state" => STATES,
        "state" => REPLAYS,
        "before.okta" | "after.okta" => STATUSES,
        "format" => FORMATS,
        "platform" => PLATFORMS,
        "mode" => MODES,
        "by" => BY,
        "what" => WHAT,
        _ => return None,
    })
}

/// Whether a place holds a code, which is told in words of ours.
#[must_use]
pub fn is_coded(place: &str) -> bool {
    table(place).is_some()
}

/// A value of a place in words; one that no table knows stands for itself.
#[must_use]
pub fn told(place: &str, value: &Value) -> String {
    let word = || Some((table(place)?, value.as_str()?));
    let known = word().and_then(|(table, code)| table.iter().find(|(one, _)| *one == code));
    match known {
        Some((_, words)) => (*words).to_owned(),
        None if matches!(place, "before.role" | "after.role") => value.as_str().map_or_else(|| shown(value), role),
        None => shown(value),
    }
}

/// A value by itself: a time as it is read, a flag as on or off, a list item by item.
#[must_use]
pub fn shown(value: &Value) -> String {
    match value {
        Value::String(text) => moment(text).unwrap_or_else(|| text.clone()),
        Value::Bool(true) => "on".to_owned(),
        Value::Bool(false) => "off".to_owned(),
        Value::Null => "nothing".to_owned(),
        Value::Array(list) => list.iter().map(shown).collect::<Vec<_>>().join(", "),
        other => other.to_string(),
    }
}

/// A moment in RFC 3339 as people read it, to the second and in UTC; none for any other text.
#[must_use]
pub fn moment(text: &str) -> Option<String> {
    let is_long = text.len() >= "2026-12-01T00:00:00Z".len() && text.as_bytes().get(10) == Some(&b'T');
    let at = Time::parse(text).filter(|_| is_long)?;
    Some(at.to_datetime().format("%Y-%m-%d %H:%M:%S UTC").to_string())
}

/// What people call a role.
#[must_use]
pub fn role(word: &str) -> String {
    crate::model::role::all().into_iter().find(|role| role.id == word).map_or(word, |role| role.name).to_owned()
}

/// What somebody is by a switch that moved: "suspended at Okta".
#[must_use]
pub fn switched(switch: &str, to: &Value) -> String {
    let known = SWITCHES.iter().find(|(name, value, _)| *name == switch && Some(*value) == to.as_bool());
    match known {
        Some((.., words)) => (*words).to_owned(),
        None if switch == "okta" => format!("{} at Okta", told("after.okta", to)),
        None => format!("{switch} {}", shown(to)),
    }
}
