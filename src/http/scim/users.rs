//! `/Users`.

use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};

use super::call::Call;
use super::fault::Answer;
use super::listing::Listing;
use super::render;
use crate::directory::incoming::Person;
use crate::directory::users as verbs;
use crate::directory::users::NO_SUCH_USER;
use crate::error::{Error, Result};
use crate::model::User;
use crate::model::user::ScimUser;
use crate::scim::etag::IfMatch;
use crate::scim::patch;
use crate::scim::projection::Projection;
use crate::scim::schema::USER;
use crate::scim::search::Search;
use crate::store::{Link, Tx, scim_list, users};

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
    let mut view = call.view().await?;
    let found = scim_list::users(&mut view, &listing.wanted).await?;
    let shown = render::users(&mut view, &call.app.public_url, &found.page, &listing.projection).await?;
    Ok(render::text(StatusCode::OK, listing.page(call, found.total, found.next.as_ref(), shown)?))
}

/// `GET /Users/{id}`. A version does not move with the teams of a person, so only answers without them are compared.
pub(in crate::http) async fn get(call: Call) -> Answer {
    let (id, looks) = (call.id(NO_SUCH_USER)?, Looks::of(&call)?);
    let mut view = call.view().await?;
    let user = users::find_scim(&mut view, id).await?.ok_or_else(|| Error::not_found(NO_SUCH_USER))?;
    let is_computed = ["groups", "roles"].iter().any(|name| looks.projection.wants(name));
    if !is_computed && call.if_none_match.names(user.version) {
        return Ok(render::unchanged(user.version)?);
    }
    Ok(looks.of_person(&mut view, &user).await?.answer(StatusCode::OK)?)
}

/// `POST /Users`.
pub(in crate::http) async fn create(call: Call) -> Answer {
    let work = (Person::read(&call.json()?)?, Looks::of(&call)?);
    let unit = call.app.db.unit(&call.ctx, &work, |tx, (person, looks)| {
        Box::pin(async move {
            let made = verbs::provision(tx, person).await?;
            looks.of_changed(tx, &made).await
        })
    });
    Ok(unit.await?.answer(StatusCode::CREATED)?)
}

/// `PUT /Users/{id}`.
pub(in crate::http) async fn replace(call: Call) -> Answer {
    let id = call.id(NO_SUCH_USER)?;
    let work = (Person::read(&call.json()?)?, Looks::of(&call)?);
    let unit = call.app.db.unit(&call.ctx, &work, |tx, (person, looks)| {
        Box::pin(async move {
            let user = verbs::replace(tx, id, person, looks.if_match).await?;
            looks.of_changed(tx, &user).await
        })
    });
    Ok(unit.await?.answer(StatusCode::OK)?)
}

/// `PATCH /Users/{id}`: answers the person, whatever changed (RFC 7644 §3.5.2 allows it, Okta reads it).
pub(in crate::http) async fn patch(call: Call) -> Answer {
    let id = call.id(NO_SUCH_USER)?;
    let work = (patch::parse(&call.json()?, &USER)?, Looks::of(&call)?);
    let unit = call.app.db.unit(&call.ctx, &work, |tx, (operations, looks)| {
        Box::pin(async move {
            let user = verbs::patch(tx, id, operations, looks.if_match).await?;
            looks.of_changed(tx, &user).await
        })
    });
    Ok(unit.await?.answer(StatusCode::OK)?)
}

/// `DELETE /Users/{id}`.
pub(in crate::http) async fn delete(call: Call) -> Answer {
    let work = (call.id(NO_SUCH_USER)?, &call.if_match);
    call.app.db.unit(&call.ctx, &work, |tx, (id, if_match)| Box::pin(verbs::delete(tx, *id, if_match))).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// How a person is to be shown, and what the client demands of the version it changes.
struct Looks<'c> {
    public_url: &'c str,
    projection: Projection,
    if_match: &'c IfMatch,
}

/// A person as an answer.
struct Shown {
    text: String,
    version: i64,
    location: String,
}

impl<'c> Looks<'c> {
    fn of(call: &'c Call) -> Result<Self> {
        Ok(Self { public_url: &call.app.public_url, projection: call.projection(&USER)?, if_match: &call.if_match })
    }

    async fn of_person(&self, link: &mut impl Link, user: &ScimUser) -> Result<Shown> {
        let people = std::slice::from_ref(user);
        let text = render::users(link, self.public_url, people, &self.projection).await?.concat();
        Ok(Shown { text, version: user.version, location: render::user_location(self.public_url, user.scim_id) })
    }

    /// A person whom this unit wrote: read on the same connection, because another would cost a round trip.
    async fn of_changed(&self, tx: &mut Tx, user: &User) -> Result<Shown> {
        self.of_person(tx, &user.into()).await
    }
}

impl Shown {
    fn answer(self, status: StatusCode) -> Result<Response> {
        render::resource(status, self.text, self.version, &self.location)
    }
}
