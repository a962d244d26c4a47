//! People: provision, replace, patch, delete.

use serde_json::{Value, json};

use super::activity;
use super::incoming::{Field, Person, demand_seen};
use super::{memberships, okta_events, sign_in};
use crate::audit::{Action, Entry};
use crate::clock::Time;
use crate::error::{Busy, Error, Result};
use crate::model::Id;
use crate::model::user::{OktaStatus, PlatformRole, Profile, Switch, Switches, User};
use crate::scim::Document;
use crate::scim::etag::IfMatch;
use crate::scim::patch::{self, Operation};
use crate::scim::schema::USER;
use crate::store::error::{EXTERNAL_ID_TAKEN, USER_NAME_TAKEN};
use crate::store::{Tx, credentials, people, users};

/// Said of every id that SCIM does not see, whatever the reason.
pub const NO_SUCH_USER: &str = "There is no user with this id.";

/// Adds a person, or recognises one who had left (product rule "rehire").
///
/// # Errors
/// [`Error::Conflict`] when the userName or the externalId belongs to somebody else; [`Error::Scim`] for a blank userName.
pub async fn provision(tx: &mut Tx, person: &Person) -> Result<User> {
    demand_seen("userName", None, &person.user_name)?;
    let mut fresh = newcomer(tx, person, Id::fresh(), None);
    fresh.document.form_name();
    if let Some(added) = users::insert(tx, &fresh).await? {
        let mut entry = joined(Action::UserCreated, &fresh);
        if let Some(predecessor) = added.predecessor {
            entry = entry.with("predecessor", predecessor.to_string());
        }
        tx.say(entry);
        return okta_events::honour(tx, fresh).await;
    }
    recognise(tx, person).await
}

/// The row of a new person. Its SCIM id equals its own id unless it takes over another's.
pub(super) fn newcomer(tx: &mut Tx, person: &Person, id: Id, scim_id: Option<Id>) -> User {
    let (now, set_by) = (tx.now(), tx.ctx().actor.label());
    let external_id = person.external_id.over(None);
    let active = person.active.unwrap_or(true);
    User {
        id,
        scim_id: Some(scim_id.unwrap_or(id)),
        okta_id: external_id.clone(),
        external_id,
        user_name: Some(person.user_name.clone()),
        switches: Switches {
            scim: Switch { value: active, since: now, set_by: set_by.clone() },
            okta: Switch { value: OktaStatus::Ok, since: Time::from_micros(0), set_by: "nobody".to_owned() },
            admin: Switch { value: true, since: now, set_by },
        },
        is_active: active,
        is_break_glass: false,
        platform_role: PlatformRole::User,
        email_verified: false,
        phone_verified: false,
        synced_from_okta: true,
        document: person.document.clone(),
        stale_formatted: None,
        auth_epoch: 1,
        version: 1,
        deactivated_at: (!active).then_some(now),
        deleted_at: None,
        created_at: now,
        updated_at: now,
    }
}

pub(super) fn joined(action: Action, user: &User) -> Entry {
    let (_, after) = Document::diff(&Document::default(), &Person::document_of(user));
    Entry::user(action, user.id).changed(Value::Null, after).with("name", user.title())
}

/// A POST whose userName or externalId is held: the same person come back, or somebody else's.
async fn recognise(tx: &mut Tx, person: &Person) -> Result<User> {
    let external_id = person.external_id.over(None);
    let mut holders = users::lock_holders(tx, &person.user_name, external_id.as_deref()).await?;
    // A holder that was waited for may have let go meanwhile.
    holders.retain(|one| {
        one.deleted_at.is_none() && (has_name(one, &person.user_name) || has_identity(one, external_id.as_deref()))
    });
    let Some(holder) = holders.pop() else {
        // Whoever held the value is gone between two statements: the unit is done again.
        return Err(Error::Busy { why: Busy::Collision, source: None });
    };
    if holders.is_empty() && sign_in::awaits_scim(&holder, external_id.as_deref()) {
        return sign_in::adopt(tx, &holder, person).await;
    }
    // The bound identity decides, not the wire attribute: nobody comes back as somebody else.
    let may_return = external_id.is_some()
        && holder.okta_id == external_id
        && holders.is_empty()
        && !holder.switches.scim.value
        && !holder.is_break_glass;
    if !may_return {
        let by_name = holders.iter().chain([&holder]).any(|one| has_name(one, &person.user_name));
        return Err(Error::conflict(if by_name { USER_NAME_TAKEN } else { EXTERNAL_ID_TAKEN }));
    }
    reprovision(tx, &holder, person).await
}

fn has_name(user: &User, name: &str) -> bool {
    use crate::scim::text::fold;
    user.user_name.as_deref().is_some_and(|held| fold(held) == fold(name))
}

fn has_identity(user: &User, external_id: Option<&str>) -> bool {
    external_id.is_some() && (user.external_id.as_deref() == external_id || user.okta_id.as_deref() == external_id)
}

/// The same person again: same row, profile replaced, SCIM's switch as the body says.
async fn reprovision(tx: &mut Tx, before: &User, person: &Person) -> Result<User> {
    let mut after = before.clone();
    after.scim_id = Some(before.scim_id.unwrap_or_else(Id::fresh));
    after.external_id = person.external_id.over(None);
    after.user_name = Some(person.user_name.clone());
    after.document = person.document.clone();
    rename(before, &mut after);
    activity::set_scim(tx, &mut after, person.active.unwrap_or(true));
    let said = Entry::user(Action::UserReprovisioned, after.id);
    write(tx, before, after, Some(said)).await
}

/// Replaces a person's profile with what a PUT says.
///
/// # Errors
/// [`Error::NotFound`], [`Error::Precondition`], [`Error::Conflict`] when a unique value is held by somebody else, or
/// [`Error::Scim`] for a blank userName.
pub async fn replace(tx: &mut Tx, scim_id: Id, person: &Person, if_match: &IfMatch) -> Result<User> {
    let before = load(tx, scim_id, if_match).await?;
    apply(tx, &before, person).await
}

/// Applies a PATCH to a person, all of it or none.
///
/// # Errors
/// As [`replace`], and whatever the PATCH itself gets wrong.
pub async fn patch(tx: &mut Tx, scim_id: Id, operations: &[Operation], if_match: &IfMatch) -> Result<User> {
    let before = load(tx, scim_id, if_match).await?;
    let mut person = patched(Person::document_of(&before), operations)?;
    if is_newcomer(&before, &person) {
        // Whoever takes over an address inherits nothing but what makes it an address.
        person = patched(Person::address_of(&before), operations)?;
    }
    apply(tx, &before, &person).await
}

fn patched(mut document: Document, operations: &[Operation]) -> Result<Person> {
    patch::apply(&USER, &mut document, operations)?;
    let mut person = Person::of(document)?;
    if person.external_id == Field::Kept {
        person.external_id = Field::Cleared;
    }
    Ok(person)
}

async fn load(tx: &mut Tx, scim_id: Id, if_match: &IfMatch) -> Result<User> {
    let mut found = users::lock_scim(tx, scim_id).await?;
    if found.is_none() {
        // The row that was waited for may have handed its SCIM id to a newcomer, whom only a second look sees.
        found = users::lock_scim(tx, scim_id).await?;
    }
    let user = found.ok_or_else(|| Error::not_found(NO_SUCH_USER))?;
    if_match.check(user.version).map_err(Error::Precondition)?;
    Ok(user)
}

/// Whether an identity comes to a row that is bound to another, or that nobody was ever bound to and whose person has
/// left: then it is another person. One that the row carries already, since it was active, comes when it is switched on.
fn is_newcomer(before: &User, person: &Person) -> bool {
    let external_id = person.external_id.over(before.external_id.as_ref());
    let arrives = external_id != before.external_id || person.active == Some(true);
    external_id.is_some() && external_id != before.okta_id && arrives && !before.switches.scim.value
}

/// The common end of PUT and PATCH: whose row it is, what changed, what follows.
async fn apply(tx: &mut Tx, before: &User, person: &Person) -> Result<User> {
    demand_seen("userName", before.user_name.as_deref(), &person.user_name)?;
    let external_id = person.external_id.over(before.external_id.as_ref());
    if is_newcomer(before, person) {
        return take_over(tx, before, person, external_id).await;
    }
    demand_free(tx, before, &person.user_name).await?;
    let is_other = matches!((&external_id, &before.okta_id), (Some(new), Some(bound)) if new != bound);
    let mut after = before.clone();
    after.okta_id = before.okta_id.clone().or_else(|| external_id.clone());
    after.external_id = external_id;
    after.user_name = Some(person.user_name.clone());
    after.document = person.document.clone();
    rename(before, &mut after);
    if let Some(active) = person.active {
        activity::set_scim(tx, &mut after, active);
    }
    if is_other && before.external_id != after.external_id {
        tx.say(mismatch(before, &after));
    }
    let written = write(tx, before, after, None).await?;
    if before.okta_id == written.okta_id { Ok(written) } else { okta_events::honour(tx, written).await }
}

/// Refuses a new userName that somebody has. Of two taken values the engines would name one or the other; a POST names
/// this one.
async fn demand_free(tx: &mut Tx, before: &User, name: &str) -> Result<()> {
    if has_name(before, name) || people::named(tx, name).await?.is_none() {
        return Ok(());
    }
    Err(Error::conflict(USER_NAME_TAKEN))
}

/// Keeps the formatted name true to its parts. Okta sends back the one it read beside a new given or family name, so
/// after a change of name that one is stale; it is remembered, because the same PUT may come twice.
pub(super) fn rename(before: &User, after: &mut User) {
    let part = |user: &User, name: &str| user.document.sub_text("name", name).map(str::to_owned);
    let (was, sent) = (part(before, "formatted"), part(after, "formatted"));
    let moved = ["givenName", "familyName"].iter().any(|name| part(before, name) != part(after, name));
    if moved && sent.is_some() && sent == was {
        after.document.reform_name();
        after.stale_formatted = was;
    } else if !moved && sent.is_some() && sent == before.stale_formatted {
        after.document.reform_name();
    } else {
        after.document.form_name();
    }
}

fn mismatch(before: &User, after: &User) -> Entry {
    Entry::user(Action::IdentityMismatch, before.id)
        .changed(json!({ "externalId": before.external_id }), json!({ "externalId": after.external_id }))
        .with("bound", before.okta_id.clone())
        .with("name", before.title())
}

/// A recycled address: another identity comes to a row whose person has left. The newcomer takes the SCIM id and the
/// name and inherits nothing; the old row keeps its history.
async fn take_over(tx: &mut Tx, old: &User, person: &Person, external_id: Option<String>) -> Result<User> {
    let mut left = old.clone();
    left.scim_id = None;
    left.user_name = None;
    left.external_id = old.external_id.clone().filter(|held| Some(held) != external_id.as_ref());
    left.version += 1;
    left.updated_at = tx.now();
    users::update(tx, old, &left).await?;
    let person = Person { external_id: external_id.map_or(Field::Cleared, Field::Given), ..person.clone() };
    let mut fresh = newcomer(tx, &Person { active: person.active.or(Some(false)), ..person }, Id::fresh(), old.scim_id);
    // Under the same SCIM id the version goes on: what was read of the old person matches no more.
    fresh.version = left.version + 1;
    fresh.document.form_name();
    memberships::end_all_of(tx, old).await?;
    let mut lost = json!({ "userName": old.user_name, "scimId": text(old.scim_id) });
    if left.external_id != old.external_id {
        lost["externalId"] = json!(old.external_id);
    }
    tx.say(
        Entry::user(Action::UserReplaced, old.id)
            .changed(lost, json!({}))
            .with("name", old.title())
            .with("successor", fresh.id.to_string()),
    );
    let added = users::insert(tx, &fresh).await?;
    added.ok_or_else(|| Error::conflict("userName or externalId is already taken by another user."))?;
    tx.say(joined(Action::UserCreated, &fresh).with("predecessor", old.id.to_string()));
    okta_events::honour(tx, fresh).await
}

fn text(id: Option<Id>) -> Option<String> {
    id.map(|id| id.to_string())
}

/// Ends a person's place on the roll for good, as far as SCIM is concerned.
///
/// # Errors
/// [`Error::NotFound`] or [`Error::Precondition`].
pub async fn delete(tx: &mut Tx, scim_id: Id, if_match: &IfMatch) -> Result<()> {
    let before = load(tx, scim_id, if_match).await?;
    let mut after = before.clone();
    activity::set_scim(tx, &mut after, false);
    after.scim_id = None;
    after.deleted_at = Some(tx.now());
    memberships::end_all_of(tx, &before).await?;
    let gone = json!({ "userName": before.user_name, "externalId": before.external_id });
    let said = Entry::user(Action::UserDeleted, before.id).changed(gone, json!({})).with("name", before.title());
    write(tx, &before, after, Some(said)).await.map(|_| ())
}

/// Writes a changed person with all that follows from the change; does nothing when nothing changed.
pub(super) async fn write(tx: &mut Tx, before: &User, mut after: User, said: Option<Entry>) -> Result<User> {
    let switched = activity::settle(tx, before, &mut after).await?;
    let (was, is) = profile_diff(before, &after);
    let edited = was != is;
    if !edited && switched.is_none() && said.is_none() && before.okta_id == after.okta_id {
        // As it is kept: a change that only moves attributes about is none, and is not seen in the answer either.
        return Ok(before.clone());
    }
    void_proofs(tx, before, &mut after).await?;
    after.version += 1;
    after.updated_at = tx.now();
    users::update(tx, before, &after).await?;
    let update =
        || Entry::user(Action::UserUpdated, after.id).changed(was.clone(), is.clone()).with("name", after.title());
    match said {
        Some(entry) if entry.before.is_none() => tx.say(entry.changed(was, is).with("name", after.title())),
        Some(entry) => tx.say(entry),
        None if edited || before.okta_id != after.okta_id => tx.say(update()),
        None => {}
    }
    if let Some(entry) = switched {
        tx.say(entry);
    }
    Ok(after)
}

/// The fields that changed, SCIM's switch excepted: that has entries of its own.
fn profile_diff(before: &User, after: &User) -> (Value, Value) {
    let without_switch = |user: &User| {
        let mut document = Person::document_of(user);
        document.take("active");
        document
    };
    Document::diff(&without_switch(before), &without_switch(after))
}

/// A changed address is an unproven address: its flag and its open codes go.
async fn void_proofs(tx: &mut Tx, before: &User, after: &mut User) -> Result<()> {
    let (was, is): (Profile, Profile) = (before.profile(), after.profile());
    if was.email != is.email {
        after.email_verified = false;
        let ended = credentials::end_codes(tx, after.id, true).await?;
        let (was, is) = (json!({ "email": was.email }), json!({ "email": is.email }));
        tx.say(
            Entry::user(Action::UserEmailChanged, after.id).changed(was, is).ending(ended).with("name", after.title()),
        );
    }
    if was.phone != is.phone {
        after.phone_verified = false;
        let ended = credentials::end_codes(tx, after.id, false).await?;
        let (was, is) = (json!({ "phone": was.phone }), json!({ "phone": is.phone }));
        tx.say(
            Entry::user(Action::UserPhoneChanged, after.id).changed(was, is).ending(ended).with("name", after.title()),
        );
    }
    Ok(())
}
