//! Whose account at Okta a person's is, where an admin has to say it. Elsewhere SCIM's first externalId binds, or a first
//! sign-in.

use serde_json::json;

use super::people::{hold, known};
use super::{okta_events, users as verbs};
use crate::access::permission;
use crate::audit::{Action, Entry};
use crate::error::{Error, Result};
use crate::model::policy::{Caller, Deed};
use crate::model::{Id, User};
use crate::okta::api::is_id;
use crate::store::{Tx, users};

const FIELD: &str = "oktaId";
const SHAPE: &str = "must be an id as Okta writes it, such as 00u1ab2cd3ef4gh5ij6k7, and no address: letters, digits, - and _, at most 64 characters";
const TAKEN: &str = "belongs to another user";
const REPLACED: &str = "Another person took this one's place; bind that one.";

/// Binds a person to their account at Okta: they sign in with it, and Okta's events find them. What Okta said of the account
/// before counts at once. Doing it again changes nothing.
///
/// # Errors
/// [`Error::Clash`] where they are bound to another account or it is another person's, [`Error::Conflict`] for a
/// break-glass account and for who was replaced, [`Error::Invalid`], [`Error::NotFound`].
pub async fn bind(tx: &mut Tx, caller: &Caller, id: Id, okta_id: &str) -> Result<()> {
    permission::demand(tx, caller, Deed::BindIdentity, id).await?;
    let user = hold(tx, id).await?;
    set(tx, user, okta_id).await.map(drop)
}

/// The same at the command line, by userName or id; gives the person as they are then.
///
/// # Errors
/// As [`bind`], but nobody is forbidden.
pub async fn bind_named(tx: &mut Tx, who: &str, okta_id: &str) -> Result<User> {
    let id = known(tx, who).await?;
    let user = hold(tx, id).await?;
    set(tx, user, okta_id).await
}

async fn set(tx: &mut Tx, user: User, okta_id: &str) -> Result<User> {
    if !is_id(okta_id) {
        return Err(Error::invalid(FIELD, SHAPE));
    }
    if user.okta_id.as_deref() == Some(okta_id) {
        return Ok(user);
    }
    demand_unbound(&user, okta_id)?;
    demand_free(tx, &user, okta_id).await?;
    let after = User { okta_id: Some(okta_id.to_owned()), ..user.clone() };
    let entry =
        Entry::user(Action::UserIdentityBound, user.id).changed(json!({ FIELD: null }), json!({ FIELD: okta_id }));
    let bound = verbs::write(tx, &user, after, Some(entry.with("name", user.title()))).await?;
    okta_events::honour(tx, bound).await
}

/// A binding is made once, and never against what SCIM says.
fn demand_unbound(user: &User, okta_id: &str) -> Result<()> {
    if user.scim_id.is_none() {
        return Err(Error::conflict(REPLACED));
    }
    if let Some(bound) = &user.okta_id {
        return Err(Error::clash(FIELD, format!("must be {bound}, which this user is bound to already")));
    }
    match user.external_id.as_deref().filter(|told| *told != okta_id) {
        Some(told) => Err(Error::clash(FIELD, format!("must be {told}, as SCIM calls this user"))),
        None => Ok(()),
    }
}

/// Nobody else on the roll is bound to the account, or called so by SCIM.
async fn demand_free(tx: &mut Tx, user: &User, okta_id: &str) -> Result<()> {
    let holders = users::lock_holders(tx, user.user_name.as_deref().unwrap_or_default(), Some(okta_id)).await?;
    let is_theirs = |one: &User| [&one.okta_id, &one.external_id].iter().any(|id| id.as_deref() == Some(okta_id));
    let taken = holders.iter().any(|one| one.id != user.id && is_theirs(one));
    if taken { Err(Error::clash(FIELD, TAKEN)) } else { Ok(()) }
}
