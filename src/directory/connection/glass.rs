//! Whether the way in for when Okta is down would work: which accounts there are, and when each was last used or tested.

use std::time::Duration;

use super::{Facts, Level, Part, Topic};
use crate::audit::Action;
use crate::clock::Time;
use crate::error::Result;
use crate::model::Id;
use crate::model::age::ago;
use crate::store::{Link, break_glass, connection as rows};

/// An account that was neither used nor tested for so long is to be tested.
const TESTED_WITHIN: Duration = Duration::from_hours(90 * 24);
/// How many accounts are looked at; the oldest.
const ACCOUNTS: i64 = 20;
/// What shows that an account lets in, newest rows first, of each action.
const PROOFS: [Action; 2] = [Action::AuthBreakGlassLogin, Action::BreakGlassTested];

/// An account, and when it last let somebody in or was tested.
#[derive(Clone, Debug)]
pub struct Account {
    /// Its name.
    pub name: String,
    /// When it was made.
    pub made: Time,
    /// When it was last used or tested; none where the rows that are kept do not tell.
    pub proven: Option<Time>,
}

impl Account {
    fn is_due(&self, now: Time) -> bool {
        self.proven.unwrap_or(self.made).plus(TESTED_WITHIN) < now
    }
}

/// The accounts that may be used.
///
/// # Errors
/// What the engine reports.
pub async fn accounts(link: &mut impl Link) -> Result<Vec<Account>> {
    let mut proofs: Vec<(Time, Id)> = Vec::new();
    for action in PROOFS {
        proofs.extend(rows::successes(link, action).await?);
    }
    let last = |id: Id| proofs.iter().filter(|(_, user)| *user == id).map(|(at, _)| *at).max();
    let found = break_glass::names(link, ACCOUNTS).await?;
    Ok(found.into_iter().map(|(id, name, made)| Account { name, made, proven: last(id) }).collect())
}

pub(super) fn judge(facts: &Facts, now: Time) -> Part {
    let accounts = &facts.accounts;
    let Some(last) = accounts.iter().max_by_key(|account| account.proven) else {
        let why = "There is none: nobody comes in while Okta is down. An operator makes one with: rollcall break-glass create.";
        return Part::off(Topic::Glass, why);
    };
    let due = due(accounts, now);
    if !due.is_empty() {
        let names = due.join(", ");
        let why = format!(
            "Test due: {names} was neither used nor tested for 90 days. An operator does it with: rollcall break-glass test."
        );
        return Part::of(Topic::Glass, Level::Warn, why);
    }
    let count = if accounts.len() == 1 { "1 account".to_owned() } else { format!("{} accounts", accounts.len()) };
    let part = Part::of(Topic::Glass, Level::Good, format!("{count}; {}.", tried(accounts, now)));
    match last.proven {
        Some(at) => part.at(at),
        None => part,
    }
}

/// The accounts that are to be tested, by name.
#[must_use]
pub fn due(accounts: &[Account], now: Time) -> Vec<String> {
    let name = |account: &Account| match account.proven {
        Some(_) => account.name.clone(),
        None => format!("{} (never tried yet)", account.name),
    };
    accounts.iter().filter(|account| account.is_due(now)).map(name).collect()
}

/// When the last of the accounts was used or tested.
#[must_use]
pub fn tried(accounts: &[Account], now: Time) -> String {
    let proven = accounts.iter().filter_map(|account| Some((account.proven?, &account.name))).max();
    proven.map_or_else(
        || "never tried yet".to_owned(),
        |(at, name)| format!("the last that was used or tested is {name}, {}", ago(now, at)),
    )
}

#[cfg(test)]
mod tests {
    use super::super::parts::tests::{before, facts, now};
    use super::*;

    const DAY: u64 = 24 * 60;

    fn part(accounts: &[(&str, u64, Option<u64>)]) -> (Level, String) {
        let account = |(name, made, proven): &(&str, u64, Option<u64>)| Account {
            name: (*name).to_owned(),
            made: before(made * DAY),
            proven: proven.map(|days| before(days * DAY)),
        };
        let part = judge(&Facts { accounts: accounts.iter().map(account).collect(), ..facts(&[]) }, now());
        (part.level, part.why)
    }

    #[test]
    fn an_account_that_was_not_tried_for_ninety_days_is_due() {
        assert_eq!(part(&[]).0, Level::Waiting);
        assert_eq!(part(&[("axe", 10, None)]).0, Level::Good);
        assert_eq!(part(&[("axe", 400, Some(90))]).0, Level::Good);
        let (level, why) = part(&[("axe", 400, Some(2)), ("bolt", 91, None), ("crow", 400, Some(91))]);
        assert!(level == Level::Warn && why.starts_with("Test due: bolt (never tried yet), crow was neither"), "{why}");
        assert_eq!(part(&[("axe", 10, None), ("bolt", 9, None)]).1, "2 accounts; never tried yet.");
    }
}
