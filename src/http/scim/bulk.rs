//! `/Bulk`: each operation is served by the handler that would serve it as a request, in a unit of work of its own.

use std::time::Duration;

use axum::http::header::{ETAG, LOCATION};
use axum::http::{HeaderMap, HeaderName, StatusCode};
use tokio::time::{Instant, timeout_at};

use super::call::Call;
use super::fault::{Answer, Fault};
use super::{groups, render, users};
use crate::error::{Busy, Error};
use crate::scim::bulk::{self, Job, Method, Operation, Outcome, Refusal};
use crate::scim::schema::USER;

/// After this no operation is started, so that the answer is there before the door's deadline and tells what was done.
const START_WITHIN: Duration = Duration::from_secs(20);
/// No operation is waited for any longer; what was cut off is undone.
const DONE_WITHIN: Duration = Duration::from_secs(27);

/// `POST /Bulk` (RFC 7644 §3.7): one operation after the other; what is done stays done, whatever becomes of the rest.
pub(in crate::http) async fn carry_out(call: Call) -> Answer {
    let mut job = Job::read(&call.json()?)?;
    let started = Instant::now();
    let mut tried = Tried::default();
    while let Some(operation) = job.next_operation() {
        let location = location(&call, &operation);
        if started.elapsed() > START_WITHIN {
            job.answer(outcome(Err(too_late()), location));
            continue;
        }
        let answer = timeout_at(started + DONE_WITHIN, serve(call.operation(operation.clone()), &operation)).await;
        let answer = answer.unwrap_or_else(|_| Err(Error::Busy { why: Busy::Unconfirmed, source: None }.into()));
        tried.note(&answer);
        job.answer(outcome(answer, location));
    }
    match tried.put_off() {
        Some(fault) => Err(fault),
        None => Ok(render::json(StatusCode::OK, &job.into_response())?),
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

/// Where the resource of an operation is, when its path says so.
fn location(call: &Call, operation: &Operation) -> Option<String> {
    let id = operation.id.as_ref()?;
    Some(format!("{}{}/{id}", render::base(&call.app.public_url), operation.resource.endpoint))
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
    let detail = format!(
        "Not started, because the operations before it took {} s. Nothing was changed by it. Send it again.",
        START_WITHIN.as_secs()
    );
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
