//! A SCIM request as handlers see it: who calls, what was asked, what was sent. Every fault of form is SCIM JSON.

use std::collections::HashMap;
use std::sync::Arc;

use axum::extract::{FromRequestParts, Path};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, StatusCode, header};
use bytes::Bytes;
use serde_json::Value;

use super::body::{self, Concern};
use super::fault::Fault;
use super::query::Query;
use crate::ctx::Ctx;
use crate::error::{Error, Result};
use crate::http::App;
use crate::http::room::Place;
use crate::model::Id;
use crate::model::token::ScimToken;
use crate::scim::ScimError;
use crate::scim::bulk::Operation;
use crate::scim::etag::IfMatch;
use crate::scim::filter::Filter;
use crate::scim::projection::Projection;
use crate::scim::schema::ResourceType;
use crate::scim::search::Search;
use crate::store::{Lent, Tx, View, Work};

/// Said where an id should stand and something else does, which no client got from here: a base URL with a part too much
/// puts it there.
const NO_ID: &str = "There is nothing at this address: what stands for an id is no id of ours.";

/// Who came in through the door, and with what; it rides on the request.
#[derive(Clone)]
pub struct Visit {
    /// The context of everything the request does.
    pub ctx: Ctx,
    /// The token it came with.
    pub token: ScimToken,
    /// The body, whole.
    pub body: Bytes,
    /// The connection the token was checked with, when nothing had to be waited for since.
    pub lent: Lent,
    /// The room a large body takes.
    pub room: Arc<Place>,
}

/// Everything a handler needs of a request.
pub struct Call {
    /// What every handler may use.
    pub app: App,
    /// The context of everything the request does.
    pub ctx: Ctx,
    /// The query parameters.
    pub query: Query,
    /// What the client demands of the version.
    pub if_match: IfMatch,
    /// Which versions the client has.
    pub if_none_match: IfMatch,
    last_segment: String,
    body: Body,
    lent: Lent,
    /// Held until the request is done with.
    _room: Option<Arc<Place>>,
}

/// What came with a request.
enum Body {
    /// Its body, as it came, and what it is about.
    Sent(Bytes, Concern),
    /// What an operation of a Bulk carried.
    Read(Value),
}

impl FromRequestParts<App> for Call {
    type Rejection = Fault;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Fault> {
        let visit = parts.extensions.remove::<Visit>();
        let visit = visit.ok_or_else(|| Error::internal("a SCIM handler was reached past the door"))?;
        let Path(segments) = Path::<HashMap<String, String>>::from_request_parts(parts, app)
            .await
            .map_err(|_| Fault::new(StatusCode::NOT_FOUND, "There is nothing at this address."))?;
        let if_none_match = tags(&parts.headers, &header::IF_NONE_MATCH);
        Ok(Self {
            app: App::clone(app),
            ctx: visit.ctx,
            query: Query::read(&parts.uri)?,
            if_match: tags(&parts.headers, &header::IF_MATCH).unless(if_none_match.clone()),
            if_none_match,
            last_segment: segments.into_values().next().unwrap_or_default(),
            body: Body::Sent(visit.body, Concern::of(&parts.method, parts.uri.path())),
            lent: visit.lent,
            _room: Some(visit.room),
        })
    }
}

/// The tags of a header. Several lines of it are one list (RFC 9110 §5.3); one that is no text names no version.
pub(in crate::http) fn tags(headers: &HeaderMap, name: &HeaderName) -> IfMatch {
    let lines: Vec<&str> = headers.get_all(name).iter().map(|line| line.to_str().unwrap_or_default()).collect();
    IfMatch::parse((!lines.is_empty()).then(|| lines.join(",")).as_deref())
}

impl Call {
    /// An operation of a Bulk as the request it would be by itself, in the name and for the cause of this one. It asks
    /// to be shown no more than who it concerned.
    #[must_use]
    pub fn operation(&self, operation: Operation) -> Self {
        Self {
            app: App::clone(&self.app),
            ctx: self.ctx.clone(),
            query: Query::of("attributes", "id"),
            if_match: IfMatch::parse(operation.version.as_deref()),
            if_none_match: IfMatch::Absent,
            last_segment: operation.id.unwrap_or_default(),
            body: Body::Read(operation.data.unwrap_or_default()),
            lent: self.lent.clone(),
            _room: None,
        }
    }

    /// A connection to read with: the one that came through the door, while it is there.
    ///
    /// # Errors
    /// `Busy` when none is free in time or the database is away.
    pub async fn view(&self) -> Result<View> {
        self.app.db.view_on(&self.lent).await
    }

    /// A connection for a search with these filters, once it is its turn.
    ///
    /// # Errors
    /// [`Busy::Search`](crate::error::Busy::Search) when it does not come in time; as [`Call::view`].
    pub async fn search<'f>(&self, filters: impl IntoIterator<Item = &'f Option<Filter>>) -> Result<View> {
        let turn = self.app.turns.wait(filters, &self.lent).await?;
        let mut view = self.view().await?;
        if let Some(turn) = turn {
            view.keep(turn).await?;
        }
        Ok(view)
    }

    /// Does a unit of work in the name of whoever calls.
    ///
    /// # Errors
    /// Whatever the work refuses; then nothing was changed and nothing was said.
    pub async fn unit<T, A, F>(&self, args: &A, work: F) -> Result<T>
    where
        A: Sync + ?Sized,
        F: for<'t> Fn(&'t mut Tx, &'t A) -> Work<'t, T> + Sync,
    {
        self.app.db.unit_on(&self.lent, &self.ctx, args, work).await
    }

    /// The last segment of the path, decoded.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.last_segment
    }

    /// The last segment as an id; text that could be no id names nothing.
    ///
    /// # Errors
    /// [`Error::NotFound`] with [`NO_ID`].
    pub fn id(&self) -> Result<Id> {
        Id::parse(&self.last_segment).ok_or_else(|| Error::not_found(NO_ID))
    }

    /// The body as a JSON object.
    ///
    /// # Errors
    /// `invalidSyntax`.
    pub fn json(&self) -> Result<Value, ScimError> {
        match &self.body {
            Body::Sent(bytes, concern) => body::parse(bytes, *concern),
            Body::Read(value) => Ok(value.clone()),
        }
    }

    /// What the client wants to see.
    ///
    /// # Errors
    /// `invalidValue`.
    pub fn projection(&self, resource: &'static ResourceType) -> Result<Projection, ScimError> {
        Projection::parse(self.query.get("attributes"), self.query.get("excludedAttributes"), resource)
    }

    /// What the query asks of a list.
    ///
    /// # Errors
    /// `invalidValue` or `invalidCount`.
    pub fn asked(&self) -> Result<Search, ScimError> {
        Search::from_query(|name| self.query.get(name))
    }

    /// What the body of a `.search` asks of a list.
    ///
    /// # Errors
    /// `invalidSyntax`, `invalidValue` or `invalidCount`.
    pub fn asked_in_body(&self) -> Result<Search, ScimError> {
        Search::from_body(&self.json()?)
    }
}
