//! `/Users`.

use axum::http::StatusCode;
use axum::response::IntoResponse;

use super::call::Call;
use super::fault::Answer;
use super::render;
use crate::directory::incoming::Person;
use crate::directory::users as verbs;
use crate::directory::users::NO_SUCH_USER;
use crate::error::Error;
use crate::model::User;
use crate::scim::list::ListResponse;
use crate::scim::patch;
use crate::scim::projection::Projection;
use crate::scim::schema::USER;
use crate::store::{scim_search, users};

/// `GET /Users`: a page of people, filtered.
pub(in crate::http) async fn list(call: Call) -> Answer {
    let (page, filter) = call.listing(&USER)?;
    let projection = call.projection(&USER)?;
    let mut view = call.app.db.view().await?;
    let found = scim_search::users(&mut view, filter.as_ref(), page).await?;
    let shown = render::users(&mut view, &call.app.public_url, &found.page, &projection).await?;
    Ok(render::json(StatusCode::OK, &ListResponse::new(found.total, page.start, shown))?)
}

/// `GET /Users/{id}`.
pub(in crate::http) async fn get(call: Call) -> Answer {
    let (id, projection) = (call.id(NO_SUCH_USER)?, call.projection(&USER)?);
    let found = users::find_scim(&mut call.app.db.view().await?, id).await?;
    show(&call, StatusCode::OK, &found.ok_or_else(|| Error::not_found(NO_SUCH_USER))?, &projection).await
}

/// `POST /Users`.
pub(in crate::http) async fn create(call: Call) -> Answer {
    let projection = call.projection(&USER)?;
    let person = Person::read(&call.json()?)?;
    let made = call.app.db.unit(&call.ctx, &person, |tx, person| Box::pin(verbs::provision(tx, person))).await?;
    show(&call, StatusCode::CREATED, &made, &projection).await
}

/// `PUT /Users/{id}`.
pub(in crate::http) async fn replace(call: Call) -> Answer {
    let (id, projection) = (call.id(NO_SUCH_USER)?, call.projection(&USER)?);
    let work = (id, Person::read(&call.json()?)?, &call.if_match);
    let unit = call
        .app
        .db
        .unit(&call.ctx, &work, |tx, (id, person, if_match)| Box::pin(verbs::replace(tx, *id, person, if_match)));
    show(&call, StatusCode::OK, &unit.await?, &projection).await
}

/// `PATCH /Users/{id}`: answers the person, whatever changed (RFC 7644 §3.5.2 allows it, Okta reads it).
pub(in crate::http) async fn patch(call: Call) -> Answer {
    let (id, projection) = (call.id(NO_SUCH_USER)?, call.projection(&USER)?);
    let work = (id, patch::parse(&call.json()?, &USER)?, &call.if_match);
    let unit = call
        .app
        .db
        .unit(&call.ctx, &work, |tx, (id, operations, if_match)| Box::pin(verbs::patch(tx, *id, operations, if_match)));
    show(&call, StatusCode::OK, &unit.await?, &projection).await
}

/// `DELETE /Users/{id}`.
pub(in crate::http) async fn delete(call: Call) -> Answer {
    let work = (call.id(NO_SUCH_USER)?, &call.if_match);
    call.app.db.unit(&call.ctx, &work, |tx, (id, if_match)| Box::pin(verbs::delete(tx, *id, if_match))).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

async fn show(call: &Call, status: StatusCode, user: &User, projection: &Projection) -> Answer {
    let mut view = call.app.db.view().await?;
    let shown = render::users(&mut view, &call.app.public_url, std::slice::from_ref(user), projection).await?;
    let location = render::user_location(&call.app.public_url, user.scim_id.unwrap_or(user.id));
    Ok(render::resource(status, &shown.first(), user.version, &location)?)
}
