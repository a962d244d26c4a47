//! Events about a person: the status of the account, sign-outs, leaving the app, a profile to read again.

use serde_json::json;

use super::{KEPT, NOBODY, OLDER, OUT_OF_REACH, Outcome, SCIM_LATER, STRANGER};
use crate::audit::{Action, Entry, Resource};
use crate::clock::Time;
use crate::directory::users::{self as verbs, NO_SUCH_USER};
use crate::error::{Busy, Error, Result};
use crate::model::user::{OktaStatus, Switch};
use crate::model::words::Word;
use crate::model::{Id, User};
use crate::okta::{Fact, LogEvent, Meaning, Verdict};
use crate::store::okta_facts::{self, Known};
use crate::store::{Tx, credentials, users};

/// Applies an event about a person.
pub(super) async fn apply(tx: &mut Tx, event: &LogEvent, meaning: Meaning, at: Time) -> Result<Outcome> {
    let Some(okta_id) = event.person(meaning.whom()) else { return Ok(Outcome::Ignored(NOBODY)) };
    let Some(user) = users::lock_okta(tx, okta_id).await? else { return absent(tx, okta_id, meaning, at).await };
    if user.is_break_glass {
        return Ok(Outcome::Ignored(OUT_OF_REACH));
    }
    let mut known = known_of(tx, okta_id, &user).await?;
    match known.facts.take(meaning, at.micros()) {
        Verdict::Stale => return Ok(Outcome::Stale(OLDER)),
        Verdict::Known => return Ok(Outcome::NoChange),
        Verdict::LateEnd => {
            okta_facts::save(tx, okta_id, &known).await?;
            return late_end(tx, &user, at).await;
        }
        Verdict::News => {}
    }
    known.reread_wanted |= meaning == Meaning::ProfileChanged;
    if matches!(meaning, Meaning::Status(_)) {
        known.status_set_by = tx.ctx().actor.label();
    }
    let outcome = take_effect(tx, &user, meaning, &known, at).await?;
    okta_facts::save(tx, okta_id, &known).await?;
    Ok(outcome)
}

/// What is known of a person on the roll: their own switch counts with it.
async fn known_of(tx: &mut Tx, okta_id: &str, user: &User) -> Result<Known> {
    let mut known = okta_facts::lock(tx, okta_id).await?;
    let switch = &user.switches.okta;
    let own = Fact { at: switch.since.micros(), value: switch.value.into() };
    if known.facts.status.take(own) == Verdict::News {
        known.status_set_by.clone_from(&switch.set_by);
    }
    Ok(known)
}

/// The status of an account that nobody here is bound to is kept for whoever will be, and so is when Okta signed it out: a
/// first sign-in may be under way. Other events have no one to act on.
async fn absent(tx: &mut Tx, okta_id: &str, meaning: Meaning, at: Time) -> Result<Outcome> {
    if !matches!(meaning, Meaning::Status(_) | Meaning::SignedOut) {
        return Ok(Outcome::Ignored(STRANGER));
    }
    let mut known = okta_facts::lock(tx, okta_id).await?;
    if users::bound_to(tx, okta_id).await?.is_some() {
        // They arrived while the lock was waited for: the unit is done again, from the person.
        return Err(Error::Busy { why: Busy::Collision, source: None });
    }
    match known.facts.take(meaning, at.micros()) {
        Verdict::Stale => return Ok(Outcome::Stale(OLDER)),
        Verdict::LateEnd => {
            okta_facts::save(tx, okta_id, &known).await?;
            return Ok(Outcome::Stale(OLDER));
        }
        // The same again is no more about anybody than it was.
        Verdict::Known => return Ok(Outcome::Ignored(KEPT)),
        Verdict::News if matches!(meaning, Meaning::Status(_)) => known.status_set_by = tx.ctx().actor.label(),
        Verdict::News => {}
    }
    okta_facts::save(tx, okta_id, &known).await?;
    Ok(Outcome::Ignored(KEPT))
}

/// What news changes of a locked person.
async fn take_effect(tx: &mut Tx, user: &User, meaning: Meaning, known: &Known, at: Time) -> Result<Outcome> {
    match meaning {
        Meaning::Status(_) => set_okta(tx, user, known.switch()).await,
        Meaning::SessionEnded => sign_out(tx, user, at, false).await,
        Meaning::SignedOut => sign_out(tx, user, at, true).await,
        Meaning::LeftApp => leave_app(tx, user, at).await,
        Meaning::ProfileChanged => Ok(Outcome::Applied),
        Meaning::Member(_) | Meaning::GroupNamed | Meaning::GroupGone => Ok(Outcome::NoChange),
    }
}

/// An end of access that is told after access has come back: what was begun before it ended with it.
async fn late_end(tx: &mut Tx, user: &User, at: Time) -> Result<Outcome> {
    let mut ended = credentials::end_begun(tx, user.id, at).await?;
    ended.extend(credentials::end_families(tx, user.id, at).await?);
    match say_signed_out(tx, user, at, ended).await? {
        Outcome::NoChange => Ok(Outcome::Stale(OLDER)),
        outcome => Ok(outcome),
    }
}

/// Moves Okta's switch. A status that stands already keeps its first moment.
async fn set_okta(tx: &mut Tx, user: &User, switch: Switch<OktaStatus>) -> Result<Outcome> {
    if user.switches.okta.value == switch.value {
        return Ok(Outcome::NoChange);
    }
    let mut after = user.clone();
    after.switches.okta = switch;
    verbs::write(tx, user, after, None).await?;
    Ok(Outcome::Applied)
}

/// Ends what Okta let the person into up to a moment: browser sessions, and when Okta ended everything, also the mobile
/// sign-ins with their access tokens. API keys and devices stay.
async fn sign_out(tx: &mut Tx, user: &User, until: Time, everything: bool) -> Result<Outcome> {
    let mut ended = credentials::end_okta_sessions(tx, user.id, until).await?;
    if everything {
        ended.extend(credentials::end_families(tx, user.id, until).await?);
        ended.extend(credentials::end_sign_ins(tx, user.id, until).await?);
    }
    say_signed_out(tx, user, until, ended).await
}

/// Ends everything that Okta let a person into until now, as an event that clears their sessions does; whoever comes back
/// from Okta with a sign-in begun before is refused.
///
/// # Errors
/// What the engine reports.
pub async fn sign_out_now(tx: &mut Tx, id: Id) -> Result<()> {
    let found = users::lock(tx, id).await?;
    let Some(user) = found.filter(|user| user.scim_id.is_some() && !user.is_break_glass) else { return Ok(()) };
    let now = tx.now();
    if let Some(okta_id) = &user.okta_id {
        let mut known = known_of(tx, okta_id, &user).await?;
        known.facts.take(Meaning::SignedOut, now.micros());
        okta_facts::save(tx, okta_id, &known).await?;
    }
    sign_out(tx, &user, now, true).await.map(drop)
}

/// Says what ended. With a refresh token its access tokens end, by the epoch; whose family lives on just asks for another.
async fn say_signed_out(tx: &mut Tx, user: &User, until: Time, ended: Vec<(Resource, Id)>) -> Result<Outcome> {
    if ended.is_empty() {
        return Ok(Outcome::NoChange);
    }
    let is_mobile = ended.iter().any(|(kind, _)| *kind == Resource::RefreshToken);
    let said = Entry::user(Action::UserSignedOut, user.id).ending(ended).with("name", user.title());
    let mut said = said.with("begunBefore", until.rfc3339());
    if is_mobile {
        users::raise_epoch(tx, user.id).await?;
        let epoch = |number: i64| json!({ "authEpoch": number });
        said = said.changed(epoch(user.auth_epoch), epoch(user.auth_epoch + 1));
    }
    tx.say(said);
    Ok(Outcome::Applied)
}

/// Turns SCIM's switch off for who was taken out of the app, unless SCIM has spoken since.
async fn leave_app(tx: &mut Tx, user: &User, at: Time) -> Result<Outcome> {
    let scim = &user.switches.scim;
    if at < scim.since {
        return Ok(Outcome::Stale(SCIM_LATER));
    }
    if !scim.value {
        return Ok(Outcome::NoChange);
    }
    let mut after = user.clone();
    after.switches.scim = Switch { value: false, since: at, set_by: tx.ctx().actor.label() };
    verbs::write(tx, user, after, None).await?;
    Ok(Outcome::Applied)
}

/// Lets what Okta said of an account before count for the person who has just been bound to it.
///
/// # Errors
/// What the engine reports.
pub async fn honour(tx: &mut Tx, user: User) -> Result<User> {
    let Some(okta_id) = user.okta_id.clone() else { return Ok(user) };
    let known = okta_facts::lock(tx, &okta_id).await?;
    let switch = known.switch();
    if switch.value == user.switches.okta.value {
        return Ok(user);
    }
    let mut after = user.clone();
    after.switches.okta = switch;
    verbs::write(tx, &user, after, None).await
}

/// Sets aside what Okta says of a person's account, until Okta says something newer. Doing it again changes nothing.
///
/// # Errors
/// [`Error::NotFound`] when nobody on the roll has this id.
pub async fn clear(tx: &mut Tx, id: Id) -> Result<User> {
    let found = users::lock(tx, id).await?.filter(|user| user.deleted_at.is_none());
    let user = found.ok_or_else(|| Error::not_found(NO_SUCH_USER))?;
    let was = user.switches.okta.value;
    if was == OktaStatus::Ok {
        return Ok(user);
    }
    let mut after = user.clone();
    after.switches.okta = Switch { value: OktaStatus::Ok, since: tx.now(), set_by: tx.ctx().actor.label() };
    tx.say(
        Entry::user(Action::UserOktaStatusCleared, id)
            .changed(json!({ "okta": was.as_str() }), json!({ "okta": OktaStatus::Ok.as_str() }))
            .with("name", user.title()),
    );
    verbs::write(tx, &user, after, None).await
}
