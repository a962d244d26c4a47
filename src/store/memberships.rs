//! `team_members`, as SCIM reads and writes it: only what Okta holds, and only people SCIM sees.

use super::db::{Link, Tx};
use super::dialect::locking;
use super::rows::{self, Bind, Bulky};
use crate::audit::Resource;
use crate::clock::Time;
use crate::error::Result;
use crate::model::Id;
use crate::model::membership::{Membership, TeamRole};
use crate::scim::list::{MAX_PAGE_BYTES, too_large};

#[derive(sqlx::FromRow)]
struct MemberRow {
    id: Id,
    user_id: Id,
    team_id: Id,
    role: TeamRole,
    by_okta: bool,
    by_platform: bool,
    opted_out: bool,
}

impl From<MemberRow> for Membership {
    fn from(row: MemberRow) -> Self {
        Self {
            id: row.id,
            user_id: row.user_id,
            team_id: row.team_id,
            role: row.role,
            by_okta: row.by_okta,
            by_platform: row.by_platform,
            opted_out: row.opted_out,
        }
    }
}

/// When Okta's share of a membership was written, where it never was: rows that the platform made carry it. What the
/// platform writes later leaves that time alone, because events of Okta's are held against it.
pub const NEVER: Time = Time::from_micros(0);

/// One person's place in a team: whether Okta holds it, and when it was last written.
///
/// # Errors
/// What the engine reports.
pub async fn place_of(link: &mut impl Link, team: Id, user: Id) -> Result<Option<(bool, Time)>> {
    const SQL: &str = "select by_okta, updated_at from team_members where team_id = $1 and user_id = $2";
    query!(link, SQL, team, user => fetch_optional (bool, Time))
}

/// Whether one person runs a living team that the other is in. Who left a team neither runs it nor is in it.
///
/// # Errors
/// What the engine reports.
pub async fn leads(link: &mut impl Link, leader: Id, member: Id) -> Result<bool> {
    const SQL: &str = "select l.id from team_members l join team_members m on m.team_id = l.team_id \
         join teams t on t.id = l.team_id where l.user_id = $1 and l.role = 'TEAM_ADMIN' and not l.opted_out \
         and m.user_id = $2 and not m.opted_out and t.archived_at is null limit 1";
    Ok(query!(link, SQL, leader, member => fetch_optional (Id,))?.is_some())
}

/// The living teams that a person runs.
///
/// # Errors
/// What the engine reports.
pub async fn led_by(link: &mut impl Link, leader: Id) -> Result<Vec<Id>> {
    const SQL: &str = "select m.team_id from team_members m join teams t on t.id = m.team_id where m.user_id = $1 \
         and m.role = 'TEAM_ADMIN' and not m.opted_out and t.archived_at is null";
    Ok(query!(link, SQL, leader => fetch_all (Id,))?.into_iter().map(|(id,)| id).collect())
}

const RETURNING: &str = "returning id, user_id, team_id, role, by_okta, by_platform, opted_out";

/// Lets Okta hold these people's membership; tells only those that were not held before.
///
/// # Errors
/// What the engine reports.
pub async fn hold(tx: &mut Tx, team: Id, users: &[Id]) -> Result<Vec<Membership>> {
    let now = tx.now();
    let mut held = Vec::new();
    for piece in rows::pieces(users, rows::most_rows(tx.engine(), 9)) {
        let sql = format!(
            "insert into team_members (id, user_id, team_id, role, by_okta, by_platform, opted_out, joined_at, updated_at) \
             values {} on conflict (team_id, user_id) do update set by_okta = true, updated_at = excluded.updated_at \
             where team_members.by_okta = false {RETURNING}",
            rows::values(tx.engine(), piece.len(), 9)
        );
        let row = |user: &Id| -> [Bind; 9] {
            let role = crate::model::words::Word::as_str(TeamRole::Responder);
            let id = Id::fresh();
            [
                id.into(),
                (*user).into(),
                team.into(),
                role.into(),
                true.into(),
                false.into(),
                false.into(),
                now.into(),
                now.into(),
            ]
        };
        let binds: Vec<Bind> = piece.iter().flat_map(row).collect();
        held.extend(changed(tx, sql, &binds).await?);
    }
    Ok(held)
}

/// Lets Okta let go of these people's membership. First the rows that end, then those the platform still holds.
///
/// # Errors
/// What the engine reports.
pub async fn release(tx: &mut Tx, team: Id, users: &[Id]) -> Result<Released> {
    let now = tx.now();
    let mut released = Released::default();
    for piece in users.chunks(rows::MOST) {
        let ids = rows::id_list(tx.engine(), piece);
        let list = rows::list(2, &ids);
        let mut binds: Vec<Bind> = vec![team.into()];
        binds.extend(ids);
        let sql = format!(
            "delete from team_members where team_id = $1 and user_id in ({list}) and by_okta and by_platform = false \
             {RETURNING}"
        );
        let ended = changed(tx, sql, &binds).await?;
        let is_done = ended.len() == piece.len();
        released.ended.extend(ended);
        if is_done {
            continue;
        }
        let at = binds.len() + 1;
        binds.push(now.into());
        let sql = format!(
            "update team_members set by_okta = false, opted_out = false, updated_at = ${at} \
             where team_id = $1 and user_id in ({list}) and by_okta and by_platform {RETURNING}"
        );
        released.kept.extend(changed(tx, sql, &binds).await?);
    }
    Ok(released)
}

/// Takes one slot of the version of every team this person is in: teams come before who is locked out of them.
///
/// # Errors
/// What the engine reports.
pub async fn hold_teams_of(tx: &mut Tx, user: Id) -> Result<()> {
    let sql = locking!(
        "select r.team_id as id from team_revisions r where r.slot = 0 and r.team_id in \
         (select m.team_id from team_members m where m.user_id = $1) order by r.team_id";
        "for update"
    );
    query!(tx, sql, user => fetch_all TeamId).map(|_| ())
}

#[derive(sqlx::FromRow)]
struct TeamId {
    #[expect(dead_code, reason = "the rows are locked, not read")]
    id: Id,
}

/// Ends every membership of a person who leaves the roll for good, whoever holds it.
///
/// # Errors
/// What the engine reports.
pub async fn end_all_of(tx: &mut Tx, user: Id) -> Result<Vec<Membership>> {
    let sql = format!("delete from team_members where user_id = $1 {RETURNING}");
    changed(tx, sql, &[user.into()]).await
}

/// What became of memberships that Okta let go of.
#[derive(Default)]
pub struct Released {
    /// Rows that ended with it.
    pub ended: Vec<Membership>,
    /// Rows that live on because the platform holds them.
    pub kept: Vec<Membership>,
}

async fn changed(tx: &mut Tx, sql: String, binds: &[Bind]) -> Result<Vec<Membership>> {
    let rows: Vec<MemberRow> = rows::fetch(tx, sql, binds).await?;
    for row in &rows {
        tx.touch(Resource::Membership, row.id);
    }
    Ok(rows.into_iter().map(Membership::from).collect())
}

/// A member as SCIM shows it.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Member {
    /// The team.
    pub team_id: Id,
    /// The person's own id.
    pub user_id: Id,
    /// The person's SCIM id.
    pub scim_id: Id,
    /// What to call them.
    pub name: Option<String>,
}

/// A page of one team's members in the order of their ids, after `after`.
///
/// # Errors
/// What the engine reports.
pub async fn page(link: &mut impl Link, team: Id, after: Option<Id>, limit: i64) -> Result<Vec<Member>> {
    const FIRST: &str = "select m.team_id, m.user_id, u.scim_id, coalesce(u.display_name, u.user_name) as name \
         from team_members m join users u on u.id = m.user_id \
         where m.team_id = $1 and m.by_okta and u.scim_id is not null order by m.user_id limit $2";
    const NEXT: &str = "select m.team_id, m.user_id, u.scim_id, coalesce(u.display_name, u.user_name) as name \
         from team_members m join users u on u.id = m.user_id \
         where m.team_id = $1 and m.by_okta and u.scim_id is not null and m.user_id > $3 order by m.user_id limit $2";
    match after {
        None => query!(link, FIRST, team, limit => fetch_all Member),
        Some(after) => query!(link, NEXT, team, limit, after => fetch_all Member),
    }
}

#[derive(sqlx::FromRow)]
struct Held {
    user_id: Id,
    scim_id: Id,
}

/// The ids of everybody Okta holds in a team whose version is locked: (own id, SCIM id).
///
/// # Errors
/// What the engine reports.
pub async fn held_ids(tx: &mut Tx, team: Id) -> Result<Vec<(Id, Id)>> {
    const SQL: &str = "select m.user_id, u.scim_id from team_members m join users u on u.id = m.user_id \
         where m.team_id = $1 and m.by_okta and u.scim_id is not null order by m.user_id";
    let rows = query!(tx, SQL, team => fetch_all Held)?;
    Ok(rows.into_iter().map(|row| (row.user_id, row.scim_id)).collect())
}

#[derive(sqlx::FromRow)]
struct UserId {
    user_id: Id,
}

/// The members of a team that answer to a compiled condition on the person.
///
/// # Errors
/// What the engine reports.
pub async fn matching(tx: &mut Tx, team: Id, condition: &str, binds: &[Bind]) -> Result<Vec<Id>> {
    let at = binds.len() + 1;
    let sql = format!(
        "select m.user_id from team_members m join users u on u.id = m.user_id where m.team_id = ${at} and m.by_okta \
         and u.scim_id is not null and {condition} order by m.user_id"
    );
    let binds: Vec<Bind> = binds.iter().cloned().chain([team.into()]).collect();
    let rows: Vec<UserId> = rows::fetch(tx, sql, &binds).await?;
    Ok(rows.into_iter().map(|row| row.user_id).collect())
}

/// A person's team as SCIM shows it under `groups`.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct GroupOfUser {
    /// Who.
    pub user_id: Id,
    /// The team's id.
    pub team_id: Id,
    /// The team's name.
    pub name: String,
    /// As what.
    pub role: TeamRole,
    /// Whether the role is in force: not where the person left or the team is archived.
    pub in_force: bool,
}

impl Bulky for GroupOfUser {
    fn bytes(&self) -> usize {
        self.name.len() + AROUND
    }
}

/// What a group of a person takes besides its name: its ids and its address.
const AROUND: usize = 160;

/// The SCIM-visible groups of these people, in one query for a page of them.
///
/// # Errors
/// `tooMany` when those of several are too large together; what the engine reports.
pub async fn groups_of(link: &mut impl Link, users: &[Id]) -> Result<Vec<GroupOfUser>> {
    let (mut found, mut bytes) = (Vec::new(), 0);
    for binds in rows::id_pieces(link.engine(), users) {
        let sql = format!(
            "select m.user_id, m.team_id, t.name, m.role, not m.opted_out and t.archived_at is null as in_force from team_members m join teams t on t.id = m.team_id \
             where m.by_okta and t.scim_visible and m.user_id in ({}) order by m.user_id, m.team_id",
            rows::list(1, &binds)
        );
        let most = if users.len() > 1 { MAX_PAGE_BYTES - bytes } else { usize::MAX };
        let more: Vec<GroupOfUser> = rows::fetch_within(link, sql, &binds, most).await?.ok_or_else(too_large)?;
        bytes += more.iter().map(Bulky::bytes).sum::<usize>();
        found.extend(more);
    }
    Ok(found)
}
