//! The people on the roll, by name.

use askama::Template;

use super::frame::Frame;
use super::html::{link, show};
use super::lookalike;
use super::roll_words::{self as words, Chip, Standing};
use super::text;
use crate::directory::incoming::Field;
use crate::directory::person;
use crate::http::api::call::Call;
use crate::http::api::pages::{self, LONGEST_MARK, Mark};
use crate::http::problem::Answer;
use crate::model::user::PlatformRole;
use crate::scim::text::fold;
use crate::store::people::ShownUser;

/// Where the list is.
pub const PEOPLE: &str = "/people";
/// The longest beginning of a name that is searched for, in characters.
pub const LONGEST_SEARCH: usize = 100;
/// How many people a page shows.
const PAGE: u32 = 50;

/// A person as a line of the list.
pub struct Line {
    id: String,
    name: String,
    warning: Option<&'static str>,
    user_name: String,
    email: String,
    state: Chip,
    role: &'static str,
    is_admin: bool,
    is_glass: bool,
}

impl From<&ShownUser> for Line {
    fn from(user: &ShownUser) -> Self {
        let name = user.display_name.as_deref().or(user.user_name.as_deref()).unwrap_or("nameless");
        Self {
            id: user.id.to_string(),
            name: text::name(name),
            warning: lookalike::warning(name),
            user_name: text::name(user.user_name.as_deref().unwrap_or_default()),
            email: text::name(user.email.as_deref().unwrap_or_default()),
            state: words::state(&Standing::from(user)),
            role: words::platform_role(user.platform_role),
            is_admin: user.platform_role == PlatformRole::Admin,
            is_glass: user.is_break_glass_account,
        }
    }
}

#[derive(Template)]
#[template(path = "people.html")]
struct PeoplePage {
    frame: Frame,
    q: String,
    lines: Vec<Line>,
    /// Where the list goes on.
    next: Option<String>,
    /// Whether more people match than are shown.
    has_more: bool,
}

/// `GET /people`: everybody by sign-in name, or those of whom a name begins so.
pub(in crate::http) async fn list(call: Call) -> Answer {
    let mut query = call.query()?;
    let q = match query.text_or_null("q", 0..=LONGEST_SEARCH) {
        Field::Given(text) => text.trim().to_owned(),
        Field::Kept | Field::Cleared => String::new(),
    };
    let mark = query.given("cursor", LONGEST_MARK).map(|text| Mark::decode(&text));
    if mark == Some(None) {
        query.refuse("cursor", "must be that of a page before");
    }
    query.end()?;
    let (mut view, caller) = (call.view().await?, call.caller()?);
    let after = mark.flatten().map(|mark| mark.key).unwrap_or_default();
    let found = if q.is_empty() {
        person::list(&mut view, caller, &after, PAGE + 1).await?
    } else {
        person::search(&mut view, caller, &q, PAGE + 1).await?
    };
    let (found, next) = pages::cut(found, PAGE, mark_of);
    let frame = Frame::of(&call, &mut view, PEOPLE, "People").await?;
    let has_more = next.is_some();
    let next = next.filter(|_| q.is_empty()).map(|mark| link(PEOPLE, &[("cursor", &mark)]));
    Ok(show(&PeoplePage { frame, q, lines: found.iter().map(Line::from).collect(), next, has_more })?)
}

fn mark_of(last: &ShownUser) -> String {
    Mark { key: last.user_name.as_deref().map(fold).unwrap_or_default(), id: last.id }.encode()
}
