//! The operations of Okta's life, each an endless list of requests on one seeded roll.

use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::{Value, json};

use crate::client::{Ask, Client};

const PAGE: usize = 100;
/// How many people the operations on one person go round.
const SAMPLE: usize = 200;
/// How many members leave, and how many come, between two pushes of the big team.
const SWAPPED: usize = 10;

/// What is known of the roll under test.
pub struct Roll {
    people: Vec<Value>,
    outside: Vec<String>,
    total: usize,
    /// Where the pages of a walk by cursor begin, the first excepted.
    cursors: Vec<String>,
    team: String,
    pushes: [String; 2],
    series: String,
}

pub const NAMES: [&str; 12] = [
    "create",
    "lookup by userName",
    "get",
    "PATCH active",
    "PUT profile",
    "first page",
    "cold deep startIndex",
    "startIndex walk",
    "cursor walk",
    "add one member",
    "remove one member",
    "PUT big team, 20 changed",
];
/// The operations that add members and remove them again.
pub const ADD: usize = 9;
pub const REMOVE: usize = 10;
const BIG: usize = 11;
/// Operations that change the roll.
pub const WRITES: [usize; 6] = [0, 3, 4, ADD, REMOVE, BIG];

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

fn get(path: String) -> Ask {
    Ask { method: "GET", path, body: String::new() }
}

async fn read(client: &mut Client, path: String) -> Value {
    let body = client.send(&get(path)).await.expect("an answer");
    serde_json::from_slice(&body).expect("JSON")
}

impl Roll {
    /// Walks what `rollcall seed` made.
    pub async fn survey(client: &mut Client, series: &str) -> Self {
        let (mut people, mut ids) = (Vec::new(), Vec::new());
        loop {
            let page = read(client, format!("Users?startIndex={}&count=500&attributes=id", ids.len() + 1)).await;
            let list = page["Resources"].as_array().cloned().unwrap_or_default();
            ids.extend(list.iter().map(|one| text(&one["id"])));
            if list.len() < 500 {
                break;
            }
        }
        let mut cursors = vec![];
        let mut page = read(client, format!("Users?cursor&count={PAGE}&attributes=id")).await;
        while let Some(next) = page["nextCursor"].as_str() {
            cursors.push(next.to_owned());
            page = read(client, format!("Users?cursor={next}&count={PAGE}&attributes=id")).await;
        }
        let found = read(client, "Groups?filter=displayName%20eq%20%22Everybody%22".to_owned()).await;
        let team = text(&found["Resources"][0]["id"]);
        let members = found["Resources"][0]["members"].as_array().cloned().unwrap_or_default();
        let members: Vec<String> = members.iter().map(|one| text(&one["value"])).collect();
        let step = ids.len() / SAMPLE.min(ids.len());
        for id in ids.iter().step_by(step) {
            people.push(read(client, format!("Users/{id}")).await);
        }
        let inside: std::collections::HashSet<&String> = members.iter().collect();
        let outside: Vec<String> = ids.iter().filter(|id| !inside.contains(id)).cloned().collect();
        let push = |skip: usize, more: &[String]| {
            let list: Vec<Value> = members.iter().skip(skip).chain(more).map(|id| json!({ "value": id })).collect();
            let schema = "urn:ietf:params:scim:schemas:core:2.0:Group";
            json!({ "schemas": [schema], "displayName": "Everybody", "members": list }).to_string()
        };
        let pushes = [push(SWAPPED, &outside[outside.len() - SWAPPED..]), push(0, &[])];
        let outside = outside[..outside.len() - SWAPPED].to_vec();
        Self { people, outside, total: ids.len(), cursors, team, pushes, series: series.to_owned() }
    }

    /// How many pages everybody is on.
    pub fn pages(&self) -> usize {
        self.total.div_ceil(PAGE)
    }

    /// A write for a server's turn, apart from those that are measured: the second turn changes back what the first changed.
    pub fn probe(&self, operation: usize, turn: usize) -> Option<Ask> {
        const FAR: usize = 1 << 32;
        let number = match operation {
            0 => (FAR + turn) * self.people.len(),
            BIG => turn,
            _ => turn * self.people.len(),
        };
        self.ask(operation, number)
    }

    /// The request of this number; none when there are no more.
    pub fn ask(&self, operation: usize, number: usize) -> Option<Ask> {
        let person = &self.people[number % self.people.len()];
        let (id, pass) = (text(&person["id"]), number / self.people.len());
        let change = |method, path: String, body: &Value| Ask { method, path, body: body.to_string() };
        let patch = |operation: Value| json!({ "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], "Operations": [operation] });
        let team = || format!("Groups/{}", self.team);
        Some(match operation {
            0 => change("POST", "Users".to_owned(), &self.newcomer(person, number)),
            1 => get(format!("Users?filter=userName%20eq%20%22{}%22", text(&person["userName"]))),
            2 => get(format!("Users/{id}")),
            3 => change(
                "PATCH",
                format!("Users/{id}"),
                &patch(json!({ "op": "replace", "value": { "active": pass % 2 == 1 } })),
            ),
            4 => change("PUT", format!("Users/{id}"), &retitled(person, number)),
            5 => get(format!("Users?startIndex=1&count={PAGE}")),
            6 => get(format!("Users?startIndex={}&count={PAGE}", self.total * 9 / 10 - number * 7 % (self.total / 2))),
            7 => get(format!("Users?startIndex={}&count={PAGE}", 1 + number * PAGE % self.total)),
            8 => get(format!("Users?cursor={}&count={PAGE}", self.cursors[number % self.cursors.len()])),
            ADD => change(
                "PATCH",
                team(),
                &patch(json!({ "op": "add", "path": "members", "value": [{ "value": self.outside.get(number)? }] })),
            ),
            REMOVE => change(
                "PATCH",
                team(),
                &patch(
                    json!({ "op": "remove", "path": format!("members[value eq \"{}\"]", self.outside.get(number)?) }),
                ),
            ),
            _ => Ask { method: "PUT", path: team(), body: self.pushes[number % 2].clone() },
        })
    }

    fn newcomer(&self, like: &Value, number: usize) -> Value {
        let mut body = like.clone();
        let name = format!("new-{}-{number}@example.com", self.series);
        body["userName"] = name.as_str().into();
        body["externalId"] = format!("00unew{}-{number}", self.series).into();
        body["emails"][0]["value"] = name.into();
        body["active"] = true.into();
        for computed in ["id", "meta", "groups", "roles"] {
            body.as_object_mut().expect("a person").shift_remove(computed);
        }
        body
    }
}

/// The last answer of the server with another title: how Okta pushes a profile.
fn retitled(person: &Value, number: usize) -> Value {
    let mut body = person.clone();
    body["title"] = format!("Title {number}").into();
    body.as_object_mut().expect("a person").shift_remove("active");
    body
}

/// Where each operation has got to; both servers go on from the same place, so that every change is one.
#[derive(Default)]
pub struct Places([AtomicUsize; NAMES.len()]);

impl Places {
    pub fn next(&self, operation: usize) -> usize {
        self.0[operation].fetch_add(1, Ordering::Relaxed)
    }

    /// Members are added and then removed again, from the first on, in every turn.
    pub fn rewind(&self, operation: usize) -> usize {
        self.0[operation].swap(0, Ordering::Relaxed)
    }
}
