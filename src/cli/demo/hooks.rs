//! The event hooks that Okta fires after the conversation, also twice and out of order, and what becomes of each event.

use std::time::Duration;

use reqwest::Client;
use secrecy::ExposeSecret;
use serde::Deserialize;
use serde_json::{Value, json};

use super::super::Failure;
use super::stage::Stage;
use crate::clock::Time;
use crate::model::Id;
use crate::model::words::Word;
use crate::store::hook_inbox::{self, Kept};

/// The deliveries; `fixtures/README.md` says what each key means.
const DELIVERIES: &str = include_str!("../../../fixtures/demo/hooks.json");
/// More events than are fired.
const EVENTS: i64 = 100;
/// How often it is looked whether the events are settled, and how long the looks lie apart: ten seconds in all.
const LOOKS: u32 = 1_000;
const BETWEEN: Duration = Duration::from_millis(10);

#[derive(Deserialize)]
struct Step {
    say: String,
    events: Vec<Event>,
    expect: Vec<String>,
}

#[derive(Deserialize)]
struct Event {
    uuid: String,
    r#type: String,
    name: String,
    id: String,
    at: u64,
}

impl Event {
    /// The event as the System Log has it.
    fn written(&self, begin: Time) -> Value {
        json!({
            "uuid": self.uuid,
            "published": begin.plus(Duration::from_millis(self.at)).rfc3339(),
            "eventType": self.r#type,
            "outcome": { "result": "SUCCESS" },
            "actor": { "id": "00u4k1qzz0AdMiNs15d7", "type": "User", "displayName": "Ada Admin" },
            "target": [{ "id": self.id, "type": "User", "displayName": self.name }],
        })
    }
}

/// Fires every delivery, one line each unless `quiet`; tells how many there were.
pub async fn play(stage: &Stage, quiet: bool) -> Result<usize, Failure> {
    let steps = read()?;
    let client = Client::builder().no_proxy().build().map_err(|error| Failure::Other(error.to_string()))?;
    let begin = stage.app.clock.now();
    for (at, step) in steps.iter().enumerate() {
        let became = fire(stage, &client, step, begin).await.map_err(|failure| stopped(at + 1, step, &failure))?;
        if !quiet {
            super::say(&format!("  ✓ HOOK   204  {} ({became})", step.say))?;
        }
    }
    Ok(steps.len())
}

fn read() -> Result<Vec<Step>, Failure> {
    serde_json::from_str(DELIVERIES).map_err(|error| Failure::Other(format!("the deliveries are broken: {error}")))
}

fn stopped(number: usize, step: &Step, failure: &Failure) -> Failure {
    Failure::Other(format!("delivery {number} failed: {}\n  {failure}", step.say))
}

/// Delivers and waits until it is applied; tells what became of it.
async fn fire(stage: &Stage, client: &Client, step: &Step, begin: Time) -> Result<String, Failure> {
    let events: Vec<Value> = step.events.iter().map(|event| event.written(begin)).collect();
    let body = json!({ "eventType": "com.okta.event_hook", "eventId": Id::fresh().to_string(),
        "data": { "events": events } });
    let request = client.post(&stage.hooks).header("authorization", stage.hook_secret.expose_secret());
    let answer = request.header("content-type", "application/json").body(body.to_string()).send().await;
    let status = answer.map_err(|error| Failure::Other(error.to_string()))?.status();
    if status.as_u16() != 204 {
        return Err(Failure::Other(format!("answered {status}")));
    }
    let inbox = settled(stage).await?;
    let became = |event: &Event| {
        let found = inbox.iter().find(|kept| kept.event_key == format!("uuid:{}", event.uuid));
        found.map_or("nowhere", |kept| kept.state.as_str())
    };
    let became: Vec<&str> = step.events.iter().map(became).collect();
    if became == step.expect { Ok(became.join(", ")) } else { Err(Failure::Other(format!("became {became:?}"))) }
}

/// The inbox, the last that came first, when nothing in it waits any more.
async fn settled(stage: &Stage) -> Result<Vec<Kept>, Failure> {
    for _ in 0..LOOKS {
        let inbox = list(stage).await?;
        if inbox.iter().all(|kept| kept.settled_at.is_some()) {
            return Ok(inbox);
        }
        tokio::time::sleep(BETWEEN).await;
    }
    Err(Failure::Other("the events were not applied in time".to_owned()))
}

/// The inbox, the last that came first.
pub async fn list(stage: &Stage) -> Result<Vec<Kept>, Failure> {
    let newest = (stage.app.clock.now().plus(Duration::from_mins(1)), Id::fresh());
    Ok(hook_inbox::list(&mut stage.app.db.view().await?, None, newest, EVENTS).await?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_delivery_has_a_sentence_and_says_what_becomes_of_each_event() {
        let steps = read().expect("deliveries");
        assert!(!steps.is_empty());
        for step in steps {
            assert!(!step.say.is_empty() && !step.events.is_empty());
            assert_eq!(step.events.len(), step.expect.len(), "{}", step.say);
        }
    }
}
