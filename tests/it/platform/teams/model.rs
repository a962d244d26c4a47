//! Memberships against a naive model of their two holders: whatever Okta and people do, in whatever order.

use std::collections::BTreeMap;

use proptest::prelude::*;
use proptest::sample::select;
use proptest::strategy::ValueTree;
use reqwest::Method;
use serde_json::json;

use super::{add, place, remove};
use crate::harness::{Roll, facts, group, patch};
use crate::models::{cases, runner};
use crate::platform::people::Signed;

/// How many sequences the test command tries on each engine, and the most that torture does.
const SLICE: u32 = 200;
const MOST: u32 = 2_000;
const ROLES: [&str; 3] = ["TEAM_ADMIN", "RESPONDER", "OBSERVER"];

/// What somebody does, with which of the two people.
#[derive(Clone, Debug)]
enum Step {
    OktaAdds(usize),
    OktaRemoves(usize),
    OktaReplaces([bool; 2]),
    Add(usize, &'static str),
    SetRole(usize, &'static str),
    Remove(usize),
    Leave(usize),
}

fn step() -> impl Strategy<Value = Step> {
    let who = || 0..2_usize;
    let role = || select(&ROLES[..]);
    prop_oneof![
        who().prop_map(Step::OktaAdds),
        who().prop_map(Step::OktaRemoves),
        any::<[bool; 2]>().prop_map(Step::OktaReplaces),
        (who(), role()).prop_map(|(who, role)| Step::Add(who, role)),
        (who(), role()).prop_map(|(who, role)| Step::SetRole(who, role)),
        who().prop_map(Step::Remove),
        who().prop_map(Step::Leave),
    ]
}

/// A place as simply as it can be said.
#[derive(Clone, Copy, Debug)]
struct Place {
    okta: bool,
    platform: bool,
    out: bool,
    role: &'static str,
}

/// Who is in the team.
type Model = BTreeMap<usize, Place>;

fn okta(model: &mut Model, who: usize, holds: bool) {
    let fresh = Place { okta: false, platform: false, out: false, role: "RESPONDER" };
    let held = model.entry(who).or_insert(fresh);
    held.okta = holds;
    if !held.okta && !held.platform {
        model.remove(&who);
    }
}

fn sent_away(model: &mut Model, who: usize) {
    let Some(held) = model.get_mut(&who) else { return };
    held.platform = false;
    held.out = held.okta;
    if !held.okta {
        model.remove(&who);
    }
}

/// What the step does to the model, and what the request is answered.
fn apply(model: &mut Model, step: &Step) -> u16 {
    match *step {
        Step::OktaAdds(who) => okta(model, who, true),
        Step::OktaRemoves(who) => okta(model, who, false),
        Step::OktaReplaces(wanted) => {
            wanted.into_iter().enumerate().for_each(|(who, holds)| okta(model, who, holds));
            return 200;
        }
        Step::Add(who, role) => match model.get_mut(&who) {
            Some(held) if !held.out && held.role != role => return 409,
            Some(held) => *held = Place { okta: held.okta, platform: true, out: false, role },
            None => drop(model.insert(who, Place { okta: false, platform: true, out: false, role })),
        },
        Step::SetRole(who, role) => match model.get_mut(&who).filter(|held| !held.out) {
            Some(held) => held.role = role,
            None => return 404,
        },
        Step::Remove(who) | Step::Leave(who) => sent_away(model, who),
    }
    if matches!(step, Step::OktaAdds(_) | Step::OktaRemoves(_)) { 204 } else { 200 }
}

async fn ask(roll: &Roll, boss: &Signed, people: &[Signed; 2], team: &str, step: &Step) -> u16 {
    let push = |op: &str, who: usize| {
        let body = patch(json!([{ "op": op, "path": "members", "value": [{ "value": people[who].user }] }]));
        roll.send(roll.with_body(Method::PATCH, &format!("/Groups/{team}"), &body))
    };
    let answer = match *step {
        Step::OktaAdds(who) => push("add", who).await,
        Step::OktaRemoves(who) => push("remove", who).await,
        Step::OktaReplaces(wanted) => {
            let ids: Vec<&str> =
                people.iter().zip(wanted).filter(|(_, is)| *is).map(|(who, _)| who.user.as_str()).collect();
            let name = format!("Team {team}");
            roll.put(&format!("/Groups/{team}"), &group(&name, &ids)).await
        }
        Step::Add(who, duty) => add(roll, boss, team, &people[who].user, duty).await,
        Step::SetRole(who, duty) => {
            let path = format!("/api/teams/{team}/members/{}", people[who].user);
            boss.send(roll, Method::PATCH, &path, &json!({ "role": duty })).await
        }
        Step::Remove(who) => remove(roll, boss, team, &people[who].user).await,
        Step::Leave(who) => people[who].post(roll, &format!("/api/teams/{team}/leave"), &json!({})).await,
    };
    answer.status.as_u16()
}

fn told(place: Option<&Place>) -> String {
    let word = |is: bool, word: &'static str| if is { word } else { "" };
    place.map_or(String::new(), |held| {
        [word(held.okta, "okta "), word(held.platform, "platform "), word(held.out, "out "), held.role].concat()
    })
}

facts! {
    async fn whoever_holds_a_membership_it_is_as_the_model_says(roll: Roll) {
        let boss = roll.admin("boss").await;
        let people = [roll.signed("ana").await, roll.signed("ben").await];
        let sequences = prop::collection::vec(step(), 1..10);
        let mut chance = runner(SLICE);
        for number in 0..cases(SLICE).min(MOST) {
            let steps = sequences.new_tree(&mut chance).expect("a sequence").current();
            let (team, mut model) = (roll.group(&format!("Crew {number}"), &[]).await, Model::new());
            for (at, step) in steps.iter().enumerate() {
                let answered = ask(&roll, &boss, &people, &team, step).await;
                let said = &steps[..=at];
                assert_eq!(answered, apply(&mut model, step), "{said:?}");
                for (who, person) in people.iter().enumerate() {
                    assert_eq!(place(&roll, &team, &person.user).await, told(model.get(&who)), "{said:?}");
                }
            }
            let mut seen: Vec<String> = model.iter().filter(|(_, held)| held.okta).map(|(who, _)| people[*who].user.clone()).collect();
            seen.sort();
            assert_eq!(roll.members(&team).await, seen, "{steps:?}");
        }
    }
}
