//! Who is in a team, as far as Okta holds it.

use std::collections::{BTreeSet, HashMap};

use serde_json::{Value, json};

use crate::audit::{Action, Entry, Resource};
use crate::error::Result;
use crate::model::words::Word;
use crate::model::{Id, Membership, Team};
use crate::store::memberships::{self, Released};
use crate::store::{Tx, teams, users};

/// How many of the skipped ids an audit row lists.
const SHOWN: usize = 20;

/// Lets Okta hold the membership of these SCIM ids. Unknown ones are skipped with one row; tells whether anybody joined.
///
/// # Errors
/// What the engine reports.
pub async fn add(tx: &mut Tx, team: &Team, scim_ids: &[String]) -> Result<bool> {
    let wanted: BTreeSet<Id> = scim_ids.iter().filter_map(|id| Id::parse(id)).collect();
    let wanted: Vec<Id> = wanted.into_iter().collect();
    let people = users::hold_scim(tx, &wanted).await?;
    let known: HashMap<Id, (Id, Option<String>)> =
        people.into_iter().map(|person| (person.scim_id, (person.id, person.name))).collect();
    skip_unknown(tx, team, scim_ids, |id| Id::parse(id).is_some_and(|id| known.contains_key(&id)));
    let ids: BTreeSet<Id> = known.values().map(|(id, _)| *id).collect();
    let joined = memberships::hold(tx, team.id, &ids.into_iter().collect::<Vec<_>>()).await?;
    let names: HashMap<Id, Option<String>> = known.into_values().collect();
    for member in &joined {
        let name = names.get(&member.user_id).cloned().flatten();
        tx.say(entry(Action::TeamMemberAdded, team, member).changed(Value::Null, state(member)).with("user", name));
    }
    Ok(!joined.is_empty())
}

fn skip_unknown(tx: &mut Tx, team: &Team, asked: &[String], is_known: impl Fn(&str) -> bool) {
    let unknown: BTreeSet<&str> = asked.iter().map(String::as_str).filter(|id| !is_known(id)).collect();
    if unknown.is_empty() {
        return;
    }
    let shown: Vec<String> = unknown.iter().take(SHOWN).map(|id| crate::scim::text::excerpt(id)).collect();
    tx.say(
        Entry::team(Action::TeamMembersSkipped, team.id)
            .with("team", team.name.as_str())
            .with("count", unknown.len())
            .with("ids", shown),
    );
}

/// Lets Okta let go of the membership of these SCIM ids; who is no member is no fault. Tells whether anybody left.
///
/// # Errors
/// What the engine reports.
pub async fn remove(tx: &mut Tx, team: &Team, scim_ids: &[String]) -> Result<bool> {
    let wanted: BTreeSet<Id> = scim_ids.iter().filter_map(|id| Id::parse(id)).collect();
    let wanted: Vec<Id> = wanted.into_iter().collect();
    let people = users::hold_scim(tx, &wanted).await?;
    let ids: BTreeSet<Id> = people.into_iter().map(|person| person.id).collect();
    release(tx, team, &ids.into_iter().collect::<Vec<_>>()).await
}

/// Lets Okta let go of the membership of these people. Tells whether anybody was held.
///
/// # Errors
/// What the engine reports.
pub async fn release(tx: &mut Tx, team: &Team, users: &[Id]) -> Result<bool> {
    let Released { ended, kept } = memberships::release(tx, team.id, users).await?;
    for member in &ended {
        tx.say(entry(Action::TeamMemberRemoved, team, member).changed(state(member), Value::Null));
    }
    for member in &kept {
        let before = json!({ "role": member.role.as_str(), "byOkta": true, "byPlatform": true });
        tx.say(entry(Action::TeamMemberReleased, team, member).changed(before, state(member)));
    }
    Ok(!ended.is_empty() || !kept.is_empty())
}

/// Makes these SCIM ids exactly the members that Okta holds, touching only those that differ. The team's version is
/// locked. Tells whether anybody came or went.
///
/// # Errors
/// What the engine reports.
pub async fn replace(tx: &mut Tx, team: &Team, scim_ids: &[String]) -> Result<bool> {
    let wanted: BTreeSet<Id> = scim_ids.iter().filter_map(|id| Id::parse(id)).collect();
    let held = memberships::held_ids(tx, team.id).await?;
    let present: BTreeSet<Id> = held.iter().map(|(_, scim_id)| *scim_id).collect();
    let gone: Vec<Id> = held.iter().filter(|(_, scim_id)| !wanted.contains(scim_id)).map(|(id, _)| *id).collect();
    let is_new = |id: &&String| Id::parse(id).is_none_or(|id| !present.contains(&id));
    let new: Vec<String> = scim_ids.iter().filter(is_new).cloned().collect();
    let left = if gone.is_empty() { false } else { release(tx, team, &gone).await? };
    let came = if new.is_empty() { false } else { add(tx, team, &new).await? };
    Ok(left || came)
}

/// Ends every membership of a person who leaves the roll for good.
///
/// # Errors
/// What the engine reports.
pub async fn end_all_of(tx: &mut Tx, user: Id) -> Result<()> {
    let ended = memberships::end_all_of(tx, user).await?;
    let in_order: BTreeSet<Id> = ended.iter().map(|member| member.team_id).collect();
    for team in in_order {
        teams::hold_scim(tx, team, 0).await?;
        teams::bump(tx, team, 0).await?;
    }
    for member in &ended {
        let entry =
            Entry { user_id: Some(user), team_id: Some(member.team_id), ..about(Action::TeamMemberRemoved, member) };
        tx.say(entry.changed(state(member), Value::Null));
    }
    Ok(())
}

fn about(action: Action, member: &Membership) -> Entry {
    Entry::about(action, Resource::Membership, member.id)
}

fn entry(action: Action, team: &Team, member: &Membership) -> Entry {
    Entry { user_id: Some(member.user_id), team_id: Some(team.id), ..about(action, member) }
        .with("team", team.name.as_str())
}

fn state(member: &Membership) -> Value {
    json!({ "role": member.role.as_str(), "byOkta": member.by_okta, "byPlatform": member.by_platform })
}
