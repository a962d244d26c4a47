//! One person in one team: as what, held by whom, and how that is changed or ended.

use askama::Template;
use axum::http::StatusCode;

use super::frame::Frame;
use super::html;
use super::roll_words::{self as words, Act, When};
use super::teams::TEAMS;
use super::text::{self, plain};
use crate::access::permission;
use crate::directory::platform_members::NO_SUCH_MEMBER;
use crate::directory::platform_teams::{self, NO_SUCH_TEAM};
use crate::error::Error;
use crate::http::api::call::Call;
use crate::http::problem::{Answer, Problem};
use crate::model::policy::Deed;
use crate::model::words::Word;
use crate::model::{Id, TeamRole};
use crate::store::platform_members::{self, ShownMember};

#[derive(Template)]
#[template(path = "member.html")]
struct MemberPage {
    frame: Frame,
    team: String,
    team_name: String,
    id: String,
    name: String,
    role: &'static str,
    source: &'static str,
    since: When,
    done: Option<&'static str>,
    fault: Option<String>,
    acts: Vec<Act>,
}

/// `GET /teams/{id}/members/{user}`.
pub(in crate::http) async fn get(call: Call) -> Answer {
    call.query()?.end()?;
    shown(&call, (call.id(NO_SUCH_TEAM)?, call.id_of("user", NO_SUCH_MEMBER)?), None).await
}

/// The page, with why something was not done.
pub(super) async fn shown(call: &Call, (id, user): (Id, Id), fault: Option<Problem>) -> Answer {
    let (mut view, caller) = (call.view().await?, call.caller()?);
    let team = platform_teams::read(&mut view, id).await?;
    permission::demand_in(&mut view, caller, Deed::SetMembers, id).await?;
    let found = platform_members::show(&mut view, id, user).await?;
    let member = found.ok_or_else(|| Error::not_found(NO_SUCH_MEMBER))?;
    let (name, team_name) = (text::name(member.name.as_deref().unwrap_or("nameless")), text::name(&team.name));
    let status = fault.as_ref().map_or(StatusCode::OK, |problem| problem.status);
    let page = MemberPage {
        frame: Frame::of(call, &mut view, TEAMS, format!("{name} in {team_name}")).await?,
        team: id.to_string(),
        id: user.to_string(),
        role: words::team_role(member.role),
        source: words::source(member.by_okta, member.by_platform, member.opted_out),
        since: member.joined_at.into(),
        done: None,
        fault: fault.map(|problem| plain(problem.told().0)),
        acts: if team.archived_at.is_some() { Vec::new() } else { acts(id, &member, &name) },
        name,
        team_name,
    };
    Ok(html::page(status, &page)?)
}

const OUT: &str = "They lose their role in this team at once. Their access to the platform stays.";
const OPT_OUT: &str = "Okta holds them in the group, so they are marked as opted out here: without rights or duty, until \
     somebody takes them back or Okta lets go.";
const BACK: &str = "They have rights and duty in the team again.";

/// What a role brings, in a sentence.
const fn brings(role: TeamRole) -> &'static str {
    match role {
        TeamRole::Admin => "A team admin runs the team: its people, its settings, its maintenance.",
        TeamRole::Responder => "A responder is on call for the team and may turn maintenance on and off.",
        TeamRole::Observer => "An observer watches, and changes nothing.",
    }
}

const fn as_what(role: TeamRole) -> (&'static str, &'static str) {
    match role {
        TeamRole::Admin => ("Make team admin", "a team admin"),
        TeamRole::Responder => ("Make responder", "a responder"),
        TeamRole::Observer => ("Make observer", "an observer"),
    }
}

fn acts(team: Id, member: &ShownMember, name: &str) -> Vec<Act> {
    let at = |verb: &str| format!("{TEAMS}/{team}/members/{}/{verb}", member.user_id);
    if member.opted_out {
        let mut act = Act::of(format!("{TEAMS}/{team}/members"), "Take back", BACK, "Take back", name);
        act.hidden = vec![("who", member.user_id.to_string()), ("role", member.role.as_str().to_owned())];
        return vec![act];
    }
    let other = TeamRole::ALL.iter().filter(|role| **role != member.role).map(|role| {
        let (summary, after) = as_what(*role);
        let mut act = Act::of(at("role"), summary, brings(*role), "Make", name);
        act.button.2 = after;
        act.hidden.push(("role", role.as_str().to_owned()));
        act
    });
    let about = if member.by_okta { OPT_OUT } else { OUT };
    other.chain([Act::of(at("remove"), "Remove from the team", about, "Remove", name).danger()]).collect()
}
