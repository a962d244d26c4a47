//! What a sign-in with Okta asks of `users` and `scim_tokens`.

use super::db::Link;
use crate::error::Result;
use crate::model::Id;
use crate::scim::text;

/// Whoever on the roll holds something that a newcomer would bring.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Holder {
    /// The row's id.
    pub id: Id,
    /// What SCIM shows.
    pub scim_id: Option<Id>,
    /// The identity they are bound to.
    pub okta_id: Option<String>,
    /// Whether it is a break-glass account.
    pub is_break_glass_account: bool,
}

/// What a newcomer would bring.
#[derive(Clone, Copy, Debug)]
pub struct Claimed<'c> {
    /// Okta's id of them.
    pub okta_id: &'c str,
    /// The name they sign in with.
    pub user_name: &'c str,
    /// Their e-mail address.
    pub email: Option<&'c str>,
}

/// Everybody on the roll who has one of these as a sign-in name, as an e-mail address or as a wire attribute.
///
/// # Errors
/// What the engine reports.
pub async fn holders(link: &mut impl Link, claimed: &Claimed<'_>) -> Result<Vec<Holder>> {
    const SQL: &str = "select id, scim_id, okta_id, is_break_glass_account from users where id in (\
         select id from users where deleted_at is null and user_name_key = $1 union all \
         select id from users where deleted_at is null and user_name_key = $2 union all \
         select id from users where deleted_at is null and email_key = $1 union all \
         select id from users where deleted_at is null and email_key = $2 union all \
         select id from users where deleted_at is null and external_id = $3)";
    let name = text::fold(claimed.user_name);
    let email = claimed.email.map_or_else(|| name.clone(), text::fold);
    query!(link, SQL, name.as_str(), email.as_str(), claimed.okta_id => fetch_all Holder)
}

/// Whether somebody who was bound to this identity left the roll for good.
///
/// # Errors
/// What the engine reports.
pub async fn is_gone(link: &mut impl Link, okta_id: &str) -> Result<bool> {
    const SQL: &str = "select id from users where okta_id = $1 and deleted_at is not null limit 1";
    Ok(query!(link, SQL, okta_id => fetch_optional (Id,))?.is_some())
}

/// Whether any SCIM token was ever used.
///
/// # Errors
/// What the engine reports.
pub async fn has_scim_spoken(link: &mut impl Link) -> Result<bool> {
    const SQL: &str = "select id from scim_tokens where last_used_at is not null limit 1";
    Ok(query!(link, SQL => fetch_optional (Id,))?.is_some())
}

/// The people SCIM sees who have this as their e-mail address or sign-in name.
///
/// # Errors
/// What the engine reports.
pub async fn called(link: &mut impl Link, address: &str) -> Result<Vec<Id>> {
    const SQL: &str = "select id from users where id in (\
         select id from users where deleted_at is null and user_name_key = $1 union all \
         select id from users where deleted_at is null and email_key = $1) and scim_id is not null";
    let found = query!(link, SQL, text::fold(address) => fetch_all (Id,))?;
    Ok(found.into_iter().map(|(id,)| id).collect())
}
