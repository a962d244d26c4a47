//! The second of the two places that assemble SQL: multi-row VALUES and id lists, in few fixed sizes.
//!
//! Only static fragments and placeholders are joined; every value is bound. Few sizes, so that the statement cache holds.

use futures_util::TryStreamExt as _;
use sqlx::postgres::PgRow;
use sqlx::sqlite::SqliteRow;
use sqlx::{AssertSqlSafe, FromRow};
use uuid::Uuid;

use super::db::{Arm, Link};
use super::dialect::Engine;
use crate::clock::Time;
use crate::error::Result;
use crate::model::Id;

/// The most rows or ids in one statement.
pub const MOST: usize = 256;
/// Lists of up to this many rows are one statement of just that size; longer ones are cut into fixed sizes.
const EXACT: usize = 16;

/// A value bound to an assembled statement.
#[derive(Clone, Debug, PartialEq)]
pub enum Bind {
    /// An id, or none.
    Id(Option<Id>),
    /// Text, or none.
    Text(Option<String>),
    /// A whole number.
    Int(i64),
    /// True or false.
    Bool(bool),
    /// A moment, or none.
    Time(Option<Time>),
    /// Many ids as one value: PostgreSQL alone, made by [`id_list`].
    Ids(Vec<Uuid>),
}

impl From<Id> for Bind {
    fn from(id: Id) -> Self {
        Self::Id(Some(id))
    }
}
impl From<Option<Id>> for Bind {
    fn from(id: Option<Id>) -> Self {
        Self::Id(id)
    }
}
impl From<&str> for Bind {
    fn from(text: &str) -> Self {
        Self::Text(Some(text.to_owned()))
    }
}
impl From<String> for Bind {
    fn from(text: String) -> Self {
        Self::Text(Some(text))
    }
}
impl From<Option<String>> for Bind {
    fn from(text: Option<String>) -> Self {
        Self::Text(text)
    }
}
impl From<i64> for Bind {
    fn from(number: i64) -> Self {
        Self::Int(number)
    }
}
impl From<bool> for Bind {
    fn from(value: bool) -> Self {
        Self::Bool(value)
    }
}
impl From<Time> for Bind {
    fn from(at: Time) -> Self {
        Self::Time(Some(at))
    }
}
impl From<Option<Time>> for Bind {
    fn from(at: Option<Time>) -> Self {
        Self::Time(at)
    }
}

/// A row that both engines can read.
pub trait Row: for<'r> FromRow<'r, PgRow> + for<'r> FromRow<'r, SqliteRow> + Send + Unpin {}
impl<T> Row for T where T: for<'r> FromRow<'r, PgRow> + for<'r> FromRow<'r, SqliteRow> + Send + Unpin {}

macro_rules! bind_all {
    ($query:expr, $binds:expr, $ids:expr) => {
        $binds.iter().fold($query, |query, bind| match bind {
            Bind::Id(id) => query.bind(*id),
            Bind::Text(text) => query.bind(text.as_deref()),
            Bind::Int(number) => query.bind(*number),
            Bind::Bool(value) => query.bind(*value),
            Bind::Time(at) => query.bind(*at),
            Bind::Ids(ids) => query.bind($ids(ids)),
        })
    };
}

/// SQLite has no arrays: its lists are placeholders, and this is what a list that went astray would be.
fn no_list(_: &[Uuid]) -> Option<i64> {
    None
}

/// Runs an assembled select.
///
/// # Errors
/// What the engine reports.
pub async fn fetch<R: Row>(link: &mut impl Link, sql: String, binds: &[Bind]) -> Result<Vec<R>> {
    let outcome = match link.arm() {
        Arm::Pg(conn) => {
            bind_all!(sqlx::query_as::<_, R>(AssertSqlSafe(sql)), binds, Vec::as_slice).fetch_all(conn).await
        }
        Arm::Lite(conn) => {
            bind_all!(sqlx::query_as::<_, R>(AssertSqlSafe(sql)), binds, |ids: &Vec<_>| no_list(ids))
                .fetch_all(conn)
                .await
        }
    };
    link.answered(outcome)
}

/// A row that tells how much of its own text it brings.
pub trait Bulky: Row {
    /// The bytes of its text.
    fn bytes(&self) -> usize;
}

/// Runs an assembled select, no further than so many bytes of text; none when there is more.
///
/// # Errors
/// What the engine reports.
pub async fn fetch_within<R: Bulky>(
    link: &mut impl Link,
    sql: String,
    binds: &[Bind],
    most: usize,
) -> Result<Option<Vec<R>>> {
    let (mut found, mut bytes) = (Vec::new(), 0);
    // Told apart by type alone, so written out for each.
    macro_rules! take {
        ($rows:expr) => {{
            let mut rows = $rows;
            loop {
                match rows.try_next().await {
                    Ok(Some(row)) if bytes <= most => {
                        let row: R = row;
                        bytes += row.bytes();
                        found.push(row);
                    }
                    Ok(_) => break Ok(()),
                    Err(error) => break Err(error),
                }
            }
        }};
    }
    let outcome = match link.arm() {
        Arm::Pg(conn) => take!(bind_all!(sqlx::query_as::<_, R>(AssertSqlSafe(sql)), binds, Vec::as_slice).fetch(conn)),
        Arm::Lite(conn) => {
            take!(bind_all!(sqlx::query_as::<_, R>(AssertSqlSafe(sql)), binds, |ids: &Vec<_>| no_list(ids)).fetch(conn))
        }
    };
    if bytes > most {
        // Not answered: what is left of it is let go before the connection is anybody else's.
        return Ok(None);
    }
    link.answered(outcome)?;
    Ok(Some(found))
}

/// Runs an assembled write and tells how many rows it concerned.
///
/// # Errors
/// What the engine reports.
pub async fn execute(link: &mut impl Link, sql: String, binds: &[Bind]) -> Result<u64> {
    let outcome = match link.arm() {
        Arm::Pg(conn) => bind_all!(sqlx::query(AssertSqlSafe(sql)), binds, Vec::as_slice)
            .execute(conn)
            .await
            .map(|done| done.rows_affected()),
        Arm::Lite(conn) => bind_all!(sqlx::query(AssertSqlSafe(sql)), binds, |ids: &Vec<_>| no_list(ids))
            .execute(conn)
            .await
            .map(|done| done.rows_affected()),
    };
    link.answered(outcome)
}

/// How many rows of this width one statement takes. SQLite keeps a step of its program and a cell for every placeholder of
/// a statement that is kept prepared; what PostgreSQL keeps is its own.
#[must_use]
pub fn most_rows(engine: Engine, width: usize) -> usize {
    match engine {
        Engine::Pg => MOST,
        Engine::Lite if width > 8 => 32,
        Engine::Lite => 64,
    }
}

/// Cuts rows into pieces of the fixed sizes, none larger than `most`.
pub fn pieces<T>(list: &[T], most: usize) -> impl Iterator<Item = &[T]> {
    let mut rest = list;
    std::iter::from_fn(move || {
        let left = rest.len();
        if left == 0 {
            return None;
        }
        let size = [MOST, 64, 32].into_iter().find(|size| *size <= left.min(most)).unwrap_or(left.min(EXACT));
        let (piece, tail) = rest.split_at(size);
        rest = tail;
        Some(piece)
    })
}

/// Cuts ids into lists for `in (…)`, whose text [`list`] makes.
pub fn id_pieces(engine: Engine, ids: &[Id]) -> impl Iterator<Item = Vec<Bind>> {
    ids.chunks(MOST).map(move |piece| id_list(engine, piece))
}

/// One such list, of at most [`MOST`] ids: an array on PostgreSQL, which plans a list of many values anew for each of
/// them; on SQLite a value each, filled up to a power of two with the last id, which changes nothing.
///
/// One id is a value on PostgreSQL too. For an array whose length it does not know it expects ten, and so takes the plan
/// that fits all for dearer than planning the statement anew every time, which costs more than to run it.
#[must_use]
pub fn id_list(engine: Engine, ids: &[Id]) -> Vec<Bind> {
    if engine == Engine::Pg && ids.len() != 1 {
        return vec![Bind::Ids(ids.iter().map(|id| id.uuid()).collect())];
    }
    let mut binds: Vec<Bind> = ids.iter().map(|id| (*id).into()).collect();
    if let Some(last) = ids.last() {
        binds.resize(ids.len().next_power_of_two(), (*last).into());
    }
    binds
}

/// What stands between the brackets of `in (…)` for a list of ids whose first placeholder is `$from`.
#[must_use]
pub fn list(from: usize, ids: &[Bind]) -> String {
    match ids {
        [Bind::Ids(_)] => format!("select unnest(${from})"),
        _ => placeholders(from, ids.len()),
    }
}

/// `$from, $from+1, …`: one placeholder for each of `count` values.
#[must_use]
pub fn placeholders(from: usize, count: usize) -> String {
    let mut list = String::with_capacity(count * 5);
    for number in from..from + count {
        if number > from {
            list.push(',');
        }
        list.push('$');
        list.push_str(&number.to_string());
    }
    list
}

/// `($1,…),($w+1,…),…`: one group of placeholders a row.
#[must_use]
pub fn groups(rows: usize, width: usize) -> String {
    groups_from(1, rows, width)
}

/// The same, the first placeholder being `$from`.
#[must_use]
pub fn groups_from(from: usize, rows: usize, width: usize) -> String {
    let group = |row: usize| format!("({})", placeholders(from + row * width, width));
    (0..rows).map(group).collect::<Vec<_>>().join(",")
}

/// The groups of an insert whose values are bound in their order. SQLite looks a numbered placeholder up in a list of all
/// of them, which costs the square of their number; those without a number are not looked up.
#[must_use]
pub fn values(engine: Engine, rows: usize, width: usize) -> String {
    match engine {
        Engine::Pg => groups(rows, width),
        Engine::Lite => vec![format!("({})", vec!["?"; width].join(",")); rows].join(","),
    }
}

/// Inserts many rows: `head` is everything before VALUES, `tail` everything after. Neither binds anything itself.
///
/// # Errors
/// What the engine reports.
pub async fn insert<const W: usize>(
    link: &mut impl Link,
    head: &'static str,
    rows: &[[Bind; W]],
    tail: &'static str,
) -> Result<u64> {
    let mut done = 0;
    for piece in pieces(rows, most_rows(link.engine(), W)) {
        let sql = format!("{head} values {} {tail}", values(link.engine(), piece.len(), W));
        let binds: Vec<Bind> = piece.iter().flatten().cloned().collect();
        done += execute(link, sql, &binds).await?;
    }
    Ok(done)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_cut_into_few_sizes_and_nothing_is_lost() {
        for length in [0, 1, 7, 16, 17, 100, 1000] {
            let list: Vec<usize> = (0..length).collect();
            for most in [32, 64, MOST] {
                let is_fixed = |piece: &[usize]| piece.len() <= EXACT || [32, 64, MOST].contains(&piece.len());
                assert!(pieces(&list, most).all(|piece| is_fixed(piece) && piece.len() <= most));
                assert_eq!(pieces(&list, most).flatten().copied().collect::<Vec<_>>(), list);
            }
        }
    }

    #[test]
    fn id_lists_are_filled_up_with_an_id_that_is_there() {
        let ids: Vec<Id> = (0..300).map(|_| Id::fresh()).collect();
        let lists: Vec<Vec<Bind>> = id_pieces(Engine::Lite, &ids).collect();
        assert_eq!(lists.iter().map(Vec::len).collect::<Vec<_>>(), [256, 64]);
        assert!(lists[1][44..].iter().all(|bind| *bind == ids[299].into()));
    }

    #[test]
    fn id_lists_are_one_value_on_postgresql_and_none_is_lost() {
        let ids: Vec<Id> = (0..300).map(|_| Id::fresh()).collect();
        let lists: Vec<Vec<Bind>> = id_pieces(Engine::Pg, &ids).collect();
        let there: Vec<Uuid> = ids.iter().map(|id| id.uuid()).collect();
        assert_eq!(lists, [vec![Bind::Ids(there[..256].to_vec())], vec![Bind::Ids(there[256..].to_vec())]]);
        assert_eq!(list(3, &lists[0]), "select unnest($3)");
        assert_eq!(list(3, &id_list(Engine::Lite, &ids[..2])), "$3,$4");
        assert_eq!(list(3, &id_list(Engine::Pg, &ids[..1])), "$3");
    }

    #[test]
    fn placeholders_are_numbered_row_by_row() {
        assert_eq!(groups(2, 3), "($1,$2,$3),($4,$5,$6)");
        assert_eq!(placeholders(4, 2), "$4,$5");
        assert_eq!(values(Engine::Pg, 2, 2), "($1,$2),($3,$4)");
        assert_eq!(values(Engine::Lite, 2, 2), "(?,?),(?,?)");
    }
}
