//! `/.search`: people and groups together (RFC 7644 §3.4.3). The closed list of roles is read at its own endpoint.

use std::collections::HashMap;

use super::call::Call;
use super::fault::Answer;
use super::listing::Listing;
use super::render;
use crate::error::Result;
use crate::model::Id;
use crate::scim::schema::{GROUP, RESOURCE_TYPES, USER};
use crate::store::Link;
use crate::store::scim_root::{self, Found};

/// Where cursors of these walks belong.
const ENDPOINT: &str = "/";

/// `POST /.search`: a page of whatever matches, asked in a body.
pub(in crate::http) async fn search(call: Call) -> Answer {
    let asked = call.asked_in_body()?;
    let people = Listing::among(&call, &asked, &USER, (ENDPOINT, &RESOURCE_TYPES))?;
    let groups = Listing::among(&call, &asked, &GROUP, (ENDPOINT, &RESOURCE_TYPES))?;
    let mut view = call.search([&people.wanted.filter, &groups.wanted.filter]).await?;
    let found = scim_root::search(&mut view, &people.wanted, &groups.wanted).await?;
    let mut shown = show(&mut view, &call.app.public_url, &found, [&people, &groups]).await?;
    let page = found.order.iter().filter_map(|id| shown.remove(id)).collect();
    // Who waits for room to answer holds up no search.
    drop(view);
    Ok(people.page(&call, found.total, found.next.as_ref(), page).await?)
}

/// What is shown of each, as JSON text, by the ids of their rows.
async fn show(
    view: &mut impl Link,
    public_url: &str,
    found: &Found,
    [people, groups]: [&Listing; 2],
) -> Result<HashMap<Id, String>> {
    let users = render::users(view, public_url, &found.users, &people.projection).await?;
    let teams = render::groups(view, public_url, &found.teams, &groups.projection).await?;
    let users = found.users.iter().map(|user| user.id).zip(users);
    let teams = teams.into_iter().map(|team| team.text);
    Ok(users.chain(found.teams.iter().map(|team| team.id).zip(teams)).collect())
}
