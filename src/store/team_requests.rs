//! `team_requests`: who asked for a team, and what came of it.

use super::db::{Link, Tx};
use super::dialect::locking;
use crate::audit::Resource;
use crate::clock::Time;
use crate::error::Result;
use crate::model::Id;
use crate::model::team_request::{RequestState, TeamRequest};
use crate::scim::text;

macro_rules! columns {
    () => {
        "select id, requester_id, name, reason, state, decided_by, coalesce((select u.is_break_glass_account from users u \
         where u.id = decided_by), false) as by_break_glass, decided_at, note, team_id, created_at from team_requests "
    };
}

#[derive(sqlx::FromRow)]
struct RequestRow {
    id: Id,
    requester_id: Id,
    name: String,
    reason: String,
    state: RequestState,
    decided_by: Option<Id>,
    by_break_glass: bool,
    decided_at: Option<Time>,
    note: Option<String>,
    team_id: Option<Id>,
    created_at: Time,
}

impl From<RequestRow> for TeamRequest {
    fn from(row: RequestRow) -> Self {
        Self {
            id: row.id,
            requester_id: row.requester_id,
            name: row.name,
            reason: row.reason,
            state: row.state,
            decided_by: row.decided_by,
            by_break_glass: row.by_break_glass,
            decided_at: row.decided_at,
            note: row.note,
            team_id: row.team_id,
            created_at: row.created_at,
        }
    }
}

/// The wish of this id.
///
/// # Errors
/// What the engine reports.
pub async fn find(link: &mut impl Link, id: Id) -> Result<Option<TeamRequest>> {
    const SQL: &str = concat!(columns!(), "where id = $1");
    Ok(query!(link, SQL, id => fetch_optional RequestRow)?.map(TeamRequest::from))
}

/// The same, locked until the unit ends.
///
/// # Errors
/// What the engine reports.
pub async fn lock(tx: &mut Tx, id: Id) -> Result<Option<TeamRequest>> {
    let sql = locking!(columns!(), "where id = $1"; "for update");
    Ok(query!(tx, sql, id => fetch_optional RequestRow)?.map(TeamRequest::from))
}

/// What a person waits for, at most so many.
///
/// # Errors
/// What the engine reports.
pub async fn pending_of(link: &mut impl Link, user: Id, most: i64) -> Result<Vec<TeamRequest>> {
    const SQL: &str = concat!(columns!(), "where requester_id = $1 and state = 'PENDING' order by name_key limit $2");
    Ok(query!(link, SQL, user, most => fetch_all RequestRow)?.into_iter().map(TeamRequest::from).collect())
}

/// Adds a wish that nobody has decided.
///
/// # Errors
/// What the engine reports.
pub async fn insert(tx: &mut Tx, request: &TeamRequest) -> Result<()> {
    const SQL: &str = "insert into team_requests (id, requester_id, name, name_key, reason, state, decided_by, \
         decided_at, note, team_id, created_at) values ($1, $2, $3, $4, $5, 'PENDING', null, null, null, null, $6)";
    query!(tx, SQL, request.id, request.requester_id, request.name.as_str(), text::fold(&request.name),
        request.reason.as_str(), request.created_at => execute)?;
    tx.touch(Resource::TeamRequest, request.id);
    Ok(())
}

/// Writes down what was decided of a locked wish.
///
/// # Errors
/// What the engine reports.
pub async fn decide(tx: &mut Tx, request: &TeamRequest) -> Result<()> {
    const SQL: &str = "update team_requests set state = $2, decided_by = $3, decided_at = $4, note = $5, team_id = $6 \
         where id = $1";
    query!(tx, SQL, request.id, request.state, request.decided_by, request.decided_at, request.note.as_deref(),
        request.team_id => execute)?;
    tx.touch(Resource::TeamRequest, request.id);
    Ok(())
}

/// The next so many wishes before this one, newest first: a person's or everybody's, in one state or in any.
///
/// # Errors
/// What the engine reports.
pub async fn list(
    link: &mut impl Link,
    of: Option<Id>,
    state: Option<RequestState>,
    before: Option<Id>,
    count: u32,
) -> Result<Vec<TeamRequest>> {
    const OWN: &str = concat!(columns!(), "where requester_id = $1 and id < $2 order by id desc limit $3");
    const OWN_IN_STATE: &str =
        concat!(columns!(), "where requester_id = $1 and state = $2 and id < $3 order by id desc limit $4");
    const IN_STATE: &str = concat!(columns!(), "where state = $1 and id < $2 order by id desc limit $3");
    const ALL: &str = concat!(columns!(), "where id < $1 order by id desc limit $2");
    let (before, count) = (before.unwrap_or(Id::from(uuid::Uuid::max())), i64::from(count));
    let found = match (of, state) {
        (Some(user), None) => query!(link, OWN, user, before, count => fetch_all RequestRow),
        (Some(user), Some(state)) => {
            query!(link, OWN_IN_STATE, user, state, before, count => fetch_all RequestRow)
        }
        (None, Some(state)) => query!(link, IN_STATE, state, before, count => fetch_all RequestRow),
        (None, None) => query!(link, ALL, before, count => fetch_all RequestRow),
    };
    Ok(found?.into_iter().map(TeamRequest::from).collect())
}
