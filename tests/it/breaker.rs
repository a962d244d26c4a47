//! Many people losing access at once is an alarm, once a burst, and holds only what nobody pushes by hand.

use std::time::Duration;

use rollcall::config::BreakerRule;
use rollcall::directory::breaker::{self as verbs, LEAST, WINDOW};
use rollcall::directory::okta_events::applying;
use rollcall::jobs::catch_up::{IDLE, Reader};
use rollcall::jobs::runner::watch_breaker;
use rollcall::store::breaker;
use serde_json::{Value, json};

use crate::catch_up::fake_okta::FakeOkta;
use crate::harness::{Roll, facts, patch};
use crate::hooks::event_at;

async fn guarded(roll: &Roll, rule: BreakerRule) -> Roll {
    roll.replica_with(|shared| {
        shared.breaker = rule;
        shared.hooks.apply = applying(Vec::new());
    })
    .await
}

fn rule(people: u32, percent: u32, holds: bool) -> BreakerRule {
    BreakerRule { people, percent, holds }
}

impl Roll {
    async fn people(&self, prefix: &str, count: usize) -> Vec<String> {
        let mut ids = Vec::new();
        for number in 0..count {
            ids.push(self.person(&format!("{prefix}{number:02}")).await);
        }
        ids
    }

    async fn deactivate(&self, ids: &[String]) {
        for id in ids {
            let off = patch(json!([{ "op": "replace", "value": { "active": false } }]));
            self.patch(&format!("/Users/{id}"), &off).await.expect(200);
        }
    }

    async fn watch(&self) {
        watch_breaker(&self.app).await.expect("a database");
    }

    async fn alarms(&self) -> usize {
        self.actions().await.iter().filter(|action| *action == "breaker.tripped").count()
    }

    async fn active(&self) -> String {
        self.sql_one("select cast(count(*) as text) from users where is_active").await
    }
}

/// Suspensions of the people of a prefix, as the log holds them.
fn suspensions(prefix: &str, count: u32) -> Vec<Value> {
    (0..count)
        .map(|number| event_at(&format!("s{prefix}{number:02}"), &format!("00u{prefix}{number:02}"), number))
        .collect()
}

facts! {
    async fn one_more_than_the_limit_is_one_grave_row_however_often_it_is_looked_at(roll: Roll) {
        let roll = guarded(&roll, rule(6, 100, false)).await;
        let people = roll.people("p", 9).await;
        roll.deactivate(&people[..6]).await;
        roll.watch().await;
        assert_eq!(roll.alarms().await, 0, "six are the limit");
        roll.deactivate(&people[6..7]).await;
        roll.watch().await;
        roll.deactivate(&people[7..]).await;
        roll.watch().await;
        roll.watch().await;
        assert_eq!((roll.alarms().await, roll.severity("breaker.tripped").await), (1, "HIGH".to_owned()));
        let (_, _, detail) = roll.last_audit("breaker.tripped").await;
        assert_eq!(detail, json!({ "deactivated": 7, "holds": false, "people": 6, "percent": 100 }));
        let mut view = roll.db().view().await.expect("a view");
        let known = breaker::find(&mut view).await.expect("an answer").expect("a trip");
        assert_eq!((known.trips, known.deactivated, known.is_held), (1, 7, false));
    }

    async fn a_part_of_the_active_people_counts_once_it_is_more_than_a_few(roll: Roll) {
        let roll = guarded(&roll, rule(25, 20, false)).await;
        let people = roll.people("p", 29).await;
        let few = usize::try_from(LEAST).expect("a few") - 1;
        roll.deactivate(&people[..few]).await;
        roll.watch().await;
        roll.deactivate(&people[few..=few]).await;
        roll.watch().await;
        assert_eq!(roll.alarms().await, 0, "5 of 29 are less than a fifth");
        roll.deactivate(&people[5..6]).await;
        roll.watch().await;
        assert_eq!(roll.alarms().await, 1, "6 of 29 are more");
    }

    async fn few_of_few_are_no_burst(roll: Roll) {
        let roll = guarded(&roll, rule(25, 20, false)).await;
        let people = roll.people("p", 4).await;
        roll.deactivate(&people).await;
        roll.watch().await;
        assert_eq!(roll.alarms().await, 0);
    }

    async fn replicas_that_look_at_once_raise_one_alarm_and_a_later_burst_raises_another(roll: Roll) {
        let replicas = [guarded(&roll, rule(5, 100, false)).await, guarded(&roll, rule(5, 100, false)).await];
        let people = replicas[0].people("p", 12).await;
        replicas[0].deactivate(&people[..3]).await;
        replicas[1].deactivate(&people[3..6]).await;
        tokio::join!(replicas[0].watch(), replicas[1].watch());
        assert_eq!(roll.alarms().await, 1);
        roll.clock.advance(WINDOW + Duration::from_secs(1));
        replicas[0].deactivate(&people[6..]).await;
        tokio::join!(replicas[0].watch(), replicas[1].watch());
        assert_eq!(roll.alarms().await, 2);
        roll.clock.advance(WINDOW + Duration::from_secs(1));
        replicas[0].watch().await;
        assert_eq!(roll.alarms().await, 2, "what is long ago counts no more");
    }

    async fn held_is_what_the_log_says_until_somebody_says_yes_and_nothing_else(roll: Roll) {
        let okta = FakeOkta::start().await;
        let roll = roll.replica_with(|shared| {
            shared.breaker = rule(5, 100, true);
            shared.hooks.apply = applying(Vec::new());
            shared.okta = Some(okta.client());
        }).await;
        let people = roll.people("p", 20).await;
        okta.log().events = suspensions("p", 15);
        let mut reader = Reader::default();
        roll.catch_up(&mut reader).await;
        roll.apply_hooks().await;
        assert_eq!((roll.alarms().await, roll.active().await.as_str()), (1, "14"), "it stops at the alarm");
        assert_eq!(roll.states().await.iter().filter(|state| *state == "received").count(), 9);
        let asked = okta.log().asked.len();
        assert_eq!((roll.turn(&mut reader).await, okta.log().asked.len()), (IDLE, asked), "nothing more is read");

        let waits = roll.inbox().await.into_iter().find(|(_, state)| state == "received").expect("one that waits").0;
        let is_it = |event: &Value| event["uuid"].as_str().is_some_and(|uuid| waits.ends_with(uuid));
        let delivered: Vec<Value> = suspensions("p", 15).into_iter().filter(is_it).collect();
        roll.deliver("e", &delivered).await.expect(204);
        roll.deactivate(&people[19..]).await;
        roll.apply_hooks().await;
        assert_eq!(roll.active().await, "12", "hooks and SCIM are not held");

        let ctx = rollcall::ctx::Ctx::cli(roll.clock.now());
        let release = || roll.db().unit(&ctx, &(), |tx, ()| Box::pin(verbs::release(tx)));
        assert!(release().await.expect("released"));
        assert!(!release().await.expect("nothing to release"));
        roll.apply_hooks().await;
        assert_eq!((roll.active().await.as_str(), roll.alarms().await), ("4", 1), "a yes is a yes for what waited");
        assert_eq!(roll.actions().await.iter().filter(|action| *action == "breaker.released").count(), 1);
    }

    async fn an_alarm_alone_holds_nothing(roll: Roll) {
        let okta = FakeOkta::start().await;
        let roll = roll.replica_with(|shared| {
            shared.breaker = rule(5, 100, false);
            shared.hooks.apply = applying(Vec::new());
            shared.okta = Some(okta.client());
        }).await;
        roll.people("p", 12).await;
        okta.log().events = suspensions("p", 10);
        roll.catch_up(&mut Reader::default()).await;
        roll.apply_hooks().await;
        roll.watch().await;
        assert_eq!((roll.active().await.as_str(), roll.alarms().await), ("2", 1));
    }
}
