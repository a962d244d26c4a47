//! Pages of resources that match, in an order: by position, or by what comes after a mark.

use super::db::Link;
use super::dialect::Engine;
use super::rows::{self, Bind, Bulky};
use super::scim_order::Order;
use super::scim_search::{Base, Compiler, GROUP_BASE, USER_BASE};
use super::teams::{self, TeamRow};
use super::users::{self, SeenRow};
use crate::error::Result;
use crate::model::user::ScimUser;
use crate::model::{Id, Team};
use crate::scim::cursor::Mark;
use crate::scim::filter::Filter;
use crate::scim::list::{MAX_PAGE_BYTES, Page, too_large};
use crate::scim::schema::{ResourceType, USER};
use crate::scim::sort::Sort;

/// Which resources, in which order, and which part of them.
#[derive(Clone, Debug, Default)]
pub struct Wanted {
    /// Those that match; all when none is given.
    pub filter: Option<Filter>,
    /// By id when none is given: it never changes.
    pub sort: Option<Sort>,
    /// The part.
    pub part: Part,
}

/// A part of a list.
#[derive(Clone, Debug)]
pub enum Part {
    /// By position, with the exact total. Where it is known after which resource the page begins, from there; that is
    /// for lists in the usual order alone.
    Index(Page, Option<Id>),
    /// What comes after a mark, or the beginning; the total only where it need not be counted or is all that is asked.
    Keyset(Option<Mark>, u32),
}

impl Part {
    /// How many places lie before a page that goes on from an anchor.
    fn before(&self) -> u64 {
        if let Self::Index(page, Some(_)) = self { page.start - 1 } else { 0 }
    }
}

impl Default for Part {
    fn default() -> Self {
        Self::Index(Page::clamped(None, None), None)
    }
}

/// A page of resources.
pub struct Found<T> {
    /// The resources of this page.
    pub page: Vec<T>,
    /// How many match on all pages, where that is known.
    pub total: Option<u64>,
    /// Where the next page begins, when there is one.
    pub next: Option<Mark>,
}

impl<T> Found<T> {
    fn map<U>(self, each: impl Fn(T) -> Result<U>) -> Result<Found<U>> {
        let page = self.page.into_iter().map(each).collect::<Result<_>>()?;
        Ok(Found { page, total: self.total, next: self.next })
    }
}

/// People that match.
///
/// # Errors
/// `invalidFilter` or `invalidValue` for what cannot be filtered or sorted by, `tooMany` for a page that is too large;
/// otherwise what the engine reports.
pub async fn users(link: &mut impl Link, wanted: &Wanted) -> Result<Found<ScimUser>> {
    search::<SeenRow>(link, &USER_BASE, users::SEEN, wanted).await?.map(|row| Ok(row.into()))
}

/// Groups that match.
///
/// # Errors
/// `invalidFilter` or `invalidValue` for what cannot be filtered or sorted by, `tooMany` for a page that is too large;
/// otherwise what the engine reports.
pub async fn groups(link: &mut impl Link, wanted: &Wanted) -> Result<Found<Team>> {
    search::<TeamRow>(link, &GROUP_BASE, teams::SELECT, wanted).await?.map(TeamRow::into_team)
}

#[derive(sqlx::FromRow)]
struct Total {
    total: i64,
}

/// A row with what a mark is made of; there is a key only where one was asked for.
#[derive(sqlx::FromRow)]
struct Marked<T> {
    #[sqlx(flatten)]
    row: T,
    #[sqlx(default)]
    sort_key: Option<String>,
    tie_id: Id,
}

impl<T: Bulky> Bulky for Marked<T> {
    fn bytes(&self) -> usize {
        self.row.bytes()
    }
}

impl<T> Marked<T> {
    fn mark(&self) -> Mark {
        Mark { key: self.sort_key.clone(), id: self.tie_id.to_string() }
    }
}

/// A compiled search: the condition and its values, and the order.
struct Plan {
    base: &'static Base,
    condition: String,
    order: Order,
    binds: Vec<Bind>,
}

async fn search<T: Bulky>(
    link: &mut impl Link,
    base: &'static Base,
    select: &'static str,
    wanted: &Wanted,
) -> Result<Found<T>> {
    let (plan, counting, page) = compile(link.engine(), base, wanted)?;
    if page.count == 0 {
        return Ok(Found { page: Vec::new(), total: Some(counting.total(link).await?), next: None });
    }
    let (skipped, count) = (page.start - 1, page.count as usize);
    let select = with_columns(select, &plan.order.columns(link.engine()));
    let (sql, binds) = statement(&plan, &select, one_more(page));
    let rows: Option<Vec<Marked<T>>> = rows::fetch_within(link, sql, &binds, MAX_PAGE_BYTES).await?;
    let rows = rows.ok_or_else(too_large)?;
    let is_last = rows.len() <= count;
    let is_start = !matches!(wanted.part, Part::Index(_, Some(_)) | Part::Keyset(Some(_), _));
    let is_index = matches!(wanted.part, Part::Index(..));
    let total = match (is_last && is_start && (skipped == 0 || !rows.is_empty()), is_index) {
        (true, _) => Some(skipped + rows.len() as u64),
        // Who left behind a walk no longer counts, but their places do: a client that stops at the total must not stop
        // before the end.
        (false, true) => Some(counting.total(link).await?.max(wanted.part.before() + rows.len() as u64)),
        (false, false) => None,
    };
    Ok(Found { total, ..cut(rows, count) })
}

/// What is wanted as SQL: its rows in their order, how they are counted, and which of them.
fn compile(engine: Engine, base: &'static Base, wanted: &Wanted) -> Result<(Plan, Counting, Page)> {
    let mut compiler = Compiler::new(engine, base);
    let is_usual = wanted.filter.is_none() && wanted.sort.is_none();
    let mut condition = if is_usual { base.listed } else { base.visible }.to_owned();
    if let Some(filter) = &wanted.filter {
        condition = format!("{condition} and {}", compiler.row(filter)?);
    }
    let counting =
        Counting { base, filter: wanted.filter.as_ref().map(|_| (condition.clone(), compiler.binds.clone())) };
    let order = Order::of(&mut compiler, wanted.sort.as_ref())?;
    let (after, page) = match &wanted.part {
        Part::Index(page, None) => (None, *page),
        Part::Index(page, Some(id)) => (Some(Mark { key: None, id: id.to_string() }), Page { start: 1, ..*page }),
        Part::Keyset(after, most) => (after.clone(), Page { start: 1, count: *most }),
    };
    if let Some(mark) = &after {
        condition.push_str(&order.after(&mut compiler, mark)?);
    }
    Ok((Plan { base, condition, order, binds: compiler.binds }, counting, page))
}

/// One row more tells whether there is a next page.
fn one_more(page: Page) -> Page {
    Page { count: page.count + 1, ..page }
}

/// How a total is found.
struct Counting {
    base: &'static Base,
    /// The condition and its values where not everything is wanted.
    filter: Option<(String, Vec<Bind>)>,
}

impl Counting {
    /// Exact. Without a filter it is kept by the rows themselves and costs no count.
    async fn total(&self, link: &mut impl Link) -> Result<u64> {
        const SQL: &str = "select cast(sum(total) as bigint) as total from scim_totals where kind = $1";
        let kind = self.base.table.split(' ').next().unwrap_or_default();
        let total = match &self.filter {
            None => query!(link, SQL, kind => fetch_one Total)?,
            Some((condition, binds)) => {
                let sql = format!("select count(*) as total from {} where {condition}", self.base.table);
                let found: Vec<Total> = rows::fetch(link, sql, binds).await?;
                found.into_iter().next().unwrap_or(Total { total: 0 })
            }
        };
        Ok(total.total.unsigned_abs())
    }
}

/// What a page is found by: the statement and its values, for whoever asks the engine for its plan.
///
/// # Errors
/// `invalidFilter` or `invalidValue` for what cannot be filtered or sorted by.
pub fn page_statement(engine: Engine, resource: &ResourceType, wanted: &Wanted) -> Result<(String, Vec<Bind>)> {
    let (base, select) =
        if resource.name == USER.name { (&USER_BASE, users::SEEN) } else { (&GROUP_BASE, teams::SELECT) };
    let (plan, _, page) = compile(engine, base, wanted)?;
    let select = with_columns(select, &plan.order.columns(engine));
    Ok(statement(&plan, &select, one_more(page)))
}

/// The page, of which one row more was read to see whether there is a next one.
fn cut<T>(mut rows: Vec<Marked<T>>, most: usize) -> Found<T> {
    let is_last = rows.len() <= most;
    rows.truncate(most);
    let next = rows.last().filter(|_| !is_last).map(Marked::mark);
    Found { page: rows.into_iter().map(|marked| marked.row).collect(), total: None, next }
}

/// A select with more columns: before the one `from` that our lists of columns have.
fn with_columns(select: &'static str, columns: &str) -> String {
    select.replacen(" from ", &format!("{columns} from "), 1)
}

fn statement(plan: &Plan, select: &str, page: Page) -> (String, Vec<Bind>) {
    let Plan { base, condition, order, binds } = plan;
    let (guard, order) = (order.guard(), order.text());
    let (limit, offset) = (binds.len() + 1, binds.len() + 2);
    let mut binds: Vec<Bind> = binds.iter().cloned().chain([i64::from(page.count).into()]).collect();
    if page.start == 1 {
        return (format!("{select} where {condition}{guard} order by {order} limit ${limit}"), binds);
    }
    // What is passed over are ids, not whole rows.
    let sql = format!(
        "{select} where {key} in (select {key} from {table} where {condition}{guard} order by {order} \
         limit ${limit} offset ${offset}) order by {order}",
        key = base.order,
        table = base.table,
    );
    binds.push(i64::try_from(page.start - 1).unwrap_or(i64::MAX).into());
    (sql, binds)
}
