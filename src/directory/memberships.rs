//! Who is in a team, as far as Okta holds it.

use std::collections::{BTreeSet, HashMap, HashSet};

use serde_json::{Value, json};

use crate::audit::{Action, Entry, Resource};
use crate::error::Result;
use crate::model::words::Word;
use crate::model::{Id, Membership, Team, User};
use crate::store::memberships::{self, Released};
use crate::store::{Tx, teams, users};

/// How many of the skipped ids an audit row lists.
const SHOWN: usize = 20;

/// The ids of a push that name nobody SCIM sees; one row tells of them all, however many operations named them.
#[derive(Default)]
pub struct Skipped(BTreeSet<String>);

impl Skipped {
    /// Says which ids were passed over, if any were.
    pub fn say(self, tx: &mut Tx, team: &Team) {
        if self.0.is_empty() {
            return;
        }
        let shown: Vec<String> = self.0.iter().take(SHOWN).map(|id| crate::scim::text::excerpt(id)).collect();
        tx.say(
            Entry::team(Action::TeamMembersSkipped, team.id)
                .with("team", team.name.as_str())
                .with("count", self.0.len())
                .with("ids", shown),
        );
    }
}

/// What to call people, by their own ids.
type Names = HashMap<Id, Option<String>>;

/// Lets Okta hold the membership of these SCIM ids, all but the unknown ones. Tells whether anybody joined.
///
/// # Errors
/// What the engine reports.
pub async fn add(tx: &mut Tx, team: &Team, scim_ids: &[String], skipped: &mut Skipped) -> Result<bool> {
    let people = users::hold_scim(tx, &parsed(scim_ids)).await?;
    let known: HashSet<Id> = people.iter().map(|person| person.scim_id).collect();
    let is_known = |id: &&String| Id::parse(id).is_some_and(|id| known.contains(&id));
    skipped.0.extend(scim_ids.iter().filter(|id| !is_known(id)).cloned());
    let names: Names = people.into_iter().map(|person| (person.id, person.name)).collect();
    let joined = memberships::hold(tx, team.id, &in_order(&names)).await?;
    for member in &joined {
        tx.say(entry(Action::TeamMemberAdded, team, member, &names).changed(Value::Null, state(member)));
    }
    Ok(!joined.is_empty())
}

/// Ids in the one order in which rows are locked and written.
fn in_order(names: &Names) -> Vec<Id> {
    names.keys().copied().collect::<BTreeSet<_>>().into_iter().collect()
}

/// The ids among what was sent, each once, in order.
fn parsed(scim_ids: &[String]) -> Vec<Id> {
    let ids: BTreeSet<Id> = scim_ids.iter().filter_map(|id| Id::parse(id)).collect();
    ids.into_iter().collect()
}

/// Lets Okta let go of the membership of these SCIM ids; who is no member is no fault. Tells whether anybody left.
///
/// # Errors
/// What the engine reports.
pub async fn remove(tx: &mut Tx, team: &Team, scim_ids: &[String]) -> Result<bool> {
    let people = users::hold_scim(tx, &parsed(scim_ids)).await?;
    let names = people.into_iter().map(|person| (person.id, person.name)).collect();
    release(tx, team, &names).await
}

/// Lets Okta let go of the membership of people known by their own ids. Tells whether anybody left.
///
/// # Errors
/// What the engine reports.
pub async fn remove_people(tx: &mut Tx, team: &Team, ids: &[Id]) -> Result<bool> {
    let names = users::names(tx, ids).await?.into_iter().collect();
    release(tx, team, &names).await
}

async fn release(tx: &mut Tx, team: &Team, people: &Names) -> Result<bool> {
    let Released { ended, kept } = memberships::release(tx, team.id, &in_order(people)).await?;
    for member in &ended {
        tx.say(entry(Action::TeamMemberRemoved, team, member, people).changed(state(member), Value::Null));
    }
    for member in &kept {
        let before = json!({ "role": member.role.as_str(), "byOkta": true, "byPlatform": true });
        tx.say(entry(Action::TeamMemberReleased, team, member, people).changed(before, state(member)));
    }
    Ok(!ended.is_empty() || !kept.is_empty())
}

/// Makes these SCIM ids exactly the members that Okta holds, touching only those that differ. The team's version is
/// locked. Tells whether anybody came or went.
///
/// # Errors
/// What the engine reports.
pub async fn replace(tx: &mut Tx, team: &Team, scim_ids: &[String], skipped: &mut Skipped) -> Result<bool> {
    let wanted: HashSet<Id> = parsed(scim_ids).into_iter().collect();
    let held = memberships::held_ids(tx, team.id).await?;
    let present: HashSet<Id> = held.iter().map(|(_, scim_id)| *scim_id).collect();
    let gone: Vec<Id> = held.iter().filter(|(_, scim_id)| !wanted.contains(scim_id)).map(|(id, _)| *id).collect();
    let is_new = |id: &&String| Id::parse(id).is_none_or(|id| !present.contains(&id));
    let new: Vec<String> = scim_ids.iter().filter(is_new).cloned().collect();
    let left = if gone.is_empty() { false } else { remove_people(tx, team, &gone).await? };
    let came = if new.is_empty() { false } else { add(tx, team, &new, skipped).await? };
    Ok(left || came)
}

/// Ends every membership of a person who leaves the roll for good.
///
/// # Errors
/// What the engine reports.
pub async fn end_all_of(tx: &mut Tx, user: &User) -> Result<()> {
    memberships::hold_teams_of(tx, user.id).await?;
    users::lock_out(tx, user.id).await?;
    let ended = memberships::end_all_of(tx, user.id).await?;
    let ids: BTreeSet<Id> = ended.iter().map(|member| member.team_id).collect();
    let ids: Vec<Id> = ids.into_iter().collect();
    for team in &ids {
        teams::hold_scim(tx, *team, 0).await?;
        teams::bump(tx, *team, 0).await?;
    }
    let teams: HashMap<Id, String> = teams::names(tx, &ids).await?.into_iter().collect();
    for member in &ended {
        let said = about(Action::TeamMemberRemoved, member).with("user", user.title());
        tx.say(said.with("team", teams.get(&member.team_id).cloned()).changed(state(member), Value::Null));
    }
    Ok(())
}

fn about(action: Action, member: &Membership) -> Entry {
    let entry = Entry::about(action, Resource::Membership, member.id);
    Entry { user_id: Some(member.user_id), team_id: Some(member.team_id), ..entry }
}

fn entry(action: Action, team: &Team, member: &Membership, names: &Names) -> Entry {
    let name = names.get(&member.user_id).cloned().flatten();
    about(action, member).with("user", name).with("team", team.name.as_str())
}

fn state(member: &Membership) -> Value {
    json!({ "role": member.role.as_str(), "byOkta": member.by_okta, "byPlatform": member.by_platform })
}
