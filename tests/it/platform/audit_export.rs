//! `/api/audit/export`: the same rows as a stream.

use std::time::Duration;

use reqwest::Method;
use rollcall::access::audit_log::{EXPORTS_WITHIN, MAX_EXPORTS};
use rollcall::audit::{Action, Entry};
use rollcall::ctx::Ctx;
use rollcall::jobs::retention;
use serde_json::Value;

use super::people::{Signed, problem};
use crate::harness::{Roll, facts};

async fn text(roll: &Roll, who: &Signed, query: &str) -> String {
    let answer =
        who.request(roll, reqwest::Method::GET, &format!("/api/audit/export?{query}")).send().await.expect("an answer");
    assert_eq!(answer.status().as_u16(), 200);
    answer.text().await.expect("a whole body")
}

/// Writes so many rows that say nothing.
async fn fill(roll: &Roll, count: usize) {
    let ctx = Ctx::cli(roll.clock.now());
    let written = roll.db().unit(&ctx, &count, |tx, count| {
        Box::pin(async move {
            (0..*count).for_each(|number| tx.say(Entry::service(Action::AuthRefused).with("number", number)));
            Ok(())
        })
    });
    written.await.expect("rows");
    roll.clock.advance(Duration::from_secs(1));
}

facts! {
    async fn an_export_holds_every_row_of_its_search_once_newest_first(roll: Roll) {
        let boss = roll.admin("boss").await;
        fill(&roll, 1_203).await;
        let told = text(&roll, &boss, "format=ndjson&action=auth.refused").await;
        let rows: Vec<Value> = told.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
        let mut ids: Vec<&str> = rows.iter().map(|row| row["id"].as_str().expect("an id")).collect();
        assert_eq!(rows.len(), 1_203);
        assert!(ids.is_sorted_by(|one, other| one > other), "newest first");
        ids.dedup();
        assert_eq!(ids.len(), 1_203);
        let table = text(&roll, &boss, "format=csv&q=action:auth.refused").await;
        assert_eq!(table.lines().count(), 1_204);
        assert!(table.starts_with("id,at,action,"));
    }

    async fn an_export_holds_no_formula_and_not_itself(roll: Roll) {
        let boss = roll.admin("boss").await;
        let mut dana = crate::harness::person("dana");
        dana["displayName"] = "=HYPERLINK(\"http://evil.test\")".into();
        roll.post("/Users", &dana).await.expect(201);
        roll.clock.advance(Duration::from_secs(1));
        let table = text(&roll, &boss, "format=csv").await;
        let mut reader = csv::Reader::from_reader(table.as_bytes());
        for row in reader.records() {
            let row = row.expect("CSV");
            assert!(row.iter().all(|cell| !cell.starts_with(['=', '+', '-', '@', '\t', '\r'])), "{row:?}");
            assert_ne!(&row[2], "audit.exported");
        }
    }

    async fn an_export_holds_what_its_reader_may_see(roll: Roll) {
        let dana = roll.signed("dana").await;
        roll.person("erin").await;
        roll.clock.advance(Duration::from_secs(1));
        let told = text(&roll, &dana, "format=ndjson").await;
        assert_eq!(told.lines().count(), 2, "{told}");
        assert!(told.lines().all(|line| line.contains(&dana.user)), "{told}");
    }

    async fn a_format_that_is_none_is_refused_and_nothing_is_told(roll: Roll) {
        let boss = roll.admin("boss").await;
        for (query, field) in [("", "format"), ("format=xml", "format"), ("format=csv&limit=1", "limit"), ("format=csv&q=x:", "q")] {
            let answer = problem(boss.get(&roll, &format!("/api/audit/export?{query}")).await, 400, field);
            assert_eq!(answer.body["errors"][0]["field"], field);
        }
        assert!(!roll.actions().await.contains(&"audit.exported".to_owned()));
    }

    async fn exports_are_limited_for_each_reader_on_all_replicas_together(roll: Roll) {
        let (boss, dana) = (roll.admin("boss").await, roll.signed("dana").await);
        let other = roll.replica().await;
        for number in 0..MAX_EXPORTS {
            text(if number % 2 == 0 { &roll } else { &other }, &boss, "format=csv&severity=HIGH").await;
        }
        let told = || async { roll.actions().await.iter().filter(|action| *action == "audit.exported").count() };
        let before = told().await;
        let refused = problem(boss.get(&other, "/api/audit/export?format=csv").await, 429, "Too many exports");
        assert_eq!(refused.header("retry-after"), "901");
        assert_eq!(told().await, before);
        text(&roll, &dana, "format=csv").await;
        roll.clock.advance(EXPORTS_WITHIN);
        text(&roll, &boss, "format=csv").await;
    }

    async fn another_site_begins_no_export_in_the_reader_s_name(roll: Roll) {
        let boss = roll.admin("boss").await;
        let path = "/api/audit/export?format=csv";
        let exports = async || roll.actions().await.iter().filter(|action| *action == "audit.exported").count();
        let from = |method: Method, site: &'static str| boss.request(&roll, method, path).header("sec-fetch-site", site);
        for site in ["cross-site", "same-site", "other", ""] {
            for _ in 0..=MAX_EXPORTS {
                let refused = roll.send(from(Method::GET, site)).await.expect(403);
                assert_eq!(refused.header("content-type"), "application/problem+json");
                assert!(refused.body["detail"].as_str().is_some_and(|told| told.contains("Another site led here")), "{}", refused.text);
            }
            roll.send(from(Method::HEAD, site)).await.expect(403);
        }
        roll.send(boss.request(&roll, Method::GET, path).header("origin", "https://evil.test")).await.expect(403);
        assert_eq!(exports().await, 0);
        let refused = roll.last_audit("auth.refused").await.2;
        assert_eq!(refused["reason"], "foreign");
        for site in ["same-origin", "none"] {
            roll.send(from(Method::GET, site)).await.expect(200);
        }
        text(&roll, &boss, "format=csv").await;
        let key = roll.key_of(&boss, &["audit:read"]).await.key;
        let by_key = roll.request(Method::GET, path).bearer_auth(&key).header("sec-fetch-site", "cross-site");
        roll.send(by_key).await.expect(200);
        assert_eq!(exports().await, 4, "nothing that was refused counted");
        let read = boss.request(&roll, Method::GET, "/api/audit").header("sec-fetch-site", "cross-site");
        roll.send(read).await.expect(200);
    }

    async fn whoever_asks_for_the_headers_exports_nothing(roll: Roll) {
        let boss = roll.admin("boss").await;
        let before = crate::tables::dump(&roll).await;
        for _ in 0..=MAX_EXPORTS {
            let head = roll.send(boss.request(&roll, Method::HEAD, "/api/audit/export?format=csv")).await.expect(200);
            assert_eq!(head.header("content-type"), "text/csv; charset=utf-8");
            assert_eq!(head.text, "");
        }
        roll.send(boss.request(&roll, Method::HEAD, "/api/audit/export?format=xml")).await.expect(400);
        assert_eq!(crate::tables::dump(&roll).await, before);
        text(&roll, &boss, "format=csv").await;
    }

    async fn rows_past_their_time_are_removed_in_batches_and_the_rest_stays(roll: Roll) {
        let kept = Duration::from_hours(90 * 24);
        fill(&roll, 2_300).await;
        let count = "select cast(count(*) as text) from audit_events where action = 'auth.refused'";
        let sweep = async || {
            let ctx = Ctx::job("retention", roll.clock.now());
            retention::sweep(roll.db(), &ctx, kept).await.expect("a sweep")
        };
        roll.clock.advance(kept.saturating_sub(Duration::from_secs(1)));
        let all = roll.sql_one("select cast(count(*) as text) from audit_events").await;
        sweep().await;
        assert_eq!(roll.sql_one(count).await, "2300", "on the last moment of its time a row is kept");
        fill(&roll, 10).await;
        sweep().await;
        assert_eq!(roll.sql_one(count).await, "10");
        sweep().await;
        assert_eq!(roll.sql_one("select cast(count(*) as text) from audit_events").await, "10", "of {all}, no word of itself");
    }

    async fn a_client_that_stops_reading_holds_no_connection_and_one_that_goes_leaves_nothing(roll: Roll) {
        let boss = roll.admin("boss").await;
        fill(&roll, 3_000).await;
        let mut open = Vec::new();
        for _ in 0..24 {
            let request = boss.request(&roll, reqwest::Method::GET, "/api/audit/export?format=ndjson");
            open.push(request.send().await.expect("an answer"));
        }
        // More exports than there are connections stand half-read, and everybody else is served.
        boss.get(&roll, "/api/audit?limit=1").await.expect(200);
        roll.person("dana").await;
        drop(open);
        boss.get(&roll, "/api/audit?limit=1").await.expect(200);
    }
}
