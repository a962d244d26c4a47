//! Histories through the database: told in disorder and again, they end where the history in order ends.

use std::time::Duration;

use proptest::prelude::*;
use proptest::sample::select;
use proptest::strategy::ValueTree;
use serde_json::Value;

use super::{event, link, noon_plus, switches, tell};
use crate::harness::{Roll, facts, person};
use crate::models::okta_facts::{arrival, dealt};
use crate::models::{cases, runner};

/// How many histories the test command tries on each engine, and the most that torture does.
const SLICE: u32 = 10;
const MOST: u32 = 200;
/// What a history is made of, with what stands last on equal times.
const TYPES: [(&str, u8); 11] = [
    ("user.lifecycle.activate", 0),
    ("user.lifecycle.unsuspend", 0),
    ("user.lifecycle.suspend", 1),
    ("user.lifecycle.deactivate", 2),
    ("user.lifecycle.delete.initiated", 2),
    ("user.session.end", 0),
    ("user.session.clear", 0),
    ("application.user_membership.remove", 0),
    ("user.account.update_profile", 0),
    ("group.user_membership.add", 0),
    ("group.user_membership.remove", 1),
];

/// What it is, what stands last on equal times, and minutes after noon.
type Told = (&'static str, u8, u64);

/// Somebody with sessions and refresh families begun minute by minute.
async fn newcomer(roll: &Roll, name: &str) -> String {
    let id = roll.post("/Users", &person(name)).await.expect(201).id();
    let (user, later) = (roll.uuid(&id), roll.moment("2026-06-01T12:00:00Z"));
    for minute in 0..6_u64 {
        let at = roll.moment(&noon_plus(minute * 60).rfc3339());
        let fresh = || (roll.uuid(&Roll::new_id()), roll.bytes(&uuid::Uuid::now_v7().simple().to_string()));
        let ((session, hash), (token, secret)) = (fresh(), fresh());
        roll.sql_run(&format!(
            "insert into sessions (id, secret_hash, user_id, born, created_at, last_seen_at, expires_at) \
             values ({session}, {hash}, {user}, 'okta', {at}, {at}, {later}); \
             insert into refresh_tokens (id, secret_hash, user_id, generation, created_at, expires_at) \
             values ({token}, {secret}, {user}, 1, {at}, {later})"
        ))
        .await;
    }
    id
}

/// All that events may change of a person; of what they are signed in with, what was begun up to this minute.
async fn state(roll: &Roll, id: &str, okta_id: &str, team: &str, begun: u64) -> Vec<String> {
    let begun = roll.moment(&noon_plus(begun * 60).rfc3339());
    let user = roll.uuid(id);
    let count = |what: &str| format!("select cast(count(*) as text) from {what}");
    let mut state = vec![switches(roll, id).await];
    for table in ["sessions", "refresh_tokens"] {
        state.push(
            roll.sql_one(&count(&format!(
                "{table} where user_id = {user} and ended_at is null and created_at <= {begun}"
            )))
            .await,
        );
    }
    let wanted = format!("okta_people where okta_id = '{okta_id}' and reread_wanted");
    state.push(roll.sql_one(&count(&wanted)).await);
    let body = roll.get(&format!("/Groups/{team}")).await.body;
    let is_in = |list: &Vec<Value>| list.iter().any(|member| member["value"] == id);
    state.push(body["members"].as_array().is_some_and(is_in).to_string());
    state
}

facts! {
    async fn any_order_and_any_repetition_ends_where_the_order_of_okta_ends(roll: Roll) {
        let team = roll.group("Payments", &[]).await;
        link(&roll, &team).await.expect("a link");
        let told = (select(&TYPES[..]), 0..6_u64).prop_map(|((kind, last), minute)| (kind, last, minute));
        let made_up = prop::collection::vec(told, 1..10)
            .prop_flat_map(|history| { let draws = arrival(history.len()); (Just(history), draws) });
        let mut chance = runner(SLICE);
        let mut tried = Vec::new();
        for number in 0..cases(SLICE).min(MOST) {
            let (history, draws) = made_up.new_tree(&mut chance).expect("a history").current();
            let names = [format!("order{number}"), format!("chaos{number}")];
            let ids = [newcomer(&roll, &names[0]).await, newcomer(&roll, &names[1]).await];
            tried.push((history, draws, names, ids));
        }
        roll.clock.advance(Duration::from_hours(1));
        for (history, draws, names, ids) in tried {
            let mut sorted: Vec<Told> = history.clone();
            sorted.sort_by_key(|(_, last, minute)| (*minute, *last));
            let okta_ids = names.map(|name| format!("00u{name}"));
            for (okta_id, arrived) in okta_ids.iter().zip([sorted, dealt(&history, &draws)]) {
                for (kind, _, minute) in arrived {
                    tell(&roll, &event(kind, okta_id, minute * 60)).await;
                }
            }
            // An end of access takes along all there is when it is applied, not only what is older than itself.
            let ends = |(kind, last, _): &Told| kind.starts_with("user.lifecycle") && *last > 0 || kind.starts_with("app");
            let begun = if history.iter().any(ends) { 0 } else { 6 };
            let expected = state(&roll, &ids[0], &okta_ids[0], &team, begun).await;
            assert_eq!(state(&roll, &ids[1], &okta_ids[1], &team, begun).await, expected, "{history:?}");
        }
    }
}
