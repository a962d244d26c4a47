//! Okta's event hooks: what is believed, what is kept, what is applied, and what happens when something is away.

mod applying;
mod effects;
mod proof;
mod receiving;
mod spooling;

use reqwest::{Method, RequestBuilder};
use rollcall::audit::{Action, Entry};
use rollcall::directory::hooks::{Applied, Claimed};
use rollcall::error::{Busy, Error};
use rollcall::store::{Tx, Work};
use serde_json::{Value, json};

use crate::harness::{Answer, HOOK_SECRET, NOON, Roll};

/// Where Okta delivers.
pub const PATH: &str = "/webhooks/okta/events";

/// An event about a person, published at noon.
pub fn event(uuid: &str, person: &str) -> Value {
    json!({
        "uuid": uuid,
        "published": NOON,
        "eventType": "user.lifecycle.suspend",
        "outcome": { "result": "SUCCESS" },
        "actor": { "id": "00uadmin", "type": "User" },
        "target": [{ "id": person, "type": "User" }],
    })
}

/// The same, published at another minute of the hour before noon.
pub fn event_at(uuid: &str, person: &str, minute: u32) -> Value {
    let mut event = event(uuid, person);
    event["published"] = format!("2026-03-02T11:{minute:02}:00.000Z").into();
    event
}

/// An envelope of these events.
pub fn delivery(id: &str, events: &[Value]) -> Value {
    json!({ "eventType": "com.okta.event_hook", "eventId": id, "data": { "events": events } })
}

impl Roll {
    /// A delivery that its test finishes.
    pub fn hook(&self, body: impl Into<reqwest::Body>) -> RequestBuilder {
        self.request(Method::POST, PATH).header("content-type", "application/json").body(body)
    }

    /// Delivers events as Okta does.
    pub async fn deliver(&self, id: &str, events: &[Value]) -> Answer {
        let body = delivery(id, events).to_string();
        self.send(self.hook(body).header("authorization", HOOK_SECRET)).await
    }

    /// What is in the inbox: key and state of each, by key.
    pub async fn inbox(&self) -> Vec<(String, String)> {
        let rows = self.sql("select event_key, state from hook_events order by event_key").await;
        rows.into_iter().map(|mut row| (row.remove(0).expect("a key"), row.remove(0).expect("a state"))).collect()
    }

    /// The states of what is in the inbox, by key.
    pub async fn states(&self) -> Vec<String> {
        self.inbox().await.into_iter().map(|(_, state)| state).collect()
    }

    /// The events whose application the audit tells of, in its order.
    pub async fn told(&self) -> Vec<String> {
        let rows = self.sql("select detail_json from audit_events where action = 'team.updated' order by at, id").await;
        let uuid = |text: &str| serde_json::from_str::<Value>(text).expect("JSON")["uuid"].as_str().map(str::to_owned);
        rows.iter().filter_map(|row| uuid(row[0].as_deref()?)).collect()
    }
}

/// Stands for whatever an event does: says in the audit which one it was. `poison`, `panic` and `outage` in an event do
/// what they say, after that.
pub fn tell<'t>(tx: &'t mut Tx, event: &'t Claimed) -> Work<'t, Applied> {
    Box::pin(async move {
        let body: Value = serde_json::from_str(&event.body).map_err(Error::internal)?;
        tx.say(Entry::service(Action::TeamUpdated).with("uuid", body["uuid"].clone()));
        match body["do"].as_str() {
            Some("poison") => Err(Error::internal("poison")),
            Some("outage") => Err(Error::Busy { why: Busy::Database, source: None }),
            Some("panic") => panic!("told to"),
            Some("nothing") => Ok(Applied::NoChange("all is so already".into())),
            _ => Ok(Applied::Applied),
        }
    })
}

/// An event that does what it says when it is applied.
pub fn doing(what: &str, mut event: Value) -> Value {
    event["do"] = what.into();
    event
}
