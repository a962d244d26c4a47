//! `/Groups`.

use axum::http::StatusCode;
use axum::response::IntoResponse;

use super::call::Call;
use super::fault::Answer;
use super::listing::Listing;
use super::render;
use crate::directory::incoming::Group;
use crate::directory::teams as verbs;
use crate::directory::teams::{Change, NO_SUCH_GROUP};
use crate::error::Error;
use crate::model::Team;
use crate::scim::etag::IfMatch;
use crate::scim::patch;
use crate::scim::projection::Projection;
use crate::scim::schema::GROUP;
use crate::scim::search::Search;
use crate::store::{View, scim_list, teams};

/// `GET /Groups`: a page of groups, filtered and ordered.
pub(in crate::http) async fn list(call: Call) -> Answer {
    answer(&call, &call.asked()?).await
}

/// `POST /Groups/.search`: the same, asked in a body.
pub(in crate::http) async fn search(call: Call) -> Answer {
    answer(&call, &call.asked_in_body()?).await
}

async fn answer(call: &Call, asked: &Search) -> Answer {
    let listing = Listing::read(call, asked, &GROUP)?;
    let mut view = call.search([&listing.wanted.filter]).await?;
    let found = scim_list::groups(&mut view, &listing.wanted).await?;
    let shown = render::groups(&mut view, &call.app.public_url, &found.page, &listing.projection).await?;
    let shown: Vec<String> = shown.into_iter().map(|group| group.text).collect();
    // Who waits for room to answer holds up no search.
    drop(view);
    Ok(listing.page(call, found.total, found.next.as_ref(), shown).await?)
}

/// `GET /Groups/{id}`. A version does not move with the names of members, so only answers without them are compared.
pub(in crate::http) async fn get(call: Call) -> Answer {
    let (id, projection) = (call.id()?, call.projection(&GROUP)?);
    let mut view = call.view().await?;
    let team = teams::find_scim(&mut view, id).await?.ok_or_else(|| Error::not_found(NO_SUCH_GROUP))?;
    if !projection.wants("members") && call.if_none_match != IfMatch::Absent {
        let revisions = teams::revisions(&mut view, &[id]).await?;
        let known = revisions.iter().find(|(_, now)| call.if_none_match.names(now.number));
        if let Some((_, now)) = known {
            return Ok(render::unchanged(now.number)?);
        }
    }
    show(&call, &mut view, StatusCode::OK, &team, &projection).await
}

/// `POST /Groups`.
pub(in crate::http) async fn create(call: Call) -> Answer {
    let projection = call.projection(&GROUP)?;
    let group = Group::read(call.json()?)?;
    let made = call.unit(&group, |tx, group| Box::pin(verbs::create(tx, group))).await?;
    show_changed(&call, StatusCode::CREATED, &made, &projection).await
}

/// `PUT /Groups/{id}`.
pub(in crate::http) async fn replace(call: Call) -> Answer {
    let (id, projection) = (call.id()?, call.projection(&GROUP)?);
    let work = (id, Group::read(call.json()?)?, &call.if_match);
    let unit = call.unit(&work, |tx, (id, group, if_match)| Box::pin(verbs::replace(tx, *id, group, if_match)));
    show_changed(&call, StatusCode::OK, &unit.await?, &projection).await
}

/// `PATCH /Groups/{id}`: answers nothing, unless the client says what it wants to see.
pub(in crate::http) async fn patch(call: Call) -> Answer {
    let (id, projection) = (call.id()?, call.projection(&GROUP)?);
    let (operations, members) = patch::split_members(patch::parse(call.json()?, &GROUP)?)?;
    let work = (id, Change { operations, members }, &call.if_match);
    let unit = call.unit(&work, |tx, (id, change, if_match)| Box::pin(verbs::patch(tx, *id, change, if_match)));
    let team = unit.await?;
    if projection.asked() {
        return show_changed(&call, StatusCode::OK, &team, &projection).await;
    }
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// `DELETE /Groups/{id}`.
pub(in crate::http) async fn delete(call: Call) -> Answer {
    let work = (call.id()?, &call.if_match);
    call.unit(&work, |tx, (id, if_match)| Box::pin(verbs::archive(tx, *id, if_match))).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// A group that was just written.
async fn show_changed(call: &Call, status: StatusCode, team: &Team, projection: &Projection) -> Answer {
    let mut view = call.view().await?;
    show(call, &mut view, status, team, projection).await
}

async fn show(call: &Call, view: &mut View, status: StatusCode, team: &Team, projection: &Projection) -> Answer {
    let mut shown = render::groups(view, &call.app.public_url, std::slice::from_ref(team), projection).await?;
    let group = shown.pop().ok_or_else(|| Error::not_found(NO_SUCH_GROUP))?;
    let location = render::group_location(&call.app.public_url, team.id);
    Ok(render::resource(status, group.text, group.revision.number, &location)?)
}
