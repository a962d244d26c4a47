//! One person: why they have access or not, who set each switch, what they are in and signed in with, and what can be done.

use askama::Template;
use axum::http::StatusCode;

use super::done;
use super::events::{self, Line};
use super::frame::Frame;
use super::held::{self, Held};
use super::html;
use super::lookalike;
use super::people::PEOPLE;
use super::roll_words::{self as words, Act, Chip, Standing, When};
use super::switches::{self, SwitchRow};
use super::text::{self, plain};
use crate::access::{api_keys, audit_log, devices, mobile, sessions};
use crate::audit::Resource;
use crate::audit::search::Search;
use crate::audit::sentence::Piece;
use crate::directory::people::NO_SUCH_USER;
use crate::directory::person::{self, MOST_PLACES};
use crate::error::Result;
use crate::http::api::call::Call;
use crate::http::problem::{Answer, Problem};
use crate::model::Id;
use crate::model::policy::{self, Deed, Reach, Whose};
use crate::model::user::{OktaStatus, PlatformRole};
use crate::store::View;
use crate::store::person::{Place, WholeUser};

/// How many rows of history a page shows.
pub const HISTORY: usize = 25;
/// How many of each kind of what somebody is signed in with are shown.
const MOST_HELD: u32 = 50;

/// A membership as a line of the page.
struct PlaceLine {
    id: String,
    team: String,
    note: Option<&'static str>,
    role: &'static str,
    source: &'static str,
    is_out: bool,
    since: When,
}

impl From<&Place> for PlaceLine {
    fn from(place: &Place) -> Self {
        Self {
            id: place.team_id.to_string(),
            team: text::name(&place.team_name),
            note: match (place.archived_at, place.maintenance_mode) {
                (Some(_), _) => Some("archived"),
                (None, true) => Some("maintenance"),
                _ => None,
            },
            role: words::team_role(place.role),
            source: words::source(place.by_okta, place.by_platform, place.opted_out),
            is_out: place.opted_out,
            since: place.joined_at.into(),
        }
    }
}

/// A fact of somebody's identity: its name, its value, and a remark.
struct Fact {
    name: &'static str,
    value: String,
    remark: Option<Chip>,
}

#[derive(Template)]
#[template(path = "person.html")]
struct PersonPage {
    frame: Frame,
    id: String,
    name: String,
    warning: Option<&'static str>,
    /// How they stand, and what they are besides.
    chips: Vec<Chip>,
    role: &'static str,
    done: Option<&'static str>,
    fault: Option<String>,
    has_access: bool,
    answer: String,
    advice: Vec<&'static str>,
    switches: Vec<SwitchRow>,
    acts: Vec<Act>,
    /// Whether the reader may bind them to an account at Okta, as they are.
    may_bind: bool,
    facts: Vec<Fact>,
    created: When,
    ended: Option<When>,
    places: Vec<PlaceLine>,
    has_more_places: bool,
    /// What they are signed in with; none where the reader may not see it.
    held: Option<Vec<Held>>,
    lines: Vec<Line>,
}

/// `GET /people/{id}`.
pub(in crate::http) async fn get(call: Call) -> Answer {
    let query = done::beside(&call)?;
    let done = done::told(&call).and_then(|word| words::done(&word));
    query.end()?;
    shown(&call, call.id(NO_SUCH_USER)?, done, None).await
}

/// The page, with what was just done or why it was not.
pub(super) async fn shown(call: &Call, id: Id, done: Option<&'static str>, fault: Option<Problem>) -> Answer {
    let (mut view, caller) = (call.view().await?, call.caller()?);
    let (user, places) = person::read(&mut view, caller, id).await?;
    let sees_all = policy::may(caller, Deed::ListUsers, Whose::Foreign);
    let sees_own = sees_all || caller.user == id;
    let title = user.display_name.as_deref().or(user.user_name.as_deref()).unwrap_or("nameless");
    let name = text::name(title);
    let (held, ended) = if sees_own { held_by(call, &mut view, id).await? } else { (None, (0, 0)) };
    let switches = switches::of(&mut view, caller, &user, sees_all).await?;
    let lines = history(call, &mut view, Resource::User, id).await?;
    let acts = acts(call, &user, &name, ended)?;
    let status = fault.as_ref().map_or(StatusCode::OK, |problem| problem.status);
    let page = PersonPage {
        frame: Frame::of(call, &mut view, PEOPLE, name.as_str()).await?,
        id: id.to_string(),
        warning: lookalike::warning(title),
        chips: chips(&user),
        role: words::platform_role(user.platform_role),
        done,
        fault: fault.map(|problem| plain(problem.told().0)),
        has_access: user.is_active && user.deleted_at.is_none(),
        answer: switches::answer(&user),
        advice: switches::advice(&user),
        switches,
        acts,
        may_bind: policy::may(caller, Deed::BindIdentity, Whose::Foreign) && switches::is_unbound(&user),
        facts: facts(&user, sees_own),
        created: user.created_at.into(),
        ended: user.deleted_at.or(user.deactivated_at).map(When::from),
        has_more_places: places.len() >= MOST_PLACES as usize,
        places: places.iter().map(PlaceLine::from).collect(),
        held,
        lines,
        name,
    };
    Ok(html::page(status, &page)?)
}

/// The newest rows about a person or a team that the caller may see.
///
/// # Errors
/// What the engine reports.
pub(super) async fn history(call: &Call, view: &mut View, kind: Resource, id: Id) -> Result<Vec<Line>> {
    let search = Search { terms: vec![audit_log::history(kind, id)], ..Search::default() };
    if policy::reach(call.caller()?, Deed::ReadAudit) == Reach::Nowhere {
        return Ok(Vec::new());
    }
    let page = audit_log::list(view, call.caller()?, (search, None), HISTORY).await?;
    events::lines(view, &page.events).await
}

/// What somebody is signed in with and reached by, and how many sessions and mobile sign-ins that are.
async fn held_by(call: &Call, view: &mut View, id: Id) -> Result<(Option<Vec<Held>>, (usize, usize))> {
    let (proven, now) = (call.proven()?, call.ctx.now);
    let caller = &proven.caller;
    let sessions = sessions::list(view, caller, id, now, (None, MOST_HELD)).await?;
    let phones = mobile::list(view, caller, id, now, (None, MOST_HELD)).await?;
    let devices = devices::list(view, caller, id, (None, MOST_HELD)).await?;
    let keys = api_keys::list(view, caller, id, now, (None, MOST_HELD)).await?;
    let counts = (sessions.len(), phones.len());
    let current = proven.session.as_ref().map(|session| session.id);
    let all = vec![
        held::sessions(id, &sessions, current),
        held::phones(id, &phones),
        held::devices(id, &devices),
        held::keys(id, &keys),
    ];
    Ok((Some(all), counts))
}

fn chips(user: &WholeUser) -> Vec<Chip> {
    let admin =
        (user.platform_role == PlatformRole::Admin).then(|| Chip::of(words::platform_role(user.platform_role), ""));
    let glass = user.is_break_glass_account.then(|| Chip::of("break-glass", "warn"));
    [words::state(&Standing::from(user))].into_iter().chain(admin).chain(glass).collect()
}

fn facts(user: &WholeUser, sees_own: bool) -> Vec<Fact> {
    let proof = |is_proven| if is_proven { Chip::of("proven", "good") } else { Chip::of("not proven", "") };
    let all = [
        ("Sign-in name (userName)", &user.user_name, None, true),
        ("E-mail", &user.email, Some(proof(user.email_verified)), true),
        ("Phone", &user.phone, Some(proof(user.phone_verified)), true),
        ("Okta user id", &user.okta_id, None, sees_own),
        ("externalId", &user.external_id, None, sees_own),
    ];
    let told = all.into_iter().filter(|(.., is_shown)| *is_shown);
    let mut facts: Vec<Fact> = told
        .map(|(name, value, remark, _)| Fact {
            name,
            remark: remark.filter(|_| value.is_some()),
            value: text::name(value.as_deref().unwrap_or_default()),
        })
        .collect();
    if sees_own {
        let scim = user.scim_id.map(|id| id.to_string()).unwrap_or_default();
        facts.push(Fact { name: "SCIM id", value: scim, remark: None });
    }
    let origin = if user.synced_from_okta { "Okta" } else { "this server" };
    facts.push(Fact { name: "Comes from", value: origin.to_owned(), remark: None });
    facts
}

const OFF: &str = "Ends every session, mobile sign-in, API key and device of this person on their next request, on every \
     replica. Memberships and roles stay. Okta is not told.";
const ON: &str = "Turns the admins' switch on again. There is access only if SCIM and Okta say so too.";
const OUT: &str = "Signs this person out everywhere. They can sign in again at once; API keys stay.";
const CLEAR: &str =
    "Sets aside what Okta said of the account, until Okta says something newer. Marked HIGH in the audit.";
const PROMOTE: &str = "A platform admin may do everything here, to everybody.";
const DEMOTE: &str =
    "They keep their places and roles in teams. The last platform admin with access cannot be demoted.";

/// What the caller may do to somebody, as they are at this moment.
fn acts(call: &Call, user: &WholeUser, name: &str, (sessions, phones): (usize, usize)) -> Result<Vec<Act>> {
    let (caller, mut all) = (call.caller()?, Vec::new());
    let may = |deed| policy::may(caller, deed, if caller.user == user.id { Whose::Own } else { Whose::Foreign });
    if user.is_break_glass_account || user.deleted_at.is_some() {
        return Ok(all);
    }
    let to = |verb: &str| format!("{PEOPLE}/{}/{verb}", user.id);
    if may(Deed::SetAccess) && sessions + phones > 0 {
        let (one, other) = (
            words::count_of(sessions, "session", "sessions"),
            words::count_of(phones, "mobile sign-in", "mobile sign-ins"),
        );
        let what = match (sessions, phones) {
            (_, 0) => one,
            (0, _) => other,
            _ => format!("{one} and {other}"),
        };
        all.push(
            Act::of(to("revoke-sessions"), "Sign out everywhere", OUT, &format!("Revoke {what} of"), name).danger(),
        );
    }
    if may(Deed::SetAccess) {
        all.push(if user.admin_active {
            Act::of(to("deactivate"), "Deactivate", OFF, "Deactivate", name).danger()
        } else {
            Act::of(to("reactivate"), "Reactivate", ON, "Reactivate", name)
        });
    }
    if may(Deed::ClearOktaStatus) && user.okta_status != OktaStatus::Ok {
        all.push(
            Act::of(to("clear-okta-status"), "Set Okta's status aside", CLEAR, "Set aside what Okta says of", name)
                .danger(),
        );
    }
    if may(Deed::SetRole) {
        let is_admin = user.platform_role == PlatformRole::Admin;
        let (role, summary, about, verb, after) = if is_admin {
            ("USER", "Take the admin role", DEMOTE, "Take the platform admin role from", "")
        } else {
            ("PLATFORM_ADMIN", "Make platform admin", PROMOTE, "Make", "a platform admin")
        };
        let mut act = Act::of(to("role"), summary, about, verb, name).danger();
        act.hidden.push(("role", role.to_owned()));
        act.button.2 = after;
        all.push(act);
    }
    Ok(all)
}
