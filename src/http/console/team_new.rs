//! A new team: made by who may, asked for by everybody else.

use super::done;
use super::forms::{self, Form, Input};
use super::team_requests::REQUESTS;
use super::teams::TEAMS;
use crate::directory::incoming::Field;
use crate::directory::platform_teams::{self, Edit};
use crate::directory::team_requests::{self, MOST_PENDING};
use crate::error::Result;
use crate::http::api::call::Call;
use crate::http::api::team_requests::LONGEST_REASON;
use crate::http::api::teams::{LONGEST_CHANNEL, LONGEST_DESCRIPTION, LONGEST_NAME, read_channel};
use crate::http::problem::Answer;
use crate::model::Id;

/// What is said of a team's channel wherever it is asked for.
pub(super) const CHANNEL: &str = "A channel's name or id, with or without #.";
const MADE: &str = "The team belongs to this server: Okta does not see it, and pushes nothing into it. A team that follows a \
     group at Okta is made by pushing that group.";

fn name() -> Input {
    Input::line("name", "Name", LONGEST_NAME)
        .needed()
        .hint("No other living team may bear it, whatever the letter case.")
}

fn form() -> Form {
    Form {
        title: "Make a team".to_owned(),
        about: vec![MADE.to_owned()],
        to: TEAMS.to_owned(),
        hidden: Vec::new(),
        inputs: vec![
            name(),
            Input::line("description", "What it is for", LONGEST_DESCRIPTION),
            Input::line("slackChannel", "Slack channel", LONGEST_CHANNEL).hint(CHANNEL),
        ],
        button: ("Make the team", String::new(), ""),
        back: TEAMS.to_owned(),
    }
}

/// `GET /teams/new`.
pub(in crate::http) async fn ask(call: Call) -> Answer {
    call.query()?.end()?;
    forms::ask(&call, TEAMS, form()).await
}

/// The fields among these that were sent empty: in a form that is how nothing is said.
pub(super) fn empty<'f>(call: &Call, fields: &[&'f str]) -> Vec<&'f str> {
    fields.iter().copied().filter(|field| call.form.first(field) == Some("")).collect()
}

async fn made(call: &Call) -> Result<Id> {
    let mut fields = call.form.fields(&empty(call, &["description", "slackChannel"]))?;
    let name = fields.title("name", 1..=LONGEST_NAME);
    let edit = Edit {
        name: None,
        description: fields.text_or_null("description", 1..=LONGEST_DESCRIPTION),
        slack_channel: read_channel(&mut fields),
        notifications: Field::Kept,
        escalation: Field::Kept,
    };
    let work = (call.caller()?, fields.done(name)?, edit);
    call.unit(&work, |tx, (caller, name, edit)| Box::pin(platform_teams::create(tx, caller, name, edit))).await
}

/// `POST /teams`.
pub(in crate::http) async fn make(call: Call) -> Answer {
    match made(&call).await {
        Ok(id) => Ok(done::led_to(&call, &format!("{TEAMS}/{id}"), "made")?),
        Err(error) => forms::refused(&call, TEAMS, form(), error).await,
    }
}

fn wish() -> Form {
    let most = format!(
        "A platform admin decides, and you run the team that is made. You may wait for {MOST_PENDING} at once."
    );
    Form {
        title: "Ask for a team".to_owned(),
        about: vec![most],
        to: REQUESTS.to_owned(),
        hidden: Vec::new(),
        inputs: vec![name(), Input::line("reason", "Why it is needed", LONGEST_REASON).needed()],
        button: ("Ask for the team", String::new(), ""),
        back: REQUESTS.to_owned(),
    }
}

/// `GET /team-requests/new`.
pub(in crate::http) async fn ask_wish(call: Call) -> Answer {
    call.query()?.end()?;
    forms::ask(&call, TEAMS, wish()).await
}

async fn wished(call: &Call) -> Result<bool> {
    let mut fields = call.form.fields(&[])?;
    let (name, reason) = (fields.title("name", 1..=LONGEST_NAME), fields.title("reason", 1..=LONGEST_REASON));
    let (name, reason) = fields.done(name.zip(reason))?;
    let work = (call.caller()?, name, reason);
    let made = call.unit(&work, |tx, (caller, name, reason)| Box::pin(team_requests::make(tx, caller, name, reason)));
    Ok(made.await?.1)
}

/// `POST /team-requests`.
pub(in crate::http) async fn make_wish(call: Call) -> Answer {
    match wished(&call).await {
        Ok(is_new) => Ok(done::led_to(&call, REQUESTS, if is_new { "asked" } else { "asked-before" })?),
        Err(error) => forms::refused(&call, TEAMS, wish(), error).await,
    }
}
