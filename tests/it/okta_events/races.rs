//! Events and SCIM side by side, on two replicas.

use rollcall::directory::okta_events::{self, Outcome};

use super::{event, link, switches, tell, told};
use crate::harness::{facts, person};

/// How often a race is run.
const ROUNDS: usize = 12;

facts! {
    async fn a_person_who_arrives_while_their_suspension_does_is_suspended(roll: Roll) {
        let replica = roll.replica().await;
        for round in 0..ROUNDS {
            let (name, okta_id) = (format!("dana{round}"), format!("00udana{round}"));
            let (body, suspend) = (person(&name), event("user.lifecycle.suspend", &okta_id, 10));
            let (came, outcome) = tokio::join!(roll.post("/Users", &body), tell(&replica, &suspend));
            assert!([Outcome::Applied, Outcome::Ignored(okta_events::KEPT)].contains(&outcome), "{outcome:?}");
            assert_eq!(switches(&roll, &came.expect(201).id()).await, "off scim on okta suspended admin on");
        }
    }

    async fn opposite_events_at_once_end_where_their_order_ends(roll: Roll) {
        let replica = roll.replica().await;
        let id = roll.person("dana").await;
        let team = roll.group("Payments", &[]).await;
        link(&roll, &team).await.expect("a link");
        for round in 0..ROUNDS as u64 {
            let at = 10 * round + 10;
            tokio::join!(
                told(&roll, "user.lifecycle.unsuspend", at),
                told(&replica, "user.lifecycle.suspend", at + 1),
                told(&roll, "group.user_membership.remove", at),
                told(&replica, "group.user_membership.add", at + 1),
            );
            assert_eq!(switches(&roll, &id).await, "off scim on okta suspended admin on");
            assert_eq!(roll.members(&team).await, [id.as_str()]);
            tokio::join!(
                told(&replica, "user.lifecycle.unsuspend", at + 3),
                told(&roll, "user.lifecycle.suspend", at + 2),
                told(&replica, "group.user_membership.remove", at + 3),
                told(&roll, "group.user_membership.add", at + 2),
            );
            assert_eq!(switches(&roll, &id).await, "on scim on okta ok admin on");
            assert_eq!(roll.members(&team).await, [""; 0]);
        }
    }

    async fn the_same_event_on_two_replicas_is_said_once(roll: Roll) {
        let replica = roll.replica().await;
        let id = roll.person("dana").await;
        roll.let_in(&id).await;
        let suspend = event("user.lifecycle.suspend", "00udana", 10);
        let outcomes = tokio::join!(tell(&roll, &suspend), tell(&replica, &suspend));
        assert!([(Outcome::Applied, Outcome::NoChange), (Outcome::NoChange, Outcome::Applied)].contains(&outcomes));
        assert_eq!(roll.actions().await, ["user.created", "user.deactivated"]);
    }
}
