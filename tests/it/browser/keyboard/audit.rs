//! The audit: searched, narrowed, read row by row, and taken along.

use std::collections::BTreeSet;
use std::path::Path;
use std::time::Duration;

use serde_json::{Value, json};

use super::admin;
use crate::browser::page::Page;
use crate::harness::{Roll, facts};

const HOUR: Duration = Duration::from_hours(1);
/// More rows than a page shows.
const MANY: usize = 55;
/// Keys that go along the rows about somebody who was made and then changed, and the action of the row where they end.
const OPENED: [(&[&str], &str); 2] = [(&["j", "j"], "user.created"), (&["j", "j", "k"], "user.updated")];

/// A day on which people came hour by hour; the page of an admin on it.
async fn a_day(roll: &Roll) -> Page {
    for number in 0..3 {
        roll.person(&format!("person-{number}")).await;
        roll.clock.advance(HOUR);
    }
    let boss = roll.admin("boss").await;
    admin(roll, &boss, "/audit").await
}

impl Page {
    /// What is searched for.
    async fn q(&self) -> String {
        self.eval("document.getElementById('q').value").await.as_str().unwrap_or_default().to_owned()
    }

    /// The ids of the rows that are shown.
    async fn rows(&self) -> BTreeSet<String> {
        let script = "[...document.querySelectorAll('.line [data-open]')].map(link => link.pathname.split('/').pop())";
        serde_json::from_value(self.eval(script).await).expect("ids")
    }

    /// A file that is downloaded by following a link, when it is whole.
    async fn download(&self, link: &str, folder: &Path, file: &str) -> String {
        let allow = json!({ "behavior": "allow", "downloadPath": folder });
        self.tell("Browser.setDownloadBehavior", &allow).await;
        self.reach(link).await;
        self.press(&["Enter"]).await;
        // Until it is whole it has another name.
        let read = async || std::fs::read_to_string(folder.join(file)).ok();
        self.until(file, read).await
    }
}

/// The ids of a list of rows, in no order.
fn ids<'v>(rows: impl Iterator<Item = &'v Value>) -> BTreeSet<String> {
    rows.map(|row| row["id"].as_str().expect("an id").to_owned()).collect()
}

facts! {
    async fn a_search_is_typed_completed_turned_round_and_taken_back(roll: Roll) {
        let page = a_day(&roll).await;
        page.press(&["/"]).await;
        page.type_in("sever").await;
        page.wait_for(".completions:not([hidden]) li").await;
        page.press(&["ArrowDown", "Enter"]).await;
        assert_eq!(page.q().await, "severity:");
        page.type_in("in").await;
        page.wait_for(".completions li:only-child").await;
        page.press(&["ArrowDown", "Enter"]).await;
        page.leave_by(&["Enter"]).await;
        assert_eq!(page.q().await, "severity:INFO");
        let before = page.texts(".line").await.len();
        page.follow("Turn round severity:INFO").await;
        assert_eq!(page.q().await, "-severity:INFO");
        assert!(page.texts(".line").await.len() < before);
        page.follow("Remove -severity:INFO").await;
        assert_eq!(page.path().await, "/audit");
        page.done().await;
    }

    async fn a_search_that_finds_nothing_or_cannot_be_read_leads_on(roll: Roll) {
        let page = a_day(&roll).await;
        page.search("nonsense:").await;
        assert!(page.told().await.starts_with("This search cannot be read"), "{}", page.text().await);
        page.search("user:nobody@example.com severity:INFO").await;
        page.says(&["Nothing matches this search."]).await;
        page.follow("Without user:nobody@example.com").await;
        assert_eq!(page.q().await, "severity:INFO");
        assert!(page.texts(".line").await.len() >= 4);
        page.done().await;
    }

    async fn a_value_of_a_row_narrows_to_its_like(roll: Roll) {
        let page = a_day(&roll).await;
        page.follow("user.created").await;
        assert_eq!(page.q().await, "action:user.created");
        page.follow("person-1 Example").await;
        page.says(&["Why does person-1 Example have access?"]).await;
        page.done().await;
    }

    async fn time_is_chosen_by_link_by_hand_and_by_bar(roll: Roll) {
        let page = a_day(&roll).await;
        page.follow("1 hour").await;
        assert_eq!(page.q().await, "since:1h");
        page.follow("All").await;
        page.reach("From … to").await;
        page.press(&["Enter"]).await;
        page.reach("From, UTC").await;
        page.type_in("03022026").await;
        page.press(&["ArrowRight"]).await;
        page.type_in("0100PM").await;
        page.follow("Show").await;
        assert_eq!(page.q().await, "since:2026-03-02T13:00:00Z");
        assert!(!page.text().await.contains("person-0 Example"), "she came before");
        page.reach("As a table").await;
        page.press(&["Enter"]).await;
        page.reach("When it happened, as a table").await;
        page.press(&["Tab"]).await;
        let bar = page.focused().await;
        page.leave_by(&["Enter"]).await;
        let q = page.q().await;
        assert!(q.contains("since:") && q.contains("until:"), "{bar}: {q}");
        page.follow("Local time").await;
        assert!(page.path().await.ends_with("tz=local"));
        page.follow("UTC").await;
        assert!(!page.path().await.contains("tz="));
        page.done().await;
    }

    async fn a_row_is_opened_by_its_keys_and_has_an_address_of_its_own(roll: Roll) {
        let (boss, dana) = (roll.admin("boss").await, roll.person("dana").await);
        roll.patch(&format!("/Users/{dana}"), &crate::harness::patch(json!([{ "op": "replace", "path": "title", "value": "Lead" }]))).await.expect(200);
        let page = admin(&roll, &boss, "/audit").await;
        for (keys, action) in OPENED {
            page.go_by("a").await;
            page.search("user:dana@example.com").await;
            page.press(keys).await;
            page.leave_by(&["Enter"]).await;
            let path = page.path().await;
            assert!(path.starts_with("/audit/") && path.len() == "/audit/".len() + 36, "{path}");
            page.open(&path).await;
            page.says(&[action, "What is known"]).await;
        }
        page.says(&["What changed", "title", "Lead", "user.updated"]).await;
        page.reach("Copy as JSON").await;
        page.press(&["Enter"]).await;
        page.wait_for_text("Copied").await;
        page.follow("The person").await;
        assert_eq!(page.path().await, format!("/people/{dana}"));
        page.done().await;
    }

    async fn older_rows_follow_those_of_the_page(roll: Roll) {
        for number in 0..MANY {
            roll.person(&format!("person-{number:02}")).await;
        }
        let boss = roll.admin("boss").await;
        let page = admin(&roll, &boss, "/audit?q=action%3Auser.created").await;
        page.follow("Older").await;
        page.says(&["person-00 Example"]).await;
        assert_eq!(page.q().await, "action:user.created");
        assert_eq!(page.texts(".line").await.len(), MANY + 1 - 50);
        page.done().await;
    }

    async fn an_export_holds_exactly_the_rows_that_are_filtered(roll: Roll) {
        let page = a_day(&roll).await;
        let folder = tempfile::tempdir().expect("a folder");
        page.search("action:user.created -user:boss@example.com").await;
        let shown: BTreeSet<String> = page.rows().await;
        assert_eq!(shown.len(), 3);
        let csv = page.download("CSV", folder.path(), "audit.csv").await;
        let first: BTreeSet<String> = csv.lines().skip(1).map(|line| line[..36].to_owned()).collect();
        assert_eq!(first, shown);
        let ndjson = page.download("NDJSON", folder.path(), "audit.ndjson").await;
        let rows: Vec<Value> = ndjson.lines().map(|line| serde_json::from_str(line).expect("a row")).collect();
        assert_eq!(ids(rows.iter()), shown);
        page.search("action:audit.exported").await;
        assert_eq!(page.texts(".line").await.len(), 2);
        page.done().await;
    }
}
