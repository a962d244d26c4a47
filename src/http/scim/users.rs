//! `/Users`.

use axum::http::StatusCode;
use axum::response::IntoResponse;

use super::call::Call;
use super::fault::Answer;
use super::listing::Listing;
use super::render;
use crate::directory::incoming::Person;
use crate::directory::users as verbs;
use crate::directory::users::NO_SUCH_USER;
use crate::error::Error;
use crate::model::User;
use crate::model::user::ScimUser;
use crate::scim::patch;
use crate::scim::projection::Projection;
use crate::scim::schema::USER;
use crate::scim::search::Search;
use crate::store::{View, scim_list, users};

/// `GET /Users`: a page of people, filtered and ordered.
pub(in crate::http) async fn list(call: Call) -> Answer {
    answer(&call, &call.asked()?).await
}

/// `POST /Users/.search`: the same, asked in a body.
pub(in crate::http) async fn search(call: Call) -> Answer {
    answer(&call, &call.asked_in_body()?).await
}

async fn answer(call: &Call, asked: &Search) -> Answer {
    let listing = Listing::read(call, asked, &USER)?;
    let mut view = call.search([&listing.wanted.filter]).await?;
    let found = scim_list::users(&mut view, &listing.wanted).await?;
    let shown = render::users(&mut view, &call.app.public_url, &found.page, &listing.projection).await?;
    // Who waits for room to answer holds up no search.
    drop(view);
    Ok(listing.page(call, found.total, found.next.as_ref(), shown).await?)
}

/// `GET /Users/{id}`. A version does not move with the teams of a person, so only answers without them are compared.
pub(in crate::http) async fn get(call: Call) -> Answer {
    let (id, projection) = (call.id()?, call.projection(&USER)?);
    let mut view = call.view().await?;
    let user = users::find_scim(&mut view, id).await?.ok_or_else(|| Error::not_found(NO_SUCH_USER))?;
    let is_computed = ["groups", "roles"].iter().any(|name| projection.wants(name));
    if !is_computed && call.if_none_match.names(user.version) {
        return Ok(render::unchanged(user.version)?);
    }
    show(&call, &mut view, StatusCode::OK, &user, &projection).await
}

/// `POST /Users`.
pub(in crate::http) async fn create(call: Call) -> Answer {
    let projection = call.projection(&USER)?;
    let person = Person::read(call.json()?)?;
    let made = call.unit(&person, |tx, person| Box::pin(verbs::provision(tx, person))).await?;
    show_changed(&call, StatusCode::CREATED, &made, &projection).await
}

/// `PUT /Users/{id}`.
pub(in crate::http) async fn replace(call: Call) -> Answer {
    let (id, projection) = (call.id()?, call.projection(&USER)?);
    let work = (id, Person::read(call.json()?)?, &call.if_match);
    let unit = call.unit(&work, |tx, (id, person, if_match)| Box::pin(verbs::replace(tx, *id, person, if_match)));
    show_changed(&call, StatusCode::OK, &unit.await?, &projection).await
}

/// `PATCH /Users/{id}`: answers the person, whatever changed (RFC 7644 §3.5.2 allows it, Okta reads it).
pub(in crate::http) async fn patch(call: Call) -> Answer {
    let (id, projection) = (call.id()?, call.projection(&USER)?);
    let work = (id, patch::parse(call.json()?, &USER)?, &call.if_match);
    let unit = call.unit(&work, |tx, (id, operations, if_match)| Box::pin(verbs::patch(tx, *id, operations, if_match)));
    show_changed(&call, StatusCode::OK, &unit.await?, &projection).await
}

/// `DELETE /Users/{id}`.
pub(in crate::http) async fn delete(call: Call) -> Answer {
    let work = (call.id()?, &call.if_match);
    call.unit(&work, |tx, (id, if_match)| Box::pin(verbs::delete(tx, *id, if_match))).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// A person who was just written.
async fn show_changed(call: &Call, status: StatusCode, user: &User, projection: &Projection) -> Answer {
    let mut view = call.view().await?;
    show(call, &mut view, status, &user.into(), projection).await
}

async fn show(call: &Call, view: &mut View, status: StatusCode, user: &ScimUser, projection: &Projection) -> Answer {
    let people = std::slice::from_ref(user);
    let shown = render::users(view, &call.app.public_url, people, projection).await?.concat();
    let location = render::user_location(&call.app.public_url, user.scim_id);
    Ok(render::resource(status, shown, user.version, &location)?)
}
