//! `users` and `user_values`: people, and the filterable leaves of their SCIM documents.

use std::collections::BTreeSet;

use super::db::{Link, Tx};
use super::dialect::locking;
use super::rows::{self, Bind, Bulky};
use crate::audit::Resource;
use crate::clock::Time;
use crate::error::{Error, Result};
use crate::model::Id;
use crate::model::user::{OktaStatus, PlatformRole, ScimUser, Switch, Switches, User};
use crate::model::words::Word;
use crate::scim::document::Leaf;
use crate::scim::schema::USER;
use crate::scim::{Document, text};

/// The columns of a [`UserRow`], for every select.
macro_rules! columns {
    () => {
        "select id, scim_id, okta_id, external_id, user_name, is_active, scim_active, scim_since, scim_set_by, \
         okta_status, okta_since, okta_set_by, admin_active, admin_since, admin_set_by, is_break_glass_account, \
         platform_role, email_verified, phone_verified, synced_from_okta, scim_attributes, stale_formatted, auth_epoch, \
         version, deactivated_at, deleted_at, created_at, updated_at from users u "
    };
}

/// The columns of a [`SeenRow`].
macro_rules! seen_columns {
    () => {
        "select id, scim_id, user_name, external_id, scim_active, platform_role, scim_attributes, version, created_at, \
         updated_at from users u "
    };
}
pub(super) const SEEN: &str = seen_columns!();

#[derive(sqlx::FromRow)]
pub(super) struct SeenRow {
    id: Id,
    scim_id: Id,
    user_name: Option<String>,
    external_id: Option<String>,
    scim_active: bool,
    platform_role: PlatformRole,
    scim_attributes: String,
    version: i64,
    created_at: Time,
    updated_at: Time,
}

impl Bulky for SeenRow {
    fn bytes(&self) -> usize {
        self.scim_attributes.len()
    }
}

impl From<SeenRow> for ScimUser {
    fn from(row: SeenRow) -> Self {
        Self {
            id: row.id,
            scim_id: row.scim_id,
            user_name: row.user_name,
            external_id: row.external_id,
            active: row.scim_active,
            platform_role: row.platform_role,
            document: row.scim_attributes,
            version: row.version,
            created_at: row.created_at,
            updated_at: row.updated_at,
        }
    }
}

#[derive(sqlx::FromRow)]
#[expect(clippy::struct_excessive_bools, reason = "one field a column")]
struct UserRow {
    id: Id,
    scim_id: Option<Id>,
    okta_id: Option<String>,
    external_id: Option<String>,
    user_name: Option<String>,
    is_active: bool,
    scim_active: bool,
    scim_since: Time,
    scim_set_by: String,
    okta_status: OktaStatus,
    okta_since: Time,
    okta_set_by: String,
    admin_active: bool,
    admin_since: Time,
    admin_set_by: String,
    is_break_glass_account: bool,
    platform_role: PlatformRole,
    email_verified: bool,
    phone_verified: bool,
    synced_from_okta: bool,
    scim_attributes: String,
    stale_formatted: Option<String>,
    auth_epoch: i64,
    version: i64,
    deactivated_at: Option<Time>,
    deleted_at: Option<Time>,
    created_at: Time,
    updated_at: Time,
}

impl UserRow {
    fn into_user(self) -> Result<User> {
        Ok(User {
            id: self.id,
            scim_id: self.scim_id,
            okta_id: self.okta_id,
            external_id: self.external_id,
            user_name: self.user_name,
            switches: Switches {
                scim: Switch { value: self.scim_active, since: self.scim_since, set_by: self.scim_set_by },
                okta: Switch { value: self.okta_status, since: self.okta_since, set_by: self.okta_set_by },
                admin: Switch { value: self.admin_active, since: self.admin_since, set_by: self.admin_set_by },
            },
            is_active: self.is_active,
            is_break_glass: self.is_break_glass_account,
            platform_role: self.platform_role,
            email_verified: self.email_verified,
            phone_verified: self.phone_verified,
            synced_from_okta: self.synced_from_okta,
            document: Document::from_stored(&self.scim_attributes).map_err(Error::internal)?,
            stale_formatted: self.stale_formatted,
            auth_epoch: self.auth_epoch,
            version: self.version,
            deactivated_at: self.deactivated_at,
            deleted_at: self.deleted_at,
            created_at: self.created_at,
            updated_at: self.updated_at,
        })
    }
}

/// Whether nobody was ever put on the roll. Break-glass accounts are not on it.
///
/// # Errors
/// What the engine reports.
pub async fn is_empty(link: &mut impl Link) -> Result<bool> {
    const SQL: &str = "select id from users where not is_break_glass_account order by id limit 1";
    Ok(query!(link, SQL => fetch_optional (Id,))?.is_none())
}

/// The person SCIM knows by this id, as it is shown.
///
/// # Errors
/// What the engine reports.
pub async fn find_scim(link: &mut impl Link, scim_id: Id) -> Result<Option<ScimUser>> {
    let row = query!(link, concat!(seen_columns!(), "where scim_id = $1"), scim_id => fetch_optional SeenRow)?;
    Ok(row.map(ScimUser::from))
}

/// The same, whole and locked against other changes until the unit ends. Teams may still take the person in meanwhile.
///
/// # Errors
/// What the engine reports.
pub async fn lock_scim(tx: &mut Tx, scim_id: Id) -> Result<Option<User>> {
    let sql = locking!(columns!(), "where scim_id = $1"; "for no key update");
    let row = query!(tx, sql, scim_id => fetch_optional UserRow)?;
    locked(tx, row)
}

/// The person of this id, whoever may see the row, locked against other changes until the unit ends.
///
/// # Errors
/// What the engine reports.
pub async fn lock(tx: &mut Tx, id: Id) -> Result<Option<User>> {
    let sql = locking!(columns!(), "where id = $1"; "for no key update");
    let row = query!(tx, sql, id => fetch_optional UserRow)?;
    locked(tx, row)
}

/// The person on the roll who is bound to this identity at Okta, locked against other changes until the unit ends.
///
/// # Errors
/// What the engine reports.
pub async fn lock_okta(tx: &mut Tx, okta_id: &str) -> Result<Option<User>> {
    let sql = locking!(columns!(), "where okta_id = $1 and deleted_at is null"; "for no key update");
    let row = query!(tx, sql, okta_id => fetch_optional UserRow)?;
    locked(tx, row)
}

/// Who is bound to this identity at Okta: (own id, SCIM id).
///
/// # Errors
/// What the engine reports.
pub async fn bound_to(link: &mut impl Link, okta_id: &str) -> Result<Option<(Id, Option<Id>)>> {
    const SQL: &str = "select id, scim_id from users where okta_id = $1 and deleted_at is null";
    query!(link, SQL, okta_id => fetch_optional (Id, Option<Id>))
}

/// Makes every access token of a locked person void. Nothing that SCIM shows changes, so neither does the version.
///
/// # Errors
/// What the engine reports.
pub async fn raise_epoch(tx: &mut Tx, id: Id) -> Result<()> {
    const SQL: &str = "update users set auth_epoch = auth_epoch + 1 where id = $1";
    query!(tx, SQL, id => execute)?;
    tx.touch(Resource::User, id);
    Ok(())
}

/// Every living row that holds one of these values, whoever may see it, locked in the order of their ids.
///
/// # Errors
/// What the engine reports.
pub async fn lock_holders(tx: &mut Tx, user_name: &str, external_id: Option<&str>) -> Result<Vec<User>> {
    let sql = locking!(
        columns!(),
        "where id in (select id from users where deleted_at is null and user_name_key = $1 \
         union select id from users where deleted_at is null and external_id = $2 \
         union select id from users where deleted_at is null and okta_id = $2) order by id";
        "for no key update"
    );
    let found = query!(tx, sql, text::fold(user_name), external_id => fetch_all UserRow)?;
    found.into_iter().filter_map(|row| locked(tx, Some(row)).transpose()).collect()
}

/// Locks a person, who is locked against changes already, against teams as well: nobody takes them in any more.
///
/// # Errors
/// What the engine reports.
pub async fn lock_out(tx: &mut Tx, user: Id) -> Result<()> {
    let sql = locking!("select id, coalesce(display_name, user_name) as name from users where id = $1"; "for update");
    query!(tx, sql, user => fetch_optional NameRow).map(|_| ())
}

fn locked(tx: &mut Tx, row: Option<UserRow>) -> Result<Option<User>> {
    if let Some(row) = &row {
        tx.not_before(row.updated_at);
    }
    row.map(UserRow::into_user).transpose()
}

/// A person who was added, and who bore the name before and left for good.
pub struct Added {
    /// The newest row that was deleted under the same userName.
    pub predecessor: Option<Id>,
}

#[derive(sqlx::FromRow)]
struct AddedRow {
    predecessor: Option<Id>,
}

/// Adds a person; none, and nothing done, when a unique value is held by somebody else.
///
/// # Errors
/// What the engine reports.
pub async fn insert(tx: &mut Tx, user: &User) -> Result<Option<Added>> {
    const SQL: &str = "insert into users (id, scim_id, okta_id, external_id, user_name, user_name_key, email, \
         email_key, first_name, last_name, display_name, display_key, phone, is_active, scim_active, scim_since, scim_set_by, \
         okta_status, okta_since, okta_set_by, admin_active, admin_since, admin_set_by, is_break_glass_account, \
         platform_role, email_verified, phone_verified, push_enabled, synced_from_okta, scim_attributes, \
         stale_formatted, auth_epoch, version, deactivated_at, deleted_at, created_at, updated_at) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, \
         $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24, $25, $26, $27, false, $28, $29, null, $30, \
         $31, $32, $33, $34, $35) on conflict do nothing returning (select d.id from users d where d.deleted_at is not null \
         and d.user_name_key = users.user_name_key order by d.deleted_at desc limit 1) as predecessor";
    let (profile, switches) = (user.profile(), &user.switches);
    let added = query!(tx, SQL, user.id, user.scim_id, user.okta_id.as_deref(), user.external_id.as_deref(),
        user.user_name.as_deref(), user.user_name.as_deref().map(text::fold), profile.email.as_deref(),
        profile.email.as_deref().map(text::fold), profile.first_name.as_deref(), profile.last_name.as_deref(),
        profile.display_name.as_deref(), display_key(user), profile.phone.as_deref(), user.is_active, switches.scim.value,
        switches.scim.since, switches.scim.set_by.as_str(), switches.okta.value, switches.okta.since,
        switches.okta.set_by.as_str(), switches.admin.value, switches.admin.since, switches.admin.set_by.as_str(),
        user.is_break_glass, user.platform_role, user.email_verified, user.phone_verified, user.synced_from_okta,
        user.document.to_stored(), user.auth_epoch, user.version, user.deactivated_at, user.deleted_at,
        user.created_at, user.updated_at => fetch_optional AddedRow)?;
    let Some(added) = added else { return Ok(None) };
    tx.touch(Resource::User, user.id);
    write_leaves(tx, user.id, &[], &user.document.leaves(&USER)).await?;
    Ok(Some(Added { predecessor: added.predecessor }))
}

/// Writes a locked person back: the columns and the leaves that changed. An index is touched only where its column is.
///
/// # Errors
/// [`Error::Conflict`] when a unique value is held by somebody else.
pub async fn update(tx: &mut Tx, before: &User, after: &User) -> Result<()> {
    let columns = columns_of(after).into_iter().zip(columns_of(before));
    let changed: Vec<(&str, Bind)> = columns.filter(|(new, old)| new != old).map(|(new, _)| new).collect();
    if !changed.is_empty() {
        let sets: Vec<String> = (2..).zip(&changed).map(|(at, (column, _))| format!("{column} = ${at}")).collect();
        let sql = format!("update users set {} where id = $1", sets.join(", "));
        let binds: Vec<Bind> = [after.id.into()].into_iter().chain(changed.into_iter().map(|(_, bind)| bind)).collect();
        rows::execute(tx, sql, &binds).await?;
    }
    tx.touch(Resource::User, after.id);
    write_leaves(tx, after.id, &before.document.leaves(&USER), &after.document.leaves(&USER)).await
}

/// What may change of a person, column by column.
fn columns_of(user: &User) -> [(&'static str, Bind); 32] {
    let (profile, switches) = (user.profile(), &user.switches);
    let folded = |text: Option<&str>| Bind::from(text.map(text::fold));
    [
        ("scim_id", user.scim_id.into()),
        ("okta_id", user.okta_id.clone().into()),
        ("external_id", user.external_id.clone().into()),
        ("user_name", user.user_name.clone().into()),
        ("user_name_key", folded(user.user_name.as_deref())),
        ("email_key", folded(profile.email.as_deref())),
        ("email", profile.email.into()),
        ("first_name", profile.first_name.into()),
        ("last_name", profile.last_name.into()),
        ("display_name", profile.display_name.into()),
        ("display_key", display_key(user).into()),
        ("phone", profile.phone.into()),
        ("is_active", user.is_active.into()),
        ("scim_active", switches.scim.value.into()),
        ("scim_since", switches.scim.since.into()),
        ("scim_set_by", switches.scim.set_by.as_str().into()),
        ("okta_status", switches.okta.value.as_str().into()),
        ("okta_since", switches.okta.since.into()),
        ("okta_set_by", switches.okta.set_by.as_str().into()),
        ("admin_active", switches.admin.value.into()),
        ("admin_since", switches.admin.since.into()),
        ("admin_set_by", switches.admin.set_by.as_str().into()),
        ("email_verified", user.email_verified.into()),
        ("phone_verified", user.phone_verified.into()),
        ("synced_from_okta", user.synced_from_okta.into()),
        ("scim_attributes", user.document.to_stored().into()),
        ("stale_formatted", user.stale_formatted.clone().into()),
        ("auth_epoch", user.auth_epoch.into()),
        ("version", user.version.into()),
        ("deactivated_at", user.deactivated_at.into()),
        ("deleted_at", user.deleted_at.into()),
        ("updated_at", user.updated_at.into()),
    ]
}

/// What others see of a person, folded.
fn display_key(user: &User) -> Option<String> {
    let shown = user.profile().display_name.or_else(|| user.user_name.clone());
    shown.as_deref().map(text::fold)
}

/// Brings the index rows of a document from what they were to what they are, touching only those that differ.
async fn write_leaves(tx: &mut Tx, user: Id, before: &[Leaf], after: &[Leaf]) -> Result<()> {
    let old: BTreeSet<&Leaf> = before.iter().collect();
    let new: BTreeSet<&Leaf> = after.iter().collect();
    let key = |leaf: &Leaf| (leaf.attribute.clone(), leaf.element);
    let kept: BTreeSet<_> = after.iter().map(key).collect();
    let gone: Vec<&Leaf> = before.iter().filter(|leaf| !kept.contains(&key(leaf))).collect();
    for piece in rows::pieces(&gone, rows::most_rows(tx.engine(), 2)) {
        let mut binds = vec![Bind::from(user)];
        binds.extend(piece.iter().flat_map(|leaf| [leaf.attribute.as_str().into(), i64::from(leaf.element).into()]));
        let pairs = rows::groups_from(2, piece.len(), 2);
        let sql = format!("delete from user_values where user_id = $1 and (attribute, element) in (values {pairs})");
        rows::execute(tx, sql, &binds).await?;
    }
    let bind = |leaf: &&Leaf| -> [Bind; 4] {
        [user.into(), leaf.attribute.as_str().into(), i64::from(leaf.element).into(), leaf.key.as_str().into()]
    };
    let added: Vec<_> = new.difference(&old).map(bind).collect();
    rows::insert(
        tx,
        "insert into user_values (user_id, attribute, element, value_key)",
        &added,
        "on conflict (user_id, attribute, element) do update set value_key = excluded.value_key",
    )
    .await?;
    Ok(())
}

/// A member as SCIM shows it: the person's SCIM id and name.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Person {
    /// The row's own id.
    pub id: Id,
    /// What SCIM shows.
    pub scim_id: Id,
    /// What to call them.
    pub name: Option<String>,
}

/// The people SCIM knows by these ids, held so that none of them leaves the roll before the unit ends.
///
/// # Errors
/// What the engine reports.
pub async fn hold_scim(tx: &mut Tx, scim_ids: &[Id]) -> Result<Vec<Person>> {
    let mut found = Vec::new();
    let lock = match tx.engine() {
        super::dialect::Engine::Pg => "for key share",
        super::dialect::Engine::Lite => "",
    };
    for binds in rows::id_pieces(tx.engine(), scim_ids) {
        let sql = format!(
            "select id, scim_id, coalesce(display_name, user_name) as name from users \
             where scim_id in ({}) order by id {lock}",
            rows::list(1, &binds)
        );
        found.extend(rows::fetch(tx, sql, &binds).await?);
    }
    Ok(found)
}

#[derive(sqlx::FromRow)]
struct NameRow {
    id: Id,
    name: Option<String>,
}

/// What to call these people: one query.
///
/// # Errors
/// What the engine reports.
pub async fn names(link: &mut impl Link, users: &[Id]) -> Result<Vec<(Id, Option<String>)>> {
    let mut found = Vec::with_capacity(users.len());
    for binds in rows::id_pieces(link.engine(), users) {
        let sql = format!(
            "select id, coalesce(display_name, user_name) as name from users where id in ({})",
            rows::list(1, &binds)
        );
        let named: Vec<NameRow> = rows::fetch(link, sql, &binds).await?;
        found.extend(named.into_iter().map(|row| (row.id, row.name)));
    }
    Ok(found)
}
