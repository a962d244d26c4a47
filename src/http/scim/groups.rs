//! `/Groups`.

use axum::Extension;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;

use super::body;
use super::door::Caller;
use super::fault::{Answer, Fault};
use super::query::Query;
use super::render;
use super::users::if_match;
use crate::directory::incoming::Group;
use crate::directory::teams as verbs;
use crate::directory::teams::Change;
use crate::error::{Error, Result};
use crate::http::App;
use crate::model::{Id, Team};
use crate::scim::list::{ListResponse, Page};
use crate::scim::projection::Projection;
use crate::scim::schema::GROUP;
use crate::scim::{filter, patch};
use crate::store::{scim_search, teams};

/// `GET /Groups`: a page of groups, filtered.
pub(in crate::http) async fn list(State(app): State<App>, uri: Uri) -> Answer {
    let query = Query::read(&uri)?;
    let page = Page::parse(query.get("startIndex"), query.get("count"))?;
    let filter = query.get("filter").map(|text| filter::parse(text, &GROUP)).transpose()?;
    let projection = projection(&query)?;
    let mut view = app.db.view().await?;
    let found = scim_search::groups(&mut view, filter.as_ref(), page).await?;
    let shown = render::groups(&mut view, &app.public_url, &found.page, &projection).await?;
    let bodies = shown.into_iter().map(|group| group.body).collect();
    Ok(render::json(StatusCode::OK, &ListResponse::new(found.total, page.start, bodies))?)
}

/// `GET /Groups/{id}`.
pub(in crate::http) async fn get(State(app): State<App>, Path(id): Path<String>, uri: Uri) -> Answer {
    let projection = projection(&Query::read(&uri)?)?;
    let mut view = app.db.view().await?;
    let team = teams::find_scim(&mut view, known(&id)?).await?.ok_or_else(|| Error::not_found(verbs::NO_SUCH_GROUP))?;
    drop(view);
    show(&app, StatusCode::OK, &team, &projection).await
}

/// `POST /Groups`.
pub(in crate::http) async fn create(
    State(app): State<App>,
    Extension(caller): Extension<Caller>,
    uri: Uri,
    body: Bytes,
) -> Answer {
    let projection = projection(&Query::read(&uri)?)?;
    let group = Group::read(&body::parse(&body)?)?;
    let made = app.db.unit(&caller.ctx, &group, |tx, group| Box::pin(verbs::create(tx, group))).await?;
    show(&app, StatusCode::CREATED, &made, &projection).await
}

/// `PUT /Groups/{id}`.
pub(in crate::http) async fn replace(
    State(app): State<App>,
    Extension(caller): Extension<Caller>,
    Path(id): Path<String>,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Answer {
    let projection = projection(&Query::read(&uri)?)?;
    let work = (known(&id)?, Group::read(&body::parse(&body)?)?, if_match(&headers));
    let unit =
        app.db.unit(&caller.ctx, &work, |tx, (id, group, if_match)| Box::pin(verbs::replace(tx, *id, group, if_match)));
    show(&app, StatusCode::OK, &unit.await?, &projection).await
}

/// `PATCH /Groups/{id}`: answers nothing, unless the client says what it wants to see.
pub(in crate::http) async fn patch(
    State(app): State<App>,
    Extension(caller): Extension<Caller>,
    Path(id): Path<String>,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Answer {
    let projection = projection(&Query::read(&uri)?)?;
    let (operations, members) = patch::split_members(patch::parse(&body::parse(&body)?, &GROUP)?)?;
    let work = (known(&id)?, Change { operations, members }, if_match(&headers));
    let unit =
        app.db.unit(&caller.ctx, &work, |tx, (id, change, if_match)| Box::pin(verbs::patch(tx, *id, change, if_match)));
    let team = unit.await?;
    if projection.asked() {
        return show(&app, StatusCode::OK, &team, &projection).await;
    }
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// `DELETE /Groups/{id}`.
pub(in crate::http) async fn delete(
    State(app): State<App>,
    Extension(caller): Extension<Caller>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Answer {
    let work = (known(&id)?, if_match(&headers));
    app.db.unit(&caller.ctx, &work, |tx, (id, if_match)| Box::pin(verbs::archive(tx, *id, if_match))).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

async fn show(app: &App, status: StatusCode, team: &Team, projection: &Projection) -> Result<Response, Fault> {
    let mut view = app.db.view().await?;
    let mut shown = render::groups(&mut view, &app.public_url, std::slice::from_ref(team), projection).await?;
    let group = shown.pop().ok_or_else(|| Error::not_found(verbs::NO_SUCH_GROUP))?;
    let location = render::group_location(&app.public_url, team.id);
    Ok(render::resource(status, &group.body, group.revision.number, &location)?)
}

fn projection(query: &Query) -> Result<Projection, Fault> {
    Ok(Projection::parse(query.get("attributes"), query.get("excludedAttributes"), &GROUP)?)
}

/// An id that could be one; any other text names nothing.
fn known(id: &str) -> Result<Id> {
    Id::parse(id).ok_or_else(|| Error::not_found(verbs::NO_SUCH_GROUP))
}
