//! By which channels somebody wants to be told: read and written whole.

use serde_json::{Value, json};

use super::permission;
use crate::audit::{Action, Entry};
use crate::error::Result;
use crate::model::contact::{DEFAULTS, Preference};
use crate::model::policy::Caller;
use crate::model::words::Word;
use crate::store::{Link, Tx, preferences as rows};

/// What holds for a person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kept {
    /// One a channel, the first to be tried first.
    pub list: Vec<Preference>,
    /// Whether nobody said so: these are the defaults.
    pub is_default: bool,
}

/// What holds for the caller.
///
/// # Errors
/// What the engine reports.
pub async fn read(link: &mut impl Link, caller: &Caller) -> Result<Kept> {
    let list = rows::list(link, caller.user).await?;
    let is_default = list.is_empty();
    Ok(Kept { list: if is_default { DEFAULTS.to_vec() } else { list }, is_default })
}

/// Puts this list, in which no channel stands twice, in the place of the caller's. An empty one goes back to the defaults;
/// the one that is there changes nothing.
///
/// # Errors
/// [`Error::Forbidden`](crate::error::Error::Forbidden) when their access ended on the way.
pub async fn replace(tx: &mut Tx, caller: &Caller, wanted: &[Preference]) -> Result<()> {
    permission::hold(tx, caller).await?;
    let before = rows::list(tx, caller.user).await?;
    let changed: Vec<&Preference> = wanted.iter().filter(|one| !before.contains(one)).collect();
    let is_wanted = |kept: &Preference| wanted.iter().any(|one| one.channel == kept.channel);
    let gone: Vec<&Preference> = before.iter().filter(|kept| !is_wanted(kept)).collect();
    if changed.is_empty() && gone.is_empty() {
        return Ok(());
    }
    for one in changed {
        rows::put(tx, caller.user, one).await?;
    }
    for one in gone {
        rows::remove(tx, caller.user, one.channel).await?;
    }
    let after = rows::list(tx, caller.user).await?;
    let entry = Entry::user(Action::UserPreferencesChanged, caller.user).changed(shown(&before), shown(&after));
    tx.say(entry.with("name", caller.name.as_str()));
    Ok(())
}

fn shown(list: &[Preference]) -> Value {
    let one =
        |one: &Preference| json!({ "channel": one.channel.as_str(), "enabled": one.enabled, "priority": one.priority });
    json!({ "preferences": list.iter().map(one).collect::<Vec<_>>() })
}
