//! What a team says of itself, as a form: saved whole or not at all, and never over what somebody else wrote meanwhile.

use serde_json::Value;

use super::done;
use super::forms::{self, Form, Input, lines};
use super::team_new::{CHANNEL, empty};
use super::teams::TEAMS;
use super::text;
use crate::access::permission;
use crate::directory::incoming::Field;
use crate::directory::platform_teams::{self, Edit, NO_SUCH_TEAM, okta_owned};
use crate::directory::team_settings::{self, Settings};
use crate::error::{Error, Result};
use crate::http::api::call::Call;
use crate::http::api::fields::Fields;
use crate::http::api::teams::{
    LONGEST_CHANNEL, LONGEST_DESCRIPTION, LONGEST_NAME, LONGEST_TAG, MOST_TAGS, has_twins, read_channel, read_tag,
};
use crate::http::problem::Answer;
use crate::model::Id;
use crate::model::contact::Channel;
use crate::model::policy::Deed;
use crate::model::team_settings::{EscalationDefaults, LONGEST_WAIT, MOST_ROUNDS, NotificationDefaults, Tag, TagKind};
use crate::model::words::Word;
use crate::scim::etag::IfMatch;
use crate::store::platform_teams::ShownTeam;
use crate::store::team_tags;

/// The field that carries the version of the team that the form shows.
const REVISION: &str = "revision";
/// The fields of the tags, a kind each: name, label, hint.
const TAGS: [(&str, &str, &str, TagKind); 2] = [
    (
        "organizational",
        "Organizational tags",
        "One a line: where the team belongs, such as a place or a department.",
        TagKind::Organizational,
    ),
    (
        "technical",
        "Technical tags",
        "One a line: what the team runs, such as a service or a database.",
        TagKind::Technical,
    ),
];
/// The longest number that is typed, in digits.
const DIGITS: usize = 4;
/// How many characters a list of tags takes: all of them as long as they may be, a line each.
const LONGEST_LIST: usize = MOST_TAGS * (LONGEST_TAG + 1);
/// The same of channels.
const LONGEST_CHANNELS: usize = 100;

/// A setting as it is typed: a number, or words a line each.
fn typed(stored: &str, name: &str) -> String {
    let settings: Value = serde_json::from_str(stored).unwrap_or_default();
    match settings.get(name) {
        Some(Value::Array(list)) => list.iter().filter_map(Value::as_str).collect::<Vec<_>>().join("\n"),
        Some(number) => number.to_string(),
        None => String::new(),
    }
}

/// What is asked of a team, with what it says now.
fn inputs(team: &ShownTeam, tags: &[(Id, Tag)], owned: &[&str]) -> Vec<Input> {
    let words: Vec<&str> = Channel::ALL.iter().map(|channel| channel.as_str()).collect();
    let text = |value: &Option<String>| value.clone().unwrap_or_default();
    let all = vec![
        Input::line("name", "Name", LONGEST_NAME).needed().with(team.name.clone()),
        Input::line("description", "What it is for", LONGEST_DESCRIPTION).with(text(&team.description)),
        Input::line("slackChannel", "Slack channel", LONGEST_CHANNEL).hint(CHANNEL).with(text(&team.slack_channel)),
        Input::list("channels", "Notification channels", LONGEST_CHANNELS)
            .hint(format!("One a line, the first to be tried first: {}.", words.join(", ")))
            .with(typed(&team.notification_defaults, "channels")),
        Input::line("afterMinutes", "Escalate after (minutes)", DIGITS)
            .hint(format!("From 1 to {LONGEST_WAIT}."))
            .with(typed(&team.escalation_defaults, "afterMinutes")),
        Input::line("rounds", "Repeat rounds", DIGITS)
            .hint(format!("How often everybody is asked again, from 0 to {MOST_ROUNDS}."))
            .with(typed(&team.escalation_defaults, "rounds")),
    ];
    let tagged = |(name, label, hint, kind): &(&'static str, &'static str, &'static str, TagKind)| {
        let of_kind: Vec<&str> = tags.iter().filter(|(_, tag)| tag.kind == *kind).map(|(_, tag)| &*tag.value).collect();
        Input::list(name, label, LONGEST_LIST).hint(*hint).with(of_kind.join("\n"))
    };
    all.into_iter().filter(|input| !owned.contains(&input.name)).chain(TAGS.iter().map(tagged)).collect()
}

/// The form with what the team says at this moment. The version is read first: what changes meanwhile is shown under the
/// version before, and whoever sends that is told.
async fn form(call: &Call) -> Result<Form> {
    let (id, mut view) = (call.id(NO_SUCH_TEAM)?, call.view().await?);
    let version = platform_teams::version(&mut view, id).await?;
    let team = platform_teams::read(&mut view, id).await?;
    permission::demand_in(&mut view, call.caller()?, Deed::EditTeams, id).await?;
    let (tags, owned) = (team_tags::list(&mut view, id).await?, okta_owned(&team)?);
    let of_okta = |field: &&str| match *field {
        "name" => "The name comes from Okta: change it there.".to_owned(),
        other => format!("The {other} comes from Okta: change it there."),
    };
    let name = text::name(&team.name);
    Ok(Form {
        title: format!("Settings of {name}"),
        about: owned.iter().map(of_okta).collect(),
        to: format!("{TEAMS}/{id}/settings"),
        hidden: vec![(REVISION, version.to_string())],
        inputs: inputs(&team, &tags, &owned),
        button: ("Save the settings of", name, ""),
        back: format!("{TEAMS}/{id}"),
    })
}

/// `GET /teams/{id}/settings`.
pub(in crate::http) async fn ask(call: Call) -> Answer {
    call.query()?.end()?;
    forms::ask(&call, TEAMS, form(&call).await?).await
}

/// A text that is left out, emptied, or given.
fn emptied(field: Field<String>, name: &str, empty: &[&str]) -> Field<String> {
    if empty.contains(&name) { Field::Cleared } else { field }
}

fn read_channels(call: &Call, fields: &mut Fields) -> NotificationDefaults {
    let words: Vec<Option<Channel>> =
        lines(call, "channels").map(|line| Channel::from_word(&line.to_uppercase())).collect();
    let is_twice = |at: usize| words[..at].contains(&words[at]);
    if words.contains(&None) || (0..words.len()).any(is_twice) {
        fields.refuse("channels", "must be channels of those below, each once, one a line");
    }
    NotificationDefaults { channels: words.into_iter().flatten().collect() }
}

/// The tags of both kinds; what is wrong with one is told beside its list, with its line.
fn read_tags(call: &Call, fields: &mut Fields) -> Result<Vec<Tag>> {
    let mut all = Vec::new();
    for (field, _, _, kind) in TAGS {
        for (at, line) in lines(call, field).enumerate() {
            let mut one = Fields::of_pairs([("kind", kind.as_str()), ("value", line)].into_iter())?;
            all.extend(read_tag(&mut one));
            if let Err(Error::Invalid(flaws)) = one.end() {
                let problem = flaws.into_iter().next().map(|flaw| flaw.problem).unwrap_or_default();
                fields.refuse(field, format!("has a tag, the {}. of them, that {problem}", at + 1));
            }
        }
    }
    if all.len() > MOST_TAGS {
        fields.refuse(TAGS[0].0, format!("and the other list may hold {MOST_TAGS} tags together"));
    }
    if has_twins(&all) {
        fields.refuse(TAGS[0].0, "and the other list must hold each tag of a kind once, whatever its letter case");
    }
    Ok(all)
}

/// What the form says, and of which version of the team.
fn read(call: &Call) -> Result<(Settings, IfMatch)> {
    let empty = empty(call, &["description", "slackChannel", "afterMinutes", "rounds"]);
    let apart: Vec<&str> = ["channels", TAGS[0].0, TAGS[1].0].into_iter().chain(empty.iter().copied()).collect();
    let mut fields = call.form.fields(&apart)?;
    let name = if fields.has("name") { fields.title("name", 1..=LONGEST_NAME) } else { None };
    let description = fields.text_or_null("description", 1..=LONGEST_DESCRIPTION);
    let channel = read_channel(&mut fields);
    let edit = Edit {
        name,
        description: emptied(description, "description", &empty),
        slack_channel: emptied(channel, "slackChannel", &empty),
        notifications: Field::Given(read_channels(call, &mut fields)),
        escalation: Field::Given(EscalationDefaults {
            after_minutes: fields.number("afterMinutes", 1..=LONGEST_WAIT),
            rounds: fields.number("rounds", 0..=MOST_ROUNDS),
        }),
    };
    let tags = read_tags(call, &mut fields)?;
    let revision = fields.text(REVISION, 1..=20).and_then(|text| text.parse().ok());
    // What is no number is no version that ever was, and told as a change in between.
    fields.end()?;
    Ok((Settings { edit, tags }, IfMatch::Versions(revision.into_iter().collect())))
}

async fn saved(call: &Call) -> Result<()> {
    let (settings, if_match) = read(call)?;
    let work = (call.caller()?, call.id(NO_SUCH_TEAM)?, settings, if_match);
    let save = call.unit(&work, |tx, (caller, id, settings, if_match)| {
        Box::pin(team_settings::save(tx, caller, *id, settings, if_match))
    });
    save.await
}

/// `POST /teams/{id}/settings`. What is kept already was saved: a form that is sent twice is no conflict.
pub(in crate::http) async fn save(call: Call) -> Answer {
    let id = call.id(NO_SUCH_TEAM)?;
    let told = || done::led_to(&call, &format!("{TEAMS}/{id}"), "settings");
    let Err(error) = saved(&call).await else { return Ok(told()?) };
    let form = form(&call).await?;
    match error {
        Error::Precondition(_) if form.is_kept(&call) => Ok(told()?),
        error => forms::refused(&call, TEAMS, form, error).await,
    }
}
