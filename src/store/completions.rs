//! Names that begin like what somebody types.

use super::db::Link;
use crate::error::Result;
use crate::scim::text::fold;

/// The first sign-in names that begin so, in their order.
///
/// # Errors
/// What the engine reports.
pub async fn user_names(link: &mut impl Link, begin: &str, most: i64) -> Result<Vec<String>> {
    const SQL: &str = "select user_name from users where deleted_at is null and user_name_key is not null \
         and user_name_key >= $1 and user_name_key < $2 order by user_name_key limit $3";
    let (from, to) = span(begin);
    let found = query!(link, SQL, from, to, most => fetch_all (Option<String>,))?;
    Ok(found.into_iter().filter_map(|(name,)| name).collect())
}

/// The first names of living teams that begin so, in their order.
///
/// # Errors
/// What the engine reports.
pub async fn team_names(link: &mut impl Link, begin: &str, most: i64) -> Result<Vec<String>> {
    const SQL: &str = "select name from teams where archived_at is null and name_key >= $1 and name_key < $2 \
         order by name_key limit $3";
    let (from, to) = span(begin);
    Ok(query!(link, SQL, from, to, most => fetch_all (String,))?.into_iter().map(|(name,)| name).collect())
}

/// Everything that begins so lies between these; both engines compare by bytes.
fn span(begin: &str) -> (String, String) {
    let from = fold(begin);
    let to = format!("{from}{}", char::MAX);
    (from, to)
}
