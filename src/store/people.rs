//! People as the platform's own face reads them, and the role that only the platform gives.

use super::db::{Link, Tx};
use super::dialect::locking;
use crate::audit::Resource;
use crate::clock::Time;
use crate::error::Result;
use crate::model::Id;
use crate::model::user::{OktaStatus, PlatformRole};
use crate::scim::text;

/// A person as admins and they themselves are shown them.
#[derive(Clone, Debug, sqlx::FromRow)]
#[expect(clippy::struct_excessive_bools, reason = "one field a column")]
pub struct ShownUser {
    /// The row's id.
    pub id: Id,
    /// The sign-in name.
    pub user_name: Option<String>,
    /// The primary e-mail address.
    pub email: Option<String>,
    /// Given name.
    pub first_name: Option<String>,
    /// Family name.
    pub last_name: Option<String>,
    /// What to call them.
    pub display_name: Option<String>,
    /// The primary phone number.
    pub phone: Option<String>,
    /// The role on the platform.
    pub platform_role: PlatformRole,
    /// Whether every switch is on.
    pub is_active: bool,
    /// SCIM's switch.
    pub scim_active: bool,
    /// Okta's.
    pub okta_status: OktaStatus,
    /// The admins'.
    pub admin_active: bool,
    /// Whether it is a break-glass account.
    pub is_break_glass_account: bool,
    /// Whether the e-mail address was proven.
    pub email_verified: bool,
    /// Whether the phone number was proven.
    pub phone_verified: bool,
    /// Whether SCIM or sign-in with Okta made the row.
    pub synced_from_okta: bool,
    /// When access ended.
    pub deactivated_at: Option<Time>,
    /// When they left the roll for good.
    pub deleted_at: Option<Time>,
    /// When the row was made.
    pub created_at: Time,
    /// When it last changed.
    pub updated_at: Time,
}

/// The columns of a person who is shown.
macro_rules! shown_columns {
    () => {
        "select id, user_name, email, first_name, last_name, display_name, phone, platform_role, is_active, scim_active, \
         okta_status, admin_active, is_break_glass_account, email_verified, phone_verified, synced_from_okta, \
         deactivated_at, deleted_at, created_at, updated_at from users "
    };
}
pub(super) use shown_columns;

/// The person of this id who is on the roll.
///
/// # Errors
/// What the engine reports.
pub async fn find(link: &mut impl Link, id: Id) -> Result<Option<ShownUser>> {
    const SQL: &str = concat!(shown_columns!(), "where deleted_at is null and id = $1");
    query!(link, SQL, id => fetch_optional ShownUser)
}

/// The next so many people after this id, in the order of their ids.
///
/// # Errors
/// What the engine reports.
pub async fn list(link: &mut impl Link, after: Option<Id>, count: u32) -> Result<Vec<ShownUser>> {
    const SQL: &str = concat!(shown_columns!(), "where deleted_at is null and id > $1 order by id limit $2");
    let after = after.unwrap_or(Id::from(uuid::Uuid::nil()));
    query!(link, SQL, after, i64::from(count) => fetch_all ShownUser)
}

/// Who on the roll has this sign-in name.
///
/// # Errors
/// What the engine reports.
pub async fn named(link: &mut impl Link, user_name: &str) -> Result<Option<Id>> {
    const SQL: &str = "select id from users where user_name_key = $1 and deleted_at is null";
    Ok(query!(link, SQL, text::fold(user_name) => fetch_optional (Id,))?.map(|(id,)| id))
}

/// Every person who is a platform admin and has access, locked in the order of their ids until the unit ends. Taken
/// before any other person of the unit is locked.
///
/// # Errors
/// What the engine reports.
pub async fn lock_admins(tx: &mut Tx) -> Result<Vec<Id>> {
    let sql = locking!(
        "select id from users where platform_role = 'PLATFORM_ADMIN' and is_active and not is_break_glass_account \
         order by id"; "for no key update");
    Ok(query!(tx, sql => fetch_all (Id,))?.into_iter().map(|(id,)| id).collect())
}

/// Gives a locked person a role. SCIM shows it, so the version moves.
///
/// # Errors
/// What the engine reports.
pub async fn set_role(tx: &mut Tx, id: Id, role: PlatformRole) -> Result<()> {
    const SQL: &str = "update users set platform_role = $2, version = version + 1, updated_at = $3 where id = $1";
    let now = tx.now();
    query!(tx, SQL, id, role, now => execute)?;
    tx.touch(Resource::User, id);
    Ok(())
}

/// The row and the name of the person whom SCIM knows by this id.
///
/// # Errors
/// What the engine reports.
pub async fn of_scim(link: &mut impl Link, scim_id: Id) -> Result<Option<(Id, Option<String>)>> {
    const SQL: &str = "select id, coalesce(display_name, user_name) as name from users where scim_id = $1";
    query!(link, SQL, scim_id => fetch_optional (Id, Option<String>))
}
