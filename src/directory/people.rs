//! What admins do with people: roles, access, sessions. The rule that the last admin stays lives here and nowhere else.

use serde_json::json;

use super::okta_events;
use super::users::write;
use crate::access::break_glass::NO_SUCH_ACCOUNT;
use crate::access::permission;
use crate::audit::{Action, Entry};
use crate::error::{Error, Result};
use crate::model::policy::{Caller, Deed};
use crate::model::user::{PlatformRole, Switch};
use crate::model::words::Word;
use crate::model::{Id, User};
use crate::store::people::{self, ShownUser};
use crate::store::{Link, Tx, break_glass, credentials, users};

/// Said of every id that names nobody.
pub const NO_SUCH_USER: &str = "There is no user with this id.";
const LAST_ADMIN: &str = "This is the last platform admin with access. Make somebody else one first.";
const GLASS: &str = "Break-glass accounts are changed at the server's command line: rollcall break-glass.";

/// A person, as the caller may see them.
///
/// # Errors
/// [`Error::Forbidden`] when they are not the caller's to see, [`Error::NotFound`].
pub async fn read(link: &mut impl Link, caller: &Caller, id: Id) -> Result<ShownUser> {
    permission::demand(link, caller, Deed::ReadUser, id).await?;
    people::find(link, id).await?.ok_or_else(|| Error::not_found(NO_SUCH_USER))
}

/// Gives a person a role on the platform; the one they have is no fault.
///
/// # Errors
/// [`Error::Conflict`] when the last admin would lose it, or for a break-glass account; [`Error::NotFound`].
pub async fn set_role(tx: &mut Tx, caller: &Caller, id: Id, role: PlatformRole) -> Result<()> {
    permission::demand(tx, caller, Deed::SetRole, id).await?;
    if role != PlatformRole::Admin {
        keep_an_admin(tx, id).await?;
    }
    let user = hold(tx, id).await?;
    give(tx, &user, role).await
}

/// Makes a person a platform admin, by userName or id; tells what they are called.
///
/// # Errors
/// [`Error::NotFound`], or [`Error::Conflict`] for who has no access or is a break-glass account.
pub async fn grant_admin(tx: &mut Tx, who: &str) -> Result<String> {
    let id = known(tx, who).await?;
    let user = hold(tx, id).await?;
    if !user.is_active {
        return Err(Error::conflict("This person has no access; give it back first."));
    }
    give(tx, &user, PlatformRole::Admin).await?;
    Ok(user.title())
}

/// Who is meant by a userName or an id.
pub(super) async fn known(tx: &mut Tx, who: &str) -> Result<Id> {
    let named = people::named(tx, who).await?;
    named.or_else(|| Id::parse(who)).ok_or_else(|| Error::not_found("There is no user of this name or id."))
}

async fn give(tx: &mut Tx, user: &User, role: PlatformRole) -> Result<()> {
    if user.platform_role == role {
        return Ok(());
    }
    people::set_role(tx, user.id, role).await?;
    let shown = |role: PlatformRole| json!({ "role": role.as_str() });
    let entry = Entry::user(Action::UserRoleChanged, user.id).changed(shown(user.platform_role), shown(role));
    tx.say(entry.with("name", user.title()));
    Ok(())
}

/// Ends a person's access, or gives it back, by the admins' own switch. Doing it again changes nothing.
///
/// # Errors
/// [`Error::Conflict`] when the last admin would lose access, or for a break-glass account; [`Error::NotFound`].
pub async fn set_access(tx: &mut Tx, caller: &Caller, id: Id, on: bool) -> Result<()> {
    permission::demand(tx, caller, Deed::SetAccess, id).await?;
    if !on {
        keep_an_admin(tx, id).await?;
    }
    let user = hold(tx, id).await?;
    switch(tx, &user, on).await.map(|_| ())
}

/// The same at the command line, by userName or id; tells what they are called and whether they have access now.
///
/// # Errors
/// As [`set_access`], but nobody is forbidden.
pub async fn switch_by_name(tx: &mut Tx, who: &str, on: bool) -> Result<(String, bool)> {
    let id = known(tx, who).await?;
    if !on {
        keep_an_admin(tx, id).await?;
    }
    let user = hold(tx, id).await?;
    let is_active = switch(tx, &user, on).await?;
    Ok((user.title(), is_active))
}

/// Sets the admins' switch of a locked person; tells whether they have access now.
async fn switch(tx: &mut Tx, user: &User, on: bool) -> Result<bool> {
    if user.switches.admin.value == on {
        return Ok(user.is_active);
    }
    let mut after = user.clone();
    after.switches.admin = Switch { value: on, since: tx.now(), set_by: tx.ctx().actor.label() };
    write(tx, user, after, None).await.map(|written| written.is_active)
}

/// Sets aside what Okta says of a person's account, until Okta says something newer. Doing it again changes nothing.
///
/// # Errors
/// [`Error::NotFound`], or [`Error::Conflict`] for a break-glass account.
pub async fn clear_okta(tx: &mut Tx, caller: &Caller, id: Id) -> Result<()> {
    permission::demand(tx, caller, Deed::ClearOktaStatus, id).await?;
    hold(tx, id).await?;
    okta_events::clear(tx, id).await.map(drop)
}

/// The same for somebody at the command line, who names the person by userName or id.
///
/// # Errors
/// As [`clear_okta`].
pub async fn clear_okta_named(tx: &mut Tx, who: &str) -> Result<User> {
    let id = known(tx, who).await?;
    hold(tx, id).await?;
    okta_events::clear(tx, id).await
}

/// Ends everything a person is signed in with, on every device; keys and access stay. Tells how much that was.
///
/// # Errors
/// [`Error::NotFound`], or [`Error::Conflict`] for a break-glass account.
pub async fn revoke_sessions(tx: &mut Tx, caller: &Caller, id: Id) -> Result<usize> {
    permission::demand(tx, caller, Deed::SetAccess, id).await?;
    let (user, now) = (hold(tx, id).await?, tx.now());
    let mut ended = credentials::end_sessions(tx, id).await?;
    ended.extend(credentials::end_families(tx, id, now).await?);
    ended.extend(credentials::end_sign_ins(tx, id, now).await?);
    if ended.is_empty() {
        return Ok(0);
    }
    users::raise_epoch(tx, id).await?;
    let (count, epoch) = (ended.len(), |number: i64| json!({ "authEpoch": number }));
    let entry =
        Entry::user(Action::UserSessionsRevoked, id).changed(epoch(user.auth_epoch), epoch(user.auth_epoch + 1));
    tx.say(entry.ending(ended).with("name", user.title()));
    Ok(count)
}

/// Makes a break-glass account let nobody in any more. Doing it again changes nothing.
///
/// # Errors
/// [`Error::NotFound`].
pub async fn disable_break_glass(tx: &mut Tx, name: &str) -> Result<()> {
    let missing = || Error::not_found(NO_SUCH_ACCOUNT);
    let account = break_glass::find(tx, name).await?.ok_or_else(missing)?;
    let user = users::lock(tx, account.id).await?.ok_or_else(missing)?;
    switch(tx, &user, false).await.map(|_| ())
}

/// A person on the roll, locked.
pub(super) async fn hold(tx: &mut Tx, id: Id) -> Result<User> {
    let found = users::lock(tx, id).await?.filter(|user| user.deleted_at.is_none());
    let user = found.ok_or_else(|| Error::not_found(NO_SUCH_USER))?;
    if user.is_break_glass { Err(Error::conflict(GLASS)) } else { Ok(user) }
}

/// Refuses to let the last platform admin with access go. All of them are held, so that of two who go at once, on
/// whatever replicas, the second sees that the first has gone. SCIM and hooks never ask: they always may end access.
async fn keep_an_admin(tx: &mut Tx, leaving: Id) -> Result<()> {
    let admins = people::lock_admins(tx).await?;
    if admins == [leaving] { Err(Error::conflict(LAST_ADMIN)) } else { Ok(()) }
}
