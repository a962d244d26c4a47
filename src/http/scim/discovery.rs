//! `/ServiceProviderConfig`, `/ResourceTypes`, `/Schemas` (RFC 7644 §4): generated from what is enforced.

use axum::extract::{Path, State};
use axum::http::{StatusCode, Uri};

use super::fault::{Answer, Fault};
use super::query::Query;
use super::render;
use crate::error::Error;
use crate::http::App;
use crate::scim::discovery;

/// `GET /ServiceProviderConfig`.
pub(in crate::http) async fn service_provider_config(State(app): State<App>) -> Answer {
    Ok(render::json(StatusCode::OK, &discovery::service_provider_config(&render::base(&app.public_url)))?)
}

/// `GET /ResourceTypes`.
pub(in crate::http) async fn resource_types(State(app): State<App>, uri: Uri) -> Answer {
    refuse_filter(&uri)?;
    Ok(render::json(StatusCode::OK, &discovery::resource_types(&render::base(&app.public_url)))?)
}

/// `GET /ResourceTypes/{name}`.
pub(in crate::http) async fn resource_type(State(app): State<App>, Path(name): Path<String>) -> Answer {
    let found = discovery::resource_type(&render::base(&app.public_url), &name);
    let found = found.ok_or_else(|| Error::not_found("There is no resource type of this name."))?;
    Ok(render::json(StatusCode::OK, &found)?)
}

/// `GET /Schemas`.
pub(in crate::http) async fn schemas(State(app): State<App>, uri: Uri) -> Answer {
    refuse_filter(&uri)?;
    Ok(render::json(StatusCode::OK, &discovery::schemas(&render::base(&app.public_url)))?)
}

/// `GET /Schemas/{urn}`.
pub(in crate::http) async fn schema(State(app): State<App>, Path(urn): Path<String>) -> Answer {
    let found = discovery::schema(&render::base(&app.public_url), &urn);
    let found = found.ok_or_else(|| Error::not_found("There is no schema with this URN."))?;
    Ok(render::json(StatusCode::OK, &found)?)
}

/// Discovery cannot be filtered (RFC 7644 §4): whoever tries must not take everything for a match.
fn refuse_filter(uri: &Uri) -> Result<(), Fault> {
    match Query::read(uri)?.get("filter") {
        Some(_) => Err(Fault::new(StatusCode::FORBIDDEN, "Discovery endpoints take no filter.")),
        None => Ok(()),
    }
}
