//! `/Roles`: the roles there are, for Okta's Identity Governance. A closed list that nobody writes.

use axum::http::StatusCode;

use super::call::Call;
use super::fault::Answer;
use super::render;
use crate::error::Error;
use crate::model::role;
use crate::scim::filter;
use crate::scim::list::{ListResponse, Page};
use crate::scim::schema::ROLE;

/// `GET /Roles`: a page of roles, filtered.
pub(in crate::http) async fn list(call: Call) -> Answer {
    let page = Page::parse(call.query.get("startIndex"), call.query.get("count"))?;
    let wanted = call.query.get("filter").map(|text| filter::parse(text, &ROLE)).transpose()?;
    let projection = call.projection(&ROLE)?;
    let mut found: Vec<_> = role::all().iter().map(|role| render::role(&call.app.public_url, role)).collect();
    found.retain(|role| wanted.as_ref().is_none_or(|filter| filter::matches(filter, role)));
    let (total, skipped) = (found.len() as u64, usize::try_from(page.start - 1).unwrap_or(usize::MAX));
    let mut shown: Vec<_> = found.into_iter().skip(skipped).take(page.count as usize).collect();
    for role in &mut shown {
        projection.apply(&ROLE, role);
    }
    Ok(render::json(StatusCode::OK, &ListResponse::new(total, page.start, shown))?)
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
