//! Pages of resources that match, in an order: by position, or by what comes after a mark.

use super::db::Link;
use super::dialect::Engine;
use super::rows::{self, Bind};
use super::scim_order::Order;
use super::scim_search::{Base, Compiler, GROUP_BASE, USER_BASE};
use super::teams::{self, TeamRow};
use super::users::{self, UserRow};
use crate::error::Result;
use crate::model::{Id, Team, User};
use crate::scim::cursor::Mark;
use crate::scim::filter::Filter;
use crate::scim::list::Page;
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
    /// By position, with the exact total.
    Index(Page),
    /// What comes after a mark, or the beginning; the total only where it need not be counted or is all that is asked.
    Keyset(Option<Mark>, u32),
}

impl Default for Part {
    fn default() -> Self {
        Self::Index(Page::clamped(None, None))
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
/// `invalidFilter` or `invalidValue` for what cannot be filtered or sorted by; otherwise what the engine reports.
pub async fn users(link: &mut impl Link, wanted: &Wanted) -> Result<Found<User>> {
    search::<UserRow>(link, &USER_BASE, users::SELECT, wanted).await?.map(UserRow::into_user)
}

/// Groups that match.
///
/// # Errors
/// `invalidFilter` or `invalidValue` for what cannot be filtered or sorted by; otherwise what the engine reports.
pub async fn groups(link: &mut impl Link, wanted: &Wanted) -> Result<Found<Team>> {
    search::<TeamRow>(link, &GROUP_BASE, teams::SELECT, wanted).await?.map(TeamRow::into_team)
}

#[derive(sqlx::FromRow)]
struct Total {
    total: i64,
}

/// A row with what a mark is made of; those columns are only there where a mark is wanted.
#[derive(sqlx::FromRow)]
struct Marked<T> {
    #[sqlx(flatten)]
    row: T,
    #[sqlx(default)]
    sort_key: Option<String>,
    #[sqlx(default)]
    tie_id: Option<Id>,
}

impl<T> Marked<T> {
    fn mark(&self) -> Option<Mark> {
        Some(Mark { key: self.sort_key.clone(), id: self.tie_id?.to_string() })
    }
}

/// A compiled search: the condition and its values, and the order.
struct Plan {
    condition: String,
    order: Order,
    binds: Vec<Bind>,
}

async fn search<T: rows::Row>(
    link: &mut impl Link,
    base: &'static Base,
    select: &'static str,
    wanted: &Wanted,
) -> Result<Found<T>> {
    let mut compiler = Compiler::new(link.engine(), base);
    let mut condition = base.visible.to_owned();
    if let Some(filter) = &wanted.filter {
        condition = format!("{condition} and {}", compiler.row(filter)?);
    }
    let counted = compiler.binds.clone();
    let order = Order::of(&mut compiler, wanted.sort.as_ref())?;
    match &wanted.part {
        Part::Index(page) => {
            let plan = Plan { condition: condition.clone(), order, binds: compiler.binds };
            let rows: Vec<Marked<T>> = fetch_page(link, &plan, select.to_owned(), *page).await?;
            let skipped = page.start - 1;
            let ended = rows.len() < page.count as usize && (skipped == 0 || !rows.is_empty());
            let total =
                if ended { skipped + rows.len() as u64 } else { count(link, base, &condition, &counted).await? };
            Ok(Found { page: rows.into_iter().map(|marked| marked.row).collect(), total: Some(total), next: None })
        }
        Part::Keyset(_, 0) => {
            let total = count(link, base, &condition, &counted).await?;
            Ok(Found { page: Vec::new(), total: Some(total), next: None })
        }
        Part::Keyset(after, most) => {
            if let Some(mark) = after {
                condition.push_str(&order.after(&mut compiler, mark)?);
            }
            let select = with_columns(select, &order.columns(link.engine()));
            let plan = Plan { condition, order, binds: compiler.binds };
            let rows = fetch_page(link, &plan, select, Page { start: 1, count: most + 1 }).await?;
            Ok(cut(rows, *most as usize, after.is_none()))
        }
    }
}

/// What a deep page of an order is found by: the statement and its values, for whoever asks the engine for its plan.
///
/// # Errors
/// `invalidValue` for what cannot be sorted by.
pub fn deep_page(
    engine: Engine,
    resource: &ResourceType,
    sort: Option<&Sort>,
    mark: &Mark,
) -> Result<(String, Vec<Bind>)> {
    let (base, select) =
        if resource.name == USER.name { (&USER_BASE, users::SELECT) } else { (&GROUP_BASE, teams::SELECT) };
    let mut compiler = Compiler::new(engine, base);
    let order = Order::of(&mut compiler, sort)?;
    let condition = format!("{}{}", base.visible, order.after(&mut compiler, mark)?);
    let select = with_columns(select, &order.columns(engine));
    let plan = Plan { condition, order, binds: compiler.binds };
    Ok(statement(&plan, &select, Page { start: 1, count: 101 }))
}

/// The page of a keyset, of which one row more was read to see whether there is a next one.
fn cut<T>(mut rows: Vec<Marked<T>>, most: usize, is_first: bool) -> Found<T> {
    let is_last = rows.len() <= most;
    rows.truncate(most);
    let next = rows.last().filter(|_| !is_last).and_then(Marked::mark);
    let total = (is_first && is_last).then_some(rows.len() as u64);
    Found { page: rows.into_iter().map(|marked| marked.row).collect(), total, next }
}

/// A select with more columns: before the one `from` that our lists of columns have.
fn with_columns(select: &'static str, columns: &str) -> String {
    select.replacen(" from ", &format!("{columns} from "), 1)
}

async fn count(link: &mut impl Link, base: &Base, condition: &str, binds: &[Bind]) -> Result<u64> {
    let sql = format!("select count(*) as total from {} where {condition}", base.table);
    let total: Vec<Total> = rows::fetch(link, sql, binds).await?;
    Ok(total.first().map_or(0, |row| row.total.unsigned_abs()))
}

async fn fetch_page<T: rows::Row>(
    link: &mut impl Link,
    plan: &Plan,
    select: String,
    page: Page,
) -> Result<Vec<Marked<T>>> {
    if page.count == 0 {
        return Ok(Vec::new());
    }
    let (sql, binds) = statement(plan, &select, page);
    rows::fetch(link, sql, &binds).await
}

fn statement(plan: &Plan, select: &str, page: Page) -> (String, Vec<Bind>) {
    let Plan { condition, order, binds } = plan;
    let (guard, order) = (order.guard(), order.text());
    let (limit, offset) = (binds.len() + 1, binds.len() + 2);
    let sql = format!("{select} where {condition}{guard} order by {order} limit ${limit} offset ${offset}");
    let skipped = i64::try_from(page.start - 1).unwrap_or(i64::MAX);
    (sql, binds.iter().cloned().chain([i64::from(page.count).into(), skipped.into()]).collect())
}
