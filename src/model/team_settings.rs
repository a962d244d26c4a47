//! What a team has set for itself: how its people are reached, and when somebody else is asked. The rest of the
//! platform acts on it; here it is kept.

use serde_json::{Value, json};

use super::contact::Channel;
use super::words::{Word, words};

/// How long nobody may answer, at most, before somebody else is asked: a day, in minutes.
pub const LONGEST_WAIT: u32 = 1_440;
/// How often everybody is asked again, at most.
pub const MOST_ROUNDS: u32 = 10;

words! {
    /// What a tag speaks of.
    TagKind {
        /// Where the team stands among people: a department, a country.
        Organizational = "ORGANIZATIONAL",
        /// What the team runs: a service, a system.
        Technical = "TECHNICAL",
    }
}

/// How people of a team are reached unless they say otherwise.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NotificationDefaults {
    /// Ways of reaching them, the first one first; none leaves it to the platform.
    pub channels: Vec<Channel>,
}

/// When somebody else is asked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct EscalationDefaults {
    /// After so many minutes without an answer, from 1 to [`LONGEST_WAIT`].
    pub after_minutes: Option<u32>,
    /// So many further rounds, up to [`MOST_ROUNDS`].
    pub rounds: Option<u32>,
}

impl NotificationDefaults {
    /// As it is shown and kept; empty when nothing is set.
    #[must_use]
    pub fn to_json(&self) -> Value {
        let words: Vec<&str> = self.channels.iter().map(|channel| channel.as_str()).collect();
        if words.is_empty() { json!({}) } else { json!({ "channels": words }) }
    }
}

impl EscalationDefaults {
    /// As it is shown and kept; empty when nothing is set.
    #[must_use]
    pub fn to_json(self) -> Value {
        let set = [("afterMinutes", self.after_minutes), ("rounds", self.rounds)];
        set.into_iter().filter_map(|(name, number)| Some((name.to_owned(), Value::from(number?)))).collect()
    }
}

/// A tag on a team.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Tag {
    /// What it speaks of.
    pub kind: TagKind,
    /// What it says, letter case kept; unique in its kind ignoring case.
    pub value: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_set_is_not_kept() {
        assert_eq!(NotificationDefaults::default().to_json(), json!({}));
        assert_eq!(EscalationDefaults::default().to_json(), json!({}));
        let escalation = EscalationDefaults { after_minutes: Some(5), rounds: None };
        assert_eq!(escalation.to_json(), json!({ "afterMinutes": 5 }));
        let channels = NotificationDefaults { channels: vec![Channel::Push, Channel::Email] };
        assert_eq!(channels.to_json(), json!({ "channels": ["PUSH", "EMAIL"] }));
    }
}
