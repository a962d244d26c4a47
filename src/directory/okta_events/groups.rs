//! Events about a group: names propose links, memberships and the end of the group act on confirmed ones.

use serde_json::json;

use super::{NAMED_BY_SCIM, NO_GROUP, NOBODY, NOT_LINKED, OLDER, Outcome, PROPOSED, SCIM_LATER, STRANGER};
use crate::audit::{Action, Entry};
use crate::clock::Time;
use crate::directory::memberships::{self, Skipped};
use crate::error::Result;
use crate::okta::event::Party;
use crate::okta::meaning::Whom;
use crate::okta::{Fact, LogEvent, Verdict};
use crate::store::okta_groups::{self, Linked, SLOT, Word};
use crate::store::{Tx, memberships as rows, teams, users};

/// A group has a name: a proposal, if a team bears it too.
pub(super) async fn named(tx: &mut Tx, event: &LogEvent, at: Time) -> Result<Outcome> {
    let Some(group) = event.group() else { return Ok(Outcome::Ignored(NO_GROUP)) };
    keep_name(tx, group, at).await?;
    if okta_groups::is_linked(tx, &group.id).await? {
        return Ok(Outcome::Ignored(NAMED_BY_SCIM));
    }
    unlinked(tx, &group.id).await
}

/// Keeps what Okta calls a group, where the event says so.
async fn keep_name(tx: &mut Tx, group: &Party, at: Time) -> Result<()> {
    match &group.name {
        Some(name) => okta_groups::put_name(tx, &group.id, name, at).await,
        None => Ok(()),
    }
}

/// What is said of an event that acts on no team.
async fn unlinked(tx: &mut Tx, group: &str) -> Result<Outcome> {
    let is_proposed = okta_groups::is_proposed(tx, group).await?;
    Ok(Outcome::Ignored(if is_proposed { PROPOSED } else { NOT_LINKED }))
}

/// A group is gone: its team is archived, and stays readable over SCIM, because a 404 breaks a mapping that is left.
pub(super) async fn gone(tx: &mut Tx, event: &LogEvent, at: Time) -> Result<Outcome> {
    let Some(group) = event.group() else { return Ok(Outcome::Ignored(NO_GROUP)) };
    let linked = okta_groups::lock_linked(tx, &group.id).await?;
    let is_news = okta_groups::put_gone(tx, &group.id, group.name.as_deref().unwrap_or_default(), at).await?;
    if !is_news {
        return Ok(Outcome::NoChange);
    }
    let Some(Linked { mut team, written_at }) = linked else { return Ok(Outcome::Ignored(NOT_LINKED)) };
    if written_at > at {
        return Ok(Outcome::Stale(SCIM_LATER));
    }
    team.archived_at = Some(tx.now());
    teams::update(tx, &team).await?;
    let said = Entry::team(Action::TeamArchived, team.id).with("name", team.name.as_str());
    tx.say(
        said.changed(json!({ "archived": false }), json!({ "archived": true })).with("oktaGroupId", group.id.as_str()),
    );
    Ok(Outcome::Applied)
}

/// A person is in a group, or is in it no more.
pub(super) async fn member(tx: &mut Tx, event: &LogEvent, is_in: bool, at: Time) -> Result<Outcome> {
    let Some(group) = event.group() else { return Ok(Outcome::Ignored(NO_GROUP)) };
    let Some(okta_id) = event.person(Whom::Target) else { return Ok(Outcome::Ignored(NOBODY)) };
    let Some(linked) = okta_groups::lock_linked(tx, &group.id).await? else {
        keep_name(tx, group, at).await?;
        return unlinked(tx, &group.id).await;
    };
    let mut word = okta_groups::word(tx, &group.id, okta_id).await?;
    match word.out.take(Fact { at: at.micros(), value: !is_in }) {
        Verdict::Stale | Verdict::LateEnd => return Ok(Outcome::Stale(OLDER)),
        Verdict::Known => return Ok(Outcome::NoChange),
        Verdict::News => {}
    }
    let outcome = move_member(tx, &linked, okta_id, &mut word).await?;
    // What nobody here was told yet is not remembered as done: a replay does it once the person is bound.
    if !matches!(outcome, Outcome::Ignored(_)) {
        okta_groups::put_word(tx, &group.id, okta_id, &word).await?;
    }
    Ok(outcome)
}

/// Brings a membership to what the newest word says, unless somebody but an event wrote it later.
async fn move_member(tx: &mut Tx, linked: &Linked, okta_id: &str, word: &mut Word) -> Result<Outcome> {
    let Some((user, Some(scim_id))) = users::bound_to(tx, okta_id).await? else {
        return Ok(Outcome::Ignored(STRANGER));
    };
    let (team, at, is_in) = (&linked.team, Time::from_micros(word.out.at), !word.out.value);
    let place = rows::place_of(tx, team.id, user).await?;
    if place.is_some_and(|(by_okta, _)| by_okta) == is_in {
        return Ok(Outcome::NoChange);
    }
    // Where there is no row, or one that Okta never held, nothing tells who removed it last: then any later write of
    // the team counts.
    let is_later = match place {
        Some((_, written_at)) if written_at > rows::NEVER => written_at > at && word.written_at != Some(written_at),
        Some(_) | None => linked.written_at > at,
    };
    if is_later {
        return Ok(Outcome::Stale(SCIM_LATER));
    }
    let moved = if is_in {
        memberships::add(tx, team, &[scim_id.to_string()], &mut Skipped::default()).await?
    } else {
        memberships::remove_people(tx, team, &[user]).await?
    };
    if !moved {
        return Ok(Outcome::NoChange);
    }
    word.written_at = Some(tx.now());
    teams::bump(tx, team.id, SLOT).await?;
    Ok(Outcome::Applied)
}
