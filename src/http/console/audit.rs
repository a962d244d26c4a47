//! The audit as a page: a search whose whole state stands in the URL, when its rows happened, and the rows.

mod filters;
mod histogram;
mod rows;

use askama::Template;
use axum::Json;
use axum::response::IntoResponse;
use serde_json::json;

use self::filters::{Chip, Choice, State};
use self::histogram::Histogram;
use self::rows::Row;
use super::events;
use super::frame::Frame;
use super::html::{link, see_other, show};
use super::text::plain;
use crate::access::audit_log::{self, Overview};
use crate::audit::Resource;
use crate::audit::search::parts::{Completion, MAX_COMPLETIONS, complete};
use crate::audit::search::{MAX_SEARCH, MAX_VALUE, Search};
use crate::audit::sentence::Piece;
use crate::error::{Error, Result};
use crate::http::api::audit::{opened, sealed};
use crate::http::api::call::Call;
use crate::http::problem::Answer;
use crate::model::policy::{self, Deed, Reach};
use crate::scim::cursor::MAX_CURSOR_BYTES;
use crate::scim::text::excerpt;
use crate::store::Link;
use crate::store::audit_list::{Page, Place, Scope};
use crate::store::sign_in::has_scim_spoken;

const PATH: &str = "/audit";
const ROWS: usize = 50;
/// The longest moment that a form sends.
const MOMENT: usize = 40;

#[derive(Template)]
#[template(path = "audit.html")]
struct AuditPage {
    frame: Frame,
    state: State,
    /// What is wrong with the search, under its box.
    fault: Option<String>,
    /// What narrows the view and cannot be removed.
    scope: Option<String>,
    chips: Vec<Chip>,
    ranges: Vec<Choice>,
    canned: Vec<Choice>,
    exports: Vec<Choice>,
    histogram: Option<Histogram>,
    rows: Vec<Row>,
    /// Where the next page is, if there may be one.
    next: Option<String>,
    /// Whether this is not the first page.
    is_deep: bool,
    /// Longer times, for a search that finds nothing.
    wider: Vec<Choice>,
    /// Whether nothing is found because no SCIM client ever came; told to who may do something about it.
    is_new: bool,
}

/// What was asked for.
struct Asked {
    state: State,
    cursor: Option<String>,
    /// The ends of a span, as the form for it sends them.
    span: [Option<String>; 2],
}

impl Asked {
    fn read(call: &Call) -> Result<Self> {
        let mut query = call.query()?;
        let q = query.given("q", MAX_SEARCH).unwrap_or_default();
        let is_local = query.given("tz", MOMENT).is_some_and(|zone| zone == "local");
        let cursor = query.given("cursor", MAX_CURSOR_BYTES).filter(|cursor| !cursor.is_empty());
        let span = [query.given("from", MOMENT), query.given("to", MOMENT)];
        query.end()?;
        Ok(Self { state: State { q: q.trim().to_owned(), is_local }, cursor, span })
    }
}

/// `GET /audit`: the rows that match, newest first.
pub(in crate::http) async fn list(call: Call) -> Answer {
    let asked = Asked::read(&call)?;
    let searched = searched(&call, &asked);
    if let Ok((_, Some(elsewhere))) = &searched {
        return Ok(see_other(elsewhere)?);
    }
    let before = asked.cursor.as_deref().map(|cursor| opened(&call, &asked.state.q, cursor)).transpose()?;
    Ok(match searched {
        Ok((search, _)) => found(&call, asked.state, search, before).await?,
        Err(fault) => faulty(&call, asked.state, fault).await?,
    })
}

/// The search, and where to go instead where a form added a span to it.
fn searched(call: &Call, asked: &Asked) -> Result<(Search, Option<String>), String> {
    let mut search = Search::default();
    search.add_text(&asked.state.q, call.ctx.now).map_err(|fault| fault.to_string())?;
    let [from, to] = &asked.span;
    let is_given = asked.span.iter().flatten().any(|moment| !moment.is_empty());
    if !is_given {
        return Ok((search, None));
    }
    let written = asked
        .state
        .within(from.as_deref(), to.as_deref())
        .map_err(|odd| format!("{} is no moment; give a day and a time such as 2026-03-01T12:00", excerpt(&odd)))?;
    Ok((search, Some(asked.state.with(&written))))
}

async fn found(call: &Call, state: State, search: Search, before: Option<Place>) -> Result<axum::response::Response> {
    let mut view = call.view().await?;
    let span = histogram::span(&search, call.ctx.now);
    let asked = ((search, before), (ROWS, span.from));
    let Overview { scope, page, counted } = audit_log::overview(&mut view, call.caller()?, asked.0, asked.1).await?;
    let lines = events::lines(&mut view, &page.events).await?;
    let names = rows::teams(&mut view, &page.events).await?;
    let cursor = page.next.map(|place| sealed(call, &state.q, place)).transpose()?;
    let is_new = rows_are_missing(call, &mut view, &page).await?;
    let frame = Frame::of(call, &mut view, PATH, "Audit").await?;
    let shown = AuditPage {
        frame,
        fault: None,
        scope: scope_told(&scope),
        histogram: Some(Histogram::of(&state, &span, &counted)),
        rows: rows::of(lines, &page.events, &names, &state),
        next: cursor.map(|cursor| state.page(&cursor)),
        is_deep: before.is_some(),
        wider: state.wider(),
        is_new,
        chips: state.chips(),
        ranges: state.ranges(),
        canned: filters::canned(&state),
        exports: exports(&state),
        state,
    };
    show(&shown)
}

/// Whether there is nothing to show an admin because no SCIM client ever came.
async fn rows_are_missing(call: &Call, view: &mut impl Link, page: &Page) -> Result<bool> {
    let may_connect = policy::reach(call.caller()?, Deed::ReadScimTokens) > Reach::Nowhere;
    Ok(page.events.is_empty() && may_connect && !has_scim_spoken(view).await?)
}

/// The page of a search that cannot be read: the box with what is wrong, and nothing below it.
async fn faulty(call: &Call, state: State, fault: String) -> Result<axum::response::Response> {
    let frame = Frame::of(call, &mut call.view().await?, PATH, "Audit").await?;
    let shown = AuditPage {
        frame,
        fault: Some(plain(&fault)),
        scope: None,
        histogram: None,
        rows: Vec::new(),
        next: None,
        is_deep: false,
        wider: Vec::new(),
        is_new: false,
        chips: state.chips(),
        ranges: state.ranges(),
        canned: filters::canned(&state),
        exports: Vec::new(),
        state,
    };
    show(&shown)
}

fn scope_told(scope: &Scope) -> Option<String> {
    let Scope::Own { teams, .. } = scope else { return None };
    Some(match teams.len() {
        0 => "Only what concerns yourself".to_owned(),
        count => format!("Teams you run: {count}, and yourself"),
    })
}

fn exports(state: &State) -> Vec<Choice> {
    let one = |label: &str, format: &str| Choice {
        label: label.to_owned(),
        href: link("/api/audit/export", &[("format", format), ("q", &state.q)]),
        is_on: false,
    };
    vec![one("CSV", "csv"), one("NDJSON", "ndjson")]
}

/// `GET /audit/completions`: how the term that is being written may go on, for the script of the page.
pub(in crate::http) async fn completions(call: Call) -> Answer {
    let mut query = call.query()?;
    let term = query.maybe_text("at", 0..=MAX_VALUE).unwrap_or_default();
    query.end()?;
    let (resource, before, begin) = match complete(&term) {
        Completion::Terms(terms) => return Ok(Json(json!({ "terms": terms })).into_response()),
        Completion::User(before, begin) => (Resource::User, before, begin),
        Completion::Team(before, begin) => (Resource::Team, before, begin),
    };
    let most = i64::try_from(MAX_COMPLETIONS).map_err(Error::internal)?;
    let mut view = call.view().await?;
    let names = audit_log::names_like(&mut view, call.caller()?, (resource, &begin), most).await?;
    let terms: Vec<String> = names.iter().map(|name| filters::term(&before, name)).collect();
    Ok(Json(json!({ "terms": terms })).into_response())
}
