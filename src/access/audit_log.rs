//! Who reads what of the audit: admins all of it, whoever runs a team its rows, everybody what concerns themselves.

use std::time::Duration;

use crate::audit::search::{Named, Search, Term, Test};
use crate::audit::{Action, Entry, Event, Resource};
use crate::clock::Time;
use crate::error::{Error, Result};
use crate::model::Id;
use crate::model::policy::{self, Caller, Deed, Reach};
use crate::store::audit_counts::{self, Counted};
use crate::store::audit_list::{self, Page, Place, Scope, Wanted};
use crate::store::{Link, Tx, completions, memberships, rate_counters};

use super::permission::NOT_ALLOWED;

/// There is none, or none that the reader may see: which of the two is not told.
pub const NO_SUCH_ROW: &str = "There is no audit row with this id that you may see.";
/// How many exports one reader may begin, and within how long.
pub const MAX_EXPORTS: i64 = 30;
/// The window that they are counted in.
pub const EXPORTS_WITHIN: Duration = Duration::from_mins(15);
const TOO_MANY: &str = "Too many exports of the audit have been begun of late.";
/// A search stands in the row of its export up to this many characters.
const MAX_TOLD: usize = 1_000;

/// What the caller may see.
///
/// # Errors
/// [`Error::Forbidden`] where that is nothing.
pub async fn scope(link: &mut impl Link, caller: &Caller) -> Result<Scope> {
    let user = caller.user;
    match policy::reach(caller, Deed::ReadAudit) {
        Reach::Nowhere => Err(Error::forbidden(NOT_ALLOWED)),
        Reach::Own => Ok(Scope::Own { user, teams: Vec::new() }),
        Reach::Team | Reach::Duty => Ok(Scope::Own { user, teams: memberships::led_by(link, user).await? }),
        Reach::Everywhere => Ok(Scope::Everything),
    }
}

/// A page of what the caller may see and asked for.
///
/// # Errors
/// [`Error::Forbidden`] where they may see nothing.
pub async fn list(
    link: &mut impl Link,
    caller: &Caller,
    (search, before): (Search, Option<Place>),
    limit: usize,
) -> Result<Page> {
    let scope = scope(link, caller).await?;
    audit_list::list(link, &Wanted { scope, search, before, ..Wanted::default() }, limit).await
}

/// What a page of the console shows of a search.
pub struct Overview {
    /// What the reader may see.
    pub scope: Scope,
    /// The page.
    pub page: Page,
    /// When the rows happened.
    pub counted: Counted,
}

/// A page of what the caller may see and asked for, and how all of it lies in time since `from`, where the search does not
/// say since when.
///
/// # Errors
/// [`Error::Forbidden`] where they may see nothing.
pub async fn overview(
    link: &mut impl Link,
    caller: &Caller,
    (search, before): (Search, Option<Place>),
    (limit, from): (usize, Time),
) -> Result<Overview> {
    let scope = scope(link, caller).await?;
    let mut wanted = Wanted { scope, search, before, ..Wanted::default() };
    let page = audit_list::list(link, &wanted, limit).await?;
    wanted.before = None;
    wanted.search.since = wanted.search.since.or(Some(from));
    let counted = audit_counts::count(link, &wanted).await?;
    Ok(Overview { scope: wanted.scope, page, counted })
}

/// What the caller may see of one cause, oldest first: its first `most` rows, and whether there are more. Whoever may see
/// nothing of it may still be told of what it began with, if they see every row.
pub struct Told {
    /// The rows.
    pub events: Vec<Event>,
    /// Whether there are more.
    pub has_more: bool,
    /// Whether the reader sees every row there is.
    pub is_whole: bool,
}

/// Everything of one cause that the caller may see.
///
/// # Errors
/// [`Error::Forbidden`] where they may see nothing.
pub async fn of_cause(link: &mut impl Link, caller: &Caller, cause: Id, most: usize) -> Result<Told> {
    let scope = scope(link, caller).await?;
    let is_whole = matches!(scope, Scope::Everything);
    let mut page = audit_list::list(link, &Wanted { scope, ..Wanted::of_cause(cause) }, most).await?;
    page.events.reverse();
    Ok(Told { events: page.events, has_more: page.next.is_some(), is_whole })
}

/// The names that a search for people or teams may go on with: people for who may list them, teams for everybody who
/// may read them.
///
/// # Errors
/// What the engine reports.
pub async fn names_like(
    link: &mut impl Link,
    caller: &Caller,
    (resource, begin): (Resource, &str),
    most: i64,
) -> Result<Vec<String>> {
    let may = |deed| policy::reach(caller, deed) == Reach::Everywhere;
    match resource {
        Resource::User if may(Deed::ListUsers) => completions::user_names(link, begin, most).await,
        Resource::Team if may(Deed::ReadTeams) => completions::team_names(link, begin, most).await,
        _ => Ok(Vec::new()),
    }
}

/// One row.
///
/// # Errors
/// [`Error::NotFound`] also for a row that the caller may not see.
pub async fn find(link: &mut impl Link, caller: &Caller, id: Id) -> Result<Event> {
    let scope = scope(link, caller).await?;
    audit_list::find(link, &scope, id).await?.ok_or_else(|| Error::not_found(NO_SUCH_ROW))
}

/// What makes a search the history of one thing: of a person or a team everything that concerns them.
#[must_use]
pub fn history(resource: Resource, id: Id) -> Term {
    let test = match resource {
        Resource::User => Test::User(Named::Ids(vec![id])),
        Resource::Team => Test::Team(Named::Ids(vec![id])),
        other => Test::ResourceIs(other, id),
    };
    Term { test, holds: true }
}

/// Says that rows are exported, before the first of them is: each export is a row of the audit and much to read.
///
/// # Errors
/// [`Error::Limited`] after [`MAX_EXPORTS`] of one reader within [`EXPORTS_WITHIN`], on whichever replica.
pub async fn begin_export(tx: &mut Tx, caller: &Caller, (format, search): (&str, &str)) -> Result<()> {
    let (now, key) = (tx.ctx().now, format!("audit export {}", caller.user));
    let (began, used) = rate_counters::count(tx, &key, now, now.minus(EXPORTS_WITHIN)).await?;
    if used > MAX_EXPORTS {
        let left = began.plus(EXPORTS_WITHIN).micros().saturating_sub(now.micros()).max(0);
        let seconds = u32::try_from(left / 1_000_000 + 1).unwrap_or(u32::MAX);
        return Err(Error::Limited { why: TOO_MANY.into(), seconds });
    }
    let told: String = search.chars().take(MAX_TOLD).collect();
    tx.say(Entry::service(Action::AuditExported).with("format", format).with("search", told));
    Ok(())
}
