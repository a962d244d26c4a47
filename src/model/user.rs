//! A person: identity, profile, the three switches of activity, and what SCIM carried.

use super::Id;
use super::words::words;
use crate::clock::Time;
use crate::okta;
use crate::scim::Document;

words! {
    /// What Okta says of a person's account, apart from SCIM.
    OktaStatus {
        /// Nothing stands against them.
        Ok = "ok",
        /// Suspended in Okta: nothing from SCIM lifts it.
        Suspended = "suspended",
        /// Deactivated in Okta: a later activation over SCIM lifts it.
        Deactivated = "deactivated",
    }
}

impl From<okta::Status> for OktaStatus {
    fn from(told: okta::Status) -> Self {
        match told {
            okta::Status::Ok => Self::Ok,
            okta::Status::Suspended => Self::Suspended,
            okta::Status::Deactivated => Self::Deactivated,
        }
    }
}

impl From<OktaStatus> for okta::Status {
    fn from(kept: OktaStatus) -> Self {
        match kept {
            OktaStatus::Ok => Self::Ok,
            OktaStatus::Suspended => Self::Suspended,
            OktaStatus::Deactivated => Self::Deactivated,
        }
    }
}

words! {
    /// A person's role on the whole platform. Neither SCIM nor a hook ever gives one.
    PlatformRole {
        /// May do everything.
        Admin = "PLATFORM_ADMIN",
        /// Everybody else.
        User = "USER",
    }
}

/// One switch of activity: its value, since when at its source, and who set it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Switch<T> {
    /// What it says.
    pub value: T,
    /// Since when, by the clock of whoever set it.
    pub since: Time,
    /// Who set it, as an actor's short name.
    pub set_by: String,
}

/// The switches. A person is active when every one of them says so.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Switches {
    /// SCIM's own: the `active` that SCIM sees and sets.
    pub scim: Switch<bool>,
    /// Okta's status, from hooks and polling.
    pub okta: Switch<OktaStatus>,
    /// The platform admins' own.
    pub admin: Switch<bool>,
}

impl Switches {
    /// Whether every switch says yes.
    #[must_use]
    pub fn all_on(&self) -> bool {
        self.scim.value && self.okta.value == OktaStatus::Ok && self.admin.value
    }
}

/// A person's row.
#[derive(Clone, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "the columns of the row are independent of each other")]
pub struct User {
    /// The row's own id; never reused, never taken from outside.
    pub id: Id,
    /// What SCIM shows; none when SCIM cannot see the person.
    pub scim_id: Option<Id>,
    /// The bound Okta identity: set once.
    pub okta_id: Option<String>,
    /// The wire attribute.
    pub external_id: Option<String>,
    /// The sign-in name, letter case kept.
    pub user_name: Option<String>,
    /// The three switches.
    pub switches: Switches,
    /// Derived from the switches; the database checks it.
    pub is_active: bool,
    /// Break-glass accounts are invisible to SCIM.
    pub is_break_glass: bool,
    /// The role on the platform.
    pub platform_role: PlatformRole,
    /// Whether the e-mail address was proven.
    pub email_verified: bool,
    /// Whether the phone number was proven.
    pub phone_verified: bool,
    /// Whether SCIM or Okta sign-in made the row.
    pub synced_from_okta: bool,
    /// Everything else SCIM carried.
    pub document: Document,
    /// The formatted name that the last change of name made stale.
    pub stale_formatted: Option<String>,
    /// Access tokens of an older epoch are refused.
    pub auth_epoch: i64,
    /// Moves with every change of the row; the `ETag`.
    pub version: i64,
    /// When access ended last, if it is ended.
    pub deactivated_at: Option<Time>,
    /// When the row left the roll for good.
    pub deleted_at: Option<Time>,
    /// When the row was made.
    pub created_at: Time,
    /// When the row last changed.
    pub updated_at: Time,
}

/// A person as SCIM shows them: what an answer needs and no more, with what SCIM carried still as text.
#[derive(Clone, Debug)]
pub struct ScimUser {
    /// The row's own id.
    pub id: Id,
    /// What SCIM shows.
    pub scim_id: Id,
    /// The sign-in name, letter case kept.
    pub user_name: Option<String>,
    /// The wire attribute.
    pub external_id: Option<String>,
    /// SCIM's own switch.
    pub active: bool,
    /// The role on the platform.
    pub platform_role: PlatformRole,
    /// Everything else SCIM carried, as it is stored: the text of a JSON object.
    pub document: String,
    /// The `ETag`.
    pub version: i64,
    /// When the row was made.
    pub created_at: Time,
    /// When the row last changed.
    pub updated_at: Time,
}

impl From<&User> for ScimUser {
    fn from(user: &User) -> Self {
        Self {
            id: user.id,
            scim_id: user.scim_id.unwrap_or(user.id),
            user_name: user.user_name.clone(),
            external_id: user.external_id.clone(),
            active: user.switches.scim.value,
            platform_role: user.platform_role,
            document: user.document.to_stored(),
            version: user.version,
            created_at: user.created_at,
            updated_at: user.updated_at,
        }
    }
}

/// The profile columns the platform reads, drawn from the document.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Profile {
    /// The primary e-mail address.
    pub email: Option<String>,
    /// Given name.
    pub first_name: Option<String>,
    /// Family name.
    pub last_name: Option<String>,
    /// What to call the person on a screen.
    pub display_name: Option<String>,
    /// The primary phone number.
    pub phone: Option<String>,
}

impl Profile {
    /// Draws the columns from a document.
    #[must_use]
    pub fn of(document: &Document) -> Self {
        let owned = |text: Option<&str>| text.map(str::to_owned);
        Self {
            email: owned(document.primary("emails")),
            first_name: owned(document.sub_text("name", "givenName")),
            last_name: owned(document.sub_text("name", "familyName")),
            display_name: owned(document.text("displayName").or_else(|| document.sub_text("name", "formatted"))),
            phone: owned(document.primary("phoneNumbers")),
        }
    }
}

impl User {
    /// The profile columns of this person.
    #[must_use]
    pub fn profile(&self) -> Profile {
        Profile::of(&self.document)
    }

    /// What to call the person in an audit row: display name, else user name, else the id.
    #[must_use]
    pub fn title(&self) -> String {
        let shown = self.profile().display_name.or_else(|| self.user_name.clone());
        shown.unwrap_or_else(|| self.id.to_string())
    }
}
