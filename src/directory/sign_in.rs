//! Who it is that Okta lets in: somebody on the roll by the identity they are bound to, a newcomer, or nobody. Names and
//! addresses bind nobody; they only keep a newcomer from taking somebody else's.

use serde_json::{Map, Value, json};

use super::activity;
use super::incoming::Person;
use super::users::{joined, newcomer, rename, write};
use crate::access::login::Refusal;
use crate::audit::{Action, Entry};
use crate::clock::Time;
use crate::config::Jit;
use crate::error::{Busy, Error, Result};
use crate::model::user::{OktaStatus, Switch};
use crate::model::{Id, User};
use crate::okta::claims::Identity;
use crate::store::sign_in::{self as rows, Claimed};
use crate::store::{Tx, okta_facts, users};

/// Who set SCIM's switch of a person whom sign-in put on the roll: until SCIM sets it, SCIM may adopt them.
pub const BY_SIGN_IN: &str = "okta:sign-in";

/// Recognises who signed in, or puts them on the roll where that is wanted.
///
/// # Errors
/// What the engine reports. Who is not let in is the inner error; then nothing was changed.
pub async fn recognise(tx: &mut Tx, identity: &Identity, begun: Time, jit: Jit) -> Result<Result<Id, Refusal>> {
    match users::lock_okta(tx, &identity.sub).await? {
        Some(user) => known(tx, &user, identity, begun).await,
        None => unknown(tx, identity, begun, jit).await,
    }
}

async fn known(tx: &mut Tx, user: &User, identity: &Identity, begun: Time) -> Result<Result<Id, Refusal>> {
    if user.is_break_glass || user.scim_id.is_none() {
        return Ok(Err(Refusal::Gone));
    }
    if !user.is_active {
        return Ok(Err(Refusal::Inactive));
    }
    let told = okta_facts::lock(tx, &identity.sub).await?;
    let is_over = told.facts.signed_out.is_some_and(|at| at >= begun.micros());
    Ok(if is_over { Err(Refusal::SignedOut) } else { Ok(user.id) })
}

async fn unknown(tx: &mut Tx, identity: &Identity, begun: Time, jit: Jit) -> Result<Result<Id, Refusal>> {
    let told = okta_facts::lock(tx, &identity.sub).await?;
    if users::bound_to(tx, &identity.sub).await?.is_some() {
        // They arrived while the lock was waited for: the unit is done again, from the person.
        return Err(Error::Busy { why: Busy::Collision, source: None });
    }
    if told.switch().value != OktaStatus::Ok {
        return Ok(Err(Refusal::Inactive));
    }
    if [told.facts.access_ended, told.facts.signed_out].into_iter().flatten().any(|at| at >= begun.micros()) {
        return Ok(Err(Refusal::SignedOut));
    }
    if rows::is_gone(tx, &identity.sub).await? {
        return Ok(Err(Refusal::Gone));
    }
    let Some(name) = identity.user_name.as_deref().or(identity.email.as_deref()) else {
        return Ok(Err(Refusal::Stranger));
    };
    if let Some(refusal) = clash(tx, identity, name).await? {
        return Ok(Err(refusal));
    }
    let is_wanted = match jit {
        Jit::On => true,
        Jit::Off => false,
        Jit::Auto => !rows::has_scim_spoken(tx).await?,
    };
    if is_wanted { welcome(tx, identity, name).await } else { Ok(Err(Refusal::Stranger)) }
}

/// Whether a newcomer's name or address is held: by somebody whom SCIM brought without an identity, or by anybody else.
async fn clash(tx: &mut Tx, identity: &Identity, name: &str) -> Result<Option<Refusal>> {
    let claimed = Claimed { okta_id: &identity.sub, user_name: name, email: identity.email.as_deref() };
    let holders = rows::holders(tx, &claimed).await?;
    // A row that another one took the place of keeps its address, and holds nothing.
    let held = holders.iter().filter(|one| one.scim_id.is_some() || one.is_break_glass_account);
    let held: Vec<_> = held.collect();
    let is_foreign = held.iter().any(|one| one.okta_id.is_some() || one.is_break_glass_account);
    Ok(match held.len() {
        0 => None,
        _ if is_foreign => Some(Refusal::Foreign),
        _ => Some(Refusal::Unmapped),
    })
}

/// Puts a newcomer on the roll: a plain user whom SCIM sees and may adopt.
async fn welcome(tx: &mut Tx, identity: &Identity, name: &str) -> Result<Result<Id, Refusal>> {
    let mut fresh = newcomer(tx, &person(identity, name)?, Id::fresh(), None);
    fresh.okta_id = Some(identity.sub.clone());
    BY_SIGN_IN.clone_into(&mut fresh.switches.scim.set_by);
    fresh.document.form_name();
    let Some(_) = users::insert(tx, &fresh).await? else {
        // Somebody took one of the values between two statements: the unit is done again.
        return Err(Error::Busy { why: Busy::Collision, source: None });
    };
    tx.say(joined(Action::UserCreated, &fresh).with("by", "sign-in"));
    Ok(Ok(fresh.id))
}

fn person(identity: &Identity, name: &str) -> Result<Person> {
    let mut body = Map::new();
    body.insert("userName".to_owned(), name.into());
    let mut put = |field: &str, value: Option<Value>| value.map(|value| body.insert(field.to_owned(), value));
    put("displayName", identity.name.clone().map(Value::from));
    put("emails", identity.email.as_ref().map(|email| json!([{ "value": email, "type": "work", "primary": true }])));
    put("name", Some(json!({ "givenName": identity.given_name, "familyName": identity.family_name })));
    Ok(Person::read(Value::Object(body))?)
}

/// Whether sign-in put this person on the roll, SCIM has not spoken of them yet, and this is their identity.
#[must_use]
pub fn awaits_scim(user: &User, external_id: Option<&str>) -> bool {
    external_id.is_some()
        && user.okta_id.as_deref() == external_id
        && user.external_id.is_none()
        && user.switches.scim.set_by == BY_SIGN_IN
}

/// SCIM brings a person whom sign-in put on the roll before: the same row, with SCIM's word on everything.
///
/// # Errors
/// [`Error::Conflict`] when a unique value is held by somebody else.
pub async fn adopt(tx: &mut Tx, before: &User, person: &Person) -> Result<User> {
    let mut after = before.clone();
    after.external_id = person.external_id.over(None);
    after.user_name = Some(person.user_name.clone());
    after.document = person.document.clone();
    rename(before, &mut after);
    activity::set_scim(tx, &mut after, person.active.unwrap_or(true));
    after.switches.scim = Switch { since: tx.now(), set_by: tx.ctx().actor.label(), ..after.switches.scim };
    write(tx, before, after, Some(Entry::user(Action::UserUpdated, before.id).with("adopted", true))).await
}
