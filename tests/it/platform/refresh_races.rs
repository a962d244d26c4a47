//! The race of refreshes, again and again: a few rounds in the test command, a thousand in `scripts/torture`.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use reqwest::Method;
use tokio::task::JoinSet;

use super::people::problem;
use crate::harness::{Answer, Roll, facts};
use crate::models::cases;

/// How many refresh at once, half of them on each replica.
const RACERS: usize = 64;
/// More rounds than these show nothing that these do not.
const MOST_ROUNDS: u32 = 1_000;
const SLICE: u32 = 2;
/// Longer than refusals are counted together: what a round refuses must not slow the next one down.
const BETWEEN: Duration = Duration::from_mins(16);

fn rounds() -> u32 {
    cases(SLICE).min(MOST_ROUNDS)
}

/// Everybody refreshes with the same token at once.
async fn race(at: &[Arc<Roll>; 2], token: &str) -> Vec<Answer> {
    let mut racers = JoinSet::new();
    for number in 0..RACERS {
        let (roll, token) = (Arc::clone(&at[number % 2]), token.to_owned());
        racers.spawn(async move { roll.refresh(&token).await });
    }
    racers.join_all().await
}

/// Signs out; whoever waited too long for the row comes again, as they are told.
async fn sign_out(roll: &Roll, token: &str) {
    let ask = || roll.send(roll.request(Method::DELETE, "/api/mobile/token").bearer_auth(token));
    while ask().await.expect_one_of(&[204, 503]).status == 503 {}
}

/// The successors that were given; everybody else was told one of these.
fn given(answers: &[Answer], else_told: &[u16]) -> BTreeSet<String> {
    let won = |answer: &&Answer| answer.status == 200;
    assert!(answers.iter().all(|answer| won(&answer) || else_told.contains(&answer.status.as_u16())), "{answers:?}");
    answers.iter().filter(won).map(|answer| answer.body["refreshToken"].to_string().replace('"', "")).collect()
}

async fn said(roll: &Roll, action: &str) -> String {
    roll.sql_one(&format!("select cast(count(*) as text) from audit_events where action = '{action}'")).await
}

facts! {
    async fn of_refreshes_at_once_one_counts_and_all_get_its_successor_round_by_round(roll: Roll) {
        let (dana, other) = (roll.person("dana").await, roll.replica().await);
        let at = [Arc::new(roll), Arc::new(other)];
        for round in 1..=rounds() {
            let phone = at[0].mobile(&dana).await;
            // Who met a full pool may come again, and was given nothing else meanwhile.
            let successors = given(&race(&at, &phone.refresh).await, &[503]);
            assert_eq!(successors.len(), 1, "round {round}: {successors:?}");
            assert_eq!(said(&at[0], "auth.mobile.refreshed").await, (2 * round - 1).to_string(), "round {round}");
            at[1].refresh(successors.first().expect("a token")).await.expect(200);
            at[0].wait(BETWEEN);
        }
        assert_eq!(said(&at[0], "auth.mobile.reused").await, "0");
    }

    async fn of_refreshes_beside_a_sign_out_nothing_is_left_that_works_round_by_round(roll: Roll) {
        let (dana, other) = (roll.person("dana").await, roll.replica().await);
        let at = [Arc::new(roll), Arc::new(other)];
        for round in 1..=rounds() {
            let phone = at[0].mobile(&dana).await;
            let (answers, ()) = tokio::join!(race(&at, &phone.refresh), sign_out(&at[1], &phone.refresh));
            let successors = given(&answers, &[401, 429, 503]);
            assert!(successors.len() <= 1, "round {round}: {successors:?}");
            assert_eq!(at[0].live(&dana).await, [], "round {round}");
            at[0].wait(BETWEEN);
            for token in successors.iter().chain([&phone.refresh]) {
                problem(at[0].refresh(token).await, 401, "does not work");
            }
        }
        assert_eq!(said(&at[0], "auth.mobile.ended").await, rounds().to_string());
    }
}
