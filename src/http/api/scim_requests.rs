//! `/api/scim/requests`: every request under `/scim` of late, refused ones too, as the log keeps them: with their secrets
//! masked.

use std::time::Duration;

use axum::Json;
use axum::response::IntoResponse;
use serde::Serialize;
use serde_json::{Value, json};

use super::call::Call;
use super::fields::Fields;
use super::pages;
use crate::audit::search;
use crate::clock::Time;
use crate::error::{Error, Result};
use crate::http::problem::Answer;
use crate::http::scim::hints;
use crate::model::Id;
use crate::store::Link;
use crate::store::scim_request_list::{self, Filter, LoggedRequest, Page, Place};

/// Said of what names no request.
pub(in crate::http) const NO_SUCH_REQUEST: &str = "There is no SCIM request with this id; they are kept for 14 days.";
/// Later than any request can have come: where the first page begins.
const LATER: Duration = Duration::from_hours(24);
/// Where paths of resources begin, for a filter that only names the resource.
const BASE: &str = "/scim/v2/";
/// The longest value of a filter.
const MAX_VALUE: usize = 256;
const NO_STATUS: &str = "must be a status such as 409, or a class such as 4xx";
pub(in crate::http) const NO_MOMENT: &str =
    "must be a moment such as 2026-03-01T12:00:00Z, or how long ago, such as 12h or 7d";
const NO_FLAG: &str = "must be true or false";
const ALONE: &str = "goes with no other filter: a cause is one story";
pub(super) const NO_CURSOR: &str = "is none that this server gave; begin again without one";

/// What was asked for.
pub(in crate::http) struct Wish {
    /// What must hold.
    pub filter: Filter,
    /// Only what has this cause.
    pub cause: Option<Id>,
    /// Where the page before ended.
    pub before: Option<Place>,
}

impl Wish {
    /// Reads the filters; what is empty is not given, as forms send it.
    pub fn read(query: &mut Fields, now: Time) -> Self {
        let mut text = |field| plain(query, field);
        let [status, method, path, token] = ["status", "method", "path", "token"].map(&mut text);
        let [since, until, failed, cause, cursor] = ["since", "until", "failed", "cause", "cursor"].map(&mut text);
        let filter = Filter {
            statuses: taken(query, "status", &status, statuses, NO_STATUS).unwrap_or(Filter::default().statuses),
            method: method.to_uppercase(),
            path: if path.is_empty() || path.starts_with('/') { path } else { format!("{BASE}{path}") },
            token,
            since: taken(query, "since", &since, |text| search::moment(text, now), NO_MOMENT),
            until: taken(query, "until", &until, |text| search::moment(text, now), NO_MOMENT),
            failed: taken(query, "failed", &failed, |text| text.parse().ok(), NO_FLAG).unwrap_or(false),
        };
        let cause = taken(query, "cause", &cause, Id::parse, "must be an id, as this server writes them");
        let before = taken(query, "cursor", &cursor, place, NO_CURSOR);
        if cause.is_some() && filter.is_given() {
            query.refuse("cause", ALONE);
        }
        Self { filter, cause, before }
    }

    /// The page that was asked for.
    ///
    /// # Errors
    /// What the engine reports.
    pub async fn page(&self, link: &mut impl Link, now: Time, limit: u32) -> Result<Page> {
        if let Some(cause) = self.cause {
            let requests = scim_request_list::of_cause(link, cause).await?;
            return Ok(Page { requests, next: None });
        }
        let before = self.before.unwrap_or((now.plus(LATER), Id::fresh()));
        scim_request_list::list(link, &self.filter, before, limit as usize).await
    }
}

/// A value without control characters, which nothing in the log has; empty where it is not given.
pub(super) fn plain(query: &mut Fields, field: &'static str) -> String {
    let text = query.given(field, MAX_VALUE).unwrap_or_default();
    if text.chars().any(char::is_control) {
        query.refuse(field, "must hold no control characters");
        return String::new();
    }
    text.trim().to_owned()
}

/// A value that is given and can be read.
pub(super) fn taken<T>(
    query: &mut Fields,
    field: &'static str,
    text: &str,
    read: impl Fn(&str) -> Option<T>,
    fault: &'static str,
) -> Option<T> {
    if text.is_empty() {
        return None;
    }
    let read = read(text);
    if read.is_none() {
        query.refuse(field, fault);
    }
    read
}

/// A status, or a class of them.
fn statuses(text: &str) -> Option<(i64, i64)> {
    if let Some(class) = text.to_lowercase().strip_suffix("xx") {
        let class: i64 = class.parse().ok().filter(|class| (1..=5).contains(class))?;
        return Some((class * 100, class * 100 + 99));
    }
    let status = text.parse().ok().filter(|status| (100..=599).contains(status))?;
    Some((status, status))
}

/// Where a page ends, as a client sends it back.
#[must_use]
pub(in crate::http) fn cursor((at, id): Place) -> String {
    format!("{}.{id}", at.micros())
}

pub(super) fn place(text: &str) -> Option<Place> {
    let (micros, id) = text.split_once('.')?;
    // No later than the year 9999: what neither engine keeps was never a place.
    let micros = micros.parse().ok().filter(|micros| (0..=253_402_300_799_999_999).contains(micros))?;
    Some((Time::from_micros(micros), Id::parse(id)?))
}

/// A request as it is shown.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ShownRequest<'r> {
    id: String,
    at: String,
    request_id: &'r str,
    cause: String,
    token_id: Option<String>,
    token_name: Option<&'r str>,
    method: &'r str,
    path: &'r str,
    query: Option<&'r str>,
    status: i64,
    scim_type: Option<&'r str>,
    detail: Option<&'r str>,
    duration_micros: i64,
    request_bytes: i64,
    response_bytes: i64,
    ip: Option<&'r str>,
    user_agent: Option<&'r str>,
}

impl<'r> From<&'r LoggedRequest> for ShownRequest<'r> {
    fn from(request: &'r LoggedRequest) -> Self {
        Self {
            id: request.id.to_string(),
            at: request.at.rfc3339_millis(),
            request_id: &request.request_id,
            cause: request.cause_id.to_string(),
            token_id: request.token_id.map(|id| id.to_string()),
            token_name: request.token_name.as_deref(),
            method: &request.method,
            path: &request.path,
            query: request.query.as_deref(),
            status: request.status,
            scim_type: request.scim_type.as_deref(),
            detail: request.detail.as_deref(),
            duration_micros: request.micros,
            request_bytes: request.request_bytes,
            response_bytes: request.response_bytes,
            ip: request.ip.as_deref(),
            user_agent: request.user_agent.as_deref(),
        }
    }
}

/// One request, whole.
#[derive(Serialize)]
struct Whole<'r> {
    #[serde(flatten)]
    request: ShownRequest<'r>,
    /// The body: JSON, or what is told of it; null where there was none.
    body: Value,
    /// What an error means and what to do about it.
    hint: Option<Value>,
}

/// `GET /api/scim/requests`: the requests that came last first, without their bodies.
pub(in crate::http) async fn list(call: Call) -> Answer {
    let mut query = call.query()?;
    let limit = pages::limit(&mut query);
    let wish = Wish::read(&mut query, call.ctx.now);
    query.end()?;
    let Page { requests, next } = wish.page(&mut call.view().await?, call.ctx.now, limit).await?;
    let shown: Vec<ShownRequest<'_>> = requests.iter().map(ShownRequest::from).collect();
    Ok(Json(json!({ "requests": shown, "nextCursor": next.map(cursor) })).into_response())
}

/// `GET /api/scim/requests/{id}`: one request whole, with what its error means.
pub(in crate::http) async fn get(call: Call) -> Answer {
    let id = call.id(NO_SUCH_REQUEST)?;
    call.query()?.end()?;
    let found = scim_request_list::find(&mut call.view().await?, id).await?;
    let request = found.ok_or_else(|| Error::not_found(NO_SUCH_REQUEST))?;
    let told = |hint: &hints::Hint| json!({ "meaning": hint.meaning, "next": hint.next });
    let hint = hints::of(&(&request).into()).map(told);
    let body = request
        .body
        .as_deref()
        .map_or(Value::Null, |body| serde_json::from_str(body).unwrap_or_else(|_| Value::String(body.to_owned())));
    Ok(Json(Whole { request: ShownRequest::from(&request), body, hint }).into_response())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_status_is_one_or_a_class() {
        assert_eq!([statuses("409"), statuses("4XX")], [Some((409, 409)), Some((400, 499))]);
        for odd in ["", "xx", "6xx", "99", "600", "4x", "four"] {
            assert_eq!(statuses(odd), None, "{odd}");
        }
    }

    #[test]
    fn a_cursor_comes_back_as_it_went() {
        let here = (Time::from_micros(1_772_452_800_000_001), Id::fresh());
        assert_eq!(place(&cursor(here)), Some(here));
        for odd in ["", ".", "1", "x.y", &format!("-1.{}", here.1), &format!("{}.{}", i64::MAX, here.1)] {
            assert_eq!(place(odd), None, "{odd}");
        }
    }
}
