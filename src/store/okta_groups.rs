//! `okta_groups` and `okta_group_members`: groups as events named them, and the newest word on a linked membership.

use super::db::{Link, Quiet, Tx};
use super::dialect::locking;
use crate::clock::Time;
use crate::error::Result;
use crate::model::{Id, Team};
use crate::okta::Fact;
use crate::scim::text::fold;

/// The slot of a team's version that events move. What the slots before it say is when SCIM wrote last; what the
/// platform writes has a slot after it, because it holds no word of Okta's back.
pub const SLOT: i64 = super::teams::SLOTS;

/// Keeps a group's name at a moment, unless a newer one is known.
///
/// # Errors
/// What the engine reports.
pub async fn put_name(tx: &mut Tx, group: &str, name: &str, at: Time) -> Result<()> {
    const SQL: &str = "insert into okta_groups (okta_group_id, name, name_key, named_at, gone_at) \
         values ($1, $2, $3, $4, null) on conflict (okta_group_id) do update set name = excluded.name, \
         name_key = excluded.name_key, named_at = excluded.named_at where okta_groups.named_at < excluded.named_at \
         or (okta_groups.named_at = excluded.named_at and okta_groups.name < excluded.name)";
    tx.quiet(Quiet::OktaFact);
    query!(tx, SQL, group, name, fold(name), at => execute).map(|_| ())
}

/// Keeps that a group is gone; false when that was known.
///
/// # Errors
/// What the engine reports.
pub async fn put_gone(tx: &mut Tx, group: &str, name: &str, at: Time) -> Result<bool> {
    const SQL: &str = "insert into okta_groups (okta_group_id, name, name_key, named_at, gone_at) \
         values ($1, $2, $3, $4, $4) on conflict (okta_group_id) do update set gone_at = excluded.gone_at \
         where okta_groups.gone_at is null or okta_groups.gone_at < excluded.gone_at";
    tx.quiet(Quiet::OktaFact);
    Ok(query!(tx, SQL, group, name, fold(name), at => execute)? > 0)
}

/// Whether a group is known to be gone.
///
/// # Errors
/// What the engine reports.
pub async fn is_gone(link: &mut impl Link, group: &str) -> Result<bool> {
    const SQL: &str = "select okta_group_id from okta_groups where okta_group_id = $1 and gone_at is not null";
    Ok(query!(link, SQL, group => fetch_optional (String,))?.is_some())
}

/// Whether the group's name proposes a link.
///
/// # Errors
/// What the engine reports.
pub async fn is_proposed(link: &mut impl Link, group: &str) -> Result<bool> {
    const SQL: &str = "select g.okta_group_id from okta_groups g join teams t on t.name_key = g.name_key \
         where g.okta_group_id = $1 and g.gone_at is null and g.declined_at is null and t.archived_at is null \
         and t.scim_visible and t.okta_group_id is null";
    Ok(query!(link, SQL, group => fetch_optional (String,))?.is_some())
}

/// Whether anything has told what Okta calls a group.
///
/// # Errors
/// What the engine reports.
pub async fn is_named(link: &mut impl Link, group: &str) -> Result<bool> {
    const SQL: &str = "select okta_group_id from okta_groups where okta_group_id = $1 and name <> ''";
    Ok(query!(link, SQL, group => fetch_optional (String,))?.is_some())
}

/// Whether a living team is linked to a group.
///
/// # Errors
/// What the engine reports.
pub async fn is_linked(link: &mut impl Link, group: &str) -> Result<bool> {
    const SQL: &str = "select id from teams where okta_group_id = $1 and archived_at is null and scim_visible";
    Ok(query!(link, SQL, group => fetch_optional (Id,))?.is_some())
}

#[derive(sqlx::FromRow)]
struct SlotRow {
    slot: i64,
    changed_at: Time,
}

/// A linked team, its version locked.
pub struct Linked {
    /// The team.
    pub team: Team,
    /// When SCIM wrote the team or its members last.
    pub written_at: Time,
}

/// The living team that is linked to a group, with every slot of its version locked.
///
/// # Errors
/// What the engine reports.
pub async fn lock_linked(tx: &mut Tx, group: &str) -> Result<Option<Linked>> {
    const FIND: &str = "select id from teams where okta_group_id = $1 and archived_at is null and scim_visible";
    let Some((id,)) = query!(tx, FIND, group => fetch_optional (Id,))? else { return Ok(None) };
    let sql = locking!("select slot, changed_at from team_revisions where team_id = $1 order by slot"; "for update");
    let slots = query!(tx, sql, id => fetch_all SlotRow)?;
    let last = |events: bool| slots.iter().filter(|row| events || row.slot < SLOT).map(|row| row.changed_at).max();
    let (Some(newest), Some(written_at)) = (last(true), last(false)) else { return Ok(None) };
    tx.not_before(newest);
    // Read after the lock: it may have been archived or unlinked meanwhile.
    let still = query!(tx, FIND, group => fetch_optional (Id,))?;
    if still.is_none_or(|(now,)| now != id) {
        return Ok(None);
    }
    Ok(super::teams::find_scim(tx, id).await?.map(|team| Linked { team, written_at }))
}

/// The newest word on a membership: out is true, and greater, so that it stands on equal times.
pub struct Word {
    /// Whether the person is out, and since when.
    pub out: Fact<bool>,
    /// What the membership's row carried when an event wrote it.
    pub written_at: Option<Time>,
}

#[derive(sqlx::FromRow)]
struct WordRow {
    is_out: bool,
    told_at: Time,
    written_at: Option<Time>,
}

/// The newest word on a membership of a team that is locked; of 1970 when there is none yet.
///
/// # Errors
/// What the engine reports.
pub async fn word(tx: &mut Tx, group: &str, okta_id: &str) -> Result<Word> {
    const SQL: &str =
        "select is_out, told_at, written_at from okta_group_members where okta_group_id = $1 and okta_id = $2";
    let row = query!(tx, SQL, group, okta_id => fetch_optional WordRow)?;
    Ok(row.map_or(Word { out: Fact { at: 0, value: false }, written_at: None }, |row| Word {
        out: Fact { at: row.told_at.micros(), value: row.is_out },
        written_at: row.written_at,
    }))
}

/// Keeps the newest word on a membership.
///
/// # Errors
/// What the engine reports.
pub async fn put_word(tx: &mut Tx, group: &str, okta_id: &str, word: &Word) -> Result<()> {
    const SQL: &str = "insert into okta_group_members (okta_group_id, okta_id, is_out, told_at, written_at) \
         values ($1, $2, $3, $4, $5) on conflict (okta_group_id, okta_id) do update set is_out = excluded.is_out, \
         told_at = excluded.told_at, written_at = excluded.written_at";
    tx.quiet(Quiet::OktaFact);
    let at = Time::from_micros(word.out.at);
    query!(tx, SQL, group, okta_id, word.out.value, at, word.written_at => execute).map(|_| ())
}
