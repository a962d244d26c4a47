//! An audit row as a sentence: who did it, to whom, and what it was before.

use serde_json::Value;

use super::closing::Names;
use crate::audit::{Action, Event};
use crate::ctx::Source;
use crate::model::words::Word;

/// Values longer than this are named, not quoted.
const QUOTED: usize = 60;

/// Puts a row into words. `names` are of people, for rows that tell only their id.
pub fn sentence(event: &Event, names: &Names) -> String {
    let detail = |key: &str| event.detail.as_ref().and_then(|detail| detail[key].as_str());
    let user = event.user_id.and_then(|id| names.get(&id.to_string()));
    let name = detail("user").or(user.map(String::as_str)).or(detail("name")).unwrap_or("somebody");
    let team = detail("team").or(detail("name")).unwrap_or("a team");
    let what = match Action::from_word(&event.action) {
        Some(Action::UserCreated) => format!("{name} joined the roll"),
        Some(Action::UserUpdated | Action::UserEmailChanged | Action::UserPhoneChanged) => {
            format!("{name} changed: {}", changes(event))
        }
        Some(Action::UserDeactivated) => format!("{name} lost access"),
        Some(Action::UserReactivated) => format!("{name} may sign in again"),
        Some(Action::TeamCreated) => format!("the team {team} was made"),
        Some(Action::TeamUpdated) => format!("the team {team} changed: {}", changes(event)),
        Some(Action::TeamArchived) => format!("the team {team} was archived"),
        Some(Action::TeamMemberAdded) => format!("{name} joined {team}"),
        Some(Action::TeamMemberRemoved) => format!("{name} left {team}"),
        Some(Action::ScimTokenCreated) => format!("made the SCIM token \"{name}\""),
        Some(Action::AuthSignedIn) => "signed in with Okta".to_owned(),
        Some(Action::AuthBreakGlassLogin) => "signed in with a break-glass account, or tried to".to_owned(),
        Some(other) => other.about().sentence.trim_end_matches('.').to_owned(),
        None => event.action.clone(),
    };
    let road = if event.source == Source::Hook { " by an event hook" } else { "" };
    format!("{}{road}: {what}", event.actor.name)
}

fn changes(event: &Event) -> String {
    let fields = |side: &Option<Value>| side.as_ref().and_then(Value::as_object).cloned().unwrap_or_default();
    let (before, after) = (fields(&event.before), fields(&event.after));
    let keys = before.keys().chain(after.keys().filter(|key| !before.contains_key(*key)));
    let told: Vec<String> = keys.map(|key| change(key, before.get(key), after.get(key))).collect();
    told.join(", ")
}

fn change(key: &str, before: Option<&Value>, after: Option<&Value>) -> String {
    match (quote(before), quote(after)) {
        (Some(was), Some(is)) => format!("{key} from {was} to {is}"),
        _ => key.to_owned(),
    }
}

/// A short value in quotes; none for one that is better not shown in a line.
fn quote(value: Option<&Value>) -> Option<String> {
    match value {
        None | Some(Value::Null) => Some("nothing".to_owned()),
        Some(Value::String(text)) if text.chars().count() <= QUOTED => Some(format!("\"{text}\"")),
        Some(Value::Bool(flag)) => Some(flag.to_string()),
        Some(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::audit::{Outcome, Severity};
    use crate::clock::Time;
    use crate::ctx::{Actor, ActorKind};
    use crate::model::Id;

    fn by_dana(action: Action) -> Event {
        Event {
            id: Id::fresh(),
            at: Time::from_micros(0),
            action: action.code().to_owned(),
            severity: Severity::Info,
            actor: Actor { kind: ActorKind::User, id: None, name: "Dana".to_owned() },
            source: Source::Api,
            user_id: None,
            team_id: None,
            resource: "user".to_owned(),
            resource_id: None,
            outcome: Outcome::Success,
            before: None,
            after: None,
            detail: None,
            cause: Id::fresh(),
            request_id: String::new(),
            ip: None,
            user_agent: None,
        }
    }

    #[test]
    fn whoever_signed_in_is_not_called_somebody() {
        assert_eq!(sentence(&by_dana(Action::AuthSignedIn), &Names::default()), "Dana: signed in with Okta");
        let glass = sentence(&by_dana(Action::AuthBreakGlassLogin), &Names::default());
        assert_eq!(glass, "Dana: signed in with a break-glass account, or tried to");
    }

    #[test]
    fn a_change_quotes_what_is_short_and_names_the_rest() {
        let title = json!("Incident Commander");
        assert_eq!(change("title", None, Some(&title)), "title from nothing to \"Incident Commander\"");
        assert_eq!(change("emails", Some(&json!([1])), Some(&json!([2]))), "emails");
        assert_eq!(change("x", Some(&json!("a".repeat(61))), None), "x");
    }
}
