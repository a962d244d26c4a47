//! The teams, by name.

use std::collections::HashMap;

use askama::Template;

use super::frame::Frame;
use super::html::{link, show};
use super::lookalike;
use super::roll_words::{Chip, When};
use super::text::name;
use crate::directory::incoming::Field;
use crate::http::api::call::Call;
use crate::http::api::pages::{self, LONGEST_MARK, Mark};
use crate::http::api::teams::LONGEST_NAME;
use crate::http::problem::Answer;
use crate::model::Id;
use crate::model::policy::{self, Caller, Deed, Reach};
use crate::scim::text;
use crate::store::platform_members;
use crate::store::platform_teams::{self as rows, ShownTeam, Start};

/// Where the list is.
pub const TEAMS: &str = "/teams";
/// How many teams a page shows.
const PAGE: u32 = 50;
/// Members of a team are counted up to this many, and then said to be more.
const MOST_COUNTED: i64 = 500;

/// A team as a line of the list.
struct Line {
    id: String,
    name: String,
    warning: Option<&'static str>,
    state: Chip,
    source: &'static str,
    members: String,
    changed: When,
}

/// How a team stands.
#[must_use]
pub fn state(team: &ShownTeam) -> Chip {
    match (team.archived_at, team.maintenance_mode) {
        (Some(_), _) => Chip::of("archived", ""),
        (None, true) => Chip::of("maintenance", "warn"),
        (None, false) => Chip::of("active", "good"),
    }
}

/// Who made a team.
#[must_use]
pub fn source(team: &ShownTeam) -> &'static str {
    if team.synced_from_okta { "Okta" } else { "made here" }
}

fn line(team: &ShownTeam, sizes: &HashMap<Id, i64>) -> Line {
    let size = sizes.get(&team.id).copied().unwrap_or_default();
    Line {
        id: team.id.to_string(),
        name: name(&team.name),
        warning: lookalike::warning(&team.name),
        state: state(team),
        source: source(team),
        members: if size > MOST_COUNTED { format!("{MOST_COUNTED}+") } else { size.to_string() },
        changed: team.updated_at.into(),
    }
}

#[derive(Template)]
#[template(path = "teams.html")]
struct TeamsPage {
    frame: Frame,
    q: String,
    is_archived: bool,
    lines: Vec<Line>,
    next: Option<String>,
    /// Where the reader gets a new team, and what that is called: they make it, or ask for it.
    new: Option<(&'static str, &'static str)>,
}

/// The ways to a new team, the better one first.
const NEW: &[(Deed, &str, &str)] =
    &[(Deed::MakeTeams, "/teams/new", "Make a team"), (Deed::RequestTeams, "/team-requests/new", "Ask for a team")];

fn new(caller: &Caller) -> Option<(&'static str, &'static str)> {
    let way = NEW.iter().find(|(deed, ..)| policy::reach(caller, *deed) > Reach::Nowhere);
    way.map(|(_, path, words)| (*path, *words))
}

/// `GET /teams`: living or archived teams by name, or those of which the name begins so.
pub(in crate::http) async fn list(call: Call) -> Answer {
    let mut query = call.query()?;
    let q = match query.text_or_null("q", 0..=LONGEST_NAME) {
        Field::Given(text) => text.trim().to_owned(),
        Field::Kept | Field::Cleared => String::new(),
    };
    let is_archived = query.flag_or_none("archived").unwrap_or(false);
    let mark = query.given("cursor", LONGEST_MARK).map(|text| Mark::decode(&text));
    if mark == Some(None) {
        query.refuse("cursor", "must be that of a page before");
    }
    query.end()?;
    let (prefix, mark, mut view) = (text::fold(&q), mark.flatten(), call.view().await?);
    let start = Start { prefix: &prefix, after: mark.as_ref().map(|mark| (mark.key.as_str(), mark.id)) };
    let mut found = rows::list(&mut view, is_archived, &start, PAGE + 1).await?;
    found.retain(|team| text::fold(&team.name).starts_with(&prefix));
    let (found, next) = pages::cut(found, PAGE, |team| Mark { key: text::fold(&team.name), id: team.id }.encode());
    let ids: Vec<Id> = found.iter().map(|team| team.id).collect();
    let sizes = platform_members::sizes(&mut view, &ids, MOST_COUNTED + 1).await?.into_iter().collect();
    let frame = Frame::of(&call, &mut view, TEAMS, "Teams").await?;
    let archived = if is_archived { "true" } else { "false" };
    let next = next.map(|mark| link(TEAMS, &[("q", &q), ("archived", archived), ("cursor", &mark)]));
    let lines = found.iter().map(|team| line(team, &sizes)).collect();
    Ok(show(&TeamsPage { frame, q, is_archived, lines, next, new: new(call.caller()?) })?)
}
