//! How the log is followed: from where, to where, by whom.

use std::time::Duration;

use rollcall::clock::Time;
use rollcall::ctx::Ctx;
use rollcall::directory::catch_up::{self, FIRST_LOOK, Found, OVERLAP};
use rollcall::error::{Busy, Error};
use rollcall::jobs::catch_up::{IDLE, LEASE, Reader};
use rollcall::jobs::turns::Turning;
use rollcall::okta::delivery;
use serde_json::Value;

use super::catcher;
use super::fake_okta::{FakeOkta, Trouble};
use crate::harness::facts;
use crate::hooks::event_at;

fn history(events: u32) -> Vec<Value> {
    (0..events).map(|number| event_at(&format!("u{number:04}"), &format!("00u{}", number % 7), number % 60)).collect()
}

facts! {
    async fn what_hooks_lost_arrives_once_whatever_goes_wrong_on_the_way(roll: Roll) {
        let okta = FakeOkta::start().await;
        let roll = catcher(&roll, &okta).await;
        let events = history(900);
        let mut reader = Reader::default();
        for (round, part) in events.chunks(300).enumerate() {
            okta.log().events.extend_from_slice(part);
            // Two of three deliveries are lost; one of ten comes twice.
            for (number, event) in part.iter().enumerate().filter(|(number, _)| number % 3 == round) {
                roll.deliver(&format!("e{number}"), std::slice::from_ref(event)).await.expect(204);
                if number % 10 == 0 {
                    roll.deliver(&format!("e{number}"), std::slice::from_ref(event)).await.expect(204);
                }
            }
            for trouble in [Trouble::Status(503), Trouble::Text("<html>"), Trouble::Limited(1), Trouble::NoNext] {
                okta.trouble(trouble);
            }
            if round == 1 {
                okta.log().age += 1;
            }
            roll.catch_up(&mut reader).await;
            reader = Reader::default();
            roll.clock.advance(LEASE);
        }
        roll.apply_hooks().await;
        let (mut told, inbox) = (roll.told().await, roll.inbox().await);
        told.sort();
        let names: Vec<String> = events.iter().map(|event| event["uuid"].as_str().expect("a uuid").to_owned()).collect();
        assert_eq!(told, names, "all of them, once");
        assert!(inbox.len() == events.len() && inbox.iter().all(|(_, state)| state == "applied"));
        assert_eq!(roll.roads().await, ["hook 300", "log 600"]);
    }

    async fn the_log_is_read_ascending_from_a_week_ago_and_then_wherever_okta_says(roll: Roll) {
        let okta = FakeOkta::start().await;
        let roll = catcher(&roll, &okta).await;
        let mut reader = Reader::default();
        assert_eq!(roll.turn(&mut reader).await, IDLE);
        let asked = okta.last_asked();
        assert_eq!(asked["since"], roll.clock.now().minus(FIRST_LOOK).rfc3339_millis());
        assert_eq!((asked["sortOrder"].as_str(), asked["limit"].as_str()), ("ASCENDING", catch_up::PAGE));
        assert!(!asked.contains_key("until") && asked["filter"].contains("eventType eq \"user.lifecycle.suspend\""));
        okta.log().events = history(3);
        assert_eq!(roll.turn(&mut reader).await, Duration::ZERO, "there may be more");
        assert_eq!(okta.last_asked()["after"], "0-0", "an empty page says where to go on, too");
        assert_eq!(roll.turn(&mut reader).await, IDLE);
        assert_eq!((okta.last_asked()["after"].as_str(), roll.roads().await), ("0-3", vec!["log 3".to_owned()]));
    }

    async fn an_event_that_arrives_late_is_read_though_newer_ones_were(roll: Roll) {
        let okta = FakeOkta::start().await;
        let roll = catcher(&roll, &okta).await;
        okta.log().events = vec![event_at("new", "00u1", 50)];
        let mut reader = Reader::default();
        roll.catch_up(&mut reader).await;
        okta.log().events.push(event_at("late", "00u1", 5));
        roll.catch_up(&mut reader).await;
        assert_eq!(roll.roads().await, ["log 2"]);
        let reached = roll.sql_one(&format!("select {} from catch_up_cursor", roll.engine().micros_text("reached_at"))).await;
        assert_eq!(Some(reached), Time::parse("2026-03-02T11:50:00Z").map(|at| at.micros().to_string()));
    }

    async fn a_place_that_okta_forgot_is_looked_for_before_the_newest_event(roll: Roll) {
        let okta = FakeOkta::start().await;
        let roll = catcher(&roll, &okta).await;
        okta.log().events = history(30);
        let mut reader = Reader::default();
        roll.catch_up(&mut reader).await;
        okta.log().age += 1;
        okta.log().events.push(event_at("more", "00u1", 40));
        assert_eq!(roll.turn(&mut reader).await, Duration::ZERO);
        assert_eq!(roll.place().await.as_deref(), Some(""), "the place is given up, what was reached is not");
        roll.catch_up(&mut reader).await;
        let since = okta.log().asked.iter().rev().find(|asked| asked.get("after").is_none()).expect("a fresh look")["since"].clone();
        let reached = Time::parse("2026-03-02T11:29:00Z").expect("a moment");
        assert_eq!(since, reached.minus(OVERLAP).rfc3339_millis());
        assert_eq!(roll.roads().await, ["log 31"]);
    }

    async fn a_restart_goes_on_where_the_log_was_left(roll: Roll) {
        let okta = FakeOkta::start().await;
        let first = catcher(&roll, &okta).await;
        okta.log().events = history(250);
        let mut reader = Reader::default();
        first.turn(&mut reader).await;
        reader.turns().give_up(&first.app).await.expect("a database");
        let second = catcher(&roll, &okta).await;
        second.catch_up(&mut Reader::default()).await;
        let places: Vec<Option<String>> = okta.log().asked.iter().map(|asked| asked.get("after").cloned()).collect();
        assert_eq!(places, [None, Some("0-200".to_owned()), Some("0-250".to_owned())]);
        assert_eq!(second.roads().await, ["log 250"]);
    }

    async fn one_replica_at_a_time_reads_and_another_takes_over_when_it_is_gone(roll: Roll) {
        let okta = FakeOkta::start().await;
        let (one, two) = (catcher(&roll, &okta).await, catcher(&roll, &okta).await);
        let (mut first, mut second) = (Reader::default(), Reader::default());
        okta.log().events = history(450);
        one.turn(&mut first).await;
        assert_eq!(two.turn(&mut second).await, IDLE);
        assert_eq!(okta.log().asked.len(), 1, "the other did not ask");
        roll.clock.advance(LEASE);
        two.turn(&mut second).await;
        assert_eq!(one.turn(&mut first).await, IDLE);
        assert_eq!(okta.log().asked.len(), 2);
        two.catch_up(&mut second).await;
        assert_eq!(roll.roads().await, ["log 450"]);
    }

    async fn a_page_and_the_place_after_it_are_kept_together_or_not_at_all(roll: Roll) {
        let okta = FakeOkta::start().await;
        let source = catch_up::source(&okta.client().org);
        let body = Value::from(history(3)).to_string();
        let pieces = delivery::read_log(body.as_bytes()).expect("a page");
        let found = Found { source, cursor: None, pieces, next: "there".to_owned() };
        let ctx = Ctx::job("test", roll.clock.now());
        let mut cut_off = roll.db().begin(&ctx).await.expect("a unit");
        assert_eq!(catch_up::keep(&mut cut_off, &found).await.expect("kept"), 3);
        drop(cut_off);
        assert_eq!((roll.inbox().await.len(), roll.place().await), (0, None));
        let keep = || roll.db().unit(&ctx, &found, |tx, found| Box::pin(catch_up::keep(tx, found)));
        assert_eq!(keep().await.expect("kept"), 3);
        let slower = keep().await;
        assert!(matches!(slower, Err(Error::Busy { why: Busy::Lock, .. })), "another replica has moved on");
        assert_eq!((roll.inbox().await.len(), roll.place().await.as_deref()), (3, Some("there")));
    }
}
