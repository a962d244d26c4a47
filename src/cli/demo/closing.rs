//! What came of the conversation: the people, the teams with their members, Okta's events, and the audit as sentences.

use std::collections::HashMap;

use secrecy::ExposeSecret;
use serde_json::Value;

use super::super::Failure;
use super::hooks;
use super::say;
use super::sentence::sentence;
use super::stage::Stage;
use crate::model::words::Word;
use crate::store::audit_list::{self, Wanted};

/// More rows than the conversation can make.
const ROWS: usize = 1_000;

/// Display names by SCIM id.
pub type Names = HashMap<String, String>;

/// Shows it.
pub async fn show(stage: &Stage, steps: usize, deliveries: usize) -> Result<(), Failure> {
    let found = list(stage, "/Users?startIndex=1&count=100").await?;
    let groups = list(stage, "/Groups?startIndex=1&count=100").await?;
    let names: Names = found.iter().map(|person| (text(person, "id").to_owned(), name(person))).collect();
    say(&format!(
        "\n{steps} requests and {deliveries} event hooks, each answered as Okta expects. This is what came of them.\n"
    ))?;
    say(&format!("People ({})", found.len()))?;
    for person in &found {
        let access = if person["active"] == true { "active" } else { "inactive" };
        let line =
            format!("  {:<24} {:<32} {access:<9} {}", name(person), text(person, "userName"), text(person, "title"));
        say(line.trim_end())?;
    }
    say(&format!("\nTeams ({})", groups.len()))?;
    for group in &groups {
        say(&format!("  {:<24} {}", text(group, "displayName"), members(group, &names)))?;
    }
    let by_okta = found.iter().map(|person| (text(person, "externalId").to_owned(), name(person))).collect();
    tell_events(stage, &by_okta).await?;
    tell(stage, &names).await
}

/// Okta's events, in the order in which they came, and what became of each. `names` are by Okta's ids.
async fn tell_events(stage: &Stage, names: &Names) -> Result<(), Failure> {
    let events = hooks::list(stage).await?;
    say(&format!("\nEvents ({}, in the order in which they came)", events.len()))?;
    for event in events.iter().rev() {
        let person = event.lane.strip_prefix("user:").unwrap_or(&event.lane);
        let person = names.get(person).map_or("a stranger", String::as_str);
        let (became, kind) = (event.state.as_str(), event.event_type.as_deref().unwrap_or_default());
        let line = format!("  {became:<9}  {kind:<24}  {person:<24} {}", event.reason.as_deref().unwrap_or_default());
        say(line.trim_end())?;
    }
    Ok(())
}

async fn tell(stage: &Stage, names: &Names) -> Result<(), Failure> {
    let mut events = audit_list::list(&mut stage.app.db.view().await?, &Wanted::default(), ROWS).await?.events;
    events.reverse();
    say(&format!("\nThe audit ({} rows, oldest first)", events.len()))?;
    for event in &events {
        say(&format!("  {}  {:<4}  {}", &event.at.rfc3339()[11..19], event.severity.as_str(), sentence(event, names)))?;
    }
    Ok(())
}

async fn list(stage: &Stage, path: &str) -> Result<Vec<Value>, Failure> {
    let said = |error: reqwest::Error| Failure::Other(error.to_string());
    let client = reqwest::Client::builder().no_proxy().build().map_err(said)?;
    let request = client.get(format!("{}{path}", stage.base)).bearer_auth(stage.token.expose_secret());
    let page: Value = request.send().await.map_err(said)?.json().await.map_err(said)?;
    Ok(page["Resources"].as_array().cloned().unwrap_or_default())
}

fn members(group: &Value, names: &Names) -> String {
    let ids = group["members"].as_array().into_iter().flatten().filter_map(|member| member["value"].as_str());
    let mut shown: Vec<&str> = ids.map(|id| names.get(id).map_or(id, String::as_str)).collect();
    shown.sort_unstable();
    if shown.is_empty() { "nobody".to_owned() } else { shown.join(", ") }
}

fn name(person: &Value) -> String {
    let full = [&person["name"]["givenName"], &person["name"]["familyName"]];
    let full: Vec<&str> = full.into_iter().filter_map(Value::as_str).collect();
    match (person["displayName"].as_str(), full.is_empty()) {
        (Some(shown), _) => shown.to_owned(),
        (None, false) => full.join(" "),
        (None, true) => text(person, "userName").to_owned(),
    }
}

fn text<'v>(value: &'v Value, key: &str) -> &'v str {
    value[key].as_str().unwrap_or_default()
}
