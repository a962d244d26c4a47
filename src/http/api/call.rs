//! A request to the platform as handlers see it: who calls, what was asked, what was sent.

use std::collections::HashMap;

use axum::extract::{FromRequest, FromRequestParts, Path, Request};
use axum::http::header::{CONTENT_ENCODING, CONTENT_TYPE, IF_MATCH};
use axum::http::{HeaderMap, Method, StatusCode, Uri};
use bytes::Bytes;

use super::door::Visit;
use super::fields::Fields;
use crate::access::callers::Proven;
use crate::ctx::Ctx;
use crate::error::{Error, Result};
use crate::http::App;
use crate::http::body;
use crate::http::problem::Problem;
use crate::http::scim::call::tags;
use crate::model::Id;
use crate::model::policy::Caller;
use crate::scim::etag::IfMatch;
use crate::store::{Lent, Tx, View, Work};

/// The largest body that is taken.
pub const MAX_BODY: usize = 1024 * 1024;

/// A form that a page of the console sent, field by field as it came.
#[derive(Clone, Debug, Default)]
pub struct Form(Vec<(String, String)>);

impl Form {
    /// Reads what a browser sends of a form.
    #[must_use]
    pub fn read(body: &[u8]) -> Self {
        Self(form_urlencoded::parse(body).into_owned().collect())
    }

    /// How many fields came.
    #[must_use]
    pub fn count(&self) -> usize {
        self.0.len()
    }

    /// The names of the fields that came.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|(name, _)| name.as_str())
    }

    /// The first value of a field.
    #[must_use]
    pub fn first(&self, name: &str) -> Option<&str> {
        self.all(name).next()
    }

    /// Every value of a field that may come several times, as ticked boxes do.
    pub fn all(&self, name: &str) -> impl Iterator<Item = &str> {
        self.0.iter().filter(move |(field, _)| field == name).map(|(_, value)| value.as_str())
    }

    /// The fields, to be read one by one; without the token of writes and without those that are read apart.
    ///
    /// # Errors
    /// [`Error::Invalid`] for one that is given twice.
    pub fn fields(&self, apart: &[&str]) -> Result<Fields> {
        let pairs = self.0.iter().filter(|(name, _)| name != CSRF_FIELD && !apart.contains(&name.as_str()));
        Fields::of_pairs(pairs.map(|(name, value)| (name.as_str(), value.as_str())))
    }
}

/// The field of a form that carries the session's token of writes.
pub const CSRF_FIELD: &str = "csrf";

/// Everything a handler needs of a request.
pub struct Call {
    /// What every handler may use.
    pub app: App,
    /// The context of everything the request does.
    pub ctx: Ctx,
    /// The headers.
    pub headers: HeaderMap,
    /// The form that a page sent; empty where none did.
    pub form: Form,
    visit: Option<Visit>,
    segments: HashMap<String, String>,
    method: Method,
    uri: Uri,
    body: Bytes,
    lent: Lent,
}

impl FromRequest<App> for Call {
    type Rejection = Problem;

    async fn from_request(request: Request, app: &App) -> Result<Self, Problem> {
        let (mut parts, body) = request.into_parts();
        let visit = parts.extensions.get::<Visit>().cloned();
        let ctx = visit.as_ref().map(|visit| visit.ctx.clone()).or_else(|| parts.extensions.get::<Ctx>().cloned());
        let ctx = ctx.ok_or_else(|| Error::internal("a handler of the platform was reached past the door"))?;
        let nothing = |_| Problem::new(StatusCode::NOT_FOUND, "There is nothing at this address.");
        let Path(segments) =
            Path::<HashMap<String, String>>::from_request_parts(&mut parts, app).await.map_err(nothing)?;
        let body = read(&parts.headers, body).await?;
        Ok(Self {
            app: App::clone(app),
            ctx,
            lent: visit.as_ref().map(|visit| visit.lent.clone()).unwrap_or_default(),
            visit,
            form: parts.extensions.remove().unwrap_or_default(),
            headers: parts.headers,
            segments,
            method: parts.method,
            uri: parts.uri,
            body,
        })
    }
}

/// Reads a body that calls itself JSON, or none. Other types are refused: a form of a foreign page can send those.
async fn read(headers: &HeaderMap, body: axum::body::Body) -> Result<Bytes, Problem> {
    let body = body::read(headers, body, MAX_BODY).await.map_err(|why| Problem::unread(why, MAX_BODY))?;
    if body.is_empty() {
        return Ok(body);
    }
    let media = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let is_json = media.split(';').next().unwrap_or_default().trim().eq_ignore_ascii_case("application/json");
    if !is_json || headers.contains_key(CONTENT_ENCODING) {
        let detail = "Bodies are application/json, as they are: set Content-Type, and compress nothing.";
        return Err(Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, detail));
    }
    Ok(body)
}

impl Call {
    /// Who calls, and by what.
    ///
    /// # Errors
    /// An internal error on a route that anybody may call.
    pub fn proven(&self) -> Result<&Proven> {
        let visit =
            self.visit.as_ref().ok_or_else(|| Error::internal("a route that is open to anybody has no caller"))?;
        Ok(&visit.proven)
    }

    /// Who calls.
    ///
    /// # Errors
    /// An internal error on a route that anybody may call.
    pub fn caller(&self) -> Result<&Caller> {
        self.proven().map(|proven| &proven.caller)
    }

    /// What goes with writes of this session.
    #[must_use]
    pub fn csrf(&self) -> Option<&str> {
        self.visit.as_ref().and_then(|visit| visit.csrf.as_deref())
    }

    /// The segment of the path that names something, as an id; what could be no id names nothing.
    ///
    /// # Errors
    /// [`Error::NotFound`] with that sentence.
    pub fn id(&self, missing: &'static str) -> Result<Id> {
        self.id_of("id", missing)
    }

    /// The path that was asked for.
    #[must_use]
    pub fn path(&self) -> &str {
        self.uri.path()
    }

    /// Whether only the headers of an answer are asked for.
    #[must_use]
    pub fn is_head(&self) -> bool {
        self.method == Method::HEAD
    }

    /// A segment of the path by its name, where there are several.
    #[must_use]
    pub fn part(&self, name: &str) -> &str {
        self.segments.get(name).map_or("", String::as_str)
    }

    /// The same for another segment than `{id}`.
    ///
    /// # Errors
    /// [`Error::NotFound`] with that sentence.
    pub fn id_of(&self, name: &str, missing: &'static str) -> Result<Id> {
        self.segments.get(name).and_then(|text| Id::parse(text)).ok_or_else(|| Error::not_found(missing))
    }

    /// The one segment as it came, for what is named by somebody else's ids.
    #[must_use]
    pub fn segment(&self) -> &str {
        self.segments.values().next().map_or("", String::as_str)
    }

    /// What is demanded of the version that is changed.
    #[must_use]
    pub fn if_match(&self) -> IfMatch {
        tags(&self.headers, &IF_MATCH)
    }

    /// The body's fields.
    ///
    /// # Errors
    /// What keeps it from being a JSON object.
    pub fn body(&self) -> Result<Fields> {
        Fields::of_body(&self.body)
    }

    /// The query's fields.
    ///
    /// # Errors
    /// [`Error::Invalid`] for one that is given twice.
    pub fn query(&self) -> Result<Fields> {
        Fields::of_query(&self.uri)
    }

    /// The query as a form: for a page that shows what was asked, also where it cannot be taken.
    #[must_use]
    pub fn asked(&self) -> Form {
        Form::read(self.uri.query().unwrap_or_default().as_bytes())
    }

    /// A connection to read with: the one that came through the door, while it is there.
    ///
    /// # Errors
    /// `Busy` when none is free in time or the database is away.
    pub async fn view(&self) -> Result<View> {
        self.app.db.view_on(&self.lent).await
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
        self.unit_as(&self.ctx, args, work).await
    }

    /// The same in a context of its own.
    ///
    /// # Errors
    /// Whatever the work refuses; then nothing was changed and nothing was said.
    pub async fn unit_as<T, A, F>(&self, ctx: &Ctx, args: &A, work: F) -> Result<T>
    where
        A: Sync + ?Sized,
        F: for<'t> Fn(&'t mut Tx, &'t A) -> Work<'t, T> + Sync,
    {
        self.app.db.unit_on(&self.lent, ctx, args, work).await
    }
}
