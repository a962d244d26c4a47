//! In, out, and on from where nothing goes on.

use super::admin;
use crate::browser::page::Page;
use crate::harness::{Roll, facts};

facts! {
    async fn whoever_signs_in_on_a_new_server_is_led_to_the_setup_and_finds_the_way_out(roll: Roll) {
        roll.glass("glass").await;
        let page = Page::of(&roll).await;
        page.open("/").await;
        page.break_glass("glass").await;
        assert_eq!(page.path().await, "/setup");
        page.says(&["Break-glass session.", "Waiting for Okta", "1. Connect SCIM"]).await;
        page.follow("Sign out").await;
        page.says(&["You are signed out"]).await;
        page.follow("Sign in again").await;
        assert_eq!(page.path().await, "/sign-in");
        page.done().await;
    }

    async fn a_password_that_is_wrong_is_told_and_typed_again(roll: Roll) {
        roll.glass("glass").await;
        let page = Page::of(&roll).await;
        page.open("/sign-in?then=%2Fteams").await;
        page.reach("Account").await;
        page.type_in("glass").await;
        page.reach("Password").await;
        page.type_in("wrong horse").await;
        page.leave_by(&["Enter"]).await;
        assert!(!page.told().await.is_empty(), "{}", page.text().await);
        page.break_glass_again().await;
        assert_eq!(page.path().await, "/teams");
        page.done().await;
    }

    async fn light_and_dark_are_switched_and_stay_so(roll: Roll) {
        let boss = roll.admin("boss").await;
        let page = admin(&roll, &boss, "/audit").await;
        page.reach("Dark").await;
        page.press(&["Enter"]).await;
        page.go_by("t").await;
        page.wait_for("[data-theme=dark]").await;
        page.reach("Light").await;
        page.press(&["Space"]).await;
        page.wait_for("[data-theme=light]").await;
        page.done().await;
    }

    async fn every_refusal_has_a_way_on(roll: Roll) {
        let dana = roll.signed("dana").await;
        let page = admin(&roll, &dana, "/audit").await;
        for (path, title) in [
            ("/people", "You may not do this"),
            ("/setup", "You may not do this"),
            ("/nothing-here", "There is nothing here"),
            (format!("/teams/{}", Roll::new_id()).as_str(), "There is nothing here"),
            ("/people/no-id", "There is nothing here"),
        ] {
            page.open(path).await;
            page.says(&[title]).await;
            page.follow("To the console").await;
            assert_eq!(page.path().await, "/audit", "{path}");
        }
        page.done().await;
    }

    async fn whose_session_ended_signs_in_again_and_is_where_they_were(roll: Roll) {
        let (boss, _) = (roll.admin("boss").await, roll.glass("glass").await);
        let page = admin(&roll, &boss, "/audit").await;
        boss.delete(&roll, &format!("/auth/sessions/{}", boss.session)).await.expect(204);
        page.go_by("t").await;
        assert_eq!(page.path().await, "/sign-in?then=%2Fteams");
        page.break_glass("glass").await;
        assert_eq!(page.path().await, "/teams");
        page.done().await;
    }

    async fn a_form_that_comes_after_the_end_of_its_session_changes_nothing_and_leads_to_the_door(roll: Roll) {
        let (boss, dana, _) = (roll.admin("boss").await, roll.person("dana").await, roll.glass("glass").await);
        roll.flush().await;
        let page = admin(&roll, &boss, &format!("/people/{dana}")).await;
        boss.delete(&roll, &format!("/auth/sessions/{}", boss.session)).await.expect(204);
        page.confirm("Deactivate", &[], "Deactivate dana Example").await;
        page.says(&["You are not signed in"]).await;
        page.follow("Sign in").await;
        page.break_glass("glass").await;
        assert!(!page.path().await.starts_with("/sign-in"), "{}", page.path().await);
        assert!(!roll.actions().await.contains(&"user.deactivated".to_owned()));
        page.done().await;
    }
}

impl Page {
    /// The password once more, where the account stands already.
    async fn break_glass_again(&self) {
        self.reach("Password").await;
        self.type_in(crate::platform::people::GLASS_PASSWORD).await;
        self.leave_by(&["Enter"]).await;
    }
}
