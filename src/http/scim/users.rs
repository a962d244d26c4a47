//! `/Users`.

use axum::Extension;
use axum::extract::{Path, State};
use axum::http::header::IF_MATCH;
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;

use super::body;
use super::door::Caller;
use super::fault::{Answer, Fault};
use super::query::Query;
use super::render;
use crate::directory::incoming::Person;
use crate::directory::users as verbs;
use crate::error::{Error, Result};
use crate::http::App;
use crate::model::{Id, User};
use crate::scim::etag::IfMatch;
use crate::scim::list::{ListResponse, Page};
use crate::scim::projection::Projection;
use crate::scim::schema::USER;
use crate::scim::{filter, patch};
use crate::store::{scim_search, users};

/// `GET /Users`: a page of people, filtered.
pub(in crate::http) async fn list(State(app): State<App>, uri: Uri) -> Answer {
    let query = Query::read(&uri)?;
    let page = Page::parse(query.get("startIndex"), query.get("count"))?;
    let filter = query.get("filter").map(|text| filter::parse(text, &USER)).transpose()?;
    let projection = projection(&query)?;
    let mut view = app.db.view().await?;
    let found = scim_search::users(&mut view, filter.as_ref(), page).await?;
    let shown = render::users(&mut view, &app.public_url, &found.page, &projection).await?;
    Ok(render::json(StatusCode::OK, &ListResponse::new(found.total, page.start, shown))?)
}

/// `GET /Users/{id}`.
pub(in crate::http) async fn get(State(app): State<App>, Path(id): Path<String>, uri: Uri) -> Answer {
    let projection = projection(&Query::read(&uri)?)?;
    let mut view = app.db.view().await?;
    let user = users::find_scim(&mut view, known(&id)?).await?.ok_or_else(|| Error::not_found(verbs::NO_SUCH_USER))?;
    drop(view);
    show(&app, StatusCode::OK, &user, &projection).await
}

/// `POST /Users`.
pub(in crate::http) async fn create(
    State(app): State<App>,
    Extension(caller): Extension<Caller>,
    uri: Uri,
    body: Bytes,
) -> Answer {
    let projection = projection(&Query::read(&uri)?)?;
    let person = Person::read(&body::parse(&body)?)?;
    let made = app.db.unit(&caller.ctx, &person, |tx, person| Box::pin(verbs::provision(tx, person))).await?;
    show(&app, StatusCode::CREATED, &made, &projection).await
}

/// `PUT /Users/{id}`.
pub(in crate::http) async fn replace(
    State(app): State<App>,
    Extension(caller): Extension<Caller>,
    Path(id): Path<String>,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Answer {
    let projection = projection(&Query::read(&uri)?)?;
    let work = (known(&id)?, Person::read(&body::parse(&body)?)?, if_match(&headers));
    let unit = app
        .db
        .unit(&caller.ctx, &work, |tx, (id, person, if_match)| Box::pin(verbs::replace(tx, *id, person, if_match)));
    show(&app, StatusCode::OK, &unit.await?, &projection).await
}

/// `PATCH /Users/{id}`: answers the person, whatever changed (RFC 7644 §3.5.2 allows it, Okta reads it).
pub(in crate::http) async fn patch(
    State(app): State<App>,
    Extension(caller): Extension<Caller>,
    Path(id): Path<String>,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Answer {
    let projection = projection(&Query::read(&uri)?)?;
    let operations = patch::parse(&body::parse(&body)?, &USER)?;
    let work = (known(&id)?, operations, if_match(&headers));
    let unit = app.db.unit(&caller.ctx, &work, |tx, (id, operations, if_match)| {
        Box::pin(verbs::patch(tx, *id, operations, if_match))
    });
    show(&app, StatusCode::OK, &unit.await?, &projection).await
}

/// `DELETE /Users/{id}`.
pub(in crate::http) async fn delete(
    State(app): State<App>,
    Extension(caller): Extension<Caller>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Answer {
    let work = (known(&id)?, if_match(&headers));
    app.db.unit(&caller.ctx, &work, |tx, (id, if_match)| Box::pin(verbs::delete(tx, *id, if_match))).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

async fn show(app: &App, status: StatusCode, user: &User, projection: &Projection) -> Result<Response, Fault> {
    let mut view = app.db.view().await?;
    let shown = render::users(&mut view, &app.public_url, std::slice::from_ref(user), projection).await?;
    let location = render::user_location(&app.public_url, user.scim_id.unwrap_or(user.id));
    Ok(render::resource(status, &shown.first(), user.version, &location)?)
}

fn projection(query: &Query) -> Result<Projection, Fault> {
    Ok(Projection::parse(query.get("attributes"), query.get("excludedAttributes"), &USER)?)
}

/// An id that could be one; any other text names nobody.
fn known(id: &str) -> Result<Id> {
    Id::parse(id).ok_or_else(|| Error::not_found(verbs::NO_SUCH_USER))
}

/// What the client demands of the version.
pub(super) fn if_match(headers: &HeaderMap) -> IfMatch {
    IfMatch::parse(headers.get(IF_MATCH).map(|value| value.to_str().unwrap_or_default()))
}
