//! Looking people up: the list of them, one of them with all that decides on their access, and whom a name means.

use super::platform_members;
use crate::access::permission;
use crate::error::{Error, Flaw, Result};
use crate::model::policy::{Caller, Deed};
use crate::model::{Id, TeamRole};
use crate::scim::text;
use crate::store::people::ShownUser;
use crate::store::people_search;
use crate::store::person::{self, Place, WholeUser};
use crate::store::{Link, Tx};

use super::people::NO_SUCH_USER;

/// How many teams of a person are shown at most.
pub const MOST_PLACES: u32 = 100;
const NOBODY: &str = "is the sign-in name or e-mail address of nobody on the roll";

/// The next so many people by sign-in name, after this folded one.
///
/// # Errors
/// [`Error::Forbidden`].
pub async fn list(link: &mut impl Link, caller: &Caller, after: &str, count: u32) -> Result<Vec<ShownUser>> {
    permission::demand_at_all(caller, Deed::ListUsers)?;
    people_search::list(link, after, count).await
}

/// Up to so many people of whom a name, the sign-in name or the e-mail address begins so.
///
/// # Errors
/// [`Error::Forbidden`].
pub async fn search(link: &mut impl Link, caller: &Caller, beginning: &str, count: u32) -> Result<Vec<ShownUser>> {
    permission::demand_at_all(caller, Deed::ListUsers)?;
    people_search::beginning(link, &text::fold(beginning), count).await
}

/// A person with all that decides on their access, also one who left the roll; and the teams they are in.
///
/// # Errors
/// [`Error::Forbidden`] when they are not the caller's to see, [`Error::NotFound`].
pub async fn read(link: &mut impl Link, caller: &Caller, id: Id) -> Result<(WholeUser, Vec<Place>)> {
    permission::demand(link, caller, Deed::ReadUser, id).await?;
    let found = person::find(link, id).await?.ok_or_else(|| Error::not_found(NO_SUCH_USER))?;
    let places = person::places(link, id, MOST_PLACES).await?;
    Ok((found, places))
}

/// Takes a person into a team who is told by sign-in name, e-mail address or id, as [`platform_members::add`] does.
///
/// # Errors
/// As there; what is wrong with the person is told of the field `who`.
pub async fn join_named(tx: &mut Tx, caller: &Caller, team: Id, who: &str, role: TeamRole) -> Result<()> {
    // Asked first: whom a name means is not for everybody to try out.
    permission::demand_in(tx, caller, Deed::SetMembers, team).await?;
    let named = people_search::called(tx, &text::fold(who)).await?;
    let user = named.or_else(|| Id::parse(who)).ok_or_else(|| Error::invalid("who", NOBODY))?;
    platform_members::add(tx, caller, team, user, role).await.map_err(of_who)
}

/// The same fault, told of the field that the person was told by.
fn of_who(error: Error) -> Error {
    let told = |flaw: Flaw| if flaw.field == "userId" { Flaw { field: "who".into(), ..flaw } } else { flaw };
    match error {
        Error::Invalid(flaws) => Error::Invalid(flaws.into_iter().map(told).collect()),
        other => other,
    }
}
