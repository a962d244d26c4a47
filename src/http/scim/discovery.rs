//! `/ServiceProviderConfig`, `/ResourceTypes`, `/Schemas` (RFC 7644 §4): generated from what is enforced.

use axum::http::StatusCode;
use serde_json::Value;

use super::call::Call;
use super::fault::{Answer, Fault};
use super::render;
use crate::error::Error;
use crate::scim::discovery;

/// `GET /ServiceProviderConfig`.
pub(in crate::http) async fn service_provider_config(call: Call) -> Answer {
    show(&call, Some(discovery::service_provider_config(&base(&call))))
}

/// `GET /ResourceTypes`.
pub(in crate::http) async fn resource_types(call: Call) -> Answer {
    show(&call, Some(discovery::resource_types(&base(&call))))
}

/// `GET /ResourceTypes/{name}`.
pub(in crate::http) async fn resource_type(call: Call) -> Answer {
    show(&call, discovery::resource_type(&base(&call), call.name()))
}

/// `GET /Schemas`.
pub(in crate::http) async fn schemas(call: Call) -> Answer {
    show(&call, Some(discovery::schemas(&base(&call))))
}

/// `GET /Schemas/{urn}`.
pub(in crate::http) async fn schema(call: Call) -> Answer {
    show(&call, discovery::schema(&base(&call), call.name()))
}

/// `/Me` (RFC 7644 §3.11): a token stands for an application, not for a person, so there is nobody to show or change.
pub(in crate::http) async fn me(_: Call) -> Answer {
    Err(Fault::new(StatusCode::NOT_IMPLEMENTED, "A SCIM token is no person, so /Me names nobody; ask for /Users/{id}."))
}

fn base(call: &Call) -> String {
    render::base(&call.app.public_url)
}

/// Discovery cannot be filtered (RFC 7644 §4): whoever tries must not take everything for a match.
fn show(call: &Call, found: Option<Value>) -> Answer {
    if call.query.get("filter").is_some() {
        return Err(Fault::new(StatusCode::FORBIDDEN, "Discovery endpoints take no filter."));
    }
    let found = found.ok_or_else(|| Error::not_found("There is no schema or resource type of this name."))?;
    Ok(render::json(StatusCode::OK, &found)?)
}
