//! One team: what it is, where it comes from, who is in it and who holds them, and what can be done.

use askama::Template;
use axum::http::StatusCode;

use super::done;
use super::events::Line;
use super::frame::Frame;
use super::html::{self, link};
use super::lookalike;
use super::person::history;
use super::roll_words::{self as words, Act, Chip, When};
use super::teams::{self, TEAMS};
use super::text::{self, plain};
use crate::audit::Resource;
use crate::audit::sentence::Piece;
use crate::directory::platform_teams::{self, NO_SUCH_TEAM};
use crate::error::Result;
use crate::http::api::call::Call;
use crate::http::api::pages;
use crate::http::problem::{Answer, Problem};
use crate::model::policy::{self, Caller, Deed, Whose};
use crate::model::words::Word;
use crate::model::{Id, TeamRole};
use crate::store::okta_links::{self, GroupLink};
use crate::store::platform_members::{self, ShownMember};
use crate::store::platform_teams::ShownTeam;
use crate::store::{View, team_tags};

/// How many members a page shows.
const PAGE: u32 = 100;

/// A member as a line of the page.
struct MemberLine {
    id: String,
    name: String,
    warning: Option<&'static str>,
    is_active: bool,
    role: &'static str,
    source: &'static str,
    is_out: bool,
    since: When,
}

impl From<&ShownMember> for MemberLine {
    fn from(member: &ShownMember) -> Self {
        Self {
            id: member.user_id.to_string(),
            name: text::name(member.name.as_deref().unwrap_or("nameless")),
            warning: lookalike::warning(member.name.as_deref().unwrap_or_default()),
            is_active: member.is_active,
            role: words::team_role(member.role),
            source: words::source(member.by_okta, member.by_platform, member.opted_out),
            is_out: member.opted_out,
            since: member.joined_at.into(),
        }
    }
}

/// The group at Okta, as far as the reader may know of it.
struct GroupNote {
    id: String,
    name: String,
    is_confirmed: bool,
}

fn note((group, is_confirmed): (GroupLink, bool)) -> GroupNote {
    let name = group.group_name.unwrap_or(group.team_name);
    GroupNote { id: plain(&group.okta_group_id), name: text::name(&name), is_confirmed }
}

#[derive(Template)]
#[template(path = "team.html")]
#[expect(clippy::struct_excessive_bools, reason = "what the template asks of a team and its reader, yes or no")]
struct TeamPage {
    frame: Frame,
    id: String,
    name: String,
    /// What is odd about the name.
    oddity: Option<&'static str>,
    state: Chip,
    done: Option<&'static str>,
    fault: Option<String>,
    description: String,
    channel: String,
    source: &'static str,
    group: Option<GroupNote>,
    tags: Vec<String>,
    warnings: Vec<&'static str>,
    created: When,
    archived: Option<When>,
    acts: Vec<Act>,
    may_edit: bool,
    may_set_members: bool,
    may_open_people: bool,
    roles: Vec<(&'static str, &'static str)>,
    members: Vec<MemberLine>,
    is_whole: bool,
    next: Option<String>,
    lines: Vec<Line>,
}

/// `GET /teams/{id}`.
pub(in crate::http) async fn get(call: Call) -> Answer {
    let mut query = done::beside(&call)?;
    let done = done::told(&call).and_then(|word| words::done(&word));
    let after = query.id("after");
    query.end()?;
    shown(&call, call.id(NO_SUCH_TEAM)?, after, (done, None)).await
}

/// What the reader may do with a team: their part in it counts where the table says so.
struct Powers<'c> {
    caller: &'c Caller,
    whose: Whose,
}

impl<'c> Powers<'c> {
    async fn of(view: &mut View, caller: &'c Caller, team: Id) -> Result<(Self, Option<TeamRole>)> {
        let role = platform_members::role_in(view, team, caller.user).await?;
        Ok((Self { caller, whose: role.map_or(Whose::Foreign, Whose::In) }, role))
    }

    fn may(&self, deed: Deed) -> bool {
        policy::may(self.caller, deed, self.whose)
    }
}

/// The page, with what was just done or why it was not.
pub(super) async fn shown(
    call: &Call,
    id: Id,
    after: Option<Id>,
    (done, fault): (Option<&'static str>, Option<Problem>),
) -> Answer {
    let (mut view, caller) = (call.view().await?, call.caller()?);
    let team = platform_teams::read(&mut view, id).await?;
    let (powers, role) = Powers::of(&mut view, caller, id).await?;
    let group = group_of(&mut view, &powers, id).await?;
    let found = platform_members::list(&mut view, id, after, PAGE + 1).await?;
    let (mut found, next) = pages::cut(found, PAGE, |last| last.user_id.to_string());
    let is_whole = after.is_none() && next.is_none();
    if is_whole {
        found.sort_by_cached_key(|member| crate::scim::text::fold(member.name.as_deref().unwrap_or_default()));
    }
    let name = text::name(&team.name);
    let status = fault.as_ref().map_or(StatusCode::OK, |problem| problem.status);
    let page = TeamPage {
        id: id.to_string(),
        oddity: lookalike::warning(&team.name),
        state: teams::state(&team),
        done,
        fault: fault.map(|problem| plain(problem.told().0)),
        description: plain(team.description.as_deref().unwrap_or_default()),
        channel: plain(team.slack_channel.as_deref().unwrap_or_default()),
        source: teams::source(&team),
        tags: tags(&mut view, id).await?,
        warnings: warnings(&mut view, &team).await?,
        created: team.created_at.into(),
        archived: team.archived_at.map(When::from),
        acts: acts(&team, &name, &powers, role, group.as_ref()),
        group: group.map(note),
        may_edit: powers.may(Deed::EditTeams) && team.archived_at.is_none(),
        may_set_members: powers.may(Deed::SetMembers) && team.archived_at.is_none(),
        may_open_people: powers.may(Deed::ReadUser),
        roles: TeamRole::ALL.iter().rev().map(|role| (role.as_str(), words::team_role(*role))).collect(),
        members: found.iter().map(MemberLine::from).collect(),
        is_whole,
        next: next.map(|last| link(&format!("{TEAMS}/{id}"), &[("after", &last)])),
        lines: history(call, &mut view, Resource::Team, id).await?,
        frame: Frame::of(call, &mut view, TEAMS, name.as_str()).await?,
        name,
    };
    Ok(html::page(status, &page)?)
}

async fn tags(view: &mut View, id: Id) -> Result<Vec<String>> {
    let all = team_tags::list(view, id).await?;
    Ok(all
        .into_iter()
        .map(|(_, tag)| format!("{}: {}", tag.kind.as_str().to_lowercase(), text::name(&tag.value)))
        .collect())
}

/// What a living team lacks.
async fn warnings(view: &mut View, team: &ShownTeam) -> Result<Vec<&'static str>> {
    if team.archived_at.is_some() {
        return Ok(Vec::new());
    }
    Ok(platform_teams::health(view, team.id).await?.into_iter().map(|(_, sentence)| sentence).collect())
}

/// The group that the team is linked to, or that its name proposes; for whoever may see links.
async fn group_of(view: &mut View, powers: &Powers<'_>, id: Id) -> Result<Option<(GroupLink, bool)>> {
    if !powers.may(Deed::ReadLinks) {
        return Ok(None);
    }
    if let Some(group) = okta_links::of_team(view, id).await? {
        return Ok(Some((group, true)));
    }
    Ok(okta_links::proposed_for(view, id).await?.map(|group| (group, false)))
}

const QUIET: &str = "Say that the team's systems are being worked on. Members and roles stay as they are.";
const LOUD: &str = "The work is done.";
const ARCHIVE: &str =
    "Nobody has rights or duty in it any more, and its name is free. People stay in it, and it can be restored.";
const RESTORE: &str = "Brings the team back with its people and their roles.";
const LEAVE: &str =
    "You lose your role in this team. Where Okta holds you in its group, you are marked as opted out here.";
const CONFIRM: &str = "Events of this group at Okta act on the team from then on: memberships, and its deletion.";
const UNLINK: &str = "Events of this group at Okta act on the team no more. What SCIM pushes still does.";

/// What the reader may do with the team, as it is at this moment.
fn acts(
    team: &ShownTeam,
    name: &str,
    powers: &Powers<'_>,
    role: Option<TeamRole>,
    group: Option<&(GroupLink, bool)>,
) -> Vec<Act> {
    let to = |verb: &str| format!("{TEAMS}/{}/{verb}", team.id);
    let mut all = Vec::new();
    if team.archived_at.is_some() {
        if powers.may(Deed::MakeTeams) {
            all.push(Act::of(to("restore"), "Restore", RESTORE, "Restore", name));
        }
        return all;
    }
    if powers.may(Deed::MaintainTeams) {
        let (on, summary, about, verb) = if team.maintenance_mode {
            ("false", "End maintenance", LOUD, "End maintenance of")
        } else {
            ("true", "Begin maintenance", QUIET, "Begin maintenance of")
        };
        let mut act = Act::of(to("maintenance"), summary, about, verb, name);
        act.hidden.push(("on", on.to_owned()));
        act.reason = Some(("reason", "Reason, for the audit"));
        all.push(act);
    }
    if let Some((group, is_confirmed)) = group.filter(|_| powers.may(Deed::SetLinks)) {
        let called = text::name(group.group_name.as_deref().unwrap_or(&group.okta_group_id));
        if !is_confirmed {
            let mut act =
                Act::of(to("link"), "Confirm the link to the Okta group", CONFIRM, "Link to the Okta group", &called);
            act.hidden.push(("group", group.okta_group_id.clone()));
            all.push(act);
        }
        let mut act =
            Act::of(to("unlink"), "Set the link to the Okta group aside", UNLINK, "Set aside the link to", &called)
                .danger();
        act.hidden.push(("group", group.okta_group_id.clone()));
        all.push(act);
    }
    if role.is_some() && policy::may(powers.caller, Deed::LeaveTeams, Whose::Own) {
        all.push(Act::of(to("leave"), "Leave this team", LEAVE, "Leave", name).danger());
    }
    if powers.may(Deed::MakeTeams) {
        all.push(Act::of(to("archive"), "Archive", ARCHIVE, "Archive", name).danger());
    }
    all
}
