//! A list as it was asked for, of one kind of resource, and its answer; cursors are sealed and opened here.

use serde_json::json;

use super::call::Call;
use crate::clock::Time;
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
        let projection = Projection::parse(asked.attributes.as_deref(), asked.excluded.as_deref(), resource)?;
        let filter = asked.filter.as_deref().map(|text| filter::parse(text, resource)).transpose()?;
        let sort = Sort::parse(asked.sort_by.as_deref(), asked.sort_order.as_deref(), resource, &[])?;
        let query = query(resource.endpoint, asked, sort.as_ref());
        let part = part(call, &query, &asked.window)?;
        Ok(Self { wanted: Wanted { filter, sort, part }, projection, query })
    }

    /// The answer.
    pub fn page<T>(&self, call: &Call, total: Option<u64>, next: Option<&Mark>, shown: Vec<T>) -> ListResponse<T> {
        match self.wanted.part {
            Part::Index(page) => ListResponse::new(total.unwrap_or_default(), page.start, shown),
            Part::Keyset(..) => {
                let expires = seconds(call.ctx.now) + i64::from(LIFETIME_SECONDS);
                let next = next.map(|mark| mark.seal(expires, |text| sign(call, &self.query, text)));
                ListResponse::by_cursor(total, next, shown)
            }
        }
    }
}

/// What has to stay the same from page to page.
fn query(endpoint: &str, asked: &Search, sort: Option<&Sort>) -> String {
    let order = sort.map(|sort| (&sort.name, sort.descending));
    json!([endpoint, asked.filter, order]).to_string()
}

fn part(call: &Call, query: &str, window: &Window) -> Result<Part, ScimError> {
    let (cursor, count) = match window {
        Window::Index(page) => return Ok(Part::Index(*page)),
        Window::Cursor { cursor, count } => (cursor, *count),
    };
    let open = |cursor: &String| Mark::open(cursor, seconds(call.ctx.now), |text| sign(call, query, text));
    Ok(Part::Keyset(cursor.as_ref().map(open).transpose()?, count))
}

/// The query is JSON and so tells its own end: no other query and text have the same letters.
fn sign(call: &Call, query: &str, text: &str) -> [u8; 32] {
    call.app.key.hash(PURPOSE, &format!("{query}{text}"))
}

fn seconds(at: Time) -> i64 {
    at.micros().div_euclid(1_000_000)
}
