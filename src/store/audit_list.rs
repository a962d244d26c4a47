//! The audit as it is read: newest first, page by page, and never a row that the reader may not see.
//!
//! A search is walked along one index, or a few: its *lanes*, each of which has its rows in order. What else must hold is
//! asked of the rows on the way, of [`MOST_LOOKED_AT`] a page and lane at most: a search that finds little costs no more
//! than one that finds much, and goes on where it stopped.

use std::collections::HashMap;

use super::audit;
use super::db::Link;
use super::dialect::Engine;
use super::rows::{self, Bind};
use crate::audit::search::{Named, Search, Term, Test};
use crate::audit::{Action, Event, Resource, Severity};
use crate::clock::Time;
use crate::ctx::ActorKind;
use crate::error::Result;
use crate::model::Id;
use crate::model::words::Word;
use crate::scim::text::fold;

/// How many rows of a lane are looked at for one page where more is asked than the lane's index knows.
pub const MOST_LOOKED_AT: i64 = 20_000;
/// How many people or teams may have borne one name.
const MOST_NAMESAKES: i64 = 16;
pub(super) const NEWEST_FIRST: &str = "order by at desc, id desc";

/// A row's place in the order.
pub type Place = (Time, Id);

/// Which rows a reader may see at all.
#[derive(Clone, Debug, Default)]
pub enum Scope {
    /// Every row.
    #[default]
    Everything,
    /// Rows about this person and rows of these teams, but for what break-glass accounts do and undergo.
    Own {
        /// The reader.
        user: Id,
        /// The teams they run.
        teams: Vec<Id>,
    },
}

/// Which rows a reader wants.
#[derive(Clone, Debug)]
pub struct Wanted {
    /// Which they may see.
    pub scope: Scope,
    /// What must hold.
    pub search: Search,
    /// Older than this row: where the last page ended.
    pub before: Option<Place>,
    /// How many rows of a lane are looked at for one page: [`MOST_LOOKED_AT`].
    pub looks_at: i64,
}

impl Default for Wanted {
    fn default() -> Self {
        Self { scope: Scope::default(), search: Search::default(), before: None, looks_at: MOST_LOOKED_AT }
    }
}

impl Wanted {
    /// Everything of one cause.
    #[must_use]
    pub fn of_cause(cause: Id) -> Self {
        let terms = vec![Term { test: Test::Cause(cause), holds: true }];
        Self { search: Search { terms, ..Search::default() }, ..Self::default() }
    }
}

/// A page of the audit.
#[derive(Clone, Debug, Default)]
pub struct Page {
    /// The rows, newest first.
    pub events: Vec<Event>,
    /// Where the next page begins, where there may be one: below this place. A page that is short and has a next one
    /// looked at as many rows as it may.
    pub next: Option<Place>,
}

/// A page of the audit, newest first.
///
/// # Errors
/// What the engine reports.
pub async fn list(link: &mut impl Link, wanted: &Wanted, limit: usize) -> Result<Page> {
    let wanted = Wanted { search: resolved(link, &wanted.search).await?, ..wanted.clone() };
    let mut walks = Vec::new();
    for lane in lanes(&wanted) {
        walks.push(walk(link, &wanted, &lane, limit).await?);
    }
    let (places, next) = merge(walks, limit);
    let ids: Vec<Id> = places.iter().map(|(_, id)| *id).collect();
    let mut found: HashMap<Id, Event> =
        audit::of_ids(link, &ids).await?.into_iter().map(|event| (event.id, event)).collect();
    Ok(Page { events: ids.iter().filter_map(|id| found.remove(id)).collect(), next })
}

/// One row, if the reader may see it.
///
/// # Errors
/// What the engine reports.
pub async fn find(link: &mut impl Link, scope: &Scope, id: Id) -> Result<Option<Event>> {
    let mut asked = Asked::of(link.engine());
    let by_id = asked.bind(id);
    let seen = asked.seen(scope).unwrap_or_else(|| "1 = 1".to_owned());
    let sql = format!("select at, id from audit_events where id = {by_id} and {seen}");
    let found: Vec<Place> = rows::fetch(link, sql, &asked.binds).await?;
    let ids: Vec<Id> = found.into_iter().map(|(_, id)| id).collect();
    Ok(audit::of_ids(link, &ids).await?.pop())
}

/// The search with every name told by ids.
pub(super) async fn resolved(link: &mut impl Link, search: &Search) -> Result<Search> {
    let mut search = search.clone();
    for term in &mut search.terms {
        match &mut term.test {
            Test::User(named @ Named::Name(_)) => *named = Named::Ids(users_named(link, named).await?),
            Test::Team(named @ Named::Name(_)) => *named = Named::Ids(teams_named(link, named).await?),
            _ => {}
        }
    }
    Ok(search)
}

/// Whoever has this sign-in name or had it when they left.
async fn users_named(link: &mut impl Link, named: &Named) -> Result<Vec<Id>> {
    const SQL: &str = "select id from users where user_name_key = $1 and deleted_at is null union all \
         select id from (select id from users where user_name_key = $1 and deleted_at is not null \
         order by deleted_at desc limit $2) gone";
    let Named::Name(name) = named else { return Ok(Vec::new()) };
    let found = query!(link, SQL, fold(name), MOST_NAMESAKES => fetch_all (Id,))?;
    Ok(found.into_iter().map(|(id,)| id).collect())
}

/// The teams that have this name or had it when they were archived.
async fn teams_named(link: &mut impl Link, named: &Named) -> Result<Vec<Id>> {
    const SQL: &str = "select id from teams where name_key = $1 and archived_at is null union all \
         select id from (select id from teams where name_key = $1 and archived_at is not null limit $2) gone";
    let Named::Name(name) = named else { return Ok(Vec::new()) };
    let found = query!(link, SQL, fold(name), MOST_NAMESAKES => fetch_all (Id,))?;
    Ok(found.into_iter().map(|(id,)| id).collect())
}

/// What one index has in order.
#[derive(Clone, Debug)]
pub(super) enum Along {
    Everything,
    Cause(Id),
    Request(String),
    Address(String),
    Resource(Resource, Id),
    User(Id),
    Team(Id),
    Actor(ActorKind, String),
    Action(Action),
    Severity(Severity),
}

impl Along {
    /// What a condition can be walked along, and how soon that is chosen: the less rows it is likely to have, the sooner.
    fn of(test: &Test) -> Option<(u8, Vec<Self>)> {
        let one = |rank, along| Some((rank, vec![along]));
        match test {
            Test::Cause(id) => one(0, Self::Cause(*id)),
            Test::Request(id) => one(1, Self::Request(id.clone())),
            Test::ResourceIs(kind, id) => one(2, Self::Resource(*kind, *id)),
            Test::User(Named::Ids(ids)) => Some((3, ids.iter().copied().map(Self::User).collect())),
            Test::Team(Named::Ids(ids)) => Some((4, ids.iter().copied().map(Self::Team).collect())),
            Test::Address(from, to) if from == to => one(5, Self::Address(from.clone())),
            Test::ActorIs(kind, id) => one(6, Self::Actor(*kind, id.clone())),
            Test::Severity(grave @ (Severity::High | Severity::Warn)) => one(7, Self::Severity(*grave)),
            Test::Action(actions) => Some((8, actions.iter().copied().map(Self::Action).collect())),
            _ => None,
        }
    }

    fn condition(&self, asked: &mut Asked) -> String {
        let mut is = |column: &str, bind: Bind| format!("{column} = {}", asked.bind(bind));
        match self {
            Self::Everything => "1 = 1".to_owned(),
            Self::Cause(id) => is("cause_id", (*id).into()),
            Self::Request(id) => is("request_id", id.as_str().into()),
            Self::Address(key) => is("ip_key", key.as_str().into()),
            Self::Resource(kind, id) => {
                is("resource_type", kind.as_str().into()) + " and " + &is("resource_id", id.to_string().into())
            }
            Self::User(id) => is("user_id", (*id).into()),
            Self::Team(id) => is("team_id", (*id).into()),
            Self::Actor(kind, id) => {
                is("actor_kind", kind.as_str().into()) + " and " + &is("actor_id", id.as_str().into())
            }
            Self::Action(action) => is("action", action.code().into()),
            // In the words of the index, which leaves out what is as it should be.
            Self::Severity(grave) => "severity <> 'INFO' and ".to_owned() + &is("severity", grave.as_str().into()),
        }
    }
}

/// One walk: along what, and what else must hold.
pub(super) struct Lane<'w> {
    along: Along,
    pub(super) terms: Vec<&'w Term>,
}

/// The lanes of a search. A reader who may not see everything is led along what they may see and nowhere else: no place
/// at which a walk stops is that of a foreign row.
pub(super) fn lanes(wanted: &Wanted) -> Vec<Lane<'_>> {
    let all: Vec<&Term> = wanted.search.terms.iter().collect();
    if let Scope::Own { user, teams } = &wanted.scope {
        let along = [Along::User(*user)].into_iter().chain(teams.iter().copied().map(Along::Team));
        return along.map(|along| Lane { along, terms: all.clone() }).collect();
    }
    let held = all.iter().enumerate().filter(|(_, term)| term.holds);
    let best = held.filter_map(|(at, term)| Along::of(&term.test).map(|(rank, along)| (rank, at, along)));
    match best.min_by_key(|(rank, at, _)| (*rank, *at)) {
        None => vec![Lane { along: Along::Everything, terms: all }],
        Some((_, covered, along)) => {
            let rest: Vec<&Term> =
                all.into_iter().enumerate().filter(|(at, _)| *at != covered).map(|(_, term)| term).collect();
            along.into_iter().map(|along| Lane { along, terms: rest.clone() }).collect()
        }
    }
}

/// What a walk found, and where it stopped before its end.
struct Walk {
    found: Vec<Place>,
    stopped: Option<Place>,
}

async fn walk(link: &mut impl Link, wanted: &Wanted, lane: &Lane<'_>, limit: usize) -> Result<Walk> {
    let mut floor = None;
    if !lane.terms.is_empty() {
        let (sql, binds) = floor_statement(link.engine(), wanted, lane);
        floor = rows::fetch::<Place>(link, sql, &binds).await?.pop();
    }
    let (sql, binds) = walk_statement(link.engine(), wanted, lane, floor, limit);
    let found: Vec<Place> = rows::fetch(link, sql, &binds).await?;
    let stopped = floor.filter(|_| found.len() <= limit);
    Ok(Walk { found, stopped })
}

/// The last row that a walk may look at; none where it comes to its end before.
pub(super) fn floor_statement(engine: Engine, wanted: &Wanted, lane: &Lane<'_>) -> (String, Vec<Bind>) {
    let mut asked = Asked::of(engine);
    let mut conditions = vec![asked.lane(wanted, lane)];
    conditions.extend(asked.seen(&wanted.scope));
    let (conditions, skipped) = (conditions.join(" and "), asked.bind(wanted.looks_at - 1));
    (format!("select at, id from audit_events where {conditions} {NEWEST_FIRST} limit 1 offset {skipped}"), asked.binds)
}

/// The places of a page and of one row more.
fn walk_statement(
    engine: Engine,
    wanted: &Wanted,
    lane: &Lane<'_>,
    floor: Option<Place>,
    limit: usize,
) -> (String, Vec<Bind>) {
    let mut asked = Asked::of(engine);
    let conditions = asked.walk(wanted, lane, floor);
    let most = asked.bind(i64::try_from(limit).unwrap_or(i64::MAX).saturating_add(1));
    (format!("select at, id from audit_events where {conditions} {NEWEST_FIRST} limit {most}"), asked.binds)
}

/// Every statement that a page of this search may need, for those who look at plans.
#[must_use]
pub fn statements(engine: Engine, wanted: &Wanted, limit: usize) -> Vec<(String, Vec<Bind>)> {
    let floor = wanted.before;
    let of =
        |lane: &Lane<'_>| [floor_statement(engine, wanted, lane), walk_statement(engine, wanted, lane, floor, limit)];
    lanes(wanted).iter().flat_map(of).collect()
}

/// The newest of what several walks found. Below the place at which one of them stopped nothing is told: it may have more.
fn merge(walks: Vec<Walk>, limit: usize) -> (Vec<Place>, Option<Place>) {
    let stopped = walks.iter().filter_map(|walk| walk.stopped).max();
    let mut all: Vec<Place> = walks.into_iter().flat_map(|walk| walk.found).collect();
    all.retain(|place| stopped.is_none_or(|stopped| *place >= stopped));
    all.sort_unstable_by(|one, other| other.cmp(one));
    all.dedup();
    let has_more = all.len() > limit;
    all.truncate(limit);
    let next = if has_more { all.last().copied() } else { stopped };
    (all, next)
}

/// A statement that is being put together: static fragments, and values that are bound.
pub(super) struct Asked {
    engine: Engine,
    pub(super) binds: Vec<Bind>,
}

impl Asked {
    pub(super) fn of(engine: Engine) -> Self {
        Self { engine, binds: Vec::new() }
    }

    /// The placeholder of a value.
    pub(super) fn bind(&mut self, value: impl Into<Bind>) -> String {
        self.binds.push(value.into());
        format!("${}", self.binds.len())
    }

    fn list(&mut self, values: impl IntoIterator<Item = Bind>) -> String {
        let all: Vec<String> = values.into_iter().map(|value| self.bind(value)).collect();
        if all.is_empty() { "null".to_owned() } else { all.join(", ") }
    }

    /// What decides where a walk begins and what it comes by.
    fn lane(&mut self, wanted: &Wanted, lane: &Lane<'_>) -> String {
        let mut conditions = vec![lane.along.condition(self)];
        conditions.extend(wanted.search.since.map(|at| format!("at >= {}", self.bind(at))));
        conditions.extend(wanted.search.until.map(|at| format!("at < {}", self.bind(at))));
        let below = |(at, id): Place| format!("(at, id) < ({}, {})", self.bind(at), self.bind(id));
        conditions.extend(wanted.before.map(below));
        conditions.join(" and ")
    }

    /// Everything that must hold of a row on a walk.
    pub(super) fn walk(&mut self, wanted: &Wanted, lane: &Lane<'_>, floor: Option<Place>) -> String {
        let mut conditions = vec![self.lane(wanted, lane)];
        conditions.extend(self.seen(&wanted.scope));
        conditions.extend(floor.map(|(at, id)| format!("(at, id) >= ({}, {})", self.bind(at), self.bind(id))));
        conditions.extend(lane.terms.iter().map(|term| self.term(term)));
        conditions.join(" and ")
    }

    /// The one condition that keeps a reader to what they may see; it stands in every statement.
    fn seen(&mut self, scope: &Scope) -> Option<String> {
        let Scope::Own { user, teams } = scope else { return None };
        let about_glass = Action::ALL.iter().filter(|action| action.code().contains("break_glass"));
        let about_glass = self.list(about_glass.map(|action| action.code().into()));
        let (user, teams) = (self.bind(*user), self.list(teams.iter().map(|team| (*team).into())));
        let glass = self.bind(ActorKind::BreakGlass.as_str());
        Some(format!(
            "((user_id = {user} or team_id in ({teams})) and actor_kind <> {glass} and action not in ({about_glass})) is true"
        ))
    }

    /// A condition that is asked of rows on the way. `is true` keeps the engines from walking along it instead.
    fn term(&mut self, term: &Term) -> String {
        let held = self.test(&term.test);
        format!("({held}) is {}", if term.holds { "true" } else { "not true" })
    }

    fn test(&mut self, test: &Test) -> String {
        let of_ids = |asked: &mut Self, named: &Named| match named {
            Named::Ids(ids) => asked.list(ids.iter().map(|id| (*id).into())),
            Named::Name(_) => "null".to_owned(),
        };
        let mut is = |column: &str, value: &str| format!("{column} = {}", self.bind(value));
        match test {
            Test::Severity(word) => is("severity", word.as_str()),
            Test::Actor(word) => is("actor_kind", word.as_str()),
            Test::ActorIs(kind, id) => is("actor_kind", kind.as_str()) + " and " + &is("actor_id", id),
            Test::Source(word) => is("source", word.as_str()),
            Test::Resource(word) => is("resource_type", word.as_str()),
            Test::ResourceIs(kind, id) => {
                is("resource_type", kind.as_str()) + " and " + &is("resource_id", &id.to_string())
            }
            Test::Outcome(word) => is("outcome", word.as_str()),
            Test::Request(id) => is("request_id", id),
            Test::Cause(id) => format!("cause_id = {}", self.bind(*id)),
            Test::Action(actions) => format!("action in ({})", self.list(actions.iter().map(|one| one.code().into()))),
            Test::User(named) => format!("user_id in ({})", of_ids(self, named)),
            Test::Team(named) => format!("team_id in ({})", of_ids(self, named)),
            Test::Address(from, to) => {
                format!("ip_key >= {} and ip_key <= {}", self.bind(from.as_str()), self.bind(to.as_str()))
            }
            Test::Text(words) => {
                let place = self.bind(words.as_str());
                self.engine.contains("search_key", &place)
            }
            Test::ActorNamed(name) => {
                let line = self.bind(format!("{name}\n"));
                format!("substr(search_key, 1, length({line})) = {line}")
            }
        }
    }
}
