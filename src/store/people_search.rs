//! People by the beginning of what they are called: each way is one index, read for no more rows than a page shows.

use std::collections::BTreeSet;

use super::db::Link;
use super::people::{ShownUser, shown_columns};
use super::rows;
use crate::error::Result;
use crate::model::Id;
use crate::scim::text;

/// The leaves of SCIM's document that say what somebody is called.
const NAMES: [&str; 3] = ["displayName", "name.givenName", "name.familyName"];
/// Behind every text that begins with the same letters, byte for byte.
const LAST: char = '\u{10ffff}';

/// The next so many people on the roll by sign-in name, after this folded one.
///
/// # Errors
/// What the engine reports.
pub async fn list(link: &mut impl Link, after: &str, count: u32) -> Result<Vec<ShownUser>> {
    const SQL: &str =
        concat!(shown_columns!(), "where deleted_at is null and user_name_key > $1 order by user_name_key limit $2");
    query!(link, SQL, after, i64::from(count) => fetch_all ShownUser)
}

/// Up to so many people of whom the sign-in name, the e-mail address or a name begins with this folded text, by sign-in
/// name; whoever left the roll is found by the sign-in name they had.
///
/// # Errors
/// What the engine reports.
pub async fn beginning(link: &mut impl Link, prefix: &str, count: u32) -> Result<Vec<ShownUser>> {
    let ids: Vec<Id> = ids(link, prefix, i64::from(count)).await?.into_iter().collect();
    let mut found: Vec<ShownUser> = Vec::new();
    for binds in rows::id_pieces(link.engine(), &ids) {
        let sql = format!("{}where id in ({})", shown_columns!(), rows::list(1, &binds));
        found.extend(rows::fetch::<ShownUser>(link, sql, &binds).await?);
    }
    found.sort_by_cached_key(|one| (one.deleted_at, one.user_name.as_deref().map(text::fold)));
    found.truncate(usize::try_from(count).unwrap_or(usize::MAX));
    Ok(found)
}

async fn ids(link: &mut impl Link, prefix: &str, count: i64) -> Result<BTreeSet<Id>> {
    const NAMED: &str = "select id from users where user_name_key >= $1 and user_name_key < $2 and deleted_at is null \
         order by user_name_key limit $3";
    const MAILED: &str = "select id from users where email_key >= $1 and email_key < $2 and deleted_at is null \
         order by email_key limit $3";
    const GONE: &str = "select id from users where user_name_key >= $1 and user_name_key < $2 \
         and deleted_at is not null order by user_name_key limit $3";
    const CALLED: &str = "select user_id as id from user_values where attribute = $1 and value_key >= $2 \
         and value_key < $3 order by value_key limit $4";
    let end = format!("{prefix}{LAST}");
    let mut found = BTreeSet::new();
    for sql in [NAMED, MAILED, GONE] {
        let some = query!(link, sql, prefix, end.as_str(), count => fetch_all (Id,))?;
        found.extend(some.into_iter().map(|(id,)| id));
    }
    for name in NAMES {
        let some = query!(link, CALLED, name, prefix, end.as_str(), count => fetch_all (Id,))?;
        found.extend(some.into_iter().map(|(id,)| id));
    }
    Ok(found)
}

/// Who on the roll is meant by a whole sign-in name or e-mail address, folded; break-glass accounts are nobody. An
/// address of several is nobody's.
///
/// # Errors
/// What the engine reports.
pub async fn called(link: &mut impl Link, key: &str) -> Result<Option<Id>> {
    const NAMED: &str =
        "select id from users where user_name_key = $1 and deleted_at is null and not is_break_glass_account";
    const MAILED: &str =
        "select id from users where email_key = $1 and deleted_at is null and not is_break_glass_account limit 2";
    if let Some((id,)) = query!(link, NAMED, key => fetch_optional (Id,))? {
        return Ok(Some(id));
    }
    let mailed = query!(link, MAILED, key => fetch_all (Id,))?;
    Ok(if let [(id,)] = mailed[..] { Some(id) } else { None })
}
