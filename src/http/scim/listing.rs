//! A list as it was asked for, of one kind of resource, and its answer; cursors are sealed and opened here.

use axum::response::Response;
use serde_json::json;

use super::anchors;
use super::call::Call;
use super::render;
use crate::clock::Time;
use crate::error::{Error, Result};
use crate::model::Id;
use crate::scim::ScimError;
use crate::scim::cursor::{LIFETIME_SECONDS, Mark};
use crate::scim::filter;
use crate::scim::list::ListResponse;
use crate::scim::projection::Projection;
use crate::scim::schema::ResourceType;
use crate::scim::search::{Search, Window};
use crate::scim::sort::Sort;
use crate::store::scim_list::{Part, Wanted};

/// For what the deployment's key is used here.
const PURPOSE: &str = "scim-cursor";
const ANCHOR: &str = "scim-anchor";

/// A list that was asked for.
pub struct Listing {
    /// Which resources, in which order, and which part of them.
    pub wanted: Wanted,
    /// What of each is shown.
    pub projection: Projection,
    /// The query that a cursor belongs to.
    query: String,
}

impl Listing {
    /// Reads what was asked of resources of this type.
    ///
    /// # Errors
    /// `invalidFilter`, `invalidValue`, `invalidCursor` and `expiredCursor`.
    pub fn read(call: &Call, asked: &Search, resource: &'static ResourceType) -> Result<Self, ScimError> {
        Self::among(call, asked, resource, (resource.endpoint, &[]))
    }

    /// Reads what was asked of resources of this type in a search among several, at an endpoint of its own.
    ///
    /// # Errors
    /// `invalidFilter`, `invalidValue`, `invalidCursor` and `expiredCursor`.
    pub fn among(
        call: &Call,
        asked: &Search,
        resource: &'static ResourceType,
        (endpoint, types): (&str, &'static [&'static ResourceType]),
    ) -> Result<Self, ScimError> {
        let projection = Projection::parse(asked.attributes.as_deref(), asked.excluded.as_deref(), resource)?;
        let filter = asked.filter.as_deref().map(|text| filter::parse_among(text, resource, types)).transpose()?;
        let sort = Sort::parse(asked.sort_by.as_deref(), asked.sort_order.as_deref(), resource, types)?;
        let query = query(endpoint, asked, sort.as_ref());
        let part = match &asked.window {
            Window::Index(page) if sort.is_none() => Part::Index(*page, anchor(call, &query, page.start)),
            Window::Index(page) => Part::Index(*page, None),
            Window::Cursor { cursor, count } => Part::Keyset(opened(call, &query, cursor.as_deref())?, *count),
        };
        Ok(Self { wanted: Wanted { filter, sort, part }, projection, query })
    }

    /// The answer, of resources that are JSON text already.
    ///
    /// # Errors
    /// [`Busy::Room`](crate::error::Busy::Room) while too much else is being read.
    pub async fn page(
        &self,
        call: &Call,
        total: Option<u64>,
        next: Option<&Mark>,
        shown: Vec<String>,
    ) -> Result<Response> {
        let page = match &self.wanted.part {
            Part::Index(page, _) => {
                let next_start = page.start + shown.len() as u64;
                if let Some(last) = next.filter(|mark| mark.key.is_none()).and_then(|mark| Id::parse(&mark.id)) {
                    call.app.anchors.note(place(call, &self.query, next_start), last, call.ctx.now);
                }
                ListResponse::new(total.unwrap_or_default(), page.start, shown)
            }
            Part::Keyset(after, count) => {
                let expires = seconds(call.ctx.now) + i64::from(LIFETIME_SECONDS);
                // Who asks for none has not come to the end (RFC 9865 §2).
                let stays =
                    (*count == 0 && total.is_some_and(|total| total > 0)).then(|| after.clone().unwrap_or_default());
                let next = next.or(stays.as_ref()).map(|mark| mark.seal(expires, |text| sign(call, &self.query, text)));
                ListResponse::by_cursor(total, next, shown)
            }
        };
        render::large(&call.app.answers, page.into_text().map_err(Error::internal)?).await
    }
}

/// What has to stay the same from page to page.
fn query(endpoint: &str, asked: &Search, sort: Option<&Sort>) -> String {
    let order = sort.map(|sort| (&sort.name, sort.descending));
    json!([endpoint, asked.filter, order]).to_string()
}

fn opened(call: &Call, query: &str, cursor: Option<&str>) -> Result<Option<Mark>, ScimError> {
    let mark =
        cursor.map(|cursor| Mark::open(cursor, seconds(call.ctx.now), |text| sign(call, query, text))).transpose()?;
    Ok(mark.filter(|mark| *mark != Mark::default()))
}

/// The resource that the page before this one ended with, when this client asked for that a moment ago.
fn anchor(call: &Call, query: &str, start: u64) -> Option<Id> {
    if start == 1 { None } else { call.app.anchors.find(&place(call, query, start), call.ctx.now) }
}

fn place(call: &Call, query: &str, start: u64) -> anchors::Place {
    let walker = call.ctx.actor.id.as_deref().unwrap_or_default();
    call.app.key.hash(ANCHOR, &format!("{walker} {start} {query}"))
}

/// The query is JSON and so tells its own end: no other query and text have the same letters.
fn sign(call: &Call, query: &str, text: &str) -> [u8; 32] {
    call.app.key.hash(PURPOSE, &format!("{query}{text}"))
}

fn seconds(at: Time) -> i64 {
    at.micros().div_euclid(1_000_000)
}
