//! The audit as pages: what stands on them, who sees what, and that nothing that others wrote is more than text.

use std::time::Duration;

use reqwest::Method;
use rollcall::model::hook::HookState;
use rollcall::model::session::Born;
use rollcall::model::words::Word;
use serde_json::{Value, json};

use super::page;
use crate::harness::{Answer, Roll, facts, patch, person};
use crate::hooks::event;
use crate::platform::audit_log::lead;
use crate::platform::people::Signed;

const SCRIPT: &str = "<script>alert(1)</script>";

async fn search(roll: &Roll, who: &Signed, q: &str) -> Answer {
    let query = form_urlencoded::Serializer::new(String::new()).append_pair("q", q).finish();
    page(roll, who, &format!("/audit?{query}")).await.expect(200)
}

/// How many rows a page shows.
fn rows(answer: &Answer) -> usize {
    answer.text.matches("<li class=\"line").count()
}

/// Every link of a page that contains these words.
fn links(answer: &Answer, words: &str) -> Vec<String> {
    let hrefs = answer.text.split("href=\"").skip(1).filter_map(|rest| rest.split('"').next());
    hrefs.filter(|href| href.contains(words)).map(|href| href.replace("&#38;", "&").replace("&amp;", "&")).collect()
}

/// What a person reads: without the tags.
fn read(answer: &Answer) -> String {
    let plain: String =
        answer.text.split('<').map(|part| part.split_once('>').map_or(part, |(_, text)| text)).collect();
    plain.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The causes of the requests of the log, the newest first.
async fn causes(roll: &Roll) -> Vec<String> {
    roll.flush().await;
    let sql = format!("select {} from scim_requests order by at desc, id desc", roll.uuid_text("cause_id"));
    roll.sql(&sql).await.into_iter().filter_map(|mut row| row.remove(0)).collect()
}

facts! {
    async fn a_search_stands_in_its_url_and_each_term_can_be_taken_away(roll: Roll) {
        let boss = roll.admin("boss").await;
        roll.person("dana").await;
        let found = search(&roll, &boss, "action:user.created severity:info \"dana\"").await;
        assert_eq!(rows(&found), 1, "{}", found.text);
        assert!(read(&found).contains("added dana Example to the roll"), "{}", read(&found));
        for without in ["/audit?q=severity%3Ainfo+dana", "/audit?q=action%3Auser.created+dana", "-severity%3Ainfo"] {
            let found = links(&found, without);
            let first = found.first().unwrap_or_else(|| panic!("{without}"));
            page(&roll, &boss, first).await.expect(200);
        }
        // Each value of a row is a link to more of its kind, within what is asked already.
        for link in links(&found, "/audit?q=action%3Auser.created+severity%3Ainfo+dana") {
            page(&roll, &boss, &link).await.expect(200);
        }
    }

    async fn every_link_of_the_page_leads_to_a_page(roll: Roll) {
        let boss = roll.admin("boss").await;
        roll.person("dana").await;
        let found = search(&roll, &boss, "").await;
        let all = links(&found, "/audit?");
        assert!(all.len() > 20, "{all:?}");
        for link in all {
            let there = page(&roll, &boss, &link).await.expect(200);
            assert!(!there.text.contains("role=\"alert\""), "{link}");
        }
        assert!(found.text.len() < 100_000, "{} bytes", found.text.len());
    }

    async fn a_search_that_cannot_be_read_is_told_beside_the_box_and_kept(roll: Roll) {
        let boss = roll.admin("boss").await;
        let told = search(&roll, &boss, "severity:high who:me").await;
        assert!(read(&told).contains("at character 15: who is no key"), "{}", read(&told));
        assert!(told.text.contains("value=\"severity:high who:me\""), "{}", told.text);
        let open = search(&roll, &boss, &format!("\"{SCRIPT}")).await;
        assert!(open.text.contains("a quote is not closed") && !open.text.contains(SCRIPT));
        let long = format!("/audit?q={}", "x".repeat(1_001));
        page(&roll, &boss, &long).await.expect(400);
    }

    async fn a_span_of_a_form_becomes_part_of_the_search(roll: Roll) {
        let boss = roll.admin("boss").await;
        let path = "/audit?q=severity%3AHIGH+since%3A7d&from=2026-03-01T12:00&to=&tz=local";
        let answer = page(&roll, &boss, path).await.expect(303);
        assert_eq!(answer.header("location"), "/audit?q=severity%3AHIGH+since%3A2026-03-01T12%3A00%3A00Z&tz=local");
        page(&roll, &boss, answer.header("location")).await.expect(200);
        let odd = page(&roll, &boss, "/audit?q=&from=soon&to=").await.expect(200);
        assert!(read(&odd).contains("soon is no moment"), "{}", read(&odd));
    }

    async fn nothing_that_others_wrote_is_more_than_text(roll: Roll) {
        let boss = roll.admin("boss").await;
        let odd = format!("{SCRIPT}\u{202e}\"'>");
        let mut body = person("dana");
        body["displayName"] = json!(odd);
        body["title"] = json!(odd);
        let request = roll.with_body(Method::POST, "/Users", &body).header("user-agent", SCRIPT);
        let dana = roll.send(request).await.expect(201).id();
        roll.group(&odd, &[&dana]).await;
        let bad = roll.scim(Method::GET, "/Users").bearer_auth(SCRIPT).header("user-agent", SCRIPT);
        roll.send(bad).await.expect(401);
        let list = search(&roll, &boss, "").await;
        let mut paths: Vec<String> = links(&list, "/audit/").into_iter().chain(links(&list, "/stories/")).collect();
        paths.sort();
        paths.dedup();
        assert!(paths.len() > 5, "{paths:?}");
        paths.push(format!("/audit?q=%22{SCRIPT}%22"));
        let mut seen = list.text.contains("&#60;script&#62;");
        for path in paths {
            let shown = page(&roll, &boss, &path).await;
            let shown = shown.expect_one_of(&[200, 404]);
            assert!(!shown.text.contains("<script>") && !shown.text.contains('\u{202e}'), "{path}");
            seen |= shown.text.contains("&#60;script&#62;");
        }
        assert!(seen, "it is shown, as text");
    }

    async fn whoever_runs_a_team_sees_that_team_and_counts_of_nothing_else(roll: Roll) {
        let (dana, erin) = (roll.signed("dana").await, roll.signed("erin").await);
        let team = roll.group("Ops", &[&dana.user, &erin.user]).await;
        for name in ["a", "b", "c"] {
            roll.person(name).await;
        }
        let own = search(&roll, &dana, "").await;
        assert!(read(&own).contains("Only what concerns yourself"), "{}", read(&own));
        lead(&roll, &team, &dana.user).await;
        let seen = search(&roll, &dana, "").await;
        assert!(read(&seen).contains("Teams you run: 1, and yourself"), "{}", read(&seen));
        let count = rows(&seen);
        assert!(read(&seen).contains(&format!("{count} rows in the last 7 days")), "{}", read(&seen));
        assert!(!read(&seen).contains("c@example.com"));
        assert_eq!(rows(&search(&roll, &dana, "action:user.created").await), 1);
        let foreign = roll.audit_row(&roll.person("zoe").await).await;
        for path in [format!("/audit/{foreign}"), format!("/audit/{}", Roll::new_id()), "/audit/7".to_owned()] {
            let refused = page(&roll, &dana, &path).await.expect(404);
            assert!(refused.text.contains("There is nothing here"), "{path}");
        }
    }

    async fn what_is_counted_is_what_is_listed(roll: Roll) {
        let boss = roll.admin("boss").await;
        for name in ["a", "b", "c"] {
            roll.person(name).await;
        }
        for (q, told) in [
            ("action:user.created", "4 rows in the last 7 days"),
            ("action:user.created since:1h", "4 rows"),
            ("action:user.created \"a@example.com\"", "1 row in the last 7 days"),
            ("until:1h", "0 rows in the last 7 days"),
        ] {
            let found = search(&roll, &boss, q).await;
            assert!(read(&found).contains(told), "{q}: {}", read(&found));
            // A bar leads to what it counts.
            let bars = links(&found, "until%3A2");
            assert_eq!(bars.is_empty(), told.starts_with('0'), "{q}");
            for bar in bars {
                assert!(rows(&page(&roll, &boss, &bar).await.expect(200)) > 0, "{bar}");
            }
        }
    }

    async fn older_rows_follow_and_nothing_matches_helps(roll: Roll) {
        let boss = roll.admin("boss").await;
        for number in 0..60 {
            roll.person(&format!("p{number}")).await;
        }
        let first = search(&roll, &boss, "action:user.created").await;
        assert_eq!(rows(&first), 50);
        let older = links(&first, "cursor=");
        assert_eq!(rows(&page(&roll, &boss, &older[0]).await.expect(200)), 11);
        page(&roll, &boss, &format!("{}0", older[0])).await.expect(400);
        roll.flush().await;
        let none = search(&roll, &boss, "action:team.created since:1h").await;
        let told = read(&none);
        assert!(told.contains("Nothing matches this search. Without action:team.created"), "{told}");
        assert!(told.contains("In the last 30 days In the last 90 days At any time Everything"), "{told}");
        assert!(!told.contains("Connect Okta"), "{told}");
    }

    async fn where_no_scim_client_ever_came_nothing_found_leads_to_the_setup(roll: Roll) {
        let boss = roll.break_glass("fire-axe").await;
        let boss = roll.sign_in_as(&boss, Born::BreakGlass).await;
        let none = search(&roll, &boss, "action:team.created").await;
        assert_eq!(links(&none, "/setup").len(), 2, "the navigation and the offer: {}", none.text);
        roll.get("/Users?count=1").await.expect(200);
        roll.flush().await;
        assert_eq!(links(&search(&roll, &boss, "action:team.created").await, "/setup").len(), 1);
    }

    async fn a_row_is_shown_whole(roll: Roll) {
        let boss = roll.admin("boss").await;
        let dana = roll.person("dana").await;
        let emails = json!([{ "op": "replace", "path": "emails", "value": [{ "value": "d@new.test", "type": "work", "primary": true }] }]);
        roll.patch(&format!("/Users/{dana}"), &patch(emails)).await.expect(200);
        let sql = format!("select {} from audit_events where action = 'user.updated'", roll.uuid_text("id"));
        let shown = page(&roll, &boss, &format!("/audit/{}", roll.sql_one(&sql).await)).await.expect(200);
        let text = read(&shown);
        assert!(text.contains("changed e-mail addresses of dana Example"), "{text}");
        assert!(text.contains("+d@new.test (work, primary)") && text.contains("−dana@example.com"), "{text}");
        for link in ["/people/", "/stories/", "/audit?q=request%3A"] {
            assert!(!links(&shown, link).is_empty(), "{link}");
        }
        assert!(text.contains("&#34;action&#34;: &#34;user.updated&#34;"), "{text}");
    }

    async fn a_story_tells_what_a_request_led_to(roll: Roll) {
        let boss = roll.admin("boss").await;
        let dana = roll.person("dana").await;
        let seat = roll.signed("erin").await;
        let team = roll.group("Ops", &[&dana, &seat.user]).await;
        roll.let_in(&dana).await;
        let off = patch(json!([{ "op": "replace", "value": { "active": false } }]));
        for _ in 0..2 {
            roll.patch(&format!("/Users/{dana}"), &off).await.expect(200);
        }
        roll.get(&format!("/Users/{}", Roll::new_id())).await.expect(404);
        let causes = causes(&roll).await;
        for (at, words) in [
            (0, "Nothing changed. Somebody was asked for who is not here"),
            (1, "Nothing changed: everything was so already."),
            (2, "deactivated dana Example, who is now inactive over SCIM; 1 session"),
        ] {
            let story = read(&page(&roll, &boss, &format!("/stories/{}", causes[at])).await.expect(200));
            assert!(story.contains(words), "{story}");
            assert!(story.contains("/Users/"), "{story}");
        }
        let whole = page(&roll, &boss, &format!("/stories/{}", causes[2])).await.expect(200);
        assert!(whole.text.contains("What was sent, masked") && !links(&whole, "/requests/").is_empty());
        // Who may see nothing of it is not told that it is there; who may see a part is shown no body.
        page(&roll, &seat, &format!("/stories/{}", causes[2])).await.expect(404);
        page(&roll, &seat, &format!("/stories/{}", causes[1])).await.expect(404);
        lead(&roll, &team, &seat.user).await;
        let made = causes.last().expect("a request").clone();
        page(&roll, &seat, &format!("/stories/{made}")).await.expect(404);
        let joined = roll.sql_one(&format!("select {} from audit_events where action = 'team.created'", roll.uuid_text("cause_id"))).await;
        let part = page(&roll, &seat, &format!("/stories/{joined}")).await.expect(200);
        assert!(!part.text.contains("masked") && links(&part, "/requests/").is_empty(), "{}", part.text);
        page(&roll, &boss, &format!("/stories/{}", Roll::new_id())).await.expect(404);
    }

    async fn a_story_tells_why_an_event_of_oktas_did_nothing(roll: Roll) {
        let boss = roll.admin("boss").await;
        let id = roll.dead_event(event("a", "00udana")).await;
        for state in HookState::ALL {
            roll.sql_run(&format!("update hook_events set state = '{}', reason = 'nobody is bound to it'", state.as_str())).await;
            let story = read(&page(&roll, &boss, &format!("/stories/{id}")).await.expect(200));
            assert!(story.contains("Okta's event") || story.contains("Okta&#39;s event"), "{story}");
            assert!(story.contains("because nobody is bound to it."), "{story}");
        }
    }

    async fn a_story_says_that_the_breaker_holds_what_the_log_told(roll: Roll) {
        let roll = roll.replica_with(|shared| shared.breaker.holds = true).await;
        let boss = roll.admin("boss").await;
        let id = roll.dead_event(event("a", "00udana")).await;
        roll.sql_run("update hook_events set state = 'received', road = 'log', reason = null").await;
        let read_it = async || read(&page(&roll, &boss, &format!("/stories/{id}")).await.expect(200));
        assert!(read_it().await.contains("waits for its turn."));
        let held = "insert into breaker (name, trips, tripped_at, deactivated, is_held, released_at) \
                    select 'deactivations', 1, at, 60, true, null from audit_events limit 1";
        roll.sql_run(held).await;
        let story = read_it().await;
        assert!(story.contains("the breaker tripped") && story.contains("rollcall breaker release"), "{story}");
        roll.sql_run("update hook_events set road = 'hook'").await;
        assert!(read_it().await.contains("waits for its turn."), "what was delivered is not held");
    }

    async fn a_story_of_many_rows_is_counted_and_folded(roll: Roll) {
        let boss = roll.admin("boss").await;
        let mut people = Vec::new();
        for number in 0..40 {
            people.push(roll.person(&format!("p{number}")).await);
        }
        let people: Vec<&str> = people.iter().map(String::as_str).collect();
        roll.group("Ops", &people).await;
        roll.flush().await;
        let cause = roll.sql_one(&format!("select {} from audit_events where action = 'team.created'", roll.uuid_text("cause_id"))).await;
        let story = page(&roll, &boss, &format!("/stories/{cause}")).await.expect(200);
        let told = read(&story);
        for words in ["41 rows", "40 × team.member.added 1 × team.created", "The other 16 rows", "40 members"] {
            assert!(told.contains(words), "{words}: {told}");
        }
        let kinds = links(&story, "action%3Ateam.member.added");
        assert_eq!(rows(&page(&roll, &boss, &kinds[0]).await.expect(200)), 40);
    }

    async fn a_story_of_a_bulk_says_what_it_asked_for(roll: Roll) {
        let boss = roll.admin("boss").await;
        let dana = roll.person("dana").await;
        let gone = json!({ "method": "DELETE", "path": format!("/Users/{}", Roll::new_id()) });
        let off = json!({ "method": "PATCH", "path": format!("/Users/{dana}"), "data": patch(json!([{ "op": "replace", "value": { "active": false } }])) });
        let bulk = |operations: Value| json!({ "schemas": ["urn:ietf:params:scim:api:messages:2.0:BulkRequest"], "Operations": operations });
        roll.post("/Bulk", &bulk(json!([gone.clone(), off]))).await.expect(200);
        roll.post("/Bulk", &bulk(json!([gone]))).await.expect(200);
        let causes = causes(&roll).await;
        let told = async |cause: &String| read(&page(&roll, &boss, &format!("/stories/{cause}")).await.expect(200));
        let nothing = told(&causes[0]).await;
        assert!(nothing.contains("each operation of the Bulk was refused, or found everything as it says already"), "{nothing}");
        let changed = told(&causes[1]).await;
        assert!(changed.contains("2 operations: 1 × DELETE, 1 × PATCH") && changed.contains("deactivated dana Example"), "{changed}");
    }

    async fn a_story_of_a_session_that_was_ended_tells_who_and_where(roll: Roll) {
        let (boss, dana) = (roll.admin("boss").await, roll.signed("dana").await);
        let sessions = dana.get(&roll, "/auth/sessions").await.expect(200).body;
        let session = sessions["sessions"][0]["id"].as_str().expect("a session").to_owned();
        dana.send(&roll, Method::DELETE, &format!("/auth/sessions/{session}"), &json!({})).await;
        let cause = roll.sql_one(&format!("select {} from audit_events where action = 'auth.session.ended'", roll.uuid_text("cause_id"))).await;
        let story = read(&page(&roll, &boss, &format!("/stories/{cause}")).await.expect(200));
        assert!(story.contains("through the API") && story.contains("ended a session of their own"), "{story}");
    }

    async fn what_is_filtered_is_exported_by_a_plain_link(roll: Roll) {
        let boss = roll.admin("boss").await;
        roll.person("dana").await;
        // An export ends at its own moment.
        roll.wait(Duration::from_secs(1));
        let found = search(&roll, &boss, "action:user.created").await;
        for link in links(&found, "/api/audit/export") {
            let file = page(&roll, &boss, &link).await.expect(200);
            assert!(file.header("content-disposition").starts_with("attachment"), "{link}");
            assert_eq!(file.text.matches("user.created").count(), 2, "{}", file.text);
        }
        assert_eq!(roll.actions().await.iter().filter(|action| *action == "audit.exported").count(), 2);
    }

    async fn a_term_is_completed_by_what_the_reader_may_see(roll: Roll) {
        let (boss, dana) = (roll.admin("boss").await, roll.signed("dana").await);
        roll.group("Ops East", &[]).await;
        for (who, at, terms) in [
            (&boss, "sev", json!(["severity:"])),
            (&boss, "user:DA", json!(["user:dana@example.com"])),
            (&boss, "-team:ops", json!(["-team:\"Ops East\""])),
            (&dana, "user:da", json!([])),
            (&dana, "team:op", json!(["team:\"Ops East\""])),
        ] {
            let answer = page(&roll, who, &format!("/audit/completions?at={at}")).await.expect(200);
            assert_eq!(answer.body["terms"], terms, "{at}");
        }
    }
}
