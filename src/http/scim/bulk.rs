//! `/Bulk`: each operation is served by the handler that would serve it as a request, in a unit of work of its own.

use std::time::Duration;

use axum::http::header::{ETAG, LOCATION};
use axum::http::{HeaderMap, HeaderName, StatusCode};
use serde_json::Value;
use tokio::time::{Instant, timeout_at};

use super::call::Call;
use super::fault::{Answer, Fault};
use super::{groups, render, users};
use crate::error::{Busy, Error};
use crate::scim::bulk::{self, Job, Method, Operation, Outcome, Refusal};
use crate::scim::schema::USER;

/// How long a Bulk may take.
#[derive(Clone, Copy, Debug)]
pub struct Budget {
    /// From here on no operation is started, so that the answer is there before the door's deadline and tells what was
    /// done.
    pub start_within: Duration,
    /// No operation is waited for any longer. What was cut off before its commit is undone; of one cut off in it nobody
    /// knows, and so it is told.
    pub done_within: Duration,
}

impl Default for Budget {
    fn default() -> Self {
        Self { start_within: Duration::from_secs(20), done_within: Duration::from_secs(27) }
    }
}

/// `POST /Bulk` (RFC 7644 §3.7): one operation after the other; what is done stays done, whatever becomes of the rest.
pub(in crate::http) async fn carry_out(call: Call) -> Answer {
    let base = render::base(&call.app.public_url);
    let mut run = Run::of(Job::read(&call.json()?)?.below(base.clone()), base);
    let (started, budget) = (Instant::now(), call.app.bulk_budget);
    while let Some(operation) = run.next(|| started.elapsed() >= budget.start_within) {
        let served = serve(call.operation(operation.clone()), &operation);
        let answer = timeout_at(started + budget.done_within, served).await;
        run.note(answer.unwrap_or_else(|_| Err(Error::Busy { why: Busy::Unconfirmed, source: None }.into())));
    }
    Ok(render::json(StatusCode::OK, &run.end()?)?)
}

/// A Bulk under way.
struct Run {
    job: Job,
    base: String,
    tried: Tried,
    /// Where the resource of the operation under way is, when its path says so.
    location: Option<String>,
}

impl Run {
    fn of(job: Job, base: String) -> Self {
        Self { job, base, tried: Tried::default(), location: None }
    }

    /// The next operation to try. Once it is late there is none, and all that are left are told to come again.
    fn next(&mut self, is_late: impl Fn() -> bool) -> Option<Operation> {
        while let Some(operation) = self.job.next_operation() {
            let id = operation.id.as_ref();
            self.location = id.map(|id| format!("{}{}/{id}", self.base, operation.resource.endpoint));
            if !is_late() {
                return Some(operation);
            }
            self.job.answer(outcome(Err(too_late()), self.location.take()));
        }
        None
    }

    /// Takes what the operation under way was answered.
    fn note(&mut self, answer: Answer) {
        self.tried.note(&answer);
        self.job.answer(outcome(answer, self.location.take()));
    }

    /// The answer to the whole.
    fn end(self) -> Result<Value, Fault> {
        self.tried.put_off().map_or_else(|| Ok(self.job.into_response()), Err)
    }
}

/// Hands an operation to the handler of its route.
async fn serve(call: Call, operation: &Operation) -> Answer {
    let is_user = operation.resource.name == USER.name;
    match (operation.method, is_user) {
        (Method::Post, true) => Box::pin(users::create(call)).await,
        (Method::Put, true) => Box::pin(users::replace(call)).await,
        (Method::Patch, true) => Box::pin(users::patch(call)).await,
        (Method::Delete, true) => Box::pin(users::delete(call)).await,
        (Method::Post, false) => Box::pin(groups::create(call)).await,
        (Method::Put, false) => Box::pin(groups::replace(call)).await,
        (Method::Patch, false) => Box::pin(groups::patch(call)).await,
        (Method::Delete, false) => Box::pin(groups::delete(call)).await,
    }
}

/// An answer in the words of a Bulk.
fn outcome(answer: Answer, location: Option<String>) -> Outcome {
    match answer {
        Ok(response) => Outcome {
            status: response.status().as_u16(),
            location: location.or_else(|| header(response.headers(), &LOCATION)),
            version: header(response.headers(), &ETAG),
            refusal: None,
        },
        Err(fault) => {
            tracing::info!(status = fault.status.as_u16(), detail = %fault.detail, "an operation was refused");
            Outcome { status: fault.status.as_u16(), location, version: None, refusal: Some(fault.body()) }
        }
    }
}

fn header(headers: &HeaderMap, name: &HeaderName) -> Option<String> {
    headers.get(name)?.to_str().ok().map(str::to_owned)
}

fn too_late() -> Fault {
    let detail =
        "Not started, because the operations before it took too long. Nothing was changed by it. Send it again.";
    Fault::new(StatusCode::TOO_MANY_REQUESTS, detail)
}

/// What the tried operations have in common: when all of them were put off for one reason, so is the request, because
/// clients repeat a 429 by themselves.
#[derive(Default)]
struct Tried {
    fault: Option<Fault>,
    differs: bool,
}

impl Tried {
    fn note(&mut self, answer: &Answer) {
        match (answer, &self.fault) {
            (Err(fault), None) if fault.status == StatusCode::TOO_MANY_REQUESTS => self.fault = Some(fault.clone()),
            (Err(fault), Some(first)) if fault.detail == first.detail => {}
            _ => self.differs = true,
        }
    }

    fn put_off(self) -> Option<Fault> {
        self.fault.filter(|_| !self.differs)
    }
}

impl From<Refusal> for Fault {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::TooMany => {
                let detail = format!("A Bulk may have at most {} Operations (maxOperations).", bulk::MAX_OPERATIONS);
                Self::new(StatusCode::PAYLOAD_TOO_LARGE, detail)
            }
            Refusal::Circular(detail) => Self::new(StatusCode::CONFLICT, detail),
            Refusal::Unreadable(error) => error.into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use axum::response::IntoResponse;
    use serde_json::json;

    use super::*;

    /// A Bulk of deactivations of so many people.
    fn job(count: usize) -> Job {
        let operation = |at| json!({ "method": "DELETE", "path": format!("/Users/{at}") });
        let body = json!({ "Operations": (0..count).map(operation).collect::<Vec<Value>>() });
        Job::read(&body).unwrap_or_else(|_| panic!("a Bulk"))
    }

    /// The statuses of a Bulk of five whose operations take this many seconds each, and how many of them were tried.
    fn of_five(seconds: u64) -> (Vec<String>, usize) {
        let (mut run, mut elapsed, mut tried) = (Run::of(job(5), String::new()), Duration::ZERO, 0);
        while run.next(|| elapsed >= Budget::default().start_within).is_some() {
            elapsed += Duration::from_secs(seconds);
            tried += 1;
            run.note(Ok(StatusCode::NO_CONTENT.into_response()));
        }
        let answer = run.end().unwrap_or_default();
        let answers = answer["Operations"].as_array().cloned().unwrap_or_default();
        (answers.iter().map(|one| one["status"].as_str().unwrap_or_default().to_owned()).collect(), tried)
    }

    #[test]
    fn after_twenty_seconds_no_operation_is_started_and_each_is_answered() {
        let with = |done: usize| [vec!["204".to_owned(); done], vec!["429".to_owned(); 5 - done]].concat();
        for (seconds, done) in [(0, 5), (4, 5), (5, 4), (6, 4), (10, 2), (19, 2), (20, 1), (600, 1)] {
            assert_eq!(of_five(seconds), (with(done), done), "{seconds} s each");
        }
    }

    #[test]
    fn what_is_under_way_ends_before_the_door_closes() {
        let budget = Budget::default();
        assert!(budget.start_within < budget.done_within);
        assert!(budget.done_within < crate::http::scim::door::DEADLINE);
    }
}
