//! Break-glass accounts: rows of `users` that SCIM never sees, and the only ones with a password.

use super::db::{Link, Tx};
use crate::audit::Resource;
use crate::clock::Time;
use crate::error::Result;
use crate::model::Id;
use crate::scim::text;

/// An account as a sign-in needs it.
#[derive(Clone, sqlx::FromRow)]
pub struct Account {
    /// The row's id.
    pub id: Id,
    /// Its name.
    pub user_name: String,
    /// What the password is held against.
    pub password_hash: String,
    /// Whether it may be used.
    pub is_active: bool,
    /// What a sign-in that begins now must still find at its end.
    pub auth_epoch: i64,
    /// When it was made.
    pub created_at: Time,
}

macro_rules! columns {
    () => {
        "select id, user_name, password_hash, is_active, auth_epoch, created_at from users \
         where is_break_glass_account and deleted_at is null and password_hash is not null "
    };
}

/// The account of this name, in use or not.
///
/// # Errors
/// What the engine reports.
pub async fn find(link: &mut impl Link, name: &str) -> Result<Option<Account>> {
    const SQL: &str = concat!(columns!(), "and user_name_key = $1");
    query!(link, SQL, text::fold(name) => fetch_optional Account)
}

/// Every account, oldest first.
///
/// # Errors
/// What the engine reports.
pub async fn list(link: &mut impl Link) -> Result<Vec<Account>> {
    const SQL: &str = concat!(columns!(), "order by id");
    query!(link, SQL => fetch_all Account)
}

/// The id, the name and the making of so many accounts that may be used, oldest first.
///
/// # Errors
/// What the engine reports.
pub async fn names(link: &mut impl Link, most: i64) -> Result<Vec<(Id, String, Time)>> {
    const SQL: &str = "select id, user_name, created_at from users where is_break_glass_account and deleted_at is null \
         and password_hash is not null and is_active order by id limit $1";
    query!(link, SQL, most => fetch_all (Id, String, Time))
}

/// Gives an account of this unit its password.
///
/// # Errors
/// What the engine reports.
pub async fn set_password(tx: &mut Tx, id: Id, hash: &str) -> Result<()> {
    const SQL: &str = "update users set password_hash = $2 where id = $1";
    query!(tx, SQL, id, hash => execute)?;
    tx.touch(Resource::User, id);
    Ok(())
}

/// Whether somebody signed in to this account from this address since then.
///
/// # Errors
/// What the engine reports.
pub async fn knows_address(link: &mut impl Link, account: Id, ip: &str, since: Time) -> Result<bool> {
    const SQL: &str = "select id from sessions where user_id = $1 and ip = $2 and created_at > $3 limit 1";
    Ok(query!(link, SQL, account, ip, since => fetch_optional (Id,))?.is_some())
}
