//! Teams as people make and change them here. What Okta owns of a team is read here and changed there.

use serde_json::{Map, Value, json};

use super::incoming::Field;
use super::team_names::demand_free;
use super::teams::description;
use crate::access::permission;
use crate::audit::{Action, Entry};
use crate::error::{Error, Result};
use crate::model::policy::{Caller, Deed};
use crate::model::team_settings::{EscalationDefaults, NotificationDefaults, Tag};
use crate::model::words::Word;
use crate::model::{Id, Team};
use crate::scim::etag::IfMatch;
use crate::scim::{Document, text};
use crate::store::error::TEAM_NAME_TAKEN;
use crate::store::platform_teams::{self, ShownTeam};
use crate::store::{Link, Tx, okta_groups, platform_members, team_tags, teams};

/// Said of every id that names no team.
pub const NO_SUCH_TEAM: &str = "There is no team with this id.";
pub(super) const ARCHIVED: &str = "This team is archived. Restore it first.";
const GONE_AT_OKTA: &str = "Okta has deleted the group of this team. Make a new one.";
const NAME_TAKEN: &str = "is taken by another team";
const CHANGED: &str = "The team has changed since you read it: read it again, and repeat what is still to be changed.";
const OKTA_OWNED: &str = "comes from Okta: change it there";
/// Fewer responders with access than these leave nobody to take turns with.
pub const ENOUGH_RESPONDERS: i64 = 3;

/// What is to become of a team's own fields.
#[derive(Clone, Debug)]
pub struct Edit {
    /// The name.
    pub name: Option<String>,
    /// What it is for.
    pub description: Field<String>,
    /// Its channel in Slack.
    pub slack_channel: Field<String>,
    /// How its people are reached.
    pub notifications: Field<NotificationDefaults>,
    /// When somebody else is asked.
    pub escalation: Field<EscalationDefaults>,
}

impl Edit {
    fn apply(&self, before: &ShownTeam) -> ShownTeam {
        let mut after = before.clone();
        after.name = self.name.clone().unwrap_or(after.name);
        after.description = self.description.over(before.description.as_ref());
        after.slack_channel = self.slack_channel.over(before.slack_channel.as_ref());
        match &self.notifications {
            Field::Kept => {}
            Field::Cleared => after.notification_defaults = NotificationDefaults::default().to_json().to_string(),
            Field::Given(set) => after.notification_defaults = set.to_json().to_string(),
        }
        match &self.escalation {
            Field::Kept => {}
            Field::Cleared => after.escalation_defaults = EscalationDefaults::default().to_json().to_string(),
            Field::Given(set) => after.escalation_defaults = set.to_json().to_string(),
        }
        after
    }
}

/// Makes a team that SCIM does not see.
///
/// # Errors
/// [`Error::Forbidden`]; [`Error::Clash`] when the name is taken, whoever may see the team that bears it;
/// [`Error::Invalid`] when it is reserved.
pub async fn create(tx: &mut Tx, caller: &Caller, name: &str, edit: &Edit) -> Result<Id> {
    permission::demand_at_all(caller, Deed::MakeTeams)?;
    found(tx, name, edit).await.map(|team| team.id)
}

/// The same for whoever was allowed to already.
pub(super) async fn found(tx: &mut Tx, name: &str, edit: &Edit) -> Result<ShownTeam> {
    demand_free(name)?;
    let id = Id::fresh();
    let team = fresh(tx, id, name);
    if !teams::insert(tx, &team).await? {
        return Err(Error::clash("name", NAME_TAKEN));
    }
    let made = platform_teams::find(tx, id).await?.ok_or_else(|| Error::internal("a team is gone that was made"))?;
    let team = edit.apply(&made);
    if facts(&made) != facts(&team) {
        platform_teams::update(tx, &team).await?;
    }
    let after = Value::Object(facts(&team));
    tx.say(Entry::team(Action::TeamCreated, id).changed(Value::Null, after).with("name", name));
    Ok(team)
}

fn fresh(tx: &mut Tx, id: Id, name: &str) -> Team {
    Team {
        id,
        name: name.to_owned(),
        description: None,
        synced_from_okta: false,
        scim_visible: false,
        external_id: None,
        document: Document::default(),
        archived_at: None,
        created_at: tx.now(),
    }
}

/// What the audit shows of a team's own fields; what is not set is left out.
fn facts(team: &ShownTeam) -> Map<String, Value> {
    let settings = |stored: &str| serde_json::from_str(stored).unwrap_or(Value::Null);
    let all = [
        ("name", json!(team.name)),
        ("description", json!(team.description)),
        ("slackChannel", json!(team.slack_channel)),
        ("notificationDefaults", settings(&team.notification_defaults)),
        ("escalationDefaults", settings(&team.escalation_defaults)),
    ];
    let is_set = |value: &Value| !value.is_null() && *value != json!({});
    all.into_iter().filter(|(_, value)| is_set(value)).map(|(name, value)| (name.to_owned(), value)).collect()
}

/// What changed of a team's own fields, before and after.
fn diff(before: &ShownTeam, after: &ShownTeam) -> (Value, Value) {
    let (mut was, mut is) = (facts(before), facts(after));
    let same: Vec<String> =
        was.iter().filter(|(name, value)| is.get(*name) == Some(value)).map(|(name, _)| name.clone()).collect();
    for name in same {
        was.remove(&name);
        is.remove(&name);
    }
    (was.into(), is.into())
}

/// A team for a change by somebody who may, locked with its members.
///
/// # Errors
/// [`Error::NotFound`], [`Error::Forbidden`].
async fn hold(tx: &mut Tx, caller: &Caller, deed: Deed, id: Id) -> Result<ShownTeam> {
    let team = platform_teams::lock(tx, id).await?.ok_or_else(|| Error::not_found(NO_SUCH_TEAM))?;
    permission::demand_in(tx, caller, deed, id).await?;
    Ok(team)
}

/// The same, of a team that is not archived.
///
/// # Errors
/// As [`hold`], and [`Error::Conflict`].
pub(super) async fn hold_living(tx: &mut Tx, caller: &Caller, deed: Deed, id: Id) -> Result<ShownTeam> {
    let team = hold(tx, caller, deed, id).await?;
    if team.archived_at.is_some() { Err(Error::conflict(ARCHIVED)) } else { Ok(team) }
}

/// Changes what a team says of itself, where it is at the version that is demanded; what it says already is no change.
///
/// # Errors
/// [`Error::Clash`] for a name that is taken and for what Okta owns; [`Error::Invalid`] for a reserved one;
/// [`Error::Conflict`] when it is archived, [`Error::Precondition`] when it is at another version.
pub async fn edit(tx: &mut Tx, caller: &Caller, id: Id, edit: &Edit, if_match: &IfMatch) -> Result<()> {
    let before = hold_living(tx, caller, Deed::EditTeams, id).await?;
    if if_match.is_demanding() {
        if_match.check(version(tx, id).await?).map_err(|_| Error::Precondition(CHANGED.into()))?;
    }
    let after = edit.apply(&before);
    let (was, is) = diff(&before, &after);
    if was == is {
        return Ok(());
    }
    keep_to_oktas_word(&before, &after)?;
    write(tx, &before, &after).await?;
    tx.say(Entry::team(Action::TeamUpdated, id).changed(was, is).with("name", after.name.as_str()));
    Ok(())
}

/// The version of a team: any change of it or of its people moves it, by whatever road.
///
/// # Errors
/// What the engine reports.
pub async fn version(link: &mut impl Link, id: Id) -> Result<i64> {
    let found = teams::revisions(link, &[id]).await?;
    Ok(found.first().map_or(0, |(_, revision)| revision.number))
}

/// The fields of a team that Okta says: it would say them again.
///
/// # Errors
/// A document that cannot be read, which is a defect.
pub fn okta_owned(team: &ShownTeam) -> Result<Vec<&'static str>> {
    let document = Document::from_stored(&team.scim_attributes).map_err(Error::internal)?;
    let all = [("name", team.synced_from_okta), ("description", description(&document).is_some())];
    Ok(all.into_iter().filter(|(_, is_so)| *is_so).map(|(field, _)| field).collect())
}

/// Refuses to change what Okta says of a team.
fn keep_to_oktas_word(before: &ShownTeam, after: &ShownTeam) -> Result<()> {
    let owned = okta_owned(before)?;
    let changed = [("name", before.name != after.name), ("description", before.description != after.description)];
    match changed.into_iter().find(|(field, is_so)| *is_so && owned.contains(field)) {
        Some((field, _)) => Err(Error::clash(field, OKTA_OWNED)),
        None => Ok(()),
    }
}

async fn write(tx: &mut Tx, before: &ShownTeam, after: &ShownTeam) -> Result<()> {
    let is_renamed = text::fold(&before.name) != text::fold(&after.name);
    if is_renamed {
        demand_free(&after.name)?;
    }
    if is_renamed && teams::name_is_held(tx, &after.name).await? {
        return Err(Error::clash("name", NAME_TAKEN));
    }
    // Between the question and the write somebody else may have taken it.
    platform_teams::update(tx, after).await.map_err(|error| match error {
        Error::Conflict(words) if words == TEAM_NAME_TAKEN => Error::clash("name", NAME_TAKEN),
        other => other,
    })
}

/// Archives a team: its name is free, nobody has rights in it any more. SCIM still reads one that Okta made, because a
/// 404 breaks a mapping that is left. Doing it again changes nothing.
///
/// # Errors
/// [`Error::NotFound`], [`Error::Forbidden`].
pub async fn archive(tx: &mut Tx, caller: &Caller, id: Id) -> Result<()> {
    let before = hold(tx, caller, Deed::MakeTeams, id).await?;
    if before.archived_at.is_some() {
        return Ok(());
    }
    let after = ShownTeam { archived_at: Some(tx.now()), ..before.clone() };
    write(tx, &before, &after).await?;
    say_archived(tx, Action::TeamArchived, &after);
    Ok(())
}

/// Brings an archived team back, with its people and their roles. Doing it again changes nothing.
///
/// # Errors
/// [`Error::Clash`] when its name is taken meanwhile, [`Error::Conflict`] when Okta has deleted its group.
pub async fn restore(tx: &mut Tx, caller: &Caller, id: Id) -> Result<()> {
    let before = hold(tx, caller, Deed::MakeTeams, id).await?;
    if before.archived_at.is_none() {
        return Ok(());
    }
    if before.synced_from_okta && is_gone_at_okta(tx, &before).await? {
        return Err(Error::conflict(GONE_AT_OKTA));
    }
    if teams::name_is_held(tx, &before.name).await? {
        return Err(Error::clash("name", NAME_TAKEN));
    }
    let after = ShownTeam { archived_at: None, ..before.clone() };
    write(tx, &before, &after).await?;
    say_archived(tx, Action::TeamRestored, &after);
    Ok(())
}

/// Whether nobody at Okta speaks for a team any more: what Okta holds in it nobody would ever let go.
async fn is_gone_at_okta(tx: &mut Tx, team: &ShownTeam) -> Result<bool> {
    if !team.scim_visible {
        return Ok(true);
    }
    match teams::linked_group(tx, team.id).await? {
        Some(group) => okta_groups::is_gone(tx, &group).await,
        None => Ok(false),
    }
}

fn say_archived(tx: &mut Tx, action: Action, team: &ShownTeam) {
    let shown = |archived: bool| json!({ "archived": archived });
    let is = team.archived_at.is_some();
    tx.say(Entry::team(action, team.id).changed(shown(!is), shown(is)).with("name", team.name.as_str()));
}

/// Gives a team exactly these tags; those it has stay untouched.
///
/// # Errors
/// As [`edit`].
pub async fn set_tags(tx: &mut Tx, caller: &Caller, id: Id, tags: &[Tag]) -> Result<()> {
    let team = hold_living(tx, caller, Deed::EditTeams, id).await?;
    let has = team_tags::list(tx, id).await?;
    let gone: Vec<Id> = has.iter().filter(|(_, tag)| !tags.contains(tag)).map(|(id, _)| *id).collect();
    let new: Vec<&Tag> = tags.iter().filter(|tag| !has.iter().any(|(_, held)| held == *tag)).collect();
    if gone.is_empty() && new.is_empty() {
        return Ok(());
    }
    team_tags::change(tx, id, &gone, &new).await?;
    platform_teams::bump(tx, id).await?;
    let was: Vec<String> = has.iter().map(|(_, tag)| told(tag)).collect();
    let is: Vec<String> = tags.iter().map(told).collect();
    let entry = Entry::team(Action::TeamTagsChanged, id).changed(json!({ "tags": was }), json!({ "tags": is }));
    tx.say(entry.with("name", team.name));
    Ok(())
}

fn told(tag: &Tag) -> String {
    format!("{}:{}", tag.kind.as_str(), tag.value)
}

/// Turns a team's maintenance mode on or off, for a reason; as it is already is no change.
///
/// # Errors
/// As [`edit`].
pub async fn set_maintenance(tx: &mut Tx, caller: &Caller, id: Id, on: bool, reason: Option<&str>) -> Result<()> {
    let before = hold_living(tx, caller, Deed::MaintainTeams, id).await?;
    if before.maintenance_mode == on {
        return Ok(());
    }
    let after = ShownTeam { maintenance_mode: on, ..before.clone() };
    write(tx, &before, &after).await?;
    let shown = |on: bool| json!({ "maintenanceMode": on });
    let entry = Entry::team(Action::TeamMaintenanceSet, id).changed(shown(!on), shown(on));
    tx.say(entry.with("name", after.name.as_str()).with("reason", reason));
    Ok(())
}

/// What a team lacks to be relied upon: its code, and a sentence.
pub type Warning = (&'static str, &'static str);

const NO_ADMIN: Warning = ("no_admin", "Nobody with access runs this team.");
const FEW_RESPONDERS: Warning = ("few_responders", "Fewer than three responders have access: nobody can take turns.");

/// What is wrong with a team's staff: nothing, while it has an admin and enough responders with access.
///
/// # Errors
/// What the engine reports.
pub async fn health(link: &mut impl Link, id: Id) -> Result<Vec<Warning>> {
    let staff = platform_members::staff(link, id).await?;
    let found = [(staff.admins == 0, NO_ADMIN), (staff.responders < ENOUGH_RESPONDERS, FEW_RESPONDERS)];
    Ok(found.into_iter().filter(|(is_so, _)| *is_so).map(|(_, warning)| warning).collect())
}

/// A team, archived ones too.
///
/// # Errors
/// [`Error::NotFound`].
pub async fn read(link: &mut impl Link, id: Id) -> Result<ShownTeam> {
    platform_teams::find(link, id).await?.ok_or_else(|| Error::not_found(NO_SUCH_TEAM))
}
