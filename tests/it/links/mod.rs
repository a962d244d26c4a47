//! Links between teams and groups at Okta: proposed by a name, confirmed by an admin or by Okta's own mapping, set aside.

mod acting;
mod mapped;

use rollcall::ctx::Ctx;
use rollcall::directory::links;
use rollcall::model::Id;
use serde_json::{Value, json};

use crate::harness::{Answer, NOON, Roll};
use crate::hooks::delivery;
use crate::platform::people::Signed;

/// A group at Okta.
pub const GROUP: &str = "00gpayments";
pub const LINKS: &str = "/api/okta/group-links";

/// An event of Okta's about a person in a group, so many minutes after noon.
pub fn group_event(uuid: &str, kind: &str, person: &str, (group, name): (&str, &str), minute: u32) -> Value {
    json!({
        "uuid": uuid,
        "published": NOON.replace(":00:00Z", &format!(":{minute:02}:00.000Z")),
        "eventType": kind,
        "outcome": { "result": "SUCCESS" },
        "target": [
            { "type": "User", "id": person, "displayName": "Dana" },
            { "type": "UserGroup", "id": group, "displayName": name, "alternateId": "unknown" },
        ],
    })
}

impl Roll {
    /// A team that is linked to a group; gives its id.
    pub async fn linked(&self, name: &str, group: &str) -> String {
        let team = self.group(name, &[]).await;
        let work = (Id::parse(&team).expect("an id"), group.to_owned());
        let ctx = Ctx::cli(self.clock.now());
        let make = self.db().unit(&ctx, &work, |tx, (team, group)| Box::pin(links::make(tx, *team, group)));
        make.await.expect("a link");
        team
    }

    /// The links as an admin sees them: group, state and team's name.
    pub async fn links(&self, boss: &Signed) -> Vec<String> {
        let body = boss.get(self, LINKS).await.expect(200).body;
        let text = |value: &Value| value.as_str().expect("text").to_owned();
        let line = |one: &Value| [text(&one["id"]), text(&one["state"]), text(&one["team"]["name"])].join(" ");
        body["links"].as_array().expect("links").iter().map(line).collect()
    }

    /// Delivers an event as Okta does, and applies it; tells what became of it.
    pub async fn hooked(&self, event: &Value) -> String {
        let body = delivery("e", std::slice::from_ref(event)).to_string();
        let request = self.hook(body).header("authorization", crate::harness::HOOK_SECRET);
        self.send(request).await.expect(204);
        self.apply_hooks().await;
        let uuid = event["uuid"].as_str().expect("a uuid");
        self.sql_one(&format!("select state from hook_events where event_key like '%{uuid}'")).await
    }

    /// Has an admin confirm the link of a group.
    pub async fn confirm(&self, boss: &Signed, group: &str) -> Answer {
        boss.post(self, &format!("{LINKS}/{group}/confirm"), &json!({})).await
    }
}
