//! What every page has around it: where one is, who one is, and what every admin should know at this moment.

use super::assets::{SCRIPT, STYLE};
use super::people::PEOPLE;
use super::text::plain;
use super::tokens::Reminder;
use crate::access::sessions;
use crate::clock::Time;
use crate::directory::connection::{REMINDED, is_reminded};
use crate::error::Result;
use crate::http::api::call::Call;
use crate::model::policy::{self, Caller, Deed, Means, Reach};
use crate::model::user::PlatformRole;
use crate::store::{Link, scim_tokens};

/// The places of the console, in their order: the path, what it is called, what one must be allowed, and the key that
/// goes there after `g`.
const PLACES: &[(&str, &str, Deed, &str)] = &[
    ("/audit", "Audit", Deed::ReadAudit, "a"),
    ("/people", "People", Deed::ListUsers, "p"),
    ("/teams", "Teams", Deed::ReadTeams, "t"),
    ("/requests", "SCIM requests", Deed::ReadScimRequests, "r"),
    ("/events", "Okta events", Deed::ReadHooks, "e"),
    ("/connection", "Connection", Deed::ReadScimTokens, "c"),
    ("/tokens", "Tokens", Deed::ReadScimTokens, "k"),
    ("/setup", "Setup", Deed::ReadScimTokens, "s"),
];

/// A place in the navigation.
pub struct Place {
    /// Where it is.
    pub path: &'static str,
    /// What it is called.
    pub label: &'static str,
    /// The key that goes there after `g`.
    pub key: &'static str,
    /// Whether the page belongs to it.
    pub is_current: bool,
}

/// What stands around a page.
pub struct Frame {
    /// The page's title.
    pub title: String,
    /// Where one can go.
    pub places: Vec<Place>,
    /// The page of who is signed in.
    pub own_page: String,
    /// Who is signed in.
    pub name: String,
    /// What they are on the platform.
    pub role: &'static str,
    /// What every form sends along.
    pub csrf: String,
    /// Whether this session is that of a break-glass account.
    pub is_glass: bool,
    /// Whether an admin should know that a break-glass account is signed in.
    pub glass_in_use: bool,
    /// What an admin should know of a SCIM token that ends soon.
    pub reminder: Option<Reminder>,
    /// Where the style is.
    pub style: &'static str,
    /// Where the script is.
    pub script: &'static str,
}

/// Who reads a page.
pub struct Reader<'r> {
    /// Who it is.
    pub caller: &'r Caller,
    /// What goes with the writes of their session.
    pub csrf: &'r str,
    /// At which moment.
    pub now: Time,
}

impl Frame {
    /// The frame of a page of this place.
    ///
    /// # Errors
    /// What the engine reports, or an internal error on a page that is open to anybody.
    pub async fn of(call: &Call, link: &mut impl Link, path: &str, title: impl Into<String>) -> Result<Self> {
        let reader = Reader { caller: call.caller()?, csrf: call.csrf().unwrap_or_default(), now: call.ctx.now };
        Self::around(reader, link, path, title).await
    }

    /// The same for a reader who is known otherwise than by a call.
    ///
    /// # Errors
    /// What the engine reports.
    pub async fn around(
        reader: Reader<'_>,
        link: &mut impl Link,
        path: &str,
        title: impl Into<String>,
    ) -> Result<Self> {
        let Reader { caller, csrf, now } = reader;
        let allowed = |deed: Deed| policy::reach(caller, deed) > Reach::Nowhere;
        let places = PLACES.iter().filter(|(.., deed, _)| allowed(*deed)).map(|(to, label, _, key)| Place {
            path: to,
            label,
            key,
            is_current: *to == path,
        });
        let is_admin = caller.role == PlatformRole::Admin;
        Ok(Self {
            title: title.into(),
            places: places.collect(),
            name: plain(&caller.name),
            own_page: format!("{PEOPLE}/{}", caller.user),
            role: if is_admin { "Platform admin" } else { "User" },
            csrf: csrf.to_owned(),
            is_glass: caller.means == Means::BreakGlass,
            glass_in_use: is_admin && sessions::is_glass_broken(link, now).await?,
            reminder: if is_admin { reminder(link, now).await? } else { None },
            style: &STYLE.path,
            script: &SCRIPT.path,
        })
    }
}

/// How many tokens that end soon are looked at for one in use.
const ENDING: i64 = 20;
/// How many tokens are looked at for what takes the place of one; those that were made last.
const TOKENS: u32 = 100;

async fn reminder(link: &mut impl Link, now: Time) -> Result<Option<Reminder>> {
    let ending = scim_tokens::ending(link, now, now.plus(REMINDED.0), ENDING).await?;
    if !ending.iter().any(|token| is_reminded(token, now)) {
        return Ok(None);
    }
    Ok(Reminder::of(&ending, &scim_tokens::page(link, None, TOKENS).await?, now))
}
