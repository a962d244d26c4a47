//! Walks by `startIndex`, as Okta imports: totals that are kept and not counted, and pages that go on where the last ended.

use std::collections::BTreeSet;

use reqwest::Method;
use serde_json::Value;
use tokio::task::JoinSet;

use crate::harness::{Roll, facts};

/// The ids of a page that begins at a position.
async fn page(roll: &Roll, start: usize, count: usize) -> Vec<String> {
    let list = roll.get(&format!("/Users?startIndex={start}&count={count}")).await.expect(200).body;
    let resources = list["Resources"].as_array().expect("Resources");
    resources.iter().map(|one| one["id"].as_str().expect("an id").to_owned()).collect()
}

async fn people(roll: &Roll, count: usize) -> Vec<String> {
    let mut made = Vec::new();
    for at in 0..count {
        made.push(roll.person(&format!("p{at:03}")).await);
    }
    made
}

/// Everybody that Okta sees: it asks for ten at a time until it has been told of as many as there are in all. These
/// leave after the first page.
async fn imported(roll: &Roll, path: &str, leaving: Option<&[String]>) -> BTreeSet<String> {
    let (mut seen, mut start) = (BTreeSet::new(), 1);
    loop {
        let mark = if path.contains('?') { '&' } else { '?' };
        let list = roll.get(&format!("{path}{mark}startIndex={start}&count=10")).await.expect(200).body;
        let resources = list["Resources"].as_array().expect("Resources");
        seen.extend(resources.iter().map(|one| one["id"].as_str().expect("an id").to_owned()));
        if start == 1 {
            for path in leaving.unwrap_or_default() {
                roll.delete(path).await.expect(204);
            }
        }
        start += 10;
        if start > list["totalResults"].as_u64().expect("a total") {
            return seen;
        }
    }
}

/// The total of a list that is kept, and the one that has to be counted.
async fn totals(roll: &Roll, list: &str, filter: &str) -> (Value, Value) {
    let mut found = Vec::new();
    for path in [format!("{list}?count=0"), format!("{list}?count=0&filter={filter}")] {
        found.push(roll.get(&path).await.expect(200).body["totalResults"].clone());
    }
    (found[0].clone(), found[1].clone())
}

facts! {
    async fn totals_are_true_whatever_happened_at_once(roll: Roll) {
        let made = people(&roll, 12).await;
        let mut teams = Vec::new();
        for name in ["a", "b", "c", "d", "e"] {
            teams.push(roll.group(name, &[]).await);
        }
        let mut gone = Vec::new();
        for id in made.iter().step_by(3) {
            gone.push(format!("/Users/{id}"));
        }
        gone.extend(teams.iter().take(2).map(|id| format!("/Groups/{id}")));
        let leaving: JoinSet<_> = gone.iter().map(|path| roll.scim(Method::DELETE, path).send()).collect();
        for answer in leaving.join_all().await {
            assert_eq!(answer.expect("an answer").status(), 204);
        }
        let refused = roll.post("/Users", &serde_json::json!({ "userName": "P001@example.com" })).await;
        assert_eq!(refused.status, 409);
        assert_eq!(totals(&roll, "/Users", "userName%20pr").await, (8.into(), 8.into()));
        assert_eq!(totals(&roll, "/Groups", "displayName%20pr").await, (3.into(), 3.into()));
    }

    async fn nobody_is_passed_over_when_somebody_before_them_leaves(roll: Roll) {
        let made = people(&roll, 9).await;
        assert_eq!(page(&roll, 1, 3).await, made[..3]);
        roll.delete(&format!("/Users/{}", made[0])).await.expect(204);
        assert_eq!(page(&roll, 4, 3).await, made[3..6]);
        roll.delete(&format!("/Users/{}", made[5])).await.expect(204);
        assert_eq!(page(&roll, 7, 3).await, made[6..]);
    }

    async fn of_two_walks_at_once_neither_misses_anybody(roll: Roll) {
        let made = people(&roll, 9).await;
        assert_eq!(page(&roll, 1, 3).await, made[..3]);
        roll.delete(&format!("/Users/{}", made[0])).await.expect(204);
        assert_eq!(page(&roll, 1, 3).await, made[1..4]);
        assert!(page(&roll, 4, 3).await.contains(&made[3]), "the first walk has not seen this one");
    }

    async fn a_client_that_stops_at_the_total_has_seen_everybody_who_stayed(roll: Roll) {
        let made = people(&roll, 30).await;
        assert_eq!(imported(&roll, "/Users", None).await, made.iter().cloned().collect());
        for id in &made[..15] {
            roll.delete(&format!("/Users/{id}")).await.expect(204);
        }
        // The anchors of the walk before still stand.
        let stayed: BTreeSet<String> = made[15..].iter().cloned().collect();
        assert_eq!(imported(&roll, "/Users", None).await, stayed);
        assert_eq!(imported(&roll, "/Users?filter=userName%20pr", None).await, stayed);
        let left: Vec<String> = made[15..20].iter().map(|id| format!("/Users/{id}")).collect();
        let seen = imported(&roll, "/Users", Some(&left)).await;
        assert!(seen.is_superset(&made[20..].iter().cloned().collect()), "{seen:?}");
    }

    async fn a_page_nobody_walked_to_is_found_by_its_position(roll: Roll) {
        let made = people(&roll, 7).await;
        assert_eq!(page(&roll, 4, 2).await, made[3..5]);
        assert_eq!(page(&roll, 6, 2).await, made[5..]);
        assert_eq!(page(&roll, 3, 3).await, made[2..5]);
        assert!(page(&roll, 8, 2).await.is_empty());
    }
}
