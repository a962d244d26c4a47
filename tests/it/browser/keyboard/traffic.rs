//! What Okta sent: requests that failed and what to do about it; events that are dead, tried and applied again.

use rollcall::jobs::replays;

use super::admin;
use crate::browser::page::Page;
use crate::harness::{Roll, facts, person};
use crate::hooks::event;
use crate::platform::people::Signed;

/// An admin, and so many people whose suspension is dead.
async fn dead(roll: &Roll, names: &[&str]) -> Signed {
    for name in names {
        roll.person(name).await;
        roll.dead_event(event(name, &format!("00u{name}"))).await;
    }
    roll.admin("boss").await
}

impl Page {
    /// Begins the replay that the page offers for so many events, and sees it to its end, pressing nothing.
    async fn replay(&self, roll: &Roll, chosen: &str, button: &str, count: usize) {
        self.says(&[chosen, "What would change", "user.deactivated"]).await;
        self.follow(button).await;
        self.says(&["Replay under way", &format!("0 of {count} events tried")]).await;
        roll.replay_all().await;
        self.wait_for_text("Replay done").await;
        self.says(&[&format!("{count} of {count} events tried")]).await;
    }
}

facts! {
    async fn a_request_that_failed_is_found_understood_and_followed_to_whom_it_concerns(roll: Roll) {
        let (boss, dana) = (roll.admin("boss").await, roll.person("dana").await);
        roll.post("/Users", &person("dana")).await.expect(409);
        roll.flush().await;
        let page = admin(&roll, &boss, "/audit").await;
        page.go_by("r").await;
        page.reach("Refused and failed only").await;
        page.press(&["Space"]).await;
        page.follow("Filter").await;
        assert_eq!(page.texts(".line .state").await, ["409"]);
        page.press(&["j"]).await;
        page.leave_by(&["Enter"]).await;
        page.says(&["What this means", "What to do:", "Who has this userName"]).await;
        page.follow("dana@example.com").await;
        assert_eq!(page.path().await, format!("/people/{dana}"));
        page.done().await;
    }

    async fn a_dead_event_is_tried_and_applied_again(roll: Roll) {
        let boss = dead(&roll, &["dana"]).await;
        let page = admin(&roll, &boss, "/audit").await;
        page.go_by("e").await;
        page.follow("dead").await;
        page.press(&["j"]).await;
        page.leave_by(&["Enter"]).await;
        page.says(&["Nothing happens any more until somebody replays it."]).await;
        page.follow("See what a replay would change").await;
        page.says(&["A replay would change this", "user.deactivated"]).await;
        page.follow("Replay this event").await;
        assert_eq!(page.told().await, "The event was applied again. What it changed stands below.");
        page.follow("The person here").await;
        page.says(&["Okta suspended the account"]).await;
        page.done().await;
    }

    async fn ticked_events_are_replayed_and_then_all_that_are_dead(roll: Roll) {
        let boss = dead(&roll, &["dana", "erin", "finn"]).await;
        let page = admin(&roll, &boss, "/events").await;
        for _ in 0..2 {
            page.reach("Select").await;
            page.press(&["Space"]).await;
        }
        page.follow("See what a replay of the selected ones would change").await;
        page.replay(&roll, "Chosen: 2 events.", "Replay 2 events", 2).await;
        page.go_by("e").await;
        page.follow("See what a replay of all dead ones would change").await;
        page.replay(&roll, "Chosen: 1 event.", "Replay 1 event", 1).await;
        page.follow("When it began and ended").await;
        page.says(&["hook.replay.begun", "hook.replay.ended"]).await;
        page.done().await;
    }

    async fn whoever_is_at_a_button_of_a_replay_stays_there_while_the_page_looks_again(roll: Roll) {
        let boss = dead(&roll, &["dana", "erin"]).await;
        let page = admin(&roll, &boss, "/events/replays/new?dead=1").await;
        page.follow("Replay 2 events").await;
        page.reach("Cancel this replay").await;
        replays::work_once(&roll.app).await.expect("a database");
        page.wait_for_text("1 of 2 events tried").await;
        assert_eq!(page.focused().await, "Cancel this replay");
        page.leave_by(&["Enter"]).await;
        assert_eq!(page.told().await, "The replay ends here. What was applied stays applied.");
        page.done().await;
    }

    async fn a_replay_that_ends_under_whoever_is_at_its_button_leaves_them_at_its_head(roll: Roll) {
        let boss = dead(&roll, &["dana"]).await;
        let page = admin(&roll, &boss, "/events/replays/new?dead=1").await;
        page.follow("Replay 1 event").await;
        page.reach("Cancel this replay").await;
        roll.replay_all().await;
        page.wait_for_text("Replay done").await;
        assert_eq!(page.focused().await, "Replay done");
        page.follow("When it began and ended").await;
        page.says(&["hook.replay.ended"]).await;
        page.done().await;
    }
}
