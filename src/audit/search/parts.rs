//! A search as it is written, term by term, so that one can be taken away, turned round or added.

use std::fmt;

use super::{KEYS, SINCE, UNTIL, keys, tokens};
use crate::audit::{Action, Outcome, Resource, Severity};
use crate::ctx::{ActorKind, Source};
use crate::model::words::Word;

/// The most completions that are offered at once.
pub const MAX_COMPLETIONS: usize = 10;

/// A term as it is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    /// Whether it must not hold.
    pub negated: bool,
    /// The key; none for a text that stands alone.
    pub key: Option<String>,
    /// The value.
    pub value: String,
}

impl Part {
    /// A term that must hold.
    #[must_use]
    pub fn of(key: &str, value: impl Into<String>) -> Self {
        Self { negated: false, key: Some(key.to_owned()), value: value.into() }
    }

    /// Whether it says from when or until when.
    #[must_use]
    pub fn is_of_time(&self) -> bool {
        self.is_of(SINCE) || self.is_of(UNTIL)
    }

    /// Whether it is of this key.
    #[must_use]
    pub fn is_of(&self, key: &str) -> bool {
        self.key.as_deref() == Some(key)
    }

    /// The same, turned round; what says a time stays.
    #[must_use]
    pub fn turned(&self) -> Self {
        Self { negated: !self.negated && !self.is_of_time(), ..self.clone() }
    }
}

impl fmt::Display for Part {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.negated { "-" } else { "" };
        let key = self.key.as_ref().map(|key| format!("{key}:")).unwrap_or_default();
        let alone = self.key.is_none() && (self.value.contains(':') || self.value.starts_with('-'));
        let is_plain = !self.value.is_empty() && !self.value.contains(|one: char| one.is_whitespace() || one == '"');
        if is_plain && !alone {
            return write!(out, "{sign}{key}{}", self.value);
        }
        write!(out, "{sign}{key}\"{}\"", self.value.replace('\\', "\\\\").replace('"', "\\\""))
    }
}

/// The terms of a search; none where it cannot be taken apart.
#[must_use]
pub fn parts(text: &str) -> Option<Vec<Part>> {
    let found = tokens(text).ok()?;
    Some(found.into_iter().map(|one| Part { negated: one.negated, key: one.key, value: one.value }).collect())
}

/// Terms as one search.
#[must_use]
pub fn written<'p>(parts: impl IntoIterator<Item = &'p Part>) -> String {
    parts.into_iter().map(Part::to_string).collect::<Vec<_>>().join(" ")
}

/// How a term that is being written may go on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Completion {
    /// By one of these terms.
    Terms(Vec<String>),
    /// By somebody whose sign-in name begins so, after this much of the term.
    User(String, String),
    /// By a team whose name begins so, after this much of the term.
    Team(String, String),
}

/// How a term may go on: a key, or a value of the key that stands there.
#[must_use]
pub fn complete(term: &str) -> Completion {
    let (sign, rest) = term.strip_prefix('-').map_or(("", term), |rest| ("-", rest));
    let Some((key, value)) = rest.split_once(':') else {
        let known = keys().filter(|key| key.starts_with(rest)).map(|key| format!("{sign}{key}:"));
        return Completion::Terms(known.take(KEYS.len() + 2).collect());
    };
    let (before, value) = (format!("{sign}{key}:"), value.trim_start_matches('"'));
    match key {
        "user" => Completion::User(before, value.to_owned()),
        "team" => Completion::Team(before, value.to_owned()),
        _ => {
            let typed = value.to_ascii_lowercase();
            let fits = values(key).into_iter().filter(|value| value.to_ascii_lowercase().starts_with(&typed));
            Completion::Terms(fits.take(MAX_COMPLETIONS).map(|value| format!("{before}{value}")).collect())
        }
    }
}

/// The values of a key that has a closed list of them.
fn values(key: &str) -> Vec<String> {
    match key {
        "action" => actions(),
        "severity" => words::<Severity>(),
        "actor" => words::<ActorKind>(),
        "source" => words::<Source>(),
        "resource" => words::<Resource>(),
        "outcome" => words::<Outcome>(),
        SINCE | UNTIL => ["1h", "24h", "7d", "30d", "90d"].map(str::to_owned).to_vec(),
        _ => Vec::new(),
    }
}

fn words<W: Word>() -> Vec<String> {
    W::ALL.iter().map(|word| word.as_str().to_owned()).collect()
}

/// Every family of actions, and every action.
fn actions() -> Vec<String> {
    let families = Action::ALL.iter().filter_map(|action| action.code().split_once('.'));
    let mut all: Vec<String> = families.map(|(family, _)| format!("{family}.*")).collect();
    all.dedup();
    all.extend(words::<Action>());
    all.sort();
    all.dedup();
    all
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn what_is_written_of_terms_is_read_as_the_same_terms(
            all in proptest::collection::vec((any::<bool>(), proptest::option::of("[a-z]{1,6}"), "[ -~é]{0,8}"), 0..5)
        ) {
            let all: Vec<Part> =
                all.into_iter().map(|(negated, key, value)| Part { negated, key, value }).collect();
            prop_assert_eq!(parts(&written(&all)), Some(all));
        }
    }

    #[test]
    fn a_term_is_completed_by_what_there_is() {
        let terms = |term: &str| match complete(term) {
            Completion::Terms(all) => all,
            other => panic!("{other:?}"),
        };
        assert_eq!(terms("sev"), ["severity:"]);
        assert_eq!(terms("-severity:h"), ["-severity:HIGH"]);
        assert_eq!(
            terms("action:user.s"),
            ["action:user.sessions.revoked", "action:user.signed_out", "action:user.switch.changed"]
        );
        assert_eq!(terms("actor:nobo"), ["actor:nobody"]);
        assert!(terms("ip:1").is_empty() && terms("nothing").is_empty());
        assert_eq!(complete("-team:\"Pay"), Completion::Team("-team:".to_owned(), "Pay".to_owned()));
    }
}
