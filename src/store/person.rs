//! One person as their page shows them: the switches with who set them, and the teams they are in. Also of those who left
//! the roll, whose history stays.

use super::db::Link;
use crate::clock::Time;
use crate::error::Result;
use crate::model::user::{OktaStatus, PlatformRole};
use crate::model::{Id, TeamRole};

/// A person with everything that decides on their access.
#[derive(Clone, Debug, sqlx::FromRow)]
#[expect(clippy::struct_excessive_bools, reason = "one field a column")]
pub struct WholeUser {
    /// The row's id.
    pub id: Id,
    /// What SCIM shows; none when SCIM cannot see them.
    pub scim_id: Option<Id>,
    /// The bound identity at Okta.
    pub okta_id: Option<String>,
    /// What SCIM's client calls them.
    pub external_id: Option<String>,
    /// The sign-in name.
    pub user_name: Option<String>,
    /// The primary e-mail address.
    pub email: Option<String>,
    /// Whether it was proven.
    pub email_verified: bool,
    /// The primary phone number.
    pub phone: Option<String>,
    /// Whether it was proven.
    pub phone_verified: bool,
    /// What to call them.
    pub display_name: Option<String>,
    /// The role on the platform.
    pub platform_role: PlatformRole,
    /// Whether every switch is on.
    pub is_active: bool,
    /// SCIM's switch.
    pub scim_active: bool,
    /// Since when.
    pub scim_since: Time,
    /// Who set it.
    pub scim_set_by: String,
    /// What Okta says of the account.
    pub okta_status: OktaStatus,
    /// Since when, at Okta.
    pub okta_since: Time,
    /// Who told.
    pub okta_set_by: String,
    /// The admins' switch.
    pub admin_active: bool,
    /// Since when.
    pub admin_since: Time,
    /// Who set it.
    pub admin_set_by: String,
    /// Whether it is a break-glass account.
    pub is_break_glass_account: bool,
    /// Whether SCIM or sign-in with Okta made the row.
    pub synced_from_okta: bool,
    /// When access ended.
    pub deactivated_at: Option<Time>,
    /// When the row left the roll for good.
    pub deleted_at: Option<Time>,
    /// When the row was made.
    pub created_at: Time,
    /// When it last changed.
    pub updated_at: Time,
}

/// The person of this id, also one who left the roll.
///
/// # Errors
/// What the engine reports.
pub async fn find(link: &mut impl Link, id: Id) -> Result<Option<WholeUser>> {
    const SQL: &str = "select id, scim_id, okta_id, external_id, user_name, email, email_verified, phone, \
         phone_verified, display_name, platform_role, is_active, scim_active, scim_since, scim_set_by, okta_status, \
         okta_since, okta_set_by, admin_active, admin_since, admin_set_by, is_break_glass_account, synced_from_okta, \
         deactivated_at, deleted_at, created_at, updated_at from users where id = $1";
    query!(link, SQL, id => fetch_optional WholeUser)
}

/// A person's place in a team, with what the team is called.
#[derive(Clone, Debug, sqlx::FromRow)]
#[expect(clippy::struct_excessive_bools, reason = "one field a column")]
pub struct Place {
    /// The team.
    pub team_id: Id,
    /// What it is called.
    pub team_name: String,
    /// When it was archived.
    pub archived_at: Option<Time>,
    /// Whether it is in maintenance.
    pub maintenance_mode: bool,
    /// As what.
    pub role: TeamRole,
    /// Whether Okta holds it.
    pub by_okta: bool,
    /// Whether the platform holds it.
    pub by_platform: bool,
    /// Left here while Okta still holds it.
    pub opted_out: bool,
    /// Since when.
    pub joined_at: Time,
}

/// The first so many teams that a person is in, archived ones too, in the order in which the teams were made.
///
/// # Errors
/// What the engine reports.
pub async fn places(link: &mut impl Link, user: Id, count: u32) -> Result<Vec<Place>> {
    const SQL: &str = "select m.team_id, t.name as team_name, t.archived_at, t.maintenance_mode, m.role, m.by_okta, \
         m.by_platform, m.opted_out, m.joined_at from team_members m join teams t on t.id = m.team_id \
         where m.user_id = $1 order by m.team_id limit $2";
    query!(link, SQL, user, i64::from(count) => fetch_all Place)
}
