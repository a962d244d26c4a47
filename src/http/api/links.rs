//! `/api/okta/group-links`: which team follows which group at Okta. A link is named by the group's own id.

use axum::Json;
use axum::http::StatusCode;
use axum::response::IntoResponse;
use serde_json::{Value, json};

use super::call::Call;
use super::pages;
use crate::directory::links::{self, Shown};
use crate::error::{Error, Result};
use crate::http::problem::Answer;
use crate::okta::api::{LONGEST_ID, is_id};

/// Said of what names no group.
const NO_GROUP_ID: &str = "There is no group with this id.";

fn render((link, is_confirmed): &Shown) -> Value {
    json!({
        "id": link.okta_group_id,
        "state": if *is_confirmed { "confirmed" } else { "proposed" },
        "oktaGroupName": link.group_name,
        "team": { "id": link.team_id.to_string(), "name": link.team_name },
    })
}

/// `GET /api/okta/group-links`: the links that stand and those that names propose.
pub(in crate::http) async fn list(call: Call) -> Answer {
    let mut query = call.query()?;
    let limit = pages::limit(&mut query);
    let cursor = query.optional_text("cursor", 1..=LONGEST_ID);
    query.end()?;
    let after = cursor.unwrap_or_default();
    let found = links::list(&mut call.view().await?, &after, i64::from(limit) + 1).await?;
    let (found, next) = pages::cut(found, limit, |(last, _)| last.okta_group_id.clone());
    let shown: Vec<Value> = found.iter().map(render).collect();
    Ok(Json(json!({ "links": shown, "nextCursor": next })).into_response())
}

/// The group that the path names.
fn group(call: &Call) -> Result<String> {
    let group = Some(call.segment()).filter(|text| is_id(text));
    group.map(str::to_owned).ok_or_else(|| Error::not_found(NO_GROUP_ID))
}

/// `POST /api/okta/group-links/{id}/confirm`: with `teamId` to that team, else to the one that the name proposes.
pub(in crate::http) async fn confirm(call: Call) -> Answer {
    let (group, mut body) = (group(&call)?, call.body()?);
    let team = body.id("teamId");
    body.end()?;
    let work = (call.caller()?, group, team);
    call.unit(&work, |tx, (caller, group, team)| Box::pin(links::confirm_for(tx, caller, group, *team))).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// `DELETE /api/okta/group-links/{id}`: a link that stands ends, one that is proposed is set aside.
pub(in crate::http) async fn remove(call: Call) -> Answer {
    let group = group(&call)?;
    call.body()?.end()?;
    let work = (call.caller()?, group);
    call.unit(&work, |tx, (caller, group)| Box::pin(links::remove_for(tx, caller, group))).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}
