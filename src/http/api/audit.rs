//! `/api/audit`: what happened, as far as the caller may see it.

use std::collections::{HashMap, HashSet};

use axum::Json;
use axum::response::IntoResponse;
use serde::Serialize;
use serde_json::json;

use super::call::Call;
use super::fields::Fields;
use super::pages;
use crate::access::audit_log::{self, NO_SUCH_ROW};
use crate::audit::render::Row;
use crate::audit::search::{self, MAX_SEARCH, MAX_VALUE, Search};
use crate::audit::{Event, Resource};
use crate::clock::Time;
use crate::error::{Error, Result};
use crate::http::problem::Answer;
use crate::model::Id;
use crate::model::words::Word;
use crate::scim::cursor::{MAX_CURSOR_BYTES, Mark};
use crate::store::audit_list::{Page, Place};
use crate::store::{Link, teams, users};

/// For what the deployment's key is used here.
const PURPOSE: &str = "audit-cursor";
/// A cursor is good as long as the row it names is there; this is when the last of them ends.
const FOR_EVER: i64 = i64::MAX;
const FOREIGN_CURSOR: &str = "was not made by this server for you and this search; begin again without one, and keep the \
     other parameters as they are from page to page";
const NO_SUCH_RESOURCE: &str = "There is no such kind of resource, or its id cannot be.";

/// What was asked for.
pub(in crate::http) struct Asked {
    /// The conditions.
    pub search: Search,
    /// All of them as they were written, for what belongs to them.
    pub written: String,
}

impl Asked {
    /// Reads the conditions from their parameters and from `q`.
    pub fn read(call: &Call, query: &mut Fields) -> Self {
        let (mut search, mut written) = (Search::default(), Vec::new());
        for key in search::keys() {
            let Some(value) = query.given(key, MAX_VALUE) else { continue };
            if let Err(problem) = search.add(key, &value, call.ctx.now) {
                query.refuse(key, problem);
            }
            written.push(format!("{key}:{value}"));
        }
        if let Some(text) = query.given("q", MAX_SEARCH) {
            if let Err(fault) = search.add_text(&text, call.ctx.now) {
                query.refuse("q", fault.to_string());
            }
            written.push(text);
        }
        Self { search, written: written.join(" ") }
    }
}

/// A page that was asked for.
pub(in crate::http) struct Wish {
    /// The conditions.
    pub asked: Asked,
    /// Where the page before this one ended.
    pub before: Option<Place>,
    /// How many rows it may hold.
    pub limit: u32,
}

impl Wish {
    /// Reads the query.
    ///
    /// # Errors
    /// [`Error::Invalid`] with every fault by its parameter.
    pub fn read(call: &Call) -> Result<Self> {
        let mut query = call.query()?;
        let limit = pages::limit(&mut query);
        let cursor = query.given("cursor", MAX_CURSOR_BYTES);
        let asked = Asked::read(call, &mut query);
        query.end()?;
        let before = cursor.map(|cursor| opened(call, &asked.written, &cursor)).transpose()?;
        Ok(Self { asked, before, limit })
    }
}

/// A cursor belongs to a caller, a path and a search: to no other is it worth anything.
fn signer<'c>(call: &'c Call, written: &str) -> Result<impl Fn(&str) -> [u8; 32] + use<'c>> {
    let bound = json!([call.caller()?.user.to_string(), call.path(), written]).to_string();
    Ok(move |text: &str| call.app.key.hash(PURPOSE, &format!("{bound}{text}")))
}

/// The cursor that goes on below a place.
///
/// # Errors
/// An internal error on a route that anybody may call.
pub(in crate::http) fn sealed(call: &Call, written: &str, (at, id): Place) -> Result<String> {
    let mark = Mark { key: Some(at.micros().to_string()), id: id.to_string() };
    Ok(mark.seal(FOR_EVER, signer(call, written)?))
}

/// The place that a cursor of this caller, path and search names.
///
/// # Errors
/// [`Error::Invalid`] for any other.
pub(in crate::http) fn opened(call: &Call, written: &str, cursor: &str) -> Result<Place> {
    let mark = Mark::open(cursor, 0, signer(call, written)?).ok();
    let place = mark.and_then(|mark| Some((Time::from_micros(mark.key?.parse().ok()?), Id::parse(&mark.id)?)));
    place.ok_or_else(|| Error::invalid("cursor", FOREIGN_CURSOR))
}

/// A row as the API shows it: with what the person and the team are called now.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Shown {
    #[serde(flatten)]
    row: Row,
    user_name: Option<String>,
    team_name: Option<String>,
}

/// Shows rows; all names in two queries.
async fn show(link: &mut impl Link, events: &[Event]) -> Result<Vec<Shown>> {
    let ids =
        |id: fn(&Event) -> Option<Id>| events.iter().filter_map(id).collect::<HashSet<Id>>().into_iter().collect();
    let (people, groups): (Vec<Id>, Vec<Id>) = (ids(|event| event.user_id), ids(|event| event.team_id));
    let people: HashMap<Id, Option<String>> = users::names(link, &people).await?.into_iter().collect();
    let groups: HashMap<Id, String> = teams::names(link, &groups).await?.into_iter().collect();
    let one = |event: &Event| Shown {
        row: Row::from(event),
        user_name: event.user_id.and_then(|id| people.get(&id).cloned().flatten()),
        team_name: event.team_id.and_then(|id| groups.get(&id).cloned()),
    };
    Ok(events.iter().map(one).collect())
}

async fn answer(call: &Call, wish: Wish) -> Answer {
    let Wish { asked, before, limit } = wish;
    let mut view = call.view().await?;
    let Page { events, next } =
        audit_log::list(&mut view, call.caller()?, (asked.search, before), limit as usize).await?;
    let shown = show(&mut view, &events).await?;
    let next = next.map(|place| sealed(call, &asked.written, place)).transpose()?;
    Ok(Json(json!({ "events": shown, "nextCursor": next })).into_response())
}

/// `GET /api/audit`: the rows that match, newest first.
pub(in crate::http) async fn list(call: Call) -> Answer {
    let wish = Wish::read(&call)?;
    answer(&call, wish).await
}

/// `GET /api/audit/{resource}/{id}`: the history of one thing.
pub(in crate::http) async fn history(call: Call) -> Answer {
    let named = Resource::from_word(call.part("resource")).zip(Id::parse(call.part("id")));
    let (resource, id) = named.ok_or_else(|| Error::not_found(NO_SUCH_RESOURCE))?;
    let mut wish = Wish::read(&call)?;
    wish.asked.search.terms.push(audit_log::history(resource, id));
    answer(&call, wish).await
}

/// `GET /api/audit/{id}`: one row, for as long as it is kept.
pub(in crate::http) async fn get(call: Call) -> Answer {
    let id = call.id(NO_SUCH_ROW)?;
    call.query()?.end()?;
    let mut view = call.view().await?;
    let event = audit_log::find(&mut view, call.caller()?, id).await?;
    let shown = show(&mut view, std::slice::from_ref(&event)).await?.pop();
    Ok(Json(shown.ok_or_else(|| Error::not_found(NO_SUCH_ROW))?).into_response())
}
