//! What Okta's API may answer instead, and what is made of it: nothing kept, a wait, and another try.

use std::time::Duration;

use rollcall::jobs::catch_up::{IDLE, Reader};
use rollcall::okta::api::Org;
use rollcall::okta_client::Client;

use super::catcher;
use super::fake_okta::{FakeOkta, Trouble};
use crate::harness::facts;
use crate::hooks::event_at;

facts! {
    async fn the_rate_limit_is_waited_for(roll: Roll) {
        let okta = FakeOkta::start().await;
        let roll = catcher(&roll, &okta).await;
        okta.log().events = vec![event_at("a", "00u1", 1)];
        let mut reader = Reader::default();
        okta.trouble(Trouble::Limited(40));
        let wait = roll.turn(&mut reader).await;
        assert!((Duration::from_secs(41)..=Duration::from_secs(52)).contains(&wait), "{wait:?}");
        assert_eq!(roll.inbox().await, []);
        okta.trouble(Trouble::Left(120, 12, 20));
        assert_eq!(roll.turn(&mut reader).await, Duration::from_secs(21), "a tenth is left to others");
        assert_eq!(roll.inbox().await.len(), 1);
        okta.trouble(Trouble::Left(120, 100, 20));
        assert_eq!(roll.turn(&mut reader).await, IDLE);
    }

    async fn what_is_no_page_is_not_kept_and_the_waits_grow(roll: Roll) {
        let okta = FakeOkta::start().await;
        let roll = catcher(&roll, &okta).await;
        okta.log().events = vec![event_at("a", "00u1", 1)];
        let mut reader = Reader::default();
        let mut last = Duration::ZERO;
        for trouble in [
            Trouble::Status(500), Trouble::Status(403), Trouble::Text("<html>"), Trouble::Text("{}"), Trouble::Text("[1"),
            Trouble::NoNext, Trouble::Status(302), Trouble::Status(400),
        ] {
            okta.trouble(trouble.clone());
            let wait = roll.turn(&mut reader).await;
            assert!(wait > last || wait >= Duration::from_mins(4), "{trouble:?}: {wait:?} after {last:?}");
            assert_eq!((roll.inbox().await.len(), roll.place().await), (0, None), "{trouble:?}");
            last = wait;
        }
        roll.catch_up(&mut reader).await;
        assert_eq!(roll.roads().await, ["log 1"]);
        okta.trouble(Trouble::Status(500));
        assert!(roll.turn(&mut reader).await < Duration::from_secs(3), "after a success the waits begin anew");
    }

    async fn an_answer_that_does_not_come_is_not_waited_for(roll: Roll) {
        let okta = FakeOkta::start().await;
        let mut client = okta.client();
        client.patience = Duration::from_millis(200);
        let roll = roll.replica_with(|shared| shared.okta = Some(client)).await;
        okta.log().events = vec![event_at("a", "00u1", 1)];
        okta.trouble(Trouble::Silence);
        let mut reader = Reader::default();
        assert!(roll.turn(&mut reader).await > Duration::ZERO);
        roll.catch_up(&mut reader).await;
        assert_eq!(roll.roads().await, ["log 1"]);
    }

    async fn the_token_goes_to_the_org_alone(roll: Roll) {
        let (okta, foreign) = (FakeOkta::start().await, FakeOkta::start().await);
        let roll = catcher(&roll, &okta).await;
        let mut reader = Reader::default();
        okta.trouble(Trouble::Next(format!("{}/api/v1/logs?since=2026-03-01T00:00:00Z&limit=1", foreign.origin())));
        roll.turn(&mut reader).await;
        for _ in 0..3 {
            roll.turn(&mut reader).await;
        }
        assert!(foreign.log().asked.is_empty());
        assert!(okta.log().asked.len() > 1, "the log is read from its beginning again");
    }

    async fn a_wrong_token_is_told_and_nothing_is_kept(roll: Roll) {
        let okta = FakeOkta::start().await;
        let client = Client::new(Org::parse(okta.origin()).expect("an org"), "another-token".into()).expect("a client");
        let roll = roll.replica_with(|shared| shared.okta = Some(client)).await;
        okta.log().events = vec![event_at("a", "00u1", 1)];
        assert!(roll.turn(&mut Reader::default()).await > Duration::ZERO);
        assert_eq!((roll.inbox().await.len(), roll.place().await), (0, None));
    }
}
