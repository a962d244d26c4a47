//! Drift: where the roll and Okta differ, why, and the repair, which is the event that Okta would have sent.
//!
//! What could not be read whole is not compared: a person who is missing from half a list is no leaver.

use std::collections::{HashMap, HashSet};

use serde_json::Value;

use super::okta_events::{self, Outcome};
use crate::audit::{Action, Entry};
use crate::clock::Time;
use crate::config::BreakerRule;
use crate::error::Result;
use crate::model::Id;
use crate::model::user::OktaStatus;
use crate::model::words::{Word, words};
use crate::okta::LogEvent;
use crate::okta::listing::{Account, Assigned, event, event_to};
use crate::okta::meaning::Status;
use crate::store::drift::{LinkedTeam, Person};
use crate::store::{Tx, drift};

words! {
    /// What differs.
    Kind {
        /// Okta's status of the account.
        Status = "status",
        /// Okta knows the account no more.
        AccountGone = "account_gone",
        /// The person is not assigned to the app, and SCIM's switch is on.
        Unassigned = "unassigned",
        /// The person is assigned to the app, and SCIM's switch is off.
        SwitchedOff = "switched_off",
        /// Okta has assigned somebody who is not on the roll.
        Unknown = "unknown",
        /// A member here is none at Okta.
        ExtraMember = "extra_member",
        /// A member at Okta is none here.
        MissingMember = "missing_member",
        /// The linked group is gone.
        GroupGone = "group_gone",
    }
}

/// One thing that differs.
#[derive(Clone, Debug)]
pub struct Difference {
    /// What.
    pub kind: Kind,
    /// Whom or what it is about, in words.
    pub name: String,
    /// Okta's id of it.
    pub okta_id: String,
    /// What stands here.
    pub here: String,
    /// What stands at Okta.
    pub there: String,
    /// The event that repairs it; none when only Okta or an admin can.
    pub repair: Option<Value>,
    /// Whether the repair ends somebody's access.
    pub ends_access: bool,
}

/// What Okta lists of people. A list that could not be read whole is none.
#[derive(Debug, Default)]
pub struct Listed {
    /// The accounts, by id.
    pub accounts: Option<HashMap<String, Account>>,
    /// The people of our apps, by id.
    pub assigned: Option<HashMap<String, Assigned>>,
    /// The apps that are ours.
    pub apps: Vec<String>,
    /// When reading began, by our clock: what is missing was missing then.
    pub began: String,
}

impl Listed {
    /// How a person differs.
    #[must_use]
    pub fn compare(&self, person: &Person) -> Vec<Difference> {
        [self.account_of(person), self.assignment_of(person)].into_iter().flatten().collect()
    }

    fn account_of(&self, person: &Person) -> Option<Difference> {
        let accounts = self.accounts.as_ref()?;
        let target = [("User", person.okta_id.as_str())];
        let Some(account) = accounts.get(&person.okta_id) else {
            let repair = event("user.lifecycle.delete.initiated", &self.began, &target);
            let gone = difference(Kind::AccountGone, person, person.okta_status.as_str(), "no such account");
            let is_news = person.okta_status != OktaStatus::Deactivated;
            return is_news.then(|| Difference { repair: Some(repair), ends_access: true, ..gone });
        };
        let status = account.status?;
        let there = OktaStatus::from(status);
        if there == person.okta_status {
            return None;
        }
        // A switch that nobody has moved since the person came is no word of Okta's: what Okta says now is newer.
        let is_untold = person.okta_since <= person.created_at;
        let since = if is_untold { Some(self.began.as_str()) } else { account.since.as_deref() };
        Some(Difference {
            repair: since.map(|since| event(event_to(status), since, &target)),
            ends_access: status != Status::Ok,
            ..difference(Kind::Status, person, person.okta_status.as_str(), there.as_str())
        })
    }

    fn assignment_of(&self, person: &Person) -> Option<Difference> {
        let assigned = self.assigned.as_ref()?;
        let app = self.apps.first()?;
        let is_assigned = assigned.contains_key(&person.okta_id);
        match (person.scim_active && person.scim_id.is_some(), is_assigned) {
            (true, false) => {
                let targets = [("User", person.okta_id.as_str()), ("AppInstance", app.as_str())];
                let repair = event("application.user_membership.remove", &self.began, &targets);
                let gone = difference(Kind::Unassigned, person, "active over SCIM", "not assigned to the app");
                Some(Difference { repair: Some(repair), ends_access: true, ..gone })
            }
            (false, true) if self.is_ok(&person.okta_id) => {
                Some(difference(Kind::SwitchedOff, person, "not active over SCIM", "assigned to the app"))
            }
            _ => None,
        }
    }

    /// Whether Okta is known to have nothing against the account: Okta turns the switch of everybody else off itself.
    fn is_ok(&self, okta_id: &str) -> bool {
        let account = self.accounts.as_ref().and_then(|accounts| accounts.get(okta_id));
        account.is_some_and(|account| account.status == Some(Status::Ok))
    }

    /// Those whom Okta has assigned and nobody here is.
    #[must_use]
    pub fn unknown(&self, known: &HashSet<String>) -> Vec<Difference> {
        let assigned = self.assigned.iter().flat_map(HashMap::values);
        let mut strangers: Vec<&Assigned> = assigned.filter(|one| !known.contains(&one.id)).collect();
        strangers.sort_by(|one, other| one.id.cmp(&other.id));
        let told = |one: &Assigned| Difference {
            kind: Kind::Unknown,
            name: one.external_id.clone().unwrap_or_default(),
            okta_id: one.id.clone(),
            here: "nobody is bound to this id".to_owned(),
            there: "assigned to the app".to_owned(),
            repair: None,
            ends_access: false,
        };
        strangers.into_iter().map(told).collect()
    }
}

fn difference(kind: Kind, person: &Person, here: &str, there: &str) -> Difference {
    Difference {
        kind,
        name: person.user_name.clone().unwrap_or_else(|| person.id.to_string()),
        okta_id: person.okta_id.clone(),
        here: here.to_owned(),
        there: there.to_owned(),
        repair: None,
        ends_access: false,
    }
}

/// A membership that differs.
#[must_use]
pub fn member(team: &LinkedTeam, okta_id: &str, is_at_okta: bool, began: &str) -> Difference {
    let (kind, verb) = if is_at_okta { (Kind::MissingMember, "add") } else { (Kind::ExtraMember, "remove") };
    let word = |is_in: bool| if is_in { "a member" } else { "no member" }.to_owned();
    let targets = [("User", okta_id), ("UserGroup", team.okta_group_id.as_str())];
    Difference {
        kind,
        name: team.name.clone(),
        okta_id: okta_id.to_owned(),
        here: word(!is_at_okta),
        there: word(is_at_okta),
        repair: Some(event(&format!("group.user_membership.{verb}"), began, &targets)),
        ends_access: false,
    }
}

/// A linked group that Okta knows no more.
#[must_use]
pub fn gone(team: &LinkedTeam, began: &str) -> Difference {
    Difference {
        kind: Kind::GroupGone,
        name: team.name.clone(),
        okta_id: team.okta_group_id.clone(),
        here: "a team".to_owned(),
        there: "no such group".to_owned(),
        repair: Some(event("group.lifecycle.delete", began, &[("UserGroup", &team.okta_group_id)])),
        ends_access: false,
    }
}

/// What became of a repair.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Repair {
    /// It changed something.
    Done,
    /// It was so already, or something newer is known, for this reason.
    Needless(&'static str),
    /// The breaker holds it.
    Held,
}

/// Repairs one difference, by the verb of the event that Okta would have sent.
///
/// # Errors
/// What the engine reports; then nothing was changed.
pub async fn repair(tx: &mut Tx, event: &Value, apps: &[String], rule: BreakerRule) -> Result<Repair> {
    if super::breaker::watch(tx, rule).await? {
        return Ok(Repair::Held);
    }
    Ok(match okta_events::apply(tx, &LogEvent::read(event), apps).await? {
        Outcome::Applied => Repair::Done,
        Outcome::NoChange => Repair::Needless("it is so already"),
        Outcome::Ignored(reason) | Outcome::Stale(reason) => Repair::Needless(reason),
    })
}

/// Says, at the end, what a run of repairs did.
pub fn say(tx: &mut Tx, found: usize, repaired: usize, partly: bool) {
    let said = Entry::service(Action::DriftRepaired).with("found", found).with("repaired", repaired);
    tx.say(said.with("partly", partly));
}

/// The moment as events carry it.
#[must_use]
pub fn moment(at: Time) -> String {
    at.rfc3339()
}

/// Where a walk through the tables begins.
#[must_use]
pub fn beginning() -> Id {
    uuid::Uuid::nil().into()
}

pub use drift::{linked_teams, members, people};
