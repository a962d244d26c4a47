//! How people are reached, what of it is proven, and `contact_verifications`: the codes that prove it.

use std::cmp::Reverse;

use super::db::{Link, Quiet, Tx};
use super::dialect::{Pair, locking};
use crate::audit::Resource;
use crate::clock::Time;
use crate::error::Result;
use crate::model::Id;
use crate::model::contact::Method;

/// A person, as they are reached.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Contact {
    /// The row's id.
    pub id: Id,
    /// What to call them.
    pub name: Option<String>,
    /// The primary e-mail address.
    pub email: Option<String>,
    /// The primary phone number.
    pub phone: Option<String>,
    /// Whether the e-mail address was proven.
    pub email_verified: bool,
    /// Whether the phone number was proven.
    pub phone_verified: bool,
    /// Whether every switch is on.
    pub is_active: bool,
    updated_at: Time,
}

macro_rules! contact_columns {
    () => {
        "select id, coalesce(display_name, user_name) as name, email, phone, email_verified, phone_verified, \
         is_active, updated_at from users where id = $1 and deleted_at is null"
    };
}

/// The person of this id who is on the roll.
///
/// # Errors
/// What the engine reports.
pub async fn find(link: &mut impl Link, user: Id) -> Result<Option<Contact>> {
    query!(link, contact_columns!(), user => fetch_optional Contact)
}

/// The same, locked against other changes until the unit ends.
///
/// # Errors
/// What the engine reports.
pub async fn lock(tx: &mut Tx, user: Id) -> Result<Option<Contact>> {
    let sql = locking!(contact_columns!(); "for no key update");
    let found = query!(tx, sql, user => fetch_optional Contact)?;
    if let Some(contact) = &found {
        tx.not_before(contact.updated_at);
    }
    Ok(found)
}

/// A device that something may be sent to.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Device {
    /// The row's id.
    pub id: Id,
    /// What the provider knows it by.
    pub token: String,
    /// When it was proven that it reaches its owner.
    pub proven_at: Option<Time>,
}

/// A person's live devices, the newest first.
///
/// # Errors
/// What the engine reports.
pub async fn devices(link: &mut impl Link, user: Id) -> Result<Vec<Device>> {
    const SQL: &str = "select id, token, proven_at from user_devices where user_id = $1 and ended_at is null";
    let mut found = query!(link, SQL, user => fetch_all Device)?;
    // A person has a handful: their order is no business of the database.
    found.sort_by_key(|device| Reverse(device.id));
    Ok(found)
}

/// Notes that a locked person proved how they are reached. Nothing that SCIM shows changes, so neither does the version.
///
/// # Errors
/// What the engine reports.
pub async fn set_verified(tx: &mut Tx, user: Id, method: Method) -> Result<()> {
    let sql = match method {
        Method::Email => "update users set email_verified = true where id = $1",
        Method::Sms => "update users set phone_verified = true where id = $1",
        // What counts is the proof of each device; a release that knew only this column may run beside.
        Method::Push => "update users set push_enabled = true where id = $1",
    };
    query!(tx, Pair::from(sql), user => execute)?;
    tx.touch(Resource::User, user);
    Ok(())
}

/// Takes back the proof of push messages of a locked person who has no live device; tells whether there was one.
///
/// # Errors
/// What the engine reports.
pub async fn unprove_push(tx: &mut Tx, user: Id) -> Result<bool> {
    const SQL: &str = "update users set push_enabled = false where id = $1 and push_enabled and not exists \
         (select 1 from user_devices d where d.user_id = $1 and d.ended_at is null)";
    let was_proven = query!(tx, SQL, user => execute)? == 1;
    if was_proven {
        tx.touch(Resource::User, user);
    }
    Ok(was_proven)
}

/// A code on its way to prove something.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Verification {
    /// The row's id.
    pub id: Id,
    /// Whose it is.
    pub user_id: Id,
    /// How it is sent.
    pub method: Method,
    /// What it proves: the address, or the id of the device.
    pub value: String,
    /// The keyed hash of the code; of no code until one was sent.
    pub code_hash: Vec<u8>,
    /// How many wrong guesses there were.
    pub tries: i64,
    /// When it was asked for.
    pub created_at: Time,
    /// When it stops working.
    pub expires_at: Time,
    /// When it was used, replaced, or lost its meaning.
    pub ended_at: Option<Time>,
}

macro_rules! code_columns {
    () => {
        "select id, user_id, method, value, code_hash, tries, created_at, expires_at, ended_at from contact_verifications "
    };
}

/// Adds one of a locked person's.
///
/// # Errors
/// What the engine reports.
pub async fn insert(tx: &mut Tx, code: &Verification) -> Result<()> {
    const SQL: &str = "insert into contact_verifications (id, user_id, method, value, code_hash, tries, created_at, \
         expires_at, verified_at, ended_at) values ($1, $2, $3, $4, $5, 0, $6, $7, null, null)";
    query!(tx, SQL, code.id, code.user_id, code.method, code.value.as_str(), code.code_hash.as_slice(), code.created_at,
        code.expires_at => execute)?;
    tx.touch(Resource::Verification, code.id);
    Ok(())
}

/// The open one of a locked person's and a method, held until the unit ends.
///
/// # Errors
/// What the engine reports.
pub async fn lock_open(tx: &mut Tx, user: Id, method: Method) -> Result<Option<Verification>> {
    let sql = locking!(code_columns!(), "where user_id = $1 and method = $2 and ended_at is null"; "for update");
    let open = query!(tx, sql, user, method => fetch_all Verification)?;
    Ok(open.into_iter().max_by_key(|code| (code.created_at, code.id)))
}

/// The one of this id, held until the unit ends.
///
/// # Errors
/// What the engine reports.
pub async fn lock_code(tx: &mut Tx, id: Id) -> Result<Option<Verification>> {
    let sql = locking!(code_columns!(), "where id = $1"; "for update");
    query!(tx, sql, id => fetch_optional Verification)
}

/// Gives a held one the hash of the code that is about to be sent. Whoever asked for it was told of.
///
/// # Errors
/// What the engine reports.
pub async fn set_hash(tx: &mut Tx, id: Id, hash: &[u8]) -> Result<()> {
    const SQL: &str = "update contact_verifications set code_hash = $2 where id = $1";
    tx.quiet(Quiet::Outbox);
    query!(tx, SQL, id, hash => execute).map(drop)
}

/// Counts a wrong guess at a held one.
///
/// # Errors
/// What the engine reports.
pub async fn count_try(tx: &mut Tx, id: Id) -> Result<()> {
    const SQL: &str = "update contact_verifications set tries = tries + 1 where id = $1";
    query!(tx, SQL, id => execute)?;
    tx.touch(Resource::Verification, id);
    Ok(())
}

/// Ends a held one, as used or as useless; false when it has ended.
///
/// # Errors
/// What the engine reports.
pub async fn end(tx: &mut Tx, id: Id, is_used: bool) -> Result<bool> {
    const SQL: &str =
        "update contact_verifications set ended_at = $2, verified_at = $3 where id = $1 and ended_at is null";
    let now = tx.now();
    let ended = query!(tx, SQL, id, now, is_used.then_some(now) => execute)? == 1;
    if ended {
        tx.touch(Resource::Verification, id);
    }
    Ok(ended)
}

/// Ends the open ones of a locked person's and a method: a new one takes their place.
///
/// # Errors
/// What the engine reports.
pub async fn end_open(tx: &mut Tx, user: Id, method: Method) -> Result<Vec<(Resource, Id)>> {
    const SQL: &str = "update contact_verifications set ended_at = $3 \
         where user_id = $1 and method = $2 and ended_at is null returning id";
    let now = tx.now();
    let ended = query!(tx, SQL, user, method, now => fetch_all (Id,))?;
    Ok(ended.into_iter().map(|(id,)| (Resource::Verification, id)).inspect(|(kind, id)| tx.touch(*kind, *id)).collect())
}
