//! Pages of people and groups together (RFC 7644 §3.4.3): each side gives the beginning of its own order, by its own
//! index, and the two beginnings are merged. Part of the first place that assembles SQL, under the same rule: static
//! fragments and bound values.
//!
//! Without an order people come before groups; so they do among equals.

use std::cmp::Ordering;

use super::db::Link;
use super::dialect::Engine;
use super::rows::{self, Bind, Bulky};
use super::scim_list::{self, Part, Wanted};
use super::scim_order::Order;
use super::scim_search::{Base, Compiler, GROUP_BASE, USER_BASE};
use super::teams::{self, TeamRow};
use super::users::{self, SeenRow};
use crate::error::{Error, Result};
use crate::model::user::ScimUser;
use crate::model::{Id, Team};
use crate::scim::cursor::Mark;
use crate::scim::list::{MAX_PAGE_BYTES, Page, too_large};
use crate::scim::schema::{ResourceType, USER};
use crate::scim::sort::Sort;

/// The least and the greatest id: where a side begins, and where it ends.
const EDGES: [&str; 2] = ["00000000-0000-0000-0000-000000000000", "ffffffff-ffff-ffff-ffff-ffffffffffff"];

/// A page of both types.
pub struct Found {
    /// The ids of the rows, in the order of the page.
    pub order: Vec<Id>,
    /// The people of the page, in any order. Who left since the order was read is missing.
    pub users: Vec<ScimUser>,
    /// The groups of the page, in any order.
    pub teams: Vec<Team>,
    /// How many match on all pages, where that is known.
    pub total: Option<u64>,
    /// Where the next page begins, when there is one.
    pub next: Option<Mark>,
}

/// Where one resource of a page stands in the order.
#[derive(sqlx::FromRow)]
struct Spot {
    is_user: bool,
    row_id: Id,
    place: i64,
    sort_key: Option<String>,
    tie_id: Id,
}

impl Spot {
    /// A mark whose id also tells the side.
    fn mark(&self) -> Mark {
        Mark { key: self.sort_key.clone(), id: format!("{}:{}", self.place, self.tie_id) }
    }
}

/// People and groups that match; both are asked for the same part of the same order.
///
/// # Errors
/// `invalidFilter` or `invalidValue` for what cannot be filtered or sorted by, `tooMany` for a page that is too large;
/// otherwise what the engine reports.
pub async fn search(link: &mut impl Link, people: &Wanted, groups: &Wanted) -> Result<Found> {
    let (after, page, most) = match &people.part {
        Part::Index(page, _) => (None, *page, page.count),
        Part::Keyset(after, most) => (after.as_ref(), Page { start: 1, count: most.saturating_add(1) }, *most),
    };
    let mut spots = Vec::new();
    if most > 0 {
        let (sql, binds) = statement(link.engine(), [people, groups], after, page)?;
        spots = rows::fetch(link, sql, &binds).await?;
    }
    let is_last = spots.len() <= most as usize;
    spots.truncate(most as usize);
    let is_walk = matches!(people.part, Part::Keyset(..));
    let next = spots.last().filter(|_| is_walk && !is_last).map(Spot::mark);
    let total = match told(&spots, page, is_walk.then_some(after.is_none() && is_last && most > 0)) {
        None if is_walk && most > 0 => None,
        None => Some(count(link, people, groups).await?),
        told => told,
    };
    load(link, &spots, total, next).await
}

/// The total, where the page itself tells it. Of a walk that is told already: its first page is its last.
fn told(spots: &[Spot], page: Page, walk_is_whole: Option<bool>) -> Option<u64> {
    let (skipped, seen) = (page.start - 1, spots.len() as u64);
    let has_ended = seen < u64::from(page.count) && (skipped == 0 || seen > 0);
    walk_is_whole.unwrap_or(has_ended).then_some(skipped + seen)
}

/// How many match of both.
async fn count(link: &mut impl Link, people: &Wanted, groups: &Wanted) -> Result<u64> {
    let only = |wanted: &Wanted| Wanted { filter: wanted.filter.clone(), sort: None, part: Part::Keyset(None, 0) };
    let people = scim_list::users(link, &only(people)).await?.total;
    let groups = scim_list::groups(link, &only(groups)).await?.total;
    Ok(people.unwrap_or_default() + groups.unwrap_or_default())
}

async fn load(link: &mut impl Link, spots: &[Spot], total: Option<u64>, next: Option<Mark>) -> Result<Found> {
    let ids = |wanted: bool| spots.iter().filter(move |spot| spot.is_user == wanted).map(|spot| spot.row_id);
    let users = by_id::<SeenRow>(link, &USER_BASE, users::SEEN, &ids(true).collect::<Vec<_>>()).await?;
    let teams = by_id::<TeamRow>(link, &GROUP_BASE, teams::SELECT, &ids(false).collect::<Vec<_>>()).await?;
    Ok(Found {
        order: spots.iter().map(|spot| spot.row_id).collect(),
        users: users.into_iter().map(ScimUser::from).collect(),
        teams: teams.into_iter().map(TeamRow::into_team).collect::<Result<_>>()?,
        total,
        next,
    })
}

async fn by_id<T: Bulky>(link: &mut impl Link, base: &Base, select: &'static str, ids: &[Id]) -> Result<Vec<T>> {
    let mut found: Vec<T> = Vec::with_capacity(ids.len());
    let mut left = MAX_PAGE_BYTES;
    for binds in rows::id_pieces(link.engine(), ids) {
        let list = rows::list(1, &binds);
        let sql = format!("{select} where {} and {} in ({list})", base.visible, base.id);
        let more = rows::fetch_within::<T>(link, sql, &binds, left).await?.ok_or_else(too_large)?;
        left -= more.iter().map(Bulky::bytes).sum::<usize>();
        found.extend(more);
    }
    Ok(found)
}

/// The statement that finds a page's places and its values; also for whoever asks the engine for its plan.
///
/// # Errors
/// `invalidFilter` or `invalidValue` for what cannot be filtered or sorted by.
pub fn statement(
    engine: Engine,
    [people, groups]: [&Wanted; 2],
    after: Option<&Mark>,
    page: Page,
) -> Result<(String, Vec<Bind>)> {
    let skipped = i64::try_from(page.start - 1).unwrap_or(i64::MAX);
    let reach = skipped.saturating_add(i64::from(page.count));
    let after = after.map(At::read).transpose()?;
    let mut compiler = Compiler::new(engine, &USER_BASE);
    let people_side = side(&mut compiler, people, after.as_ref(), reach)?;
    compiler.base = &GROUP_BASE;
    let groups_side = side(&mut compiler, groups, after.as_ref(), reach)?;
    let is_descending = people.sort.as_ref().is_some_and(|sort| sort.descending);
    let (direction, nulls) = if is_descending { (" desc", "first") } else { ("", "last") };
    let key = engine.bytewise("sort_key");
    let (limit, offset) = (compiler.bind(i64::from(page.count)), compiler.bind(skipped));
    let sql = format!(
        "select is_user, row_id, place, sort_key, tie_id from ({people_side} union all {groups_side}) sides \
         order by {key}{direction} nulls {nulls}, place, tie_id{direction} limit {limit} offset {offset}"
    );
    Ok((sql, compiler.binds))
}

/// The beginning of one side's order, or of what is left of it: as far as a page reaches, should the other give nothing.
/// Keys are text, so that both sides compare; moments among them have sixteen digits from 2001 to 2286.
fn side(compiler: &mut Compiler<'_>, wanted: &Wanted, after: Option<&At>, reach: i64) -> Result<String> {
    let (base, sort) = (compiler.base, wanted.sort.as_ref());
    let mut condition = base.visible.to_owned();
    if let Some(filter) = &wanted.filter {
        condition = format!("{condition} and {}", compiler.row(filter)?);
    }
    let order = Order::of(compiler, sort)?;
    let place = place(base.resource, sort);
    if let Some(at) = after {
        condition.push_str(&at.rest(compiler, &order, place, sort.is_some_and(|sort| sort.descending))?);
    }
    let no_key = if order.has_key() { "" } else { ", cast(null as text) as sort_key" };
    let columns = format!("{no_key}{}", order.columns(compiler.engine()));
    let (is_user, id, table) = (base.resource.name == USER.name, base.id, base.table);
    let (guard, order, limit) = (order.guard(), order.text(), compiler.bind(reach));
    Ok(format!(
        "select * from (select {is_user} as is_user, {id} as row_id, cast({place} as bigint) as place{columns} \
         from {table} where {condition}{guard} order by {order} limit {limit}) side"
    ))
}

/// Where a side stands among resources with equal keys, or without any. Ordered by id all are of one kind; ordered by
/// the name of their type groups come first.
fn place(resource: &ResourceType, sort: Option<&Sort>) -> i64 {
    let is_group = resource.name != USER.name;
    let is_turned = |sort: &Sort| sort.name == "meta.resourceType" && !sort.descending;
    match sort {
        Some(sort) if sort.name == "id" => 0,
        sort => i64::from(is_group != sort.is_some_and(is_turned)),
    }
}

/// The end of the page before.
struct At {
    place: i64,
    mark: Mark,
}

impl At {
    /// # Errors
    /// A defect: marks are sealed.
    fn read(mark: &Mark) -> Result<Self> {
        let broken = || Error::internal("a sealed cursor of a search without a side");
        let (place, id) = mark.id.split_once(':').ok_or_else(broken)?;
        let place = place.parse().map_err(|_| broken())?;
        Ok(Self { place, mark: Mark { key: mark.key.clone(), id: id.to_owned() } })
    }

    /// The condition on what of a side comes after it.
    fn rest(&self, compiler: &mut Compiler<'_>, order: &Order, place: i64, descending: bool) -> Result<String> {
        let is_passed = match place.cmp(&self.place) {
            Ordering::Equal => return order.after(compiler, &self.mark),
            other => other.is_lt(),
        };
        if order.has_key() {
            // Of its equals on this side all were seen, or none.
            let edge = EDGES[usize::from(is_passed != descending)].to_owned();
            return order.after(compiler, &Mark { key: self.mark.key.clone(), id: edge });
        }
        // Nobody on this side has the key: they stand behind all who have it, or before them.
        let is_over = if self.mark.key.is_some() { descending } else { is_passed };
        Ok(if is_over { " and 1 = 0" } else { "" }.to_owned())
    }
}
