//! The setup guide, whose values are copied and whose steps turn green by themselves; and how the connection does.

use serde_json::json;

use super::{admin, first_admin};
use crate::browser::page::Page;
use crate::harness::facts;

/// What is folded up and what can be copied, in the order of the page: what it is called, and the text of what is copied.
const COPIES: &str = "[...document.querySelectorAll('main summary, main [data-copy]')]
    .map(part => [part.ariaLabel ?? part.textContent, part.dataset.copy ?? null])";
/// Where the links of the cards lead, by their names.
const LINKS: [(&str, &str); 7] = [
    ("Failed requests", "/requests?failed=true&since=24h"),
    ("Tokens", "/tokens"),
    ("Events", "/events"),
    ("Dead events", "/events?state=dead"),
    ("In the setup guide", "/setup#catch-up"),
    ("When it tripped", "/audit?q=action%3Abreaker.tripped"),
    ("Repairs", "/audit?q=action%3Adrift.repaired"),
];

impl Page {
    /// What was copied last.
    async fn clipboard(&self) -> String {
        let text = self.eval("navigator.clipboard.readText()").await;
        text.as_str().unwrap_or_default().replace("\r\n", "\n")
    }
}

facts! {
    async fn every_value_of_the_guide_is_copied(roll: Roll) {
        let boss = roll.admin("boss").await;
        let page = admin(&roll, &boss, "/audit").await;
        // Whoever is asked to allow one thing forbids all others.
        let allowed = json!({ "permissions": ["clipboardReadWrite", "clipboardSanitizedWrite"] });
        page.tell("Browser.grantPermissions", &allowed).await;
        page.go_by("s").await;
        let parts: Vec<(String, Option<String>)> = serde_json::from_value(page.eval(COPIES).await).expect("names");
        assert!(parts.len() >= 15, "{parts:?}");
        for (name, text) in parts {
            page.reach(&name).await;
            page.press(&["Enter"]).await;
            let Some(text) = text else { continue };
            page.until(&name, async || (page.focused().await == "Copied").then_some(())).await;
            assert_eq!(page.clipboard().await, text, "{name}");
        }
        page.done().await;
    }

    async fn a_step_turns_green_while_one_looks_and_nothing_is_pressed(roll: Roll) {
        let boss = first_admin(&roll).await;
        let page = admin(&roll, &boss, "/").await;
        assert_eq!(page.path().await, "/setup");
        page.reach("Connect SCIM").await;
        page.press(&["Enter"]).await;
        assert_eq!(page.path().await, "/setup#scim");
        page.says(&["Waiting for Okta"]).await;
        roll.get("/Users?startIndex=1&count=2").await.expect(200);
        roll.flush().await;
        page.wait_for("[data-live=scim] .state.good").await;
        page.wait_for_text("Connect SCIM: Done").await;
        roll.person("dana").await;
        roll.flush().await;
        page.wait_for("[data-live=users] .state.good").await;
        page.done().await;
    }

    async fn each_card_of_the_connection_leads_to_more_of_it(roll: Roll) {
        let boss = roll.admin("boss").await;
        roll.flush().await;
        let page = admin(&roll, &boss, "/audit").await;
        for (name, path) in LINKS {
            page.go_by("c").await;
            page.reach("Skip to the page").await;
            page.press(&["Enter"]).await;
            page.follow(name).await;
            assert_eq!(page.path().await, path);
        }
        page.done().await;
    }
}
