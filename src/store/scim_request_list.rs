//! `scim_requests` as it is read: newest first, page by page.
//!
//! A page is walked along the order of arrival. What else must hold is asked of the requests on the way, of
//! [`MOST_LOOKED_AT`] at most: a search that finds little costs no more than one that finds much, and goes on where it
//! stopped.

use super::db::Link;
pub use super::scim_requests::LoggedRequest;
use crate::clock::Time;
use crate::error::Result;
use crate::model::Id;

/// How many requests are looked at for one page where more is asked than an index knows.
pub const MOST_LOOKED_AT: i64 = 20_000;
/// No further than this is counted.
pub const MOST_COUNTED: i64 = 10_000;
/// The most requests of one cause that are shown; a request has a cause of its own unless somebody sends ids twice.
const MOST_OF_CAUSE: i64 = 100;
/// Follows every path that begins with the text before it.
const LAST: char = char::MAX;

/// A request's place in the order.
pub type Place = (Time, Id);

/// What must hold of the requests of a page.
#[derive(Clone, Debug)]
pub struct Filter {
    /// The lowest and the highest status.
    pub statuses: (i64, i64),
    /// The method, or empty for any.
    pub method: String,
    /// What the path begins with.
    pub path: String,
    /// The token's name, `-` for requests without a good one, or empty for any.
    pub token: String,
    /// No earlier than this.
    pub since: Option<Time>,
    /// Earlier than this.
    pub until: Option<Time>,
    /// Refused and failed ones only.
    pub failed: bool,
}

impl Default for Filter {
    fn default() -> Self {
        let none = String::new;
        Self {
            statuses: (0, 999),
            method: none(),
            path: none(),
            token: none(),
            since: None,
            until: None,
            failed: false,
        }
    }
}

impl Filter {
    /// Whether it asks for anything.
    #[must_use]
    pub fn is_given(&self) -> bool {
        self.is_walked() || self.failed || self.since.is_some() || self.until.is_some()
    }

    /// Whether it asks for more than the order and the failures, which have an index.
    fn is_walked(&self) -> bool {
        self.statuses != (0, 999) || [&self.method, &self.path, &self.token].iter().any(|text| !text.is_empty())
    }
}

/// A page of the log.
#[derive(Clone, Debug, Default)]
pub struct Page {
    /// The requests, newest first, without their bodies.
    pub requests: Vec<LoggedRequest>,
    /// Where the next page begins, where there may be one: below this place.
    pub next: Option<Place>,
}

/// Which requests are counted among the failed: not those about somebody who is not there. Okta asks before it creates, and
/// deletes again what it did not hear the end of; a group or an address that is not there is a failure.
macro_rules! failed_condition {
    () => {
        "status >= 400 and not (status = 404 and method in ('GET', 'HEAD', 'DELETE') \
         and coalesce(detail, '') = 'There is no user with this id.')"
    };
}

macro_rules! listed_columns {
    () => {
        "select id, at, request_id, cause_id, token_id, token_name, method, path, query, status, scim_type, detail, micros, \
         request_bytes, response_bytes, null as body, ip, user_agent from scim_requests "
    };
}

/// A page of what matches, older than a place.
///
/// # Errors
/// What the engine reports.
pub async fn list(link: &mut impl Link, filter: &Filter, before: Place, limit: usize) -> Result<Page> {
    // `at` stands by itself beside the pair: the planner knows that two bounds of one column leave little.
    const ALL: &str = concat!(
        listed_columns!(),
        "where at <= $1 and (at, id) < ($1, $2) and at >= $3 and status between $4 and $5 and ($6 = '' or method = $6) \
         and path >= $7 and path < $8 and ($9 = '' or coalesce(token_name, '-') = $9) order by at desc, id desc limit $10"
    );
    const FAILED: &str = concat!(
        listed_columns!(),
        "where ",
        failed_condition!(),
        " and at <= $1 and (at, id) < ($1, $2) and at >= $3 and status between $4 and $5 and ($6 = '' or method = $6) \
         and path >= $7 and path < $8 and ($9 = '' or coalesce(token_name, '-') = $9) order by at desc, id desc limit $10"
    );
    let floor = if filter.is_walked() { floor(link, filter, before).await? } else { None };
    let lowest = floor.or(filter.since).unwrap_or(Time::from_micros(0));
    let (at, id) = upper(filter, before);
    let ((from, to), beyond) = (filter.statuses, format!("{}{LAST}", filter.path));
    let (method, path, token) = (filter.method.as_str(), filter.path.as_str(), filter.token.as_str());
    let most = i64::try_from(limit + 1).unwrap_or(i64::MAX);
    let sql = if filter.failed { FAILED } else { ALL };
    let mut requests: Vec<LoggedRequest> = query!(link, sql, at, id, lowest, from, to, method, path, beyond.as_str(), token, most
        => fetch_all LoggedRequest)?;
    let is_full = requests.len() > limit;
    requests.truncate(limit);
    // Everything of the floor's moment has been looked at.
    let next = match requests.last().filter(|_| is_full) {
        Some(last) => Some((last.at, last.id)),
        None => floor.map(|floor| (floor, Id::from(uuid::Uuid::nil()))),
    };
    Ok(Page { requests, next })
}

/// Where the walk begins: below the page before, and before the filter's end.
fn upper(filter: &Filter, before: Place) -> Place {
    filter.until.map_or(before, |until| before.min((until, Id::from(uuid::Uuid::nil()))))
}

/// The moment of the last request that a page may look at; none where the log ends before.
async fn floor(link: &mut impl Link, filter: &Filter, before: Place) -> Result<Option<Time>> {
    const ALL: &str = "select at from scim_requests where at <= $1 and (at, id) < ($1, $2) and at >= $3 \
         order by at desc, id desc limit 1 offset $4";
    const FAILED: &str = "select at from scim_requests where status >= 400 and at <= $1 and (at, id) < ($1, $2) and at >= $3 \
         order by at desc, id desc limit 1 offset $4";
    let ((at, id), since) = (upper(filter, before), filter.since.unwrap_or(Time::from_micros(0)));
    let sql = if filter.failed { FAILED } else { ALL };
    let found = query!(link, sql, at, id, since, MOST_LOOKED_AT - 1 => fetch_optional (Time,))?;
    Ok(found.map(|(at,)| at))
}

/// The requests of one cause.
///
/// # Errors
/// What the engine reports.
pub async fn of_cause(link: &mut impl Link, cause: Id) -> Result<Vec<LoggedRequest>> {
    const SQL: &str = concat!(listed_columns!(), "where cause_id = $1 limit $2");
    let mut found = query!(link, SQL, cause, MOST_OF_CAUSE => fetch_all LoggedRequest)?;
    found.sort_by_key(|request| std::cmp::Reverse((request.at, request.id)));
    Ok(found)
}

/// One request, with its body.
///
/// # Errors
/// What the engine reports.
pub async fn find(link: &mut impl Link, id: Id) -> Result<Option<LoggedRequest>> {
    const SQL: &str = "select id, at, request_id, cause_id, token_id, token_name, method, path, query, status, scim_type, \
         detail, micros, request_bytes, response_bytes, body, ip, user_agent from scim_requests where id = $1";
    query!(link, SQL, id => fetch_optional LoggedRequest)
}

/// A request under /scim that was refused or failed.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Failed {
    /// The row in the request log.
    pub id: Id,
    /// When it came.
    pub at: Time,
    /// The token it came with, when that was good.
    pub token_id: Option<Id>,
    /// The method.
    pub method: String,
    /// The path.
    pub path: String,
    /// The status of the answer.
    pub status: i64,
    /// What the client was told.
    pub detail: Option<String>,
}

/// The last requests that were refused or failed since a moment, newest first.
///
/// # Errors
/// What the engine reports.
pub async fn failures(link: &mut impl Link, since: Time, most: i64) -> Result<Vec<Failed>> {
    const SQL: &str = concat!(
        "select id, at, token_id, method, path, status, detail from scim_requests where ",
        failed_condition!(),
        " and at > $1 order by at desc, id desc limit $2"
    );
    query!(link, SQL, since, most => fetch_all Failed)
}

/// How many requests came since a moment, and how many of those with a good token failed; each counted up to
/// [`MOST_COUNTED`].
///
/// # Errors
/// What the engine reports.
pub async fn count_since(link: &mut impl Link, since: Time) -> Result<(i64, i64)> {
    const ALL: &str =
        "select count(*) as found from (select id from scim_requests where at > $1 order by at, id limit $2) as recent";
    const FAILED: &str = concat!(
        "select count(*) as found from (select id from scim_requests where ",
        failed_condition!(),
        " and token_id is not null and at > $1 order by at, id limit $2) as recent"
    );
    let (all,) = query!(link, ALL, since, MOST_COUNTED => fetch_one (i64,))?;
    let (failed,) = query!(link, FAILED, since, MOST_COUNTED => fetch_one (i64,))?;
    Ok((all, failed))
}
