//! `/api/teams` and `/api/team-requests`.

mod audited;
mod lists;
mod members;
mod model;
mod names;
mod requests;
mod settings;
mod versions;

use serde_json::{Value, json};

use super::people::Signed;
use crate::harness::{Answer, Roll};

/// A team of the platform's own, by an admin.
async fn found(roll: &Roll, boss: &Signed, name: &str) -> String {
    boss.post(roll, "/api/teams", &json!({ "name": name })).await.expect(201).id()
}

/// Takes somebody into a team, as one who may.
async fn add(roll: &Roll, by: &Signed, team: &str, user: &str, duty: &str) -> Answer {
    by.post(roll, &format!("/api/teams/{team}/members"), &json!({ "userId": user, "role": duty })).await
}

/// Sends somebody away from a team.
async fn remove(roll: &Roll, by: &Signed, team: &str, user: &str) -> Answer {
    by.delete(roll, &format!("/api/teams/{team}/members/{user}")).await
}

/// A change of what a team says of itself.
async fn edit(roll: &Roll, by: &Signed, team: &str, body: &Value) -> Answer {
    by.send(roll, reqwest::Method::PATCH, &format!("/api/teams/{team}"), body).await
}

/// Who holds a place in a team, and as what: `okta platform out ROLE`; empty when there is none.
async fn place(roll: &Roll, team: &str, user: &str) -> String {
    let flags = [("by_okta", "okta "), ("by_platform", "platform "), ("opted_out", "out ")];
    let parts = flags.map(|(column, word)| format!("case when {column} then '{word}' else '' end"));
    let sql = format!(
        "select {} || role from team_members where team_id = {} and user_id = {}",
        parts.join(" || "),
        roll.uuid(team),
        roll.uuid(user)
    );
    roll.sql(&sql).await.into_iter().next().and_then(|mut row| row.remove(0)).unwrap_or_default()
}

/// The codes of what a team lacks.
async fn warnings(roll: &Roll, by: &Signed, team: &str) -> Vec<String> {
    codes(&by.get(roll, &format!("/api/teams/{team}/health")).await.expect(200).body)
}

fn codes(body: &Value) -> Vec<String> {
    let list = body["warnings"].as_array().expect("warnings");
    list.iter().map(|one| one["code"].as_str().expect("a code").to_owned()).collect()
}

/// How often an action was said.
async fn times(roll: &Roll, action: &str) -> usize {
    roll.actions().await.iter().filter(|said| *said == action).count()
}

/// All of them at once.
async fn together<F: Future<Output = Answer>>(tries: impl Iterator<Item = F>) -> Vec<Answer> {
    let mut waiting: Vec<_> = tries.map(Box::pin).collect();
    let mut done = Vec::new();
    std::future::poll_fn(|task| {
        waiting.retain_mut(|one| match one.as_mut().poll(task) {
            std::task::Poll::Ready(answer) => {
                done.push(answer);
                false
            }
            std::task::Poll::Pending => true,
        });
        if waiting.is_empty() { std::task::Poll::Ready(()) } else { std::task::Poll::Pending }
    })
    .await;
    done
}
