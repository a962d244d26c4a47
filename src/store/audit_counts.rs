//! How many rows of the audit there are when: along the same lanes as [`super::audit_list`], and of so many of the newest
//! rows only, so that a picture of a year costs what a picture of an hour does.

use std::collections::HashSet;

use super::audit_list::{Asked, Lane, NEWEST_FIRST, Place, Wanted, floor_statement, lanes, resolved};
use super::db::Link;
use super::dialect::Engine;
use super::rows::{self, Bind};
use crate::audit::Severity;
use crate::clock::Time;
use crate::error::Result;
use crate::model::Id;

/// How many rows are looked at for one picture, in all lanes together.
pub const MOST_COUNTED: i64 = 10_000;
/// The fewest of them in one lane: who runs very many teams is given a little more in all.
const LEAST_OF_A_LANE: i64 = 200;

/// The rows that match, by when they happened and how grave they are.
#[derive(Clone, Debug, Default)]
pub struct Counted {
    /// When each happened, and how grave it is; in no order.
    pub rows: Vec<(Time, Severity)>,
    /// What is older was not looked at.
    pub cut: Option<Time>,
}

/// Counts the newest rows that match.
///
/// # Errors
/// What the engine reports.
pub async fn count(link: &mut impl Link, wanted: &Wanted) -> Result<Counted> {
    let wanted = Wanted { search: resolved(link, &wanted.search).await?, ..wanted.clone() };
    let lanes = lanes(&wanted);
    let wanted = Wanted { looks_at: share(lanes.len()), ..wanted.clone() };
    let (mut rows, mut cut): (HashSet<(Time, Id, Severity)>, Option<Place>) = (HashSet::new(), None);
    for lane in &lanes {
        let (sql, binds) = floor_statement(link.engine(), &wanted, lane);
        let floor = rows::fetch::<Place>(link, sql, &binds).await?.pop();
        let (sql, binds) = statement(link.engine(), &wanted, lane, floor);
        rows.extend(rows::fetch::<(Time, Id, Severity)>(link, sql, &binds).await?);
        cut = cut.max(floor);
    }
    // Below the place at which one lane stopped the others say too little.
    rows.retain(|(at, id, _)| cut.is_none_or(|cut| (*at, *id) >= cut));
    let rows = rows.into_iter().map(|(at, _, severity)| (at, severity)).collect();
    Ok(Counted { rows, cut: cut.map(|(at, _)| at) })
}

fn share(lanes: usize) -> i64 {
    (MOST_COUNTED / i64::try_from(lanes.max(1)).unwrap_or(i64::MAX)).max(LEAST_OF_A_LANE)
}

/// Everything of a lane down to its floor.
fn statement(engine: Engine, wanted: &Wanted, lane: &Lane<'_>, floor: Option<Place>) -> (String, Vec<Bind>) {
    let mut asked = Asked::of(engine);
    let conditions = asked.walk(wanted, lane, floor);
    let most = asked.bind(wanted.looks_at);
    (format!("select at, id, severity from audit_events where {conditions} {NEWEST_FIRST} limit {most}"), asked.binds)
}

/// Every statement that a picture of this search may need, for those who look at plans.
#[must_use]
pub fn statements(engine: Engine, wanted: &Wanted) -> Vec<(String, Vec<Bind>)> {
    lanes(wanted).iter().map(|lane| statement(engine, wanted, lane, wanted.before)).collect()
}
