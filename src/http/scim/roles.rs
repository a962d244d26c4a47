//! `/Roles`: the roles there are, for Okta's Identity Governance. A closed list that nobody writes.

use axum::http::StatusCode;
use serde_json::{Map, Value};

use super::call::Call;
use super::fault::Answer;
use super::listing::Listing;
use super::render;
use crate::error::{Error, Result};
use crate::model::role;
use crate::scim::cursor::Mark;
use crate::scim::error::ScimType;
use crate::scim::schema::ROLE;
use crate::scim::search::Search;
use crate::scim::sort::Sort;
use crate::scim::text::fold;
use crate::scim::{ScimError, filter};
use crate::store::scim_list::{Part, Wanted};

/// A role as it is shown.
type Shown = Map<String, Value>;

/// `GET /Roles`: a page of roles, filtered and ordered.
pub(in crate::http) async fn list(call: Call) -> Answer {
    answer(&call, &call.asked()?).await
}

/// `POST /Roles/.search`: the same, asked in a body.
pub(in crate::http) async fn search(call: Call) -> Answer {
    answer(&call, &call.asked_in_body()?).await
}

async fn answer(call: &Call, asked: &Search) -> Answer {
    let listing = Listing::read(call, asked, &ROLE)?;
    let mut found = matching(&call.app.public_url, &listing.wanted);
    let total = found.len();
    let (skipped, count) = window(&found, &listing.wanted.part)?;
    let mut page = found.split_off(skipped.min(total));
    let is_last = page.len() <= count;
    page.truncate(count);
    let next = page.last().filter(|_| !is_last).map(|role| Mark { key: None, id: id(role).to_owned() });
    for role in &mut page {
        listing.projection.apply(&ROLE, role);
    }
    let shown = page.iter().map(serde_json::to_string).collect::<Result<_, _>>().map_err(Error::internal)?;
    Ok(listing.page(call, Some(total as u64), next.as_ref(), shown).await?)
}

/// All that match, in the order that was asked for; without one, in their own.
fn matching(public_url: &str, wanted: &Wanted) -> Vec<Shown> {
    let mut found: Vec<Shown> = role::all().iter().map(|role| render::role(public_url, role)).collect();
    found.retain(|role| wanted.filter.as_ref().is_none_or(|filter| filter::matches(filter, role)));
    if let Some(sort) = &wanted.sort {
        let rank = |role: &Shown| {
            let key = key(role, sort);
            (key.is_none(), key, id(role).to_owned())
        };
        found.sort_by_cached_key(rank);
        if sort.descending {
            found.reverse();
        }
    }
    found
}

/// How many come before the page, and how many it may hold.
fn window(found: &[Shown], part: &Part) -> Result<(usize, usize), ScimError> {
    let invalid = || ScimError::new(ScimType::InvalidCursor, "cursor: there is no such role; begin again");
    Ok(match part {
        Part::Index(page, _) => (usize::try_from(page.start - 1).unwrap_or(usize::MAX), page.count as usize),
        Part::Keyset(None, count) => (0, *count as usize),
        Part::Keyset(Some(mark), count) => {
            let at = found.iter().position(|role| id(role) == mark.id).ok_or_else(invalid)?;
            (at + 1, *count as usize)
        }
    })
}

/// What a role is ordered by, if it has that.
fn key(role: &Shown, sort: &Sort) -> Option<String> {
    let place = sort.place?;
    let value = role.get(place.attribute.name)?;
    let value = place.sub.map_or(Some(value), |sub| value.get(sub.name))?;
    let text = value.as_str()?;
    Some(if place.leaf().case_exact { text.to_owned() } else { fold(text) })
}

fn id(role: &Shown) -> &str {
    role.get("id").and_then(Value::as_str).unwrap_or_default()
}

/// `GET /Roles/{id}`.
pub(in crate::http) async fn get(call: Call) -> Answer {
    let projection = call.projection(&ROLE)?;
    let found = role::all().into_iter().find(|role| role.id == call.name());
    let found = found.ok_or_else(|| Error::not_found("There is no role with this id."))?;
    let mut shown = render::role(&call.app.public_url, &found);
    projection.apply(&ROLE, &mut shown);
    Ok(render::json(StatusCode::OK, &shown)?)
}
