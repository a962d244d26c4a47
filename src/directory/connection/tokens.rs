//! Whether SCIM clients come in, and go on doing so: which tokens work, which end soon, and what takes their place.

use super::{Facts, Level, Part, REMINDED, Topic, WINDOW};
use crate::clock::Time;
use crate::model::age::{ago, ahead, span};
use crate::model::token::ScimToken;

/// What takes the place of a token that ends.
#[derive(Clone, Copy, Debug)]
pub enum Turn<'t> {
    /// Nothing yet.
    Open,
    /// This one, once it is entered where the other is.
    Made(&'t ScimToken),
    /// One that is in use already.
    Taken,
}

impl<'t> Turn<'t> {
    /// What takes the place of a token among all of them.
    #[must_use]
    pub fn of(token: &ScimToken, all: &'t [ScimToken], now: Time) -> Self {
        let next = all.iter().filter(|one| one.is_live(now) && one.follows(token));
        match next.max_by_key(|one| (one.last_used_at, one.created_at)) {
            None => Self::Open,
            Some(next) if next.last_used_at.is_some() && next.last_used_at >= token.last_used_at => Self::Taken,
            Some(next) => Self::Made(next),
        }
    }

    /// How grave the end of a token is, by how grave it would be if nothing took its place; none where nothing is left to do.
    #[must_use]
    pub fn eased(self, level: Level) -> Option<Level> {
        match self {
            Self::Open => Some(level),
            Self::Made(_) => Some(level.min(Level::Warn)),
            Self::Taken => None,
        }
    }
}

/// Whether a token should be told of: its end is near, and somebody used it in the last day.
#[must_use]
pub fn is_reminded(token: &ScimToken, now: Time) -> bool {
    let is_near = token.expires_at.is_some_and(|end| end <= now.plus(REMINDED.0));
    let is_used = token.last_used_at.is_some_and(|at| at.plus(WINDOW) > now);
    token.is_live(now) && is_near && is_used
}

/// How long a token has left, where that is short: for reminders.
#[must_use]
pub fn left(token: &ScimToken, now: Time) -> Option<(String, Level)> {
    let end = token.expires_at.filter(|_| is_reminded(token, now))?;
    Some((span((end.micros() - now.micros()) / 1_000_000), gravity(end, now)))
}

fn gravity(end: Time, now: Time) -> Level {
    if end <= now.plus(REMINDED.1) { Level::Bad } else { Level::Warn }
}

pub(super) fn judge(facts: &Facts, now: Time) -> Part {
    let live: Vec<&ScimToken> = facts.tokens.iter().filter(|token| token.is_live(now)).collect();
    let Some(last) = live.iter().max_by_key(|token| token.last_used_at) else {
        let level = if facts.tokens.is_empty() { Level::Waiting } else { Level::Bad };
        return Part::of(Topic::Tokens, level, "No SCIM token works. Make one and enter it in Okta.");
    };
    let mut ending: Vec<&ScimToken> = live.iter().copied().filter(|token| is_reminded(token, now)).collect();
    ending.sort_by_key(|token| token.expires_at);
    let told = ending.into_iter().filter_map(|token| end_of(token, &facts.tokens, now));
    // Of those that are as grave the first one is told, which ends first.
    if let Some(worst) = told.reduce(|worst, next| if next.level > worst.level { next } else { worst }) {
        return worst;
    }
    let count = if live.len() == 1 { "1 token works".to_owned() } else { format!("{} tokens work", live.len()) };
    let used = match last.last_used_at {
        Some(at) => format!("the last that was used is {}, {}", last.name, ago(now, at)),
        None => "none was used yet".to_owned(),
    };
    Part::of(Topic::Tokens, Level::Good, format!("{count}; {used}."))
}

/// What is to be done about a token that ends.
fn end_of(token: &ScimToken, all: &[ScimToken], now: Time) -> Option<Part> {
    let (end, turn) = (token.expires_at?, Turn::of(token, all, now));
    let level = turn.eased(gravity(end, now))?;
    let (name, left) = (&token.name, ahead(now, end));
    let why = match turn {
        Turn::Made(next) => format!(
            "The token {name} ({}) ends {left} and is still in use. The new one ({}) is made: enter it in Okta.",
            token.prefix(),
            next.prefix()
        ),
        Turn::Open | Turn::Taken => format!("The token {name} ends {left} and is in use. Rotate it."),
    };
    Some(Part::of(Topic::Tokens, level, why).at(end))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::super::parts::tests::{facts, now};
    use super::*;
    use crate::model::Id;
    use crate::model::token::{Scope, TokenMode, TokenOrigin};
    use crate::model::words::Word;

    const HOUR: Duration = Duration::from_hours(1);

    /// A token that was made and used so many hours ago, and ends in so many.
    fn token(name: &str, made: u32, used: Option<u32>, left: u32) -> ScimToken {
        ScimToken {
            id: Id::fresh(),
            key_id: format!("{name}{made}"),
            secret_hash: Vec::new(),
            name: name.to_owned(),
            scopes: Scope::ALL.to_vec(),
            mode: TokenMode::Bearer,
            origin: TokenOrigin::Minted,
            created_by: "cli".to_owned(),
            created_at: now().minus(HOUR * made),
            expires_at: Some(now().plus(HOUR * left)),
            last_used_at: used.map(|hours| now().minus(HOUR * hours)),
            ended_at: None,
        }
    }

    fn told(tokens: Vec<ScimToken>) -> (Level, String) {
        let part = judge(&Facts { tokens, ..facts(&[]) }, now());
        (part.level, part.why)
    }

    #[test]
    fn a_token_whose_successor_is_made_is_amber_until_that_is_in_use() {
        let old = || token("Okta", 900, Some(1), 23);
        let (level, why) = told(vec![old()]);
        assert!(level == Level::Bad && why.ends_with("Rotate it."), "{why}");
        let (level, why) = told(vec![token("Okta", 1, None, 900), old()]);
        assert!(level == Level::Warn && why.contains("ends in 23 hours and is still in use"), "{why}");
        assert!(why.contains("(rc_scim_Okta1…) is made: enter it in Okta."), "{why}");
        assert_eq!(told(vec![token("Okta", 1, Some(0), 900), old()]).0, Level::Good);
        assert_eq!(told(vec![token("Okta", 2, Some(2), 900), old()]).0, Level::Warn, "the old one was used since");
    }

    #[test]
    fn only_one_that_is_alike_newer_and_lasts_longer_takes_the_place_of_a_token() {
        let old = || token("Okta", 900, Some(1), 23);
        let reader = ScimToken { scopes: vec![Scope::Read], ..token("Okta", 1, None, 900) };
        let revoked = ScimToken { ended_at: Some(now()), ..token("Okta", 1, None, 900) };
        for other in
            [token("Entra", 1, None, 900), token("Okta", 901, None, 900), token("Okta", 1, None, 22), reader, revoked]
        {
            assert_eq!(told(vec![other.clone(), old()]).0, Level::Bad, "{other:?}");
        }
        let both = vec![token("Okta", 1, None, 900), token("Entra", 800, Some(1), 23), old()];
        assert_eq!(told(both).1, "The token Entra ends in 23 hours and is in use. Rotate it.");
    }
}
