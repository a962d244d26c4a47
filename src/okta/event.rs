//! An event of a hook or of the System Log, read leniently: Okta types many fields loosely, and what an event needs to
//! act is little.
//!
//! Everything may be missing, null or of another type; what cannot be read is none, and whoever acts on the event says
//! what it lacks. Fields by the System Log API; odd types as seen in deliveries (`version` as text or number, `target`
//! null, `zone` the text `null`).

use chrono::DateTime;
use serde_json::Value;

use super::meaning::Whom;

/// The one result that means it happened. There are a dozen others: FAILURE, SKIPPED, DENY, SCHEDULED …
const SUCCESS: &str = "SUCCESS";
/// What a target's or an actor's type is called when it is a person.
const USER: &str = "User";
/// The same of a group.
const GROUP: &str = "UserGroup";
/// The same of an app's instance.
const APP: &str = "AppInstance";

/// The longest id of Okta's that is taken for one, in bytes; Okta's have 20.
const LONGEST_ID: usize = 128;
/// The longest text that is read, in bytes: a group's name has at most 255 characters at Okta.
const LONGEST_TEXT: usize = 1_024;

/// Somebody or something an event names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Party {
    /// `User`, `UserGroup`, `AppInstance`, `AppUser` …
    pub kind: String,
    /// Okta's id; never empty.
    pub id: String,
    /// What Okta calls it. A hint: never taken for a new value.
    pub name: Option<String>,
}

/// One event of the System Log, as a hook or the log's API carries it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LogEvent {
    /// Names the event among all others.
    pub uuid: Option<String>,
    /// Such as `user.lifecycle.suspend`.
    pub event_type: String,
    /// When it happened, by Okta's clock: microseconds since 1970, UTC.
    pub published: Option<i64>,
    /// `SUCCESS`, `FAILURE` …
    pub result: Option<String>,
    /// Who did it.
    pub actor: Option<Party>,
    /// To whom and what; their order means nothing.
    pub targets: Vec<Party>,
}

impl LogEvent {
    /// Reads what can be read of an event.
    #[must_use]
    pub fn read(event: &Value) -> Self {
        let targets = event.get("target").and_then(Value::as_array);
        Self {
            uuid: text(event, "uuid"),
            event_type: text(event, "eventType").unwrap_or_default(),
            published: text(event, "published").as_deref().and_then(micros),
            result: event.get("outcome").and_then(|outcome| text(outcome, "result")),
            actor: event.get("actor").and_then(party),
            targets: targets.map(|list| list.iter().filter_map(party).collect()).unwrap_or_default(),
        }
    }

    /// Whether what the event tells of was done.
    #[must_use]
    pub fn succeeded(&self) -> bool {
        self.result.as_deref() == Some(SUCCESS)
    }

    /// Okta's id of the person concerned; none when it names nobody, or several and nobody can tell whom it means.
    #[must_use]
    pub fn person(&self, whom: Whom) -> Option<&str> {
        match whom {
            Whom::Actor => self.actor.as_ref().filter(|actor| actor.kind == USER).map(|actor| actor.id.as_str()),
            Whom::Target => self.one(USER).map(|user| user.id.as_str()),
        }
    }

    /// The group concerned; none as for a person.
    #[must_use]
    pub fn group(&self) -> Option<&Party> {
        self.one(GROUP)
    }

    /// The app instances it names.
    pub fn apps(&self) -> impl Iterator<Item = &str> {
        self.targets.iter().filter(|target| target.kind == APP).map(|target| target.id.as_str())
    }

    /// The target of a type, when all targets of that type are one and the same.
    fn one(&self, kind: &str) -> Option<&Party> {
        let mut found = self.targets.iter().filter(|target| target.kind == kind);
        let first = found.next()?;
        found.all(|other| other.id == first.id).then_some(first)
    }
}

fn party(value: &Value) -> Option<Party> {
    let id = text(value, "id").filter(|id| id.len() <= LONGEST_ID && id.bytes().all(|byte| byte.is_ascii_graphic()))?;
    Some(Party { kind: text(value, "type")?, id, name: text(value, "displayName") })
}

/// A text that says something and that a database takes.
fn text(value: &Value, name: &str) -> Option<String> {
    let is_fit = |text: &&str| !text.is_empty() && text.len() <= LONGEST_TEXT && !text.contains('\0');
    value.get(name)?.as_str().filter(is_fit).map(str::to_owned)
}

/// RFC 3339, as Okta writes moments; finer than microseconds is cut off.
fn micros(text: &str) -> Option<i64> {
    DateTime::parse_from_rfc3339(text).ok().map(|at| at.timestamp_micros())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_is_missing_null_or_of_another_type_is_none() {
        for odd in [
            json!({}),
            json!(null),
            json!([]),
            json!({ "target": null, "actor": [], "outcome": "SUCCESS",
            "published": 7, "uuid": 1, "eventType": null }),
            json!({ "target": { "type": "User" }, "uuid": "" }),
        ] {
            assert_eq!(LogEvent::read(&odd), LogEvent::default(), "{odd}");
        }
    }

    #[test]
    fn targets_are_found_by_type_wherever_they_stand() {
        let user = json!({ "type": "User", "id": "00u1", "displayName": "Dana" });
        let (group, app) =
            (json!({ "type": "UserGroup", "id": "00g1" }), json!({ "type": "AppInstance", "id": "0oa1" }));
        for targets in [json!([user, group, app]), json!([app, null, group, user, {}]), json!([user, app, group, user])]
        {
            let event = LogEvent::read(&json!({ "target": targets }));
            assert_eq!(event.person(Whom::Target), Some("00u1"));
            assert_eq!(event.group().map(|group| group.id.as_str()), Some("00g1"));
            assert_eq!(event.apps().collect::<Vec<_>>(), ["0oa1"]);
        }
    }

    #[test]
    fn an_id_that_is_none_of_oktas_names_nobody() {
        for id in ["", "00u 1", "00u\0", "00ü1", &"0".repeat(LONGEST_ID + 1)] {
            let event = LogEvent::read(&json!({ "target": [{ "type": "User", "id": id }] }));
            assert_eq!(event.targets, [], "{id}");
        }
        let named = |name: &str| {
            let group = json!({ "type": "UserGroup", "id": "00g1", "displayName": name });
            LogEvent::read(&json!({ "target": [group] })).targets.pop().and_then(|group| group.name)
        };
        assert_eq!(named("Payments").as_deref(), Some("Payments"));
        assert_eq!((named("Pay\0"), named(&"x".repeat(LONGEST_TEXT + 1))), (None, None));
    }

    #[test]
    fn an_event_that_names_two_people_means_neither() {
        let targets = json!([{ "type": "User", "id": "00u1" }, { "type": "User", "id": "00u2" }]);
        assert_eq!(LogEvent::read(&json!({ "target": targets })).person(Whom::Target), None);
    }

    #[test]
    fn an_actor_that_is_no_person_is_nobody() {
        let event = LogEvent::read(&json!({ "actor": { "type": "SystemPrincipal", "id": "unknown" } }));
        assert_eq!(event.person(Whom::Actor), None);
    }

    #[test]
    fn moments_are_microseconds_whatever_their_offset() {
        let at = |text: &str| LogEvent::read(&json!({ "published": text })).published;
        assert_eq!(at("2026-03-02T12:00:00.123Z"), Some(1_772_452_800_123_000));
        assert_eq!(at("2026-03-02T14:00:00.1230009+02:00"), at("2026-03-02T12:00:00.123Z"));
        assert_eq!(at("yesterday"), None);
    }
}
