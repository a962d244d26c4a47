//! What a page says was just done: told to the session that did it, on that page, for a moment, and to nobody else.

use reqwest::Method;
use rollcall::http::console::done::TOLD_FOR;
use serde_json::json;

use super::{main_part, page, submit};
use crate::harness::{Roll, facts};
use crate::platform::people::Signed;

/// Whether a page says that something was done.
async fn says(roll: &Roll, who: &Signed, path: &str) -> bool {
    let shown = page(roll, who, path).await.expect(200).text;
    main_part(&shown).contains("role=\"status\"")
}

/// Every page that may say so, and a word that it knows.
async fn pages(roll: &Roll, who: &Signed) -> Vec<(String, &'static str)> {
    let (dana, team) = (roll.person("page-dana").await, roll.group("Pages", &[]).await);
    let event = roll.dead_event(crate::hooks::event("page-event", "00unobody")).await;
    let job = roll.replay_job(who, "page-job").await;
    vec![
        ("/tokens".to_owned(), "revoked"),
        ("/team-requests".to_owned(), "approved"),
        (format!("/people/{dana}"), "deactivated"),
        (format!("/teams/{team}"), "archived"),
        (format!("/events/{event}"), "replayed"),
        (format!("/events/replays/{job}"), "cancelled"),
    ]
}

facts! {
    async fn what_nobody_did_is_told_by_no_link(roll: Roll) {
        let boss = roll.admin("boss").await;
        for (path, word) in pages(&roll, &boss).await {
            let zero = "0".repeat(64);
            for forged in [
                word.to_owned(),
                format!("{word}."),
                format!("{word}..{zero}"),
                format!("{word}.99999999999999999.{zero}"),
                format!("{word}.999999999999999999999999.{zero}"),
                "%3Cb%3E".to_owned(),
                "x".repeat(4_000),
                format!("{word}&done={word}"),
                String::new(),
            ] {
                assert!(!says(&roll, &boss, &format!("{path}?done={forged}")).await, "{path} {forged}");
            }
        }
    }

    async fn what_somebody_did_is_told_to_them_there_and_for_a_moment(roll: Roll) {
        let (boss, other) = (roll.admin("boss").await, roll.admin("other").await);
        let (dana, erin) = (roll.person("dana").await, roll.person("erin").await);
        let done = submit(&roll, &boss, &format!("/people/{dana}/deactivate"), &json!({})).await.expect(303);
        let link = done.header("location").to_owned();
        assert!(says(&roll, &boss, &link).await);
        let replica = roll.replica().await;
        assert!(says(&replica, &boss, &link).await, "every replica knows it");
        assert!(!says(&roll, &other, &link).await, "another's session did nothing");
        let anew = roll.sign_in(&boss.user).await;
        assert!(!says(&roll, &anew, &link).await, "nor did another of the same person");
        assert!(!says(&roll, &boss, &link.replace(&dana, &erin)).await, "nothing was done to anybody else");
        assert!(!says(&roll, &boss, &link.replace("deactivated", "reactivated")).await, "nor anything else");
        roll.wait(TOLD_FOR.saturating_sub(std::time::Duration::from_secs(1)));
        assert!(says(&roll, &boss, &link).await);
        roll.wait(std::time::Duration::from_secs(1));
        assert!(!says(&roll, &boss, &link).await, "and later it is no news");
    }

    async fn telling_it_writes_nothing(roll: Roll) {
        let (boss, dana) = (roll.admin("boss").await, roll.person("dana").await);
        let done = submit(&roll, &boss, &format!("/people/{dana}/deactivate"), &json!({})).await.expect(303);
        let before = crate::tables::dump(&roll).await;
        for method in [Method::GET, Method::HEAD] {
            roll.send(boss.request(&roll, method, done.header("location"))).await.expect(200);
        }
        assert_eq!(crate::tables::dump(&roll).await, before);
    }
}
