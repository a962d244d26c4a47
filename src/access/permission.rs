//! Whether a caller may do something: the table of `model::policy`, asked about a person at hand.

use crate::error::{Error, Result};
use crate::model::Id;
use crate::model::policy::{self, Caller, Deed, Reach, Whose};
use crate::store::{Link, Tx, memberships, platform_members, users};

/// Said when somebody is known and may not.
pub const NOT_ALLOWED: &str = "You may not do this.";

/// Whose a person's things are, seen from the caller. Nothing is asked of the database where it makes no difference.
async fn whose(link: &mut impl Link, caller: &Caller, deed: Deed, user: Id) -> Result<Whose> {
    if caller.user == user {
        return Ok(Whose::Own);
    }
    let depends = policy::reach(caller, deed) == Reach::Team;
    let leads = depends && memberships::leads(link, caller.user, user).await?;
    Ok(if leads { Whose::Team } else { Whose::Foreign })
}

/// Whether the caller may do this with what is this person's. It does not tell whether there is such a person.
///
/// # Errors
/// What the engine reports.
pub async fn allows(link: &mut impl Link, caller: &Caller, deed: Deed, user: Id) -> Result<bool> {
    Ok(policy::may(caller, deed, whose(link, caller, deed, user).await?))
}

/// The same, as a refusal.
///
/// # Errors
/// [`Error::Forbidden`].
pub async fn demand(link: &mut impl Link, caller: &Caller, deed: Deed, user: Id) -> Result<()> {
    if allows(link, caller, deed, user).await? { Ok(()) } else { Err(Error::forbidden(NOT_ALLOWED)) }
}

/// Holds the caller's own row, so that what is made in their name is made before their access or their role ends, or not
/// at all.
///
/// # Errors
/// [`Error::Forbidden`] when either has ended since they came in.
pub async fn hold(tx: &mut Tx, caller: &Caller) -> Result<()> {
    let found = users::lock(tx, caller.user).await?;
    let is_so = found.is_some_and(|user| user.is_active && user.platform_role == caller.role);
    if is_so { Ok(()) } else { Err(Error::forbidden(NOT_ALLOWED)) }
}

/// Whether the caller may do this with anything at all, whosever it is.
///
/// # Errors
/// [`Error::Forbidden`].
pub fn demand_at_all(caller: &Caller, deed: Deed) -> Result<()> {
    if policy::may(caller, deed, Whose::Foreign) { Ok(()) } else { Err(Error::forbidden(NOT_ALLOWED)) }
}

/// Whether the caller may do this with this team, by their role in it at this moment where that makes a difference. Who
/// left it has none, and in an archived team nobody has.
///
/// # Errors
/// [`Error::Forbidden`].
pub async fn demand_in(link: &mut impl Link, caller: &Caller, deed: Deed, team: Id) -> Result<()> {
    let depends = matches!(policy::reach(caller, deed), Reach::Team | Reach::Duty);
    let role = if depends { platform_members::role_in(link, team, caller.user).await? } else { None };
    let whose = role.map_or(Whose::Foreign, Whose::In);
    if policy::may(caller, deed, whose) { Ok(()) } else { Err(Error::forbidden(NOT_ALLOWED)) }
}
