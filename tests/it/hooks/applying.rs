//! What is applied: once, in order, with its audit, and never in another's way.

use std::sync::Arc;
use std::time::Duration;

use rollcall::ctx::Ctx;
use rollcall::directory::hooks::MAX_TRIES;
use rollcall::jobs::hook_inbox::work_once;
use rollcall::model::hook::HookState;
use rollcall::store::dialect::Engine;
use rollcall::store::hook_inbox;
use serde_json::Value;

use super::{doing, event, event_at, tell};
use crate::harness::{Roll, facts};

/// A replica on which events are told in the audit, with this many workers.
async fn teller(roll: &Roll, workers: usize) -> Roll {
    roll.replica_with(|shared| {
        shared.hooks.apply = Arc::new(tell);
        shared.hooks.workers = workers;
    })
    .await
}

async fn tries(roll: &Roll) -> Vec<String> {
    let rows = roll.sql("select cast(tries as text) from hook_events order by event_key").await;
    rows.into_iter().filter_map(|mut row| row.remove(0)).collect()
}

facts! {
    async fn an_event_is_applied_once_in_the_name_of_okta_and_is_the_cause(roll: Roll) {
        let roll = teller(&roll, 0).await;
        roll.deliver("e1", &[event("a", "00u1"), doing("nothing", event("b", "00u2"))]).await.expect(204);
        roll.apply_hooks().await;
        roll.deliver("e1", &[event("a", "00u1")]).await.expect(204);
        roll.apply_hooks().await;
        assert_eq!(roll.states().await, ["applied", "no_change"]);
        let mut told = roll.told().await;
        told.sort();
        assert_eq!(told, ["a", "b"]);
        let (audit, inbox) = (roll.uuid_text("cause_id"), roll.uuid_text("id"));
        let who = format!("select actor_kind || ' ' || actor_name || ' ' || source from audit_events where action = 'team.updated' \
             and {audit} in (select {inbox} from hook_events where event_key = 'uuid:a')");
        assert_eq!(roll.sql_one(&who).await, "okta_hook Okta hook");
        assert_eq!(roll.sql_one("select reason from hook_events where event_key = 'uuid:b'").await, "all is so already");
    }

    async fn a_lane_is_applied_in_the_order_in_which_it_happened(roll: Roll) {
        let roll = teller(&roll, 0).await;
        let minutes = [30, 10, 20, 5, 25, 15];
        for minute in minutes {
            roll.deliver("e", &[event_at(&format!("m{minute:02}"), "00u1", minute)]).await.expect(204);
        }
        roll.apply_hooks().await;
        assert_eq!(roll.told().await, ["m05", "m10", "m15", "m20", "m25", "m30"]);
    }

    async fn a_poisonous_event_parks_itself_and_neither_its_lane_nor_another(roll: Roll) {
        let roll = teller(&roll, 0).await;
        let events = [
            doing("poison", event_at("a", "00u1", 1)), event_at("b", "00u1", 2),
            doing("panic", event_at("c", "00u2", 1)), event_at("d", "00u2", 2), event("e", "00u3"),
        ];
        roll.deliver("e1", &events).await.expect(204);
        roll.apply_hooks().await;
        assert_eq!(roll.states().await, ["failed", "applied", "failed", "applied", "applied"]);
        assert_eq!(tries(&roll).await, ["1", "0", "1", "0", "0"]);
        let mut told = roll.told().await;
        told.sort();
        assert_eq!(told, ["b", "d", "e"], "what failed has said nothing");
        let reasons = roll.sql("select reason from hook_events where state = 'failed' order by event_key").await;
        assert_eq!(reasons[0][0].as_deref(), Some("internal error: poison"));
        assert!(reasons[1][0].as_deref().is_some_and(|reason| reason.contains("panicked")));
    }

    async fn what_fails_waits_longer_each_time_and_is_dead_in_the_end(roll: Roll) {
        let roll = teller(&roll, 0).await;
        roll.deliver("e1", &[doing("poison", event("a", "00u1"))]).await.expect(204);
        let mut waited = Vec::new();
        for tried in 1..MAX_TRIES {
            assert!(work_once(&roll.app).await.expect("a database"));
            assert!(!work_once(&roll.app).await.expect("a database"), "it waits");
            assert_eq!((roll.states().await, tries(&roll).await), (vec!["failed".to_owned()], vec![tried.to_string()]));
            let due: i64 = roll.sql_one(&format!("select {} from hook_events", roll.engine().micros_text("due_at"))).await.parse().expect("micros");
            let wait = Duration::from_micros((due - roll.clock.now().micros()).unsigned_abs());
            roll.clock.advance(wait);
            waited.push(wait.as_secs());
        }
        assert!(waited.windows(2).all(|pair| pair[0] < pair[1]), "{waited:?}");
        assert!(work_once(&roll.app).await.expect("a database"));
        assert_eq!(roll.states().await, ["dead"]);
        roll.clock.advance(Duration::from_hours(24));
        assert!(!work_once(&roll.app).await.expect("a database"), "nobody tries it again");
        let mut view = roll.db().view().await.expect("a view");
        let depths = hook_inbox::depths(&mut view).await.expect("depths");
        assert_eq!(depths.iter().map(|it| (it.state, it.events)).collect::<Vec<_>>(), [(HookState::Dead, 1)]);
    }

    async fn an_outage_is_not_held_against_the_event(roll: Roll) {
        let roll = teller(&roll, 0).await;
        roll.deliver("e1", &[doing("outage", event("a", "00u1"))]).await.expect(204);
        assert!(work_once(&roll.app).await.is_err());
        assert_eq!((roll.states().await, tries(&roll).await), (vec!["received".to_owned()], vec!["0".to_owned()]));
    }

    async fn what_a_worker_held_when_it_was_cut_off_is_there_for_the_next(roll: Roll) {
        let roll = teller(&roll, 0).await;
        roll.deliver("e1", &[event("a", "00u1"), event("b", "00u2")]).await.expect(204);
        let mut view = roll.db().view().await.expect("a view");
        let heads = hook_inbox::list_heads(&mut view, "", roll.clock.now(), 9, false).await.expect("heads");
        drop(view);
        let mut held = roll.db().begin(&Ctx::job("cut off", roll.clock.now())).await.expect("a unit");
        assert!(hook_inbox::claim(&mut held, heads[0].id, false).await.expect("a claim").is_some());
        if roll.engine() == Engine::Pg {
            roll.apply_hooks().await;
            assert_eq!(roll.told().await.len(), 1, "the held one is left alone");
        }
        drop(held);
        // The engine lets go of it when it sees that the connection is closed.
        while roll.states().await != ["applied", "applied"] {
            roll.apply_hooks().await;
        }
        assert_eq!(roll.told().await.len(), 2);
    }

    async fn two_replicas_with_many_workers_apply_every_event_once_and_in_order(roll: Roll) {
        let replicas = [teller(&roll, 4).await, teller(&roll, 4).await];
        let mut expected = Vec::new();
        for batch in 0..10_u32 {
            let events: Vec<Value> = (0..20_u32)
                .map(|number| event_at(&format!("u{number:02}-{batch:02}"), &format!("00u{number}"), batch))
                .collect();
            expected.extend(events.iter().map(|event| event["uuid"].as_str().expect("a uuid").to_owned()));
            for replica in &replicas {
                replica.deliver(&format!("e{batch}"), &events).await.expect(204);
            }
        }
        let waits = "select event_key from hook_events where state = 'received' limit 1";
        while !roll.sql(waits).await.is_empty() {
            tokio::task::yield_now().await;
        }
        let told = roll.told().await;
        // By lane, in the order of the audit; what happened later has the greater name.
        let (mut by_lane, lane) = (told, |uuid: &String| uuid[..3].to_owned());
        by_lane.sort_by_key(lane);
        expected.sort();
        assert_eq!(by_lane, expected);
    }

    async fn what_waits_behind_the_head_of_a_lane_costs_the_others_nothing(roll: Roll) {
        let roll = teller(&roll, 0).await;
        let events: Vec<Value> = (0..900_u32).map(|number| event_at(&format!("deep-{number:04}"), "00udeep", number % 60)).collect();
        roll.deliver("e1", &events).await.expect(204);
        roll.clock.advance(Duration::from_secs(1));
        let others: Vec<Value> = (0..3).map(|number| event(&format!("other-{number}"), &format!("00uother{number}"))).collect();
        roll.deliver("e2", &others).await.expect(204);
        let mut view = roll.db().view().await.expect("a view");
        let heads = hook_inbox::list_heads(&mut view, "", roll.clock.now(), 9, false).await.expect("heads");
        drop(view);
        let lanes: Vec<&str> = heads.iter().map(|head| head.lane.as_str()).collect();
        assert_eq!(lanes, ["user:00udeep", "user:00uother0", "user:00uother1", "user:00uother2"]);
        assert!(work_once(&roll.app).await.expect("a database"));
        let told = roll.told().await;
        assert_eq!(told.iter().filter(|uuid| uuid.starts_with("other")).count(), 3, "at the first look");
        assert!(told.len() < 100, "{} of the deep lane", told.len());
        if roll.engine() == Engine::Pg {
            assert!(rows_walked(&roll).await < 100, "{} rows", rows_walked(&roll).await);
        }
    }
}

/// How many rows PostgreSQL goes through to find the heads.
async fn rows_walked(roll: &Roll) -> u64 {
    let all = crate::catalogue::statements();
    let sql = all
        .iter()
        .map(|one| one.sql(Engine::Pg))
        .find(|sql| sql.starts_with("with recursive lanes"))
        .expect("the statement");
    let sql =
        sql.replace("$4", "false").replace("$3", "16").replace("$2", "'2026-03-02T13:00:00Z'").replace("$1", "''");
    let plan = roll.sql(&format!("explain (analyze, costs off, timing off) {sql}")).await;
    plan.into_iter().filter_map(|mut row| row.remove(0)).map(|line| walked(&line)).sum()
}

/// The rows of one line of a plan: those it gave, as often as it was run, or those it threw away.
fn walked(line: &str) -> u64 {
    let after = |word: &str| -> Option<f64> {
        let number = line.split(word).nth(1)?;
        number.split(|c: char| c != '.' && !c.is_ascii_digit()).next()?.parse().ok()
    };
    let given = after("actual rows=").map(|rows| rows * after(" loops=").unwrap_or(1.0));
    let number = given.or_else(|| after("Rows Removed by Filter: ")).unwrap_or_default();
    format!("{number:.0}").parse().expect("a whole number")
}
