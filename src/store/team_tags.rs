//! `team_tags`: words on teams by which people and programs sort them.

use super::db::{Link, Tx};
use super::rows::{self, Bind};
use crate::audit::Resource;
use crate::error::Result;
use crate::model::Id;
use crate::model::team_settings::{Tag, TagKind};
use crate::model::words::Word;
use crate::scim::text;

#[derive(sqlx::FromRow)]
struct TagRow {
    id: Id,
    kind: TagKind,
    value: String,
}

/// The tags of a team with their rows' ids, by kind and folded value.
///
/// # Errors
/// What the engine reports.
pub async fn list(link: &mut impl Link, team: Id) -> Result<Vec<(Id, Tag)>> {
    const SQL: &str = "select id, kind, value from team_tags where team_id = $1 order by kind, value_key";
    let rows = query!(link, SQL, team => fetch_all TagRow)?;
    Ok(rows.into_iter().map(|row| (row.id, Tag { kind: row.kind, value: row.value })).collect())
}

/// Takes tags off a locked team and puts others on.
///
/// # Errors
/// What the engine reports.
pub async fn change(tx: &mut Tx, team: Id, gone: &[Id], new: &[&Tag]) -> Result<()> {
    for ids in rows::id_pieces(tx.engine(), gone) {
        let sql = format!("delete from team_tags where id in ({})", rows::list(1, &ids));
        rows::execute(tx, sql, &ids).await?;
    }
    let now = tx.now();
    let row = |tag: &&Tag| -> [Bind; 6] {
        let key = text::fold(&tag.value);
        [Id::fresh().into(), team.into(), tag.kind.as_str().into(), tag.value.as_str().into(), key.into(), now.into()]
    };
    let added: Vec<_> = new.iter().map(row).collect();
    rows::insert(tx, "insert into team_tags (id, team_id, kind, value, value_key, created_at)", &added, "").await?;
    tx.touch(Resource::Team, team);
    Ok(())
}
