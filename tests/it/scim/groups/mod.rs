//! `/Groups`; one file a method, and what cuts across them.

mod create;
mod delete;
mod hidden;
mod list;
mod patch;
mod put;
mod races;
mod skipped;
mod sources;

use serde_json::Value;

use crate::fixtures::fixture;
use crate::harness::{Answer, Roll};

/// The name the fixtures give their group.
const PAYMENTS: &str = "oncall-payments";

/// Three people as the fixtures name them, and a group of some of them.
struct Crew {
    dana: String,
    ines: String,
    tomas: String,
    group: String,
}

impl Crew {
    /// Everybody on the roll, nobody in the group.
    async fn without_members(roll: &Roll) -> Self {
        let (dana, ines, tomas) = (roll.person("dana").await, roll.person("ines").await, roll.person("tomas").await);
        let group = roll.group(PAYMENTS, &[]).await;
        Self { dana, ines, tomas, group }
    }

    /// Everybody on the roll, Ines and Tomás in the group.
    async fn of_two(roll: &Roll) -> Self {
        let crew = Self::without_members(roll).await;
        let sent = fixture(
            "okta/scim/group-patch-replace-members.json",
            &[("user:dana", &crew.ines), ("user:ines", &crew.tomas)],
        );
        roll.patch(&crew.path(), &sent).await.expect(204);
        crew
    }

    /// Where the group is.
    fn path(&self) -> String {
        format!("/Groups/{}", self.group)
    }

    /// A body as Okta or Entra sends it, about these people and this group.
    fn sends(&self, file: &str) -> Value {
        let ids = [
            ("user:dana", self.dana.as_str()),
            ("user:ines", &self.ines),
            ("user:tomas", &self.tomas),
            ("group:payments", &self.group),
        ];
        fixture(file, &ids)
    }

    /// The group as it is now.
    async fn read(&self, roll: &Roll) -> Answer {
        roll.get(&self.path()).await.expect(200)
    }

    /// The version of the group as it is now.
    async fn tag(&self, roll: &Roll) -> String {
        self.read(roll).await.header("etag").to_owned()
    }
}

/// These ids in order, as [`Roll::members`] gives them.
fn sorted(ids: &[&String]) -> Vec<String> {
    let mut ids: Vec<String> = ids.iter().map(|id| (*id).clone()).collect();
    ids.sort();
    ids
}

/// Adds this many people quickly; gives their ids, sorted.
async fn crowd(roll: &Roll, size: usize) -> Vec<String> {
    let mut ids = Vec::with_capacity(size);
    for at in 0..size {
        ids.push(roll.person(&format!("p{at}")).await);
    }
    ids.sort();
    ids
}

/// The condition that a UUID column has this value.
fn is(roll: &Roll, column: &str, id: &str) -> String {
    format!("{} = '{id}'", roll.uuid_text(column))
}

/// Hides a person from SCIM, as a break-glass account is.
async fn break_glass(roll: &Roll, id: &str) {
    let row = is(roll, "id", id);
    roll.sql_run(&format!(
        "update users set scim_id = null, external_id = null, okta_id = null, is_break_glass_account = true where {row}"
    ))
    .await;
}

/// The actions in the audit from this one on.
async fn actions_since(roll: &Roll, before: usize) -> Vec<String> {
    roll.actions().await.split_off(before)
}

/// How many rows the audit has.
async fn audited(roll: &Roll) -> usize {
    roll.actions().await.len()
}
