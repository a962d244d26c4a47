//! What people do on the pages with a mouse, and without scripts; by keyboard alone they do it all in `keyboard`.

use super::page::Page;
use super::pages::Viewer;
use crate::harness::facts;
use crate::platform::people::GLASS_PASSWORD;

facts! {
    async fn the_console_is_entered_searched_and_left_without_scripts(roll: Roll) {
        roll.glass("glass").await;
        let dana = roll.person("dana").await;
        roll.delete(&format!("/Users/{dana}")).await.expect(204);
        let page = Page::of(&roll).await;
        page.scripts(false).await;
        page.open("/audit").await;
        page.fill("Account", "glass").await;
        page.fill("Password", GLASS_PASSWORD).await;
        page.click("Break the glass").await;
        page.fill("Search", "action:user.deleted").await;
        page.click("Search").await;
        page.wait_for("#q[value='action:user.deleted']").await;
        let text = page.text().await;
        assert!(text.contains("user.deleted") && !text.contains("user.created"), "{text}");
        page.click("Sign out").await;
        page.wait_for_text("You are signed out").await;
        page.open("/audit").await;
        assert!(page.path().await.starts_with("/sign-in"));
        page.done().await;
    }

    async fn an_admin_sees_why_somebody_has_access_ends_it_and_reads_the_story(roll: Roll) {
        let (boss, dana) = (roll.admin("boss").await, roll.person("dana").await);
        let page = Page::of(&roll).await;
        page.be(Viewer::Admin, &boss).await;
        page.open(&format!("/people/{dana}")).await;
        page.wait_for_text("have access?").await;
        page.click("Deactivate").await;
        page.click("Deactivate dana Example").await;
        page.wait_for("[role=status]").await;
        page.wait_for_text("not have access?").await;
        page.open("/audit?q=action%3Auser.deactivated").await;
        page.click("Story").await;
        page.wait_for_text("deactivated").await;
        assert!(page.path().await.starts_with("/stories/"));
        page.done().await;
    }

    async fn a_dead_event_is_looked_at_and_replayed(roll: Roll) {
        let boss = roll.admin("boss").await;
        let event = roll.dead_event(crate::hooks::event("journey", "00unobody")).await;
        let page = Page::of(&roll).await;
        page.be(Viewer::Admin, &boss).await;
        page.scripts(false).await;
        page.open(&format!("/events/{event}/replay")).await;
        page.click("Replay this event").await;
        page.wait_for_text("The event was applied again").await;
        assert!(page.path().await.starts_with(&format!("/events/{event}?done=replayed.")));
        page.done().await;
    }
}
