//! SCIM requests and the events of Okta.

use std::time::Duration;

use serde_json::{Value, json};

use super::page;
use crate::harness::{Roll, facts, person};
use crate::platform::people::problem;

/// What must never come back as it was sent.
const SCRIPT: &str = "<script>alert(1)</script>";

impl Roll {
    /// A request to SCIM that stands in the log; gives its id.
    pub async fn logged_request(&self) -> String {
        self.get("/Users?count=1").await.expect(200);
        self.flush().await;
        let id = self.uuid_text("id");
        self.sql_one(&format!("select {id} from scim_requests order by at desc, id desc limit 1")).await
    }

    /// The id of the request in the log that was answered with this status last.
    pub async fn logged_with(&self, status: u16) -> String {
        self.flush().await;
        let id = self.uuid_text("id");
        let sql = format!("select {id} from scim_requests where status = {status} order by at desc, id desc limit 1");
        self.sql_one(&sql).await
    }
}

fn paths(body: &Value) -> Vec<String> {
    let path = |one: &Value| format!("{} {} {}", one["method"], one["path"], one["status"]).replace('"', "");
    body["requests"].as_array().expect("requests").iter().map(path).collect()
}

facts! {
    async fn the_log_shows_every_request_and_each_filter_takes_its_part(roll: Roll) {
        let boss = roll.admin("boss").await;
        roll.flush().await;
        roll.sql_run("delete from scim_requests").await;
        roll.person("dana").await;
        roll.wait(Duration::from_mins(1));
        roll.post("/Users", &person("dana")).await.expect(409);
        roll.wait(Duration::from_mins(1));
        roll.get("/Groups?count=1").await.expect(200);
        roll.send(roll.request(reqwest::Method::GET, "/scim/v2/Users")).await.expect(401);
        roll.flush().await;
        for (query, found) in [
            ("", 4),
            ("failed=true", 2),
            ("status=4xx", 2),
            ("status=409", 1),
            ("method=post", 2),
            ("path=Groups", 1),
            ("path=/scim/v2/Users", 3),
            ("token=Okta", 3),
            ("token=-", 1),
            ("since=1m", 3),
            ("until=2026-03-02T12:01:00Z", 1),
            ("failed=true&status=409&method=POST&path=Users&since=1h&token=", 1),
        ] {
            let answer = boss.get(&roll, &format!("/api/scim/requests?{query}")).await.expect(200);
            assert_eq!(paths(&answer.body).len(), found, "{query}: {:?}", paths(&answer.body));
            let shown = page(&roll, &boss, &format!("/requests?{query}")).await.expect(200);
            assert_eq!(shown.text.matches("<li class=\"line").count(), found, "{query}");
        }
        let cause = roll.sql_one(&format!("select {} from scim_requests where status = 201", roll.uuid_text("cause_id"))).await;
        let of_cause = boss.get(&roll, &format!("/api/scim/requests?cause={cause}")).await.expect(200);
        assert_eq!(paths(&of_cause.body), ["POST /scim/v2/Users 201"]);
    }

    async fn a_page_begins_where_the_one_before_ended(roll: Roll) {
        let boss = roll.admin("boss").await;
        for _ in 0..7 {
            roll.get("/Users?count=1").await.expect(200);
        }
        roll.flush().await;
        let all = boss.get(&roll, "/api/scim/requests?limit=100").await.expect(200).body;
        let (mut seen, mut path) = (Vec::new(), "/api/scim/requests?limit=3".to_owned());
        loop {
            let page = boss.get(&roll, &path).await.expect(200).body;
            seen.extend(page["requests"].as_array().expect("requests").clone());
            let Some(next) = page["nextCursor"].as_str() else { break };
            path = format!("/api/scim/requests?limit=3&cursor={next}");
        }
        assert_eq!(json!(seen), all["requests"]);
    }

    async fn what_cannot_be_a_filter_is_told_by_its_name(roll: Roll) {
        let boss = roll.admin("boss").await;
        for (query, field) in [
            ("status=99", "status"),
            ("since=yesterday", "since"),
            ("failed=often", "failed"),
            ("cursor=7", "cursor"),
            ("cause=7", "cause"),
            ("path=%00", "path"),
            ("limit=0", "limit"),
            ("x=1", "x"),
        ] {
            let answer = problem(boss.get(&roll, &format!("/api/scim/requests?{query}")).await, 400, field);
            assert_eq!(answer.body["errors"][0]["field"], field);
        }
        let both = format!("cause={}&status=409", Roll::new_id());
        problem(boss.get(&roll, &format!("/api/scim/requests?{both}")).await, 400, "cause");
        let told = page(&roll, &boss, "/requests?status=99&path=%22%3E%3Cb%3Ex").await.expect(200);
        assert!(told.text.contains("role=\"alert\"") && told.text.contains("status: must be a status"), "{}", told.text);
        assert!(told.text.contains("value=\"99\"") && !told.text.contains("\"><b>x"), "{}", told.text);
    }

    async fn a_refused_request_says_what_it_means_and_who_stands_in_the_way(roll: Roll) {
        let (boss, dana) = (roll.admin("boss").await, roll.person("dana").await);
        let mut twin = person("dana");
        twin["password"] = "s3cret-s3cret".into();
        twin["externalId"] = "00uanother".into();
        roll.post("/Users", &twin).await.expect(409);
        let id = roll.logged_with(409).await;
        let shown = page(&roll, &boss, &format!("/requests/{id}")).await.expect(200).text;
        for words in ["Another active person already has this userName.", "What to do:", "(masked)", "/stories/", "uniqueness"] {
            assert!(shown.contains(words), "{words}: {shown}");
        }
        assert!(shown.contains(&format!("href=\"/people/{dana}\"")), "{shown}");
        assert!(!shown.contains("s3cret-s3cret"));
        let told = boss.get(&roll, &format!("/api/scim/requests/{id}")).await.expect(200).body;
        assert_eq!((&told["body"]["password"], &told["scimType"]), (&json!("(masked)"), &json!("uniqueness")));
        assert!(told["hint"]["next"].as_str().is_some_and(|next| next.ends_with('.')), "{told}");
        roll.get(&format!("/Users/{dana}")).await.expect(200);
        let id = roll.logged_with(200).await;
        let shown = page(&roll, &boss, &format!("/requests/{id}")).await.expect(200).text;
        assert!(shown.contains(&format!("href=\"/people/{dana}\"")) && !shown.contains("What this means"), "{shown}");
        page(&roll, &boss, &format!("/requests/{}", Roll::new_id())).await.expect(404);
    }

    async fn nothing_that_a_client_wrote_is_a_tag(roll: Roll) {
        let boss = roll.admin("boss").await;
        let agent = format!("{SCRIPT}\u{9b}");
        let request = roll.scim(reqwest::Method::POST, "/Users?filter=%3Cscript%3Ealert(1)%3C/script%3E");
        let request = request.header("user-agent", agent.as_bytes()).header("content-type", "application/scim+json");
        roll.send(request.body(json!({ "userName": SCRIPT, "name": SCRIPT }).to_string())).await.expect_one_of(&[400, 409]);
        roll.send(roll.request(reqwest::Method::GET, "/scim/v2/<script>alert(1)</script>\"onload=x").bearer_auth(&roll.token)).await.expect(404);
        for status in [400, 404] {
            let id = roll.logged_with(status).await;
            for path in ["/requests".to_owned(), format!("/requests/{id}")] {
                let shown = page(&roll, &boss, &path).await.expect(200).text;
                assert!(!shown.contains("<script>alert") && !shown.contains("\"onload"), "{shown}");
            }
        }
    }

    async fn an_empty_log_says_what_would_be_here(roll: Roll) {
        let boss = roll.admin("boss").await;
        roll.flush().await;
        roll.sql_run("delete from scim_requests").await;
        let shown = page(&roll, &boss, "/requests").await.expect(200).text;
        assert!(shown.contains("Test Connector Configuration"), "{shown}");
        let shown = page(&roll, &boss, "/requests?status=409").await.expect(200).text;
        assert!(shown.contains("No request matches."), "{shown}");
    }
}
